"""The settings of the tool and of the view in force, above the stage, as in Photoshop."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets as w

from ..controller import Controller
from ..tools import TOOLS
from .controls import Quiet, button

_PRESETS = {
    "Soft brush": ("For hair, fur and other organic edges: hardness 15 %", 0.15),
    "Crisp brush": ("For hard edges such as products: hardness 90 %", 0.9),
}


class OptionsBar:
    """What the tool and the view in force can be set to; only what they have is shown.

    Args:
        changed: called when a brush's setting changed: its ring and its echo follow.
        coloured: called when the colour behind the cut-out changed.
    """

    def __init__(
        self,
        controller: Controller,
        changed: Callable[[], None],
        coloured: Callable[[], None],
    ) -> None:
        self._controller, self._quiet = controller, Quiet()
        self._words = w.HTML(layout=w.Layout(flex="1 1 120px", min_width="0"))
        self._words.add_class("wb-hint")
        # A brush of 3 and one of 300 pixels are equally far apart from one of 30.
        self.size = w.FloatLogSlider(
            value=40, base=10, min=0, max=3, step=0.01, readout_format=".0f",
            description="Size", tooltip="Diameter in pixels of the photo ([ and ])",
            continuous_update=False,
        )  # fmt: skip
        share = {"min": 0, "max": 100, "step": 1, "readout_format": ".0f"}
        self.hardness = w.FloatSlider(
            description="Hardness",
            tooltip="0–30 % for hair and fur, 80–100 % for crisp edges (Shift+[ and ])", **share,
        )  # fmt: skip
        self.opacity = w.FloatSlider(
            description="Opacity", tooltip="How certain a stroke is, at most", **share
        )
        self.flow = w.FloatSlider(
            description="Flow", tooltip="How fast a stroke builds up to its opacity", **share
        )
        self.tolerance = w.FloatSlider(
            description="Tolerance", min=0, max=128, step=1, readout_format=".0f",
            tooltip="The largest difference of a colour channel that the magic wand takes along",
        )  # fmt: skip
        self.contiguous = w.Checkbox(
            description="Contiguous", indent=False, layout=w.Layout(width="110px"),
            tooltip="Only what hangs together with the clicked place",
        )  # fmt: skip
        self.colour = w.ColorPicker(description="Colour", layout=w.Layout(width="190px"))
        self.colour.tooltip = (
            "The colour behind the cut-out in the view On colour; the Eyedropper takes one of the "
            "photo"
        )
        for one in (self.size, self.hardness, self.opacity, self.flow, self.tolerance):
            one.layout = w.Layout(flex="0 1 190px", min_width="128px", width="190px")
            one.style.description_width = "initial"
            one.continuous_update = False
        self.presets = w.HBox(
            [
                button(name, words, self._preset(hardness))
                for name, (words, hardness) in _PRESETS.items()
            ],
            layout=w.Layout(flex="0 0 auto"),  # what a button says is never cut off
        )
        self.presets.add_class("wb-tools")
        self._shown: dict[str, tuple[w.Widget, ...]] = {
            "size": (self.size,),
            "hardness": (self.hardness, self.presets),
            "opacity": (self.opacity,),
            "flow": (self.flow,),
            "tolerance": (self.tolerance,),
            "contiguous": (self.contiguous,),
            "colour": (self.colour,),
        }
        for control, name, unit, heard in (
            (self.size, "brush_size", 1, changed),
            (self.hardness, "brush_hardness", 100, changed),
            (self.opacity, "brush_opacity", 100, changed),
            (self.flow, "brush_flow", 100, changed),
            (self.tolerance, "wand_tolerance", 1, None),
            (self.contiguous, "wand_contiguous", None, None),
            (self.colour, "colour", None, coloured),
        ):
            control.observe(self._quiet.heard(self._setter(name, unit, heard)), "value")
        parts = [widget for widgets in self._shown.values() for widget in widgets]
        # Always as high: the stage must not move under a hand that has just taken a tool.
        self.widget = w.HBox(
            [*parts, self._words],
            layout=w.Layout(
                flex_flow="row nowrap", align_items="center", height="34px", overflow="hidden"
            ),
        )
        self.widget.add_class("wb-options")
        self._changed = changed

    def show(self) -> None:
        """The controller's values, and of the controls those that tool and view have."""
        controller, tool = self._controller, TOOLS[self._controller.tool]
        wanted = {*tool.options, *(("colour",) if controller.view_mode == "On colour" else ())}
        # "Brush keep" is on the pressed button already; here is what it does.
        words = html.escape(tool.words)
        self._words.value = f'<div class="wb-words" title="{words}">{words}</div>'
        for name, widgets in self._shown.items():
            for widget in widgets:
                widget.layout.display = "" if name in wanted else "none"
        with self._quiet():
            self.size.value = min(max(controller.brush_size, 1), 1000)
            self.hardness.value = 100 * controller.brush_hardness
            self.opacity.value = 100 * controller.brush_opacity
            self.flow.value = 100 * controller.brush_flow
            self.tolerance.value = controller.wand_tolerance
            self.contiguous.value = controller.wand_contiguous
            self.colour.value = controller.colour

    def _setter(
        self, name: str, unit: float | None, heard: Callable[[], None] | None
    ) -> Callable[[Any], None]:
        def set_it(value: Any) -> None:
            if name == "brush_size":
                value = float(round(value))
            elif unit is not None:
                value = round(value / unit, 4)
            setattr(self._controller, name, value)
            if heard is not None:
                heard()

        return set_it

    def _preset(self, hardness: float) -> Callable[[], None]:
        def act() -> None:
            self._controller.brush_hardness = hardness
            self._changed()

        return act
