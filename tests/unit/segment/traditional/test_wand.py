"""Magic wand: exact tiny arrays and invariants."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from workbench.errors import InputError, PromptError
from workbench.segment.traditional import magic_wand

# Two patches of one colour that touch at a corner only, on another colour; one channel is off by 3.
GREY = np.array(
    [
        [9, 9, 0, 0, 0],
        [9, 9, 0, 0, 0],
        [0, 0, 9, 9, 0],
        [0, 0, 9, 12, 0],
    ],
    np.uint8,
)


def picture(grey):
    image = np.repeat(grey[..., None], 3, axis=2)
    image[..., :2] = 9  # only one channel tells them apart: the largest difference counts
    return image


def test_it_takes_what_hangs_together_by_edges():
    mask = magic_wand(picture(GREY), 0.5, 0.5, tolerance=2, antialias=False)
    expected = np.zeros_like(GREY, dtype=bool)
    expected[:2, :2] = True
    assert np.array_equal(mask == 1, expected) and mask.dtype == np.float32


def test_without_contiguity_it_takes_the_colour_wherever_it_is():
    image = picture(GREY)
    assert np.array_equal(
        magic_wand(image, 0.5, 0.5, 2, contiguous=False, antialias=False), GREY == 9
    )
    assert np.array_equal(
        magic_wand(image, 0.5, 0.5, 3, contiguous=False, antialias=False), GREY >= 9
    )


def test_the_edge_falls_from_all_to_nothing_between_1_and_1_5_tolerances():
    image = np.repeat(np.array([[100, 110, 112, 114, 130]], np.uint8)[..., None], 3, axis=2)
    mask = magic_wand(image, 0.5, 0.5, tolerance=10)
    assert np.allclose(mask, [[1, 1, 0.6, 0, 0]])  # the third is beside the answer, the fourth not
    assert magic_wand(image, 0.5, 0.5, tolerance=10, antialias=False).tolist() == [[1, 1, 0, 0, 0]]


def test_a_sample_of_more_pixels_is_not_fooled_by_one_of_noise():
    image = np.full((9, 9, 3), 100, np.uint8)
    image[4, 4] = 140
    assert magic_wand(image, 4.5, 4.5, 10, antialias=False).sum() == 1
    assert magic_wand(image, 4.5, 4.5, 10, sample=5, antialias=False).sum() == 81
    corner = magic_wand(image, 0.5, 0.5, 0, sample=3, antialias=False)  # the square is cut off
    assert corner.sum() == 80


def test_the_clicked_pixel_is_always_in_it_and_more_tolerance_never_takes_less():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (40, 60, 3), np.uint8)
    image[:, :30] //= 4
    for x, y, sample in [(5.2, 7.9, 1), (30, 20, 3), (59.9, 39.9, 5)]:
        for contiguous in (True, False):
            masks = [magic_wand(image, x, y, t, contiguous, sample) for t in (0, 20, 60, 120, 255)]
            assert all(m[int(y), int(x)] == 1 for m in masks)
            assert all((a <= b).all() for a, b in pairwise(masks))
            assert (masks[-1] == 1).all()


def test_moving_the_photo_moves_the_mask():
    from skimage import data

    image = data.chelsea()
    part = magic_wand(image[20:200, 30:300], 100, 60, 40)
    again = magic_wand(image[25:205, 33:303], 97, 55, 40)
    both = part[5:, 3:], again[:-5, :-3]
    # What the border cut off on one side may have led the flood around on the other.
    assert (np.abs(both[0] - both[1]) > 0).mean() < 0.01


def test_extreme_shapes_and_places_outside():
    strip = np.zeros((1, 200, 3), np.uint8)
    strip[:, 120:] = 255
    assert magic_wand(strip, 3, 0.5, antialias=False).sum() == 120
    assert magic_wand(strip[:, :1], 0, 0).tolist() == [[1]]
    with pytest.raises(PromptError, match="inside"):
        magic_wand(strip, 200, 0)
    with pytest.raises(InputError, match="1, 3 or 5"):
        magic_wand(strip, 1, 0, sample=2)
    with pytest.raises(InputError, match=r"0\.\.255"):
        magic_wand(strip, 1, 0, tolerance=-1)
