"""session.diagnose(): modes with their evidence, and "nothing wrong" as an answer."""

from __future__ import annotations

import json

import numpy as np
import pytest

import workbench as wb
from workbench import diagnosing
from workbench.errors import EditError
from workbench.failures import MODES
from workbench.quality.diagnosis import NOTHING, Evidence, Verdict


def test_every_answer_has_its_share_and_nothing_is_changed(photo, disks):
    session = wb.open(photo, "disks")
    with pytest.raises(EditError, match="asked for"):
        session.diagnose()
    session.subject().click(48, 48)
    before = len(session.edits)
    report = session.diagnose()
    assert {m.code for m in report.measures} == {*MODES, NOTHING}
    likely = [m.value for m in report.measures]
    assert {m.verdict for m in report.measures} == {""}  # a likelihood is neither good nor bad
    assert likely == sorted(likely, reverse=True) and sum(likely) == pytest.approx(1)
    assert {f.code for f in report} <= {
        m.code for m in report.measures if m.value >= diagnosing.AT_WORK
    }
    assert len(session.edits) == before
    json.loads(report.to_json())


@pytest.mark.parametrize(("fine", "named"), [(0.1, ["shadow", "hair"]), (0.55, [])])
def test_modes_are_named_unless_nothing_seems_wrong(photo, disks, monkeypatch, fine, named):
    spoke = (Evidence("mirror", 0.9, 0.1, 2.0),)
    rest = 1 - fine
    verdicts = [Verdict("shadow", 0.6 * rest, spoke), Verdict("hair", 0.39 * rest, ()),
                Verdict("clutter", 0.01 * rest, ()), Verdict(NOTHING, fine, ())]  # fmt: skip
    monkeypatch.setattr(diagnosing, "judge", lambda taken: verdicts)
    session = wb.open(photo, "disks")
    session.subject().click(48, 48)
    report = session.diagnose()
    assert [f.code for f in report] == named == [f.modes[0] for f in report]
    if named:
        assert "likeness to its mirror image below 0.9 (usual: 0.1)" in report[0].why
        assert report[0].now and report[0].next_time


def test_all_subjects_are_looked_at_together(photo, disks):
    session = wb.open(photo, "disks")
    session.subject().click(48, 48)
    one = session.render(lambda r: diagnosing.figures_of(session.photo, r))
    session.add_subject("again").click(48, 48)
    two = session.render(lambda r: diagnosing.figures_of(session.photo, r))
    assert one["claimed_twice"] == 0 and two["claimed_twice"] == pytest.approx(1)
    assert np.isfinite(one["low_contrast"])


def test_a_matte_by_refined_is_judged_as_by_closed_form_which_the_answers_were_learnt_from(
    photo, disks
):
    session = wb.open(photo, "disks")
    subject = session.subject().click(48, 48)
    found = []
    for method in ("refined", "closed_form", "none"):
        subject.matte(method)
        found.append(session.render(lambda r: diagnosing.figures_of(session.photo, r)))
    assert found[0] == pytest.approx(found[1], nan_ok=True)
    assert found[0] != pytest.approx(found[2], nan_ok=True)
    assert session.edits[-1].method == "none"  # nothing was edited by looking
