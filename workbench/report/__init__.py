"""What was found and what was measured, as one thing that shows itself: in a notebook, as text,
as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ..quality.finding import Finding, Measure
from . import page

VERSION = 1
"""Of the JSON that ``Report.to_json`` writes."""


@dataclass(frozen=True)
class Report:
    """What was found, the worst first, and what was measured.

    Attributes:
        title: what was looked at; may come from a file's name.
        findings: with the name of the subject that each is of.
        measures: figures that were taken whether or not anything is wrong.
        thumbnails: the place of each finding, (h, w, 3) uint8 as ``thumbnails.thumbnail`` gives it,
            None where there is no picture; as many as findings, or none at all.
    """

    title: str
    findings: tuple[tuple[str, Finding], ...]
    measures: tuple[Measure, ...] = ()
    thumbnails: tuple[np.ndarray | None, ...] = field(default=(), compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return (found for _, found in self.findings)

    def __getitem__(self, n: int) -> Finding:
        return self.findings[n][1]

    def __str__(self) -> str:
        lines = [f"{f.severity:.2f}  {f.code}: {f.why}" for f in self]
        head = f"{self.title}: {len(lines)} found" if lines else f"{self.title}: nothing found"
        taken = [f"{m.verdict:>4}  {m.code}: {m.words}" for m in self.measures]
        return "\n".join([head, *lines, *taken])

    def find(self, code: str) -> list[Finding]:
        """The findings of one check, the worst first; [] where it found nothing."""
        return [found for found in self if found.code == code]

    def _repr_html_(self) -> str:
        return page.fragment(self)

    def to_json(self) -> str:
        """The findings as a JSON object: version, title, a list of them, and the measures."""
        found = [
            {
                "subject": name, "code": one.code, "severity": round(one.severity, 4),
                "box": one.box, "measure": one.measure, "unit": one.unit, "why": one.why,
                "remedy": [edit.to_json() for edit in one.remedy],
                "modes": one.modes, "now": one.now, "next_time": one.next_time,
            }
            for name, one in self.findings
        ]  # fmt: skip
        taken = [
            {
                "code": one.code, "value": one.value, "unit": one.unit, "limit": one.limit,
                "verdict": one.verdict, "words": one.words,
            }
            for one in self.measures
        ]  # fmt: skip
        content = {
            "version": VERSION,
            "title": self.title,
            "findings": found,
            "measures": taken,
        }
        return json.dumps(content, ensure_ascii=False)
