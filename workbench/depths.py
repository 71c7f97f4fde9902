"""Depth maps as a session keeps them: 16-bit values, and what they are at the photo's size."""

from __future__ import annotations

import os
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from .arrays import frozen
from .edits import LoadDepth, SelectDepth
from .errors import ArrayError, ImageError, ImageMissingError
from .io import Photo, load_photo
from .matte.depth import check_depth, fit_depth
from .stages import StageCache, key_of

_STEPS = 65534  # between the least and the greatest number; 0 stands for unknown
_MARGIN, _MARGIN_LIMIT = 3.0, 50.0  # pixels by which a map's edges may lie wrong


def read_depth(source: Any, name: str = "") -> np.ndarray:
    """A depth map from an array or a file.

    Args:
        source: (h, w) of numbers; or the path, or the bytes, of a .npy, of a .npz with one array,
            of a .pfm, or of a grey picture of 8 or 16 bits.
        name: of the file that bytes are from: its ending says which of these they are.

    Returns:
        (h, w) float32, NaN where it is unknown.

    Raises:
        ImageMissingError: no such file. ImageError: it is none of these, or it is damaged.
        ArrayError: not (h, w), no numbers, or nothing known.
    """
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if not path.is_file():
            raise ImageMissingError(f"expected a depth map at {path}, got nothing there")
        source, name = path.read_bytes(), path.name
    if not isinstance(source, bytes):
        return check_depth(source)
    ending = Path(name).suffix.lower()
    if ending in (".npy", ".npz"):
        return check_depth(_numbers(source, name))
    if ending == ".pfm":
        import cv2

        found = cv2.imdecode(np.frombuffer(source, np.uint8), cv2.IMREAD_UNCHANGED)
        if found is None:
            raise ImageError(f"expected {name} to be a whole .pfm, got something else")
        return check_depth(found)
    picture = load_photo(source).pixels
    if not (picture[..., :1] == picture[..., 1:]).all():
        raise ImageError(f"expected {name or 'the depth map'} to be grey, got a picture in colours")
    return check_depth(np.ascontiguousarray(picture[..., 0]))


def _numbers(data: bytes, name: str) -> Any:
    try:
        found = np.load(BytesIO(data), allow_pickle=False)
        if not isinstance(found, np.ndarray):
            with found:
                (only,) = found.files
                return found[only]
    # Broken files make numpy and zipfile raise almost anything.
    except Exception as error:
        words = str(error).strip().split("\n")[0] or type(error).__name__
        raise ImageError(f"expected {name} to hold one array, got: {words}") from error
    return found


def check_proportions(depth: np.ndarray, shape: tuple[int, int]) -> None:
    """Hold that a depth map shows the whole view of a photo of (H, W).

    Raises:
        ArrayError: its sides have another proportion, by more than 2 % and one of its pixels.
    """
    (h, w), (height, width) = depth.shape, shape
    if abs(w - h * width / height) > max(1 + width / height, 0.02 * w):
        raise ArrayError(
            f"expected depth of the photo's proportions, {width} × {height}, got {w} × {h}"
        )


def packed(depth: np.ndarray) -> tuple[np.ndarray, float, float]:
    """A depth map as 16-bit values, with the least and the greatest number in it.

    Args:
        depth: (h, w) float32, NaN where it is unknown.

    Returns:
        (h, w) uint16: 0 unknown, 1 the least and 65535 the greatest number; and these two.
    """
    known = np.isfinite(depth)
    low, high = float(depth[known].min()), float(depth[known].max())
    share = (np.where(known, depth, low).astype(np.float64) - low) / ((high - low) or 1.0)
    values = np.where(known, np.rint(share * _STEPS) + 1, 0)
    return values.astype(np.uint16), low, high


def unpacked(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """The inverse of ``packed``, at most half a step off: (h, w) float32."""
    found = low + (values.astype(np.float64) - 1) * ((high - low) / _STEPS)
    return np.where(values > 0, found, np.nan).astype(np.float32)


def depth_of(
    edit: LoadDepth | SelectDepth,
    photo: Photo,
    blobs: Mapping[str, np.ndarray],
    stages: StageCache,
) -> np.ndarray:
    """(H, W) float32: an edit's depth map at the photo's size, NaN where it is unknown.

    blobs: the map's values by their hash.
    """

    def make() -> np.ndarray:
        return frozen(fit_depth(unpacked(blobs[edit.blob], edit.low, edit.high), photo.pixels))

    return stages.get_or_make(f"depth:{key_of(photo.key, edit.blob, edit.low, edit.high)}", make)


def margin_of(values: np.ndarray, shape: tuple[int, int]) -> float:
    """Pixels of a photo of (H, W) by which a map's edges may lie wrong: of a small one, more."""
    ratios = (n / m for n, m in zip(shape, values.shape, strict=True))
    return min(_MARGIN_LIMIT, max(_MARGIN, 1.5 * max(ratios)))
