"""The adapter of the views, and the cut-out on many backgrounds."""

from __future__ import annotations

import numpy as np
import pytest

import workbench as wb
from workbench import views
from workbench.errors import ArrayError, InputError, UnknownNameError
from workbench.views import grounds


def disk(shape: tuple[int, int] = (60, 80), radius: float = 20) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    far = np.hypot(x - shape[1] / 2, y - shape[0] / 2)
    return np.clip(radius - far + 0.5, 0, 1).astype(np.float32)


def session_of(image: np.ndarray) -> wb.Session:
    session = wb.open(image, segmenter="grabcut", name="disk")
    session.subject().load_mask(disk())
    return session


def test_a_cut_of_a_session_is_of_one_moment() -> None:
    image = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    session = session_of(image)
    before, own = views.cut(session), views.cut(session.subject())
    alpha, colours = session.alpha(), session.foreground()
    session.subject().edges(contrast=100)
    assert before.name == "disk" and own.name == "disk: subject" and len(before.deeds) == 1
    for one in (before, own, views.cut(session, at=1)):
        np.testing.assert_array_equal(one.alpha, alpha)
        np.testing.assert_array_equal(one.foreground, colours)
        assert one.trimap is not None and set(np.unique(one.trimap)) <= {0, 0.5, 1}
    now = views.cut(session)
    np.testing.assert_array_equal(now.alpha, session.alpha())
    assert not np.array_equal(now.alpha, alpha) and len(now.deeds) == 2
    assert views.cut(now) is now


def test_a_cut_says_what_it_expected() -> None:
    image, alpha = np.zeros((6, 8, 3), np.uint8), np.ones((6, 8), np.float32)
    with pytest.raises(InputError, match="no alpha"):
        views.cut(image)
    with pytest.raises(InputError, match="got both"):
        views.cut(views.cut(image, alpha), alpha)
    with pytest.raises(ArrayError, match="foreground of shape"):
        views.cut(image, alpha, image[:5])
    with pytest.raises(InputError, match="box inside"):
        views.backgrounds(image, alpha, box=(20, 0, 30, 5))
    with pytest.raises(InputError, match="at least one"):
        views.backgrounds(image, alpha, grounds=())
    with pytest.raises(UnknownNameError):
        views.backgrounds(image, alpha, grounds=("puce",))


def test_reducing_keeps_the_backgrounds_colour_out_of_the_edge() -> None:
    # A black subject in columns of whole pixels over white: halved, a pixel of the edge is half
    # opaque, and still black.
    image = np.full((8, 8, 3), 255, np.uint8)
    image[:, :3] = 0
    alpha = (image[..., 0] == 0).astype(np.float32)
    small = views.cut(image, alpha, image).reduced((4, 4))
    np.testing.assert_allclose(small.alpha[0], [1, 0.5, 0, 0])
    np.testing.assert_allclose(small.foreground[:, :2], 0, atol=3e-4)
    np.testing.assert_array_equal(small.on(np.ones((4, 4, 3), np.float32))[0, :, 0],
                                  [0, 128, 255, 255])  # fmt: skip


def test_a_shadow_lies_under_the_cut_out() -> None:
    alpha = np.array([[1, 0, 0]], np.float32)
    one = views.Cut(np.zeros((1, 3, 3), np.uint8), alpha, lambda: np.zeros((1, 3, 3), np.float32),
                    under=np.array([[0, 0.6, 0]], np.float32))  # fmt: skip
    np.testing.assert_array_equal(one.on(np.ones((1, 3, 3), np.float32))[0, :, 0], [0, 102, 255])


def test_every_background_shows_the_same_part_pixel_for_pixel() -> None:
    image = np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)
    alpha, box = disk(), (10.5, 5, 50, 44.2)
    mine = np.full((9, 9, 3), (10, 20, 30), np.uint8)
    figure = views.backgrounds(
        image, alpha, image, grounds=("white", "#336699", "red", "blurred", mine), box=box
    )
    words = [t.get_text() for t in figure.texts]
    assert "On its own, blurred" in words and "On your picture (5)" in words
    figure.canvas.draw()
    page = np.asarray(figure.canvas.buffer_rgba())[..., :3]  # type: ignore[attr-defined]
    part = views.cut(image, alpha, image).part((10, 5, 50, 45))
    times = 7  # 292 // 40
    for colour in ((1, 1, 1), (0x33 / 255, 0x66 / 255, 0x99 / 255), (10 / 255, 20 / 255, 30 / 255)):
        shown = part.on(np.broadcast_to(np.float32(colour), (40, 40, 3)))
        want = shown.repeat(times, axis=0).repeat(times, axis=1)
        rows, columns = want.shape[:2]
        top, left = next(
            (y, x)
            for y in range(page.shape[0] - rows)
            for x in range(page.shape[1] - columns)
            if (page[y, x] == want[0, 0]).all() and (page[y : y + rows, x] == want[:, 0]).all()
            and (page[y, x : x + columns] == want[0]).all()
        )  # fmt: skip
        np.testing.assert_array_equal(page[top : top + rows, left : left + columns], want)


def test_its_own_background_has_nothing_of_the_subject() -> None:
    image = np.full((60, 80, 3), (40, 160, 90), np.uint8)
    alpha = disk()
    image[alpha > 0] = (250, 0, 0)
    own = grounds.own_background(views.cut(image, alpha, image))
    np.testing.assert_allclose(own * 255, np.broadcast_to((40, 160, 90), own.shape), atol=0.6)
    full = grounds.own_background(views.cut(image, np.ones_like(alpha), image))
    np.testing.assert_allclose(full[0, 0] * 255, image.mean(axis=(0, 1)), atol=0.1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (7, 900)])
@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_backgrounds_of_odd_photos(shape: tuple[int, int], level: float) -> None:
    image = np.full((*shape, 3), 90, np.uint8)
    figure = views.backgrounds(image, np.full(shape, level), grounds=("white", "blurred", "photo"))
    assert len(figure.images) == 3
