"""The tools beside the stage, and the deeds above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as w

from .panels.controls import Quiet
from .tools import GROUPS, REFLECTION_TOOLS, SHADOW_TOOLS, TOOLS

_BESIDE = dict((SHADOW_TOOLS, REFLECTION_TOOLS))
"""Tools with their contrary beside them, as an icon alone: the column is as high as a stage."""


class Palette:
    """One button a tool, in groups; exactly one is pressed.

    Args:
        chosen: called with the name of the tool that a person takes.

    Attributes:
        widget: the column of buttons.
        buttons: by the tool's name.
    """

    def __init__(self, chosen: Callable[[str], None]) -> None:
        self._chosen, self._quiet, self._tool = chosen, Quiet(), ""
        self.buttons: dict[str, w.ToggleButton] = {}
        rows: list[w.Widget] = []
        for title, names in GROUPS.items():
            head = w.HTML(f'<div class="wb-title">{title}</div>')
            rows.append(head)
            for name in (n for n in names if n not in _BESIDE.values()):
                beside = _BESIDE.get(name)
                made = self._button(name, "112px" if beside else "138px")
                if beside:
                    small = self._button(beside, "24px")
                    small.add_class("wb-icon")
                    made = w.HBox([made, small])
                rows.append(made)
        self.widget = w.VBox(rows, layout=w.Layout(width="142px", flex="0 0 auto"))
        self.widget.add_class("wb-palette")

    def _button(self, name: str, width: str) -> w.ToggleButton:
        tool = TOOLS[name]
        made = w.ToggleButton(
            description=tool.name,
            tooltip=tool.words + (f" ({tool.key.upper()})" if tool.key else ""),
            icon=tool.icon,
            layout=w.Layout(width=width, height="24px"),
        )
        made.observe(self._quiet.heard(self._observer(name)), "value")
        self.buttons[name] = made
        return made

    def show(self, name: str) -> None:
        """Press the button of the tool in force."""
        self._tool = name
        with self._quiet():
            for each, made in self.buttons.items():
                made.value = each == name

    def _observer(self, name: str) -> Callable[[Any], None]:
        def observe(pressed: bool) -> None:
            if pressed:
                self._chosen(name)
            elif self._tool == name:
                self.show(name)  # a tool is left by taking another one

        return observe
