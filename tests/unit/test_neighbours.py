"""Clicks on the neighbours."""

from __future__ import annotations

import numpy as np

from workbench import edits as e
from workbench.neighbours import neighbour_points


def disk(x, y, r, shape=(200, 300)):
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5
    return (np.hypot(columns - x, rows - y) < r).astype(np.float32)


def test_the_deepest_point_of_the_overlap():
    ((x, y),) = neighbour_points(disk(100, 100, 50), disk(160, 100, 50))
    assert abs(x - 130) < 2 and abs(y - 100) < 2


def test_where_they_only_touch_the_middle_of_the_neighbour():
    ((x, y),) = neighbour_points(disk(100, 100, 48), disk(199, 100, 48))
    assert abs(x - 199) < 2 and abs(y - 100) < 2


def test_none_where_they_lie_apart_or_where_one_was_kept():
    assert neighbour_points(disk(60, 100, 40), disk(220, 100, 40)) == []
    own, other = disk(100, 100, 50), disk(160, 100, 50)
    ((x, y),) = neighbour_points(own, other, keep=[(130, 100)])
    assert np.hypot(x - 130, y - 100) > 10
    assert own[int(y), int(x)] and other[int(y), int(x)]
    small = disk(130, 100, 6)
    assert neighbour_points(own, small, keep=[(130, 100)]) == []


def test_more_points_are_apart_and_a_large_photo_is_looked_at_small():
    own, other = disk(100, 100, 50), disk(160, 100, 50)
    points = neighbour_points(own, other, count=3)
    assert len(points) == 3
    for n, (ax, ay) in enumerate(points):
        assert own[int(ay), int(ax)] and other[int(ay), int(ax)]
        assert all(np.hypot(ax - bx, ay - by) > 5 for bx, by in points[:n])
    big = (1500, 3000)
    ((x, y),) = neighbour_points(disk(1000, 700, 500, big), disk(1600, 700, 500, big))
    assert abs(x - 1300) < 12 and abs(y - 700) < 12


def test_the_clicks_are_edits_that_show_and_can_be_taken_back(session):
    cat = session.subject("cat").click(40, 48)
    dog = session.subject("dog").click(56, 48)
    session.subject("bird").click(110, 20)
    session.subject("ghost").click(50, 48).hide()
    before = len(session.edits)
    dog.avoid_others()
    (made,) = session.edits[before:]
    assert isinstance(made, e.Click) and not made.keep and made.subject == dog.id
    assert cat.mask[int(made.y), int(made.x)] > 0.5
    assert dog.mask[int(made.y), int(made.x)] < 0.5
    assert dog.mask[48, 60] > 0.5  # and the rest of it is as it was
    session.retract(made)
    assert dog.mask[int(made.y), int(made.x)] > 0.5
