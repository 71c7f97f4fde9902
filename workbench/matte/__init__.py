"""From a mask to a matte, one algorithm a file: trimaps, alphas, foreground colours.

Plain arrays in and out; nothing here knows of documents, sessions or widgets.
"""

from __future__ import annotations

from .alpha import (
    alpha_from_trimap,
    check_method,
    matting_identity,
    matting_methods,
    solve_alpha,
)
from .cast import remove_cast
from .despill import despill
from .foreground import changed_outside, foreground_colours
from .frequency import Bands, frequency_bands, frequency_separation
from .networks import MattingNetwork, matting_networks
from .passes import Pass, combine, confidence, seam, shared_trimap
from .result import AlphaResult
from .transparent import Transparent, likely_transparency, replaced, transparent
from .trimap import apply_marks, apply_sure, repair_trimap, trimap_from_mask

__all__ = [
    "AlphaResult",
    "Bands",
    "MattingNetwork",
    "Pass",
    "Transparent",
    "alpha_from_trimap",
    "apply_marks",
    "apply_sure",
    "changed_outside",
    "check_method",
    "combine",
    "confidence",
    "despill",
    "foreground_colours",
    "frequency_bands",
    "frequency_separation",
    "likely_transparency",
    "matting_identity",
    "matting_methods",
    "matting_networks",
    "remove_cast",
    "repair_trimap",
    "replaced",
    "seam",
    "shared_trimap",
    "solve_alpha",
    "transparent",
    "trimap_from_mask",
]
