"""An alpha as blurred as its photo: along a movement, or out of focus. Nothing here sharpens."""

from __future__ import annotations

import itertools
import math
from typing import Any

import cv2
import numpy as np

from ..arrays import check_plane
from ..errors import InputError
from .blur_estimate import Defocus, MotionBlur, estimate_defocus, estimate_motion

BLUR_LIMIT = 250.0
"""The longest movement and the widest circle of confusion, in pixels."""

_TILE = 512
_WORTH = 8.0  # pixels of movement, or across the disc, from which on matching the blur pays
_TRUST = 0.5  # the confidence from which on a movement is believed
_FINE = 16  # parts of a pixel's side that a disc's rim is counted in
_WHOLE = np.float32(1e-6)  # what a transform of the kernel may leave over on even ground


def blur_along(alpha: Any, length: float, angle: float) -> np.ndarray:
    """The alpha of a subject that moved by ``length`` pixels while the shutter was open.

    The mean along a straight line centred on each pixel. Along the axis that the movement is nearer
    to, each pixel counts by the part of the line that lies in it (fractions too, so the length is
    exact: 2.5 is 0.3, 0.4, 0.3… of it to either side); across it, the line is shared between the
    two nearest pixels. A movement within one pixel is what a pixel is: up to 1 nothing changes.

    Args:
        alpha: (H, W) in [0, 1].
        length: pixels, 0 to 250.
        angle: degrees, clockwise from the x axis (y runs down); 180 is the same as 0.

    Returns:
        (H, W) float32 in [0, 1]. What is further than half the length from an edge stays as it is;
        the photo's frame is no edge.

    Raises:
        ArrayError: no alpha. InputError: length out of range, or an angle that is not finite.
    """
    plane = check_plane(alpha, name="alpha")
    way = _check(length, "length")
    try:
        turn = float(angle)
    except (TypeError, ValueError):
        turn = math.nan
    if not math.isfinite(turn):
        raise InputError(f"expected an angle in degrees, got {angle!r}")
    return _filtered(plane, line_kernel(way, turn))


def defocus(alpha: Any, radius: float) -> np.ndarray:
    """The alpha of a subject out of focus: each point becomes an even disc.

    Args:
        alpha: (H, W) in [0, 1].
        radius: of the disc in pixels, 0 to 250; pixels on its rim count by the part inside. Below
            0.5 the disc lies within a pixel and nothing changes.

    Returns:
        (H, W) float32 in [0, 1]. What is further than the radius from an edge stays as it is; the
        photo's frame is no edge.

    Raises:
        ArrayError: no alpha. InputError: radius out of range.
    """
    plane = check_plane(alpha, name="alpha")
    return _filtered(plane, disc_kernel(_check(radius, "radius")))


def match_blur(
    alpha: Any,
    mask: Any,
    length: float = 0,
    angle: float = 0,
    radius: float = 0,
    feather: float = 2,
    share: float = 0.5,
) -> np.ndarray:
    """A solved matte brought nearer to what a blurred subject's matte must be.

    The mask's outline is blurred as the photo is (along the movement, then as far as it is out of
    focus, then feathered), and that goes together with the solved alpha. A solver takes the ramp
    for subject here and for background there, wherever the colours allow; the blurred outline
    knows the ramp but nothing of what was lost inside it. Their errors are unlike, and the mean is
    nearer to the truth than either.

    Args:
        alpha: (H, W) in [0, 1], solved with a band wide enough for the blur.
        mask: (H, W) in [0, 1]; its 0.5 contour is the outline.
        length, angle: of the movement, as ``blur_along``.
        radius: pixels out of focus, as ``defocus``.
        feather: pixels that the outline is softened to either side besides, a Gaussian of half as
            much; 0 to 250.
        share: 0 to 1, of the blurred outline.

    Returns:
        (H, W) float32 in [0, 1]; the alpha, to the bit, when there is neither movement nor defocus,
        or the share is 0. Where both are 0 or both 1 it is that exactly.

    Raises:
        ArrayError: shapes differ, or a value is out of range. InputError: a setting out of range.
    """
    plane = check_plane(alpha, name="alpha")
    inside = check_plane(mask, (plane.shape[0], plane.shape[1])) >= 0.5
    way, wide, soft = _check(length, "length"), _check(radius, "radius"), _check(feather, "feather")
    try:
        part = float(share)
    except (TypeError, ValueError):
        part = math.nan
    if not 0 <= part <= 1:
        raise InputError(f"expected a share in 0..1, got {share!r}")
    if part == 0 or (way <= 1 and wide < 0.5):
        return plane.copy()
    outline = defocus(blur_along(inside.astype(np.float32), way, angle), wide)
    if soft:
        outline = _filtered(outline, _gauss_kernel(soft / 2))
    return plane + np.float32(part) * (outline - plane)


def suggest_blur_settings(image: Any, mask: Any) -> dict[str, float]:
    """Settings for a subject that may be blurred, from the photo.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        mask: (H, W) in [0, 1].

    Returns:
        ``radius`` of the trimap's band in pixels, wide enough for the blur and at least 10;
        ``length`` and ``angle`` of the movement, ``defocus`` (a radius in pixels), ``feather`` and
        ``share``: what ``match_blur`` takes. length and defocus are 0 where the blur is not sure
        enough or too small to matter (a movement under 8 pixels, a disc under 8 across), and then
        the feather is 0 too: nothing is blurred that the photo does not show as blurred.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    motion = estimate_motion(image, mask)
    length = motion.length if motion.confidence >= _TRUST and motion.length >= _WORTH else 0.0
    out_of_focus = 0.0
    if not length:
        found = estimate_defocus(image, mask).subject
        out_of_focus = found if 2 * found >= _WORTH else 0.0  # false for NaN
    reach = max(length / 2, out_of_focus)
    blurred = reach > 0
    return {
        "radius": float(min(BLUR_LIMIT, max(10, math.ceil(reach + 3)))),
        "length": length,
        "angle": motion.angle if length else 0.0,
        "defocus": out_of_focus,
        "feather": 2.0 if blurred else 0.0,
        "share": 0.5 if blurred else 0.0,
    }


def line_kernel(length: float, angle: float) -> np.ndarray:
    """The weights of a straight movement, (2n + 1, 2n + 1) float64 with the sum 1."""
    turn = math.radians(angle % 180)
    # Rounded, so that 90 degrees is straight down.
    across, down = round(math.cos(turn), 12), round(math.sin(turn), 12)
    steep = abs(down) > abs(across)
    if steep:
        across, down = down, across
    half = max(length, 1e-9) * abs(across) / 2
    slope = down / across
    reach = max(0, math.ceil(half - 0.5))
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    for n in range(-reach, reach + 1):
        low, high = max(n - 0.5, -half), min(n + 0.5, half)
        if high <= low:
            continue
        # Where the line crosses a row's centre the sharing has a corner: part by part it is linear
        # in the way, and the middle of a part gives its integral exactly.
        bounds = sorted((low * slope, high * slope))
        rows = np.arange(math.ceil(bounds[0]), math.floor(bounds[1]) + 1)
        cuts = [low, high, *(float(row) / slope for row in rows if slope)]
        cuts = sorted(c for c in cuts if low <= c <= high)
        for a, b in itertools.pairwise(cuts):
            y = (a + b) / 2 * slope
            row = math.floor(y)
            for at, share in ((row, row + 1 - y), (row + 1, y - row)):
                if share > 0 and abs(at) <= reach:
                    kernel[at + reach, n + reach] += (b - a) * share
    if steep:
        kernel = kernel.T
    return kernel / kernel.sum()


def disc_kernel(radius: float) -> np.ndarray:
    """The weights of an even disc, (2n + 1, 2n + 1) float64 with the sum 1."""
    if radius < 0.5:
        return np.ones((1, 1))
    reach = math.ceil(radius - 0.5)
    part = (np.arange((2 * reach + 1) * _FINE) + 0.5) / _FINE - reach - 0.5
    inside = part[:, None] ** 2 + part**2 <= radius**2
    cells = inside.reshape(2 * reach + 1, _FINE, 2 * reach + 1, _FINE).sum(axis=(1, 3))
    return cells / cells.sum()


def _gauss_kernel(sigma: float) -> np.ndarray:
    line = cv2.getGaussianKernel(2 * math.ceil(3 * sigma) + 1, sigma)
    return line @ line.T


def _check(value: Any, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= BLUR_LIMIT:
        raise InputError(f"expected {name} in 0..{BLUR_LIMIT:g} pixels, got {value!r}")
    return number


def _filtered(plane: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The weighted mean around each pixel; tiles that are one value all around are copied."""
    result = plane.copy()
    reach = kernel.shape[0] // 2
    if reach == 0:
        return result
    height, width = plane.shape
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            y0, x0 = max(0, top - reach), max(0, left - reach)
            around = plane[y0 : top + _TILE + reach, x0 : left + _TILE + reach]
            if (around == around[0, 0]).all():
                continue
            done = cv2.filter2D(
                np.ascontiguousarray(around), cv2.CV_32F, kernel, borderType=cv2.BORDER_REPLICATE
            )[top - y0 :, left - x0 :][:_TILE, :_TILE]
            done = np.where(done < _WHOLE, 0, np.where(done > 1 - _WHOLE, 1, done))
            result[top : top + _TILE, left : left + _TILE] = done
    return result


__all__ = [
    "BLUR_LIMIT",
    "Defocus",
    "MotionBlur",
    "blur_along",
    "defocus",
    "disc_kernel",
    "estimate_defocus",
    "estimate_motion",
    "line_kernel",
    "match_blur",
    "suggest_blur_settings",
]
