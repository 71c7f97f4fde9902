"""What the stage shows, without a stage."""

from __future__ import annotations

import gc

import cv2
import numpy as np
import pytest
from golden_images import check_golden

from workbench.coordinates import View
from workbench.render import render
from workbench.widgets import colours, looks, pictures, tiles
from workbench.widgets import levels as levels_module
from workbench.widgets.colours import rgb
from workbench.widgets.levels import Levels, reduction
from workbench.widgets.looks import VIEW_MODES
from workbench.widgets.outlines import outlines
from workbench.widgets.prompt_pictures import prompts_picture

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


def test_a_large_photo_is_shown_alike_from_its_reduced_copy(monkeypatch):
    rng = np.random.default_rng(1)
    plane = cv2.resize(rng.random((41, 60), np.float32), (1201, 813))
    for view in (View(0.11, 0, 0), View(0.3, 0, 0), View(0.3, 401, 203), View(0.24, 333, 177)):
        found = []
        for levels in (pictures._LEVELS, NoLevels()):
            monkeypatch.setattr(pictures, "_LEVELS", levels)
            found.append(pictures.seen(plane, view, (360, 244)))
        (part, *place), (whole, *expected) = found
        assert place == expected and part.shape == whole.shape
        # Half a page pixel aside at worst: what a neighbour's grey is.
        step = np.abs(np.diff(whole, axis=1)).max()
        assert np.abs(part - whole).max() < step and np.abs(part - whole).mean() < step / 6


class NoLevels:
    def part(self, plane, k, rows, columns):
        whole = plane[rows.start * k : rows.stop * k, columns.start * k : columns.stop * k]
        return whole[: plane.shape[0], : plane.shape[1]]


class Computed:
    """A plane that is computed where it is asked for, and counts how much that was."""

    def __init__(self, values):
        self._values, self.shape, self.asked = values, values.shape, 0

    def __getitem__(self, part):
        found = self._values[part]
        self.asked += found.size
        return found


def test_a_reduced_copy_is_made_once_and_forgotten_with_its_array():
    levels, rng = Levels(), np.random.default_rng(0)
    plane = rng.random((203, 401), np.float32)
    assert reduction(plane.shape, 0.6) == 1 and reduction(plane.shape, 0.3) == 2
    assert reduction(plane.shape, 0.1) == 8 and reduction((15, 9), 0.1) == 1
    assert np.array_equal(levels.part(plane, 1, slice(3, 5), slice(7, 9)), plane[3:5, 7:9])
    half = levels.part(plane, 2, slice(0, 102), slice(0, 201))
    assert half.shape == (102, 201)
    assert half[5, 7] == pytest.approx(plane[10:12, 14:16].mean())
    assert half[101, 200] == pytest.approx(plane[202, 400])  # repeated, where the photo ends
    assert np.array_equal(levels.part(plane, 2, slice(90, 102), slice(50, 60)), half[90:, 50:60])
    eighth = levels.part(plane, 8, slice(3, 4), slice(4, 5))
    assert eighth[0, 0] == pytest.approx(plane[24:32, 32:40].mean(), abs=1e-6)
    del plane
    gc.collect()
    levels.part(half, 2, slice(0, 1), slice(0, 1))
    assert {key[0] for key in levels._tiles} == {id(half)}
    assert levels._held == sum(tile.nbytes for tile in levels._tiles.values())


def test_of_a_computed_plane_only_what_is_in_sight_is_asked_for_and_once():
    levels, rng = Levels(), np.random.default_rng(0)
    values = rng.random((3001, 4003), np.float32)
    plane = Computed(values)
    part = levels.part(plane, 1, slice(700, 1200), slice(1000, 1900))
    assert np.array_equal(part, values[700:1200, 1000:1900])
    assert plane.asked == 3 * 5 * 256**2
    levels.part(plane, 1, slice(800, 1100), slice(1100, 1800))
    assert plane.asked == 3 * 5 * 256**2
    plane.asked = 0
    whole = levels.part(plane, 8, slice(0, 376), slice(0, 501))
    assert plane.asked <= 4 * 376 * 501
    for row, column in ((0, 0), (200, 300), (374, 499)):
        cell = values[8 * row + 2 : 8 * row + 8 : 4, 8 * column + 2 : 8 * column + 8 : 4]
        assert whole[row, column] == pytest.approx(cell.mean(), abs=1e-6)
    assert whole[375, 500] == values[2998, 4002]  # the nearest: the last cells have one row


def test_tiles_stay_within_their_budget(monkeypatch):
    monkeypatch.setattr(levels_module, "_BUDGET", 3 * 4 * 256**2)
    levels, plane = Levels(), Computed(np.ones((256 * 5, 256), np.float32))
    for n in range(5):
        levels.part(plane, 1, slice(256 * n, 256 * n + 9), slice(0, 9))
    assert levels._held == 3 * 4 * 256**2 and len(levels._tiles) == 3
    assert levels.part(plane, 1, slice(0, 1280), slice(0, 256)).shape == (1280, 256)


def test_nothing_of_a_photo_out_of_sight_is_shown():
    part, rows, _ = pictures.seen(np.ones((10, 10)), View(1, 500, 500), CANVAS)
    assert part.size == 0 and rows.start == rows.stop


def earlier(session):
    """The document one edit earlier, rendered."""
    document = session.document
    return render(document.at(document.cursor - 1), session.bench)


def given_disk(session):
    """The photo's disk as a mask from elsewhere, solved by what has no weights: no other answer of
    a model moves the pictures.

    In front of it is a hidden subject whose prompts are drawn.
    """
    subject = session.subject().recolour("#ff0000").trimap_settings(4).matte("closed_form")
    session.add_subject("asked").box(30, 15, 98, 80).click(64, 48).hide()
    y, x = np.mgrid[0:96, 0:128] + 0.5
    subject.load_mask(np.clip(31 - np.hypot(x - 64, y - 48), 0, 1))


def shown(session, mode):
    """What the stage shows, all layers over one another, 160 × 120."""
    canvas = 160, 120
    view = View(1.25, 0, 0)
    if mode == "Backgrounds":
        view = tiles.fit((96, 128), canvas, 6)
    current = session.subject().id
    before = earlier(session)
    look = session.render(lambda r: looks.look(r, mode, current, before=before))
    picture = pictures.base_picture(session.image, look, mode, view, canvas)
    if mode == "Before and after":
        left = pictures.base_picture(session.image, look, "Photo", view, canvas)
        picture[:, :80] = left[:, :80]
    if mode not in looks.PHOTO_MODES:
        assert not look.overlaid
        return picture
    layers = [pictures.overlay_picture(look, 0.5, view, canvas, current)]
    ants = np.zeros((120, 160, 4), np.uint8)
    for path in look.paths:
        on_canvas = np.array([view.to_canvas(p) for p in path]).round().astype(np.int32)
        cv2.polylines(ants, [on_canvas], True, (255, 255, 255, 255))
    asked = session.document.state().subjects[0]
    layers += [ants, prompts_picture(asked, view, canvas)]
    for layer in layers:
        opacity = layer[..., 3:] / 255
        picture = (picture * (1 - opacity) + layer[..., :3] * opacity + 0.5).astype(np.uint8)
    return picture


@pytest.mark.parametrize("mode", VIEW_MODES)
def test_each_view_mode_shows_what_is_kept_in_a_picture(session, mode, request):
    given_disk(session)
    session.subject().paint([(34, 20), (60, 20)], size=12, hardness=0.5)
    check_golden(shown(session, mode), mode.lower().replace(" ", "_"), request)


def test_a_golden_picture_that_is_another_is_told(session, request):
    if request.config.getoption("--regenerate-golden"):
        pytest.skip("nothing is compared")
    given_disk(session)
    session.subject().paint([(34, 24), (64, 24)], size=24, keep=False)
    with pytest.raises(AssertionError, match="pixels others"):
        check_golden(shown(session, "Alpha"), "alpha", request)


def test_outlines_run_between_the_pixels_and_along_the_border():
    mask = np.zeros((40, 60), np.float32)
    mask[10:20, 15:35] = 1
    mask[30:, 50:] = 1
    mask[5, 5] = 0.6  # a grain
    large, corner = outlines(mask)
    assert large.dtype == np.float32
    # Half a pixel's corner is cut off where squares are marched around a step.
    assert large.min(axis=0).tolist() == [15, 10] and large.max(axis=0).tolist() == [35, 20]
    assert cv2.contourArea(large) == pytest.approx(200, abs=0.6)
    assert corner.max(axis=0).tolist() == [60, 40] and corner.min(axis=0).tolist() == [50, 30]


def test_an_outline_is_true_to_a_tenth_of_a_pixel():
    y, x = np.mgrid[0:200, 0:300] + 0.5
    mask = np.clip(60.3 - np.hypot(x - 150.2, y - 99.7) + 0.5, 0, 1).astype(np.float32)
    (path,) = outlines(mask)
    assert np.abs(np.hypot(*(path - (150.2, 99.7)).T) - 60.3).max() < 0.12
    assert len(path) < 90
    assert outlines(np.zeros((5, 5), np.float32)) == []


def test_a_difference_says_what_came_and_went(session):
    subject = session.subject().box(30, 15, 98, 80).matte("none").trimap_settings(0)
    then = session.render(lambda r: r.subject(subject.id))
    base = then.corrected
    subject.paint([(12, 12)], size=10, hardness=1)
    subject.paint([(64, 48)], keep=False, size=10, hardness=1)
    here = session.render(lambda r: r.subject(subject.id)).corrected
    first = render(session.document.at(session.document.cursor - 2), session.bench)
    look = session.render(lambda r: looks.look(r, "Difference", subject.id, before=first))
    assert np.array_equal(look.difference, here - base)
    came, went = ((here >= 0.5) & (base < 0.5)).sum(), ((base >= 0.5) & (here < 0.5)).sum()
    assert look.notes == (
        f"gained {came:,.0f} px ({came / here.size:.2%} of the photo), "
        f"lost {went:,.0f} px ({went / here.size:.2%} of the photo)",
    )
    view = View(1, 0, 0)
    picture = pictures.overlay_picture(look, 1.0, view, (128, 96), subject.id)
    assert picture[12, 12, :3].tolist() == list(rgb(colours.KEEP))
    assert picture[48, 64, :3].tolist() == list(rgb(colours.DROP))
    assert min(picture[12, 12, 3], picture[48, 64, 3]) > 240
    assert picture[90, 5, 3] < 128 and picture[90, 5, :3].max() == 0
    solved = session.alpha(subject)
    subject.edges(feather=3)  # the mask is the same: what differs is the alpha
    edge = session.render(
        lambda r: looks.look(r, "Difference", subject.id, before=session.earlier())
    )
    assert np.array_equal(edge.difference, session.alpha(subject) - solved)
    now = session.render(lambda r: r)
    same = looks.look(now, "Difference", subject.id, before=now)
    assert same.notes == ("no difference",)
    alone = looks.look(now, "Difference", subject.id)
    assert not alone.overlaid and alone.notes == ("no earlier edit to compare with",)


def test_the_checkerboard_and_the_backdrop_move_with_the_photo(session):
    subject = session.subject().box(30, 15, 98, 80)
    for mode in ("On checkerboard", "Composite"):
        look = session.render(lambda r, mode=mode: looks.look(r, mode, subject.id))
        small = pictures.base_picture(session.image, look, mode, View(2, 10, 5), (100, 80))
        large = pictures.base_picture(session.image, look, mode, View(2, 0, 0), (256, 192))
        off = np.abs(small.astype(int) - large[10:90, 20:120])
        assert off.max() <= 8 and off.mean() < 1


def test_behind_the_subject_lies_what_was_chosen(session):
    subject = session.subject().box(30, 15, 98, 80)
    view = View(1, 0, 0)

    def corner(mode, **settings):
        look = session.render(lambda r: looks.look(r, mode, subject.id))
        made = pictures.base_picture(session.image, look, mode, view, (128, 96), **settings)
        return made[4, 4].tolist()

    assert corner("On colour", colour="#102030") == [16, 32, 48]
    assert corner("On black") == [0, 0, 0]
    assert corner("Composite", background="#405060") == [64, 80, 96]
    assert corner("Before and after", background="#405060") == [64, 80, 96]
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 341, axis=1).repeat(3, axis=2)
    made = pictures.backdrop(ramp, (96, 128))
    assert made.shape == (96, 128, 3) and pictures.backdrop(made, (96, 128)) is made
    assert corner("Composite", background=made) == made[4, 4].tolist()


def test_a_screen_of_twice_the_density_shows_the_same_twice_as_large(session):
    subject = session.subject().box(30, 15, 98, 80).click(64, 48)
    subject.paint([(40, 40)], size=12)
    look = session.render(lambda r: looks.look(r, "Overlay", subject.id))
    for draw in (
        lambda v, c, ratio: pictures.overlay_picture(look, 0.5, v, c, subject.id, ratio=ratio),
        lambda v, c, ratio: prompts_picture(subject.state, v, c, ratio=ratio),
    ):
        once = draw(View(3, 0, 0), (384, 288), 1)[..., 3].astype(int)
        twice = draw(View(6, 0, 0), (768, 576), 2)[::2, ::2, 3].astype(int)
        lines = once == 255
        assert lines.sum() > 200
        assert (twice[lines] > 100).mean() > 0.8


def test_the_overlay_lies_on_the_mask_in_the_subjects_colour(session):
    session.subject().recolour("#ff0000").box(30, 15, 98, 80)
    view = View.fit(session.photo.shape, CANVAS)
    look = session.render(lambda r: looks.look(r, "Overlay", session.subject().id))
    tint = pictures.overlay_picture(look, 0.5, view, CANVAS, "nobody")
    assert tuple(tint[240, 320][:3]) == (255, 0, 0)
    assert 120 <= tint[240, 320, 3] <= 128
    assert tint[2, 2, 3] < 5
    assert pictures.overlay_picture(look, 0.0, view, CANVAS, "nobody")[..., 3].max() == 0


def test_prompts_are_drawn_where_they_are_plus_and_minus_apart(session):
    subject = session.subject().click(64, 48).click(10, 10, keep=False)
    view = View.fit(session.photo.shape, CANVAS)
    picture = prompts_picture(subject.state, view, CANVAS)
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
        look = session.render(lambda r: looks.look(r, "Overlay", subject.id))
        tint = pictures.overlay_picture(look, 0.5, view, CANVAS, subject.id)
        return (tint[..., :3] == rgb(colour)).all(axis=-1) & (tint[..., 3] == 255)

    assert not dots(colours.KEEP).any()
    subject.paint([(64, 48)], keep=True, size=20, hardness=1)
    around = np.argwhere(dots(colours.KEEP))
    # A circle of 10 photo pixels around the middle, five page pixels each.
    distance = np.hypot(*(around - (240, 320)).T)
    assert len(around) > 40 and abs(distance - 50).max() < 4
    assert not dots(colours.DROP).any()


def test_where_two_subjects_overlap_the_front_ones_colour_shows(session):
    session.subject().recolour("#0000ff").box(30, 15, 98, 80)
    session.add_subject("front", "#ffff00").box(30, 15, 98, 80)
    view = View.fit(session.photo.shape, CANVAS)
    for front, colour in (("front", (255, 255, 0)), ("subject", (0, 0, 255))):
        session.reorder([front])
        look = session.render(lambda r: looks.look(r, "Overlay", session.subject().id))
        tint = pictures.overlay_picture(look, 0.5, view, CANVAS, None)
        assert tuple(tint[240, 320, :3]) == colour


def test_refine_strokes_are_seen(session):
    subject = session.subject().refine_edge([(20, 48), (100, 48)], size=20)
    picture = prompts_picture(subject.state, View.fit((96, 128), CANVAS), CANVAS)
    assert tuple(picture[240, 320]) == (*rgb(colours.REFINE), 90)
    assert picture[100, 320, 3] == 0
