"""A backdrop of one colour: how much of it is in each pixel.

Keying asks for this to find the subject, despilling to take the backdrop's light off it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from .arrays import row_blocks, to_float
from .errors import InputError

Colour = tuple[int, int, int]
"""sRGB, 0–255."""

SCREENS: Mapping[str, Colour] = MappingProxyType({"green": (0, 177, 64), "blue": (0, 71, 187)})
"""Screens by name, as their cloth and paint are sold (chroma key green and blue)."""

# Rec. 601: (blue − Y) and (red − Y), scaled to ±0.5. Linear in the sRGB values that composites are
# made of, so half a screen shining through gives half of its colour difference.
_CHROMA = np.array(
    [[-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32
)  # fmt: skip
_LEAST_CHROMA = 0.08  # below, a backdrop is white, grey or black: no hue to tell it by
_ACCEPTED = math.radians(150)  # hues this wide around the screen's hold some of it
_NEUTRAL_REACH = 25.0  # ΔE at which a pixel holds nothing of a backdrop without a hue


def check_colour(colour: Any) -> Colour:
    """Three whole numbers in 0..255.

    Raises:
        InputError: it is something else.
    """
    try:
        values = [float(v) for v in colour]
    except (TypeError, ValueError):
        values = []
    if len(values) != 3 or not all(0 <= v <= 255 for v in values):
        raise InputError(f"expected a colour (red, green, blue) in 0..255, got {colour!r:.60}")
    red, green, blue = (round(v) for v in values)
    return red, green, blue


def named_screen(name: str) -> Colour:
    """A screen's colour, by a name out of SCREENS or as #rrggbb."""
    if name in SCREENS:
        return SCREENS[name]
    red, green, blue = bytes.fromhex(name[1:])
    return red, green, blue


def has_hue(colour: Colour) -> bool:
    """Whether a backdrop has a hue (green, blue), or is told by its distance alone (white)."""
    return _chroma_length(colour) >= _LEAST_CHROMA


def screen_share(image: np.ndarray, colour: Colour) -> np.ndarray:
    """How much of a backdrop's colour is in each pixel: 1 all of it, 0 or less nothing.

    With a hue, the key of a chroma keyer: in the plane of the colour differences Cb and Cr, the
    length along the screen's own direction, less what lies across it, as a part of the screen's
    (Jack, Video Demystified, "Chroma keying": Kfg = X − |Z| / tan(θ/2)). For a green screen and
    θ = 150° it lies between green − max(red, blue), Vlahos' colour difference (US patent
    3,595,987), and green less the mean of the two. It is linear in the light: shade makes it
    smaller, and a half of a screen that shines through a grey subject gives a half.
    Without a hue, 1 − ΔE / 25 in CIE Lab (1976).

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float32 in [0, 1].
        colour: the backdrop's.

    Returns:
        (H, W) float32; a screen brighter than ``colour`` is above 1.
    """
    share = np.empty(image.shape[:2], np.float32)
    screen = np.asarray(colour, np.float32) / 255
    for rows in row_blocks(share):
        pixels = to_float(image[rows])
        share[rows] = _by_hue(pixels, screen) if has_hue(colour) else _by_distance(pixels, screen)
    return share


def _by_hue(pixels: np.ndarray, screen: np.ndarray) -> np.ndarray:
    direction = _CHROMA @ screen
    length = float(np.hypot(*direction))
    along = direction / length
    across = np.array([-along[1], along[0]])
    # Of the 3 channels at once: two planes instead of four.
    x = pixels @ (along @ _CHROMA).astype(np.float32)
    z = pixels @ (across @ _CHROMA).astype(np.float32)
    return (x - np.abs(z) / math.tan(_ACCEPTED / 2)) / length


def _by_distance(pixels: np.ndarray, screen: np.ndarray) -> np.ndarray:
    import cv2

    lab = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2LAB)
    centre = cv2.cvtColor(screen.reshape(1, 1, 3), cv2.COLOR_RGB2LAB)[0, 0]
    return 1 - np.sqrt(((lab - centre) ** 2).sum(axis=2)) / np.float32(_NEUTRAL_REACH)


def _chroma_length(colour: Colour) -> float:
    return float(np.hypot(*(_CHROMA @ (np.asarray(colour, np.float32) / 255))))
