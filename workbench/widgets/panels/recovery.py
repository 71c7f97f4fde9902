"""Interrupted sessions: go on with one, or forget it."""

from __future__ import annotations

import html
from collections.abc import Callable

import ipywidgets as w

from ...journal import Interrupted, recoverable
from ...session import Session
from .controls import button

_MOST = 9  # of each kind offered at once; wb.recoverable() has all


class RecoveryBar:
    """A line below the stage, there only while there is something to go on with.

    It offers the sessions of this photo; those of other photos are counted, and offered by name
    once a person asks for them.

    Args:
        reopen: called with the session that a person wants back.
        failed: what could not be forgotten is said there.
    """

    def __init__(
        self, reopen: Callable[[Interrupted], None], failed: Callable[[BaseException], None]
    ) -> None:
        self._reopen, self._failed = reopen, failed
        self._own: list[Interrupted] = []
        self._others: list[Interrupted] = []
        self._all = False
        self._words = w.HTML()
        self._which = w.Dropdown(
            layout=w.Layout(width="300px"), tooltip="Interrupted sessions, of this photo first"
        )
        self._go_on = button(
            "Go on with it", "Open the interrupted session in this widget", self._take, "history"
        )
        self._forgetting = button(
            "Forget it", "Remove the interrupted session for good", self._forget, "trash-o"
        )
        self._more = button(
            "Other photos", "Interrupted sessions of other photos as well", self._show_all
        )
        self.widget = w.HBox(
            [self._words, self._which, self._go_on, self._forgetting, self._more],
            layout=w.Layout(display="none", align_items="center", flex_flow="row wrap"),
        )
        self.widget.add_class("wb-tools").add_class("wb-bar")

    def offer(self, session: Session) -> None:
        """Offer what was interrupted in a widget, if nothing was done in this session yet.

        What a script left behind without saving is not offered here: ``wb.recoverable()`` has it.
        """
        found = [] if session.document.edits else [one for one in recoverable() if one.shown]
        key = session.photo.key
        self._own = [one for one in found if one.photo_key == key][:_MOST]
        self._others = [one for one in found if one.photo_key != key][:_MOST]
        self._all = False
        self._show()

    def hide(self, session: Session) -> None:
        """Something was done to the session: the offer is declined, and stays in recoverable()."""
        if session.document.edits:
            self._own, self._others = [], []
            self._show()

    @property
    def _offered(self) -> list[Interrupted]:
        return self._own + (self._others if self._all else [])

    def _show(self) -> None:
        offered = self._offered
        hidden = [] if self._all else self._others
        for one, shown in (
            (self.widget, offered or hidden),
            (self._which, len(offered) > 1),
            (self._go_on, offered),
            (self._forgetting, offered),
            (self._more, hidden),
        ):
            one.layout.display = "" if shown else "none"
        self._words.value = f"<span>{html.escape(self._said())}</span>"
        self._which.options = [
            (f"{one}{' (this photo)' if one in self._own else ''}", n)
            for n, one in enumerate(offered)
        ]
        self._which.value = 0 if offered else None

    def _said(self) -> str:
        offered = self._offered
        if len(offered) > 1:
            return "Interrupted sessions were found:"
        if offered:
            what = "this photo" if self._own else "another photo"
            return f"An interrupted session of {what} was found: {offered[0]}."
        several = len(self._others) > 1
        return (
            f"{len(self._others)} interrupted sessions of other photos were found."
            if several
            else "An interrupted session of another photo was found."
        )

    def _show_all(self) -> None:
        self._all = True
        self._show()

    def _chosen(self) -> Interrupted | None:
        return self._offered[self._which.value] if self._offered else None

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
        (self._own if one in self._own else self._others).remove(one)
        self._show()
