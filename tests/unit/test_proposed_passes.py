"""Proposed passes in a session: looked for without an edit, each accepted as one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import workbench as wb
from workbench.widgets.app import Workbench


@pytest.fixture
def session():
    """A disc over a photo, crisp on its left and hairy on its right; the mask without hair."""
    from skimage import data

    rng = np.random.default_rng(3)
    side = 320
    alpha = np.zeros((side, side), np.float32)
    cv2.circle(alpha, (160, 160), 80, 1.0, -1, cv2.LINE_AA)
    mask = (alpha >= 0.5).astype(np.float32)
    for angle in rng.uniform(-np.pi / 2, np.pi / 2, 260):
        way = angle + rng.uniform(-0.5, 0.5)
        start = 160 + 78 * np.array([np.cos(angle), np.sin(angle)])
        end = start + rng.uniform(10, 24) * np.array([np.cos(way), np.sin(way)])
        ends = [tuple(int(v) for v in np.round(p * 16)) for p in (start, end)]
        cv2.line(alpha, *ends, float(rng.uniform(0.6, 1)), 1, cv2.LINE_AA, 4)
    alpha = np.clip(cv2.GaussianBlur(alpha, (0, 0), 0.6), 0, 1)
    front = np.array([0.85, 0.7, 0.5]) + rng.normal(0, 0.02, (side, side, 1))
    behind = cv2.resize(data.coffee()[:150, :150], (side, side)) / 255 * 0.6
    image = alpha[..., None] * front + (1 - alpha[..., None]) * behind
    image = np.clip(image * 255 + rng.normal(0, 2.5, image.shape), 0, 255).astype(np.uint8)
    made = wb.open(image, "grabcut", journal=False)
    made.subject().load_mask(mask)
    return made


def test_proposals_make_no_edit_and_each_is_accepted_as_one(session):
    subject, before = session.subject(), session.edits
    found = subject.propose_passes()
    assert found[0].kind == "body" and "hair" in [one.kind for one in found]
    assert session.edits == before and subject.passes == []
    hair = next(one for one in found if one.kind == "hair")
    made = subject.accept(hair)
    assert len(session.edits) == len(before) + 1
    assert made.settings.radius == hair.settings["radius"] > 10
    assert hair.why in session.history()[-1].words
    # What is a pass already is not proposed again.
    again = [one.kind for one in subject.propose_passes()]
    assert again == [one.kind for one in found if one is not hair]
    session.undo()
    assert subject.passes == []


def test_edges_and_method_stay_the_subjects(session):
    subject = session.subject().edges(feather=7, smooth=20).matte("closed_form")
    hair = next(one for one in subject.propose_passes() if one.kind == "hair")
    made = subject.accept(hair)
    now = made.settings
    assert (now.feather, now.smooth, now.method) == (7, 20, "closed_form")
    assert now.radius == hair.settings["radius"] != subject.settings.radius
    subject.edges(feather=3).matte("knn")
    assert (made.settings.feather, made.settings.method) == (3, "knn")
    made.delete()
    subject.matte("none")
    made = subject.accept(hair)
    assert made.settings.method == "refined" and made.settings.identity


def test_a_button_adds_them_and_says_why(session):
    app = Workbench(session, 320, 240)
    try:
        count = len(session.edits)
        app._matte._propose.click()
        kinds = [one.state.edit.kind for one in session.subject().passes]
        assert set(kinds) == {"body", "hair"} and len(session.edits) == count + len(kinds)
        assert session.subject().passes[-1].state.edit.why in app._status.value
        app._matte._propose.click()
        assert "Nothing along the outline" in app._status.value
    finally:
        app.close()
