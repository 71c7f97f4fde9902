"""A failure mode under a slider: the severity, and the error beside it, live."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as w

from ..errors import WorkbenchError
from ..progress import CancelToken
from ..widgets.panels.controls import button, row
from ..widgets.worker import Worker
from .beginning import SEGMENTER
from .symptoms import Symptom, symptom

_STEP = 0.1
_UNSEEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
_KEPT = 24  # pictures that are remembered, so that going back costs nothing


class Explorer(w.VBox):
    """A mode's slider; see ``explore``.

    Attributes:
        shown: the symptom that was made last.
    """

    def __init__(self, mode: str, severity: float, seed: int, segmenter: str, ask: str) -> None:
        self.mode, self.segmenter, self.asked = mode, segmenter, ask
        # Words and picture alone: a session holds megabytes.
        self._known: dict[tuple[float, int], tuple[str, str, bytes]] = {}
        self._severity = w.FloatSlider(
            severity, min=0, max=1, step=_STEP, description="Severity", readout_format=".1f",
            layout=w.Layout(width="360px"),
        )  # fmt: skip
        self._severity.tooltip = "How far the scene is from an easy one"
        self._seed = w.BoundedIntText(
            seed, min=0, max=10_000, description="Scene", layout=w.Layout(width="160px")
        )
        self._seed.tooltip = "Another subject, background and kind of the same trouble"
        self._told = w.HTML()
        self._cancel = button("Cancel", "Stop computing", self._on_cancel, "stop")
        self._cancel.layout.display = "none"
        self._picture = w.Image(format="png", layout=w.Layout(max_width="100%"))
        self._worker = Worker(self._on_progress)
        super().__init__(
            [row(self._severity, self._seed, self._cancel), self._told, self._picture],
            layout=w.Layout(width="100%"),
        )
        # The first is made at once, so that there is something to see wherever this is shown.
        self.shown = symptom(mode, severity, seed, segmenter, ask)
        self._made(self.shown)
        self._severity.observe(lambda _: self._ask(), "value")
        self._seed.observe(lambda _: self._ask(), "value")

    @property
    def severity(self) -> float:
        """What the slider says; setting it moves it."""
        return round(float(self._severity.value), 3)

    @severity.setter
    def severity(self, value: float) -> None:
        self._severity.value = value

    def _ask(self) -> None:
        at = self.severity, int(self._seed.value)
        known = self._known.get(at)
        if known is not None:
            self._worker.cancel()
            self._show(*known)
            return

        def work(token: CancelToken) -> Symptom:
            return symptom(self.mode, *at, self.segmenter, self.asked, token)

        # A newer place of the slider takes the place of one that is not answered yet.
        self._worker.submit("symptom", work, lambda made, _: self._made(made), self._failed)

    def _made(self, made: Symptom) -> None:
        self.shown = made
        found = made.case.why, f"{made.score}.", made.exhibit.png
        self._known[made.case.severity, made.case.seed] = found
        while len(self._known) > _KEPT:
            del self._known[next(iter(self._known))]
        self._show(*found)

    def _show(self, why: str, score: str, png: bytes) -> None:
        # The picture has the score in letters; who hears the page is told it as well.
        self._say(why, unseen=score)
        self._picture.value = png

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, WorkbenchError):
            raise error
        self._say(str(error))

    def _on_cancel(self) -> None:
        self._worker.cancel()

    def _on_progress(self, fraction: float | None, words: str | None) -> None:
        self._cancel.layout.display = "none" if words is None else ""
        if words is not None:
            self._say(f"{words} … {'' if fraction is None else f'{fraction:.0%}'}")

    def _say(self, words: str, unseen: str = "") -> None:
        also = f' <span style="{_UNSEEN}">{html.escape(unseen)}</span>' if unseen else ""
        self._told.value = f'<div role="status">{html.escape(words)}{also}</div>'


def explore(
    mode: str,
    severity: float = 0.6,
    seed: int = 0,
    segmenter: str = SEGMENTER,
    ask: str = "box",
) -> Any:
    """A slider for the severity of a mode, with what the default settings make of it beside it.

    ``symptom`` is the same without a widget.

    Args:
        mode, severity, seed: of the case, see ``workbench.failures.case``.
        segmenter: a name from ``workbench.segmenters()``, or "auto".
        ask: "box" or "click", see ``begin``.

    Raises:
        UnknownNameError, InputError: no such mode, segmenter or severity.
    """
    return Explorer(mode, severity, seed, segmenter, ask)
