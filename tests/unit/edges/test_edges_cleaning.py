"""Cleaning an alpha: specks and grain go, lines and edges stay, holes and islands by their area."""

from __future__ import annotations

import numpy as np
import pytest

from workbench import edges
from workbench.edges import kernels
from workbench.errors import ArrayError


def disk(size: int, radius: float, at: tuple[float, float] | None = None) -> np.ndarray:
    y, x = np.mgrid[:size, :size] + 0.5
    cy, cx = at or (size / 2, size / 2)
    return np.clip(radius - np.hypot(x - cx, y - cy) + 0.5, 0, 1).astype(np.float32)


def strand(size: int = 60) -> np.ndarray:
    """A bent line, one pixel wide, drawn soft."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    away = np.abs(y - (size / 3 + (x - size / 2) ** 2 / size))
    return np.clip(1.2 - away, 0, 1).astype(np.float32)


@pytest.mark.parametrize(("radius", "largest"), [(1, 1), (2, 3), (3, 5)])
def test_despeckle_takes_specks_up_to_its_size_bright_and_dark(radius: int, largest: int) -> None:
    for count in range(1, 8):
        alpha = np.zeros((15, 15), np.float32)
        alpha[7:9, 6:9].flat[:count] = 0.8  # up to a block of 2 × 3
        gone = edges.despeckle(alpha, radius).max() == 0
        assert gone == (min(count, 6) <= largest)
        dark = edges.despeckle(1 - alpha, radius).min() == 1
        assert dark == gone


def test_despeckle_is_the_lum_smoother_written_out() -> None:
    alpha = np.random.default_rng(1).random((12, 14), np.float32)
    padded = np.pad(alpha, 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 5)).reshape(12, 14, 25)
    ordered = np.sort(windows, axis=2)
    expected = np.clip(alpha, ordered[..., 3], ordered[..., -4])
    np.testing.assert_array_equal(edges.despeckle(alpha, 2), expected)
    np.testing.assert_array_equal(kernels.lum(padded, 2, 1), alpha)


def test_despeckle_keeps_lines_that_a_median_wipes_out() -> None:
    import cv2

    line = np.zeros((21, 30), np.float32)
    line[10, 5:25] = 1
    assert cv2.medianBlur(line, 3).max() == 0
    np.testing.assert_array_equal(edges.despeckle(line, 1), line)
    short = line.copy()
    short[10, [5, 6, 23, 24]] = 0  # two pixels at either end
    np.testing.assert_array_equal(edges.despeckle(line, 3), short)
    assert edges.despeckle(strand(), 1).sum() > 0.97 * strand().sum()


def test_denoise_takes_the_grain_and_leaves_strands_and_edges() -> None:
    rng = np.random.default_rng(2)
    clean = np.maximum(0.6 * disk(120, 40), 0.9 * np.pad(strand(), ((0, 60), (60, 0))))
    noisy = np.clip(clean + 0.05 * rng.standard_normal(clean.shape), 0, 1).astype(np.float32)
    calm = edges.denoise(noisy, 40)
    assert np.abs(calm - clean).sum() < 0.72 * np.abs(noisy - clean).sum()
    kept = edges.denoise(clean, 40)
    thin = clean > 0.8
    assert np.abs(kept - clean)[thin].mean() < 0.03
    hard = np.zeros((9, 20), np.float32)
    hard[:, 10:] = 1
    assert np.abs(edges.denoise(hard, 30) - hard).max() < 0.002


def test_holes_fill_by_area_with_their_rims() -> None:
    alpha = disk(160, 60)
    small, large = disk(160, 5, (60, 60)), disk(160, 12, (95, 95))
    holed = np.minimum(alpha, 1 - np.maximum(small, large))
    filled = edges.fill_holes(holed, 150)  # π · 5² = 79, π · 12² = 452
    np.testing.assert_array_equal(filled, np.minimum(alpha, 1 - large))
    np.testing.assert_array_equal(edges.fill_holes(holed, 600), alpha)
    # What is outside is no hole, whatever is asked; nor is a notch at the photo's frame.
    np.testing.assert_array_equal(edges.fill_holes(alpha, 1e9), alpha)
    notch = np.ones((30, 30), np.float32)
    notch[:4, 10:14] = 0
    np.testing.assert_array_equal(edges.fill_holes(notch, 1e9), notch)


def test_islands_drop_by_area_with_their_skirts() -> None:
    body, crumb, cloud = disk(200, 50), disk(200, 4, (20, 20)), disk(200, 14, (170, 170))
    alpha = np.maximum(np.maximum(body, crumb), 0.4 * cloud)  # a faint island is one as well
    soft = edges.feather(alpha, 3)
    dropped = edges.drop_islands(soft, 200)
    expected = edges.feather(np.maximum(body, 0.4 * cloud), 3)
    np.testing.assert_allclose(dropped, expected, atol=1e-6)
    np.testing.assert_allclose(
        edges.drop_islands(soft, edges.ALL), edges.feather(body, 3), atol=1e-6
    )
    assert set(np.unique(dropped[dropped != soft])) == {0}


def test_islands_that_somebody_asked_for_stay() -> None:
    body, crumb = disk(120, 30, (40, 40)), disk(120, 6, (100, 100))
    both = np.maximum(body, crumb)
    keep = np.zeros((120, 120), bool)
    keep[100, 100] = True
    np.testing.assert_array_equal(edges.drop_islands(both, edges.ALL, keep), crumb)
    np.testing.assert_array_equal(edges.drop_islands(both, 500, keep), both)
    # A click beside everything, or everything too small: the largest stays.
    elsewhere = np.roll(keep, -50, axis=1)
    np.testing.assert_array_equal(edges.drop_islands(both, edges.ALL, elsewhere), body)
    np.testing.assert_array_equal(edges.drop_islands(crumb, 1e6), crumb)
    with pytest.raises(ArrayError, match="keep"):
        edges.drop_islands(both, 5, keep[:3])


@pytest.mark.parametrize("value", [0, 1])
def test_nothing_to_clean(value: float) -> None:
    alpha = np.full((40, 50), value, np.float32)
    asked = dict(edges.PRESETS["noisy photo"].settings) | {"contract": 1, "fill_holes": 1e9}
    np.testing.assert_array_equal(edges.apply_edges(alpha, **asked), alpha)


def test_tiles_leave_no_trace() -> None:
    """The same content, shifted against the grid of tiles, gives the same to the bit."""
    rng = np.random.default_rng(3)
    content = np.clip(
        rng.normal(0.5, 0.6, (300, 300)) * (disk(300, 140) > 0), 0, 1
    ).astype(np.float32)  # fmt: skip
    asked = {"drop_islands": 30, "fill_holes": 30, "despeckle": 2, "denoise": 30}
    asked |= {"edge_blur": 0.8, "contract": 1.3}
    results = []
    for at in (20, 400):
        alpha = np.zeros((760, 760), np.float32)
        alpha[at : at + 300, at : at + 300] = content
        result = edges.apply_edges(alpha, **asked)
        results.append(result[at - 10 : at + 310, at - 10 : at + 310])
    np.testing.assert_array_equal(*results)
