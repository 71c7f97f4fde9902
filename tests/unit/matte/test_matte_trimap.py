"""Trimaps: the band's width to the pixel, what paint does to it, and every repair."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from workbench.errors import ArrayError, InputError
from workbench.matte import apply_marks, apply_sure, repair_trimap, trimap_from_mask

ROW = np.repeat(np.array([[0, 0, 0, 0, 1, 1, 1, 1]], np.float32), 3, axis=0)


def disk(size: int, radius: float, centre: tuple[float, float] | None = None) -> np.ndarray:
    y, x = np.mgrid[:size, :size] + 0.5
    cx, cy = centre or (size / 2, size / 2)
    return (np.hypot(x - cx, y - cy) < radius).astype(np.float32)


@pytest.mark.parametrize(
    ("radius", "row"),
    [
        # The contour lies between columns 3 and 4, so pixel centres are 0.5, 1.5, 2.5 … away.
        (0, [0, 0, 0, 0, 1, 1, 1, 1]),
        (0.5, [0, 0, 0, 0, 1, 1, 1, 1]),
        (1, [0, 0, 0, 0.5, 0.5, 1, 1, 1]),
        (1.5, [0, 0, 0, 0.5, 0.5, 1, 1, 1]),
        (2, [0, 0, 0.5, 0.5, 0.5, 0.5, 1, 1]),
        (250, [0.5] * 8),
    ],
)
def test_band_reaches_radius_on_both_sides(radius: float, row: list[float]) -> None:
    trimap = trimap_from_mask(ROW, radius)
    assert trimap.dtype == np.float32
    np.testing.assert_array_equal(trimap, np.repeat([row], 3, axis=0))


def test_matches_distances_computed_one_by_one() -> None:
    mask = disk(40, 11.3, (17, 22))
    inside = mask >= 0.5
    y, x = np.nonzero(inside)
    oy, ox = np.nonzero(~inside)
    for radius in (1.0, 4.2, 7.0):
        expected = mask.copy()
        for r in range(40):
            for c in range(40):
                others = (oy, ox) if inside[r, c] else (y, x)
                if np.hypot(others[0] - r, others[1] - c).min() - 0.5 < radius:
                    expected[r, c] = 0.5
        np.testing.assert_array_equal(trimap_from_mask(mask, radius), expected)


def test_tiles_leave_no_trace() -> None:
    """A contour that crosses tile borders gives what one transform of the whole gives."""
    from workbench.matte.trimap import contour_distance

    mask = disk(1100, 505, (530, 540))
    expected = np.where(np.abs(contour_distance(mask > 0)) < 13, np.float32(0.5), mask)
    np.testing.assert_array_equal(trimap_from_mask(mask, 13), expected)


def test_unsure_pixels_join_only_near_the_contour() -> None:
    mask = np.zeros((3, 60), np.float32)
    mask[:, 30:] = 1
    mask[:, 20] = 0.3  # 9.5 from the contour, within the 16 of a radius of 2
    mask[:, 2] = 0.3  # 27.5 away
    mask[:, 25] = 0.05  # sure enough
    trimap = trimap_from_mask(mask, 2)
    assert (trimap[:, 20] == 0.5).all()
    assert (trimap[:, 2] == 0).all() and (trimap[:, 25] == 0).all()
    assert (trimap == 0.5).sum() == 3 * (4 + 1)


def test_frame_is_no_contour() -> None:
    assert (trimap_from_mask(np.ones((5, 5)), 3) == 1).all()
    assert (trimap_from_mask(np.zeros((5, 5)), 3) == 0).all()
    assert trimap_from_mask(np.ones((1, 1)), 3).item() == 1


@pytest.mark.parametrize("radius", [-1, 250.5, np.nan, "wide", None])
def test_bad_radius(radius: object) -> None:
    with pytest.raises(InputError, match=r"expected a radius in 0\.\.250"):
        trimap_from_mask(ROW, radius)  # type: ignore[arg-type]


def test_wider_radius_only_adds_to_the_band() -> None:
    mask = disk(60, 20)
    bands = [trimap_from_mask(mask, r) == 0.5 for r in (0, 1, 3, 7, 15, 40)]
    for narrow, wide in itertools.pairwise(bands):
        assert (wide | ~narrow).all() and wide.sum() > narrow.sum()


def test_paint_becomes_sure() -> None:
    trimap = np.full((1, 6), 0.5, np.float32)
    value = np.array([[0, 1, 0.05, 0.95, 0.3, 1]])
    weight = np.array([[1, 1, 0.999, 1, 1, 0.99]])
    before = trimap.copy()
    np.testing.assert_array_equal(apply_sure(trimap, value, weight), [[0, 1, 0, 1, 0.5, 0.5]])
    np.testing.assert_array_equal(trimap, before)
    # Half-transparent paint takes certainty away too.
    half = apply_sure(np.ones((1, 1)), np.full((1, 1), 0.5), np.ones((1, 1)))
    np.testing.assert_array_equal(half, 0.5)


def test_sure_is_passed_on() -> None:
    value, weight = np.zeros((3, 8)), np.zeros((3, 8))
    weight[:, 4] = 1
    trimap = trimap_from_mask(ROW, 1, sure=(value, weight))
    np.testing.assert_array_equal(trimap[1], [0, 0, 0, 0.5, 0, 1, 1, 1])
    with pytest.raises(InputError, match="pair"):
        trimap_from_mask(ROW, 1, sure=3)
    with pytest.raises(ArrayError, match="weight"):
        trimap_from_mask(ROW, 1, sure=(value, weight[:2]))


def test_marks() -> None:
    cover = np.array([[1, 0.5, 0.49, 0]])
    for value in (0, 0.5, 1):
        start = np.array([[1, 1, 1, 0]], np.float32)
        np.testing.assert_array_equal(apply_marks(start, cover, value), [[value, value, 1, 0]])
    with pytest.raises(InputError, match=r"0\.7"):
        apply_marks(np.ones((1, 4)), cover, 0.7)


def test_nothing_to_repair() -> None:
    trimap = trimap_from_mask(ROW, 2)
    repaired, notes = repair_trimap(trimap, ROW)
    assert notes == ()
    np.testing.assert_array_equal(repaired, trimap)
    assert repaired is not trimap


def test_thin_subject_gets_a_sure_core() -> None:
    mask = np.zeros((60, 60), np.float32)
    mask[:, 28:33] = 1
    trimap = trimap_from_mask(mask, 10)
    assert not (trimap == 1).any()
    repaired, notes = repair_trimap(trimap, mask)
    assert len(notes) == 1 and "no sure foreground" in notes[0]
    sure = repaired == 1
    assert sure.sum() == (trimap == 0.5).sum() // 100
    # The deepest pixels, and nothing else has changed.
    assert (np.flatnonzero(sure.any(axis=0)) == [30]).all()
    np.testing.assert_array_equal(repaired[~sure], trimap[~sure])


def test_all_band_gets_both_kinds() -> None:
    mask = np.tile(np.linspace(0, 1, 50, dtype=np.float32), (20, 1))
    repaired, notes = repair_trimap(np.full(mask.shape, 0.5), mask)
    assert len(notes) == 2
    assert (repaired[:, -1] == 1).any() and (repaired[:, 0] == 0).any()
    assert 0 < (repaired != 0.5).sum() <= 0.02 * mask.size
    assert mask[repaired == 1].min() > mask[repaired == 0.5].max() - 1e-6


@pytest.mark.parametrize(("level", "word"), [(0.0, "empty"), (1.0, "whole photo")])
def test_empty_and_full_masks_have_no_band(level: float, word: str) -> None:
    mask = np.full((7, 9), level, np.float32)
    repaired, notes = repair_trimap(np.full((7, 9), 0.5), mask)
    assert (repaired == level).all()
    assert len(notes) == 1 and word in notes[0]


def test_repair_never_crashes_and_always_lets_a_solver_work() -> None:
    rng = np.random.default_rng(3)
    for shape in ((1, 1), (1, 7), (9, 1), (12, 13)):
        for mask in (np.zeros(shape), np.ones(shape), rng.random(shape), np.full(shape, 0.5)):
            for trimap in (np.zeros(shape), np.ones(shape), np.full(shape, 0.5)):
                repaired, notes = repair_trimap(trimap, mask)
                assert set(np.unique(repaired)) <= {0, 0.5, 1}
                band = (repaired == 0.5).any()
                if band:
                    assert (repaired == 1).any() or (repaired == 0).any()
                if not ((trimap == 0).any() and (trimap == 1).any()):
                    assert notes


def test_paint_is_not_repaired() -> None:
    mask = np.ones((10, 10), np.float32)
    mask[:, 0] = 0
    weight = np.zeros((10, 10))
    weight[:, 5:] = 1
    trimap = np.full((10, 10), 0.5, np.float32)
    repaired, _ = repair_trimap(trimap, mask, weight)
    assert (repaired[:, 5:] == 0.5).all() and (repaired[:, :5] == 1).any()
