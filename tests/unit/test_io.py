"""Photos of every kind in, the right pixels out."""

from __future__ import annotations

import io as bytesio

import numpy as np
import pytest
from photo_files import (
    RGB8,
    RGB16,
    RGBA16,
    chunk,
    file,
    png16,
    tiff,
)
from PIL import Image

from workbench.io import load_photo


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "WebP"])
def test_lossless_formats_give_the_pixels_back(tmp_path, kind):
    options = {"lossless": True} if kind == "WebP" else {}
    path = tmp_path / "My photo!.bin"  # the content decides, not the name
    path.write_bytes(file(Image.fromarray(RGB8), kind, **options))
    photo = load_photo(path)
    assert (photo.pixels == RGB8).all()
    assert photo.pixels.dtype == np.uint8 and photo.alpha is None
    assert photo.path == path and photo.name == "My_photo" and photo.shape == (6, 9)
    assert photo.info["format"] == kind and photo.info["bytes"] == path.stat().st_size
    assert photo.info["notes"] == [] and photo.info["icc"] is None
    assert photo.image8 is photo.pixels


def test_jpeg_is_what_pillow_decodes():
    data = file(Image.fromarray(RGB8), "JPEG", quality=90)
    photo = load_photo(data, name="../x")
    assert (photo.pixels == np.asarray(Image.open(bytesio.BytesIO(data)))).all()
    assert photo.path is None and photo.name == "x"
    assert load_photo(data).name == "photo"


def test_nothing_of_a_photo_can_be_written():
    photo = load_photo(file(Image.fromarray(RGBA16.astype(np.uint8)), "PNG"))
    for array in (photo.pixels, photo.alpha, photo.image8):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 0


def test_key_is_of_the_pixels():
    first, second = load_photo(RGB8), load_photo(file(Image.fromarray(RGB8), "PNG"))
    assert first.key == second.key != load_photo(RGB8[::-1]).key


def test_sixteen_bit_png_is_exact():
    assert (load_photo(png16(RGB16, 2)).pixels == RGB16).all()
    grey = load_photo(png16(RGB16[..., :1], 0))
    assert (grey.pixels == RGB16[..., :1]).all() and grey.pixels.shape == (6, 9, 3)
    assert grey.info["bits"] == 16
    expected = (RGB16.astype(int) + 128) // 257
    assert (load_photo(png16(RGB16, 2)).image8 == expected).all()


@pytest.mark.parametrize("kind", [4, 6])
def test_sixteen_bit_png_with_alpha(kind):
    array = RGBA16 if kind == 6 else RGBA16[..., [0, 3]]
    photo = load_photo(png16(array, kind))
    alpha = RGBA16[..., 3] / 65535
    assert np.allclose(photo.alpha, alpha, atol=1e-7)
    colour = RGBA16[..., :3] if kind == 6 else RGBA16[..., [0, 0, 0]]
    white = colour * alpha[..., None] + 65535 * (1 - alpha[..., None])
    assert np.abs(photo.pixels - white).max() <= 0.51


@pytest.mark.parametrize("kind", [0, 2])
def test_a_transparent_colour_of_a_sixteen_bit_png(kind):
    array = RGB16 if kind == 2 else RGB16[..., :1]
    photo = load_photo(png16(array, kind, chunk(b"tRNS", array[2, 3].astype(">u2").tobytes())))
    expected = np.ones((6, 9))
    expected[2, 3] = 0
    assert (photo.alpha == expected).all()
    assert (photo.pixels[2, 3] == 65535).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["TIFF 8", "TIFF 16", "PNG 8", "PNG 16", "JPEG", "WebP"])
def test_exif_orientation(kind, orientation):
    # Marked corners: what must end where is known from the EXIF standard, not from a library.
    marked = np.zeros((16, 24, 3), np.uint8)
    marked[:8, :8] = 255, 0, 0  # what orientation 1 shows at the top left
    exif = Image.Exif()
    exif[274] = orientation
    wide = marked.astype(np.uint16) * 257
    if kind == "TIFF 8":
        data = tiff(marked, t274=orientation)
    elif kind == "TIFF 16":
        data = tiff(wide, t274=orientation)
    elif kind == "PNG 16":
        data = png16(wide, 2, chunk(b"eXIf", exif.tobytes()[6:]))
    elif kind == "WebP":
        data = file(Image.fromarray(marked), "WebP", exif=exif, lossless=True)
    else:
        data = file(Image.fromarray(marked), kind.split()[0], exif=exif)
    photo = load_photo(data)
    assert photo.shape == ((16, 24) if orientation < 5 else (24, 16))
    corner = {1: (0, 0), 2: (0, -1), 3: (-1, -1), 4: (-1, 0),
              5: (0, 0), 6: (0, -1), 7: (-1, -1), 8: (-1, 0)}[orientation]  # fmt: skip
    red = (photo.image8[..., 0] > 128) & (photo.image8[..., 1] < 128)
    assert [c for c in [(0, 0), (0, -1), (-1, -1), (-1, 0)] if red[c]] == [corner]
    assert photo.info["orientation"] == orientation


@pytest.mark.parametrize("value", [0, 9, 77])
def test_a_senseless_orientation_is_ignored(value):
    assert (load_photo(tiff(RGB8, t274=value)).pixels == RGB8).all()


def test_sixteen_bit_tiff():
    assert (load_photo(tiff(RGB16)).pixels == RGB16).all()
    grey = RGB16[..., :1]
    assert (load_photo(tiff(grey)).pixels == grey).all()
    assert (load_photo(tiff(grey, t262=0)).pixels == 65535 - grey).all()  # zero is white
    straight = load_photo(tiff(RGBA16, t338=2))
    assert np.allclose(straight.alpha, RGBA16[..., 3] / 65535, atol=1e-7)
    assert load_photo(tiff(RGBA16, t338=0)).alpha is None
    alpha = np.full((6, 9, 1), 32768, np.uint16)
    stored = np.concatenate([RGB16 // 2, alpha], axis=2)
    from_associated = load_photo(tiff(stored, t338=1))
    expected = RGB16 / 65535 * 0.5 + 0.5
    assert np.abs(from_associated.pixels / 65535 - expected).max() < 1e-4


def test_palette_grey_and_one_bit():
    palette = Image.fromarray(RGB8).quantize(16)
    expected = np.asarray(palette.convert("RGB"))
    assert (load_photo(file(palette, "PNG")).pixels == expected).all()
    clear = load_photo(file(palette, "PNG", transparency=0))
    hidden = np.asarray(palette) == 0
    assert ((clear.alpha == 0) == hidden).all() and hidden.any()
    assert (clear.pixels[hidden] == 255).all()
    assert (clear.pixels[~hidden] == expected[~hidden]).all()

    grey = load_photo(file(Image.fromarray(RGB8[..., 0]), "PNG"))
    assert (grey.pixels == RGB8[..., :1]).all() and grey.pixels.shape == (6, 9, 3)
    dots = RGB8[..., 0] > 128
    assert (load_photo(file(Image.fromarray(dots), "PNG")).pixels[..., 1] == dots * 255).all()
    both = np.stack([RGB8[..., 0], RGB8[..., 1]], axis=2)
    la = load_photo(file(Image.fromarray(both, "LA"), "PNG"))
    assert (la.alpha == np.float32(RGB8[..., 1]) / np.float32(255)).all()


def test_what_is_under_transparency_is_laid_on_white():
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 0] = 200
    rgba[0, :, 3] = 0, 51, 255
    photo = load_photo(file(Image.fromarray(rgba), "PNG"))
    assert photo.alpha.tolist() == [[0.0, np.float32(0.2), 1.0]]
    assert photo.pixels.tolist() == [[[255, 255, 255], [244, 204, 204], [200, 0, 0]]]
    assert photo.info["notes"] == ["transparent parts laid on white"]


def test_cmyk_jpeg_is_converted_and_says_so():
    data = file(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=95)
    photo = load_photo(data)
    red = photo.pixels.reshape(-1, 3).mean(axis=0)
    assert red[0] > 240 and red[1] < 15 and red[2] < 15
    assert any("CMYK" in note for note in photo.info["notes"])


def test_first_frame_with_a_note():
    frames = [Image.fromarray(RGB8), Image.fromarray(255 - RGB8), Image.fromarray(RGB8 // 2)]
    for kind, options in (("WebP", {"lossless": True}), ("TIFF", {})):
        data = file(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        photo = load_photo(data)
        assert (photo.pixels == RGB8).all()
        assert any("first of 3" in note for note in photo.info["notes"]), kind


def test_camera_settings_and_dpi():
    exif = Image.Exif()
    exif[0x010F] = "Maker\0<b>"
    part = exif.get_ifd(0x8769)
    part[0x829A], part[0x829D], part[0x8827] = 0.005, 2.8, 400
    photo = load_photo(file(Image.fromarray(RGB8), "JPEG", exif=exif, dpi=(300, 300)))
    assert photo.info["camera"]["ISO"] == 400
    assert photo.info["camera"]["ExposureTime"] == pytest.approx(0.005)
    assert photo.info["camera"]["FNumber"] == pytest.approx(2.8)
    assert photo.info["dpi"] == (300, 300)
    assert load_photo(file(Image.fromarray(RGB8), "PNG", dpi=(72, 72))).info["dpi"] == (72, 72)
