"""Re-running with hints, from the stroke to the report."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from workbench.errors import EditError
from workbench.layers import Layers


def hits(mask, corrections):
    """The share of what was painted that a mask has on the side that was painted."""
    painted = corrections.weight > 0.5
    return float(((mask > 0.5) == (corrections.value > 0.5))[painted].mean())


def own(session, subject):
    """The model's own mask, without what was painted."""
    return session.render(lambda r: r.subject(subject.id).mask)


def corrections(session, subject):
    return session.render(lambda r: r.subject(subject.id).corrections)


def test_a_correction_is_asked_as_points_a_box_and_certain_logits(session, disks):
    subject = session.subject().click(40, 48)
    subject.paint([(90, 30), (110, 30)], size=10, hardness=1)
    subject.paint([(40, 62)], keep=False, size=6, hardness=1)
    subject.rerun()
    assert subject.prediction is not None
    asked = disks.asked[-1]
    assert asked.points[0] == (40, 48) and asked.labels[0] == 1
    stroke = [p for p, v in zip(asked.points[1:], asked.labels[1:], strict=True) if v]
    assert stroke and all(abs(y - 30) <= 1 and 85 <= x <= 115 for x, y in stroke)
    assert [v for v in asked.labels if not v] == [0]
    # Painted beyond what the model saw: how far the subject reaches is not known any more.
    assert asked.boxes == ()
    at = (np.array([[30, 100], [62, 40], [48, 40], [90, 5]]) / 2).astype(int)
    logits = asked.hint.logits
    assert logits[tuple(at[0])] == 16 and logits[tuple(at[1])] == -16
    before = session.earlier(1).subject(subject.id).prediction.logits[0]
    for row, column in at[2:]:
        assert logits[row, column] == before[row, column]


def test_a_box_of_what_is_kept_is_asked_where_nothing_was_painted_beyond_it(session, disks):
    subject = session.subject().click(40, 48)
    subject.paint([(40, 62)], keep=False, size=6, hardness=1).paint([(40, 40)], size=6).rerun()
    _ = subject.mask
    (box,) = disks.asked[-1].boxes
    # The disk reaches from 24 to 56 and from 32 to 64, and the box a little farther.
    assert box == pytest.approx((24, 32, 56, 64), abs=4)
    assert box[0] <= 24 and box[1] <= 32 and box[2] >= 56


def test_a_click_painted_over_is_not_asked_again(session, disks):
    subject = session.subject().click(40, 48).click(90, 48)
    subject.paint([(90, 48)], keep=False, size=20, hardness=1).rerun()
    _ = subject.mask
    asked = disks.asked[-1]
    assert (90, 48) not in [p for p, v in zip(asked.points, asked.labels, strict=True) if v]
    assert (40, 48) in asked.points


def test_ones_own_box_stays_but_for_what_was_painted_beside_it(session, disks):
    subject = session.subject().box(30, 15, 98, 80).paint([(50, 50)], size=10).rerun()
    _ = subject.mask
    assert disks.asked[-1].boxes == ((30, 15, 98, 80),)
    subject.paint([(110, 50)], size=10, hardness=1).rerun()
    _ = subject.mask
    (box,) = disks.asked[-1].boxes
    assert box[:2] == (30, 15) and box[2] == pytest.approx(115, abs=1) and box[3] == 80


def test_after_the_re_run_the_painted_pixels_still_win(session, disks):
    subject = session.subject().click(64, 48)
    first = subject.prediction
    subject.paint([(10, 10), (30, 12)], size=12, hardness=1)
    subject.paint([(64, 48)], keep=False, size=8, hardness=1)
    disks.predict = lambda embedding, prompts: first  # deaf to all hints
    subject.rerun()
    told = corrections(session, subject)
    sure = told.weight == 1
    assert sure.sum() > 200
    for plane in (subject.mask, session.alpha()):
        assert np.array_equal(plane[sure], told.value[sure])
    assert hits(own(session, subject), told) == 0
    assert subject.understood.share == 0


@pytest.mark.parametrize("understands", [0.0, 0.25, 1.0])
def test_the_reports_share_is_what_the_model_understood_by_itself(session, disks, understands):
    """By construction the model takes over so much of a stroke, and changes so much elsewhere."""
    subject = session.subject().click(64, 48)
    first = subject.prediction
    subject.paint([(20.0, 80.0), (100.0, 80.0)], size=8, hardness=1)
    stroke = corrections(session, subject).weight > 0.5
    columns = np.flatnonzero(stroke.any(axis=0))
    until = columns[0] + round(understands * len(columns))
    answer = np.zeros((96, 128), bool)
    answer |= first.masks[0] > 0.5
    answer[:, :until] |= stroke[:, :until]
    answer[2:12, 100:120] = True  # 200 px gained
    answer[46:50, 60:70] = False  # 40 px lost

    def constructed(embedding, prompts):
        from workbench.starting import as_prediction

        return as_prediction(answer.astype(np.float32))

    disks.predict = constructed
    subject.rerun()
    report = subject.understood
    expected = float(answer[stroke].mean())
    assert report.share == pytest.approx(expected, abs=0.02)
    assert (report.gained, report.lost) == (pytest.approx(200, abs=10), pytest.approx(40, abs=8))
    assert f"{report.share:.0%} of the correction understood" in report.words
    # What is painted since is not what the model was told.
    subject.paint([(110, 90)], keep=False, size=8)
    assert subject.understood.share == report.share


def test_the_old_answer_can_be_kept(session):
    subject = session.subject().click(64, 48).paint([(100, 80)], size=14, hardness=1)
    before = subject.mask
    assert subject.understood is None
    with pytest.raises(EditError, match="expected a re-run as the last thing"):
        subject.keep_old_answer()
    subject.rerun()
    assert subject.understood.edit == session.edits[-1].id
    assert not np.array_equal(subject.mask, before)
    subject.keep_old_answer()
    assert np.array_equal(subject.mask, before) and subject.understood is None
    assert len(session.edits) == 4  # nothing is forgotten: a Retract
    session.undo()
    assert subject.understood is not None
    subject.click(20, 20)
    assert subject.understood is None


def test_a_re_run_with_nothing_painted_has_no_share(session):
    subject = session.subject().click(64, 48).rerun()
    assert subject.understood.share is None and "understood" not in subject.understood.words


def ring(shape=(96, 128)):
    """A mask that no click would give: a ring around the disk of the photo."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5
    from_middle = np.hypot(x - 64, y - 48)
    return ((from_middle > 20) & (from_middle < 40)).astype(np.float32)


@pytest.mark.parametrize("how", ["array", "file"])
def test_a_loaded_mask_is_the_hint_that_corrections_go_into(session, disks, tmp_path, how):
    given = ring()
    if how == "file":
        cv2.imwrite(str(tmp_path / "ring.png"), (given * 255).astype(np.uint8))
    subject = session.subject().load_mask(given if how == "array" else tmp_path / "ring.png")
    assert disks.asked == []
    subject.paint([(64, 48)], size=20, hardness=1)
    assert subject.mask[48, 64] == 1
    subject.rerun()
    _ = subject.mask
    asked = disks.asked[-1]
    whole = cv2.resize(asked.hint.logits, (128, 96))
    assert np.array_equal(whole[10:80:7, 5:20] > 0, given[10:80:7, 5:20] > 0.5)
    assert whole[48, 64] == pytest.approx(16) and asked.points[0] == pytest.approx((64, 48), abs=1)
    assert asked.boxes[0] == pytest.approx((20, 4, 108, 92), abs=1)
    assert subject.mask[48, 64] == 1  # painted pixels win here too
    assert subject.understood.share == 1


def test_a_click_on_a_loaded_mask_goes_on_from_it(session, disks):
    subject = session.subject().load_mask(ring()).click(10, 10)
    _ = subject.mask
    asked = disks.asked[-1]
    assert asked.points == ((10, 10),) and asked.boxes == ()
    assert np.array_equal(cv2.resize(asked.hint.logits, (128, 96)) > 0, ring() > 0.5)
    # The hand-made segmenter takes half of its hint: the ring is half there, and the new disk.
    assert subject.mask[48, 64 - 30] > 0.4 > 0.1 > subject.mask[90, 120]
    assert subject.mask[10, 10] > 0.5


def test_a_loaded_mask_re_run_at_once_asks_a_box_with_it(session, disks):
    subject = session.subject().load_mask(ring()).rerun()
    _ = subject.mask
    asked = disks.asked[-1]
    assert asked.hint is not None and asked.points == ()
    assert asked.boxes[0] == pytest.approx((20, 4, 108, 92), abs=1)


def test_a_closer_look_at_a_loaded_mask_takes_it_as_a_belief_too(session):
    subject = session.subject().load_mask(ring())
    layers = Layers(subject.state.steps, (), session.bench, None)
    logits = layers.hint((32, 16, 96, 80)).logits
    assert logits.max() == 8 and logits.min() == -8
