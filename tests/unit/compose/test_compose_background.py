"""Backgrounds by name, colour, file and array."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workbench.compose import background
from workbench.errors import ArrayError, ImageError, ImageMissingError, InputError, UnknownNameError


@pytest.mark.parametrize("name", background.background_names())
@pytest.mark.parametrize("shape", [(1, 1), (37, 90), (90, 7)])
def test_every_name_fills_every_shape(name: str, shape: tuple[int, int]) -> None:
    plane = background.background(name, shape)
    assert plane.shape == (*shape, 3) and plane.dtype == np.float32
    assert plane.min() >= 0 and plane.max() <= 1
    # A new array each time: nobody can spoil another's.
    plane[:] = -1
    assert background.background(name, shape).min() >= 0


def test_colours() -> None:
    assert (background.background("white", (2, 2)) == 1).all()
    assert (background.background("black", (2, 2)) == 0).all()
    assert (background.background("grey", (2, 2)) == 0.5).all()
    np.testing.assert_allclose(background.background("#3366cc", (1, 1))[0, 0], [0.2, 0.4, 0.8])
    np.testing.assert_allclose(background.background("#36C", (1, 1))[0, 0], [0.2, 0.4, 0.8])


def test_checkerboard_has_squares_of_sixteen() -> None:
    plane = background.background("checkerboard", (40, 40))[..., 0]
    assert (plane[:16, :16] == plane[0, 0]).all() and (plane[16:32, 16:32] == plane[0, 0]).all()
    assert plane[0, 16] != plane[0, 0] and plane[16, 0] == plane[0, 16]


def test_array_covers_and_is_cut_evenly() -> None:
    source = np.zeros((10, 30, 3), np.uint8)
    source[:, 10:20] = 255
    np.testing.assert_array_equal(background.background(source, (10, 10)), 1)
    tall = background.background(source.transpose(1, 0, 2), (20, 20))
    np.testing.assert_array_equal(tall, 1)
    same = np.random.default_rng(0).random((4, 5, 3), np.float32)
    copy = background.background(same, (4, 5))
    np.testing.assert_array_equal(copy, same)
    assert not np.shares_memory(copy, same)


def test_file(tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    Image.new("RGB", (8, 4), (51, 102, 204)).save(path)
    for spec in (path, str(path)):
        plane = background.background(spec, (9, 3))
        np.testing.assert_allclose(plane, np.broadcast_to([0.2, 0.4, 0.8], (9, 3, 3)), atol=1e-6)


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean checkerboard"):
        background.background("chekerboard", (2, 2))
    with pytest.raises(InputError, match="#3366cc"):
        background.background("#12345g", (2, 2))
    with pytest.raises(ImageMissingError):
        background.background(tmp_path / "none.png", (2, 2))
    with pytest.raises(ImageMissingError):
        background.background("some/none.jpg", (2, 2))
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    with pytest.raises(ImageError):
        background.background(broken, (2, 2))
    with pytest.raises(ArrayError):
        background.background(np.zeros((3, 3)), (2, 2))
    with pytest.raises(InputError, match="1 × 1"):
        background.background("white", (0, 4))
