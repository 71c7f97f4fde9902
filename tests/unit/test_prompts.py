"""Questions that make no sense are answered with a PromptError, whatever their types."""

import numpy as np
import pytest

from workbench.coordinates import Frame
from workbench.errors import PromptError
from workbench.prompts import Hint, PromptSet

SHAPE = (10, 20)
WHOLE = Frame.whole(SHAPE)
POINT = ((3.0, 4.0),)

BAD = {
    "one number": ({"points": 5, "labels": (1,)}, r"points \[\(x, y\), \.\.\.\], got 5"),
    "nothing": ({"points": None, "labels": None}, "points .* got None"),
    "a string": ({"points": "3,4", "labels": (1,)}, "points .* got '3,4'"),
    "a flat point": ({"points": (3.0, 4.0), "labels": (1, 1)}, r"a point \(x, y\), got 3\.0"),
    "three numbers": ({"points": ((1, 2, 3),), "labels": (1,)}, r"got \(1, 2, 3\)"),
    "ragged": ({"points": ((1, 2), (1, 2, 3)), "labels": (1, 1)}, r"got \(1, 2, 3\)"),
    "too deep": ({"points": np.zeros((1, 1, 2)), "labels": (1,)}, "a point"),
    "not a number": ({"points": ((np.nan, 1),), "labels": (1,)}, "got .nan, 1"),
    "no label": ({"points": POINT}, "1 points and 0 labels"),
    "label 2": ({"points": POINT, "labels": (2,)}, "got 2"),
    "label in words": ({"points": POINT, "labels": ("keep",)}, "got 'keep'"),
    "label of several": ({"points": POINT, "labels": (np.array([1, 0]),)}, r"got array\(\[1, 0\]"),
    "labels not a list": ({"points": POINT, "labels": 1}, r"labels \[1, 0, \.\.\.\], got 1"),
    "a flat box": (
        {"boxes": np.array([1.0, 2, 3, 4])},
        r"numbers of one: \[1\.0, 2\.0, 3\.0, 4\.0",
    ),
    "half a box": ({"boxes": ((1, 2, 3),)}, r"got \(1, 2, 3\)"),
    "two boxes": ({"boxes": ((1, 2, 3, 4),) * 2}, "at most one box at a time, got 2"),
    "bare logits": ({"hint": np.zeros((4, 4))}, "a Hint .* got ndarray"),
    "no logits": ({"hint": Hint(None, WHOLE)}, r"got object \(\)"),
    "logits of three": ({"hint": Hint(np.zeros((1, 4, 4)), WHOLE)}, r"got float64 \(1, 4, 4\)"),
    "endless logits": ({"hint": Hint(np.full((4, 4), np.inf), WHOLE)}, "got NaN or infinite"),
    "a text of numbers": ({"text": 5}, "a text in words, got 5"),
    "nothing asked": ({}, "got none of them"),
}


@pytest.mark.parametrize("kind", BAD)
def test_wrong_shapes_and_types_are_named(kind):
    values, says = BAD[kind]
    with pytest.raises(PromptError, match=says) as caught:
        PromptSet(**values).checked(SHAPE)
    assert "expected" in str(caught.value) and "\n" not in str(caught.value)


def test_arrays_and_lists_are_as_good_as_tuples():
    plain = PromptSet(((3.0, 4.0),), (1,), ((1.0, 2.0, 9.0, 8.0),)).checked(SHAPE)
    for points, labels, boxes in (
        ([[3, 4]], [True], [[1, 2, 9, 8]]),
        (np.array([[3, 4]]), np.array([1]), np.array([[1.0, 2, 9, 8]])),
        ([np.float32([3, 4])], np.array([True]), [np.int64([1, 2, 9, 8])]),
    ):
        made = PromptSet(points, labels, boxes).checked(SHAPE)
        assert (made.points, made.labels, made.boxes) == (plain.points, plain.labels, plain.boxes)
