"""Questions that are no gesture: a few words, drop clicks on the neighbours, a second look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as w

from ... import segment
from ...progress import CancelToken
from ...session import Session
from ..worker import Worker
from .controls import INNER, button, titled


class PromptsPanel:
    """Ask in words where the segmenter takes them; keep away from the other subjects; look again.

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
        self._second = button(
            "Second look",
            "Weigh the mask against colours and against what stands out in its box: for a mask "
            "that is wrong in parts",
            self._look_again,
            "binoculars",
        )
        self.widget = titled("More prompts", self._words, self._others, self._second)

    def refresh(self, session: Session) -> None:
        """Show what can be asked of the segmenter in use, about these subjects."""
        words = "text" in segment.capabilities(session.segmenter)
        self._words.layout.display = "" if words else "none"
        several = len([s for s in session.subjects if not s.hidden]) > 1
        self._others.layout.display = "" if several else "none"
        now = session.current
        asked = now is not None and not now.state.untouched
        self._second.layout.display = "" if asked else "none"
        self.widget.layout.display = "" if words or several or asked else "none"

    def _ask(self) -> None:
        self._do(lambda session: session.subject().ask(self._text.value))

    def _look_again(self) -> None:
        session = self._session()
        subject, at = session.subject(), session.document

        def ready(token: CancelToken) -> None:
            segment.second_look_identity()  # hashes a file, once
            session.render(lambda r: r.subject(subject.id).corrected, token)

        def done(_: None, seconds: float) -> None:
            if session.document is at:
                self._do(lambda _: subject.second_look())

        # Where it looks hangs on the mask, which may not be there yet.
        self._worker.submit("second look", ready, done, self._failed)

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
