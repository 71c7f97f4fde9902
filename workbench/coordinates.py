"""The one place that converts between canvas, image and model coordinates.

A point is (x, y) in image pixels, x right, y down; the pixel in column 0, row 0 covers
[0, 1) × [0, 1) and its centre is (0.5, 0.5). Arrays are indexed [row, column].
A model sees the image on a grid of its own; a Frame says which part of the image that grid covers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import PromptError

Point = tuple[float, float]
Box = tuple[float, float, float, float]

_STEP = 16  # points are kept to a sixteenth of a pixel, far below what a hand or a model resolves


def quantise(value: float) -> float:
    """A coordinate to the nearest 1/16 pixel, so that a saved point reads back as it was made."""
    return math.floor(float(value) * _STEP + 0.5) / _STEP


def _number(value: Any) -> float:
    if isinstance(value, str | bytes):  # float() reads them
        raise TypeError(f"expected a number, got {value!r}")
    return float(value)


def check_point(point: Any, shape: tuple[int, int]) -> Point:
    """A point quantised and inside the image.

    Args:
        point: (x, y) in image pixels.
        shape: (H, W) of the image.

    Raises:
        PromptError: not two finite numbers, or outside 0 ≤ x < W, 0 ≤ y < H.
    """
    height, width = shape
    try:
        x, y = map(_number, point)
    except (TypeError, ValueError):
        raise PromptError(f"expected a point (x, y), got {point!r}") from None
    if not (math.isfinite(x) and math.isfinite(y) and 0 <= x < width and 0 <= y < height):
        raise PromptError(f"expected a point inside 0..{width} × 0..{height}, got ({x:g}, {y:g})")
    # The last sixteenth rounds up to the border itself, which is outside: keep it in.
    return (
        min(quantise(x), width - 1 / _STEP),
        min(quantise(y), height - 1 / _STEP),
    )


def check_box(box: Any, shape: tuple[int, int]) -> Box:
    """A box (x0, y0, x1, y1), quantised, at least one pixel a side, inside the image.

    Raises:
        PromptError: not four finite numbers, inverted, under one pixel a side, or reaching outside.
    """
    height, width = shape
    try:
        x0, y0, x1, y1 = map(_number, box)
    except (TypeError, ValueError):
        raise PromptError(f"expected a box (x0, y0, x1, y1), got {box!r}") from None
    came = f"({x0:g}, {y0:g}, {x1:g}, {y1:g})"
    if not all(map(math.isfinite, (x0, y0, x1, y1))):
        raise PromptError(f"expected a box of finite numbers, got {came}")
    if x1 - x0 < 1 or y1 - y0 < 1:
        raise PromptError(
            f"expected a box with x0 < x1 and y0 < y1, at least one pixel a side, got {came}"
        )
    if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
        raise PromptError(f"expected a box inside 0..{width} × 0..{height}, got {came}")
    return quantise(x0), quantise(y0), quantise(x1), quantise(y1)


def check_stroke(points: Any, shape: tuple[int, int]) -> tuple[Point, ...]:
    """The points of a stroke, quantised, repeated ones dropped. A stroke may leave the image.

    A hand that paints over the border is not mistaken, so points outside are kept (they shape the
    stroke's end); they must lie within one image size of the image.

    Raises:
        PromptError: no points, or a point that is not two finite numbers, or far outside.
    """
    height, width = shape
    try:
        array = np.asarray(points, dtype=float)
    except (TypeError, ValueError):
        raise PromptError(f"expected a stroke [(x, y), …], got {points!r}") from None
    if array.ndim != 2 or array.shape[1] != 2 or len(array) == 0:
        raise PromptError(
            f"expected a stroke [(x, y), …] of at least one point, got shape {array.shape}"
        )
    x, y = array[:, 0], array[:, 1]
    reach_ok = (x >= -width) & (x <= 2 * width) & (y >= -height) & (y <= 2 * height)
    if not np.isfinite(array).all() or not reach_ok.all():
        bad = array[~(np.isfinite(array).all(axis=1) & reach_ok)][0]
        raise PromptError(
            f"expected stroke points near the image 0..{width} × 0..{height}, "
            f"got ({bad[0]:g}, {bad[1]:g})"
        )
    kept: list[Point] = []
    for px, py in array:
        point = quantise(px), quantise(py)
        if not kept or kept[-1] != point:
            kept.append(point)
    return tuple(kept)


def check_outline(points: Any, shape: tuple[int, int]) -> tuple[Point, ...]:
    """A closed outline's points, quantised: a stroke of which some of the image lies inside.

    Raises:
        PromptError: no stroke, under three points, or less than a pixel of the image a side.
    """
    outline = check_stroke(points, shape)
    if len(outline) < 3:
        raise PromptError(f"expected a lasso of at least 3 points, got {len(outline)}")
    (width, height), (x, y) = shape[::-1], zip(*outline, strict=True)
    check_box((max(min(x), 0), max(min(y), 0), min(max(x), width), min(max(y), height)), shape)
    return outline


@dataclass(frozen=True)
class Frame:
    """Which part of the image a model's grid covers.

    Attributes:
        x0, y0, x1, y1: the part, in image pixels. It may reach beyond the image: Segment Anything
            pads the photo to a square, and its logits cover the padding too.
        via: (h, w) of a grid between the logits and the image that the model's own upsampling goes
            through (1024 × 1024 for Segment Anything), or None for a single step.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    via: tuple[int, int] | None = None

    @classmethod
    def whole(cls, shape: tuple[int, int]) -> Frame:
        """The frame that is the image itself; shape is (H, W)."""
        return cls(0.0, 0.0, float(shape[1]), float(shape[0]))

    def same_as(self, other: Frame) -> bool:
        """Whether both cover the same, but for the rounding of arithmetic."""
        mine, theirs = (
            (self.x0, self.y0, self.x1, self.y1),
            (other.x0, other.y0, other.x1, other.y1),
        )
        near = all(abs(a - b) <= 1e-6 for a, b in zip(mine, theirs, strict=True))
        return near and self.via == other.via

    def to_json(self) -> list[Any]:
        """Five values for a session file."""
        return [self.x0, self.y0, self.x1, self.y1, list(self.via) if self.via else None]

    @classmethod
    def from_json(cls, values: list[Any]) -> Frame:
        """The inverse of to_json."""
        x0, y0, x1, y1, via = values
        return cls(x0, y0, x1, y1, (int(via[0]), int(via[1])) if via else None)


def regrid(
    values: np.ndarray, frame: Frame, onto: Frame, size: tuple[int, int], outside: float
) -> np.ndarray:
    """A grid over one frame sampled onto another, bilinearly; ``outside`` where they do not meet.

    Args:
        values: (h, w) float32 over ``frame``.
        onto: the frame wanted, with ``size`` = (rows, columns).

    Returns:
        ``size`` float32.
    """
    import cv2

    rows, columns = size
    if frame.same_as(onto) and values.shape == size:
        return np.array(values, np.float32)
    x = onto.x0 + (np.arange(columns) + 0.5) * (onto.x1 - onto.x0) / columns
    y = onto.y0 + (np.arange(rows) + 0.5) * (onto.y1 - onto.y0) / rows
    u = (x - frame.x0) / (frame.x1 - frame.x0) * values.shape[1] - 0.5
    v = (y - frame.y0) / (frame.y1 - frame.y0) * values.shape[0] - 0.5
    source = np.ascontiguousarray(values, dtype=np.float32)
    # Where the new grid is coarser, average first: sampling alone would skip thin strokes.
    shrink_x = max(1, int((u[-1] - u[0]) / max(columns - 1, 1) + 0.5)) if columns > 1 else 1
    shrink_y = max(1, int((v[-1] - v[0]) / max(rows - 1, 1) + 0.5)) if rows > 1 else 1
    if shrink_x > 1 or shrink_y > 1:
        source = cv2.blur(source, (shrink_x, shrink_y), borderType=cv2.BORDER_REPLICATE)
    map_x, map_y = np.meshgrid(u.astype(np.float32), v.astype(np.float32))
    sampled = cv2.remap(source, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside_x = (u >= -0.5) & (u <= values.shape[1] - 0.5)
    inside_y = (v >= -0.5) & (v <= values.shape[0] - 0.5)
    return np.where(inside_y[:, None] & inside_x[None, :], sampled, np.float32(outside))


TURNS = (0, 90, 180, 270)
"""Quarter turns, in degrees clockwise."""


def turned(array: np.ndarray, turn: int) -> np.ndarray:
    """An array (H, W, …) turned clockwise by a quarter turn's multiple; contiguous."""
    return np.ascontiguousarray(np.rot90(array, -turn // 90)) if turn else array


def turned_frame(frame: Frame, shape: tuple[int, int], turn: int) -> Frame:
    """Where a frame lies once the image of (H, W) is turned; so is its ``via`` grid."""
    x0, y0, x1, y1 = turned_box((frame.x0, frame.y0, frame.x1, frame.y1), shape, turn)
    via = frame.via[::-1] if frame.via is not None and turn in (90, 270) else frame.via
    return Frame(x0, y0, x1, y1, via)


def turned_box(box: Box, shape: tuple[int, int], turn: int) -> Box:
    """Where a box lies once the image of (H, W) is turned clockwise."""
    (height, width), (x0, y0, x1, y1) = shape, box
    return {
        0: box,
        90: (height - y1, x0, height - y0, x1),
        180: (width - x1, height - y1, width - x0, height - y0),
        270: (y0, width - x1, y1, width - x0),
    }[turn]


def turned_point(point: Point, shape: tuple[int, int], turn: int) -> Point:
    """Where a point of the image of (H, W) lies once it is turned, in the same pixel.

    A pixel owns its left and top border and not the others, which a turn swaps: a point on such a
    border moves by a sixteenth of a pixel to stay in the pixel that it was in.
    """
    x, y = point
    height, width = shape
    # The mirrored coordinate, kept below the border that the pixel no longer owns.
    right = min(width - x, math.ceil(width - x) - (1 / _STEP) * float(x == math.floor(x)))
    down = min(height - y, math.ceil(height - y) - (1 / _STEP) * float(y == math.floor(y)))
    return {0: (x, y), 90: (down, x), 180: (right, down), 270: (y, right)}[turn]


def turned_back(turn: int) -> int:
    """The turn that undoes a turn. Its functions want the shape of the turned image."""
    return -turn % 360


@dataclass(frozen=True)
class View:
    """What of the image a canvas shows: page pixel = scale × (image point − (x, y)).

    Attributes:
        scale: canvas pixels per image pixel.
        x, y: the image point at the canvas's top left corner.
    """

    scale: float
    x: float = 0.0
    y: float = 0.0

    @classmethod
    def fit(cls, shape: tuple[int, int], canvas: tuple[int, int]) -> View:
        """The whole image (H, W) centred in a canvas of (width, height) pixels."""
        height, width = shape
        scale = min(canvas[0] / width, canvas[1] / height)
        return cls(scale, (width - canvas[0] / scale) / 2, (height - canvas[1] / scale) / 2)

    def to_image(self, point: Point) -> Point:
        """A canvas point in image pixels."""
        return point[0] / self.scale + self.x, point[1] / self.scale + self.y

    def to_canvas(self, point: Point) -> Point:
        """An image point in canvas pixels."""
        return (point[0] - self.x) * self.scale, (point[1] - self.y) * self.scale

    def zoomed(self, factor: float, around: Point) -> View:
        """Zoomed by ``factor`` with the image point under the canvas point ``around`` kept there.

        The scale stays within 0.05 to 32, or where it was if a large photo fits below that.
        """
        scale = min(max(self.scale * factor, min(0.05, self.scale)), 32.0)
        ix, iy = self.to_image(around)
        return View(scale, ix - around[0] / scale, iy - around[1] / scale)

    def panned(self, dx: float, dy: float) -> View:
        """Moved so that the image follows a drag of (dx, dy) canvas pixels."""
        return View(self.scale, self.x - dx / self.scale, self.y - dy / self.scale)
