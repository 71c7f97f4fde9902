"""Foreground colours: untouched outside the band, cleaner inside."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import ArrayError, InputError
from workbench.matte import foreground_colours


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
