"""A report in a live notebook: its list hears the page, mends, and knows what undo took back."""

from __future__ import annotations

import numpy as np
import pytest

import workbench as wb
from workbench.edits import Paint
from workbench.errors import InputError
from workbench.quality.finding import Finding, Measure
from workbench.report import Report
from workbench.widgets.canvas import Stage
from workbench.widgets.reporting import ReportView

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def shown(photo, disks):
    session = wb.open(photo, "disks")
    strokes = tuple(
        Paint(subject=session.subject().id, points=((x, 48.0),), keep=True, size=20.0)
        for x in (60.0, 80.0)
    )
    found = (
        (EVIL, Finding("holes", 0.6, (50, 40, 70, 60), 120.0, "px²", EVIL, strokes)),
        (EVIL, Finding("noise", 0.2, None, 1.0, "%", "Noisy.")),
    )
    taken = (Measure("noise", 1.0, "%", 0.5, "poor", EVIL),)
    report = Report(EVIL, found, taken, (np.zeros((9, 12, 3), np.uint8), None), session)
    return session, ReportView(report)


def test_fix_it_is_one_step_and_undo_makes_it_possible_again(shown):
    session, view = shown
    listed = view.findings.widget
    assert [row["fix"] for row in listed.rows] == [True, False] and listed.chosen == 0
    view.findings._hear({"type": "fix", "n": 0})
    assert session.alpha()[48, 60] > 0.9 and listed.rows[0]["mended"]
    session.undo()
    assert session.edits == () and not listed.rows[0]["mended"]


def test_show_me_asks_the_stage_that_shows_the_session(shown):
    session, view = shown
    assert [row["look"] for row in view.findings.widget.rows] == [True, False]
    view.findings._hear({"type": "show", "n": 0})  # there is none
    assert "expected the photo on show" in view._words.value and not view._words.layout.display
    places = []
    session.look = places.append
    view.findings._hear({"type": "show", "n": 0})
    assert places == [(50, 40, 70, 60)]
    assert view._words.layout.display == "none"  # what went wrong before is past


WRONG = [
    None, {}, {"type": "fix"}, {"type": "show", "n": 9}, {"type": "choose", "n": "0"},
    {"type": "fix", "n": 1},
]  # fmt: skip


@pytest.mark.parametrize("message", WRONG)
def test_what_goes_wrong_is_said(shown, message):
    session, view = shown
    view.findings._hear(message)
    assert "expected" in view._words.value and session.edits == ()


def test_no_text_becomes_markup(shown):
    _, view = shown
    texts = [part.value for part in view.widget.children if hasattr(part, "value")]
    assert len(texts) == 3 and not any("<img" in text for text in texts)
    assert view.findings.widget.rows[0]["why"] == EVIL  # findings.js sets it as text


def test_the_stage_takes_places_that_are_places():
    stage = Stage(640, 480)
    stage.findings([(0, (1, 2, 3, 4), "holes", True)], 0)
    (mark,) = stage._pointer.findings
    assert mark == {
        "n": 0, "box": [1.0, 2.0, 3.0, 4.0], "words": "holes", "severe": True, "chosen": True,
    }  # fmt: skip
    with pytest.raises(InputError, match="expected a box"):
        stage.findings([(0, (1, 2, 3, float("nan")), "holes", True)])
    pressed = []
    stage.on_finding(pressed.append)
    stage._receive(None, {"type": "finding", "n": [0]}, [])
    assert pressed == [0]
    stage.close()
