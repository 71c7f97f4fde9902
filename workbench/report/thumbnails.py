"""The place of a finding, small: the photo there, and the cut-out there beside it."""

from __future__ import annotations

import cv2
import numpy as np

from ..arrays import check_image, check_plane, to_float, to_uint8
from ..coordinates import Box
from ..planes import Plane

WIDTH, HEIGHT = 168, 126
"""Pixels of one of the two pictures, at most."""

_GAP = 4
_AROUND = 1.3  # how much of its surroundings a place is shown with
_GROUNDS = np.array(
    [(1, 1, 1), (0, 0, 0), (0, 0.69, 0.25), (0.85, 0.2, 0.85)], np.float32
)  # white, black, green, magenta
_MOST = 2000  # samples a colour is taken from


def thumbnail(
    image: np.ndarray,
    box: Box | None,
    alpha: Plane | None = None,
    colours: np.ndarray | None = None,
) -> np.ndarray:
    """The photo at a place, framed, and the cut-out at the same place; at 100 % or reduced.

    The cut-out lies on white, black, green or magenta: on that which is farthest from the colours
    of both sides, so that what was left of the old background shows.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        box: (x0, y0, x1, y1) in image pixels; None for the whole photo.
        alpha: (H, W) in [0, 1], or what is computed where it is asked for; None where there is no
            cut-out: then the photo alone is shown.
        colours: (H, W, 3) float32 in [0, 1], the subject's own; None for the photo's.

    Returns:
        (h, w, 3) uint8, h up to HEIGHT, w up to twice WIDTH and a gap.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    picture = check_image(image)
    rows, columns = window(picture.shape[:2], box)
    part = picture[rows, columns]
    shown = _framed(_reduced(to_uint8(part)), box, rows, columns)
    if alpha is None:
        return shown
    opacity = check_plane(alpha[rows, columns], name="alpha")[..., None]
    photo = to_float(part)
    own = photo if colours is None else to_float(colours[rows, columns])
    cut = _reduced(to_uint8(own * opacity + _ground(photo, opacity) * (1 - opacity)))
    cut = _framed(cut, box, rows, columns)
    gap = np.full((shown.shape[0], _GAP, 3), 128, np.uint8)
    return np.concatenate([shown, gap, cut], axis=1)


def window(shape: tuple[int, ...], box: Box | None) -> tuple[slice, slice]:
    """The rows and columns of a picture (H, W, …) that show a place: WIDTH × HEIGHT or more of
    the same proportions, moved into the picture where it would stick out."""
    height, width = shape[:2]
    x0, y0, x1, y1 = box or (0.0, 0.0, float(width), float(height))
    around = 1.0 if box is None else _AROUND
    scale = max(1.0, around * (x1 - x0) / WIDTH, around * (y1 - y0) / HEIGHT)
    found = []
    for low, high, size, whole in ((y0, y1, HEIGHT, height), (x0, x1, WIDTH, width)):
        long = min(round(scale * size), whole)
        first = min(max(round((low + high - long) / 2), 0), whole - long)
        found.append(slice(first, first + long))
    return found[0], found[1]


def _reduced(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    scale = max(1.0, height / HEIGHT, width / WIDTH)
    if scale == 1:
        return picture
    size = max(1, round(width / scale)), max(1, round(height / scale))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _framed(picture: np.ndarray, box: Box | None, rows: slice, columns: slice) -> np.ndarray:
    """A copy with a frame around the place: white within black reads on every colour."""
    shown = picture.copy()
    if box is None:
        return shown
    across = picture.shape[1] / (columns.stop - columns.start)
    down = picture.shape[0] / (rows.stop - rows.start)
    x0, x1 = (round((x - columns.start) * across) for x in (box[0], box[2]))
    y0, y1 = (round((y - rows.start) * down) for y in (box[1], box[3]))
    # Outside the place by two pixels, so that the frame hides nothing of it.
    for by, colour, thick in ((3, (0, 0, 0), 3), (3, (255, 255, 255), 1)):
        cv2.rectangle(shown, (x0 - by, y0 - by), (x1 + by - 1, y1 + by - 1), colour, thick)
    return shown


def _ground(photo: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """(3,) float32: the ground that is farthest from what is subject and from what is not."""
    step = max(1, photo.shape[0] * photo.shape[1] // _MOST)
    samples, share = photo.reshape(-1, 3)[::step], opacity.reshape(-1, 1)[::step]
    sides = [
        (samples * weight).sum(axis=0) / weight.sum()
        for weight in (share, 1 - share)
        if weight.sum() > 1
    ]
    if not sides:  # a pixel or two
        return _GROUNDS[0]
    far = [min(float(((ground - side) ** 2).sum()) for side in sides) for ground in _GROUNDS]
    return _GROUNDS[int(np.argmax(far))]
