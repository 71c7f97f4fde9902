"""The edge by fractions of a pixel, and a blur that knows a body from a strand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from workbench import edges


def half_plane(degrees: float, ramp: float, size: int = 80) -> np.ndarray:
    """A straight edge whose alpha rises from 0 to 1 over ``ramp`` pixels."""
    y, x = np.mgrid[:size, :size] + 0.5 - size / 2
    angle = np.radians(degrees)
    return np.clip((x * np.cos(angle) + y * np.sin(angle)) / ramp + 0.5, 0, 1).astype(np.float32)


@pytest.mark.parametrize("ramp", [1, 3, 12])
@pytest.mark.parametrize("degrees", [0, 22.5, 45, 70])
@pytest.mark.parametrize("pixels", [0.3, 1.0, 2.6])
def test_contract_moves_any_edge_by_its_pixels(ramp: float, degrees: float, pixels: float) -> None:
    alpha = half_plane(degrees, ramp)
    lost = alpha - edges.contract(alpha, pixels)
    # In every row that the whole edge crosses, or column where it lies flat.
    angle, lost = np.radians(degrees), lost if degrees <= 45 else lost.T
    moved = lost[34:46].sum(axis=1).mean() * max(np.cos(angle), np.sin(angle))
    assert moved == pytest.approx(pixels, rel=0.1) and lost.min() >= 0


@pytest.mark.parametrize("ramp", [1, 4, 12])
@pytest.mark.parametrize("degrees", [0, 22.5, 45])
@pytest.mark.parametrize("pixels", [-0.7, 0.2, 0.6, 1.4])
def test_shift_moves_soft_edges_by_fractions(ramp: float, degrees: float, pixels: float) -> None:
    alpha = half_plane(degrees, ramp)
    gained = edges.shift(alpha, 10 * pixels, 10) - alpha
    moved = gained[34:46].sum(axis=1).mean() * np.cos(np.radians(degrees))
    assert moved == pytest.approx(pixels, rel=0.25)


def test_contract_of_a_step_is_exact() -> None:
    alpha = np.zeros((5, 12), np.float32)
    alpha[:, 6:] = 1
    np.testing.assert_allclose(edges.contract(alpha, 0.3)[2, 5:8], [0, 0.7, 1], atol=1e-6)
    np.testing.assert_allclose(edges.contract(alpha, 0.5)[2, 5:8], [0, 0.5, 1], atol=1e-6)
    np.testing.assert_allclose(edges.contract(alpha, 1)[2, 5:8], [0, 0.25, 0.75], atol=1e-6)


def test_contract_is_monotone() -> None:
    alpha = np.random.default_rng(0).random((40, 40), np.float32)
    results = [edges.contract(alpha, d) for d in (0, 0.1, 0.49, 0.5, 0.51, 1, 1.2, 5)]
    for less, more in itertools.pairwise(results):
        assert (more <= less + 1e-6).all()


def test_edge_blur_draws_stairs_smooth_and_keeps_strands_and_veils() -> None:
    alpha = np.zeros((120, 120), np.float32)
    y, x = np.mgrid[:120, :120]
    alpha[y > 60 + x // 3] = 1  # stairs of three pixels
    alpha[10:50, 30] = 1  # a strand
    alpha[102:116, 50:90] = 0.6  # a veil
    result = edges.edge_blur(alpha, 0.8)
    np.testing.assert_array_equal(result[5:55, 25:35], alpha[5:55, 25:35])
    np.testing.assert_array_equal(result[100:, 30:100], alpha[100:, 30:100])
    edge = np.abs(y - 60 - x // 3) < 2
    assert ((result > 0.02) & (result < 0.98))[edge].mean() > 0.7
    inside = result[:, 5:-5].sum()
    assert inside == pytest.approx(alpha[:, 5:-5].sum(), rel=1e-3)
