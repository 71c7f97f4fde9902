"""Reflections of known strength in a known floor, lifted off again."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from workbench.compose.reflection import lift_reflection, mirrored
from workbench.errors import ArrayError

SHAPE = 160, 120


def scene(strength: float = 0.4, grain: float = 1.0) -> tuple[np.ndarray, ...]:
    """Photo, floor and alpha: a striped block on a glossy floor, its reflection fading."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32)
    floor = (0.8 - 0.1 * x / 120 - 0.1 * y / 160)[..., None] * np.array([1, 0.97, 0.92], np.float32)
    alpha = np.zeros(SHAPE, np.float32)
    alpha[30:90, 40:80] = 1
    block = np.where((y // 10 % 2 == 0)[..., None], [0.7, 0.1, 0.1], [0.1, 0.1, 0.5])
    mirror = np.zeros_like(alpha)
    mirror[90:150, 40:80] = 1
    fade = strength * mirror * np.clip(1 - (y - 90) / 50, 0, 1)
    below = block[np.clip(179 - np.arange(SHAPE[0]), 0, SHAPE[0] - 1)]
    photo = floor * (1 - fade)[..., None] + below * fade[..., None]
    photo = np.where(alpha[..., None] == 1, block, photo)
    photo = photo + np.random.default_rng(0).normal(0, grain / 255, photo.shape)
    return (np.clip(photo, 0, 1) * 255 + 0.5).astype(np.uint8), floor, alpha, fade


def test_over_its_own_floor_it_is_the_photo_again() -> None:
    photo, floor, alpha, fade = scene()
    before = photo.copy()
    layer = lift_reflection(photo, alpha)
    np.testing.assert_array_equal(photo, before)
    assert layer.shape == (*SHAPE, 4) and layer.dtype == np.float32
    seen = fade > 0.05
    share = layer[..., 3:]
    again = share * layer[..., :3] + (1 - share) * floor
    error = np.abs(again - photo / 255)
    was = np.abs(floor - photo / 255)
    assert np.median(error[seen]) < 0.01 and error[seen].mean() < 0.3 * was[seen].mean()
    # The least opacity is never more than the true one.
    assert (layer[..., 3] <= fade + 0.06)[seen & (alpha == 0)].mean() > 0.97
    assert layer[..., 3][seen].mean() > 0.5 * fade[seen].mean()


def test_nothing_in_the_subject_or_elsewhere_or_on_a_dull_floor() -> None:
    photo, _, alpha, _ = scene()
    layer = lift_reflection(photo, alpha)
    assert not layer[alpha > 0].any() and not layer[:88].any() and not layer[:, :30].any()
    dull = lift_reflection(scene(0)[0], alpha)
    assert not dull.any()


def test_under_a_soft_edge_it_goes_on() -> None:
    photo, _, hard, _ = scene()
    alpha = cv2.GaussianBlur(hard, (0, 0), 1)
    photo = alpha[..., None] * photo[30, 50] / 255 + (1 - alpha[..., None]) * photo / 255
    layer = lift_reflection(photo, alpha)
    edge = (alpha > 0.1) & (alpha < 0.5) & (np.arange(SHAPE[0]) >= 90)[:, None]
    edge[:, :46], edge[:, 74:] = False, False
    below = layer[94, 46:74, 3].mean()
    assert edge.any() and np.abs(layer[edge][:, 3] - below).max() < 0.12
    assert not layer[alpha > 0.9].any()


def test_a_region_says_where() -> None:
    photo, _, alpha, _ = scene()
    region = np.zeros(SHAPE, np.float32)
    region[90:150, 40:60] = 0.5
    layer = lift_reflection(photo, alpha, region)
    assert not layer[:, 60:].any() and not layer[region == 0].any()
    assert 0 < layer[100, 50, 3] <= 0.5
    assert not lift_reflection(photo, alpha, np.zeros(SHAPE)).any()


def test_the_mirror_image_lies_below() -> None:
    alpha = scene()[2]
    alpha[90:100, 40:50] = 1  # one foot nearer
    weight = mirrored(alpha)
    assert weight.dtype == np.float32 and weight.max() <= 1
    assert (weight[104:125, 44:76] > 0.99).all()
    assert (weight[94:100, 55:75] > 0.9).all()  # from the other foot on
    assert not weight[:80].any() and not weight[:, :30].any() and not weight[:, 92:].any()
    assert not mirrored(np.zeros(SHAPE)).any() and not mirrored(np.ones(SHAPE)).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 40)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_tiny_full_and_empty(shape: tuple[int, int], kind: type) -> None:
    top = 1 if kind is np.float32 else np.iinfo(kind).max
    image = (np.random.default_rng(0).random((*shape, 3)) * top).astype(kind)
    half = np.zeros(shape, np.float32)
    half[: max(1, shape[0] // 2)] = 1
    for alpha in (half, np.zeros(shape), np.ones(shape)):
        for region in (None, np.ones(shape)):
            layer = lift_reflection(image, alpha, region)
            assert layer.shape == (*shape, 4) and np.isfinite(layer).all()
            assert layer.min() >= 0 and layer.max() <= 1


def test_bad_input() -> None:
    photo, _, alpha, _ = scene()
    with pytest.raises(ArrayError, match="alpha"):
        lift_reflection(photo, alpha[:5])
    with pytest.raises(ArrayError, match="region"):
        lift_reflection(photo, alpha, alpha[:5])
