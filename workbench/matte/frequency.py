"""Frequency separation for hair: its colour and light apart from its detail."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import check_image, check_plane, to_float
from ..errors import InputError
from .foreground import HIGH, check_amount
from .means import enlarged, hue_of, margin_for, square_for, weighted_mean

_TILE = 512
_INSIDE = 3  # radii: how wide the colour that the low band is toned to is gathered
_LEAST = 1e-4  # of the weight in reach, below which there is no colour to speak of


@dataclass(frozen=True)
class Bands:
    """What frequency separation made, for people to look at.

    Attributes:
        low: (H, W, 3) float32 in [0, 1]: colour and light, cleaned and toned; the photo's colour
            where there is no band.
        high: (H, W, 3) float32 in [−1, 1]: detail, as it is added to the low band; 0 there.
        colours: (H, W, 3) float32 in [0, 1]: both together, blended by amount and weight.
    """

    low: np.ndarray
    high: np.ndarray
    colours: np.ndarray


def frequency_separation(
    colours: Any,
    alpha: Any,
    radius: float = 8,
    amount: float = 1.0,
    tone: float = 0.5,
    detail: float = 1.0,
    weight: Any = None,
) -> np.ndarray:
    """Hair whose colour comes from the subject and whose detail is its own.

    The low band is the Gaussian mean of the cleaned colours, each as heavy as its alpha, so that
    what is left of the old background in faint pixels hardly counts. It is toned towards the
    opaque subject's colour near by: its hue and saturation alone (the light on an edge is its
    own), and the more the clearer a pixel is. The high band is what the cleaned colours have on
    top of their mean, and is added back. With tone 0 and detail 1 all comes back as it was.

    Both bands are of the cleaned colours: the photo's own high band holds the old background and
    would bring its fringe back. Over drawn strands and real cut-outs, the mean error of the edge's
    colours in steps of 255 was 1.6 with this high band and 2.4 to 4.9 with the photo's, beside 7.3
    and 4.0 in the photo. Toning does not lower that error where alpha is right (half of it costs
    1 %, toning the light as well 30 %); where alpha is too wide or too soft it takes up to 3 % off.

    Args:
        colours: (H, W, 3) of ``foreground_colours``, uint8, uint16 or float in [0, 1].
        alpha: (H, W) in [0, 1]. Only where it is neither 0 nor 1 does anything change.
        radius: σ of the Gaussian in pixels, 0.5 to 50: what is finer is detail.
        amount: 0 to 1, from the colours as they are to the recombined ones.
        tone: 0 to 1, how far the low band goes towards the opaque subject's hue and saturation.
        detail: 0 to 3, how much of the high band is added back; 1 is all, above enhances.
        weight: (H, W) in [0, 1], where it applies (a painted region); None is everywhere.

    Returns:
        (H, W, 3) float32 in [0, 1].

    Raises:
        ArrayError: an array has the wrong shape, dtype or range. InputError: a value out of range.
    """
    return frequency_bands(colours, alpha, radius, amount, tone, detail, weight).colours


def frequency_bands(
    colours: Any,
    alpha: Any,
    radius: float = 8,
    amount: float = 1.0,
    tone: float = 0.5,
    detail: float = 1.0,
    weight: Any = None,
) -> Bands:
    """``frequency_separation`` with both bands beside the result; see there."""
    picture = check_image(colours, "colours")
    plane = check_plane(alpha, picture.shape[:2], "alpha")
    sigma = _number(radius, 0.5, 50, "radius")
    share = float(check_amount(amount, plane.shape))
    tone = float(check_amount(tone, plane.shape, "tone"))
    detail = _number(detail, 0, 3, "detail")
    strength = (plane > 0) & (plane < 1)
    applied = strength.astype(np.float32) * np.float32(share)
    if weight is not None:
        applied *= check_plane(weight, plane.shape, "weight")
    out = np.array(to_float(picture), np.float32)
    low, high = out.copy(), np.zeros_like(out)
    margin = margin_for(3 * sigma * (1 if tone == 0 else _INSIDE))
    height, width = plane.shape
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            y0, x0 = max(0, top - margin), max(0, left - margin)
            y1, x1 = min(height, top + _TILE), min(width, left + _TILE)
            tile = np.s_[top:y1, left:x1]
            if not applied[tile].any():
                continue
            around = np.s_[y0 : y1 + margin, x0 : x1 + margin]
            inner = np.s_[top - y0 : y1 - y0, left - x0 : x1 - x0]
            colour, band = out[tile], strength[tile]
            mean, toned = _low_band(
                to_float(picture[around]), plane[around], inner, band, sigma, tone
            )
            own = colour[band]
            fine = np.float32(detail) * (own - mean)
            low[tile][band], high[tile][band] = np.clip(toned, 0, 1), fine
            blend = applied[tile][band][:, None]
            mixed = np.clip(own + blend * (toned + fine - own), 0, 1)
            colour[band] = np.where(blend > 0, mixed, own)
    return Bands(low, high, out)


def _low_band(
    colours: np.ndarray,
    alpha: np.ndarray,
    inner: tuple[slice, slice],
    band: np.ndarray,
    sigma: float,
    tone: float,
) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the colours by alpha, and the same toned: (n, 3) of the band's pixels."""
    mean, weight = _mean(colours, alpha, sigma, inner, band)
    mean = np.where(weight > _LEAST, mean, colours[inner][band])
    if tone == 0:
        return mean, mean
    solid = (alpha >= HIGH).astype(np.float32)
    inside, support = _mean(colours, solid, _INSIDE * sigma, inner, band)
    # Where less than a hundredth of what lies around is opaque, its colour fades out.
    pull = np.float32(tone) * np.minimum(100 * support, 1) * (1 - alpha[inner][band][:, None])
    return mean, mean + pull * hue_of(inside - mean)


def _mean(
    colours: np.ndarray,
    weight: np.ndarray,
    sigma: float,
    inner: tuple[slice, slice],
    band: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    square = square_for(sigma)
    mean, total = weighted_mean(colours, weight, sigma, square)
    return enlarged(mean, square, inner)[band], enlarged(total, square, inner)[band]


def _number(value: Any, low: float, high: float, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not low <= number <= high:
        raise InputError(f"expected {name} in {low:g}..{high:g}, got {value!r}")
    return number
