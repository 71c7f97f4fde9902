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
    """The segmenter in use, those that are ready, and a button that fetches a better one."""

    def __init__(self, use: Callable[[str], None], fetch: Callable[[str], None]) -> None:
        self._use, self._fetch, self._quiet = use, fetch, Quiet()
        self._choice = choice("Model")
        self._choice.observe(self._quiet.heard(use), "value")
        self._offer = w.Dropdown(layout=w.Layout(width="122px"))
        self._offer.tooltip = "A model that can be fetched"
        self._get = button(
            "Fetch model", "Download these weights and use them", self._fetch_chosen, "download"
        )
        self._row = w.HBox([self._offer, self._get])
        self.widget = titled("Model", self._choice, self._row)
        self.rescan()

    def _fetch_chosen(self) -> None:
        if self._offer.value:
            self._fetch(self._offer.value)

    def rescan(self) -> None:
        """Look again what is ready and what could be fetched (some milliseconds)."""
        self._states = segment.segmenters()

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
