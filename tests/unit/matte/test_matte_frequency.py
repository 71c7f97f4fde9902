"""Frequency separation: nothing lost when nothing is asked, hue from inside, detail kept."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import ArrayError, InputError
from workbench.matte import frequency_bands, frequency_separation


def hair(size: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colours with a green fringe and strands in their light, alpha, and what is clean."""
    x = np.arange(size, dtype=np.float32)
    alpha = np.tile(np.clip((90 - x) / 40, 0, 1), (size, 1)).astype(np.float32)
    strands = 1 + 0.2 * np.sin(np.arange(size) * 1.3)[:, None, None]
    clean = (np.array([0.5, 0.35, 0.2]) * strands * np.ones((1, size, 1))).astype(np.float32)
    fringe = 0.3 * (1 - alpha)[..., None] * (np.array([-0.2, 0.25, -0.1], np.float32))
    return (clean + fringe).astype(np.float32), alpha, clean


def test_with_no_tone_and_all_detail_it_comes_back_as_it_was() -> None:
    colours, alpha, _ = hair()
    np.testing.assert_allclose(
        frequency_separation(colours, alpha, tone=0, detail=1), colours, atol=1e-6
    )
    np.testing.assert_array_equal(frequency_separation(colours, alpha, amount=0), colours)


def test_toning_takes_the_fringe_and_keeps_strands_and_light() -> None:
    colours, alpha, clean = hair()
    toned = frequency_separation(colours, alpha, radius=4, tone=1)
    faint = (alpha > 0.1) & (alpha < 0.5)
    weights = np.array([0.299, 0.587, 0.114], np.float32)

    def hue(picture: np.ndarray) -> np.ndarray:
        return picture - (picture @ weights)[..., None]

    before = np.abs(hue(colours) - hue(clean))[faint].mean()
    assert np.abs(hue(toned) - hue(clean))[faint].mean() < 0.6 * before
    np.testing.assert_allclose(toned @ weights, colours @ weights, atol=1e-5)


def test_both_bands_are_shown_and_add_up() -> None:
    colours, alpha, _ = hair()
    made = frequency_bands(colours, alpha, radius=3, tone=0.5, detail=1.5)
    band = (alpha > 0) & (alpha < 1)
    together = np.clip(made.low + made.high, 0, 1)
    np.testing.assert_allclose(made.colours[band], together[band], atol=1e-6)
    np.testing.assert_array_equal(made.low[~band], colours[~band])
    assert (made.high[~band] == 0).all()
    # The strands are in the high band alone, and there they are half as strong again.
    rows = np.s_[20:100, 70]
    assert made.low[rows].std(axis=0).max() < 0.25 * made.high[rows].std(axis=0).max()
    plain = frequency_bands(colours, alpha, radius=3, tone=0.5)
    np.testing.assert_allclose(made.high, 1.5 * plain.high, atol=1e-6)


def test_only_the_band_and_the_region_change() -> None:
    colours, alpha, _ = hair()
    before = colours.copy()
    region = np.zeros(alpha.shape, np.float32)
    region[:50] = 1
    some = frequency_separation(colours, alpha, weight=region)
    everything = frequency_separation(colours, alpha)
    np.testing.assert_array_equal(colours, before)
    np.testing.assert_array_equal(some[50:], colours[50:])
    np.testing.assert_array_equal(some[:50], everything[:50])
    sure = (alpha == 0) | (alpha == 1)
    np.testing.assert_array_equal(everything[sure], colours[sure])


def test_tiles_leave_no_trace() -> None:
    colours, alpha, _ = hair()
    results = []
    for at in (64, 448):
        picture, plane = np.full((700, 700, 3), 0.3, np.float32), np.zeros((700, 700), np.float32)
        picture[at : at + 120, at : at + 120] = colours
        plane[at : at + 120, at : at + 120] = alpha
        results.append(frequency_separation(picture, plane, 5)[at : at + 120, at : at + 120])
    np.testing.assert_allclose(*results, atol=2e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (3, 4)])
def test_tiny(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    colours, alpha = rng.random((*shape, 3), np.float32), rng.random(shape, np.float32)
    made = frequency_separation(colours, alpha, 50, tone=1, detail=3)
    assert made.shape == colours.shape and np.isfinite(made).all()
    assert made.min() >= 0 and made.max() <= 1


def test_bad_values() -> None:
    colours, alpha, _ = hair(20)
    for name, value in (("radius", 0), ("radius", "x"), ("detail", 4), ("tone", -1), ("amount", 2)):
        with pytest.raises(InputError, match=f"{name} in"):
            frequency_separation(colours, alpha, **{name: value})
    with pytest.raises(ArrayError, match="weight"):
        frequency_separation(colours, alpha, weight=alpha[:3])
