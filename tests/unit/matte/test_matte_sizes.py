"""A photo's sizes: made once where the array cannot change, and never taken for another photo's."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from workbench.matte.grid import half
from workbench.matte.sizes import Sizes, sizes_of
from workbench.stages import StageCache

WINDOW = (slice(2, 6), slice(1, 5))


def photo(seed: int, shape: tuple[int, ...] = (13, 10, 3)) -> np.ndarray:
    image = np.random.default_rng(seed).random(shape).astype(np.float32)
    image.setflags(write=False)
    return image


@pytest.mark.parametrize("shape", [(6, 8), (7, 8, 3), (6, 9), (7, 9, 3), (1, 4), (5, 1, 3), (1, 1)])
def test_half_is_the_mean_of_four(shape: tuple[int, ...]) -> None:
    plane = np.random.default_rng(0).random(shape).astype(np.float32)
    edges = [(0, side % 2) for side in shape[:2]] + [(0, 0)] * (len(shape) - 2)
    even = np.pad(plane, edges, mode="edge")
    means = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    np.testing.assert_allclose(half(plane), means, atol=1e-6)


def test_what_a_window_is_and_its_hash() -> None:
    image = photo(1)
    sizes = Sizes(image, 1)
    np.testing.assert_array_equal(sizes.window(0, WINDOW), image[2:6, 1:5])
    np.testing.assert_array_equal(sizes.at(1), half(image))
    np.testing.assert_array_equal(sizes.at(2), half(half(image)))
    shifted = photo(1)  # the same again: the same hashes
    assert Sizes(shifted, 1).hash(0, WINDOW) == sizes.hash(0, WINDOW)
    assert sizes.hash(1, WINDOW) != sizes.hash(0, WINDOW) != Sizes(photo(2), 1).hash(0, WINDOW)


def test_kept_for_the_very_array_alone() -> None:
    cache = StageCache(1_000_000)
    image = photo(1)
    sizes = sizes_of(image, 1, cache)
    assert sizes_of(image, 1, cache) is sizes and cache.held == half(image).nbytes
    assert sizes_of(photo(1), 1, cache) is not sizes
    # Another array in the place of one that is gone.
    other = photo(3)
    cache.put(f"sizes:{id(other)}", sizes)
    assert sizes_of(other, 1, cache).is_of(other)


def test_not_kept_where_the_array_may_change() -> None:
    cache = StageCache(1_000_000)
    own = photo(1).copy()
    sizes_of(own, 1, cache)
    view = own[:]
    view.setflags(write=False)
    sizes_of(view, 1, cache)
    assert cache.held == 0


def test_the_photo_is_let_go() -> None:
    cache = StageCache(1_000_000)
    image = photo(1)
    gone = weakref.ref(image)
    sizes_of(image, 1, cache)
    del image
    gc.collect()
    assert gone() is None
