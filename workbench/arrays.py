"""Checks and conversions of arrays: images, masks, alphas, trimaps and logits.

An image is (H, W, 3) sRGB, uint8 (or uint16 from a 16-bit file) where a model or a canvas wants
it, float32 in [0, 1] where arithmetic does. A mask or alpha is (H, W) float32 in [0, 1]. A trimap
is (H, W) float32 of 0 background, 0.5 unknown, 1 foreground. Nothing here changes its input.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from .errors import ArrayError

LOGIT_LIMIT = 20.0
"""Beyond ±20 the sigmoid is 0 or 1 in float32; logits are kept within it."""

_CACHED = 1 << 16  # numbers that stay in the processor's cache through several passes


def check_image(image: Any, name: str = "image") -> np.ndarray:
    """An image array as it is, once it is known to be one.

    Args:
        image: (H, W, 3), uint8, uint16, or float in [0, 1] (float64 becomes float32).

    Raises:
        ArrayError: another shape, dtype or range, an empty side, NaN or infinity.
    """
    array = np.asarray(image)
    if array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape:
        raise ArrayError(f"expected {name} of shape (H, W, 3), got {array.shape}")
    if array.dtype in (np.uint8, np.uint16):
        return array
    if array.dtype.kind != "f":
        raise ArrayError(f"expected {name} of uint8, uint16 or float in 0..1, got {array.dtype}")
    _check_range(array, name)
    return array.astype(np.float32, copy=False)


def to_colour(image: Any, name: str = "image") -> np.ndarray:
    """Any picture as an image to look at.

    Args:
        image: (H, W), (H, W, 1), (H, W, 3), or (H, W, 4), whose alpha is left out; dtypes as of
            ``check_image``, or bool.

    Raises:
        ArrayError: as of ``check_image``.
    """
    array = np.asarray(image)
    if array.dtype == np.bool_:
        array = array.astype(np.float32)
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim == 3 and array.shape[2] == 1:
        array = np.repeat(array, 3, axis=2)
    elif array.ndim == 3 and array.shape[2] == 4:
        array = array[..., :3]
    return check_image(array, name)


def check_plane(plane: Any, shape: tuple[int, int] | None = None, name: str = "mask") -> np.ndarray:
    """A mask or alpha as (H, W) float32 in [0, 1].

    Args:
        plane: (H, W) bool, float in [0, 1], uint8 0..255 (read as v / 255) or uint16 0..65535; or
            any integers of nothing but 0 and 1, as label maps have them, which say what bool says.
        shape: the (H, W) it must have, or None for any.

    Raises:
        ArrayError: another shape, dtype or range, NaN or infinity.
    """
    array = np.asarray(plane)
    if array.ndim != 2 or 0 in array.shape:
        raise ArrayError(f"expected {name} of shape (H, W), got {array.shape}")
    if shape is not None and array.shape != tuple(shape):
        raise ArrayError(f"expected {name} of shape {tuple(shape)}, got {array.shape}")
    if array.dtype == np.bool_:
        return array.astype(np.float32)
    if array.dtype.kind in "iu" and array.min() >= 0 and array.max() <= 1:
        # An opacity that nowhere exceeds 1/255 would look the same; nobody brings one.
        return array.astype(np.float32)
    if array.dtype in (np.uint8, np.uint16):
        return array.astype(np.float32) / np.float32(np.iinfo(array.dtype).max)
    if array.dtype.kind != "f":
        raise ArrayError(
            f"expected {name} of bool, uint8, uint16, integers of 0 and 1, or float in 0..1, "
            f"got {array.dtype}"
        )
    _check_range(array, name)
    return array.astype(np.float32, copy=False)


def check_trimap(trimap: Any, shape: tuple[int, int] | None = None) -> np.ndarray:
    """A trimap as (H, W) float32 of exactly 0, 0.5 and 1.

    Args:
        trimap: (H, W) of 0, 0.5 and 1; or of integers 0, 127 or 128, and 255, as files have them
            (16 bits: 257 times these).
        shape: the (H, W) it must have, or None for any.

    Raises:
        ArrayError: another shape, or a value that is none of the three.
    """
    array = np.asarray(trimap)
    if array.dtype.kind in "iu" and array.size and array.max() > 1:
        # Half of 255 is written as 127 by some programs and as 128 by others.
        unit = 1 if array.max() <= 255 else 257
        grey = (array >= 127 * unit) & (array <= 128 * unit)
        array = np.where(grey, np.float32(0.5), array.astype(np.float32) / np.float32(255 * unit))
    plane = check_plane(array, shape, "trimap")
    stray = plane[(plane != 0) & (plane != 0.5) & (plane != 1)]
    if stray.size:
        raise ArrayError(
            f"expected a trimap of 0, 0.5 and 1, got {stray.size} other values such as {stray[0]:g}"
        )
    return plane


def _check_range(array: np.ndarray, name: str) -> None:
    if not np.isfinite(array).all():
        count = int(np.size(array) - np.isfinite(array).sum())
        raise ArrayError(f"expected {name} of finite values, got {count} NaN or infinite ones")
    low, high = float(array.min()), float(array.max())
    if low < -1e-6 or high > 1 + 1e-6:
        raise ArrayError(f"expected {name} in 0..1, got {low:g}..{high:g}")


def to_uint8(array: np.ndarray) -> np.ndarray:
    """uint8, uint16 or float in [0, 1] to uint8, rounded to nearest. Any shape; clipped."""
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.uint16:
        return ((array.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return (np.clip(array, 0, 1) * 255 + 0.5).astype(np.uint8)


def to_uint16(array: np.ndarray) -> np.ndarray:
    """uint8, uint16 or float in [0, 1] to uint16, rounded to nearest. Any shape; clipped."""
    if array.dtype == np.uint16:
        return array
    if array.dtype == np.uint8:
        return array.astype(np.uint16) * np.uint16(257)
    return (np.clip(array.astype(np.float64), 0, 1) * 65535 + 0.5).astype(np.uint16)


def to_float(array: np.ndarray) -> np.ndarray:
    """uint8, uint16 or float to float32 in [0, 1]. Any shape."""
    if array.dtype == np.uint8:
        return array.astype(np.float32) / np.float32(255)
    if array.dtype == np.uint16:
        return array.astype(np.float32) / np.float32(65535)
    return array.astype(np.float32, copy=False)


def sigmoid(logits: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """1 / (1 + e^−x) in float32, without overflow. Any shape.

    Args:
        logits: any shape. out: float32 of that shape to write into, which may be ``logits``.
    """
    x = np.asarray(logits, np.float32)
    out = np.empty_like(x) if out is None else out
    whole, rows = np.atleast_1d(x, out), max(1, x.size // _CACHED)
    # Part by part, which stay in the processor's cache: a third of the time at 24 MP.
    for part, into in zip(*(np.array_split(plane, rows) for plane in whole), strict=True):
        np.clip(part, -LOGIT_LIMIT * 4, LOGIT_LIMIT * 4, out=into)
        np.negative(into, out=into)
        np.exp(into, out=into)
        into += 1
        np.reciprocal(into, out=into)
    return out


def logit(mask: np.ndarray) -> np.ndarray:
    """The inverse of sigmoid, float32, kept within ±LOGIT_LIMIT. Any shape."""
    edge = 1 / (1 + np.exp(LOGIT_LIMIT))
    p = np.clip(np.asarray(mask, np.float64), edge, 1 - edge)
    return np.log(p / (1 - p)).astype(np.float32)


def depth_within(region: np.ndarray) -> np.ndarray:
    """How far each pixel of a region is from the nearest one outside, centre to centre.

    Felzenszwalb and Huttenlocher's exact transform by OpenCV, whose last bit depends on where its
    arrays happen to lie in memory: squares of distances are whole numbers, and rounding them takes
    that away (up to 2,000 pixels).

    Args:
        region: (H, W) bool.

    Returns:
        (H, W) float32 in pixels, 0 outside; infinity where there is no outside.
    """
    import cv2

    if region.all():
        return np.full(region.shape, np.inf, np.float32)
    depth = cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    np.multiply(depth, depth, out=depth)
    np.rint(depth, out=depth)
    return np.sqrt(depth, out=depth)


def frozen(array: np.ndarray) -> np.ndarray:
    """The array marked read-only, so that a cached value cannot be changed by its user."""
    array.setflags(write=False)
    return array


def row_blocks(array: np.ndarray, pixels: int = 1 << 20) -> Iterator[slice]:
    """Slices of rows of about ``pixels`` pixels: floats for a block, not for 64 MP at once."""
    step = max(1, pixels // array.shape[1])
    return (slice(start, start + step) for start in range(0, array.shape[0], step))


def digest(array: np.ndarray) -> str:
    """SHA-256 of shape, dtype and values, in hex: the same pixels, the same key."""
    array = np.ascontiguousarray(array)
    sha = hashlib.sha256(f"{array.shape}{array.dtype.str}".encode())
    sha.update(array.data)
    return sha.hexdigest()
