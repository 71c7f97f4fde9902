"""The soft seam of a region: how much of a pass counts in each pixel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from ..errors import InputError

Window = tuple[slice, slice]

SEAM_LIMIT = 250.0
"""The widest seam in pixels."""

_SMALL = 256  # pixels of the longer side that a region's area is counted on
_TOLERANCE = 0.125  # pixels that a drawn outline is simplified within


def seam(
    polygon: Sequence[tuple[float, float]],
    shape: tuple[int, int],
    width: float = 8,
    window: Window | None = None,
) -> np.ndarray:
    """The weight of a region: 0 outside it, rising smoothly to 1 over ``width`` pixels inside it.

    Outside the outline the weight is exactly 0, so that a pass changes nothing that was not in its
    region. The rise is 3t² − 2t³ of the distance from the outline, t running from 0 to 1 over the
    seam, so neither end has a crease. In a region too small for such a seam it is as wide as
    area / perimeter allows (half the width of a strip, half the radius of a disc). Where the region
    reaches the photo's frame there is no seam: the frame is no outline. What an outline goes around
    twice, or crosses, is inside (the nonzero winding rule): a hand's loop has no holes.

    Args:
        polygon: at least three points (x, y) in image pixels, closed by itself; may leave the
            photo.
        shape: (H, W) of the whole photo.
        width: pixels, 0 to 250; below 1 the seam is the antialiasing of a crisp outline.
        window: the rows and columns wanted, or None for all. The answer is that part of the whole
            plane, to the bit.

    Returns:
        (h, w) float32 in [0, 1], the window's size.

    Raises:
        InputError: fewer than three points, a point that is not finite, or a width out of range.
    """
    corners = _check_polygon(polygon)
    try:
        wide = float(width)
    except (TypeError, ValueError):
        wide = math.nan
    if not 0 <= wide <= SEAM_LIMIT:
        raise InputError(f"expected a seam of 0..{SEAM_LIMIT:g} pixels, got {width!r}")
    height, across = shape
    rows, columns = window or (slice(0, height), slice(0, across))
    rows, columns = slice(*rows.indices(height)[:2]), slice(*columns.indices(across)[:2])
    out = np.zeros((max(0, rows.stop - rows.start), max(0, columns.stop - columns.start)))
    corners = _simplified(corners)
    # The box of the outline within the window: elsewhere the weight is 0.
    low, high = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    x0, x1 = max(columns.start, int(low[0])), min(columns.stop, int(high[0]))
    y0, y1 = max(rows.start, int(low[1])), min(rows.stop, int(high[1]))
    if x1 <= x0 or y1 <= y0:
        return out.astype(np.float32)
    reach = max(1.0, min(wide, _room(corners)))
    inside = _winding(corners, y0, y1, x0, x1) != 0
    distance = np.full(inside.shape, reach)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if not _on_frame(start, end, shape):
            _nearer(distance, start, end, reach, (y0, x0))
    t = np.clip(distance / reach, 0, 1)
    weight = np.where(inside, t * t * (3 - 2 * t), 0)
    out[y0 - rows.start : y1 - rows.start, x0 - columns.start : x1 - columns.start] = weight
    return out.astype(np.float32)


def _check_polygon(polygon: Any) -> np.ndarray:
    try:
        corners = np.asarray(polygon, np.float64)
    except (TypeError, ValueError):
        raise InputError(f"expected a region of points (x, y), got {polygon!r}") from None
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3:
        raise InputError(
            f"expected a region of at least 3 points (x, y), got an array of shape {corners.shape}"
        )
    if not np.isfinite(corners).all():
        raise InputError("expected a region of finite points, got NaN or infinite ones")
    return corners


def _simplified(corners: np.ndarray) -> np.ndarray:
    """The outline with fewer points (Douglas and Peucker 1973): the work grows with their number.

    Moved by whole pixels first, so that float32 holds it; every window makes the same of it.
    """
    if len(corners) < 32:
        return corners
    middle = np.round(corners.mean(axis=0))
    kept = cv2.approxPolyDP((corners - middle).astype(np.float32)[:, None], _TOLERANCE, True)
    return kept[:, 0].astype(np.float64) + middle if len(kept) >= 3 else corners


def _room(corners: np.ndarray) -> float:
    """Area over perimeter in pixels, the area counted on a small grid: loops may cross."""
    low, size = corners.min(axis=0), np.ptp(corners, axis=0)
    scale = _SMALL / max(float(size.max()), 1e-9)
    small = (corners - low) * scale
    columns, rows = (max(1, math.ceil(v * scale)) for v in size)
    area = np.count_nonzero(_winding(small, 0, rows, 0, columns)) / scale**2
    around = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T).sum()
    return float(area / max(around, 1e-9))


def _winding(corners: np.ndarray, y0: int, y1: int, x0: int, x1: int) -> np.ndarray:
    """How often the outline goes around each pixel's centre, of rows y0…y1 and columns x0…x1."""
    turns = np.zeros((y1 - y0, x1 - x0 + 1), np.int32)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        sign = 1 if by > ay else -1
        top, bottom = min(ay, by), max(ay, by)
        # Rows whose centre y + ½ lies in [top, bottom): a corner belongs to one edge alone.
        rows = np.arange(max(y0, math.ceil(top - 0.5)), min(y1, math.ceil(bottom - 0.5)))
        if rows.size == 0:
            continue
        x = ax + (rows + 0.5 - ay) * (bx - ax) / (by - ay)
        first = np.clip(np.ceil(x - 0.5), x0, x1).astype(np.int64) - x0
        turns[rows - y0, first] += sign
    return np.cumsum(turns, axis=1, out=turns)[:, :-1]


def _on_frame(start: np.ndarray, end: np.ndarray, shape: tuple[int, int]) -> bool:
    """Whether an edge runs along the photo's frame, or beyond it."""
    height, width = shape
    return bool(
        max(start[0], end[0]) <= 0
        or min(start[0], end[0]) >= width
        or max(start[1], end[1]) <= 0
        or min(start[1], end[1]) >= height
    )


def _nearer(
    distance: np.ndarray, start: np.ndarray, end: np.ndarray, reach: float, corner: tuple[int, int]
) -> None:
    """Lower each pixel's distance to that from one edge, as far as ``reach``."""
    y0, x0 = corner
    low, high = np.minimum(start, end) - reach, np.maximum(start, end) + reach
    left, right = max(0, math.floor(low[0]) - x0), min(distance.shape[1], math.ceil(high[0]) - x0)
    top, bottom = max(0, math.floor(low[1]) - y0), min(distance.shape[0], math.ceil(high[1]) - y0)
    if right <= left or bottom <= top:
        return
    x = np.arange(left, right) + x0 + 0.5 - start[0]
    y = (np.arange(top, bottom) + y0 + 0.5 - start[1])[:, None]
    dx, dy = end - start
    length = dx * dx + dy * dy
    t = np.clip((x * dx + y * dy) / length, 0, 1) if length > 0 else 0.0
    part = distance[top:bottom, left:right]
    np.minimum(part, np.hypot(x - t * dx, y - t * dy), out=part)
