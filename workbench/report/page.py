"""A report as HTML: the tables of its findings and measures. All text of others is escaped."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from ..quality.finding import Finding, Measure

if TYPE_CHECKING:
    from . import Report


def fragment(report: Report) -> str:
    """The tables, for a notebook: no style but the notebook's own."""
    number = len(report)
    found = f"{number} found" if number else "nothing found"
    parts = [f"<b>{escape(f'{report.title}: {found}')}</b>"]
    if number:
        pictures = report.thumbnails or (None,) * number
        rows = (
            _finding(n, name, one, picture)
            for n, ((name, one), picture) in enumerate(zip(report.findings, pictures, strict=True))
        )
        parts.append(_table(("", "place", "what", "measure", "why", "what to do"), rows))
    if report.measures:
        rows = (_measure(one) for one in report.measures)
        parts.append(_table(("measured", "value", "limit", "verdict", ""), rows))
    return "".join(parts)


def address(picture: np.ndarray) -> str:
    """A picture (h, w, 3) uint8 as a data: address, so that it needs no file beside it."""
    from ..io import encode_png

    return "data:image/png;base64," + base64.b64encode(encode_png(picture)).decode()


def _table(head: Iterable[str], rows: Iterable[str]) -> str:
    names = "".join(f'<th scope="col">{escape(word)}</th>' for word in head)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _finding(n: int, subject: str, found: Finding, picture: np.ndarray | None) -> str:
    where = place(found)
    if picture is not None:
        where = f'<img alt="{where}" src="{address(picture)}"><br>{where}'
    what = f"{found.code.replace('_', ' ')} ({subject}), severity {found.severity:.2f}"
    measure = f"{found.measure:.3g} {found.unit}"
    cells = (escape(text) for text in (what, measure, found.why))
    return _row(str(n), where, *cells, escape(remedy(found)))


def _measure(one: Measure) -> str:
    value, limit = f"{one.value:.3g} {one.unit}", f"{one.limit:.3g} {one.unit}"
    cells = (one.code.replace("_", " "), value, limit, one.verdict, one.words)
    return _row(*(escape(cell) for cell in cells))


def place(found: Finding) -> str:
    """Where a finding is, in words."""
    if found.box is None:
        return "the whole photo"
    x0, y0, x1, y1 = (round(v) for v in found.box)
    return f"{x0}, {y0} – {x1}, {y1}"


def remedy(found: Finding) -> str:
    """What to do about a finding, in words: its edits, what a hand can do, and the next time."""
    edits = "; ".join(edit.words() for edit in found.remedy)
    now = edits or found.now or "by hand"
    return f"{now}. Next time: {found.next_time}" if found.next_time else now
