"""What one more click would give, before it is made."""

from __future__ import annotations

import threading

import cv2
import numpy as np
import pytest

from workbench import segment


def spread(found, shape=(96, 128)):
    """A preview laid on the photo, (H, W) float in [0, 1]."""
    alpha, (x0, y0, x1, y1) = found
    assert alpha.dtype == np.uint8 and 0 <= x0 < x1 <= shape[1] and 0 <= y0 < y1 <= shape[0]
    plane = np.zeros(shape, np.float32)
    left, top, right, bottom = (round(v) for v in (x0, y0, x1, y1))
    size = right - left, bottom - top
    plane[top:bottom, left:right] = cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR) / 255
    return plane


def test_it_is_what_the_click_gives_and_leaves_no_trace(session, disks):
    session.prepare()
    subject = session.subject()
    for keep, (x, y) in ((True, (64, 48)), (True, (100, 70)), (False, (64, 40))):
        _ = subject.mask
        before, edits = len(disks.asked), session.document.edits
        kept = session.bench.predictions.held, session.current
        found = session.hover(x, y, keep)
        assert len(disks.asked) == before + 1
        assert session.document.edits is edits
        assert (session.bench.predictions.held, session.current) == kept
        subject.click(x, y, keep=keep)
        # The same question, word for word; the picture is that of the model's own grid.
        _ = subject.mask
        asked, clicked = disks.asked[-2:]
        assert (asked.points, asked.labels) == (clicked.points, clicked.labels)
        assert (asked.hint is None) == (clicked.hint is None)
        if asked.hint is not None:
            assert np.array_equal(asked.hint.logits, clicked.hint.logits)
        there, here = subject.mask > 0.5, spread(found) > 0.5
        assert (there & here).sum() / (there | here).sum() > 0.93


def test_what_was_painted_shows_in_it_even_outside_of_the_answer(session):
    session.prepare()
    session.subject().paint([(10, 10)], size=14, hardness=1)
    session.subject().paint([(64, 48)], size=10, hardness=1, keep=False)
    plane = spread(session.hover(64, 50))
    assert plane[10, 10] > 0.9 and plane[48, 64] < 0.1 and plane[58, 64] > 0.5


def test_nothing_is_shown_where_something_is_not_ready(session, disks):
    assert session.hover(64, 48) is None  # not looked at the photo yet
    assert disks.encoded == 0
    session.prepare()
    assert session.hover(64, 48) is not None
    for x, y in ((-1, 5), (128, 5), (5, 96.5), (float("nan"), 3)):
        assert session.hover(x, y) is None
    subject = session.subject().click(64, 48)
    asked = len(disks.asked)
    assert session.hover(20, 20) is None  # the last answer is not known yet
    assert len(disks.asked) == asked
    _ = subject.mask
    assert session.hover(20, 20) is not None
    subject.delete()
    assert session.hover(20, 20) is None


def test_it_does_not_wait_for_a_computation(session):
    session.prepare()
    begun, done = threading.Event(), threading.Event()

    def long(_):
        begun.set()
        assert done.wait(20)

    other = threading.Thread(target=session.render, args=(long,))
    other.start()
    assert begun.wait(20)
    assert session.hover(64, 48) is None
    done.set()
    other.join()
    assert session.hover(64, 48) is not None


def test_a_drop_on_nothing_shows_nothing(session):
    session.prepare()
    alpha, box = session.hover(64, 48, keep=False)
    assert alpha.max() == 0 and box == (0, 0, 128, 96)


@pytest.mark.parametrize("use", [{"segmenter": "grabcut"}, {"turn": 90}])
def test_a_segmenter_that_was_not_used_yet_is_not_loaded(session, use, monkeypatch):
    monkeypatch.setattr(segment, "EMBEDDINGS", segment.EmbeddingCache(10**7))
    session.prepare()
    session.use(**use)
    assert session.hover(64, 48) is None
    session.prepare()
    plane = spread(session.hover(64, 48))
    assert plane[48, 64] > 0.5
