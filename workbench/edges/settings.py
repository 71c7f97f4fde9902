"""All edge settings together, in one order, and named sets of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from . import cleaning, moving, outline, parts

ORDER = (
    "drop_islands", "fill_holes", "despeckle", "denoise",
    "smooth", "edge_blur", "feather", "contrast", "shift", "contract",
)  # fmt: skip
"""The order in which ``apply_edges`` applies what is asked for."""


@dataclass(frozen=True)
class Preset:
    """A named set of edge settings.

    Attributes:
        why: what it is for, one sentence.
        settings: keyword arguments for ``apply_edges``; what is not named is 0.
        colours: what goes along of the colours' settings, by the names that they have in
            ``workbench.settings.Settings``; what is not named stays as it is.
    """

    why: str
    settings: Mapping[str, float]
    colours: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


def _preset(why: str, colours: Mapping[str, float] | None = None, **settings: float) -> Preset:
    return Preset(why, MappingProxyType(settings), MappingProxyType(dict(colours or {})))


PRESETS: Mapping[str, Preset] = MappingProxyType({
    "as solved": _preset("The alpha as it was solved, nothing changed."),
    "finishing touches": _preset(
        "For a hard mask that is a little too wide, without hair: specks and grain gone, jagged "
        "edges drawn smooth, one pixel off the edge (a good matte needs clean colours instead).",
        despeckle=1, denoise=10, edge_blur=0.7, contract=1,
    ),
    "finishing touches without cast": _preset(
        "The same, and half of the tint that the old background threw on the subject's inside.",
        {"cast": 0.5},
        despeckle=1, denoise=10, edge_blur=0.7, contract=1,
    ),
    "hair and fur": _preset(
        "Strands keep their length and width; only grain, specks and pinholes go.",
        drop_islands=9, fill_holes=9, despeckle=1, denoise=15,
    ),
    "product": _preset(
        "A crisp, calm outline without holes or crumbs, half a pixel inside the fringe.",
        drop_islands=400, fill_holes=400, despeckle=1, smooth=12, edge_blur=0.5, contract=0.5,
    ),
    "noisy photo": _preset(
        "The grain, specks and holes that a high-ISO or much compressed photo leaves in an alpha.",
        drop_islands=25, fill_holes=25, despeckle=1, denoise=40,
    ),
    "blurred edge": _preset(
        "Motion or defocus: feathered generously and never sharpened.",
        denoise=20, feather=4,
    ),
    "one piece": _preset(
        "Only the largest piece, or those that were asked for, and nothing floating beside it.",
        drop_islands=parts.ALL, despeckle=1,
    ),
})  # fmt: skip
"""The finishing touches by name."""


def apply_edges(
    alpha: Any,
    smooth: float = 0,
    feather: float = 0,
    contrast: float = 0,
    shift: float = 0,
    radius: float = 10,
    *,
    drop_islands: float = 0,
    fill_holes: float = 0,
    despeckle: float = 0,
    denoise: float = 0,
    edge_blur: float = 0,
    contract: float = 0,
    keep: Any = None,
) -> np.ndarray:
    """All that is asked for, in this order (``ORDER``): drop islands, fill holes, despeckle,
    denoise; smooth, edge blur, feather, contrast; shift, contract.

    What does not belong goes first. The outline is then calmed, softened, and tightened again
    where wished; it is moved last, so that what moves is the edge that one sees.

    Args:
        alpha: (H, W) in [0, 1].
        smooth: 0 to 100.
        feather: pixels, 0 to 250.
        contrast: 0 to 100.
        shift: −100 to 100 % of the radius.
        radius: pixels, 0 to 250, the band's.
        drop_islands: px², 0 to 1e9 (``ALL``).
        fill_holes: px², 0 to 1e9.
        despeckle: whole pixels, 0 to 3.
        denoise: 0 to 100.
        edge_blur: pixels of σ, 0 to 3.
        contract: pixels, 0 to 5.
        keep: (H, W), above 0 where somebody asked for the subject; see ``drop_islands``.

    Returns:
        (H, W) float32 in [0, 1]; a copy, to the bit, when all are 0.

    Raises:
        ArrayError: no alpha, or ``keep`` of another shape.
        InputError: a setting out of range.
    """
    plane = parts.drop_islands(alpha, drop_islands, keep)
    steps: tuple[tuple[Callable[[np.ndarray, float], np.ndarray], float], ...] = (
        (parts.fill_holes, fill_holes),
        (cleaning.despeckle, despeckle),
        (cleaning.denoise, denoise),
        (outline.smooth, smooth),
        (outline.edge_blur, edge_blur),
        (outline.feather, feather),
        (outline.contrast, contrast),
    )
    for function, value in steps:
        # A number equal to 0 asks for nothing; anything else, the function checks.
        if value != 0:
            plane = function(plane, value)
    plane = moving.shift(plane, shift, radius)
    return moving.contract(plane, contract) if contract != 0 else plane


def reach(
    smooth: float = 0,
    feather: float = 0,
    contrast: float = 0,
    shift: float = 0,
    radius: float = 10,
    *,
    drop_islands: float = 0,
    fill_holes: float = 0,
    despeckle: float = 0,
    denoise: float = 0,
    edge_blur: float = 0,
    contract: float = 0,
) -> float:
    """How far ``apply_edges`` looks at most: no pixel hangs on one that is farther away.

    Args: as of ``apply_edges``, within their ranges.

    Returns:
        Pixels; infinity where pieces are told by their area, which may lie anywhere.
    """
    if drop_islands or fill_holes:
        return math.inf
    way = abs(shift) / 100 * radius
    return sum((
        despeckle,
        cleaning.GRAIN_RADIUS if denoise else 0,
        0.72 * smooth + 10 if smooth else 0,  # 9 σ, and what is rounded up
        5 * edge_blur + 8 if edge_blur else 0,
        1.75 * feather + 4 if feather else 0,
        way + 3 * math.ceil(way / moving.STEP),
        2 * contract + 2 if contract else 0,
    ))  # fmt: skip
