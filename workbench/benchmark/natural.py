"""What the checks say of mattes as segmenters leave them, beside the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from ..opening import open as opened
from ..progress import Progress, report
from ..quality.checks import CHECKS, Observation, Sight
from . import Measure
from .goodmattes import Good
from .planting import bounds

SEGMENTERS = ("grabcut", "u2netp")
WRONG = 0.3
"""Of opacity, from which on a pixel is wrong."""

PIECE = 150
"""px² of connected wrong pixels that a person would see."""

_HOLDS = 30  # wrong pixels in its box, or a quarter of a smaller one, make a finding right


def segmented(good: Good, name: str) -> Sight:
    """A good matte's photo as a segmenter cuts it out with the workbench's default settings.

    Args:
        good: its photo, and the truth that the box around the subject is taken from.
        name: "grabcut" (from that box) or "u2netp" (by itself).
    """
    session = opened(good.image, segmenter="grabcut")
    subject = session.subject()
    boxes = (bounds(good.alpha > 0.5),) if name == "grabcut" else ()
    if boxes:
        subject.box(*boxes[0])
    else:
        subject.auto(name)
    alpha, mask = session.alpha(), np.asarray(subject.mask)
    return Sight(good.image, alpha, session.foreground, lambda: mask, boxes=boxes)


def natural(
    mattes: Sequence[Good], progress: Progress | None = None
) -> Iterator[Measure]:  # fmt: skip
    """For each segmenter: of the findings of each check, how many are of something wrong; and of
    the wrong pieces how many any finding of the place of a fault (not of the whole outline) has."""
    for nth, name in enumerate(SEGMENTERS):
        said: Counter[str] = Counter()
        right: Counter[str] = Counter()
        pieces = seen = 0
        for n, good in enumerate(mattes):
            report(progress, (nth + n / len(mattes)) / len(SEGMENTERS), f"{name}, matte {n + 1}")
            sight = segmented(good, name)
            wrong = np.abs(sight.plane - good.alpha) > WRONG
            found = [one for check in CHECKS.values() for one in check(sight)]
            for one in found:
                said[one.code] += 1
                right[one.code] += _holds(one, wrong)
            places = [
                one for one in found if _area(one) < 0.25 * _area_of(bounds(good.alpha > 0.5))
            ]
            count, _, stats, _ = cv2.connectedComponentsWithStats(wrong.astype(np.uint8))
            for x, y, w, h, area in stats[1:count]:
                if area >= PIECE:
                    pieces += 1
                    box = (float(x), float(y), float(x + w), float(y + h))
                    seen += any(_meet(one.box, box) for one in places)
        about = f"{len(mattes)} mattes; right: at least {_HOLDS} px off by {WRONG} in the box"
        for code in (c for c in CHECKS if said[c]):
            yield Measure("checks", f"{name}, {code}: findings that are right",
                          right[code] / said[code], "", "", f"of {said[code]}")  # fmt: skip
        if said:
            yield Measure("checks", f"{name}: all findings that are right",
                          right.total() / said.total(), "", "", about)  # fmt: skip
        if pieces:
            yield Measure("checks", f"{name}: wrong pieces of {PIECE} px² that are found",
                          seen / pieces, "", "", f"of {pieces}")  # fmt: skip


def _holds(one: Observation, wrong: np.ndarray) -> bool:
    x0, y0, x1, y1 = (int(v) for v in one.box)
    return int(wrong[y0:y1, x0:x1].sum()) >= min(_HOLDS, 0.25 * _area(one))


def _area(one: Observation) -> float:
    return _area_of(one.box)


def _area_of(box: tuple[float, float, float, float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return (
        min(one[2], other[2]) > max(one[0], other[0])
        and min(one[3], other[3]) > max(one[1], other[1])
    )  # fmt: skip
