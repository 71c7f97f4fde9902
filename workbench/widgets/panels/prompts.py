"""Prompts that are no gesture: a few words, and drop clicks on the neighbours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as w

from ... import segment
from ...session import Session
from ..worker import Worker
from .controls import INNER, button, titled


class PromptsPanel:
    """Ask in words where the segmenter takes them; keep away from the other subjects.

    Args:
        session: gives the session that is shown now.
        worker: makes the masks that are needed.
        do: does something to the session.
        say, failed: for the status line.
    """

    def __init__(
        self,
        session: Callable[[], Session],
        worker: Worker,
        do: Callable[[Callable[[Session], Any]], None],
        say: Callable[[str], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._session, self._worker = session, worker
        self._do, self._say, self._failed = do, say, failed
        self._text = w.Text(
            placeholder="a few words, such as: a dog",
            continuous_update=False,
            layout=w.Layout(width=INNER),
        )
        self._text.tooltip = "Ask in words"
        ask = button("Ask in words", "Find what the words name", self._ask, "comment-o")
        self._words = w.VBox([self._text, ask])
        self._others = button(
            "Drop on neighbours",
            "Drop clicks on the other subjects where they touch this one; each can be taken back",
            self._avoid,
            "users",
        )
        self.widget = titled("More prompts", self._words, self._others)

    def refresh(self, session: Session) -> None:
        """Show what can be asked of the segmenter in use, about these subjects."""
        words = "text" in segment.capabilities(session.segmenter)
        self._words.layout.display = "" if words else "none"
        several = len([s for s in session.subjects if not s.hidden]) > 1
        self._others.layout.display = "" if several else "none"
        self.widget.layout.display = "" if words or several else "none"

    def _ask(self) -> None:
        self._do(lambda session: session.subject().ask(self._text.value))

    def _avoid(self) -> None:
        session = self._session()
        subject, at = session.subject(), session.document

        def done(points: list[tuple[float, float]], seconds: float) -> None:
            if session.document is not at:
                return  # something was done meanwhile
            if not points:
                self._say("No other subject touches this one.")

            def drop(_: Session) -> None:
                for x, y in points:
                    subject.click(x, y, keep=False)

            self._do(drop)

        self._worker.submit(
            "neighbours", lambda token: subject.points_on_others(progress=token), done, self._failed
        )
