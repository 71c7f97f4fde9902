"""What shines and what is seen through: highlights lost, and glass rendered solid."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Observation, Remedy, box_of, severity
from .outline import SECTION, TAPS, stretches
from .sight import Sight
from .strokes import painted

BRIGHT = 0.85
"""Of the brightest that there is, from which on something may be a highlight."""

SPARKLE = 12
"""px² of a highlight that are worth a word."""

ABOVE = 0.15
"""Of full brightness, above what is around it."""

THROUGH = 1.25
"""Correlation of the photo just inside an opaque edge with that just outside, plus that of their
fine patterns: a gloss or a rounding darkens as the background happens to, but only what is seen
through repeats what is fine in it."""

ALIKE = 0.93
"""Correlation that is enough by itself, where a background has nothing fine."""

SHINES = 0.25
"""How much of the background's pattern goes on inside."""

PATTERN = 0.02
"""Spread of the background's colour along the outline (sRGB) from which on this can be told."""

_SAME = 0.15  # in sRGB: seen through a gap
_NOTCH = 9  # px: a highlight at the rim makes a notch this deep at most
_ALL = 1.05  # more than all of the pattern is a pattern of its own
_FINE = 25  # points
_ASLANT = (-4, -2, 0, 2, 4)  # points along the outline from outside to inside
_LEAST = 0.2  # of the fine pattern that goes on
_GRAIN = 0.015  # of sRGB: the fine pattern's spread
_CLEAN = 0.5  # of the points of a window that must be without hair
_LONG = 2  # sections that the pattern is compared over
_MOST = 5


def highlights_lost(sight: Sight) -> list[Observation]:
    """Highlights on glass or metal, taken for the background: bright, and clear in the alpha.

    Connected pixels with an alpha below 0.8 in the subject or in a notch of its rim at most 18 px
    wide, that are brighter than BRIGHT, brighter by ABOVE than the subject around them, and unlike
    the background near by (0.15 in sRGB), where there is any. Measure: the area, px², from SPARKLE
    on.
    """
    plane = sight.plane
    solid = (plane > 0.9).astype(np.uint8)
    if not solid.any():
        return []
    box = cv2.boundingRect(solid)
    found = []
    top, left = max(0, box[1] - _NOTCH), max(0, box[0] - _NOTCH)
    part = np.s_[top : box[1] + box[3] + _NOTCH, left : box[0] + box[2] + _NOTCH]
    alpha, photo = plane[part], sight.photo[part]
    near = cv2.dilate(solid[part], np.ones((2 * _NOTCH + 1, 2 * _NOTCH + 1), np.uint8))
    closed = cv2.erode(near, np.ones((2 * _NOTCH + 1, 2 * _NOTCH + 1), np.uint8))
    rows, columns = np.nonzero((closed > 0) & (alpha < 0.8))
    bright = photo[rows, columns].min(axis=1) > BRIGHT
    if bright.sum() < SPARKLE:
        return []
    spots = np.zeros(alpha.shape, np.uint8)
    spots[rows[bright], columns[bright]] = 1
    number, labels, stats, _ = cv2.connectedComponentsWithStats(spots, connectivity=8)
    for n in range(1, number):
        x, y, w, h, area = (int(v) for v in stats[n])
        if area < SPARKLE:
            continue
        by = 2 * _NOTCH
        around = np.s_[max(0, y - by) : y + h + by, max(0, x - by) : x + w + by]
        here = labels[around] == n
        inside = (alpha[around] > 0.95) & ~here
        clear = alpha[around] < 0.05
        clear &= ~cv2.dilate(here.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
        clear &= closed[around] == 0
        if inside.sum() < area / 2:
            continue
        light = photo[around].min(axis=2)
        if float(light[here].mean() - light[inside].mean()) < ABOVE:
            continue
        colour = photo[around][here].mean(axis=0)
        if clear.sum() >= 20:
            like = _near(photo[around][clear], colour)
        else:
            ground = sight.ground_colour(left + x + w / 2, top + y + h / 2, clear=True)
            like = np.inf if ground is None else float(np.linalg.norm(ground - colour))
        if like < _SAME:
            continue
        found.append((area, n))
    return [
        Observation(
            "highlights_lost", severity(area, SPARKLE / 2),
            (float(left + stats[n][0]), float(top + stats[n][1]),
             float(left + stats[n][0] + stats[n][2]), float(top + stats[n][1] + stats[n][3])),
            float(area), "px²", f"{area} px² of highlight are clear in the alpha: a gleam on glass "
            "or metal was taken for the background.",
            painted(_cut(labels, n, stats[n]), (left + int(stats[n][0]), top + int(stats[n][1])),
                    True),
        )
        for area, n in sorted(found, reverse=True)[:_MOST]
    ]  # fmt: skip


def solid_transparency(sight: Sight) -> list[Observation]:
    """An opaque edge that the background's pattern goes on behind: glass or a veil rendered solid.

    Along the outline, where the alpha is above 0.95 from 3 px inside on and below 0.05 from 3 px
    outside, the photo's colours 2 px outside and 2 px inside as two signals, each less its mean
    over windows of 49 points. Over such windows the slope of the second over the first (the
    measure: how much of the background's pattern goes on inside) must be SHINES and more, the
    background must have a pattern (PATTERN), and the correlation of the two be ALIKE, or THROUGH
    with that of what is finer than 25 points, which may go on aslant, up to 4 points on.
    """
    outline = sight.outline
    if outline is None:
        return []
    near = np.array([-2.5, -2.0, -1.5, 1.5, 2.0, 2.5], np.float32)
    colours = outline.sample(sight.photo, near)
    outer, inner = colours[:, :3].mean(axis=1), colours[:, 3:].mean(axis=1)
    good = (outline.alpha[:, TAPS >= 3].min(axis=1) > 0.95) & (
        outline.alpha[:, TAPS <= -3].max(axis=1) < 0.05)  # fmt: skip
    slope, likeness, spread, count = _goes_on(outer, inner, good, outline.lines)
    fine = _fine(outer, inner, good, outline.lines)
    flagged = (likeness + fine >= THROUGH) | (likeness >= ALIKE)
    flagged &= (slope >= SHINES) & (slope <= _ALL) & (spread >= PATTERN)
    flagged &= count >= _LONG * SECTION * _CLEAN
    found = []
    for run in stretches(flagged, outline.lines)[:_MOST]:
        at = outline.points[run]
        if len(at) < 0.75 * SECTION:
            continue
        measure = float(slope[run].mean())
        inward = outline.points[run] + 30 * outline.normals[run]
        both = np.concatenate([at, inward])
        region = tuple((float(x), float(y)) for x, y in cv2.convexHull(both)[:, 0])
        found.append(Observation(
            "solid_transparency", severity(measure, SHINES / 2),
            box_of(both[:, 0], both[:, 1], sight.shape), measure, "of the background's pattern",
            f"{measure:.0%} of the background's pattern goes on inside the edge, where the alpha "
            "says opaque: glass or a veil was rendered solid.",
            (Remedy("pass", {"region": region, "kind": "transparent", "method": "transparent",
                             "always": True}),),
        ))  # fmt: skip
    return found


def _goes_on(
    outer: np.ndarray, inner: np.ndarray, good: np.ndarray, lines: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Slope, correlation, the outer one's spread and the number of points, all (n,), of windows."""
    size = _LONG * SECTION + 1

    def mean(values: np.ndarray) -> np.ndarray:
        return _windows(values, good, lines, size)

    weight = mean(np.ones((len(good), 1)))
    part = np.maximum(weight, 1e-6)
    of_outer, of_inner = mean(outer) / part, mean(inner) / part
    # A window's own means: each pair of products less the product of means.
    vary = mean(outer**2) / part - of_outer**2
    other = mean(inner**2) / part - of_inner**2
    both = mean(outer * inner) / part - of_outer * of_inner
    vary, other, both = (np.maximum(v.sum(axis=1), 0) for v in (vary, other, both))
    slope = both / np.maximum(vary, 1e-8)
    likeness = both / np.maximum(np.sqrt(vary * other), 1e-8)
    return slope, likeness, np.sqrt(vary / 3), weight[:, 0] * size


def _fine(
    outer: np.ndarray, inner: np.ndarray, good: np.ndarray, lines: np.ndarray
) -> np.ndarray:  # fmt: skip
    """(n,) correlation of what is finer than _FINE points, at the best of ``_ASLANT``; 0 where the
    background has nothing so fine, or too much or too little of it goes on."""
    best = np.zeros(len(good))
    for by in _ASLANT:
        moved, there = outer.copy(), good.copy()
        for line in np.unique(lines):
            here = np.flatnonzero(lines == line)
            moved[here] = np.roll(outer[here], by, axis=0)
            there[here] &= np.roll(good[here], by)
        weight = np.maximum(_windows(np.ones((len(good), 1)), there, lines, _FINE), 1e-6)
        beyond, within = (
            one - _windows(one, there, lines, _FINE) / weight for one in (moved, inner)
        )
        slope, likeness, spread, _ = _goes_on(beyond, within, there, lines)
        told = (slope >= _LEAST) & (slope <= _ALL) & (spread >= _GRAIN)
        best = np.maximum(best, np.where(told, likeness, 0))
    return best


def _windows(values: np.ndarray, good: np.ndarray, lines: np.ndarray, size: int) -> np.ndarray:
    """(n, C) sums of the good values over windows of ``size`` points of a line, over their size."""
    made = np.zeros(values.shape)
    for line in np.unique(lines):
        here = np.flatnonzero(lines == line)
        pad = np.take(here, np.arange(-size, len(here) + size), mode="wrap")
        block = np.where(good[pad][:, None], values[pad], 0).astype(np.float64)
        made[here] = cv2.blur(block, (1, size))[size:-size]
    return made


def _near(colours: np.ndarray, colour: np.ndarray) -> float:
    """The 20th percentile of the distances of many colours to one."""
    return float(np.quantile(np.linalg.norm(colours - colour, axis=1), 0.2))


def _cut(labels: np.ndarray, n: int, stats: np.ndarray) -> np.ndarray:
    x, y, w, h = (int(v) for v in stats[:4])
    return labels[y : y + h, x : x + w] == n
