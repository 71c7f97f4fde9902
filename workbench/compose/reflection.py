"""The reflection of a subject in a glossy floor, lifted off into a layer with its own colours."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ..arrays import check_image, check_plane, to_float
from ..surround import grain_of, push_pull, surround
from ..unmix import least_opacity, uncovered

FEET = 0.16
"""Share of the subject's height in which feet may stand, the nearest lowest."""

_SEEN = 0.02  # alpha from which the floor is not seen unmixed
_FRINGE = 2  # pixels around it likewise
_SMOOTH = 1.0  # pixels: a reflection is told from grain after a blur of this σ
_GRAIN = 6.0  # times the grain that is left: what is less is the floor itself; twice that, in full
_WIDER = 0.04  # of the subject's height: by so much its mirror image may be off


def mirrored(alpha: Any) -> np.ndarray:
    """Where a level floor would show the subject upside down.

    Mirrored about the lowest row that it stands on, and, for feet at several heights, column by
    column about its own lowest pixel where that lies in the lowest FEET of it: what ends higher up
    hangs over. A little wider, with a soft edge.

    Args:
        alpha: (H, W) in [0, 1].

    Returns:
        (H, W) float32 weight in [0, 1]; all 0 where the subject ends at the photo's bottom.

    Raises:
        ArrayError: alpha has the wrong shape, dtype or range.
    """
    cover = check_plane(alpha, None, "alpha")
    solid = cover >= 0.5
    out = np.zeros(cover.shape, np.float32)
    rows = np.flatnonzero(solid.any(axis=1))
    if not len(rows):
        return out
    height, top, bottom = len(cover), int(rows[0]), int(rows[-1])
    # The last row of each column; −1 where there is none.
    last = np.where(solid.any(axis=0), height - 1 - solid[::-1].argmax(axis=0), -1)
    y = np.arange(height)[:, None]
    columns = np.arange(cover.shape[1])
    feet = np.where(last >= bottom - FEET * (bottom - top + 1), last, -1)
    for line in (np.full_like(last, bottom), feet):
        source = 2 * line + 1 - y
        there = (line >= 0) & (y > line) & (source >= 0)
        out = np.maximum(out, there & solid[source.clip(0, height - 1), columns])
    if not out.any():
        return out
    begins = int(out.any(axis=1).argmax())
    soft = max(1.0, _WIDER * (bottom - top + 1))
    size = 2 * round(soft) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    wide = cv2.dilate(out.astype(np.float32), disc)
    wide = np.clip(cv2.GaussianBlur(wide, (0, 0), soft / 2), 0, 1)
    wide[: max(0, begins - _FRINGE)] = 0  # what stands on a floor is not reflected beside itself
    return wide


def lift_reflection(image: Any, alpha: Any, region: Any = None) -> np.ndarray:
    """What the floor shows of the subject, as a layer to lay over another floor, under the subject.

    The floor without it is continued from around it (``surround``); over that the reflection is
    the least opacity that explains the photo (``least_opacity``), its colours what is then left.
    A shadow in the same place comes along, as the dark that it is.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        alpha: (H, W) in [0, 1], the subject.
        region: (H, W) weight in [0, 1], where the reflection is; opacities are multiplied by it.
            None: ``mirrored(alpha)``.

    Returns:
        (H, W, 4) float32 in [0, 1], straight alpha last. Exactly 0, colours too, outside the
        region, where nothing differs from the floor by more than grain, and where alpha is 0.9 or
        more.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    picture = check_image(image)
    shape = picture.shape[:2]
    cover = check_plane(alpha, shape, "alpha")
    weight = mirrored(cover) if region is None else check_plane(region, shape, "region")
    out = np.zeros((*shape, 4), np.float32)
    side = 2 * _FRINGE + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    taken = cv2.dilate((cover > _SEEN).astype(np.uint8), disc) > 0
    inside = (weight > 0) & (cover < 1)
    if not inside.any():
        return out
    floor = surround(picture, inside, taken)
    part, known = to_float(picture[floor.crop]), floor.known
    if not floor.confidence or not known.any():
        return out
    difference = part - floor.estimate
    open_ = (~taken[floor.crop]).astype(np.float32)
    room = np.maximum(cv2.GaussianBlur(open_, (0, 0), _SMOOTH), 1e-6)
    smooth = cv2.GaussianBlur(difference * open_[..., None], (0, 0), _SMOOTH)
    smooth = smooth.reshape(difference.shape) / room[..., None]
    left = max(grain_of(part, known), 0.3 / 255) / (2 * np.sqrt(np.pi) * _SMOOTH)
    seen = 1.4826 * float(np.median(np.abs(smooth[known])))
    least = _GRAIN * min(max(left, seen), 4 * left)
    gate = np.clip(np.abs(smooth).max(axis=2) / least - 1, 0, 1)
    gate = gate * gate * (3 - 2 * gate)
    # Of the smoothed photo: grain would push the largest of six bounds up.
    shown = np.clip(floor.estimate + smooth, 0, 1)
    share = least_opacity(shown, floor.estimate) * gate
    colours = uncovered(shown, floor.estimate, share)
    # Under the subject's soft edge, where the photo is a mixture with it, what is next to it.
    whole = push_pull(np.dstack([colours * share[..., None], share]), open_)
    share = whole[..., 3]
    cover = cover[floor.crop]
    opacity = np.clip(share * weight[floor.crop] * np.clip((0.9 - cover) / 0.4, 0, 1), 0, 1)
    layer = out[floor.crop]
    colours = np.clip(whole[..., :3] / np.maximum(share, 1e-6)[..., None], 0, 1)
    layer[..., :3] = np.where((opacity > 0)[..., None], colours, 0)
    layer[..., 3] = opacity
    return out
