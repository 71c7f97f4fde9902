"""What was found and what was measured, as one thing that shows itself: in a notebook, as text, as
an HTML file, as JSON.

``page.py`` makes the HTML, ``data.py`` the JSON that ``schema.json`` describes, ``thumbnails.py``
the pictures.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..files import write_atomically
from ..quality.finding import Finding, Measure
from . import page
from .data import VERSION as VERSION
from .data import data
from .data import schema as schema


@dataclass(frozen=True)
class Report:
    """What was found, the worst first, and what was measured.

    Attributes:
        title: what was looked at; may come from a file's name.
        findings: with the name of the subject that each is of.
        measures: figures that were taken whether or not anything is wrong.
        thumbnails: the place of each finding, (h, w, 3) uint8 as ``thumbnails.thumbnail`` gives it,
            None where there is no picture; as many as findings, or none at all.
        session: what was checked, where findings can be shown and mended there; None elsewhere.
    """

    title: str
    findings: tuple[tuple[str, Finding], ...]
    measures: tuple[Measure, ...] = ()
    thumbnails: tuple[np.ndarray | None, ...] = field(default=(), compare=False, repr=False)
    session: Any = field(default=None, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return (found for _, found in self.findings)

    def __getitem__(self, n: int) -> Finding:
        return self.findings[n][1]

    def __str__(self) -> str:
        lines = [f"{f.severity:.2f}  {f.code}: {f.why}" for f in self]
        head = f"{self.title}: {len(lines)} found" if lines else f"{self.title}: nothing found"
        taken = [f"{m.verdict:>4}  {m.code}: {m.words}".lstrip() for m in self.measures]
        return "\n".join([head, *lines, *taken])

    @property
    def pictures(self) -> tuple[np.ndarray | None, ...]:
        """The thumbnails, None for each finding that has none."""
        return self.thumbnails or (None,) * len(self)

    def find(self, code: str) -> list[Finding]:
        """The findings of one check, the worst first; [] where it found nothing."""
        return [found for found in self if found.code == code]

    def _repr_html_(self) -> str:
        return page.fragment(self)

    def _repr_mimebundle_(self, **_: Any) -> Any:
        """With its session in a live notebook: a list with buttons. Else None: the HTML counts."""
        if self.session is None:
            return None
        from ..widgets.reporting import bundle  # upwards, and only where somebody looks

        return bundle(self)

    def to_html(self, path: str | os.PathLike[str]) -> Path:
        """Write it as one HTML file: no scripts, nothing from outside, printable, light and dark.

        Raises:
            ExportError: it cannot be written; an older file is untouched.
        """
        content = page.document(self).encode()
        return write_atomically(Path(path), lambda file: file.write(content))

    def to_json(self) -> str:
        """It as JSON: version, title, findings and measures, as ``report.schema()`` says."""
        return json.dumps(data(self), ensure_ascii=False, allow_nan=False)
