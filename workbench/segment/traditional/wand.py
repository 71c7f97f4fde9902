"""Magic wand, or fuzzy select: the pixels whose colour is like that of one place."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays import check_image, to_uint8
from ...coordinates import check_point
from ...errors import InputError

SAMPLES = (1, 3, 5)
"""Sides of the square whose mean colour is looked for."""


def magic_wand(
    image: Any,
    x: float,
    y: float,
    tolerance: float = 32,
    contiguous: bool = True,
    sample: int = 1,
    antialias: bool = True,
) -> np.ndarray:
    """The pixels like the one at (x, y), as Photoshop's magic wand and GIMP's fuzzy select take it.

    A pixel is like it where no channel differs by more than the tolerance: the distance is the
    largest difference of a channel (GIMP's select criterion "composite").

    Args:
        image: (H, W, 3) sRGB; compared as uint8.
        x, y: in image pixels; the pixel there is always part of the answer.
        tolerance: 0–255.
        contiguous: only what hangs together with it over edges of pixels (4 neighbours); without,
            everything in the photo that is like it.
        sample: 1, 3 or 5: the mean colour of so many pixels a side is looked for, so that one
            pixel of noise is not taken for the colour.
        antialias: pixels beside the answer count in part where they are nearly like it: from all
            to nothing between 1 and 1.5 times the tolerance, as in GIMP.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        ArrayError: not an image. PromptError: the place is outside it. InputError: bad values.
    """
    import cv2

    pixels = np.ascontiguousarray(to_uint8(check_image(image)))
    height, width = pixels.shape[:2]
    px, py = check_point((x, y), (height, width))
    if not 0 <= tolerance <= 255:
        raise InputError(f"expected a tolerance in 0..255, got {tolerance!r}")
    if sample not in SAMPLES:
        raise InputError(f"expected a sample of 1, 3 or 5 pixels a side, got {sample!r}")
    row, column, reach = int(py), int(px), sample // 2
    square = pixels[max(0, row - reach) : row + reach + 1, max(0, column - reach) :][
        :, : column + reach + 1 - max(0, column - reach)
    ]
    colour = square.reshape(-1, 3).mean(axis=0)
    like = _within(pixels, colour, tolerance)
    like[row, column] = 1
    if contiguous:
        # 2 marks what is reached; the border of the mask is OpenCV's own need.
        cv2.floodFill(like, None, (column, row), 2, flags=4)
        like = (like == 2).astype(np.uint8)
    chosen = like.astype(np.float32)
    if antialias and tolerance > 0:
        beside = cv2.dilate(like, np.ones((3, 3), np.uint8))
        beside[like > 0] = 0
        rows, columns = np.nonzero(beside)
        distance = np.abs(pixels[rows, columns] - colour).max(axis=1)
        chosen[rows, columns] = np.clip(3 - 2 * distance / tolerance, 0, 1)
    return chosen


def _within(pixels: np.ndarray, colour: np.ndarray, tolerance: float) -> np.ndarray:
    """(H, W) uint8, 1 where no channel differs from ``colour`` by more than the tolerance."""
    import cv2

    low = np.ceil(np.clip(colour - tolerance, 0, 255) - 1e-9)
    high = np.floor(np.clip(colour + tolerance, 0, 255) + 1e-9)
    return cv2.inRange(pixels, low, high) & 1
