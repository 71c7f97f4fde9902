"""The width of the edge: sharper than the photo's, softer, or uneven where the photo's is not."""

from __future__ import annotations

import numpy as np

from .observation import Observation, box_of, setting, severity
from .outline import SECTION, Outline, running, stretches
from .sight import Sight
from .strokes import along

SCISSORS = 1.8
"""px: the alpha's 10–90 % width (read with linear interpolation: a binary edge has 0.8) below which
it is a cookie cutter's where the photo's is SOFTER times wider."""

SOFTER = 1.4
FEATHERED = 1.8
"""Times wider than the photo's edge, from which on an edge is too soft; above SOFT_FROM px."""

SOFT_FROM = 3.5
UNEVEN = 1.9
"""Times wider than along the rest of the outline, beyond what the photo's own edge is there."""

CONTRAST = 0.15
"""Distance in sRGB between inside and outside from which on the photo's edge can be measured."""

_MOST = 3


def cookie_cutter(sight: Sight) -> list[Observation]:
    """An edge sharper than the photo's: under SCISSORS px wide, the photo's SOFTER times it.

    Both widths are medians over the outline's points with a plain edge and enough contrast, the
    half of them with most.
    Measure: the alpha's width, px.
    """
    seen = both_widths(sight)
    if seen is None:
        return []
    outline, good, alpha, photo = seen
    mine, theirs = float(np.median(alpha)), float(np.median(photo))
    if mine >= SCISSORS or theirs < SOFTER * mine:
        return []
    blur = min(2.0, max(0.4, ((theirs / 2.56) ** 2 - (mine / 2.56) ** 2) ** 0.5))
    return [Observation(
        "cookie_cutter", severity(theirs / mine, 1.0), _around(outline, good, sight), mine, "px",
        f"The edge is {mine:.1f} px wide and the photo's own is {theirs:.1f} px: it looks cut out "
        "with scissors.",
        (setting(edge_blur=round(max(sight.in_force("edge_blur"), blur), 2)),),
    )]  # fmt: skip


def soft_edges(sight: Sight) -> list[Observation]:
    """An edge softer than the photo's: above SOFT_FROM px and FEATHERED times the photo's width.

    Medians as in ``cookie_cutter``. Measure: the alpha's width, px.
    """
    seen = both_widths(sight)
    if seen is None:
        return []
    outline, good, alpha, photo = seen
    mine, theirs = float(np.median(alpha)), float(np.median(photo))
    if mine <= SOFT_FROM or mine < FEATHERED * theirs:
        return []
    return [Observation(
        "soft_edges", severity(mine / theirs, 1.0), _around(outline, good, sight), mine, "px",
        f"The edge is {mine:.1f} px wide where the photo's own is {theirs:.1f} px: it looks "
        "smeared.",
        (setting(feather=0.0, edge_blur=0.0),)
        if sight.in_force("feather") or sight.in_force("edge_blur")
        else (setting(contrast=max(sight.in_force("contrast"),
                                   float(min(80, round(100 * (1 - theirs / mine)))))),),
    )]  # fmt: skip


def uneven_width(sight: Sight) -> list[Observation]:
    """An edge wider or narrower in one place than in others, where the photo's is not.

    The 10–90 % widths of alpha and photo as geometric means over windows of 24 points, each divided
    by its median along the outline. Measure: the quotient of the two (above 1, whichever way
    round), from UNEVEN on, where the alpha's own width differs that much as well. Places of at most
    half the outline: what is more is the rule.
    """
    outline = sight.outline
    good = None if outline is None else plain_points(outline)
    if outline is None or good is None:
        return []
    relative = []
    for widths in outline.widths:
        mean, told = running(np.log(widths), good, outline.lines)
        relative.append(mean - np.median(mean[good]))
    alpha, photo = relative
    beyond = np.abs(alpha - photo)
    flagged = (np.minimum(beyond, np.abs(alpha)) >= np.log(UNEVEN)) & (told >= 0.5)
    flagged &= np.sign(alpha - photo) == np.sign(alpha)
    if flagged.sum() > good.sum() / 2:
        return []
    found = []
    for run in stretches(flagged, outline.lines)[:_MOST]:
        at = outline.points[run]
        if len(at) < SECTION / 2:
            continue
        times = float(np.exp(beyond[run].mean()))
        words = "softer" if alpha[run].mean() > 0 else "sharper"
        found.append(Observation(
            "uneven_width", severity(times, 1.0), box_of(at[:, 0], at[:, 1], sight.shape, 3),
            times, "times", f"The edge is {times:.1f} times {words} here than along the rest of "
            "the outline, and the photo's own is not.", along(at, 12.0),
        ))  # fmt: skip
    return found


def both_widths(sight: Sight) -> tuple[Outline, np.ndarray, np.ndarray, np.ndarray] | None:
    """The outline, the half of its points (n,) bool with most contrast, of those that have an edge
    that can be measured, and of these the widths of alpha and photo; None where there are too few.
    """
    outline = sight.outline
    good = None if outline is None else plain_points(outline)
    if outline is None or good is None:
        return None
    # The less an edge stands out, the more does texture beside it pass for its steepest slope.
    good &= outline.contrast >= np.median(outline.contrast[good])
    alpha, photo = outline.widths
    return outline, good, alpha[good], photo[good]


def plain_points(outline: Outline) -> np.ndarray | None:
    """(n,) bool: where the edge's width can be told from photo and alpha; None: hardly anywhere."""
    # Soft edges are not plain in the sense of hair: 7 px is as far as a profile sees surely.
    good = (outline.alpha[:, -1] > 0.9) & (outline.alpha[:, 0] < 0.1)
    good &= outline.contrast >= CONTRAST
    return good if good.sum() >= 2 * SECTION else None


def _around(outline: Outline, good: np.ndarray, sight: Sight) -> tuple[float, float, float, float]:
    at = outline.points[good]
    return box_of(at[:, 0], at[:, 1], sight.shape, 2)
