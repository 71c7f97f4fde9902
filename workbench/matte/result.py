"""What the matting methods share: the answer, and the part of the photo that they look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class AlphaResult:
    """What a solver gives back.

    Attributes:
        alpha: (H, W) float32 in [0, 1]; exactly 0 or 1 where the trimap is sure.
        notes: what went otherwise than asked, one plain sentence each; empty when all is well.
        iterations: steps of the iterative solver, over all pieces of the band; 0 for direct ones.
        colours: (H, W, 3) float32, the subject's, where the method finds them with the alpha.
        converged: False when a solver ran out of steps and ``alpha`` is the best it had.
        confidence: how far the method itself trusts its answer, 0 to 1, where it is the one to
            tell; None where that is told from photo and alpha (``confidence.confidence``).
    """

    alpha: np.ndarray
    notes: tuple[str, ...] = ()
    iterations: int = 0
    converged: bool = True
    colours: np.ndarray | None = None
    confidence: float | None = None


def crop_around(unknown: np.ndarray, margin: int) -> tuple[slice, slice]:
    """The bounding box of the band with ``margin`` pixels around it, within the photo."""
    y, x = np.flatnonzero(unknown.any(axis=1)), np.flatnonzero(unknown.any(axis=0))
    return (
        slice(max(0, int(y[0]) - margin), int(y[-1]) + 1 + margin),
        slice(max(0, int(x[0]) - margin), int(x[-1]) + 1 + margin),
    )
