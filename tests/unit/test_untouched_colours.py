"""In a session: outside the band no colour of the photo is touched, unless somebody asks for it."""

from __future__ import annotations

import numpy as np
import pytest

import workbench as wb
from workbench.failures import case
from workbench.matte import changed_outside


@pytest.fixture
def opened():
    known = case("multi_subject", 0.6, 1, size=320)
    session = wb.open(known.image, "grabcut", journal=False)
    mask = (known.alpha > 0.5).astype(np.float32)
    session.subject().load_mask(mask * (np.arange(320) < 160))
    return session, mask


def touched(session) -> int:
    return changed_outside(session.image, session.foreground(), session.alpha())


def meeting(session) -> np.ndarray:
    """(H, W) bool: where each of the subjects is seen, and nothing but them."""
    shares = session.render(lambda r: list(r.shares.values()))
    return (session.alpha() == 1) & np.all([share > 0 for share in shares], axis=0)


def behind(session, mask):
    """A second subject that meets the first: its own mask, moved under it."""
    other = np.roll(mask * (np.arange(320) >= 160), -40, axis=1)
    return session.subject("other").load_mask(other)


@pytest.mark.parametrize(
    "settings",
    [{}, {"amount": 0.5}, {"feather": 8}, {"radius": 30, "smart": False}, {"low": 0, "high": 1}],
)
def test_of_one_subject_and_of_two(opened, settings):
    session, mask = opened
    if settings:
        session.subject().adjust(**settings)
    assert touched(session) == 0
    behind(session, mask)
    assert meeting(session).sum() > 20
    assert touched(session) == 0


def test_of_passes_strokes_and_a_lifted_shadow(opened):
    session, mask = opened
    subject = session.subject()
    subject.add_pass([(30, 30), (150, 30), (150, 200), (30, 200)], "hair", amount=1.0)
    subject.paint([(60, 60), (110, 110)], size=24).shadow("lift")
    behind(session, mask)
    assert touched(session) == 0


@pytest.mark.parametrize(
    "settings", [{"spill": "green"}, {"cast": 1.0}, {"light_exposure": 0.5}, {"hair": 1.0}]
)
def test_what_is_asked_for_is_done_where_two_meet_as_well(opened, settings):
    session, mask = opened
    other = behind(session, mask)
    alone = session.foreground().copy()
    other.adjust(**settings)
    session.subjects[1].adjust(**settings)
    met = meeting(session)
    assert met.sum() > 20 and np.abs(session.foreground() - alone)[met].max() > 0.01
