"""Each picture of a figure knows which place of the photo it shows."""

from __future__ import annotations

import numpy as np
import pytest

from workbench import views
from workbench.views.page import Page

H, W = 240, 320


@pytest.fixture(scope="module")
def cut():
    """A photo whose colour says where it is: red is x, green is y; the subject is an ellipse."""
    y, x = np.mgrid[0:H, 0:W] + 0.5
    photo = np.dstack([x / W, y / H, np.full_like(x, 0.5)]).astype(np.float32)
    alpha = np.clip((1.0 - np.hypot((x - 170) / 90, (y - 110) / 60)) * 20, 0, 1)
    trimap = np.where((alpha > 0) & (alpha < 1), 0.5, alpha).astype(np.float32)
    return views.cut(photo, alpha.astype(np.float32), photo, trimap)


def colour_told(colour):
    return colour[0] * W, colour[1] * H


@pytest.mark.parametrize(
    "make", [views.sheet, views.contrast, views.band, views.colours, views.backgrounds,
             views.edge_width, views.contact_sheet, views.unrolled],
)  # fmt: skip
def test_a_place_in_a_figure_is_the_place_of_the_photo_that_it_shows(cut, make):
    figure = make(cut)
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3] / 255
    spots, told = figure.spots, 0
    assert spots
    for left, top, wide, tall, _ in spots:
        for u, v in ((0.3, 0.4), (0.5, 0.5), (0.7, 0.6)):
            x, y = left + u * wide, top + v * tall
            place = views.place_at(figure, x, y)
            if place is None:
                continue  # between two lines of the unrolled outline
            assert -1 <= place[0] <= W + 1 and -1 <= place[1] <= H + 1
            red, green, blue = pixels[int(y), int(x)]
            if abs(blue - 0.5) < 0.01 and abs(red - green) > 0.02:  # the photo's own colour
                assert place == pytest.approx((red * W, green * H), abs=4)
                told += 1
    if make in (views.sheet, views.colours, views.band, views.unrolled):
        assert told > 0
    assert views.place_at(figure, 2, 2) is None  # the margin


def test_a_comparison_tells_places_too(cut):
    figure = views.compare(cut, cut)
    left, top, wide, tall, _ = figure.spots[0]
    assert views.place_at(figure, left + wide / 2, top + tall / 2) == pytest.approx((160, 120))


def test_what_lies_on_top_is_told(cut):
    page = Page()
    page.put(np.zeros((100, 100, 3), np.uint8), 10, 10, (0, 0, 50, 50))
    page.put(np.zeros((20, 20, 3), np.uint8), 20, 20, lambda x, y: (x + 1000, y + 2000))
    page.put(np.zeros((5, 5, 3), np.uint8), 90, 90)
    page.y = 200
    figure = page.figure()
    assert views.place_at(figure, 12, 14) == (1.0, 2.0)
    assert views.place_at(figure, 25, 26) == (1005, 2006)
    assert views.place_at(figure, 92, 92) == (41.0, 41.0)
    assert views.place_at(figure, 300, 20) is None
