"""A pass rendered: its own way from mask to alpha in a window, and how it is laid over the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .arrays import frozen
from .coordinates import Point
from .matte.seam import seam
from .mattes import Ground, Way, Window
from .stages import key_of
from .state import Pass

_CONTEXT = 64  # pixels around a pass, beyond its band, that its solver sees


class PassRender:
    """One pass of a subject.

    Attributes:
        edit: where it is and what it is for. window: the rows and columns of the photo that it is
            made in. way: its stages there. key: of where it is; with those of the way, of all that
            it lays over the rest.
    """

    def __init__(self, ground: Ground, pass_: Pass) -> None:
        settings, edit = pass_.settings(ground.subject.settings), pass_.edit
        self.edit, self._stages = edit, ground.bench.stages
        self._shape = ground.bench.photo.shape
        self.window = _window_of(edit.region, settings.radius, self._shape)
        self.way = Way(ground, settings, self.window)
        self.key = key_of(edit.region, edit.seam, edit.always)

    @property
    def name(self) -> str:
        """What it is called in words."""
        return f"pass for {self.edit.kind}" if self.edit.kind else "pass"

    @property
    def weight(self) -> np.ndarray:
        """(h, w) float32 in [0, 1] over the window: 1 in the region, falling across its seam."""
        edit, shape = self.edit, self._shape
        place = [[at.start, at.stop] for at in self.window]
        return self._stages.get_or_make(
            f"seam:{key_of(edit.region, shape, edit.seam, place)}",
            lambda: frozen(seam(edit.region, shape, edit.seam, self.window)),
        )


def trimap_with(passes: Sequence[PassRender], trimap: np.ndarray) -> np.ndarray:
    """(H, W) float32 of 0, 0.5, 1: inside the passes theirs, the later over the earlier."""
    if not passes:
        return trimap
    out = trimap.copy()
    for one in passes:
        within = one.weight >= 0.5
        out[one.window][within] = one.way.trimap[within]
    return out


def alpha_with(passes: Sequence[PassRender], alpha: np.ndarray) -> np.ndarray:
    """(H, W) float32: the passes laid over an alpha in their order."""
    if not passes:
        return alpha
    out = alpha.copy()
    for one in passes:
        part = out[one.window]
        part[...] = (1 - one.weight) * part + one.weight * one.way.edged
    return out


def _window_of(region: tuple[Point, ...], radius: float, shape: tuple[int, int]) -> Window:
    margin = math.ceil(radius) + _CONTEXT
    x, y = zip(*region, strict=True)
    height, width = shape
    return (
        slice(max(0, math.floor(min(y)) - margin), min(height, math.ceil(max(y)) + margin)),
        slice(max(0, math.floor(min(x)) - margin), min(width, math.ceil(max(x)) + margin)),
    )
