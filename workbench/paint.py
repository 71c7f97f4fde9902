"""Strokes to corrections.

A correction is, per pixel, a value v in [0, 1] and a weight w in [0, 1]: w = 1 is certain and wins
over every model, w = 0 says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .arrays import row_blocks
from .coordinates import Point
from .edits import Paint
from .planes import Part, Plane
from .stages import StageCache, key_of

SURE = 0.999
"""The weight from which a correction counts as certain."""


@dataclass(frozen=True, eq=False)
class Corrections:
    """What a person painted on one subject.

    Attributes:
        value: (H, W) float32 in [0, 1]; 1 keeps, 0 removes. Of no meaning where weight is 0.
        weight: (H, W) float32 in [0, 1].
    """

    value: np.ndarray
    weight: np.ndarray

    @classmethod
    def none(cls, shape: tuple[int, int]) -> Corrections:
        """Nothing painted yet on an image of (H, W)."""
        return cls(np.zeros(shape, np.float32), np.zeros(shape, np.float32))

    def applied_to(self, plane: np.ndarray) -> np.ndarray:
        """(1 − w) · plane + w · v, exactly v where w is 1. plane: (H, W) float32 in [0, 1]."""
        out = plane.copy()
        # Rows that nobody painted on stay as they are: at 24 MP that is most of the work.
        for rows in row_blocks(out, 1 << 16):
            weight = self.weight[rows]
            if weight.any():
                out[rows] = (1 - weight) * plane[rows] + weight * self.value[rows]
        return out

    @property
    def said(self) -> np.ndarray:
        """(H, W) float32: 1 surely the subject, −1 surely not, 0 nothing said."""
        return (2 * self.value - 1) * self.weight


class Corrected:
    """A plane with the corrections in it, computed where it is asked for; a Plane itself.

    Attributes:
        nbytes: 0: plane and corrections are somebody else's.
    """

    nbytes = 0

    def __init__(self, plane: Plane, corrections: Corrections) -> None:
        self.shape, self._plane, self._corrections = plane.shape, plane, corrections

    def __getitem__(self, part: Part) -> np.ndarray:
        value, weight = self._corrections.value[part], self._corrections.weight[part]
        return Corrections(value, weight).applied_to(self._plane[part])


def coverage(
    points: Sequence[Point],
    size: float,
    shape: tuple[int, int],
    hardness: float = 1.0,
    pressures: Sequence[float] = (),
    flow: float = 1.0,
) -> tuple[tuple[slice, slice], np.ndarray]:
    """How much of each pixel a brush stroke covers.

    The distance from each pixel's centre to the stroke's line, taken through a profile that is 1
    within hardness × radius and falls smoothly to 0 at the radius; at hardness 1 the fall is one
    pixel wide, so that even a crisp brush has no stair-steps. With a flow under 1 the stroke is a
    row of dabs an eighth of the brush apart, each of which covers that share of what is left.

    Args:
        points: (x, y) in image pixels.
        size: the brush's diameter in pixels.
        shape: (H, W) of the image.
        hardness: 0–1.
        pressures: 0–1 for each point, scaling the radius along the line; () for full pressure.
        flow: 0–1.

    Returns:
        The touched part of the image as (row slice, column slice), and its coverage, float32 in
        [0, 1]. Both may be empty: the stroke lies outside the image.
    """
    height, width = shape
    line = np.asarray(points, np.float64).reshape(-1, 2)
    if not len(pressures) and flow >= 1:
        line = _simplified(line, min(0.5, max(0.1, size / 1000)))
    radius = size / 2
    radii = (
        radius * np.asarray(pressures, np.float64) if len(pressures) else np.full(len(line), radius)
    )
    left = max(0, int(np.floor(line[:, 0].min() - radius - 1)))
    right = min(width, int(np.ceil(line[:, 0].max() + radius + 1)))
    top = max(0, int(np.floor(line[:, 1].min() - radius - 1)))
    bottom = min(height, int(np.ceil(line[:, 1].max() + radius + 1)))
    if right <= left or bottom <= top:
        return (slice(0, 0), slice(0, 0)), np.zeros((0, 0), np.float32)
    covered = np.zeros((bottom - top, right - left), np.float32)
    if flow < 1:
        line, radii = _dabs(line, radii, size / 8)
        starts = range(len(line))
    else:
        starts = range(max(len(line) - 1, 1))
    for n in starts:
        m = n if flow < 1 else min(n + 1, len(line) - 1)
        (ax, ay), (bx, by) = line[n], line[m]
        reach = max(radii[n], radii[m]) + 1
        x0, x1 = max(left, int(min(ax, bx) - reach)), min(right, int(max(ax, bx) + reach) + 1)
        y0, y1 = max(top, int(min(ay, by) - reach)), min(bottom, int(max(ay, by) + reach) + 1)
        if x1 <= x0 or y1 <= y0:
            continue
        x = np.arange(x0, x1) + 0.5 - ax
        y = (np.arange(y0, y1) + 0.5 - ay)[:, None]
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        t = np.clip((x * dx + y * dy) / length2, 0, 1) if length2 > 0 else np.zeros((1, 1))
        distance = np.hypot(x - t * dx, y - t * dy)
        r = radii[n] + t * (radii[m] - radii[n])
        fall = np.maximum(r * (1 - hardness), 1.0)
        ramp = np.clip((r + 0.5 * (hardness == 1) - distance) / fall, 0, 1)
        part = covered[y0 - top : y1 - top, x0 - left : x1 - left]
        profile = (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)
        if flow < 1:
            part += np.float32(flow) * profile * (1 - part)
        else:
            # A stroke is one deed: where it crosses itself it does not cover twice.
            np.maximum(part, profile, out=part)
    return (slice(top, bottom), slice(left, right)), covered


def _dabs(line: np.ndarray, radii: np.ndarray, apart: float) -> tuple[np.ndarray, np.ndarray]:
    """Places (n, 2) at equal distances along a line, at least a pixel apart, and the radii there.

    Along the way and not point by point: what a slow hand draws is the same.
    """
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.arange(0.0, along[-1] + 1e-9, max(apart, 1.0))
    places = np.stack([np.interp(at, along, line[:, k]) for k in (0, 1)], axis=1)
    return places, np.interp(at, along, radii)


def _simplified(line: np.ndarray, tolerance: float) -> np.ndarray:
    """The same line within ``tolerance`` pixels with fewer points (Douglas & Peucker 1973).

    A hand's stroke has a point a pixel; the work below grows with points times brush area.
    """
    if len(line) < 3:
        return line
    import cv2

    # From a whole pixel near its middle, float32 holds sixteenths of a pixel exactly.
    middle = np.round(line.mean(axis=0))
    kept = cv2.approxPolyDP((line - middle).astype(np.float32)[:, None], tolerance, False)
    return kept[:, 0].astype(np.float64) + middle


def painted(corrections: Corrections, stroke: Paint) -> Corrections:
    """The corrections after one more stroke; the ones handed in are left as they are."""
    value, weight = corrections.value.copy(), corrections.weight.copy()
    part, c = coverage(
        stroke.points, stroke.size, value.shape, stroke.hardness, stroke.pressures, stroke.flow
    )
    c = c * np.float32(stroke.opacity)
    v, w = value[part], weight[part]
    if stroke.keep is None:
        weight[part] = w * (1 - c)
        return Corrections(value, weight)
    # The stroke over what was painted before, as one colour over another: "over" with the weight
    # as opacity (Porter & Duff 1984, p. 255).
    total = 1 - (1 - c) * (1 - w)  # in this form exactly 1 where either is
    new = np.float32(stroke.keep) * c + v * w * (1 - c)
    # The division's rounding must not leave a certain pixel at 0.99999994.
    v_new = np.where(c >= 1, np.float32(stroke.keep), new / np.maximum(total, 1e-12))
    value[part] = np.where(total > 0, np.clip(v_new, 0, 1), v)
    weight[part] = total
    return Corrections(value, weight)


def said(strokes: Sequence[Paint], shape: tuple[int, int], scale: float) -> np.ndarray:
    """``Corrections.said`` of strokes in a reduced picture.

    Args:
        strokes: in pixels of the photo.
        shape: (h, w) of the reduced picture. scale: photo pixels in one of its pixels.
    """
    corrections = Corrections.none(shape)
    for stroke in strokes:
        points = tuple((x / scale, y / scale) for x, y in stroke.points)
        smaller = replace(stroke, points=points, size=stroke.size / scale)
        corrections = painted(corrections, smaller)
    return corrections.said


def painted_so_far(
    strokes: tuple[Paint, ...], shape: tuple[int, int], stages: StageCache
) -> Corrections:
    """All strokes over one another; only those since the last known state are painted."""
    keys = ["corrections:" + key_of(shape)]
    for stroke in strokes:
        keys.append("corrections:" + key_of(keys[-1], stroke.content()))
    start, corrections = 0, Corrections.none(shape)
    for n in range(len(strokes), 0, -1):
        known = stages.get(keys[n])
        if known is not None:
            start, corrections = n, known
            break
    for stroke in strokes[start:]:
        corrections = painted(corrections, stroke)
    if start < len(strokes):
        stages.put(keys[-1], corrections)
    return corrections
