"""Regions, windows and seams."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.closeup import check_region, grid_step, meets, seam, window_of
from workbench.errors import PromptError

SHAPE = (1000, 1400)


def test_a_region_is_widened_to_a_grid_and_then_stays():
    step = grid_step(SHAPE)
    assert step == 32
    region = check_region((33, 65, 300, 400), SHAPE)
    assert region == (32, 64, 320, 416)
    assert check_region(region, SHAPE) == region
    assert check_region((40, 70, 310, 410), SHAPE) == region  # panned by a little: the same
    assert check_region((1300, 900, 1600, 1200), SHAPE) == (1280, 896, 1400, 1000)


@pytest.mark.parametrize("bad", [(1, 2, 3), "abcd", (5, 5, 5, float("nan")), (9e3, 0, 9e4, 50), 7])
def test_a_region_that_is_none_is_refused(bad):
    with pytest.raises(PromptError, match="expected a"):
        check_region(bad, SHAPE)


def test_the_seam_is_full_in_the_region_and_nothing_at_the_windows_end():
    region = check_region((320, 320, 640, 512), SHAPE)
    window = window_of(region, SHAPE)
    assert window == (280, 280, 680, 552)
    x, y = np.arange(1400) + 0.5, np.arange(1000) + 0.5
    weight = seam(region, window, x, y)
    assert (weight[320:512, 320:640] == 1).all()
    outside = weight.copy()
    outside[280:552, 280:680] = 0
    assert not outside.any()
    assert weight[400, 280] < 0.01 and 0.4 < weight[400, 300] < 0.6
    assert np.abs(np.diff(weight, axis=1)).max() < 0.05  # soft


def test_nothing_fades_where_the_region_ends_with_the_photo():
    region = check_region((1300, 0, 1400, 200), SHAPE)
    window = window_of(region, SHAPE)
    weight = seam(region, window, np.arange(1400) + 0.5, np.arange(1000) + 0.5)
    assert weight[0, 1399] == 1 and weight[0, 1300] == 1
    assert weight[int(window[3]) - 1, 1399] < 0.01


def test_regions_meet_where_they_share_an_area():
    assert meets((0, 0, 10, 10), (9, 9, 20, 20))
    assert not meets((0, 0, 10, 10), (10, 0, 20, 10))
