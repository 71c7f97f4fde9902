"""Despill: exact light, known truth."""

from __future__ import annotations

import numpy as np
import pytest
from green_screen import BLUE, GREEN, shot

from workbench.errors import InputError
from workbench.matte import despill, foreground_colours
from workbench.screens import screen_share


def test_the_screens_light_on_grey_is_taken_off_to_the_bit_of_rounding():
    grey = np.linspace(0.05, 0.7, 8)[:, None] * np.ones(3)
    lit = (grey + 0.2 * np.array(GREEN) / 255)[None]
    assert np.allclose(despill(lit, GREEN), grey, atol=1e-5)
    assert np.allclose(despill(lit, GREEN, 0.5), grey + 0.1 * np.array(GREEN) / 255, atol=1e-5)
    assert np.array_equal(despill(lit, GREEN, 0), lit.astype(np.float32))


def test_nothing_of_the_screens_hue_is_left_and_other_hues_are_not_touched():
    picture = np.random.default_rng(0).random((30, 40, 3)).astype(np.float32)
    clean = despill(picture, GREEN)
    assert screen_share(clean, GREEN).max() < 0.02
    free = screen_share(picture, GREEN) <= 0
    assert free.mean() > 0.4 and np.array_equal(clean[free], picture[free])
    assert (clean <= picture).all()


def test_a_grey_backdrop_throws_no_coloured_light():
    picture = np.random.default_rng(0).random((5, 6, 3)).astype(np.float32)
    assert np.array_equal(despill(picture, (240, 240, 238)), picture)


@pytest.mark.parametrize("screen", [GREEN, BLUE])
def test_the_foregrounds_error_shrinks(screen):
    made = shot(screen)
    before = foreground_colours(made.image, made.alpha)
    after = despill(before, screen)
    seen = made.alpha[..., None] * np.ones(3)
    error = [float((np.abs(f - made.colours) * seen).sum()) for f in (before, after)]
    assert error[1] < 0.8 * error[0]


def test_an_amount_out_of_range_is_refused():
    with pytest.raises(InputError, match=r"0\.\.1, got 1.5"):
        despill(np.zeros((2, 2, 3)), GREEN, 1.5)
