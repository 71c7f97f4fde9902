"""What is shown held against how it was, against what was pinned, and against another session."""

from __future__ import annotations

import numpy as np
import pytest
from apps import drag, named, status

import workbench as wb
from workbench.widgets import looks, tiles
from workbench.widgets.looks import COMPARABLE


@pytest.fixture
def drawn(app):
    """The layers as they were drawn last, by name."""
    found = {}
    draw = app.stage.draw

    def keep(layer, picture, view, grid=(1, 1)):
        found[layer] = picture
        draw(layer, picture, view, grid)

    app.stage.draw = keep
    app._on_gesture(drag("Keep", (64.0, 48.0)))
    app._on_gesture(drag("Brush keep", (10.0, 10.0), (40.0, 10.0)))
    return found


def halves(app, picture):
    """Before and after, as pictures of one size."""
    canvas = app.stage.grid(app.controller.view)[1]
    (_, r0, c0), (_, r1, c1) = tiles.tiles(app.controller.view, canvas, 2)
    return picture[r0, c0][1:, 1:], picture[r1, c1][1:, 1:]


def captions(app):
    return app.stage._pointer.captions


@pytest.mark.parametrize("mode", COMPARABLE)
def test_side_by_side_shows_the_edit_before_and_now_in_the_same_view(app, drawn, mode):
    app._view.mode.value = mode
    app._comparing.how.value = "Side by side"
    before, now = halves(app, drawn["photo"])
    assert before.shape == now.shape and (before != now).any()
    assert captions(app) == ["before", "now"]
    app._on_undo()  # now it is the earlier one that is shown
    now_after = halves(app, drawn["photo"])[1]
    np.testing.assert_array_equal(now_after, before)
    app._comparing.how.value = "Off"
    assert captions(app) == [] and app.controller.pieces == 1


def test_what_was_pinned_stays_while_work_goes_on(app, drawn):
    app._view.mode.value = "Alpha"
    app._comparing.how.value = "Side by side"
    app._comparing.against.value = "pin"
    assert captions(app) == ["after edit 2", "now"]
    pinned, now = halves(app, drawn["photo"])
    np.testing.assert_array_equal(pinned, now)
    for y in (80.0, 90.0):
        app._on_gesture(drag("Brush keep", (10.0, y), (40.0, y)))
    was, now = halves(app, drawn["photo"])
    np.testing.assert_array_equal(was, pinned)
    assert (now != pinned).any() and captions(app) == ["after edit 2", "now"]
    app._history._hear(app.session, {"type": "compare", "at": 1})
    assert captions(app) == ["after edit 1", "now"] and app.controller.view_mode == "Alpha"
    app._comparing.against.value = "before"
    assert captions(app) == ["before", "now"]
    assert (halves(app, drawn["photo"])[0] != pinned).any()


def test_another_session_of_a_photo_of_this_size_can_be_compared_with(app, drawn, photo):
    other = wb.open(photo, "disks")
    other.subject().load_mask(np.ones((96, 128), np.float32))
    small = wb.open(photo[:40], "disks")
    app._comparing.refresh(app.controller)
    offered = {value for _, value in app._comparing.against.options}
    assert other.id in offered and small.id not in offered and app.session.id not in offered
    app._view.mode.value = "Alpha"
    app._comparing.how.value = "Side by side"
    app._comparing.against.value = other.id
    theirs, ours = halves(app, drawn["photo"])
    middle = theirs.shape[0] // 2, theirs.shape[1] // 2
    assert theirs[middle].tolist() == [255] * 3 and (theirs != ours).any()
    assert captions(app)[0].startswith(other.name)


def test_a_flicker_and_a_divider_have_the_earlier_picture_in_the_layer_before(app, drawn):
    app._view.mode.value = "Alpha"
    now = drawn["photo"]
    for how, trait in (("Flicker", "flicker"), ("Divider", "divided")):
        app._comparing.how.value = how
        assert getattr(app.stage._pointer, trait)
        np.testing.assert_array_equal(drawn["photo"], now)
        assert (drawn["before"] != now).any() and captions(app) == ["before", "now"]
        app._comparing.how.value = "Off"
        assert not getattr(app.stage._pointer, trait)


def test_a_setting_that_is_tried_is_held_against_what_it_would_be_made_on(app, drawn):
    app._view.mode.value = "Alpha"
    app._comparing.how.value = "Side by side"
    stands = halves(app, drawn["photo"])[1]
    app._on_try(wb.edits.Edges(subject=app.session.subject().id, feather=20.0))
    without, tried = halves(app, drawn["photo"])
    np.testing.assert_array_equal(without, stands)
    assert (tried != stands).any() and captions(app) == ["without", "now"]
    app._on_try(None)
    assert captions(app) == ["before", "now"]


def test_a_view_that_is_a_comparison_itself_is_not_compared(app, drawn):
    app._comparing.how.value = "Flicker"
    app._view.mode.value = "Backgrounds"
    assert app._comparing.how.disabled and app._comparing.how.value == "Off"
    assert not app.stage._pointer.flicker and captions(app) == list(tiles.grounds(6))
    app._view.mode.value = "Overlay"
    assert app._comparing.how.value == "Flicker" and "wb-bad" not in status(app)
    assert named(app._places.middle, "Compare") is app._comparing.how


@pytest.fixture
def grids(app):
    """How many tiles each picture of the photo's layer had, as they were drawn."""
    found = []
    draw = app.stage.draw

    def keep(layer, picture, view, grid=(1, 1)):
        if layer == "photo":
            found.append(grid[0] * grid[1])
        draw(layer, picture, view, grid)

    app.stage.draw = keep
    app._on_gesture(drag("Keep", (64.0, 48.0)))
    found.clear()
    return found


def test_the_halves_are_there_before_there_is_an_answer(app, drawn, grids, monkeypatch):
    monkeypatch.setattr(app._showing, "ask", lambda: None)
    app._comparing.how.value = "Side by side"
    assert grids and set(grids) == {2} and captions(app) == ["before …", "now"]
    before, now = halves(app, drawn["photo"])
    assert (before != now).any(), "the photo alone, and the mask over it"
    app._view.mode.value = "Backgrounds"
    assert grids[-1] == app.controller.pieces == 6


def test_a_first_look_keeps_the_halves(app, drawn, grids, monkeypatch):
    app._comparing.how.value = "Side by side"
    # Of a model, before its mask is finished.
    monkeypatch.setattr(looks, "first_look", lambda r, mode, now, part: looks.look(r, mode, now))
    count = len(grids)
    app._on_gesture(drag("Keep", (30.0, 30.0)))
    assert len(grids) >= count + 1 and set(grids) == {2} and captions(app) == ["before", "now"]
