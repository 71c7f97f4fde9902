"""The light that a coloured backdrop throws on the subject, taken off again."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import check_image, row_blocks, to_float
from ..errors import InputError
from ..screens import Colour, check_colour, has_hue, screen_share


def despill(colours: Any, screen: Colour, amount: float = 1.0) -> np.ndarray:
    """Colours without what the screen added to them.

    Spill is the screen's own light on top of the subject's, so the screen's colour is subtracted,
    as much of it as ``screens.screen_share`` finds in each pixel (at amount 1 nothing of the
    screen's hue is left: Vlahos' limit for any screen colour). A subject that has this hue itself
    turns greyer and darker: lower the amount.

    Args:
        colours: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        screen: the backdrop's colour, sRGB 0–255. One without a hue throws no coloured light:
            nothing changes.
        amount: 0–1.

    Returns:
        (H, W, 3) float32 in [0, 1], a new array.

    Raises:
        ArrayError: not an image. InputError: bad values.
    """
    picture = check_image(colours)
    backdrop = check_colour(screen)
    if not (isinstance(amount, (int, float)) and 0 <= amount <= 1):
        raise InputError(f"expected amount in 0..1, got {amount!r}")
    clean = np.array(to_float(picture), np.float32)
    if amount == 0 or not has_hue(backdrop):
        return clean
    light = np.asarray(backdrop, np.float32) / 255 * np.float32(amount)
    for rows in row_blocks(clean[..., 0]):
        share = np.maximum(screen_share(clean[rows], backdrop), 0)[..., None]
        clean[rows] = np.clip(clean[rows] - share * light, 0, 1)
    return clean
