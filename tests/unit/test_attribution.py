"""What the mask would be without each prompt."""

from __future__ import annotations

import numpy as np
import pytest

from workbench import edits as e
from workbench.errors import CancelledError
from workbench.progress import CancelToken


def retracted(session, subject, edit):
    """The mask after the edit is retracted, for good; undone again."""
    session.retract(edit)
    mask = subject.mask.copy()
    session.undo()
    return mask


def test_each_mask_is_the_one_that_retracting_the_edit_gives(session, disks):
    subject = session.subject().box(30, 15, 98, 80).click(64, 48).click(110, 20)
    subject.scribble([(10, 80), (40, 85)]).click(64, 70, keep=False)
    subject.paint([(20, 20)], size=10)
    here = subject.mask > 0.5
    found = subject.attribution()
    assert [a.edit for a in found] == [x for x in session.edits if not isinstance(x, e.Paint)]
    for one in found:
        # By the edits alone, without what the attribution left in the caches.
        masks = one.mask.copy()
        session.bench.predictions.clear()
        session.bench.stages.clear()
        there = retracted(session, subject, one.edit)
        assert np.array_equal(masks, there)
        there = there > 0.5
        assert (one.gained, one.lost) == ((here & ~there).sum(), (there & ~here).sum())
        assert one.iou == pytest.approx((here & there).sum() / (here | there).sum())
    assert found[-1].lost > 10 * found[-1].gained  # the drop click
    assert found[2].gained > 100  # a disk of its own


def test_the_photo_is_not_looked_at_again_and_a_second_call_asks_nothing(session, disks):
    subject = session.subject().click(64, 48).click(20, 20).click(100, 70).click(64, 70, keep=False)
    _ = subject.mask
    encoded, asked = disks.encoded, len(disks.asked)
    edits = session.edits
    first = subject.attribution()
    # Without the last click everything is known; without the one before it one question is new.
    assert len(disks.asked) - asked == 0 + 1 + 2 + 3
    assert disks.encoded == encoded and session.edits == edits
    again = subject.attribution()
    assert len(disks.asked) - asked == 6
    assert [(a.edit, a.gained, a.lost, a.iou) for a in again] == [
        (a.edit, a.gained, a.lost, a.iou) for a in first
    ]
    session.retract(edits[0])
    _ = subject.mask
    assert len(disks.asked) - asked == 6


def test_two_prompts_cost_a_question_and_a_new_click_only_its_own(session, disks):
    subject = session.subject().box(30, 15, 98, 80).click(64, 48)
    _ = subject.mask
    asked = len(disks.asked)
    subject.attribution()
    assert len(disks.asked) - asked == 1


def test_what_changes_nothing_any_more_is_left_out(session):
    subject = session.subject().box(30, 15, 98, 80).box(20, 10, 60, 60)
    subject.rerun()
    assert [a.edit for a in subject.attribution()] == [session.edits[1]]
    session.reset()
    assert session.subject().attribution() == ()


def test_a_mask_to_start_from_is_a_prompt_too(session):
    given = np.zeros((96, 128), np.float32)
    given[20:60, 20:60] = 1
    subject = session.subject().load_mask(given).click(100, 70)
    start, click = subject.attribution()
    assert isinstance(start.edit, e.LoadMask)
    assert start.mask[40, 40] < 0.5 < start.mask[70, 100]
    assert click.mask[70, 100] < 0.5 < click.mask[40, 40]


def test_without_the_pick_that_added_it_a_subject_has_no_mask(session, monkeypatch):
    from workbench.starting import packed

    logits = np.full((48, 64), -5.0, np.float32)
    logits[10:20, 10:20] = 5
    session.subject().click(20, 20)
    blob = session.keep(packed(logits))
    pick = e.Pick(subject="new", name="cup", blob=blob, frame=(0.0, 0.0, 128.0, 96.0))
    session.do(pick)
    (one,) = session.subject("cup").attribution()
    assert one.mask.max() < 0.5 and one.iou == 0 and one.gained > 300


def test_it_can_be_cancelled_between_two_prompts(session, disks):
    subject = session.subject().click(64, 48).click(20, 20).click(100, 70)
    _ = subject.mask
    token = CancelToken()
    seen = []

    def progress(fraction, words):
        seen.append(words)
        if words == "without Keep click at (20, 20)":
            token.cancel()
        token(fraction, words)

    with pytest.raises(CancelledError):
        subject.attribution(progress)
    assert not any("(100, 70)" in words for words in seen)
    assert len(subject.attribution()) == 3
