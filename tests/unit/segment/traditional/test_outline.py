"""Outlines filled: exact areas."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.segment.traditional import filled


def test_a_rectangle_covers_its_pixels_to_the_fraction():
    expected = np.zeros((6, 7))
    expected[1:4, 2:5] = np.outer([0.5, 1, 1], [0.75, 1, 0.25])
    square = [(2.25, 1.5), (4.25, 1.5), (4.25, 4), (2.25, 4)]
    assert np.allclose(filled(square, (6, 7)), expected, atol=1e-7)
    assert np.array_equal(filled(square, (6, 7)), filled(square[::-1], (6, 7)))
    whole = filled([(2, 1), (5, 1), (5, 4), (2, 4)], (6, 7))
    assert whole.sum() == 9 and set(np.unique(whole)) == {0, 1}


def test_a_triangle_and_a_circle_have_the_area_they_have():
    triangle = filled([(0, 0), (4, 0), (0, 4)], (4, 4))
    assert np.allclose(triangle, (np.tri(4) - 0.5 * np.eye(4))[::-1], atol=1e-7)
    t = np.linspace(0, 2 * np.pi, 3000, endpoint=False)
    circle = filled(np.stack([50 + 40 * np.cos(t), 50 + 40 * np.sin(t)], 1), (100, 100))
    assert circle.sum() == pytest.approx(np.pi * 40**2, rel=1e-5)


def test_what_leaves_the_photo_is_cut_off_and_what_is_nothing_is_nothing():
    assert (filled([(-9, -9), (99, -9), (99, 99), (-9, 99)], (5, 8)) == 1).all()
    half = filled([(-9, 2.5), (99, 2.5), (99, 99), (-9, 99)], (5, 8))
    assert np.array_equal(half[:, 0], [0, 0, 0.5, 1, 1]) and (half == half[:, :1]).all()
    assert filled([(1, 1), (3, 3)], (5, 5)).sum() == 0
    assert filled([(-9, 1), (-5, 1), (-5, 4)], (5, 5)).sum() == 0
    assert filled([(9, 1), (7, 1), (7, 4)], (5, 5)).sum() == 0


def test_going_around_twice_counts_once_and_both_lobes_of_an_eight_count():
    square = [(1, 1), (4, 1), (4, 4), (1, 4)]
    assert np.array_equal(filled(square * 2, (6, 6)), filled(square, (6, 6)))
    eight = filled([(1, 1), (5, 5), (5, 1), (1, 5)], (6, 6))
    assert eight[3, 1] == pytest.approx(1) and eight[3, 4] == pytest.approx(1)
    assert eight[1, 3] == pytest.approx(0)


def test_blocks_of_rows_join_without_a_seam():
    # More than one block of a million pixels.
    tall = filled([(10.5, 100.25), (400, 100.25), (400, 3999.5), (10.5, 3999.5)], (4000, 500))
    assert tall.sum() == pytest.approx(389.5 * 3899.25, rel=1e-6)
    assert (tall[101:3999, 11:400] == 1).all()
