"""Out of focus, or moved."""

from __future__ import annotations

import math

from ..checks.observation import setting
from .seen import Seen, taken
from .shot import Shot

MOVED = 4.0
"""px of a movement from which on it is said, in a photo of up to ``shot.LONGEST`` pixels."""

SOFT = 2.2
"""px of a radius out of focus from which on it is said, likewise."""

_SURE = 0.5  # confidence of a subject's own movement


def defocus(shot: Shot) -> list[Seen]:
    """Radius of the circle of confusion of the sharpest edges, px; limit SOFT for 2048 pixels.

    Looked at on the subject where there is one, else in the whole photo.
    """
    seen, limit = shot.sharpness, SOFT * shot.per_sharp
    if math.isnan(seen.radius):
        return []
    words = f"Out of focus by {seen.radius:.1f} px; up to {limit:.1f} px is good."
    why = f"The sharpest edges are {seen.radius:.1f} px out of focus: where they end is a guess."
    radius = float(round(min(max(10.0, 2 * seen.radius + 4), 250)))
    remedy = (setting(radius=radius, defocus=round(min(seen.radius, 250), 1), contrast=0.0),)
    return [taken("defocus", seen.radius, "px", limit, words, why, remedy=remedy)]


def motion_blur(shot: Shot) -> list[Seen]:
    """Length of a movement, px, with its direction; limit MOVED for 2048 pixels.

    Of the subject's own outline where that is known, else of the whole photo (the camera shook).
    """
    seen, limit = shot.sharpness, MOVED * shot.per_sharp
    length, angle = seen.length, seen.angle
    if shot.moved is not None and shot.subject is not None:
        own = shot.moved(shot.small8, shot.subject)
        if own[2] >= _SURE and own[0] * shot.per > length:
            length, angle = own[0] * shot.per, own[1]
    if math.isnan(seen.radius) and length == 0:
        return []
    words = f"Moved by {length:.1f} px; up to {limit:.1f} px is good."
    if length > limit:
        words = f"Moved by {length:.0f} px at {angle:.0f}°; up to {limit:.1f} px is good."
    why = f"Something moved by {length:.0f} px at {angle:.0f}°: edges across that are smeared."
    radius = float(round(min(max(10.0, length / 2 + 4), 250)))
    remedy = (
        setting(radius=radius, blur_length=round(min(length, 250), 1),
                blur_angle=round(angle, 1) % 180, contrast=0.0),
    )  # fmt: skip
    return [taken("motion_blur", length, "px", limit, words, why, remedy=remedy)]
