"""Depth maps: ranges, the photo's size, and what they make sure of a trimap."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import ArrayError, InputError
from workbench.matte import depth_at, depth_mask, depth_trimap, fit_depth

SHAPE = 120, 160


def scene() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Photo, disparity and subject: a disc at 40 before a wall at 10 to 12, on a floor up to it."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32)
    subject = np.hypot(x - 80, y - 60) < 35
    depth = 10 + x / 80
    floor = y > 70
    depth[floor] += (y[floor] - 70) * 1.2  # where the disc stands on it: as near as the disc
    depth[subject] = 40 + (x[subject] - 80) / 40
    image = np.full((*SHAPE, 3), 0.7, np.float32)
    image[subject] = [0.2, 0.3, 0.6]
    return image, depth.astype(np.float32), subject


def band(subject: np.ndarray, radius: int = 10) -> np.ndarray:
    """A trimap whose band is far too wide."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32)
    away = np.hypot(x - 80, y - 60) - 35
    return np.where(away < -radius, 1, np.where(away > radius, 0, 0.5)).astype(np.float32)


def test_a_range() -> None:
    depth = [[1, 2, 3, 4], [np.nan, np.inf, 2.5, -1]]
    hard = [[0, 1, 1, 0], [0, 0, 1, 0]]
    np.testing.assert_array_equal(depth_mask(depth, 2, 3), hard)
    np.testing.assert_array_equal(depth_mask(depth, 3, 2), hard)
    soft = depth_mask(depth, 2, 3, 2)
    np.testing.assert_allclose(soft, [[0.5, 1, 1, 0.5], [0, 0, 1, 0]])
    assert soft.dtype == np.float32
    np.testing.assert_array_equal(depth_mask(np.array([[1, 700]], np.uint16), 600, 800), [[0, 1]])


def test_the_range_of_what_a_point_lies_on() -> None:
    _, depth, subject = scene()
    depth[70:] = np.where(subject[70:], depth[70:], 11)  # no floor
    near, far = depth_at(depth, [(80.5, 60.5)])
    np.testing.assert_array_equal(depth_mask(depth, near, far) > 0, subject)
    near, far = depth_at(depth, [(10, 10)])
    np.testing.assert_array_equal(depth_mask(depth, near, far) > 0, ~subject)
    near, far = depth_at(depth, [(10, 10), (80, 60)])
    assert near <= depth.min() and far >= depth.max()
    assert depth_at(np.full((4, 5), 7), [(1, 1)]) == (7, 7)
    holed = depth.copy()
    holed[60, 80] = np.nan
    assert depth_at(holed, [(80.5, 60.5)])[0] > 30
    holed[:20, :20] = np.inf
    with pytest.raises(InputError, match="depth is known"):
        depth_at(holed, [(5, 5), (-3, 900)])
    with pytest.raises(InputError, match="at least one point"):
        depth_at(depth, [])


def test_the_band_shrinks_where_depth_parts_and_stays_where_it_does_not() -> None:
    _, depth, subject = scene()
    trimap = band(subject)
    before = trimap.copy()
    found = depth_trimap(trimap, depth)
    np.testing.assert_array_equal(trimap, before)
    assert set(np.unique(found)) == {0, 0.5, 1} and found.dtype == np.float32
    np.testing.assert_array_equal(found[trimap != 0.5], trimap[trimap != 0.5])
    # Never on the wrong side.
    assert subject[found == 1].all() and not subject[found == 0].any()
    high = np.zeros(SHAPE, bool)
    high[:55] = True
    was, left = (np.count_nonzero((t == 0.5) & high) for t in (trimap, found))
    assert left < 0.45 * was
    # At the disc's foot floor and disc are equally near: nothing is told.
    foot = np.s_[88:103, 75:86]
    np.testing.assert_array_equal(found[foot] == 0.5, trimap[foot] == 0.5)


def test_the_margin_keeps_the_edge_open() -> None:
    _, depth, subject = scene()
    trimap = band(subject)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    away = np.abs(np.hypot(x - 80, y - 60) - 35)
    open_ = []
    for margin in (0, 3, 6):
        found = depth_trimap(trimap, depth, margin=margin)
        open_.append(np.count_nonzero(found == 0.5))
        assert (found[(away < margin - 1) & (trimap == 0.5)] == 0.5).all()
    assert open_[0] < open_[1] < open_[2] < np.count_nonzero(trimap == 0.5)


def test_what_is_unknown_stays() -> None:
    _, depth, subject = scene()
    trimap = band(subject)
    depth[:, :80] = np.nan
    found = depth_trimap(trimap, depth)
    np.testing.assert_array_equal(found[:, :80], trimap[:, :80])
    assert (found[:55, 80:] != trimap[:55, 80:]).any()
    # No depth that says what the subject's is: nothing is told …
    all_band = np.where(trimap == 1, np.float32(0.5), trimap)
    np.testing.assert_array_equal(depth_trimap(all_band, depth), all_band)
    # … unless a mask does.
    found = depth_trimap(all_band, scene()[1], subject)
    assert subject[found == 1].all() and (found == 1).sum() > 1000


def test_a_flat_map_says_nothing() -> None:
    _, _, subject = scene()
    trimap = band(subject)
    noise = np.random.default_rng(0).normal(5, 1, SHAPE)
    changed = (depth_trimap(trimap, noise) != trimap).mean()
    assert changed == 0
    np.testing.assert_array_equal(depth_trimap(trimap, np.ones(SHAPE)), trimap)


def test_a_small_map_takes_the_photos_edges() -> None:
    image, depth, subject = scene()
    small = depth[2::5, 2::5]
    fitted = fit_depth(small, image)
    assert fitted.shape == SHAPE and fitted.dtype == np.float32
    coarse = np.kron(small, np.ones((5, 5), np.float32))
    high = np.s_[:70]
    assert np.abs(fitted - depth)[high].mean() < 0.35 * np.abs(coarse - depth)[high].mean()
    trimap = band(subject)
    found = depth_trimap(trimap, small, image=image)
    assert subject[found == 1].all() and not subject[found == 0].any()
    assert (found == 0.5).sum() < (trimap == 0.5).sum()
    assert fit_depth(depth, image).tobytes() == depth.tobytes()
    np.testing.assert_array_equal(fit_depth(np.kron(depth, np.ones((3, 3))), image), depth)
    small[:10] = np.nan
    holed = fit_depth(small, image)
    assert np.isnan(holed[:45]).all() and np.isfinite(holed[55:]).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_tiny(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 128, np.uint8)
    depth = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape)
    trimap = np.full(shape, 0.5, np.float32)
    assert depth_trimap(trimap, depth).shape == shape
    trimap.flat[0], trimap.flat[-1] = 1, 0
    assert depth_trimap(trimap, depth).shape == shape
    assert fit_depth([[3.0]], image).tolist() == np.full(shape, 3.0).tolist()
    assert depth_at(depth, [(0, 0)])[0] == 0


def test_bad_input() -> None:
    image, depth, subject = scene()
    trimap = band(subject)
    for bad in (np.zeros((2, 2, 2)), np.zeros((0, 3)), [["a"]], np.full((3, 3), np.nan)):
        with pytest.raises(ArrayError, match="depth"):
            depth_mask(bad, 0, 1)
    for near, soft in ((np.nan, 0), ("a", 0), (0, -1), (0, np.inf)):
        with pytest.raises(InputError):
            depth_mask(depth, near, 1, soft)  # type: ignore[arg-type]
    with pytest.raises(ArrayError, match="expected depth of shape"):
        depth_trimap(trimap, depth[::2])
    with pytest.raises(ArrayError, match="expected image of shape"):
        depth_trimap(trimap, depth[::2], image=image[:5])
    for margin in (-1, 51, np.nan, "wide"):
        with pytest.raises(InputError, match="margin"):
            depth_trimap(trimap, depth, margin=margin)  # type: ignore[arg-type]
