"""Photos that were worked on in this widget before: back to one, with all that was done to it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets as w

from ...errors import InputError
from ...journal import journal_folder, recoverable
from ...opening import recover
from ...progress import CancelToken
from ...session import Session
from ..worker import Worker
from .controls import Quiet

_MOST = 20  # that are offered


@dataclass(frozen=True)
class _Left:
    """A session that another took the place of. Not held: it may have a gigabyte."""

    id: str
    words: str
    session: weakref.ref[Session]

    @property
    def there(self) -> bool:
        """Whether it lives on somewhere, or its journal does."""
        return self.session() is not None or (journal_folder() / f"{self.id}.journal").exists()

    def back(self, token: CancelToken) -> Session:
        """The session, out of its journal where nobody holds it any more.

        Raises:
            InputError: it was forgotten meanwhile.
        """
        found = self.session()
        if found is not None:
            return found
        for one in recoverable():
            if one.id == self.id:
                token(0.1, f"opening {one.name}")
                return recover(one)
        raise InputError(f"expected {self.words} to be kept still, got nothing of it")


class PhotosPanel:
    """A list of the photos left, there only while there are any.

    Args:
        worker: opens a photo.
        attach: called with the session that a person wants back.
        failed: called with what went wrong.
    """

    def __init__(
        self,
        worker: Worker,
        attach: Callable[[Session], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._worker, self._attach, self._failed = worker, attach, failed
        self._left: list[_Left] = []
        self._quiet = Quiet()
        self.widget = w.Dropdown(
            description="Back to", tooltip="Photos that you worked on in this widget before",
            style={"description_width": "54px"},
            layout=w.Layout(width="200px", display="none"),
        )  # fmt: skip
        self.widget.observe(self._quiet.heard(self._choose), "value")

    def leave(self, session: Session) -> None:
        """Another session is shown from now on. One in which nothing was done is no loss."""
        self._left = [one for one in self._left if one.id != session.id]
        if session.document.edits:
            count = len(session.document.active)
            words = f"{session.photo.name}, {count} edit{'' if count == 1 else 's'}"
            self._left = [_Left(session.id, words, weakref.ref(session)), *self._left][:_MOST]

    def show(self, session: Session) -> None:
        """Offer what there is besides the session that is shown."""
        self._left = [one for one in self._left if one.id != session.id and one.there]
        with self._quiet():
            names = [(one.words, one.id) for one in self._left]
            self.widget.options = [("an earlier photo", ""), *names]
            self.widget.value = ""
        self.widget.layout.display = "" if names else "none"

    def _choose(self, session_id: str) -> None:
        for one in self._left:
            if one.id == session_id:
                self._worker.submit(
                    "open", one.back, lambda session, _: self._attach(session), self._failed
                )
