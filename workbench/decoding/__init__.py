"""A file's bytes to pixels: JPEG, PNG, WebP, TIFF and BMP, each checked before it is decoded.

The first bytes choose the decoder and the header is checked against the size limit before a pixel
is decoded. Pillow's decoders are called by class: ``Image.open`` measures against a limit that is
global to the process, and changing that would not be safe with several threads. 16-bit colour goes
through OpenCV, because Pillow knows none.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from PIL import (
    BmpImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from ..errors import ImageDamagedError, ImageError, ImageFormatError, ImageTooLargeError
from .decoded import Decoded as Decoded
from .decoded import check_size as check_size
from .exif import facts_again as facts_again
from .exif import kept_facts as kept_facts
from .exif import tables_of
from .pillow import from_pillow
from .png import decode_png
from .sniffing import FORMATS as FORMATS
from .sniffing import sniff as sniff
from .tiff import decode_tiff
from .webp import webp_size

_PLUGINS: dict[str, Callable[[Any], ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
}


def decode(data: bytes, what: str, max_megapixels: float) -> Decoded:
    """A photo from a file's bytes. what: what to call it in a message.

    Raises:
        ImageError: not an accepted format, damaged, or too large; the message says which.
    """
    kind = sniff(data[:32], what)
    try:
        if kind == "PNG":
            decoded = decode_png(data, what, max_megapixels)
        else:
            if kind == "WebP":
                # Pillow allocates the whole canvas when it opens the file.
                width, height = webp_size(data)
                check_size(width, height, max_megapixels, what)
            image = _PLUGINS[kind](io.BytesIO(data))
            check_size(*image.size, max_megapixels, what)
            if kind == "TIFF":
                decoded = decode_tiff(image, data, what, max_megapixels)
            else:
                decoded = from_pillow(image, what)
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
        decoded = from_pillow(copy, what, exif)
        decoded.info["tables"] = tables_of(image)  # a copy has forgotten them
    except (ImageError, MemoryError):
        raise
    except Exception as error:  # a lazily opened file decodes here, and raises almost anything
        raise ImageDamagedError(f"expected a whole PIL image, got: {error}") from error
    decoded.info["format"], decoded.info["bytes"] = kind or "PIL image", None
    return decoded
