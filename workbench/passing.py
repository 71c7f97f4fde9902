"""A pass rendered: its own way from mask to alpha in a window, and how it is laid over the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from . import matte
from .arrays import frozen
from .coordinates import Point
from .marking import Ground, Window
from .mattes import Way
from .settings import TRANSPARENT
from .stages import key_of
from .state import Pass

_ALIKE = 0.1  # of alpha: answers that differ by less than this, or a share of it, agree so far
_CONTEXT = 64  # pixels around a pass, beyond its band, that its solver sees


class PassRender(Way):
    """The way of one pass, in the window of the photo that holds its region.

    Attributes:
        edit: where it is and what it is for.
    """

    def __init__(self, ground: Ground, pass_: Pass) -> None:
        edit, settings = pass_.edit, pass_.settings(ground.subject.settings)
        self.edit = edit
        self.window: Window = _window_of(edit.region, settings.radius, ground.bench.photo.shape)
        super().__init__(ground, settings, self.window, [edit.region, edit.seam, edit.always])

    @property
    def name(self) -> str:
        """What it is called in words."""
        return f"pass for {self.edit.kind}" if self.edit.kind else "pass"

    @property
    def weight(self) -> np.ndarray:
        """(h, w) float32 in [0, 1] over the window: 1 in the region, falling across its seam."""
        bench, edit = self._ground.bench, self.edit
        shape = bench.photo.shape
        place = [[at.start, at.stop] for at in self.window]
        return bench.stages.get_or_make(
            f"seam:{key_of(edit.region, shape, edit.seam, place)}",
            lambda: frozen(matte.seam(edit.region, shape, edit.seam, self.window)),
        )

    @property
    def region(self) -> np.ndarray:
        """See Way.region."""
        return self.weight > 0

    def share(self, before: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        """(h, w) float32 in [0, 1]: how much of the pass counts, its seam included.

        Which of two answers wins is told from the solved alphas: a feather or a shift that somebody
        set is no doubt about either. Where both say the same, the pass counts in full.

        Args:
            before: (h, w) float32, the alpha as solved without it. trimap: (h, w), likewise.
        """
        # A veil is grey where the photo is flat, which any judge of mattes takes for a smear.
        if self.edit.always or self.settings.method == TRANSPARENT:
            return self.weight
        image = self.cut(self._ground.bench.image)
        common = matte.shared_trimap(trimap, self.trimap)
        mine, theirs = (matte.confidence(image, a, common) for a in (self.alpha, before))
        share = matte.share(before, self.alpha, self.weight, theirs, mine, self.converged)
        differ = np.clip(np.abs(self.alpha - before) / np.float32(_ALIKE), 0, 1)
        return self.weight * (1 - (1 - share) * differ)


def trimap_with(passes: Sequence[PassRender], trimap: np.ndarray) -> np.ndarray:
    """(H, W) float32 of 0, 0.5, 1: inside the passes theirs, the later over the earlier."""
    if not passes:
        return trimap
    out = trimap.copy()
    for one in passes:
        within = one.weight >= 0.5
        out[one.window][within] = one.trimap[within]
    return out


def alpha_with(passes: Sequence[PassRender], base: Way) -> np.ndarray:
    """(H, W) float32: the passes laid over the base's alpha in their order."""
    if not passes:
        return base.edged
    out, solved, trimap = base.edged.copy(), base.alpha.copy(), base.trimap.copy()
    for one in passes:
        share = one.share(solved[one.window], trimap[one.window])
        for plane, laid in ((out, one.edged), (solved, one.alpha)):
            part = plane[one.window]
            # In this form exactly the base where it is 0, and the pass where it is 1.
            part[...] = (1 - share) * part + share * laid
        within = share >= 0.5
        trimap[one.window][within] = one.trimap[within]
    return out


def _window_of(region: tuple[Point, ...], radius: float, shape: tuple[int, int]) -> Window:
    margin = math.ceil(radius) + _CONTEXT
    x, y = zip(*region, strict=True)
    height, width = shape
    return (
        slice(max(0, math.floor(min(y)) - margin), min(height, math.ceil(max(y)) + margin)),
        slice(max(0, math.floor(min(x)) - margin), min(width, math.ceil(max(x)) + margin)),
    )
