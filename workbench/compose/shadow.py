"""The shadow of a subject, lifted off its ground: black with an opacity of its own.

A shadow is what is left of the ground's light: photo = (1 − opacity) · ground. The ground without
it is continued from its lit parts, and the ratio of the two is the opacity; where they differ in
colour as well, it is a thing, not a shadow.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ..arrays import check_image, check_plane, to_float
from ..surround import crop_around, push_pull, surround

_CLEAR = 0.02  # the ground is seen unmixed where alpha is at most this …
_FRINGE = 2  # … and so far from where it is not (pixels)
_SMOOTH = 1.0  # pixels: a shadow is softer than its ground's grain
_GRAIN = 6.0  # times the grain that is left: what is less dark is no shadow
_TEXTURE = 3.0  # … or times the spread of the ground's bright side
_FAINT = 0.01  # the least opacity that ever counts
_BLACK = 0.05  # a ground darker than this (sRGB, 0–1) shows no shadow
_TINT = 0.10, 0.25  # difference in colour, in parts of the ground's, from and up to which it fades
_GROUNDS = 3  # wall, floor and table, at most
_WIDE = 0.3  # of the crop's border: what lies along so much of it is another ground
_WIDENED = 6  # times what is looked at may grow twofold
_NEAR = 0.05  # of the subject's size: so near it begins


def lift_shadow(image: Any, alpha: Any, region: Any = None) -> np.ndarray:
    """How dark the subject's shadow is: the opacity of black over the ground.

    The lit ground is a smooth surface for each channel fitted to the bright side of what is around
    the subject (``surround``, ``shaded``). What is darker than it by more than grain and texture,
    at about the same colour, is shadow. A second ground (the floor beneath a wall), told by its
    lying along the border of what is looked at, gets a surface of its own. In the soft edge of the
    subject, where the ground is not seen unmixed, the shadow next to it is continued.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        alpha: (H, W) in [0, 1], the subject.
        region: (H, W) weight in [0, 1], where the shadow is looked for; opacities are multiplied
            by it. None: what begins next to the subject (nearer than 5 % of its size, 8 pixels at
            least).

    Returns:
        (H, W) float32 in [0, 1]. Exactly 0 where nothing is darker than grain and texture, where
        alpha is 0.9 or more, and outside the region. Laid as black under the subject over the lit
        ground it gives the photo's shadow again.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    return _lifted(image, alpha, region)[0]


def likely_shadow(image: Any, alpha: Any) -> float:
    """How likely the photo shows a shadow of the subject that could be lifted, 0 to 1.

    What ``lift_shadow`` finds by itself, summed: 1 from a twentieth of the subject's area in black
    on, times the confidence in the ground (0 for a busy one).

    Args:
        image: (H, W, 3). alpha: (H, W) in [0, 1].

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    opacity, confidence = _lifted(image, alpha, None)
    area = float(check_plane(alpha, None, "alpha").sum(dtype=np.float64))
    if area == 0:
        return 0.0
    return confidence * min(1.0, 20 * float(opacity.sum(dtype=np.float64)) / area)


def _lifted(image: Any, alpha: Any, region: Any) -> tuple[np.ndarray, float]:
    """Opacity (H, W), and the confidence in the ground that it was told by."""
    picture = check_image(image)
    shape = picture.shape[:2]
    cover = check_plane(alpha, shape, "alpha")
    weight = None if region is None else check_plane(region, shape, "region")
    out = np.zeros(shape, np.float32)
    asked = cover > _CLEAR
    if weight is not None:
        asked |= weight > 0
    if not asked.any() or (weight is not None and not weight.any()):
        return out, 0.0
    y, x = np.nonzero(asked.any(axis=1))[0], np.nonzero(asked.any(axis=0))[0]
    size = int(max(y[-1] - y[0], x[-1] - x[0])) + 1
    reach = max(32, size)
    for _ in range(_WIDENED):
        crop = crop_around(asked, reach)
        found, confidence = _within(picture[crop], cover[crop], weight is None, size)
        if not _cut(found > 0, crop, shape):
            break
        # A long shadow: it ends where it ends, not where it was looked for.
        reach *= 2
    out[crop] = found if weight is None else found * weight[crop]
    return out, confidence


def _cut(found: np.ndarray, crop: tuple[slice, slice], shape: tuple[int, ...]) -> bool:
    """Whether what was found reaches a side of the crop that is not the photo's."""
    rows, columns = crop
    return bool(
        (rows.start > 0 and found[0].any())
        or (rows.stop < shape[0] and found[-1].any())
        or (columns.start > 0 and found[:, 0].any())
        or (columns.stop < shape[1] and found[:, -1].any())
    )


def _within(
    part: np.ndarray, cover: np.ndarray, beside: bool, size: int
) -> tuple[np.ndarray, float]:
    """Opacity over a crop of the photo, and the confidence in its ground.

    Args:
        part: (h, w, 3). cover: (h, w), alpha. beside: what begins next to the subject alone.
        size: the subject's longer side in pixels.
    """
    seen = (cover > _CLEAR).astype(np.uint8)
    side = 2 * _FRINGE + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    ground = cv2.dilate(seen, disc) == 0
    if not ground.any():
        return np.zeros(cover.shape, np.float32), 0.0
    near = None
    if beside:
        distance = cv2.distanceTransform(1 - seen, cv2.DIST_L2, cv2.DIST_MASK_5)
        near = distance <= max(8.0, _NEAR * size) + _FRINGE
    opacity, confidence = _over_grounds(part, ground, near)
    # Continued over the subject's soft edge, from where the ground is seen; none under its inside.
    whole = push_pull(opacity[..., None], ground.astype(np.float32))[..., 0]
    whole *= np.clip((0.9 - cover) / 0.4, 0, 1)
    return np.clip(whole, 0, 1), confidence


def _over_grounds(
    part: np.ndarray, ground: np.ndarray, near: np.ndarray | None
) -> tuple[np.ndarray, float]:
    """The opacity over each of the grounds, brightest first; where ``ground`` is False, 0."""
    out = np.zeros(ground.shape, np.float32)
    trust, rest = 0.0, ground
    for _ in range(_GROUNDS):
        dark, confidence = _darkening(part, rest)
        trust = max(trust, confidence)
        count, labels = cv2.connectedComponents((dark > 0).astype(np.uint8), connectivity=8)
        other = _along_border(labels, count, ground)
        kept = ~other
        if near is not None:
            begun = np.zeros(count, bool)
            begun[np.unique(labels[near])] = True
            kept &= begun
        kept[0] = False
        found = kept[labels]
        out[found] = dark[found]
        rest = other[labels]
        if not rest.any():
            break
    return out, trust


def _along_border(labels: np.ndarray, count: int, ground: np.ndarray) -> np.ndarray:
    """(count,) bool: which components lie along much of the border; never the first, nothing."""
    edges = np.s_[0], np.s_[-1], np.s_[1:-1, 0], np.s_[1:-1, -1]
    border = np.concatenate([labels[edge] for edge in edges])
    length = max(1, sum(np.count_nonzero(ground[edge]) for edge in edges))
    wide = np.bincount(border, minlength=count) > _WIDE * length
    wide[0] = False
    return wide


def _darkening(part: np.ndarray, ground: np.ndarray) -> tuple[np.ndarray, float]:
    """How much darker than its lit surface the ground is, 0 to 1, and the surface's confidence."""
    lit = surround(part, ~ground, shaded=True, reach=max(part.shape))
    whole = np.zeros(ground.shape, np.float32)
    if not lit.confidence:
        return whole, 0.0
    surface = lit.estimate
    power = (surface * surface).sum(axis=2)
    photo = to_float(part)
    left = 1 - (photo * surface).sum(axis=2) / np.maximum(power, 1e-6)
    known = ground.astype(np.float32)
    room = np.maximum(cv2.GaussianBlur(known, (0, 0), _SMOOTH), 1e-6)

    def calm(plane: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(plane * known, (0, 0), _SMOOTH) / room

    dark = calm(left)
    # What is not of the ground's colour times a number, in parts of the ground's.
    off = [calm(photo[..., n] - (1 - left) * surface[..., n]) for n in range(3)]
    tint = np.sqrt(sum(plane * plane for plane in off) / np.maximum(power, 1e-6))
    # White noise keeps 1/(2√π σ) of itself; of texture only the bright side is sure to be texture.
    grain = max(lit.grain, 0.3 / 255) / (2 * np.sqrt(np.pi) * _SMOOTH)
    least = np.maximum(_GRAIN * grain / np.sqrt(np.maximum(power, 1e-6)), _FAINT)
    brighter = -dark[ground & (dark < 0)]
    if len(brighter) >= 64:
        least = np.maximum(least, _TEXTURE * 1.4826 * float(np.median(brighter)))
    gate = np.clip(dark / least - 1, 0, 1)
    gate = gate * gate * (3 - 2 * gate)
    gate *= np.clip((_TINT[1] - tint) / (_TINT[1] - _TINT[0]), 0, 1)
    whole = np.where(ground & (power > 3 * _BLACK**2), np.clip(dark, 0, 1) * gate, 0)
    return whole.astype(np.float32), lit.confidence
