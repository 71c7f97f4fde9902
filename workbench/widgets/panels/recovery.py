"""An interrupted session of the photo that is shown: go on with it, or forget it."""

from __future__ import annotations

import html
from collections.abc import Callable

import ipywidgets as w

from ...journal import Interrupted, recoverable
from ...session import Session
from .controls import button


class RecoveryBar:
    """A line below the stage, there only while there is something to go on with.

    Args:
        reopen: called with the session that a person wants back.
        failed: what could not be forgotten is said there.
    """

    def __init__(
        self, reopen: Callable[[Interrupted], None], failed: Callable[[BaseException], None]
    ) -> None:
        self._reopen, self._failed = reopen, failed
        self._one: Interrupted | None = None
        self._words = w.HTML()
        self.widget = w.HBox(
            [
                self._words,
                button("Go on with it", "Open the interrupted session in this widget", self._take,
                       "history"),
                button("Forget it", "Remove the interrupted session for good", self._forget,
                       "trash-o"),
            ],
            layout=w.Layout(display="none", align_items="center", flex_flow="row wrap"),
        )  # fmt: skip
        self.widget.add_class("wb-tools").add_class("wb-bar")

    def offer(self, session: Session) -> None:
        """Offer the newest interrupted session of the same photo, if nothing was done yet."""
        self._one = None
        if not session.document.edits:
            photo = session.photo.key, session.photo.name
            found = (one for one in recoverable() if (one.photo_key, one.name) == photo)
            self._one = next(found, None)
        if self._one is not None:
            self._words.value = (
                "<span>An interrupted session of this photo was found: "
                f"{html.escape(str(self._one))}.</span>"
            )
        self.widget.layout.display = "none" if self._one is None else ""

    def hide(self, session: Session) -> None:
        """Something was done to the session: the offer is declined, and stays in recoverable()."""
        if session.document.edits:
            self._one = None
            self.widget.layout.display = "none"

    def _take(self) -> None:
        if self._one is not None:
            self._reopen(self._one)

    def _forget(self) -> None:
        try:
            if self._one is not None:
                self._one.discard()
        except Exception as error:  # noqa: BLE001 shown in the status line
            self._failed(error)
        self._one = None
        self.widget.layout.display = "none"
