"""Backgrounds to judge or to deliver a cut-out on."""

from __future__ import annotations

import functools
import re
from os import PathLike
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..arrays import check_image, to_float
from ..errors import ImageMissingError, InputError, unknown_name
from ..io import load_photo

_COLOURS = {
    "white": (1.0, 1.0, 1.0),
    "black": (0.0, 0.0, 0.0),
    "grey": (0.5, 0.5, 0.5),
    # Saturated, and never the colour of hair: a fringe of any hue shows on one of the two.
    "green": (0.0, 0.8, 0.1),
    "magenta": (0.9, 0.0, 0.9),
}
_SQUARE = 16  # pixels a side of a checkerboard square
_CHECKER = (0.8, 0.6)


def background(spec: Any, shape: tuple[int, int]) -> np.ndarray:
    """A background of the wanted size.

    Args:
        spec: one of ``background_names()``, a colour ``#rrggbb`` or ``#rgb``, the path of a
            picture, or a picture (H', W', 3) uint8, uint16 or float in [0, 1]. Pictures are scaled
            to cover the shape and cut evenly on both sides.
        shape: (H, W).

    Returns:
        (H, W, 3) float32 sRGB in [0, 1], a new array.

    Raises:
        UnknownNameError: a word that is no name, colour or file.
        ImageError: a path with no file (ImageMissingError) or no readable picture in it.
        ArrayError: an array that is no picture. InputError: a shape with an empty side.
    """
    height, width = int(shape[0]), int(shape[1])
    if height < 1 or width < 1:
        raise InputError(f"expected a shape of at least 1 × 1, got {height} × {width}")
    if isinstance(spec, str | PathLike):
        text = str(spec)
        if text in _COLOURS:
            return _flat(_COLOURS[text], height, width)
        if text == "checkerboard":
            return _checkerboard(height, width)
        if text == "photo":
            return _cover(_photo(), height, width)
        if text.startswith("#"):
            return _flat(_hex(text), height, width)
        return _cover(_read(spec), height, width)
    return _cover(check_image(spec, "background"), height, width)


def background_names() -> tuple[str, ...]:
    """The names that ``background`` knows, in the order in which they are shown.

    >>> "checkerboard" in background_names()
    True
    """
    return ("white", "black", "grey", "checkerboard", "green", "magenta", "photo")


def _flat(colour: tuple[float, float, float], height: int, width: int) -> np.ndarray:
    return np.broadcast_to(np.array(colour, np.float32), (height, width, 3)).copy()


def _checkerboard(height: int, width: int) -> np.ndarray:
    rows, columns = np.arange(height) // _SQUARE, np.arange(width) // _SQUARE
    odd = (rows[:, None] + columns[None]) % 2
    plane = np.where(odd, np.float32(_CHECKER[1]), np.float32(_CHECKER[0]))
    return np.repeat(plane[..., None], 3, axis=2)


@functools.lru_cache(maxsize=1)
def _photo() -> np.ndarray:
    """scikit-image's coffee (Rachel Michetti, CC0), which comes with it: wood, ceramic, metal."""
    from skimage import data

    return data.coffee()


def _hex(text: str) -> tuple[float, float, float]:
    digits = text[1:]
    if len(digits) == 3:
        digits = "".join(2 * d for d in digits)
    if not re.fullmatch(r"[0-9a-fA-F]{6}", digits):
        raise InputError(f"expected a colour such as #3366cc, got {text!r}")
    return tuple(int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))  # type: ignore[return-value]


def _read(spec: str | PathLike[str]) -> np.ndarray:
    path = Path(spec)
    if not path.is_file():
        if isinstance(spec, str) and path.suffix == "" and path.name == spec:
            raise unknown_name("background", spec, (*background_names(), "#rrggbb"))
        raise ImageMissingError(f"expected a background picture at {path}, found no file")
    return load_photo(path).pixels


def _cover(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """Scaled so that it just covers the shape, then cut evenly on both sides."""
    rows, columns = picture.shape[:2]
    scale = max(height / rows, width / columns)
    # Cut first, in the picture's own pixels: scaling the whole of it may take far more memory.
    take_h = min(rows, max(1, round(height / scale)))
    take_w = min(columns, max(1, round(width / scale)))
    top, left = (rows - take_h) // 2, (columns - take_w) // 2
    part = to_float(np.ascontiguousarray(picture[top : top + take_h, left : left + take_w]))
    if part.shape[:2] == (height, width):
        return part.copy()
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(part, (width, height), interpolation=way)
    return np.clip(scaled, 0, 1)
