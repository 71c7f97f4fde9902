"""From a mask to a trimap: which pixels are sure, and which a solver has to decide.

A trimap is (H, W) float32 of exactly 0 background, 0.5 unknown (the band) and 1 foreground.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arrays import check_image, check_plane, check_trimap, depth_within
from ..errors import InputError
from ..notes import REPAIRED, Note
from .smart import smart_band

RADIUS_LIMIT = 250.0
"""The widest band, in pixels on either side of the contour."""

UNSURE_LOW, UNSURE_HIGH = 0.05, 0.95
"""A mask strictly between these does not know; at or beyond them it does."""

SURE_WEIGHT = 0.999
"""A correction at least this heavy is the person's word, not a hint."""

_TILE = 512
# A mask's own doubt counts only near its contour: a weak model is a little unsure everywhere, and
# a band over half the photo is slow and gives the solver nothing to hold on to.
_DOUBT_REACH_LEAST = 16.0
_DOUBT_REACH_FACTOR = 3.0


def trimap_from_mask(
    mask: Any, radius: float = 10, sure: Any = None, image: Any = None, smart: bool = False
) -> np.ndarray:
    """A trimap with a band of ``radius`` pixels on both sides of the mask's 0.5 contour.

    Pixels that the mask is unsure of (0.05 < mask < 0.95) join the band where they lie within
    max(16, 3 · radius) pixels of the contour. The frame of the photo is no contour: a subject that
    it cuts stays sure up to the border.

    With ``smart`` the photo has its say (``smart.smart_band``): strands and gaps join the band up
    to four radii (at most 250 pixels) away, and what is plainly of its own side leaves it, up to 2
    pixels from the contour. Where colours do not tell, the plain radius stands.

    Args:
        mask: (H, W) in [0, 1] (bool and uint8 are read too).
        radius: half the width of the band in pixels, 0 to 250, Euclidean. The contour runs midway
            between pixel centres, so the first pixel on either side is 0.5 away from it. At 0 only
            the pixels that the mask is unsure of are unknown.
        sure: a pair (value, weight) of (H, W) planes in [0, 1], the painted corrections; see
            ``apply_sure``.
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1]; asked by ``smart`` alone.
        smart: whether the band follows the photo. Not at a radius of 0.

    Returns:
        (H, W) float32 of 0, 0.5 and 1. A mask without a contour gives no band at all.

    Raises:
        ArrayError: the mask or a plane has another shape, dtype or range.
        InputError: the radius is outside 0..250, or ``smart`` without an image.
    """
    plane = check_plane(mask)
    reach = _check_radius(radius)
    inside = plane >= 0.5
    doubt = (plane > UNSURE_LOW) & (plane < UNSURE_HIGH)
    doubt_reach = max(_DOUBT_REACH_LEAST, _DOUBT_REACH_FACTOR * reach)
    trimap = inside.astype(np.float32)
    told: np.ndarray | None = None
    if smart and reach > 0:
        if image is None:
            raise InputError("expected an image for a smart band, got none")
        picture = check_image(image)
        if picture.shape[:2] != plane.shape:
            raise InputError(
                f"expected an image of the mask's size {plane.shape}, got {picture.shape[:2]}"
            )
        band, told = smart_band(picture, inside, reach, contour_distance)
        trimap[band] = 0.5
    height, width = plane.shape
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            tile = np.s_[top : top + _TILE, left : left + _TILE]
            doubtful = bool(doubt[tile].any())
            tile_reach = doubt_reach if doubtful else reach
            if tile_reach == 0 or (told is not None and not doubtful):
                continue
            margin = math.ceil(tile_reach) + 1
            y0, x0 = max(0, top - margin), max(0, left - margin)
            around = inside[y0 : top + _TILE + margin, x0 : left + _TILE + margin]
            if around.all() or not around.any():
                continue
            distance = contour_distance(around)[top - y0 :, left - x0 :][:_TILE, :_TILE]
            band = doubt[tile] & (np.abs(distance) < doubt_reach)
            if told is None:
                band |= np.abs(distance) < reach
            else:
                band &= ~told[tile]
            trimap[tile][band] = 0.5
    if sure is not None:
        try:
            value, weight = sure
        except (TypeError, ValueError):
            raise InputError(
                f"expected sure as a pair (value, weight), got {type(sure).__name__}"
            ) from None
        trimap = apply_sure(trimap, value, weight)
    return trimap


def contour_distance(inside: np.ndarray) -> np.ndarray:
    """How far each pixel's centre is from the contour: positive inside, negative outside.

    The contour is taken midway between a pixel and the nearest one of the other kind, so no pixel
    is nearer than half a pixel. Felzenszwalb and Huttenlocher's exact transform, by OpenCV.

    Args:
        inside: (H, W) bool.

    Returns:
        (H, W) float32 in pixels; ±infinity where there is nothing of the other kind.
    """
    if inside.all() or not inside.any():
        return np.full(inside.shape, np.inf if inside.any() else -np.inf, np.float32)
    within, without = depth_within(inside), depth_within(~inside)
    return np.where(inside, within - np.float32(0.5), np.float32(0.5) - without)


def apply_sure(trimap: Any, value: Any, weight: Any) -> np.ndarray:
    """The trimap with what the person painted made certain.

    Where the weight is at least 0.999: a value of at most 0.05 becomes background, one of at least
    0.95 foreground, and one strictly between is unknown (half-transparent paint constrains nobody
    to 0 or 1; the painted value itself is laid over the alpha later). Elsewhere nothing changes.

    Args:
        trimap: (H, W) of 0, 0.5 and 1.
        value: (H, W) in [0, 1], what was painted.
        weight: (H, W) in [0, 1], how firmly.

    Returns:
        (H, W) float32, a new array.

    Raises:
        ArrayError: shapes differ, or a value is out of range.
    """
    plane = check_trimap(trimap)
    shape = plane.shape
    v, w = check_plane(value, shape, "value"), check_plane(weight, shape, "weight")
    said = np.where(
        v <= UNSURE_LOW, np.float32(0), np.where(v >= UNSURE_HIGH, np.float32(1), np.float32(0.5))
    )
    return np.where(w >= SURE_WEIGHT, said, plane)


def apply_marks(trimap: Any, coverage: Any, value: float) -> np.ndarray:
    """The trimap with one region set by hand.

    Args:
        trimap: (H, W) of 0, 0.5 and 1.
        coverage: (H, W) in [0, 1], how much of each pixel the stroke covers; at least half counts.
        value: 0 background, 0.5 unknown (also how the band grows along a stroke) or 1 foreground.

    Returns:
        (H, W) float32, a new array.

    Raises:
        ArrayError: shapes differ, or a value is out of range.
        InputError: value is none of the three.
    """
    plane = check_trimap(trimap)
    cover = check_plane(coverage, plane.shape, "coverage")
    if value not in (0, 0.5, 1):
        raise InputError(f"expected a mark of 0, 0.5 or 1, got {value!r}")
    return np.where(cover >= 0.5, np.float32(value), plane)


def repair_trimap(
    trimap: Any, mask: Any, weight: Any = None
) -> tuple[np.ndarray, tuple[Note, ...]]:
    """The trimap with the smallest repair that lets a solver work, and what was done in words.

    A solver needs at least one sure pixel of either kind. Where one kind is missing, the surest
    1 % of the band becomes sure (ordered by the mask, then by depth behind its contour). Where the
    mask says that there is nothing (or nothing but subject), the band goes away altogether. A
    trimap that is in order comes back unchanged with no notes.

    A note is the more severe the more of the photo hangs on it: 0.7 where the answer is all or
    nothing; where a kind was missing, from 0.2 in a narrow band to 0.9 in one that covers the
    photo, for then one pixel in a hundred was guessed and all the others follow.

    Args:
        trimap: (H, W) of 0, 0.5 and 1.
        mask: (H, W) in [0, 1].
        weight: (H, W) in [0, 1], the weight of the painted corrections, or None. Pixels of weight
            at least 0.999 are the person's word and stay as they are.

    Returns:
        the trimap, (H, W) float32, a new array; and notes, one plain sentence each.

    Raises:
        ArrayError: shapes differ, or a value is out of range.
    """
    plane = check_trimap(trimap).copy()
    shape = plane.shape
    belief = check_plane(mask, shape)
    free = plane == 0.5
    if weight is not None:
        free &= check_plane(weight, shape, "weight") < SURE_WEIGHT
    has_foreground, has_background = bool((plane == 1).any()), bool((plane == 0).any())

    if not has_foreground and not (belief > UNSURE_LOW).any():
        plane[free] = 0
        return plane, _trivial("The mask is empty: everything is background and alpha is 0.")
    if not has_background and not (belief < UNSURE_HIGH).any():
        plane[free] = 1
        return plane, _trivial(
            "The mask covers the whole photo: everything is foreground and alpha is 1."
        )
    if has_foreground and has_background:
        return plane, ()
    if not (plane == 0.5).any():
        what, only = ("foreground", 1) if has_foreground else ("background", 0)
        return plane, _trivial(f"The trimap is {what} all over: alpha is {only} everywhere.")

    notes = []
    hangs = 0.2 + 0.7 * float((plane == 0.5).mean())
    depth = contour_distance(belief >= 0.5)
    for missing, value, sign in (
        (not has_foreground, 1.0, 1.0),
        (not has_background, 0.0, -1.0),
    ):
        if not missing:
            continue
        name = "foreground" if value else "background"
        # The other kind's repair may not eat what this one just made sure.
        candidates = np.flatnonzero(free & (plane == 0.5))
        if candidates.size == 0:
            held = f"The trimap has no sure {name}: paint holds every pixel of the band."
            notes.append(Note(held, REPAIRED, hangs))
            continue
        count = max(1, candidates.size // 100)
        surest = candidates[
            np.lexsort((-sign * depth.ravel()[candidates], -sign * belief.ravel()[candidates]))
        ][:count]
        plane.ravel()[surest] = value
        pixels = "pixel" if count == 1 else "pixels"
        done = f"the surest {count} {pixels} of the band became {name}."
        notes.append(Note(f"The trimap had no sure {name}: {done}", REPAIRED, hangs))
    return plane, tuple(notes)


def _trivial(words: str) -> tuple[Note, ...]:
    return (Note(words, REPAIRED, 0.7),)


def _check_radius(radius: Any) -> float:
    try:
        value = float(radius)
    except (TypeError, ValueError):
        value = float("nan")
    if not 0 <= value <= RADIUS_LIMIT:
        raise InputError(f"expected a radius in 0..{RADIUS_LIMIT:g} pixels, got {radius!r}")
    return value


__all__ = [
    "apply_marks",
    "apply_sure",
    "contour_distance",
    "repair_trimap",
    "trimap_from_mask",
]
