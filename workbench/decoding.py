"""A file's bytes to pixels: JPEG, PNG, WebP, TIFF and BMP, each checked before it is decoded.

The first bytes choose the decoder and the header is checked against the size limit before a pixel
is decoded. Pillow's decoders are called by class: ``Image.open`` measures against a limit that is
global to the process, and changing that would not be safe with several threads. 16-bit colour goes
through OpenCV, because Pillow knows none.
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import (
    BmpImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from .arrays import row_blocks
from .errors import ImageDamagedError, ImageError, ImageFormatError, ImageTooLargeError
from .profiles import colour16_to_srgb, image_to_srgb

FORMATS = ("JPEG", "PNG", "WebP", "TIFF", "BMP")
"""The formats that are read. The file's content decides, not its name."""

_PLUGINS: dict[str, Callable[[Any], ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
}
_ORIENTATION = 0x0112
_PROFILE_LIMIT = 16 << 20  # bytes; the largest colour profiles in use are a few megabytes


@dataclass
class Decoded:
    """Pixels on their way to a Photo.

    Attributes:
        colour: (H, W, 3) uint8 or uint16.
        alpha: (H, W) of the same dtype, straight, or None.
        orientation: the EXIF orientation that is still to be applied.
    """

    colour: np.ndarray
    alpha: np.ndarray | None = None
    orientation: int = 1
    info: dict[str, Any] = field(default_factory=dict)

    def note(self, words: str) -> None:
        """Tell what was done on the way, in plain words."""
        self.info.setdefault("notes", []).append(words)


def decode(data: bytes, what: str, max_megapixels: float) -> Decoded:
    """A photo from a file's bytes. what: what to call it in a message.

    Raises:
        ImageError: not an accepted format, damaged, or too large; the message says which.
    """
    kind = sniff(data[:32], what)
    try:
        if kind == "PNG":
            decoded = _decode_png(data, what, max_megapixels)
        else:
            if kind == "WebP":
                # Pillow allocates the whole canvas when it opens the file.
                width, height = _webp_size(data)
                check_size(width, height, max_megapixels, what)
            image = _PLUGINS[kind](io.BytesIO(data))
            check_size(*image.size, max_megapixels, what)
            if kind == "TIFF":
                decoded = _decode_tiff(image, data, what, max_megapixels)
            else:
                decoded = _from_pillow(image, what)
            if kind == "WebP" and getattr(image, "n_frames", 1) > 1:
                count = image.n_frames  # type: ignore[attr-defined]
                decoded.note(f"animated: first of {count} frames used")
    except (ImageError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise ImageTooLargeError(
            f"expected at most {max_megapixels:g} megapixels, got: {error}"
        ) from error
    except Exception as error:  # the decoders raise almost anything on broken data
        words = str(error).strip().split("\n")[0] or type(error).__name__
        if any(w in words.lower() for w in ("unsupported", "unknown pixel mode", "unknown color")):
            raise ImageFormatError(
                f"expected a {kind} of 8 or 16 bits in grey or colour, got {what}: {words}"
            ) from error
        raise ImageDamagedError(f"expected a whole {kind}, got {what}: {words}") from error
    decoded.info["format"], decoded.info["bytes"] = kind, len(data)
    return decoded


def from_pil(image: Image.Image, max_megapixels: float) -> Decoded:
    """A photo from a PIL image, which is left as it is."""
    what = "the PIL image"
    check_size(*image.size, max_megapixels, what)
    kind = image.format
    try:
        copy = image.copy()
        exif = image.getexif()
        decoded = _from_pillow(copy, what, exif)
    except (ImageError, MemoryError):
        raise
    except Exception as error:  # a lazily opened file decodes here, and raises almost anything
        raise ImageDamagedError(f"expected a whole PIL image, got: {error}") from error
    decoded.info["format"], decoded.info["bytes"] = kind or "PIL image", None
    return decoded


def sniff(head: bytes, what: str) -> str:
    """The format that the first bytes announce."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WebP"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if head.startswith(b"BM") and len(head) > 18:
        return "BMP"
    if not head:
        came = "an empty file"
    elif head[:6] in (b"GIF87a", b"GIF89a"):
        came = "GIF"
    elif head[4:8] == b"ftyp":
        came = "HEIC or AVIF" if head[8:11] in (b"hei", b"hev", b"mif", b"avi") else "a video"
    elif head.startswith(b"%PDF"):
        came = "PDF"
    elif head.lstrip().startswith((b"<svg", b"<?xml", b"<!DOC", b"<html")):
        came = "markup such as SVG or a web page"
    elif all(c in b"\t\n\r" or 32 <= c < 127 for c in head):
        came = "text"
    else:
        came = f"bytes that begin with {head[:8].hex(' ')}"
    raise ImageFormatError(
        f"expected a photo as {', '.join(FORMATS[:-1])} or {FORMATS[-1]}, got {came} in {what}"
    )


def check_size(width: int, height: int, max_megapixels: float, what: str) -> None:
    """Refuse a photo of no pixels or of more than the limit, before any of it is decoded."""
    if width < 1 or height < 1:
        raise ImageDamagedError(f"expected at least one pixel, got {width} × {height} in {what}")
    if width * height > max_megapixels * 1e6:
        raise ImageTooLargeError(
            f"expected at most {max_megapixels:g} megapixels, got "
            f"{width * height / 1e6:.4g} ({width} × {height}) in {what}"
        )


# ---- Pillow's images ----------------------------------------------------------------------------


def _from_pillow(
    image: Image.Image, what: str, exif: Image.Exif | None = None, inverted: bool = False
) -> Decoded:
    """Decode and convert a Pillow image of any usual mode.

    inverted: a 16-bit grey whose zero is white, which Pillow leaves as it is.
    """
    if exif is None:
        exif = _exif(image)
    # Now: Pillow turns a TIFF while it loads, and takes the orientation out of this very object.
    orientation = _orientation(exif)
    image.load()
    info = _facts(image.info, exif)
    turned = isinstance(image, TiffImagePlugin.TiffImageFile)
    icc = image.info.get("icc_profile")
    if image.mode.startswith("I;16"):
        grey = np.asarray(image).astype(np.uint16)
        grey = 65535 - grey if inverted else grey
        decoded = Decoded(grey[..., None].repeat(3, axis=2), None, 1, info)
        decoded.colour = colour16_to_srgb(decoded.colour, icc, decoded.info)
    else:
        decoded = Decoded(np.empty((0, 0, 3), np.uint8), None, 1, info)
        decoded.colour, decoded.alpha = _eight_bits(image, icc, decoded, what)
    decoded.orientation = _orientation(exif) if turned else orientation
    info["orientation"] = orientation
    return decoded


def _eight_bits(
    image: Image.Image, icc: bytes | None, decoded: Decoded, what: str
) -> tuple[np.ndarray, np.ndarray | None]:
    """(H, W, 3) uint8 in sRGB and (H, W) uint8 alpha or None."""
    mode = image.mode
    keyed = mode in ("1", "L", "RGB", "P") and image.has_transparency_data
    if mode in ("RGBa", "La", "PA") or keyed:
        image = image.convert("LA" if mode == "La" else "RGBA")
    elif mode == "P":
        image = image.convert("RGB")
    elif mode == "1":
        image = image.convert("L")
    elif mode in ("RGBX", "YCbCr", "HSV"):
        image = image.convert("RGB")
    elif mode not in ("L", "LA", "RGB", "RGBA", "CMYK"):
        raise ImageFormatError(
            f"expected grey, palette, RGB or CMYK of 8 or 16 bits, got {what} in mode {mode}"
        )
    alpha = None
    if image.mode in ("LA", "RGBA"):
        alpha = np.array(image.getchannel("A"))
        image = image.convert(image.mode[:-1])
    return np.array(image_to_srgb(image, icc, decoded.info)), alpha


def _exif(image: Image.Image) -> Image.Exif:
    """The EXIF data, or none where they are broken: they never cost the photo."""
    try:
        return image.getexif()
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception:  # noqa: BLE001 - Pillow's EXIF reader raises almost anything
        return Image.Exif()


def _orientation(exif: Image.Exif) -> int:
    value = exif.get(_ORIENTATION, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


_CAMERA = {
    0x010F: "Make", 0x0110: "Model", 0xA434: "LensModel", 0x829A: "ExposureTime",
    0x829D: "FNumber", 0x8827: "ISO", 0x920A: "FocalLength", 0xA405: "FocalLengthIn35mmFilm",
    0x9204: "ExposureBiasValue", 0x9209: "Flash", 0xA403: "WhiteBalance",
    0x9003: "DateTimeOriginal",
}  # fmt: skip


def _facts(raw: dict[Any, Any], exif: Image.Exif) -> dict[str, Any]:
    """dpi and camera settings, as far as they make sense."""
    tags: dict[int, Any] = {}
    try:
        tags.update(exif)
        tags.update(exif.get_ifd(0x8769))
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception:  # noqa: BLE001 - Pillow's EXIF reader raises almost anything
        tags = dict(tags)
    camera: dict[str, Any] = {}
    for tag, word in _CAMERA.items():
        value = tags.get(tag)
        if isinstance(value, tuple) and value:
            value = value[0]
        if isinstance(value, str):
            text = "".join(c for c in value if c.isprintable()).strip()[:100]
            if text:
                camera[word] = text
        elif value is not None and not isinstance(value, bytes):
            number = _number(value)
            if number is not None:
                camera[word] = int(number) if isinstance(value, int) else number
    dpi = None
    given = raw.get("dpi")
    if isinstance(given, tuple) and len(given) == 2:
        x, y = _number(given[0]), _number(given[1])
        dpi = (round(x, 1), round(y, 1)) if x and y and x > 0 and y > 0 else None
    return {"dpi": dpi, "camera": camera}


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None


# ---- WebP ---------------------------------------------------------------------------------------


def _webp_size(data: bytes) -> tuple[int, int]:
    """(width, height) from a WebP header."""
    chunk, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise ImageDamagedError("expected a whole WebP, got one that ends in its header")
    if chunk == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 ":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    raise ImageDamagedError("expected a WebP header, got an unknown first chunk")


# ---- PNG ----------------------------------------------------------------------------------------

_PNG_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")


def _decode_png(data: bytes, what: str, max_megapixels: float) -> Decoded:
    """A PNG, checked chunk by chunk.

    The decoders get a PNG of nothing but what pixels need. Pillow does not look at the checksum of
    the pixel data and stumbles over broken comments; OpenCV has its own mind about animations.
    """
    chunks, extra = _png_chunks(data, what, max_megapixels)
    header = chunks[0][1]
    depth, kind = header[8], header[9]
    plain = b"".join([data[:8], *(_png_chunk(name, body) for name, body in chunks)])
    icc = None
    profile_broken = False
    if b"iCCP" in extra:
        icc = _png_profile(extra[b"iCCP"])
        profile_broken = icc is None
    exif = Image.Exif()
    if b"eXIf" in extra:
        try:
            exif.load(b"Exif\0\0" + extra[b"eXIf"])
        except (MemoryError, KeyboardInterrupt):
            raise
        except Exception:  # noqa: BLE001 - Pillow's EXIF reader raises almost anything
            exif = Image.Exif()
    if depth == 16:
        decoded = Decoded(np.empty((0, 0, 3), np.uint16), None, 1, _facts({}, exif))
        transparent = dict(chunks).get(b"tRNS")
        decoded.colour, decoded.alpha = _png16(chunks, plain[:8], kind, transparent, what)
        decoded.colour = colour16_to_srgb(decoded.colour, icc, decoded.info)
    else:
        image = PngImagePlugin.PngImageFile(io.BytesIO(plain))
        image.load()
        image.info["icc_profile"] = icc
        decoded = _from_pillow(image, what, exif)
    decoded.orientation = decoded.info["orientation"] = _orientation(exif)
    if profile_broken:
        decoded.note("broken colour profile ignored")
    if b"acTL" in extra:
        decoded.note("animated: the still picture used")
    if len(extra.get(b"pHYs", b"")) == 9 and extra[b"pHYs"][8] == 1:
        x, y = struct.unpack(">II", extra[b"pHYs"][:8])
        decoded.info["dpi"] = (round(x * 0.0254, 1), round(y * 0.0254, 1)) if x and y else None
    return decoded


def _png_chunks(
    data: bytes, what: str, max_megapixels: float
) -> tuple[list[tuple[bytes, bytes]], dict[bytes, bytes]]:
    """The chunks that pixels need, in order, and the sound ones among the others."""
    needed: list[tuple[bytes, bytes]] = []
    extra: dict[bytes, bytes] = {}
    view = memoryview(data)
    place = 8
    while True:
        if place + 12 > len(data):
            raise ImageDamagedError(f"expected a whole PNG, got {what}, which is cut short")
        (length,) = struct.unpack_from(">I", data, place)
        name = data[place + 4 : place + 8]
        end = place + 12 + length
        if end > len(data):
            raise ImageDamagedError(f"expected a whole PNG, got {what}, which is cut short")
        body = view[place + 8 : end - 4]
        (stated,) = struct.unpack_from(">I", data, end - 4)
        sound = zlib.crc32(body, zlib.crc32(name)) == stated
        if not needed and (name != b"IHDR" or length != 13):
            raise ImageDamagedError(f"expected a PNG header, got {name!r} in {what}")
        if name in _PNG_NEEDED or not name[0] & 32:
            if not sound:
                raise ImageDamagedError(
                    f"expected a whole PNG, got a wrong checksum in part {name!r} of {what}"
                )
            if name in _PNG_NEEDED:
                needed.append((name, bytes(body)))
            if name == b"IHDR":
                if len(needed) > 1:
                    raise ImageDamagedError(f"expected one PNG header, got two in {what}")
                # Before anything else is looked at: this is where a bomb shows.
                width, height = struct.unpack(">II", body[:8])
                check_size(width, height, max_megapixels, what)
            if name == b"IEND":
                return needed, extra
        elif sound and length <= _PROFILE_LIMIT:
            extra.setdefault(name, bytes(body))
        place = end


def _png_chunk(name: bytes, body: bytes) -> bytes:
    return b"".join(
        [struct.pack(">I", len(body)), name, body,
         struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))]
    )  # fmt: skip


def _png_profile(body: bytes) -> bytes | None:
    """The colour profile in an iCCP chunk, or None where it is broken."""
    _, _, rest = body.partition(b"\0")
    try:
        unpacker = zlib.decompressobj()
        profile = unpacker.decompress(rest[1:], _PROFILE_LIMIT)
    except zlib.error:
        return None
    return profile if unpacker.eof else None


def _png16(
    chunks: list[tuple[bytes, bytes]], signature: bytes, kind: int, key: bytes | None, what: str
) -> tuple[np.ndarray, np.ndarray | None]:
    """A 16-bit PNG through OpenCV (Pillow knows no 16-bit RGB)."""
    if kind not in (0, 2, 4, 6):
        raise ImageDamagedError(f"expected a PNG colour type, got {kind} at 16 bits in {what}")
    # Without tRNS, which OpenCV heeds for colour but not for grey: one rule for both, here.
    plain = [_png_chunk(name, body) for name, body in chunks if name not in (b"tRNS", b"PLTE")]
    raw = _imdecode(b"".join([signature, *plain]), "PNG", what)
    if raw.ndim == 2:
        grey = raw
        alpha = None
        if key is not None and kind == 0 and len(key) == 2:
            alpha = np.where(grey == int.from_bytes(key, "big"), 0, 65535).astype(np.uint16)
        return grey[..., None].repeat(3, axis=2), alpha
    colour = np.ascontiguousarray(raw[..., 2::-1])
    if raw.shape[2] == 4:
        return colour, np.ascontiguousarray(raw[..., 3])
    if key is not None and kind == 2 and len(key) == 6:
        same = (colour == np.frombuffer(key, ">u2").astype(np.uint16)).all(axis=2)
        return colour, np.where(same, 0, 65535).astype(np.uint16)
    return colour, None


def _imdecode(data: bytes, kind: str, what: str) -> np.ndarray:
    """16-bit pixels in OpenCV's BGR(A) order, or ImageDamagedError."""
    import cv2  # here, so that reading a JPEG does not load it

    try:
        raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ImageDamagedError(f"expected a whole {kind}, got {what}, which is broken") from error
    if raw is None:
        raise ImageDamagedError(f"expected a whole {kind}, got {what}, which is broken")
    if raw.dtype != np.uint16:
        raise ImageFormatError(f"expected 16 bits, got {raw.dtype} pixels in {what}")
    return raw


# ---- TIFF ---------------------------------------------------------------------------------------


def _decode_tiff(
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
        decoded = _from_pillow(image, what, inverted=photometric == 0)
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
    exif = _exif(image)
    decoded = Decoded(np.empty((0, 0, 3), np.uint16), None, 1, _facts(image.info, exif))
    raw = _imdecode(_without_orientation(data, directories), "TIFF", what)
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
    decoded.orientation = decoded.info["orientation"] = _orientation(exif)
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
        if struct.unpack_from(order + "H", data, start)[0] == _ORIENTATION:
            struct.pack_into(order + "H", patched, start + entry - (8 if big else 4), 1)
    return bytes(patched)
