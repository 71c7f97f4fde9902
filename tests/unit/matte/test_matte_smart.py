"""The smart band: wide at strands and gaps, narrow at crisp edges, else the plain radius."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import ArrayError, InputError
from workbench.matte import trimap_from_mask

SIDE, EDGE = 200, 90
GREY, BLUE = np.array([0.5, 0.5, 0.5], np.float32), np.array([0.1, 0.2, 0.8], np.float32)


def photo(alpha: np.ndarray, front: np.ndarray = GREY, behind: np.ndarray = BLUE) -> np.ndarray:
    image = alpha[..., None] * front + (1 - alpha[..., None]) * behind
    grain = np.random.default_rng(0).normal(0, 0.01, image.shape)
    return np.clip(image + grain, 0, 1).astype(np.float32)


def half() -> np.ndarray:
    """The subject's side: columns from EDGE on."""
    alpha = np.zeros((SIDE, SIDE), np.float32)
    alpha[:, EDGE:] = 1
    return alpha


def test_a_crisp_edge_has_a_narrow_band() -> None:
    mask = half()
    trimap = trimap_from_mask(mask, 10, image=photo(mask), smart=True)
    unknown = np.flatnonzero((trimap == 0.5).any(axis=0))
    assert unknown.min() >= EDGE - 4 and unknown.max() <= EDGE + 3
    assert (trimap[:, EDGE - 2 : EDGE + 2] == 0.5).all()  # the contour itself always is unknown


def test_strands_and_gaps_far_from_the_contour_join() -> None:
    mask, truth = half(), half()
    truth[60:62, EDGE - 23 :] = 1  # a strand that the mask lost
    truth[140:143, EDGE : EDGE + 30] = 0  # a gap that it closed
    trimap = trimap_from_mask(mask, 10, image=photo(truth), smart=True)
    assert (trimap[60:62, EDGE - 22 : EDGE] == 0.5).all()
    assert (trimap[140:143, EDGE : EDGE + 28] == 0.5).all()
    assert (trimap[20:40, : EDGE - 6] == 0).all() and (trimap[90:110, EDGE + 6 :] == 1).all()


def test_beyond_four_radii_nothing_is_asked() -> None:
    mask, truth = half(), half()
    truth[60:64, :] = 1
    trimap = trimap_from_mask(mask, 5, image=photo(truth), smart=True)
    assert (trimap[:, : EDGE - 20] == 0).all() and (trimap[60:64, EDGE - 18 : EDGE] == 0.5).all()


def test_where_colours_do_not_tell_the_plain_radius_stands() -> None:
    mask = half()
    rng = np.random.default_rng(1)
    image = rng.random((SIDE, SIDE, 3), np.float32)
    plain = trimap_from_mask(mask, 10)
    np.testing.assert_array_equal(trimap_from_mask(mask, 10, image=image, smart=True), plain)


def test_kinds_of_pixels_and_a_radius_of_nothing() -> None:
    mask = half()
    image = photo(mask)
    eight = np.rint(image * 255).astype(np.uint8)
    same = trimap_from_mask(mask, 8, image=eight, smart=True)
    for other in (eight.astype(np.uint16) * 257, eight / np.float32(255)):
        np.testing.assert_array_equal(trimap_from_mask(mask, 8, image=other, smart=True), same)
    np.testing.assert_array_equal(
        trimap_from_mask(mask, 0, image=image, smart=True), trimap_from_mask(mask, 0)
    )


def test_a_far_change_changes_nothing_here() -> None:
    mask = np.zeros((120, 1500), np.float32)
    mask[40:80] = 1
    image = photo(mask)
    before = trimap_from_mask(mask, 4, image=image, smart=True)
    image[:, :500] = 0.3
    mask[:, :300] = 0
    after = trimap_from_mask(mask, 4, image=image, smart=True)
    np.testing.assert_array_equal(before[:, 700:], after[:, 700:])
    assert (before[:, :500] != after[:, :500]).any()


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (2, 2), (1, 1), (3, 50)])
def test_slivers(shape: tuple[int, int]) -> None:
    mask = np.zeros(shape, np.float32)
    mask.ravel()[mask.size // 2 :] = 1
    trimap = trimap_from_mask(mask, 250, image=np.full((*shape, 3), 0.5, np.float32), smart=True)
    assert trimap.shape == shape and set(np.unique(trimap)) <= {0, 0.5, 1}


def test_empty_and_full_masks_have_no_band() -> None:
    image = np.zeros((30, 30, 3), np.uint8)
    for value in (0, 1):
        mask = np.full((30, 30), value, np.float32)
        assert (trimap_from_mask(mask, 10, image=image, smart=True) == value).all()


def test_bad_input() -> None:
    mask = half()
    with pytest.raises(InputError, match="expected an image for a smart band"):
        trimap_from_mask(mask, 10, smart=True)
    with pytest.raises(InputError, match="of the mask's size"):
        trimap_from_mask(mask, 10, image=np.zeros((5, 5, 3), np.uint8), smart=True)
    with pytest.raises(ArrayError, match="expected image"):
        trimap_from_mask(mask, 10, image=mask, smart=True)


def test_inputs_are_untouched_and_the_answer_is_the_same_again() -> None:
    mask = half()
    image = photo(mask)
    kept = mask.copy(), image.copy()
    first = trimap_from_mask(mask, 10, image=image, smart=True)
    np.testing.assert_array_equal(first, trimap_from_mask(mask, 10, image=image, smart=True))
    np.testing.assert_array_equal(mask, kept[0])
    np.testing.assert_array_equal(image, kept[1])
