"""A pass rendered: its own way from mask to alpha in a window, and how it is laid over the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from . import matte
from .arrays import frozen
from .coordinates import Point
from .edges import reach
from .marking import Ground, Window
from .mattes import Way
from .notes import Note, placed
from .stages import key_of
from .state import Pass

_ALIKE = 0.1  # of alpha: answers that differ by less than this, or a share of it, agree so far
_CONTEXT = 64  # pixels around a pass, beyond its band, that its solver sees


class PassRender(Way):
    """The way of one pass, in the window of the photo that holds its region.

    Attributes:
        edit: where it is and what it is for.
    """

    def __init__(self, ground: Ground, pass_: Pass, base: Way) -> None:
        """``base``: what lies around its window."""
        edit, settings = pass_.edit, pass_.settings(ground.subject.settings)
        self.edit, self._base = edit, base
        self._shape = ground.bench.photo.shape
        self.window: Window = _window_of(edit.region, settings.radius + _CONTEXT, self._shape)
        far = reach(radius=settings.radius, **settings.part("edges"))
        beyond = self._around(far) != self.window
        super().__init__(
            ground,
            settings,
            self.window,
            [edit.region, edit.seam, settings.always],
            base.keys["alpha"] if beyond else None,
        )

    def _around(self, far: float) -> Window:
        """The window, and whatever is as near to the region as this, in pixels."""
        seen = _window_of(self.edit.region, min(far, max(self._shape)), self._shape)
        rows, columns = (
            slice(min(a.start, b.start), max(a.stop, b.stop))
            for a, b in zip(seen, self.window, strict=True)
        )
        return rows, columns

    def _wide(self, far: float) -> tuple[Window, Window]:
        """See Way._wide: what the region sees, not the window, of which no more is looked at."""
        window = self._around(far)
        rows, columns = (
            slice(b.start - a.start, b.stop - a.start)
            for a, b in zip(window, self.window, strict=True)
        )
        return window, (rows, columns)

    def _in_its_place(self, window: Window, inner: Window) -> np.ndarray:
        """See Way._in_its_place: beyond what was solved here lies the base."""
        if window == self.window:
            return self.alpha
        plane = self._base.alpha[window].copy()
        plane[inner] = self.alpha
        return plane

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

    def _soft_region(self) -> np.ndarray:
        return self.weight

    @property
    def trusted(self) -> np.ndarray:
        """(h, w) float32 in [0, 1]: the weight, less what the method itself doubts of its answer.

        A method that unmixes glass is the one to tell how well it knew what lay behind; what it
        gave without knowing goes, and its colours with it.
        """
        own = self._alpha.confidence
        if own is None or self.settings.always:
            return self.weight
        return self.weight * np.float32(matte.share_of_own(own))

    @property
    def notes(self) -> tuple[Note, ...]:
        """See Way.notes, and whether it was not trusted; in pixels of the photo."""
        own, said = self._alpha.confidence, list(super().notes)
        if own is not None and not self.settings.always and matte.share_of_own(own) < 0.5:
            left = "it is left as the rest has it; insist on it, and it counts in any case"
            said.append(Note(f"its answer is not to be trusted ({own:.2f} of 1): {left}"))
        x, y = zip(*self.edit.region, strict=True)
        rows, columns = self.window
        height, width = self._ground.bench.photo.shape
        box = max(0.0, min(x)), max(0.0, min(y)), min(width, max(x)), min(height, max(y))
        corner = columns.start, rows.start
        return tuple(placed(note, self.name, self.edit.id, corner, box) for note in said)

    def share(self, before: np.ndarray, trimap: np.ndarray, below: Sequence[Way]) -> np.ndarray:
        """(h, w) float32 in [0, 1]: how much of the pass counts, its seam included.

        Which of two answers wins is told from the solved alphas: a feather or a shift that somebody
        set is no doubt about either. Where both say the same, the pass counts in full.

        Args:
            before: (h, w) float32, the alpha as solved without it. trimap: (h, w), likewise.
            below: what that alpha was made by.
        """
        if self.settings.always or self._alpha.confidence is not None:
            return self.trusted
        image = self.cut(self._ground.bench.image)
        common = matte.shared_trimap(trimap, self.trimap)
        greys = all(way.solves for way in (self, *below) if _meet(way.window, self.window))
        mine, theirs = (matte.confidence(image, a, common, greys) for a in (self.alpha, before))
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
    for n, one in enumerate(passes):
        share = one.share(solved[one.window], trimap[one.window], (base, *passes[:n]))
        for plane, laid in ((out, one.edged), (solved, one.alpha)):
            part = plane[one.window]
            # In this form exactly the base where it is 0, and the pass where it is 1.
            part[...] = (1 - share) * part + share * laid
        within = share >= 0.5
        trimap[one.window][within] = one.trimap[within]
    return out


def _meet(one: Window | None, other: Window) -> bool:
    """Whether two windows share a pixel; None is all of the photo."""
    return one is None or all(
        max(a.start, b.start) < min(a.stop, b.stop) for a, b in zip(one, other, strict=True)
    )


def _window_of(region: tuple[Point, ...], far: float, shape: tuple[int, int]) -> Window:
    """All that is so many pixels from a region's bounds."""
    margin = math.ceil(far)
    x, y = zip(*region, strict=True)
    height, width = shape
    return (
        slice(max(0, math.floor(min(y)) - margin), min(height, math.ceil(max(y)) + margin)),
        slice(max(0, math.floor(min(x)) - margin), min(width, math.ceil(max(x)) + margin)),
    )
