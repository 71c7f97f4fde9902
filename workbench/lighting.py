"""The light of a picture, and a subject's colours in another light.

A light is three gains of linear red, green and blue. A person says them as exposure, warmth and
tint, each in stops, which are independent: warmth and tint leave the mean of the three as it is.
"""

from __future__ import annotations

import numpy as np

STOPS = 4.0
"""Exposure, warmth and tint go so far either way."""

LEAST = 50
"""Pixels around a subject from which the light can be told that it was in."""

_MOST = 50_000  # pixels that a light is told from


def to_linear(srgb: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1: sRGB values in [0, 1] to light, float32; any shape."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(
        np.float32
    )


def to_srgb(light: np.ndarray) -> np.ndarray:
    """The way back, float32; clipped to [0, 1]."""
    clipped = np.clip(light, 0, 1)
    return np.where(
        clipped <= 0.0031308, clipped * 12.92, 1.055 * clipped ** (1 / 2.4) - 0.055
    ).astype(np.float32)


def light_of(colours: np.ndarray) -> np.ndarray:
    """The colour of the light in a picture, with its strength.

    The mean of the sixth power of linear values (shades of grey: Finlayson and Trezzi, Color and
    Imaging Conference 2004, p. 37).

    Args:
        colours: (n, 3) sRGB in [0, 1], n at least 1.

    Returns:
        (3,) float64, linear.
    """
    picked = colours[:: max(1, len(colours) // _MOST)]
    return (to_linear(picked).astype(np.float64) ** 6).mean(axis=0) ** (1 / 6)


def gains_of(exposure: float, warmth: float, tint: float) -> np.ndarray:
    """(3,) float64: what linear red, green and blue are multiplied by.

    Args:
        exposure: stops; 1 is twice the light.
        warmth: stops of red over blue; positive is warmer.
        tint: stops of red and blue over green; positive is pinker.
    """
    sides = exposure + tint / 3
    return np.exp2([sides + warmth / 2, exposure - 2 * tint / 3, sides - warmth / 2])


def in_stops(gains: np.ndarray) -> tuple[float, float, float]:
    """Exposure, warmth and tint of three gains above 0, each within STOPS."""
    red, green, blue = (float(v) for v in np.log2(gains))
    named = (red + green + blue) / 3, red - blue, (red + blue) / 2 - green
    exposure, warmth, tint = (min(max(v, -STOPS), STOPS) for v in named)
    return exposure, warmth, tint


def relit(colours: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """Colours in another light.

    Args:
        colours: (…, 3) float32 sRGB in [0, 1]. gains: (3,), as ``gains_of`` gives them.

    Returns:
        The same shape, float32 in [0, 1]; the same to the bit where all gains are 1.
    """
    if np.all(gains == 1):
        return colours
    return to_srgb(to_linear(colours) * gains.astype(np.float32))


def between(photo: np.ndarray, alpha: np.ndarray, background: np.ndarray) -> np.ndarray | None:
    """The gains that put a subject into the light of another place.

    The light that it was in is told from what the photo shows around it.

    Args:
        photo: (H, W, 3) float32 sRGB in [0, 1]. alpha: (H, W) in [0, 1], the subject.
        background: (h, w, 3) float32 sRGB in [0, 1].

    Returns:
        (3,) float64, by which linear red, green and blue are multiplied; None where too little of
        the photo is around the subject.
    """
    around = alpha < 0.05
    if around.sum() < LEAST:
        return None
    mine = light_of(photo[around])
    return light_of(background.reshape(-1, 3)) / np.maximum(mine, 1e-4)
