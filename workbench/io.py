"""Reading photos safely, and writing pixels as PNG.

A photo is decoded once, into sRGB pixels that never change again: EXIF orientation applied, colour
profile converted, 16 bits kept as 16 bits. Everything that was done to it on the way is told in
plain words in ``Photo.info["notes"]``.

The file's first bytes choose the decoder and its header is checked against the size limit before
a pixel is decoded. Pillow's decoders are called by class: ``Image.open`` measures against a limit
that is global to the process, and changing that would not be safe with several threads.
"""

from __future__ import annotations

import errno
import functools
import io
import math
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import (
    BmpImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from .arrays import check_image, check_plane, digest, frozen, to_float, to_uint8, to_uint16
from .errors import (
    ArrayError,
    ImageDamagedError,
    ImageError,
    ImageFormatError,
    ImageMissingError,
    ImageTooLargeError,
    InputError,
)
from .files import safe_name, write_atomically

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
_BLOCK = 1 << 20  # pixels in floating point at a time, so that 64 MP cost no gigabytes


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo as it was read. Nothing in it is ever changed.

    Attributes:
        pixels: (H, W, 3) uint8 or uint16 sRGB, read-only.
        alpha: (H, W) float32 in [0, 1], straight, read-only; None where the input had none.
        path: the file it came from, or None.
        name: a harmless stem for file names.
        info: what is known of it: ``format``, ``bits`` (8 or 16), ``bytes`` (size of the file),
            ``icc`` (description of the colour profile, or None), ``orientation`` (the EXIF
            orientation that was applied, 1 for none), ``dpi`` ((x, y) or None), ``camera``
            (settings by EXIF name, for example ExposureTime in seconds, FNumber, ISO),
            ``notes`` (a list of what was done to it, in plain words).
    """

    pixels: np.ndarray
    alpha: np.ndarray | None
    path: Path | None
    name: str
    info: dict[str, Any]

    @functools.cached_property
    def key(self) -> str:
        """SHA-256 of the pixels, in hex: the same pixels have the same key."""
        return digest(self.pixels)

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) in pixels."""
        return int(self.pixels.shape[0]), int(self.pixels.shape[1])

    @functools.cached_property
    def image8(self) -> np.ndarray:
        """(H, W, 3) uint8, read-only: the pixels themselves where they have 8 bits."""
        return self.pixels if self.pixels.dtype == np.uint8 else frozen(to_uint8(self.pixels))


@dataclass
class _Decoded:
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


def load_photo(source: Any, max_megapixels: float = 64, name: str | None = None) -> Photo:
    """Read a photo from a file, bytes, a PIL image or an array.

    Files and bytes are JPEG, PNG, WebP, TIFF or BMP of 8 or 16 bits: grey, palette, RGB, with or
    without transparency, CMYK. Of several frames or pages the first is taken.

    Colours under transparency are laid on white: what a file holds there is arbitrary (often
    black or torn), and models and people alike should see the picture as it is usually shown. The
    transparency itself is kept in ``alpha``.

    A colour profile is converted to sRGB, relative colorimetric. 8-bit colour goes through Little
    CMS. Grey, and 16-bit colour with a matrix profile (nearly all that cameras and editors write),
    are computed in float32, right to 2/65535. 16-bit colour with a table profile goes
    through a 52 × 52 × 52 grid that Little CMS fills with 8-bit values: smooth, but right to about
    1/255 only. A broken profile is noted and ignored.

    Args:
        source: a path (str or Path), bytes, a PIL image, or an array: (H, W) grey, (H, W, 3) or
            (H, W, 4), uint8 or uint16, or float in [0, 1], which becomes uint16. Arrays are taken
            as sRGB and copied.
        max_megapixels: the size limit in millions of pixels, checked before decoding. (Pillow
            itself refuses a WebP or TIFF above 179 megapixels, whatever is asked for here.)
        name: a name for it; else the file's stem, else "photo".

    Raises:
        ImageMissingError: there is no such file.
        ImageFormatError: not a photo in an accepted format, or a kind of it that is not read.
        ImageDamagedError: truncated or broken data.
        ImageTooLargeError: more pixels than the limit.
        ImageError: the file cannot be opened.
        ArrayError: an array of another shape, dtype or range, or with NaN or infinity.
        InputError: max_megapixels is not a positive number.
    """
    if not isinstance(max_megapixels, int | float) or not max_megapixels > 0:
        raise InputError(f"expected max_megapixels above 0, got {max_megapixels!r}")
    path: Path | None = None
    if isinstance(source, str | os.PathLike):
        path = Path(os.fsdecode(source))
        decoded = _decode(_read(path, max_megapixels), path.name, max_megapixels)
        stem = path.stem
    elif isinstance(source, bytes | bytearray | memoryview):
        decoded, stem = _decode(bytes(source), "the bytes", max_megapixels), ""
    elif isinstance(source, Image.Image):
        decoded = _from_pil(source, max_megapixels)
        stem = Path(str(getattr(source, "filename", "") or "")).stem
    elif isinstance(source, np.ndarray) or hasattr(source, "__array__"):
        decoded, stem = _from_array(np.asarray(source), max_megapixels), ""
    else:
        raise ImageFormatError(
            f"expected a path, bytes, a PIL image or an array, got {type(source).__name__}"
        )
    return _finish(decoded, path, safe_name(stem if name is None else str(name)))


def encode_png(array: np.ndarray) -> bytes:
    """Pixels as a PNG file, without loss.

    Args:
        array: (H, W), (H, W, 3) RGB or (H, W, 4) RGBA with straight alpha, uint8 or uint16.

    Raises:
        ArrayError: another shape or dtype.
    """
    import cv2  # here, so that reading a JPEG does not load it

    array = np.asarray(array)
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or (array.ndim == 3 and channels not in (3, 4)) or not array.size:
        raise ArrayError(
            f"expected pixels of shape (H, W), (H, W, 3) or (H, W, 4), got {array.shape}"
        )
    if array.dtype not in (np.uint8, np.uint16):
        raise ArrayError(f"expected pixels of uint8 or uint16, got {array.dtype}")
    array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    if channels == 3:
        array = cv2.cvtColor(array, cv2.COLOR_RGB2BGR)
    elif channels == 4:
        array = cv2.cvtColor(array, cv2.COLOR_RGBA2BGRA)
    try:
        done, data = cv2.imencode(".png", array)
    except cv2.error as error:
        raise ArrayError(f"expected pixels that PNG can hold, got {array.shape}") from error
    if not done:
        raise ArrayError(f"expected pixels that PNG can hold, got {array.shape}")
    return bytes(data)


def save_png(path: str | os.PathLike[str], array: np.ndarray) -> Path:
    """Write pixels as a PNG file in one step; return its path. ``array`` as for encode_png.

    Raises:
        ArrayError: another shape or dtype.
        ExportError: the file cannot be written; one that was there is untouched.
    """
    data = encode_png(array)
    return write_atomically(Path(path), lambda file: file.write(data))


# ---- from the outside to _Decoded ---------------------------------------------------------------


def _read(path: Path, max_megapixels: float) -> bytes:
    """The bytes of a file that begins like a photo."""
    try:
        if path.is_dir():
            raise ImageFormatError(f"expected a photo, got the folder {path}")
        if not path.exists():
            raise ImageMissingError(f"expected a photo at {path}, got no such file")
        if not path.is_file():
            raise ImageFormatError(f"expected a photo, got {path}, which is not a plain file")
        with path.open("rb") as file:
            head = file.read(32)
            _sniff(head, path.name)
            # Four 16-bit channels are 8 bytes a pixel, so a longer file holds more pixels than the
            # limit, or none; reading 100 GB to find out which helps nobody.
            most = int(max_megapixels * 16e6) + (64 << 20)
            size = os.fstat(file.fileno()).st_size
            if size > most:
                raise ImageTooLargeError(
                    f"expected at most {max_megapixels:g} megapixels, got a file of "
                    f"{size / 1e9:.1f} GB: {path.name}"
                )
            return head + file.read()
    except ImageError:
        raise
    except (OSError, ValueError) as error:
        # No file can be at a path that is too long for the system or holds a NUL (a ValueError).
        if (
            isinstance(error, FileNotFoundError | NotADirectoryError | ValueError)
            or error.errno == errno.ENAMETOOLONG
        ):
            raise ImageMissingError(
                f"expected a photo at {path!s:.300}, got no such file"
            ) from error
        reason = error.strerror or error
        raise ImageError(f"expected to be able to read {path!s:.300}, got: {reason}") from error


def _sniff(head: bytes, what: str) -> str:
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


def _check_size(width: int, height: int, max_megapixels: float, what: str) -> None:
    if width < 1 or height < 1:
        raise ImageDamagedError(f"expected at least one pixel, got {width} × {height} in {what}")
    if width * height > max_megapixels * 1e6:
        raise ImageTooLargeError(
            f"expected at most {max_megapixels:g} megapixels, got "
            f"{width * height / 1e6:.4g} ({width} × {height}) in {what}"
        )


def _decode(data: bytes, what: str, max_megapixels: float) -> _Decoded:
    """A photo from a file's bytes."""
    kind = _sniff(data[:32], what)
    try:
        if kind == "PNG":
            decoded = _decode_png(data, what, max_megapixels)
        else:
            if kind == "WebP":
                # Pillow allocates the whole canvas when it opens the file.
                width, height = _webp_size(data)
                _check_size(width, height, max_megapixels, what)
            image = _PLUGINS[kind](io.BytesIO(data))
            _check_size(*image.size, max_megapixels, what)
            if kind == "TIFF":
                decoded = _decode_tiff(image, data, what, max_megapixels)
            else:
                decoded = _from_pillow(image, what)
            if kind == "WebP" and getattr(image, "n_frames", 1) > 1:
                count = image.n_frames  # type: ignore[attr-defined]
                _note(decoded, f"animated: first of {count} frames used")
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


def _from_pil(image: Image.Image, max_megapixels: float) -> _Decoded:
    """A photo from a PIL image, which is left as it is."""
    what = "the PIL image"
    _check_size(*image.size, max_megapixels, what)
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


def _from_array(array: np.ndarray, max_megapixels: float) -> _Decoded:
    """A photo from an array, copied."""
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise ArrayError(
            f"expected an image of shape (H, W), (H, W, 3) or (H, W, 4), got {array.shape}"
        )
    if not array.size:
        raise ArrayError(f"expected at least one pixel, got an array of shape {array.shape}")
    _check_size(array.shape[1], array.shape[0], max_megapixels, "the array")
    if array.dtype.kind in "uif" and not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    colour = array[..., None].repeat(3, axis=2) if array.ndim == 2 else array[..., :3]
    colour = check_image(colour)
    alpha = None
    if array.shape[2:] == (4,):
        alpha = array[..., 3]
        if alpha.dtype.kind == "f":
            alpha = check_plane(alpha, name="the alpha channel")
    if colour.dtype.kind == "f":
        colour = to_uint16(colour)
        alpha = None if alpha is None else to_uint16(alpha)
    decoded = _Decoded(np.array(colour, order="C"), None if alpha is None else np.array(alpha))
    decoded.info.update(format="array", bytes=None)
    return decoded


def _finish(decoded: _Decoded, path: Path | None, name: str) -> Photo:
    """Orientation, white under transparency, and a complete ``info``."""
    colour = _oriented(decoded.colour, decoded.orientation)
    alpha = None
    if decoded.alpha is not None:
        alpha = to_float(_oriented(decoded.alpha, decoded.orientation))
        if (alpha < 1).any():
            colour = _on_white(colour, alpha)
            _note(decoded, "transparent parts laid on white")
        alpha = frozen(np.ascontiguousarray(alpha))
    info: dict[str, Any] = {
        "format": None, "bits": 8 * colour.dtype.itemsize, "bytes": None, "icc": None,
        "orientation": 1, "dpi": None, "camera": {}, "notes": [],
    }  # fmt: skip
    info.update(decoded.info)
    # A decoder may hand out a view of a buffer that is not ours; what is kept must be.
    pixels = np.ascontiguousarray(colour)
    if pixels.base is not None:
        pixels = pixels.copy()
    return Photo(frozen(pixels), alpha, path, name, info)


def _note(decoded: _Decoded, words: str) -> None:
    decoded.info.setdefault("notes", []).append(words)


def _oriented(array: np.ndarray, orientation: int) -> np.ndarray:
    """An array turned as EXIF orientation 1..8 asks."""
    turns: dict[int, Callable[[np.ndarray], np.ndarray]] = {
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
        8: lambda a: np.rot90(a, 1),
    }
    return turns[orientation](array) if orientation in turns else array


def _on_white(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Straight colours over white, in sRGB values, rounded to nearest."""
    white = np.iinfo(colour.dtype).max
    result = np.empty_like(colour, order="C")
    for rows in _blocks(colour):
        a = alpha[rows, :, None].astype(np.float64)
        result[rows] = colour[rows] * a + white * (1 - a) + 0.5
    return result


def _blocks(array: np.ndarray) -> Iterator[slice]:
    """Slices of rows of about _BLOCK pixels."""
    step = max(1, _BLOCK // array.shape[1])
    return (slice(start, start + step) for start in range(0, array.shape[0], step))


# ---- Pillow's images ----------------------------------------------------------------------------


def _from_pillow(
    image: Image.Image, what: str, exif: Image.Exif | None = None, inverted: bool = False
) -> _Decoded:
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
        decoded = _Decoded(grey[..., None].repeat(3, axis=2), None, 1, info)
        decoded.colour = _icc16(decoded, icc)
    else:
        decoded = _Decoded(np.empty((0, 0, 3), np.uint8), None, 1, info)
        decoded.colour, decoded.alpha = _eight_bits(image, icc, decoded, what)
    decoded.orientation = _orientation(exif) if turned else orientation
    info["orientation"] = orientation
    return decoded


def _eight_bits(
    image: Image.Image, icc: bytes | None, decoded: _Decoded, what: str
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
    return np.array(_to_srgb(image, icc, decoded)), alpha


def _to_srgb(image: Image.Image, icc: bytes | None, decoded: _Decoded) -> Image.Image:
    """An L, RGB or CMYK image as RGB in sRGB."""
    converted = None
    space = _profile_space(icc, decoded)
    if icc and space:
        if space == "RGB" and image.mode == "L":
            image = image.convert("RGB")  # grey saved with an RGB profile, common in JPEG
        wanted = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}[image.mode]
        if space != wanted:
            _note(decoded, f"colour profile for {space} ignored on a {image.mode} picture")
        elif not _is_srgb(icc):
            try:
                matrix = _matrix_profile(icc) if space == "GRAY" else None
                # Little CMS is up to 9 steps off in the shadows of 8-bit grey.
                converted = _grey(image, matrix) if matrix else _transformed(image, icc)
            except (ImageCms.PyCMSError, OSError, ValueError, struct.error):
                _note(decoded, "broken colour profile ignored")
            else:
                _note(decoded, "colour profile converted to sRGB")
    if image.mode == "CMYK":
        how = "with its profile" if converted else "without a profile: colours are approximate"
        _note(decoded, f"CMYK converted {how}")
    return converted or image.convert("RGB")


def _grey(image: Image.Image, matrix: tuple[list[np.ndarray], np.ndarray]) -> Image.Image:
    """An L image through a grey profile's curve, as RGB."""
    levels = (np.arange(256, dtype=np.uint16) * 257)[:, None].repeat(3, axis=1)
    table = to_uint8(_through_matrix(*matrix)(levels))
    return Image.fromarray(table[np.asarray(image)])


def _transformed(image: Image.Image, icc: bytes) -> Image.Image:
    """Through Little CMS to sRGB."""
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(icc)),
        ImageCms.createProfile("sRGB"),
        image.mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    result = ImageCms.applyTransform(image, transform)
    if result is None:
        raise ValueError("no result")
    return result


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


# ---- PNG ----------------------------------------------------------------------------------------

_PNG_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")


def _decode_png(data: bytes, what: str, max_megapixels: float) -> _Decoded:
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
        decoded = _Decoded(np.empty((0, 0, 3), np.uint16), None, 1, _facts({}, exif))
        transparent = dict(chunks).get(b"tRNS")
        decoded.colour, decoded.alpha = _png16(chunks, plain[:8], kind, transparent, what)
        decoded.colour = _icc16(decoded, icc)
    else:
        image = PngImagePlugin.PngImageFile(io.BytesIO(plain))
        image.load()
        image.info["icc_profile"] = icc
        decoded = _from_pillow(image, what, exif)
    decoded.orientation = decoded.info["orientation"] = _orientation(exif)
    if profile_broken:
        _note(decoded, "broken colour profile ignored")
    if b"acTL" in extra:
        _note(decoded, "animated: the still picture used")
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
                _check_size(width, height, max_megapixels, what)
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
) -> _Decoded:
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
            _note(decoded, "16-bit CMYK read at 8 bits")
    if len(directories) > 1:
        _note(decoded, f"several pages: first of {len(directories)} used")
    return decoded


def _tiff16(
    image: ImageFile.ImageFile, data: bytes, directories: list[int], what: str
) -> _Decoded:
    """A TIFF of 16-bit RGB or RGBA."""
    tags = image.tag_v2  # type: ignore[attr-defined]
    if tags.get(284, 1) != 1:
        raise ImageFormatError(f"expected 16-bit colour in one plane, got separate ones in {what}")
    exif = _exif(image)
    decoded = _Decoded(np.empty((0, 0, 3), np.uint16), None, 1, _facts(image.info, exif))
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
    decoded.colour = _icc16(decoded, image.info.get("icc_profile"))
    decoded.orientation = decoded.info["orientation"] = _orientation(exif)
    return decoded


def _unassociated(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Colours that were stored multiplied by alpha, divided by it again (white where it is 0)."""
    result = np.full_like(colour, 65535)
    for rows in _blocks(colour):
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


# ---- colour profiles ----------------------------------------------------------------------------

# sRGB's primaries as seen from D50, the white that profiles are written for.
_SRGB_TO_XYZ = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)


def _profile_space(icc: bytes | None, decoded: _Decoded) -> str | None:
    """The profile's colour space (RGB, GRAY, CMYK …); None without a sound one, with a note."""
    if not icc:
        return None
    if len(icc) < 132 or icc[36:40] != b"acsp":
        _note(decoded, "broken colour profile ignored")
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        text = ImageCms.getProfileDescription(profile)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        _note(decoded, "broken colour profile ignored")
        return None
    decoded.info["icc"] = "".join(c for c in text if c.isprintable()).strip()[:100] or "unnamed"
    return icc[16:20].decode("latin-1").strip()


def _icc16(decoded: _Decoded, icc: bytes | None) -> np.ndarray:
    """The 16-bit colours of ``decoded`` in sRGB, (H, W, 3) uint16."""
    colour = decoded.colour
    space = _profile_space(icc, decoded)
    if not icc or not space:
        return colour
    grey = np.array_equal(colour[..., 0], colour[..., 1]) and np.array_equal(
        colour[..., 1], colour[..., 2]
    )
    if space != "RGB" and not (space == "GRAY" and grey):
        _note(decoded, f"colour profile for {space} ignored on a 16-bit picture")
        return colour
    try:
        matrix = _matrix_profile(icc)
        convert = _through_matrix(*matrix) if matrix else _through_grid(icc)
        if matrix and _is_srgb(icc):
            return colour
        result = np.empty_like(colour)
        for rows in _blocks(colour):
            result[rows] = convert(colour[rows])
    except (ImageCms.PyCMSError, OSError, ValueError, struct.error):
        _note(decoded, "broken colour profile ignored")
        return colour
    _note(
        decoded,
        "colour profile converted to sRGB"
        + ("" if matrix else " through a table, to 8 bits of precision"),
    )
    return result


def _is_srgb(icc: bytes) -> bool:
    """Whether converting would change next to nothing; then the pixels are better left alone."""
    try:
        matrix = _matrix_profile(icc)
    except (ValueError, struct.error):
        return False
    if matrix is None or icc[16:20] == b"GRAY":
        return False
    steps = np.linspace(0, 65535, 9).round().astype(np.uint16)
    probe = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    after = _through_matrix(*matrix)(probe).astype(int)
    return int(np.abs(after - probe.astype(int)).max()) < 257  # one step of 8 bits


def _matrix_profile(icc: bytes) -> tuple[list[np.ndarray], np.ndarray] | None:
    """A profile's three curves (65,536 float32 each, to linear light) and its matrix to XYZ (D50).

    None for a profile that works with tables instead. A grey profile has its one curve thrice and
    sRGB's matrix.
    """
    (count,) = struct.unpack_from(">I", icc, 128)
    tags: dict[bytes, bytes] = {}
    for i in range(min(count, 200)):
        name, offset, size = struct.unpack_from(">4sII", icc, 132 + 12 * i)
        tags[name] = icc[offset : offset + size]
    if icc[20:24] != b"XYZ " and icc[16:20] == b"RGB ":
        return None
    if icc[16:20] == b"GRAY":
        if b"kTRC" not in tags:
            return None
        return [_curve(tags[b"kTRC"])] * 3, _SRGB_TO_XYZ
    columns = [tags.get(name) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    curves = [tags.get(name) for name in (b"rTRC", b"gTRC", b"bTRC")]
    if b"A2B0" in tags or b"A2B1" in tags or None in columns or None in curves:
        return None
    matrix = np.array([struct.unpack_from(">3i", c or b"", 8) for c in columns]).T / 65536
    return [_curve(c or b"") for c in curves], matrix


def _curve(tag: bytes) -> np.ndarray:
    """A tone curve tag at every 16-bit value, 65,536 float32."""
    x = np.arange(65536) / 65535
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            y = x
        elif count == 1:
            y = x ** (struct.unpack_from(">H", tag, 12)[0] / 256)
        else:
            table = np.frombuffer(tag, ">u2", count, 12) / 65535
            y = np.interp(x, np.linspace(0, 1, count), table)
    elif tag[:4] == b"para":
        (kind,) = struct.unpack_from(">H", tag, 8)
        if kind > 4:
            raise ValueError(f"expected a curve of kind 0 to 4, got {kind}")
        values = struct.unpack_from(f">{(1, 3, 4, 5, 7)[kind]}i", tag, 12)
        g, a, b, c, d, e, f = ([v / 65536 for v in values] + [0.0] * 7)[:7]
        if kind == 0:
            y = x**g
        elif kind in (1, 2):
            if a == 0:
                raise ValueError("expected a curve with a slope, got none")
            shift = c if kind == 2 else 0.0
            y = np.where(x >= -b / a, np.maximum(a * x + b, 0) ** g + shift, shift)
        else:
            y = np.where(x >= d, np.maximum(a * x + b, 0) ** g + e, c * x + f)
    else:
        raise ValueError(f"expected a tone curve, got {tag[:4]!r}")
    if not np.isfinite(y).all():
        raise ValueError("expected a finite tone curve")
    return np.clip(y, 0, 1).astype(np.float32)


def _through_matrix(
    curves: list[np.ndarray], matrix: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """A function from (..., 3) uint16 in the profile's space to the same in sRGB."""
    to_linear = (np.linalg.inv(_SRGB_TO_XYZ) @ matrix).T.astype(np.float32)
    if not np.isfinite(to_linear).all():
        raise ValueError("expected a finite matrix")

    def convert(block: np.ndarray) -> np.ndarray:
        linear = np.stack([curve[block[..., i]] for i, curve in enumerate(curves)], axis=-1)
        linear = np.clip(linear @ to_linear, 0, 1)
        return _srgb_by_root()[(np.sqrt(linear) * 65535 + 0.5).astype(np.uint16)]

    return convert


@functools.cache
def _srgb_by_root() -> np.ndarray:
    """sRGB values (65,536 uint16) by the square root of linear light.

    Over the root the curve is nearly straight, so a table is right to 1.3/65535; a power for every
    value takes ten times as long.
    """
    linear = (np.arange(65536) / 65535) ** 2
    bent = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return frozen(to_uint16(bent))


def _through_grid(icc: bytes) -> Callable[[np.ndarray], np.ndarray]:
    """The same for a profile of tables, through a grid that Little CMS fills."""
    from scipy.ndimage import map_coordinates

    grey = icc[16:20] == b"GRAY"
    if grey:
        raise ValueError("expected a tone curve in a grey profile")
    nodes = np.arange(0, 256, 5, dtype=np.uint8)  # 52 nodes that 8 bits hold exactly
    cube = np.stack(np.meshgrid(nodes, nodes, nodes, indexing="ij"), axis=-1)
    flat = Image.fromarray(cube.reshape(len(nodes), -1, 3))
    table = np.asarray(_transformed(flat, icc)).reshape(cube.shape).astype(np.float32)

    def convert(block: np.ndarray) -> np.ndarray:
        at = np.moveaxis(block.astype(np.float32) * np.float32(51 / 65535), -1, 0)
        parts = [
            map_coordinates(table[..., i], at, order=1, mode="nearest", prefilter=False)
            for i in range(3)
        ]
        return to_uint16(np.stack(parts, axis=-1) / np.float32(255))

    return convert
