"""Findings as a list that shows itself: in a notebook, as text, as JSON."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass

from .quality.finding import Finding

VERSION = 1
"""Of the JSON that ``Report.to_json`` writes."""


@dataclass(frozen=True)
class Report:
    """What was found, the worst first.

    Attributes:
        title: what was looked at; may come from a file's name.
        findings: with the name of the subject that each is of.
    """

    title: str
    findings: tuple[tuple[str, Finding], ...]

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return (found for _, found in self.findings)

    def __getitem__(self, n: int) -> Finding:
        return self.findings[n][1]

    def __str__(self) -> str:
        if not self.findings:
            return f"{self.title}: nothing found"
        lines = [f"{f.severity:.2f}  {f.code}: {f.why}" for f in self]
        return "\n".join([f"{self.title}: {len(lines)} found", *lines])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{w}</th>" for w in ("", "what", "where", "measure", "why", "remedy"))
        rows = "".join(_row(n, name, one) for n, (name, one) in enumerate(self.findings))
        title = html.escape(f"{self.title}: {len(self)} found")
        return f"<b>{title}</b><table><tr>{head}</tr>{rows}</table>"

    def to_json(self) -> str:
        """The findings as a JSON object: version, title, and a list of them."""
        found = [
            {
                "subject": name, "code": one.code, "severity": round(one.severity, 4),
                "box": one.box, "measure": one.measure, "unit": one.unit, "why": one.why,
                "remedy": [edit.to_json() for edit in one.remedy],
            }
            for name, one in self.findings
        ]  # fmt: skip
        content = {"version": VERSION, "title": self.title, "findings": found}
        return json.dumps(content, ensure_ascii=False)


def _row(n: int, subject: str, found: Finding) -> str:
    where = "everywhere"
    if found.box is not None:
        x0, y0, x1, y1 = (round(v) for v in found.box)
        where = f"{x0}, {y0} – {x1}, {y1}"
    remedy = "; ".join(edit.words() for edit in found.remedy) or "by hand"
    measure = f"{found.measure:.3g} {found.unit}"
    cells = (str(n), f"{found.code} ({subject})", where, measure, found.why, remedy)
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"
