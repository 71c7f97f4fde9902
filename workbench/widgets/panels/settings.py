"""How the matte is made, and which of a model's answers counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as w

from ...matte import matting_methods
from ...session import Session
from .controls import Quiet, button, choice, closed, slider, titled


class MattePanel:
    """Band, matting method, edges and colours of the current subject."""

    def __init__(self, do: Callable[[Callable[[Session], Any]], None]) -> None:
        self._do, self._quiet = do, Quiet()
        self._method = choice("Method", "How the soft edge is solved", matting_methods())
        self._radius = slider("Radius", "How far to search for the edge, px: more for hair", 0, 60,
                              1, 10)  # fmt: skip
        self._smooth = slider("Smooth", "Even out a ragged outline, 0–100", 0, 100, 1, 0)
        self._feather = slider("Feather", "Soften the edge, px", 0, 20, 0.5, 0)
        self._contrast = slider("Contrast", "Make a soft edge crisper, 0–100", 0, 100, 1, 0)
        self._shift = slider("Shift edge", "Outward or inward, % of the radius", -100, 100, 5, 0)
        self._clean = slider("Clean colour", "Take the old background out of the edge", 0, 1, 0.05,
                             1)  # fmt: skip
        for control, act in (
            (self._method, lambda s, v: s.matte(v)),
            (self._radius, lambda s, v: s.trimap_settings(radius=v)),
            (self._smooth, lambda s, v: s.edges(smooth=v)),
            (self._feather, lambda s, v: s.edges(feather=v)),
            (self._contrast, lambda s, v: s.edges(contrast=v)),
            (self._shift, lambda s, v: s.edges(shift=v)),
            (self._clean, lambda s, v: s.decontaminate(v)),
        ):
            control.observe(self._quiet.heard(self._acting(act)), "value")
        self.widget = w.VBox(
            [
                titled("Matte", self._method, self._radius),
                titled("Edge", self._smooth, self._feather, self._contrast, self._shift),
                titled("Colours", self._clean),
            ]
        )

    def _acting(self, act: Callable[[Any, Any], Any]) -> Callable[[Any], None]:
        return lambda value: self._do(lambda session: act(session.subject(), value))

    def refresh(self, session: Session) -> None:
        """Show the current subject's settings."""
        if session.current is None:
            return
        now = session.current.settings
        with self._quiet():
            self._method.value = now.method
            self._radius.value = now.radius
            self._smooth.value = now.smooth
            self._feather.value = now.feather
            self._contrast.value = now.contrast
            self._shift.value = now.shift
            self._clean.value = now.amount


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
