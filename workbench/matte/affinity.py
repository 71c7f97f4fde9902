"""Matting by what neighbouring pixels have in common, with PyMatting's graphs and samples.

- ``knn``: Chen, Li and Tang, "KNN Matting", IEEE PAMI 35(9), 2013: neighbours in colour and place.
- ``lbdm``: Zheng and Kambhamettu, "Learning Based Digital Matting", ICCV 2009.
- ``random_walk``: Grady, Schiwietz, Aharon and Westermann, "Random Walks for Interactive
  Alpha-Matting", VIIP 2005.
- ``shared``: Gastal and Oliveira, "Shared Sampling for Real-Time Alpha Matting", Eurographics
  2010: the best pairs of sure colours around a pixel, shared with its neighbours.

The first three give a matrix L with small αᵀ L α for a good alpha. PyMatting solves for all pixels
of the picture, the sure ones being held by a penalty of 100; here the sure ones are left out of
the system, which is a tenth of the size and symmetric, so that conjugate gradients converge.
"""

from __future__ import annotations

import threading

import cv2
import numpy as np
import scipy.sparse

from .closed_form import band_system, incomplete_cholesky
from .conjugate import conjugate_gradients
from .grid import Grid
from .pieces import Method, Pieces, Solved, Window

_ITERATIONS = 2000
_TOLERANCE = 1e-6  # of the residual, relative to the right-hand side
_NEIGHBOURS = ((20, 2.0), (10, 0.1))  # of PyMatting: how many, and what their distance counts for
_NEAR = 48  # pixels around the band in which neighbours are sought
_STEEP = 900.0  # of PyMatting: 1 / colour²; a step of a thirtieth of the range is a third as likely
_RIDGE = 1e-8  # of PyMatting: draws what hangs on nothing to the background

# What one window takes: KNN about 2.5 kB a pixel near the band, the others less.
PIECES = Pieces(Grid(tile=512, margin=64, blend=16), whole=640 * 640)
# A sample may lie anywhere along a ray; most are found within the width of the band. 110 bytes a
# pixel: a window of this size is 0.7 GB.
SHARED_PIECES = Pieces(Grid(tile=2048, margin=256, blend=16), whole=2560 * 2560)

# numba's simplest pool of threads, the one where neither OpenMP nor TBB is there, ends the process
# when two threads enter it at once; PyMatting's loops of neighbours and samples use it.
_one_at_a_time = threading.Lock()


def knn(window: Window) -> Solved:
    """See the head of this file. Neighbours are sought in the band and _NEAR pixels around it."""
    around = np.ones((2 * _NEAR + 1,) * 2, np.uint8)
    near = cv2.dilate(window.band.astype(np.uint8), around) > 0
    laplacian = _knn_laplacian(window.image, near)
    return _solve(window, *_rows(laplacian, window.band[near], window.given[near]))


def lbdm(window: Window) -> Solved:
    """See the head of this file."""
    from .kernels import learned_stencils

    system = band_system(window.image.astype(np.float64), window.given, window.band,
                         learned_stencils)  # fmt: skip
    return _solve(window, *system, factor=True)


def random_walk(window: Window) -> Solved:
    """See the head of this file."""
    rows = _rows(_walk_laplacian(window.image), window.band.ravel(), window.given.ravel())
    return _solve(window, *rows, factor=True)


def shared(window: Window) -> Solved:
    """See the head of this file."""
    if not window.both:
        return Solved(window.guess)
    from pymatting import estimate_alpha_sm

    window.progress(0.1, "looking for samples")
    with _one_at_a_time:
        return Solved(estimate_alpha_sm(window.image, window.trimap))


METHODS: dict[str, tuple[Method, Pieces]] = {
    "knn": (knn, PIECES),
    "lbdm": (lbdm, PIECES),
    "random_walk": (random_walk, PIECES),
    "shared": (shared, SHARED_PIECES),
}


def _knn_laplacian(image: np.ndarray, chosen: np.ndarray) -> scipy.sparse.csr_matrix:
    """D − A, A counting how often two of the n chosen of (h, w, 3) pixels are among the nearest."""
    from pymatting.util.kdtree import knn as nearest

    height, width = chosen.shape
    place = np.stack(np.broadcast_arrays(
        np.linspace(0, 1, width)[None], np.linspace(0, 1, height)[:, None]), -1)  # fmt: skip
    count = int(chosen.sum())
    adjacency = scipy.sparse.csr_matrix((count, count))
    for k, weight in _NEIGHBOURS:
        features = np.concatenate([image[chosen], weight * place[chosen]], axis=1, dtype=np.float32)
        with _one_at_a_time:
            _, found = nearest(features, features, k=min(k, count))
        found = found.astype(np.int32).ravel()
        start = np.arange(0, found.size + 1, found.size // count, dtype=np.int32)
        ones = scipy.sparse.csr_matrix((np.ones(found.size), found, start), (count, count))
        adjacency = adjacency + ones
    return _laplacian(adjacency + adjacency.T)


def _walk_laplacian(image: np.ndarray) -> scipy.sparse.csr_matrix:
    """D (1 + ridge) − W of the 8 neighbours of (h, w, 3) pixels, likelier the more alike."""
    height, width = image.shape[:2]
    number = np.arange(height * width, dtype=np.int32).reshape(height, width)
    colours = image.astype(np.float64)
    weights, first, second = [], [], []
    for dy, dx in ((0, 1), (1, -1), (1, 0), (1, 1)):
        here = np.s_[: height - dy, max(0, -dx) : width - max(0, dx)]
        there = np.s_[dy:, max(0, dx) : width + min(0, dx)]
        distance = np.square(colours[here] - colours[there]).sum(axis=2)
        weights.append(np.exp(-_STEEP * distance).ravel())
        first.append(number[here].ravel())
        second.append(number[there].ravel())
    upper = scipy.sparse.coo_matrix(
        (np.concatenate(weights), (np.concatenate(first), np.concatenate(second))),
        (number.size, number.size),
    ).tocsr()
    graph = upper + upper.T
    # PyMatting counts each pixel as a neighbour of its own: it takes part in the ridge alone.
    ridge = _RIDGE * (1 + np.asarray(graph.sum(axis=1)).ravel())
    return _laplacian(graph) + scipy.sparse.diags(ridge, format="csr")


def _laplacian(graph: scipy.sparse.csr_matrix) -> scipy.sparse.csr_matrix:
    return scipy.sparse.diags(np.asarray(graph.sum(axis=1)).ravel(), format="csr") - graph


def _rows(
    laplacian: scipy.sparse.csr_matrix, band: np.ndarray, given: np.ndarray
) -> tuple[scipy.sparse.csr_matrix, np.ndarray]:
    """L_uu and −L_uk a_k of an (n, n) Laplacian, u being the band of its n pixels."""
    rows = laplacian.tocsr()[np.flatnonzero(band)]
    right = -(rows @ np.where(band, 0, given).astype(np.float64))
    return rows[:, np.flatnonzero(band)], right


def _solve(
    window: Window, matrix: scipy.sparse.csr_matrix, right: np.ndarray, factor: bool = False
) -> Solved:
    """The window's alpha; the best by its residual where the solver does not converge.

    Args:
        matrix: (U, U), symmetric, U pixels of the band. right: (U,).
        factor: precondition with an incomplete Cholesky factor, and not with the diagonal alone.
    """
    diagonal = matrix.diagonal()
    # Scaled to a diagonal of ones: pixels that hardly hang together count as much as the others.
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1))
    scaled = scipy.sparse.diags(scale) @ matrix @ scipy.sparse.diags(scale)
    matrix, right = scaled.tocsr(), right * scale
    matrix.sort_indices()

    def watch(steps: int, residual: float) -> None:
        window.progress(1 - 1 / (1 + steps / 50), "solving the band")

    preconditioner = incomplete_cholesky(matrix) if factor else None
    found = conjugate_gradients(matrix, right, _TOLERANCE, _ITERATIONS, watch, preconditioner)
    alpha = window.given.astype(np.float64)
    alpha[window.band] = found.values * scale
    return Solved(alpha, found.steps, found.converged)
