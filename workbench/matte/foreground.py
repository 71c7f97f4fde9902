"""The colours of the subject alone, without what shines through its edge."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import check_image, check_plane, depth_within, row_blocks, to_float
from ..errors import ArrayError, InputError

LOW, HIGH = 10 / 255, 240 / 255
"""Alpha between these is an edge pixel whose colour is cleaned wholly."""


def foreground_colours(
    image: Any, alpha: Any, amount: Any = 1.0, low: float = LOW, high: float = HIGH
) -> np.ndarray:
    """The subject's own colour in every pixel of the band, the photo's everywhere else.

    Multilevel estimation (``multilevel.colour_layers``) over the band alone, in sRGB values. The
    common rule cleans pixels with alpha from 10 to 240 of 255 and leaves the rest, which shows:
    a pixel of alpha 9 keeps the old background's whole colour, and at 240 there is a step. Here
    the range has soft ends. From ``high`` to 1 the estimate fades into the photo's colour. Below
    ``low`` a pixel's own colour says ever less (its α counts as α² / low), and its neighbours' in
    the subject take over: an almost clear pixel gets the subject's colour, never the backdrop's.
    Pixels with alpha exactly 0 or 1 keep the photo's colour to the bit.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        alpha: (H, W) in [0, 1].
        amount: 0 to 1, from the photo's colour to the estimate; or a plane (H, W) of that.
        low, high: alpha, 0 ≤ low ≤ high ≤ 1.

    Returns:
        (H, W, 3) float32 in [0, 1].

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
        InputError: amount, low or high is out of range.
    """
    picture = check_image(image)
    plane = check_plane(alpha, picture.shape[:2], "alpha")
    share = check_amount(amount, plane.shape)
    low, high = _check_range(low, high)
    colours = np.array(to_float(picture), np.float32)
    band = (plane > 0) & (plane < 1)
    if not (np.any(share) and band.any()):
        return colours
    from .multilevel import colour_layers

    layers = colour_layers(colours, plane, low)
    chosen = band[layers.rows, layers.columns]
    rows, columns = layers.rows[chosen], layers.columns[chosen]
    weight = np.minimum((1 - plane[rows, columns]) / max(1 - high, 1e-6), 1)
    weight *= share if isinstance(share, float) else share[rows, columns]
    own = colours[rows, columns]
    clean = own + weight[:, None] * (layers.foreground[chosen] - own)
    colours[rows, columns] = np.clip(clean, 0, 1, out=clean)
    return colours


def changed_outside(image: Any, colours: Any, alpha: Any, reach: float = 0) -> int:
    """How many pixels outside the band have another colour than the photo's: 0 is as it should be.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1], the photo.
        colours: (H, W, 3) float32, what was made of it.
        alpha: (H, W) in [0, 1]; the band is where it is neither exactly 0 nor exactly 1.
        reach: pixels into the opaque subject in which something may change (``remove_cast``'s).

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    picture = check_image(image)
    made = check_image(colours, "colours")
    plane = check_plane(alpha, picture.shape[:2], "alpha")
    if made.shape != picture.shape:
        raise ArrayError(f"expected colours of shape {picture.shape}, got {made.shape}")
    solid = plane == 1
    if reach > 0:
        solid = depth_within(solid) > reach
    outside = solid | (plane == 0)
    count = 0
    for rows in row_blocks(plane):
        differ = (to_float(picture[rows]) != made[rows]).any(axis=2)
        count += int((differ & outside[rows]).sum())
    return count


def check_amount(amount: Any, shape: tuple[int, ...], name: str = "amount") -> float | np.ndarray:
    """A number in 0..1, or a plane of such.

    Raises:
        InputError: a number out of range, or none. ArrayError: a plane of another shape or range.
    """
    if isinstance(amount, np.ndarray) and amount.ndim:
        return check_plane(amount, (shape[0], shape[1]), name)
    try:
        number = float(amount)
    except (TypeError, ValueError):
        raise InputError(f"expected {name} in 0..1, got {amount!r}") from None
    if not 0 <= number <= 1:
        raise InputError(f"expected {name} in 0..1, got {number:g}")
    return number


def _check_range(low: Any, high: Any) -> tuple[float, float]:
    try:
        first, last = float(low), float(high)
    except (TypeError, ValueError):
        first, last = np.nan, np.nan
    if not 0 <= first <= last <= 1:
        raise InputError(f"expected 0 <= low <= high <= 1, got low {low!r} and high {high!r}")
    return first, last
