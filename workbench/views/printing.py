"""A contact sheet for printing: one page of A4 with all that is to be known of a result."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import to_uint8
from ..quality.finding import Finding
from .crops import places
from .cut import Cut, cut
from .drawn import alpha_view, overlay
from .grounds import behind, label
from .page import Page, Panel, fitted
from .unrolling import edge_widths

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 300
_WIDTH, _HEIGHT = 2480, 3508  # A4 at 300 dots per inch
_MARGIN = 118  # 1 cm
_GAP = 42
_COLUMNS = 4
_PANEL = (_WIDTH - 2 * _MARGIN - (_COLUMNS - 1) * _GAP) // _COLUMNS
_TALL = 1.1  # of a panel's width: how high it is at most, so that a portrait leaves room for words
_CROPS = 5
_CROP = (_WIDTH - 2 * _MARGIN - (_CROPS - 1) * _GAP) // _CROPS
_CROP_TALL = 270
_CROP_GROUNDS = ("white", "black", "magenta")
_GROUNDS = ("white", "black", "grey", "green", "magenta", "blurred")
_TYPE = 8  # points
_LINE = 62  # characters in a column of words


def contact_sheet(
    source: Any,
    alpha: Any = None,
    foreground: Any = None,
    *,
    report: Iterable[Finding] | None = None,
    deeds: Sequence[str] | None = None,
    title: str | None = None,
) -> Figure:
    """A page of A4 at 300 DPI: the result on backgrounds, its edge, what was done, what was found.

    In the crops of the edge one image pixel is one dot of the print. ``savefig("page.pdf")`` and
    ``"page.png"`` both print at the right size.

    Args:
        source, alpha, foreground: see ``cut``: a session, a subject, or arrays.
        report: findings, such as ``session.check()``; None says that nothing was checked.
        deeds: what was done, in words; None for the session's edits.
        title: above; None for the photo's name.

    Returns:
        a matplotlib Figure of 2480 × 3508 pixels.

    Raises:
        What ``cut`` raises.
    """
    whole = cut(source, alpha, foreground)
    page = Page(_WIDTH, _DPI, _MARGIN, "#ffffff")
    page.heading(whole.name if title is None else title, whole.facts)
    small = whole.reduced(fitted(whole.shape, _PANEL, _TALL * _PANEL))
    panels: list[Panel] = [
        ("Photo, what is kept tinted", overlay(to_uint8(small.image), small.alpha)),
        ("Alpha", alpha_view(small.alpha)),
    ]
    panels += [(label(g), small.on(behind(g, whole, small.shape))) for g in _GROUNDS]
    page.grid(panels, _COLUMNS, _PANEL, whole.box)
    _edge(page, whole)
    top = page.y + 40
    half = (_WIDTH - 2 * _MARGIN - _GAP) // 2
    said = whole.deeds if deeds is None else tuple(deeds)
    done = [f"{n}. {words}" for n, words in enumerate(said, 1)]
    found = None if report is None else list(report)
    right = _MARGIN + half + _GAP
    page.y = top
    _column(page, "Figures", figures(whole), right, half, 12)
    _column(page, "Findings", _findings(found), right, half)
    page.y = top
    _column(page, "What was done", done or ["nothing was recorded"], _MARGIN, half)
    return page.figure(_HEIGHT)


def figures(source: Any, alpha: Any = None) -> list[str]:
    """What can be counted of a result, a line each.

    Args:
        source, alpha: see ``cut``.
    """
    whole = cut(source, alpha)
    height, width = whole.shape
    plane = whole.alpha
    points, widths = edge_widths(plane)
    known = widths[np.isfinite(widths)]
    inch = 2.54 / _DPI
    lines = [
        f"{width} × {height} px: {width * inch:.1f} × {height * inch:.1f} cm in print at 300 DPI",
        f"{float(plane.mean()):.1%} of the photo is kept",
        f"{float(((plane > 0) & (plane < 1)).mean()):.1%} of the photo is in between",
        f"{len(points):,} px of outline",
    ]
    if len(known):
        low, middle, high = np.percentile(known, (10, 50, 90))
        lines.append(
            f"edge (10–90 %): {middle:.1f} px in the middle, from {low:.1f} to {high:.1f} px for "
            "most of it"
        )
        lines.append(f"no plain edge (hair, half clear): {1 - len(known) / len(widths):.0%} of it")
    return lines


def _edge(page: Page, whole: Cut) -> None:
    side = min(_CROP, _CROP_TALL)
    corners = places(whole.alpha, side, _CROPS)
    if not corners:
        return
    page.section("The edge at 100 %", "one image pixel is one dot of the print")
    height, width = whole.shape
    down = page.y
    for n, (left, top) in enumerate(corners):
        left = min(max(0, left - (_CROP - side) // 2), max(0, width - _CROP))
        box = (left, top, min(left + _CROP, width), min(top + _CROP_TALL, height))
        part = whole.part(box)
        for number, ground in enumerate(_CROP_GROUNDS):
            y = page.y + number * (_CROP_TALL + 12)
            page.put(part.on(behind(ground, whole, part.shape, box)),
                     _MARGIN + n * (_CROP + _GAP), y, box)  # fmt: skip
            down = max(down, y + part.shape[0])
    page.y = down


def _findings(found: list[Finding] | None) -> list[str]:
    if found is None:
        return ["no report was given"]
    if not found:
        return ["nothing was found"]
    worst = sorted(found, key=lambda one: -one.severity)
    return [f"{one.severity:.2f}  {one.code.replace('_', ' ')}: {one.why}" for one in worst]


def _column(
    page: Page, heading: str, entries: Sequence[str], left: int, width: int, most: int = 99
) -> None:
    """Entries below a heading, each wrapped; what does not fit on the page is counted."""
    page.say(heading, left, page.y + 40, 11, weight="bold")
    page.y += 56
    leading = round(_TYPE * _DPI / 72 * 1.4)
    room = min(most, (_HEIGHT - _MARGIN - page.y) // leading)
    lines: list[str] = []
    for n, entry in enumerate(entries):
        wrapped = textwrap.wrap(entry, _LINE, subsequent_indent="   ") or [""]
        if len(lines) + len(wrapped) > room - (n < len(entries) - 1):
            lines.append(f"… and {len(entries) - n} more")
            break
        lines += wrapped
    page.lines(lines, _TYPE, left, width)
    page.y += 50
