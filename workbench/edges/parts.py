"""Parts of an alpha that do not belong: holes in the subject, islands beside it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ..arrays import check_plane, depth_within
from ..settings import ALL
from .tiles import TILE, check_setting

_FAINT = 0.1  # alpha up to which nothing belongs together: a haze would join all islands
_SKIRT = 16  # pixels around an island in which what is fainter goes with it


def fill_holes(alpha: Any, area: float) -> np.ndarray:
    """Holes of up to ``area`` pixels in the subject made opaque, with their soft rims.

    A hole is a connected region (over sides) of alpha below 0.9 that the subject encloses; one
    that reaches the photo's frame is none, and neither is a gap in hair that leads outside.

    Args:
        alpha: (H, W) in [0, 1].
        area: px², 0 to 1e9.

    Returns:
        (H, W) float32 in [0, 1]; every pixel is either as it was or 1.

    Raises:
        ArrayError: no alpha. InputError: area out of range.
    """
    plane = check_plane(alpha, name="alpha")
    limit = check_setting(area, 0, ALL, "fill_holes")
    if limit == 0:
        return plane.copy()
    open_ground = plane < 1 - _FAINT
    labels, areas = _parts(open_ground, connectivity=4)
    gone = areas <= limit
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        gone[edge] = False
    result = plane.copy()
    result[_with_skirts(plane < 1, open_ground, gone, labels)] = 1
    return result


def drop_islands(alpha: Any, area: float, keep: Any = None) -> np.ndarray:
    """Pieces of less than ``area`` pixels that hang on nothing made clear, with their soft rims.

    A piece is a connected region (over sides and corners) of alpha above 0.1. Those that touch
    what was asked for always stay; where none does, the largest stays.

    Args:
        alpha: (H, W) in [0, 1].
        area: px², 0 to 1e9. ``ALL`` (1e9) leaves only what touches ``keep``, or the largest.
        keep: (H, W), above 0 where somebody asked for the subject (clicks, strokes); or None.

    Returns:
        (H, W) float32 in [0, 1]; every pixel is either as it was or 0.

    Raises:
        ArrayError: no alpha, or ``keep`` of another shape. InputError: area out of range.
    """
    plane = check_plane(alpha, name="alpha")
    wanted = None if keep is None else check_plane(keep, plane.shape, "keep") > 0
    limit = check_setting(area, 0, ALL, "drop_islands")
    if limit == 0:
        return plane.copy()
    pieces = plane > _FAINT
    labels, areas = _parts(pieces, connectivity=8)
    gone = areas < limit
    gone[0] = False
    asked = np.empty(0, np.int64) if wanted is None else np.unique(labels[wanted & pieces])
    if asked.size:
        gone[asked] = False
    elif areas.size > 1:
        gone[1 + int(areas[1:].argmax())] = False
    result = plane.copy()
    result[_with_skirts(plane > 0, pieces, gone, labels)] = 0
    return result


def _parts(region: np.ndarray, connectivity: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels (H, W) int32, 0 outside the region, and the area of each label."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        region.astype(np.uint8), connectivity=connectivity
    )
    return labels, stats[:, cv2.CC_STAT_AREA]


def _with_skirts(
    any_of_it: np.ndarray, parts: np.ndarray, gone: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Where the parts that go are, and what is fainter around them and nearer to none that stays.

    Args:
        any_of_it: (H, W) bool, parts and all their faint surroundings.
        parts, labels: (H, W) bool and int32.
        gone: by label; entry 0 is of no part.
    """
    gone = gone.copy()
    gone[0] = False
    out = gone[labels]
    if not out.any():
        return out
    core = out.copy()
    for top in range(0, out.shape[0], TILE):
        for left in range(0, out.shape[1], TILE):
            tile = np.s_[top : top + TILE, left : left + TILE]
            y0, x0 = max(0, top - _SKIRT), max(0, left - _SKIRT)
            around = np.s_[y0 : top + TILE + _SKIRT, x0 : left + TILE + _SKIRT]
            if not core[around].any():
                continue
            to_gone = depth_within(~core[around])
            near = (to_gone <= _SKIRT) & (to_gone < depth_within(~parts[around] | core[around]))
            inside = near[top - y0 :, left - x0 :][:TILE, :TILE]
            out[tile] |= inside & any_of_it[tile] & ~parts[tile]
    return out
