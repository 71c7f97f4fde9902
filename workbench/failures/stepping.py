"""A lesson in a notebook: buttons, a slider, and the step that they are at."""

from __future__ import annotations

import ipywidgets as w

from ..widgets.panels.controls import button, row
from .lessons import Lesson
from .pages import STYLE, section


class Stepper(w.VBox):
    """Steps through a lesson.

    Args:
        lesson: whose steps.
        at: the step that is shown first, from 0.

    Attributes:
        at: the step that is shown; setting it goes there.
    """

    def __init__(self, lesson: Lesson, at: int = 0) -> None:
        self.lesson = lesson
        last = len(lesson) - 1
        self._slider = w.IntSlider(
            at, 0, last, description="Step", readout=False, layout=w.Layout(width="320px")
        )
        self._slider.tooltip = "Which edit is the last that counts"
        self._back = button("Previous", "One edit back", lambda: self._move(-1), "arrow-left")
        self._next = button("Next", "One edit on", lambda: self._move(+1), "arrow-right")
        there = button(
            "Take the session there",
            "Undo or redo as far as this step in the session itself: a workbench that shows it "
            "follows",
            lambda: lesson.session.go_to(lesson[self.at].cursor),
            "share",
        )
        self._shown = w.HTML()
        self._slider.observe(lambda _: self._show(), "value")
        super().__init__(
            [w.HTML(STYLE), row(self._back, self._next, self._slider, there), self._shown],
            layout=w.Layout(width="100%"),
        )
        self._show()

    @property
    def at(self) -> int:
        """The step that is shown, from 0."""
        return int(self._slider.value)

    @at.setter
    def at(self, step: int) -> None:
        self._slider.value = step

    def _move(self, by: int) -> None:
        self._slider.value += by  # the slider keeps it within its ends

    def _show(self) -> None:
        self._back.disabled = self.at == 0
        self._next.disabled = self.at == len(self.lesson) - 1
        self._shown.value = f'<div class="wbl">{section(self.lesson, self.at)}</div>'
