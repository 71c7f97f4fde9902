"""What the stage shows, without a stage."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.coordinates import View
from workbench.widgets import pictures
from workbench.widgets.controller import VIEW_MODES

CANVAS = (640, 480)


@pytest.mark.parametrize("scale", [0.11, 0.5, 0.73, 1.0, 1.7, 5.0, 13.0])
def test_each_page_pixel_shows_the_image_point_under_it(scale):
    y, x = np.mgrid[0:300, 0:400]
    image = np.dstack([x // 2, y // 2, np.zeros_like(x)]).astype(np.uint8)
    view = View(scale, 37.3, 21.9)
    part, rows, columns = pictures.seen(image, view, CANVAS)
    assert part.shape[:2] == (rows.stop - rows.start, columns.stop - columns.start)
    for r, c in ((0.25, 0.25), (0.5, 0.5), (0.75, 0.6)):
        row, column = int(r * part.shape[0]), int(c * part.shape[1])
        ix, iy = view.to_image((columns.start + column + 0.5, rows.start + row + 0.5))
        # Within a page pixel, or the two image pixels that share a grey level.
        slack = 1.5 + 1 / scale
        assert abs(2 * float(part[row, column, 0]) + 1 - ix) <= slack + 1
        assert abs(2 * float(part[row, column, 1]) + 1 - iy) <= slack + 1


def test_nothing_of_a_photo_out_of_sight_is_shown():
    part, rows, _ = pictures.seen(np.ones((10, 10)), View(1, 500, 500), CANVAS)
    assert part.size == 0 and rows.start == rows.stop


@pytest.mark.parametrize("mode", VIEW_MODES)
def test_each_view_mode_shows_something_of_its_own(session, mode):
    session.subject().box(30, 15, 98, 80)
    view = View.fit(session.photo.shape, CANVAS)
    look = session.render(lambda r: pictures.look(r, mode, session.subject().id))
    base = pictures.base_picture(session.image, look, mode, view, CANVAS)
    assert base.shape == (480, 640, 3) and base.dtype == np.uint8
    middle, corner = base[240, 320], base[4, 4]
    photo = session.image[48, 64]
    if mode in ("Overlay", "Outline", "Photo"):
        assert np.abs(middle.astype(int) - photo).max() < 25
    elif mode == "Alpha":
        assert middle.min() == 255 and corner.max() == 0
    elif mode == "Trimap":
        assert not np.array_equal(middle, corner)
    else:
        expected = {"On black": (0, 0, 0), "On white": (255, 255, 255)}.get(mode)
        if expected:
            assert np.abs(corner.astype(int) - expected).max() <= 1
        assert np.abs(middle.astype(int) - photo).max() < 30
        assert np.abs(corner.astype(int) - session.image[1, 1]).max() > 30


def test_the_overlay_lies_on_the_mask_in_the_subjects_colour(session):
    session.subject().recolour("#ff0000").box(30, 15, 98, 80)
    view = View.fit(session.photo.shape, CANVAS)
    look = session.render(lambda r: pictures.look(r, "Overlay", session.subject().id))
    tint = pictures.overlay_picture(look, 0.5, view, CANVAS, "nobody")
    assert tuple(tint[240, 320][:3]) == (255, 0, 0)
    assert 120 <= tint[240, 320, 3] <= 128
    assert tint[2, 2, 3] < 5
    assert pictures.overlay_picture(look, 0.0, view, CANVAS, "nobody")[..., 3].max() == 0


def test_prompts_are_drawn_where_they_are_plus_and_minus_apart(session):
    subject = session.subject().click(64, 48).click(10, 10, keep=False)
    view = View.fit(session.photo.shape, CANVAS)
    picture = pictures.prompts_picture(subject.state, view, CANVAS)
    keep, drop = (240, 320), (50, 50)
    for row, column in (keep, drop):
        assert picture[row, column].tolist() == [255, 255, 255, 255]
    assert picture[keep[0] - 3, keep[1]].tolist() == [255] * 4  # the plus's upright
    assert picture[drop[0] - 3, drop[1]].tolist() == [213, 94, 0, 255]
    assert picture[20:40, 300:330, 3].max() == 0


def test_what_was_painted_is_dotted_in_keeps_or_drops_colour(session):
    subject = session.subject().recolour("#ff0000").box(30, 15, 98, 80)
    view = View.fit(session.photo.shape, CANVAS)

    def dots(colour):
        look = session.render(lambda r: pictures.look(r, "Overlay", subject.id))
        tint = pictures.overlay_picture(look, 0.5, view, CANVAS, subject.id)
        return (tint[..., :3] == pictures.rgb(colour)).all(axis=-1) & (tint[..., 3] == 255)

    assert not dots(pictures.KEEP).any()
    subject.paint([(64, 48)], keep=True, size=20, hardness=1)
    around = np.argwhere(dots(pictures.KEEP))
    # A circle of 10 photo pixels around the middle, five page pixels each.
    distance = np.hypot(*(around - (240, 320)).T)
    assert len(around) > 40 and abs(distance - 50).max() < 4
    assert not dots(pictures.DROP).any()


def test_where_two_subjects_overlap_the_front_ones_colour_shows(session):
    session.subject().recolour("#0000ff").box(30, 15, 98, 80)
    session.add_subject("front", "#ffff00").box(30, 15, 98, 80)
    view = View.fit(session.photo.shape, CANVAS)
    for front, colour in (("front", (255, 255, 0)), ("subject", (0, 0, 255))):
        session.reorder([front])
        look = session.render(lambda r: pictures.look(r, "Overlay", session.subject().id))
        tint = pictures.overlay_picture(look, 0.5, view, CANVAS, None)
        assert tuple(tint[240, 320, :3]) == colour


def test_refine_strokes_are_seen(session):
    subject = session.subject().refine_edge([(20, 48), (100, 48)], size=20)
    picture = pictures.prompts_picture(subject.state, View.fit((96, 128), CANVAS), CANVAS)
    assert tuple(picture[240, 320]) == (*pictures.rgb(pictures.REFINE), 90)
    assert picture[100, 320, 3] == 0
