"""Reading photos safely, and writing pixels as PNG.

A photo is decoded once, into sRGB pixels that never change again: EXIF orientation applied, colour
profile converted, 16 bits kept as 16 bits. Everything that was done to it on the way is told in
plain words in ``Photo.info["notes"]``.

How a file's bytes become pixels is in ``decoding``; how a colour profile becomes sRGB, in
``profiles``.
"""

from __future__ import annotations

import errno
import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .arrays import (
    check_image,
    check_plane,
    digest,
    frozen,
    row_blocks,
    to_float,
    to_uint8,
    to_uint16,
)
from .decoding import Decoded, check_size, decode, facts_again, from_pil, kept_facts, sniff
from .errors import (
    ArrayError,
    ImageError,
    ImageFormatError,
    ImageMissingError,
    ImageTooLargeError,
    InputError,
)
from .files import safe_name, write_atomically


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
            ``tables`` (a JPEG's quantisation tables, 64 numbers each, luminance first),
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

    @property
    def facts(self) -> dict[str, Any]:
        """What a session keeps of ``info`` where it keeps the pixels: camera, tables, …; JSON."""
        return kept_facts(self.info)

    def with_facts(self, kept: Any) -> Photo:
        """The same pixels with the facts of the file that they once came from (``facts``)."""
        return replace(self, info={**self.info, **facts_again(kept)})

    @functools.cached_property
    def image8(self) -> np.ndarray:
        """(H, W, 3) uint8, read-only: the pixels themselves where they have 8 bits."""
        return self.pixels if self.pixels.dtype == np.uint8 else frozen(to_uint8(self.pixels))


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
        decoded = decode(_read(path, max_megapixels), path.name, max_megapixels)
        stem = path.stem
    elif isinstance(source, bytes | bytearray | memoryview):
        decoded, stem = decode(bytes(source), "the bytes", max_megapixels), ""
    elif isinstance(source, Image.Image):
        decoded = from_pil(source, max_megapixels)
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


# ---- from the outside to Decoded ----------------------------------------------------------------


def _read(path: Path, max_megapixels: float) -> bytes:
    """The bytes of a file that begins like a photo."""
    try:
        if path.is_dir():
            raise ImageFormatError(f"expected a photo, got the folder {path}")
        if not path.exists():
            address = str(path).startswith(("http:/", "https:/"))
            raise ImageMissingError(
                f"expected a photo at {path}, got no such file"
                + ("; save what is at that address first: nothing is fetched" if address else "")
            )
        if not path.is_file():
            raise ImageFormatError(f"expected a photo, got {path}, which is not a plain file")
        with path.open("rb") as file:
            head = file.read(32)
            sniff(head, path.name)
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


def _from_array(array: np.ndarray, max_megapixels: float) -> Decoded:
    """A photo from an array, copied."""
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise ArrayError(
            f"expected an image of shape (H, W), (H, W, 3) or (H, W, 4), got {array.shape}"
        )
    if not array.size:
        raise ArrayError(f"expected at least one pixel, got an array of shape {array.shape}")
    check_size(array.shape[1], array.shape[0], max_megapixels, "the array")
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
    decoded = Decoded(np.array(colour, order="C"), None if alpha is None else np.array(alpha))
    decoded.info.update(format="array", bytes=None)
    return decoded


def _finish(decoded: Decoded, path: Path | None, name: str) -> Photo:
    """Orientation, white under transparency, and a complete ``info``."""
    colour = _oriented(decoded.colour, decoded.orientation)
    alpha = None
    if decoded.alpha is not None:
        alpha = to_float(_oriented(decoded.alpha, decoded.orientation))
        if (alpha < 1).any():
            colour = _on_white(colour, alpha)
            decoded.note("transparent parts laid on white")
        alpha = frozen(np.ascontiguousarray(alpha))
    info: dict[str, Any] = {
        "format": None, "bits": 8 * colour.dtype.itemsize, "bytes": None, "icc": None,
        "orientation": 1, "dpi": None, "camera": {}, "tables": [], "notes": [],
    }  # fmt: skip
    info.update(decoded.info)
    # A decoder may hand out a view of a buffer that is not ours; what is kept must be.
    pixels = np.ascontiguousarray(colour)
    if pixels.base is not None:
        pixels = pixels.copy()
    return Photo(frozen(pixels), alpha, path, name, info)


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
    for rows in row_blocks(colour):
        a = alpha[rows, :, None].astype(np.float64)
        result[rows] = colour[rows] * a + white * (1 - a) + 0.5
    return result
