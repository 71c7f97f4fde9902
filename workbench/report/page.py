"""A report as HTML: tables of its findings and measures. All text of others is escaped."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from ..quality.finding import Finding, Measure

if TYPE_CHECKING:
    from . import Report

# Nothing is loaded from anywhere, and no script runs, whatever a name in the report says.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --line: #c8c8c8; --bar: #b94a00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eee; --paper: #181818; --line: #4a4a4a; --bar: #ff9a57; } }
body { margin: 24px auto; max-width: 1080px; padding: 0 16px; color: var(--ink);
  background: var(--paper); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 22px; } h2 { font-size: 17px; margin-top: 32px; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; border-bottom: 2px solid var(--line); }
td, th { padding: 8px 10px 8px 0; vertical-align: top; }
tbody tr { border-bottom: 1px solid var(--line); break-inside: avoid; }
img { display: block; max-width: 340px; height: auto; image-rendering: auto; }
small { opacity: 0.8; } meter { width: 90px; }
@media print { :root { --ink: #000; --paper: #fff; --line: #999; }
  body { margin: 0; max-width: none; font-size: 11pt; } img { max-width: 62mm; } }
"""


def document(report: Report) -> str:
    """One HTML file that needs nothing beside it: printable, light and dark, no script."""
    title = escape(report.title)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{_summary(report)}{tables(report)}</main></body></html>\n"
    )


def fragment(report: Report) -> str:
    """The same for a notebook, in the notebook's own style."""
    return f"<b>{escape(report.title)}</b>{_summary(report)}{tables(report)}"


def tables(report: Report) -> str:
    """The findings, the worst first, and the measures."""
    parts = []
    if len(report):
        rows = (
            _finding(n, name, one, picture)
            for n, ((name, one), picture) in enumerate(
                zip(report.findings, report.pictures, strict=True), 1
            )
        )
        parts.append(_table(("", "photo and cut-out", "what", "what to do"), rows))
    if report.measures:
        parts.append("<h2>Measured</h2>")
        parts.append(measures(report.measures))
    return "".join(parts)


def measures(taken: Iterable[Measure]) -> str:
    """The table of the measures alone."""
    return _table(("measure", "value", "limit", "verdict", "in words"), map(_measure, taken))


def address(picture: np.ndarray) -> str:
    """A picture (h, w, 3) uint8 as a data: address, so that it needs no file beside it."""
    from ..io import encode_png

    return "data:image/png;base64," + base64.b64encode(encode_png(picture)).decode()


def place(found: Finding) -> str:
    """Where a finding is, in words."""
    if found.box is None:
        return "the whole photo"
    x0, y0, x1, y1 = (round(v) for v in found.box)
    return f"x {x0}–{x1}, y {y0}–{y1}"


def remedy(found: Finding) -> str:
    """What to do about a finding now, in words: its edits, and what a hand can do."""
    edits = "; ".join(edit.words() for edit in found.remedy)
    return f"{edits}. {found.now}" if edits and found.now else edits or found.now or "By hand."


def likely(found: Finding) -> str:
    """The failure modes that it makes likely, as a sentence; "" for none but itself."""
    modes = [spoken(mode) for mode in found.modes if mode != found.code]
    return f"Makes likely: {', '.join(modes)}." if modes else ""


def measured(found: Finding) -> str:
    """Its figure with the unit."""
    figure = f"{found.measure:.3g}" if found.measure < 1000 else f"{found.measure:,.0f}"
    return f"{figure} {found.unit}".strip()


def spoken(code: str) -> str:
    """A check's code as words: "stair_steps" is "stair steps"."""
    return code.replace("_", " ")


def _summary(report: Report) -> str:
    number = len(report)
    return f"<p>{number} found, the worst first.</p>" if number else "<p>Nothing found.</p>"


def _table(head: Iterable[str], rows: Iterable[str]) -> str:
    names = "".join(f'<th scope="col">{escape(word)}</th>' for word in head)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _finding(n: int, subject: str, found: Finding, picture: np.ndarray | None) -> str:
    where = f"<small>{place(found)}</small>"
    if picture is not None:
        where = (
            f'<img alt="Finding {n}: the photo and the cut-out" src="{address(picture)}">{where}'
        )
    what = (
        f"<b>{escape(spoken(found.code))}</b> ({escape(subject)})<br>"
        '<meter min="0" max="1" low="0.25" high="0.5" optimum="0" '
        f'value="{found.severity:.2f}"></meter> '
        f"severity {found.severity:.2f}<br>{escape(found.why)} "
        f"<small>{escape(measured(found))}</small>"
    )
    if likely(found):
        what += f"<br><small>{escape(likely(found))}</small>"
    do = escape(remedy(found))
    if found.next_time:
        do += f"<br><small>Next time: {escape(found.next_time)}</small>"
    return _row(str(n), where, what, do)


def _measure(one: Measure) -> str:
    value, limit = f"{one.value:.3g} {one.unit}", f"{one.limit:.3g} {one.unit}"
    return _row(
        *(escape(cell) for cell in (spoken(one.code), value, limit, one.verdict, one.words))
    )
