"""Which failure modes are at work in a photo and its matte, by plain figures and a linear model.

``figures`` takes the figures, ``judge`` weighs them: a multinomial logistic model over the failure
modes and "nothing wrong", so that what each figure speaks for can be read off. Its weights were
fitted on known-truth cases; ``models/recipes/diagnosis`` is the recipe.
"""

from __future__ import annotations

from .figures import Symptoms, figures
from .judging import NOTHING, Evidence, Verdict, judge
from .words import ADVICE, WORDS, told

TAKEN = (
    "jpeg_artifacts", "noise", "defocus", "motion_blur", "clipped_exposure", "low_contrast",
    "busy_background", "cut_by_frame", "tight_framing", "upside_down", "shadow", "transparency",
    "fine_detail",
)  # fmt: skip
"""The measures of the photo (``quality.preflight``) that count, by their values."""

CHECKED = (
    "patches_left", "holes", "half_opaque", "stair_steps", "alpha_noise", "soft_edges",
    "model_disagrees",
)  # fmt: skip
"""The checks of the matte (``quality.checks``) that count, by the severity of the worst seen."""

__all__ = [
    "ADVICE", "CHECKED", "NOTHING", "TAKEN", "WORDS", "Evidence", "Symptoms", "Verdict", "figures",
    "judge", "told",
]  # fmt: skip
