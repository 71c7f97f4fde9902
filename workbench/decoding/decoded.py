"""Pixels on their way to a Photo, and what is held of them before any is decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import ImageDamagedError, ImageFormatError, ImageTooLargeError


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


def check_size(width: int, height: int, max_megapixels: float, what: str) -> None:
    """Refuse a photo of no pixels or of more than the limit, before any of it is decoded."""
    if width < 1 or height < 1:
        raise ImageDamagedError(f"expected at least one pixel, got {width} × {height} in {what}")
    if width * height > max_megapixels * 1e6:
        raise ImageTooLargeError(
            f"expected at most {max_megapixels:g} megapixels, got "
            f"{width * height / 1e6:.4g} ({width} × {height}) in {what}"
        )


def sixteen_bits(data: bytes, kind: str, what: str) -> np.ndarray:
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
