"""Where a thing lies, and how well a part of the photo holds it: boxes and windows for lite."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..coordinates import Box, Point
from ..prompts import PromptSet
from .regions import Window


def filled(thing: Box | None, box: Box) -> float:
    """IoU of a thing's bounds and a box; 0 for nothing."""
    if thing is None:
        return 0.0
    x0, y0, x1, y1 = thing
    width = max(0.0, min(x1, box[2]) - max(x0, box[0]))
    both = width * max(0.0, min(y1, box[3]) - max(y0, box[1]))
    return both / ((x1 - x0) * (y1 - y0) + (box[2] - box[0]) * (box[3] - box[1]) - both)


def hint_window(asked: PromptSet, limits: Window, points: Sequence[Point]) -> Window | None:
    """The part that the last answer covers, where all the clicks lie in it, else None."""
    if asked.hint is None:
        return None
    frame = asked.hint.frame
    corners = frame.x0, frame.y0, frame.x1, frame.y1
    window = Window(*(round(v) for v in corners))
    inside = (
        limits.x0 <= window.x0 < window.x1 <= limits.x1
        and limits.y0 <= window.y0 < window.y1 <= limits.y1
    )
    # A frame of fractions is not one of ours, and the whole is looked at without being told.
    if not inside or window == limits or window.box != corners:
        return None
    return window if all(window.holds(p) for p in points) else None


def fits(thing: Box, window: Window, limits: Window) -> bool:
    """Whether a thing lies well in a window: not at its edge, and not lost in it."""
    width, height = thing[2] - thing[0], thing[3] - thing[1]
    room = (
        (thing[0] - window.x0, width, window.x0 > limits.x0),
        (window.x1 - thing[2], width, window.x1 < limits.x1),
        (thing[1] - window.y0, height, window.y0 > limits.y0),
        (window.y1 - thing[3], height, window.y1 < limits.y1),
    )
    close = all(gap >= 0.05 * size for gap, size, inner in room if inner)
    return close and width * height > 0.15 * area(window)


def area(window: Window) -> int:
    """Of a window, in image pixels."""
    return window.width * window.height


def subject_box(
    found: np.ndarray, window: Window, points: Sequence[Point], labels: Sequence[int]
) -> Box | None:
    """The box around what was found in a window, in image pixels; None for nothing.

    Specks do not count: a part that is neither clicked nor a twentieth of the largest.
    """
    import cv2

    count, parts, stats, _ = cv2.connectedComponentsWithStats((found > 0.5).astype(np.uint8))
    if count < 2:
        return None
    areas = stats[1:, cv2.CC_STAT_AREA]
    wanted = areas >= areas.max() / 20
    for point, label in zip(points, labels, strict=True):
        if label and window.holds(point):
            part = int(parts[window.cell(point, found.shape)])
            if part:
                wanted[part - 1] = True
    return bounds(np.isin(parts, np.flatnonzero(wanted) + 1), window)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """IoU of two masks (h, w) bool; 1 where both are empty."""
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0


def entire(chosen: np.ndarray, window: Window, limits: Window) -> float:
    """1 for a thing that lies whole in its crop, less the more of it the crop's edge cuts off.

    An edge that is the photo's own cuts nothing off that could be seen.
    """
    area = int(chosen.sum())
    cut = 0
    for line, inner in (
        (chosen[0], window.y0 > limits.y0),
        (chosen[-1], window.y1 < limits.y1),
        (chosen[:, 0], window.x0 > limits.x0),
        (chosen[:, -1], window.x1 < limits.x1),
    ):
        cut += int(line.sum()) if inner else 0
    return max(0.25, 1 - cut / (2 * area**0.5)) if area else 1.0


def bounds(chosen: np.ndarray, window: Window) -> Box | None:
    """The box, in image pixels, around the cells (h, w) bool of a window; None for none."""
    rows, columns = np.nonzero(chosen)
    if len(rows) == 0:
        return None
    sx, sy = window.width / chosen.shape[1], window.height / chosen.shape[0]
    return (
        window.x0 + float(columns.min()) * sx,
        window.y0 + float(rows.min()) * sy,
        window.x0 + float(columns.max() + 1) * sx,
        window.y0 + float(rows.max() + 1) * sy,
    )
