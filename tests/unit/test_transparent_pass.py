"""A pass through a transparent thing, in a session: what shines through goes, the glass stays."""

from __future__ import annotations

import numpy as np
import pytest

import workbench as wb
from workbench.coordinates import View
from workbench.edits import Pass
from workbench.errors import ArrayError, EditError, ImageMissingError, InputError
from workbench.widgets.app import Workbench
from workbench.widgets.gestures import Gesture
from workbench.widgets.prompt_pictures import prompts_picture

GLASS = np.s_[20:70, 30:100]
AROUND = [(24, 14), (106, 14), (106, 76), (24, 76)]
BEHIND = np.array([230, 228, 224], np.float32)


@pytest.fixture
def glass():
    """A tinted pane with a highlight and an opaque cap, in front of a plain wall."""
    rng = np.random.default_rng(3)
    photo = np.broadcast_to(BEHIND, (96, 128, 3)).copy()
    photo[GLASS] = 0.6 * BEHIND + 0.4 * np.float32([40, 150, 80])
    photo[40:44, 40:80] = 252
    photo[20:28, 30:100] = (30, 40, 160)
    photo += rng.normal(0, 0.7, photo.shape)
    mask = np.zeros((96, 128), np.float32)
    mask[GLASS] = 1
    session = wb.open(np.clip(photo + 0.5, 0, 255).astype(np.uint8), "grabcut", journal=False)
    session.subject().load_mask(mask)
    return session


def test_the_wall_goes_and_the_tint_stays(glass):
    solid = glass.alpha()[50:65, 35:95].min()
    glass.subject().add_pass(AROUND, "transparent", behind="#e6e4e0")
    alpha = glass.alpha()
    pane = alpha[50:65, 35:95]
    assert solid > 0.98 and 0.3 < pane.mean() < 0.75
    assert alpha[:14].max() < 0.01 and alpha[80:].max() < 0.01
    # Over the same wall it is the photo again, and over a black one the tint is green.
    wall = np.broadcast_to(BEHIND / 255, (*alpha.shape, 3)).astype(np.float32)
    again = glass.composite(wall).astype(float)[48:66, 34:96]
    assert np.abs(again - glass.image.astype(float)[48:66, 34:96]).mean() < 2
    red, green, blue = glass.foreground()[55, 60]
    assert green > red and green > blue


def test_one_that_guesses_badly_spoils_nothing_and_says_so(glass):
    """An opaque thing in front of a busy wall: what lies behind cannot be guessed."""
    rng = np.random.default_rng(5)
    photo = rng.integers(0, 255, (96, 128, 3)).astype(np.uint8)
    photo[GLASS] = (90, 120, 60)
    session = wb.open(photo, "grabcut", journal=False)
    subject = session.subject().load_mask(np.float32(glass.subject().mask))
    alpha, colours = session.alpha(), session.foreground()
    subject.add_pass(AROUND, "transparent")
    assert np.array_equal(session.alpha(), alpha) and np.array_equal(session.foreground(), colours)
    assert any("not to be trusted" in note for note in session.notes)
    session.undo()
    subject.add_pass(AROUND, "transparent", always=True)
    assert np.abs(session.alpha() - alpha).max() > 0.5
    assert not any("not to be trusted" in note for note in session.notes)
    # A good guess counts in full.
    glass.subject().add_pass(AROUND, "transparent")
    guessed = glass.alpha()
    glass.undo()
    glass.subject().add_pass(AROUND, "transparent", always=True)
    assert np.array_equal(glass.alpha(), guessed) and guessed[50:65, 35:95].mean() < 0.8


def test_a_pass_is_insisted_on_after_it_was_drawn(glass, tmp_path):
    """As if it had been drawn so; to be taken back, and there again after a replay."""
    photo = np.random.default_rng(5).integers(0, 255, (96, 128, 3)).astype(np.uint8)
    photo[GLASS] = (90, 120, 60)
    made = []
    for always in (True, False):
        session = wb.open(photo, "grabcut", journal=False)
        subject = session.subject().load_mask(np.float32(glass.subject().mask))
        one = subject.add_pass(AROUND, "transparent", always=always)
        cautious = session.alpha()
        one.insist()
        assert one.settings.always and not any("trusted" in note for note in session.notes)
        made.append(session.alpha())
    assert np.array_equal(*made) and not np.array_equal(made[1], cautious)
    again = wb.load(session.save(tmp_path / "insisted.mws"))
    assert np.array_equal(again.alpha(), made[1])
    one.insist(False)
    assert np.array_equal(session.alpha(), cautious)
    assert [edit.words() for edit in session.edits[-2:]] == [
        "The pass counts in any case", "The more confident answer counts",
    ]  # fmt: skip
    with pytest.raises(EditError, match="expected a pass to insist on, got the whole subject"):
        subject.adjust(always=True)


def test_what_is_painted_in_it_stays_opaque(glass):
    subject = glass.subject()
    subject.add_pass(AROUND, "transparent", behind="#e6e4e0")
    subject.mark([(35, 60), (90, 60)], value=1, size=6)
    assert glass.alpha()[60, 60] == 1
    subject.paint([(35, 50), (90, 50)], size=6, hardness=1)
    assert glass.alpha()[50, 60] == 1


def test_a_plate_goes_with_the_session(glass, tmp_path):
    plate = np.broadcast_to(BEHIND.astype(np.uint8), (96, 128, 3)).copy()
    glass.subject().add_pass(AROUND, "transparent", behind=plate)
    alpha = glass.alpha()
    assert np.array_equal(wb.load(glass.save(tmp_path / "b.mws")).alpha(), alpha)
    glass.undo()
    one = glass.subject().add_pass(AROUND)
    one.matte("transparent", behind=plate)
    assert np.array_equal(glass.alpha(), alpha)
    assert 0.3 < alpha[50:65, 35:95].mean() < 0.75
    again = wb.load(glass.save(tmp_path / "a.mws"))
    assert np.array_equal(again.alpha(), alpha)
    one.matte("closed_form")
    assert one.settings.behind == "" and glass.alpha()[50:65, 35:95].min() > 0.9


def test_what_lies_behind_is_checked(glass):
    one = glass.subject().add_pass(AROUND)
    edits = glass.edits
    with pytest.raises(ArrayError, match="expected a plate"):
        one.matte("transparent", behind=np.zeros((5, 5, 3), np.uint8))
    with pytest.raises(EditError, match="expected a colour"):
        one.matte("transparent", behind="#12")
    with pytest.raises(InputError, match="expected nothing behind"):
        one.matte("closed_form", behind="#112233")
    with pytest.raises(InputError, match="expected nothing behind for"):
        one.adjust(behind="#112233")
    for refused in (
        lambda: glass.subject().add_pass(AROUND, "transparent", behind="grean"),
        lambda: one.adjust(method="transparent", behind="grean"),
    ):
        with pytest.raises(ImageMissingError, match="grean"):
            refused()
    with pytest.raises(EditError, match="expected a colour such as #ff8800, got 'grean'"):
        glass.do(Pass(subject=glass.subject().id, region=tuple(AROUND), behind="grean"))
    assert glass.edits == edits


def test_the_panel_says_what_lies_behind(glass):
    app = Workbench(glass, 320, 240)
    try:
        panel = app._matte
        assert panel._behind.layout.display == "none"
        one = glass.subject().add_pass(AROUND, "transparent")
        assert panel._behind.layout.display == "" and panel._behind.value == ""
        click = Gesture("click", ((5.0, 5.0),), None, 0, False, False, False, "Eyedropper", 1, 1)
        app._on_gesture(click)
        panel._behind.value = app.controller.colour
        assert one.settings.behind == app.controller.colour
        assert (one.settings.method, glass.subject().settings.behind) == ("transparent", "")
        app.controller.colour = "#000000"
        app._on_colour()
        assert panel._behind.value == one.settings.behind and len(panel._behind.options) == 3
    finally:
        app.close()


def test_passes_are_outlined_over_the_photo_and_over_mattes_with_their_tool(glass):
    glass.subject().add_pass(AROUND)
    state, view = glass.subject().state, View(1.0, 0, 0)
    with_all = prompts_picture(state, view, (128, 96))
    assert with_all[14, 60, 3] > 0 and with_all[45, 60, 3] == 0
    without = prompts_picture(state, view, (128, 96), asked=False, passes=False)
    assert without.max() == 0


def test_how_much_of_the_gleam_is_kept_is_an_edit(glass, tmp_path):
    one = glass.subject().add_pass(AROUND, "transparent", behind="#e6e4e0")
    gleam, pane = np.s_[41:43, 45:75], np.s_[50:60, 40:90]
    on_black = glass.composite("black").astype(float)
    one.glass(highlights=0)
    without = glass.composite("black").astype(float)
    assert on_black[gleam].mean() - without[gleam].mean() > 15
    assert np.abs(on_black[pane] - without[pane]).mean() < 1
    assert "0% of the gleam" in glass.history()[-1].words
    again = wb.load(glass.save(tmp_path / "a.mws"))
    assert np.array_equal(again.composite("black"), without)
    one.glass(highlights=0.5)
    half = glass.composite("black").astype(float)
    assert without[gleam].mean() + 5 < half[gleam].mean() < on_black[gleam].mean() - 5
    with pytest.raises(EditError, match="how much of the highlights"):
        one.glass(highlights=1.5)


def test_the_slider_of_the_gleam_is_there_where_something_is_seen_through(glass):
    app = Workbench(glass, 320, 240)
    try:
        slider = app._matte.sliders["highlights"]
        assert slider.layout.display == "none"
        one = glass.subject().add_pass(AROUND, "transparent", behind="#e6e4e0")
        assert slider.layout.display == "" and slider.value == 1
        one.glass(highlights=0.25)
        assert slider.value == 0.25
    finally:
        app.close()


def test_another_background_behind_the_glass_keeps_the_glass(glass):
    subject = glass.subject()
    with pytest.raises(EditError, match="expected the method transparent"):
        subject.replace_behind("black")
    one = subject.add_pass(AROUND, "transparent", behind="#e6e4e0")
    edits, photo = glass.edits, glass.image.astype(float)
    same = one.replace_behind("#e6e4e0").astype(float)
    assert np.abs(same - photo).max() < 12  # no more than the grain
    grey = one.replace_behind("#a0a0a0").astype(float)
    assert glass.edits == edits
    assert np.array_equal(grey[:14], glass.composite("#a0a0a0")[:14])
    pane, gleam = np.s_[50:65, 35:95], np.s_[41:43, 45:75]
    assert photo[pane].mean() - grey[pane].mean() > 20
    assert grey[gleam].mean() > grey[pane].mean() + 20
    # On a busy background the matte keeps the old one, and this is the way out.
    rng = np.random.default_rng(5)
    wall = np.kron(rng.integers(60, 200, (12, 16, 3)), np.ones((8, 8, 1)))
    busy = wall.copy()
    busy[GLASS] = 0.7 * wall[GLASS] + 0.3 * np.array([40, 150, 80])
    session = wb.open(busy.astype(np.uint8), "grabcut", journal=False)
    two = session.subject().load_mask(np.float32(subject.mask)).add_pass(AROUND, "transparent")
    plate = session.subject().add_pass(AROUND, "transparent", behind=wall.astype(np.uint8))
    assert any("not to be trusted" in note for note in session.notes)
    new = plate.replace_behind("#a0a0a0")[30:60, 40:90].astype(float)
    assert new.std(axis=(0, 1)).max() < 12 < busy[30:60, 40:90].std(axis=(0, 1)).min()
    assert two.replace_behind("#a0a0a0").shape == busy.shape


def test_the_advice_to_replace_is_a_finding_with_a_picture_of_the_place(glass):
    glass.subject().add_pass(AROUND, "transparent", behind="#e6e4e0")
    assert not glass.check().find("replace_behind")
    rng = np.random.default_rng(5)
    photo = rng.integers(0, 255, (96, 128, 3)).astype(np.uint8)
    photo[GLASS] = photo[GLASS] // 2 + 60
    busy = wb.open(photo, "grabcut", journal=False)
    busy.subject().load_mask(np.float32(glass.subject().mask)).add_pass(AROUND, "transparent")
    report = busy.check()
    (found,) = report.find("replace_behind")
    assert found.box == (24, 14, 106, 76) and found.severity > 0.5
    assert "do not remove it, replace it" in found.why
    picture = report.thumbnails[list(report).index(found)]
    assert picture is not None and picture.shape[2] == 3
