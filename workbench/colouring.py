"""The last stage: the subject's own colours, by the settings of the subject and of its passes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from . import matte
from .bench import Bench
from .edits import ChromaKey
from .mattes import Way
from .passing import PassRender
from .screens import Colour, named_screen
from .starting import screen_of


def colours_of(
    alpha: np.ndarray,
    base: Way,
    passes: Sequence[PassRender],
    screen: ChromaKey | None,
    bench: Bench,
) -> np.ndarray:
    """(H, W, 3) float32: by the subject's settings, and inside its passes by theirs.

    In this order: the old background's colour is taken out, a known screen's light, a cast; last,
    hair is put together anew.

    Args:
        alpha: (H, W) float32, the finished matte.
        base: the subject's settings. passes: what holds in parts of it.
        screen: the key in force, whose screen throws its light where no setting names another;
            None for none.
        bench: the photo.
    """
    light = None
    if screen is not None and screen.spill > 0:
        light = screen_of(screen, bench.photo, bench.stages), screen.spill
    colours = _made(base, alpha, light, bench)
    own = base.settings.part("foreground")
    for one in passes:
        if one.colours is None and one.settings.part("foreground") == own:
            continue
        part, weight = colours[one.window], one.trusted[..., None]
        there = _made(one, alpha, light, bench)
        # Where both are the photo's colour it stays so to the bit, and where the pass counts in
        # full its own.
        part[...] = np.where(weight == 1, there, part + weight * (there - part))
    return colours


def _made(
    way: Way, alpha: np.ndarray, light: tuple[Colour, float] | None, bench: Bench
) -> np.ndarray:
    """(h, w, 3) float32, a new array: the colours in a way's window, by its settings alone.

    Args:
        light: a screen's colour, and how far it is taken off; None for no screen.
    """
    s, image, plane = way.settings, way.cut(bench.image), way.cut(alpha)
    if s.spill:
        light = named_screen(s.spill), s.spill_amount
    colours = matte.foreground_colours(image, plane, s.amount, s.low, s.high)
    if way.colours is not None:
        # Where a method knows what lay behind, its colours are those that go with its alpha.
        colours = np.where(way.region[..., None], way.colours, colours)
    if light is not None:
        colours = matte.despill(colours, *light)
    if s.cast > 0:
        colours = matte.remove_cast(colours, image, plane, s.cast, s.cast_reach)
    if s.hair > 0:
        colours = matte.frequency_separation(
            colours, plane, s.hair_radius, s.hair, s.hair_tone, s.hair_detail
        )
    return np.array(colours)
