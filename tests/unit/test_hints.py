"""Corrections to hints: points, logits, a box."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.coordinates import Frame
from workbench.edits import Paint
from workbench.hints import (
    HINT_LOGIT,
    corrected_logits,
    correction_points,
    holding,
    kept_box,
    lasso_hint,
    not_painted_over,
    painted_box,
    stroke_points,
    tempered,
)
from workbench.paint import Corrections, painted
from workbench.prompts import Hint


def after(shape, *strokes):
    made = Corrections.none(shape)
    for stroke in strokes:
        made = painted(made, stroke)
    return made


def test_strokes_become_one_to_three_points_far_apart():
    assert len(stroke_points([(10, 10)], 8, (50, 90))) == 1
    spread = stroke_points([(5, 25), (85, 25)], 8, (50, 90))
    assert len(spread) == 3
    xs = sorted(x for x, _ in spread)
    assert xs[1] - xs[0] > 30 and xs[2] - xs[1] > 30
    assert stroke_points([(-9, -9), (-1, -1)], 8, (50, 90)) == []


def test_speed_of_the_hand_does_not_move_the_points():
    slow = [(5 + n * 0.25, 25.0) for n in range(321)]
    fast = [(5.0, 25.0), (85.0, 25.0)]
    assert np.allclose(stroke_points(slow, 8, (50, 90)), stroke_points(fast, 8, (50, 90)), atol=1)


def test_a_stroke_painted_over_asks_for_nothing():
    keep = Paint(points=((20, 20),), size=10, hardness=1)
    drop = Paint(points=((20, 20),), size=30, hardness=1, keep=False)
    corrections = painted(painted(Corrections.none((40, 40)), keep), drop)
    points, labels = correction_points((keep, drop), corrections)
    assert labels == [0]
    assert np.hypot(points[0][0] - 20, points[0][1] - 20) < 1


def test_painted_pixels_are_certain_in_the_hint_and_the_rest_keeps_the_models_belief():
    shape = (64, 64)
    corrections = painted(Corrections.none(shape), Paint(points=((16, 16),), size=20, hardness=1))
    logits = np.full((16, 16), -3.0, np.float32)
    hint = corrected_logits(logits, Frame.whole(shape), corrections)
    assert hint[4, 4] == pytest.approx(HINT_LOGIT)
    assert (hint[10:, 10:] == -3).all()


def test_a_lasso_says_certainly_not_outside():
    hint = lasso_hint([(10, 10), (50, 10), (50, 50), (10, 50)], (60, 60))
    assert hint.logits[30, 30] > 0 and hint.logits[5, 5] < -5
    assert hint.logits.shape == (60, 60)
    assert (hint.logits > 0).sum() == pytest.approx(1600, rel=0.06)


def test_a_strokes_points_lie_on_its_medial_axis_far_apart():
    stroke = Paint(points=((30, 40), (170, 40)), size=20, hardness=1)
    points, labels = correction_points((stroke,), after((80, 200), stroke))
    assert labels == [1, 1, 1]
    assert all(abs(y - 40) <= 1 and 30 <= x <= 170 for x, y in points)
    assert abs(points[0][0] - 100) < 3  # the middle first
    xs = sorted(x for x, _ in points)
    assert np.diff(xs).min() > 30


def test_of_a_stroke_half_painted_over_the_points_lie_amid_what_is_left():
    keep = Paint(points=((30, 40), (170, 40)), size=40, hardness=1)
    drop = Paint(points=((30, 20), (170, 20)), size=40, hardness=1, keep=False)
    corrections = after((100, 200), keep, drop)
    points, labels = correction_points((keep, drop), corrections)
    for (x, y), label in zip(points, labels, strict=True):
        assert corrections.weight[int(y), int(x)] > 0.5
        assert (corrections.value[int(y), int(x)] > 0.5) == bool(label)
        # What is left of the keep stroke reaches from 40 down to 60.
        assert abs(y - (50 if label else 20)) < 3
    assert labels.count(1) >= 1 and labels.count(0) == 3


def test_much_scrubbing_over_one_place_asks_little():
    strokes = [
        Paint(points=((20, 20 + 3 * n), (80, 22 + 3 * n)), size=12, hardness=0.5) for n in range(20)
    ]
    points, labels = correction_points(strokes, after((120, 120), *strokes))
    assert 1 <= len(points) <= 3 and set(labels) == {1}
    apart = [Paint(points=((x, y),), size=6) for x in range(10, 300, 20) for y in (10, 30)]
    assert len(correction_points(apart, after((40, 300), *apart))[0]) == 8


def test_what_is_left_between_strokes_asks_for_nothing():
    keep = Paint(points=((30, 40), (170, 40)), size=30, hardness=1)
    drop = Paint(points=((30, 40), (170, 40)), size=28, hardness=1, keep=False)
    _, labels = correction_points((keep, drop), after((80, 200), keep, drop))
    assert set(labels) == {0}
    # A thin brush's own line is no sliver.
    fine = Paint(points=((30, 40), (170, 40)), size=2, hardness=1)
    assert len(correction_points((fine,), after((80, 200), fine))[0]) == 3


def test_the_points_of_a_stroke_over_the_border_lie_in_the_photo():
    stroke = Paint(points=((-20, 5), (220, 5)), size=20, hardness=1)
    points, _ = correction_points((stroke,), after((60, 200), stroke))
    assert points and all(0 <= x < 200 and 0 <= y < 60 for x, y in points)
    outside = Paint(points=((-50, -50),), size=20)
    assert correction_points((outside,), after((60, 200), outside)) == ([], [])


def test_a_click_that_was_painted_over_with_the_contrary_asks_no_more():
    drop = Paint(points=((20, 20),), size=10, hardness=1, keep=False)
    corrections = after((40, 60), drop)
    points, labels = not_painted_over([(20, 20), (21, 20), (50, 20)], [1, 0, 1], corrections)
    assert points == [(21, 20), (50, 20)] and labels == [0, 1]


def test_the_box_holds_what_is_believed_and_painted_and_no_specks():
    shape = (100, 200)
    logits = np.full((50, 100), -5.0, np.float32)
    logits[10:30, 20:50] = 3  # (40, 20) to (100, 60)
    logits[45, 90] = 3
    keep = Paint(points=((130, 30),), size=10, hardness=1)
    drop = Paint(points=((180, 80),), size=10, hardness=1, keep=False)
    told = painted_box(after(shape, keep, drop))
    assert told == pytest.approx((125, 25, 135, 35), abs=1)
    box = kept_box(Hint(logits, Frame.whole(shape)), told, shape)
    rim = 0.05 * (told[2] - 40)
    assert box == pytest.approx((40 - rim, 20 - rim, told[2] + rim, 60 + rim), abs=0.1)
    nothing = Hint(np.full((5, 5), -3.0, np.float32), Frame.whole(shape))
    assert kept_box(nothing, None, shape) is None
    assert painted_box(after(shape, drop)) is None


def test_a_box_of_ones_own_is_widened_for_what_was_painted_beside_it():
    shape = (100, 200)
    assert holding((10, 10, 50, 50), (20, 20, 30, 30), shape) == (10, 10, 50, 50)
    assert holding((10, 10, 50, 50), (40, 5, 90, 30), shape) == (10, 5, 90, 50)
    assert holding((10, 10, 50, 50), None, shape) == (10, 10, 50, 50)


def test_a_mask_from_elsewhere_is_a_belief_and_paint_is_surer():
    shape = (40, 40)
    black_and_white = np.where(np.arange(1600).reshape(shape) % 7 == 0, 20.0, -20.0)
    hint = tempered(Hint(black_and_white.astype(np.float32), Frame.whole(shape)))
    assert np.array_equal(hint.logits > 0, black_and_white > 0)
    told = corrected_logits(
        hint.logits, hint.frame, after(shape, Paint(points=((20, 20),), size=12, hardness=1))
    )
    assert told[20, 20] == HINT_LOGIT > np.abs(hint.logits).max() == 8
