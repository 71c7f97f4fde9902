"""What the model and the solver said of their own work."""

from __future__ import annotations

import cv2
import numpy as np

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


def trimap_repaired(sight: Sight) -> list[Observation]:
    """The trimap had no sure foreground or background and was repaired. Measure: repairs."""
    if not sight.notes:
        return []
    return [Observation(
        "trimap_repaired", 0.5, _whole(sight), float(len(sight.notes)), "repairs",
        " ".join(sight.notes),
    )]  # fmt: skip


def not_converged(sight: Sight) -> list[Observation]:
    """The solver ran out of steps; the alpha is the best that it had. Measure: 1."""
    if sight.converged:
        return []
    return [Observation(
        "not_converged", 0.5, _whole(sight), 1.0, "", "The solver ran out of steps: the alpha is "
        "the best that it had. A narrower band is easier.",
        (setting(radius=max(1.0, sight.in_force("radius") / 2)),) if sight.settings else (),
    )]  # fmt: skip


def _whole(sight: Sight) -> tuple[float, float, float, float]:
    return 0.0, 0.0, float(sight.shape[1]), float(sight.shape[0])
