"""Compositing, stacking and cut-outs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from workbench.compose import over
from workbench.errors import ArrayError

RNG = np.random.default_rng(11)


def picture(shape: tuple[int, int] = (6, 5)) -> np.ndarray:
    return RNG.random((*shape, 3), np.float32)


def test_composite_exact() -> None:
    front = np.full((1, 3, 3), 0.8, np.float32)
    alpha = np.array([[0, 0.25, 1]], np.float32)
    mixed = over.composite(front, alpha, (0.4, 0.0, 1.0))
    np.testing.assert_allclose(
        mixed[0], [[0.4, 0, 1], [0.5, 0.2, 0.95], [0.8, 0.8, 0.8]], atol=1e-6
    )
    assert mixed.dtype == np.float32


def test_composite_in_light() -> None:
    """Half white over black: 0.5 of the light is 0.7354 in sRGB (IEC 61966-2-1)."""
    white, half = np.ones((1, 1, 3), np.float32), np.full((1, 1), 0.5)
    mixed = over.composite(white, half, (0, 0, 0), linear=True)
    np.testing.assert_allclose(mixed, 0.7354, atol=1e-4)
    front, back = picture(), picture()
    for linear in (False, True):
        alpha = np.ones((6, 5), np.float32)
        alpha[:3] = 0
        mixed = over.composite(front, alpha, back, linear=linear)
        np.testing.assert_array_equal(mixed[:3], back[:3])
        np.testing.assert_array_equal(mixed[3:], front[3:])


def test_composite_takes_uint8_and_names_what_is_wrong() -> None:
    front = np.full((2, 2, 3), 255, np.uint8)
    np.testing.assert_allclose(over.composite(front, np.full((2, 2), 0.4), front * 0), 0.4)
    np.testing.assert_allclose(over.composite(front, np.zeros((2, 2)), (0, 0, 1))[0, 0], [0, 0, 1])
    with pytest.raises(ArrayError, match="background of shape"):
        over.composite(front, np.ones((2, 2)), np.zeros((3, 2, 3)))
    with pytest.raises(ArrayError, match="alpha of shape"):
        over.composite(front, np.ones((2, 3)), (0.0, 0.0, 0.0))
    with pytest.raises(ArrayError, match=r"0\.\.1"):
        over.composite(front, np.ones((2, 2)), (0.0, 0.0, 1.5))


def test_stack_exact() -> None:
    front = np.array([[1, 0.5, 0.5, 0, 0.3]], np.float32)
    back = np.array([[1, 0.5, 1, 0.7, 0.2]], np.float32)
    first, second = over.stack([front, back])
    np.testing.assert_array_equal(first, front)
    # Covered; meeting edges fill the pixel; the rest is left; alone; both fit.
    np.testing.assert_allclose(second, [[0, 0.5, 0.5, 0.7, 0.2]], atol=1e-7)


def test_stack_never_exceeds_one() -> None:
    alphas = [RNG.random((30, 30), np.float32) for _ in range(6)]
    shares = over.stack(alphas)
    total = np.sum(np.float64(shares), axis=0)
    assert total.max() <= 1 + 1e-6
    for alpha, share in zip(alphas, shares, strict=True):
        assert (share >= 0).all() and (share <= alpha).all()
    # Where there is room for all, all get what they ask for.
    room = np.sum(np.float64(alphas), axis=0) <= 1
    full = np.minimum(np.sum(np.float64(alphas), axis=0), 1)
    np.testing.assert_allclose(total, full, atol=1e-6)
    assert over.stack([]) == [] and room.dtype == bool
    with pytest.raises(ArrayError):
        over.stack([alphas[0], alphas[1][:5]])


def test_combined_subjects_compose_as_one_by_one() -> None:
    colours = [picture((20, 20)) for _ in range(3)]
    shares = over.stack([RNG.random((20, 20), np.float32) ** 3 for _ in range(3)])
    back = picture((20, 20))
    left = 1 - sum(shares)
    one_by_one = back * left[..., None] + sum(
        c * s[..., None] for c, s in zip(colours, shares, strict=True)
    )
    together = over.composite(
        over.combine_foregrounds(colours, shares), np.clip(sum(shares), 0, 1), back
    )
    np.testing.assert_allclose(together, one_by_one, atol=2e-6)


def test_combined_passes_lone_colours_to_the_bit() -> None:
    first, second = picture(), picture()
    share_one, share_two = np.zeros((6, 5), np.float32), np.zeros((6, 5), np.float32)
    share_one[:2], share_two[2:4] = 0.3, 0.7
    both = over.combine_foregrounds([first, second], [share_one, share_two])
    np.testing.assert_array_equal(both[2:4], second[2:4])
    np.testing.assert_array_equal(both[[0, 1, 4, 5]], first[[0, 1, 4, 5]])
    with pytest.raises(ArrayError, match="as many shares"):
        over.combine_foregrounds([first], [])
    with pytest.raises(ArrayError, match="foreground of shape"):
        over.combine_foregrounds([first, second[:3]], [share_one, share_two])


def test_cutout_is_straight_and_hides_the_background() -> None:
    size = 80
    colours = np.zeros((size, size, 3), np.float32)
    colours[..., 1] = 1  # a green background that must not travel along
    alpha = np.zeros((size, size), np.float32)
    alpha[30:50, 30:50] = 1
    alpha[30, 30:50] = 0.5
    colours[30:50, 30:50] = (1, 0, 0)
    rgba = over.cutout(colours, alpha)
    assert rgba.shape == (size, size, 4) and rgba.dtype == np.uint8
    np.testing.assert_array_equal(rgba[40, 40], [255, 0, 0, 255])
    np.testing.assert_array_equal(rgba[30, 40], [255, 0, 0, 128])
    # Beside the subject its colour goes on, unseen; far away there is nothing.
    np.testing.assert_array_equal(rgba[40, 28], [255, 0, 0, 0])
    np.testing.assert_array_equal(rgba[40, 14], [255, 0, 0, 0])
    np.testing.assert_array_equal(rgba[40, 13], [0, 0, 0, 0])
    np.testing.assert_array_equal(rgba[2, 2], [0, 0, 0, 0])
    assert (rgba[..., 1] == 0).all()
    # A program that scales colours and alpha apart gets no fringe.
    small = cv2.resize(rgba, (27, 27), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(small[small[..., 3] > 0][:, :3], [[255, 0, 0]] * 49)


def test_cutout_bleeds_the_nearest_colour() -> None:
    colours = np.zeros((1, 12, 3), np.float32)
    colours[0, 3], colours[0, 9] = (1, 0, 0), (0, 0, 1)
    alpha = np.zeros((1, 12), np.float32)
    alpha[0, [3, 9]] = 1
    red = over.cutout(colours, alpha)[0, :, 0] > 0
    blue = over.cutout(colours, alpha)[0, :, 2] > 0
    assert red[:6].all() and not red[7:].any()
    assert blue[7:].all() and not blue[:6].any()


@pytest.mark.parametrize("level", [0.0, 0.001, 1.0])
def test_cutout_of_nothing_and_everything(level: float) -> None:
    colours = picture()
    rgba = over.cutout(colours, np.full((6, 5), level))
    if level == 1:
        np.testing.assert_array_equal(rgba[..., :3], (colours * 255 + 0.5).astype(np.uint8))
        assert (rgba[..., 3] == 255).all()
    else:
        # 0.001 rounds to nothing, and what is not seen is not told.
        assert not rgba.any()


def test_a_shadow_beneath_is_the_same_over_any_background():
    rng = np.random.default_rng(5)
    front, alpha, shade = rng.random((8, 9, 3)), rng.random((8, 9)), rng.random((8, 9))
    shade[:4] = 0
    colours, both = over.beneath(front, alpha, shade)
    for ground in ((1.0, 1.0, 1.0), (0.2, 0.6, 0.9)):
        behind = np.broadcast_to(np.float32(ground), (8, 9, 3)) * (1 - shade[..., None])
        wanted = over.composite(front, alpha, behind)
        np.testing.assert_allclose(over.composite(colours, both, ground), wanted, atol=1e-6)
    assert np.array_equal(both[:4], alpha[:4].astype(np.float32))


def test_a_layer_of_colours_beneath_is_the_same_over_any_background():
    rng = np.random.default_rng(3)
    front, alpha = rng.random((8, 9, 3)), rng.random((8, 9))
    layer = rng.random((8, 9, 4)).astype(np.float32)
    layer[:4, :, 3] = 0
    under = over.premultiplied(layer)
    colours, both = over.beneath(front, alpha, under)
    for ground in ((0, 0, 0), (1, 1, 1), (0.2, 0.7, 0.4)):
        behind = np.broadcast_to(np.float32(ground), (8, 9, 3))
        expected = over.composite(front, alpha, over.on_ground(behind, under))
        assert np.abs(over.composite(colours, both, behind) - expected).max() < 1e-5
    assert np.abs(over.straight(under)[4:] - layer[4:]).max() < 1e-5


def test_layers_over_one_another_are_those_one_by_one():
    rng = np.random.default_rng(4)
    first, second = (over.premultiplied(rng.random((5, 6, 4)).astype(np.float32)) for _ in "ab")
    behind = rng.random((5, 6, 3)).astype(np.float32)
    both = over.on_ground(behind, over.stacked([first, second]))
    assert np.allclose(both, over.on_ground(over.on_ground(behind, second), first), atol=1e-6)
    shade = rng.random((5, 6)).astype(np.float32)
    assert np.allclose(over.on_ground(behind, shade), over.on_ground(behind, over.black(shade)))
    assert over.on_ground(behind, None) is behind
