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
    """(H, W, 3) float32: the old background's colour taken out, then a known screen's light, then
    a cast; last, hair put together anew.

    Args:
        alpha: (H, W) float32, the finished matte.
        base: the subject's settings. passes: what holds in parts of it.
        screen: the key in force, whose screen throws its light; None for none.
        bench: the photo.
    """
    own = base.settings
    amount = _share("amount", base, passes, alpha.shape)
    colours = matte.foreground_colours(bench.image, alpha, amount, own.low, own.high)
    for way in (base, *passes):
        # Where a method knows what lay behind, its colours are those that go with its alpha.
        if way.colours is not None:
            part = colours[slice(None) if way.window is None else way.window]
            weight = (way.weight if isinstance(way, PassRender) else way.region)[..., None]
            part[...] = (1 - weight) * part + weight * way.colours
    if screen is not None and screen.spill > 0:
        colours = matte.despill(colours, screen_of(screen, bench.photo, bench.stages), screen.spill)
    cast = _share("cast", base, passes, alpha.shape)
    if np.any(cast):
        colours = matte.remove_cast(colours, bench.image, alpha, cast, own.cast_reach)
    others = [one for one in passes if _hair(one) != _hair(base)]
    for way in (base, *others):
        how_far, radius, tone, detail = _hair(way)
        if how_far > 0:
            where = _weight(way, others, alpha.shape)
            colours = matte.frequency_separation(
                colours, alpha, radius, how_far, tone, detail, where
            )
    return colours


def _share(
    setting: str, base: Way, passes: Sequence[PassRender], shape: tuple[int, ...]
) -> float | np.ndarray:
    """A setting as a number, or as a plane (H, W) where a pass has another."""
    own = getattr(base.settings, setting)
    if all(getattr(one.settings, setting) == own for one in passes):
        return float(own)
    plane = np.full(shape, own, np.float32)
    for one in passes:
        part = plane[one.window]
        value = np.float32(getattr(one.settings, setting))
        part[...] = (1 - one.weight) * part + one.weight * value
    return plane


def _hair(way: Way) -> tuple[float, float, float, float]:
    s = way.settings
    return s.hair, s.hair_radius, s.hair_tone, s.hair_detail


def _weight(way: Way, others: Sequence[PassRender], shape: tuple[int, ...]) -> np.ndarray | None:
    """Where a way's own settings hold, (H, W) float32; None for everywhere.

    Args:
        way: the base, which holds where none of the others does, or one of them.
    """
    if isinstance(way, PassRender):
        plane = np.zeros(shape, np.float32)
        plane[way.window] = way.weight
        return plane
    if not others:
        return None
    plane = np.ones(shape, np.float32)
    for one in others:
        plane[one.window] *= 1 - one.weight
    return plane
