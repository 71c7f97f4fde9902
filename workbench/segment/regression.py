"""The local linear regression at the heart of the guided filter with a colour guide.

He, Sun, Tang, Guided image filtering, PAMI 2013, section 3.5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Mean = Callable[[np.ndarray], np.ndarray]
"""The mean over each pixel's window, (h, w) float32 to (h, w) float32."""


@dataclass(frozen=True, eq=False)
class Regression:
    """A plane as a linear function of the colours, window by window; all planes (h, w) float32.

    Attributes:
        slopes: of red, green and blue.
        offset: what is added.
        covariance: of the plane with red, green and blue.
        mean: of the plane.
    """

    slopes: tuple[np.ndarray, np.ndarray, np.ndarray]
    offset: np.ndarray
    covariance: tuple[np.ndarray, np.ndarray, np.ndarray]
    mean: np.ndarray


def box_mean(radius: int) -> Mean:
    """The mean over a square of 2·radius + 1 pixels a side, mirrored at the border."""
    import cv2

    size = (2 * radius + 1, 2 * radius + 1)
    return lambda plane: cv2.boxFilter(plane, cv2.CV_32F, size, borderType=cv2.BORDER_REFLECT)


def regress(guide: np.ndarray, plane: np.ndarray, mean: Mean, epsilon: float) -> Regression:
    """The best linear function of the guide's colours in each window.

    Args:
        guide: (h, w, 3) float32. Squares lose the less the nearer its values are to 0.
        plane: (h, w) float32.
        mean: over a window, for example ``box_mean``.
        epsilon: variance of colour below which there is no edge.
    """
    r, g, b = guide[..., 0], guide[..., 1], guide[..., 2]
    mr, mg, mb, mp = mean(r), mean(g), mean(b), mean(plane)
    rr, gg, bb = (mean(c * c) - m * m + epsilon for c, m in ((r, mr), (g, mg), (b, mb)))
    rg, rb, gb = mean(r * g) - mr * mg, mean(r * b) - mr * mb, mean(g * b) - mg * mb
    pr, pg, pb = (mean(c * plane) - m * mp for c, m in ((r, mr), (g, mg), (b, mb)))
    # The inverse of the symmetric 3 × 3 covariance, by its cofactors.
    c00, c01, c02 = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    c11, c12, c22 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = rr * c00 + rg * c01 + rb * c02
    ar = (c00 * pr + c01 * pg + c02 * pb) / determinant
    ag = (c01 * pr + c11 * pg + c12 * pb) / determinant
    ab = (c02 * pr + c12 * pg + c22 * pb) / determinant
    offset = mp - ar * mr - ag * mg - ab * mb
    return Regression((ar, ag, ab), offset, (pr, pg, pb), mp)
