"""Figures of a photo, its mask and its matte that tell failure modes apart, on plain arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...arrays import check_image, check_plane, sigmoid, to_float, to_uint8
from ...coordinates import Box
from ...surround import push_pull

LONGEST = 640
"""Pixels of the longer side at which these figures are taken."""

_LEAST = 40  # pixels that a mask has at least, or there is nothing to tell


@dataclass(frozen=True, eq=False)
class Symptoms:
    """What is looked at: all subjects together.

    Attributes:
        image: (H, W, 3) sRGB, uint8 or float in [0, 1].
        mask: (H, W) in [0, 1], what the models believe. alpha: (H, W) in [0, 1], the matte.
        unknown: (H, W) bool, the band.
        masks: (H, W) each, one a subject that was asked for.
        boxes: (x0, y0, x1, y1) in image pixels that were asked with; may be none.
        answers: (scores (C,), logits (C, h, w)) of each model's last answer; may be none.
    """

    image: np.ndarray
    mask: np.ndarray
    alpha: np.ndarray
    unknown: np.ndarray
    masks: Sequence[np.ndarray] = ()
    boxes: Sequence[Box] = ()
    answers: Sequence[tuple[np.ndarray, np.ndarray]] = ()


def figures(of: Symptoms) -> dict[str, float]:
    """All figures by name; NaN where one cannot be told.

    Raises:
        ArrayError: arrays that do not fit together.
    """
    picture = check_image(of.image)
    shape = picture.shape[0], picture.shape[1]
    mask, alpha = check_plane(of.mask, shape), check_plane(of.alpha, shape, "alpha")
    scale = min(1.0, LONGEST / max(shape))
    size = max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))
    small = to_float(_reduced(to_uint8(picture), size))
    mask, alpha = _reduced(mask, size), _reduced(alpha, size)
    band = _reduced(of.unknown.astype(np.float32), size)
    masks = [_reduced(check_plane(one, shape), size) for one in of.masks]
    made = _answers(of.answers) | _asked_twice(masks)
    made["aspect"] = abs(math.log(size[0] / size[1]))
    inside = mask >= 0.5
    if not _LEAST <= int(inside.sum()) < inside.size - _LEAST:
        return made
    made |= _form(inside, alpha, band)
    boxes = [tuple(value * scale for value in box) for box in of.boxes]
    made |= _boxed(inside, boxes)
    made |= _colours(small, inside)
    made |= _rings(small, inside, alpha)
    made |= _ground(small, inside)
    return made


def _reduced(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if plane.shape[1::-1] == size:
        return plane
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def _answers(answers: Sequence[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """How sure the model is: of each answer, the mean over the subjects."""
    found: list[tuple[float, float, float, float]] = []
    for scores, logits in answers:
        sure = sigmoid(logits[0])
        inside = sure > 0.5
        doubt = float(((sure > 0.1) & (sure < 0.9)).sum()) / max(int(inside.sum()), 1)
        others = [_iou(inside, one > 0) for one in logits[1:]]
        spread = float(scores[0] - scores[1]) if len(scores) > 1 else math.nan
        agree = float(np.mean(others)) if others else math.nan
        found.append((doubt, float(scores[0]), spread, agree))
    names = "doubt", "score", "score_spread", "candidates_agree"
    if not found:
        return dict.fromkeys(names, math.nan)
    return dict(zip(names, map(float, np.mean(found, axis=0)), strict=True))


def _iou(one: np.ndarray, other: np.ndarray) -> float:
    either = int((one | other).sum())
    return float((one & other).sum()) / either if either else 1.0


def _asked_twice(masks: Sequence[np.ndarray]) -> dict[str, float]:
    """How far subjects that were asked for claim, or touch, the same places."""
    if len(masks) < 2:
        return {"claimed_twice": 0.0, "touching": 0.0}
    planes = np.stack([(one >= 0.5).astype(np.uint8) for one in masks])
    grown = np.stack([cv2.dilate(one, np.ones((7, 7), np.uint8)) for one in planes])
    every = max(int(planes.any(axis=0).sum()), 1)
    return {
        "claimed_twice": float((planes.sum(axis=0) > 1).sum()) / every,
        "touching": float((grown.sum(axis=0) > 1).sum()) / every,
    }


def _form(inside: np.ndarray, alpha: np.ndarray, band: np.ndarray) -> dict[str, float]:
    """The mask's form and place in the frame, and how soft the matte is."""
    area = int(inside.sum())
    plane = inside.astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(plane, connectivity=8)
    areas = np.sort(stats[1:, cv2.CC_STAT_AREA])[::-1]
    filled = plane.copy()
    contours, _ = cv2.findContours(plane, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(filled, contours, -1, 1, cv2.FILLED)
    every, _ = cv2.findContours(plane, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    length = sum(cv2.arcLength(one, True) for one in every)
    rim = np.concatenate([inside[0], inside[-1], inside[:, 0], inside[:, -1]])
    rows, columns = np.nonzero(inside)
    spread = np.cov(np.stack([columns, rows]).astype(np.float64))
    values, ways = np.linalg.eigh(spread)
    long = float(np.sqrt(max(values[1], 1e-6) / max(values[0], 1e-6)))
    lean = abs(math.degrees(math.atan2(abs(ways[0, 1]), abs(ways[1, 1]))))  # from the vertical
    third = rows < rows.min() + (rows.max() - rows.min()) / 3
    last = rows > rows.max() - (rows.max() - rows.min()) / 3
    hull = cv2.convexHull(np.concatenate(contours))
    soft = (alpha > 0.05) & (alpha < 0.95)
    deep = cv2.distanceTransform(plane, cv2.DIST_L2, 3) > 0.02 * max(inside.shape)
    far = cv2.distanceTransform(1 - plane, cv2.DIST_L2, 3)
    return {
        "area": area / inside.size,
        "at_frame": float(rim.mean()),
        "islands": math.log1p(int((areas[1:] > 0.001 * area).sum())),
        "island_share": float(areas[1:].sum()) / area,
        "hole_share": float(filled.sum() - area) / area,
        "ragged": float(length) / math.sqrt(area),
        "solid": area / max(float(cv2.contourArea(hull)), 1.0),
        "leaning": lean * min(1.0, long - 1),
        "top_heavy": float(third.sum() - last.sum()) / area,
        "soft_share": float(soft.sum()) / area,
        "soft_by_length": float(soft.sum()) / max(float(length), 1.0),
        "soft_inside": float((soft & deep).sum()) / max(int(deep.sum()), 1),
        "alpha_inside": float(alpha[deep].mean()) if deep.any() else math.nan,
        "soft_outside": float(alpha[far > 4].sum()) / area,
        "band_by_length": float(band.sum()) / max(float(length), 1.0),
        "moved_by_solver": float(np.abs(alpha - inside).sum()) / max(float(length), 1.0),
    }


def _boxed(inside: np.ndarray, boxes: Sequence[Sequence[float]]) -> dict[str, float]:
    """How the mask fills the box that it was asked with."""
    names = "box_filled", "outside_box", "box_short"
    if not boxes:
        return dict.fromkeys(names, math.nan)
    within = np.zeros(inside.shape, bool)
    for x0, y0, x1, y1 in boxes:
        within[max(0, int(y0)) : math.ceil(y1), max(0, int(x0)) : math.ceil(x1)] = True
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    x0, y0 = min(b[0] for b in boxes), min(b[1] for b in boxes)
    x1, y1 = max(b[2] for b in boxes), max(b[3] for b in boxes)
    short = max(columns[0] - x0, rows[0] - y0, x1 - columns[-1] - 1, y1 - rows[-1] - 1)
    return {
        "box_filled": float((inside & within).sum()) / max(int(within.sum()), 1),
        "outside_box": float((inside & ~within).sum()) / float(inside.sum()),
        "box_short": float(short) / max(x1 - x0, y1 - y0, 1.0),
    }


def _colours(small: np.ndarray, inside: np.ndarray) -> dict[str, float]:
    """How far colours and textures inside are found outside, close by and everywhere."""
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    side = max(inside.shape)
    away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 3)
    deep = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 3)
    core = deep > 0.01 * side
    near, far = (away > 0.01 * side) & (away < 0.06 * side), away > 0.08 * side
    made: dict[str, float] = {}
    bins = np.floor(lab / 8).astype(np.int32) + 32
    code = bins[..., 0] * 4096 + bins[..., 1] * 64 + bins[..., 2]
    own = _shares(code[core])
    for name, where in (("like_near", near), ("like_far", far)):
        made[name] = _overlap(own, _shares(code[where])) if where.any() and core.any() else math.nan
    grey = lab[..., 0]
    edges = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125),
                     cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125))  # fmt: skip
    for name, where in (("edges_inside", core), ("edges_near", near), ("edges_far", far)):
        made[name] = float((edges[where] > 4).mean()) if where.any() else math.nan
    rim = (away > 0) & (away <= 2)
    step = cv2.GaussianBlur(lab, (0, 0), 1.0)
    slope = np.sqrt(sum((cv2.Sobel(step, cv2.CV_32F, *way, scale=0.125) ** 2).sum(axis=2)
                        for way in ((1, 0), (0, 1))))  # fmt: skip
    made["step_at_edge"] = float(np.median(slope[rim])) if rim.any() else math.nan
    made["edge_faint"] = float((slope[rim] < 1.5).mean()) if rim.any() else math.nan
    # What would be there without the subject, continued from around it: seen through or not?
    clear = (away > 0.012 * side).astype(np.float32)
    behind = push_pull(np.where(clear[..., None] > 0, small, 0).astype(np.float32), clear)
    behind = cv2.cvtColor(np.clip(behind, 0, 1).astype(np.float32), cv2.COLOR_RGB2LAB)
    gap = np.linalg.norm(cv2.GaussianBlur(lab - behind, (0, 0), 2.0), axis=2)
    if core.any():
        made["like_behind"] = float(np.median(gap[core]))
        made["like_behind_share"] = float((gap[core] < 8).mean())
        chroma = np.hypot(lab[..., 1], lab[..., 2])
        made["gleams"] = float(((grey > 92) & (chroma < 12))[core].mean())
    return made


def _shares(codes: np.ndarray) -> dict[int, float]:
    values, counts = np.unique(codes, return_counts=True)
    return dict(zip(values.tolist(), (counts / max(len(codes), 1)).tolist(), strict=True))


def _overlap(one: dict[int, float], other: dict[int, float]) -> float:
    return float(sum(min(share, other.get(key, 0.0)) for key, share in one.items()))


def _rings(small: np.ndarray, inside: np.ndarray, alpha: np.ndarray) -> dict[str, float]:
    """Fine detail in the photo just outside and inside the outline, beside further out."""
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    fine = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.5))
    away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 3)
    deep = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 3)
    side = max(inside.shape)
    beside = (away > 3) & (away <= 0.03 * side)
    far = (away > 0.05 * side) & (away < 0.2 * side)
    within = (deep > 3) & (deep <= 0.03 * side)
    core = deep > 0.03 * side

    def mean(where: np.ndarray) -> float:
        return float(fine[where].mean()) if int(where.sum()) > _LEAST else math.nan

    def ratio(one: float, other: float) -> float:
        return math.log((one + 0.002) / (other + 0.002))

    laplace = cv2.Laplacian(grey, cv2.CV_32F)
    return {
        "fine_beside": ratio(mean(beside), mean(far)),
        "fine_within": ratio(mean(within), mean(core)),
        "fine_far": math.log(mean(far) + 0.002),
        "fine_core": math.log(mean(core) + 0.002),
        "soft_beside": float(alpha[beside].mean()) if beside.any() else math.nan,
        "grain": math.log(float(np.median(np.abs(laplace))) + 1e-3),
        "sharpest": math.log(float(np.quantile(np.abs(laplace), 0.995)) + 1e-3),
        "blocks": _blocks(grey),
    }


def _blocks(grey: np.ndarray) -> float:
    """How much steeper the photo is across a grid of 8 than elsewhere; 0 for no blocks."""
    steps = [np.abs(np.diff(grey, axis=axis)) for axis in (0, 1)]
    found = []
    for axis, step in enumerate(steps):
        means = np.array([np.median(np.take(step, range(n, step.shape[axis], 8), axis=axis))
                          if step.shape[axis] > n else 0 for n in range(8)])  # fmt: skip
        rest = float(np.mean(np.sort(means)[:-1]))
        found.append((float(means[7]) - rest) / (rest + 1e-3))
    return float(np.mean(found))


def _ground(small: np.ndarray, inside: np.ndarray) -> dict[str, float]:
    """Shadow and mirror image where the subject stands: darker ground, and the same upside down."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    top, foot = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    height, width = inside.shape
    tall, wide = foot - top, right - left
    y0, y1 = foot - tall // 4, min(height, foot + max(8, tall // 4))
    x0, x1 = max(0, left - wide // 2), min(width, right + wide // 2)
    area = float(inside.sum())
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    part, cover = lab[y0:y1, x0:x1], inside[y0:y1, x0:x1]
    free = part[~cover]
    if len(free) < _LEAST:
        return {"darker_ground": math.nan, "dark_inside": math.nan, "mirror": math.nan}
    lit = np.quantile(free[:, 0], 0.75)
    ground = np.median(free[free[:, 0] >= lit - 8], axis=0)
    chroma = np.linalg.norm(part[..., 1:] - ground[1:], axis=2)
    dark = np.clip((ground[0] - part[..., 0] - 5) / max(ground[0], 10.0), 0, 1) * (chroma < 12)
    made = {
        "darker_ground": float((dark * ~cover).sum()) / area,
        "dark_inside": float((dark * cover).sum()) / area,
    }
    # The strip below the foot beside the one above it, turned over.
    reach = min(tall // 2, height - foot, 64)
    made["mirror"] = math.nan
    if reach >= 8:
        above = lab[foot - reach : foot, left:right][::-1]
        below = lab[foot : foot + reach, left:right]
        a, b = (one - cv2.GaussianBlur(one, (0, 0), 12.0) for one in (above, below))
        size = float(np.sqrt((a * a).sum() * (b * b).sum()))
        made["mirror"] = float((a * b).sum()) / size if size > 1e-3 else 0.0
    return made
