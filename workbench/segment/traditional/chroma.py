"""Chroma key: everything but a backdrop of one colour, with soft edges."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...arrays import check_image, to_uint8
from ...errors import InputError
from ...screens import Colour, check_colour, screen_share

_SMALL = 128  # long side of the grid that the evenness of the light is fitted on


class Screen(NamedTuple):
    """A backdrop that was found.

    Attributes:
        colour: sRGB, 0–255.
        confidence: the part of the photo's border that has it, 0–1.
    """

    colour: Colour
    confidence: float


def chroma_key(
    image: Any,
    colour: Colour | None = None,
    tolerance: float = 0.1,
    softness: float = 0.75,
    even: bool = True,
) -> np.ndarray:
    """The subject before a backdrop of one colour, opacity and all.

    See ``screens.screen_share`` for the measure. With k the part of the screen's colour in a pixel,
    the mask is (1 − tolerance − k) / softness, clipped: 0 where the screen shows, 1 where at most
    1 − tolerance − softness of its colour is left.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        colour: the backdrop's, sRGB 0–255; None detects it along the border.
        tolerance: 0–1, how far the screen may stray from its colour and still be gone; more for
            creases and noise.
        softness: 0–1, the width of the ramp from gone to solid; 0 cuts hard. At 1 − tolerance it
            is linear in what shines through, and spill makes the subject transparent; less makes
            it solid there.
        even: allow for a light that falls off smoothly over the screen (a quadratic surface fitted
            to what is screen for certain).

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        ArrayError: not an image. InputError: a value is out of its range.
    """
    pixels = check_image(image)
    for value, what in ((tolerance, "a tolerance"), (softness, "a softness")):
        if not 0 <= value <= 1:
            raise InputError(f"expected {what} in 0..1, got {value!r}")
    screen = detect_screen(pixels).colour if colour is None else check_colour(colour)
    share = screen_share(pixels, screen)
    if even:
        share /= _evenness(share)
    gone = np.float32(1 - tolerance)
    width = np.float32(min(softness, 1 - tolerance))
    if width <= 0:
        return (share < gone).astype(np.float32)
    return np.clip((gone - share) / width, 0, 1, out=share)


def detect_screen(image: Any) -> Screen:
    """The colour that most of a photo's border has, whatever it is.

    The densest place of the border's colours in CIE Lab, by mean shift (Comaniciu & Meer 2002);
    lightness counts half, for screens are lit unevenly. A border of many colours gives a low
    confidence: below about a half there is no screen.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].

    Raises:
        ArrayError: not an image.
    """
    import cv2

    pixels = to_uint8(check_image(image))
    height, width = pixels.shape[:2]
    scale = min(1.0, 256 / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    ring = np.ones(small.shape[:2], bool)
    deep = max(1, round(0.02 * max(size)))
    ring[deep:-deep, deep:-deep] = False
    found = small[ring]
    weights = np.array([0.5, 1, 1], np.float32)
    lab = cv2.cvtColor(found[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0] * weights
    cells, counts = np.unique(np.round(lab / 8).astype(np.int32), axis=0, return_counts=True)
    centre = cells[np.argmax(counts)].astype(np.float32) * 8
    near = np.ones(len(lab), bool)
    for _ in range(10):
        # Shade scales a colour: the stronger it is, the farther the same backdrop spreads.
        reach = 5 + 0.12 * float(np.hypot(centre[1], centre[2]))
        near = np.linalg.norm(lab - centre, axis=1) < reach
        if not near.any():
            break
        centre = lab[near].mean(axis=0)
    # The median of what is near, in sRGB values: no conversion back, and no pull from the edges.
    colour = np.median(found[near] if near.any() else found, axis=0)
    return Screen(check_colour(colour), round(float(near.mean()), 4))


def _evenness(share: np.ndarray) -> np.ndarray:
    """(H, W) float32, or 1: what a bare screen has there, as a smooth surface around 1."""
    import cv2

    height, width = share.shape
    scale = min(1.0, _SMALL / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(share, size, interpolation=cv2.INTER_AREA)
    y, x = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    basis = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1).reshape(-1, 6)
    values = small.ravel().astype(np.float64)
    bare = values > 0.5
    surface = np.ones_like(values)
    for _ in range(4):  # what lies well below the surface is an edge of the subject
        if bare.sum() < 24 or bare.mean() < 0.03:
            return np.ones((1, 1), np.float32)
        # A little weight on "even" keeps the surface tame where no screen is seen.
        fitted, *_ = np.linalg.lstsq(
            np.concatenate([basis[bare], 1e-2 * len(values) ** 0.5 * np.eye(6)[1:]]),
            np.concatenate([values[bare], np.zeros(5)]),
            rcond=None,
        )
        surface = basis @ fitted
        bare = (values > 0.4) & (np.abs(values - surface) < 0.12)
    plane = np.clip(surface, 0.4, 1.6).reshape(size[::-1]).astype(np.float32)
    return cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR)
