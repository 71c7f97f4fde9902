"""KNN, learning based, random walk and shared matting: PyMatting's own, on a smaller system."""

from __future__ import annotations

import cv2
import numpy as np
import pymatting
import pytest
from pymatting.laplacian.rw_laplacian import rw_laplacian
from skimage import data

from workbench.matte import affinity, kernels, pieces, solve_alpha
from workbench.matte.grid import Grid
from workbench.quality import metrics

METHODS = tuple(affinity.METHODS)


@pytest.fixture(scope="module")
def wide() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Image uint8, alpha and trimap, 120 × 400: a soft wavy edge over a photo."""
    y, x = np.mgrid[:120, :400] + 0.5
    truth = np.clip((y - 60 - 20 * np.sin(x / 40)) / 10 + 0.5, 0, 1).astype(np.float32)
    behind = data.astronaut()[:120, :400] / np.float32(255)
    image = truth[..., None] * np.float32([0.9, 0.5, 0.2]) + (1 - truth[..., None]) * behind
    reach = np.ones((9, 9), np.uint8)
    grown = cv2.dilate((truth > 0).astype(np.uint8), reach) > 0
    sure = cv2.erode((truth == 1).astype(np.uint8), reach) > 0
    trimap = np.where(sure, 1, np.where(grown, 0.5, 0)).astype(np.float32)
    return np.rint(image * 255).astype(np.uint8), truth, trimap


@pytest.mark.parametrize(
    ("method", "theirs"),
    [("knn", "knn"), ("lbdm", "lbdm"), ("random_walk", "rw"), ("shared", "sm")],
)
def test_same_as_pymatting(
    wide: tuple[np.ndarray, np.ndarray, np.ndarray], method: str, theirs: str
) -> None:
    image, _, trimap = (array[:, :100] for array in wide)
    reference = getattr(pymatting, f"estimate_alpha_{theirs}")(
        image / np.float64(255), trimap.astype(np.float64)
    )
    result = solve_alpha(image, trimap, method)
    assert result.converged and result.notes == ()
    # PyMatting holds sure pixels by a penalty of 100, and so to a hundredth or so.
    assert np.abs(result.alpha - reference)[trimap == 0.5].mean() < 5e-3


def test_rows_are_those_of_pymatting() -> None:
    """Theirs are divided by the number (or weight) of neighbours, which leaves the alpha alone."""
    rng = np.random.default_rng(1)
    image = np.float32(0.5) + rng.normal(0, 0.02, (7, 9, 3)).astype(np.float32)
    everywhere = np.ones((7, 9), bool)
    theirs = pymatting.knn_laplacian(image.astype(np.float64)).toarray()
    ours = affinity._knn_laplacian(image, everywhere).toarray()
    share = np.abs(ours - np.diag(np.diag(ours))).sum(1) / np.abs(
        theirs - np.diag(np.diag(theirs))
    ).sum(1)
    np.testing.assert_allclose(theirs * share[:, None], ours, atol=1e-9)
    theirs = rw_laplacian(image.astype(np.float64)).toarray()
    ours = affinity._walk_laplacian(image).toarray()
    inside = np.zeros((7, 9), bool)
    inside[1:-1, 1:-1] = True  # at the border PyMatting counts the border's pixels several times
    for n in np.flatnonzero(inside):
        neighbours = np.flatnonzero(ours[n])
        ratio = theirs[n, neighbours] / ours[n, neighbours]
        np.testing.assert_allclose(ratio, ratio[0], rtol=1e-6)


def test_learned_stencils_are_rows_of_the_laplacian() -> None:
    rng = np.random.default_rng(2)
    image = rng.random((8, 7, 3))
    image[:, :3] = 0.5  # no colour at all: where the inverse is at its worst
    number = np.arange(56, dtype=np.int32).reshape(8, 7)
    rows = kernels.learned_stencils(image, number, 56, 1e-7)
    whole = pymatting.lbdm_laplacian(image).toarray()
    for n in range(56):
        for k in range(25):
            v, u = n // 7 + k // 5 - 2, n % 7 + k % 5 - 2
            same = whole[n, v * 7 + u] if 0 <= v < 8 and 0 <= u < 7 else 0.0
            np.testing.assert_allclose(rows[n, k], same, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_in_pieces_it_is_the_same_method(
    wide: tuple[np.ndarray, np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    image, truth, trimap = wide
    band = trimap == 0.5
    whole = solve_alpha(image, trimap, method)
    cut = pieces.Pieces(Grid(tile=64, margin=32, blend=8), whole=96 * 96)
    monkeypatch.setitem(affinity.METHODS, method, (affinity.METHODS[method][0], cut))
    seen: list[float] = []
    result = solve_alpha(image, trimap, method, lambda fraction, words: seen.append(fraction))
    assert result.converged and seen == sorted(seen) and seen[-1] == 1
    errors = [metrics.sad(a, truth, band) for a in (result.alpha, whole.alpha)]
    assert errors[0] < 1.15 * errors[1]
    # What the error does from one pixel to the next is no more at a join than elsewhere.
    step = np.abs(np.diff(result.alpha - truth, axis=1))
    both = band[:, 1:] & band[:, :-1]
    to_join = np.abs((np.arange(1, 400) + 32) % 64 - 32)
    at, inside = both & (to_join <= 8)[None], both & (to_join > 16)[None]
    assert step[at].mean() < 1.25 * step[inside].mean() + 1e-4


@pytest.mark.parametrize("method", METHODS)
def test_a_band_that_no_window_sees_across(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """In its middle there is nothing sure in a window: the reduced size tells."""
    truth = np.repeat(np.clip((np.arange(300) - 20) / 260, 0, 1)[None], 60, axis=0)
    truth = truth.astype(np.float32)
    image = truth[..., None] * np.float32([0.9, 0.3, 0.1]) + (1 - truth[..., None]) * np.float32(
        [0.1, 0.4, 0.8]
    )
    trimap = np.where((truth > 0) & (truth < 1), np.float32(0.5), truth)
    cut = pieces.Pieces(Grid(tile=48, margin=16, blend=8), whole=40 * 60)
    monkeypatch.setitem(affinity.METHODS, method, (affinity.METHODS[method][0], cut))
    result = solve_alpha(image, trimap, method)
    assert np.abs(result.alpha - truth).mean() < 0.1
    assert np.abs(np.diff(result.alpha, axis=1)).max() < 0.1


@pytest.mark.parametrize("method", ["knn", "lbdm", "random_walk"])
def test_out_of_steps_it_keeps_its_best_and_says_so(
    wide: tuple[np.ndarray, np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    image, truth, trimap = (array[:, :100] for array in wide)
    monkeypatch.setattr(affinity, "_ITERATIONS", 3)
    result = solve_alpha(image, trimap, method)
    assert not result.converged and "stopped after 3 steps" in result.notes[0]
    band = trimap == 0.5
    assert metrics.sad(result.alpha, truth, band) < metrics.sad(trimap, truth, band) * 1.5


def test_what_is_no_number_is_the_mask_and_said(
    wide: tuple[np.ndarray, np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    image, truth, trimap = (array[:, :100] for array in wide)

    def broken(window: pieces.Window) -> pieces.Solved:
        alpha = np.full(window.band.shape, 0.25)
        alpha[:, 50:] = np.nan
        return pieces.Solved(alpha)

    monkeypatch.setitem(affinity.METHODS, "knn", (broken, affinity.PIECES))
    result = solve_alpha(image, trimap, "knn", mask=truth)
    lost = (trimap == 0.5) & (np.arange(100) >= 50)[None]
    assert not result.converged and f"no number for {lost.sum()} pixels" in result.notes[0]
    np.testing.assert_array_equal(result.alpha[lost], truth[lost])
    assert (result.alpha[(trimap == 0.5) & ~lost] == 0.25).all()
