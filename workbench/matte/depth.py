"""A depth map beside the photo: what lies within a range, and what of a trimap it makes sure.

Depth is any number that grows or falls with the distance: metres, disparity, a sensor's steps.
Which way it runs does not matter here. NaN and infinity are unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np

from ..arrays import check_image, check_plane, check_trimap, to_float
from ..errors import ArrayError, InputError
from ..surround import crop_around, push_pull

_BINS = 64  # of the histogram over all depths
_VALLEY = 0.2  # of the highest bin of a thing: below, it has ended …
_RISE = 2.0  # … and where the bins have risen so many times above their least, another began
_WINDOW = 3  # pixels around a point whose median is its depth
_CLEAR = 0.25  # of the way from one depth to the other: so near, it is clearly that one
_AROUND = 64  # pixels around the band in which the sides' depths are asked
_APART = 4.0  # times the spread of both: less apart, depth does not tell them
_NEAREST = 0.8  # σ in the map's pixels of the neighbours that a photo's pixel asks
_STEP = 0.03  # of the map's range: less, from one of its pixels to the next, is smooth
_COLOUR = 0.03  # σ of their colours (sRGB, 0–1)


def check_depth(depth: Any) -> np.ndarray:
    """A depth map as (h, w) float32 with NaN where it is unknown.

    Args:
        depth: (h, w) of numbers; infinity is unknown too.

    Raises:
        ArrayError: another shape, no numbers, or nothing known.
    """
    array = np.asarray(depth)
    if array.ndim != 2 or 0 in array.shape:
        raise ArrayError(f"expected depth of shape (h, w), got {array.shape}")
    if array.dtype.kind not in "fiu":
        raise ArrayError(f"expected depth of numbers, got {array.dtype}")
    with np.errstate(over="ignore"):
        plane = array.astype(np.float32)
    plane[~np.isfinite(plane)] = np.nan
    if np.isnan(plane).all():
        raise ArrayError("expected a depth map with known values, got only NaN and infinity")
    return plane


def fit_depth(depth: Any, image: Any) -> np.ndarray:
    """A depth map at the photo's size, its edges where the photo's are.

    Joint bilateral upsampling (Kopf and others, SIGGRAPH 2007): each pixel asks the nine nearest
    of the map and believes those whose part of the photo has its own colour, where
    there is a step to place; elsewhere the map is smooth and drawn so. A map as large as the photo
    stays as it is; of a larger one the nearest values are taken, none are mixed.

    Args:
        depth: (h, w), see ``check_depth``; the photo's whole view.
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].

    Returns:
        (H, W) float32; NaN where most of what was asked is unknown.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    plane, picture = check_depth(depth), check_image(image)
    height, width = picture.shape[:2]
    h, w = plane.shape
    if (h, w) == (height, width):
        return plane
    y, x = ((np.arange(n) + 0.5) * m / n - 0.5 for n, m in ((height, h), (width, w)))
    rows, columns = np.rint(y).astype(int).clip(0, h - 1), np.rint(x).astype(int).clip(0, w - 1)
    if h >= height and w >= width:
        return plane[rows[:, None], columns]
    known = np.isfinite(plane)
    # Around their middle the sums have digits enough.
    middle = np.float32(np.median(plane[known]))
    value = np.where(known, plane - middle, np.float32(0))
    # What is known and smooth needs no photo; the rest is asked pixel by pixel.
    out = cv2.resize(value, (width, height), interpolation=cv2.INTER_LINEAR)
    out = out.reshape(height, width) + middle
    rough = _rough(value, known)
    small = cv2.resize(to_float(picture), (w, h), interpolation=cv2.INTER_AREA).reshape(h, w, 3)
    step = max(1, (1 << 18) // width)
    for top in range(0, height, step):
        block = slice(top, min(top + step, height))
        i, j = np.nonzero(rough[rows[block, None], columns])
        i += top
        colour = to_float(picture[i, j])
        total, weight, share, asked = np.zeros((4, len(i)), np.float32)
        for dy in (-1, 0, 1):
            down = (rows[i] + dy).clip(0, h - 1)
            for dx in (-1, 0, 1):
                across = (columns[j] + dx).clip(0, w - 1)
                away = (rows[i] + dy - y[i]) ** 2 + (columns[j] + dx - x[j]) ** 2
                near = np.exp(away * (-1 / (2 * _NEAREST**2))).astype(np.float32)
                here = known[down, across]
                off = ((colour - small[down, across]) ** 2).sum(axis=1)
                trust = near * (np.exp(off * np.float32(-1 / (2 * _COLOUR**2))) + np.float32(1e-6))
                total += trust * value[down, across]
                weight += trust * here
                share += trust
                asked += here
        fitted = total / np.maximum(weight, 1e-20) + middle
        out[i, j] = np.where((asked > 0) & (weight >= 0.5 * share), fitted, np.float32(np.nan))
    return out


def _rough(value: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Which of the map's pixels have a step of depth, or something unknown, next to them."""
    square = np.ones((3, 3), np.uint8)
    rise = cv2.dilate(value, square) - cv2.erode(value, square)
    span = np.percentile(value[known], 99) - np.percentile(value[known], 1)
    return (rise > _STEP * span) | (cv2.erode(known.astype(np.uint8), square) == 0)


def depth_mask(depth: Any, near: float, far: float, softness: float = 0.0) -> np.ndarray:
    """What lies between two depths.

    Args:
        depth: (h, w), see ``check_depth``.
        near, far: the range, in the map's own numbers, both included; either may be the larger.
        softness: how far beyond either end the mask falls to 0, in the map's numbers, 0 or more.

    Returns:
        (h, w) float32 in [0, 1]: 1 in the range, 0 where depth is unknown.

    Raises:
        ArrayError: not a depth map. InputError: a bad number.
    """
    plane = check_depth(depth)
    for name, value in (("near", near), ("far", far), ("softness", softness)):
        if not isinstance(value, (int, float, np.number)) or not np.isfinite(value):
            raise InputError(f"expected {name} to be a number, got {value!r}")
    if softness < 0:
        raise InputError(f"expected softness of 0 or more, got {softness!r}")
    low, high = np.float32(min(near, far)), np.float32(max(near, far))
    beyond = np.maximum(np.maximum(low - plane, plane - high), 0)
    inside = 1 - np.clip(beyond / softness, 0, 1) if softness > 0 else beyond == 0
    return np.where(np.isnan(plane), 0, inside).astype(np.float32)


def depth_at(depth: Any, points: Iterable[Any]) -> tuple[float, float]:
    """The range of depths of the thing, or things, that some points lie on.

    From the points' own depths the range grows either way to the next valley in the histogram of
    the whole map. A floor that leads up to a thing has all its depths, so that the range alone
    does not part the two.

    Args:
        depth: (h, w), see ``check_depth``.
        points: (x, y) in the map's pixels, 0, 0 the top left corner of its top left pixel.

    Returns:
        (near, far): the least and the greatest number, for ``depth_mask``.

    Raises:
        ArrayError: not a depth map.
        InputError: no points, or none where depth is known within 3 pixels.
    """
    plane = check_depth(depth)
    spots = np.array([tuple(point)[:2] for point in points], np.float64)
    if spots.ndim != 2 or not len(spots) or not np.isfinite(spots).all():
        raise InputError("expected at least one point (x, y)")
    values = []
    for x, y in np.floor(spots).astype(int):
        if 0 <= x < plane.shape[1] and 0 <= y < plane.shape[0]:
            part = plane[
                max(0, y - _WINDOW) : y + _WINDOW + 1, max(0, x - _WINDOW) : x + _WINDOW + 1
            ]
            if np.isfinite(part).any():
                values.append(float(np.nanmedian(part)))
    if not values:
        raise InputError("expected a point where depth is known, got only points where it is not")
    known = plane[np.isfinite(plane)]
    least, greatest = float(known.min()), float(known.max())
    if least == greatest:
        return least, greatest
    counts, edges = np.histogram(known, _BINS, (least, greatest))
    counts = np.convolve(np.pad(counts, 1, "edge"), [0.25, 0.5, 0.25], "valid")
    first, last = (
        min(_BINS - 1, int((value - least) / (greatest - least) * _BINS))
        for value in (min(values), max(values))
    )
    peak = float(counts[first : last + 1].max())
    low = first - _steps(counts[first::-1], peak)
    high = last + _steps(counts[last:], peak)
    return min(float(edges[low]), *values), max(float(edges[high + 1]), *values)


def _steps(counts: np.ndarray, peak: float) -> int:
    """How many bins further a thing goes, from the first of ``counts`` on."""
    least, where = float(counts[0]), 0
    for n, count in enumerate(counts):
        peak = max(peak, float(count)) if count <= least * _RISE else peak
        if count > _RISE * least and least < 0.5 * peak:
            return where
        if count < _VALLEY * peak:
            return n
        if count < least:
            least, where = float(count), n
    return len(counts) - 1


def depth_trimap(
    trimap: Any, depth: Any, mask: Any = None, image: Any = None, margin: float = 3.0
) -> np.ndarray:
    """The trimap with the pixels of its band made sure whose depth says what they are.

    A pixel's depth is held against the subject's and the background's next to it, continued into
    the band from both sides. Where these differ by several times what either varies, a depth
    within a quarter of the way of one of them says what the pixel is, if all around it, as far as
    ``margin``, say the same. Where they do not differ (feet on the floor), or depth is unknown,
    the band stays. Hair that the map does not see would be taken for background: keep its band by
    marks on the trimap after this.

    Args:
        trimap: (H, W) of 0, 0.5 and 1.
        depth: (h, w), see ``check_depth``; of another size it is fitted to the photo first.
        mask: (H, W) in [0, 1]: below 0.1 and above 0.9 it says beside the trimap what is
            background and subject, for their depths alone. Wanted where the band covers a subject
            whole.
        image: (H, W, 3), to fit a map of another size; without it a map of this size is wanted.
        margin: pixels by which the map's edges may lie wrong, 0 to 50; of a smaller map one and a
            half of its own pixels, if that is more.

    Returns:
        (H, W) float32 of 0, 0.5 and 1; what was sure stays.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range. InputError: a bad margin.
    """
    marks = check_trimap(trimap)
    plane = check_depth(depth)
    if not isinstance(margin, (int, float)) or not 0 <= margin <= 50:
        raise InputError(f"expected margin in 0..50 pixels, got {margin!r}")
    if plane.shape != marks.shape:
        if image is None:
            raise ArrayError(f"expected depth of shape {marks.shape}, got {plane.shape}")
        picture = check_image(image)
        if picture.shape[:2] != marks.shape:
            raise ArrayError(f"expected image of shape {marks.shape}, got {picture.shape[:2]}")
        margin = max(
            margin, 1.5 * max(n / m for n, m in zip(marks.shape, plane.shape, strict=True))
        )
        plane = fit_depth(plane, picture)
    subject, ground = marks == 1, marks == 0
    if mask is not None:
        guess = check_plane(mask, marks.shape)
        subject |= (guess > 0.9) & ~ground
        ground |= (guess < 0.1) & (marks != 1)
    out = marks.copy()
    if not (out == 0.5).any():
        return out
    reach = round(margin)
    # Each side is asked near the band alone.
    crop = crop_around(out == 0.5, max(_AROUND, 8 * reach))
    part, plane, subject, ground = out[crop], plane[crop], subject[crop], ground[crop]
    known, band = np.isfinite(plane), part == 0.5
    if not (subject & known).any() or not (ground & known).any():
        return out
    middle = np.float32(np.median(plane[known]))
    value = np.where(known, plane - middle, np.float32(0))
    # The sides' depths are asked a little away from their edge, where the map may be wrong.
    fore, vary_fore = _side(value, known, subject, reach)
    back, vary_back = _side(value, known, ground, reach)
    gap = np.abs(fore - back)
    told = known & (gap > _APART * (vary_fore + vary_back))
    like_fore = told & (np.abs(value - fore) < _CLEAR * gap)
    like_back = told & (np.abs(value - back) < _CLEAR * gap)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    for like, sure, value_there in ((like_fore, 1, 1.0), (like_back, 0, 0.0)):
        agreed = cv2.erode((like | (part == sure)).astype(np.uint8), disc) > 0
        out[crop][band & agreed & like] = value_there
    return out


def _side(
    value: np.ndarray, known: np.ndarray, side: np.ndarray, reach: int
) -> tuple[np.ndarray, np.ndarray]:
    """One side's depth continued over the photo, and how much it varies there; both (H, W)."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    inner = cv2.erode(side.astype(np.uint8), disc) > 0
    there = known & (inner if (inner & known).any() else side)
    level = push_pull(value[..., None], there.astype(np.float32))[..., 0]
    # Around it, not at the pixel alone, which is what it is compared with.
    size = 4 * reach + 5
    count = np.maximum(cv2.blur(there.astype(np.float32), (size, size)), 1e-6)
    held = np.where(there, value, 0)
    mean = cv2.blur(held, (size, size)) / count
    square = cv2.blur(held * held, (size, size)) / count
    varies = np.sqrt(np.maximum(square - mean * mean, 0))
    near = (count > 0.05).astype(np.float32) * there
    return level, push_pull(varies[..., None].astype(np.float32), near)[..., 0]
