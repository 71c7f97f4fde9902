"""What a measure of a photo gives back: a figure, and beyond its limit what it means."""

from __future__ import annotations

from dataclasses import dataclass

from ...coordinates import Box
from ..checks.observation import Remedy, severity
from ..finding import Measure


@dataclass(frozen=True)
class Seen:
    """A figure that was taken of a photo.

    Attributes:
        measure: the figure, its unit, limit and verdict.
        severity: in [0, 1]; above 0 beyond the limit alone, 0.5 at twice of it.
        why: in words, what it means where it is beyond the limit.
        box: where, (x0, y0, x1, y1) in image pixels; None for the photo as a whole.
        remedy: what would help in the workbench, as plain data. Beside the kinds of the checks:
            "preset" (name: out of ``workbench.edges.PRESETS``), "box" (box), "subjects" (boxes),
            "parts" (regions for passes: polygon, kind, settings, why), "shadow" (mode) and
            "turn" (degrees).
    """

    measure: Measure
    severity: float
    why: str
    box: Box | None = None
    remedy: tuple[Remedy, ...] = ()


def taken(
    code: str,
    value: float,
    unit: str,
    limit: float,
    words: str,
    why: str = "",
    *,
    at_least: bool = False,
    box: Box | None = None,
    remedy: tuple[Remedy, ...] = (),
) -> Seen:
    """A figure with its verdict: good within its limit, fair up to twice of it, poor beyond.

    Args:
        code, value, unit, limit, words: of the Measure.
        why: of the finding; by default the words.
        at_least: the limit is the least that is good, and not the most.
        box, remedy: as in Seen.
    """
    bad = severity(value, limit)
    if at_least:  # nothing at all is as bad as can be
        bad = severity(limit, value) if value > 0 else 1.0
    verdict = "good" if bad == 0 else "fair" if bad < 0.5 else "poor"
    return Seen(Measure(code, value, unit, limit, verdict, words), bad, why or words, box, remedy)
