"""Pieces of background that are left, other things kept, holes, and what the frame cuts."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...coordinates import Box
from .observation import Observation, Remedy, box_of, severity
from .rim import SUPPORT, edge_along
from .sight import Sight
from .strokes import painted

LEAST_AREA = 12
"""px²: smaller pieces and holes are grain's business, not these checks'."""

LARGEST = 0.02
"""Share of the subject's area from which on an island is no crumb but perhaps another thing."""

FRAME = 0.03
"""Share of the photo's side that the subject must touch to be cut by it."""

EXTRA = 0.004
"""Share of the subject's area from which on another thing that was kept is worth a word."""

WISP = 6
"""px from the next that what is nowhere opaque must be to be no wisp of hair."""

_MOST = 5  # places that one check names


def patches_left(sight: Sight) -> list[Observation]:
    """Islands of opacity that the photo shows no edge around: patches of background left.

    An island is an 8-connected region of alpha above 0.1, apart from the largest and from those in
    which something was asked for, of at least LEAST_AREA px², and but for wisps of hair: nowhere
    opaque (0.9), and not WISP px from what is left. It is background when the photo
    is less than SUPPORT times steeper across its rim than around it. Measure: its area, px².
    """
    isles = _islands(sight)
    found = [
        (int(isles.stats[n][4]), n)
        for n in isles.numbers
        if (isles.stats[n][4] <= LARGEST * isles.largest or sight.kept)
        and not _wisp(sight, isles.labels, n, isles.stats[n])
        and not _supported(isles.labels, n, isles.stats[n], sight)
    ]
    return [
        Observation(
            "patches_left", severity(area, LEAST_AREA), _box(isles.stats[n]), float(area),
            "px²", f"A patch of {area} px² stands beside the subject, and the photo shows no edge "
            "around it: background that was left.",
            _painted(isles.labels, n, isles.stats[n], False),
        )
        for area, n in sorted(found, reverse=True)[:_MOST]
    ]  # fmt: skip


def extras(sight: Sight) -> list[Observation]:
    """Other things kept: islands with an edge of their own in the photo that nobody asked for.

    Islands as in ``patches_left``, that the photo does show an edge around, half of them opaque, of
    EXTRA of the subject's area and more. Where a person chose the parts there is none. Measure: the
    island's area, px².
    """
    if sight.parts_chosen:
        return []
    isles = _islands(sight)
    found = []
    for n in isles.numbers:
        x, y, w, h, area = (int(v) for v in isles.stats[n])
        if area < max(LEAST_AREA, EXTRA * isles.largest):
            continue
        here = isles.labels[y : y + h, x : x + w] == n
        if np.median(sight.plane[y : y + h, x : x + w][here]) < 0.5:
            continue
        if _supported(isles.labels, n, isles.stats[n], sight):
            found.append((area, n))
    return [
        Observation(
            "extras", severity(area, EXTRA * isles.largest / 2), _box(isles.stats[n]), float(area),
            "px²", f"Something else of {area} px² was kept that hangs on nothing that was asked "
            "for.", _painted(isles.labels, n, isles.stats[n], False),
        )
        for area, n in sorted(found, reverse=True)[:_MOST]
    ]  # fmt: skip


def holes(sight: Sight) -> list[Observation]:
    """Holes in the subject that the photo shows no edge around.

    A hole is a 4-connected region of alpha below 0.9 that does not reach the frame, of at least
    LEAST_AREA px², at its lowest below 0.2, in what is solid all around (a gap in hair is no hole).
    What was accepted to be seen through may be clear.
    It is wrong when the photo is less than SUPPORT times steeper across its rim than around it.
    Measure: its area, px².
    """
    solid = (sight.plane >= 0.9).astype(np.uint8)
    left, top, width, height = cv2.boundingRect(solid)
    if not width:
        return []
    # What reaches the bounds of all that is opaque is open to the outside.
    part = np.s_[top : top + height, left : left + width]
    number, within, stats, _ = cv2.connectedComponentsWithStats(1 - solid[part], connectivity=4)
    labels = np.zeros(sight.shape, np.int32)
    labels[part] = within
    stats[:, :2] += left, top
    found = []
    for n in range(1, number):
        x, y, w, h, area = (int(v) for v in stats[n])
        if area < LEAST_AREA or x == left or y == top:
            continue
        if x + w == left + width or y + h == top + height:
            continue
        inside = labels[y : y + h, x : x + w] == n
        if sight.plane[y : y + h, x : x + w][inside].min() > 0.2:
            continue
        if sight.glass_at(inside, (x, y)) is not None:
            continue
        whole = _solid_around(sight, labels, n, stats[n])
        if whole and not _supported(labels, n, stats[n], sight):
            found.append((area, n))
    return [
        Observation(
            "holes", severity(area, LEAST_AREA), _box(stats[n]), float(area), "px²",
            f"A hole of {area} px² in the subject where the photo shows no edge: a piece is "
            "missing.", _painted(labels, n, stats[n], True),
        )
        for area, n in sorted(found, reverse=True)[:_MOST]
    ]  # fmt: skip


def cut_by_frame(sight: Sight) -> list[Observation]:
    """The subject runs out of the photo: opaque along FRAME of a side and more.

    Measure: the share of the side. There is nothing to mend in the matte; where the cut-out is
    placed, the frame should cut too.
    """
    plane, (height, width) = sight.plane, sight.shape
    sides = {
        "top": (plane[0], lambda i: (i, np.zeros_like(i))),
        "bottom": (plane[-1], lambda i: (i, np.full_like(i, height - 1))),
        "left": (plane[:, 0], lambda i: (np.zeros_like(i), i)),
        "right": (plane[:, -1], lambda i: (np.full_like(i, width - 1), i)),
    }
    found = []
    for name, (line, place) in sides.items():
        at = np.flatnonzero(line > 0.5)
        share = len(at) / len(line)
        if share >= FRAME:
            found.append(Observation(
                "cut_by_frame", severity(share, FRAME), box_of(*place(at), sight.shape, 2), share,
                "of the side", f"The subject is cut by the photo's {name} edge along {share:.0%} "
                "of it: let the new picture's frame cut it there too, or it ends straight.",
                (Remedy("frame"),),
            ))  # fmt: skip
    return sorted(found, key=lambda one: -one.measure)


def _pixel(point: tuple[float, float], shape: tuple[int, int]) -> tuple[int, int]:
    """[row, column] of a point, within the picture."""
    return min(max(int(point[1]), 0), shape[0] - 1), min(max(int(point[0]), 0), shape[1] - 1)


def _box(stats: np.ndarray) -> Box:
    x, y, w, h = (int(v) for v in stats[:4])
    return float(x), float(y), float(x + w), float(y + h)


def _painted(labels: np.ndarray, n: int, stats: np.ndarray, keep: bool) -> tuple[Remedy, ...]:
    x, y, w, h = (int(v) for v in stats[:4])
    return painted(labels[y : y + h, x : x + w] == n, (x, y), keep)


@dataclass(frozen=True, eq=False)
class _Islands:
    """Connected regions of alpha above 0.1: their numbers in ``labels`` (H, W), OpenCV's figures of
    them, and the area of the largest, px²."""

    numbers: tuple[int, ...]
    labels: np.ndarray
    stats: np.ndarray
    largest: int


def _islands(sight: Sight) -> _Islands:
    """Those apart from the largest, from the largest in what was drawn around, and from what was
    asked for."""
    labels, stats = sight.pieces
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not areas.size:
        return _Islands((), labels, stats, 0)
    asked = {int(labels[_pixel(p, sight.shape)]) for p in sight.kept} | {1 + int(areas.argmax())}
    for box in sight.around:
        x0, y0, x1, y1 = (max(0, round(v)) for v in box)
        within = np.bincount(labels[y0:y1, x0:x1].ravel(), minlength=len(stats))
        within[0] = 0
        asked.add(int(within.argmax()))
    others = (n for n in range(1, len(stats)) if n not in asked and areas[n - 1] >= LEAST_AREA)
    return _Islands(tuple(others), labels, stats, int(areas.max()))


def _solid_around(sight: Sight, labels: np.ndarray, n: int, stats: np.ndarray) -> bool:
    """Whether the alpha is whole 1 to 6 px around a hole."""
    x, y, w, h = (int(v) for v in stats[:4])
    part = np.s_[max(0, y - 7) : y + h + 7, max(0, x - 7) : x + w + 7]
    away = cv2.distanceTransform((labels[part] != n).astype(np.uint8), cv2.DIST_L2, 3)
    return float(sight.plane[part][(away > 1) & (away <= 6)].mean()) >= 0.97


def _wisp(sight: Sight, labels: np.ndarray, n: int, stats: np.ndarray) -> bool:
    """Whether an island is soft all over and so near to others that it must be hair."""
    x, y, w, h = (int(v) for v in stats[:4])
    part = np.s_[max(0, y - WISP) : y + h + WISP, max(0, x - WISP) : x + w + WISP]
    here = labels[part] == n
    if float(sight.plane[part][here].max()) >= 0.9:
        return False
    near = cv2.dilate(here.astype(np.uint8), np.ones((2 * WISP + 1, 2 * WISP + 1), np.uint8)) > 0
    return bool((near & (labels[part] > 0) & ~here).any())


def _supported(labels: np.ndarray, n: int, stats: np.ndarray, sight: Sight) -> bool:
    """Whether the photo has an edge where a piece has its rim."""
    x, y, w, h = (int(v) for v in stats[:4])
    return edge_along(sight, labels[y : y + h, x : x + w] == n, (x, y)) >= SUPPORT
