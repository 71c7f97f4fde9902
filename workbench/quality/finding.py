"""What a check saw, and what was measured whether or not anything was seen."""

from __future__ import annotations

from dataclasses import dataclass

from ..coordinates import Box
from ..edits.edit import Edit


@dataclass(frozen=True)
class Finding:
    """What a check saw, how bad it is, and what would mend it.

    Attributes:
        code: which check, for example "mask_collapsed".
        severity: in [0, 1].
        box: where, (x0, y0, x1, y1) in image pixels; None for the photo as a whole.
        measure, unit: what was measured.
        why: in words, for a person.
        remedy: edits that would mend it, in order.
        modes: the failure modes that it makes likely, by the names of ``workbench.failures``.
        now: what to do in the workbench where no edit can be given, in words.
        next_time: what to do at the next shoot, in words.
    """

    code: str
    severity: float
    box: Box | None
    measure: float
    unit: str
    why: str
    remedy: tuple[Edit, ...] = ()
    modes: tuple[str, ...] = ()
    now: str = ""
    next_time: str = ""

    def __str__(self) -> str:
        return self.why


@dataclass(frozen=True)
class Measure:
    """A figure that was taken.

    Attributes:
        code: of what, the finding's code where it can become one.
        value, unit: what was measured.
        limit: the value at which it becomes a finding, in the same unit.
        verdict: "good", "fair" or "poor"; "" for what is none of these, such as a likelihood.
        words: the same for a person, one sentence.
    """

    code: str
    value: float
    unit: str
    limit: float
    verdict: str
    words: str
