"""Strokes of the brush that cover a region or follow an edge."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Remedy

_BEYOND = 2  # pixels past a region's rim
_CRUMB = 24  # px²
_BRUSH = 6, 40  # pixels across, at least and at most
_FINEST = 3  # beside something else
_HARD = 0.8


def painted(region: np.ndarray, corner: tuple[int, int], keep: bool) -> tuple[Remedy, ...]:
    """Strokes over a region and 2 px beyond its rim, and over little else.

    A brush as wide as half the region's greatest depth goes along its rows; each stretch of rows
    that hang together is one stroke, so that what lies between two arms is not painted.

    Args:
        region: (h, w) bool, not empty.
        corner: x, y of its first pixel in the picture.
        keep: whether it is painted in or out.
    """
    wide = cv2.dilate(np.pad(region.astype(np.uint8), _BEYOND), _disc(2 * _BEYOND + 1))
    size = _brush(wide)
    lines = _lines(wide, size, max(0.0, size / 2 - _BEYOND))
    return tuple(_stroke(line, corner, keep, size) for line in lines)


def painted_within(region: np.ndarray, corner: tuple[int, int], keep: bool) -> tuple[Remedy, ...]:
    """Strokes over a region that leave alone what begins right beside it.

    As ``painted``, but the brush goes only where all of it lies within. What that leaves is gone
    over by one half as wide, and so on; the narrowest goes everywhere. Crumbs (less than _CRUMB
    px² or than a two hundredth of the region) are not worth a stroke.
    """
    left = np.pad(region.astype(np.uint8), _BEYOND)
    whole, size = left, _brush(left)
    crumb = max(_CRUMB, int(region.sum()) // 200)
    strokes = []
    while left.any():
        narrowest = size == _FINEST
        centres, inset = left, size / 2
        if not narrowest:
            fits = cv2.erode(whole, _disc(size), borderType=cv2.BORDER_CONSTANT, borderValue=0)
            centres, inset = fits & cv2.dilate(left, _disc(size)), 0.0
        for line in _lines(centres, size, inset):
            at = np.round(np.array(line) * 16).astype(np.int32)
            after = cv2.polylines(left.copy(), [at], False, 0, size, cv2.LINE_8, 4)
            if int(left.sum()) - int(after.sum()) < crumb:
                continue
            strokes.append(_stroke(line, corner, keep, size))
            left = after
        if narrowest:
            break
        size = max(_FINEST, size // 2)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(left, connectivity=4)
        worth = stats[:, cv2.CC_STAT_AREA] >= crumb
        left = left * worth[labels].astype(np.uint8)
    return tuple(strokes)


def along(points: np.ndarray, size: float) -> tuple[Remedy, ...]:
    """The band grows along a stretch of the outline, (n, 2) of x, y as array indices."""
    step = max(1, min(4, len(points) // 2))
    stroke = tuple((float(x) + 0.5, float(y) + 0.5) for x, y in points[::step])
    return (Remedy("refine", {"points": stroke, "size": float(size)}),)


def _lines(where: np.ndarray, size: int, inset: float) -> list[list[tuple[float, float]]]:
    """A brush's ways of x, y over (h, w) pixels, to and fro along its rows, ``inset`` px from the
    ends of each; one for each stretch of rows that hang together."""
    lines: list[tuple[list[tuple[float, float]], tuple[int, int]]] = []
    if not where.any():
        return []
    for row in _rows(np.asarray(where.any(axis=1)), size):
        for first, last in _runs(where[row]):
            inner = min(inset, (last - first) / 2)
            ends = [(first + inner, float(row)), (last - inner, float(row))]
            under = [s for s in lines if s[1][0] <= last and s[1][1] >= first and
                     abs(s[0][-1][1] - row) <= size]  # fmt: skip
            if under and under[0][0][-1][1] != row:
                points = under[0][0]
                if abs(points[-1][0] - ends[1][0]) < abs(points[-1][0] - ends[0][0]):
                    ends.reverse()
                lines[lines.index(under[0])] = (points + ends, (first, last))
            else:
                lines.append((ends, (first, last)))
    return [points for points, _ in lines]


def _stroke(
    line: list[tuple[float, float]], corner: tuple[int, int], keep: bool, size: int
) -> Remedy:
    """A way over the padded region as a stroke in the picture."""
    x, y = corner[0] - _BEYOND + 0.5, corner[1] - _BEYOND + 0.5
    return Remedy("paint", {
        "points": tuple((at[0] + x, at[1] + y) for at in line),
        "keep": keep, "size": float(size), "hardness": _HARD,
    })  # fmt: skip


def _brush(region: np.ndarray) -> int:
    """Half as wide as the region's greatest depth."""
    deep = float(cv2.distanceTransform(np.pad(region, 1), cv2.DIST_L2, 3).max())
    return min(max(_BRUSH[0], round(deep)), _BRUSH[1])


def _disc(across: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across, across))


def _rows(there: np.ndarray, size: float) -> list[int]:
    """Rows that a brush of a size has to go along, from half of it below the first."""
    at = np.flatnonzero(there)
    first, last = int(at[0]), int(at[-1])
    half = int(size // 2)
    if last - first <= size:
        return [(first + last) // 2]
    return [*range(first + half, last - half, max(2, half)), last - half]


def _runs(line: np.ndarray) -> list[tuple[int, int]]:
    """First and last index of each stretch of non-zero pixels."""
    change = np.flatnonzero(np.diff(np.concatenate([[0], line, [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(change[::2], change[1::2], strict=True)]
