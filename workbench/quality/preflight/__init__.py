"""A photo before the work: one small function a measure, from a Shot to what it saw.

Each takes a figure and holds it against a limit; beyond it, a finding. Nothing here knows of
models or edits: what stands out, hair, glass, shadows and a subject's movement are told by
functions that are handed in (see ``Shot``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from ...errors import unknown_name
from . import backdrop, blur, camera, content, framing, jpeg, light, quality, surroundings
from .advice import ADVICE, Advice
from .camera import used
from .seen import Seen
from .shot import Part, Shot
from .standing_out import standing_out

MEASURES: Mapping[str, Callable[[Shot], list[Seen]]] = MappingProxyType({
    "low_resolution": quality.low_resolution,
    "jpeg_artifacts": jpeg.jpeg_artifacts,
    "noise": quality.noise,
    "defocus": blur.defocus,
    "motion_blur": blur.motion_blur,
    "clipped_exposure": light.clipped_exposure,
    "underexposed": light.underexposed,
    "mixed_light": light.mixed_light,
    "low_contrast": surroundings.low_contrast,
    "busy_background": surroundings.busy_background,
    "backdrop": backdrop.backdrop,
    "cut_by_frame": framing.cut_by_frame,
    "tight_framing": framing.tight_framing,
    "upside_down": framing.upside_down,
    "several_subjects": content.several_subjects,
    "shadow": content.shadow,
    "transparency": content.transparency,
    "fine_detail": content.fine_detail,
    "shutter": camera.shutter,
    "aperture": camera.aperture,
    "iso": camera.iso,
})  # fmt: skip
"""By code, in the order in which they are told."""


def look(shot: Shot, codes: Sequence[str] | None = None) -> list[Seen]:
    """Take the measures of a photo, in their order; what cannot be told is left out.

    Args:
        shot: what is looked at.
        codes: which measures; None for all.

    Raises:
        UnknownNameError: there is no such measure.
    """
    for code in codes or ():
        if code not in MEASURES:
            raise unknown_name("measure", code, MEASURES)
    return [one for code in (MEASURES if codes is None else codes) for one in MEASURES[code](shot)]


__all__ = ["ADVICE", "MEASURES", "Advice", "Part", "Seen", "Shot", "look", "standing_out", "used"]
