"""The checks of a finished matte: one small function each, from a Sight to what it saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from ... import notes
from ...errors import unknown_name
from . import (
    asked,
    astray,
    colour,
    contact,
    gleams,
    hair,
    light,
    limbs,
    model,
    opacity,
    parts,
    seen_through,
    steps,
    width,
)  # fmt: skip
from .observation import Observation, Remedy
from .places import one_a_place
from .said import taken_back
from .sight import Sight

CHECKS: Mapping[str, Callable[[Sight], list[Observation]]] = MappingProxyType({
    "fringe": colour.fringe,
    "patches_left": parts.patches_left,
    "extras": parts.extras,
    "short_of_box": asked.short_of_box,
    "holes": parts.holes,
    "thin_parts_lost": limbs.thin_parts_lost,
    "off_edge": astray.off_edge,
    "lost_hair": hair.lost_hair,
    "highlights_lost": gleams.highlights_lost,
    "half_opaque": opacity.half_opaque,
    "solid_transparency": seen_through.solid_transparency,
    "stair_steps": steps.stair_steps,
    "blocky_edge": steps.blocky_edge,
    "cookie_cutter": width.cookie_cutter,
    "soft_edges": width.soft_edges,
    "uneven_width": width.uneven_width,
    "alpha_noise": opacity.alpha_noise,
    "shadow_half_kept": light.shadow_half_kept,
    "floating": contact.floating,
    "light_mismatch": light.light_mismatch,
    "cut_by_frame": parts.cut_by_frame,
    "model_disagrees": model.model_disagrees,
    **{code: model.passed_on(code) for code in notes.CODES},
})  # fmt: skip
"""By code, in the order in which they are worth looking at."""

_SLOW = (
    "fringe", "model_disagrees", "floating", "light_mismatch",  # colours, a mask, a background
    "thin_parts_lost", "lost_hair", "solid_transparency", "shadow_half_kept",  # far from the edge
)  # fmt: skip

CHEAP = tuple(code for code in CHECKS if code not in _SLOW)
"""Those that need nothing but photo and alpha, and look no further than a few pixels around it."""


def look(sight: Sight, codes: Sequence[str] | None = None) -> list[Observation]:
    """All that the checks see, one finding a place, the worst first; nothing that would take back
    what a person painted.

    Args:
        sight: what is looked at.
        codes: which checks; None for all.

    Raises:
        UnknownNameError: there is no such check.
    """
    for code in codes or ():
        if code not in CHECKS:
            raise unknown_name("check", code, CHECKS)
    chosen = CHECKS if codes is None else codes
    seen = [
        one for code in chosen for one in CHECKS[code](sight) if not taken_back(sight, one)
    ]  # fmt: skip
    return sorted(one_a_place(seen), key=lambda one: -one.severity)


__all__ = ["CHEAP", "CHECKS", "Observation", "Remedy", "Sight", "look", "one_a_place"]
