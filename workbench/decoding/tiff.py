"""TIFF: 16-bit colour through OpenCV, all else through Pillow."""

from __future__ import annotations

import struct

import numpy as np
from PIL import ImageFile

from ..arrays import row_blocks
from ..errors import ImageDamagedError, ImageFormatError, ImageTooLargeError
from ..profiles import colour16_to_srgb
from .decoded import Decoded, sixteen_bits
from .exif import ORIENTATION, exif_of, facts, orientation_of
from .pillow import from_pillow


def decode_tiff(
    image: ImageFile.ImageFile, data: bytes, what: str, max_megapixels: float
) -> Decoded:
    """A TIFF: 16-bit colour through OpenCV, all else through Pillow."""
    tags = image.tag_v2  # type: ignore[attr-defined]
    bits = tags.get(258, (1,))
    depth = max(bits) if isinstance(bits, tuple) else bits
    photometric = tags.get(262, 1)
    tile = tags.get(322, 1) * tags.get(323, 1)
    if tile > max(max_megapixels * 1e6, 1 << 22):
        raise ImageTooLargeError(
            f"expected at most {max_megapixels:g} megapixels, "
            f"got tiles of {tile / 1e6:.4g} in {what}"
        )
    for offsets, counts in ((273, 279), (324, 325)):
        parts = zip(tags.get(offsets, ()), tags.get(counts, ()), strict=False)
        if any(start + count > len(data) for start, count in parts):
            raise ImageDamagedError(f"expected a whole TIFF, got {what}, which is cut short")
    formats = tags.get(339, (1,))
    if depth >= 16 and set(formats if isinstance(formats, tuple) else (formats,)) != {1}:
        raise ImageFormatError(f"expected unsigned whole numbers, got another kind in {what}")
    directories = _tiff_directories(data)
    if depth == 16 and photometric == 2:
        decoded = _tiff16(image, data, directories[:1], what)
    else:
        decoded = from_pillow(image, what, inverted=photometric == 0)
        if depth == 16 and decoded.colour.dtype == np.uint8:
            decoded.note("16-bit CMYK read at 8 bits")
    if len(directories) > 1:
        decoded.note(f"several pages: first of {len(directories)} used")
    return decoded


def _tiff16(image: ImageFile.ImageFile, data: bytes, directories: list[int], what: str) -> Decoded:
    """A TIFF of 16-bit RGB or RGBA."""
    tags = image.tag_v2  # type: ignore[attr-defined]
    if tags.get(284, 1) != 1:
        raise ImageFormatError(f"expected 16-bit colour in one plane, got separate ones in {what}")
    exif = exif_of(image)
    decoded = Decoded(np.empty((0, 0, 3), np.uint16), None, 1, facts(image.info, exif))
    raw = sixteen_bits(_without_orientation(data, directories), "TIFF", what)
    if raw.shape != (image.size[1], image.size[0], raw.shape[-1]) or raw.shape[-1] not in (3, 4):
        # Pillow may already count in turned pixels; both ways round are the same picture.
        if raw.ndim != 3 or sorted(raw.shape[:2]) != sorted(image.size):
            raise ImageFormatError(f"expected RGB or RGBA pixels, got another kind in {what}")
        if raw.shape[2] not in (3, 4):
            raise ImageFormatError(f"expected 3 or 4 channels, got {raw.shape[2]} in {what}")
    decoded.colour = np.ascontiguousarray(raw[..., 2::-1])
    extra = tags.get(338, (0,))
    kind = extra[0] if isinstance(extra, tuple) and extra else extra
    if raw.shape[2] == 4 and kind in (1, 2):
        decoded.alpha = np.ascontiguousarray(raw[..., 3])
        if kind == 1:
            decoded.colour = _unassociated(decoded.colour, decoded.alpha)
    decoded.colour = colour16_to_srgb(decoded.colour, image.info.get("icc_profile"), decoded.info)
    decoded.orientation = decoded.info["orientation"] = orientation_of(exif)
    return decoded


def _unassociated(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Colours that were stored multiplied by alpha, divided by it again (white where it is 0)."""
    result = np.full_like(colour, 65535)
    for rows in row_blocks(colour):
        a = alpha[rows, :, None].astype(np.float64)
        straight = colour[rows] * (65535 / np.maximum(a, 1)) + 0.5
        result[rows] = np.where(a > 0, np.minimum(straight, 65535), 65535)
    return result


def _tiff_directories(data: bytes) -> list[int]:
    """Where the file's pages are described, at most a thousand of them."""
    order, big = ("<" if data[:2] == b"II" else ">"), 43 in data[2:4]
    number, entry, tail = ("Q", 20, "Q") if big else ("H", 12, "I")
    found: list[int] = []
    try:
        (place,) = struct.unpack_from(order + tail, data, 8 if big else 4)
        while place and place not in found and len(found) < 1000:
            (count,) = struct.unpack_from(order + number, data, place)
            found.append(place)
            after = place + struct.calcsize("<" + number) + count * entry
            (place,) = struct.unpack_from(order + tail, data, after)
    except (struct.error, OverflowError):
        return found
    return found


def _without_orientation(data: bytes, directories: list[int]) -> bytes:
    """The file with its orientation set to 1.

    Which orientations OpenCV applies to 16-bit pixels, and how, differs between its versions; so
    it gets none to apply, and they are applied here.
    """
    if not directories:
        return data
    order, big = ("<" if data[:2] == b"II" else ">"), 43 in data[2:4]
    number, entry = ("Q", 20) if big else ("H", 12)
    place = directories[0]
    (count,) = struct.unpack_from(order + number, data, place)
    place += struct.calcsize("<" + number)
    patched = bytearray(data)
    for i in range(count):
        start = place + i * entry
        if start + entry > len(data):
            break
        if struct.unpack_from(order + "H", data, start)[0] == ORIENTATION:
            struct.pack_into(order + "H", patched, start + entry - (8 if big else 4), 1)
    return bytes(patched)
