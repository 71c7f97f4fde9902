"""What the subject stands before: how different it is from it, and how busy that is."""

from __future__ import annotations

import cv2
import numpy as np

from ..checks.observation import Remedy, setting
from .seen import Seen, taken
from .shot import Shot

CONTRAST = 12.0
"""ΔE (CIEDE2000) between subject and background along the weakest quarter of the outline, at
least: from about 10 on two colours are seen as different at a glance."""

BUSY = 12.0
"""% of the background around the subject that is edges."""

_AWAY = 0.008  # of the longer side, that colours are read inside and outside the outline
_LEAST = 40  # points of the outline without which nothing is said
_POINTS = 1500
_STEP = 4.0  # ΔE (1976) per pixel of 512 that makes an edge of the background
_GRID = 512
_NEAR = 0.35  # of the longer side around the subject that counts as its background
_OFF = 0.02  # of the longer side that is left out around it: hair and shadows


def low_contrast(shot: Shot) -> list[Seen]:
    """Colour distance across the outline, its lower quartile, ΔE CIEDE2000; limit CONTRAST."""
    found = distances(shot)
    if found is None:
        return []
    points, distance = found
    value = float(np.quantile(distance, 0.25))
    weak = points[distance < CONTRAST]
    share = len(weak) / len(points)
    words = (
        f"Along the weakest quarter of its outline {shot.whose} differs from the background by "
        f"ΔE {value:.0f}; {CONTRAST:g} and more is good."
    )
    why = (
        f"Along {share:.0%} of the outline {shot.whose} is of the background's colour "
        f"(ΔE {value:.0f}): the edge wanders there."
    )
    box = None
    if value < CONTRAST and len(weak):
        plane = np.zeros(shot.small.shape[:2], bool)
        plane[weak[:, 1].astype(int), weak[:, 0].astype(int)] = True
        box = shot.box_in_photo(plane)
    # A narrow band: where colours cannot tell, the matte must not go far from the mask.
    remedy = (setting(radius=max(3.0, round(4 * shot.per, 0))),)
    return [taken("low_contrast", value, "ΔE00", CONTRAST, words, why, at_least=True, box=box,
                  remedy=remedy)]  # fmt: skip


def distances(shot: Shot) -> tuple[np.ndarray, np.ndarray] | None:
    """Points (n, 2) x, y of the outline at the size of ``small``, and ΔE00 (n,) across it."""
    if shot.subject is None:
        return None
    inside = (shot.subject >= 0.5).astype(np.uint8)
    contours, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    longest = max((len(c) for c in contours), default=0)
    # Crumbs of a guess are not the subject.
    points = np.concatenate(
        [c[:, 0] for c in contours if len(c) > longest / 6] or [np.zeros((0, 2))]
    )
    height, width = inside.shape
    away = max(3.0, _AWAY * max(height, width))
    room = np.minimum(points, np.array([width, height]) - 1 - points).min(axis=1)
    points = points[room > 2 * away].astype(np.float32)
    if len(points) < _LEAST:
        return None
    points = points[:: max(1, len(points) // _POINTS)]
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), away / 2)
    slopes = (cv2.Sobel(soft, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    normal = np.stack([_read(slope, points) for slope in slopes], axis=1)
    size = np.linalg.norm(normal, axis=1)
    points, normal, size = points[size > 1e-4], normal[size > 1e-4], size[size > 1e-4]
    if len(points) < _LEAST:
        return None
    normal = normal / size[:, None]
    lab = cv2.GaussianBlur(shot.lab, (0, 0), 1.0)
    ins, out = (
        np.mean(
            [_read(lab, points + sign * far * away * normal) for far in (0.8, 1.2, 1.6)], axis=0
        )
        for sign in (1, -1)
    )
    return points, ciede2000(ins, out)


def ciede2000(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """ΔE CIEDE2000 between colours (…, 3) in CIELAB (CIE 142-2001)."""
    from skimage.color import deltaE_ciede2000  # here: it takes a while to load

    return deltaE_ciede2000(one, other)


def busy_background(shot: Shot) -> list[Seen]:
    """% of the background around the subject that is edges; limit BUSY.

    Edges are counted at 512 pixels, where the change of colour passes ΔE 4 a pixel: what is out of
    focus, and grain, do not count. Without any subject the frame's outer fifth is looked at.
    """
    height, width = shot.lab.shape[:2]
    scale = min(1.0, _GRID / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    lab = cv2.GaussianBlur(cv2.resize(shot.lab, size, interpolation=cv2.INTER_AREA), (0, 0), 0.8)
    if min(lab.shape[:2]) < 16:
        return []
    around = np.zeros(lab.shape[:2], bool)
    if shot.subject is None:
        by = [max(1, side // 5) for side in around.shape]
        around[:] = True
        around[by[0] : -by[0], by[1] : -by[1]] = False
    else:
        inside = cv2.resize(shot.subject, size, interpolation=cv2.INTER_AREA) >= 0.3
        if shot.asked is None:  # clutter stands out as well: it is not the subject
            inside = _largest(inside)
        away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 3)
        far = max(lab.shape[:2])
        around = (away > _OFF * far) & (away < _NEAR * far)
    around[:2] = around[-2:] = False
    around[:, :2] = around[:, -2:] = False
    if around.sum() < 100:
        return []
    steep = np.sqrt(sum(
        cv2.Sobel(lab, cv2.CV_32F, *way, scale=0.125) ** 2 for way in ((1, 0), (0, 1))
    ).sum(axis=2))  # fmt: skip
    value = float((steep[around] > _STEP).mean()) * 100
    words = f"{value:.0f} % of the background is edges; up to {BUSY:g} % is good."
    why = f"The background is busy, {value:.0f} % of it edges: parts of it get into the mask."
    remedy: tuple[Remedy, ...] = ()
    if shot.subject is not None and shot.asked is None:
        remedy = (Remedy("box", {"box": shot.box_in_photo(shot.subject >= 0.5)}),)
    return [taken("busy_background", value, "%", BUSY, words, why, remedy=remedy)]


def _largest(plane: np.ndarray) -> np.ndarray:
    """The largest piece of what is True."""
    number, labels, stats, _ = cv2.connectedComponentsWithStats(plane.astype(np.uint8))
    if number < 2:
        return plane
    return labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())


def _read(plane: np.ndarray, points: np.ndarray) -> np.ndarray:
    x, y = (np.ascontiguousarray(points[:, n], np.float32)[None] for n in (0, 1))
    return cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
