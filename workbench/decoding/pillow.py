"""Pillow's images of any usual mode to 8 or 16 bits in sRGB."""

from __future__ import annotations

import numpy as np
from PIL import Image, TiffImagePlugin

from ..errors import ImageFormatError
from ..profiles import colour16_to_srgb, image_to_srgb
from .decoded import Decoded
from .exif import exif_of, facts, orientation_of, tables_of


def from_pillow(
    image: Image.Image, what: str, exif: Image.Exif | None = None, inverted: bool = False
) -> Decoded:
    """Decode and convert a Pillow image of any usual mode.

    inverted: a 16-bit grey whose zero is white, which Pillow leaves as it is.
    """
    if exif is None:
        exif = exif_of(image)
    # Now: Pillow turns a TIFF while it loads, and takes the orientation out of this very object.
    orientation = orientation_of(exif)
    image.load()
    info = facts(image.info, exif)
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
    decoded.orientation = orientation_of(exif) if turned else orientation
    info["orientation"] = orientation
    info["tables"] = tables_of(image)
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
