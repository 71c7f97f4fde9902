"""Thin parts of the subject that were lost: legs, handles, stalks."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Observation, Remedy, severity
from .outline import Outline, beside, stretches
from .sight import Sight

LENGTH = 14.0
"""px that a part must go on beyond the edge."""

THICK = 14.0
"""px: half the width of the thickest thing that counts as thin."""

SLENDER = 2.0
"""Times longer than wide that it must be."""

CONTRAST = 0.18
"""Distance in sRGB between the two sides of the edge from which on this can be told."""

_TAPS = np.arange(-24, 9).astype(np.float32)
_LIKE = 0.35  # of the way from the subject's colour to the background's
_REACH = 12  # px beyond the edge that a point's own colour goes on, to be looked into
_WINDOW = 110  # px around a place that are looked at
_LEAST = 3  # points of the outline that it begins at
_ONE = 3.5  # half widths that 4 px of its length may spread over
_TRIED = 40  # places
_MOST = 3


def thin_parts_lost(sight: Sight) -> list[Observation]:
    """Something long and thin that goes on from the subject in its colours where the alpha ends.

    Points of the outline from which the photo's colour 2 to 6 px inside goes on outward for 12 px
    and more, within 0.35 of the way to the background's colour (that beside the place), while
    the neighbouring outline has an edge. From there the colour is followed as far as it hangs
    together: at least LENGTH px long, SLENDER times longer than wide, nowhere thicker than
    2 × THICK. Measure: the length, px.
    """
    outline = sight.outline
    if outline is None:
        return []
    colours = outline.sample(sight.photo, _TAPS)
    own = colours[:, (_TAPS >= 2) & (_TAPS <= 6)].mean(axis=1)
    behind = beside(colours[:, (_TAPS <= -4) & (_TAPS >= -9)].mean(axis=1), outline.lines)
    way = np.linalg.norm(behind - own, axis=1)
    off = np.linalg.norm(colours - own[:, None], axis=2) / np.maximum(way, 1e-3)[:, None]
    out = _TAPS[::-1] <= -1
    like = (off[:, ::-1] < _LIKE)[:, out]
    reach = np.where(like.all(axis=1), like.shape[1], like.argmin(axis=1))
    there = (reach >= _REACH) & (way >= CONTRAST) & (outline.alpha[:, 0] < 0.1)
    found: list[Observation] = []
    seen = np.zeros(sight.shape, bool)
    for run in stretches(there, outline.lines)[:_TRIED]:
        if run.stop - run.start < _LEAST:
            break
        one = _followed(sight, outline, run, own[run].mean(axis=0), behind[run].mean(axis=0), seen)
        if one is not None:
            found.append(one)
        if len(found) == _MOST:
            break
    return found


def _followed(
    sight: Sight, outline: Outline, run: slice, own: np.ndarray, behind: np.ndarray,
    seen: np.ndarray,
) -> Observation | None:  # fmt: skip
    """What goes on from a stretch of the outline, if it is long and thin."""
    at, inward = outline.points[run], outline.normals[run]
    x, y = at.mean(axis=0)
    height, width = sight.shape
    x0, y0 = max(0, int(x) - _WINDOW), max(0, int(y) - _WINDOW)
    part = np.s_[y0 : min(height, int(y) + _WINDOW), x0 : min(width, int(x) + _WINDOW)]
    photo = sight.photo[part]
    to_own = np.linalg.norm(photo - own.astype(np.float32), axis=2)
    to_behind = np.linalg.norm(photo - behind.astype(np.float32), axis=2)
    like = (to_own < to_behind) & (to_own < 0.5 * float(np.linalg.norm(behind - own)))
    like &= sight.plane[part] < 0.5
    starts = np.round(at - 4 * inward).astype(int) - [x0, y0]
    starts = starts.clip(0, [like.shape[1] - 1, like.shape[0] - 1])
    _, labels = cv2.connectedComponents(like.astype(np.uint8), connectivity=8)
    numbers = labels[starts[:, 1], starts[:, 0]]
    numbers = numbers[numbers > 0]
    if not numbers.size:
        return None
    thing = labels == np.bincount(numbers).argmax()
    if seen[part][thing].any():
        return None
    deep = float(cv2.distanceTransform(np.pad(thing.astype(np.uint8), 1), cv2.DIST_L2, 3).max())
    rows, columns = np.nonzero(thing)
    length = float(np.hypot(rows + y0 - y, columns + x0 - x).max())
    if deep > THICK or length < LENGTH or length < SLENDER * len(rows) / length:
        return None
    bins = _bins(np.stack([columns + x0, rows + y0], axis=1), (float(x), float(y)))
    wide = [float(np.hypot(*np.ptp(one, axis=0))) for one in bins]
    # A limb is one line: what branches, or fills a corner of the background, is not.
    if np.mean([w > max(_ONE * deep, 10.0) for w in wide]) > 0.2:
        return None
    seen[part] |= thing
    box = (float(x0 + columns.min()), float(y0 + rows.min()),
           float(x0 + columns.max() + 1), float(y0 + rows.max() + 1))  # fmt: skip
    middle = tuple((float(u) + 0.5, float(v) + 0.5) for u, v in (np.median(b, 0) for b in bins))
    inner, outer = max(1.0, round(deep) - 1.0), 2 * deep + 8
    return Observation(
        "thin_parts_lost", severity(length, LENGTH / 2), box, length, "px", f"Something thin goes "
        f"on for {length:.0f} px in the subject's own colour where the edge ends: a part was lost.",
        (
            Remedy("refine", {"points": middle, "size": float(outer)}),
            Remedy("paint", {"points": middle, "keep": True, "size": inner, "hardness": 1.0}),
        ),
    )  # fmt: skip


def _bins(pixels: np.ndarray, begin: tuple[float, float]) -> list[np.ndarray]:
    """Pixels (n, 2) of x, y, by every 4 px that they are farther from where something begins."""
    away = np.hypot(*(pixels - np.array(begin)).T) // 4
    return [pixels[away == n] for n in np.unique(away)]
