"""What models there are, which are ready and how to get the others, as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

from . import segment, weights
from .files import readable_size
from .segment import Availability

WIDTH = 100
_FETCH, _PACKAGE, _REQUEST = "to fetch", "package", "on request"


def overview(non_commercial: bool = False) -> str:
    """The folder, every model by what it is used for, and weights that no model names.

    Args:
        non_commercial: list those too whose licence does not allow commercial use.
    """
    known = weights.catalogue()
    parts = [f"weights folder: {weights.weights_folder()}"]
    listed: set[str] = set()
    for title, models in (
        ("segmenters: they take clicks and boxes", segment.segmenters(non_commercial)),
        ("automatic: a starting mask without a prompt", segment.automatic_models(non_commercial)),
    ):
        rows, hints = [], []
        for name, state in models.items():
            entry = known.get(state.weights or "")
            listed |= {state.weights or ""}
            if entry is None or entry.commercial or non_commercial:
                rows.append(_row(name, state, entry))
                hints += [] if state.missing is None else [state.missing]
        parts.append("\n".join([title, *_columns(rows), *_install_lines(hints)]))
    others = {
        n: e for n, e in known.items() if n not in listed and (e.commercial or non_commercial)
    }
    if others:
        rows = [_row(name, _on_disk(name), entry) for name, entry in others.items()]
        parts.append("\n".join(["other weights", *_columns(rows)]))
    return "\n\n".join([*parts, "\n".join(_footnotes(known, non_commercial))])


def details(name: str) -> str:
    """All that the catalogue says of some weights, and what is here of them.

    Raises:
        UnknownNameError: not in the catalogue.
    """
    path = weights.find(name)
    entry = weights.catalogue()[name]
    where = str(path) if path else f"not here: {entry.how}"
    use = "allowed" if entry.commercial else "not allowed, or nobody says so"
    rows = [
        ("", f"{entry.title}, {entry.megabytes}"),
        ("file", where),
        ("good at", entry.good_at),
        ("bad at", entry.bad_at),
        ("licence", entry.licence + (f": {entry.terms}" if entry.terms else "")),
        ("commercial use", use),
        ("verified", weights.checked_against(name)),
        *(("from", str(address)) for address in entry.addresses),
    ]
    return "\n".join([name, *_columns(rows)])


def _on_disk(name: str) -> Availability:
    entry = weights.catalogue()[name]
    there = weights.find(name) is not None
    size = entry.size or entry.about_bytes
    return Availability(there, "", name, size, what=entry.title, by_hand=entry.by_hand)


def _row(name: str, state: Availability, entry: weights.Weights | None) -> tuple[str, ...]:
    ready = "ready"
    if not state.ready:
        get = _REQUEST if state.by_hand else _FETCH if state.weights else "unknown"
        ready = _PACKAGE if state.missing else get
    size = readable_size(state.bytes) if state.bytes else ""
    licence = "" if entry is None else entry.licence
    marks = []
    if entry is not None:
        marks += ["unverified"] * (entry.sha256 is None)
        marks += ["non-commercial"] * (not entry.commercial)
        marks += ["copyleft"] * entry.copyleft
    return name, ready, size, licence, state.what + (f" ({', '.join(marks)})" if marks else "")


def _columns(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Lines of at most WIDTH characters; the last column is wrapped below itself."""
    rows = list(rows)
    if not rows:
        return ["  none"]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    lines = []
    for *cells, last in rows:
        head = "  " + "".join(f"{cell:<{w}}  " for cell, w in zip(cells, widths, strict=True))
        room = max(WIDTH - len(head), 20)
        first, *more = textwrap.wrap(
            last, room, break_long_words=False, break_on_hyphens=False
        ) or [""]
        lines.append((head + first).rstrip())
        lines += [" " * len(head) + line for line in more]
    return lines


def _install_lines(hints: Iterable[str]) -> list[str]:
    return [f"  for those marked {_PACKAGE}: {line}" for line in dict.fromkeys(hints)]


def _footnotes(known: Mapping[str, weights.Weights], non_commercial: bool) -> list[str]:
    lines = [
        "get those marked “to fetch” with: workbench models fetch NAME",
        "what one is good and bad at: workbench models list NAME",
    ]
    for name, entry in known.items():
        if entry.by_hand and (entry.commercial or non_commercial):
            words = f"{name} is given out {_REQUEST} alone: {entry.by_hand}"
            lines += textwrap.wrap(
                words, WIDTH, subsequent_indent="  ", break_long_words=False,
                break_on_hyphens=False,
            )  # fmt: skip
    if any(entry.sha256 is None for entry in known.values()):
        lines.append(
            "unverified: no SHA-256 was seen confirmed; what a first fetch brings is remembered"
        )
    hidden = sum(not entry.commercial for entry in known.values())
    if hidden and not non_commercial:
        lines.append(
            f"{hidden} more not for commercial use: workbench models list --non-commercial"
        )
    return lines
