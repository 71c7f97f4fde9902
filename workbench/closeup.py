"""Looking closer at a part of the photo: what is looked at, and how the answer is laid back.

A **region** is what the person saw when asking, (x0, y0, x1, y1) in image pixels, widened to a
coarse grid so that a view panned by a few pixels is the same region. The **window** around it is
what the model is given: the region with a margin. In the region the close answer counts in full;
across the margin it fades into what lies under it. Where the region ends with the photo, nothing
fades.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .coordinates import Box, check_box
from .errors import PromptError

Part = tuple[float, ...]
"""(x0, y0, x1, y1) in image pixels, as an edit keeps it."""

_MARGIN = 1 / 8  # of the region's longer side, on each side of it
_CELLS = 32  # the grid's cells along the photo's longer side, roughly
_FINEST = 16  # pixels: a smaller region is no closer look at anything


def check_region(region: Any, shape: tuple[int, int]) -> Box:
    """A region widened to the grid, inside the image of (H, W). One on the grid stays as it is.

    Raises:
        PromptError: not (x0, y0, x1, y1) with an area, or it lies outside the image.
    """
    height, width = shape
    try:
        x0, y0, x1, y1 = (float(v) for v in region)
    except (TypeError, ValueError):
        raise PromptError(f"expected a region (x0, y0, x1, y1), got {region!r:.80}") from None
    if not all(map(math.isfinite, (x0, y0, x1, y1))):
        raise PromptError(f"expected a region of finite numbers, got {region!r:.80}")
    step = grid_step(shape)
    low_x, high_x = max(0.0, step * math.floor(x0 / step)), step * math.ceil(x1 / step)
    low_y, high_y = max(0.0, step * math.floor(y0 / step)), step * math.ceil(y1 / step)
    return check_box((low_x, low_y, min(high_x, width), min(high_y, height)), shape)


def grid_step(shape: tuple[int, int]) -> int:
    """The grid's cell for an image of (H, W), pixels: a power of two."""
    return max(_FINEST, 2 ** round(math.log2(max(shape) / _CELLS)))


def window_of(region: Part, shape: tuple[int, int]) -> Box:
    """What the model is given for a region: with a margin, inside the image, in whole pixels."""
    x0, y0, x1, y1 = region
    margin = math.ceil(_MARGIN * max(x1 - x0, y1 - y0))
    height, width = shape
    return (
        float(max(0, math.floor(x0) - margin)),
        float(max(0, math.floor(y0) - margin)),
        float(min(width, math.ceil(x1) + margin)),
        float(min(height, math.ceil(y1) + margin)),
    )


def meets(one: Part, other: Part) -> bool:
    """Whether two boxes have an area in common."""
    return max(one[0], other[0]) < min(one[2], other[2]) and max(one[1], other[1]) < min(
        one[3], other[3]
    )


def holds(region: Part, x: float, y: float) -> bool:
    """Whether a point lies in a region."""
    return region[0] <= x < region[2] and region[1] <= y < region[3]


def seam(region: Part, window: Part, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How much a close answer counts: 1 in its region, falling smoothly to 0 at its window's end.

    Args:
        x, y: image coordinates of columns (w,) and rows (h,).

    Returns:
        (h, w) float32 in [0, 1]; 0 outside the window.
    """
    across = _ramp(x, window[0], region[0], region[2], window[2])
    down = _ramp(y, window[1], region[1], region[3], window[3])
    return down[:, None] * across[None, :]


def _ramp(at: np.ndarray, start: float, full: float, last: float, end: float) -> np.ndarray:
    rise = np.clip((at - start) / (full - start), 0, 1) if full > start else 1.0
    fall = np.clip((end - at) / (end - last), 0, 1) if end > last else 1.0
    t = np.minimum(rise, fall) * ((at >= start) & (at < end))
    return (t * t * (3 - 2 * t)).astype(np.float32)
