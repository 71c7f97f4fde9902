"""The app around a session: what the page would send and see, without a page."""

from __future__ import annotations

import numpy as np
from apps import drag, mask_of, named, status

import workbench as wb
from workbench import edits as e
from workbench import segment
from workbench.segment.base import Prediction
from workbench.starting import as_prediction
from workbench.widgets.app import Workbench


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


def test_a_second_look_at_the_mask_is_an_edit(app, monkeypatch):
    from workbench import segment
    from workbench.starting import as_prediction

    panel = app._prompts
    assert panel._second.layout.display == "none", "there is nothing to look at yet"
    monkeypatch.setattr(segment, "second_look_identity", lambda: "look:1")
    seen = []

    def look(image, asked, mask, progress=None):
        seen.append((asked.boxes, float(mask.sum())))
        return as_prediction(np.pad(np.ones((40, 40), np.float32), ((30, 26), (40, 48))))

    monkeypatch.setattr(segment, "second_look", look)
    app.session.subject().box(20, 8, 100, 90)
    assert panel._second.layout.display == ""
    panel._second.click()
    made = app.session.edits[-1]
    assert type(made).__name__ == "SecondLook" and made.corners == (20, 8, 100, 90)
    assert len(seen) == 1 and seen[0][0] == ((20, 8, 100, 90),) and seen[0][1] > 0
    assert "Second look" in status(app)
    assert app.session.subject().mask[50, 60] > 0.5 and app.session.subject().mask[5, 5] < 0.5


def test_a_starting_mask_without_a_click(app, monkeypatch):
    fetched, ready = [], {"quick": True, "large": False}

    def models():
        return {
            name: segment.Availability(
                state, "", name, 2_000_000, copyleft=name == "large", download=3_000_000
            )
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
    large = ("large, 3.0 MB to fetch, copyleft", "large")
    assert panel._automatic.options == (("quick", "quick"), large)
    panel._auto.click()
    assert app.session.edits[-1].identity == "quick:1" and fetched == []
    assert mask_of(app)[50, 64] > 0.9
    panel._automatic.value = "large"
    panel._auto.click()
    assert app.session.edits[-1].model == "large" and fetched == ["large"]
    assert panel._automatic.options[1] == ("large, copyleft", "large")
    assert panel._automatic.value == "large"
