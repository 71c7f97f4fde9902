"""Weighted Gaussian means of colours, wide ones by squares of pixels."""

from __future__ import annotations

import math

import cv2
import numpy as np

SQUARES = 16
"""The largest side of a square, in pixels: tiles and margins that are multiples of it see the same
squares as their neighbours."""


_LIGHT = np.array([0.299, 0.587, 0.114], np.float32)  # Rec. 601


def hue_of(difference: np.ndarray) -> np.ndarray:
    """A difference of colours (…, 3) without its light: hue and saturation alone."""
    # Not a matrix product: its last bit depends on where the array lies in memory.
    light = (difference * _LIGHT).sum(axis=-1, keepdims=True)
    return difference - light


def square_for(sigma: float) -> int:
    """Pixels of a side of squares, a power of two, that a Gaussian of σ pixels does not tell from
    pixels."""
    return 1 << max(0, min(int(math.log2(SQUARES)), int(math.log2(max(sigma / 2, 1)))))


def margin_for(reach: float) -> int:
    """Pixels around a tile, whole squares, in which everything within ``reach`` lies."""
    return SQUARES * math.ceil(reach / SQUARES + 1)


def weighted_mean(
    colours: np.ndarray, weight: np.ndarray, sigma: float, square: int
) -> tuple[np.ndarray, np.ndarray]:
    """The Gaussian mean of the colours, each as heavy as its weight, and the mean weight.

    Beyond the border there is nothing: it has no weight.

    Args:
        colours: (h, w, 3) float32. weight: (h, w) float32. sigma: pixels, cut off at 3σ.
        square: pixels of a side of the squares whose means stand in for pixels.

    Returns:
        (h', w', 3) and (h', w', 1) float32, for each square; see ``enlarged``.
    """
    stacked = np.empty((*weight.shape, 4), np.float32)
    np.multiply(colours, weight[..., None], out=stacked[..., :3])
    stacked[..., 3] = weight
    if square > 1:
        height, width = weight.shape
        stacked = np.pad(stacked, ((0, -height % square), (0, -width % square), (0, 0)))
        rows, columns = stacked.shape[0] // square, stacked.shape[1] // square
        stacked = cv2.resize(stacked, (columns, rows), interpolation=cv2.INTER_AREA)
    size = 2 * math.ceil(3 * sigma / square) + 1
    blurred = cv2.GaussianBlur(
        stacked, (size, size), sigma / square, borderType=cv2.BORDER_CONSTANT
    )
    return blurred[..., :3] / np.maximum(blurred[..., 3:], 1e-6), blurred[..., 3:]


def enlarged(field: np.ndarray, square: int, part: tuple[slice, slice]) -> np.ndarray:
    """A field by squares at the pixels of ``part``, linear between the squares' centres.

    Args:
        field: (h', w', 3) or (h', w', 1) float32.
        square: pixels of a side.
        part: slices of pixels with start and stop.

    Returns:
        (rows, columns, 3) or (rows, columns, 1) float32.
    """
    if square == 1:
        return field[part]
    y, x = ((np.arange(s.start, s.stop, dtype=np.float32) + 0.5) / square - 0.5 for s in part)
    columns, rows = np.meshgrid(x, y)
    out = cv2.remap(field, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return out.reshape(*columns.shape, field.shape[2])
