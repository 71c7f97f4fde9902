"""What colours near by say of a pixel's alpha: pairs of sure subject and sure background.

A pixel that mixes a colour F of the subject with a colour B of the background lies on the line
between them, at its alpha. Here the sure pixels that are nearest to it and to a dozen places around
it are taken for F and for B, and every pair of them is held against the pixel: the idea of Wang and
Cohen ("Optimized Color Sampling for Robust Matting", CVPR 2007) and of Gastal and Oliveira
("Shared Sampling for Real-Time Alpha Matting", Computer Graphics Forum 29(2), 2010, p. 575). What
they say is no alpha yet, since wrong pairs explain a pixel by chance; ``refined.py`` weighs it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit

PLANES = 9
FRONT, BEHIND = 6, 7
"""Which planes hold the distances to sure subject and to sure background."""

REACH = 48.0
"""Pixels: what is sure further away than this from a place is not seen from there."""

AROUND = 25
"""Pixels around a pixel within which the places lie that samples are sought from."""

# Where samples are sought from, as (down, right): the pixel itself, and three rings.
_PLACES = np.array(
    [(0, 0)]
    + [
        (round(ring * np.sin(at)), round(ring * np.cos(at)))
        for ring, count, first in ((6, 4, 0.4), (13, 3, 0.9), (24, 4, 1.1))
        for at in first + 2 * np.pi * np.arange(count) / count
    ],
    np.int64,
)


def colour_samples(image: np.ndarray, trimap: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Planes of what samples say.

    Args:
        image: (h, w, 3) float32 in [0, 1].
        trimap: (h, w) float32 of 0, 0.5 and 1.
        wanted: (h, w) bool, some of the band; elsewhere there are distances alone.

    Returns:
        (9, h, w) float32 in [0, 1]. The alpha of the pair that explains the pixel best; the mean
        over all pairs by how well they explain it, and how far they are from it (σ); three times
        the distance of the pixel's colour from the best line; its distances from the nearest colour
        of the subject and of the background; how far sure subject and sure background are, in units
        of REACH; how far the best pair's colours are from each other.
    """
    to_front, front = _nearest(trimap == 1)
    to_behind, behind = _nearest(trimap == 0)
    places = np.flatnonzero(wanted)
    said = np.zeros((places.size, 7), np.float32)
    _weigh(np.ascontiguousarray(image), places, front, behind, _PLACES, said)
    made = np.zeros((PLANES, trimap.size), np.float32)
    made[:2] = trimap.ravel()
    made[:6, places] = said[:, :6].T
    made[6], made[7] = to_front.ravel() / np.float32(REACH), to_behind.ravel() / np.float32(REACH)
    made[8, places] = said[:, 6]
    return made.reshape(PLANES, *trimap.shape)


def _nearest(sure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(h, w) float32, pixels to the nearest sure one, REACH at most, and int32, which one that is
    (−1 beyond)."""
    if not sure.any():
        return np.full(sure.shape, REACH, np.float32), np.full(sure.shape, -1, np.int32)
    away, labels = cv2.distanceTransformWithLabels(
        (~sure).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    flat = np.flatnonzero(sure)
    table = np.zeros(int(labels.max()) + 1, np.int32)
    table[labels.ravel()[flat]] = flat
    which = table[labels]
    which[away > REACH] = -1
    return np.minimum(away, np.float32(REACH)), which


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _weigh(
    image: np.ndarray,
    places: np.ndarray,
    front: np.ndarray,
    behind: np.ndarray,
    around: np.ndarray,
    said: np.ndarray,
) -> None:
    """Fill in ``said`` (n, 7): best, mean, σ, residual, nearest front, nearest behind, apart."""
    height, width = front.shape
    count = around.shape[0]
    f, b = np.empty((3, count), np.float32), np.empty((3, count), np.float32)
    alphas, costs = np.empty(count, np.float32), np.empty(count, np.float32)
    one, zero = np.float32(1), np.float32(0)
    for n in range(places.size):
        y, x = places[n] // width, places[n] % width
        fronts = behinds = 0
        for k in range(count):
            v = min(max(y + around[k, 0], 0), height - 1)
            u = min(max(x + around[k, 1], 0), width - 1)
            i = front[v, u]
            if i >= 0:
                for c in range(3):
                    f[c, fronts] = image[i // width, i % width, c]
                fronts += 1
            i = behind[v, u]
            if i >= 0:
                for c in range(3):
                    b[c, behinds] = image[i // width, i % width, c]
                behinds += 1
        red, green, blue = image[y, x, 0], image[y, x, 1], image[y, x, 2]
        near_f = near_b = one
        for i in range(fronts):
            d0, d1, d2 = f[0, i] - red, f[1, i] - green, f[2, i] - blue
            near_f = min(near_f, d0 * d0 + d1 * d1 + d2 * d2)
        for j in range(behinds):
            d0, d1, d2 = b[0, j] - red, b[1, j] - green, b[2, j] - blue
            near_b = min(near_b, d0 * d0 + d1 * d1 + d2 * d2)
        said[n, 4], said[n, 5] = np.sqrt(near_f), np.sqrt(near_b)
        if fronts == 0 or behinds == 0:
            guess = zero if behinds > 0 else (one if fronts > 0 else np.float32(0.5))
            said[n, 0] = said[n, 1] = guess
            said[n, 2], said[n, 3], said[n, 6] = np.float32(0.5), one, zero
            continue
        least, best, apart = np.float32(1e9), np.float32(0.5), zero
        total = mean = square = zero
        for i in range(fronts):
            # Without a branch, so that the compiler takes eight of them at a time.
            for j in range(behinds):
                e0, e1, e2 = f[0, i] - b[0, j], f[1, i] - b[1, j], f[2, i] - b[2, j]
                length = e0 * e0 + e1 * e1 + e2 * e2
                s0, s1, s2 = red - b[0, j], green - b[1, j], blue - b[2, j]
                alpha = (e0 * s0 + e1 * s1 + e2 * s2) / (length + np.float32(1e-4))
                alpha = min(max(alpha, zero), one)
                s0, s1, s2 = s0 - alpha * e0, s1 - alpha * e1, s2 - alpha * e2
                cost = s0 * s0 + s1 * s1 + s2 * s2
                # Alike colours explain much and tell little.
                cost += np.float32(2e-5) / (length + np.float32(1e-3))
                share = one / (cost + np.float32(4e-4))
                share *= share
                total += share
                mean += share * alpha
                square += share * alpha * alpha
                alphas[j], costs[j] = alpha, cost
            for j in range(behinds):
                if costs[j] < least:
                    least, best = costs[j], alphas[j]
                    e0, e1, e2 = f[0, i] - b[0, j], f[1, i] - b[1, j], f[2, i] - b[2, j]
                    apart = e0 * e0 + e1 * e1 + e2 * e2
        mean /= total
        said[n, 0], said[n, 1] = best, mean
        said[n, 2] = np.sqrt(max(square / total - mean * mean, zero))
        said[n, 3] = min(np.float32(3) * np.sqrt(least), one)
        said[n, 6] = min(np.sqrt(apart), one)
