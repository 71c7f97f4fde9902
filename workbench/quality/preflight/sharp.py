"""How wide a picture's sharpest edges are, by their direction: out of focus, or moved.

An edge of a picture that is blurred by a known σ once more loses the less of its steepness the
blurrier it was (Zhuo and Sim, "Defocus Map Estimation from a Single Image", Pattern Recognition
44(9), 2011). Nothing is sharper than the focus, so the sharpest edges tell it. Out of focus they
are equally wide in all directions; a movement of length L widens those across it, by L² / 12 in
variance, and leaves those along it as they were.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

_BINS = 9  # directions of an edge's normal, over 180 degrees
_LEVELS = 4  # halvings
_AGAIN = 2.0  # σ of the second blur, px
_FIRST = 1.0  # σ of the first, which keeps grain from being an edge
_STEEP = 0.012  # of brightness per pixel that makes an edge …
_SHARE = 0.15  # … and of the steepest
_LEAST = 16  # edges that a direction needs
_SHARPEST = 0.2  # quantile
_WIDE = 2.6  # px of σ from which on half the size tells more
_TIMES = 3.0  # times wider, in variance, that a movement makes edges across it


@dataclass(frozen=True)
class Sharpness:
    """How wide the sharpest edges are.

    Attributes:
        radius: of the circle of confusion, px; NaN where there were no edges.
        length, angle: of a movement, px and degrees clockwise from the x axis (0–180); 0 for none.
    """

    radius: float
    length: float
    angle: float


def sharpness(grey: np.ndarray, where: np.ndarray | None = None) -> Sharpness:
    """How wide the sharpest edges of a picture are, by direction.

    Args:
        grey: (H, W) float32, 0–1. where: (H, W) bool, edges that count; None for all.
    """
    spread = _spreads(grey, where)
    known = ~np.isnan(spread)
    if known.sum() < 2:
        return Sharpness(math.nan, 0.0, 0.0)
    normals = (np.arange(_BINS) + 0.5) * math.pi / _BINS
    plain = float(np.quantile(spread[known], 0.25))
    length, angle = 0.0, 0.0
    if known.sum() >= _BINS - 3:
        # variance(φ) = a + b · cos²(φ − θ), linear in (1, cos 2φ, sin 2φ).
        basis = np.stack([np.ones(_BINS), np.cos(2 * normals), np.sin(2 * normals)], axis=1)[known]
        # Relative to their own size: a wide edge's variance is known less well.
        weight = 1 / (spread[known] + 0.5)
        mean, c, s = np.linalg.lstsq(
            basis * weight[:, None], spread[known] * weight, rcond=None
        )[0]  # fmt: skip
        swing = math.hypot(c, s)
        least = max(mean - swing, 0.15)
        rest = np.abs(basis @ np.array([mean, c, s]) - spread[known]) * weight
        if mean + swing >= _TIMES * least and float(np.median(rest)) < 0.5:
            plain = min(plain, least)
            length = math.sqrt(12 * 2 * swing)
            angle = math.degrees(math.atan2(s, c)) / 2 % 180
    return Sharpness(2 * math.sqrt(max(plain, 0.0)), length, angle)


def _spreads(grey: np.ndarray, where: np.ndarray | None) -> np.ndarray:
    """(_BINS,) variance across the sharpest edges by the direction of their normal, px²; NaN."""
    spread = np.full(_BINS, np.nan)
    for level in range(_LEVELS):
        if min(grey.shape) < 24:
            break
        found = _at_one_size(grey, where)
        wide = np.isnan(spread) | (np.sqrt(spread) > _WIDE * 2 ** (level - 1))
        better = wide & ~np.isnan(found)
        spread[better] = found[better] * 4**level
        if not wide.any():
            break
        size = (grey.shape[1] + 1) // 2, (grey.shape[0] + 1) // 2
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        if where is not None:
            where = cv2.resize(where.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return spread


def _at_one_size(grey: np.ndarray, where: np.ndarray | None) -> np.ndarray:
    first = cv2.GaussianBlur(grey, (0, 0), _FIRST)
    again = cv2.GaussianBlur(first, (0, 0), _AGAIN)
    dx, dy = (cv2.Sobel(first, cv2.CV_32F, *way, scale=0.125) for way in ((1, 0), (0, 1)))
    steep = cv2.magnitude(dx, dy)
    after = cv2.magnitude(
        *(cv2.Sobel(again, cv2.CV_32F, *way, scale=0.125) for way in ((1, 0), (0, 1)))
    )
    crest = _crests(steep, dx, dy)
    if where is not None:
        crest &= where
    crest &= steep > max(_STEEP, _SHARE * float(np.quantile(steep[crest], 0.99)) if crest.any()
                         else 0.0)  # fmt: skip
    if not crest.any():
        return np.full(_BINS, np.nan)
    ratio2 = (steep[crest] / np.maximum(after[crest], 1e-6)) ** 2
    variance = _AGAIN**2 / np.maximum(ratio2 - 1, 1e-3) - _FIRST**2 - 1 / 12
    normal = np.arctan2(dy[crest], dx[crest]) % np.pi
    bins = np.minimum((normal / np.pi * _BINS).astype(int), _BINS - 1)
    out = np.full(_BINS, np.nan)
    for n in range(_BINS):
        mine = variance[bins == n]
        if len(mine) >= _LEAST:
            out[n] = max(float(np.quantile(mine, _SHARPEST)), 0.0)
    return out


def _crests(steep: np.ndarray, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """(H, W) bool: steeper than both neighbours across the edge (Canny 1986); not at the frame."""
    turn = np.rint(np.arctan2(dy, dx) / (np.pi / 4)).astype(np.int8) % 4
    crest = np.zeros(steep.shape, bool)
    by = 4
    inner = np.s_[by:-by, by:-by]
    height, width = steep.shape
    for n, (x, y) in enumerate(((1, 0), (1, 1), (0, 1), (-1, 1))):
        ahead = steep[by + y : height - by + y, by + x : width - by + x]
        behind = steep[by - y : height - by - y, by - x : width - by - x]
        here = steep[inner]
        crest[inner] |= (turn[inner] == n) & (here >= ahead) & (here > behind)
    return crest
