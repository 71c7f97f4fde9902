"""Photos as files, made by hand: PNG and TIFF of any depth, colour profiles."""

from __future__ import annotations

import io as bytesio
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms

RNG = np.random.default_rng(7)
RGB8 = RNG.integers(0, 256, (6, 9, 3), dtype=np.uint8)
RGB16 = RNG.integers(0, 65536, (6, 9, 3), dtype=np.uint16)
RGBA16 = RNG.integers(0, 65536, (6, 9, 4), dtype=np.uint16)


def file(image: Image.Image, kind: str, **options: object) -> bytes:
    out = bytesio.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width, height, depth, kind, rows: bytes, before: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + before
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def png16(array: np.ndarray, kind: int, before: bytes = b"") -> bytes:
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in array)
    return png(array.shape[1], array.shape[0], 16, kind, rows, before)


def tiff(array: np.ndarray, **tags: int | bytes) -> bytes:
    """An uncompressed little-endian TIFF of (H, W, C); tags by number as t274=6."""
    bits = array.dtype.itemsize * 8
    height, width, channels = array.shape
    data = array.astype(array.dtype.newbyteorder("<")).tobytes()
    entries: dict[int, tuple[int, bytes]] = {}

    def short(*values):
        return 3, struct.pack(f"<{len(values)}H", *values)

    entries[256], entries[257] = short(width), short(height)
    entries[258] = short(*[bits] * channels)
    entries[259], entries[262] = short(1), short(2 if channels > 2 else 1)
    entries[273] = 4, struct.pack("<I", 8)
    entries[277], entries[278] = short(channels), short(height)
    entries[279] = 4, struct.pack("<I", len(data))
    for name, value in tags.items():
        number = int(name[1:])
        entries[number] = (7, value) if isinstance(value, bytes) else short(value)
    size = {3: 2, 4: 4, 7: 1}
    place = 8 + len(data) + len(data) % 2
    table, tail = b"", b""
    after = place + 2 + 12 * len(entries) + 4
    for number, (kind, value) in sorted(entries.items()):
        field = value.ljust(4, b"\0")
        if len(value) > 4:
            field = struct.pack("<I", after + len(tail))
            tail += value + b"\0" * (len(value) % 2)
        table += struct.pack("<HHI", number, kind, len(value) // size[kind]) + field
    start = b"II*\0" + struct.pack("<I", place) + data + b"\0" * (len(data) % 2)
    return start + struct.pack("<H", len(entries)) + table + b"\0" * 4 + tail


# Adobe RGB (1998) and Display P3, adapted to D50: columns red, green, blue.
ADOBE = [(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)]
P3 = [(0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)]


def profile(columns, curve: bytes, space: bytes = b"RGB ") -> bytes:
    """A version 2 matrix or grey profile, made by hand."""

    def fixed(*values):
        return struct.pack(f">{len(values)}i", *[round(v * 65536) for v in values])

    text = b"made by hand\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * 78,
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": b"XYZ \0\0\0\0" + fixed(0.9642, 1, 0.8249),
    }
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        for letter, column in zip("rgb", columns, strict=True):
            tags[f"{letter}XYZ".encode()] = b"XYZ \0\0\0\0" + fixed(*column)
            tags[f"{letter}TRC".encode()] = curve
    table, body = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(body), len(value))
        body += value + b"\0" * (-len(value) % 4)
    rest = struct.pack(">I", len(tags)) + table + body
    head = bytearray(128)
    head[0:4] = struct.pack(">I", 128 + len(rest))
    head[8:12] = b"\x02\x40\0\0"
    head[12:24] = b"mntr" + space + b"XYZ "
    head[36:40] = b"acsp"
    head[68:80] = fixed(0.9642, 1, 0.8249)
    return bytes(head) + rest


GAMMA_2_2 = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.19921875 * 256))
ADOBE_ICC = profile(ADOBE, GAMMA_2_2)
SRGB_ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def lcms(pixels: np.ndarray, icc: bytes) -> np.ndarray:
    """The same conversion by Little CMS, 8 bits."""
    result = ImageCms.profileToProfile(
        Image.fromarray(pixels),
        ImageCms.ImageCmsProfile(bytesio.BytesIO(icc)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
    )
    return np.asarray(result)
