"""Proposals of passes: crisp edges, strands and glass in one picture, and what is none of them."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import pytest

from workbench.errors import ArrayError, InputError
from workbench.matte import Proposal, propose, seam
from workbench.matte.blur import line_kernel


@functools.cache
def scene() -> tuple[np.ndarray, np.ndarray]:
    """A disc over a photo, crisp on its left and hairy on its right; the mask without hair."""
    from skimage import data

    rng = np.random.default_rng(3)
    side = 320
    alpha = np.zeros((side, side), np.float32)
    cv2.circle(alpha, (160, 160), 80, 1.0, -1, cv2.LINE_AA)
    mask = (alpha >= 0.5).astype(np.float32)
    for angle in rng.uniform(-np.pi / 2, np.pi / 2, 260):
        way = angle + rng.uniform(-0.5, 0.5)
        start = 160 + 78 * np.array([np.cos(angle), np.sin(angle)])
        end = start + rng.uniform(10, 24) * np.array([np.cos(way), np.sin(way)])
        ends = [tuple(int(v) for v in np.round(p * 16)) for p in (start, end)]
        strand = np.zeros_like(alpha)
        cv2.line(strand, *ends, float(rng.uniform(0.6, 1)), 1, cv2.LINE_AA, 4)
        alpha = np.maximum(alpha, strand)
    alpha = np.clip(cv2.GaussianBlur(alpha, (0, 0), 0.6), 0, 1)
    front = np.array([0.85, 0.7, 0.5]) + rng.normal(0, 0.02, (side, side, 1))
    behind = cv2.resize(data.coffee()[:150, :150], (side, side)) / 255 * 0.6
    image = alpha[..., None] * front + (1 - alpha[..., None]) * behind
    return np.clip(image + rng.normal(0, 0.01, image.shape), 0, 1).astype(np.float32), mask


def weight_of(proposals: list[Proposal], kind: str, shape: tuple[int, int]) -> np.ndarray:
    planes = [seam(p.polygon, shape, 0) for p in proposals if p.kind == kind]
    return np.maximum.reduce([np.zeros(shape, np.float32), *planes])


def test_crisp_edges_and_hair_are_told_apart() -> None:
    image, mask = scene()
    found = propose(image, mask)
    assert {p.kind for p in found} == {"body", "hair"}
    shape = (mask.shape[0], mask.shape[1])
    hair, body = (weight_of(found, kind, shape) for kind in ("hair", "body"))
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    column, row = (160 + 80 * np.cos(angle)).astype(int), (160 + 80 * np.sin(angle)).astype(int)
    right, left = np.cos(angle) > 0.3, np.cos(angle) < -0.3
    assert (hair[row, column] > 0)[right].mean() > 0.8
    assert (hair[row, column] > 0)[left].mean() < 0.2
    assert (body[row, column] > 0)[left].mean() > 0.7
    assert (body[row, column] > 0)[right].mean() < 0.3


def test_settings_follow_the_measure_and_say_why() -> None:
    image, mask = scene()
    found = propose(image, mask)
    assert [p.kind for p in found] == sorted((p.kind for p in found), key=("body", "hair").index)
    for one in found:
        assert f"{one.measure:.1f} px" in one.why
        low, high = (3, 8) if one.kind == "body" else (10, 60)
        assert low <= one.settings["radius"] <= high
        assert one.settings["smart"] is (one.kind == "hair")
    # The band must take in the strands, which reach up to 24 pixels out.
    assert max(p.settings["radius"] for p in found if p.kind == "hair") >= 16


def test_glass_is_proposed_as_transparent() -> None:
    image, mask = scene()
    image, mask = image.copy(), mask.copy()
    glass = np.zeros_like(mask)
    cv2.circle(glass, (52, 262), 36, 1.0, -1, cv2.LINE_AA)
    ground = np.full_like(image, 0.55)
    ground[:, :, 2] = np.linspace(0.3, 0.7, 320)[None]
    solid = mask[..., None]
    picture = solid * image + (1 - solid) * ground
    picture = picture * (1 - glass[..., None] * 0.3) + 0.02 * glass[..., None]
    cv2.circle(picture, (42, 250), 4, (1.0, 1.0, 1.0), -1, cv2.LINE_AA)
    both = np.maximum(mask, glass >= 0.5).astype(np.float32)
    found = propose(np.clip(picture, 0, 1).astype(np.float32), both)
    shape = (mask.shape[0], mask.shape[1])
    clear = weight_of(found, "transparent", shape)
    assert clear[glass > 0.9].mean() > 0.9
    assert clear[mask > 0.5].mean() < 0.02
    assert weight_of(found, "hair", shape)[glass > 0.9].mean() < 0.2


def test_a_moved_subject_has_no_hair() -> None:
    image, mask = scene()
    moved = cv2.filter2D(np.dstack([image * mask[..., None], mask]), -1, line_kernel(24, 20))
    picture = moved[..., :3] + (1 - moved[..., 3:]) * image[::-1, ::-1].mean(axis=(0, 1))
    found = propose(np.clip(picture, 0, 1).astype(np.float32), (moved[..., 3] >= 0.5) * 1.0)
    assert "hair" not in {p.kind for p in found}


def test_no_more_regions_than_asked_for_and_none_crowded_out() -> None:
    image, mask = scene()
    assert {p.kind for p in propose(image, mask, max_regions=2)} == {"body", "hair"}
    assert len(propose(image, mask, max_regions=1)) == 1


def test_the_same_twice_and_its_input_untouched() -> None:
    image, mask = scene()
    before = image.copy(), mask.copy()
    assert propose(image, mask) == propose(image, mask)
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(mask, before[1])


def test_nothing_to_propose() -> None:
    rng = np.random.default_rng(0)
    for shape in ((1, 60), (60, 1), (90, 90)):
        image = rng.integers(0, 256, (*shape, 3)).astype(np.uint8)
        for mask in (np.zeros(shape, np.float32), np.ones(shape, np.float32)):
            assert propose(image, mask) == []


def test_refuses() -> None:
    image, mask = scene()
    with pytest.raises(InputError, match="max_regions"):
        propose(image, mask, max_regions=0)
    with pytest.raises(ArrayError, match="logits"):
        propose(image, mask, logits=np.zeros((3, 3), np.float32))
