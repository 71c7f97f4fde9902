"""The history as a list."""

from __future__ import annotations

import pytest

import workbench as wb
from workbench.errors import EditError
from workbench.timeline import History


def test_every_edit_is_a_line_with_its_note_and_whether_it_counts(session):
    subject = session.subject().click(64, 48).click(10, 10, keep=False).paint([(30, 30)])
    first, second, stroke = session.edits
    session.note(first, "  the middle of the disk ")
    session.retract(second)
    session.undo()
    lines = session.history()
    assert [line.index for line in lines] == [0, 1, 2, 3, 4]
    assert [line.words for line in lines] == [
        "Keep click at (64, 48)",
        "Drop click at (10, 10)",
        stroke.words(),
        "Note “the middle of the disk” (on: Keep click at (64, 48))",
        "Take back: Drop click at (10, 10)",
    ]
    assert [line.note for line in lines] == ["the middle of the disk", "", "", "", ""]
    assert [line.active for line in lines] == [True, True, True, True, False]
    assert [line.in_force for line in lines] == [True, True, True, True, False]
    session.redo()
    assert [line.in_force for line in session.history()] == [True, False, True, True, True]
    session.retract(session.edits[-1])
    assert [line.in_force for line in session.history()] == [True, True, True, True, False, True]
    session.go_to(lines[0].index + 1)
    assert session.edits == (first,) and len(subject.state.steps) == 1


def test_starting_over_keeps_the_lines_and_none_of_them_counts(session):
    session.subject().click(64, 48)
    session.retract(session.edits[0])
    session.reset()
    session.subject().click(30, 30)
    assert [line.in_force for line in session.history()] == [False, False, True, True]


def test_a_note_changes_no_pixel_and_is_undone_saved_and_taken_away(session, tmp_path):
    session.subject().click(64, 48)
    (click,) = session.edits
    before = session.alpha()
    session.note(click.id, "first")
    session.note(click, "second")
    assert session.alpha() is before
    assert session.history()[0].note == "second"
    session.undo()
    assert session.history()[0].note == "first"
    again = wb.load(session.save(tmp_path / "noted.mws", include_photo=True))
    assert again.history()[0].note == "first"
    session.note(click, "")
    assert session.history()[0].note == ""
    with pytest.raises(EditError, match="up to 500 characters"):
        session.note(click, "x" * 501)
    with pytest.raises(EditError, match="the id of an edit of this session"):
        session.note("nobody", "what?")


def test_any_place_in_the_history_can_be_compared_with(session):
    subject = session.subject().click(64, 48)
    first = subject.mask
    subject.click(20, 20)
    second = subject.mask
    asked = session.render(lambda r: session.earlier().subject(subject.id).corrected)
    assert asked is first
    assert session.earlier(2).subject(subject.id).corrected is second
    assert session.earlier(0).alpha().max() == 0
    assert len(session.edits) == 2
    with pytest.raises(EditError, match=r"a cursor in 0..2"):
        session.earlier(3)


def test_the_history_prints_as_a_list_with_numbers_that_a_person_can_use(session):
    subject = session.subject().click(64 + 1 / 3, 48)
    subject.paint([(30, 30)], size=22 + 2 / 9).trimap_settings(radius=7 + 1 / 7).edges(feather=1.25)
    click, paint, *_ = session.edits
    session.note(click, "the disk")
    session.retract(paint)
    session.undo()
    assert repr(session.history()) == "\n".join(
        [
            "  0  Keep click at (64.3, 48) – the disk",
            "  1  Paint keep, 22.22 px, 1 point",
            "  2  Radius 7.14 px",
            "  3  Edges: feather 1.25",
            "  4  Note “the disk” (on: Keep click at (64.3, 48))",
            "  5  Take back: Paint keep, 22.22 px, 1 point (undone)",
        ]
    )
    session.redo()
    line = "  1  Paint keep, 22.22 px, 1 point (counts no more)"
    assert str(session.history()).splitlines()[1] == line
    assert str(History()) == "no edits yet"
