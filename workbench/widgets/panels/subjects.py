"""Subjects: choose, add, name, colour, reorder, hide, delete."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as w
import traitlets

from ...session import Session
from .controls import Quiet, button, titled


class _List(anywidget.AnyWidget):
    """What the page shows of the subjects; see ``subjects.js``."""

    # As text: anywidget keeps every widget of a file's path for good.
    _esm = (Path(__file__).parent.parent / "subjects.js").read_text("utf-8")
    rows = traitlets.List().tag(sync=True)  # of {id, name, colour, hidden, found}, front to back
    value = traitlets.Unicode("").tag(sync=True)  # the id of the current one


class SubjectsPanel:
    """The subjects of a session, front to back, and what is done to the current one."""

    def __init__(self, do: Callable[[Callable[[Session], Any]], None]) -> None:
        self._do, self._quiet = do, Quiet()
        self._list = _List()
        self._found: dict[str, int] = {}
        self._name = w.Text(
            continuous_update=False, placeholder="name", layout=w.Layout(width="134px")
        )
        self._name.tooltip = "Subject name"
        self._colour = w.ColorPicker(concise=True, layout=w.Layout(width="32px"))
        self._colour.tooltip = "Subject colour"
        self._hide = button("Hide", "Leave it out of the result, or show it again", self._toggle)
        self._list.observe(self._quiet.heard(self._choose), "value")
        self._name.observe(self._quiet.heard(self._rename), "value")
        self._colour.observe(self._quiet.heard(self._recolour), "value")
        small = "32px"
        self.widget = titled(
            "Subjects, front to back",
            self._list,
            w.HBox(
                [
                    self._name,
                    self._colour,
                    button("", "Move subject forward", lambda: self._move(-1), "arrow-up", small),
                    button("", "Move subject back", lambda: self._move(1), "arrow-down", small),
                ]
            ),
            w.HBox(
                [
                    button("Add subject", "A new subject in front", self._add, "plus"),
                    self._hide,
                    button("Delete", "Delete this subject; undo brings it back", self._delete),
                ]
            ),
        )

    def refresh(self, session: Session) -> None:
        """Show the session's subjects."""
        current = session.current
        with self._quiet():
            self._list.rows = [
                {"id": s.id, "name": s.name, "colour": s.colour, "hidden": s.hidden,
                 "found": -1 if s.hidden else self._found.get(s.name, -1)}
                for s in session.subjects
            ]  # fmt: skip
            self._name.disabled = self._hide.disabled = current is None
            if current is None:  # all were deleted; the next prompt adds one
                self._name.value = ""
                return
            self._list.value = current.id
            self._name.value = current.name
            self._colour.value = current.colour
            self._hide.description = "Show" if current.hidden else "Hide"

    def badges(self, session: Session, found: dict[str, int]) -> None:
        """Say how many findings each subject has.

        Args:
            session: whose subjects.
            found: by name; a subject that is not in it was not checked.
        """
        self._found = found
        self.refresh(session)

    def _choose(self, subject_id: str) -> None:
        def act(session: Session) -> None:
            for subject in session.subjects:
                if subject.id == subject_id:
                    session.select(subject)

        self._do(act)

    def _rename(self, name: str) -> None:
        self._do(lambda s: s.subject().rename(name) if name != s.subject().name else None)

    def _recolour(self, colour: str) -> None:
        self._do(lambda s: s.subject().recolour(colour))

    def _add(self) -> None:
        def act(session: Session) -> None:
            names, number = {s.name for s in session.subjects}, 2
            while f"subject {number}" in names:
                number += 1
            session.add_subject(f"subject {number}")

        self._do(act)

    def _toggle(self) -> None:
        self._do(lambda s: s.subject().show() if s.subject().hidden else s.subject().hide())

    def _delete(self) -> None:
        self._do(lambda s: s.subject().delete())

    def _move(self, by: int) -> None:
        def act(session: Session) -> None:
            order = session.subjects
            at = order.index(session.subject())
            to = min(max(at + by, 0), len(order) - 1)
            if to != at:
                order.insert(to, order.pop(at))
                session.reorder(order)

        self._do(act)
