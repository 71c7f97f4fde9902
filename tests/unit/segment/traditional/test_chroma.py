"""Chroma key: exact mixtures, known truth, and finding the screen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from green_screen import BLUE, GREEN, shot

from workbench.errors import ArrayError, InputError
from workbench.segment.traditional import chroma_key, detect_screen


def test_mixtures_of_grey_and_screen_give_their_share():
    screen, grey = np.array(GREEN) / 255, np.full(3, 0.5)
    share = np.array([0, 0.25, 0.5, 0.75, 1.0])
    image = (share[:, None] * screen + (1 - share[:, None]) * grey)[None]
    mask = chroma_key(image, GREEN, tolerance=0, softness=1, even=False)
    assert np.allclose(mask[0], 1 - share, atol=1e-5)
    # Gone from 0.9, solid at 0.1, linear between.
    mask = chroma_key(image, GREEN, tolerance=0.1, softness=0.8, even=False)
    assert np.allclose(mask[0], [1, 0.8125, 0.5, 0.1875, 0], atol=1e-5)
    hard = chroma_key(image, GREEN, tolerance=0.4, softness=0, even=False)
    assert hard[0].tolist() == [1, 1, 1, 0, 0]


def test_other_hues_black_and_white_are_solid():
    others = [(220, 40, 40), (40, 60, 220), (230, 200, 30), (224, 172, 150), (0, 0, 0), (255,) * 3]
    image = np.array([others], np.uint8)
    assert (chroma_key(image, GREEN, even=False) == 1).all()


@pytest.mark.parametrize("screen", [GREEN, BLUE])
def test_soft_edges_and_strands_come_close_to_the_truth(screen):
    made = shot(screen)
    mask = chroma_key(made.image)  # finds the colour by itself
    error = np.abs(mask - made.alpha).sum()
    soft = (made.alpha > 0.02) & (made.alpha < 0.98)
    assert error < 0.17 * soft.sum()  # spill is in it: without, it is a third of that
    hard = np.abs((made.alpha > 0.5) - made.alpha).sum()
    assert error < 0.7 * hard  # the best hard outline there is does much worse
    assert np.abs(mask - made.alpha)[made.alpha == 0].max() < 0.1


@pytest.mark.parametrize("screen", [GREEN, BLUE])
def test_without_spill_a_ramp_over_all_of_it_gives_the_opacity_itself(screen):
    made = shot(screen, spill=0, noise=0, falloff=0)
    mask = chroma_key(made.image, screen, tolerance=0, softness=1, even=False)
    grey = np.broadcast_to((np.arange(150) > 0.6 * 150)[:, None], mask.shape)
    assert np.abs(mask - made.alpha)[grey].max() < 0.05


def test_uneven_light_is_allowed_for():
    made = shot(falloff=0.6, spill=0)
    even = np.abs(chroma_key(made.image) - made.alpha).sum()
    flat = np.abs(chroma_key(made.image, even=False) - made.alpha).sum()
    assert even < 0.3 * flat


def test_more_tolerance_takes_more_away_and_moving_the_photo_moves_the_mask():
    made = shot()
    masks = [chroma_key(made.image, GREEN, t, 0.4, even=False) for t in (0, 0.1, 0.3, 0.6)]
    assert all((b <= a).all() for a, b in pairwise(masks))
    moved = np.roll(made.image, (7, 13), (0, 1))
    assert np.array_equal(
        chroma_key(moved, GREEN, even=False),
        np.roll(chroma_key(made.image, GREEN, even=False), (7, 13), (0, 1)),
    )


def test_a_white_screen_is_told_by_its_distance():
    image = np.full((40, 60, 3), 245, np.uint8)
    image[10:30, 20:40] = (120, 60, 40)
    mask = chroma_key(image)
    assert (mask[10:30, 20:40] == 1).all() and mask.sum() == 400


def test_the_screen_is_found_though_the_subject_reaches_the_border():
    made = shot()
    image = made.image.copy()
    image[100:, 40:160] = (60, 50, 90)  # shoulders
    found = detect_screen(image)
    assert np.abs(np.subtract(found.colour, GREEN)).max() < 20
    assert 0.6 < found.confidence < 0.9


def test_a_border_of_many_colours_is_no_screen():
    from skimage import data

    assert detect_screen(data.astronaut()).confidence < 0.4
    assert detect_screen(data.chelsea()).confidence < 0.4
    noise = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    assert detect_screen(noise).confidence < 0.3


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 2), (3, 3)])
def test_tiny_photos_of_nothing_but_screen_hold_no_subject(size):
    image = np.full((*size, 3), GREEN, np.uint8)
    assert detect_screen(image) == (GREEN, 1.0)
    assert (chroma_key(image) == 0).all()


def test_values_that_make_no_sense_are_refused():
    image = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(InputError, match=r"tolerance in 0..1, got 2"):
        chroma_key(image, GREEN, tolerance=2)
    with pytest.raises(InputError, match="colour"):
        chroma_key(image, (1, 2))
    with pytest.raises(ArrayError):
        chroma_key(image[..., 0])


def test_16_bits_and_floats_are_read_as_they_are():
    made = shot()
    mask = chroma_key(made.image, GREEN)
    assert np.allclose(chroma_key(made.image.astype(np.uint16) * 257, GREEN), mask, atol=1e-5)
    assert np.allclose(chroma_key(made.image / 255, GREEN), mask, atol=1e-5)
