"""Reduced copies of image-sized arrays, so that a large photo pans as smoothly as a small one."""

from __future__ import annotations

import weakref
from collections import OrderedDict

import cv2
import numpy as np

_MOST = 8  # arrays that copies are kept of: the photo, a few masks, paint


class Levels:
    """Copies of arrays at half, a quarter … of their size, each made when it is first wanted.

    A copy is forgotten with its array, and of each array only the last one asked for is kept. An
    array must not change while it is in use here; what a rendering makes never does.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[weakref.ref[np.ndarray], int, np.ndarray]] = (
            OrderedDict()
        )

    def at(self, plane: np.ndarray, scale: float) -> tuple[np.ndarray, int]:
        """What to shrink further to ``scale``, and by how much it is shrunk already.

        Args:
            plane: (H, W) or (H, W, C).
            scale: page pixels in an image pixel.

        Returns:
            The array whose cells are k × k pixels averaged, k the largest power of two up to
            1 / scale, and k. Where H or W is no multiple of k, the last cells stand for what is
            left and its repetition.
        """
        k = 1
        while 2 * k * scale <= 1:
            k *= 2
        if k == 1 or max(plane.shape[:2]) < 2 * k:
            return plane, 1
        name = id(plane)
        known = self._kept.get(name)
        if known is not None and known[0]() is plane and known[1] == k:
            self._kept.move_to_end(name)
            return known[2], k
        made = _shrunk(plane, k)
        self._kept[name] = weakref.ref(plane, lambda _: self._kept.pop(name, None)), k, made
        self._kept.move_to_end(name)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return made, k


def _shrunk(plane: np.ndarray, block: int) -> np.ndarray:
    """Blocks of ``block`` × ``block`` pixels as one each."""
    height, width = (side - side % block for side in plane.shape[:2])
    size = (-(-plane.shape[0] // block), -(-plane.shape[1] // block), *plane.shape[2:])
    made = np.empty(size, plane.dtype)
    # What sticks out is filled up by itself: to pad the whole plane would copy it.
    for rows in (slice(0, height), slice(height, None)):
        for columns in (slice(0, width), slice(width, None)):
            part = plane[rows, columns]
            if not part.size:
                continue
            below, right = -part.shape[0] % block, -part.shape[1] % block
            if below or right:
                part = cv2.copyMakeBorder(part, 0, below, 0, right, borderType=cv2.BORDER_REPLICATE)
            small = part.shape[1] // block, part.shape[0] // block
            top, left = (rows.start or 0) // block, (columns.start or 0) // block
            made[top : top + small[1], left : left + small[0]] = cv2.resize(
                part, small, interpolation=cv2.INTER_AREA
            )
    return made
