"""What is no photo, too large or broken is refused with a typed error, before it costs anything."""

from __future__ import annotations

import struct
import threading
import time
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from photo_files import (
    ADOBE_ICC,
    RGB8,
    RGB16,
    RGBA16,
    chunk,
    file,
    png,
    png16,
    tiff,
)
from PIL import Image, ImageFile

from workbench.errors import (
    ImageDamagedError,
    ImageError,
    ImageFormatError,
    ImageMissingError,
    ImageTooLargeError,
    InputError,
)
from workbench.io import load_photo


def test_missing_files_and_folders(tmp_path):
    for path in (tmp_path / "no.png", str(tmp_path / "a" / "b.png"), "x" * 5000, "bad\0name"):
        with pytest.raises(ImageMissingError, match="no such file"):
            load_photo(path)
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(ImageMissingError):
        load_photo(tmp_path / "file" / "under.png")
    with pytest.raises(ImageFormatError, match="folder"):
        load_photo(tmp_path)


@pytest.mark.parametrize(
    ("data", "came"),
    [
        (b"", "an empty file"),
        (b"hello, this is text", "text"),
        (b"<html><body>", "web page"),
        (b"%PDF-1.7 ....", "PDF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (file(Image.fromarray(RGB8), "GIF"), "GIF"),
        (bytes(range(200, 240)), "c8 c9"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_other_formats_are_named(tmp_path, data, came):
    path = tmp_path / "photo.png"
    path.write_bytes(data)
    for source in (path, data):
        with pytest.raises(ImageFormatError, match="JPEG, PNG, WebP, TIFF or BMP") as caught:
            load_photo(source)
        assert came in str(caught.value) and "\n" not in str(caught.value)


def test_unusual_kinds_of_tiff_are_refused_in_words():
    with pytest.raises(ImageFormatError):
        load_photo(file(Image.fromarray(np.zeros((4, 4), np.float32)), "TIFF"))
    with pytest.raises(ImageFormatError):
        load_photo(file(Image.fromarray(np.zeros((4, 4), np.int32)), "TIFF"))
    with pytest.raises(ImageFormatError, match="one plane"):
        load_photo(tiff(RGB16, t284=2))


def bombs() -> dict[str, bytes]:
    """Headers of 20000 × 10000 pixels with next to nothing behind them."""
    jpeg = bytearray(file(Image.fromarray(RGB8), "JPEG"))
    start = jpeg.index(b"\xff\xc0")
    jpeg[start + 5 : start + 9] = struct.pack(">HH", 10000, 20000)
    bmp = bytearray(file(Image.fromarray(RGB8), "BMP"))
    bmp[18:26] = struct.pack("<ii", 20000, 10000)
    huge = tiff(RGB16).replace(
        struct.pack("<HHIHH", 256, 3, 1, 9, 0), struct.pack("<HHII", 256, 4, 1, 20000)
    )
    huge = huge.replace(
        struct.pack("<HHIHH", 257, 3, 1, 6, 0), struct.pack("<HHII", 257, 4, 1, 10000)
    )
    canvas = (16383 - 1).to_bytes(3, "little") * 2
    body = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + canvas
    return {
        "PNG 8": png(20000, 10000, 8, 2, b"\0" * 99),
        "PNG 16": png(20000, 10000, 16, 2, b"\0" * 99),
        "JPEG": bytes(jpeg),
        "BMP": bytes(bmp),
        "TIFF 16": huge,
        "WebP": b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body,
    }


@pytest.mark.parametrize("kind", bombs())
def test_too_many_pixels_fail_before_decoding(kind, monkeypatch):
    import cv2

    def never(*_):
        raise AssertionError("decoded")

    monkeypatch.setattr(cv2, "imdecode", never)
    monkeypatch.setattr(ImageFile.ImageFile, "load", never)
    with pytest.raises(ImageTooLargeError, match="expected at most 64 megapixels, got 2"):
        load_photo(bombs()[kind])


def test_the_limit_is_ours_alone():
    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    data = file(Image.fromarray(RGB8), "PNG")
    with pytest.raises(ImageTooLargeError, match="expected at most 5e-05 megapixels"):
        load_photo(data, max_megapixels=50e-6)
    load_photo(data, max_megapixels=54e-6)
    with pytest.raises(ImageTooLargeError):
        load_photo(RGB8, max_megapixels=50e-6)
    with pytest.raises(ImageTooLargeError):
        load_photo(Image.fromarray(RGB8), max_megapixels=50e-6)
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    for wrong in (0, -1, float("nan"), "64"):
        with pytest.raises(InputError, match="max_megapixels"):
            load_photo(data, max_megapixels=wrong)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
def test_pillows_limit_does_not_get_in_the_way(kind, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5)  # Image.open would raise at 11 pixels
    data = file(Image.fromarray(RGB8), kind)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_photo(data).shape == (6, 9)


SMALL = {
    "JPEG": file(Image.fromarray(RGB8), "JPEG"),
    "JPEG progressive": file(Image.fromarray(RGB8), "JPEG", progressive=True),
    "PNG": file(Image.fromarray(RGB8), "PNG", icc_profile=ADOBE_ICC),
    "PNG 16": png16(RGBA16, 6, chunk(b"iCCP", b"x\0\0" + zlib.compress(ADOBE_ICC))),
    "PNG palette": file(Image.fromarray(RGB8).quantize(9), "PNG", transparency=1),
    "WebP": file(Image.fromarray(RGB8), "WebP"),
    "WebP lossless": file(Image.fromarray(RGB8), "WebP", lossless=True),
    "TIFF": file(Image.fromarray(RGB8), "TIFF"),
    "TIFF lzw": file(Image.fromarray(RGB8), "TIFF", compression="tiff_lzw"),
    "TIFF 16": tiff(RGBA16, t338=2, t274=6, t34675=ADOBE_ICC),
    "BMP": file(Image.fromarray(RGB8), "BMP"),
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "PNG 16", "WebP", "TIFF 16", "BMP"])
def test_a_file_cut_in_half_is_damaged(kind):
    data = SMALL[kind]
    with pytest.raises(ImageDamagedError, match="expected a"):
        load_photo(data[: len(data) // 2])


def test_a_flipped_bit_in_png_pixels_is_noticed():
    data = bytearray(file(Image.fromarray(RGB8), "PNG"))
    data[data.index(b"IDAT") + 20] ^= 1
    with pytest.raises(ImageDamagedError, match="checksum"):
        load_photo(bytes(data))


def test_a_broken_comment_costs_nothing():
    comment = bytearray(chunk(b"tEXt", b"who\0me"))
    comment[-1] ^= 1
    assert (load_photo(png16(RGB16, 2, bytes(comment))).pixels == RGB16).all()


def test_sixteen_bit_png_with_too_few_rows():
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in RGB16[:3])
    with pytest.raises(ImageDamagedError):
        load_photo(png(9, 6, 16, 2, rows))


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", SMALL)
def test_broken_files_end_in_typed_errors(kind):
    data, rng = SMALL[kind], np.random.default_rng(1)
    outcomes = {"read": 0, "refused": 0}
    start = time.monotonic()
    for turn in range(120):
        broken = bytearray(data)
        if turn % 3 == 0:
            del broken[int(rng.integers(len(data))) :]
        else:
            for _ in range(int(rng.integers(1, 4))):
                broken[int(rng.integers(len(broken)))] ^= 1 << int(rng.integers(8))
        try:
            photo = load_photo(bytes(broken), max_megapixels=4)
        except ImageError as error:
            assert "\n" not in str(error) and "expected" in str(error)
            outcomes["refused"] += 1
        else:
            assert photo.pixels.dtype in (np.uint8, np.uint16)
            assert photo.pixels.size <= 12_000_000
            outcomes["read"] += 1
    assert outcomes["refused"] > 0
    assert time.monotonic() - start < 20


def test_several_threads_at_once():
    failures: list[BaseException] = []
    barrier = threading.Barrier(8)

    def work(i: int) -> None:
        barrier.wait()
        for _ in range(10):
            if i % 2:
                assert (load_photo(SMALL["TIFF 16"]).alpha <= 1).all()
            else:
                with pytest.raises(ImageTooLargeError):
                    load_photo(SMALL["PNG"], max_megapixels=1e-6)

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(work, i) for i in range(8)]:
            error = future.exception()
            if error:
                failures.append(error)
    assert not failures
