"""The inner loops of cleaning, compiled by numba when they are first called."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def lum(padded: np.ndarray, radius: int, rank: int) -> np.ndarray:
    """Each pixel kept between the ``rank``-th smallest and largest of its window.

    Args:
        padded: (h + 2r, w + 2r) float32.
        radius: r, the window being (2r + 1)².
        rank: 1 is the extreme itself, which changes nothing.

    Returns:
        (h, w) float32.
    """
    side = 2 * radius + 1
    height, width = padded.shape[0] - 2 * radius, padded.shape[1] - 2 * radius
    out = np.empty((height, width), np.float32)
    low = np.empty(rank, np.float32)  # ascending
    high = np.empty(rank, np.float32)  # descending
    for y in range(height):
        for x in range(width):
            own = padded[y + radius, x + radius]
            above = below = 0
            for j in range(side):
                for i in range(side):
                    value = padded[y + j, x + i]
                    above += value >= own
                    below += value <= own
            # Most pixels have enough of their kind on both sides: nothing to sort.
            if above >= rank and below >= rank:
                out[y, x] = own
                continue
            low[:] = np.inf
            high[:] = -np.inf
            for j in range(side):
                for i in range(side):
                    value = padded[y + j, x + i]
                    n = rank - 1
                    if value < low[n]:
                        while n > 0 and low[n - 1] > value:
                            low[n] = low[n - 1]
                            n -= 1
                        low[n] = value
                    n = rank - 1
                    if value > high[n]:
                        while n > 0 and high[n - 1] < value:
                            high[n] = high[n - 1]
                            n -= 1
                        high[n] = value
            out[y, x] = min(max(own, low[rank - 1]), high[rank - 1])
    return out


@njit(nogil=True, cache=True)
def like_minded(padded: np.ndarray, near: np.ndarray, tolerance: float) -> np.ndarray:
    """The mean of the neighbours that are alike: weight near · (1 + (Δ / tolerance)²)⁻².

    Args:
        padded: (h + 2r, w + 2r) float32.
        near: (2r + 1, 2r + 1) float32, a neighbour's weight by where it is.
        tolerance: the difference that counts a quarter.

    Returns:
        (h, w) float32.
    """
    side = near.shape[0]
    radius = side // 2
    height, width = padded.shape[0] - 2 * radius, padded.shape[1] - 2 * radius
    out = np.empty((height, width), np.float32)
    scale = 1.0 / tolerance
    for y in range(height):
        for x in range(width):
            own = padded[y + radius, x + radius]
            total = weights = 0.0
            for j in range(side):
                for i in range(side):
                    # Differences are summed, not values: flat ground stays what it is.
                    away = padded[y + j, x + i] - own
                    like = 1.0 + (away * scale) * (away * scale)
                    weight = near[j, i] / (like * like)
                    total += weight * away
                    weights += weight
            out[y, x] = own + total / weights
    return out
