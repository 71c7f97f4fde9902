"""What the app shows of a session: views, sheets, differences, outlines, findings."""

from __future__ import annotations

import numpy as np
from apps import drag, named, status

import workbench as wb
from workbench.widgets.app import Workbench


def test_every_view_mode_can_be_shown(app):
    from workbench.widgets.looks import VIEW_MODES

    app._on_gesture(drag("Box", (20.0, 20.0), (100.0, 80.0)))
    for mode in VIEW_MODES:
        app._view.mode.value = mode
        assert app._showing.look.mode == mode
        assert "wb-bad" not in status(app)


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

    app._check.diagnose()
    verdicts = app._check._measures.value
    assert "Nothing wrong: " in verdicts and "Low contrast" in verdicts
    assert all("likely" in row["why"] for row in listed.rows)

    def mismatched():
        app._check.check()
        return [row["what"] for row in listed.rows if row["what"] == "light mismatch"]

    assert mismatched() == []
    rng = np.random.default_rng(0)  # the picture that was chosen to stand on, and dark
    app._showing.background = (70 * rng.random((96, 128, 3)) ** 2).astype(np.uint8)
    assert mismatched() == ["light mismatch"]
    app._check._outlined.value = False
    assert app.stage._pointer.findings == []
    app._check.findings._hear({"type": "fix", "n": 99})
    assert "expected a message" in app._status._line.value
    app.close()


def test_the_number_beside_a_subject_is_never_of_another_matte(app):
    mask = np.zeros((96, 128), np.float32)
    y, x = np.mgrid[0:96, 0:128]
    mask[np.hypot(x + 0.5 - 64, y + 0.5 - 48) < 30.5] = 1
    mask[42:54, 58:70] = 0
    app.session.subject().load_mask(mask).matte("none")
    app._check._while.value = False

    def shown():
        return [row["found"] for row in app._subjects._list.rows]

    app._check.check()
    assert shown()[0] == len(app._check.full) > 0
    app._on_undo()
    assert shown() == [-1] * len(shown()), "not checked"
    app._on_redo()
    app._check.check()
    app.session.subject().rename("disk")
    assert shown() == [-1] * len(shown())
