"""Noise in an alpha: specks and grain."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ..arrays import check_plane
from ..errors import InputError
from .tiles import by_tiles, check_setting

GRAIN_RADIUS = 2  # pixels
_GRAIN_SIGMA = 1.5  # pixels
_GRAIN_TOLERANCE = 0.003  # of alpha per unit of denoise


def despeckle(alpha: Any, radius: float) -> np.ndarray:
    """Small isolated pixels, bright or dark, taken back to what is around them.

    A median that minds what it touches (the LUM smoother of Hardie and Boncelet 1993, IEEE Trans.
    Signal Processing 41(3), p. 1061): in a window of 2 · radius + 1 pixels a side, a pixel brighter
    than the 2·radius-th brightest becomes that one, and likewise below. Specks of up to
    2 · radius − 1 pixels go; a line of one pixel, which a plain median wipes out, stays, less
    radius − 1 pixels at its ends.

    Args:
        alpha: (H, W) in [0, 1].
        radius: whole pixels, 0 to 3.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        ArrayError: no alpha. InputError: radius is not 0, 1, 2 or 3.
    """
    plane = check_plane(alpha, name="alpha")
    number = check_setting(radius, 0, 3, "despeckle")
    reach = int(number)
    if reach != number:
        raise InputError(f"expected despeckle in whole pixels, got {number:g}")
    if reach == 0:
        return plane.copy()
    from .kernels import lum

    return by_tiles(plane, reach, lambda tile: lum(_padded(tile, reach), reach, 2 * reach))


def denoise(alpha: Any, amount: float) -> np.ndarray:
    """Less grain, with edges and strands as they are: a mean of like-minded neighbours.

    A bilateral filter (Tomasi and Manduchi 1998) of 5 × 5 pixels, σ = 1.5 pixels; a neighbour that
    differs by 0.003 · amount counts a quarter, one that differs by thrice that a hundredth.

    Args:
        alpha: (H, W) in [0, 1].
        amount: 0 to 100.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        ArrayError: no alpha. InputError: amount outside 0..100.
    """
    plane = check_plane(alpha, name="alpha")
    tolerance = _GRAIN_TOLERANCE * check_setting(amount, 0, 100, "denoise")
    if tolerance == 0:
        return plane.copy()
    from .kernels import like_minded

    at = np.arange(-GRAIN_RADIUS, GRAIN_RADIUS + 1)
    near = np.exp(-(at[:, None] ** 2 + at**2) / (2 * _GRAIN_SIGMA**2)).astype(np.float32)

    def calm(tile: np.ndarray) -> np.ndarray:
        return np.clip(like_minded(_padded(tile, GRAIN_RADIUS), near, tolerance), 0, 1)

    return by_tiles(plane, GRAIN_RADIUS, calm)


def _padded(plane: np.ndarray, by: int) -> np.ndarray:
    return cv2.copyMakeBorder(plane, by, by, by, by, cv2.BORDER_REPLICATE)
