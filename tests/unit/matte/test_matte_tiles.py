"""The tiled closed form: local, the same to the bit, without seams, and no worse than the whole."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from workbench.errors import CancelledError
from workbench.matte import kernels, solve_alpha, tiles
from workbench.matte.closed_form import band_system, closed_form
from workbench.matte.grid import coarser
from workbench.quality import metrics
from workbench.stages import StageCache

Known = tuple[np.ndarray, np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def wide() -> Known:
    """Image, alpha and trimap, 360 × 1000: a soft wavy edge with strands over a busy photo."""
    height, width = 360, 1000
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:height, :width] + 0.5
    truth = np.clip((y - 190 - 40 * np.sin(x / 60)) / 6 + 0.5, 0, 1).astype(np.float32)
    for column in rng.uniform(10, width - 10, 100):
        root = 195 + 40 * np.sin(column / 60)
        ends = [(column, root), (column + rng.uniform(-15, 15), root - rng.uniform(10, 30))]
        a, b = (tuple(int(v * 16) for v in end) for end in ends)
        strand = np.zeros((height, width), np.uint8)
        cv2.line(strand, a, b, 255, int(rng.integers(1, 4)), cv2.LINE_AA, 4)
        truth = np.maximum(truth, strand / np.float32(255))
    photo = data.astronaut()[100 : 100 + height]
    behind = np.hstack([photo, photo[:, ::-1]])[:, :width] / np.float32(255)
    colour = np.float32([0.85, 0.55, 0.2]) + rng.normal(0, 0.03, (height, width, 1))
    image = truth[..., None] * colour + (1 - truth[..., None]) * behind
    reach = np.ones((9, 9), np.uint8)
    grown = cv2.dilate((truth > 0).astype(np.uint8), reach) > 0
    sure = cv2.erode((truth == 1).astype(np.uint8), reach) > 0
    trimap = np.where(sure, 1, np.where(grown, 0.5, 0)).astype(np.float32)
    return np.clip(image, 0, 1).astype(np.float32), truth, trimap


def stroked(trimap: np.ndarray, x: int, y: int) -> np.ndarray:
    """With a stroke of the refine-edge brush, as it were: the band grows there."""
    changed = trimap.copy()
    cv2.line(changed, (x - 15, y), (x + 15, y + 6), 0.5, 24)
    return changed


def test_no_worse_than_the_exact_system(wide: Known) -> None:
    image, truth, trimap = wide
    band = trimap == 0.5
    exact = solve_alpha(image, trimap, "closed_form_exact")
    tiled = solve_alpha(image, trimap)
    assert tiled.converged and tiled.iterations > 0
    for metric in (metrics.sad, metrics.mse):
        assert metric(tiled.alpha, truth, band) <= metric(exact.alpha, truth, band)


def test_a_stroke_is_local_and_equal_to_a_fresh_solve(wide: Known) -> None:
    image, _, trimap = wide
    cache = StageCache(100_000_000)
    before = solve_alpha(image, trimap, cache=cache)
    np.testing.assert_array_equal(before.alpha, solve_alpha(image, trimap).alpha)
    held = len(cache._values)
    changed = stroked(trimap, 80, 210)
    after = solve_alpha(image, changed, cache=cache)
    np.testing.assert_array_equal(after.alpha, solve_alpha(image, changed).alpha)
    # Not a bit has changed further away than the coarsest windows reach.
    np.testing.assert_array_equal(after.alpha[:, 656:], before.alpha[:, 656:])
    assert (after.alpha[:, :160] != before.alpha[:, :160]).any()
    solved_again = len(cache._values) - held
    assert 0 < solved_again < held


def test_the_way_it_is_threaded_changes_nothing(
    wide: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, _, trimap = wide
    alphas = []
    for threads in (1, 2, 3):
        monkeypatch.setattr(tiles, "threads", lambda n=threads: n)
        alphas.append(solve_alpha(image, trimap).alpha)
    np.testing.assert_array_equal(alphas[0], alphas[1])
    np.testing.assert_array_equal(alphas[0], alphas[2])


def test_nothing_is_seen_at_the_joins(wide: Known) -> None:
    """What the error does from one pixel to the next is no more at a join than elsewhere."""
    image, truth, trimap = wide
    band = trimap == 0.5
    error = solve_alpha(image, trimap).alpha - truth
    step = np.abs(np.diff(error, axis=1))
    both = band[:, 1:] & band[:, :-1]
    size, blend = tiles._FINE.tile, tiles._FINE.blend
    to_join = np.abs((np.arange(1, error.shape[1]) + size / 2) % size - size / 2)
    at = both & (to_join <= blend)[None]
    inside = both & (to_join > 2 * blend)[None]
    assert at.sum() > 500
    assert step[at].mean() < 1.1 * step[inside].mean()
    assert np.quantile(step[at], 0.99) < 1.1 * np.quantile(step[inside], 0.99)


def test_tiles_share_each_pixel_out() -> None:
    """Weights sum to one everywhere, whatever the size of the photo."""
    for shape in ((380, 700), (97, 131), (128, 256), (385, 129)):
        trimap = np.full(shape, 0.5, np.float32)
        solver = tiles._Solver(np.zeros((*shape, 3), np.float32), trimap, 2, None, None)
        total = np.zeros(shape, np.float32)
        for tile in solver._tiles(0, None):
            total[tile.rows, tile.columns] += tile.weight
        np.testing.assert_allclose(total, 1, atol=1e-6)


def test_a_wide_band_is_solved_from_still_coarser_sizes() -> None:
    """In the middle of a very wide band no tile sees anything sure: coarser ones do."""
    height, width = 300, 1500
    ramp = np.clip((np.arange(width) - 100) / 1300, 0, 1).astype(np.float32)
    truth = np.repeat(ramp[None], height, axis=0)
    image = truth[..., None] * np.float32([0.9, 0.3, 0.1]) + (1 - truth[..., None]) * np.float32(
        [0.1, 0.4, 0.8]
    )
    trimap = np.where((truth > 0) & (truth < 1), np.float32(0.5), truth)
    result = solve_alpha(image, trimap)
    assert np.abs(result.alpha - truth).mean() < 0.02
    assert np.abs(np.diff(result.alpha, axis=1)).max() < 0.01


def test_stencils_are_rows_of_the_laplacian() -> None:
    from pymatting import cf_laplacian

    rng = np.random.default_rng(2)
    image = rng.random((9, 8, 3))
    wanted = rng.random((9, 8)) < 0.6
    count = int(wanted.sum())
    number = np.full((9, 8), -1, np.int32)
    number[wanted] = np.arange(count)
    rows = kernels.stencils(image, number, count, 1e-7)
    whole = cf_laplacian(image, 1e-7).toarray()
    for n, (y, x) in enumerate(zip(*np.nonzero(wanted), strict=True)):
        for k in range(25):
            v, u = y + k // 5 - 2, x + k % 5 - 2
            there = 0 <= v < 9 and 0 <= u < 8
            same = whole[y * 8 + x, v * 8 + u] if there else 0.0
            np.testing.assert_allclose(rows[n, k], same, atol=1e-9)


def test_relax_solves_the_system() -> None:
    rng = np.random.default_rng(4)
    image = rng.random((10, 9, 3))
    unknown = np.zeros((10, 9), bool)
    unknown[2:8, 1:7] = True
    number = np.full((10, 9), -1, np.int32)
    number[unknown] = np.arange(36)
    rows = kernels.stencils(image, number, 36, 1e-7)
    given = (rng.random((10, 9)) < 0.5).astype(np.float32)
    matrix, right = band_system(image, given, unknown)
    start, weight = rng.random(36), rng.uniform(0.01, 1, 36)
    wanted = np.linalg.solve(matrix.toarray() + np.diag(weight), right + weight * start)
    plane = np.pad(given.astype(np.float64), 2)
    y, x = np.nonzero(unknown)
    places = (y + 2) * 13 + x + 2
    flat = plane.ravel()
    flat[places] = start
    steps, residual = kernels.relax(rows, places, 13, flat, weight, 1e-10, 500)
    assert 0 < steps < 500 and residual <= 1e-10
    np.testing.assert_allclose(flat[places], wanted, atol=1e-7)
    np.testing.assert_array_equal(plane[2:-2, 2:-2][~unknown], given[~unknown])


def test_an_alpha_that_is_a_line_through_the_colours_is_carried_exactly() -> None:
    rng = np.random.default_rng(6)
    coarse = rng.random((8, 8, 3))
    line = np.array([0.5, -0.25, 0.125])
    image = rng.random((16, 16, 3))
    number = np.arange(256, dtype=np.int32).reshape(16, 16)
    values, variances = kernels.carry(image, number, 256, coarse, coarse @ line + 0.3, 0, 0, 1e-12)
    wanted = (image @ line + 0.3).ravel()
    np.testing.assert_allclose(values, wanted, atol=1e-7)
    beyond = wanted - wanted.clip(0, 1)
    np.testing.assert_allclose(variances, beyond**2, atol=1e-9)


def test_running_out_of_steps_is_said(wide: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    image, _, trimap = wide
    monkeypatch.setattr(tiles, "_STEPS", 1)
    result = solve_alpha(image, trimap)
    assert not result.converged and "stopped after 1 step" in result.notes[0]
    assert result.alpha.min() >= 0 and result.alpha.max() <= 1


def test_what_is_no_number_is_the_carried_alpha(
    wide: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(rows, places, width, plane, *rest):  # type: ignore[no-untyped-def]
        plane[places[0]] = np.nan
        return 3, float("nan")

    image, truth, trimap = wide
    monkeypatch.setattr(kernels, "relax", broken)
    result = solve_alpha(image, trimap)
    assert not result.converged and "residual of inf" in result.notes[0]
    assert np.isfinite(result.alpha).all()
    assert metrics.sad(result.alpha, truth) < metrics.sad(trimap, truth)


def test_cancelled_between_tiles(wide: Known) -> None:
    image, _, trimap = wide
    seen: list[float] = []

    def stop(fraction: float, words: str) -> None:
        seen.append(fraction)
        if words == "solving the band" and fraction > 0.3:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        solve_alpha(image, trimap, progress=stop)
    assert seen == sorted(seen) and seen[-1] < 0.6


def test_a_speck_of_sure_ground_outlives_the_halving() -> None:
    trimap = np.full((16, 16), 0.5, np.float32)
    trimap[:, :4] = 0
    trimap[6, 10:12] = 1  # two pixels of four
    trimap[:, 4] = 0  # half of a column of blocks, next to what is sure
    coarse = coarser(trimap, 3)
    expected = np.full((8, 8), 0.5, np.float32)
    expected[:, :2] = 0
    expected[3, 5] = 1
    np.testing.assert_array_equal(coarse, expected)


def test_partly_sure_pixels_of_half_the_size_are_held() -> None:
    trimap = np.full((64, 64), 0.5, np.float32)
    trimap[10:12, 20] = 1  # half of one of half the size, an eighth of one of a quarter of it
    trimap[30, 40] = 0
    trimap[50, 50], trimap[50, 51] = 0, 1  # which is which is for the photo to say
    trimap[40:42, 5:10] = 1  # two and a half, the half next to a whole one
    solver = tiles._Solver(np.zeros((64, 64, 3), np.float32), trimap, 2, None, None)
    sizes = []
    for level in (1, 2):
        solver._halve(level - 1)
        halved = np.where(solver._means[level] == 1, np.float32(1), np.float32(0.5))
        sizes.append(tiles._held(solver._means[level], halved))
    once, twice = sizes
    np.testing.assert_array_equal(np.argwhere(once), [[5, 10], [15, 20]])
    assert once[5, 10] == 0.5 * tiles._HOLD and once[15, 20] == -0.25 * tiles._HOLD
    # What was wholly sure is a half of one there, and held.
    assert twice[10, 1] > 0 and twice[2, 5] == 0 == twice[7, 10]


def test_what_is_held_is_a_weighted_pixel_of_the_system() -> None:
    rng = np.random.default_rng(9)
    image = rng.random((9, 8, 3)).astype(np.float32)
    trimap = np.full((9, 8), 0.5, np.float32)
    trimap[0], trimap[-1] = 0, 1
    unknown = trimap == 0.5
    held = np.zeros((9, 8), np.float32)
    held[3, 3], held[5, 5] = 2, -1
    matrix, right = band_system(image.astype(np.float64), trimap, unknown)
    weight = held[unknown].astype(np.float64)
    wanted = np.linalg.solve(matrix.toarray() + np.diag(abs(weight)), right + weight.clip(0))
    found = closed_form(image, trimap, unknown, None, None, held)
    np.testing.assert_allclose(found.alpha[unknown], wanted.clip(0, 1), atol=1e-4)
