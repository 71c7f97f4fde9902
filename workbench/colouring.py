"""The last stage: the subject's own colours, by the settings of the subject and of its passes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from . import matte
from .bench import Bench
from .edits import ChromaKey
from .mattes import Way
from .passing import PassRender
from .starting import screen_of


def colours_of(
    alpha: np.ndarray,
    base: Way,
    passes: Sequence[PassRender],
    screen: ChromaKey | None,
    bench: Bench,
) -> np.ndarray:
    """(H, W, 3) float32: the old background's colour taken out, then a known screen's light.

    Args:
        alpha: (H, W) float32, the finished matte.
        base: the subject's settings. passes: what holds in parts of it.
        screen: the key in force, whose screen throws its light; None for none.
        bench: the photo.
    """
    own = base.settings
    amount: float | np.ndarray = own.amount
    if any(one.way.settings.amount != own.amount for one in passes):
        amount = np.full(alpha.shape, own.amount, np.float32)
        for one in passes:
            part = amount[one.window]
            part[...] = (1 - one.weight) * part + one.weight * np.float32(one.way.settings.amount)
    colours = matte.foreground_colours(bench.image, alpha, amount, own.low, own.high)
    if screen is None or screen.spill == 0:
        return colours
    return matte.despill(colours, screen_of(screen, bench.photo, bench.stages), screen.spill)
