"""Benchmarks: what is fast and what is good, beside what people would use instead, in one run.

``workbench bench [NAME] [--json FILE]`` prints a table. A speed is a ratio to something measured
in the same run on the same machine; seconds stand beside it for the curious.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import unknown_name
from ..files import write_atomically
from ..progress import Progress, report

BENCHMARKS = {
    "speed": "time to the first mask and per click, each segmenter that is ready",
    "sam": "Segment Anything in each precision beside SamPredictor (vit_b, random weights)",
    "upsample": "a mask's boundary guided by the photo, beside bilinear, by kind of photo",
    "canvas": "the widget under a hand in a real browser, beside a bare canvas (needs Chromium)",
    "matte": "from a coarse mask to the matte, beside rembg and pymatting; fetches 385 MB",
    "solver": "closed form on tiles beside pymatting on the whole image, 1, 4 and 24 MP",
    "alpha": "closed form's error beside pymatting's on real cut-outs (fetches 385 MB)",
    "automatic": "models without a prompt, those that are ready (fetches 385 MB; minutes)",
    "checks": "what the checks of a matte find of planted defects (fetches 385 MB; minutes)",
    "preflight": "what the look at a photo finds of planted faults (fetches 385 MB; minutes)",
    "diagnosis": "the failure modes named on known failures (fetches 385 MB; half an hour)",
    "colours": "the edge's colours beside the photo's own and pymatting's (fetches 385 MB)",
    "lite": "lite and grabcut on real cut-outs over real photos (fetches 385 MB; an hour)",
}
ON_REQUEST = (
    "alpha", "automatic", "canvas", "checks", "colours", "diagnosis", "lite", "matte", "preflight",
)  # fmt: skip
"""Those that run when they are named, and not with all the others."""


@dataclass(frozen=True)
class Measure:
    """One line of the table.

    Attributes:
        benchmark, name: what was measured.
        value, unit: the figure.
        target: what is aimed at, in words; "" for none.
        beside: what it was measured beside, with its own figure; "" for nothing.
        cases: what was found case by case, where there are cases; in the JSON file alone.
    """

    benchmark: str
    name: str
    value: float
    unit: str
    target: str = ""
    beside: str = ""
    cases: tuple[dict[str, Any], ...] = ()


def run(
    names: Sequence[str] = (), path: Path | None = None, progress: Progress | None = None
) -> list[Measure]:
    """Run benchmarks by name (by default all but ON_REQUEST), print a table, write it as JSON.

    Raises:
        UnknownNameError: no such benchmark.
        ExportError: the JSON file cannot be written.
    """
    for name in names:
        if name not in BENCHMARKS:
            raise unknown_name("benchmark", name, BENCHMARKS)
    chosen = list(names) or [name for name in BENCHMARKS if name not in ON_REQUEST]
    measures: list[Measure] = []
    for n, name in enumerate(chosen):
        report(progress, n / len(chosen), name)
        measure: Callable[[Progress | None], Iterable[Measure]] = import_module(
            f".{name}", __name__
        ).measure
        measures += measure(progress)
    print(table(measures))
    if path is not None:
        content = {"version": 1, "machine": machine(), "measures": [asdict(m) for m in measures]}
        text = json.dumps(content, indent=1, ensure_ascii=False).encode()
        write_atomically(path, lambda file: file.write(text))
    return measures


def table(measures: Sequence[Measure]) -> str:
    """The measures as text, one a line, columns aligned."""
    head = ("benchmark", "measure", "value", "unit", "target", "beside")
    rows = [(m.benchmark, m.name, f"{m.value:.3g}", m.unit, m.target, m.beside) for m in measures]
    widths = [max(len(row[c]) for row in (head, *rows)) for c in range(len(head))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(r, widths, strict=True)) for r in
             (head, *rows)]  # fmt: skip
    return "\n".join(line.rstrip() for line in (machine(), *lines))


def machine() -> str:
    """What this ran on, in a line."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
