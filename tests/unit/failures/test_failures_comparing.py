import math

import numpy as np
import pytest

from workbench import metrics
from workbench.failures.comparing import boundary_error, compare, error_map


def test_lost_and_leaked_are_told_apart_and_make_the_sad():
    truth = np.zeros((4, 5), np.float32)
    truth[:, :3] = 1
    alpha = truth.copy()
    alpha[0, 0], alpha[1, 4], alpha[2, 4] = 0.25, 0.5, 0.125
    found = compare(alpha, truth)
    assert found.lost == pytest.approx(0.75e-3) and found.leaked == pytest.approx(0.625e-3)
    assert found.sad == pytest.approx(metrics.sad(alpha, truth))


def test_the_boundary_error_of_a_moved_edge_is_how_far_it_moved():
    truth = np.zeros((40, 60), np.float32)
    truth[:, :20] = 1
    for moved in (0, 3, 7):
        alpha = np.zeros_like(truth)
        alpha[:, : 20 + moved] = 1
        assert boundary_error(alpha, truth) == pytest.approx(moved, abs=0.05)


def test_without_an_outline_there_is_no_boundary_error():
    truth = np.zeros((10, 10), np.float32)
    truth[:, :5] = 1
    found = compare(np.full_like(truth, 0.3), truth)
    assert math.isnan(found.boundary) and str(found).endswith("; no outline")


def test_the_map_is_orange_where_lost_blue_where_leaked_and_pale_where_right():
    truth = np.array([[1, 0, 1, 0]], np.float32)
    alpha = np.array([[0, 1, 1, 0]], np.float32)
    shown = error_map(alpha, truth).astype(int)
    assert tuple(shown[0, 0]) == (213, 94, 0) and tuple(shown[0, 1]) == (0, 114, 178)
    assert (shown[0, 2:] > 200).all()
    photo = np.zeros((1, 4, 3), np.uint8)
    assert (np.diff(error_map(alpha, truth, photo)[0, 2:], axis=1) == 0).all()  # grey
