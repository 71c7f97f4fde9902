"""The old background's light on the subject, taken off its inside near the edge."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np

from ..arrays import check_image, check_plane, to_float
from ..errors import InputError
from .foreground import check_amount

_TILE = 512
_LIGHT = np.array([0.299, 0.587, 0.114], np.float32)  # Rec. 601: a cast is told and taken without
_NEAR, _DEEP, _BEHIND = 1 / 3, 1.5, 1.0  # σ of the means in reaches: at the edge, inside, outside
_LEAST = 0.01  # of the weight in reach, below which there is nothing to compare with
_HUELESS = 0.03  # length of a colour difference that counts as none
_MOST = 0.5  # no more than half of the background's hue is ever taken for a cast


def remove_cast(
    colours: Any, image: Any, alpha: Any, amount: Any = 0.0, reach: float = 20
) -> np.ndarray:
    """The subject's edge without the tint that the old background threw on it.

    Three mean colours are compared around each pixel: the subject's here, near its edge; the
    subject's further inside than ``reach``; and the old background's. What the edge has in hue
    and saturation of the background, and the inside has not, is the cast, at most half of the
    background's. It is subtracted, fading out inwards to ``reach``; light and detail stay. A
    subject whose own edge is coloured like the background (grass stains before a lawn) loses that
    too: hence nothing happens unless it is asked for. A backdrop without a hue throws none.

    Args:
        colours: (H, W, 3), the subject's, as ``foreground_colours`` gives them.
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1], the photo.
        alpha: (H, W) in [0, 1].
        amount: 0 to 1, or a plane (H, W) of that.
        reach: pixels inward from the 0.5 contour, 1 to 100.

    Returns:
        (H, W, 3) float32 in [0, 1]; to the bit as it was where alpha is 0 and further inside.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range. InputError: a value out of range.
    """
    photo = check_image(image)
    made = check_image(colours, "colours")
    plane = check_plane(alpha, photo.shape[:2], "alpha")
    if made.shape != photo.shape:
        raise InputError(f"expected colours of shape {photo.shape}, got {made.shape}")
    share = check_amount(amount, plane.shape)
    try:
        way = float(reach)
    except (TypeError, ValueError):
        way = math.nan
    if not 1 <= way <= 100:
        raise InputError(f"expected reach in 1..100 pixels, got {reach!r}")
    out = np.array(to_float(made), np.float32)
    if not np.any(share):
        return out
    # The means are smooth over a third of the reach: they are made of means of squares. Tiles and
    # margins are whole squares, so that every tile sees the same ones.
    square = 1 << max(0, min(4, int(math.log2(max(way / 6, 1)))))
    margin = 16 * math.ceil((3 * _DEEP + 1) * way / 16 + 1)
    height, width = plane.shape
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            y0, x0 = max(0, top - margin), max(0, left - margin)
            around = np.s_[y0 : top + _TILE + margin, x0 : left + _TILE + margin]
            near = plane[around]
            if (near >= 0.5).all() or not (plane[top : top + _TILE, left : left + _TILE]).any():
                continue
            tile = np.s_[top : top + _TILE, left : left + _TILE]
            inner = np.s_[top - y0 : top - y0 + _TILE, left - x0 : left - x0 + _TILE]
            inside = (near >= 0.5).astype(np.uint8)
            depth = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
            fade = np.clip(1 - depth[inner] / np.float32(way), 0, 1)
            fade *= fade * (3 - 2 * fade) * (plane[tile] > 0)
            fade *= share if isinstance(share, float) else share[tile]
            touched = fade > 0
            if not touched.any():
                continue
            cast = _cast(to_float(made[around]), to_float(photo[around]), near, depth, way, square)
            clean = out[tile] - fade[..., None] * cast[inner]
            out[tile][touched] = np.clip(clean, 0, 1)[touched]
    return out


def _cast(
    colours: np.ndarray,
    photo: np.ndarray,
    alpha: np.ndarray,
    depth: np.ndarray,
    reach: float,
    square: int,
) -> np.ndarray:
    """What the background threw on the subject, without its light: (h, w, 3) float32.

    Args:
        depth: (h, w) float32, pixels inside the 0.5 contour. square: pixels of a side.
    """
    edge = alpha * (depth <= reach)
    deep = ((depth > reach) & (alpha == 1)).astype(np.float32)
    behind = (alpha == 0).astype(np.float32)
    here, here_weight = _mean(colours, edge, _NEAR * reach, square)
    inside, inside_weight = _mean(colours, deep, _DEEP * reach, square)
    outside, outside_weight = _mean(photo, behind, _BEHIND * reach, square)
    tint = _hue(here - inside)
    hue = _hue(outside - inside)
    length = (hue * hue).sum(axis=2, keepdims=True)
    part = np.clip((tint * hue).sum(axis=2, keepdims=True) / (length + _HUELESS**2), 0, _MOST)
    weights = np.minimum(np.minimum(here_weight, inside_weight), outside_weight)
    cast = part * hue * np.clip(weights / _LEAST - 1, 0, 1)
    if square == 1:
        return cast
    height, width = alpha.shape
    # Each square's mean stands at its centre, for squares that the photo's frame cuts as well.
    x = ((np.arange(width, dtype=np.float32) + 0.5) / square - 0.5)[None].repeat(height, 0)
    y = ((np.arange(height, dtype=np.float32) + 0.5) / square - 0.5)[:, None].repeat(width, 1)
    return cv2.remap(cast, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _hue(difference: np.ndarray) -> np.ndarray:
    return difference - (difference @ _LIGHT)[..., None]


def _mean(
    colours: np.ndarray, weight: np.ndarray, sigma: float, square: int
) -> tuple[np.ndarray, np.ndarray]:
    """The Gaussian mean of the weighted colours, by squares, and the mean weight (h, w, 1)."""
    stacked = np.dstack([colours * weight[..., None], weight])
    if square > 1:
        height, width = weight.shape
        padded = np.pad(stacked, ((0, -height % square), (0, -width % square), (0, 0)))
        rows, columns = padded.shape[0] // square, padded.shape[1] // square
        stacked = cv2.resize(padded, (columns, rows), interpolation=cv2.INTER_AREA)
    size = 2 * math.ceil(3 * sigma / square) + 1
    blurred = cv2.GaussianBlur(
        stacked, (size, size), sigma / square, borderType=cv2.BORDER_CONSTANT
    )
    return blurred[..., :3] / np.maximum(blurred[..., 3:], 1e-6), blurred[..., 3:]
