"""Opacity where there should be none between: half opaque deep inside or far outside, and noise."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Observation, box_of, setting, severity
from .sight import Sight
from .strokes import painted

DEPTH = 8.0
"""px from where the alpha first is soft that counts as deep inside or far outside."""

EVEN = 0.25
"""Range of the alpha within 5 × 5 px below which it is even, and not hair."""

HALF_AREA = 90
"""px² of connected half-opaque pixels that are worth a word."""

NOISE = 0.006
"""Mean departure of the alpha from a 3 × 3 median, over a tile of flat alpha, that is noise."""

_FLAT = 0.08
_COARSE = 0.03  # of opacity: from here on specks are taken out too
_TILE = 32
_MOST = 5


def half_opaque(sight: Sight) -> list[Observation]:
    """Regions at 0.1 to 0.9 that lie deep inside the subject, or away from it.

    Only where the alpha is even (it varies by less than EVEN within 5 px): hair is not. Deep inside
    is DEPTH px and more from everything below 0.1 (so that a soft edge does not
    count), far outside likewise from everything above 0.9. Measure: the region's area, px², of at
    least HALF_AREA.
    """
    plane = sight.plane
    half = (plane > 0.1) & (plane < 0.9)
    if not half.any():
        return []
    window = np.ones((5, 5), np.uint8)
    half &= cv2.dilate(plane, window) - cv2.erode(plane, window) < EVEN
    found = []
    for words, other, keep in (
        ("inside the subject", plane <= 0.1, True),
        ("outside the subject", plane >= 0.9, False),
    ):
        if other.any():
            away = cv2.distanceTransform((~other).astype(np.uint8), cv2.DIST_L2, 3)
        else:
            away = np.full(plane.shape, np.inf, np.float32)
        region = (half & (away > DEPTH)).astype(np.uint8)
        number, labels, stats, _ = cv2.connectedComponentsWithStats(region, connectivity=8)
        for n in range(1, number):
            x, y, w, h, area = (int(v) for v in stats[n])
            if area < HALF_AREA:
                continue
            remedy = painted(labels[y : y + h, x : x + w] == n, (x, y), keep)
            found.append(Observation(
                "half_opaque", severity(area, HALF_AREA), (float(x), float(y), float(x + w),
                float(y + h)), float(area), "px²",
                f"{area} px² {words} are half opaque: the new background would shine through "
                "where nothing is transparent.",
                (remedy,),
            ))  # fmt: skip
    return sorted(found, key=lambda one: -one.measure)[:_MOST]


def alpha_noise(sight: Sight) -> list[Observation]:
    """Grain in the alpha where it should be flat: deep inside and well outside.

    Flat is where the alpha's mean over 5 px is below 0.08 or above 0.92, and so it is 4 px around.
    Measure: the mean of |alpha − its 3 × 3 median| over the worst tile of 32 px, from NOISE on.
    """
    plane = sight.plane
    eight = np.rint(plane * 255).astype(np.uint8)
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
    settings = {"denoise": max(sight.in_force("denoise"), min(60.0, max(15.0, 1000 * worst)))}
    if worst > _COARSE:
        settings["despeckle"] = max(sight.in_force("despeckle"), 1.0)
    return [Observation(
        "alpha_noise", severity(worst, NOISE), tuple(map(float, box)), worst,  # type: ignore[arg-type]
        "of opacity", f"The alpha is grainy where it should be flat (±{worst:.1%}): it shows as "
        "specks on a plain background.",
        (setting(**settings),),
    )]  # fmt: skip
