"""What becomes of a shadow: let go, kept in the cut-out, or lifted into a layer of its own."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import workbench as wb
from workbench.coordinates import View
from workbench.errors import UnknownNameError
from workbench.widgets import pictures
from workbench.widgets.app import Workbench
from workbench.widgets.gestures import Gesture
from workbench.widgets.prompt_pictures import prompts_picture

DARK = np.s_[62:72, 70:110]


@pytest.fixture
def shaded():
    """A red block on a plain floor, its soft shadow to the right."""
    rng = np.random.default_rng(4)
    floor = np.full((96, 128, 3), (200, 196, 190), np.float32)
    dark = np.zeros((96, 128), np.float32)
    dark[60:74, 50:118] = 0.5
    photo = floor * (1 - cv2.GaussianBlur(dark, (0, 0), 2.0))[..., None]
    mask = np.zeros((96, 128), np.float32)
    mask[30:74, 40:64] = 1
    photo[mask > 0] = (190, 40, 40)
    photo += rng.normal(0, 0.7, photo.shape)
    session = wb.open(np.clip(photo + 0.5, 0, 255).astype(np.uint8), "grabcut", journal=False)
    session.subject().load_mask(mask)
    return session


def test_a_shadow_stays_behind_unless_it_is_asked_for(shaded):
    assert shaded.shadow().max() == 0
    assert shaded.cutout()[DARK][..., 3].max() <= 2


def test_lifted_it_is_a_layer_of_its_own(shaded, tmp_path):
    shaded.subject().shadow("lift")
    shade = shaded.shadow()
    assert 0.4 < shade[DARK].mean() < 0.6
    assert shade[30:70, 44:60].max() < 0.02  # not under the subject
    assert shade[5:25].max() < 0.05
    assert shaded.cutout()[DARK][..., 3].max() <= 2
    names = [path.name for path in shaded.export(tmp_path, ["png", "shadow"])]
    assert names == ["photo_cutout.png", "photo_shadow.png"]
    layer = cv2.imread(str(tmp_path / "photo_shadow.png"), cv2.IMREAD_UNCHANGED)
    assert layer[..., :3].max() == 0 and np.abs(layer[..., 3] / 255 - shade).max() < 0.003


def test_kept_it_is_in_the_cut_out_and_darkens_what_is_behind(shaded, tmp_path):
    shaded.subject().shadow("keep")
    cut = shaded.cutout()
    assert 100 < cut[DARK][..., 3].mean() < 155 and cut[DARK][..., :3].max() < 30
    white = shaded.composite("white")
    assert 100 < white[DARK].mean() < 155
    assert [p.name for p in shaded.export(tmp_path, ["shadow"])] == []


def test_what_lies_in_the_cut_out_is_not_in_the_layer_again(shaded, tmp_path):
    shaded.subject().shadow("keep")
    mask = np.zeros(shaded.photo.shape, np.float32)
    mask[5:15, 5:15] = 1
    shaded.add_subject("other").load_mask(mask).shadow("lift")
    (whole, _) = sorted(shaded.export(tmp_path, ["shadow"]))
    layer = cv2.imread(str(whole), cv2.IMREAD_UNCHANGED)[..., 3] / 255
    assert shaded.shadow()[DARK].mean() > 0.4
    assert np.abs(layer - shaded.shadow("other")).max() < 0.003


def test_strokes_say_where_it_is(shaded):
    subject = shaded.subject().shadow("lift")
    whole = shaded.shadow()
    subject.shadow_here([(100, 67), (118, 67)], keep=False, size=30)
    assert shaded.shadow()[64:70, 104:112].max() < 0.05
    assert np.abs(shaded.shadow()[64:70, 68:76] - whole[64:70, 68:76]).max() < 0.05
    subject.shadow_here([(75, 67)], size=16)
    assert shaded.shadow()[66, 75] > 0.3 and shaded.shadow()[66, 90] < 0.1


def test_another_way_is_refused(shaded):
    with pytest.raises(UnknownNameError, match="lift"):
        shaded.subject().shadow("lfit")


def test_the_stage_shows_it_under_the_subject_and_a_toggle_says_what_becomes_of_it(shaded):
    app = Workbench(shaded, 320, 240)
    try:
        app._matte._shadow.value = "lift"
        assert shaded.subject().state.shadow == "lift"
        app._view.mode.value = "On white"
        view, canvas = View(1.0, 0, 0), (128, 96)
        shown = app._showing.look
        white = pictures.base_picture(shaded.image, shown, "On white", view, canvas)
        assert np.abs(white.astype(int) - shaded.composite("white")).max() <= 1
        assert white[DARK].mean() < 160 and white[5:20].min() > 240
        app._on_undo()
        assert app._matte._shadow.value == "drop" and app._showing.look.under is None
        # Who paints where the shadow is wants one.
        stroke = (75.0, 67.0), (90.0, 67.0)
        app._on_gesture(Gesture("drag", stroke, None, 0, False, False, False, "Shadow here", 1, 1))
        now = shaded.subject().state
        assert now.shadow == "lift" and now.shadow_strokes[0].points == stroke
        drawn = prompts_picture(now, view, canvas, asked=False, ground="shadow")
        assert drawn[67, 80, 3] > 0 and drawn[10, 10, 3] == 0
        assert prompts_picture(now, view, canvas).max() == 0
    finally:
        app.close()


# ---- the mirror image in a glossy floor

SEEN = np.s_[62:82, 46:82]  # where the floor shows the block


def mirrored(*colours):
    """A block of two colours on a floor that mirrors half of it, fading downwards; another ground,
    and how that would mirror it."""
    rng = np.random.default_rng(5)
    photo = np.full((96, 128, 3), (90, 110, 130), np.float32)
    mask = np.zeros((96, 128), np.float32)
    mask[20:60, 44:84] = 1
    photo[20:40, 44:84], photo[40:60, 44:84] = colours
    share = np.zeros((96, 128), np.float32)
    share[60:90, 44:84] = np.linspace(0.5, 0.1, 30)[:, None]
    mirror = np.zeros_like(photo)
    mirror[60:90, 44:84] = photo[30:60, 44:84][::-1]
    photo = (1 - share[..., None]) * photo + share[..., None] * mirror
    photo += rng.normal(0, 0.5, photo.shape)
    session = wb.open(np.clip(photo + 0.5, 0, 255).astype(np.uint8), "grabcut", journal=False)
    session.subject().load_mask(mask).matte("none")
    ground = np.full((96, 128, 3), 0.8, np.float32)
    true = (1 - share[..., None]) * 204 + share[..., None] * mirror
    return session, ground, true


@pytest.fixture
def glossy():
    """Red above, yellow below."""
    return mirrored((200, 60, 40), (230, 190, 60))


def test_a_reflection_is_lifted_with_its_own_colours(glossy, tmp_path):
    session, ground, true = glossy
    none = np.abs(session.composite(ground)[SEEN] - true[SEEN]).mean()
    assert session.reflection().max() == 0
    session.subject().reflection("lift")
    layer = session.reflection()
    assert layer.shape == (96, 128, 4) and layer[20:58].max() == 0
    # The least opacity that explains the photo: less than the floor's share, and purer colours.
    assert np.abs(session.composite(ground)[SEEN] - true[SEEN]).mean() < 0.35 * none
    red, yellow = layer[84, 60], layer[64, 60]
    assert 0 < red[3] < yellow[3] < 0.6 and yellow[1] > yellow[2] and red[0] > 1.5 * red[1]
    names = [path.name for path in session.export(tmp_path, ["png", "shadow", "reflection"])]
    assert names == ["photo_cutout.png", "photo_reflection.png"]
    written = cv2.imread(str(tmp_path / "photo_reflection.png"), cv2.IMREAD_UNCHANGED)
    assert np.abs(written[..., [2, 1, 0, 3]] / 255 - layer).max() < 0.003
    assert session.cutout()[64, 60, 3] == 0


def test_kept_it_is_in_the_cut_out_and_the_same_on_any_ground(glossy, tmp_path):
    session, ground, _ = glossy
    session.subject().reflection("keep")
    cut = session.cutout().astype(np.float32) / 255
    over = cut[..., 3:] * cut[..., :3] + (1 - cut[..., 3:]) * ground
    assert np.abs(255 * over - session.composite(ground)).max() <= 2
    assert cut[64, 60, 3] > 0.1
    assert session.export(tmp_path, ["reflection"]) == []


def test_what_the_floor_mirrors_is_not_its_shadow_as_well():
    session, ground, true = mirrored((20, 24, 29), (20, 24, 29))
    subject = session.subject().shadow("lift")
    assert session.shadow()[SEEN].max() > 0.1  # a dark mirror image looks like one
    subject.reflection("lift")
    assert session.shadow()[SEEN].max() == 0
    off = np.abs(session.composite(ground)[SEEN] - true[SEEN]).mean()
    subject.shadow("drop")
    assert off == pytest.approx(np.abs(session.composite(ground)[SEEN] - true[SEEN]).mean(), 0.05)


def test_strokes_say_where_the_floor_mirrors(glossy):
    session, _, _ = glossy
    subject = session.subject().reflection("lift")
    whole = session.reflection()
    subject.reflection_here([(64, 85)], keep=False, size=16)
    less = session.reflection()
    assert less[85, 64, 3] == 0 and np.abs(less[64, 60] - whole[64, 60]).max() < 0.02
    session.undo(), session.undo()
    subject.reflection_here([(52, 66), (76, 66)], size=12)
    assert subject.state.reflection == "lift"
    assert session.reflection()[66, 60, 3] > 0.1 and session.reflection()[80, 60, 3] == 0
    assert session.undo() and session.reflection().max() == 0


def test_reflections_of_two_lie_over_one_another(glossy):
    session, _, _ = glossy
    session.subject().reflection("lift")
    alone = session.reflection()
    mask = np.zeros((96, 128), np.float32)
    mask[20:30, 4:12] = 1
    session.add_subject("other").load_mask(mask).matte("none").reflection("keep")
    assert np.abs(session.reflection("subject") - alone).max() == 0
    assert np.abs(session.reflection() - alone).max() < 0.02  # nothing lies under the other


def test_the_stage_shows_reflections_and_a_tool_paints_where_they_are(glossy):
    session, _, _ = glossy
    app = Workbench(session, 320, 240)
    try:
        app._matte._reflection.value = "lift"
        app._view.mode.value = "On white"
        view, canvas = View(1.0, 0, 0), (128, 96)
        shown = app._showing.look
        white = pictures.base_picture(session.image, shown, "On white", view, canvas)
        assert np.abs(white.astype(int) - session.composite("white")).max() <= 1
        assert white[64, 60, 2] < 235
        app._on_undo()
        assert app._matte._reflection.value == "drop"
        stroke = (52.0, 66.0), (76.0, 66.0)
        app._on_gesture(Gesture("drag", stroke, None, 0, False, False, False, "Reflection", 1, 1))
        now = session.subject().state
        assert now.reflection == "lift" and now.reflection_strokes[0].points == stroke
        drawn = prompts_picture(now, view, canvas, asked=False, ground="reflection")
        assert drawn[66, 60, 3] > 0 and drawn[10, 10, 3] == 0
    finally:
        app.close()


def test_what_an_edit_did_to_the_shadow_is_told_and_shown(shaded):
    subject = shaded.subject().matte("none")
    subject.shadow("keep")
    found = shaded.effect()
    assert (found.pixels, found.recoloured) == (0, 0) and found.ground > 300
    assert "shadow or reflection on" in str(found) and found.box is not None
    names = [name for name, _ in found._pictures]
    before, after = (dict(found._pictures)[f"{name}, on white"] for name in ("Before", "After"))
    x0, y0, _, _ = found.box
    dark = np.s_[62 - y0 : 72 - y0, 70 - x0 : 110 - x0]
    assert before[dark].min() > 245 and after[dark].mean() < 180
    assert "Came (blue), went (orange)" not in names
    subject.edges(feather=0.0).shadow("keep")
    assert "nothing changed" in str(shaded.effect())
