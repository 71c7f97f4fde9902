"""All objects by a network that sees one at a time; mostly a made-up network, so in no time."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from small_models import iou

from workbench.errors import CancelledError
from workbench.segment import lite_everything
from workbench.segment.regions import Regions, Window

SHAPE = (240, 320)
LIMITS = Window(0, 0, 320, 240)


class Brightest:
    """Sees one thing at a time, as the real network does: of red, green and blue the colour that
    most of a picture has."""

    def __init__(self):
        self.looks = 0

    def saliency(self, image, progress=None):
        self.looks += 1
        masks = [image[..., c].astype(int) - image.sum(axis=2) // 2 > 40 for c in range(3)]
        best = max(masks, key=lambda m: int(m.sum()))
        return cv2.resize(best.astype(np.float32), (320, 320), interpolation=cv2.INTER_AREA)


@pytest.fixture
def scene():
    """A large red disk, a small green one beside it, a blue one that touches the red."""
    y, x = np.mgrid[0:240, 0:320] + 0.5
    where = {
        "red": np.hypot(x - 110, y - 110) < 70,
        "green": np.hypot(x - 275, y - 60) < 24,
        "blue": np.hypot(x - 215, y - 165) < 40,
    }
    picture = np.full((*SHAPE, 3), 110) + np.random.default_rng(3).integers(-6, 7, (*SHAPE, 3))
    for name, colour in (("red", (200, 40, 40)), ("green", (40, 190, 40)), ("blue", (40, 40, 210))):
        picture[where[name]] += np.array(colour) - 110
    return np.clip(picture, 0, 255).astype(np.uint8), where


def test_the_parts_cover_the_photo_and_overlap_by_half():
    parts = list(lite_everything.parts_of(LIMITS))
    assert len(parts) == 30 and parts[0] == LIMITS
    for side in (2, 3, 4):
        some = [p for p in parts if abs(p.width - 640 / (side + 1)) <= 1]
        assert len(some) == side * side
        seen = np.zeros(SHAPE, int)
        for p in some:
            seen[p.slices] += 1
        assert seen.min() == 1 and seen.max() <= 4
    assert list(lite_everything.parts_of(Window(0, 0, 80, 60))) == [Window(0, 0, 80, 60)]


def test_each_thing_is_proposed_once(scene):
    picture, where = scene
    network, seen = Brightest(), []
    found = lite_everything.propose(
        network, picture, LIMITS, lambda fraction, words: seen.append(fraction)
    )
    for name, truth in where.items():
        best = max(found, key=lambda p, t=truth: iou(p.mask > 0.5, t))
        assert iou(best.mask > 0.5, truth) > 0.9, name
        assert sum(iou(p.mask > 0.5, truth) > 0.6 for p in found) == 1
        (x, y), (x0, y0, x1, y1) = best.points[0], best.box
        assert truth[int(y), int(x)] and x0 < x < x1 and y0 < y < y1
        assert best.area == pytest.approx(truth.sum(), rel=0.1)
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert all(0 < p.score <= p.stability <= 1 for p in found)
    assert seen == sorted(seen) and seen[-1] == 1 and len(seen) > 30
    again = lite_everything.propose(Brightest(), picture, LIMITS)
    for a, b in zip(found, again, strict=True):
        assert np.array_equal(a.prediction.logits, b.prediction.logits)


def test_it_can_be_cancelled_between_two_looks(scene):
    network = Brightest()

    def stop(fraction, words):
        if network.looks == 3:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        lite_everything.propose(network, scene[0], LIMITS, stop)
    assert network.looks == 3


def test_a_photo_of_nothing_has_no_objects():
    grey = np.full((*SHAPE, 3), 128, np.uint8)
    assert lite_everything.propose(Brightest(), grey, LIMITS) == []


def test_the_weakest_borders_go_first():
    # Four regions in a row; 0 and 1 are alike, 2 and 3 less so, the two pairs not at all.
    labels = np.repeat(np.arange(4, dtype=np.int32), 5)[None].repeat(6, 0)
    pairs = np.array([[0, 1], [1, 2], [2, 3]])
    regions = Regions(
        labels, np.full(4, 30.0), np.zeros((4, 3)), np.zeros((4, 2)), pairs,
        np.full(3, 6.0), np.zeros(3),
    )  # fmt: skip
    parents, heights = lite_everything.merged(regions, np.array([0.1, 0.9, 0.3]))
    assert parents.tolist() == [4, 4, 5, 5, 6, 6, -1]
    assert heights.tolist() == [0, 0, 0, 0, 0.1, 0.3, 0.9]


def test_a_common_border_is_as_strong_as_the_mean_along_it():
    # 0 and 1 merge; both touch 2, over 1 and 3 pixels.
    pairs = np.array([[0, 1], [0, 2], [1, 2]])
    regions = Regions(
        np.array([[0, 1], [2, 2]], np.int32), np.ones(3), np.zeros((3, 3)), np.zeros((3, 2)),
        pairs, np.array([1.0, 1.0, 3.0]), np.zeros(3),
    )  # fmt: skip
    parents, heights = lite_everything.merged(regions, np.array([0.1, 0.8, 0.4]))
    assert parents.tolist() == [3, 3, 4, 4, -1]
    assert heights[3:] == pytest.approx([0.1, (1 * 0.8 + 3 * 0.4) / 4])


def test_the_real_network_finds_what_is_there(lite, disk, monkeypatch):
    from workbench.segment import everything

    picture, inside = disk
    monkeypatch.setattr(lite_everything, "SIDES", (1, 2))
    found = everything.propose(lite, lite.encode(picture))
    assert iou(found[0].mask > 0.5, inside) > 0.9
    assert found[0].model == lite.identity
