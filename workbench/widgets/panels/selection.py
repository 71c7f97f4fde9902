"""The tools from before the networks: the magic wand's values, and the screen's key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as w

from ...session import Session
from ..controller import Controller
from .controls import INNER, button, slider, titled


class SelectionPanel:
    """Tolerance and contiguity of the magic wand; a button that keys a green or blue screen."""

    def __init__(
        self, controller: Controller, do: Callable[[Callable[[Session], Any]], None]
    ) -> None:
        self._tolerance = slider(
            "Tolerance",
            "The largest difference of a colour channel that the magic wand takes along",
            0,
            128,
            1,
            controller.wand_tolerance,
        )
        self._contiguous = w.Checkbox(
            value=controller.wand_contiguous,
            description="Contiguous",
            tooltip="Only what hangs together with the clicked place",
            indent=False,
            layout=w.Layout(width=INNER),
        )

        def set_tolerance(change: Any) -> None:
            controller.wand_tolerance = change["new"]

        def set_contiguous(change: Any) -> None:
            controller.wand_contiguous = change["new"]

        self._tolerance.observe(set_tolerance, "value")
        self._contiguous.observe(set_contiguous, "value")
        key = button(
            "Chroma key",
            "Take away the one colour along the photo's border, and its light on the subject",
            lambda: do(lambda session: session.subject().chroma_key()),
            "television",
        )
        self.widget = titled("Wand and screen", self._tolerance, self._contiguous, key)
