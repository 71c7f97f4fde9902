"""How a photo was lit: burnt out, too dark, by lamps of two colours."""

from __future__ import annotations

import cv2
import numpy as np

from ..checks.observation import Remedy, setting
from .seen import Seen, taken
from .shot import Shot

CLIPPED = 5.0
"""% of the subject without any drawing left, burnt out or gone black."""

REACH = 33.0
"""% of white that a photo's brightest 2 % should reach at least."""

DRIFT = 60.0
"""mired that the light's colour may change across the frame: a cloud before the sun makes 30, a
lamp of 3200 K beside daylight of 5600 K 134."""

_BURNT, _BLACK = 251 / 255, 4 / 255
_GRID = 256  # px of the longer side at which the light's drift is looked at
_LAG = 12  # px of that, over which it is
_PER_MIRED = 14388 * (1 / 0.45 - 1 / 0.60) * 1e-6  # ln(R / B) of a black body, by Wien's law
_FLAT = 0.25  # ln of brightness: more within the lag is an edge of something
_ENOUGH = 0.06  # of the pairs that must be of one surface, or nothing is said


def clipped_exposure(shot: Shot) -> list[Seen]:
    """% of pixels where all channels are burnt out or black; limit CLIPPED.

    Of the subject where there is one: a white backdrop may be white. In the photo alone, what is
    burnt out and reaches along the frame counts as a backdrop.
    """
    burnt, black = shot.small.min(axis=2) >= _BURNT, shot.small.max(axis=2) <= _BLACK
    within = ~_along_frame(burnt) if shot.subject is None else shot.subject >= 0.5
    count = max(int(within.sum()), 1)
    high, low = (float((plane & within).sum() / count * 100) for plane in (burnt, black))
    value, plane = (high, burnt) if high >= low else (low, black)
    lost = "burnt out" if high >= low else "black"
    of = "it" if shot.subject is None else shot.whose
    words = f"{value:.1f} % of {of} is {lost}; up to {CLIPPED:g} % is good."
    if shot.subject is None:
        words = f"{value:.1f} % of the photo is {lost}; up to {CLIPPED:g} % is good."
    why = f"{words.split(';')[0]}: there is no edge left to follow where that touches the outline."
    hit = plane & within
    box = shot.box_in_photo(hit) if value > CLIPPED else None
    return [taken("clipped_exposure", value, "%", CLIPPED, words, why, box=box)]


def underexposed(shot: Shot) -> list[Seen]:
    """How bright the brightest 2 % of the photo are, % of white; limit REACH, at least."""
    value = float(np.quantile(shot.grey, 0.98)) * 100
    words = f"The brightest parts reach {value:.0f} % of white; {REACH:g} % and more is good."
    why = f"Nothing is brighter than {value:.0f} % of white: too dark, and grain fills the edges."
    remedy = (Remedy("preset", {"name": "noisy photo"}),)
    return [taken("underexposed", value, "% of white", REACH, words, why, at_least=True,
                  remedy=remedy)]  # fmt: skip


def mixed_light(shot: Shot) -> list[Seen]:
    """How far the light's colour changes across the frame, mired; limit DRIFT.

    Within one surface the ratio of red to blue changes with the light alone; between surfaces it
    jumps, either way. So the median of its changes over short ways, among pixels that are about
    equally bright, is the light's own drift; over the whole width and height that is the measure.
    Nothing is said where hardly any two neighbours are of one surface.
    """
    scale = _GRID / max(shot.linear.shape[:2])
    size = [max(_LAG + 4, round(side * scale)) for side in shot.linear.shape[1::-1]]
    light = cv2.resize(shot.linear, size, interpolation=cv2.INTER_AREA)
    light = cv2.GaussianBlur(light, (0, 0), 1.5)
    red, green, blue = np.moveaxis(light, 2, 0)
    known = (light.min(axis=2) > 0.015) & (light.max(axis=2) < 0.93)
    tint = np.log(np.maximum(red, 1e-4) / np.maximum(blue, 1e-4))
    bright = np.log(np.maximum(green, 1e-4))
    drift = []
    for axis in (0, 1):
        size_along = tint.shape[axis]
        a, b = ((slice(None),) * axis + (part,) for part in (np.s_[:-_LAG], np.s_[_LAG:]))
        same = known[a] & known[b] & (np.abs(bright[a] - bright[b]) < _FLAT)
        step = (tint[b] - tint[a])[same]
        step = step[np.abs(step) < 0.35]
        if len(step) < _ENOUGH * same.size:
            return []
        drift.append(float(np.median(step)) / _LAG * size_along / _PER_MIRED)
    value = float(np.hypot(*drift))
    words = f"The light's colour drifts by {value:.0f} mired; up to {DRIFT:g} is good."
    warm = _warm_side(drift)
    why = f"The light is warmer {warm} by {value:.0f} mired: lamps of two colours are mixed."
    remedy = (setting(amount=1.0, cast=0.5, cast_reach=15.0),)
    return [taken("mixed_light", value, "mired", DRIFT, words, why, remedy=remedy)]


def _warm_side(drift: list[float]) -> str:
    down, right = drift
    if abs(right) >= abs(down):
        return "on the right" if right > 0 else "on the left"
    return "below" if down > 0 else "above"


def _along_frame(plane: np.ndarray) -> np.ndarray:
    """Those pieces of a plane that touch the frame."""
    _, labels = cv2.connectedComponents(plane.astype(np.uint8))
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return plane & np.isin(labels, np.unique(edge[edge > 0]))
