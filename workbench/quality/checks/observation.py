"""What a check gives back: plain data, which a session turns into findings with edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from ...coordinates import Box

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Remedy:
    """What would mend a fault, as plain data.

    Attributes:
        kind: "set" (values: settings by name, as in ``workbench.settings.Settings``, and "within",
            the id of the pass that they are of), "paint" (one
            stroke: points, keep, size, hardness), "refine" (the band grows along a stroke: points,
            size), "pass" (a part in its own way: region, kind, method, always), "unpass" (without
            one of those: name), "shadow" (what becomes of it: mode), "rerun" (the model again,
            with the corrections); and what no edit does: "frame" (place the picture so that its
            own frame cuts there).
        values: of that kind.
    """

    kind: str
    values: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


def setting(**values: float | str) -> Remedy:
    """Settings of the subject, by name."""
    return Remedy("set", MappingProxyType(values))


def unpass(name: str) -> Remedy:
    """Without a part in its own way, by its name in ``Sight.glass``."""
    return Remedy("unpass", MappingProxyType({"name": name}))


@dataclass(frozen=True)
class Observation:
    """What a check saw.

    Attributes:
        code: which check.
        severity: in [0, 1]; 0.5 is a fault at twice the check's threshold.
        box: (x0, y0, x1, y1) in image pixels.
        measure, unit: what was measured there.
        why: in words, for a person.
        remedy: what would mend it, in order.
    """

    code: str
    severity: float
    box: Box
    measure: float
    unit: str
    why: str
    remedy: tuple[Remedy, ...] = ()


def severity(measure: float, threshold: float) -> float:
    """How bad: 0 at the threshold, 0.5 at twice of it, 1 from far above."""
    if measure <= threshold:
        return 0.0
    return float(1 - threshold / measure)


def box_of(columns: np.ndarray, rows: np.ndarray, shape: tuple[int, int], by: int = 0) -> Box:
    """The box around pixels, ``by`` pixels wider on each side, within a picture of (H, W)."""
    return (
        float(max(0, int(columns.min()) - by)), float(max(0, int(rows.min()) - by)),
        float(min(shape[1], int(columns.max()) + 1 + by)),
        float(min(shape[0], int(rows.max()) + 1 + by)),
    )  # fmt: skip
