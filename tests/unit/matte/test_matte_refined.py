"""Closed form looked over by the shipped network: better, exact where sure, local, to the bit."""

from __future__ import annotations

import importlib
from dataclasses import replace

import cv2
import numpy as np
import pytest

from workbench.benchmark.matte import default_trimap
from workbench.benchmark.soft import Case, strand_cases
from workbench.errors import WeightsDamagedError
from workbench.matte import kernels, matting_identity, samples, solve_alpha
from workbench.nets.shipped import shipped_bytes, shipped_path
from workbench.quality import metrics
from workbench.stages import StageCache

refined = importlib.import_module("workbench.matte.refined")

Known = tuple[Case, np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def known() -> Known:
    """A case of drawn strands at 320 × 320 (none of the benchmark's), its mask and trimap."""
    case = list(strand_cases(side=320, seeds=3))[-2]
    return case, *default_trimap(case)


def test_nearer_to_the_truth_than_closed_form(known: Known) -> None:
    case, mask, trimap = known
    before = solve_alpha(case.image, trimap, "closed_form", mask=mask).alpha
    after = solve_alpha(case.image, trimap, "refined", mask=mask).alpha
    assert metrics.sad(after, case.alpha) < 0.9 * metrics.sad(before, case.alpha)


def test_what_is_sure_stays_and_the_rest_is_an_alpha(known: Known) -> None:
    case, mask, trimap = known
    alpha = solve_alpha(case.image, trimap, "refined", mask=mask).alpha
    assert alpha.dtype == np.float32 and alpha.min() == 0 and alpha.max() == 1
    np.testing.assert_array_equal(alpha[trimap != 0.5], trimap[trimap != 0.5])


def test_a_stroke_costs_its_tiles_and_changes_nothing_far_away(known: Known) -> None:
    case, mask, trimap = known
    image = np.hstack([case.image] * 3)
    mask, trimap = (np.hstack([plane] * 3) for plane in (mask, trimap))
    cache = StageCache(10**9)
    before = solve_alpha(image, trimap, "refined", mask=mask, cache=cache)
    fresh = solve_alpha(image, trimap, "refined", mask=mask)
    np.testing.assert_array_equal(before.alpha, fresh.alpha)

    def kept(kind: str) -> int:
        return len([key for key in cache._values if key.startswith(kind)])

    held, seen = kept("refined:"), kept("samples:")
    changed = trimap.copy()
    cv2.line(changed, (860, 160), (890, 172), 0.5, 24)
    after = solve_alpha(image, changed, "refined", mask=mask, cache=cache)
    np.testing.assert_array_equal(
        after.alpha, solve_alpha(image, changed, "refined", mask=mask).alpha
    )
    np.testing.assert_array_equal(after.alpha[:, :240], before.alpha[:, :240])
    assert (after.alpha[:, 800:] != before.alpha[:, 800:]).any()
    anew = kept("refined:") - held
    # Where closed form's alpha alone moved, colours are not sought again.
    assert 0 < kept("samples:") - seen <= anew < held


def test_the_way_it_is_threaded_changes_nothing(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, mask, trimap = known
    alphas = []
    for count in (1, 3):
        monkeypatch.setattr("workbench.matte.refined.threads", lambda n=count: n)
        alphas.append(solve_alpha(case.image, trimap, "refined", mask=mask).alpha)
    np.testing.assert_array_equal(*alphas)


def test_tiles_are_nearly_what_the_whole_picture_gives(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, mask, trimap = known
    band = trimap == 0.5
    tiled = solve_alpha(case.image, trimap, "refined", mask=mask).alpha
    whole = replace(refined._GRID, tile=1000)
    monkeypatch.setattr("workbench.matte.refined._GRID", whole)
    at_once = solve_alpha(case.image, trimap, "refined", mask=mask).alpha
    apart = np.abs(tiled - at_once)[band]
    assert apart.mean() < 0.002 and apart.max() < 0.15


def test_deep_in_a_wide_band_closed_form_stands(known: Known) -> None:
    case, _, _ = known
    trimap = np.full(case.alpha.shape, 0.5, np.float32)
    trimap[:, :20], trimap[:, -20:] = 0, 1  # 280 pixels apart
    closed = solve_alpha(case.image, trimap, "closed_form").alpha
    refined = solve_alpha(case.image, trimap, "refined").alpha
    np.testing.assert_allclose(refined, closed, atol=1e-6)  # weights of tiles add up to a rounding


def test_prepare_compiles_all_loops() -> None:
    refined.prepare()
    for loop in (kernels.stencils, kernels.relax, kernels.carry, samples._weigh):
        assert loop.signatures


@pytest.mark.parametrize("shape", [(5, 9), (1, 40), (50, 3)])
def test_small_pictures(shape: tuple[int, int]) -> None:
    image = np.linspace(0, 1, shape[0] * shape[1] * 3, dtype=np.float32).reshape(*shape, 3)
    trimap = np.full(shape, 0.5, np.float32)
    trimap.flat[:2], trimap.flat[-2:] = 0, 1
    alpha = solve_alpha(image, trimap, "refined").alpha
    assert alpha.shape == shape and np.isfinite(alpha).all()


def test_the_network_is_held_to_its_hash() -> None:
    path = shipped_path(refined.FILE)
    assert path is not None and path.stat().st_size < 1e6
    assert shipped_bytes(refined.FILE, refined.SHA256) == path.read_bytes()
    with pytest.raises(WeightsDamagedError, match=r"expected .*refined_matte\.onnx"):
        shipped_bytes(refined.FILE, "1" * 64)


def test_an_edit_that_pinned_other_weights_is_told_so(known: Known) -> None:
    case, mask, trimap = known
    identity = matting_identity("refined")
    assert identity == refined.IDENTITY
    same = solve_alpha(case.image, trimap, "refined", mask=mask, identity=identity)
    other = solve_alpha(case.image, trimap, "refined", mask=mask, identity="refined 123")
    assert not same.notes
    assert any("refined 123" in note and identity in note for note in other.notes)
    np.testing.assert_array_equal(same.alpha, other.alpha)
