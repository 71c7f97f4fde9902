"""The guided filter as a quick preview of a matte (He, Sun & Tang 2013)."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ..arrays import to_float
from ..progress import Progress
from .result import AlphaResult, crop_around


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
    radius = int(min(max(math.ceil(depth), 2), 60))
    rows, columns = crop_around(unknown, 3 * radius)
    band = unknown[rows, columns]
    start = trimap if mask is None else np.where(unknown, mask, trimap)
    filtered = guided_filter(
        to_float(image[rows, columns]), np.ascontiguousarray(start[rows, columns]), radius, 1e-4
    )
    alpha = trimap.copy()
    alpha[rows, columns][band] = np.clip(filtered, 0, 1)[band]
    return AlphaResult(alpha)


def guided_filter(guide: np.ndarray, source: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """The guided filter with a colour guide; a = (Σ + ε)⁻¹ cov(I, p), eq. 19 of the PAMI paper.

    Args:
        guide: (h, w, 3) float32. source: (h, w) float32. radius: pixels. epsilon: of colour².

    Returns:
        (h, w) float32, not clipped.
    """
    height, width = source.shape
    # The coefficients are smooth over the radius: a quarter of it loses nothing that one sees.
    by = max(1, min(radius // 4, height // 8, width // 8))
    size = (max(1, width // by), max(1, height // by))
    small_guide = cv2.resize(guide, size, interpolation=cv2.INTER_AREA) if by > 1 else guide
    small = cv2.resize(source, size, interpolation=cv2.INTER_AREA) if by > 1 else source
    window = 2 * max(1, round(radius / by)) + 1

    def mean(plane: np.ndarray) -> np.ndarray:
        return cv2.blur(plane, (window, window), borderType=cv2.BORDER_REFLECT_101)

    colour = [np.ascontiguousarray(small_guide[..., c], dtype=np.float64) for c in range(3)]
    value = small.astype(np.float64)
    mean_colour = [mean(c) for c in colour]
    mean_value = mean(value)
    covariance = np.stack(
        [mean(c * value) - m * mean_value for c, m in zip(colour, mean_colour, strict=True)], -1
    )
    spread = np.empty((*value.shape, 3, 3))
    for i in range(3):
        for j in range(i, 3):
            entry = mean(colour[i] * colour[j]) - mean_colour[i] * mean_colour[j]
            spread[..., i, j] = spread[..., j, i] = entry + (epsilon if i == j else 0)
    slope = np.linalg.solve(spread, covariance[..., None])[..., 0]
    offset = mean_value - sum(slope[..., c] * mean_colour[c] for c in range(3))
    fields = [mean(np.ascontiguousarray(slope[..., c])) for c in range(3)] + [mean(offset)]
    if by > 1:
        fields = [cv2.resize(f, (width, height), interpolation=cv2.INTER_LINEAR) for f in fields]
    out = fields[3] + sum(fields[c] * guide[..., c] for c in range(3))
    return out.astype(np.float32)
