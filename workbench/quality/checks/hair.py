"""Hair that the photo has and the alpha lacks."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Observation, box_of, severity
from .outline import SECTION, STEP, TAPS, running, stretches
from .sight import Sight
from .strokes import along

LOST = 0.13
"""Share of what lies just outside the edge that is of the subject's colour, and fine."""

LEAST = 0.05
"""Share of the outline that must lack it: a photo's own texture has a little anywhere."""

ACROSS = 0.5
"""Of all change from like to unlike, the share along the edge: strands stand on it."""

STRANDS = 8.0
"""Change along one stretch of the edge, summed over its points, from like to unlike and back: a
notch or a neighbour of like colour comes once, hair comes and goes."""

CONTRAST = 0.2
"""Distance in sRGB between inside and outside from which on this can be told."""

_LIKE = 0.4  # of the way from the background's colour to the subject's
_FAR = np.arange(-46, -29).astype(np.float32)  # px beyond the edge, where no hair reaches
_BEYOND = 0.7  # of what is found there that is taken for the background's own
_DEEP = 6.0  # px outside that are looked at
_BRUSH = 60.0  # px across
_MOST = 3


def lost_hair(sight: Sight) -> list[Observation]:
    """Fine texture of the subject's colour in the photo, just outside an edge that lacks it.

    Across each point of the outline, F is the photo's mean colour 3 to 8 px inside and B that of
    31 × 31 px around the place 8 px outside. Of what lies 2 to 8 px outside with an alpha below
    0.05, the share that is nearer to F than 0.4 of the way is looked at, less 0.7 of the same 30
    to 46 px outside. From LOST on, as a mean over 24 points and as the mean change from a point to
    the next but one (hair comes and goes, a neighbour of like colour does not), where the change
    along the edge is at least ACROSS of all change, over LEAST of the outline, STRANDS in one
    stretch. Measure: that share times the area 2 to 8 px outside, px².
    """
    outline = sight.outline
    if outline is None:
        return []
    lines = outline.lines
    inner = outline.image[:, TAPS >= 3].mean(axis=1)
    outer = outline.sample(cv2.blur(sight.photo, (31, 31)), np.array([-8], np.float32))[:, 0]
    way = inner - outer
    contrast = np.linalg.norm(way, axis=1)

    def like(picture: np.ndarray) -> np.ndarray:
        share = np.einsum("ntc,nc->nt", picture - outer[:, None], way)
        return share / np.maximum(contrast**2, 1e-4)[:, None] > _LIKE

    def mean(values: np.ndarray) -> np.ndarray:
        return running(values, good, lines)[0]

    beside = (TAPS <= -2) & (TAPS >= -8)
    clear = outline.alpha[:, beside] < 0.05
    good = (clear.sum(axis=1) >= 6) & (contrast >= CONTRAST)
    if good.sum() < 2 * SECTION:
        return []
    near = like(outline.image[:, beside]) & clear
    share = near.sum(axis=1) / np.maximum(clear.sum(axis=1), 1)
    away = outline.sample(sight.plane, _FAR) < 0.05
    far = like(outline.sample(sight.photo, _FAR)) & away
    there = np.where(away.sum(axis=1) >= 8, far.sum(axis=1) / np.maximum(away.sum(axis=1), 1), 0)
    lost = mean(share) - _BEYOND * mean(there)
    restless = mean(_change(share)) - _BEYOND * mean(_change(there))
    apart = round(2 / STEP)
    sideways = mean(_change(near.astype(np.float32)).mean(axis=1))
    outwards = mean((near[:, apart:] != near[:, :-apart]).mean(axis=1))
    flagged = (np.minimum(lost, restless) >= LOST) & (
        sideways >= ACROSS * (sideways + outwards)
    )  # fmt: skip
    flagged &= running(share, good, lines)[1] >= 0.5
    if flagged.sum() < LEAST * good.sum():
        return []
    found = []
    for run in stretches(flagged, lines)[:_MOST]:
        at = outline.points[run]
        if len(at) < SECTION / 2 or float(restless[run].sum()) < STRANDS:
            continue
        long = float(np.hypot(*np.diff(at, axis=0).T).sum())
        measure = float(lost[run].mean()) * _DEEP * long
        found.append(Observation(
            "lost_hair", severity(measure, LOST * _DEEP * SECTION / 2),
            box_of(at[:, 0], at[:, 1], sight.shape, 8), measure, "px²",
            "Fine strands of the subject's colour go on in the "
            "photo where the edge ends: hair was cut off.", along(at, _BRUSH),
        ))  # fmt: skip
    return found


def _change(values: np.ndarray) -> np.ndarray:
    """How much each point differs from the one two before it."""
    return np.abs(values - np.roll(values, 2, axis=0))
