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
from .blur import (
    Defocus,
    MotionBlur,
    blur_along,
    defocus,
    estimate_defocus,
    estimate_motion,
    match_blur,
    suggest_blur_settings,
)
from .cast import remove_cast
from .depth import depth_at, depth_mask, depth_trimap, fit_depth
from .despill import despill
from .foreground import changed_outside, foreground_colours
from .frequency import Bands, frequency_bands, frequency_separation
from .networks import MattingNetwork, matting_networks
from .passes import Pass, combine, confidence, seam, share, share_of_own, shared_trimap
from .propose import Proposal, propose
from .result import AlphaResult
from .transparent import Transparent, likely_transparency, replaced, transparent
from .trimap import apply_marks, apply_sure, repair_trimap, trimap_from_mask

__all__ = [
    "AlphaResult",
    "Bands",
    "Defocus",
    "MattingNetwork",
    "MotionBlur",
    "Pass",
    "Proposal",
    "Transparent",
    "alpha_from_trimap",
    "apply_marks",
    "apply_sure",
    "blur_along",
    "changed_outside",
    "check_method",
    "combine",
    "confidence",
    "defocus",
    "depth_at",
    "depth_mask",
    "depth_trimap",
    "despill",
    "estimate_defocus",
    "estimate_motion",
    "fit_depth",
    "foreground_colours",
    "frequency_bands",
    "frequency_separation",
    "likely_transparency",
    "match_blur",
    "matting_identity",
    "matting_methods",
    "matting_networks",
    "propose",
    "remove_cast",
    "repair_trimap",
    "replaced",
    "seam",
    "share",
    "share_of_own",
    "shared_trimap",
    "solve_alpha",
    "suggest_blur_settings",
    "transparent",
    "trimap_from_mask",
]
