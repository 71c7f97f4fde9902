"""What a click, or two opinions that agree, hold against an answer: on squares."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.prompts import PromptSet
from workbench.segment.contradictions import without_contradictions

NONE = PromptSet()


def clicks(*those):
    """Prompts of (x, y, label) each."""
    return PromptSet(points=tuple(one[:2] for one in those), labels=tuple(one[2] for one in those))


def test_what_holds_a_click_is_neither_taken_off_nor_added():
    mask = np.zeros((40, 60), np.float32)
    mask[10:30, 5:25] = mask[10:30, 35:55] = 1
    nothing, all_of_it = np.zeros_like(mask), np.ones_like(mask)
    one = without_contradictions(nothing, mask, nothing, clicks((12.5, 20.5, 1)))
    assert (one[10:30, 5:25] == 1).all() and not one[:, 30:].any()
    # A click to drop in what is to be added: all that hangs together there stays away.
    gap = without_contradictions(all_of_it, mask, nothing, clicks((30.0, 20.0, 0)))
    assert (gap == mask).all()
    # Where the answer agrees with a click, or the click lies elsewhere, it stands.
    for said in (NONE, clicks((12.5, 20.5, 0)), clicks((-3.0, 20.0, 1), (70.0, 90.0, 1))):
        assert (without_contradictions(nothing, mask, nothing, said) == nothing).all()


def test_no_hole_is_opened_that_mask_and_colours_do_not_see():
    mask = np.zeros((40, 40), np.float32)
    mask[5:35, 5:35] = 1
    answer = mask.copy()
    answer[15:25, 15:25] = 0
    assert (without_contradictions(answer, mask, mask, NONE) == mask).all()
    # … unless a click asked for it.
    assert (without_contradictions(answer, mask, mask, clicks((20.5, 20.5, 0))) == answer).all()
    # Colours see it too, or it is open to the side: then it is one.
    assert (without_contradictions(answer, mask, answer, NONE) == answer).all()
    answer[15:25, 15:] = 0
    assert (without_contradictions(answer, mask, mask, NONE) == answer).all()


def test_each_of_many_holes_is_judged_by_itself():
    """As a fresh judgement of each alone would have it, at the edges of the grid too."""
    rng = np.random.default_rng(4)
    answer = (cv2.GaussianBlur(rng.random((90, 120), np.float32), (0, 0), 2) > 0.47).astype(
        np.float32
    )
    mask = (cv2.GaussianBlur(rng.random((90, 120), np.float32), (0, 0), 8) > 0.49).astype(
        np.float32
    )
    held = without_contradictions(answer, mask, mask, NONE)
    number, pieces = cv2.connectedComponents((answer < 0.5).astype(np.uint8), connectivity=4)
    expected, filled, left = answer.copy(), 0, 0
    for piece in range(1, number):
        hole = pieces == piece
        inner = not (hole[0].any() or hole[-1].any() or hole[:, 0].any() or hole[:, -1].any())
        if inner and mask[hole].mean() > 0.8:
            near = cv2.dilate(hole.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
            expected[near] = np.maximum(expected[near], mask[near])
            filled += 1
        left += not (inner and mask[hole].mean() > 0.8)
    assert filled > 5 and left > 5
    assert (held == expected).all()
