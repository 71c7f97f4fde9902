"""The tab Check: what the checks find in the matte, shown and mended one by one."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets as w

from ...coordinates import Box
from ...report import Report
from ...session import Session
from ..worker import Worker
from .controls import INNER, Quiet, button, row, titled


class CheckPanel:
    """A list of findings, the worst first; each can be looked at, and many can be mended.

    Args:
        session: gives the session that is shown now.
        worker: runs the checks.
        do: does something to the session.
        look: shows a box (x0, y0, x1, y1) of the photo, with the matte in sight.
        say, failed: for the status line.
    """

    def __init__(
        self,
        session: Callable[[], Session],
        worker: Worker,
        do: Callable[[Callable[[Session], Any]], None],
        look: Callable[[Box], None],
        say: Callable[[str], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._session, self._worker, self._do, self._look = session, worker, do, look
        self._say, self._failed, self._quiet = say, failed, Quiet()
        self._report: Report | None = None
        ask = button(
            "Check the matte",
            "Look for faults that a person would see: fringes, holes, leftovers, stairs",
            self._compute,
            "stethoscope",
        )
        self._list = w.Select(rows=8, layout=w.Layout(width=INNER))
        self._list.tooltip = "What was found, the worst first"
        self._list.observe(self._quiet.heard(self._chosen), "value")
        self._why = w.HTML(layout=w.Layout(width=INNER))
        self._show = button("Show me", "Zoom to where it is", self._on_show, "search-plus")
        self._mend = button(
            "Fix it", "Do what mends it; undo takes it back", self._on_mend, "wrench"
        )
        self._found = w.VBox([self._list, self._why, row(self._show, self._mend)])
        self._found.layout.display = "none"
        self.widget = titled("Faults", ask, self._found)

    def forget(self) -> None:
        """Something changed: what was found is of another matte."""
        self._report = None
        self._found.layout.display = "none"

    def _compute(self) -> None:
        session = self._session()
        at = session.document

        def done(report: Report, seconds: float) -> None:
            if session.document is not at:
                return  # something was done meanwhile
            self._report = report
            self._say(f"{len(report)} found." if len(report) else "The checks found nothing.")
            lines = [(f"{f.severity:.2f} {f.code.replace('_', ' ')}", n)
                     for n, f in enumerate(report)]  # fmt: skip
            with self._quiet():
                self._list.options, self._list.value = lines, None
            self._found.layout.display = "" if lines else "none"
            self._list.value = 0 if lines else None

        self._worker.submit(
            "check", lambda token: session.check(progress=token), done, self._failed
        )

    def _chosen(self, number: int | None) -> None:
        if number is None or self._report is None:
            return
        found = self._report[number]
        mended = "; ".join(edit.words() for edit in found.remedy) or "by hand"
        words = f"{found.why} ({found.measure:.3g} {found.unit}) Remedy: {mended}."
        self._why.value = f'<div class="wb-finding">{html.escape(words)}</div>'
        self._show.disabled, self._mend.disabled = found.box is None, not found.remedy

    def _on_show(self) -> None:
        number = self._list.value
        if number is not None and self._report is not None:
            box = self._report[number].box
            if box is not None:
                self._look(box)

    def _on_mend(self) -> None:
        number = self._list.value
        if number is not None and self._report is not None:
            found = self._report[number]
            self._do(lambda session: session.mend(found))
