"""Planes that are computed where they are asked for: every part is that of the whole."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from workbench.coordinates import Frame
from workbench.parallel import at_once
from workbench.planes import Laid, asked, met, place


def test_every_part_is_that_of_the_whole():
    rng = np.random.default_rng(0)
    for n in range(60):
        shape = tuple(int(v) for v in rng.integers(1, 200, 2))
        grid = rng.normal(0, 5, rng.integers(1, 40, 2)).astype(np.float32)
        x0, y0, x1, y1 = (float(v) for v in (*rng.uniform(-40, 60, 2), *rng.uniform(70, 300, 2)))
        frame = (Frame.whole(shape), Frame(x0, y0, x1, y1), Frame(x0, y0, x1, y1, (64, 48)))[n % 3]
        plane = Laid(grid, frame, shape, -20.0)
        whole = place(grid, frame, shape, -20.0)
        assert whole.shape == shape and whole.dtype == np.float32
        for _ in range(5):
            first, last = np.sort(rng.integers(0, np.array(shape) + 1, (2, 2)), axis=0)
            steps = rng.integers(1, 9, 2)
            rows, columns = (
                slice(int(a), int(b), int(c)) for a, b, c in zip(first, last, steps, strict=True)
            )
            assert np.array_equal(plane[rows, columns], whole[rows, columns])


def test_on_a_grid_of_its_own_size_the_values_stay_what_they_are():
    grid = np.random.default_rng(1).normal(0, 5, (17, 23)).astype(np.float32)
    assert np.array_equal(place(grid, Frame.whole((17, 23)), (17, 23), 0), grid)
    assert np.array_equal(place(grid, Frame(2, 1, 25, 18), (20, 30), 7.0)[1:18, 2:25], grid)


@pytest.mark.parametrize("step", [1, 3, 7])
def test_a_range_meets_a_place_where_both_have_rows(step):
    for start in range(0, 12):
        for stop in range(start, 14):
            wanted, _ = asked((slice(start, stop, step), slice(None)), (13, 1))
            for begin in range(0, 13, 2):
                place_ = slice(begin, min(begin + 5, 13))
                which, there = met(wanted, place_)
                rows = [row for row in wanted if row in range(place_.start, place_.stop)]
                assert [*wanted[which]] == rows
                assert [*range(place_.start, place_.stop)[there]] == rows


def test_parts_are_worked_on_at_once_and_answered_in_their_order():
    seen = set()

    def work(n):
        seen.add(threading.get_ident())
        if n == 30:
            raise ValueError("the thirtieth")
        return n * n

    assert at_once(work, range(20)) == [n * n for n in range(20)]
    assert at_once(work, []) == []
    with pytest.raises(ValueError, match="thirtieth"):
        at_once(work, range(40))
