"""How far a matte is from a known truth, in the figures and the picture that the lessons show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..arrays import check_image, check_plane, frozen, to_float
from ..effects import GAINED, LOST
from ..views import outline

_FAINT = 0.35  # of the photo's contrast that is left under the error, to know the place by


@dataclass(frozen=True)
class Comparison:
    """A matte beside the truth. ``lost + leaked`` is the SAD.

    Attributes:
        lost: opacity that the matte lacks, Σ max(α* − α, 0) / 1000.
        leaked: opacity that it has too much of, Σ max(α − α*, 0) / 1000.
        boundary: mean distance between the two outlines (α = 0.5) in pixels, from each to the
            other, half of both; NaN where one of them has no outline.
    """

    lost: float
    leaked: float
    boundary: float

    @property
    def sad(self) -> float:
        """The sum of absolute differences, Σ |α − α*| / 1000, over the whole photo."""
        return self.lost + self.leaked

    @property
    def amounts(self) -> str:
        """The SAD in words, without the outline, which a shadow has none of."""
        return f"SAD {self.sad:.2f} = {self.lost:.2f} lost + {self.leaked:.2f} leaked"

    def __str__(self) -> str:
        return f"{self.amounts}; {said(self.boundary)}"


def said(boundary: float) -> str:
    """A boundary error in words, such as "outline 1.4 px off"."""
    return "no outline" if math.isnan(boundary) else f"outline {boundary:.1f} px off"


def compare(alpha: Any, truth: Any) -> Comparison:
    """How far an alpha is from the truth.

    Args:
        alpha, truth: (H, W) in [0, 1], bool or uint8.

    Raises:
        ArrayError: shapes differ, or a value is out of range.
    """
    a = check_plane(alpha, name="alpha")
    difference = a - check_plane(truth, (a.shape[0], a.shape[1]), "truth")
    leaked = float(np.maximum(difference, 0).sum(dtype=np.float64) / 1000)
    lost = float(np.maximum(-difference, 0).sum(dtype=np.float64) / 1000)
    return Comparison(lost, leaked, boundary_error(a, truth))


def boundary_error(alpha: Any, truth: Any) -> float:
    """The mean distance between the outlines of two alphas, in pixels; see ``Comparison``.

    The frame of the photo is no outline.

    Raises:
        ArrayError: shapes differ, or a value is out of range.
    """
    a = check_plane(alpha, name="alpha")
    planes = a, check_plane(truth, (a.shape[0], a.shape[1]), "truth")
    lines = [outline(plane) for plane in planes]
    if not all(line.any() for line in lines):
        return math.nan
    # To the nearest pixel of the other outline; distanceTransform measures to the nearest zero.
    away = [cv2.distanceTransform((~line).astype(np.uint8), cv2.DIST_L2, 5) for line in lines]
    return float(away[1][lines[0]].mean() + away[0][lines[1]].mean()) / 2


def error_map(alpha: Any, truth: Any, image: Any = None) -> np.ndarray:
    """Where a matte is wrong: lost in vermillion, leaked in blue, the more the stronger.

    The two can be told apart by colour-blind people too (Okabe and Ito 2008).

    Args:
        alpha, truth: (H, W) in [0, 1].
        image: (H, W, 3), the photo, which is then faintly seen where the matte is right.

    Returns:
        (H, W, 3) uint8.

    Raises:
        ArrayError: shapes differ, or a value is out of range.
    """
    a = check_plane(alpha, name="alpha")
    shape = (a.shape[0], a.shape[1])
    return tinted(a - check_plane(truth, shape, "truth"), image)


def tinted(difference: np.ndarray, image: Any = None) -> np.ndarray:
    """As ``error_map``, of a difference (H, W) in [−1, 1]: below 0 lost, above leaked."""
    shape = difference.shape
    ground = np.full((*shape, 1), 0.93, np.float32)
    if image is not None:
        grey = cv2.cvtColor(to_float(check_image(image)), cv2.COLOR_RGB2GRAY)
        ground = (1 - _FAINT * (1 - grey))[..., None]
    tint = np.where(
        (difference > 0)[..., None], np.array(GAINED, np.float32), np.array(LOST, np.float32)
    )
    share = np.abs(difference)[..., None]
    shown = (1 - share) * ground * 255 + share * tint
    return frozen(np.rint(shown).astype(np.uint8))
