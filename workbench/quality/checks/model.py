"""What the model and the solver said of their own work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from ...coordinates import Box
from ...notes import STOPPED, Note
from .observation import Observation, Remedy, setting, severity, unpass
from .sight import Sight

WINDOW = 17
"""px across of the square that both are averaged over: what hair does in it is the matte's to say.
"""

APART = 0.35
"""Difference of the two means: that of an edge which lies 6 px from where the model has it."""

AREA = 130
"""px² in one piece that the two must disagree on."""

_MOST = 5


def model_disagrees(sight: Sight) -> list[Observation]:
    """Places where the matte is opaque and the model says background, or the other way round.

    Connected pixels where the means of alpha and mask over WINDOW × WINDOW px differ by more than
    APART, each pixel weighed by how sure the model is of it (|2 · mask − 1|): where it is in two
    minds itself it contradicts nobody, and what a person painted is decided. What was accepted to
    be seen through may be less opaque than the mask. Measure: the area, px², from AREA on.
    """
    mask = sight.mask
    if mask is None:
        return []
    apart = (sight.plane - mask) * np.abs(2 * mask - 1)
    if sight.said is not None:
        apart *= 1 - np.abs(sight.said)
    if int((np.abs(apart) > 0.5).sum()) < AREA:
        return []
    mean = cv2.blur(apart, (WINDOW, WINDOW))
    region = (np.abs(mean) > APART).astype(np.uint8)
    number, labels, stats, _ = cv2.connectedComponentsWithStats(region, connectivity=8)
    found = []
    for n in range(1, number):
        x, y, w, h, area = (int(v) for v in stats[n])
        if area < AREA:
            continue
        here = labels[y : y + h, x : x + w] == n
        more = bool(mean[y : y + h, x : x + w][here].mean() > 0)
        through = sight.glass_at(here, (x, y))
        if through is not None and not more:
            continue
        words = "keeps what the model calls background" if more else (
            "lacks what the model calls the subject")  # fmt: skip
        found.append(Observation(
            "model_disagrees", severity(area, AREA),
            (float(x), float(y), float(x + w), float(y + h)), float(area), "px²",
            f"The matte {words}, {area} px² of it. One of the two is wrong.",
            (Remedy("rerun") if through is None else unpass(through),),
        ))  # fmt: skip
    return sorted(found, key=lambda one: -one.measure)[:_MOST]


def passed_on(code: str) -> Callable[[Sight], list[Observation]]:
    """The check that passes on what was said of one matter while the matte was made.

    One finding for each place, the subject or one of its passes, and box; as severe as the most
    severe of its sentences. Measure: how many sentences there are.

    Args:
        code: one of ``workbench.notes.CODES``.
    """

    def check(sight: Sight) -> list[Observation]:
        said: dict[tuple[str, Box], list[Note]] = {}
        for note in sight.notes:
            one = note if isinstance(note, Note) else Note(note)
            if one.code == code:
                place = one.within, _clipped(one.box, sight.shape)
                said.setdefault(place, []).append(one)
        return [
            Observation(
                code, max(note.severity for note in notes), box, float(len(notes)), "notes",
                " ".join(_sentence(note) for note in notes), _remedy(code, sight, within),
            )
            for (within, box), notes in said.items()
        ]  # fmt: skip

    check.__name__, check.__qualname__ = code, code
    return check


def _remedy(code: str, sight: Sight, within: str) -> tuple[Remedy, ...]:
    """A narrower band is easier to solve; of the rest no edit is sure to help."""
    settings = sight.passes.get(within) if within else sight.settings
    if code != STOPPED or not settings or settings["radius"] <= 1:
        return ()
    half: dict[str, Any] = {"radius": max(1.0, float(settings["radius"]) / 2)}
    return (setting(**half, **({"within": within} if within else {})),)


def _sentence(note: Note) -> str:
    return note if note.endswith((".", "!", "?")) else f"{note}."


def _clipped(box: Box | None, shape: tuple[int, int]) -> Box:
    """A box within the photo; all of it for none."""
    x0, y0, x1, y1 = box or (0, 0, shape[1], shape[0])
    return float(max(0, x0)), float(max(0, y0)), float(min(shape[1], x1)), float(min(shape[0], y1))
