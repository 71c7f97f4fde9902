"""A report as plain data, as ``schema.json`` beside this file describes it."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..quality.finding import Finding, Measure

if TYPE_CHECKING:
    from . import Report

VERSION = 1
"""Of what ``Report.to_json`` writes."""


@cache
def schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of what ``Report.to_json`` writes."""
    return json.loads((Path(__file__).parent / "schema.json").read_text("utf-8"))


def data(report: Report) -> dict[str, Any]:
    """A report as a JSON object: version, title, findings, the worst first, and measures."""
    return {
        "version": VERSION,
        "title": report.title,
        "findings": [_finding(name, one) for name, one in report.findings],
        "measures": [_measure(one) for one in report.measures],
    }


def _finding(subject: str, one: Finding) -> dict[str, Any]:
    return {
        "subject": subject,
        "code": one.code,
        "severity": round(float(one.severity), 4),
        "box": None if one.box is None else [float(v) for v in one.box],
        "measure": _figure(one.measure),
        "unit": one.unit,
        "why": one.why,
        "remedy": [edit.to_json() for edit in one.remedy],
        "modes": list(one.modes),
        "now": one.now,
        "next_time": one.next_time,
    }


def _measure(one: Measure) -> dict[str, Any]:
    return {
        "code": one.code,
        "value": _figure(one.value),
        "unit": one.unit,
        "limit": _figure(one.limit),
        "verdict": one.verdict,
        "words": one.words,
    }


def _figure(value: float) -> float | None:
    """JSON has no infinity."""
    return float(value) if math.isfinite(value) else None
