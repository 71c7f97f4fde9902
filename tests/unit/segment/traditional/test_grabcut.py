"""GrabCut from a box."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from workbench.errors import InputError, PromptError
from workbench.segment.traditional import grabcut


def disk(height=96, width=128, centre=(64, 48), radius=30):
    y, x = np.mgrid[0:height, 0:width] + 0.5
    truth = np.hypot(x - centre[0], y - centre[1]) < radius
    grain = np.random.default_rng(0).integers(-12, 13, (height, width, 3))
    image = np.where(truth[..., None], (200, 60, 50), (60, 140, 70)) + grain
    return np.clip(image, 0, 255).astype(np.uint8), truth


def iou(mask, truth):
    return (np.minimum(mask, truth).sum()) / np.maximum(mask, truth).sum()


def test_it_finds_the_thing_in_the_box_and_nothing_outside_it():
    image, truth = disk()
    mask = grabcut(image, (30, 14, 98, 82))
    assert iou(mask, truth) > 0.95
    assert mask[:14].sum() == mask[:, :30].sum() == mask[82:].sum() == mask[:, 98:].sum() == 0
    image[5:90, 110:120] = (200, 60, 50)  # more of that colour beside it
    assert iou(grabcut(image, (30, 14, 98, 82)), truth) > 0.95


def test_the_same_question_has_the_same_answer_whatever_was_asked_between():
    image, _ = disk()
    first = grabcut(image, (30, 14, 98, 82), 2)
    cv2.setRNGSeed(5)
    grabcut(image[:50], (3, 3, 40, 40), 1)
    assert np.array_equal(grabcut(image, (30, 14, 98, 82), 2), first)


def test_a_large_photo_is_cut_small_and_its_edge_laid_along_the_photo():
    image, truth = disk(700, 900, (450, 350), 300)
    mask = grabcut(image, (130, 30, 770, 670), 1)
    assert iou(mask, truth) > 0.99
    wrong = np.abs(mask - truth) > 0.5
    assert wrong.sum() < 0.5 * 2 * np.pi * 300  # less than half a pixel along the outline


@pytest.mark.parametrize(
    ("shape", "box"),
    [((96, 128), (0, 0, 128, 96)), ((20, 400), (150, 2, 250, 18)), ((4, 4), (1, 1, 3, 3)),
     ((1, 1), (0, 0, 1, 1)), ((2, 40), (0, 0, 40, 2))],
)  # fmt: skip
def test_whole_photos_strips_and_specks_have_an_answer(shape, box):
    image, _ = disk(*shape, centre=(shape[1] / 2, shape[0] / 2), radius=min(shape) / 3)
    mask = grabcut(image, box, 1)
    assert mask.shape == shape and np.isfinite(mask).all() and 0 <= mask.min() <= mask.max() <= 1


def test_questions_that_make_no_sense_are_refused():
    image, _ = disk()
    with pytest.raises(PromptError, match="inside"):
        grabcut(image, (30, 14, 200, 82))
    with pytest.raises(InputError, match="1 to 20"):
        grabcut(image, (30, 14, 98, 82), 0)
