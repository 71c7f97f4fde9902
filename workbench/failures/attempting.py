"""The reader's turn: a workbench on a case, the score of the attempt, and a good one beside it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import ipywidgets as w

from ..errors import WorkbenchError
from ..progress import CancelToken
from ..widgets.app import Workbench
from ..widgets.panels.controls import button, row
from ..widgets.worker import Worker
from .beginning import SEGMENTER, begin
from .case import Case
from .comparing import Comparison
from .cures import cure
from .exhibit import Exhibit
from .lessons import Lesson, lesson
from .pages import STYLE
from .scoring import Score
from .stepping import Stepper
from .symptoms import scored, verdict


class Attempt(w.VBox):
    """A workbench on a case whose truth is known; see ``attempt``.

    Attributes:
        case: the case. session: the attempt itself, live. bench: the workbench that shows it.
        good: a good one's lesson; None until it was made.
    """

    def __init__(self, case: Case, good: Lesson | None, segmenter: str, ask: str) -> None:
        self.case, self.good, self.segmenter, self.asked = case, good, segmenter, ask
        self.session = begin(case, segmenter, ask)
        self.bench = Workbench(self.session)
        self._first: Score | None = None
        self._score = button(
            "Score my attempt", "How far the matte is from the truth now", self._on_score, "check"
        )
        self._reveal = button(
            "Show a good one", "The steps of one that goes well, to compare", self._on_reveal, "eye"
        )
        self._cancel = button("Cancel", "Stop computing", self._on_cancel, "stop")
        self._cancel.layout.display = "none"
        self._told = w.HTML()
        self._picture = w.Image(format="png", layout=w.Layout(display="none", max_width="100%"))
        self._steps = w.VBox([])
        self._worker = Worker(self._on_progress)
        super().__init__(
            [
                w.HTML(STYLE),
                self.bench,
                row(self._score, self._reveal, self._cancel),
                self._told,
                self._picture,
                self._steps,
            ],
            layout=w.Layout(width="100%"),
        )
        self._say("When you like what you see, score it. The model's own answer is scored first.")

    def score(self) -> Exhibit:
        """The attempt as it is now beside the truth, without the buttons."""
        return verdict(self.session, self.case)

    def _on_score(self) -> None:
        def work(token: CancelToken) -> tuple[Score, Score, Exhibit]:
            first = self._first
            if first is None:
                alone = begin(self.case, self.segmenter, self.asked, token)
                first = scored(alone, self.case)
            self.session.render(lambda r: (r.alpha(), r.foreground()), token)
            return first, scored(self.session, self.case), self.score()

        self._worker.submit("score", work, lambda made, _: self._scored(*made), self._failed)

    def _scored(self, first: Score, now: Score, shown: Exhibit) -> None:
        self._first = first
        good = None if self.good is None else self.good[-1].score
        scores = now, first, good
        told = [_beside("Yours", [None if one is None else one.comparison for one in scores])]
        told += [f"{one.name}: SAD {one.comparison.sad:.2f}." for one in now.each]
        if now.shadow is not None:
            shadows = [None if one is None else one.shadow for one in scores]
            told.append(_beside("Your shadow", shadows))
        self._say(" ".join(told))
        self._picture.value, self._picture.layout.display = shown.png, ""

    def _on_reveal(self) -> None:
        def work(token: CancelToken) -> Lesson:
            return self.good or lesson(
                cure(self.case, self.segmenter, token), self.case, progress=token
            )

        self._worker.submit("good", work, lambda made, _: self._revealed(made), self._failed)

    def _revealed(self, made: Lesson) -> None:
        self.good = made
        self._steps.children = [Stepper(made, len(made) - 1)]
        self._say("A good one is below, step by step; its last step is shown.")

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

    def _say(self, words: str) -> None:
        self._told.value = f'<div role="status">{html.escape(words)}</div>'


def _beside(whose: str, of: Sequence[Comparison | None]) -> str:
    """The SAD of an attempt, of the model's and of a good one, those that there are."""
    names = f"{whose}: SAD", "the model alone:", "a good one:"
    told = zip(names, of, strict=True)
    return "; ".join(f"{name} {one.sad:.2f}" for name, one in told if one is not None) + "."


def attempt(
    case: Case, good: Lesson | None = None, segmenter: str = SEGMENTER, ask: str = "box"
) -> Any:
    """A workbench on a case, with a button that scores what was done in it.

    Args:
        case: what there is to mend; it is asked already.
        good: a lesson to compare with; by default ``cure(case)`` is stepped through when it is
            asked for.
        segmenter: a name from ``workbench.segmenters()``, or "auto".
        ask: "box" or "click", see ``begin``.

    Raises:
        UnknownNameError, WeightsError: the segmenter cannot be had.
    """
    return Attempt(case, good, segmenter, ask)
