"""The band where the picture wants it: wide at hair and gaps, narrow at crisp edges.

Near the mask's contour every pixel's colour is held against samples of the sure subject and the
sure background around it. With b and f the distances to the second nearest sample of either (one
may be of the other side: a strand beyond the reach, a gap), s = b / (b + f) is 0 where it looks
like background, 1 where it looks like the subject, and about its opacity where it is a mixture of
the two. So a pixel outside the mask that does not look like background is part of a strand, and one
inside that does not look like the subject is a gap: both join the band, far beyond a plain radius.
A pixel near the contour that looks like its own side leaves it. Where held-out samples show that
colours do not tell the two sides apart (a subject like its background, a busy picture) nothing of
this is done and the plain radius stands.

The idea of growing what is known by colour is Gastal and Oliveira's ("Shared Sampling for
Real-Time Alpha Matting", Computer Graphics Forum 29(2), 2010, p. 575).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

import cv2
import numpy as np

from ..arrays import depth_within, to_float
from ..parallel import at_once

REACH_FACTOR, REACH_LIMIT = 4.0, 250.0
"""The widest smart band, in radii and in pixels on either side of the contour."""

_CORE = 2.0  # pixels on either side of the contour that are always unknown
_CELL = 32  # pixels of a cell, whose pixels share their samples
_TILE = 512  # pixels of a tile, whose distances are found together; a multiple of the cell
_SAMPLES = 64  # of either side, and as many again to test them with
_FAR = 0.6  # of the reach: from there on outside is sure background
_SPARSE = 36  # pixels around a cell, of which each is looked at for samples; of more, every other
_GRAIN = np.float32(0.02)  # distance of colours that says nothing
_LEAST = np.float32(1e-3)
_ALIKE = 0.35  # s up to here (from 1 − this on) looks like background (like the subject)
_CONFUSED = 0.4  # share of held-out samples on the wrong side, from which on colours do not tell
_THIN = 0.6  # radii: half the width from which on a strand is none
_GROWN = 2  # pixels around what looks unlike its side

_ZONE, _NEAR, _KERNEL, _TELLS = 1, 2, 4, 8


def smart_band(
    image: np.ndarray,
    inside: np.ndarray,
    radius: float,
    distance_of: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Which pixels are unknown.

    Args:
        image: (H, W, 3) uint8, uint16 or float in [0, 1].
        inside: (H, W) bool, the mask from 0.5 on.
        radius: pixels, the band's half width where colours do not tell.
        distance_of: the signed distance to the contour of a (h, w) bool part, positive inside.

    Returns:
        (H, W) bool, the band; and (H, W) bool, where colours told (what is there and not in the
        band is sure). A pixel's answer depends on what is within about three reaches of it.
    """
    shape = inside.shape
    codes, looks = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    reach = min(max(REACH_FACTOR * radius, 2 * _CORE), REACH_LIMIT)
    around = math.ceil(reach) + _CELL  # that samples are taken from, beyond a cell
    margin = around + math.ceil(reach) + 1

    def look(corner: tuple[int, int]) -> None:
        top, left = corner
        y0, x0 = max(0, top - margin), max(0, left - margin)
        window = np.s_[y0 : top + _TILE + margin, x0 : left + _TILE + margin]
        part = inside[window]
        if part.all() or not part.any():
            return
        distance = distance_of(part)
        tile = np.s_[top : top + _TILE, left : left + _TILE]
        away = np.abs(distance[top - y0 :, left - x0 :][:_TILE, :_TILE])
        if not (away < reach).any():
            return
        codes[tile] = _ZONE * (away < reach) | _NEAR * (away < radius) | _KERNEL * (away < _CORE)
        colours = to_float(image[window])
        looks[tile] = 255 * inside[tile]
        _look(colours, distance, codes[tile], looks[tile], (top - y0, left - x0), reach, around)

    corners = product(range(0, shape[0], _TILE), range(0, shape[1], _TILE))
    at_once(look, corners)  # each writes to its own tile
    band, tells = np.zeros(shape, bool), np.zeros(shape, bool)
    # What opens beyond it must not reach into it.
    zone = _bounds(codes > 0, 2 * math.ceil(max(_THIN * radius, _GROWN)) + 4 * _GROWN)
    band[zone], tells[zone] = _decided(codes[zone], looks[zone], inside[zone], radius)
    return band, tells


def _bounds(there: np.ndarray, margin: int) -> tuple[slice, slice]:
    """The rows and columns that hold all that is there, and a margin."""
    ends = []
    for axis in (1, 0):
        at = np.flatnonzero(there.any(axis=axis))
        first, last = (at[0], at[-1] + 1) if at.size else (0, 0)
        ends.append(slice(max(0, int(first) - margin), int(last) + margin))
    return ends[0], ends[1]


def _look(
    colours: np.ndarray,
    distance: np.ndarray,
    codes: np.ndarray,
    looks: np.ndarray,
    corner: tuple[int, int],
    reach: float,
    around: int,
) -> None:
    """Fill in the looks (s in steps of 1/255) of a tile, and where colours tell; in place.

    Args:
        colours, distance: of the tile's window. codes, looks: of the tile itself.
        corner: row and column of the tile in its window.
    """
    near = min(reach / REACH_FACTOR, _FAR * reach)
    sparse = max(1, around // _SPARSE)
    for y in range(0, codes.shape[0], _CELL):
        for x in range(0, codes.shape[1], _CELL):
            cell = np.s_[y : y + _CELL, x : x + _CELL]
            zone = (codes[cell] & _ZONE) > 0
            if not zone.any():
                continue
            r, c = corner[0] + y, corner[1] + x
            wide = np.s_[
                max(0, r - around) : r + _CELL + around, max(0, c - around) : c + _CELL + around
            ]
            depth, there = distance[wide][::sparse, ::sparse], colours[wide][::sparse, ::sparse]
            front, behind = _samples(there, depth, near), _samples(there, -depth, _FAR * reach)
            if front is None or behind is None:
                continue
            asked = colours[r : r + _CELL, c : c + _CELL][: zone.shape[0], : zone.shape[1]][zone]
            # The samples that are held out are asked in the same breath.
            asked = np.concatenate((asked, behind[1::2], front[1::2]))
            s = _likeness(asked, front[::2], behind[::2])
            looks[cell][zone] = np.rint(255 * s[: -2 * _SAMPLES]).astype(np.uint8)
            wrong_behind = (s[-2 * _SAMPLES : -_SAMPLES] > _ALIKE).mean()
            wrong_front = (s[-_SAMPLES:] < 1 - _ALIKE).mean()
            side = distance[r : r + _CELL, c : c + _CELL][: zone.shape[0], : zone.shape[1]] > 0
            tells = np.where(side, wrong_front < _CONFUSED, wrong_behind < _CONFUSED)
            codes[cell] |= np.where(zone & tells, np.uint8(_TELLS), np.uint8(0))


def _samples(colours: np.ndarray, depth: np.ndarray, least: float) -> np.ndarray | None:
    """(2 · _SAMPLES, 3) of the pixels deeper than ``least`` on one side, evenly in raster order.

    Where there are few so deep, as in a thin subject, the deeper half of the side stands in. None
    where the side is not there at all.
    """
    chosen = depth > least
    if np.count_nonzero(chosen) < 4 * _SAMPLES:
        side = depth[depth > 0]
        if not side.size:
            return None
        chosen = depth >= np.partition(side, side.size // 2)[side.size // 2]
    places = np.flatnonzero(chosen)
    picked = (np.arange(2 * _SAMPLES) * 2 + 1) * places.size // (4 * _SAMPLES)
    return colours[np.unravel_index(places[picked], chosen.shape)]


def _likeness(colours: np.ndarray, front: np.ndarray, behind: np.ndarray) -> np.ndarray:
    """(n,) float32 s of (n, 3) colours; see the head of this file."""

    samples = np.concatenate((front, behind))
    # Squares of distances, but for the colours' own, which are the same to every sample.
    away = (samples**2).sum(axis=1)[:, None] - 2 * samples @ colours.T
    parts = away[: len(front)], away[len(front) :]
    nearest = np.stack([_second_least(part) for part in parts])
    nearest = np.sqrt(np.maximum(nearest + (colours**2).sum(axis=1), 0))
    to_front, to_behind = np.maximum(nearest - _GRAIN, 0) + _LEAST
    return to_behind / (to_front + to_behind)


def _second_least(values: np.ndarray) -> np.ndarray:
    """The second least of each column; spoils the array (a third faster than to partition it)."""
    values[values.argmin(axis=0), np.arange(values.shape[1])] = np.inf
    least: np.ndarray = values.min(axis=0)
    return least


def _decided(
    codes: np.ndarray, looks: np.ndarray, inside: np.ndarray, radius: float
) -> tuple[np.ndarray, np.ndarray]:
    """The band, and where colours told, from what was found of every pixel.

    Beyond the plain radius only what is thin joins: a strand, a gap. Broad ground that looks like
    the other side is another thing of that colour, or a part that somebody left out.
    """
    if min(looks.shape) >= 3:
        looks = cv2.medianBlur(looks, 3)  # grain is no strand
    side = 2 * _GROWN + 1
    grown = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    unlike = np.where(inside, looks < 255 * (1 - _ALIKE), looks > 255 * _ALIKE).astype(np.uint8)
    # Opened by a disc, by distances: what that takes does not grow with the disc.
    half = np.float32(round(max(_THIN * radius, _GROWN)) + 0.5)
    hearts = depth_within(unlike > 0) > half
    broad = cv2.dilate((depth_within(~hearts) <= half).astype(np.uint8), grown)
    unlike[(broad > 0) & ((codes & _NEAR) == 0)] = 0
    unlike = cv2.dilate(unlike, grown) > 0
    tells = (codes & _TELLS) > 0
    band = (codes & _KERNEL) > 0
    band |= unlike & tells
    band |= ((codes & _NEAR) > 0) & ~tells
    return band, tells
