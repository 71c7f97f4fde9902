"""A report in a live notebook: the list of its findings with buttons, and its measures."""

from __future__ import annotations

import html
import sys
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ipywidgets as w

from ..coordinates import Box
from ..edits import Edit
from ..errors import InputError
from ..quality.finding import Finding
from ..report import Report, page
from ..session import Session
from .findings import Findings


def bundle(report: Report) -> dict[str, Any] | None:
    """How a notebook shows a report with its session, by MIME type: a widget, and HTML for where
    none can be (a saved notebook). None where no kernel is live, or there is nothing to press."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if not hasattr(shell, "kernel") or not len(report):
        return None
    shown = ReportView(report).widget._repr_mimebundle_()
    return {**shown, "text/plain": str(report), "text/html": page.fragment(report)}


class ReportView:
    """One report, as it was when it was made; what is mended in it is undone like any other edit.

    ipywidgets keeps what was displayed for good: it knows its session only as long as others do.

    Args:
        report: with its session.
    """

    def __init__(self, report: Report) -> None:
        self._session: weakref.ref[Session] = weakref.ref(report.session)
        self.findings = Findings(self._look, self._mend, self._failed)
        self._words = w.HTML()
        self._words.layout.display = "none"
        self.findings.show(replace(report, session=None), 0)
        report.session.on_change(self._changed)
        head = f"<b>{html.escape(report.title)}</b>: {len(report)} found, the worst first."
        parts = [w.HTML(head), self.findings.widget, self._words]
        if report.measures:
            parts.append(w.HTML(page.measures(report.measures)))
        self.widget = w.VBox(parts, layout=w.Layout(width="100%"))

    def _look(self) -> Callable[[Box], None] | None:
        session = self._session()
        look = None if session is None else session.look
        if look is None:
            return None

        def show(box: Box) -> None:
            look(box)
            self._words.layout.display = "none"

        return show

    def _mend(self, finding: Finding) -> tuple[Edit, ...]:
        session = self._session()
        if session is None:
            raise InputError("expected a session that is still open, got one that is gone")
        made = session.mend(finding)
        self._words.layout.display = "none"  # what went wrong before is past
        return made

    def _changed(self) -> None:
        session = self._session()
        if session is not None:
            self.findings.stands(session.standing)

    def _failed(self, error: BaseException) -> None:
        self._words.value = f'<span role="alert">{html.escape(str(error))}</span>'
        self._words.layout.display = ""
