"""One thing that a check saw."""

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
    """

    code: str
    severity: float
    box: Box | None
    measure: float
    unit: str
    why: str
    remedy: tuple[Edit, ...] = ()

    def __str__(self) -> str:
        return self.why
