"""PyMatting's conjugate gradients, with the best that they had where they do not converge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse

_NOTHING = 1e-100  # squares of less are 0 in float64, and the solver divides by them


@dataclass(frozen=True)
class Found:
    """What came of it.

    Attributes:
        values: (n,) float64, finite.
        steps: that were taken.
        residual: of ``values``, relative to the right-hand side.
        converged: whether that is within the tolerance.
    """

    values: np.ndarray
    steps: int
    residual: float
    converged: bool


class _NoNumberError(Exception):
    """The solver has left the numbers; nothing better will come."""


def conjugate_gradients(
    matrix: scipy.sparse.csr_matrix,
    right: np.ndarray,
    tolerance: float,
    most: int,
    watch: Callable[[int, float], None],
    preconditioner: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Found:
    """Solve ``matrix`` x = ``right`` from x = 0.

    Args:
        matrix: (n, n), symmetric and positive definite or nearly so.
        right: (n,) float64.
        tolerance: of the residual, relative to the right-hand side.
        most: steps at most.
        watch: called after each step with how many there were and the residual; may raise.
        preconditioner: of a residual.
    """
    from pymatting.solver.cg import cg

    if right.size == 0 or np.abs(right).max() < _NOTHING:
        return Found(np.zeros_like(right), 0, 0.0, True)
    steps, least, best = 0, 1.0, np.zeros_like(right)

    def step(_: Any, x: np.ndarray, __: Any, norm: float, ___: Any, left: float) -> None:
        nonlocal steps, least, best
        steps += 1
        residual = float(left / norm)
        if not (np.isfinite(residual) and np.isfinite(x).all()):
            raise _NoNumberError
        if residual < least:
            least, best = residual, x.copy()
        watch(steps, residual)

    try:
        with np.errstate(all="ignore"):
            best = cg(matrix, right, rtol=tolerance, maxiter=most, callback=step, M=preconditioner)
    except _NoNumberError:
        pass
    except ValueError as error:
        if "did not converge" not in str(error):
            raise
    return Found(best, steps, least, least <= tolerance)
