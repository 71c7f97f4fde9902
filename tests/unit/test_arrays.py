"""Checks and conversions of arrays, on arrays small enough to read."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.arrays import (
    LOGIT_LIMIT,
    check_image,
    check_plane,
    check_trimap,
    depth_within,
    digest,
    frozen,
    logit,
    row_blocks,
    sigmoid,
    to_float,
    to_uint8,
    to_uint16,
)
from workbench.errors import ArrayError


def test_every_8_bit_value_survives_the_way_there_and_back():
    every = np.arange(256, dtype=np.uint8)
    assert (to_uint8(to_float(every)) == every).all()
    assert (to_uint8(to_uint16(every)) == every).all()
    assert (to_uint16(every) == np.arange(256) * 257).all()
    every16 = np.arange(65536, dtype=np.uint16)
    assert (to_uint16(to_float(every16)) == every16).all()
    # Rounded to nearest: a step of 8 bits is 257 of 16.
    assert (to_uint8(every16) == np.floor(np.arange(65536) / 257 + 0.5)).all()


def test_floats_are_rounded_to_nearest_and_clipped():
    values = np.array([-1, 0, 0.49 / 255, 0.51 / 255, 1, 7], np.float32)
    assert to_uint8(values).tolist() == [0, 0, 0, 1, 255, 255]
    assert to_uint16(np.array([-1.0, 0.5 / 65535 + 1e-9, 1, 2])).tolist() == [0, 1, 65535, 65535]


def test_logit_and_sigmoid_are_inverse_within_their_limits():
    p = np.linspace(0.001, 0.999, 999, dtype=np.float32)
    assert np.abs(sigmoid(logit(p)) - p).max() < 1e-6
    assert logit(np.array([0.0, 1.0])).tolist() == pytest.approx([-LOGIT_LIMIT, LOGIT_LIMIT])
    with np.errstate(all="raise"):
        assert sigmoid(np.array([-1e9, 0, 1e9])).tolist() == pytest.approx([0, 0.5, 1], abs=1e-30)
    assert sigmoid(np.array([LOGIT_LIMIT], np.float32))[0] == 1


@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (1, 200_000), (700, 301), (3, 200, 250)])
def test_the_sigmoid_part_by_part_and_in_place_is_that_of_the_whole(shape):
    x = np.random.default_rng(0).normal(0, 8, shape).astype(np.float32)
    kept = x.copy()
    made = sigmoid(x)
    assert made.shape == shape and np.array_equal(x, kept)
    assert np.array_equal(made, 1 / (1 + np.exp(-x)))
    plane = np.asarray(x)
    assert sigmoid(plane, out=plane) is plane
    assert np.array_equal(plane, made)


def test_masks_of_every_kind_read_as_floats():
    expected = np.array([[0, 1]], np.float32)
    for plane in (expected, expected.astype(bool), (expected * 255).astype(np.uint8),
                  expected.astype(np.float64), (expected * 65535).astype(np.uint16),
                  expected.astype(np.uint8), expected.astype(np.int64)):  # fmt: skip
        read = check_plane(plane)
        assert read.dtype == np.float32 and (read == expected).all()
    for trimap in ([[0, 128, 255]], [[0, 127, 255]], [[0, 32896, 65535]], [[0, 32767, 65535]]):
        for kind in (np.uint8, np.uint16, np.int64):
            if max(trimap[0]) <= np.iinfo(kind).max:
                assert check_trimap(np.array(trimap, kind)).tolist() == [[0, 0.5, 1]]
    assert check_trimap(np.array([[0, 128]], np.uint8)).tolist() == [[0, 0.5]]


@pytest.mark.parametrize(
    ("check", "array", "says"),
    [
        (check_image, np.zeros((4, 4)), r"\(H, W, 3\), got \(4, 4\)"),
        (check_image, np.zeros((0, 4, 3)), r"got \(0, 4, 3\)"),
        (check_image, np.zeros((1, 1, 3), np.int32), "int32"),
        (check_image, np.full((1, 1, 3), 255.0), r"0\.\.1, got 255\.\.255"),
        (check_image, np.full((1, 1, 3), np.nan), "got 3 NaN"),
        (check_plane, np.zeros((4, 4, 1)), r"\(H, W\)"),
        (check_plane, np.array([[np.inf, 0]]), "got 1 NaN or infinite"),
        (check_plane, np.array([["a"]]), "expected mask of bool"),
        (check_plane, np.array([[-0.1]]), r"got -0\.1"),
        (check_trimap, np.array([[0.25, 0.5]]), "1 other values such as 0.25"),
        (check_plane, np.array([[-1, 1]]), "got int64"),
        (check_plane, np.array([[0, 3]]), "integers of 0 and 1"),
        (check_trimap, np.array([[127, 200]], np.uint8), "1 other values such as 0.78"),
    ],
)
def test_what_is_none_of_these_is_refused(check, array, says):
    with pytest.raises(ArrayError, match=says):
        check(array)


def test_the_shape_asked_for_is_held():
    with pytest.raises(ArrayError, match=r"expected alpha of shape \(2, 3\), got \(3, 2\)"):
        check_plane(np.zeros((3, 2)), (2, 3), "alpha")


def test_a_digest_is_of_values_shape_and_kind():
    a = np.arange(6, dtype=np.uint8).reshape(2, 3)
    same = digest(a)
    assert digest(np.asfortranarray(a)) == same == digest(a.copy())
    others = [a.reshape(3, 2), a.astype(np.uint16), a + 1, a.astype(np.int8)]
    assert len({same, *map(digest, others)}) == 5


def test_frozen_arrays_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        frozen(np.zeros(2))[0] = 1


@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (5, 100), (10, 4, 3)])
def test_row_blocks_cover_every_row_once(shape):
    array = np.zeros(shape, int)
    for rows in row_blocks(array, pixels=10):
        assert array[rows].shape[0] <= max(1, 10 // shape[1])
        array[rows] += 1
    assert (array == 1).all()


def test_depth_within_is_the_same_to_the_bit_wherever_it_lies_in_memory() -> None:
    y, x = np.mgrid[:120, :120] - 60
    region = x * x + y * y < 2500
    first, held = None, []
    for n in range(60):
        held.append(np.empty(1 + 7919 * n % 100_000, np.uint8))  # moves what is made next
        depth = depth_within(region)
        first = depth if first is None else first
        np.testing.assert_array_equal(depth, first)
    assert first is not None and first[60, 60] == 50 and (first[~region] == 0).all()
    row = np.array([[False, True, True, True, True]])
    np.testing.assert_array_equal(depth_within(row), [[0, 1, 2, 3, 4]])
    assert np.isinf(depth_within(row[:, 1:])).all()
