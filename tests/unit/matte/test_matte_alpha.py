"""Alphas: exact small systems, PyMatting as the reference, and a composite whose truth is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from workbench.errors import ArrayError, CancelledError, UnknownNameError
from workbench.matte import (
    alpha_from_trimap,
    foreground_colours,
    matting_methods,
    solve_alpha,
    trimap_from_mask,
)
from workbench.matte.alpha import SOLVERS
from workbench.notes import REPAIRED
from workbench.progress import CancelToken
from workbench.quality import metrics


@pytest.fixture(scope="module")
def known() -> dict[str, np.ndarray]:
    """A soft disk with strands 1 to 3 pixels thick, composed in sRGB values over a busy photo."""
    size = 220
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:size, :size] + 0.5
    radius = np.hypot(x - size / 2, y - size / 2)
    truth = np.clip((55 - radius) / 5 + 0.5, 0, 1).astype(np.float32)
    mask = truth >= 0.5
    for number in range(40):
        turn = rng.uniform(0, 2 * np.pi)
        start = size / 2 + 50 * np.array([np.cos(turn), np.sin(turn)])
        end = start + 22 * np.array([np.cos(turn + 0.4), np.sin(turn + 0.4)])
        strand = np.zeros((size, size), np.uint8)
        a, b = (tuple(int(v * 16) for v in p) for p in (start, end))
        cv2.line(strand, a, b, 255, 1 + number % 3, cv2.LINE_AA, 4)
        truth = np.maximum(truth, strand / np.float32(255))
    colour = np.zeros((size, size, 3), np.float32)
    colour[:] = (0.85, 0.55, 0.2)
    colour += rng.normal(0, 0.03, (size, size, 1))
    colour = np.clip(colour, 0, 1).astype(np.float32)
    behind = data.astronaut()[150 : 150 + size, 250 : 250 + size] / np.float32(255)
    image = truth[..., None] * colour + (1 - truth[..., None]) * behind
    trimap = trimap_from_mask(mask, 6)
    trimap[(truth > 0) & (truth < 1)] = 0.5
    # The strands lie outside the mask: the band has to reach around them.
    reach = cv2.dilate((truth > 0).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    trimap[reach & (trimap == 0)] = 0.5
    return {
        "image": image.astype(np.float32), "truth": truth, "mask": mask.astype(np.float32),
        "trimap": trimap, "colour": colour,
    }  # fmt: skip


def test_closed_form_beats_the_mask_by_far(known: dict[str, np.ndarray]) -> None:
    band = known["trimap"] == 0.5
    alpha = alpha_from_trimap(known["image"], known["trimap"])
    hard = metrics.sad(known["mask"], known["truth"], band)
    solved = metrics.sad(alpha, known["truth"], band)
    assert solved < 0.4 * hard
    assert metrics.grad(alpha, known["truth"]) < 0.5 * metrics.grad(known["mask"], known["truth"])


def test_foreground_error_is_under_half_of_the_naive_one(known: dict[str, np.ndarray]) -> None:
    truth = known["truth"]
    band = (truth > 0) & (truth < 1)
    # Weighted by alpha: the colour of what is hardly there is not seen.
    weight = truth[band][:, None]
    naive = (np.abs(known["image"] - known["colour"])[band] * weight).sum()
    colours = foreground_colours(known["image"], truth)
    better = (np.abs(colours - known["colour"])[band] * weight).sum()
    assert better < 0.5 * naive


def test_same_as_pymatting(known: dict[str, np.ndarray]) -> None:
    import pymatting

    reference = pymatting.estimate_alpha_cf(
        known["image"].astype(float), known["trimap"].astype(float)
    )
    result = solve_alpha(known["image"], known["trimap"], "closed_form_exact")
    assert result.converged and result.notes == () and result.iterations > 0
    assert np.abs(result.alpha - reference).max() < 2e-3
    ours, theirs = (metrics.sad(a, known["truth"]) for a in (result.alpha, reference))
    assert ours <= theirs * 1.001


def test_small_system_against_a_dense_solve() -> None:
    """Levin's eq. 12 written out: Σ over windows of δ − (1 + cᵢ (Σ + ε/9)⁻¹ cⱼ) / 9."""
    rng = np.random.default_rng(5)
    image = rng.random((6, 7, 3)).astype(np.float32)
    trimap = np.full((6, 7), 0.5, np.float32)
    trimap[:, 0], trimap[:, -1], trimap[2, 3] = 0, 1, 1
    laplacian = np.zeros((42, 42))
    for y in range(1, 5):
        for x in range(1, 6):
            at = [(y + dy) * 7 + x + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
            c = image.reshape(-1, 3)[at].astype(float)
            c -= c.mean(axis=0)
            inverse = np.linalg.inv(c.T @ c / 9 + 1e-7 / 9 * np.eye(3))
            laplacian[np.ix_(at, at)] += np.eye(9) - (1 + c @ inverse @ c.T) / 9
    u = trimap.ravel() == 0.5
    exact = trimap.ravel().astype(float)
    exact[u] = np.linalg.solve(laplacian[np.ix_(u, u)], -laplacian[np.ix_(u, ~u)] @ exact[~u])
    alpha = alpha_from_trimap(image, trimap)
    np.testing.assert_allclose(alpha.ravel(), np.clip(exact, 0, 1), atol=2e-4)


def test_linear_ramp_of_two_colours_is_recovered() -> None:
    """Along one colour line alpha is an affine function of colour: the ramp itself."""
    ramp = np.clip((np.arange(30) - 4.5) / 20, 0, 1).astype(np.float32)
    alpha = np.repeat(ramp[None], 12, axis=0)
    image = alpha[..., None] * np.array([0.9, 0.3, 0.1]) + (1 - alpha[..., None]) * np.array(
        [0.1, 0.4, 0.8]
    )
    trimap = np.where((alpha > 0) & (alpha < 1), np.float32(0.5), alpha)
    np.testing.assert_allclose(alpha_from_trimap(image, trimap), alpha, atol=2e-3)


@pytest.mark.parametrize("method", SOLVERS)
def test_sure_pixels_stay_and_nothing_is_changed(known: dict[str, np.ndarray], method: str) -> None:
    crop = np.s_[40:120, 40:120]
    image, trimap, mask = (known[k][crop].copy() for k in ("image", "trimap", "mask"))
    for array in (image, trimap, mask):
        array.setflags(write=False)
    alpha = alpha_from_trimap(image, trimap, method, mask=mask)
    assert alpha.dtype == np.float32 and alpha.min() >= 0 and alpha.max() <= 1
    sure = trimap != 0.5
    np.testing.assert_array_equal(alpha[sure], trimap[sure])
    # To the bit, every time.
    np.testing.assert_array_equal(alpha, alpha_from_trimap(image, trimap, method, mask=mask))


@pytest.mark.parametrize("method", ["guided", "closed_form", "knn", "lbdm", "shared"])
def test_every_solver_beats_the_mask(known: dict[str, np.ndarray], method: str) -> None:
    alpha = alpha_from_trimap(known["image"], known["trimap"], method, mask=known["mask"])
    assert metrics.sad(alpha, known["truth"]) < 0.9 * metrics.sad(known["mask"], known["truth"])


def test_none_is_the_mask_but_a_hand_wins() -> None:
    image = np.zeros((1, 5, 3), np.float32)
    trimap = np.array([[0, 0.5, 1, 1, 0]], np.float32)
    mask = np.array([[0.02, 0.4, 0.97, 0.1, 0.3]], np.float32)
    alpha = alpha_from_trimap(image, trimap, "none", mask=mask)
    # Column 3 was marked foreground against the mask.
    np.testing.assert_array_equal(alpha, np.array([[0.02, 0.4, 0.97, 1, 0.3]], np.float32))
    np.testing.assert_array_equal(alpha_from_trimap(image, trimap, "none"), trimap)


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (2, 9), (9, 2), (3, 3), (1, 3)])
@pytest.mark.parametrize(
    "method", ["closed_form", "guided", "knn", "lbdm", "random_walk", "shared"]
)
def test_photos_too_narrow_for_a_window(shape: tuple[int, int], method: str) -> None:
    size = shape[0] * shape[1]
    ramp = np.linspace(0, 1, size, dtype=np.float32).reshape(shape)
    image = np.repeat(ramp[..., None], 3, axis=2)
    trimap = np.where(ramp < 0.3, 0, np.where(ramp > 0.8, 1, 0.5)).astype(np.float32)
    alpha = alpha_from_trimap(image, trimap, method)
    assert alpha.shape == shape and np.isfinite(alpha).all()
    if size > 3 and method != "random_walk":  # its weights underflow on so steep a ramp
        # Brighter is nearer to the foreground.
        assert alpha[trimap == 0.5].max() > 0


def test_pieces_are_independent(known: dict[str, np.ndarray]) -> None:
    """Two subjects side by side solve to what each gives alone."""
    crop = np.s_[30:190, 30:190]
    image, trimap = known["image"][crop], known["trimap"][crop]
    exact = "closed_form_exact"
    alone = alpha_from_trimap(image, trimap, exact)
    both = alpha_from_trimap(np.hstack([image, image]), np.hstack([trimap, trimap]), exact)
    np.testing.assert_allclose(both, np.hstack([alone, alone]), atol=1e-4)


def test_many_specks() -> None:
    rng = np.random.default_rng(0)
    image = rng.random((60, 60, 3)).astype(np.float32)
    trimap = np.zeros((60, 60), np.float32)
    trimap[:, 30:] = 1
    trimap[5::10, 5::10] = 0.5
    alpha = alpha_from_trimap(image, trimap)
    specks = trimap == 0.5
    # Surrounded by one kind, a speck is that kind.
    around = np.where(np.nonzero(specks)[1] >= 30, 1, 0)
    np.testing.assert_allclose(alpha[specks], around, atol=1e-5)


def test_one_sided_and_unsure_trimaps() -> None:
    rng = np.random.default_rng(1)
    image = rng.random((8, 8, 3)).astype(np.float32)
    for value in (0, 1):
        trimap = np.full((8, 8), value, np.float32)
        trimap[3:5, 3:5] = 0.5
        for method in ("closed_form", "knn", "lbdm", "random_walk", "shared"):
            alpha = alpha_from_trimap(image, trimap, method)
            np.testing.assert_allclose(alpha, value, atol=1e-5)
    nothing = np.full((8, 8), 0.5, np.float32)
    mask = rng.random((8, 8)).astype(np.float32)
    kept = solve_alpha(image, nothing, mask=mask)
    np.testing.assert_array_equal(kept.alpha, mask)
    assert "neither" in kept.notes[0]


@pytest.mark.parametrize("method", ["closed_form", "refined", "closed_form_exact", "knn"])
@pytest.mark.parametrize("known_side", [0.0, 1.0])
def test_one_sided_trimaps_are_said_and_the_mask_is_asked(method: str, known_side: float) -> None:
    rng = np.random.default_rng(1)
    truth = np.zeros((64, 64), np.float32)
    truth[16:48, 16:48] = 1
    image = np.where(truth[..., None] == 1, np.float32(0.8), np.float32(0.2))
    image = np.clip(image + rng.normal(0, 0.01, (64, 64, 3)), 0, 1).astype(np.float32)
    trimap = np.where(truth == known_side, np.float32(known_side), np.float32(0.5))
    missing = "background" if known_side else "foreground"
    told = solve_alpha(image, trimap, method, mask=truth)
    assert any(f"no sure {missing}" in n and n.code == REPAIRED for n in told.notes)
    assert np.abs(told.alpha - truth).mean() < 0.02
    alone = solve_alpha(image, trimap, method)
    assert f"no sure {missing}" in alone.notes[0] and "no mask" in alone.notes[0]
    np.testing.assert_allclose(alone.alpha, known_side, atol=1e-3)


def test_running_out_of_steps_is_said(
    known: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    # By its full name: the package's own closed_form is the function.
    monkeypatch.setattr("workbench.matte.closed_form._ITERATIONS", 1)
    result = solve_alpha(known["image"], known["trimap"], "closed_form_exact")
    assert not result.converged and result.iterations == 1
    assert "stopped after 1 step" in result.notes[0]
    box = result.notes[0].box
    assert box is not None and 0 <= box[0] < box[2] <= known["image"].shape[1]
    assert result.alpha.min() >= 0 and result.alpha.max() <= 1


def test_factor_that_fails_is_shifted() -> None:
    """A matrix that is not positive definite still gets a usable factor, and prints nothing."""
    import scipy.sparse

    from workbench.matte.closed_form import incomplete_cholesky

    matrix = scipy.sparse.csr_matrix(np.array([[1.0, 2.0], [2.0, 1.0]]))
    assert np.isfinite(incomplete_cholesky(matrix)(np.ones(2))).all()
    identity = scipy.sparse.identity(3, format="csr") * 4.0
    np.testing.assert_allclose(incomplete_cholesky(identity)(np.ones(3)), 0.25)


def test_progress_and_cancel(known: dict[str, np.ndarray]) -> None:
    seen: list[float] = []
    alpha_from_trimap(
        known["image"], known["trimap"], progress=lambda fraction, words: seen.append(fraction)
    )
    assert seen[0] == 0 and seen[-1] == 1 and len(seen) > 3
    assert seen == sorted(seen)
    token = CancelToken()
    token.cancel()
    with pytest.raises(CancelledError):
        alpha_from_trimap(known["image"], known["trimap"], progress=token)


def test_a_name_of_before_is_known(known: dict[str, np.ndarray]) -> None:
    crop = np.s_[40:120, 40:120]
    image, trimap = known["image"][crop], known["trimap"][crop]
    assert "rw" not in matting_methods()
    np.testing.assert_array_equal(
        alpha_from_trimap(image, trimap, "rw"), alpha_from_trimap(image, trimap, "random_walk")
    )


def test_errors() -> None:
    image, trimap = np.zeros((4, 4, 3), np.float32), np.zeros((4, 4), np.float32)
    with pytest.raises(UnknownNameError, match=r"closed_form.*got 'closed'"):
        alpha_from_trimap(image, trimap, "closed")
    with pytest.raises(ArrayError, match=r"\(4, 4\)"):
        alpha_from_trimap(image, trimap[:3])
    with pytest.raises(ArrayError, match=r"trimap of 0, 0\.5 and 1"):
        alpha_from_trimap(image, trimap + np.float32(0.25))
