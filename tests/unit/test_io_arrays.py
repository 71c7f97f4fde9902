"""Arrays and PIL images as photos, and what is written as PNG."""

from __future__ import annotations

import io as bytesio

import numpy as np
import pytest
from photo_files import (
    RGB8,
    RGB16,
    RGBA16,
    RNG,
    file,
)
from PIL import Image

from workbench.errors import (
    ArrayError,
    ImageDamagedError,
    ImageFormatError,
    ImageMissingError,
    WorkbenchError,
)
from workbench.io import Photo, encode_png, load_photo, save_png


def test_arrays():
    assert (load_photo(RGB16).pixels == RGB16).all()
    assert (load_photo(RGB8[..., 0]).pixels == RGB8[..., :1]).all()
    rgba = load_photo(RGBA16)
    assert np.allclose(rgba.alpha, RGBA16[..., 3] / 65535)
    from_float = load_photo(RGB16 / 65535)
    assert (from_float.pixels == RGB16).all() and from_float.pixels.dtype == np.uint16
    assert (load_photo(RGB16.astype(">u2")).pixels == RGB16).all()
    assert load_photo(np.zeros((1, 1, 3), np.uint8)).shape == (1, 1)


def test_the_callers_array_is_not_aliased():
    for array in (RGB8.copy(), RGB16.copy(), np.asfortranarray(RGB8), RGBA16.copy()):
        photo = load_photo(array)
        before = photo.pixels.copy(), photo.key
        array[...] = 1  # still writable, and the photo does not notice
        assert (photo.pixels == before[0]).all()
        assert not np.shares_memory(photo.pixels, array)
        if photo.alpha is not None:
            assert not np.shares_memory(photo.alpha, array)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(3, np.uint8),
        np.zeros((2, 2, 2), np.uint8),
        np.zeros((2, 2, 3, 1), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((2, 2, 3), np.int64),
        np.zeros((2, 2, 3), bool),
        np.zeros((2, 2, 3), complex),
        np.full((2, 2, 3), np.nan),
        np.full((2, 2, 3), 255.0),
        np.array([["a"]]),
        np.dstack([np.zeros((2, 2, 3)), np.full((2, 2), np.inf)]),
    ],
    ids=str,
)
def test_wrong_arrays(array):
    with pytest.raises(ArrayError, match="expected"):
        load_photo(array)


def test_pil_images_are_left_as_they_are():
    for image in (
        Image.fromarray(RGB8), Image.fromarray(RGB8).quantize(8), Image.fromarray(RGB16[..., 0]),
    ):  # fmt: skip
        before = image.mode, image.tobytes()
        photo = load_photo(image)
        assert (image.mode, image.tobytes()) == before
        assert photo.shape == (6, 9)
    assert (load_photo(Image.fromarray(RGB16[..., 0])).pixels == RGB16[..., :1]).all()
    whole = file(Image.fromarray(RGB8), "PNG")
    lazy = Image.open(bytesio.BytesIO(whole[: whole.index(b"IDAT") + 30]))
    with pytest.raises(ImageDamagedError):
        load_photo(lazy)
    with pytest.raises(ImageFormatError, match="mode F"):
        load_photo(Image.fromarray(np.zeros((2, 2), np.float32)))


@pytest.mark.parametrize(
    "source", [None, 3, object(), [[1, 2], [3, 4]]], ids=["None", "3", "object", "lists"]
)
def test_other_sources_are_refused(source):
    with pytest.raises(ImageFormatError, match="expected a path, bytes, a PIL image or an array"):
        load_photo(source)


@pytest.mark.parametrize("channels", [None, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_png_there_and_back(tmp_path, channels, dtype):
    shape = (5, 7) if channels is None else (5, 7, channels)
    array = RNG.integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)
    if channels == 4:
        array[..., 3] = np.iinfo(dtype).max
    path = save_png(tmp_path / "new" / "a.png", array)
    assert path.read_bytes() == encode_png(array)
    photo = load_photo(path)
    assert photo.pixels.dtype == dtype
    assert (photo.pixels == (array[..., None] if channels is None else array[..., :3])).all()
    assert (photo.alpha is None) == (channels != 4)
    assert (load_photo(encode_png(array[:, ::-1])).pixels == photo.pixels[:, ::-1]).all()


def test_png_keeps_colours_under_transparency():
    rgba = RGBA16.astype(np.uint8)
    rgba[0, 0] = 1, 2, 3, 0
    with Image.open(bytesio.BytesIO(encode_png(rgba))) as image:
        assert (np.asarray(image) == rgba).all()


@pytest.mark.parametrize(
    "array",
    [np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2), np.float32), np.zeros((0, 2), np.uint8),
     np.zeros(4, np.uint8), np.zeros((2, 2), bool)],
    ids=str,
)  # fmt: skip
def test_what_png_cannot_hold(array):
    with pytest.raises(ArrayError, match="expected pixels"):
        encode_png(array)


def test_photo_is_a_plain_record():
    photo = Photo(RGB8, None, None, "x", {})
    assert photo.shape == (6, 9) and issubclass(ImageMissingError, WorkbenchError)
