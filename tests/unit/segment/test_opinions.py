"""A second look at a mask: three opinions weighed, on a disc with a limb that the mask lost."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import workbench as wb
from workbench import edits as e
from workbench.errors import (
    ArrayError,
    CancelledError,
    EditError,
    PromptError,
    WeightsMismatchError,
)  # fmt: skip
from workbench.prompts import PromptSet
from workbench.segment import opinions as module
from workbench.segment.traditional import grabcut_again
from workbench.starting import as_prediction

BOX = (28.0, 36.0, 132.0, 92.0)
ASKED = PromptSet(boxes=(BOX,))


@pytest.fixture
def thing():
    """An orange disc with an arm, on blue grain: photo (128, 160, 3) uint8, truth, mask so far."""
    y, x = np.mgrid[0:128, 0:160] + 0.5
    disc = np.hypot(x - 60, y - 64) < 26
    truth = disc | ((np.abs(y - 64) < 3) & (x > 60) & (x < 130))
    grain = np.random.default_rng(3).normal(0, 6, (128, 160, 1))
    photo = np.where(truth[..., None], (220, 120, 40), (40, 80, 160)) + grain
    return np.clip(photo, 0, 255).astype(np.uint8), truth, disc.astype(np.float32)


@pytest.fixture
def salient(monkeypatch):
    """In place of U²-Net-p: what is warm in the picture, softly."""

    def saw(name, picture, progress=None, **_):
        warm = (picture[..., 0] > picture[..., 2]).astype(np.float32)
        return as_prediction(cv2.GaussianBlur(warm, (0, 0), 2.5))

    monkeypatch.setattr(module, "automatic", saw)
    monkeypatch.setattr(module, "automatic_identity", lambda name: f"{name}:tests")


def off(mask, truth):
    return float(np.abs(mask.astype(float) - truth).sum())


def test_colours_give_back_a_limb_that_the_mask_lost(thing):
    photo, truth, mask = thing
    inside = np.zeros(truth.shape, bool)
    inside[36:92, 28:132] = True
    found = grabcut_again(photo, mask, inside)
    assert off(found, truth) < 0.1 * off(mask, truth)
    assert not found[~inside].any()
    # Nothing to learn from: the mask stands.
    assert (grabcut_again(photo, mask, np.ones_like(inside)) == (mask >= 0.5)).all()
    assert not grabcut_again(photo, np.zeros_like(mask), inside).any()


def test_a_limb_that_the_mask_lost_is_in_doubt_again(thing, salient):
    photo, truth, mask = thing
    found = module.second_look(photo, ASKED, mask)
    limb, middle = truth & (mask == 0), cv2.erode(mask, np.ones((9, 9))) > 0
    assert found.masks[0][limb].mean() > 0.3 and found.masks[0][middle].min() > 0.95
    assert (
        found.masks[0][~cv2.dilate(truth.astype(np.uint8), np.ones((15, 15))).astype(bool)].max()
        < 0.05
    )
    assert found.masks[0][:20].max() < 1e-3  # beyond its frame
    again = module.second_look(photo, ASKED, mask)
    assert (again.logits == found.logits).all() and 0.5 < found.scores[0] <= 1
    assert module.second_look_scale(BOX, truth.shape) == 1


def test_what_the_network_sees_shows_the_clicks(thing, salient):
    photo, _, mask = thing
    asked = PromptSet(points=((60, 64), (100, 40), (63, 64)), labels=(1, 0, 1), boxes=(BOX,))
    window, planes = module.look_at(photo, asked, mask)
    kept, dropped = planes[7:]
    assert planes.shape == (9, window.height, window.width) and planes.dtype == np.float32
    for plane, x, y in ((kept, 60, 64), (kept, 63, 64), (dropped, 100, 40)):
        around = plane[y - window.y0 - 1 : y - window.y0 + 1, x - window.x0 - 1 : x - window.x0 + 1]
        assert around.min() > 0.95
    assert kept[40 - window.y0, 100 - window.x0] < 1e-6 and dropped[64 - window.y0, 61] < 1e-6
    assert not module.look_at(photo, ASKED, mask)[1][7:].any()
    # A click beside what is looked at casts no spot far into it, and breaks nothing.
    assert module.clicked(PromptSet(points=((-50, 5),), labels=(1,)), (40, 60)).max() < 1e-6


def test_a_large_part_is_looked_at_smaller(thing, salient, monkeypatch):
    photo, truth, mask = thing
    monkeypatch.setattr(module, "LONGEST", 80)
    found = module.second_look(photo, ASKED, mask)
    assert max(found.logits.shape[1:]) == 80 and found.masks[0].shape == truth.shape
    assert 0.5 < module.second_look_scale(BOX, truth.shape) < 0.8


def test_what_is_asked_wrongly_is_said(thing, salient):
    photo, _, mask = thing
    with pytest.raises(ArrayError):
        module.second_look(photo, ASKED, mask[:50])
    with pytest.raises(PromptError):
        module.second_look(photo, PromptSet(boxes=((5, 5, 5, 9),)), mask)
    with pytest.raises(PromptError, match="expected one box"):
        module.second_look(photo, PromptSet(points=((5, 5),), labels=(1,)), mask)

    def stop(fraction, words):
        raise CancelledError("enough")

    with pytest.raises(CancelledError):
        module.second_look(photo, ASKED, mask, stop)


def test_it_is_an_edit_that_finds_the_limb_and_replays(thing, salient, disks, tmp_path):
    photo, truth, mask = thing
    session = wb.open(photo, "disks", journal=False)
    subject = session.subject()
    with pytest.raises(EditError, match="expected a mask to look at again"):
        subject.second_look()
    subject.load_mask(mask).second_look(BOX)
    subject.trimap_settings(radius=1.5, smart=False).matte("refined")
    assert off(session.alpha(), truth) < 0.75 * off(mask, truth)
    wb_file = tmp_path / "s.mws"
    session.save(wb_file)
    assert (wb.load(wb_file).alpha() == session.alpha()).all()
    made = session.edits[1]
    assert isinstance(made, e.SecondLook) and made.corners == BOX and made.identity
    assert made.words() == "Second look in the box (28, 36) to (132, 92)"
    session.do(e.SecondLook(subject=subject.id, x0=9, y0=9, x1=99, y1=99, identity="another"))
    with pytest.raises(WeightsMismatchError, match="expected the second look of another"):
        session.alpha()


def test_without_a_box_the_bounds_of_the_mask_are_looked_at(thing, salient, disks):
    photo, _, mask = thing
    session = wb.open(photo, "disks", journal=False)
    session.subject().load_mask(mask).second_look()
    assert session.edits[-1].corners == pytest.approx((32.4, 36.4, 87.6, 91.6), abs=1.1)
    with pytest.raises(PromptError, match=r"expected a box \(x0, y0, x1, y1\)"):
        session.subject().second_look((1, 2, 3))


def test_a_click_made_before_counts_after_it_too(thing, salient, disks, monkeypatch):
    photo = thing[0]
    seen = []
    asked = module.second_look

    def look(image, said, so_far, progress=None):
        seen.append((said.points, said.labels))
        return asked(image, said, so_far, progress)

    monkeypatch.setattr("workbench.segment.second_look", look)
    session = wb.open(photo, "disks", journal=False)
    subject = session.subject().click(60, 64).click(100, 20, keep=False).second_look(BOX)
    assert subject.mask.any()
    assert seen == [(((60.0, 64.0), (100.0, 20.0)), (1, 0))]
    session.retract(session.edits[1])
    assert subject.mask.any() and seen[1] == (((60.0, 64.0),), (1,))
