"""The remedies of failure modes: their edits, on prompts as they are, at most five."""

from __future__ import annotations

import pytest

import workbench as wb
from workbench import edits as e
from workbench.failures import MODES
from workbench.quality.diagnosis import NOTHING
from workbench.remedies import MOST, remedy_of


@pytest.fixture
def session(photo, disks):
    made = wb.open(photo, "disks")
    made.subject().box(30, 30, 66, 60).click(48, 48)
    return made


def remedy(session, mode):
    return session.render(lambda r: remedy_of(mode, r))


@pytest.mark.parametrize("mode", MODES)
def test_a_remedy_is_at_most_five_edits_that_can_be_made(session, mode):
    for n in range(3):
        session.add_subject(f"more {n}").box(30, 30, 66, 60)
    made = session.do_together(remedy(session, mode))
    assert 1 <= len(made) <= MOST
    assert session.alpha().shape == session.photo.shape


def test_nothing_wrong_wants_no_edit(session):
    assert remedy(session, NOTHING) == ()


def test_clutter_is_looked_at_closer_with_the_same_box_and_click(session):
    session.subject().matte("closed_form")
    box, click, band, method = remedy(session, "clutter")
    assert isinstance(box, e.Box) and (box.x0, box.y0, box.x1, box.y1) == (30, 30, 66, 60)
    assert box.region == click.region == pytest.approx((24.6, 24.6, 71.4, 65.4))
    assert isinstance(click, e.Click) and (click.x, click.y, click.keep) == (48, 48, True)
    assert (band.radius, band.smart) == (1.5, False)
    assert method.method == "refined" and method.identity


def test_what_is_in_force_already_is_not_asked_again(session):
    session.subject().matte("transparent")
    assert remedy(session, "transparent") == ()
    session.subject().matte("refined")
    assert not [one for one in remedy(session, "degraded") if isinstance(one, e.Matte)]
    session.subject().box(2, 2, 94, 94)  # nearly the whole photo: a closer look shows no more
    assert not [one for one in remedy(session, "framing") if isinstance(one, e.Box | e.Click)]


def test_several_subjects_are_each_looked_at_without_the_rest(session):
    second = session.add_subject("second").box(10, 10, 40, 40).matte("closed_form")
    made = remedy(session, "multi_subject")
    looks = [one for one in made if isinstance(one, e.Box)]
    assert {one.subject for one in looks} == {s.id for s in session.subjects}
    assert second.id in {one.subject for one in made if isinstance(one, e.Matte)}
