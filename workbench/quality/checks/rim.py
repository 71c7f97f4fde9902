"""Whether the photo has an edge where a piece of the alpha has its rim."""

from __future__ import annotations

import cv2
import numpy as np

from .sight import Sight

SUPPORT = 1.4
"""Times steeper that the photo must be across a piece's rim than around it for the piece to be a
thing of its own, or a hole to be one that is seen through."""

_SKIRT = 8  # pixels around a piece that are looked at
_GRAIN = 0.004  # of full brightness a pixel: less is no edge beside a surface without any


def edge_along(sight: Sight, piece: np.ndarray, corner: tuple[int, int]) -> float:
    """How many times steeper the photo is across a piece's rim than in its surroundings.

    Steepness is the change of colour a pixel (all three channels: two colours may be equally
    bright) in the direction across the rim. The medians of the two: texture that the rim happens
    to cross is an edge in a few places, a thing has one all around.

    Args:
        sight: photo and matte.
        piece: (h, w) bool, not empty.
        corner: x, y of its first pixel in the picture.
    """
    (x, y), (h, w) = corner, piece.shape
    top, left = max(0, y - _SKIRT), max(0, x - _SKIRT)
    part = np.s_[top : y + h + _SKIRT, left : x + w + _SKIRT]
    photo = sight.photo[part]
    inner = np.zeros(photo.shape[:2], np.uint8)
    inner[y - top : y - top + h, x - left : x - left + w] = piece
    away = cv2.distanceTransform(1 - inner, cv2.DIST_L2, 3)
    deep = cv2.distanceTransform(inner, cv2.DIST_L2, 3)
    rim = (away <= 1.5) & (deep <= 2.5)
    around = ((away > 2.5) & (away <= _SKIRT)) | (deep > 3.5)
    if not around.any():
        return 0.0
    across = cv2.GaussianBlur(away - deep, (0, 0), 1.0)
    ny, nx = (cv2.Sobel(across, cv2.CV_32F, *way) for way in ((0, 1), (1, 0)))
    length = np.maximum(np.hypot(nx, ny), 1e-3)
    dy, dx = (cv2.Sobel(photo, cv2.CV_32F, *way, scale=1 / 8) for way in ((0, 1), (1, 0)))
    steep = np.linalg.norm(dx * (nx / length)[..., None] + dy * (ny / length)[..., None], axis=2)
    return max(0.0, float(np.median(steep[rim])) - _GRAIN) / max(
        float(np.median(steep[around])), 1e-4)  # fmt: skip
