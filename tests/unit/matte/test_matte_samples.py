"""Colour samples: what pairs of sure pixels say of a mixture."""

from __future__ import annotations

import numpy as np

from workbench.matte.samples import AROUND, REACH, colour_samples

RED, BLUE = np.array([0.8, 0.2, 0.1], np.float32), np.array([0.1, 0.3, 0.9], np.float32)


def strip(width: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Image, trimap and truth: background, a ramp of 12 pixels, subject; 40 rows."""
    alpha = np.clip((np.arange(width) - width // 2 + 6) / 11, 0, 1).astype(np.float32)
    alpha = np.repeat(alpha[None], 40, axis=0)
    image = alpha[..., None] * RED + (1 - alpha[..., None]) * BLUE
    return image, np.where((alpha > 0) & (alpha < 1), np.float32(0.5), alpha), alpha


def test_a_mixture_of_two_colours_is_unmixed() -> None:
    image, trimap, alpha = strip()
    band = trimap == 0.5
    best, mean, spread, residual, *_ = colour_samples(image, trimap, band)
    np.testing.assert_allclose(best[band], alpha[band], atol=1e-3)
    np.testing.assert_allclose(mean[band], alpha[band], atol=1e-3)
    assert spread[band].max() < 0.01 and residual[band].max() < 0.02


def test_distances_to_what_is_sure_and_to_its_colours() -> None:
    image, trimap, _ = strip()
    made = colour_samples(image, trimap, trimap == 0.5)
    first = int(np.flatnonzero(trimap[0] == 0.5)[0])
    assert made[7, 20, first] == np.float32(1 / REACH)  # the next pixel is sure background
    assert made[6, 20, 0] == np.float32(min(REACH, 60 - 25) / REACH)
    near = np.abs(image[20, first] - BLUE)
    np.testing.assert_allclose(made[5, 20, first], np.sqrt((near**2).sum()), atol=1e-3)
    assert made[8, 20, first] == 1  # further apart than that
    np.testing.assert_array_equal(made[0][trimap != 0.5], trimap[trimap != 0.5])


def test_where_one_side_is_not_seen_the_other_is_the_guess() -> None:
    image = np.zeros((30, 200, 3), np.float32)
    for value in (0, 1):
        trimap = np.full((30, 200), 0.5, np.float32)
        trimap[:, :3] = value
        made = colour_samples(image, trimap, trimap == 0.5)
        np.testing.assert_array_equal(made[:2, :, 3:30], value)
        np.testing.assert_array_equal(made[:2, :, 120:], 0.5)  # beyond everybody's reach
        np.testing.assert_array_equal(made[6 + value, :, 120:], 1)


def test_nothing_further_away_than_it_says_counts() -> None:
    rng = np.random.default_rng(0)
    image, trimap, _ = strip(400)
    far = 180 - round(REACH) - AROUND
    image[:, :far] = rng.random((40, far, 3), np.float32)
    other = trimap.copy()
    other[:, : far - 1] = 1
    wanted = np.zeros(trimap.shape, bool)
    wanted[:, 180:] = trimap[:, 180:] == 0.5
    ours = colour_samples(image, trimap, wanted)[:, :, 180:]
    image[:, : far - 1] = 0
    np.testing.assert_array_equal(ours, colour_samples(image, other, wanted)[:, :, 180:])
