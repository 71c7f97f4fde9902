"""A mask's outline as lines between its pixels, for marching ants that are sharp at any zoom."""

from __future__ import annotations

import cv2
import numpy as np

from ..arrays import check_plane

_TOLERANCE = 0.1  # pixels that a simplified line may stray: below what 3,200 % shows of a soft edge
_SPECK = 1.0  # pixels: a patch with less area is a grain, not an outline
_MOST = 2000  # lines: a noisy mask has more, and a page has to draw them ten times a second


def outlines(mask: np.ndarray, level: float = 0.5) -> list[np.ndarray]:
    """The lines along which a mask passes a level, found between the pixels' centres.

    Marching squares (Lorensen & Cline 1987, in two dimensions; scikit-image's ``find_contours``),
    then as few points as hold the line within a tenth of a pixel (Douglas & Peucker 1973). Where
    the mask reaches the photo's border, the line runs along the border.

    Args:
        mask: (H, W) float32 in [0, 1].
        level: what is inside is larger.

    Returns:
        Lines [(n, 2) float32] of (x, y) in image pixels, each closed by itself (the first point is
        not repeated), the longest first; at most 2,000, grains of under a pixel left out.

    Raises:
        ArrayError: the mask has the wrong shape, dtype or range.
    """
    from skimage.measure import find_contours

    plane = check_plane(mask)
    inside = (plane > level).astype(np.uint8)
    x, y, width, height = cv2.boundingRect(inside)
    if width == 0:
        return []
    # Only where the mask is; a rim of the pixels around it, and of nothing beyond the photo.
    top, left = max(y - 1, 0), max(x - 1, 0)
    part = np.pad(plane[top : y + height + 1, left : x + width + 1], 1)
    found = []
    for line in find_contours(part, level):
        # Rows and columns of centres, one more for the rim; the first point comes twice.
        points = (line[:-1, ::-1] - 0.5 + (left, top)).astype(np.float32)
        middle = np.round(points.mean(axis=0))  # float32 holds fractions near 0 exactly
        kept = cv2.approxPolyDP((points - middle)[:, None], _TOLERANCE, True)
        if len(kept) >= 3 and cv2.contourArea(kept) >= _SPECK:
            found.append((len(points), kept[:, 0] + middle.astype(np.float32)))
    found.sort(key=lambda one: -one[0])
    return [line for _, line in found[:_MOST]]
