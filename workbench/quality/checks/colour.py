"""Colour of the old background in the edge."""

from __future__ import annotations

import numpy as np

from .observation import Observation, Remedy, box_of, setting, severity
from .outline import SECTION, TAPS, running, stretches
from .sight import Sight

FRINGE = 0.24
"""Share of the way from the subject's colour to the old background's, over a window of the edge."""

TAKEN_OUT = 0.5
"""Of the difference that a clean edge has to the photo, from which on the edge was cleaned."""

CONTRAST = 0.2
"""Distance in sRGB between the two from which on this can be told."""

_LEAST = 0.15  # of all measured points that are in windows above FRINGE
_MOST = 3
_MIXED = 0.7  # no mixture of the edge's opacities keeps more than this


def fringe(sight: Sight) -> list[Observation]:
    """The old background's colour left in the edge's own colours.

    Across each point of the outline, F is the mean of the subject's colours where alpha is above
    0.95, 4 px inside and more, and B of the photo where it is below 0.05, within 8 px. Of the
    pixels between (0.1 to 0.9) the measure is how far their colour lies on the way from F to B,
    weighted by alpha, less the same of the opaque pixels next to them: 0 clean, 1 the
    background itself. From FRINGE on, over windows of 24 points, 15 % of the outline together.
    An edge that differs from the photo by more than TAKEN_OUT of what is expected was cleaned
    already.
    A halo of opaque background (an alpha that is too wide) is not told from a subject's own rim.
    """
    outline = sight.outline
    if outline is None:
        return []
    colours = outline.sample(sight.colours)
    alpha = outline.alpha
    solid = (alpha > 0.95) & (TAPS >= 1)
    deep, rim = solid & (TAPS >= 4), solid & (TAPS < 4)
    clear = (alpha < 0.05) & (TAPS <= -1)
    enough = (deep.sum(axis=1) >= 4) & (clear.sum(axis=1) >= 4)

    def mean(picture: np.ndarray, where: np.ndarray) -> np.ndarray:
        total = np.einsum("ntc,nt->nc", picture, where.astype(np.float32))
        return total / np.maximum(where.sum(axis=1), 1)[:, None]

    own, behind = mean(colours, deep), mean(outline.image, clear)
    way = behind - own
    contrast = np.linalg.norm(way, axis=1)
    between = alpha * ((alpha > 0.1) & (alpha < 0.9) & (np.abs(TAPS) <= 6))
    weight = between.sum(axis=1)
    share = np.einsum("ntc,nc->nt", colours - own[:, None], way)
    share = share / np.maximum(contrast**2, 1e-4)[:, None]
    left = (share.clip(-1, 1.5) * between).sum(axis=1) / np.maximum(weight, 1e-6)
    # A subject whose own rim is of the background's colour has no fringe there.
    own_rim = (share.clip(0, 1.5) * rim).sum(axis=1) / np.maximum(rim.sum(axis=1), 1)
    left -= own_rim
    good = enough & (contrast >= CONTRAST) & (weight > 0.2)
    if good.sum() < 2 * SECTION:
        return []
    # Taken out, the background's colour makes the edge's differ from the photo's own.
    apart = np.linalg.norm(colours - outline.image, axis=2) * between
    apart = apart.sum(axis=1) / np.maximum(
        contrast * ((1 - alpha) * between).sum(axis=1), np.float32(1e-3)
    )
    kept, told = running(left, good, outline.lines)
    changed, _ = running(apart, good, outline.lines)
    flagged = (kept >= FRINGE) & (kept <= _MIXED) & (told >= 0.5)
    flagged &= changed <= TAKEN_OUT
    if flagged.sum() < _LEAST * good.sum():
        return []
    found = []
    for run in stretches(flagged, outline.lines)[:_MOST]:
        at, measure = outline.points[run], float(kept[run].mean())
        if len(at) < SECTION / 2:
            continue
        hue = _named(np.clip(behind[run].mean(axis=0), 0, 1))
        remedy = setting(amount=1.0)
        if sight.settings and sight.in_force("amount") >= 1:
            stroke = tuple((float(x) + 0.5, float(y) + 0.5) for x, y in at[::4])
            remedy = Remedy("refine", {"points": stroke, "size": 12.0})
        found.append(Observation(
            "fringe", severity(measure, FRINGE / 2), box_of(at[:, 0], at[:, 1], sight.shape, 3),
            measure, "of the old background", f"The edge keeps {measure:.0%} of the old "
            f"background's colour ({hue}): a fringe on any other.", (remedy,),
        ))  # fmt: skip
    return found


def _named(colour: np.ndarray) -> str:
    """A colour in a word."""
    import colorsys

    hue, light, rich = colorsys.rgb_to_hls(*(float(v) for v in colour))
    if rich < 0.15 or light < 0.08 or light > 0.95:
        return "black" if light < 0.25 else "white" if light > 0.75 else "grey"
    names = ("red", "yellow", "green", "cyan", "blue", "magenta")
    return names[int(hue * 6 + 0.5) % 6]
