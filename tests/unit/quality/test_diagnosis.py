"""Figures with known answers on planted pictures, and the weighing of figures to the last digit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtri

from workbench.errors import ArrayError
from workbench.failures import MODES
from workbench.quality.diagnosis import ADVICE, CHECKED, NOTHING, TAKEN, WORDS, Symptoms, figures
from workbench.quality.diagnosis.judging import Weights, fitted, judge, placed

WEIGHTS = Weights(
    ("hair", "shadow", NOTHING),
    ("ragged", "mirror"),
    np.array([[2.0, 3.0, 4.0, 5.0, 6.0], [0.0, 0.0, 0.0, 0.5, 1.0]]),
    np.array([3.5, 0.1]),
    np.array([[2.0, 0.0], [0.0, 3.0], [-2.0, -3.0]]),
    np.zeros(3),
)


def seen(image, mask, **more):
    plane = mask.astype(np.float32)
    return figures(Symptoms(image, plane, plane, np.zeros(mask.shape, bool), **more))


@pytest.fixture
def scene():
    """A textured block on a plain floor."""
    image = np.full((96, 120, 3), 200, np.uint8)
    mask = np.zeros((96, 120), bool)
    mask[20:60, 40:80] = True
    rng = np.random.default_rng(0)
    image[mask] = rng.integers(20, 120, (int(mask.sum()), 3))
    return image, mask


def test_each_answer_has_its_share_and_what_speaks_for_it():
    first, second, last = judge({"ragged": 6.0, "mirror": math.nan}, WEIGHTS)
    assert [v.mode for v in (first, second, last)] == ["hair", "shadow", NOTHING]
    high = ndtri(0.9)  # the last of five places
    total = math.exp(2 * high) + 1 + math.exp(-2 * high)
    assert first.likely == pytest.approx(math.exp(2 * high) / total)
    (evidence,) = first.evidence  # the mirror says nothing either way
    assert (evidence.figure, evidence.value, evidence.usual) == ("ragged", 6.0, 3.5)
    assert evidence.push == pytest.approx(2 * high)
    assert not second.evidence


def test_a_figure_that_is_not_known_has_no_say_and_one_far_out_does_not_decide():
    assert [v.likely for v in judge({}, WEIGHTS)] == pytest.approx([1 / 3] * 3)
    far = {v.mode: v.likely for v in judge({"ragged": 6.0}, WEIGHTS)}
    assert far == {v.mode: v.likely for v in judge({"ragged": 1e9}, WEIGHTS)}


def test_a_figure_is_its_place_among_known_ones():
    values = np.array([[2.0, 0.0], [4.5, 0.25], [9.0, 1.0]])
    # Three of five have 0: its places are 0 to 2 of 4, their middle 1.
    places = np.array([[0, 1], [2.5, 2], [4, 4]])
    assert placed(values, WEIGHTS.knots) == pytest.approx(ndtri((places + 0.5) / 5))
    assert placed(np.full((1, 2), math.nan), WEIGHTS.knots).tolist() == [[0, 0]]


def test_what_two_subjects_claim_is_told_apart_from_what_one_claims(scene):
    image, mask = scene
    other = np.roll(mask, 20, axis=1)
    both = seen(image, mask | other, masks=[mask.astype(np.float32), other.astype(np.float32)])
    assert both["claimed_twice"] == pytest.approx(20 / 60)
    assert seen(image, mask)["claimed_twice"] == 0


def test_a_mirror_image_and_a_shadow_below_the_subject_are_seen(scene):
    image, mask = scene
    plain = seen(image, mask)
    mirrored = image.copy()
    mirrored[60:80, 40:80] = image[40:60, 40:80][::-1] // 2 + 100
    assert seen(mirrored, mask)["mirror"] > 0.9 > 0.3 > plain["mirror"]
    dark = image.copy()
    dark[60:68, 50:90] = 120
    assert seen(dark, mask)["darker_ground"] > 0.05 > plain["darker_ground"]


def test_a_mask_beyond_its_box_and_candidates_that_differ_are_measured(scene):
    image, mask = scene
    logits = np.where(mask, 9.0, -9.0).astype(np.float32)
    half = np.where(np.roll(mask, 20, axis=1), 9.0, -9.0).astype(np.float32)
    found = seen(
        image,
        mask,
        boxes=[(40, 20, 60, 60)],
        answers=[(np.array([0.9, 0.6]), np.stack([logits, half]))],
    )
    assert found["outside_box"] == pytest.approx(0.5) and found["box_filled"] == 1
    assert found["candidates_agree"] == pytest.approx(1 / 3)
    assert found["score_spread"] == pytest.approx(0.3) and found["doubt"] == 0


def test_the_frame_holes_and_islands_count(scene):
    image, mask = scene
    holed = mask.copy()
    holed[30:40, 50:60] = False
    holed[:4, :30] = True
    found = seen(image, holed)
    area = int(holed.sum())
    assert found["hole_share"] == pytest.approx(100 / area)
    assert found["islands"] == pytest.approx(math.log(2))
    assert found["island_share"] == pytest.approx(120 / area)
    assert found["at_frame"] == pytest.approx((30 + 4) / (2 * (96 + 120)))


def test_figures_of_other_sizes_are_refused_and_an_empty_mask_says_little(scene):
    image, mask = scene
    with pytest.raises(ArrayError):
        seen(image, mask[:-1])
    assert "ragged" not in seen(image, np.zeros_like(mask))


def test_the_model_of_the_package_knows_its_figures_and_every_mode(scene):
    model = fitted()
    assert set(model.answers) == {*MODES, NOTHING} == set(ADVICE)
    assert set(model.figures) <= set(WORDS)
    assert set(model.figures) - {*TAKEN, *CHECKED} <= set(seen(*scene))
    assert model.weight.shape == (9, len(model.figures))
    assert (np.diff(model.knots, axis=1) >= 0).all()
