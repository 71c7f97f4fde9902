"""Which model answers, and how to get a better one."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as w

from ... import segment
from ...files import readable_size
from ...session import Session
from .controls import Quiet, button, choice, titled


class ModelPanel:
    """The segmenter in use, a button that fetches a better one, and one for a mask without a click.

    Models whose licence does not allow commercial use are offered in code alone, where that is
    said.
    """

    def __init__(
        self,
        use: Callable[[str], None],
        fetch: Callable[[str], None],
        start: Callable[[str], None],
        turn: Callable[[], None],
    ) -> None:
        self._use, self._fetch, self._start, self._quiet = use, fetch, start, Quiet()
        self._choice = choice("Model", "The segmenter that answers to clicks, boxes and strokes")
        self._choice.observe(self._quiet.heard(use), "value")
        self._offer = w.Dropdown(layout=w.Layout(width="252px"))
        self._offer.tooltip = "Models that can be fetched, the smallest first"
        self._get = button(
            "Fetch model", "Download these weights and use them", self._fetch_chosen, "download"
        )
        self._row = w.VBox([self._offer, self._get])
        self._automatic = w.Dropdown(layout=w.Layout(width="252px"))
        self._automatic.tooltip = "A model that makes a mask without a click"
        self._auto = button(
            "Auto mask",
            "A starting mask without a click; weights that are missing are fetched first",
            self.start,
            "magic",
        )
        turned = button(
            "Best turn",
            "For a subject that lies or stands on its head: put the last question with the photo "
            "turned each way, and go on with the turn that the model answers best",
            turn,
            "rotate-right",
        )
        self.widget = w.VBox(
            [
                titled("Segmenter", self._choice, turned),
                titled("More segmenters", self._row),
                titled("A mask without a click", self._automatic, self._auto),
            ]
        )
        self.rescan()

    def _fetch_chosen(self) -> None:
        if self._offer.value:
            self._fetch(self._offer.value)

    def start(self) -> None:
        """A starting mask by the chosen automatic model."""
        if self._automatic.value:
            self._start(self._automatic.value)

    def _wants(self, name: str) -> str:
        """What else a model needs than its weights, in a word; "" for nothing."""
        state = self._states[name]
        return " + a package" if state.missing else " by hand" if state.by_hand else ""

    def rescan(self) -> None:
        """Look again what is ready and what could be fetched (some milliseconds)."""
        self._states = segment.segmenters()
        self._starts = [
            (_start(name, state), name)
            for name, state in segment.automatic_models().items()
            if state.ready or not state.missing
        ]

    def refresh(self, session: Session) -> None:
        """Show what is ready and what could be fetched, as of the last ``rescan``."""
        states = self._states
        ready = [name for name, state in states.items() if state.ready]
        if session.segmenter not in ready:
            ready.insert(0, session.segmenter)
        # What can be had by a press of the button comes first, then what wants a package or a
        # visit to a page, which the button says.
        lacking = [name for name, state in states.items() if not state.ready and state.weights]
        lacking.sort(key=lambda name: (self._wants(name) != "", states[name].bytes or 0))
        offers = [
            (f"{name}, {readable_size(states[name].bytes or 0)}{self._wants(name)}", name)
            for name in lacking
        ]
        with self._quiet():
            if tuple(self._choice.options) != tuple(ready):
                self._choice.options = ready
            self._choice.value = session.segmenter
            if tuple(self._offer.options) != tuple(offers):
                self._offer.options = offers
                self._offer.value = offers[0][1] if offers else None
            self._row.layout.display = "flex" if offers else "none"
            if tuple(self._automatic.options) != tuple(self._starts):
                chosen = self._automatic.value
                self._automatic.options = self._starts
                names = [name for _, name in self._starts]
                self._automatic.value = chosen if chosen in names else next(iter(names), None)


def _start(name: str, state: segment.Availability) -> str:
    """A model that asks nothing, as the list names it, and what is to be known beforehand."""
    size = readable_size(state.download or state.bytes or 0)
    fetch = "" if state.ready else f", {size} to fetch"
    return f"{name}{fetch}{', copyleft' if state.copyleft else ''}"
