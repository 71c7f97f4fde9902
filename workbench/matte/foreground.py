"""The colours of the subject alone, without what shines through its edge."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import check_image, check_plane, to_float
from ..errors import InputError

# The multilevel method starts from the mean colours of its picture and hands them down; this much
# sure ground around the band keeps those means the band's own neighbourhood.
_MARGIN = 64


def foreground_colours(image: Any, alpha: Any, amount: float = 1.0) -> np.ndarray:
    """The subject's own colour in every pixel of the band, the photo's everywhere else.

    Germer and others, "Fast Multi-Level Foreground Estimation", ICPR 2020, p. 1104 (PyMatting's
    ``estimate_foreground_ml``), on the crop around the band, in sRGB values. Pixels with alpha
    exactly 0 or 1 keep the photo's colour to the bit, so a contaminated pixel that alpha calls
    solid stays as it is.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        alpha: (H, W) in [0, 1].
        amount: 0 to 1, from the photo's colour to the estimate.

    Returns:
        (H, W, 3) float32 in [0, 1].

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
        InputError: amount is outside 0..1.
    """
    picture = check_image(image)
    plane = check_plane(alpha, picture.shape[:2], "alpha")
    try:
        share = float(amount)
    except (TypeError, ValueError):
        raise InputError(f"expected amount in 0..1, got {amount!r}") from None
    if not 0 <= share <= 1:
        raise InputError(f"expected amount in 0..1, got {share:g}")
    colours = to_float(picture)
    if colours is image or np.shares_memory(colours, picture):
        colours = colours.copy()
    band = (plane > 0) & (plane < 1)
    # A single pixel has no neighbours to learn from (and PyMatting divides by its level count).
    if share == 0 or not band.any() or max(plane.shape) < 2:
        return colours
    from pymatting.foreground.estimate_foreground_ml import estimate_foreground_ml

    y, x = np.flatnonzero(band.any(axis=1)), np.flatnonzero(band.any(axis=0))
    rows = slice(max(0, int(y[0]) - _MARGIN), int(y[-1]) + 1 + _MARGIN)
    columns = slice(max(0, int(x[0]) - _MARGIN), int(x[-1]) + 1 + _MARGIN)
    part, inside = colours[rows, columns], band[rows, columns]
    estimate = estimate_foreground_ml(
        np.ascontiguousarray(part), np.ascontiguousarray(plane[rows, columns])
    )
    if share == 1:
        part[inside] = estimate[inside]
    else:
        part[inside] += np.float32(share) * (estimate[inside] - part[inside])
    return np.clip(colours, 0, 1, out=colours)
