"""The remedies of failure modes: their edits, on prompts as they are, at most five."""

from __future__ import annotations

import numpy as np
import pytest

import workbench as wb
from workbench import edits as e
from workbench import remedies, starting
from workbench.errors import WeightsMissingError
from workbench.failures import MODES
from workbench.quality.diagnosis import NOTHING
from workbench.remedies import MOST, remedy_of


@pytest.fixture(autouse=True)
def networks(monkeypatch):
    """The second look without its networks: the mask so far, a little smaller."""

    def looked(edit, photo, before, progress=None):
        return starting.as_prediction(0.9 * before)

    monkeypatch.setattr(remedies, "second_look_identity", lambda: "second look tests")
    monkeypatch.setattr(starting, "looked_at_again", looked)


@pytest.fixture
def session(photo, disks):
    made = wb.open(photo, "disks")
    made.subject().matte("closed_form").box(30, 30, 66, 60).click(48, 48)
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


def test_a_subject_is_looked_at_again_in_its_own_box(session):
    look, band, method = remedy(session, "clutter")
    assert isinstance(look, e.SecondLook) and look.corners == (30, 30, 66, 60) and look.identity
    # A smart band would go after strands beyond its radius.
    assert (band.radius, band.smart) == (1.5, False)
    assert method.method == "refined" and method.identity


def test_the_band_is_as_wide_as_what_was_seen_is_coarse(session, monkeypatch):
    monkeypatch.setattr(remedies, "second_look_scale", lambda box, shape: 0.5)
    look, band, _ = remedy(session, "framing")
    assert isinstance(look, e.SecondLook) and band.radius == 3


def test_without_the_networks_the_band_beside_the_mask_is_narrow(session, monkeypatch):
    def missing():
        raise WeightsMissingError("expected weights, got none")

    monkeypatch.setattr(remedies, "second_look_identity", missing)
    band, method = remedy(session, "shadow")
    assert (band.radius, method.method) == (1.5, "refined")


def test_without_a_box_the_bounds_of_the_mask_are_looked_at(photo, disks):
    session = wb.open(photo, "disks")
    session.subject().click(48, 48)
    look, _ = remedy(session, "hair")  # a session begins with refined
    rows, columns = (np.flatnonzero((session.subject().mask >= 0.5).any(axis=n)) for n in (1, 0))
    room = 0.01 * max(session.photo.shape)
    bounds = columns[0] - room, rows[0] - room, columns[-1] + 1 + room, rows[-1] + 1 + room
    assert look.corners == pytest.approx(bounds, abs=0.5)


def test_what_is_in_force_already_is_not_asked_again(session):
    session.do_together(remedy(session, "framing"))
    assert remedy(session, "framing") == ()
    session.subject().matte("transparent")
    assert remedy(session, "transparent") == ()


def test_several_subjects_are_each_looked_at_as_far_as_five_edits_go(session):
    for n in range(2):
        session.add_subject(f"more {n}").box(10, 10, 40, 40)
    made = remedy(session, "multi_subject")
    assert [type(one).__name__ for one in made] == ["SecondLook", "Matte"] * 2
    assert len({one.subject for one in made}) == 2
