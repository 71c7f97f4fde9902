"""What the stage shows: the view mode, and how strong the overlay is."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as w

from ..controller import Controller
from ..looks import BEHIND_MODES, VIEW_MODES
from ..showing import Showing
from .controls import Quiet


class ViewControls:
    """View mode, and in one place overlay opacity or what lies behind, for the row above the stage.

    behind: what chooses the latter. many: what chooses how many there are at once.
    """

    def __init__(
        self, controller: Controller, showing: Showing, looked: Callable[[], None],
        behind: w.Widget, many: w.Widget,
    ) -> None:  # fmt: skip
        self._controller, self._showing, self._quiet = controller, showing, Quiet()
        self.mode = w.Dropdown(
            description="View", options=VIEW_MODES, tooltip="What the stage shows (F, Shift+F)",
            style={"description_width": "36px"}, layout=w.Layout(width="176px"),
        )  # fmt: skip
        self.opacity = w.FloatSlider(
            description="Overlay", tooltip="How strong the overlay is", min=0, max=1, step=0.05,
            value=showing.opacity, continuous_update=False, readout=False,
            style={"description_width": "54px"}, layout=w.Layout(width="140px"),
        )  # fmt: skip

        def set_mode(mode: str) -> None:
            controller.view_mode = mode
            self.refresh()
            looked()

        def set_opacity(opacity: float) -> None:
            showing.opacity = opacity
            looked()

        self.mode.observe(self._quiet.heard(set_mode), "value")
        self.opacity.observe(self._quiet.heard(set_opacity), "value")
        self._behind, self._many = behind, many
        self.widgets = (self.mode, self.opacity, behind, many)
        self.refresh()

    def refresh(self) -> None:
        """Show the controller's values."""
        with self._quiet():
            self.mode.value = mode = self._controller.view_mode
        laid = mode in ("Overlay", "Onion skin", "Difference")
        # One takes the other's place, or keeps it hidden: the row must not jump with the view.
        on = mode in BEHIND_MODES
        many = mode == "Backgrounds"
        self._behind.layout.display = "" if on else "none"
        self._many.layout.display = "" if many else "none"
        self.opacity.layout.display = "none" if on or many else ""
        self.opacity.layout.visibility = "visible" if laid else "hidden"
