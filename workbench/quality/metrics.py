"""Measures of an alpha against a known truth.

All take (H, W) planes in [0, 1] (bool and uint8 are read too). ``band`` is an (H, W) bool plane,
or a trimap's ``== 0.5``: with it the measure counts those pixels only, without it the whole image.
Numbers over the band and over the image do not belong in one table. SAD, Grad and Conn are sums
in thousands, so they grow with the size of the photo; MSE and the IoUs do not.

SAD, MSE, Grad and Conn follow Rhemann and others, "A Perceptually Motivated Online Benchmark for
Image Matting", CVPR 2009, p. 1826, and the authors' code.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import cv2
import numpy as np

from ..arrays import check_plane
from ..errors import ArrayError

_SIGMA = 1.4
_CONN_STEP, _CONN_CUT = 0.1, 0.15
_BOUNDARY_RATIO = 0.02


def sad(alpha: Any, truth: Any, band: Any = None) -> float:
    """Sum of absolute differences, Σ |α − α*| / 1000.

    Args:
        alpha, truth: (H, W) in [0, 1].
        band: (H, W) bool, the pixels that count, or None for all.

    Raises:
        ArrayError: shapes differ, or a value is out of range.
    """
    a, t, where = _planes(alpha, truth, band)
    return float(np.abs(a - t)[where].sum() / 1000)


def mse(alpha: Any, truth: Any, band: Any = None) -> float:
    """Mean squared difference over the pixels that count; 0 where none does.

    Args, Raises: as ``sad``.
    """
    a, t, where = _planes(alpha, truth, band)
    squares = ((a - t) ** 2)[where]
    return float(squares.mean()) if squares.size else 0.0


def grad(alpha: Any, truth: Any, band: Any = None) -> float:
    """Gradient error, Σ (|∇α| − |∇α*|)² / 1000.

    Gradients by first derivatives of a Gaussian, σ = 1.4, in the benchmark's own scale: each
    two-dimensional kernel has the Euclidean norm 1, and the image is replicated at its border.

    Args, Raises: as ``sad``.
    """
    a, t, where = _planes(alpha, truth, band)
    return float(((_gradient(a) - _gradient(t)) ** 2)[where].sum() / 1000)


def conn(alpha: Any, truth: Any, band: Any = None) -> float:
    """Connectivity error, Σ |φ(α) − φ(α*)| / 1000.

    A pixel is connected up to the level l, in steps of 0.1, at which it still belongs to the
    largest 4-connected part of the pixels where both alphas reach l. φ = 1 − d where d, its alpha
    above that level, is at least 0.15, else 1.

    Args, Raises: as ``sad``.
    """
    a, t, where = _planes(alpha, truth, band)
    levels = [round(i * _CONN_STEP, 10) for i in range(int(1 / _CONN_STEP) + 1)]
    connected = np.full(a.shape, -1.0)
    for below, level in itertools.pairwise(levels):
        # The alphas are float32: 0.9 as float32 must reach the level 0.9.
        both = (a >= np.float32(level)) & (t >= np.float32(level))
        connected[(connected < 0) & ~_largest(both)] = below
    connected[connected < 0] = 1

    def phi(plane: np.ndarray) -> np.ndarray:
        above = plane - connected
        return 1 - above * (above >= _CONN_CUT)

    return float(np.abs(phi(a) - phi(t))[where].sum() / 1000)


def iou(alpha: Any, truth: Any, band: Any = None) -> float:
    """Intersection over union of the pixels with at least 0.5; 1 where both are empty.

    Args, Raises: as ``sad``.
    """
    a, t, where = _planes(alpha, truth, band)
    return _ratio((a >= 0.5) & where, (t >= 0.5) & where)


def boundary_iou(alpha: Any, truth: Any, band: Any = None) -> float:
    """IoU of the inner boundaries alone, which large areas cannot flatter; 1 where both are empty.

    Cheng and others, "Boundary IoU", CVPR 2021, p. 15334, and their code: of each mask (alpha at
    least 0.5) the pixels that a 3 × 3 erosion, repeated 0.02 of the image's diagonal times (at
    least once), takes away. Beyond the frame counts as outside.

    Args, Raises: as ``sad``.
    """
    a, t, where = _planes(alpha, truth, band)
    return _ratio(_boundary(a >= 0.5) & where, _boundary(t >= 0.5) & where)


def _planes(alpha: Any, truth: Any, band: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    a = check_plane(alpha, name="alpha").astype(np.float64)
    shape = (a.shape[0], a.shape[1])
    t = check_plane(truth, shape, "truth").astype(np.float64)
    if band is None:
        return a, t, np.ones(shape, bool)
    where = np.asarray(band)
    if where.dtype != np.bool_ or where.shape != shape:
        raise ArrayError(f"expected band of bool {shape}, got {where.dtype} {where.shape}")
    return a, t, where


def _gradient(plane: np.ndarray) -> np.ndarray:
    half = math.ceil(_SIGMA * math.sqrt(-2 * math.log(math.sqrt(2 * math.pi) * _SIGMA * 1e-2)))
    u = np.arange(-half, half + 1)
    bell = np.exp(-(u**2) / (2 * _SIGMA**2)) / (_SIGMA * math.sqrt(2 * math.pi))
    slope = -u * bell / _SIGMA**2
    # ‖slope ⊗ bell‖ = ‖slope‖ · ‖bell‖, so each factor is brought to norm 1.
    bell, slope = bell / np.linalg.norm(bell), slope / np.linalg.norm(slope)
    dx = cv2.sepFilter2D(plane, cv2.CV_64F, slope, bell, borderType=cv2.BORDER_REPLICATE)
    dy = cv2.sepFilter2D(plane, cv2.CV_64F, bell, slope, borderType=cv2.BORDER_REPLICATE)
    return np.hypot(dx, dy)


def _largest(region: np.ndarray) -> np.ndarray:
    """The largest 4-connected part, the first in raster order among equals; all False if none."""
    if not region.any():
        return region
    _, labels, stats, _ = cv2.connectedComponentsWithStats(region.astype(np.uint8), connectivity=4)
    return labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())


def _boundary(mask: np.ndarray) -> np.ndarray:
    times = max(1, round(_BOUNDARY_RATIO * math.hypot(*mask.shape)))
    eroded = cv2.erode(
        np.pad(mask.astype(np.uint8), 1), np.ones((3, 3), np.uint8), iterations=times
    )
    return mask & (eroded[1:-1, 1:-1] == 0)


def _ratio(one: np.ndarray, other: np.ndarray) -> float:
    union = int((one | other).sum())
    return int((one & other).sum()) / union if union else 1.0
