"""The old background's light on the subject, taken off its inside near the edge."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arrays import check_image, check_plane, depth_within, to_float
from ..errors import InputError
from .foreground import check_amount
from .means import enlarged, hue_of, margin_for, square_for, weighted_mean

_TILE = 512
_NEAR, _DEEP, _BEHIND = 1 / 3, 0.75, 1.0  # σ of the means in reaches: at the edge, inside, outside
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
    too: hence nothing happens unless it is asked for. A backdrop without a hue throws none. On a
    made case with a green cast about half of it goes; five cut-outs without any cast became wrong
    by 0.1 to 1.8 steps of 255.

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
    # The sharpest of the means decides how large the squares may be.
    square, margin = square_for(_NEAR * way), margin_for(4 * way)
    step = _TILE if way <= 40 else 2 * _TILE  # margins should not outweigh the tile
    height, width = plane.shape
    for top in range(0, height, step):
        for left in range(0, width, step):
            y0, x0 = max(0, top - margin), max(0, left - margin)
            y1, x1 = min(height, top + step), min(width, left + step)
            tile = np.s_[top:y1, left:x1]
            around = np.s_[y0 : y1 + margin, x0 : x1 + margin]
            near = plane[around]
            if (near >= 0.5).all() or not plane[tile].any():
                continue
            inner = np.s_[top - y0 : y1 - y0, left - x0 : x1 - x0]
            depth = depth_within(near >= 0.5)
            fade = np.clip(1 - depth[inner] / np.float32(way), 0, 1)
            fade *= fade * (3 - 2 * fade) * (plane[tile] > 0)
            fade *= share if isinstance(share, float) else share[tile]
            touched = fade > 0
            if not touched.any():
                continue
            cast = _cast(to_float(made[around]), to_float(photo[around]), near, depth, way, square)
            off = fade[touched][:, None] * enlarged(cast, square, inner)[touched]
            out[tile][touched] = np.clip(out[tile][touched] - off, 0, 1)
    return out


def _cast(
    colours: np.ndarray,
    photo: np.ndarray,
    alpha: np.ndarray,
    depth: np.ndarray,
    reach: float,
    square: int,
) -> np.ndarray:
    """What the background threw on the subject, without its light, by squares: (h', w', 3) float32.

    Args:
        depth: (h, w) float32, pixels inside the 0.5 contour. square: pixels of a side.
    """
    edge = alpha * (depth <= reach)
    deep = ((depth > reach) & (alpha == 1)).astype(np.float32)
    behind = (alpha == 0).astype(np.float32)
    here, here_weight = weighted_mean(colours, edge, _NEAR * reach, square)
    inside, inside_weight = weighted_mean(colours, deep, _DEEP * reach, square)
    outside, outside_weight = weighted_mean(photo, behind, _BEHIND * reach, square)
    tint = hue_of(here - inside)
    hue = hue_of(outside - inside)
    length = (hue * hue).sum(axis=2, keepdims=True)
    part = np.clip((tint * hue).sum(axis=2, keepdims=True) / (length + _HUELESS**2), 0, _MOST)
    weights = np.minimum(np.minimum(here_weight, inside_weight), outside_weight)
    return part * hue * np.clip(weights / _LEAST - 1, 0, 1)
