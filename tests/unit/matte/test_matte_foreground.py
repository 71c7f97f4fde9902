"""Foreground colours: untouched outside the band, cleaner inside."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import ArrayError, InputError
from workbench.matte import changed_outside, foreground_colours


def composed(size: int = 48) -> tuple[np.ndarray, np.ndarray]:
    """A red subject that fades into blue from left to right."""
    alpha = np.tile(np.clip((np.arange(size) - 15) / 15, 0, 1), (size, 1)).astype(np.float32)
    image = np.zeros((size, size, 3), np.float32)
    image[..., 0], image[..., 2] = alpha, 1 - alpha
    return image, alpha


def test_takes_the_background_out() -> None:
    image, alpha = composed()
    colours = foreground_colours(image, alpha)
    seen = (alpha > 0.3) & (alpha < 1)
    assert colours.dtype == np.float32
    assert np.abs(colours[seen] - [1, 0, 0]).mean() < 0.02
    assert np.abs(image[seen] - [1, 0, 0]).mean() > 0.15


def test_outside_the_band_to_the_bit() -> None:
    image, alpha = composed()
    image += np.float32(0.001) * np.random.default_rng(0).random(image.shape, np.float32)
    image = np.clip(image, 0, 1)
    before = image.copy()
    colours = foreground_colours(image, alpha)
    sure = (alpha == 0) | (alpha == 1)
    np.testing.assert_array_equal(colours[sure], image[sure])
    assert (colours[~sure] != image[~sure]).any()
    np.testing.assert_array_equal(image, before)
    assert not np.shares_memory(colours, image)


def test_amount_blends() -> None:
    image, alpha = composed()
    none, half, full = (foreground_colours(image, alpha, a) for a in (0, 0.5, 1))
    np.testing.assert_array_equal(none, image)
    np.testing.assert_allclose(half, (image + full) / 2, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (2, 2)])
def test_tiny(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 0.25, np.float32)
    colours = foreground_colours(image, np.full(shape, 0.5))
    assert colours.shape == (*shape, 3) and np.isfinite(colours).all()


def test_uint8_and_errors() -> None:
    image = np.full((4, 4, 3), 51, np.uint8)
    np.testing.assert_allclose(foreground_colours(image, np.ones((4, 4))), 0.2)
    for amount in (-0.1, 1.1, np.nan, "all"):
        with pytest.raises(InputError, match=r"amount in 0\.\.1"):
            foreground_colours(image, np.ones((4, 4)), amount)  # type: ignore[arg-type]
    with pytest.raises(ArrayError):
        foreground_colours(image, np.ones((4, 5)))
    for low, high in ((-0.1, 1), (0.5, 0.4), (0, 1.1), ("a", 1)):
        with pytest.raises(InputError, match="0 <= low <= high <= 1"):
            foreground_colours(image, np.ones((4, 4)), 1, low, high)  # type: ignore[arg-type]


def test_what_changed_outside_is_counted() -> None:
    image, alpha = composed()
    colours = foreground_colours(image, alpha)
    assert changed_outside(image, colours, alpha) == 0
    colours[3, 2] += 0.1  # far in the background
    colours[5, 31] -= 0.1  # solid, two pixels from the band
    assert changed_outside(image, colours.clip(0, 1), alpha) == 2
    assert changed_outside(image, colours.clip(0, 1), alpha, reach=2) == 1
    with pytest.raises(ArrayError):
        changed_outside(image, colours[:3], alpha)


def textured(size: int = 96) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Image, alpha and true colours: a soft ring of texture before a green ground."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:size, :size] + 0.5 - size / 2
    alpha = np.clip((30 - np.hypot(x, y)) / 14 + 0.5, 0, 1).astype(np.float32)
    front = (0.5 + 0.25 * np.sin(x / 7)[..., None] * np.array([1, 0.4, 0.2])).astype(np.float32)
    front += rng.normal(0, 0.03, front.shape).astype(np.float32)
    back = np.broadcast_to(np.array([0.1, 0.8, 0.2], np.float32), front.shape)
    return alpha[..., None] * front + (1 - alpha[..., None]) * back, alpha, front


def test_the_range_has_no_step_at_its_ends_and_faint_pixels_are_clean() -> None:
    image, alpha, front = textured()
    colours = foreground_colours(image, alpha)
    error = np.abs(colours - front).mean(axis=2)
    photo = np.abs(image - front).mean(axis=2)
    faint = (alpha > 0) & (alpha < 10 / 255)
    dense = (alpha > 240 / 255) & (alpha < 1)
    assert error[faint].mean() < 0.35 * photo[faint].mean()
    assert error[dense].mean() < photo[dense].mean()
    # The change from the photo, from just below to just above each end, in the mean over the ring.
    # … against what is there to change: none at alpha 1, all of it at alpha 0.
    change = (np.abs(colours - image).mean(axis=2)) / (1 - alpha).clip(1e-3)
    for end, width in ((10 / 255, 0.02), (240 / 255, 0.02)):
        below = change[(alpha > end - width) & (alpha < end)].mean()
        above = change[(alpha > end) & (alpha < end + width)].mean()
        assert above == pytest.approx(below, rel=0.35)


def test_cleaner_than_pymattings_multilevel() -> None:
    from pymatting import estimate_foreground_ml

    image, alpha, front = textured()
    theirs = estimate_foreground_ml(image.astype(np.float32), alpha)
    seen = (alpha > 0) & (alpha < 1)
    mine = foreground_colours(image, alpha)
    errors = [(alpha[..., None] * np.abs(f - front))[seen].mean() for f in (mine, theirs)]
    assert errors[0] < 0.9 * errors[1]


def test_a_plane_of_amounts_is_local() -> None:
    image, alpha = composed()
    image = image.astype(np.float32)
    amount = np.zeros(alpha.shape, np.float32)
    amount[:20] = 1
    amount[20:30] = 0.5
    colours, full = foreground_colours(image, alpha, amount), foreground_colours(image, alpha)
    np.testing.assert_array_equal(colours[30:], image[30:])
    np.testing.assert_array_equal(colours[:20], full[:20])
    np.testing.assert_allclose(colours[20:30], (image + full)[20:30] / 2, atol=1e-6)
    with pytest.raises(ArrayError, match="amount"):
        foreground_colours(image, alpha, amount[:4])


@pytest.mark.parametrize("solid", [False, True])
def test_no_ground_to_hold_on_to(solid: bool) -> None:
    """Nothing opaque (a veil), or nothing clear: no invented black."""
    image = np.full((60, 70, 3), [0.8, 0.6, 0.4], np.float32)
    alpha = np.full((60, 70), 0.97 if solid else 0.4, np.float32)
    np.testing.assert_allclose(foreground_colours(image, alpha), image, atol=0.02)


def test_the_same_wherever_the_subject_lies_in_a_larger_photo() -> None:
    """What is far from the band costs nothing and changes next to nothing."""
    image, alpha, _ = textured()
    wide = np.zeros((400, 500, 3), np.float32)
    wide[...] = image[0, 0]
    plane = np.zeros((400, 500), np.float32)
    wide[100:196, 200:296], plane[100:196, 200:296] = image, alpha
    near = foreground_colours(image, alpha)
    far = foreground_colours(wide, plane)[100:196, 200:296]
    seen = (alpha > 0.05) & (alpha < 1)
    assert np.abs(near - far)[seen].max() < 0.1 and np.abs(near - far)[seen].mean() < 0.012
