"""Strokes of the brush that cover a region or follow an edge."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Remedy

_BEYOND = 2.0  # pixels past a region's rim
_BRUSH = 6.0, 40.0  # pixels across, at least and at most
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
    room = int(_BEYOND)
    wide = np.pad(region.astype(np.uint8), room)
    wide = cv2.dilate(wide, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    deep = float(cv2.distanceTransform(np.pad(wide, 1), cv2.DIST_L2, 3).max())
    size = min(max(_BRUSH[0], round(deep)), _BRUSH[1])
    rows = _rows(wide.any(axis=1), size)
    strokes: list[tuple[list[tuple[float, float]], tuple[int, int]]] = []
    for row in rows:
        for first, last in _runs(wide[row]):
            inner = min(max(0.0, size / 2 - _BEYOND), (last - first) / 2)
            ends = [(first + inner, float(row)), (last - inner, float(row))]
            under = [s for s in strokes if s[1][0] <= last and s[1][1] >= first and
                     abs(s[0][-1][1] - row) <= size]  # fmt: skip
            if under and under[0][0][-1][1] != row:
                points = under[0][0]
                if abs(points[-1][0] - ends[1][0]) < abs(points[-1][0] - ends[0][0]):
                    ends.reverse()
                strokes[strokes.index(under[0])] = (points + ends, (first, last))
            else:
                strokes.append((ends, (first, last)))
    shift = corner[0] - room + 0.5, corner[1] - room + 0.5
    return tuple(
        Remedy("paint", {
            "points": tuple((x + shift[0], y + shift[1]) for x, y in points),
            "keep": keep, "size": float(size), "hardness": _HARD,
        })
        for points, _ in strokes
    )  # fmt: skip


def along(points: np.ndarray, size: float) -> tuple[Remedy, ...]:
    """The band grows along a stretch of the outline, (n, 2) of x, y as array indices."""
    step = max(1, min(4, len(points) // 2))
    stroke = tuple((float(x) + 0.5, float(y) + 0.5) for x, y in points[::step])
    return (Remedy("refine", {"points": stroke, "size": float(size)}),)


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
