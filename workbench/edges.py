"""The edge of an alpha: smoother, softer, harder, further in or out.

Pure functions on (H, W) alphas in [0, 1]. Each is the identity, to the bit, at its neutral value,
and leaves alone, to the bit, every pixel further from an edge than its own reach. The photo's
frame is no edge: values beyond it are taken to be those at the border.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from .arrays import check_plane
from .errors import InputError

_TILE = 512
_SMOOTH_SIGMA = 0.08  # pixels of Gaussian σ per unit of smooth: 100 is 8 pixels
_KERNEL_LIMIT = 6.0  # σ above which three box blurs stand in for a true Gaussian
_STEP = 16.0  # pixels that one dilation moves an edge by; longer ways are walked in steps


def smooth(alpha: Any, amount: float) -> np.ndarray:
    """A calmer outline: bumps and stair steps go, the edge stays as soft or hard as it was.

    A Gaussian blur of σ = 0.08 · amount pixels moves the contour; the local steepness lost to the
    blur is then given back around 0.5. Strands narrower than σ fade: smooth the body, not hair.

    Args:
        alpha: (H, W) in [0, 1].
        amount: 0 to 100.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        ArrayError: no alpha. InputError: amount outside 0..100.
    """
    plane = check_plane(alpha, name="alpha")
    sigma = _SMOOTH_SIGMA * _check(amount, 0, 100, "smooth")
    if sigma == 0:
        return plane.copy()
    window = 2 * sigma + 2

    def calm(tile: np.ndarray) -> np.ndarray:
        blurred = _blur(tile, sigma)
        gain = _steepness(tile, window) / np.maximum(_steepness(blurred, window), 1e-6)
        # A straight hard edge needs σ√(2π); more than that would only sharpen noise.
        gain = np.clip(gain, 1, 1 + sigma * math.sqrt(2 * math.pi))
        return np.clip(0.5 + (blurred - np.float32(0.5)) * gain, 0, 1)

    return _by_tiles(plane, math.ceil(3 * sigma + 3 * window) + 2, calm)


def feather(alpha: Any, radius: float) -> np.ndarray:
    """A softer edge: a hard one becomes a ramp that reaches ``radius`` pixels to either side.

    A Gaussian blur of σ = radius / 2, so that a straight hard edge runs from 2 % to 98 % across
    the ramp. Above σ = 6 it is made of three box blurs (Wells 1986, IEEE PAMI 8(2), p. 234).

    Args:
        alpha: (H, W) in [0, 1].
        radius: pixels, 0 to 250.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        ArrayError: no alpha. InputError: radius outside 0..250.
    """
    plane = check_plane(alpha, name="alpha")
    sigma = _check(radius, 0, 250, "feather") / 2
    if sigma == 0:
        return plane.copy()
    return _by_tiles(plane, math.ceil(3.5 * sigma) + 2, lambda tile: _blur(tile, sigma))


def contrast(alpha: Any, amount: float) -> np.ndarray:
    """A harder edge: alpha stretched around 0.5 by 1 / (1 − amount / 100), a threshold at 100.

    Exact 0, 0.5 (below 100) and 1 stay, and the order of any two pixels is kept.

    Args:
        alpha: (H, W) in [0, 1].
        amount: 0 to 100.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        ArrayError: no alpha. InputError: amount outside 0..100.
    """
    plane = check_plane(alpha, name="alpha")
    share = _check(amount, 0, 100, "contrast") / 100
    if share == 0:
        return plane.copy()
    if share == 1:
        return (plane >= 0.5).astype(np.float32)
    return np.clip(0.5 + (plane - np.float32(0.5)) * np.float32(1 / (1 - share)), 0, 1)


def shift(alpha: Any, percent: float, radius: float = 10) -> np.ndarray:
    """The edge moved by ``percent`` of ``radius`` pixels: outward above 0, inward below.

    A grey dilation (erosion) by a disc of that many pixels whose rim falls off at one level of
    alpha per pixel: max over q of α(p + q) − max(0, |q| − d). The slope makes fractions of a pixel
    count, and the form makes it monotone: a bigger shift never lowers alpha anywhere. Inward is
    the same on 1 − α, so hair thinner than twice the shift goes.

    Args:
        alpha: (H, W) in [0, 1].
        percent: −100 to 100, of the radius.
        radius: pixels, 0 to 250, the band's.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        ArrayError: no alpha. InputError: percent or radius out of range.
    """
    plane = check_plane(alpha, name="alpha")
    share = _check(percent, -100, 100, "shift") / 100
    pixels = share * _check(radius, 0, 250, "radius")
    if pixels == 0:
        return plane.copy()
    if pixels < 0:
        return np.float32(1) - _grow(np.float32(1) - plane, -pixels)
    return _grow(plane, pixels)


def apply_edges(
    alpha: Any,
    smooth: float = 0,
    feather: float = 0,
    contrast: float = 0,
    shift: float = 0,
    radius: float = 10,
) -> np.ndarray:
    """All four in this order: smooth, feather, contrast, shift.

    The outline is calmed first, softened, tightened again where wished, and moved last, so that
    the shift moves the edge that one sees.

    Args:
        alpha: (H, W) in [0, 1].
        smooth: 0 to 100.
        feather: pixels, 0 to 250.
        contrast: 0 to 100.
        shift: −100 to 100 % of the radius.
        radius: pixels, 0 to 250, the band's.

    Returns:
        (H, W) float32 in [0, 1]; a copy, to the bit, when all four are 0.

    Raises:
        ArrayError: no alpha. InputError: a setting out of range.
    """
    plane = check_plane(alpha, name="alpha")
    for function, value in ((_smooth, smooth), (_feather, feather), (_contrast, contrast)):
        plane = function(plane, value)
    return _shift(plane, shift, radius)


# apply_edges has parameters of the same names.
_smooth, _feather, _contrast, _shift = smooth, feather, contrast, shift


def _check(value: Any, low: float, high: float, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(f"expected {name} in {low:g}..{high:g}, got {value!r}") from None
    if not low <= number <= high:
        raise InputError(f"expected {name} in {low:g}..{high:g}, got {number:g}")
    return number


def _by_tiles(
    plane: np.ndarray, reach: int, function: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """``function`` where there is something to do: it looks ``reach`` pixels far and keeps flat
    ground flat, so tiles that are one value all around are copied.
    """
    result = plane.copy()
    height, width = plane.shape
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            y0, x0 = max(0, top - reach), max(0, left - reach)
            around = plane[y0 : top + _TILE + reach, x0 : left + _TILE + reach]
            first = around[0, 0]
            if (around == first).all() and first in (0, 1):
                continue
            done = function(np.ascontiguousarray(around))
            result[top : top + _TILE, left : left + _TILE] = done[top - y0 :, left - x0 :][
                :_TILE, :_TILE
            ]
    return result


def _blur(plane: np.ndarray, sigma: float) -> np.ndarray:
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


def _steepness(plane: np.ndarray, sigma: float) -> np.ndarray:
    """The gradient of an edge around each pixel: mean of |∇|² over mean of |∇|, per pixel."""
    dy, dx = (
        cv2.filter2D(plane, cv2.CV_32F, kernel, borderType=cv2.BORDER_REPLICATE)
        for kernel in (np.array([[-0.5], [0], [0.5]]), np.array([[-0.5, 0, 0.5]]))
    )
    # Not cv2.magnitude: its last bit depends on where the result happens to lie in memory.
    slope = np.sqrt(dx * dx + dy * dy)
    return _blur_raw(slope * slope, sigma) / np.maximum(_blur_raw(slope, sigma), 1e-6)


def _blur_raw(plane: np.ndarray, sigma: float) -> np.ndarray:
    size = 2 * math.ceil(3 * sigma) + 1
    return cv2.GaussianBlur(plane, (size, size), sigma, borderType=cv2.BORDER_REPLICATE)


def _grow(plane: np.ndarray, pixels: float) -> np.ndarray:
    while pixels > 0:
        step = min(pixels, _STEP)
        plane = _by_tiles(plane, math.ceil(step) + 1, lambda tile, d=step: _dilate(tile, d))  # type: ignore[misc]
        pixels -= step
    return plane


def _dilate(plane: np.ndarray, distance: float) -> np.ndarray:
    """max over q of plane(p + q) − max(0, |q| − distance), a row of the disc at a time."""
    out = plane.copy()
    reach = math.ceil(distance + 1) - 1  # the last offset with |q| < distance + 1
    padded = cv2.copyMakeBorder(plane, reach, reach, 0, 0, cv2.BORDER_REPLICATE)
    height = plane.shape[0]
    for dy in range(reach + 1):
        # The two rows at ±dy share everything.
        row = padded[reach - dy : reach - dy + height]
        if dy:
            row = np.maximum(row, padded[reach + dy : reach + dy + height])
        flat = math.isqrt(int(distance**2 - dy**2)) if dy <= distance else -1
        if flat >= 0:
            kernel = np.ones((1, 2 * flat + 1), np.uint8)
            np.maximum(out, cv2.dilate(row, kernel, borderType=cv2.BORDER_REPLICATE), out=out)
        # The rim: the few offsets of this row between distance and distance + 1.
        for dx in range(flat + 1, reach + 1):
            fall = math.hypot(dx, dy) - distance
            if fall >= 1 or dx >= plane.shape[1]:
                break
            lowered = row - np.float32(fall)
            right, left = out[:, dx:], out[:, : out.shape[1] - dx]
            np.maximum(right, lowered[:, : lowered.shape[1] - dx], out=right)
            np.maximum(left, lowered[:, dx:], out=left)
    return out
