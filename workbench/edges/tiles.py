"""What the edge settings share: ranges, tiles that skip flat ground, and a Gaussian."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from ..errors import InputError

TILE = 512
_KERNEL_LIMIT = 6.0  # σ above which three box blurs stand in for a true Gaussian


def check_setting(value: Any, low: float, high: float, name: str) -> float:
    """The value as a float within its range.

    Raises:
        InputError: it is no number, or out of range.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(f"expected {name} in {low:g}..{high:g}, got {value!r}") from None
    if not low <= number <= high:
        raise InputError(f"expected {name} in {low:g}..{high:g}, got {number:g}")
    return number


def by_tiles(
    plane: np.ndarray, reach: int, function: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """``function`` where there is something to do: it looks ``reach`` pixels far and keeps flat
    ground flat, so tiles that are one value all around are copied.
    """
    result = plane.copy()
    height, width = plane.shape
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            y0, x0 = max(0, top - reach), max(0, left - reach)
            around = plane[y0 : top + TILE + reach, x0 : left + TILE + reach]
            first = around[0, 0]
            if (around == first).all() and first in (0, 1):
                continue
            done = function(np.ascontiguousarray(around))
            result[top : top + TILE, left : left + TILE] = done[top - y0 :, left - x0 :][
                :TILE, :TILE
            ]
    return result


def blur(plane: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian of σ pixels, clipped to [0, 1]."""
    if sigma <= _KERNEL_LIMIT:
        size = 2 * math.ceil(3 * sigma) + 1
        out = cv2.GaussianBlur(plane, (size, size), sigma, borderType=cv2.BORDER_REPLICATE)
        return np.clip(out, 0, 1)
    # Three boxes of odd widths whose variances (w² − 1) / 12 add up to σ² as nearly as they can.
    lower = math.floor(math.sqrt(4 * sigma**2 + 1))
    lower -= 1 - lower % 2
    wide = round((12 * sigma**2 - 3 * (lower**2 - 1)) / (4 * lower + 4))
    out = plane
    for index in range(3):
        size = lower + 2 if index < wide else lower
        out = cv2.blur(out, (size, size), borderType=cv2.BORDER_REPLICATE)
    return np.clip(out, 0, 1)


def blur_raw(plane: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian of σ pixels with a kernel of 3σ, not clipped."""
    size = 2 * math.ceil(3 * sigma) + 1
    return cv2.GaussianBlur(plane, (size, size), sigma, borderType=cv2.BORDER_REPLICATE)
