"""The history list: every edit in words with a small picture, click to go there."""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import cv2
import numpy as np
import traitlets

from ...errors import InputError
from ...session import Session

KEPT = 400  # small pictures, some kilobytes each


class HistoryList(anywidget.AnyWidget):
    """What the page shows of the history; see ``history.js``."""

    # As text: anywidget keeps every widget of a file's path for good.
    _esm = (Path(__file__).parent.parent / "history.js").read_text("utf-8")
    entries = traitlets.List().tag(sync=True)  # of {id, words, note, gone, whole}, oldest first
    cursor = traitlets.Int(0).tag(sync=True)
    compared = traitlets.Int(-1).tag(sync=True)  # the cursor compared with; −1 for none


class HistoryPanel:
    """The list, and what is done in it.

    Args:
        do: does something to the session; what goes wrong is said.
        compare: show the difference between what is shown and the document at a cursor.
        explain: show what an edit did, by its id.

    Attributes:
        widget: the list.
    """

    def __init__(
        self,
        do: Callable[[Callable[[Session], Any]], None],
        compare: Callable[[int], None],
        explain: Callable[[str], None],
    ) -> None:
        self._do, self._compare, self._explain = do, compare, explain
        self.widget = HistoryList()
        self.widget.on_msg(lambda _, message, __: self._do(lambda s: self._hear(s, message)))
        self._pictures: OrderedDict[str, str] = OrderedDict()

    def refresh(self, session: Session, compared: int | None) -> None:
        """Show the session's edits.

        Args:
            session: whose edits.
            compared: the cursor of the document that is compared with, None for none.
        """
        with self.widget.hold_sync():
            self.widget.entries = [
                {
                    "id": one.edit.id,
                    "words": one.words,
                    "note": one.note,
                    "gone": one.active and not one.in_force,
                    "whole": one.edit.whole,
                }
                for one in session.history()
            ]
            self.widget.cursor = session.document.cursor
            self.widget.compared = -1 if compared is None else compared

    def picture(self, edit_id: str, small: np.ndarray) -> None:
        """A small picture of what an edit led to, (h, w, 3) uint8; "" is before the first."""
        good, packed = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
        if not good:
            return
        address = "data:image/jpeg;base64," + base64.b64encode(packed.tobytes()).decode()
        self._send(edit_id, address)

    def missing(self, session: Session) -> int | None:
        """The cursor of the newest edit that counts and has no small picture; None for none."""
        for n in range(session.document.cursor, 0, -1):
            if session.document.edits[n - 1].id not in self._pictures:
                return n
        return None

    def _send(self, edit_id: str, address: str) -> None:
        self._pictures.pop(edit_id, None)
        self._pictures[edit_id] = address
        while len(self._pictures) > KEPT:
            self._pictures.popitem(last=False)
        self.widget.send({"type": "picture", "id": edit_id, "address": address})

    def _hear(self, session: Session, message: Any) -> None:
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "ready":
            for edit_id, address in [*self._pictures.items()]:
                self._send(edit_id, address)
        elif kind == "go":
            session.go_to(int(message["at"]))
        elif kind == "compare":
            self._compare(int(message["at"]))
        elif kind == "effect":
            self._explain(str(message["id"]))
        elif kind == "take back":
            self._take_back(session, str(message["id"]))
        elif kind == "note":
            session.note(str(message["id"]), str(message["text"]))
        else:
            raise InputError(f"expected a message from the history list, got {message!r:.80}")

    def _take_back(self, session: Session, edit_id: str) -> None:
        """Take an edit back, or put back one that was."""
        standing = {one.edit.id: one for one in session.history()}
        one = standing.get(edit_id)
        if one is None or one.in_force:
            session.retract(edit_id)
            return
        for other in reversed(session.document.active):
            if getattr(other, "edit_id", None) == edit_id and standing[other.id].in_force:
                session.retract(other)
                return
        raise InputError("expected an edit that was taken back, got one that a later one replaced")
