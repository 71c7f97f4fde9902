"""Interrupted sessions: go on with one, or forget it."""

from __future__ import annotations

import html
from collections.abc import Callable

import ipywidgets as w

from ...journal import Interrupted, recoverable
from ...session import Session
from .controls import button

_MOST = 9  # offered at once; wb.recoverable() has all


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
        self._found: list[Interrupted] = []
        self._key = ""
        self._words = w.HTML()
        self._which = w.Dropdown(
            layout=w.Layout(width="300px"), tooltip="Interrupted sessions, of this photo first"
        )
        self.widget = w.HBox(
            [
                self._words,
                self._which,
                button("Go on with it", "Open the interrupted session in this widget", self._take,
                       "history"),
                button("Forget it", "Remove the interrupted session for good", self._forget,
                       "trash-o"),
            ],
            layout=w.Layout(display="none", align_items="center", flex_flow="row wrap"),
        )  # fmt: skip
        self.widget.add_class("wb-tools").add_class("wb-bar")

    def offer(self, session: Session) -> None:
        """Offer what was interrupted in a widget, if nothing was done in this session yet.

        What a script left behind without saving is not offered here: ``wb.recoverable()`` has it.
        """
        self._found, self._key = [], session.photo.key
        if not session.document.edits:
            key = self._key
            found = [one for one in recoverable() if one.shown]
            self._found = sorted(found, key=lambda one: one.photo_key != key)[:_MOST]
        self._show()

    def hide(self, session: Session) -> None:
        """Something was done to the session: the offer is declined, and stays in recoverable()."""
        if session.document.edits:
            self._found = []
            self._show()

    def _show(self) -> None:
        key = self._key
        self.widget.layout.display = "" if self._found else "none"
        if not self._found:
            return
        several = len(self._found) > 1
        first = self._found[0]
        what = "An interrupted session of " + (
            "this photo" if first.photo_key == key else "another photo"
        )
        said = "Interrupted sessions were found:" if several else f"{what} was found: {first}."
        self._words.value = f"<span>{html.escape(said)}</span>"
        self._which.layout.display = "" if several else "none"
        self._which.options = [
            (f"{one}{' (this photo)' if one.photo_key == key else ''}", n)
            for n, one in enumerate(self._found)
        ]
        self._which.value = 0

    def _chosen(self) -> Interrupted | None:
        return self._found[self._which.value] if self._found else None

    def _take(self) -> None:
        one = self._chosen()
        if one is not None:
            self._reopen(one)

    def _forget(self) -> None:
        one = self._chosen()
        if one is None:
            return
        try:
            one.discard()
        except Exception as error:  # noqa: BLE001 shown in the status line
            self._failed(error)
        self._found.remove(one)
        self._show()
