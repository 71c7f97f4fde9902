"""Intelligent scissors: paths that keep to edges."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import ArrayError, InputError, PromptError
from workbench.segment.traditional import LiveWire, scissors


def disk(height, width, centre, radius, noise=5):
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) + 0.5
    truth = np.clip(radius + 0.5 - np.hypot(x - centre[0], y - centre[1]), 0, 1)
    image = 60 + truth[..., None] * np.array([140, 110, 30], np.float32)
    image += np.random.default_rng(0).normal(0, noise, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8), truth


def around(centre, radius, count, off=0.0):
    """Points along a circle, by turns ``off`` pixels inside and outside of it."""
    t = 0.4 + 2 * np.pi * np.arange(count) / count
    r = radius + off * (1 - 2 * (np.arange(count) % 2))
    return [
        (centre[0] + a, centre[1] + b) for a, b in zip(r * np.cos(t), r * np.sin(t), strict=True)
    ]


def iou(mask, truth):
    return np.minimum(mask, truth).sum() / np.maximum(mask, truth).sum()


def test_a_path_along_an_edge_stays_on_it():
    image = np.full((60, 90, 3), 50, np.uint8)
    image[30:] = 200
    path = LiveWire(image).path((5, 30), (85, 30))
    assert np.abs(path[:, 1] - 30).max() < 0.75
    assert path[0].tolist() == [5, 30] and path[-1].tolist() == [85, 30]
    assert np.hypot(*np.diff(path, axis=0).T).max() < 2


def test_where_there_is_no_edge_the_way_is_straight():
    path = LiveWire(np.full((60, 900, 3), 90, np.uint8)).path((10, 5), (800, 40))
    assert np.abs(path[:, 1] - np.interp(path[:, 0], (10, 800), (5, 40))).max() < 0.01


def test_it_goes_around_a_corner_and_not_across():
    image = np.full((120, 120, 3), 40, np.uint8)
    image[20:100, 20:100] = (180, 160, 90)
    path = LiveWire(image).path((20, 60), (60, 20))
    corner = np.hypot(path[:, 0] - 20, path[:, 1] - 20).min()
    assert corner < 3  # the straight way passes it at 28


@pytest.mark.parametrize("count", [3, 5, 8])
def test_points_beside_the_edge_make_an_outline_on_it(count):
    image, truth = disk(160, 200, (100, 80), 55)
    traced = scissors(image, around((100, 80), 55, count, off=3), width=5)
    assert iou(traced.mask, truth) > 0.98
    edge = np.abs(np.hypot(*(traced.path - (100, 80)).T) - 55)
    assert edge.max() < 2


def test_a_far_path_is_sought_coarsely_and_settled_on_the_photos_own_edges():
    image, truth = disk(1500, 2000, (1000, 750), 600)
    traced = scissors(image, around((1000, 750), 600, 5), width=4)
    assert iou(traced.mask, truth) > 0.995
    assert np.abs(np.hypot(*(traced.path - (1000, 750)).T) - 600).mean() < 0.5


def test_the_wire_is_the_same_however_often_and_in_which_order_it_is_asked():
    image, _ = disk(160, 200, (100, 80), 55)
    wire = LiveWire(image)
    ends = [(120, 30), (150, 60), (60, 110)]
    first = [wire.path((45, 80), end) for end in ends]
    for n in range(20):
        wire.path((n * 9 + 3, 30), (n * 9 + 20, 100))  # so many that the first one is let go
    again = [wire.path((45, 80), end) for end in reversed(ends)][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_snap_finds_the_edge_within_its_width_and_leaves_a_point_on_nothing():
    image = np.full((60, 60, 3), 50, np.uint8)
    image[:, 30:] = 200
    wire = LiveWire(image)
    assert abs(wire.snap((26, 20), 6)[0] - 30) < 1
    assert wire.snap((20, 20), 6) == (20, 20)
    assert wire.snap((26, 20), 0) == (26, 20)


def test_an_open_path_encloses_nothing():
    image, _ = disk(160, 200, (100, 80), 55)
    traced = scissors(image, around((100, 80), 55, 8)[:3], closed=False)
    assert traced.mask.sum() == 0 and len(traced.path) > 60


@pytest.mark.parametrize("shape", [(1, 1), (2, 60), (30, 600), (5, 5), (3, 3)])
def test_strips_specks_and_points_beyond_the_border_have_an_answer(shape):
    height, width = shape
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    corners = [(-5, -5), (width + 5, -5), (width + 5, height + 5), (-5, height + 5)]
    traced = scissors(image, corners, width=0)
    assert traced.mask.shape == shape and np.isfinite(traced.path).all()
    assert (traced.path >= 0).all() and (traced.path <= (width, height)).all()


def test_questions_that_make_no_sense_are_refused():
    image, _ = disk(60, 60, (30, 30), 20)
    with pytest.raises(PromptError, match="at least 3"):
        scissors(image, [(1, 1), (2, 2)])
    with pytest.raises(PromptError, match="finite"):
        scissors(image, [(1, 1), (2, 2), (float("nan"), 3)])
    with pytest.raises(InputError, match="width"):
        scissors(image, [(1, 1), (20, 2), (3, 30)], width=-1)
    with pytest.raises(ArrayError):
        LiveWire(image[..., 0])
