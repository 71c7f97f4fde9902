"""A stroke of the brush that covers a region."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Remedy


def painted(region: np.ndarray, corner: tuple[int, int], keep: bool) -> Remedy:
    """One stroke over a region, back and forth, 2 px beyond its rim at its widest place.

    Args:
        region: (h, w) bool, not empty.
        corner: x, y of its first pixel in the picture.
        keep: whether it is painted in or out.
    """
    deep = cv2.distanceTransform(np.pad(region.astype(np.uint8), 1), cv2.DIST_L2, 3)
    size = float(2 * deep.max() + 4)
    line = max(2, int(size / 2))
    points = []
    for n, row in enumerate(range(0, region.shape[0], line)):
        across = np.flatnonzero(region[row])
        if across.size:
            ends = (int(across[0]), int(across[-1]))
            for x in ends if n % 2 == 0 else ends[::-1]:
                points.append((corner[0] + x + 0.5, corner[1] + row + 0.5))
    return Remedy("paint", {"points": tuple(points), "keep": keep, "size": size, "hardness": 0.8})
