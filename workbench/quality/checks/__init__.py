"""The checks of a finished matte: one small function each, from a Sight to what it saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from ...errors import unknown_name
from . import colour, edge, model, opacity, parts
from .observation import Observation, Remedy
from .sight import Sight

CHECKS: Mapping[str, Callable[[Sight], list[Observation]]] = MappingProxyType({
    "fringe": colour.fringe,
    "patches_left": parts.patches_left,
    "holes": parts.holes,
    "half_opaque": opacity.half_opaque,
    "stair_steps": edge.stair_steps,
    "cookie_cutter": edge.cookie_cutter,
    "alpha_noise": opacity.alpha_noise,
    "cut_by_frame": parts.cut_by_frame,
    "model_disagrees": model.model_disagrees,
    "soft_edges": edge.soft_edges,
    "trimap_repaired": model.trimap_repaired,
    "not_converged": model.not_converged,
})  # fmt: skip
"""By code, in the order in which they are worth looking at."""

CHEAP = tuple(code for code in CHECKS if code not in ("fringe", "model_disagrees"))
"""Those that need nothing but photo and alpha: colours and the model's mask may not be there."""


def look(sight: Sight, codes: Sequence[str] | None = None) -> list[Observation]:
    """All that the checks see, the worst first.

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
    seen = [one for code in chosen for one in CHECKS[code](sight)]
    return sorted(seen, key=lambda one: -one.severity)


__all__ = ["CHEAP", "CHECKS", "Observation", "Remedy", "Sight", "look"]
