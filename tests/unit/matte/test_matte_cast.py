"""A cast of the old background: taken where it is, near the edge, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import ArrayError, InputError
from workbench.matte import changed_outside, remove_cast

GREEN = np.array([0.1, 0.75, 0.2], np.float32)


def lit(
    strength: float = 0.25, size: int = 240, back: np.ndarray = GREEN
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Photo, alpha and true colours: a skin-coloured disc that its backdrop shines on."""
    y, x = np.mgrid[:size, :size] + 0.5 - size / 2
    depth = 0.42 * size - np.hypot(x, y)
    alpha = np.clip(depth / 3 + 0.5, 0, 1).astype(np.float32)
    skin = np.array([0.7, 0.55, 0.45]) * (1 + 0.1 * np.sin(x / 3) * np.sin(y / 4))[..., None]
    spill = strength * np.exp(-np.maximum(depth, 0) / 8)[..., None] * (back - skin)
    front = (skin + spill).astype(np.float32)
    image = alpha[..., None] * front + (1 - alpha[..., None]) * back
    return image.astype(np.float32), alpha, skin.astype(np.float32)


def tint(colours: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """How far off the hue is, per pixel."""
    away = colours - truth
    return np.abs(away - (away @ [0.299, 0.587, 0.114])[..., None]).sum(axis=2)


def test_the_cast_goes_and_the_light_stays() -> None:
    image, alpha, truth = lit()
    # The edge's own colours are clean already: this is about what lies inside.
    front = np.where(alpha[..., None] == 1, image, truth)
    clean = remove_cast(front, image, alpha, amount=1, reach=20)
    y, x = np.mgrid[:240, :240] + 0.5 - 120
    depth = 0.42 * 240 - np.hypot(x, y)
    near = (alpha == 1) & (depth < 8)
    assert tint(clean, truth)[near].mean() < 0.6 * tint(front, truth)[near].mean()
    light = (clean - front) @ np.array([0.299, 0.587, 0.114], np.float32)
    assert np.abs(light).max() < 1e-4
    # Beyond the reach, and in the background, to the bit.
    assert changed_outside(front, clean, alpha, reach=20) == 0
    assert changed_outside(front, clean, alpha) > 0
    np.testing.assert_array_equal(clean[depth > 20], front[depth > 20])
    np.testing.assert_array_equal(clean[alpha == 0], front[alpha == 0])


def test_nothing_is_taken_where_there_is_no_cast() -> None:
    for image, alpha, _ in (lit(0), lit(0.3, back=np.full(3, 0.6, np.float32))):
        clean = remove_cast(image, image, alpha, amount=1)
        solid = alpha == 1
        assert np.abs(clean - image)[solid].mean() < 0.004


def test_off_is_a_copy_and_amounts_are_in_between() -> None:
    image, alpha, _ = lit(size=120)
    none = remove_cast(image, image, alpha)
    np.testing.assert_array_equal(none, image)
    assert not np.shares_memory(none, image)
    half, full = (remove_cast(image, image, alpha, a) for a in (0.5, 1.0))
    np.testing.assert_allclose(half, (image + full) / 2, atol=1e-5)
    amount = np.zeros(alpha.shape, np.float32)
    amount[:60] = 1
    part = remove_cast(image, image, alpha, amount)
    np.testing.assert_array_equal(part[60:], image[60:])
    np.testing.assert_array_equal(part[:60], full[:60])


def test_tiles_leave_no_trace() -> None:
    """The same, moved by whole squares against the tiles."""
    image, alpha, _ = lit(size=224)
    results = []
    for at in (32, 416):
        photo = np.broadcast_to(GREEN, (704, 704, 3)).copy()
        plane = np.zeros((704, 704), np.float32)
        photo[at : at + 224, at : at + 224], plane[at : at + 224, at : at + 224] = image, alpha
        clean = remove_cast(photo, photo, plane, amount=1, reach=12)
        results.append(clean[at : at + 224, at : at + 224])
    np.testing.assert_allclose(*results, atol=2e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (3, 4)])
def test_tiny(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    image, alpha = rng.random((*shape, 3), np.float32), rng.random(shape, np.float32)
    clean = remove_cast(image, image, alpha, 1, 100)
    assert clean.shape == image.shape and np.isfinite(clean).all()
    for value in (0, 1):
        plane = np.full(shape, value, np.float32)
        np.testing.assert_array_equal(remove_cast(image, image, plane, 1), image)


def test_bad_values() -> None:
    image, alpha, _ = lit(size=30)
    with pytest.raises(InputError, match=r"reach in 1\.\.100 pixels, got 0"):
        remove_cast(image, image, alpha, 1, 0)
    with pytest.raises(InputError, match=r"amount in 0\.\.1, got 2"):
        remove_cast(image, image, alpha, 2)
    with pytest.raises(InputError, match="colours of shape"):
        remove_cast(image[:3], image, alpha, 1)
    with pytest.raises(ArrayError):
        remove_cast(image, image, alpha[:3], 1)
