"""What a document looks like: masks, mattes, colours and composites, and a click tried out."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from . import edits as e
from .arrays import frozen, to_uint8
from .bench import Bench
from .coordinates import Box
from .document import Document
from .editing import Editing
from .hovering import hovered
from .io import Photo
from .progress import Progress, bar
from .render import Render, render
from .subject import Subject


class Looking(Editing, ABC):
    """A document that can be looked at. One computation at a time.

    Attributes:
        progress: what everything reports to that is given no other; None shows bars.
    """

    def __init__(
        self,
        photo: Photo,
        document: Document,
        bench: Bench,
        session_id: str | None = None,
        journal: bool = True,
        progress: Progress | None = None,
    ) -> None:
        super().__init__(photo, document, bench, session_id, journal)
        self.progress = progress
        self._lock = threading.RLock()  # one computation at a time

    @property
    @abstractmethod
    def current(self) -> Subject | None:
        """The subject that was edited last, or None."""

    @abstractmethod
    def _id(self, subject: Subject | str) -> str:
        """The id of a subject, by itself or by its name."""

    def render(
        self,
        ask: Callable[[Render], Any],
        progress: Progress | None = None,
        trying: e.Edit | None = None,
    ) -> Any:
        """``ask`` of the rendering of the document as it is now; one computation at a time.

        Without a progress, one that takes more than a second shows a bar.

        Args:
            ask: called with the rendering.
            progress: what its stages report to.
            trying: an edit that it is rendered with, as if it were made.

        Raises:
            PromptError, EditError: that edit makes no sense here.
        """
        document, given = self.document, progress or self.progress
        if trying is not None:
            document = document.add(trying)
        with self._lock, bar("workbench", given is None, after=1.0) as own:
            return ask(render(document, self.bench, given or own))

    def prepare(self, progress: Progress | None = None) -> None:
        """Look at the photo now, the slow part, so that the first click is answered at once.

        Nothing has to: whoever asks first waits. It may run in another thread; what needs no model
        is not held up by it. Without a progress, a bar shows when it takes more than a second.

        Raises:
            WeightsError, WeightsMismatchError: the segmenter cannot be had.
            CancelledError: out of ``progress``.
        """
        use, given = self.document.state().segmenter, progress or self.progress
        with bar("workbench", given is None, after=1.0) as own:
            tell = given or own
            self.bench.embedding(self.bench.segmenter(use, tell), tell)

    def hover(self, x: float, y: float, keep: bool = True) -> tuple[np.ndarray, Box] | None:
        """What one more click at (x, y) would give of the current subject; no edit is made.

        For a preview under the pointer: it answers from what is there (the model, the photo as it
        sees it, the last answer) and from nothing that would have to be made first, at the model's
        own resolution, and does not wait for another computation.

        Args:
            x, y: in image pixels.
            keep: what the click would say.

        Returns:
            (h, w) uint8, 0–255, and the box (x0, y0, x1, y1) of the photo that it covers; or None:
            nothing is ready, something is being computed, or the place is not on the photo.
        """
        document, subject = self.document, self.current
        if subject is None or not self._lock.acquire(blocking=False):
            return None
        try:
            return hovered(document, subject.id, self.bench, (x, y), keep)
        finally:
            self._lock.release()

    def peek(self, ask: Callable[[Render], Any]) -> Any:
        """``ask`` for what is known already: never computes, never waits for a computation."""
        return ask(render(self.document, self.bench))

    def earlier(self, cursor: int | None = None, progress: Progress | None = None) -> Render:
        """The document where ``cursor`` edits counted, to compare with; nothing is moved.

        Nothing is computed until it is asked for: ask within ``render``, which holds that it is one
        computation at a time.

        Args:
            cursor: 0 to all edits that were made; None for one edit before the present.
            progress: what its stages report to.

        Raises:
            EditError: no such place in the history.
        """
        document = self.document
        at = max(document.cursor - 1, 0) if cursor is None else cursor
        return render(document.at(at), self.bench, progress or self.progress)

    def alpha(self, subject: Subject | str | None = None) -> np.ndarray:
        """(H, W) float32 in [0, 1]: a subject's visible share, or None for the sum of all."""
        return self.render(lambda r: r.alpha(self._id_or_all(subject)))

    def trimap(self, subject: Subject | str | None = None) -> np.ndarray:
        """(H, W) float32 of 0, 0.5, 1: of a subject, by default the current one."""
        wanted = self.current if subject is None else subject
        if wanted is None:
            return frozen(np.zeros(self.photo.shape, np.float32))  # to look makes no edit
        return self.render(lambda r: r.trimap(self._id(wanted)))

    def foreground(self, subject: Subject | str | None = None) -> np.ndarray:
        """(H, W, 3) float32 in [0, 1]: the subject's own colours; None for all together."""
        return self.render(lambda r: r.foreground(self._id_or_all(subject)))

    def cutout(self, subject: Subject | str | None = None) -> np.ndarray:
        """(H, W, 4) uint8: clean colours with straight alpha, with a shadow and a reflection that
        are kept under them."""
        from .compose import over

        wanted = self._id_or_all(subject)
        colours, alpha, under = self.render(
            lambda r: (r.foreground(wanted), r.alpha(wanted), r.under(wanted, ("keep",)))
        )
        if under is not None:
            colours, alpha = over.beneath(colours, alpha, under)
        return over.cutout(colours, alpha)

    def shadow(self, subject: Subject | str | None = None, lifted: bool = False) -> np.ndarray:
        """(H, W) float32 in [0, 1]: how dark the shadow is that ``subject.shadow`` keeps or lifts.

        It lies under the subject, and multiplies what is behind by 1 − itself.

        Args:
            subject: whose; None: of all.
            lifted: without those that are kept, which lie in the cut-out already.
        """
        wanted = self._id_or_all(subject)
        modes = ("lift",) if lifted else ("keep", "lift")
        found = self.render(lambda r: r.shadow(wanted, modes))
        return frozen(np.zeros(self.photo.shape, np.float32)) if found is None else found

    def reflection(self, subject: Subject | str | None = None, lifted: bool = False) -> np.ndarray:
        """(H, W, 4) float32 in [0, 1], straight alpha: the mirror image that is kept or lifted.

        It lies under the subject, over its shadow. Colours are 0 where there is none.

        Args:
            subject, lifted: as of ``shadow``.
        """
        wanted = self._id_or_all(subject)
        modes = ("lift",) if lifted else ("keep", "lift")
        found = self.render(lambda r: r.reflection(wanted, modes))
        return frozen(np.zeros((*self.photo.shape, 4), np.float32)) if found is None else found

    def composite(self, background: Any) -> np.ndarray:
        """(H, W, 3) uint8: what is visible, shadows and reflections under it, over a background.

        Args:
            background: "white", "black", "grey", "checkerboard", "green", "magenta", "photo",
                "#rrggbb", the path of a picture, or an image array.
        """
        from .compose import background as backgrounds
        from .compose import over

        behind = backgrounds.background(background, self.photo.shape)
        behind = over.on_ground(behind, self.render(lambda r: r.under()))
        return to_uint8(over.composite(self.foreground(), self.alpha(), behind))

    def sheet(self, subject: Subject | str | None = None) -> Any:
        """The quality sheet as a matplotlib Figure: many backgrounds, the edge at 100 %."""
        from . import views

        return views.sheet(
            self.image,
            self.alpha(subject),
            self.foreground(subject),
            trimap=self.trimap(subject),
            title=self.photo.name,
        )

    def _id_or_all(self, subject: Subject | str | None) -> str | None:
        return None if subject is None else self._id(subject)
