"""Coordinates: points, frames, views."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.coordinates import Frame, View, check_point, quantise, regrid
from workbench.errors import PromptError
from workbench.planes import place


def test_points_are_kept_to_a_sixteenth_and_inside():
    assert quantise(1.03) == 1.0 and quantise(1.04) == 1.0625
    assert check_point((79.999, 59.999), (60, 80)) == (79.9375, 59.9375)
    for bad in ((80, 1), (1, 60), (-0.01, 1), (1, float("inf")), (1,), "xy", "11", ("1", 1)):
        with pytest.raises(PromptError):
            check_point(bad, (60, 80))


def test_place_is_half_pixel_bilinear():
    grid = np.array([[0.0, 4.0]], np.float32)
    placed = place(grid, Frame.whole((1, 4)), (1, 4), -9)
    assert placed.tolist() == [[0, 1, 3, 4]]


def test_place_leaves_what_the_frame_does_not_cover_outside():
    placed = place(np.ones((2, 2), np.float32), Frame(2, 1, 6, 3), (5, 8), -9)
    expected = np.full((5, 8), -9.0)
    expected[1:3, 2:6] = 1
    assert np.array_equal(placed, expected)


def test_place_cuts_padding_away_as_segment_anything_does():
    torch = pytest.importorskip("torch")
    shape, side = (75, 100), 64
    scale = side / 100
    new = (int(75 * scale + 0.5), int(100 * scale + 0.5))
    logits = np.random.default_rng(0).normal(size=(16, 16)).astype(np.float32)
    frame = Frame(0, 0, side * 100 / new[1], side * 75 / new[0], via=(side, side))
    big = torch.nn.functional.interpolate(
        torch.from_numpy(logits)[None, None], (side, side), mode="bilinear", align_corners=False
    )[..., : new[0], : new[1]]
    expected = torch.nn.functional.interpolate(big, shape, mode="bilinear", align_corners=False)[
        0, 0
    ].numpy()
    assert np.allclose(place(logits, frame, shape, -9), expected, atol=1e-5)


def test_regrid_finds_the_same_place_on_another_grid():
    logits = np.zeros((20, 20), np.float32)
    logits[5:10, 10:15] = 1
    out = regrid(logits, Frame(0, 0, 40, 40), Frame(10, 0, 50, 40), (20, 20), -7)
    assert out[7, 7] == 1 and out[7, 12] == 0
    assert (out[:, 15:] == -7).all() and (out[:, :15] >= 0).all()


def test_a_thin_line_survives_a_coarser_grid():
    plane = np.zeros((256, 256), np.float32)
    plane[:, 101] = 1
    out = regrid(plane, Frame.whole((256, 256)), Frame.whole((256, 256)), (32, 32), 0)
    assert out.max(axis=1).min() > 0.05


def test_view_there_and_back_and_zoom_keeps_the_point_under_the_pointer():
    view = View.fit((600, 800), (400, 400))
    assert view.scale == 0.5 and view.to_canvas((0, 0)) == (0, 50)
    assert view.to_image(view.to_canvas((123, 45))) == pytest.approx((123, 45))
    closer = view.zoomed(4, (100, 200))
    assert closer.to_image((100, 200)) == pytest.approx(view.to_image((100, 200)))
    assert view.panned(10, 0).to_canvas((0, 0)) == pytest.approx((10, 50))


def test_a_view_goes_from_5_percent_to_3200():
    assert View(1.0).zoomed(1e-9, (0, 0)).scale == 0.05
    assert View(1.0).zoomed(1e9, (0, 0)).scale == 32.0
    # A panorama that fits at 2 % stays there: the first turn of the wheel must not jump to 5 %.
    assert View(0.02).zoomed(0.9, (0, 0)).scale == 0.02
    assert View(0.02).zoomed(1.5, (0, 0)).scale == pytest.approx(0.03)
