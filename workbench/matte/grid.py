"""A photo cut into fixed tiles that overlap: their windows, and how much each counts where.

The grid begins at the photo's corner, so that a tile is the same whatever the band is. In the
overlap neighbours are blended linearly, which leaves nothing to be seen at the joins.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np


@dataclass(frozen=True)
class Grid:
    """How a photo is cut: pixels of a tile, of the margin around it, and of half the blending.

    ``even``: the photo is shared out evenly, no tile being larger than ``tile``. Otherwise all are
    of that size, and those next to the border take a small rest along, so that none is a sliver.
    """

    tile: int
    margin: int
    blend: int
    even: bool = False

    def cuts(self, size: int) -> list[tuple[int, int]]:
        """Where the tiles of a side begin and end."""
        if self.even:
            count = -(-size // self.tile)
            ends = [size * i // count for i in range(count + 1)]
        else:
            count = max(1, size // self.tile)
            ends = [*(i * self.tile for i in range(count)), size]
        return list(pairwise(ends))


@dataclass(frozen=True)
class Tile:
    """A tile's window, margin and all, and how much it counts there.

    Attributes:
        rows, columns: the window in its photo, margin and all.
        weight: (h, w) float32 over the window: 1 in the tile, falling to 0 across its border so
            that it and its neighbour's sum to 1.
    """

    rows: slice
    columns: slice
    weight: np.ndarray


def _tile(
    grid: Grid, rows: tuple[int, int], columns: tuple[int, int], shape: tuple[int, int]
) -> Tile:
    windows, ramps = [], []
    for (first, last), size in zip((rows, columns), shape, strict=True):
        window = slice(max(0, first - grid.margin), min(size, last + grid.margin))
        at = np.arange(window.start, window.stop) + 0.5
        ramp = np.ones(at.size, np.float32)
        if first > 0:
            ramp *= np.clip((at - (first - grid.blend)) / (2 * grid.blend), 0, 1)
        if last < size:
            ramp *= np.clip(((last + grid.blend) - at) / (2 * grid.blend), 0, 1)
        windows.append(window)
        ramps.append(ramp)
    return Tile(windows[0], windows[1], ramps[0][:, None] * ramps[1][None])


def tiles_with(grid: Grid, trimap: np.ndarray, wanted: np.ndarray | None = None) -> list[Tile]:
    """The tiles that have a band in them, in raster order.

    Args:
        trimap: (H, W) float32; the band is where it is 0.5.
        wanted: (H, W) bool, where else the band does not count; None for everywhere.
    """
    height, width = trimap.shape
    found = []
    for top, bottom in grid.cuts(height):
        strip = trimap[max(0, top - grid.blend) : bottom + grid.blend] == 0.5
        columns_with = strip.any(axis=0)
        if not columns_with.any():
            continue
        for left, right in grid.cuts(width):
            inside = slice(max(0, left - grid.blend), right + grid.blend)
            if not columns_with[inside].any():
                continue
            here = strip[:, inside]
            if wanted is not None:
                here = here & wanted[max(0, top - grid.blend) : bottom + grid.blend, inside]
            if here.any():
                found.append(_tile(grid, (top, bottom), (left, right), (height, width)))
    return found


def half(plane: np.ndarray) -> np.ndarray:
    """Means of 2 × 2 of (h, w) or (h, w, 3); an odd last row or column counts twice."""
    down, across = plane.shape[0] // 2, plane.shape[1] // 2
    odd = plane.shape[0] % 2, plane.shape[1] % 2
    out = np.empty((down + odd[0], across + odd[1], *plane.shape[2:]), plane.dtype)
    if down and across:
        # Without a copy of all of it, that an even size would take.
        even = plane[: 2 * down, : 2 * across]
        out[:down, :across] = cv2.resize(even, (across, down), interpolation=cv2.INTER_AREA)
    if odd[0]:
        out[down:] = half(np.repeat(plane[-1:], 2, axis=0))
    if odd[1] and down:
        out[:down, across:] = half(np.repeat(plane[: 2 * down, -1:], 2, axis=1))
    return out


def coarser(trimap: np.ndarray, reach: int) -> np.ndarray:
    """A trimap at half the size: sure is what is sure in all of its four pixels.

    Where two of them are sure and nothing of their kind is in the ``reach`` × ``reach`` around,
    they count as well: such a speck would be lost, and a wide soft subject may hang on it.
    """
    mean = half(trimap)
    out = np.full(mean.shape, 0.5, np.float32)
    around = np.ones((reach, reach), np.uint8)
    for value, share in ((0, 1 - mean), (1, mean)):
        sure = share == 1
        near = cv2.dilate(sure.astype(np.uint8), around) > 0
        out[sure | ((share >= 0.75) & ~near)] = value
    return out
