"""Measures: hand-computed values, and slow references written out."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from workbench import quality
from workbench.errors import ArrayError
from workbench.quality import metrics

ALL = [metrics.sad, metrics.mse, metrics.grad, metrics.conn]
RATIOS = [metrics.iou, metrics.boundary_iou]


def noisy_disk(seed: int, size: int = 26) -> np.ndarray:
    y, x = np.mgrid[:size, :size] + 0.5
    soft = np.clip((8 - np.hypot(x - 13, y - 12)) / 4 + 0.5, 0, 1)
    noise = np.random.default_rng(seed).normal(0, 0.15, soft.shape)
    return np.clip(soft + noise, 0, 1).astype(np.float32)


def test_exact_values() -> None:
    truth = np.array([[0, 0.5, 1, 1]], np.float32)
    alpha = np.array([[0.25, 0.5, 0.5, 1]], np.float32)
    band = np.array([[False, True, True, False]])
    assert metrics.sad(alpha, truth) == pytest.approx(0.75 / 1000)
    assert metrics.sad(alpha, truth, band) == pytest.approx(0.5 / 1000)
    assert metrics.mse(alpha, truth) == pytest.approx((0.0625 + 0.25) / 4)
    assert metrics.mse(alpha, truth, band) == pytest.approx(0.125)
    assert metrics.mse(alpha, truth, band & False) == 0
    assert metrics.iou(alpha, truth) == 1
    assert metrics.iou(np.array([[1, 1, 0, 0]]) > 0, truth) == pytest.approx(1 / 4)
    assert metrics.iou(truth, np.array([[0, 0, 1, 0]]) > 0, band) == pytest.approx(1 / 2)
    assert quality.metrics is metrics


@pytest.mark.parametrize("measure", ALL)
def test_zero_for_the_truth_and_symmetric(measure: Callable[..., float]) -> None:
    a, b = noisy_disk(1), noisy_disk(2)
    assert measure(a, a) == 0
    assert measure(a, b) == pytest.approx(measure(b, a)) and measure(a, b) > 0
    band = np.zeros(a.shape, bool)
    band[:13] = True
    if measure is not metrics.mse:
        # Sums: the two halves add up to the whole.
        assert measure(a, b, band) + measure(a, b, ~band) == pytest.approx(measure(a, b))


@pytest.mark.parametrize("measure", RATIOS)
def test_ratios(measure: Callable[..., float]) -> None:
    a, empty = noisy_disk(1), np.zeros((26, 26))
    assert measure(a, a) == 1 and measure(empty, empty) == 1 and measure(a, empty) == 0
    assert 0 < measure(a, noisy_disk(3)) < 1


def test_grad_against_the_sum_written_out() -> None:
    """Rhemann's kernels: G'(x) G(y) with a half width from the 1 % cut, brought to norm 1."""
    sigma = 1.4
    half = math.ceil(sigma * math.sqrt(-2 * math.log(math.sqrt(2 * math.pi) * sigma * 0.01)))
    kernel = np.zeros((2 * half + 1, 2 * half + 1))
    for i in range(-half, half + 1):
        for j in range(-half, half + 1):
            bell = math.exp(-(i**2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))
            slope = -j * math.exp(-(j**2) / (2 * sigma**2)) / (sigma**3 * math.sqrt(2 * math.pi))
            kernel[i + half, j + half] = bell * slope
    kernel /= math.sqrt((kernel**2).sum())

    def size(plane: np.ndarray) -> np.ndarray:
        padded = np.pad(plane.astype(float), half, mode="edge")
        out = np.zeros(plane.shape)
        for r in range(plane.shape[0]):
            for c in range(plane.shape[1]):
                part = padded[r : r + 2 * half + 1, c : c + 2 * half + 1]
                out[r, c] = math.hypot((part * kernel).sum(), (part * kernel.T).sum())
        return out

    a, b = noisy_disk(4), noisy_disk(5)
    expected = ((size(a) - size(b)) ** 2).sum() / 1000
    assert metrics.grad(a, b) == pytest.approx(expected, rel=1e-9)


def test_conn_against_a_flood_fill() -> None:
    a, b = noisy_disk(6), noisy_disk(7)

    def largest(region: np.ndarray) -> np.ndarray:
        best: set[tuple[int, int]] = set()
        seen: set[tuple[int, int]] = set()
        for start in zip(*np.nonzero(region), strict=True):
            if start in seen:
                continue
            part, todo = set(), [start]
            while todo:
                r, c = todo.pop()
                if (r, c) in part or not (0 <= r < 26 and 0 <= c < 26 and region[r, c]):
                    continue
                part.add((r, c))
                todo += [(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)]
            seen |= part
            if len(part) > len(best):
                best = part
        out = np.zeros(region.shape, bool)
        for r, c in best:
            out[r, c] = True
        return out

    level_of = np.full(a.shape, np.nan)
    for k in range(1, 11):
        omega = largest((a >= np.float32(k / 10)) & (b >= np.float32(k / 10)))
        level_of[np.isnan(level_of) & ~omega] = (k - 1) / 10
    level_of[np.isnan(level_of)] = 1
    total = 0.0
    for p, q, level in zip(a.ravel(), b.ravel(), level_of.ravel(), strict=True):
        phi = [1 - (v - level) * (v - level >= 0.15) for v in (float(p), float(q))]
        total += abs(phi[0] - phi[1])
    assert metrics.conn(a, b) == pytest.approx(total / 1000, rel=1e-9)


def test_conn_counts_what_floats_apart() -> None:
    truth = np.zeros((20, 20), np.float32)
    truth[2:10, 2:10] = 1
    island = truth.copy()
    island[15, 15] = 1
    # Connected up to 0, so φ = 0 in the one and 1 in the other.
    assert metrics.conn(island, truth) == pytest.approx(1 / 1000)
    assert metrics.conn(truth * np.float32(0.9), truth * np.float32(0.9)) == 0


def test_boundary_iou_by_hand() -> None:
    """On 50 × 50 the boundary is 1 pixel wide: round(0.02 · 70.7) = 1."""
    truth = np.zeros((50, 50), np.float32)
    truth[10:40, 10:40] = 1
    moved = np.roll(truth, 1, axis=1)
    # Rings of 116 pixels; top and bottom rows share 29 each, and the columns nothing.
    assert metrics.boundary_iou(moved, truth) == pytest.approx(58 / (2 * 116 - 58))
    assert metrics.iou(moved, truth) == pytest.approx(870 / 930)
    # Where the subject touches the frame, the frame is its boundary.
    assert metrics.boundary_iou(np.ones((50, 50)), np.ones((50, 50))) == 1
    inner = np.zeros((50, 50), bool)
    inner[5:45, 5:45] = True
    assert metrics.boundary_iou(np.ones((50, 50)), truth, inner) == 0


def test_boundary_grows_with_the_photo() -> None:
    """On 300 × 400 it is 0.02 · 500 = 10 pixels wide."""
    mask = np.zeros((300, 400), np.float32)
    mask[50:250, 50:350] = 1
    ring = mask.copy()
    ring[60:240, 60:340] = 0
    hollow = metrics.boundary_iou(ring, mask)
    assert hollow == 1
    ring[59:241, 59:341] = 0
    assert metrics.boundary_iou(ring, mask) < 1


@pytest.mark.parametrize("measure", ALL + RATIOS)
def test_errors(measure: Callable[..., float]) -> None:
    with pytest.raises(ArrayError, match="truth of shape"):
        measure(np.zeros((2, 3)), np.zeros((3, 2)))
    with pytest.raises(ArrayError, match="band of bool"):
        measure(np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((2, 3)))
    with pytest.raises(ArrayError, match="NaN"):
        measure(np.full((2, 3), np.nan), np.zeros((2, 3)))
