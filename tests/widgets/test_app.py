"""The app around a session: what the page would send and see, without a page."""

from __future__ import annotations

import zipfile
from io import BytesIO

import numpy as np
import pytest

import workbench as wb
from workbench import edits as e
from workbench import segment
from workbench.io import encode_png
from workbench.segment.base import Prediction
from workbench.starting import as_prediction
from workbench.widgets.app import Workbench
from workbench.widgets.gestures import Gesture


def mask_of(app):
    """All of the mask that the stage shows of the front subject."""
    return app._showing.look.planes[0][:, :]


@pytest.fixture
def app(session):
    made = Workbench(session, 320, 240)
    yield made
    made.close()


def drag(tool, *points):
    return Gesture("drag" if len(points) > 1 else "click", points, None, 0, False, False, False,
                   tool, 1, 1)  # fmt: skip


def named(widget, name):
    """The control with this name, wherever it lies in the app."""
    if getattr(widget, "description", None) == name:
        return widget
    found = (named(child, name) for child in getattr(widget, "children", ()))
    return next(filter(None, found), None)


def status(app) -> str:
    return app._status.value


def test_a_click_is_answered_with_a_mask_and_words(app, disks):
    app._on_gesture(drag("Keep", (64.0, 48.0)))
    assert len(disks.asked) == 1
    assert mask_of(app)[48, 64] > 0.9
    assert "disks" in status(app) and 'role="status"' in status(app)


def test_what_the_model_says_shows_before_its_edges_are_found(disks, small_disk):
    disks.cell = 4
    app = Workbench(wb.open(small_disk, "disks"), 320, 240)
    drawn, draw = [], app._showing.draw_look
    app._showing.draw_look = lambda: (drawn.append(app._showing.look), draw())
    app._on_gesture(drag("Keep", (64.0, 48.0)))
    app.close()
    truth = small_disk[..., 0] > 130
    rough, exact = (np.abs(look.planes[0][:, :] - truth).sum() for look in drawn[-2:])
    assert exact < 0.8 * rough
    assert drawn[-2].scores == drawn[-1].scores


def test_code_and_widget_share_one_live_session(app):
    app.session.subject().click(64, 48)
    assert mask_of(app)[48, 64] > 0.9
    assert not app._undo.disabled
    app._on_undo()
    assert app.session.edits == ()
    assert app._undo.disabled and not app._redo.disabled
    app._on_redo()
    assert len(app.session.edits) == 1


def test_candidates_show_with_scores_and_choosing_one_is_an_edit(app):
    app._on_gesture(drag("Keep", (64.0, 48.0)))
    buttons = app._candidates._row.children
    assert [b.description for b in buttons] == ["1: 0.90", "2: 0.70", "3: 0.60"]
    buttons[1].click()
    assert isinstance(app.session.edits[-1], e.Choose)
    app._on_gesture(drag("Box", (20.0, 20.0), (100.0, 80.0)))
    assert app._candidates.widget.layout.display == "none"


def test_a_collapse_is_said_with_what_to_do(app, disks, monkeypatch):
    app._on_gesture(drag("Box", (20.0, 20.0), (100.0, 80.0)))
    predict = disks.predict

    def lets_go(embedding, prompts):
        said = predict(embedding, prompts)
        logits = np.where(np.indices(said.logits.shape).sum(axis=0) < 9, 5, -5).astype(np.float32)
        return Prediction(said.scores, logits, said.frame, said.shape)

    monkeypatch.setattr(disks, "predict", lets_go)
    app._on_gesture(drag("Keep", (64.0, 48.0)))
    assert "collapse" in status(app) and "Undo it" in status(app)
    app._on_undo()
    assert "collapse" not in status(app)


def test_look_closer_is_offered_on_a_large_photo_seen_close(disks):
    app = Workbench(wb.open(np.zeros((1500, 1500, 3), np.uint8), segmenter="disks"), 320, 240)
    try:
        assert app._closer.disabled
        for _ in range(5):
            app._moved(app.controller.zoom(1.5))
        assert not app._closer.disabled
        app._closer.value = True
        app._on_gesture(drag("Keep", (750.0, 750.0)))
        assert app.session.edits[-1].region
        assert app.session.subject().state.patches
    finally:
        app.close()


def test_settings_of_the_panels_are_edits_of_the_current_subject(app):
    app._on_gesture(drag("Box", (20.0, 20.0), (100.0, 80.0)))
    app._matte.sliders["radius"].value = 6
    app._matte.sliders["smooth"].value, app._matte.sliders["contrast"].value = 20, 30
    for _ in range(2):
        app._on_undo()
    app._matte.sliders["feather"].value = 1.5
    now = app.session.subject().settings
    assert (now.radius, now.feather, now.smooth, now.contrast) == (6, 1.5, 0, 0)
    assert [type(x).__name__ for x in app.session.edits] == ["Box", "TrimapSettings", "Edges"]
    app._on_undo()
    assert app._matte.sliders["feather"].value == 0  # shown again, and not taken for a new edit
    assert len(app.session.edits) == 2


def test_the_wand_works_with_the_panels_values_and_a_screen_is_keyed_by_a_button(app):
    app._palette.buttons["Magic wand"].value = True
    app._bar.tolerance.value, app._bar.contiguous.value = 60, False
    assert app._bar.tolerance.layout.display == "" and app._bar.size.layout.display == "none"
    app._on_gesture(drag("Magic wand", (64.0, 48.0)))
    assert mask_of(app)[48, 64] == 1 and mask_of(app)[5, 5] < 1e-6
    wand = app.session.edits[-1]
    assert (wand.tolerance, wand.contiguous) == (60, False)
    named(app, "Chroma key").click()
    assert isinstance(app.session.edits[-1], e.ChromaKey)
    assert mask_of(app)[48, 64] == 1 and mask_of(app)[5, 5] < 1e-6
    assert "Chroma key" in status(app)


def test_a_photo_without_a_screen_says_so(disks):
    import numpy as np

    import workbench as wb

    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    app = Workbench(wb.open(noise, segmenter="disks"), 320, 240)
    named(app, "Chroma key").click()
    assert "wb-bad" in status(app) and "say the screen" in status(app)
    app.close()


def test_subjects_are_added_named_hidden_and_chosen(app):
    app._subjects._add()
    assert [s.name for s in app.session.subjects] == ["subject 2", "subject"]
    app._subjects._name.value = "dog"
    assert app.session.subject().name == "dog"
    app._subjects._name.value = "subject"  # taken
    assert "wb-bad" in status(app) and "second time" in status(app)
    assert app._subjects._name.value == "dog"
    app._subjects._toggle()
    assert app.session.subject().hidden
    app._subjects._list.value = app.session.subjects[1].id
    assert app.session.subject().name == "subject"
    app._subjects._move(-1)
    assert [s.name for s in app.session.subjects] == ["subject", "dog"]


def test_what_goes_wrong_is_said_in_words_and_changes_nothing(app):
    app.stage._receive(
        None,
        {
            "type": "gesture", "kind": "click", "points": [500.0, 5.0], "pressures": None,
            "button": 0, "alt": False, "shift": False, "ctrl": False, "tool": "Keep",
            "view_id": 1, "serial": 1,
        },
        None,
    )  # fmt: skip
    assert "expected a click on the photo, got one beside it" in status(app)
    assert app.session.edits == ()
    app._do(lambda s: 1 / 0)
    assert "ZeroDivisionError" in status(app) and "<pre>" in status(app)


def test_words_from_files_cannot_become_html(app):
    app._status.say("<script>alert(1)</script>")
    assert "<script>" not in status(app)
    app._do(lambda s: s.add_subject("<img src=x>"))
    assert "<img" not in status(app)


def test_export_writes_and_download_sends(app, tmp_path):
    sent = []
    app.stage.download = lambda name, data, mime: sent.append((name, data, mime))
    app._files.export()
    assert "nothing" in status(app) and "wb-bad" in status(app)
    app._on_gesture(drag("Box", (20.0, 20.0), (100.0, 80.0)))
    app._files.folder.value = str(tmp_path / "out")
    app._files.export()
    assert len(list((tmp_path / "out").iterdir())) == 5
    app._files.download(("png",))
    app._files.download(("png", "alpha"))
    assert [s[2] for s in sent] == ["image/png", "application/zip"]
    assert len(zipfile.ZipFile(BytesIO(sent[1][1])).namelist()) == 2


def test_another_photo_is_opened_and_a_bad_one_costs_nothing(app, photo):
    from workbench.io import encode_png

    before = app.session
    app._on_photo("broken.png", b"not a photo")
    assert app.session is before and "wb-bad" in status(app)
    app._on_photo("new one.png", encode_png(photo[:50, :60].copy()))
    assert app.session is not before
    assert (app.session.photo.shape, app.session.photo.name) == ((50, 60), "new_one")
    app._on_gesture(drag("Keep", (20.0, 20.0)))
    assert len(app.session.edits) == 1 and before.edits == ()


def test_every_view_mode_can_be_shown(app):
    from workbench.widgets.looks import VIEW_MODES

    app._on_gesture(drag("Box", (20.0, 20.0), (100.0, 80.0)))
    for mode in VIEW_MODES:
        app._view.mode.value = mode
        assert app._showing.look.mode == mode
        assert "wb-bad" not in status(app)


def test_the_sheet_is_shown_below(app):
    app._on_gesture(drag("Box", (20.0, 20.0), (100.0, 80.0)))
    app._files.show_sheet()
    assert app._files.sheet.value[:4] == b"\x89PNG"


def test_deleting_the_only_subject_can_be_undone(app):
    app._on_gesture(drag("Keep", (64.0, 48.0)))
    app._subjects._delete()
    assert app.session.subjects == [] and "Delete subject" in status(app)
    app._refresh_panels()
    assert [type(x).__name__ for x in app.session.edits] == ["Click", "DeleteSubject"]
    app._on_undo()
    assert "Undid: Delete subject" in status(app)
    assert app.session.subject().state.steps
    app._on_redo()
    app._on_gesture(drag("Keep", (30.0, 30.0)))  # a prompt brings a new one
    assert len(app.session.subjects) == 1


def test_the_status_says_what_was_undone_and_done_again(app):
    app._on_gesture(drag("Keep", (64.0, 48.0)))
    app._on_gesture(drag("Drop", (10.0, 10.0)))
    app._on_undo()
    assert "Undid: Drop click" in status(app)
    app._on_redo()
    assert "Redid: Drop click" in status(app)
    app._view.mode.value = "On black"
    assert "matte" in status(app)


def test_a_sheet_of_what_was_before_is_taken_away(app):
    app._on_gesture(drag("Box", (20.0, 20.0), (100.0, 80.0)))
    app._files.show_sheet()
    assert app._files.sheet.layout.display == "block"
    app._on_undo()
    assert app._files.sheet.layout.display == "none"


def test_a_cancelled_matte_falls_back_to_the_overlay(app, monkeypatch):
    from workbench import matte
    from workbench.errors import CancelledError

    app._on_gesture(drag("Box", (20.0, 20.0), (100.0, 80.0)))

    def cancelled(*_, **__):
        raise CancelledError("cancelled while: solving")

    monkeypatch.setattr(matte, "solve_alpha", cancelled)
    app._view.mode.value = "On black"
    assert app.controller.view_mode == "Overlay" == app._view.mode.value
    assert app._showing.look.mode == "Overlay"


def test_a_second_look_at_the_mask_is_an_edit(app, monkeypatch):
    from workbench import segment
    from workbench.starting import as_prediction

    panel = app._prompts
    assert panel._second.layout.display == "none", "there is nothing to look at yet"
    monkeypatch.setattr(segment, "second_look_identity", lambda: "look:1")
    seen = []

    def look(image, box, mask, progress=None):
        seen.append((box, float(mask.sum())))
        return as_prediction(np.pad(np.ones((40, 40), np.float32), ((30, 26), (40, 48))))

    monkeypatch.setattr(segment, "second_look", look)
    app.session.subject().box(20, 8, 100, 90)
    assert panel._second.layout.display == ""
    panel._second.click()
    made = app.session.edits[-1]
    assert type(made).__name__ == "SecondLook" and made.corners == (20, 8, 100, 90)
    assert len(seen) == 1 and seen[0][0] == (20, 8, 100, 90) and seen[0][1] > 0
    assert "Second look" in status(app)
    assert app.session.subject().mask[50, 60] > 0.5 and app.session.subject().mask[5, 5] < 0.5


def test_a_starting_mask_without_a_click(app, monkeypatch):
    fetched, ready = [], {"quick": True, "large": False}

    def models():
        return {
            name: segment.Availability(state, "", name, 2_000_000, copyleft=name == "large")
            for name, state in ready.items()
        }

    def fetch(name, progress=None):
        fetched.append(name)
        ready[name] = True

    def automatic(name, image, progress=None, checkpoint=None, identity=""):
        mask = np.zeros(image.shape[:2], np.float32)
        mask[40:60, 50:80] = 1
        return as_prediction(mask)

    monkeypatch.setattr(segment, "automatic_models", models)
    monkeypatch.setattr(segment, "automatic_identity", lambda name, *_: f"{name}:1")
    monkeypatch.setattr(segment, "automatic", automatic)
    monkeypatch.setattr("workbench.weights.fetch", fetch)
    panel = app._models
    panel.rescan()
    panel.refresh(app.session)
    large = ("large, 2.0 MB to fetch, copyleft licence", "large")
    assert panel._automatic.options == (("quick", "quick"), large)
    panel._auto.click()
    assert app.session.edits[-1].identity == "quick:1" and fetched == []
    assert mask_of(app)[50, 64] > 0.9
    panel._automatic.value = "large"
    panel._auto.click()
    assert app.session.edits[-1].model == "large" and fetched == ["large"]
    assert panel._automatic.options[1] == ("large, copyleft licence", "large")
    assert panel._automatic.value == "large"


def test_a_chosen_file_comes_in_pieces_and_a_broken_one_is_said(app, photo):
    from workbench.io import encode_png

    data = encode_png(photo[:50, :60].copy())
    about = {"type": "photo", "name": "cup.png", "size": len(data), "raster": True, "serial": 1}
    for part, piece in enumerate((data[:100], data[100:])):
        app._chooser._handle_custom_msg(about | {"part": part, "parts": 2}, [piece])
    assert app.session.photo.shape == (50, 60) and app.session.photo.name == "cup"
    app._chooser._handle_custom_msg(about | {"part": 0, "parts": 1, "raster": False}, [b""])
    assert "wb-bad" in status(app) and "expected a photo as" in status(app)


def test_the_cut_out_is_seen_on_a_background_of_ones_own(app, photo):
    from workbench.io import encode_png
    from workbench.widgets.tiles import BACKGROUNDS, tiles

    app.session.subject().box(20, 20, 100, 80)
    edits = app.session.edits
    drawn = []
    app.stage.draw = lambda layer, picture, *_: drawn.append((layer, picture))

    def bottom():
        return next(picture for layer, picture in reversed(drawn) if layer == "photo")

    blue = np.zeros((300, 500, 3), np.uint8) + np.uint8((10, 60, 200))
    app._behind.bring("shore.png", encode_png(blue))
    assert app.controller.view_mode == "Composite" and app._behind.widget.value == "shore"
    assert app._behind.widget.layout.display == "" and app._view.opacity.layout.display == "none"
    view, canvas = app.stage.grid(app.controller.view)
    corner = tuple(round(v) for v in view.to_canvas((4, 4)))
    assert bottom()[corner[1], corner[0]].tolist() == [10, 60, 200]
    app._behind.widget.value = "Default"
    assert bottom()[corner[1], corner[0]].tolist() != [10, 60, 200]

    app._behind.widget.value = "shore"
    app._view.mode.value = "Backgrounds"
    canvas = app.stage.grid(app.controller.view)[1]
    own = dict(zip(BACKGROUNDS, tiles(app.controller.view, canvas), strict=True))["checkerboard"]
    x, y = (round(v) + 2 for v in own[0].to_canvas((4, 4)))
    assert bottom()[own[1], own[2]][y, x].tolist() == [10, 60, 200]
    assert app.session.edits == edits, "it is for looking"

    app._attach(wb.open(photo[:40], "disks"))
    assert app._showing.background.shape == (40, 128, 3), "cut to the next photo's proportions"
    app._behind.bring("notes.txt", b"no picture")
    assert "wb-bad" in status(app) and app._behind.widget.value == "shore"
    app._behind.bring("Default.png", encode_png(blue))
    assert app._behind.widget.options == ("Default", "shore", "Default (photo)")
    app._behind.widget.value = "Default"
    assert app._showing.background is None


def test_a_mask_from_a_file_is_a_start_that_paint_goes_on_from(app, photo):
    from workbench.io import encode_png

    plane = np.zeros((96, 128, 4), np.uint8)
    plane[20:60, 30:90] = 255
    plane[..., 3] = 255  # opaque, as many programs write it: the grey is the mask
    app._on_mask("mask.png", encode_png(plane))
    assert isinstance(app.session.edits[-1], e.LoadMask)
    assert "Load mask mask" in status(app)
    assert mask_of(app)[40, 60] > 0.9 and mask_of(app)[80, 60] < 0.1
    app._on_gesture(drag("Brush remove", (40.0, 40.0), (80.0, 40.0)))
    assert mask_of(app)[40, 60] < 0.1
    app._on_mask("small.png", encode_png(plane[:50]))
    assert "wb-bad" in status(app) and "expected a mask of shape" in status(app)


def test_what_a_prompt_does_is_shown_and_said(app):
    app._on_gesture(drag("Keep", (40.0, 48.0)))
    app._on_gesture(drag("Keep", (90.0, 48.0)))
    named(app, "What does each prompt do?").click()
    app._attribution._list.value = 0
    look = app._showing.look
    assert app._view.mode.value == look.mode == "Difference"
    assert look.difference[48, 40] > 0.9 and abs(look.difference[48, 90]) < 0.1
    assert "Keep click at (40, 48): it adds 8" in status(app)
    app._attribution._list.value = 1
    assert app._showing.look.difference[48, 90] > 0.9 and len(app._showing.look.notes) == 1


def test_outlines_are_handed_to_the_page_closed(app):
    app._on_gesture(drag("Box", (20.0, 20.0), (100.0, 80.0)))
    app._view.mode.value = "Outline"
    outlines = app.stage._pointer.outlines
    points = np.frombuffer(outlines["points"], "<f4").reshape(-1, 2)
    first = points[: outlines["lengths"][0]]
    assert len(first) > 3 and (first[0] == first[-1]).all()


def test_what_a_widget_showed_is_offered_again_and_what_a_script_left_is_not(disks, photo):
    left = {}
    for name, shown in (("script", False), ("mine", True), ("other", True)):
        session = wb.open(photo[:50] if name == "other" else photo, "disks", name=name)
        session.shown = shown
        session.subject().click(20, 20)
        session._journal.close()  # as if its process had been killed
        left[name] = session
    app = Workbench(wb.open(photo, "disks", name="again"), 320, 240)
    bar = app._recovery
    assert bar.widget.layout.display == "" and "of this photo was found: mine" in bar._words.value
    assert bar._which.layout.display == "none"
    # Those of other photos, once they are asked for.
    named(app, "Other photos").click()
    assert "were found" in bar._words.value and bar._more.layout.display == "none"
    labels = [label for label, _ in bar._which.options]
    assert [label.split(":")[0] for label in labels] == ["mine", "other"]
    assert [label.endswith(" (this photo)") for label in labels] == [True, False]
    bar._which.value = 1
    named(app, "Forget it").click()
    assert [one.name for one in wb.recoverable()] == ["mine", "script"]
    assert "this photo" in bar._words.value and bar._which.layout.display == "none"
    named(app, "Go on with it").click()
    assert app.session.photo.name == "mine" and len(app.session.edits) == 1
    assert bar.widget.layout.display == "none"
    app.close()


def test_interrupted_sessions_of_other_photos_are_counted_and_not_offered_unasked(disks, photo):
    for name in ("first", "second"):
        session = wb.open(photo[:50], "disks", name=name)
        session.shown = True
        session.subject().click(20, 20)
        session._journal.close()  # as if its process had been killed
    app = Workbench(wb.open(photo, "disks"), 320, 240)
    bar = app._recovery
    assert "2 interrupted sessions of other photos" in bar._words.value
    assert bar._go_on.layout.display == bar._forgetting.layout.display == "none"
    named(app, "Other photos").click()
    assert bar._go_on.layout.display == "" and len(bar._which.options) == 2
    for left in (1, 0):
        named(app, "Forget it").click()
        assert len(wb.recoverable()) == left
    assert bar.widget.layout.display == "none"
    app.close()


def test_after_a_difference_the_next_edit_shows_the_view_of_before(app):
    app._on_gesture(drag("Keep", (64.0, 48.0)))
    app._on_gesture(drag("Brush keep", (10.0, 10.0), (30.0, 10.0)))
    app._view.mode.value = "Outline"
    app._history._hear(app.session, {"type": "compare", "at": 1})
    assert app.controller.view_mode == "Difference" == app._view.mode.value
    assert app._showing.look.difference is not None
    app._on_gesture(drag("Brush remove", (10.0, 10.0), (30.0, 10.0)))
    assert app.controller.view_mode == "Outline" == app._view.mode.value
    app._view.mode.value = "Difference"  # asked for: it stays
    app._on_undo()
    assert app.controller.view_mode == "Difference"


def test_the_colour_is_where_the_view_or_the_eyedropper_wants_it(app):
    def shown():
        return app._bar.colour.layout.display != "none"

    assert not shown()
    for act, wanted in (
        (lambda: setattr(app._view.mode, "value", "On colour"), True),
        (lambda: setattr(app._view.mode, "value", "On black"), False),
        (lambda: app._on_tool("Eyedropper"), True),
        (lambda: app._on_tool("Keep"), False),
    ):
        act()
        assert shown() == wanted
    app._view.mode.value = "On colour"
    app._bar.colour.value = "#123456"
    assert app.controller.colour == "#123456"


@pytest.mark.parametrize("held", [True, False], ids=["held elsewhere", "from its journal"])
def test_back_to_an_earlier_photo_and_what_was_done_to_it(disks, photo, held):
    app = Workbench(wb.open(photo, "disks", name="first"), 320, 240)
    back = app._photos.widget
    assert back.layout.display == "none"
    app.session.subject().click(64, 48)
    edits, first = app.session.edits, app.session if held else None
    app._on_photo("second.png", encode_png(photo[:50, :60].copy()))
    assert app.session.photo.shape == (50, 60) and back.layout.display == ""
    assert [name for name, _ in back.options] == ["an earlier photo", "first, 1 edit"]
    back.value = back.options[1][1]
    assert app.session.edits == edits and app.session.photo.name == "first"
    assert (app.session is first) == held
    assert mask_of(app)[48, 64] > 0.9
    # In the second one nothing was done: there is nothing to go back to.
    assert back.layout.display == "none" and back.value == ""
    app.close()


def test_a_fault_is_found_shown_and_mended(photo, disks):
    mask = np.zeros((96, 128), np.float32)
    y, x = np.mgrid[0:96, 0:128]
    mask[np.hypot(x + 0.5 - 64, y + 0.5 - 48) < 30.5] = 1
    mask[42:54, 58:70] = 0
    app = Workbench(wb.open(photo, "disks"), 320, 240)
    app.session.subject().load_mask(mask).matte("none")
    app._check.check()
    listed = app._check.findings.widget
    n = next(row["number"] for row in listed.rows if row["what"] == "holes") - 1
    assert listed.rows[n]["remedy"].startswith("Remedy: ") and listed.rows[n]["look"]
    assert listed.rows[n]["picture"].startswith("data:image/png;base64,")
    assert app._subjects._list.rows[0]["found"] == len(listed.rows)
    assert app.stage._pointer.findings == []  # outlined while the tab Check is open
    app._tabs.selected_index = app._tabs.titles.index("Check")
    marks = app.stage._pointer.findings
    assert [mark["n"] for mark in marks if mark["words"].startswith("holes")] == [n]
    before = app.controller.view
    app._check.findings._hear({"type": "show", "n": n})
    view = app.controller.view
    middle = view.to_image((app.stage.width / 2, app.stage.height / 2))
    assert view.scale > before.scale and abs(middle[0] - 64) < 6 and abs(middle[1] - 48) < 6
    assert app.controller.view_mode == "On checkerboard"
    app._check.findings._hear({"type": "fix", "n": n})
    assert app.session.alpha()[48, 64] > 0.9 and listed.rows[n]["mended"]
    app.session.undo()
    assert app.session.alpha()[48, 64] < 0.1 and not listed.rows[n]["mended"]
    app._check._outlined.value = False
    assert app.stage._pointer.findings == []
    app._check.findings._hear({"type": "fix", "n": 99})
    assert "expected a message" in app._status._line.value
    app.close()
