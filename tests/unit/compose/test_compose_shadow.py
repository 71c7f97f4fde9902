"""Shadows of known opacity on known grounds, lifted off again."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from workbench.compose.shadow import lift_shadow, likely_shadow
from workbench.errors import ArrayError

SHAPE = 200, 280
GROUNDS = {
    "plain": ((0.8, 0.78, 0.75), (0.8, 0.78, 0.75)),
    "light wall": ((0.9, 0.88, 0.85), (0.6, 0.57, 0.5)),
    "dark wall": ((0.4, 0.42, 0.45), (0.75, 0.72, 0.7)),
}


def ground(name: str) -> np.ndarray:
    """A wall and a floor in light that falls off."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32)
    wall, floor = (np.array(colour, np.float32) for colour in GROUNDS[name])
    back = np.where((y < 95)[..., None], wall, floor)
    light = 1 - 0.15 * ((x - 100) / 280) ** 2 - 0.1 * y / 200
    return cv2.GaussianBlur(back * light[..., None], (0, 0), 1)


def shadow() -> np.ndarray:
    dark = np.zeros(SHAPE, np.float32)
    cv2.ellipse(dark, (165, 140), (62, 15), -8, 0, 360, 0.45, -1)
    return cv2.GaussianBlur(dark, (0, 0), 4)


def subject() -> np.ndarray:
    alpha = np.zeros(SHAPE, np.float32)
    cv2.ellipse(alpha, (118, 100), (24, 44), 0, 0, 360, 1.0, -1)
    return cv2.GaussianBlur(alpha, (0, 0), 1)


def photo(back: np.ndarray, dark: np.ndarray, alpha: np.ndarray, grain: float = 1.5) -> np.ndarray:
    picture = alpha[..., None] * np.array([0.2, 0.35, 0.6], np.float32)
    picture = picture + ((1 - alpha) * (1 - dark))[..., None] * back
    noise = np.random.default_rng(4).normal(0, grain / 255, picture.shape)
    return (np.clip(picture + noise, 0, 1) * 255 + 0.5).astype(np.uint8)


@pytest.mark.parametrize("name", GROUNDS)
def test_it_is_lifted_at_its_own_opacity(name: str) -> None:
    alpha, truth = subject(), shadow()
    picture = photo(ground(name), truth, alpha)
    before = picture.copy()
    found = lift_shadow(picture, alpha)
    np.testing.assert_array_equal(picture, before)
    assert found.dtype == np.float32 and found.shape == SHAPE
    seen = alpha < 0.5
    inside, core, away = (seen & w for w in (truth > 0.05, truth > 0.42, truth < 0.004))
    assert np.abs(found - truth)[inside].mean() < 0.025
    assert 0.41 < found[core].mean() < 0.47
    # Beside the subject's soft edge the shadow is continued, a little too far.
    apart = away & (cv2.dilate(alpha, np.ones((9, 9))) < 0.01)
    assert (
        found[away].max() < 0.12 and found[apart].max() < 0.03 and (found[away] == 0).mean() > 0.97
    )
    assert not found[alpha >= 0.9].any()
    np.testing.assert_array_equal(found, lift_shadow(picture, alpha))


@pytest.mark.parametrize(("name", "grain"), [("plain", 0), ("light wall", 1.5), ("dark wall", 4)])
def test_nothing_where_nothing_is_dark(name: str, grain: float) -> None:
    alpha = subject()
    picture = photo(ground(name), np.zeros(SHAPE, np.float32), alpha, grain)
    assert lift_shadow(picture, alpha).mean() < 1e-3
    assert likely_shadow(picture, alpha) < 0.05
    assert likely_shadow(photo(ground(name), shadow(), alpha, grain), alpha) > 0.6


def test_as_black_under_the_subject_it_gives_the_photo_again() -> None:
    alpha, back = subject(), ground("plain")
    picture = photo(back, shadow(), alpha)
    found = lift_shadow(picture, alpha)
    again = photo(back, found, alpha)
    assert np.abs(again.astype(float) - picture)[alpha < 0.9].mean() < 1.5


def test_in_the_soft_edge_it_goes_on() -> None:
    alpha, truth = subject(), shadow()
    found = lift_shadow(photo(ground("plain"), truth, alpha), alpha)
    edge = (alpha > 0.05) & (alpha < 0.5) & (truth > 0.4)
    assert edge.sum() > 5 and np.abs(found - truth)[edge].max() < 0.12


def test_a_region_says_where() -> None:
    alpha, truth = subject(), shadow()
    picture = photo(ground("plain"), truth, alpha)
    whole = lift_shadow(picture, alpha)
    region = np.zeros(SHAPE, np.float32)
    region[:, :180] = 1
    region[:, 180:200] = 0.5
    found = lift_shadow(picture, alpha, region)
    assert not found[region == 0].any()
    assert np.abs(found - whole * region).max() < 0.03
    spot = np.zeros(SHAPE, np.float32)
    cv2.circle(spot, (185, 138), 6, 1.0, -1)  # in the midst of the shadow
    assert abs(lift_shadow(picture, alpha, spot)[138, 185] - truth[138, 185]) < 0.04
    # What the subject does not touch (it jumps) is found where it is asked for alone.
    low, high = np.roll(truth, 30, axis=0), np.roll(alpha, -50, axis=0)
    jump = photo(ground("plain"), low, high)
    assert lift_shadow(jump, high).max() < 0.05
    below = np.zeros(SHAPE, np.float32)
    below[120:] = 1
    found = lift_shadow(jump, high, below)
    assert 0.38 < found[low > 0.42].mean() < 0.47


def test_a_long_shadow_is_followed_to_its_end() -> None:
    back = np.full((80, 500, 3), 0.75, np.float32)
    dark, alpha = np.zeros((2, 80, 500), np.float32)
    dark[40:52, 30:400] = 0.4
    dark = cv2.GaussianBlur(dark, (0, 0), 2)
    alpha[20:52, 20:40] = 1
    found = lift_shadow(photo(back, dark, alpha), alpha)
    assert np.abs(found - dark)[:, 50:].max() < 0.08


def test_a_thing_of_another_colour_is_no_shadow() -> None:
    alpha, back = subject(), ground("plain")
    back[130:160, 130:200] = [0.6, 0.1, 0.1]
    assert lift_shadow(photo(back, np.zeros(SHAPE, np.float32), alpha), alpha)[
        134:156, 134:196
    ].max() < 0.01  # fmt: skip


def test_nothing_is_made_up_of_a_busy_ground() -> None:
    alpha = subject()
    cells = np.random.default_rng(2).random((20, 28, 3), np.float32)
    back = np.kron(cells, np.ones((10, 10, 1), np.float32))
    picture = photo(back, np.zeros(SHAPE, np.float32), alpha)
    assert likely_shadow(picture, alpha) < 0.1


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 40)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_tiny_full_and_empty(shape: tuple[int, int], kind: type) -> None:
    top = 1 if kind is np.float32 else np.iinfo(kind).max
    image = (np.random.default_rng(0).random((*shape, 3)) * top).astype(kind)
    half = np.zeros(shape, np.float32)
    half[..., : max(1, shape[1] // 2)] = 1
    for alpha in (half, np.zeros(shape), np.ones(shape)):
        for region in (None, np.ones(shape), np.zeros(shape)):
            found = lift_shadow(image, alpha, region)
            assert found.shape == shape and np.isfinite(found).all()
            assert found.min() >= 0 and found.max() <= 1
            if alpha.all() or (region is not None and not region.any()):
                assert not found.any()
        assert 0 <= likely_shadow(image, alpha) <= 1


def test_bad_input() -> None:
    image, alpha = ground("plain"), subject()
    with pytest.raises(ArrayError, match="alpha"):
        lift_shadow(image, alpha[:5])
    with pytest.raises(ArrayError, match="region"):
        lift_shadow(image, alpha, alpha * 2)
    with pytest.raises(ArrayError, match="image"):
        lift_shadow(alpha, alpha)
