"""Closed-form matting, solved in the band alone (Levin, Lischinski & Weiss 2008)."""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import scipy.sparse
from scipy.sparse.csgraph import reverse_cuthill_mckee

from ..arrays import to_float
from ..notes import STOPPED, Note
from ..progress import Progress, report
from .conjugate import conjugate_gradients
from .result import AlphaResult

_EPSILON = 1e-7  # Levin's ε: how far from one colour line a window may be
_TOLERANCE = 1e-7  # of the residual, relative to the right-hand side
_ITERATIONS = 2000
_DISCARD = 1e-4  # entries of the incomplete factor below this are dropped
_PIECE = 4096  # bands smaller than this are solved together: a system each would be all overhead


Stencils = Callable[[np.ndarray, np.ndarray, int, float], np.ndarray]
"""See ``kernels.stencils``."""


def closed_form(
    image: np.ndarray,
    trimap: np.ndarray,
    unknown: np.ndarray,
    mask: np.ndarray | None,
    progress: Progress | None,
    held: np.ndarray | None = None,
) -> AlphaResult:
    """L_uu a_u = −L_uk a_k over the unknown pixels only, each piece of the band by itself.

    PyMatting builds the matrix of the whole photo (400 bytes a pixel) and cuts the unknown rows
    out of it; here only those rows are ever made.

    Args:
        held: (H, W) float32, by what weight an unknown pixel is held at 1, or at 0 where that is
            negative; beside a Laplacian whose diagonal is about 9. None for not at all.
    """
    height, width = trimap.shape
    wide = (max(0, 3 - height), max(0, 3 - width))
    if any(wide):
        # No 3 × 3 window fits: repeat the last row or column, solve, and cut it off again.
        pad = ((0, wide[0]), (0, wide[1]))
        image = np.pad(image, (*pad, (0, 0)), mode="edge")
        trimap, unknown = np.pad(trimap, pad, mode="edge"), np.pad(unknown, pad, mode="edge")
        held = None if held is None else np.pad(held, pad, mode="edge")
    alpha = trimap.copy()
    total = int(unknown.sum())
    done = iterations = 0
    stopped: list[Note] = []
    for rows, columns, piece in _pieces(unknown):
        size = int(piece.sum())

        def inner(fraction: float, words: str, at: int = done, share: int = size) -> None:
            report(progress, (at + share * fraction) / total, words)

        colours = to_float(image[rows, columns]).astype(np.float64)
        matrix, right = band_system(colours, trimap[rows, columns], piece)
        if held is not None:
            weight = held[rows, columns][piece].astype(np.float64)
            matrix = (matrix + scipy.sparse.diags(np.abs(weight), format="csr")).tocsr()
            right = right + np.maximum(weight, 0)
        values, steps, residual = _solve(matrix, right, inner)
        if residual > _TOLERANCE:
            box = columns.start, rows.start, columns.stop, rows.stop
            stopped.append(Note(
                f"The solver stopped after {steps} steps on a band of {size} pixels"
                f" with a residual of {residual:.1e}: its best alpha is kept.",
                STOPPED, 0.5, box,
            ))  # fmt: skip
        alpha[rows, columns][piece] = np.clip(values, 0, 1)
        iterations += steps
        done += size
    return AlphaResult(alpha[:height, :width].copy(), tuple(stopped), iterations, not stopped)


def _pieces(unknown: np.ndarray) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """The band in parts that no 3 × 3 window joins: rows, columns of a crop, and its pixels there.

    Two unknown pixels are coupled when one window holds both, that is within two pixels of each
    other, so pieces further apart are independent systems. Each crop has two pixels of margin.
    """
    near = cv2.dilate(unknown.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    big = [i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] >= _PIECE]
    groups = [[i] for i in big]
    small = [i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] < _PIECE]
    # Small ones go together in raster order until they are worth a system of their own.
    filling, area = [], 0
    for i in small:
        filling.append(i)
        area += stats[i, cv2.CC_STAT_AREA]
        if area >= _PIECE:
            groups.append(filling)
            filling, area = [], 0
    if filling:
        groups.append(filling)
    height, width = unknown.shape
    for group in groups:
        box = stats[group]
        left = max(0, int(box[:, cv2.CC_STAT_LEFT].min()) - 1)
        top = max(0, int(box[:, cv2.CC_STAT_TOP].min()) - 1)
        right = int((box[:, cv2.CC_STAT_LEFT] + box[:, cv2.CC_STAT_WIDTH]).max()) + 1
        bottom = int((box[:, cv2.CC_STAT_TOP] + box[:, cv2.CC_STAT_HEIGHT]).max()) + 1
        # A window needs three pixels even where the piece hugs the photo's border.
        top, left = max(0, min(top, height - 3)), max(0, min(left, width - 3))
        bottom, right = max(bottom, top + 3), max(right, left + 3)
        rows, columns = slice(top, min(bottom, height)), slice(left, min(right, width))
        table = np.zeros(count, bool)
        table[group] = True
        yield rows, columns, table[labels[rows, columns]] & unknown[rows, columns]


def band_system(
    image: np.ndarray,
    trimap: np.ndarray,
    unknown: np.ndarray,
    stencils: Stencils | None = None,
) -> tuple[scipy.sparse.csr_matrix, np.ndarray]:
    """The rows of a matting Laplacian, by default Levin's (2008, eq. 12), of the unknown pixels.

    Args:
        image: (h, w, 3) float64, at least 3 × 3.
        trimap: (h, w) float32; what is given where ``unknown`` is False.
        unknown: (h, w) bool; other unknown pixels of ``trimap`` are further than two pixels away.
        stencils: gives the rows, by default ``kernels.stencils``.

    Returns:
        L_uu, (U, U) CSR float64 with sorted columns, U unknown pixels in raster order; and
        −L_uk a_k, (U,) float64.
    """
    if stencils is None:
        from . import kernels

        stencils = kernels.stencils
    height, width = unknown.shape
    flat = np.flatnonzero(unknown)
    number = np.full(height * width, -1, np.int32)
    number[flat] = np.arange(flat.size, dtype=np.int32)
    rows = stencils(image, number.reshape(height, width), flat.size, _EPSILON)
    steps = np.array([dy * width + dx for dy in range(-2, 3) for dx in range(-2, 3)])
    # Slots beyond the border hold 0: no window reaches them. Any valid index will do for those.
    neighbours = np.clip(flat[:, None] + steps, 0, height * width - 1)
    columns = number[neighbours]
    known = np.where(columns < 0, trimap.ravel()[neighbours], 0)
    right = -(rows * known).sum(axis=1)
    keep = (columns >= 0) & (rows != 0)
    pointers = np.concatenate([[0], np.cumsum(keep.sum(axis=1))])
    matrix = scipy.sparse.csr_matrix(
        (rows[keep], columns[keep], pointers.astype(np.int32)), (flat.size, flat.size)
    )
    return matrix, right


def _solve(
    matrix: scipy.sparse.csr_matrix, right: np.ndarray, progress: Progress
) -> tuple[np.ndarray, int, float]:
    """Conjugate gradients, preconditioned by PyMatting's thresholded incomplete Cholesky.

    Returns:
        the solution (U,), the steps taken, and the residual relative to the right-hand side.
    """
    if not right.any():
        # Only background around: 0 solves it exactly.
        return np.zeros_like(right), 0, 0.0
    once = "" if is_compiled() else " (this once it compiles itself: about a minute)"
    progress(0.0, f"preparing the solver{once}")

    def watch(steps: int, residual: float) -> None:
        fraction = math.log(max(residual, _TOLERANCE)) / math.log(_TOLERANCE)
        progress(0.1 + 0.9 * max(fraction, 0.0), "solving the band")

    # Numbered along the band instead of across the photo, neighbours lie close in memory and the
    # incomplete factor fills in less: about a third off the time.
    order = reverse_cuthill_mckee(matrix, symmetric_mode=True)
    matrix, right = matrix[order][:, order].tocsr(), right[order]
    matrix.sort_indices()
    found = conjugate_gradients(
        matrix, right, _TOLERANCE, _ITERATIONS, watch, incomplete_cholesky(matrix)
    )
    values = np.empty_like(found.values)
    values[order] = found.values
    return values, found.steps, found.residual


def is_compiled() -> bool:
    """Whether PyMatting has compiled itself, as it does on its first import after installation."""
    if "pymatting" in sys.modules:
        return True
    found = importlib.util.find_spec("pymatting")
    folders = (found.submodule_search_locations or []) if found is not None else []
    return any(next(Path(folder).rglob("*.nbi"), None) for folder in folders)


def incomplete_cholesky(matrix: scipy.sparse.csr_matrix) -> Callable[[np.ndarray], np.ndarray]:
    """PyMatting's ``ichol`` without its 4 GB of scratch space and without its prints.

    Its kernel is called directly: the public function prints to stdout each time that a diagonal
    shift is needed, and always asks for room for 250 million entries.
    """
    from pymatting.preconditioner.ichol import CholeskyDecomposition, _ichol

    size = matrix.shape[0]
    # The matrix is symmetric, so its rows are its columns.
    indices, pointers = matrix.indices.astype(np.int64), matrix.indptr.astype(np.int64)
    room = 160 * size + 1024  # untouched pages cost nothing; starting over costs all
    shift = 0.0
    while True:
        values, where = np.empty(room), np.empty(room, np.int64)
        starts = np.zeros(size + 1, np.int64)
        used = _ichol(
            size, matrix.data, indices, pointers, values, where, starts,
            _DISCARD, shift, room, 0.0, True,
        )  # fmt: skip
        if used >= 0:
            return CholeskyDecomposition((values[:used].copy(), where[:used].copy(), starts))
        if used == -2:
            room *= 2
        else:
            # Not positive definite once entries were dropped. A large enough shift always is.
            shift = 1e-4 if shift == 0 else shift * 10
