"""Clicks that tell a subject from its neighbours: one in each, away from everything else."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .coordinates import Point

_SIDE = 1024  # masks are compared on a grid of at most so many pixels a side
_TOUCH = 4  # pixels of that grid between two masks that still touch


def neighbour_points(
    own: np.ndarray, other: np.ndarray, keep: Sequence[Point] = (), count: int = 1
) -> list[Point]:
    """Points well inside a neighbour's mask, where it meets or overlaps one's own.

    The first is the deepest point of the overlap; where the two only touch, of the whole of the
    neighbour. Each further one is the deepest that is left away from those before it. None lies
    where the subject was clicked to be kept: that place is both's, and the person's word counts.

    Args:
        own, other: (H, W) in [0, 1].
        keep: points of the subject's own, in image pixels.
        count: how many points at most.

    Returns:
        Up to ``count`` points (x, y) in image pixels; none where the two lie apart.
    """
    height, width = own.shape
    scale = min(1.0, _SIDE / max(own.shape))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    mine, theirs = (
        (cv2.resize(plane, size, interpolation=cv2.INTER_AREA) > 0.5).astype(np.uint8)
        for plane in (own, other)
    )
    reach = np.ones((2 * _TOUCH + 1, 2 * _TOUCH + 1), np.uint8)
    if not (cv2.dilate(mine, reach) & theirs).any():
        return []
    overlap = mine & theirs
    room = overlap if overlap.any() else theirs
    for x, y in keep:
        # A whole neighbourhood: a click beside a keep click would only contradict it.
        cv2.circle(room, (int(x * size[0] / width), int(y * size[1] / height)), 3 * _TOUCH, 0, -1)
    found: list[Point] = []
    while len(found) < count and room.any():
        depth = cv2.distanceTransform(np.pad(room, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
        row, column = np.unravel_index(int(depth.argmax()), depth.shape)
        found.append(((column + 0.5) * width / size[0], (row + 0.5) * height / size[1]))
        cv2.circle(room, (int(column), int(row)), max(2, round(float(depth.max()))), 0, -1)
    return found
