"""The outline: smoother, softer, harder."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np

from ..arrays import check_plane, depth_within
from .tiles import blur, blur_raw, by_tiles, check_setting

_SMOOTH_SIGMA = 0.08  # pixels of Gaussian σ per unit of smooth: 100 is 8 pixels
_OPENING = 2  # pixels: what an opening by this takes away is a strand and no body


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
    sigma = _SMOOTH_SIGMA * check_setting(amount, 0, 100, "smooth")
    if sigma == 0:
        return plane.copy()
    window = 2 * sigma + 2

    def calm(tile: np.ndarray) -> np.ndarray:
        blurred = blur(tile, sigma)
        gain = _steepness(tile, window) / np.maximum(_steepness(blurred, window), 1e-6)
        # A straight hard edge needs σ√(2π); more than that would only sharpen noise.
        gain = np.clip(gain, 1, 1 + sigma * math.sqrt(2 * math.pi))
        return np.clip(0.5 + (blurred - np.float32(0.5)) * gain, 0, 1)

    return by_tiles(plane, math.ceil(3 * sigma + 3 * window) + 2, calm)


def edge_blur(alpha: Any, sigma: float) -> np.ndarray:
    """A Gaussian on the edge of the body alone: jagged edges look drawn, strands stay.

    The body's edge is where ground that a disc of 2 pixels fits into lies on both sides of the
    0.5 contour, each no further than 2σ + 2 pixels; strands, gaps and all that is half clear
    elsewhere keep their alpha to the bit.

    Args:
        alpha: (H, W) in [0, 1].
        sigma: pixels of σ, 0 to 3; 0.5 to 1 is what finishing touches ask for.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        ArrayError: no alpha. InputError: sigma outside 0..3.
    """
    plane = check_plane(alpha, name="alpha")
    sigma = check_setting(sigma, 0, 3, "edge_blur")
    if sigma == 0:
        return plane.copy()
    near = 2 * sigma + 2
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _OPENING + 1,) * 2)

    def away(ground: np.ndarray) -> np.ndarray:
        """Distance to what a disc fits into, of this ground."""
        opened = cv2.morphologyEx(
            ground.astype(np.uint8), cv2.MORPH_OPEN, disc, borderType=cv2.BORDER_REPLICATE
        )
        return depth_within(opened == 0)

    def soften(tile: np.ndarray) -> np.ndarray:
        further = np.maximum(away(tile >= 0.5), away(tile < 0.5))
        weight = np.clip(np.float32(near) - further, 0, 1)
        return np.where(weight > 0, tile + weight * (blur(tile, sigma) - tile), tile)

    return by_tiles(plane, math.ceil(near + 3 * sigma) + 2 * _OPENING + 2, soften)


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
    sigma = check_setting(radius, 0, 250, "feather") / 2
    if sigma == 0:
        return plane.copy()
    return by_tiles(plane, math.ceil(3.5 * sigma) + 2, lambda tile: blur(tile, sigma))


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
    share = check_setting(amount, 0, 100, "contrast") / 100
    if share == 0:
        return plane.copy()
    if share == 1:
        return (plane >= 0.5).astype(np.float32)
    return np.clip(0.5 + (plane - np.float32(0.5)) * np.float32(1 / (1 - share)), 0, 1)


def _steepness(plane: np.ndarray, sigma: float) -> np.ndarray:
    """The gradient of an edge around each pixel: mean of |∇|² over mean of |∇|, per pixel."""
    dy, dx = (
        cv2.filter2D(plane, cv2.CV_32F, kernel, borderType=cv2.BORDER_REPLICATE)
        for kernel in (np.array([[-0.5], [0], [0.5]]), np.array([[-0.5, 0, 0.5]]))
    )
    # Not cv2.magnitude: its last bit depends on where the result happens to lie in memory.
    slope = np.sqrt(dx * dx + dy * dy)
    return blur_raw(slope * slope, sigma) / np.maximum(blur_raw(slope, sigma), 1e-6)
