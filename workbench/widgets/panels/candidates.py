"""Which of a model's answers counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as w

from ...session import Session
from .controls import button, closed, titled


class CandidatesPanel:
    """The candidates of the last prediction with their scores."""

    def __init__(self, do: Callable[[Callable[[Session], Any]], None]) -> None:
        self._do = do
        self._row = w.HBox([])
        self.widget = titled("Candidates", self._row)
        self.widget.layout.display = "none"

    def show(self, scores: tuple[float, ...], chosen: int) -> None:
        """One button a candidate; nothing to choose, no panel."""
        self.widget.layout.display = "flex" if len(scores) > 1 else "none"
        if len(scores) <= 1:
            return
        made = []
        for n, score in enumerate(scores):
            one = button(f"{n + 1}: {score:.2f}", f"Candidate {n + 1}, the model's own score "
                         f"{score:.2f}", self._chooser(n))  # fmt: skip
            one.button_style = "info" if n == min(chosen, len(scores) - 1) else ""
            made.append(one)
        before = self._row.children
        self._row.children = made
        closed(*before)

    def wait(self) -> None:
        """Something was asked since: what is shown cannot be chosen until the answer comes."""
        for one in self._row.children:
            one.disabled = True

    def _chooser(self, candidate: int) -> Callable[[], None]:
        return lambda: self._do(lambda session: session.subject().choose(candidate))
