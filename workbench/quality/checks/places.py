"""One finding a place: where two checks see the same, the one that says more of it speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ...coordinates import Box
from .observation import Observation

SAYS_MORE: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "patches_left": ("half_opaque",),
    "extras": ("half_opaque",),
    "holes": ("highlights_lost",),
    "half_opaque": ("highlights_lost",),
    "off_edge": ("shadow_half_kept",),
    # Of ground that was kept its pattern goes on as well: darker in a shadow, wholly elsewhere.
    "solid_transparency": ("shadow_half_kept", "off_edge"),
    "model_disagrees": ("patches_left", "extras", "holes", "half_opaque", "highlights_lost"),
})  # fmt: skip
"""By a check's code, those whose findings say more of a place than its own."""

SAME = 0.5
"""Share of a finding's box within another's from which on both are of one place."""


def one_a_place(seen: Iterable[Observation]) -> list[Observation]:
    """What was seen without what another check says more of, in the same order."""
    whole = list(seen)
    return [
        one
        for one in whole
        if not any(
            other.code in SAYS_MORE.get(one.code, ()) and _within(one.box, other.box) >= SAME
            for other in whole
        )
    ]


def _within(box: Box, other: Box) -> float:
    """The share of a box that lies in another."""
    wide = min(box[2], other[2]) - max(box[0], other[0])
    high = min(box[3], other[3]) - max(box[1], other[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return max(0.0, wide) * max(0.0, high) / max(area, 1e-6)
