"""The stage in tiles: one zoom and pan, and the whole photo in each."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.coordinates import View
from workbench.widgets import looks, pictures, tiles
from workbench.widgets.controller import Controller


@pytest.mark.parametrize("count", [1, 2, 6, 8, 12])
@pytest.mark.parametrize("canvas", [(160, 120), (121, 307), (5, 5)])
def test_what_lies_in_the_middle_lies_in_the_middle_of_each(canvas, count):
    view = View(1.7, 12.3, -4.5)
    middle = view.to_image((canvas[0] / 2, canvas[1] / 2))
    columns, rows = tiles.grid(canvas, count)
    assert columns * rows >= count
    covered = np.zeros(canvas[::-1], int)
    for n, (own, down, across) in enumerate(tiles.tiles(view, canvas, count)):
        covered[down, across] += 1
        r, c = divmod(n, columns)
        at = own.to_canvas(middle)
        assert across.start + at[0] == pytest.approx(canvas[0] * (c + 0.5) / columns)
        assert down.start + at[1] == pytest.approx(canvas[1] * (r + 0.5) / rows)
        assert own.scale == view.scale
    assert (covered == 1).all()


def test_each_tile_is_the_view_on_its_background(session):
    y, x = np.mgrid[0:96, 0:128] + 0.5
    session.subject().load_mask(np.clip(31 - np.hypot(x - 64, y - 48), 0, 1))
    current, canvas = session.subject().id, (300, 200)
    view = tiles.fit((96, 128), canvas, 6)
    look = session.render(lambda r: looks.look(r, "Backgrounds", current))
    picture = pictures.base_picture(session.image, look, "Backgrounds", view, canvas)
    for ground, (own, down, across) in zip(
        tiles.grounds(6), tiles.tiles(view, canvas, 6), strict=True
    ):
        part = picture[down, across][1:, 1:]
        if ground in ("white", "black", "checkerboard"):
            mode = f"On {ground}"
            alone = session.render(lambda r, m=mode: looks.look(r, m, current))
            want = pictures.base_picture(session.image, alone, mode, own, (100, 100))
            np.testing.assert_array_equal(part, want[1:, 1:])
        corner = own.to_canvas((0.0, 0.0))  # the whole photo is in sight
        assert corner[0] >= -1e-6 and corner[1] >= -1e-6


def test_the_whole_photo_stays_whole_in_and_out_of_tiles(session):
    controller = Controller(session, (600, 400))
    whole = controller.view
    controller.view_mode = "Backgrounds"
    assert controller.view.scale == pytest.approx(200 / 128)
    assert controller.in_sight == pytest.approx((0, 0, 128, 96))
    controller.resize((900, 300))
    assert controller.view == tiles.fit((96, 128), (900, 300), 6)
    controller.resize((600, 400))
    controller.view_mode = "Overlay"
    assert controller.view == whole
    controller.zoom(3)
    near = controller.view
    controller.view_mode = "Backgrounds"
    assert controller.view == near  # what was looked at stays as large as it was
    x0, _, x1, _ = controller.in_sight
    assert x1 - x0 == pytest.approx(200 / near.scale)
    controller.look_at((40, 30, 60, 50))
    x0, y0, x1, y1 = controller.in_sight
    assert x0 <= 40 and x1 >= 60 and y0 <= 30 and y1 >= 50


def test_own_pictures_take_the_place_of_what_shows_least():
    assert tiles.grounds(6) == tiles.BACKGROUNDS[:6]
    assert tiles.grounds(6, ["mine"]) == ("white", "black", "green", "magenta", "blurred", "mine")
    many = tiles.grounds(8, list("abcdefghij"))
    assert many == ("white", "black", *"efghij"), "the latest, and never all"
    assert len(set(tiles.grounds(12))) == 12
