"""An outline to the mask inside it, exact to the fraction of each pixel that it covers."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ...arrays import row_blocks

_STEP = 0.75  # pieces of outline; shorter than a pixel, so each crosses one grid line of a kind


def filled(points: Any, shape: tuple[int, int]) -> np.ndarray:
    """The part of each pixel that lies inside an outline.

    By accumulating the signed areas to the right of the outline's pieces and summing along the
    rows, as font rasterisers do. Where the outline runs around a place twice it counts once.

    Args:
        points: [(x, y), …] in image pixels, closed by itself; may leave the image.
        shape: (H, W) of the image.

    Returns:
        (H, W) float32 in [0, 1]; nothing for fewer than three points.
    """
    height, width = shape
    corners = np.asarray(points, np.float64).reshape(-1, 2)
    if len(corners) < 3:
        return np.zeros(shape, np.float32)
    # Beyond the left border a piece still covers all pixels of its rows; beyond the others, none.
    corners = np.clip(corners, (0, 0), (width, height))
    x, y = _pieces(corners)
    # Cut where a piece crosses a column's or a row's border.
    dx, dy = np.diff(x), np.diff(y)
    start = np.zeros_like(dx)
    cuts = np.sort(np.stack([start, _crossing(x, dx), _crossing(y, dy), start + 1]), axis=0)
    places, amounts = [], []
    for first, last in pairwise(cuts):
        rise = (last - first) * dy
        counts = rise != 0
        middle, rise = ((first + last) / 2)[counts], rise[counts]
        mx, my = x[:-1][counts] + middle * dx[counts], y[:-1][counts] + middle * dy[counts]
        column = np.clip(mx.astype(np.int64), 0, width - 1)
        row = np.clip(my.astype(np.int64), 0, height - 1)
        right = mx - column  # the part of the pixel to the piece's left
        places += [row * (width + 1) + column, row * (width + 1) + column + 1]
        amounts += [rise * (1 - right), rise * right]
    mask = np.zeros(shape, np.float32)
    place, amount = np.concatenate(places), np.concatenate(amounts)
    order = np.argsort(place, kind="stable")
    place, amount = place[order], amount[order]
    for rows in row_blocks(mask):
        ends = [rows.start * (width + 1), min(rows.stop, height) * (width + 1)]
        here = slice(*np.searchsorted(place, ends))
        if here.start == here.stop:
            continue
        steps = np.bincount(place[here] - ends[0], amount[here], ends[1] - ends[0])
        inside = np.abs(np.cumsum(steps.reshape(-1, width + 1), axis=1)[:, :width])
        # Rounding of the sums, not of the areas: what is nothing or all becomes exactly that.
        inside[inside < 1e-9] = 0
        inside[inside > 1 - 1e-9] = 1
        mask[rows] = inside
    return mask


def _pieces(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The closed outline as points at most ``_STEP`` apart, x and y; the first again at last."""
    ends = np.roll(corners, -1, axis=0)
    counts = np.maximum(1, np.ceil(np.abs(ends - corners).max(axis=1) / _STEP)).astype(np.int64)
    which = np.repeat(np.arange(len(corners)), counts)
    part = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    t = (part / counts[which])[:, None]
    line = corners[which] * (1 - t) + ends[which] * t
    line = np.concatenate([line, line[:1]])
    return line[:, 0], line[:, 1]


def _crossing(values: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Where along each piece, in [0, 1], it crosses a whole number; 0 where it does not."""
    low = np.minimum(values[:-1], values[1:])
    border = np.floor(low) + 1
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (border - values[:-1]) / steps
    return np.where((steps != 0) & (t > 0) & (t < 1), t, 0.0)
