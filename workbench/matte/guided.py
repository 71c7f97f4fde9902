"""The guided filter as a quick preview of a matte (He, Sun & Tang 2013)."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from ..progress import Progress
from .grid import Grid
from .pieces import Pieces, Solved, Window, solve_in_pieces
from .result import AlphaResult

_WIDEST = 60  # pixels of the filter's radius at most
_EPSILON = 1e-4  # of colour²
_PIECES = Pieces(
    Grid(tile=1024, margin=3 * _WIDEST + 12, blend=16),
    whole=2048 * 2048, margin=3 * _WIDEST, tied=False, spreads=False,
)  # fmt: skip


def guided(
    image: np.ndarray,
    trimap: np.ndarray,
    unknown: np.ndarray,
    mask: np.ndarray | None,
    progress: Progress | None,
) -> AlphaResult:
    """The filter's radius is the band's own half width, so that a window sees both sides."""
    depth = cv2.distanceTransform(
        np.pad(unknown, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3
    ).max()
    radius = int(min(max(math.ceil(depth), 2), _WIDEST))

    def solve(window: Window) -> Solved:
        start = np.where(window.band, window.guess, window.given)
        alpha = start.copy()
        alpha[window.band] = guided_filter(window.image, start, radius, _EPSILON, window.band)
        return Solved(alpha)

    pieces = replace(_PIECES, margin=3 * radius)
    return solve_in_pieces(solve, pieces, image, trimap, unknown, mask, progress)


def guided_filter(
    guide: np.ndarray, source: np.ndarray, radius: int, epsilon: float, wanted: np.ndarray
) -> np.ndarray:
    """The guided filter with a colour guide; a = (Σ + ε)⁻¹ cov(I, p), eq. 19 of the PAMI paper.

    Args:
        guide: (h, w, 3) float32. source: (h, w) float32. radius: pixels. epsilon: of colour².
        wanted: (h, w) bool, the n pixels to answer for.

    Returns:
        (n,) float32 in raster order, not clipped.
    """
    height, width = source.shape
    # The coefficients are smooth over the radius: a quarter of it loses nothing that one sees.
    by = max(1, min(radius // 4, height // 8, width // 8))
    size = (max(1, width // by), max(1, height // by))
    small_guide = cv2.resize(guide, size, interpolation=cv2.INTER_AREA) if by > 1 else guide
    value = cv2.resize(source, size, interpolation=cv2.INTER_AREA) if by > 1 else source
    window = 2 * max(1, round(radius / by)) + 1

    def mean(plane: np.ndarray) -> np.ndarray:
        return cv2.blur(plane, (window, window), borderType=cv2.BORDER_REFLECT_101)

    # Around its middle float32 has digits enough for a variance.
    colour = [c - np.float32(0.5) for c in cv2.split(small_guide)]
    m = [mean(c) for c in colour]
    mean_value = mean(np.ascontiguousarray(value))
    b0, b1, b2 = (mean(c * value) - k * mean_value for c, k in zip(colour, m, strict=True))
    pairs = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    a00, a01, a02, a11, a12, a22 = (mean(colour[i] * colour[j]) - m[i] * m[j] for i, j in pairs)
    # Gauss without a choice of pivots: the matrix is positive definite, by ε at the least.
    d0 = np.maximum(a00, 0) + np.float32(epsilon)
    l1, l2 = a01 / d0, a02 / d0
    d1 = np.maximum(a11 - l1 * a01, 0) + np.float32(epsilon)
    a12 = a12 - l1 * a02
    b1 = b1 - l1 * b0
    l3 = a12 / d1
    d2 = np.maximum(a22 - l2 * a02 - l3 * a12, 0) + np.float32(epsilon)
    s2 = (b2 - l2 * b0 - l3 * b1) / d2
    s1 = (b1 - a12 * s2) / d1
    s0 = (b0 - a01 * s1 - a02 * s2) / d0
    offset = mean_value - s0 * m[0] - s1 * m[1] - s2 * m[2]
    out = np.zeros(int(np.count_nonzero(wanted)), np.float32)
    for channel, field in enumerate((s0, s1, s2, offset)):
        smooth = mean(field)
        if by > 1:
            smooth = cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)
        at = smooth[wanted]
        out += at * (guide[..., channel][wanted] - np.float32(0.5)) if channel < 3 else at
    return out
