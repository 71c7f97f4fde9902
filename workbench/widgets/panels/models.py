"""Which model answers, and how to get a better one."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as w

from ... import segment
from ...files import readable_size
from ...session import Session
from .controls import Quiet, button, choice, titled

_OFFERED = ("vit_b", "vit_l", "vit_h", "lite")  # what is worth fetching, the smallest step first


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
    ) -> None:
        self._use, self._fetch, self._start, self._quiet = use, fetch, start, Quiet()
        self._choice = choice("Model")
        self._choice.observe(self._quiet.heard(use), "value")
        self._offer = w.Dropdown(layout=w.Layout(width="122px"))
        self._offer.tooltip = "A model that can be fetched"
        self._get = button(
            "Fetch model", "Download these weights and use them", self._fetch_chosen, "download"
        )
        self._row = w.HBox([self._offer, self._get])
        self._automatic = w.Dropdown(layout=w.Layout(width="122px"))
        self._automatic.tooltip = "A model that makes a mask without a click"
        self._auto = button(
            "Auto mask",
            "A starting mask without a click; weights that are missing are fetched first",
            self._start_chosen,
            "magic",
        )
        row = w.HBox([self._automatic, self._auto])
        self.widget = titled("Model", self._choice, self._row, row)
        self.rescan()

    def _fetch_chosen(self) -> None:
        if self._offer.value:
            self._fetch(self._offer.value)

    def _start_chosen(self) -> None:
        if self._automatic.value:
            self._start(self._automatic.value)

    def rescan(self) -> None:
        """Look again what is ready and what could be fetched (some milliseconds)."""
        self._states = segment.segmenters()
        self._starts = [
            (name if state.ready else f"{name}, {readable_size(state.bytes or 0)} to fetch", name)
            for name, state in segment.automatic_models().items()
            if state.ready or not state.missing
        ]

    def refresh(self, session: Session) -> None:
        """Show what is ready and what could be fetched, as of the last ``rescan``."""
        states = self._states
        ready = [name for name, state in states.items() if state.ready]
        if session.segmenter not in ready:
            ready.insert(0, session.segmenter)
        offers = [
            (f"{name}, {readable_size(states[name].bytes or 0)}", name)
            for name in _OFFERED
            if name in states and not states[name].ready and states[name].weights
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
