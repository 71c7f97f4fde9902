"""Blurring an alpha exactly, and telling from a photo how blurred it is, on known truth."""

from __future__ import annotations

import functools
from pathlib import Path

import cv2
import numpy as np
import pytest

from workbench.errors import ArrayError, InputError
from workbench.matte import alpha_from_trimap, trimap_from_mask
from workbench.matte.blur import (
    blur_along,
    defocus,
    disc_kernel,
    estimate_defocus,
    estimate_motion,
    line_kernel,
    match_blur,
    suggest_blur_settings,
)

# ------------------------------------------------------------------------------------ the blurs


def test_a_line_along_an_axis_is_the_box_to_the_fraction_of_a_pixel() -> None:
    np.testing.assert_allclose(line_kernel(3, 0)[1], [1 / 3, 1 / 3, 1 / 3])
    np.testing.assert_allclose(line_kernel(2.5, 90)[:, 1], [0.3, 0.4, 0.3])
    assert np.count_nonzero(line_kernel(2.5, 90)) == 3
    np.testing.assert_array_equal(line_kernel(1, 33), [[1]])
    np.testing.assert_array_equal(disc_kernel(0.3), [[1]])


@pytest.mark.parametrize("angle", [0, 20, 45, 70, 90, 135, 160])
@pytest.mark.parametrize("length", [5.0, 12.4, 31.0])
def test_a_line_has_its_length_and_its_angle(length: float, angle: float) -> None:
    kernel = line_kernel(length, angle)
    at = np.arange(len(kernel)) - len(kernel) // 2
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-12)
    xx, yy = (kernel * at**2).sum(), (kernel * at[:, None] ** 2).sum()
    xy = (kernel * at * at[:, None]).sum()
    along, across = np.linalg.eigvalsh([[xx, xy], [xy, yy]])[::-1]
    assert abs(np.sqrt(12 * along) - length) < 0.25
    assert across < 0.2
    turn = np.degrees(0.5 * np.arctan2(2 * xy, xx - yy)) % 180
    assert min(abs(turn - angle), 180 - abs(turn - angle)) < 1.5


def test_angles_run_clockwise_as_seen() -> None:
    """At 45 degrees a point smears to the lower right and the upper left."""
    point = np.zeros((21, 21), np.float32)
    point[10, 10] = 1
    smear = blur_along(point, 12, 45)
    assert smear[13, 13] > 0.05
    assert smear[7, 7] > 0.05
    assert smear[13, 7] == 0


def test_blurs_match_a_finely_sampled_shape() -> None:
    """What is seen at pixels is what a shape drawn eight times finer gives."""
    fine, side = 8, 100
    shape = np.zeros((side * fine, side * fine), np.float32)
    cv2.fillPoly(shape, [np.array([[200, 150], [650, 260], [420, 640]])], 1.0)

    def seen(plane: np.ndarray) -> np.ndarray:
        return plane.reshape(side, fine, side, fine).mean(axis=(1, 3))

    sharp = seen(shape)
    for length, angle in ((7.0, 0), (16.5, 17), (16.5, 135), (30.0, 63)):
        truth = seen(cv2.filter2D(shape, -1, line_kernel(length * fine, angle)))
        off = np.abs(blur_along(sharp, length, angle) - truth).sum()
        assert off < 0.09 * np.abs(sharp - truth).sum(), (length, angle)
    truth = seen(cv2.filter2D(shape, -1, disc_kernel(6.3 * fine)))
    assert np.abs(defocus(sharp, 6.3) - truth).max() < 0.02


def test_blurs_never_sharpen_and_leave_the_rest_alone() -> None:
    y, x = np.mgrid[:600, :700]
    alpha = np.clip((np.hypot(x - 510, y - 515) - 60) / 3, 0, 1).astype(np.float32)
    copy = alpha.copy()
    for out, reach in ((blur_along(alpha, 21, 30), 12), (defocus(alpha, 9), 10)):
        assert out.dtype == np.float32
        assert 0 <= out.min() <= out.max() <= 1
        edge = np.abs(np.hypot(x - 510, y - 515) - 61.5) < 2 + reach
        np.testing.assert_array_equal(out[~edge], alpha[~edge])
        for axis in (0, 1):
            before, after = (np.abs(np.diff(a, axis=axis)).max() for a in (alpha, out))
            assert after <= before + 1e-6
    np.testing.assert_array_equal(alpha, copy)
    np.testing.assert_array_equal(blur_along(alpha, 0, 77), alpha)
    np.testing.assert_array_equal(defocus(alpha, 0), alpha)


def test_tiles_and_frame_leave_no_trace() -> None:
    """The answer over tile borders is that of one filter; beyond the frame it goes on as it is."""
    rng = np.random.default_rng(0)
    alpha = cv2.GaussianBlur(rng.random((530, 540), np.float32), (0, 0), 2)
    whole = cv2.filter2D(alpha, -1, line_kernel(33, 20), borderType=cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(blur_along(alpha, 33, 20), whole, atol=2e-6)
    np.testing.assert_array_equal(blur_along(np.ones((1, 30), np.float32), 20, 45), 1)


@pytest.mark.parametrize(("length", "angle"), [(-1, 0), (251, 0), (np.nan, 0), (5, np.inf)])
def test_blur_along_refuses(length: float, angle: float) -> None:
    with pytest.raises(InputError, match="expected"):
        blur_along(np.zeros((5, 5), np.float32), length, angle)


# ------------------------------------------------------------------------------- telling a blur


@functools.cache
def photo(name: str) -> np.ndarray:
    from skimage import data

    if name == "grace_hopper":
        import matplotlib
        from PIL import Image

        path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
        with Image.open(path) as opened:
            return np.asarray(opened.convert("RGB")).astype(np.float32) / 255
    return getattr(data, name)()[..., :3].astype(np.float32) / 255


def taken(
    front: str, behind: str, length: float = 0, angle: float = 0, radius: float = 0
) -> tuple[np.ndarray, np.ndarray]:
    """A subject with the texture of one photo, moved or out of focus, before another; its alpha."""
    side = 300
    y, x = np.mgrid[:side, :side] - 150.0
    turn = np.arctan2(y, x)
    edge = 75 + 14 * np.cos(3 * turn + 0.4) + 6 * np.sin(7 * turn)
    alpha = np.clip(edge - np.hypot(x, y) + 0.5, 0, 1).astype(np.float32)
    subject, ground = photo(front)[:side, 60 : 60 + side], photo(behind)[-side:, -side:]
    layer = np.dstack([subject * alpha[..., None], alpha])
    kernel = disc_kernel(radius) if radius else line_kernel(length, angle)
    if kernel.size > 1:
        layer = cv2.filter2D(layer, -1, kernel)
    image = layer[..., :3] + (1 - layer[..., 3:]) * ground
    image += np.random.default_rng(3).normal(0, 0.01, image.shape)
    return np.clip(image, 0, 1).astype(np.float32), layer[..., 3]


PAIRS = [("chelsea", "astronaut"), ("coffee", "grace_hopper"), ("grace_hopper", "coffee")]


@pytest.mark.parametrize(("front", "behind"), PAIRS)
@pytest.mark.parametrize(("length", "angle"), [(14, 25), (24, 100), (36, 160)])
def test_a_movement_is_found(front: str, behind: str, length: float, angle: float) -> None:
    image, alpha = taken(front, behind, length, angle)
    found = estimate_motion(image, alpha >= 0.5)
    assert found.confidence > (0.5 if front != "grace_hopper" else 0.15)  # dark on dark
    assert abs(found.length - length) < 2 + 0.13 * length
    assert min(abs(found.angle - angle), 180 - abs(found.angle - angle)) < 10


@pytest.mark.parametrize(("front", "behind"), PAIRS)
def test_no_movement_is_believed_where_there_is_none(front: str, behind: str) -> None:
    for radius in (0, 5):
        image, alpha = taken(front, behind, radius=radius)
        assert estimate_motion(image, alpha >= 0.5).confidence < 0.5


def test_an_outline_that_is_not_the_subjects_is_not_believed() -> None:
    """A crude polygon around the astronaut, sharp and shaken."""
    outline = [(176, 100), (190, 30), (250, 10), (290, 60), (290, 150), (380, 215), (420, 330),
               (440, 500), (60, 500), (90, 260), (160, 200)]  # fmt: skip
    for length in (0, 20):
        kernel = line_kernel(length, 60)
        image = cv2.filter2D(photo("astronaut"), -1, kernel) if length else photo("astronaut")
        mask = np.zeros(image.shape[:2], np.float32)
        cv2.fillPoly(mask, [np.array(outline)], 1.0)
        assert estimate_motion(image, mask).confidence < 0.5


@pytest.mark.parametrize(("front", "behind"), PAIRS)
def test_defocus_of_the_outline_is_found(front: str, behind: str) -> None:
    sharp = estimate_defocus(*taken(front, behind)).subject
    assert sharp < 2
    for radius in (5, 9):
        image, alpha = taken(front, behind, radius=radius)
        assert abs(estimate_defocus(image, alpha).subject - radius) < 0.35 * radius


def test_defocus_of_the_background_grows_with_it() -> None:
    mask = np.zeros(photo("coffee").shape[:2], np.float32)
    cv2.circle(mask, (300, 200), 60, 1.0, -1)
    found = [
        estimate_defocus(cv2.filter2D(photo("coffee"), -1, disc_kernel(radius)), mask).background
        for radius in (0, 4, 8)
    ]
    assert found[0] < 1
    assert 2 < found[1] < 6
    assert 5 < found[2] < 11


def test_nothing_to_measure() -> None:
    rng = np.random.default_rng(0)
    for shape in ((1, 60), (60, 1), (3, 3), (80, 80)):
        image = rng.integers(0, 65536, (*shape, 3)).astype(np.uint16)
        for mask in (np.zeros(shape, np.float32), np.ones(shape, np.float32)):
            motion = estimate_motion(image, mask)
            assert (motion.length, motion.confidence) == (0, 0)
            assert np.isnan(estimate_defocus(image, mask).subject)
            assert suggest_blur_settings(image, mask)["share"] == 0
    flat, disc = np.full((90, 90, 3), 128, np.uint8), np.zeros((90, 90), np.float32)
    cv2.circle(disc, (45, 45), 25, 1.0, -1)
    assert estimate_motion(flat, disc).confidence < 0.5


# ------------------------------------------------------------------------------- the matte with it


@pytest.mark.parametrize(("front", "behind"), PAIRS)
def test_the_matte_of_a_moved_subject_is_nearer_to_the_truth(front: str, behind: str) -> None:
    image, truth = taken(front, behind, 28, 35)
    mask = (truth >= 0.5).astype(np.float32)
    settings = suggest_blur_settings(image, mask)
    assert settings["radius"] >= 14
    plain = alpha_from_trimap(image, trimap_from_mask(mask, 10))
    solved = alpha_from_trimap(image, trimap_from_mask(mask, settings.pop("radius")))
    settings["radius"] = settings.pop("defocus")
    matched = match_blur(solved, mask, **settings)
    before, after = (np.abs(alpha - truth).sum() / 1000 for alpha in (plain, matched))
    assert after < 0.85 * before


def test_match_blur_of_nothing_is_the_alpha() -> None:
    alpha = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    mask = (alpha > 0.5).astype(np.float32)
    np.testing.assert_array_equal(match_blur(alpha, mask), alpha)
    np.testing.assert_array_equal(match_blur(alpha, mask, 20, 30, share=0), alpha)
    only = match_blur(alpha, mask, 5, 90, feather=0, share=1)
    np.testing.assert_allclose(only, blur_along(mask, 5, 90), atol=1e-6)
    with pytest.raises(InputError, match="share"):
        match_blur(alpha, mask, 5, share=2)
    with pytest.raises(ArrayError, match="shape"):
        match_blur(alpha, mask[:4], 5)
