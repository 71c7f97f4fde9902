"""Strokes to corrections, and strokes to hints.

A correction is, per pixel, a value v in [0, 1] and a weight w in [0, 1]: w = 1 is certain and wins
over every model, w = 0 says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import LOGIT_LIMIT
from .coordinates import Box, Frame, Point, check_box, regrid
from .edits import Paint
from .prompts import Hint
from .stages import StageCache, key_of

SURE = 0.999
"""The weight from which a correction counts as certain."""

HINT_LOGIT = 8.0
"""A painted pixel's logit in a hint: sigmoid(8) = 0.9997, strong but within what Segment Anything
gives of itself (its own logits rarely leave ±20; in training, hints were its own logits)."""


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
        return (1 - self.weight) * plane + self.weight * self.value


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


def stroke_points(
    points: Sequence[Point], width: float, shape: tuple[int, int], allowed: np.ndarray | None = None
) -> list[Point]:
    """A few well-spread points of a stroke, for a model that takes clicks.

    One for a dab, up to three for a long stroke: dense points along a stroke give inverted,
    speed-dependent masks. They lie on the stroke's line, which is its medial axis.

    Args:
        points: the stroke, (x, y) in image pixels.
        width: its width in pixels; points are at least 1.5 widths apart.
        shape: (H, W) of the image.
        allowed: (H, W) bool, where a point may lie; None for anywhere.

    Returns:
        Zero to three points inside the image, the middle one first.
    """
    height, width_px = shape
    line = np.asarray(points, np.float64).reshape(-1, 2)
    steps = np.hypot(*np.diff(line, axis=0).T) if len(line) > 1 else np.zeros(0)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    samples = np.linspace(0, along[-1], max(2, min(200, int(along[-1]) + 1)))
    x, y = np.interp(samples, along, line[:, 0]), np.interp(samples, along, line[:, 1])
    inside = (x >= 0) & (x < width_px) & (y >= 0) & (y < height)
    if allowed is not None:
        inside[inside] = allowed[y[inside].astype(int), x[inside].astype(int)]
    x, y = x[inside], y[inside]
    if len(x) == 0:
        return []
    chosen = [len(x) // 2]
    while len(chosen) < 3:
        nearest = np.min([np.hypot(x - x[n], y - y[n]) for n in chosen], axis=0)
        farthest = int(np.argmax(nearest))
        if nearest[farthest] < 1.5 * width:
            break
        chosen.append(farthest)
    return [(float(x[n]), float(y[n])) for n in chosen]


def correction_points(
    strokes: Sequence[Paint], corrections: Corrections
) -> tuple[list[Point], list[int]]:
    """The points that strokes stand for when the model is re-run, and their labels (1 or 0).

    Only where a stroke is still in force: a later stroke over it takes its points away.
    """
    points: list[Point] = []
    labels: list[int] = []
    sure = corrections.weight > 0.5
    keeps = corrections.value > 0.5
    in_force = {True: sure & keeps, False: sure & ~keeps}
    for stroke in strokes:
        if stroke.keep is None:
            continue
        found = stroke_points(stroke.points, stroke.size, sure.shape, in_force[stroke.keep])
        points += found
        labels += [int(stroke.keep)] * len(found)
    return points, labels


def corrected_logits(logits: np.ndarray, frame: Frame, corrections: Corrections) -> np.ndarray:
    """A hint: the model's belief, with painted pixels made certain.

    Args:
        logits: (h, w) float32 over ``frame``.
        frame: the part of the image they cover.
        corrections: what was painted, at the image's size.

    Returns:
        (h, w) float32 within ±LOGIT_LIMIT, blended by the weight seen through the coarser grid.
    """
    size = (logits.shape[0], logits.shape[1])
    whole = Frame.whole((corrections.weight.shape[0], corrections.weight.shape[1]))
    weight = regrid(corrections.weight, whole, frame, size, 0.0)
    signed = regrid(corrections.weight * (2 * corrections.value - 1), whole, frame, size, 0.0)
    direction = signed / np.maximum(weight, 1e-6)
    certain = np.float32(HINT_LOGIT) * np.clip(direction, -1, 1)
    blended = (1 - weight) * logits + weight * certain
    return np.clip(blended, -LOGIT_LIMIT, LOGIT_LIMIT).astype(np.float32)


def lasso_box(points: Sequence[Point], shape: tuple[int, int]) -> Box:
    """The smallest box (x0, y0, x1, y1) around an outline, cut to the image of (H, W).

    Raises:
        PromptError: the outline lies outside the image.
    """
    line = np.asarray(points, np.float64)
    low = np.clip(line.min(axis=0), 0, (shape[1], shape[0]))
    high = np.clip(line.max(axis=0), 0, (shape[1], shape[0]))
    return check_box((low[0], low[1], high[0], high[1]), shape)


def lasso_hint(points: Sequence[Point], shape: tuple[int, int]) -> Hint:
    """An outline as a hint: outside it certainly not, inside it rather yes.

    Args:
        points: the outline, (x, y) in image pixels, closed by itself.
        shape: (H, W) of the image.
    """
    import cv2

    height, width = shape
    scale = min(1.0, 512 / max(shape))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    inside = np.zeros((size[1], size[0]), np.uint8)
    factors = size[0] / width, size[1] / height
    outline = np.asarray(points, np.float64) * factors - 0.5
    # fillPoly takes fixed-point coordinates; 4 bits are a sixteenth of a pixel.
    cv2.fillPoly(inside, [np.round(outline * 16).astype(np.int32)], 1, shift=4)
    # Inside is only likely: a lasso is drawn loosely and holds background too.
    return Hint(np.where(inside > 0, np.float32(1), np.float32(-HINT_LOGIT)), Frame.whole(shape))


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
