"""Before which colour the subject would stand out best at the next shoot."""

from __future__ import annotations

import cv2
import numpy as np

from .seen import Seen, taken
from .shot import Shot
from .surroundings import CONTRAST, ciede2000

BACKDROPS = {
    "green": (0, 177, 64),
    "blue": (0, 71, 187),
    "white": (235, 235, 235),
    "grey": (128, 128, 128),
}
"""What studios hang up: screens of green and blue as they are sold, paper of white and grey."""

_DEEP = 0.03  # of the longer side: how far inside the outline hair, skin and clothes are read
_LEAST = 60  # pixels without which nothing is said
_MOST = 4000
_WORST = 0.1  # the share of the edge that may be nearer than what is said


def backdrop(shot: Shot) -> list[Seen]:
    """How far the best of BACKDROPS would be from the subject's own colours along its edge: ΔE
    CIEDE2000 that 90 % of it keeps; limit ``surroundings.CONTRAST``.

    Hair and clothes decide, as the articles have it: what lies just inside the outline is read.
    """
    told = apart(shot)
    if told is None:
        return []
    ranked = sorted(told, key=lambda name: -told[name])
    best, rest = ranked[0], ranked[1:]
    others = ", ".join(f"{name} {told[name]:.0f}" for name in rest)
    words = (
        f"By the colours along its edge {shot.whose} differs most from a {best} background: "
        f"ΔE {told[best]:.0f} ({others})."
    )
    return [taken("backdrop", told[best], "ΔE00", CONTRAST, words, at_least=True)]


def apart(shot: Shot) -> dict[str, float] | None:
    """For each of BACKDROPS the ΔE CIEDE2000 that nine tenths of the subject's edge keep to it;
    None where there is no subject."""
    if shot.subject is None:
        return None
    inside = np.pad((shot.subject >= 0.5).astype(np.uint8), 1)
    deep = cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1]
    # The outermost pixels are mixed with the background that there is now.
    ring = (deep > 3) & (deep <= max(8.0, _DEEP * max(deep.shape)))
    colours = shot.lab[ring]
    if len(colours) < _LEAST:
        return None
    colours = colours[:: max(1, len(colours) // _MOST)]
    found = {}
    for name, rgb in BACKDROPS.items():
        pixel = np.array(rgb, np.float32).reshape(1, 1, 3) / np.float32(255)
        screen = cv2.cvtColor(pixel, cv2.COLOR_RGB2LAB)[0, 0]
        distance = ciede2000(colours, np.broadcast_to(screen, colours.shape))
        found[name] = float(np.quantile(distance, _WORST))
    return found
