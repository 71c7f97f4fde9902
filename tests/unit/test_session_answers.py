"""What a session asks its model, how often, and what it keeps of the answers."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import workbench as wb
from workbench.errors import (
    CancelledError,
    EditError,
)
from workbench.progress import CancelToken
from workbench.prompts import PromptSet

# ---- the model is asked once


def test_every_question_is_asked_once_and_undo_asks_nothing(session, disks):
    subject = session.subject()
    for n in range(4):
        subject.click(30 + 20 * n, 48)
        session.alpha()
        session.cutout()
    assert len(disks.asked) == 4 and disks.encoded == 1
    session.undo()
    session.alpha()
    session.redo()
    session.trimap()
    assert len(disks.asked) == 4 and disks.encoded == 1
    subject.edges(feather=3).trimap_settings(radius=5).paint([(64, 48)])
    session.alpha()
    assert len(disks.asked) == 4
    session.undo()
    subject.click(1, 1)
    session.alpha()
    assert len(disks.asked) == 5 and disks.encoded == 1


def test_strokes_on_a_large_photo_do_not_make_the_model_look_again(session, disks):
    from workbench.stages import StageCache

    session.bench.stages = StageCache(200_000)  # as if each plane were 100 MB
    for n in range(6):
        session.subject().click(20 + 15 * n, 48).paint([(20 + 15 * n, 20)], size=9)
        session.alpha()
    assert disks.encoded == 1


def test_answers_do_not_keep_full_size_masks(session):
    for n in range(5):
        session.subject().click(20 + 20 * n, 48)
        session.alpha()
    # Half the photo's size in float32: three candidates of the first click, then one a click.
    assert session.bench.predictions.held == (3 + 4) * (48 * 64 * 4 + 4)
    prediction = session.subject().prediction
    assert prediction.masks[0] is not prediction.masks[0]


def test_a_session_file_holds_the_last_answers_within_its_limit(session, disks, monkeypatch):
    from workbench import session as module

    subject = session.subject()
    for n in range(8):
        subject.click(20 + 10 * n, 48)
    session.add_subject("dog").click(30, 30)
    session.alpha()
    one = 48 * 64 * 4 + 4
    monkeypatch.setattr(module, "_ANSWERS_LIMIT", 6 * one)
    now = session.render(lambda r: r)
    kept = session._answers(now)
    # The dog's three candidates, and the newest three of the subject's eight answers.
    assert sum(p.size for p in kept.values()) == 6 * one
    assert session.subject("dog").prediction in kept.values()
    assert subject.prediction in kept.values()


def test_a_chain_of_a_thousand_clicks_is_answered_without_recursion(photo, disks):
    from workbench.stages import StageCache

    session = wb.open(photo, segmenter="disks", journal=False)
    one = disks.predict(disks.encode(photo), PromptSet(((5.0, 5.0),), (1,)))
    disks.predict = lambda embedding, prompts: disks.asked.append(prompts) or one
    disks.asked.clear()
    for n in range(1100):
        session.subject().click(10 + n % 100, 10 + n // 20)
    session.bench.predictions = StageCache(0)  # nothing is kept: all of it is asked
    assert session.subject().prediction is not None
    assert len(disks.asked) == 1100


# ---- what the model is asked


def test_choosing_a_candidate_makes_its_logits_the_next_hint(session, disks):
    subject = session.subject().click(64, 48)
    best = subject.mask.copy()
    subject.choose(2)
    assert not np.array_equal(subject.mask, best)
    chosen = subject.prediction.logits[2]
    subject.click(70, 50)
    session.alpha()
    asked = disks.asked[-1]
    assert np.array_equal(asked.hint.logits, chosen)
    assert asked.points == ((64, 48), (70, 50))
    for wrong in (3, -1, 1.5, "1", None):
        with pytest.raises(EditError):
            subject.choose(wrong)


def test_rerun_makes_what_is_painted_certain_and_asks_a_few_points(session, disks):
    subject = session.subject().click(64, 48)
    before = subject.prediction
    subject.paint([(30, 20), (100, 20)], keep=True, size=14, hardness=1)
    subject.paint([(64, 80)], keep=False, size=14, hardness=1).rerun()
    session.alpha()
    asked = disks.asked[-1]
    hint = asked.hint.logits  # half the photo's size
    assert hint[10, 32] > 7.5 and hint[40, 32] < -7.5
    assert hint[24, 5] == before.logits[0][24, 5]  # not painted: the model's
    assert len(asked.points) == 1 + 3 + 1
    assert asked.labels == (1, 1, 1, 1, 0)


def test_rerun_with_strokes_that_ask_nothing_is_no_trap(session):
    subject = session.subject()
    with pytest.raises(EditError, match="paint first"):
        subject.rerun()
    subject.restore([(64, 48)])
    with pytest.raises(EditError, match="paint first"):
        subject.rerun()
    subject.paint([(-50, -50)], size=10).rerun()
    assert not session.alpha().any()
    subject.scribble([(-5, -5), (-9, -9)]).click(64, 48)
    assert session.alpha()[48, 64] == 1


def test_prepare_does_the_slow_part_before_the_first_click(session, disks):
    said = []
    session.prepare(lambda fraction, words: said.append(words))
    assert disks.encoded == 1 and disks.asked == [] and "looking" in said
    session.subject().click(64, 48)
    assert session.subject().mask[48, 64] > 0.9
    assert disks.encoded == 1 and session.edits[0].x == 64


def test_prepare_can_be_cancelled_and_needs_no_turn_of_a_computation(session, disks):
    token = CancelToken()
    token.cancel()
    with pytest.raises(CancelledError):
        session.prepare(token)
    with session._lock:  # somebody computes
        other = threading.Thread(target=session.prepare)
        other.start()
        other.join(20)
        assert not other.is_alive() and disks.encoded == 1


def test_a_photo_opened_again_is_not_encoded_again(photo, disks):
    for _ in range(2):
        wb.open(photo, segmenter="disks", journal=False).subject().click(64, 48).prediction  # noqa: B018
    assert disks.encoded == 1


def test_what_a_model_says_of_how_it_runs_is_passed_on(session, disks):
    disks.notes = ["no room on the GPU; disks now runs on the CPU"]
    assert not set(disks.notes) & set(session.notes), "it was not asked yet"
    session.subject().click(64, 48)
    assert session.notes == disks.notes
