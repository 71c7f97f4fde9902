"""What the file gives: how many pixels, and how much grain is in them."""

from __future__ import annotations

import cv2
import numpy as np

from ...arrays import to_uint8
from ..checks.observation import Remedy, setting
from .seen import Seen, taken
from .shot import Shot

SIDE = 2000
"""px: the least of both sides that the articles ask for."""

PRINT = 300
"""Dots per inch that a print wants."""

GRAIN = 6.0
"""Standard deviation of grain, of 255, from which on it is said: about what ISO 3200 leaves."""

_TILE = 32
_TILES = 24  # to a side
_CALM = 0.15  # quantile: the calmest tiles are grain alone
_OPERATOR = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def low_resolution(shot: Shot) -> list[Seen]:
    """The photo's shorter side in pixels; limit SIDE, at least. Says how large it prints."""
    height, width = shot.shape
    side = min(height, width)
    wide, high = (2.54 * v / PRINT for v in (width, height))
    words = f"{width} × {height} pixels; at {PRINT} DPI that prints {wide:.1f} × {high:.1f} cm."
    if shot.dpi is not None:
        words += f" The file itself says {shot.dpi[0]:g} DPI."
    why = (
        f"{width} × {height} pixels are fewer than {SIDE} × {SIDE}: strands are under a pixel "
        f"wide, and edges come out in steps. At {PRINT} DPI it prints {wide:.1f} × {high:.1f} cm."
    )
    radius = float(round(min(max(10 * side / SIDE, 3), 10)))
    remedy = (setting(radius=radius, edge_blur=0.7),)
    return [taken("low_resolution", side, "px", SIDE, words, why, at_least=True, remedy=remedy)]


def noise(shot: Shot) -> list[Seen]:
    """Standard deviation of the grain, of 255, the mean of three channels; limit GRAIN.

    Immerkær's operator, which is blind to flat, sloping and straight things ("Fast Noise Variance
    Estimation", Computer Vision and Image Understanding 64(2), 1996), on up to 576 tiles of 32
    pixels at the photo's own size; texture is told from grain by taking the calmest 15 % of those
    that are neither black nor burnt out.
    """
    value = grain_of(shot.image)
    words = f"Grain of {value:.1f} of 255; up to {GRAIN:g} is good."
    why = f"Grain of {value:.1f} of 255: a matte takes it for detail, and comes out speckled."
    remedy = (Remedy("preset", {"name": "noisy photo"}),)
    return [taken("noise", value, "of 255", GRAIN, words, why, remedy=remedy)]


def grain_of(image: np.ndarray) -> float:
    """Standard deviation of an image's grain, of 255. image: (H, W, 3)."""
    height, width = image.shape[:2]
    if min(height, width) < 3:
        return 0.0
    tile = min(_TILE, height, width)
    tops = np.unique(np.linspace(0, height - tile, _TILES).astype(int))
    lefts = np.unique(np.linspace(0, width - tile, _TILES).astype(int))
    found = []
    for top in tops:
        for left in lefts:
            part = to_uint8(image[top : top + tile, left : left + tile]).astype(np.float32)
            mean = part.mean()
            if not 12 < mean < 243:
                continue
            off = np.abs(cv2.filter2D(part, cv2.CV_32F, _OPERATOR)[1:-1, 1:-1])
            if off.size:
                found.append(float(off.mean()) * np.sqrt(np.pi / 2) / 6)
    return float(np.quantile(found, _CALM)) if found else 0.0
