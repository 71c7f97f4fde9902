"""Passes: the seam's shape, what confidence knows, and that a bad region spoils nothing."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import pytest

from workbench.errors import ArrayError, InputError
from workbench.matte import (
    Pass,
    alpha_from_trimap,
    combine,
    confidence,
    seam,
    share_of_own,
    shared_trimap,
    trimap_from_mask,
)

SQUARE = [(10, 10), (50, 10), (50, 50), (10, 50)]


# ----------------------------------------------------------------------------------------- seam


def test_seam_is_the_smooth_step_of_the_distance_from_a_straight_outline() -> None:
    weight = seam(SQUARE, (60, 60), 8)
    t = np.clip((np.arange(10, 30) + 0.5 - 10) / 8, 0, 1)
    np.testing.assert_allclose(weight[30, 10:30], 3 * t**2 - 2 * t**3, atol=1e-6)
    np.testing.assert_array_equal(weight, weight[:, ::-1])
    np.testing.assert_array_equal(weight, weight.T)
    outside = np.ones((60, 60), bool)
    outside[10:50, 10:50] = False
    assert weight.dtype == np.float32
    assert not weight[outside].any()


def test_seam_of_a_window_is_that_part_of_the_whole_to_the_bit() -> None:
    t = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    loop = [(150 + 90 * np.cos(a) + 9 * np.sin(7 * a), 110 + 70 * np.sin(a)) for a in t]
    whole = seam(loop, (240, 300), 13.3)
    for rows, columns in ((slice(20, 77), slice(33, 250)), (slice(100, 240), slice(0, 61))):
        part = seam(loop, (240, 300), 13.3, (rows, columns))
        np.testing.assert_array_equal(part, whole[rows, columns])


def test_seam_leaves_the_frame_alone() -> None:
    """A region over the photo's corner has its seam inside the photo only."""
    for far in (0, -40):
        weight = seam([(far, far), (60, far), (60, 60), (far, 60)], (100, 100), 10)
        np.testing.assert_array_equal(weight[:50, :50], 1)
        assert 0 < weight[30, 55] < 1


def test_a_loop_that_crosses_itself_or_turns_round_has_no_holes() -> None:
    twice = [*SQUARE, *SQUARE]
    np.testing.assert_allclose(seam(twice, (60, 60), 4), seam(SQUARE, (60, 60), 4), atol=1e-6)
    np.testing.assert_array_equal(seam(SQUARE[::-1], (60, 60), 4), seam(SQUARE, (60, 60), 4))
    eight = seam([(10, 10), (50, 50), (50, 10), (10, 50)], (60, 60), 2)
    assert eight[30, 15] == 1
    assert eight[30, 45] == 1
    assert eight[15, 30] == 0


def test_a_seam_wider_than_its_region_still_reaches_the_middle() -> None:
    weight = seam([(10, 10), (90, 10), (90, 18), (10, 18)], (30, 100), 250)
    assert weight[13:15, 30:70].min() > 0.95


def test_seam_has_no_steps() -> None:
    """What is laid in through it changes by at most 1.5 / width a pixel."""
    weight = seam([(20.3, 15.1), (93.7, 30.2), (70.4, 88.8)], (100, 100), 8)
    steps = max(np.abs(np.diff(weight, axis=axis)).max() for axis in (0, 1))
    assert weight.max() == 1
    assert steps <= 1.5 / 8 + 1e-3
    whole = combine(np.zeros((100, 100), np.float32), [(weight * 0 + 1, weight, None)], always=True)
    np.testing.assert_array_equal(whole, weight)


@pytest.mark.parametrize(
    ("polygon", "width"),
    [([(0, 0), (9, 9)], 8), ([(0, 0), (9, 9), (0, np.nan)], 8), (SQUARE, -1), (SQUARE, 251)],
)
def test_seam_refuses(polygon: list[tuple[float, float]], width: float) -> None:
    with pytest.raises(InputError, match="expected a"):
        seam(polygon, (60, 60), width)


def test_seam_outside_or_on_a_sliver() -> None:
    assert not seam([(70, 70), (90, 70), (80, 90)], (60, 60)).any()
    assert seam([(-5, -5), (50, -5), (50, 50), (-5, 50)], (1, 40)).min() == 1


# ----------------------------------------------------------------------------------- known truth


@functools.cache
def known() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A photo (float32), its alpha and a trimap: a furry disc, strands on it, over a busy photo."""
    from skimage import data

    rng = np.random.default_rng(7)
    side = 200
    alpha = np.zeros((side, side), np.float32)
    cv2.circle(alpha, (100, 100), 50, 1.0, -1, cv2.LINE_AA)
    for angle in rng.uniform(0, 2 * np.pi, 90):
        way = angle + rng.uniform(-0.4, 0.4)
        start = 100 + 48 * np.array([np.cos(angle), np.sin(angle)])
        end = start + rng.uniform(6, 18) * np.array([np.cos(way), np.sin(way)])
        ends = [tuple(int(v) for v in np.round(p * 16)) for p in (start, end)]
        strand = np.zeros_like(alpha)
        cv2.line(strand, *ends, 1.0, int(rng.integers(1, 3)), cv2.LINE_AA, 4)
        alpha = np.maximum(alpha, strand)
    alpha = np.clip(cv2.GaussianBlur(alpha, (0, 0), 0.7), 0, 1)
    front = data.chelsea()[70:270, 110:310] / np.float32(255)
    behind = data.coffee()[100:300, 250:450] / np.float32(255)
    image = alpha[..., None] * front + (1 - alpha[..., None]) * behind
    image += rng.normal(0, 0.01, image.shape)
    disc = np.hypot(*(np.mgrid[:side, :side] - 100.0)) < 52
    return np.clip(image, 0, 1).astype(np.float32), alpha, trimap_from_mask(disc, 22)


@functools.cache
def mattes() -> dict[str, np.ndarray]:
    """Answers to choose from, the truth among them."""
    image, truth, trimap = known()
    rng = np.random.default_rng(1)
    band = trimap == 0.5
    soft = cv2.GaussianBlur((truth > 0.5).astype(np.float32), (0, 0), 6)
    noisy = np.clip(truth + 0.3 * rng.standard_normal(truth.shape), 0, 1)
    return {
        "truth": truth,
        "solved": alpha_from_trimap(image, trimap),
        "soft": np.where(band, soft, trimap),
        "half": trimap,
        "shifted": np.where(band, np.roll(truth, (5, -4), (0, 1)), trimap),
        "noisy": np.where(band, noisy, trimap).astype(np.float32),
        "turned over": 1 - truth,
        "empty": np.zeros_like(truth),
        "full": np.ones_like(truth),
        "no numbers": np.full_like(truth, np.nan),
    }


def sad(alpha: np.ndarray) -> float:
    return float(np.abs(alpha - known()[1]).sum() / 1000)


@pytest.mark.parametrize("worse", ["soft", "half", "shifted", "noisy"])
def test_the_better_of_two_mattes_has_the_higher_confidence(worse: str) -> None:
    image, truth, trimap = known()
    better, other = (confidence(image, mattes()[n], trimap) for n in ("truth", worse))
    error = np.abs(mattes()[worse] - truth)
    told = (better > other)[error > 0.1].mean()
    assert told > 0.8, f"{told:.2f} of the pixels"
    for plane in (better, other):
        assert plane.dtype == np.float32
        assert 0 <= plane.min() <= plane.max() <= 1


def test_confidence_on_sure_ground_is_agreement_and_none_where_there_is_no_number() -> None:
    image, truth, trimap = known()
    alpha = np.where(trimap == 1, np.float32(0.75), truth)
    alpha[0, 0] = np.nan
    seen = confidence(image, alpha, trimap)
    np.testing.assert_array_equal(seen[trimap == 1], 0.75)
    assert seen[0, 0] == 0
    unsure = confidence(image, truth, np.full_like(trimap, 0.5))
    np.testing.assert_array_equal(unsure, 0.5)


def test_confidence_of_odd_photos() -> None:
    rng = np.random.default_rng(0)
    for shape in ((1, 40), (40, 1), (3, 3)):
        trimap = np.zeros(shape, np.float32)
        trimap.ravel()[: trimap.size // 3], trimap.ravel()[-trimap.size // 3 :] = 1, 0.5
        deep = rng.integers(0, 65536, (*shape, 3)).astype(np.uint16)
        assert np.isfinite(confidence(deep, trimap, trimap)).all()
        black = np.zeros((*shape, 3), np.uint8)
        assert np.isfinite(confidence(black, trimap, trimap)).all()


def test_shared_trimap_is_sure_where_all_are() -> None:
    one = np.array([[0, 0.5, 1, 1]], np.float32)
    other = np.array([[0, 1, 0, 1]], np.float32)
    np.testing.assert_array_equal(shared_trimap(one, other), [[0, 0.5, 0.5, 1]])
    np.testing.assert_array_equal(shared_trimap(one), one)
    with pytest.raises(ArrayError, match="at least one"):
        shared_trimap()


# -------------------------------------------------------------------------------------- combine


def laid_in(name: str, base: str = "soft", always: bool = False) -> np.ndarray:
    image, truth, trimap = known()
    weight = seam([(60, 20), (185, 20), (185, 180), (60, 180)], truth.shape, 10)
    mine, theirs = (confidence(image, mattes()[n], trimap) for n in (name, base))
    return combine(mattes()[base], [(mattes()[name], weight, mine)], theirs, always)


def test_a_good_pass_gains_nearly_all() -> None:
    most = sad(mattes()["soft"]) - sad(laid_in("truth", always=True))
    gained = sad(mattes()["soft"]) - sad(laid_in("truth"))
    assert gained > 0.85 * most


@pytest.mark.parametrize("name", sorted(mattes().keys() - {"truth", "solved"}))
def test_a_bad_pass_spoils_nothing(name: str) -> None:
    """The base's error rises by at most 5 %, whatever the pass laid in whole would cost."""
    before, after = sad(mattes()["solved"]), sad(laid_in(name, "solved"))
    assert sad(laid_in(name, "solved", always=True)) > 1.2 * before or name == "no numbers"
    assert after < 1.05 * before


def test_a_mask_does_not_win_over_hair_because_it_has_no_greys() -> None:
    """Judged as solved mattes are it would; without their greys it spoils nothing, either way."""
    image, truth, trimap = known()
    mask = np.where(trimap == 0.5, mattes()["shifted"] >= 0.5, trimap).astype(np.float32)
    weight, solved = np.ones_like(truth), mattes()["solved"]
    mixed = {}
    for greys in (True, False):
        mine, theirs = (confidence(image, a, trimap, greys) for a in (mask, solved))
        mixed[greys] = sad(combine(solved, [(mask, weight, mine)], theirs))
        if not greys:
            assert sad(combine(mask, [(solved, weight, theirs)], mine)) < 1.1 * sad(solved)
    assert sad(mask) > 1.5 * sad(solved)
    assert mixed[False] < 1.05 * sad(solved) < mixed[True]


def test_a_pass_that_judges_itself_counts_as_far_as_it_trusts_itself() -> None:
    shares = [share_of_own(v) for v in (0, 0.3, 0.5, 0.7, 1)]
    assert shares == sorted(shares) and (shares[0], shares[-1]) == (0, 1)
    assert shares[1] < 0.05 and 0.5 < shares[2] < 0.7 and shares[3] > 0.95


def test_always_takes_the_pass_and_still_no_nan() -> None:
    truth = known()[1]
    base = mattes()["soft"]
    weight = seam([(60, 20), (185, 20), (185, 180), (60, 180)], truth.shape, 10)
    broken = np.zeros_like(truth)
    broken[90:110, 90:110] = np.nan
    out = combine(base, [Pass(broken, weight, None, always=True)])
    assert np.isfinite(out).all()
    np.testing.assert_array_equal(out[90:110, 90:110], base[90:110, 90:110])
    solid = (weight == 1) & np.isfinite(broken)
    solid[80:120, 80:120] = False
    np.testing.assert_array_equal(out[solid], 0)


def test_what_stopped_early_must_be_clearly_better() -> None:
    base, other = np.full((9, 9), 0.2, np.float32), np.full((9, 9), 0.6, np.float32)
    weight = np.ones((9, 9), np.float32)
    taken = combine(base, [Pass(other, weight, None)])[4, 4]
    stopped = combine(base, [Pass(other, weight, None, converged=False)])[4, 4]
    assert taken > 0.44
    assert stopped < 0.3


def test_combine_changes_nothing_outside_nor_its_input() -> None:
    image, truth, trimap = known()
    weight = seam(SQUARE, truth.shape, 5)
    base = mattes()["soft"].astype(np.float32)
    copy = base.copy()
    out = combine(base, [(truth, weight, confidence(image, truth, trimap))])
    np.testing.assert_array_equal(base, copy)
    np.testing.assert_array_equal(out[weight == 0], base[weight == 0])
    np.testing.assert_array_equal(combine(base, []), base)
    np.testing.assert_array_equal(combine(base, [(base, weight, None)]), base)
    with pytest.raises(ArrayError, match="expected"):
        combine(base, [(truth[:5], weight, None)])


def test_later_passes_meet_the_matte_so_far() -> None:
    base = np.zeros((20, 20), np.float32)
    one, two = np.full_like(base, 0.25), np.full_like(base, 0.375)
    left, right = np.zeros_like(base), np.zeros_like(base)
    left[:, :12], right[:, 8:] = 1, 1
    out = combine(base, [(one, left, None), (two, right, None)], always=True)
    np.testing.assert_array_equal(out[0], [0.25] * 8 + [0.375] * 12)


def test_tiles_of_the_confidence_leave_no_trace() -> None:
    """Many small tiles give what one large one gives."""
    import importlib

    module = importlib.import_module("workbench.matte.confidence")
    image, truth, trimap = known()
    whole = confidence(image, truth, trimap)
    kept = module._TILE
    try:
        module._TILE = 40
        np.testing.assert_allclose(confidence(image, truth, trimap), whole, atol=1e-5)
    finally:
        module._TILE = kept
