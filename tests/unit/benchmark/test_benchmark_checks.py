import cv2
import numpy as np
import pytest

from workbench.benchmark import checks, mending, planting
from workbench.benchmark.goodmattes import Good
from workbench.quality.checks import CHECKS, look


def made(sigma=0.6, pattern=0.0):
    """A good matte: an ellipse over another colour, in a photo with that blur."""
    alpha = np.zeros((240, 320), np.float32)
    cv2.ellipse(alpha, (160, 118), (90, 72), 20, 0, 360, 1.0, -1, cv2.LINE_AA)
    alpha = cv2.GaussianBlur(alpha, (0, 0), sigma)
    waves = np.sin(np.arange(320) / 6)[None, :, None] * np.cos(np.arange(240) / 6)[:, None, None]
    behind = (np.float32([0.2, 0.5, 0.8]) + np.float32(pattern) * waves).astype(np.float32)
    image = alpha[..., None] * np.float32([0.8, 0.5, 0.1]) + (1 - alpha[..., None]) * behind
    grain = np.random.default_rng(0).normal(0, 0.006, image.shape)
    pixels = np.clip(np.rint((image + grain) * 255), 0, 255).astype(np.uint8)
    return Good(pixels, alpha, np.zeros_like(alpha), behind, (160.5, 118.5))


def test_nothing_is_found_in_a_good_matte():
    assert look(planting.clean(made())) == []
    assert look(planting.clean(made(2.0))) == []


@pytest.mark.parametrize("code", sorted(set(checks.PLANTS) - {"lost_hair"}))
def test_a_planted_defect_is_found_where_it_is_and_not_without_it(code):
    on_a_pattern = code in ("light_mismatch", "solid_transparency")
    good = made(1.2 if code == "cookie_cutter" else 0.8, 0.15 if on_a_pattern else 0.0)
    planted = checks.PLANTS[code](good, 1, np.random.default_rng(3))
    assert planted.clean is None or CHECKS[code](planted.clean) == []
    found = [o for o in CHECKS[code](planted.sight) if checks.overlap(o.box, planted.box)]
    assert found and all(0 < o.severity <= 1 for o in found)
    after = mending.mended(planted.sight, found)
    if after is not None:
        left = CHECKS[code](after)
        assert max((o.severity for o in left), default=0) < max(o.severity for o in found)


def test_a_subject_in_two_pieces_is_asked_for_in_both():
    good = made()
    other = cv2.ellipse(np.zeros_like(good.alpha), (290, 30), (16, 12), 0, 0, 360, 1.0, -1)
    colour = np.uint8([204, 128, 26])
    image = np.where(other[..., None] > 0, colour, good.image)
    two = Good(image, np.maximum(good.alpha, other), good.strands, good.behind, good.click)
    assert two.clicks[0] == good.click and good.clicks == (good.click,)
    ((x, y),) = two.clicks[1:]
    assert abs(x - 290) < 6 and abs(y - 30) < 3
    assert CHECKS["extras"](planting.clean(two)) == []


def test_boxes_that_only_touch_share_nothing():
    assert checks.overlap((0, 0, 2, 2), (1, 1, 3, 3))
    assert not checks.overlap((0, 0, 2, 2), (2, 0, 4, 2))
