"""How blurred a subject is: by a movement, or out of focus, told from the photo at its outline.

Along the outline's normal the photo goes over from the background into the subject. A movement of
length L at angle θ makes that a ramp of |L cos(φ − θ)| pixels where the normal points to φ, and an
edge that lies along the movement stays as sharp as it was; out of focus the ramp is equally wide
all around. Ramps of every width are fitted at every point once; a movement is then judged by how
well its own widths do over all points together, so no single point has to be understood.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..arrays import check_image, check_plane, to_float

_POINTS = 400  # of the outline, at most
_HALF = 36  # pixels of the photo on either side that a point looks at
_AT = np.arange(-_HALF, _HALF + 1, dtype=np.float64)
_WIDTHS = np.array([0, 1, 2, 3, 4, 6, 8, 10, 13, 16, 20, 24, 29, 34, 40, 46], np.float64)
_LENGTHS = np.array([2, 3, 4, 5, 6, 8, 10, 12, 14, 17, 20, 24, 28, 33, 38, 44], np.float64)
_OWN = np.array([1, 2, 3, 4.5, 6.5, 9, 13, 18, 25], np.float64)  # softness without a movement
_TURNS = np.arange(0, 180, 10)
_FLOOR = 1e-3  # of colour²: differences of the residual below this say nothing
_CAP = 0.7  # a point can speak against a movement by no more than this
_CONTRAST = 1.6e-3  # variance of colour along a normal from which on a point counts in full
_LEAST = 20  # points without which nothing is said
_GOOD = 0.75  # share of the colour's variance that a ramp explains where there is an edge
_GAIN, _SPREAD = 0.03, 0.01  # mean gain of a movement over none at which confidence is a half
_PLAIN = 1.5  # pixels that a ramp is wide in a photo that is sharp
_REBLUR = (2.0, 6.0)  # σ in pixels: how much blurrier an edge is made to see how blurred it was
_WIDE = 3.0  # radius from which on the greater of them tells more
_NEAR = 300  # pixels around the subject in which the background's focus is looked for
_STEEP = 0.02  # colour per pixel that makes an edge of the background


@dataclass(frozen=True)
class MotionBlur:
    """A movement while the shutter was open.

    Attributes:
        length: pixels; 0 where there is nothing to measure.
        angle: degrees clockwise from the x axis, 0 ≤ angle < 180.
        confidence: 0 to 1. Under a half it may as well be none: length and angle are then the best
            guess and no more.
    """

    length: float
    angle: float
    confidence: float


@dataclass(frozen=True)
class Defocus:
    """Radii of the circle of confusion in pixels, 0 for sharp; NaN where nothing could be measured.

    Attributes:
        subject: of the subject's own outline.
        background: of the sharpest edges behind it.
    """

    subject: float
    background: float


def estimate_motion(image: Any, mask: Any) -> MotionBlur:
    """How far, and in which direction, the subject moved.

    Works for a subject that moved before a still background, and for a camera that shook. It is
    good to about two pixels and four degrees from 10 pixels on and up to 44; under 6 pixels a
    movement cannot be told from edges that are soft by themselves, and confidence stays low.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        mask: (H, W) in [0, 1], the subject; its 0.5 contour should run within the blur.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    seen = outline_of(image, mask)
    if seen is None:
        return MotionBlur(0.0, 0.0, 0.0)
    scores, _, fit, normal = ramps_of(seen)
    every = np.arange(len(normal))

    def judged(length: np.ndarray, turn: np.ndarray, own: np.ndarray) -> np.ndarray:
        ramp = np.hypot(length[:, None] * np.cos(normal - np.radians(turn)[:, None]), own[:, None])
        index = np.minimum((2 * ramp + 0.5).astype(np.int64), scores.shape[1] - 1)
        return scores[every, index].sum(axis=1)

    nothing = np.zeros_like(_OWN)
    still = float(judged(nothing, nothing, _OWN).max())
    grid = np.meshgrid(_LENGTHS, _TURNS.astype(np.float64), _OWN, indexing="ij")
    lengths, turns, owns = (axis.ravel() for axis in grid)
    found = judged(lengths, turns, owns)
    best = int(found.argmax())
    length, turn, own, most = lengths[best], turns[best], owns[best], float(found[best])
    for step, swing in ((2, 5), (1, 2.5), (0.5, 1.25)):
        near = np.meshgrid(np.arange(-2, 3) * step, np.arange(-2, 3) * swing, indexing="ij")
        tried = np.maximum(length + near[0].ravel(), 0.0), turn + near[1].ravel()
        found = judged(*tried, np.full(25, own))
        best = int(found.argmax())
        if found[best] > most:
            length, turn, most = tried[0][best], tried[1][best], float(found[best])
    trust = 1 / (1 + math.exp(-min((most - still - _GAIN) / _SPREAD, 50)))
    # A short one hardly differs from none, whatever fits it.
    trust *= min(1.0, length / 6)
    # Where hardly any point has an edge at all, the mask's outline is not the subject's.
    trust *= min(max((float((fit > _GOOD).mean()) - 0.2) / 0.25, 0.0), 1.0)
    return MotionBlur(round(float(length), 2), round(float(turn) % 180, 2) % 180, float(trust))


def estimate_defocus(image: Any, mask: Any) -> Defocus:
    """How far out of focus the subject's outline and the background are.

    The subject's: the width of the ramp across its outline at the sharper points (the lower
    quartile; edges can be soft by themselves, but nothing is sharper than the focus). The
    background's: how much its sharpest edges lose when they are blurred some more (Zhuo and Sim,
    "Defocus Map Estimation from a Single Image", Pattern Recognition 44(9), 2011, p. 1852).

    Args, Raises: as ``estimate_motion``.
    """
    picture = check_image(image)
    plane = check_plane(mask, picture.shape[:2])
    seen, subject = outline_of(picture, plane), math.nan
    if seen is not None:
        _, widths, fit, _ = ramps_of(seen)
        good = widths[fit > _GOOD]
        if good.size >= _LEAST:
            ramp = math.sqrt(max(float(np.quantile(good, 0.25)) ** 2 - _PLAIN**2, 0))
            subject = ramp / math.sqrt(3)  # of equal variance: w² / 12 = r² / 4
    # Near the subject: that is where it matters, and 24 megapixels take their time.
    part = _around(plane >= 0.5, _NEAR) if (plane >= 0.5).any() else np.s_[:, :]
    grey = cv2.transform(to_float(picture[part]), np.full((1, 3), 1 / 3, np.float32))
    behind = _behind(grey, plane[part], _REBLUR[0])
    if behind >= _WIDE:
        behind = max(behind, _behind(grey, plane[part], _REBLUR[1]))
    return Defocus(subject, behind)


def _behind(grey: np.ndarray, mask: np.ndarray, reblur: float) -> float:
    # One pixel of blur first: grain is no edge. It is taken off again at the end.
    grey = cv2.GaussianBlur(grey, (0, 0), 1.0, borderType=cv2.BORDER_REFLECT_101)
    again = cv2.GaussianBlur(grey, (0, 0), reblur, borderType=cv2.BORDER_REFLECT_101)
    steep = [
        np.hypot(*(cv2.Sobel(p, cv2.CV_32F, *way, scale=0.125) for way in ((1, 0), (0, 1))))
        for p in (grey, again)
    ]
    near = cv2.dilate((mask > 0.05).astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
    crest = (steep[0] >= cv2.dilate(steep[0], np.ones((5, 5), np.uint8))) & ~near
    edges = crest & (steep[0] > max(_STEEP / 4, 0.25 * float(np.max(steep[0] * ~near, initial=0))))
    if np.count_nonzero(edges) < _LEAST:
        return math.nan
    ratio = steep[0][edges] / np.maximum(steep[1][edges], 1e-9)
    sigma2 = reblur**2 / np.maximum(ratio**2 - 1, 1e-6)
    sharp = float(np.quantile(sigma2, 0.4))
    return 2 * math.sqrt(max(sharp - 1 - _PLAIN**2 / 12, 0))


@dataclass(frozen=True)
class Outline:
    """The photo along normals of the outline.

    Attributes:
        colours: (n, 2 · _HALF + 1, 3), from outside to inside.
        valid: (n, 2 · _HALF + 1) 1 where a sample belongs to this edge and no other, else 0.
        normal: (n,) radians.
        points: (n, 2) x, y of the pixels on the outline.
        contour: (n,) which contour of the mask each belongs to; in order along it.
    """

    colours: np.ndarray
    valid: np.ndarray
    normal: np.ndarray
    points: np.ndarray
    contour: np.ndarray

    @property
    def at(self) -> np.ndarray:
        """(2 · _HALF + 1,) pixels from the outline of each sample, inside above 0."""
        return _AT


def outline_of(image: Any, mask: Any) -> Outline | None:
    """The photo along normals of the mask's contour; None where there is too little of it."""
    picture = check_image(image)
    inside = check_plane(mask, picture.shape[:2]) >= 0.5
    if not inside.any():
        return None
    part = _around(inside, _HALF + 12)
    picture, inside = picture[part], inside[part]
    corner = np.array([part[1].start, part[0].start])
    height, width = inside.shape
    contours, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    places = [c[:, 0] for c in contours if len(c) > 2 * _LEAST]
    if not places:
        return None
    points = np.concatenate(places).astype(np.float64)
    contour = np.repeat(np.arange(len(places)), [len(place) for place in places])
    away = np.minimum(points, np.array([width, height]) - 1 - points).min(axis=1)
    points, contour = points[away > 3], contour[away > 3]
    every = max(1, len(points) // _POINTS)
    points, contour = points[::every], contour[::every]
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 3.0, borderType=cv2.BORDER_REPLICATE)
    column, row = points.astype(np.int64).T
    slope = np.stack(
        [cv2.Sobel(soft, cv2.CV_32F, *way)[row, column] for way in ((1, 0), (0, 1))], axis=1
    ).astype(np.float64)
    steep = np.sqrt((slope * slope).sum(axis=1))
    points, contour, slope, steep = (a[steep > 0.05] for a in (points, contour, slope, steep))
    if len(points) < _LEAST:
        return None
    normal = slope / steep[:, None]
    x = points[:, :1] + normal[:, :1] * _AT
    y = points[:, 1:] + normal[:, 1:] * _AT
    floats = np.ascontiguousarray(to_float(picture), np.float32)
    colours = np.zeros((*x.shape, 3))
    for side in range(-2, 3):  # the mean of five neighbours along the outline: less grain
        colours += cv2.remap(
            floats,
            (x - side * normal[:, 1:]).astype(np.float32),
            (y + side * normal[:, :1]).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    within = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    nearest = [
        np.clip(np.rint(at), 0, size - 1).astype(np.int64) for at, size in ((y, height), (x, width))
    ]
    there = inside[nearest[0], nearest[1]]
    middle = _HALF
    valid = within.copy()
    into = within[:, middle:] & (there[:, middle:] | (_AT[middle:] < 3))
    out = within[:, : middle + 1] & (~there[:, : middle + 1] | (_AT[: middle + 1] > -3))
    valid[:, middle:] = np.logical_and.accumulate(into, axis=1)
    valid[:, : middle + 1] = np.logical_and.accumulate(out[:, ::-1], axis=1)[:, ::-1]
    enough = valid.sum(axis=1) >= 12
    if np.count_nonzero(enough) < _LEAST:
        return None
    angle = np.arctan2(normal[:, 1], normal[:, 0])
    return Outline(
        colours[enough] / 5,
        valid[enough].astype(np.float64),
        angle[enough],
        points[enough] + corner,
        contour[enough],
    )


def _around(inside: np.ndarray, margin: int) -> tuple[slice, slice]:
    y, x = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return (
        slice(max(0, int(y[0]) - margin), int(y[-1]) + 1 + margin),
        slice(max(0, int(x[0]) - margin), int(x[-1]) + 1 + margin),
    )


def ramps_of(seen: Outline) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What every point of an outline says about its ramp.

    Returns:
        (n, m) score of ramps 0, ½, 1 … pixels wide, 0 for the best, summing to a mean over points;
        (n,) the best width; (n,) how much of the colour's variance it explains; (n,) the normal.
    """
    valid, colours = seen.valid, seen.colours
    count = valid.sum(axis=1)
    mean = (colours * valid[..., None]).sum(axis=1) / count[:, None]
    off = (colours - mean[:, None]) * valid[..., None]
    energy = np.maximum((off**2).sum(axis=(1, 2)), 1e-12)
    told = np.zeros((len(count), len(_WIDTHS)))
    for index, width in enumerate(_WIDTHS):
        reach = width / 2 + 3
        shifts = np.arange(-reach, reach + 0.01, 1.0 if width < 8 else 2.0)
        ramp = np.clip((_AT[None] - shifts[:, None]) / max(width, 1.0) + 0.5, 0, 1)
        sums = valid @ ramp.T
        spread = valid @ (ramp * ramp).T - sums * sums / count[:, None]
        shared = np.einsum("ntc,st->nsc", off, ramp, optimize=True)
        part = np.where(spread > 0.3, (shared**2).sum(axis=2) / np.maximum(spread, 1e-9), 0)
        told[:, index] = part.max(axis=1)
    left = (energy[:, None] - told) / count[:, None] / 3
    score = -np.log(left + _FLOOR)
    score = np.maximum(score - score.max(axis=1, keepdims=True), -_CAP)
    fit = told.max(axis=1) / energy
    weight = np.minimum(energy / count / 3 / _CONTRAST, 1) * np.clip((fit - 0.5) / 0.4, 0, 1)
    score *= (weight / max(float(weight.sum()), 1.0))[:, None]
    fine = np.arange(0, 2 * int(_WIDTHS[-1]) + 20) / 2
    low = np.clip(np.searchsorted(_WIDTHS, fine, side="right") - 1, 0, len(_WIDTHS) - 2)
    share = np.clip((fine - _WIDTHS[low]) / (_WIDTHS[low + 1] - _WIDTHS[low]), 0, 1)
    scores = (1 - share) * score[:, low] + share * score[:, low + 1]
    return scores, _WIDTHS[told.argmax(axis=1)], fit * (weight > 0), seen.normal
