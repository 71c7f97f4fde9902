"""The edge itself: stair-stepped, cut with scissors, or softer than the photo."""

from __future__ import annotations

import numpy as np

from .observation import Observation, box_of, setting, severity
from .outline import SECTION, Outline, running, stretches
from .sight import Sight

STAIRS = 0.6
"""Share of an oblique outline that runs exactly along rows, columns or diagonals."""

LEAST = 0.5
"""Share of all oblique steps that must be in such windows."""

SCISSORS = 1.8
"""px: the alpha's 10–90 % width (read with linear interpolation: a binary edge has 0.8) below which
it is a cookie cutter's where the photo's is SOFTER times wider."""

SOFTER = 1.4
FEATHERED = 2.2
"""Times wider than the photo's edge, from which on an edge is too soft; above SOFT_FROM px."""

SOFT_FROM = 3.5
CONTRAST = 0.15
"""Distance in sRGB between inside and outside from which on the photo's edge can be measured."""

_MOST = 3
_OBLIQUE = 10.0  # degrees from any multiple of 45
_EXACT = 3.0  # degrees
_WINDOW = 9  # pixels to either side that an outline's direction is taken over


def stair_steps(sight: Sight) -> list[Observation]:
    """An outline that goes in steps: oblique, yet made of runs along rows, columns and diagonals.

    Each line at alpha 0.5 is read to a fraction of a pixel. Where its direction over 19 px is
    10° and more from any multiple of 45°, the share of its single steps within 3° of one is
    measured; a sampled slope has about a seventh, a binary mask all of it. From STAIRS on, over a
    window of 24 steps of which half are oblique, and LEAST of all oblique ones: hair has a few.
    """
    outline = sight.outline
    if outline is None:
        return []
    found: list[tuple[float, np.ndarray]] = []
    stepped = oblique_all = 0
    for path in outline.paths:
        line = _precise(path, sight.plane)
        if line is None:
            continue
        turn = np.roll(line, -1, axis=0) - line
        exact = _from_45(turn) <= _EXACT
        wide = np.roll(line, -_WINDOW, axis=0) - np.roll(line, _WINDOW, axis=0)
        oblique = _from_45(wide) >= _OBLIQUE
        share, count = running(exact.astype(float), oblique, np.zeros(len(path), np.int32))
        flagged = (share >= STAIRS) & (count >= SECTION / 2)
        stepped += int((flagged & oblique).sum())
        oblique_all += int(oblique.sum())
        runs = stretches(flagged, np.zeros(len(path), np.int32))
        found += [(float(share[r].mean()), path[r]) for r in runs if r.stop - r.start >= 6]
    if stepped < LEAST * oblique_all:
        return []
    found.sort(key=lambda one: -len(one[1]))
    return [
        Observation(
            "stair_steps", severity(share, STAIRS / 2), box_of(p[:, 0], p[:, 1], sight.shape, 2),
            share, "of the outline", f"The edge goes in steps: {share:.0%} of its slopes run along "
            "rows, columns and diagonals of pixels.",
            (setting(edge_blur=max(sight.in_force("edge_blur"), 1.2)),),
        )
        for share, p in found[:_MOST]
    ]  # fmt: skip


def cookie_cutter(sight: Sight) -> list[Observation]:
    """An edge sharper than the photo's: under SCISSORS px wide, the photo's SOFTER times it.

    Both widths are medians over the outline's points with a plain edge and enough contrast.
    Measure: the alpha's width, px.
    """
    seen = _both_widths(sight)
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
    seen = _both_widths(sight)
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


def _both_widths(sight: Sight) -> tuple[Outline, np.ndarray, np.ndarray, np.ndarray] | None:
    outline = sight.outline
    if outline is None:
        return None
    # Soft edges are not plain in the sense of hair: 7 px is as far as a profile sees surely.
    good = (outline.alpha[:, -1] > 0.9) & (outline.alpha[:, 0] < 0.1)
    good &= outline.contrast >= CONTRAST
    if good.sum() < 2 * SECTION:
        return None
    alpha, photo = outline.widths
    return outline, good, alpha[good], photo[good]


def _around(outline: Outline, good: np.ndarray, sight: Sight) -> tuple[float, float, float, float]:
    at = outline.points[good]
    return box_of(at[:, 0], at[:, 1], sight.shape, 2)


def _precise(path: np.ndarray, plane: np.ndarray) -> np.ndarray | None:
    """A closed line of pixels moved to where the alpha crosses a half, (m, 2) of x, y."""
    if len(path) < 3 * SECTION:
        return None
    height, width = plane.shape
    x, y = path[:, 0], path[:, 1]
    here = plane[y, x]
    best, place = np.full(len(path), 2.0), path.astype(np.float64)
    wide = np.roll(path, -4, axis=0) - np.roll(path, 4, axis=0)
    flat = np.abs(wide[:, 0]) >= np.abs(wide[:, 1])
    for dx, dy in ((0, -1), (0, 1), (-1, 0), (1, 0)):
        u, v = np.clip(x + dx, 0, width - 1), np.clip(y + dy, 0, height - 1)
        there = plane[v, u]
        part = (here - 0.5) / np.maximum(here - there, 1e-6)
        # Across the line: up and down where it lies flat, sideways where it stands.
        fit = (there < 0.5) & (part < best) & (flat == (dy != 0))
        best[fit] = part[fit]
        place[fit] = path[fit] + part[fit, None] * np.array([dx, dy])
    return place[best < 2] if (best < 2).all() else np.where((best < 2)[:, None], place, path)


def _from_45(vectors: np.ndarray) -> np.ndarray:
    """Degrees between vectors (n, 2) and the nearest multiple of 45°."""
    angle = np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0])) % 45
    return np.minimum(angle, 45 - angle)
