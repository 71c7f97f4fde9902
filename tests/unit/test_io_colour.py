"""Photos with a colour profile come in as sRGB."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from photo_files import (
    ADOBE,
    ADOBE_ICC,
    GAMMA_2_2,
    P3,
    RGB8,
    RGB16,
    RNG,
    SRGB_ICC,
    chunk,
    file,
    lcms,
    png16,
    profile,
    tiff,
)
from PIL import Image

from workbench.io import load_photo


def test_eight_bit_profile_goes_through_little_cms():
    photo = load_photo(file(Image.fromarray(RGB8), "PNG", icc_profile=ADOBE_ICC))
    expected = lcms(RGB8, ADOBE_ICC)
    assert (photo.pixels == expected).all() and (expected != RGB8).any()
    assert photo.info["icc"] == "made by hand"
    assert "colour profile converted to sRGB" in photo.info["notes"]


CURVES = {
    "gamma": GAMMA_2_2,
    "identity": b"curv\0\0\0\0" + struct.pack(">I", 0),
    "table": b"curv\0\0\0\0"
    + struct.pack(">I", 256)
    + (((np.arange(256) / 255) ** 1.8 * 65535).round().astype(">u2")).tobytes(),
    "para 0": b"para\0\0\0\0" + struct.pack(">HHi", 0, 0, round(1.8 * 65536)),
    "para 3": b"para\0\0\0\0"
    + struct.pack(
        ">HH5i", 3, 0,
        *[round(v * 65536) for v in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("columns", [ADOBE, P3])
def test_sixteen_bit_profile_agrees_with_little_cms(curve, columns):
    icc = profile(columns, CURVES[curve])
    pixels = RNG.integers(0, 256, (40, 50, 3), dtype=np.uint8)
    packed = chunk(b"iCCP", b"x\0\0" + zlib.compress(icc))
    photo = load_photo(png16(pixels.astype(np.uint16) * 257, 2, packed))
    difference = np.abs(photo.pixels / 257 - lcms(pixels, icc))
    assert difference.max() < 1.1  # Little CMS rounds to 8 bits, with a shortcut of its own
    assert difference.mean() < 0.3
    assert photo.pixels.dtype == np.uint16


def test_sixteen_bits_survive_the_profile():
    # A shallow ramp: an 8-bit route would leave 5 steps, this must leave nearly all.
    ramp = np.arange(30000, 31000, dtype=np.uint16)[None, :, None].repeat(3, axis=2)
    packed = chunk(b"iCCP", b"x\0\0" + zlib.compress(ADOBE_ICC))
    pixels = load_photo(png16(ramp, 2, packed)).pixels[0, :, 1].astype(int)
    assert (np.diff(pixels) >= 0).all() and len(set(pixels.tolist())) > 900
    gamma = (ramp[0, :, 1] / 65535) ** 2.19921875
    exact = 1.055 * gamma ** (1 / 2.4) - 0.055
    assert np.abs(pixels - 65535 * exact).max() < 2 + 4  # 4: the profile's own rounding


def test_profiles_in_a_sixteen_bit_tiff_and_on_grey():
    inside_tiff = load_photo(tiff(RGB16, t34675=ADOBE_ICC))
    packed = chunk(b"iCCP", b"x\0\0" + zlib.compress(ADOBE_ICC))
    assert (inside_tiff.pixels == load_photo(png16(RGB16, 2, packed)).pixels).all()

    grey_icc = profile(None, CURVES["identity"], b"GRAY")
    grey8 = load_photo(file(Image.fromarray(RGB8[..., 0]), "PNG", icc_profile=grey_icc))
    packed = chunk(b"iCCP", b"x\0\0" + zlib.compress(grey_icc))
    grey16 = load_photo(png16(RGB8[..., :1].astype(np.uint16) * 257, 0, packed))
    assert np.abs(grey16.pixels / 257 - grey8.pixels).max() < 1.1
    linear = RGB8[..., :1] / 255
    exact = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(grey8.pixels - 255 * exact).max() <= 0.51
    assert np.ptp(grey8.pixels, axis=2).max() == 0


def test_a_table_profile_on_sixteen_bits(monkeypatch):
    # The matrix is hidden, so that a profile whose exact result is known takes the tables' way.
    from workbench import profiles as module

    packed = chunk(b"iCCP", b"x\0\0" + zlib.compress(ADOBE_ICC))
    smooth = np.linspace(9000, 56000, 54).astype(np.uint16).reshape(6, 9, 1).repeat(3, axis=2)
    exact = load_photo(png16(smooth, 2, packed)).pixels.astype(int)
    monkeypatch.setattr(module, "_matrix_profile", lambda icc: None)
    photo = load_photo(png16(smooth, 2, packed))
    assert np.abs(photo.pixels - exact).max() < 257  # one step of 8 bits
    assert len(np.unique(photo.pixels[..., 1] % 257)) > 10  # and smooth between them
    assert any("8 bits of precision" in note for note in photo.info["notes"])


def test_srgb_profile_changes_nothing():
    photo = load_photo(file(Image.fromarray(RGB8), "PNG", icc_profile=SRGB_ICC))
    assert (photo.pixels == RGB8).all() and "sRGB" in photo.info["icc"]
    packed = chunk(b"iCCP", b"x\0\0" + zlib.compress(SRGB_ICC))
    assert (load_photo(png16(RGB16, 2, packed)).pixels == RGB16).all()


@pytest.mark.parametrize(
    "icc", [b"rubbish", b"\0" * 200, ADOBE_ICC[:300], ADOBE_ICC[:131]], ids=range(4)
)
def test_a_broken_profile_is_noted_and_ignored(icc):
    photo = load_photo(file(Image.fromarray(RGB8), "PNG", icc_profile=icc))
    assert (photo.pixels == RGB8).all()
    assert photo.info["notes"] == ["broken colour profile ignored"]
    packed = chunk(b"iCCP", b"x\0\0" + zlib.compress(icc))
    photo = load_photo(png16(RGB16, 2, packed))
    assert (photo.pixels == RGB16).all()
    assert photo.info["notes"] == ["broken colour profile ignored"]
    photo = load_photo(png16(RGB16, 2, chunk(b"iCCP", b"x\0\0not zlib")))
    assert photo.info["notes"] == ["broken colour profile ignored"]
