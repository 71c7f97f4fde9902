"""A subject that moved, in a session: the blur is told from the photo, and the matte has it too."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import workbench as wb
from workbench.errors import EditError
from workbench.matte import blur_along
from workbench.widgets.app import Workbench


@pytest.fixture
def moved():
    """A disc that moved by 24 px at 30° before grain, its true alpha, and its mask."""
    rng = np.random.default_rng(5)
    disc = np.zeros((200, 240), np.float32)
    cv2.circle(disc, (120, 100), 55, 1.0, -1, cv2.LINE_AA)
    truth = blur_along(disc, 24, 30)
    behind = cv2.GaussianBlur(rng.uniform(0, 1, (200, 240, 3)).astype(np.float32), (0, 0), 1.5)
    behind = 0.3 + 0.5 * (behind - 0.5)
    image = truth[..., None] * np.float32([0.9, 0.7, 0.3]) + (1 - truth[..., None]) * behind
    image += rng.normal(0, 0.005, image.shape)
    session = wb.open(np.clip(image * 255, 0, 255).astype(np.uint8), "grabcut", journal=False)
    session.subject().load_mask((truth >= 0.5).astype(np.float32))
    return session, truth


def off(session, truth):
    return float(np.abs(session.alpha() - truth).sum())


def test_the_edit_holds_what_the_photo_told_and_the_matte_is_nearer_to_the_truth(moved, tmp_path):
    session, truth = moved
    subject, before = session.subject(), off(*moved)
    subject.match_blur()
    now = session.edits[-1]
    assert abs(now.blur_length - 24) < 3 and abs(now.blur_angle - 30) < 6 and now.defocus == 0
    assert subject.settings.radius >= 15  # as wide as the blur
    assert off(session, truth) < 0.9 * before
    again = wb.load(session.save(tmp_path / "a.mws"))
    assert np.array_equal(again.alpha(), session.alpha())
    assert again.subject().settings == subject.settings


def test_what_is_given_is_not_estimated_and_none_is_none(moved, monkeypatch):
    session, _ = moved
    subject = session.subject().trimap_settings(20)
    plain = session.alpha()
    monkeypatch.setattr("workbench.adjusting.suggest_blur_settings", None)
    subject.match_blur(0, 0, 0)
    assert np.array_equal(session.alpha(), plain)
    subject.match_blur(0, 0, 9)
    own = subject.settings
    assert (own.blur_length, own.defocus, own.radius) == (0, 9, 20)
    changed = np.abs(session.alpha() - plain) > 0.02
    far = cv2.distanceTransform((subject.mask < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    assert changed.any() and not changed[far > 20].any()
    edits = session.edits
    with pytest.raises(EditError, match=r"a movement in pixels in 0\.\.250"):
        subject.match_blur(300, 0, 0)
    assert session.edits == edits


def test_told_the_length_alone_the_direction_is_the_photos(moved):
    session, _ = moved
    session.subject().match_blur(length=20)
    now = session.subject().settings
    assert now.blur_length == 20 and abs(now.blur_angle - 30) < 6


def test_a_pass_is_blurred_by_itself(moved):
    session, _ = moved
    plain = session.alpha()
    one = session.subject().add_pass([(0, 0), (110, 0), (110, 200), (0, 200)], always=True)
    one.match_blur()
    assert one.settings.blur_length > 15 and session.subject().settings.blur_length == 0
    assert np.array_equal(session.alpha()[:, 130:], plain[:, 130:])
    assert np.abs(session.alpha() - plain)[:, :100].max() > 0.1


def test_a_button_estimates_or_says_that_there_is_nothing(moved):
    session, _ = moved
    app = Workbench(session, 320, 240)
    try:
        app._matte._estimate.click()
        assert session.subject().settings.blur_length > 15
        assert app._matte.sliders["blur_length"].value > 15
        for _ in range(2):
            app._on_undo()
        y, x = np.mgrid[:200, :240]
        sharp = (np.hypot(x - 120, y - 100) < 55)[..., None]
        photo = np.where(sharp, (230, 180, 70), (60, 70, 80)).astype(np.uint8)
        still = wb.open(photo, "grabcut", journal=False)
        still.subject().load_mask(sharp[..., 0])
        app._attach(still)
        app._matte._estimate.click()
        assert "neither moved nor out of focus" in app._status.value
        assert len(still.edits) == 1
    finally:
        app.close()
