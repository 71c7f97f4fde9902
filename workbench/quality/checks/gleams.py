"""What shines: highlights that were lost."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Observation, severity
from .sight import Sight
from .strokes import painted

BRIGHT = 0.85
"""Of the brightest that there is, from which on something may be a highlight."""

SPARKLE = 12
"""px² of a highlight that are worth a word."""

ABOVE = 0.15
"""Of full brightness, above what is around it."""

_SAME = 0.15  # in sRGB: seen through a gap
_NOTCH = 9  # px: a highlight at the rim makes a notch this deep at most
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


def _near(colours: np.ndarray, colour: np.ndarray) -> float:
    """The 20th percentile of the distances of many colours to one."""
    return float(np.quantile(np.linalg.norm(colours - colour, axis=1), 0.2))


def _cut(labels: np.ndarray, n: int, stats: np.ndarray) -> np.ndarray:
    x, y, w, h = (int(v) for v in stats[:4])
    return labels[y : y + h, x : x + w] == n
