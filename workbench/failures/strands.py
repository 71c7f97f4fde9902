"""Hair, fur and barbs: tapered curves laid over one another with the coverage of each pixel.

A curve's coverage of a pixel is the share of the pixel's width, across the curve, that lies within
it: a strand of half a pixel covers half of what it crosses, wherever between two pixels it runs.
Each strand is a union along its own length; a later one lies over those before it.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def lay(
    light: np.ndarray, alpha: np.ndarray, points: np.ndarray, widths: np.ndarray,
    colours: np.ndarray,
) -> None:  # fmt: skip
    """Lay strands over a layer, in place.

    Args:
        light: (H, W, 3) float32, colour times alpha. alpha: (H, W) float32.
        points: (n, k, 2) float32, the (x, y) of n strands of k points, pixels.
        widths: (n, k) float32, across, pixels.
        colours: (n, k, 3) float32 sRGB.
    """
    height, width = alpha.shape
    count, knots = points.shape[0], points.shape[1]
    cover = np.zeros((height, width), np.float32)
    shade = np.zeros((height, width, 3), np.float32)
    for n in range(count):
        x0, y0, x1, y1 = width, height, -1, -1
        for k in range(knots - 1):
            ax, ay = points[n, k, 0], points[n, k, 1]
            dx, dy = points[n, k + 1, 0] - ax, points[n, k + 1, 1] - ay
            square = dx * dx + dy * dy
            reach = 0.5 * max(widths[n, k], widths[n, k + 1]) + 0.5
            left = max(0, int(np.floor(min(ax, ax + dx) - reach)))
            right = min(width - 1, int(np.floor(max(ax, ax + dx) + reach)))
            top = max(0, int(np.floor(min(ay, ay + dy) - reach)))
            bottom = min(height - 1, int(np.floor(max(ay, ay + dy) + reach)))
            if left > right or top > bottom:
                continue
            x0, y0, x1, y1 = min(x0, left), min(y0, top), max(x1, right), max(y1, bottom)
            for y in range(top, bottom + 1):
                for x in range(left, right + 1):
                    px, py = x + 0.5 - ax, y + 0.5 - ay
                    t = 0.0
                    if square > 1e-12:
                        t = min(1.0, max(0.0, (px * dx + py * dy) / square))
                    away = np.sqrt((px - t * dx) ** 2 + (py - t * dy) ** 2)
                    half = 0.5 * ((1 - t) * widths[n, k] + t * widths[n, k + 1])
                    share = min(away + 0.5, half) - max(away - 0.5, -half)
                    if share > cover[y, x]:
                        cover[y, x] = share
                        for c in range(3):
                            shade[y, x, c] = (1 - t) * colours[n, k, c] + t * colours[n, k + 1, c]
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                share = min(cover[y, x], np.float32(1))
                if share > 0:
                    for c in range(3):
                        light[y, x, c] = (1 - share) * light[y, x, c] + share * shade[y, x, c]
                    alpha[y, x] = (1 - share) * alpha[y, x] + share
                    cover[y, x] = 0


def curves(
    roots: np.ndarray, ways: np.ndarray, lengths: np.ndarray, bends: np.ndarray, knots: int = 12,
    pull: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """Strands that leave their roots in a direction, bend steadily and are pulled by gravity.

    Args:
        roots: (n, 2) pixels. ways: (n,) angles of leaving, radians clockwise from x.
        lengths: (n,) pixels. bends: (n,) radians along the whole length.
        pull: (n,) how far the direction turns downwards by the tip, 0 to 1; None: not at all.

    Returns:
        (n, knots, 2) float32.
    """
    t = np.linspace(0, 1, knots)[None]
    angle = ways[:, None] + bends[:, None] * t
    step = np.stack([np.cos(angle), np.sin(angle)], -1)
    if pull is not None:
        share = (pull[:, None] * t)[..., None]
        step = (1 - share) * step + share * np.array([0.0, 1.0])
        step /= np.maximum(np.linalg.norm(step, axis=-1, keepdims=True), 1e-6)
    step = step * (lengths / (knots - 1))[:, None, None]
    path = np.cumsum(step, axis=1) - step[:, :1]
    return (roots[:, None] + path).astype(np.float32)


def tapered(widths: np.ndarray, knots: int, tip: float = 0.25) -> np.ndarray:
    """(n, knots) widths: full for the first half, falling to ``tip`` of it at the end."""
    t = np.linspace(0, 1, knots, dtype=np.float32)[None]
    fall = 1 - (1 - tip) * np.clip((t - 0.4) / 0.6, 0, 1)
    return (np.asarray(widths, np.float32)[:, None] * fall).astype(np.float32)
