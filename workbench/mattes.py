"""From the corrected mask to an alpha, with one set of settings: of a subject, or of one pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import numpy as np

from . import matte, paint
from .arrays import frozen
from .bench import Bench
from .edges import apply_edges
from .progress import Progress, report
from .settings import Settings
from .stages import key_of
from .state import SubjectState

T = TypeVar("T")
Window = tuple[slice, slice]


class Ground(Protocol):
    """What a matte is made from: a subject's corrected mask, and what was painted and marked."""

    bench: Bench
    progress: Progress | None
    subject: SubjectState
    keys: dict[str, str]

    @property
    def corrected(self) -> np.ndarray:
        """(H, W) float32: the mask with the corrections in it."""

    @property
    def corrections(self) -> paint.Corrections:
        """What was painted, value and weight per pixel."""


class Way:
    """The stages trimap, alpha, edges over the whole photo or a window of it.

    Attributes:
        settings: of all of them. window: rows and columns of the photo; None for all of it.
        keys: of the stages "trimap", "alpha", "edges".
    """

    def __init__(self, ground: Ground, settings: Settings, window: Window | None = None) -> None:
        self._ground, self.settings, self.window = ground, settings, window
        self.keys: dict[str, str] = {}
        above = ground.keys["corrected"]
        marks = [mark.content() for mark in ground.subject.marks]
        place = None if window is None else [[at.start, at.stop] for at in window]
        for stage, own in (
            ("trimap", [settings.part("trimap"), marks, place]),
            ("alpha", settings.part("alpha")),
            ("edges", [settings.part("edges"), settings.radius]),
        ):
            above = self.keys[stage] = key_of(above, own)

    @property
    def trimap(self) -> np.ndarray:
        """(h, w) float32 of 0, 0.5, 1: the band around the mask's edge, marks, what is painted."""
        return self._trimap[0]

    @property
    def alpha(self) -> np.ndarray:
        """(h, w) float32: solved in the band, before the edge settings."""
        return self._alpha.alpha

    @property
    def edged(self) -> np.ndarray:
        """(h, w) float32: after the edge settings."""
        return self._stage(
            "edges",
            lambda: frozen(
                apply_edges(
                    self.alpha,
                    radius=self.settings.radius,
                    keep=self._asked,
                    **self.settings.part("edges"),
                )
            ),
        )

    @property
    def converged(self) -> bool:
        """Whether the solver got to its end."""
        return self._alpha.converged

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be repaired on the way, in words (renders as far as the alpha)."""
        return self._trimap[1] + self._alpha.notes

    def cut(self, plane: np.ndarray) -> np.ndarray:
        """The window of a plane or picture of the photo's size."""
        return plane if self.window is None else plane[self.window]

    @property
    def _trimap(self) -> tuple[np.ndarray, tuple[str, ...]]:
        def make() -> tuple[np.ndarray, tuple[str, ...]]:
            ground = self._ground
            report(ground.progress, 0.0, "finding the band")
            painted = ground.corrections
            return trimap_of(
                self.cut(ground.corrected),
                paint.Corrections(self.cut(painted.value), self.cut(painted.weight)),
                ground.subject.marks,
                self.window,
                **self.settings.part("trimap"),
            )

        return self._stage("trimap", make)

    @property
    def _alpha(self) -> matte.AlphaResult:
        def solve() -> matte.AlphaResult:
            ground = self._ground
            solved = matte.solve_alpha(
                self.cut(ground.bench.image),
                self.trimap,
                mask=self.cut(ground.corrected),
                progress=ground.progress,
                cache=ground.bench.stages,
                **self.settings.part("alpha"),
                non_commercial=bool(self.settings.identity),  # whoever pinned it was asked
            )
            frozen(solved.alpha)
            return solved

        return self._stage("alpha", solve)

    @property
    def _asked(self) -> np.ndarray | None:
        """(h, w) bool: where somebody asked for the subject; None where nothing needs to know."""
        if self.settings.drop_islands == 0:
            return None
        asked = np.zeros(self._ground.bench.photo.shape, bool)
        for step in self._ground.subject.layers:
            for (x, y), label in zip(step.points, step.labels, strict=True):
                asked[int(y), int(x)] |= label == 1
        if self._ground.subject.strokes:
            painted = self._ground.corrections
            asked |= (painted.weight >= paint.SURE) & (painted.value >= 0.5)
        return self.cut(asked)

    def _stage(self, name: str, make: Callable[[], T]) -> T:
        return self._ground.bench.stages.get_or_make(f"{name}:{self.keys[name]}", make)


def trimap_of(
    mask: np.ndarray,
    corrections: paint.Corrections,
    marks: tuple[Any, ...],
    window: Window | None = None,
    **settings: Any,
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The trimap, and what had to be repaired. Order: band, marks in turn, what is painted.

    Args:
        mask: (h, w) float32 of the window. corrections: likewise.
        marks: RefineEdge and Trimap edits, in pixels of the photo.
        window: rows and columns of the photo.
        settings: of ``matte.trimap_from_mask``.
    """
    trimap = matte.trimap_from_mask(mask, **settings)
    x0, y0 = (0, 0) if window is None else (window[1].start, window[0].start)
    for mark in marks:
        line = [(x - x0, y - y0) for x, y in mark.points]
        part, covered = paint.coverage(line, mark.size, trimap.shape)
        value = getattr(mark, "value", 0.5)  # a refine-edge stroke makes the band grow
        if covered.size:  # a stroke may lie outside the photo
            trimap[part] = matte.apply_marks(trimap[part], covered, value)
    trimap = matte.apply_sure(trimap, corrections.value, corrections.weight)
    trimap, notes = matte.repair_trimap(trimap, mask, corrections.weight)
    return frozen(trimap), notes
