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

    def looked(edit, photo, before, progress=None, clicks=()):
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
        session.add_subject(f"more {n}").matte("closed_form").box(30, 30, 66, 60)
    made = session.do_together(remedy(session, mode))
    assert 1 <= len(made) <= MOST
    assert session.alpha().shape == session.photo.shape


def test_nothing_wrong_wants_no_edit(session):
    assert remedy(session, NOTHING) == ()


def test_a_subject_is_looked_at_again_in_its_own_box(session):
    look, band, method = remedy(session, "clutter")
    assert isinstance(look, e.SecondLook) and look.identity
    # Down to where the mask goes, beyond the box, and a hundredth of the photo's longer side.
    assert look.corners == pytest.approx((30, 30, 66, 64 + 1.28))
    # A smart band would go after strands beyond its radius.
    assert (band.radius, band.smart) == (1.5, False)
    assert method.method == "refined" and method.identity


def test_the_band_is_as_wide_as_what_was_seen_is_coarse(session, monkeypatch):
    monkeypatch.setattr(remedies, "second_look_scale", lambda box, shape: 0.5)
    look, band, _ = remedy(session, "clutter")
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
    (look,) = remedy(session, "framing")  # a session begins with refined
    rows, columns = (np.flatnonzero((session.subject().mask >= 0.5).any(axis=n)) for n in (1, 0))
    room = 0.01 * max(session.photo.shape)
    bounds = columns[0] - room, rows[0] - room, columns[-1] + 1 + room, rows[-1] + 1 + room
    assert look.corners == pytest.approx(bounds, abs=0.5)


def test_a_box_that_cuts_into_its_mask_goes_along(session):
    mask = np.zeros(session.photo.shape, np.float32)
    mask[40:96, 20:67] = 1  # beyond the box on the left, at the frame below, a pixel on the right
    session.subject().load_mask(mask)
    session.subject().box(30, 30, 66, 60)
    look = session.render(lambda r: r.visible[0].box_around)
    assert look == (30, 30, 66, 60)  # what the model made of the box lies in it
    session.subject().load_mask(mask)
    look = session.render(lambda r: r.visible[0].box_around)
    room = 0.01 * max(session.photo.shape)
    assert look == pytest.approx((20 - room, 30, 66, 96))


def test_what_is_in_force_already_is_not_asked_again(session):
    session.do_together(remedy(session, "clutter"))
    assert remedy(session, "clutter") == remedy(session, "low_contrast") == ()
    session.subject().matte("transparent")
    assert remedy(session, "transparent") == ()


def test_several_subjects_are_each_looked_at_as_far_as_five_edits_go(session):
    for n in range(2):
        session.add_subject(f"more {n}").matte("closed_form").box(10, 10, 40, 40)
    made = remedy(session, "multi_subject")
    assert [type(one).__name__ for one in made] == ["SecondLook", "Matte"] * 2
    assert len({one.subject for one in made}) == 2
    for subject in session.subjects:
        subject.matte("refined")
    assert len({one.subject for one in remedy(session, "multi_subject")}) == 3


@pytest.mark.parametrize(("seed", "method"), [(1, "transparent"), (3, "refined")])
def test_glass_is_unmixed_and_the_person_under_a_veil_is_not(seed, method):
    of = wb.failures.case("transparent", 0.6, seed, size=240)
    assert of.facts["variant"] == ("wine glass" if seed == 1 else "veil")
    made = wb.open(of.image, "grabcut", journal=False)
    known = of.alpha > (0.02 if seed == 1 else 0.9)
    made.subject().load_mask(known.astype(np.float32)).matte("closed_form")
    edit = remedy(made, "transparent")[-1]
    before = np.abs(made.alpha() - of.alpha).sum()
    made.do_together([edit])
    assert edit.method == method and np.abs(made.alpha() - of.alpha).sum() < 1.05 * before
