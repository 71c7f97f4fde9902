"""Small pictures: the overview that the page keeps of the photo, and those of the history list."""

from __future__ import annotations

import cv2
import numpy as np

from ..planes import Plane
from .colours import rgb
from .looks import Look

_SMALL = 72  # pixels along the longer side, as the list shows them on a dense screen
_TINT = 0.55


def overview(image: np.ndarray, longest: int = 512) -> np.ndarray:
    """The whole photo, small: (h, w, 3) uint8 of at most ``longest`` pixels a side.

    Args:
        image: (H, W, 3) uint8.
        longest: pixels.
    """
    height, width = image.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # At first every n-th pixel of a very large photo: averaging 24 megapixels takes 30 ms.
    step = max(1, int(min(height / size[1], width / size[0]) / 4))
    return cv2.resize(image[::step, ::step], size, interpolation=cv2.INTER_AREA)


def thumbnail(small: np.ndarray, look: Look) -> np.ndarray | None:
    """What an edit led to, for the history list: (h, w, 3) uint8, or None where nothing is known.

    The masks in their subjects' colours where the look has them; else the alpha, laid on grey.

    Args:
        small: an ``overview`` of the photo.
        look: what the stage shows of it.
    """
    picture = overview(small, _SMALL).astype(np.float32)
    size = picture.shape[1], picture.shape[0]
    if look.planes:
        for subject, plane in zip(look.subjects, look.planes, strict=False):
            weight = _TINT * _shrunk(plane, size)[..., None]
            picture += weight * (np.array(rgb(subject.colour), np.float32) - picture)
    elif look.alpha is not None:
        picture = 128 + _shrunk(look.alpha, size)[..., None] * (picture - 128)
    elif look.subjects:
        return None  # there are masks, but this mode does not know them
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def _shrunk(plane: Plane, size: tuple[int, int]) -> np.ndarray:
    """A plane at another (width, height), averaged, of a sample where it is very large."""
    step = max(1, int(min(plane.shape[0] / size[1], plane.shape[1] / size[0]) / 4))
    return cv2.resize(np.ascontiguousarray(plane[::step, ::step]), size,
                      interpolation=cv2.INTER_AREA)  # fmt: skip
