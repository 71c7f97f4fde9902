"""What each prompt does: the mask without it, shown on the stage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as w

from ...session import Session
from ..showing import Showing
from ..worker import Worker
from .controls import INNER, Quiet, button, titled


class AttributionPanel:
    """A list of the current subject's prompts with what each one adds and takes away.

    Args:
        session: gives the session that is shown now.
        worker: computes, one prediction a prompt.
        showing: shows the difference that the chosen prompt makes.
        do: does something to the session.
        say, failed: for the status line.
    """

    def __init__(
        self,
        session: Callable[[], Session],
        worker: Worker,
        showing: Showing,
        do: Callable[[Callable[[Session], Any]], None],
        say: Callable[[str], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._session, self._worker, self._showing = session, worker, showing
        self._do, self._say, self._failed, self._quiet = do, say, failed, Quiet()
        self._found: tuple[Any, ...] = ()
        self._ask = button(
            "What does each prompt do?",
            "Ask the model again without each prompt in turn, and show the difference",
            self._compute,
            "question-circle-o",
        )
        self._list = w.Select(rows=5, layout=w.Layout(width=INNER, display="none"))
        self._list.tooltip = "Prompts, with the pixels that each adds and takes away"
        self._list.observe(self._quiet.heard(self._show), "value")
        self._drop = button("Take back this prompt", "Retract it; undo brings it back",
                            self._take_back, "times")  # fmt: skip
        self._drop.layout.display = "none"
        self.widget = titled("Prompts", self._ask, self._list, self._drop)

    def forget(self) -> None:
        """Something changed: what was found is of another document."""
        if not self._found:
            return
        self._found = ()
        self._list.layout.display = self._drop.layout.display = "none"

    def _compute(self) -> None:
        session = self._session()
        subject, at = session.subject(), session.document

        def done(found: tuple[Any, ...], seconds: float) -> None:
            if session.document is not at:
                return  # something was done meanwhile
            self._found = found
            lines = [
                (f"{one.edit.words()}: +{one.gained:,.0f} −{one.lost:,.0f} px", n)
                for n, one in enumerate(found)
            ]
            with self._quiet():
                self._list.options, self._list.value = lines, None
            self._list.layout.display = "" if lines else "none"
            if lines:
                self._list.value = max(
                    range(len(found)), key=lambda n: found[n].gained + found[n].lost
                )

        self._worker.submit(
            "attribution", lambda token: subject.attribution(token), done, self._failed
        )

    def _show(self, number: int | None) -> None:
        self._drop.layout.display = "none" if number is None else ""
        if number is None:
            return
        one, session = self._found[number], self._session()
        subject, at = session.subject(), session.document

        def done(masks: tuple[Any, Any], seconds: float) -> None:
            if session.document is at:
                self._showing.show_instead(*masks)
                self._say(
                    f"{one.edit.words()}: it adds {one.gained:,.0f} px to the mask and takes "
                    f"{one.lost:,.0f} px away."
                )

        self._worker.submit("without", lambda token: (subject.mask, one.mask), done, self._failed)

    def _take_back(self) -> None:
        number = self._list.value
        if number is not None and self._found:
            edit = self._found[number].edit
            self._do(lambda session: session.retract(edit))
