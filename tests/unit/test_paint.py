"""Strokes to corrections."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from workbench.edits import Paint, from_json
from workbench.errors import EditError
from workbench.paint import Corrections, coverage, painted


def test_a_crisp_dab_on_a_tiny_photo():
    part, c = coverage([(2.5, 2.5)], 3, (5, 5))
    full = np.zeros((5, 5), np.float32)
    full[part] = c
    # Distances to the centre are 0, 1, √2, 2 …; the radius is 1.5 and the rim one pixel wide.
    expected = [2.0 - 0, 2.0 - 1, 2 - 2**0.5, 0]
    t = np.clip(expected, 0, 1)
    t = t * t * (3 - 2 * t)
    assert full[2, 2] == 1
    assert full[2, 1] == full[1, 2] == t[1] == 1
    assert full[1, 1] == pytest.approx(t[2])
    assert full[2, 0] == 0
    assert np.array_equal(full, full.T)


def test_a_crisp_stroke_covers_the_area_of_its_shape():
    part, c = coverage([(20, 30), (80, 30)], 20, (60, 100))
    capsule = 60 * 20 + np.pi * 10**2
    assert c.sum() == pytest.approx(capsule, rel=0.01)
    assert part[0].stop - part[0].start <= 24


def test_a_stroke_that_leaves_the_photo_is_cut_and_one_outside_is_empty():
    part, c = coverage([(-20, 10), (5, 10)], 8, (20, 20))
    assert part[1].start == 0 and c[:, 0].max() == 1
    _, nothing = coverage([(-50, -50)], 8, (20, 20))
    assert nothing.size == 0


def test_pressure_narrows_the_line():
    full = np.zeros((40, 100), np.float32)
    part, c = coverage([(10, 20), (90, 20)], 20, (40, 100), 1.0, (0.1, 1.0))
    full[part] = c
    widths = (full > 0.5).sum(axis=0)
    assert widths[15] < 6 < 14 < widths[85]


def test_softness_is_monotone_and_crossing_does_not_add_up():
    _, c = coverage([(30, 30)], 40, (60, 60), hardness=0.0)
    row = c[c.shape[0] // 2]
    half = row[len(row) // 2 :]
    assert (np.diff(half) <= 1e-6).all() and (np.abs(np.diff(half)) < 0.12).all()
    once = coverage([(10, 30), (50, 30)], 20, (60, 60), hardness=0.3)[1]
    twice = coverage([(10, 30), (50, 30), (10, 30)], 20, (60, 60), hardness=0.3)[1]
    assert np.array_equal(once, twice)


def test_a_stroke_with_little_flow_builds_up_to_its_opacity_along_its_length():
    line = [(20.0, 30.0), (180.0, 30.0)]
    at_once = coverage(line, 20, (60, 200), 0.5)[1]
    part, slowly = coverage(line, 20, (60, 200), 0.5, (), 0.1)
    middle = slowly[30 - part[0].start]
    # A dab covers a tenth of what is left; nine reach the line's middle, some with their rim.
    assert 0.1 <= middle[12] < middle[30] < 1 - 0.9**9
    assert np.ptp(middle[60:120]) < 0.01
    assert (slowly <= at_once + 1e-6).all()
    back_and_forth = coverage([*line, line[0]], 20, (60, 200), 0.5, (), 0.1)[1]
    assert back_and_forth[30 - part[0].start, 100] > middle[80] + 0.1
    one = coverage([(20.0, 20.0)], 20, (40, 40), 0.5, (), 0.3)[1]
    assert one.max() == pytest.approx(0.3)
    few, many = ((20.0, 30.0), (180.0, 30.0)), tuple((20 + n / 4, 30.0) for n in range(641))
    strokes = [Paint(points=p, size=20, opacity=0.5, flow=0.2) for p in (few, many)]
    a, b = (painted(Corrections.none((60, 200)), s) for s in strokes)
    assert a.weight.max() <= 0.5 and np.allclose(a.weight, b.weight, atol=1e-6)


def test_a_stroke_from_before_there_was_flow_is_what_it_was():
    stroke = Paint(subject="s", points=((3.0, 3.0),))
    assert "flow" not in stroke.to_json() and from_json(stroke.to_json()).flow == 1
    assert Paint(points=((3.0, 3.0),), flow=0.5).to_json()["flow"] == 0.5
    with pytest.raises(EditError, match=r"a flow in 0..1, got 1.5"):
        Paint(points=((3.0, 3.0),), flow=1.5).checked((9, 9))


def test_a_painted_pixel_wins_and_the_last_stroke_counts():
    shape = (40, 40)
    rng = np.random.default_rng(0)
    mask = rng.random(shape, np.float32)
    corrections = Corrections.none(shape)
    corrections = painted(corrections, Paint(points=((20, 20),), size=20, hardness=1))
    kept = corrections.applied_to(mask)
    sure = corrections.weight == 1
    assert sure.sum() > 250
    assert (kept[sure] == 1).all()
    assert np.array_equal(kept[corrections.weight == 0], mask[corrections.weight == 0])
    again = painted(corrections, Paint(points=((20, 20),), size=12, hardness=1, keep=False))
    assert again.applied_to(mask)[20, 20] == 0
    assert again.applied_to(mask)[20, 12] == 1


def test_restore_gives_the_place_back_to_the_model():
    shape = (40, 40)
    corrections = painted(Corrections.none(shape), Paint(points=((20, 20),), size=12, hardness=1))
    corrections = painted(corrections, Paint(points=((20, 20),), size=30, hardness=1, keep=None))
    mask = np.full(shape, 0.3, np.float32)
    assert corrections.applied_to(mask)[20, 20] == pytest.approx(0.3)


def test_half_opacity_twice_is_three_quarters():
    stroke = Paint(points=((10, 10),), size=10, hardness=1, opacity=0.5)
    corrections = painted(painted(Corrections.none((20, 20)), stroke), stroke)
    assert corrections.weight[10, 10] == pytest.approx(0.75)
    assert corrections.value[10, 10] == pytest.approx(1)


def test_a_hands_many_points_cover_what_few_would():
    turn = np.linspace(0, np.pi, 900)
    many = np.stack([150 + 100 * np.cos(turn), 40 + 100 * np.sin(turn)], axis=1)
    few = coverage([tuple(p) for p in many], 30, (200, 300), hardness=0.9)[1]
    # The same arc told in pieces of two points, which cannot be simplified.
    whole = np.zeros((200, 300), np.float32)
    for a, b in pairwise(many):
        part, c = coverage([tuple(a), tuple(b)], 30, (200, 300), hardness=0.9)
        np.maximum(whole[part], c, out=whole[part])
    assert (
        np.abs(whole[whole.any(axis=1)][:, whole.any(axis=0)].sum() - few.sum()) < 0.002 * few.sum()
    )


def test_where_nothing_is_painted_a_plane_is_kept_to_the_bit():
    rng = np.random.default_rng(0)
    plane = rng.random((700, 300), np.float32)
    weight, value = np.zeros((2, 700, 300), np.float32)
    weight[450:470, 20:90], value[450:470, 20:90] = rng.random((2, 20, 70))
    made = Corrections(value, weight).applied_to(plane)
    assert np.array_equal(made, (1 - weight) * plane + weight * value)
    assert (made != plane).any() and np.array_equal(made[weight == 0], plane[weight == 0])
