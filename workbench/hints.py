"""Corrections to hints: what a model is re-run with, besides the clicks.

A correction is compiled to a few well-spread points inside what was painted, logits in which
painted pixels are certain and the rest keeps the model's belief, and a box of what is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .arrays import LOGIT_LIMIT
from .coordinates import Box, Frame, Point, check_box, regrid
from .edits import Paint
from .errors import PromptError
from .paint import Corrections
from .prompts import Hint

HINT_LOGIT = 16.0
"""A painted pixel's logit in a hint: beyond what lite says of itself (±8), so that it tells what
was painted from what it believed, and still within what Segment Anything gives (its own logits
rarely leave ±20; in training, hints were its own logits)."""

MASK_LOGIT = 8.0
"""The logit, at most, of a mask that was made elsewhere when it becomes a hint: a belief like a
model's own, which clicks and paint can argue with, and not as certain as paint."""

_GRID = 1024
_PAINTED = 0.5  # the weight from which a pixel counts as painted
_EACH = 3  # points that one painted patch stands for, at most
_PATCHES = 8  # patches of a kind that stand for points: a model is asked little, and spread out
_MANY = 3  # of them, those that stand for more than one point
_SLIVER = 0.2  # of the finest brush's radius: what is thinner was left between other strokes
_MARGIN = 0.05  # of the longer side of the box of what is kept, on each side of it
_SPECK = 0.05  # of what is kept: smaller pieces do not widen its box


def stroke_points(
    points: Sequence[Point], width: float, shape: tuple[int, int], allowed: np.ndarray | None = None
) -> list[Point]:
    """A few well-spread points of a line, for a model that takes clicks.

    One for a dab, up to three for a long line: dense points along a line give inverted,
    speed-dependent masks. They lie on the line, which is its own medial axis.

    Args:
        points: the line, (x, y) in image pixels.
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
    at = np.stack([x[inside], y[inside]], axis=1)
    if len(at) == 0:
        return []
    return [(float(px), float(py)) for px, py in _spread(at, len(at) // 2, 1.5 * width)]


def _spread(places: np.ndarray, first: int, apart: float) -> np.ndarray:
    """Up to three of the places (n, 2), each the farthest from those before it.

    Args:
        first: the place in ``places`` of the one to begin with.
        apart: how far two are from one another at least.
    """
    chosen = [first]
    nearest = np.hypot(*(places - places[first]).T)
    while len(chosen) < _EACH:
        farthest = int(np.argmax(nearest))
        if nearest[farthest] < apart:
            break
        chosen.append(farthest)
        nearest = np.minimum(nearest, np.hypot(*(places - places[farthest]).T))
    return places[chosen]


def correction_points(
    strokes: Sequence[Paint], corrections: Corrections
) -> tuple[list[Point], list[int]]:
    """The points that strokes stand for when the model is re-run, and their labels (1 or 0).

    What was painted is taken as it is in force: later strokes over it take its points away, and
    strokes that run into one another are one patch. In each patch the points lie on its medial
    axis, where it is farthest to its border (the ridge of the distance transform): one, or up to
    three where it is long. Few, whatever was painted: the rest is told by the logits.

    Args:
        strokes: what was painted, for the finest brush.
        corrections: all of it over one another.
    """
    import cv2

    brushes = [
        s.size / 2 * (float(np.mean(s.pressures)) if s.pressures else 1.0)
        for s in strokes
        if s.keep is not None
    ]
    if not brushes:
        return [], []
    painted = corrections.weight > _PAINTED
    left, top, width, height = cv2.boundingRect(painted.astype(np.uint8))
    if width == 0:
        return [], []
    part = np.s_[top : top + height, left : left + width]
    keeps = corrections.value[part] > 0.5
    points: list[Point] = []
    labels: list[int] = []
    for label, kind in ((1, keeps), (0, ~keeps)):
        region = np.pad((painted[part] & kind).astype(np.uint8), 1)
        found = _patch_points(region, _SLIVER * min(brushes))
        points += [(x + left - 1, y + top - 1) for x, y in found]
        labels += [label] * len(found)
    return points, labels


def _patch_points(region: np.ndarray, thinnest: float) -> list[Point]:
    """Points on the medial axes of the patches of a region (h, w) uint8, largest patch first.

    ``thinnest``: patches nowhere deeper than so many pixels have none.
    """
    import cv2

    depth = cv2.distanceTransform(region, cv2.DIST_L2, 5)
    ridge = depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(region, connectivity=8)
    largest = 1 + np.argsort(-stats[1:count, cv2.CC_STAT_AREA], kind="stable")
    found: list[Point] = []
    patches = 0
    for n in largest:
        x, y, w, h = stats[n, :4]
        box = np.s_[y : y + h, x : x + w]
        own = parts[box] == n
        deepest = float(depth[box][own].max())
        if deepest <= thinnest:
            continue
        # Not the axes of its corners: only where it is about as wide as it gets.
        rows, columns = np.nonzero(own & ridge[box] & (depth[box] >= 0.5 * deepest))
        places = np.stack([columns + x + 0.5, rows + y + 0.5], axis=1).astype(np.float64)
        deep = depth[box][rows, columns] >= 0.9 * deepest
        middle = places[deep].mean(axis=0)
        off = np.hypot(*(places - middle).T) + 1e9 * ~deep
        spread = _spread(places, int(np.argmin(off)), 3 * deepest)
        found += [(float(px), float(py)) for px, py in spread[: _EACH if patches < _MANY else 1]]
        patches += 1
        if patches == _PATCHES:
            break
    return found


def not_painted_over(
    points: Sequence[Point], labels: Sequence[int], corrections: Corrections
) -> tuple[list[Point], list[int]]:
    """Those of the points, and their labels, that what was painted does not contradict."""
    agreed = []
    for (x, y), label in zip(points, labels, strict=True):
        at = int(y), int(x)
        said = corrections.weight[at] > _PAINTED
        agreed.append(not said or (corrections.value[at] > 0.5) == bool(label))
    return (
        [p for p, fine in zip(points, agreed, strict=True) if fine],
        [v for v, fine in zip(labels, agreed, strict=True) if fine],
    )


def tempered(hint: Hint) -> Hint:
    """A mask made elsewhere as a hint: its logits, ±20 for black and white, as a belief.

    At most 1024 cells a side, finer than any model takes it: a mask may have 24 million.
    """
    import cv2

    logits = np.asarray(hint.logits)
    longer = max(logits.shape)
    if longer > _GRID:
        size = tuple(max(1, round(side * _GRID / longer)) for side in logits.shape[::-1])
        logits = cv2.resize(logits, size, interpolation=cv2.INTER_AREA)
    return Hint(np.clip(logits, -MASK_LOGIT, MASK_LOGIT), hint.frame)


def corrected_logits(logits: np.ndarray, frame: Frame, corrections: Corrections) -> np.ndarray:
    """A hint: the model's belief, with painted pixels made certain.

    Args:
        logits: (h, w) float32 over ``frame``.
        frame: the part of the image that they cover.
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


def kept_box(hint: Hint, painted: Box | None, shape: tuple[int, int]) -> Box | None:
    """The box around all that is kept: what a corrected hint believes, and what was painted.

    Args:
        hint: corrected already. Specks of it, under a twentieth of what it keeps, do not count.
        painted: see ``painted_box``; it is held whole, however thin the strokes.
        shape: (H, W) of the image.

    Returns:
        (x0, y0, x1, y1) in image pixels, inside the image, wider by a margin, as what the model
        found may reach a little farther; None where nothing is kept.
    """
    import cv2

    frame, grid = hint.frame, (np.asarray(hint.logits) > 0).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(grid, connectivity=8)
    least = _SPECK * float(stats[1:, cv2.CC_STAT_AREA].sum())
    per_x = (frame.x1 - frame.x0) / grid.shape[1]
    per_y = (frame.y1 - frame.y0) / grid.shape[0]
    corners = [
        (
            frame.x0 + x * per_x, frame.y0 + y * per_y,
            frame.x0 + (x + w) * per_x, frame.y0 + (y + h) * per_y,
        )
        for x, y, w, h, area in stats[1:count]
        if area >= least
    ]  # fmt: skip
    corners += [] if painted is None else [painted]
    if not corners:
        return None
    x0, y0 = (min(c[n] for c in corners) for n in (0, 1))
    x1, y1 = (max(c[n] for c in corners) for n in (2, 3))
    rim = _MARGIN * max(x1 - x0, y1 - y0)
    return _inside((x0 - rim, y0 - rim, x1 + rim, y1 + rim), shape)


def painted_box(corrections: Corrections) -> Box | None:
    """The box around what was painted to be kept, in image pixels, or None."""
    import cv2

    kept = (corrections.weight > _PAINTED) & (corrections.value > 0.5)
    x, y, width, height = cv2.boundingRect(kept.astype(np.uint8))
    return (float(x), float(y), float(x + width), float(y + height)) if width else None


def holding(box: Box, other: Box | None, shape: tuple[int, int]) -> Box:
    """A box widened to hold another; the same one where it does already."""
    if other is None:
        return box
    least = min(box[0], other[0]), min(box[1], other[1])
    most = max(box[2], other[2]), max(box[3], other[3])
    return _inside((*least, *most), shape) or box


def _inside(box: Box, shape: tuple[int, int]) -> Box | None:
    """A box cut to the image of (H, W); None where less than a pixel a side is left."""
    height, width = shape
    x0, y0 = max(box[0], 0.0), max(box[1], 0.0)
    x1, y1 = min(box[2], float(width)), min(box[3], float(height))
    try:
        return check_box((x0, y0, x1, y1), shape)
    except PromptError:
        return None


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
