"""Opacity where there should be none between: half opaque deep inside or far outside, and noise."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Observation, box_of, setting, severity, unpass
from .rim import SUPPORT, edge_along
from .sight import Sight
from .strokes import painted

DEPTH = 8.0
"""px from where the alpha first is soft that counts as deep inside or far outside."""

EVEN = 0.25
"""Range of the alpha within 5 × 5 px below which it is even, and not hair."""

HALF_AREA = 90
"""px² of connected half-opaque pixels that are worth a word."""

ALONE = 0.9
"""Share of what lies 5 to 7 px around a half-opaque region that is opaque (outside: clear)."""

NOISE = 0.006
"""Mean departure of the alpha from a 3 × 3 median, over a tile of flat alpha, that is noise."""

_FLAT = 0.08
_TILE = 32
_AROUND = 14  # px around a half-opaque region that it is compared with
_MOST = 5


def half_opaque(sight: Sight) -> list[Observation]:
    """Regions at 0.1 to 0.9 that lie deep inside the subject or away from it, and look solid.

    Only where the alpha is even (it varies by less than EVEN within 5 px): hair is not. Deep inside
    is DEPTH px and more from everything below 0.1 (so that a soft edge does not count), far outside
    likewise from everything above 0.9. The photo must look there more like what is around (the
    subject within 14 px; outside, the background) than like the mixture that the alpha claims, or
    the region must stand ALONE without an edge around it in the photo (``rim.SUPPORT``): what is
    really transparent is left alone. Within what was accepted to be seen through, looks alone
    count, and what is wrong there is that: it is not painted. Measure: the region's area, px², of
    at least HALF_AREA.
    """
    plane = sight.plane
    half = (plane > 0.1) & (plane < 0.9)
    if not half.any():
        return []
    window = np.ones((5, 5), np.uint8)
    eight = sight.eight
    half &= cv2.dilate(eight, window) - cv2.erode(eight, window) < EVEN * 255
    if half.sum() < HALF_AREA:
        return []
    # What is farther than DEPTH is so whatever lies beyond it: the rest of the photo is left out.
    left, top, wide, high = cv2.boundingRect(half.astype(np.uint8))
    by = int(DEPTH) + 2
    corner = max(0, left - by), max(0, top - by)
    part = np.s_[corner[1] : top + high + by, corner[0] : left + wide + by]
    found = []
    for words, other, keep in (
        ("inside the subject", plane[part] <= 0.1, True),
        ("outside the subject", plane[part] >= 0.9, False),
    ):
        away = cv2.distanceTransform((~other).astype(np.uint8), cv2.DIST_L2, 3)
        region = half[part] & (away > DEPTH if other.any() else True)
        if region.sum() < HALF_AREA:
            continue
        number, labels, stats, _ = cv2.connectedComponentsWithStats(
            region.astype(np.uint8), connectivity=8
        )
        for n in range(1, number):
            x, y, w, h, area = (int(v) for v in stats[n])
            if area < HALF_AREA:
                continue
            here = labels[y : y + h, x : x + w] == n
            x, y = x + corner[0], y + corner[1]
            at, through = (x, y), sight.glass_at(here, (x, y))
            seen = _solid_by_looks(sight, here, at, keep)
            if not (seen or (through is None and _unseen(sight, here, at, keep))):
                continue
            found.append(Observation(
                "half_opaque", severity(area, HALF_AREA), (float(x), float(y), float(x + w),
                float(y + h)), float(area), "px²",
                f"{area} px² {words} are half opaque: the new background would shine through "
                "where nothing is transparent.",
                painted(here, at, keep) if through is None else (unpass(through),),
            ))  # fmt: skip
    return sorted(found, key=lambda one: -one.measure)[:_MOST]


def _solid_by_looks(
    sight: Sight, region: np.ndarray, corner: tuple[int, int], inside: bool
) -> bool:
    """Whether a half-opaque region looks like what is around it rather than like a mixture.

    Args:
        region: (h, w) bool. corner: x, y of its first pixel. inside: the subject, or outside it.
    """
    (x, y), (h, w) = corner, region.shape
    by = _AROUND + 2
    x0, y0 = max(0, x - by), max(0, y - by)
    part = np.s_[y0 : y + h + by, x0 : x + w + by]
    plane, photo = sight.plane[part], sight.photo[part]
    here = np.zeros(plane.shape, bool)
    here[y - y0 : y - y0 + h, x - x0 : x - x0 + w] = region
    ring = cv2.distanceTransform((~here).astype(np.uint8), cv2.DIST_L2, 3)
    ring = (ring > 3) & (ring <= _AROUND)
    like = ring & (plane > 0.95 if inside else plane < 0.05)
    if not like.any() or like.sum() < 0.4 * ring.sum():
        return False
    own, seen = photo[like].mean(axis=0), photo[here].mean(axis=0)
    other = sight.ground_colour(x + w / 2, y + h / 2, clear=inside)
    if other is None:
        return True
    share = float(plane[here].mean())
    share = 1 - share if inside else share
    apart = float(np.linalg.norm(other - own))
    # Where the two are of one colour nothing can be told, and a person would not see it either.
    moved = float((seen - own) @ (other - own)) / max(apart, 1e-3) ** 2
    return apart < 0.05 or abs(moved) < 0.5 * share


def _unseen(sight: Sight, region: np.ndarray, corner: tuple[int, int], inside: bool) -> bool:
    """Whether a half-opaque region stands alone and the photo has no edge around it.

    Args:
        region, corner, inside: see ``_solid_by_looks``.
    """
    # The region's rim is not even: 2 px more are of it, and another 5 around are looked at.
    by = 7
    x, y = corner[0] - by, corner[1] - by
    h, w = (side + 2 * by for side in region.shape)
    if x < 0 or y < 0 or x + w > sight.shape[1] or y + h > sight.shape[0]:
        return False
    away = cv2.distanceTransform((~np.pad(region, by)).astype(np.uint8), cv2.DIST_L2, 3)
    plane = sight.plane[y : y + h, x : x + w]
    ring = plane[(away > 4.5) & (away <= by)]
    alone = float((ring > 0.9 if inside else ring < 0.1).mean())
    return alone >= ALONE and edge_along(sight, away <= 2.5, (x, y)) < SUPPORT


def alpha_noise(sight: Sight) -> list[Observation]:
    """Grain in the alpha where it should be flat: deep inside and well outside.

    Flat is where the alpha's mean over 5 px is below 0.08 or above 0.92, and so it is 4 px around.
    Measure: the mean of |alpha − its 3 × 3 median| over the worst tile of 32 px, from NOISE on.
    """
    plane = sight.plane
    eight = sight.eight
    grain = cv2.absdiff(eight, cv2.medianBlur(eight, 3))
    if not grain.any():
        return []
    soft = cv2.blur(plane, (5, 5))
    between = ((soft > _FLAT) & (soft < 1 - _FLAT)).astype(np.uint8)
    flat = cv2.dilate(between, np.ones((9, 9), np.uint8)) == 0
    height, width = plane.shape
    size = -(-width // _TILE), -(-height // _TILE)
    padded = (size[0] * _TILE, size[1] * _TILE)
    weight = np.zeros(padded[::-1], np.float32)
    weight[:height, :width] = flat
    noise = np.zeros(padded[::-1], np.float32)
    noise[:height, :width] = np.where(flat, grain, 0) / np.float32(255)
    share = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    mean = cv2.resize(noise, size, interpolation=cv2.INTER_AREA) / np.maximum(share, 1e-6)
    bad = (mean > NOISE) & (share > 0.25)
    if not bad.any():
        return []
    worst = float(mean[bad].max())
    rows, columns = np.nonzero(bad)
    x0, y0, x1, y1 = box_of(columns, rows, (size[1], size[0]))
    box = (x0 * _TILE, y0 * _TILE, min(width, x1 * _TILE), min(height, y1 * _TILE))
    # What single pixels stand out by goes first, so that little is left to smooth over.
    settings = {
        "despeckle": max(sight.in_force("despeckle"), 1.0),
        "denoise": max(sight.in_force("denoise"), min(60.0, max(8.0, 700 * worst))),
    }
    return [Observation(
        "alpha_noise", severity(worst, NOISE), tuple(map(float, box)), worst,  # type: ignore[arg-type]
        "of opacity", f"The alpha is grainy where it should be flat (±{worst:.1%}): it shows as "
        "specks on a plain background.",
        (setting(**settings),),
    )]  # fmt: skip
