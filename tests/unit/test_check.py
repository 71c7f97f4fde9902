"""session.check(): what the checks find, with remedies that are edits."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import workbench as wb
from workbench.checking import PARTS, _around, _kept, _parts_chosen, edits_of, urgency
from workbench.checking import _boxes as seen
from workbench.edits import Light, Paint
from workbench.errors import EditError, InputError, UnknownNameError
from workbench.quality.checks import Sight, look
from workbench.quality.checks.observation import unpass
from workbench.quality.finding import Finding

OF_PARTS = ("extras", "patches_left", "model_disagrees")


@pytest.fixture
def holed(photo, disks):
    """A session whose mask has a hole in the middle of the disk, and an island beside it."""
    mask = np.zeros((96, 128), np.float32)
    y, x = np.mgrid[0:96, 0:128]
    mask[np.hypot(x + 0.5 - 64, y + 0.5 - 48) < 30.5] = 1
    mask[42:54, 58:70] = 0
    session = wb.open(photo, "disks")
    session.subject().load_mask(mask).matte("none")
    return session


def test_a_hole_is_found_where_it_is_and_its_remedy_fills_it(holed):
    found = next(one for one in holed.check() if one.code == "holes")
    x0, y0, x1, y1 = found.box
    assert x0 <= 58 and y0 <= 42 and x1 >= 70 and y1 >= 54
    assert holed.alpha()[48, 64] < 0.1
    edits = len(holed.edits)
    holed.mend(found)
    assert holed.alpha()[48, 64] > 0.9
    assert all(one.code != "holes" for one in holed.check())
    holed.undo()
    assert len(holed.edits) == edits and holed.alpha()[48, 64] < 0.1


def test_a_background_is_looked_at_only_where_one_was_chosen(holed):
    rng = np.random.default_rng(0)
    dark = (0.3 * rng.random((96, 128, 3)) ** 2).astype(np.float32)
    codes = ["light_mismatch", "floating"]
    assert len(holed.check(codes)) == 0
    (found,) = holed.check(codes, background=dark).find("light_mismatch")
    (light,) = found.remedy
    assert "darker" in found.why and isinstance(light, Light) and light.light_exposure < -1
    known = holed.check_known(background=dark)
    assert [f.why for f in known.find("light_mismatch")] == [found.why]
    assert not holed.check_known().find("light_mismatch")
    assert len(holed.check(codes, background="checkerboard")) == 0  # it stands for nothing
    with pytest.raises(UnknownNameError, match="beech"):
        holed.check(codes, background="beech")


@pytest.fixture
def painted(photo, disks):
    """The disk as the model has it, with a hole painted out and an island painted in."""
    session = wb.open(photo, "disks")
    subject = session.subject().click(64, 48).matte("none")
    subject.paint([(60, 48), (68, 48)], keep=False, size=12, hardness=1)
    subject.paint([(10, 10), (18, 10)], size=12, hardness=1)
    return session


def test_what_was_painted_is_not_taken_back(painted):
    alpha = painted.alpha()
    assert alpha[48, 64] == 0 and alpha[10, 14] == 1
    assert {one.code for one in painted.check()} & {"holes", *OF_PARTS} == set()
    small = np.ascontiguousarray(painted.image[::2, ::2])
    glimpse, asked = painted.glimpse(small, lambda plane: plane[:, :][::2, ::2])
    assert asked["subject"] == PARTS and len(glimpse) == 0


def test_what_was_painted_elsewhere_hides_nothing(holed):
    holed.subject().paint([(58, 30), (70, 30)], size=6)
    assert holed.check().find("holes")


@pytest.mark.parametrize("ask", ["load", "boxes", "clicks"])
def test_parts_that_were_asked_for_are_no_other_things(photo, disks, ask):
    y, x = np.mgrid[0:96, 0:128] + 0.5
    one, other = (np.hypot(x - at, y - 48) < 18 for at in (34, 94))
    photo[:] = np.where((one | other)[..., None], (200, 40, 40), (20, 150, 40))
    state = wb.open(photo, "disks").subject()
    sight = Sight(photo, (one | other).astype(np.float32))
    found = {code: look(sight, (code,)) for code in OF_PARTS}
    assert any(found.values())
    if ask == "load":
        state.load_mask(sight.alpha)
    elif ask == "boxes":
        state.box(14, 28, 54, 68).box(74, 28, 114, 68)
    else:
        state.click(34, 48).click(94, 48)
    of = state.state
    told = replace(
        sight, kept=_kept(of), around=_around(of), parts_chosen=_parts_chosen(of)
    )  # fmt: skip
    assert not any(look(told, (code,)) for code in OF_PARTS)


@pytest.mark.parametrize("by", [1, 2])
def test_a_glimpse_finds_what_a_screen_shows_and_solves_nothing(holed, by):
    image = np.ascontiguousarray(holed.image[::by, ::by])
    if holed.peek(lambda r: r.visible[0].known("mask")) is None:
        _ = holed.subject().mask
    report, asked = holed.glimpse(image, lambda plane: plane[:, :][::by, ::by])
    assert asked == {"subject": PARTS} and holed.check_known() is None
    (hole,) = report.find("holes")
    x0, y0, x1, y1 = hole.box
    assert x0 <= 58 and y0 <= 42 and x1 >= 70 and y1 >= 54 and x1 - x0 < 24
    assert hole.measure == pytest.approx(144, rel=0.2) and len(report.thumbnails) == len(report)
    holed.mend(hole)
    assert holed.alpha()[48, 64] > 0.9


def test_what_is_kept_is_checked_as_all_is(holed):
    report = holed.check()
    known = holed.check_known()
    assert known.findings and [f.code for f in known] == [f.code for f in report]


def test_a_remedy_of_several_edits_is_one_step(holed, tmp_path):
    subject = holed.subject().id
    remedy = tuple(Paint(subject=subject, points=((x, 48.0),), keep=True, size=8.0)
                   for x in (60.0, 64.0, 68.0))  # fmt: skip
    before, changes = len(holed.edits), []
    holed.on_change(lambda: changes.append(len(holed.edits)))
    made = holed.mend(Finding("holes", 0.5, None, 1, "px²", "a hole", remedy))
    assert [edit.id for edit in made] == [edit.id for edit in holed.edits[before:]]
    assert len({edit.step for edit in made}) == 1 and {e.id for e in made} <= holed.standing
    assert holed.undo() and len(holed.edits) == before
    assert holed.redo() and len(holed.edits) == before + 3
    assert changes == [before + 3, before, before + 3]
    again = wb.load(holed.save(tmp_path / "holed.mws"))
    assert again.undo() and len(again.edits) == before
    bad = replace(remedy[0], subject="nobody")
    with pytest.raises(EditError):
        holed.mend(Finding("holes", 0.5, None, 1, "px²", "a hole", (remedy[0], bad)))
    assert len(holed.edits) == before + 3  # all or nothing


def test_the_report_shows_itself_and_escapes_names(holed):
    holed.subject().rename("<b>a</b>")
    report = holed.check(["holes"])
    assert len(report) == 1 and report[0].code == "holes" and "holes" in str(report)
    shown = report._repr_html_()
    assert "<b>a</b>" not in shown and "&lt;b&gt;a&lt;/b&gt;" in shown
    content = json.loads(report.to_json())
    assert content["version"] == 1 and content["findings"][0]["code"] == "holes"


def test_where_nothing_is_selected_there_is_nothing_to_check(photo, disks):
    with pytest.raises(EditError, match="something selected to check, got nothing"):
        wb.open(photo, "disks").check()


def test_a_pass_that_should_not_be_there_is_taken_back_and_not_painted_over(holed):
    subject = holed.subject()
    region = ((58.0, 42.0), (70.0, 42.0), (70.0, 54.0), (58.0, 54.0))
    subject.add_pass(region, kind="transparent", method="transparent")
    (made,) = subject.state.passes
    (edit,) = edits_of(unpass(made.id), subject.id)
    holed.mend(Finding("half_opaque", 0.5, None, 1, "px²", "no glass", (edit,)))
    assert not subject.state.passes
    holed.undo()
    assert subject.state.passes == (made,)


def test_a_box_counts_until_a_part_is_painted_away(photo, disks):
    session = wb.open(photo, "disks")
    session.subject().box(2, 2, 126, 94)
    assert seen(session.subjects[0].state) == ((2, 2, 126, 94),)
    session.subject().paint([(5, 5)], keep=False, size=4)
    assert seen(session.subjects[0].state) == ()


def test_what_can_be_mended_comes_before_what_is_a_little_worse_and_cannot():
    stroke = Paint(subject="a", points=((1.0, 1.0),), keep=True, size=8.0)
    cut, hole, speck = (Finding(code, how, None, 1, "", "", remedy) for code, how, remedy in (
        ("cut_by_frame", 0.8, ()), ("holes", 0.6, (stroke,)), ("holes", 0.5, (stroke,))
    ))  # fmt: skip
    assert sorted((speck, cut, hole), key=urgency, reverse=True) == [hole, cut, speck]


def test_what_makes_no_sense_is_refused(holed):
    with pytest.raises(UnknownNameError, match="check"):
        holed.check(["wholes"])
    with pytest.raises(EditError, match="expected a finding"):
        holed.mend(Finding("x", 0.5, None, 1, "px", "because"))
    with pytest.raises(InputError, match="expected a finding out of a report, got 'holes'"):
        holed.mend("holes")


def test_the_solver_of_a_pass_that_stops_is_found_where_it_is_and_made_easier(holed, monkeypatch):
    subject = holed.subject().matte("guided")
    region = [(0, 0), (64, 0), (64, 96), (0, 96)]
    one = subject.add_pass(region, method="closed_form_exact", radius=12)
    assert not holed.check().find("not_converged")
    one.delete()
    monkeypatch.setattr("workbench.matte.closed_form._ITERATIONS", 1)
    one = subject.add_pass(region, method="closed_form_exact", radius=13)
    (found,) = holed.check().find("not_converged")
    assert found.box[0] >= 0 and found.box[2] <= 64 + 16 + 13 + 64 and "stopped" in found.why
    (edit,) = found.remedy
    assert (edit.within, edit.radius) == (one.id, 6.5)
    holed.mend(found)
    assert one.settings.radius == 6.5 and subject.settings.radius == 10


def test_a_repaired_trimap_weighs_what_hangs_on_it(photo, disks):
    session = wb.open(photo, "disks", journal=False)
    subject = session.subject().click(64, 48)
    assert not session.check().find("trimap_repaired")
    subject.trimap_settings(250, smart=False)
    (found,) = session.check(["trimap_repaired"])
    assert found.severity > 0.8 and "became" in found.why
    small = np.zeros((96, 128), np.float32)
    small[40:46, 60:66] = 1
    subject.load_mask(small).trimap_settings(6)
    (found,) = session.check(["trimap_repaired"])
    assert 0.2 < found.severity < 0.4


def test_a_shift_by_a_share_of_nothing_is_said(holed):
    subject = holed.subject().trimap_settings(0)
    assert not holed.check().find("in_vain")
    subject.edges(shift=-30)
    (found,) = holed.check().find("in_vain")
    assert "-30 % is a share of the radius" in found.why and found.severity < 0.3
    assert any("nothing moves" in note for note in holed.notes)
    subject.trimap_settings(4)
    assert not holed.check().find("in_vain")
    region = [(0, 0), (64, 0), (64, 96), (0, 96)]
    subject.add_pass(region, radius=0)
    (found,) = holed.check().find("in_vain")
    assert found.box == (0, 0, 64, 96)


def test_what_another_subject_covers_is_not_missing(photo, disks):
    """A hole where another subject stands before it; and the same where that one stands behind."""
    y, x = np.mgrid[0:96, 0:128]
    whole = np.hypot(x + 0.5 - 64, y + 0.5 - 48) < 30.5
    hole = (slice(40, 56), slice(56, 72))
    session = wb.open(photo, "disks")
    mask = whole.astype(np.float32)
    mask[hole] = 0
    session.subject("plate").load_mask(mask).matte("none")
    assert [one.code for one in session.check().find("holes")] == ["holes"]
    other = np.zeros((96, 128), np.float32)
    other[hole] = 1
    session.subject("cup").load_mask(other).matte("none")
    session.reorder(["cup", "plate"])
    assert not session.check().find("holes") and not session.check_known().find("holes")
    session.reorder(["plate", "cup"])
    assert session.check().find("holes") and session.check_known().find("holes")
