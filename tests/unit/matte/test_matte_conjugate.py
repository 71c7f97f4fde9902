"""Conjugate gradients that do not converge keep their best, and say so."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

from workbench.errors import CancelledError
from workbench.matte.conjugate import conjugate_gradients


def system(size: int = 30) -> tuple[scipy.sparse.csr_matrix, np.ndarray]:
    rng = np.random.default_rng(0)
    half = rng.normal(size=(size, size))
    return scipy.sparse.csr_matrix(half @ half.T + np.eye(size)), rng.normal(size=size)


def test_it_solves() -> None:
    matrix, right = system()
    seen: list[int] = []
    found = conjugate_gradients(matrix, right, 1e-10, 200, lambda n, residual: seen.append(n))
    assert found.converged and found.residual <= 1e-10 and found.steps == len(seen)
    np.testing.assert_allclose(found.values, np.linalg.solve(matrix.toarray(), right), rtol=1e-6)


def test_its_best_is_kept() -> None:
    matrix, right = system()
    residuals: list[float] = []
    found = conjugate_gradients(matrix, right, 1e-10, 7, lambda n, left: residuals.append(left))
    assert not found.converged and found.steps == 7 == len(residuals)
    assert found.residual == min(1.0, *residuals)
    left = np.linalg.norm(matrix @ found.values - right) / np.linalg.norm(right)
    np.testing.assert_allclose(left, found.residual, rtol=1e-6)


def test_what_leaves_the_numbers_is_no_answer() -> None:
    matrix = scipy.sparse.diags(np.r_[np.ones(8), np.nan], format="csr")
    found = conjugate_gradients(matrix, np.ones(9), 1e-7, 50, lambda n, residual: None)
    assert not found.converged and np.isfinite(found.values).all()


def test_next_to_nothing_is_nothing() -> None:
    found = conjugate_gradients(
        scipy.sparse.identity(3, format="csr"), np.full(3, 1e-200), 1e-7, 50, lambda n, r: None
    )
    assert found.converged and not found.values.any()


def test_it_can_be_stopped() -> None:
    def stop(steps: int, residual: float) -> None:
        raise CancelledError("enough")

    with pytest.raises(CancelledError):
        conjugate_gradients(*system(), 1e-7, 50, stop)
