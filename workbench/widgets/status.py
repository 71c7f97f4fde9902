"""The line below the stage: what was done, what goes on, what went wrong."""

from __future__ import annotations

import html
import traceback
from collections.abc import Callable

import ipywidgets as w

from ..document import Document
from ..errors import CancelledError, WorkbenchError
from .canvas import Stage
from .panels.controls import button


class Status:
    """Words, progress and the way to stop what runs.

    Args:
        stage: shows the progress in its corner.
        cancel: stops what is running.

    Attributes:
        widget: the line, with the button Cancel while something runs.
        deed: what was done last, in words; "" where nothing was done yet.
    """

    def __init__(self, stage: Stage, cancel: Callable[[], None]) -> None:
        self._stage = stage
        self._line = w.HTML(layout=w.Layout(flex="1 1 auto", min_width="0"))
        self._cancel = button("Cancel", "Stop what is running", cancel, "stop")
        self._cancel.layout.display = "none"
        self.widget = w.HBox([self._line, self._cancel])
        self._busy: dict[str, tuple[str, float | None]] = {}
        self._seen = 0, 0  # how many edits there were, and where the cursor stood
        self.deed = ""

    @property
    def value(self) -> str:
        """The line as HTML."""
        return self._line.value

    def say(self, words: str) -> None:
        """Plain words; what may come from a file cannot become HTML here."""
        self._line.value = (
            f'<div class="wb-status" role="status" aria-live="polite">{html.escape(words)}</div>'
        )

    def failed(self, error: BaseException) -> None:
        """Say what went wrong; what was not foreseen comes with a traceback to copy."""
        if isinstance(error, CancelledError):
            self.say("Cancelled.")
            return
        words = str(error) or type(error).__name__
        more = ""
        if not isinstance(error, WorkbenchError):
            trace = "".join(traceback.format_exception(error))
            words = f"{type(error).__name__}: {words}"
            more = f"<details><summary>Traceback</summary><pre>{html.escape(trace)}</pre></details>"
        self._line.value = (
            f'<div class="wb-status wb-bad" role="status" aria-live="assertive">'
            f"{html.escape(words)}{more}</div>"
        )

    def progress_of(self, who: str) -> Callable[[float | None, str | None], None]:
        """What one of several workers says of its work; the answers to a hand come first."""

        def on_progress(fraction: float | None, words: str | None) -> None:
            self._busy.pop(who, None)
            if words is not None:
                self._busy[who] = words, fraction
            shown = self._busy.get("answers") or next(iter(self._busy.values()), None)
            self._stage.busy(*(shown or (None, None)))
            self._cancel.layout.display = "inline-block" if shown else "none"

        return on_progress

    def follow(self, document: Document, fresh: bool = False) -> None:
        """Put into words what happened to a document since this was last called.

        Args:
            document: as it is now.
            fresh: another document is shown from now on, in which nothing has happened yet.
        """
        (made, cursor), self._seen = self._seen, (len(document.edits), document.cursor)
        if fresh or not document.active:
            self.deed = ""
        else:
            again = "Redid: " if document.cursor > cursor and len(document.edits) == made else ""
            self.deed = again + document.active[-1].words()
        if not fresh and document.cursor < cursor and document.cursor < len(document.edits):
            self.deed = f"Undid: {document.edits[document.cursor].words()}"
