"""Pictures that are drawn per frame on view-sized arrays: whole-array work only, no matplotlib.

The widget shows ``outline``, ``trimap_view``, ``alpha_view`` and ``alpha_curve``; the printed
contact sheet shows ``overlay``.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ..arrays import check_plane, check_trimap, to_colour, to_uint8
from ..errors import InputError

_BAND = np.array((0.42, 0.55, 1.0), np.float32)  # the trimap view's tint of the unknown
_DIM = 0.25  # of the photo's brightness, where the trimap says background

BOTH_ENDS = 0.35
"""The exponent of ``alpha_curve`` where none is said: an alpha of 1/255 becomes 23 of 255."""


def overlay(image: Any, mask: Any, colour: Any = (0, 114, 178), opacity: float = 0.5) -> np.ndarray:
    """The photo with the mask as a tint.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        mask: (H, W) in [0, 1].
        colour: (r, g, b), 0 to 255.
        opacity: 0 to 1, of the tint where the mask is 1.

    Returns:
        (H, W, 3) uint8.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
        InputError: opacity is outside 0..1, or colour is not three numbers in 0..255.
    """
    picture = to_uint8(to_colour(image))
    plane = check_plane(mask, picture.shape[:2])
    if not 0 <= opacity <= 1:
        raise InputError(f"expected opacity in 0..1, got {opacity!r}")
    tint = np.asarray(colour, np.float32)
    if tint.shape != (3,) or not ((tint >= 0) & (tint <= 255)).all():
        raise InputError(f"expected a colour (r, g, b) in 0..255, got {colour!r}")
    weight = (plane * np.float32(opacity))[..., None]
    mixed = picture + (tint - picture) * weight
    return (mixed + np.float32(0.5)).astype(np.uint8)


def outline(mask: Any) -> np.ndarray:
    """The mask's own outermost pixels, a line one pixel wide.

    Args:
        mask: (H, W) in [0, 1]; at least 0.5 is inside.

    Returns:
        (H, W) bool, True on inside pixels with an outside one above, below, left or right. The
        picture's frame is no edge.

    Raises:
        ArrayError: the mask has the wrong shape, dtype or range.
    """
    inside = check_plane(mask) >= 0.5
    line = np.zeros_like(inside)
    line[1:] |= inside[1:] & ~inside[:-1]
    line[:-1] |= inside[:-1] & ~inside[1:]
    line[:, 1:] |= inside[:, 1:] & ~inside[:, :-1]
    line[:, :-1] |= inside[:, :-1] & ~inside[:, 1:]
    return line


def trimap_view(image: Any, trimap: Any) -> np.ndarray:
    """The photo as the trimap sees it: foreground plain, band tinted blue, background dimmed.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        trimap: (H, W) of 0, 0.5 and 1.

    Returns:
        (H, W, 3) uint8.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    picture = to_uint8(to_colour(image))
    plane = check_trimap(trimap, picture.shape[:2])
    shown = picture.copy()
    ground, band = plane == 0, plane == 0.5
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    shown[ground] = (grey[ground] * np.float32(_DIM) + 18).astype(np.uint8)[:, None]
    shown[band] = (picture[band] * np.float32(0.35) + _BAND * np.float32(255 * 0.65)).astype(
        np.uint8
    )
    return shown


def alpha_view(alpha: Any) -> np.ndarray:
    """The alpha as grey, 0 black and 1 white.

    Args:
        alpha: (H, W) in [0, 1].

    Returns:
        (H, W, 3) uint8.

    Raises:
        ArrayError: the alpha has the wrong shape, dtype or range.
    """
    return np.repeat(to_uint8(check_plane(alpha, name="alpha"))[..., None], 3, axis=2)


def alpha_curve(
    alpha: Any, gamma: float = BOTH_ENDS, black: float = 0.0, white: float = 1.0
) -> np.ndarray:
    """The alpha under a contrast curve that shows what is not quite 0 and not quite 1.

    First levels: ``black`` becomes 0 and ``white`` 1. Then each half bends away from its end: below
    a half ½ · (2α)^gamma, above it the mirror image. 0, a half and 1 stay where they are.

    Args:
        alpha: (H, W) in [0, 1].
        gamma: above 0; 1 is no curve, the smaller the more a fault near either end is seen.
        black, white: the levels, 0 ≤ black < white ≤ 1.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        ArrayError: the alpha has the wrong shape, dtype or range.
        InputError: gamma is not above 0, or the levels are out of order.
    """
    plane = check_plane(alpha, name="alpha")
    if not gamma > 0:
        raise InputError(f"expected gamma above 0, got {gamma!r}")
    if not 0 <= black < white <= 1:
        raise InputError(f"expected levels 0 ≤ black < white ≤ 1, got {black!r} and {white!r}")
    level = np.clip((plane - np.float32(black)) / np.float32(white - black), 0, 1)
    if gamma == 1:
        return level
    near = np.minimum(level, 1 - level)  # to its end
    bent = np.float32(0.5) * (2 * near) ** np.float32(gamma)
    return np.where(level <= 0.5, bent, 1 - bent).astype(np.float32)
