"""From the corrected mask to an alpha, with one set of settings: of a subject, or of one pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from . import matte, paint
from .arrays import frozen
from .depths import depth_of, margin_of
from .edges import apply_edges, reach
from .marking import Ground, Window, asked_for, kept_by_hand, trimap_of
from .notes import IN_VAIN, Note
from .progress import report
from .settings import MASK, TRANSPARENT, Settings
from .stages import key_of

T = TypeVar("T")

_SOFTENED = 8  # pixels that a matched blur looks further than movement and defocus do


class Way:
    """The stages trimap, alpha, edges over the whole photo or a window of it.

    Attributes:
        settings: of all of them. window: rows and columns of the photo; None for all of it.
        keys: of the stages "trimap", "alpha", "sharp" (with the edge settings) and "edges" (with
            the blur too).
    """

    def __init__(
        self,
        ground: Ground,
        settings: Settings,
        window: Window | None = None,
        place: Any = None,
        beside: Any = None,
    ) -> None:
        """``place``: what else the window's content hangs on, for the keys; ``beside``: what its
        edges hang on."""
        self._ground, self.settings, self.window = ground, settings, window
        # The depth map counts where it is asked for.
        self._depth = ground.subject.depth if settings.depth else None
        self.keys: dict[str, str] = {}
        above = ground.keys["corrected"]
        marks = [mark.content() for mark in ground.subject.marks]
        if window is not None:
            place = [place, [[at.start, at.stop] for at in window]]
        for stage, own in (
            ("trimap", [settings.part("trimap"), marks, place, self._depth and self._depth.blob]),
            ("alpha", settings.part("alpha")),
            ("sharp", [settings.part("edges"), settings.radius, *([beside] if beside else [])]),
            ("edges", settings.part("blur")),
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
    def colours(self) -> np.ndarray | None:
        """(h, w, 3) float32: what the method found with the alpha; None where it seeks none."""
        return self._alpha.colours

    @property
    def region(self) -> np.ndarray:
        """(h, w) bool: where the subject may be at all."""
        return self.trimap > 0

    @property
    def edged(self) -> np.ndarray:
        """(h, w) float32: after the edge settings, as blurred as the subject is."""

        def sharp() -> np.ndarray:
            own, radius = self.settings.part("edges"), self.settings.radius
            window, inner = self._wide(reach(radius=radius, **own))
            keep = asked_for(self._ground)[window] if own["drop_islands"] else None
            plane = self._in_its_place(window, inner)
            return frozen(apply_edges(plane, radius=radius, keep=keep, **own)[inner])

        def blurred() -> np.ndarray:
            s = self.settings
            window, inner = self._wide(s.blur_length + s.defocus + _SOFTENED)
            mask, alpha = self._ground.corrected[window], self._stage("sharp", sharp)
            if alpha.shape != mask.shape:  # the blur is of the mask; there is alpha inside alone
                alpha, part = np.zeros_like(mask), alpha
                alpha[inner] = part
            made = matte.match_blur(alpha, mask, s.blur_length, s.blur_angle, s.defocus)
            return frozen(made[inner])

        return self._stage("edges", blurred)

    def _wide(self, far: float) -> tuple[Window, Window]:
        """The window with all around it that settings see which look so many pixels far, and where
        the window lies in that."""
        every = slice(None), slice(None)
        return every, every

    def _in_its_place(self, window: Window, inner: Window) -> np.ndarray:
        """(h, w) float32: the solved alpha in a window of ``_wide``."""
        return self.alpha

    @property
    def known(self) -> bool:
        """Whether the alpha is kept, with what there is to say of it."""
        return self._ground.bench.stages.get(f"alpha:{self.keys['alpha']}") is not None

    @property
    def converged(self) -> bool:
        """Whether the solver got to its end."""
        return self._alpha.converged

    @property
    def solves(self) -> bool:
        """Whether its method looks for greys at all, as "none" does not."""
        return self.settings.method != MASK

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be repaired on the way, in words (renders as far as the alpha).

        Those that are a ``notes.Note`` have their boxes in pixels of the window.
        """
        return (*self._trimap[1], *self._alpha.notes, *self._in_vain())

    def _in_vain(self) -> tuple[Note, ...]:
        s = self.settings
        if not s.shift or s.radius:
            return ()
        words = (
            f"Shift edge {s.shift:+g} % is a share of the radius, which is 0 px: nothing moves. "
            "Set a radius, or contract in pixels."
        )
        return (Note(words, IN_VAIN, 0.2),)

    def cut(self, plane: np.ndarray) -> np.ndarray:
        """The window of a plane or picture of the photo's size."""
        return plane if self.window is None else plane[self.window]

    @property
    def _trimap(self) -> tuple[np.ndarray, tuple[str, ...]]:
        def make() -> tuple[np.ndarray, tuple[str, ...]]:
            ground = self._ground
            report(ground.progress, 0.0, "finding the band")
            painted, bench = ground.corrections, ground.bench
            settings = self.settings.part("trimap")
            of_depth: dict[str, Any] = {}
            settings.pop("depth")
            if self._depth is not None:
                plane = depth_of(self._depth, bench.photo, bench.blobs, bench.stages)
                margin = margin_of(bench.blobs[self._depth.blob], bench.photo.shape)
                of_depth = {"depth": self.cut(plane), "margin": margin}
            return trimap_of(
                self.cut(ground.corrected),
                paint.Corrections(self.cut(painted.value), self.cut(painted.weight)),
                ground.subject.marks,
                self.window,
                self.cut(bench.photo.pixels),
                blobs=bench.blobs,
                **of_depth,
                **settings,
            )

        return self._stage("trimap", make)

    @property
    def _alpha(self) -> matte.AlphaResult:
        def solve() -> matte.AlphaResult:
            s, ground = self.settings, self._ground
            if s.method == TRANSPARENT:
                return self._unmixed()
            solved = matte.solve_alpha(
                self.cut(ground.bench.image),
                self.trimap,
                s.method,
                ground.progress,
                self.cut(ground.corrected),
                ground.bench.stages,
                s.checkpoint,
                s.identity,
                non_commercial=bool(s.identity),  # whoever pinned it was asked
            )
            frozen(solved.alpha)
            return solved

        return self._stage("alpha", solve)

    def behind_replaced(self, background: np.ndarray, laid: np.ndarray) -> np.ndarray:
        """(H, W, 3) float32: a composite in which a transparent thing is the photo's own, with
        what lies behind it replaced: its gleam, its tint and what it bends stay where they are.

        Args:
            background: (H, W, 3) float32, what it is to stand on.
            laid: (H, W, 3) float32, the matte laid on that.
        """
        window = (slice(None), slice(None)) if self.window is None else self.window
        image, region = self.cut(self._ground.bench.image), np.float32(self.region)
        through = matte.replaced(image, self._seen_through(), background[window], region)
        # The region is loose; how far the thing itself reaches, the mask knows.
        weight = (self._soft_region() * self.cut(self._ground.corrected))[..., None]
        picture = np.array(laid, np.float32)
        picture[window] += weight * (through - picture[window])
        return picture

    def _soft_region(self) -> np.ndarray:
        """(h, w) float32: see region; with its seam."""
        return np.asarray(self.region, np.float32)

    def _seen_through(self) -> matte.Transparent:
        """A transparent thing unmixed; what was painted or marked as sure stays opaque."""
        ground = self._ground
        mask, region = self.cut(ground.corrected), self.region
        sure = (self.trimap == 1) & self.cut(kept_by_hand(ground))
        return matte.transparent(
            self.cut(ground.bench.image),
            region,
            self._cut_behind(),
            mask=sure,
            avoid=(mask >= 0.5) & ~region,
            highlights=self.settings.highlights,
        )

    def _unmixed(self) -> matte.AlphaResult:
        """A transparent thing and its colours."""
        found = self._seen_through()
        alpha = np.where(self.region, found.alpha, self.cut(self._ground.corrected))
        return matte.AlphaResult(
            frozen(alpha), found.notes, colours=frozen(found.colours), confidence=found.confidence
        )

    def _cut_behind(self) -> Any:
        """What lies behind a transparent thing: a plate, a colour, or None for a guess."""
        behind = self.settings.behind
        if not behind:
            return None
        if behind.startswith("#"):
            return tuple(int(behind[n : n + 2], 16) for n in (1, 3, 5))
        return self.cut(self._ground.bench.blobs[behind])

    def _stage(self, name: str, make: Callable[[], T]) -> T:
        return self._ground.bench.stages.get_or_make(f"{name}:{self.keys[name]}", make)
