"""What is shown held against something else: an earlier edit, what was pinned, another session."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as w

from ...session import open_sessions
from ..controller import Controller
from ..looks import COMPARABLE, COMPARISONS
from ..showing import Showing
from .controls import Quiet

_BEFORE, _PIN, _PINNED = "before", "pin", "pinned"


class ComparingControls:
    """How it is compared, and with what, for the row below the stage.

    Args:
        showing: draws the comparison.
        changed: called when another one is wanted.

    Attributes:
        widgets: the two lists; the second is there only while something is compared.
    """

    def __init__(self, showing: Showing, changed: Callable[[], None]) -> None:
        self._showing, self._changed, self._quiet = showing, changed, Quiet()
        self.how = w.Dropdown(
            description="Compare", options=COMPARISONS, layout=w.Layout(width="172px"),
            tooltip="Show what the view shows beside, in turn with or divided from how it was "
            "before, how it was when you pinned it, or another session",
            style={"description_width": "60px"},
        )  # fmt: skip
        self.against = w.Dropdown(
            description="with", layout=w.Layout(width="236px", display="none"),
            tooltip="What it is compared with", style={"description_width": "32px"},
        )  # fmt: skip
        self.how.observe(self._quiet.heard(self._set_how), "value")
        self.against.observe(self._quiet.heard(self._set_against), "value")
        self.widgets = (self.how, self.against)

    def refresh(self, controller: Controller) -> None:
        """Show what there is to compare with, and what is compared."""
        showing, session = self._showing, controller.session
        options = [("the edit before", _BEFORE)]
        if showing.compared is not None:
            options.append((f"the state {showing.against_edit}", _PINNED))
        options.append(("pin what is shown now", _PIN))
        for other in open_sessions():
            if other is not session and other.photo.shape == session.photo.shape:
                count = len(other.document.active)
                words = f"{other.name} ({other.segmenter}, {count} edit{'s'[: count != 1]})"
                options.append((words, other.id))
        rival = showing.rival.id if showing.rival is not None else None
        chosen = rival or (_BEFORE if showing.compared is None else _PINNED)
        with self._quiet():
            self.how.value = controller.comparison
            self.how.disabled = controller.view_mode not in COMPARABLE
            if list(self.against.options) != options:  # after each edit they are mostly the same
                self.against.options = options
            self.against.value = chosen if any(key == chosen for _, key in options) else _BEFORE
        self.against.layout.display = "none" if controller.comparison == "Off" else ""

    def _set_how(self, how: str) -> None:
        self._showing.controller.comparison = how
        if how == "Off":
            self._showing.forget_rival()  # of a large photo that is hundreds of megabytes
        self._changed()

    def _set_against(self, which: str) -> None:
        showing = self._showing
        document = showing.session.document
        showing.rival = next((one for one in open_sessions() if one.id == which), None)
        if which == _PIN:
            showing.compared = document.cursor
        elif which != _PINNED:
            showing.compared = None
        showing.forget_rival()
        self._changed()
