"""Defects planted into good mattes, at three strengths and at random places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from ..coordinates import Box
from ..quality.checks import Sight
from .goodmattes import Good

STRENGTHS = ("weak", "medium", "strong")


@dataclass(frozen=True, eq=False)
class Planted:
    """A matte with one defect.

    Attributes:
        sight: what the checks get to see.
        box: where the defect is.
        truth: (H, W) float32, the alpha that would be right.
        clean: the same without the defect, where the photo had to be changed as well; None: the
            good matte as it was.
    """

    sight: Sight
    box: Box
    truth: np.ndarray
    clean: Sight | None = None


def clean(good: Good) -> Sight:
    """A good matte as the checks see it."""
    return Sight(
        good.image, good.alpha, lambda: good.colours, lambda: good.mask, good.clicks,
        (bounds(good.alpha > 0.5),),
    )  # fmt: skip


def with_alpha(good: Good, alpha: np.ndarray, changed: np.ndarray) -> Planted | None:
    """A good matte's photo with another alpha; None where nothing changed."""
    if not changed.any():
        return None
    from .. import matte

    sight = Sight(
        good.image, alpha, lambda: matte.foreground_colours(good.image, alpha),
        lambda: good.mask, good.clicks,
    )  # fmt: skip
    return Planted(sight, bounds(changed), good.alpha)


def bounds(plane: np.ndarray) -> Box:
    """The box around what is True."""
    rows, columns = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
    return (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))


def blob(where: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray | None:
    """A lumpy disc (H, W) float32 with a soft rim, its centre somewhere in ``where``."""
    y, x = np.nonzero(where)
    if not len(y):
        return None
    n = int(rng.integers(len(y)))
    around = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    lumps = 1 + 0.25 * np.sin(2 * around + rng.uniform(0, 6)) + 0.15 * np.sin(
        3 * around + rng.uniform(0, 6))  # fmt: skip
    line = np.stack([x[n] + radius * lumps * np.cos(around),
                     y[n] + radius * lumps * np.sin(around)], axis=1)  # fmt: skip
    made = np.zeros(where.shape, np.float32)
    cv2.fillPoly(made, [np.round(line * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(made, (0, 0), 0.7)


def _fringe(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """The photo's own colours, 60, 80 or 100 % of them, left in the edge."""
    share = np.float32((0.6, 0.8, 1.0)[strength])
    band = (good.alpha > 0) & (good.alpha < 1)
    colours = good.colours + share * band[..., None] * (good.image / np.float32(255) - good.colours)
    seen = (good.alpha > 0.1) & (good.alpha < 0.9)
    # Where subject and background are of one colour nothing shows, and nothing is planted.
    apart = np.linalg.norm(colours - good.colours, axis=2)[seen]
    if not seen.any() or float(apart.mean()) < 0.08:
        return None
    sight = Sight(good.image, good.alpha, lambda: colours, lambda: good.mask, good.clicks)
    return Planted(sight, bounds(seen), good.alpha)


def _patches(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """A patch of background of radius 3, 6 or 12 px kept, off the subject."""
    radius = (3, 6, 12)[strength]
    away = cv2.distanceTransform((good.alpha < 0.02).astype(np.uint8), cv2.DIST_L2, 3)
    lump = blob(off_frame((away > 2 * radius + 4) & (away < 12 * radius + 40), radius), radius, rng)
    if lump is None:
        return None
    lump = lump * np.float32(rng.uniform(0.7, 1.0))
    return with_alpha(good, np.maximum(good.alpha, lump), lump > 0.1)


def _holes(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """A hole of radius 3, 6 or 12 px."""
    radius = (3, 6, 12)[strength]
    deep = cv2.distanceTransform((good.alpha > 0.98).astype(np.uint8), cv2.DIST_L2, 3)
    lump = blob(deep > 1.6 * radius + 3, radius, rng)
    return None if lump is None else with_alpha(good, good.alpha * (1 - lump), lump > 0.1)


def _half(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """A region of radius 5, 10 or 18 px at about a half, inside or outside."""
    radius = (5, 10, 18)[strength]
    inside = rng.random() < 0.6
    base = (good.alpha > 0.98) if inside else (good.alpha < 0.02)
    deep = cv2.distanceTransform(base.astype(np.uint8), cv2.DIST_L2, 3)
    lump = blob(off_frame(deep > 1.6 * radius + 12, radius), radius, rng)
    if lump is None:
        return None
    value = np.float32(rng.uniform(0.3, 0.7))
    return with_alpha(good, good.alpha + lump * (value - good.alpha), lump > 0.5)


def _stairs(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """A mask without grey: in steps of 1, 2 or 3 px."""
    step = strength + 1
    height, width = good.alpha.shape
    small = cv2.resize(good.alpha, (width // step, height // step), interpolation=cv2.INTER_AREA)
    hard = cv2.resize((small >= 0.5).astype(np.float32), (width, height),
                      interpolation=cv2.INTER_NEAREST)  # fmt: skip
    return with_alpha(good, hard, np.abs(hard - good.alpha) > 0.1)


def _scissors(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """The edge tightened to 75, 50 or 30 % of its width, where it is 2 px wide and more."""
    width = _true_width(good)
    if width is None or width < 2.0:
        return None
    gain = 1 / (0.75, 0.5, 0.3)[strength]
    alpha = np.clip((good.alpha - 0.5) * np.float32(gain) + 0.5, 0, 1)
    return with_alpha(good, alpha, np.abs(alpha - good.alpha) > 0.02)


def _feathered(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """A sharp edge blurred by σ = 1.5, 3 or 5 px."""
    width = _true_width(good)
    if width is None or width > 2.5:
        return None
    alpha = cv2.GaussianBlur(good.alpha, (0, 0), (1.5, 3.0, 5.0)[strength])
    return with_alpha(good, alpha, np.abs(alpha - good.alpha) > 0.05)


def _true_width(good: Good) -> float | None:
    """Median 10–90 % width of the true alpha's plain edges, px."""
    outline = clean(good).outline
    if outline is None or outline.plain.sum() < 80:
        return None
    return float(np.median(outline.widths[0][outline.plain]))


def _noise(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """Grain of σ = 0.02, 0.05 or 0.1 in a disc of a quarter of the picture's side."""
    sigma = (0.02, 0.05, 0.1)[strength]
    side = min(good.alpha.shape) / 4
    y, x = np.nonzero(good.alpha > 0.5)
    n = int(rng.integers(len(y)))
    grid = np.ogrid[: good.alpha.shape[0], : good.alpha.shape[1]]
    disc = (grid[0] - y[n]) ** 2 + (grid[1] - x[n]) ** 2 < side**2
    grain = rng.standard_normal(good.alpha.shape, np.float32) * np.float32(sigma)
    return with_alpha(good, np.clip(good.alpha + grain * disc, 0, 1), disc)


def _shorn(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """The strands along 40 %, 70 % or all of where they are cut off, where they can be told."""
    grid = rng.random((4, 4)).astype(np.float32)
    height, width = good.alpha.shape
    field = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    seen = good.strands > 0.3
    if seen.sum() < 200:
        return None
    apart = np.linalg.norm(good.image / np.float32(255) - good.behind, axis=2)[seen]
    if float(apart.mean()) < 0.2:
        return None
    cut = field <= np.quantile(field[seen], (0.4, 0.7, 1.0)[strength])
    alpha = np.clip(good.alpha - good.strands * cut, 0, 1)
    return with_alpha(good, alpha, seen & cut)


def _blocks(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """A mask made of cells of 4, 6 or 10 px, or an alpha saved as JPEG of quality 35, 18 or 8."""
    height, width = good.alpha.shape
    if rng.random() < 0.5:
        quality = (35, 18, 8)[strength]
        _, saved = cv2.imencode(".jpg", np.rint(good.alpha * 255).astype(np.uint8),
                                [cv2.IMWRITE_JPEG_QUALITY, quality])  # fmt: skip
        alpha = np.asarray(cv2.imdecode(saved, cv2.IMREAD_GRAYSCALE), np.float32) / 255
    else:
        cell = (4, 6, 10)[strength] * float(rng.uniform(0.9, 1.1))
        size = round(width / cell), round(height / cell)
        small = cv2.resize(good.alpha, size, interpolation=cv2.INTER_AREA)
        alpha = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    return with_alpha(good, alpha, np.abs(alpha - good.alpha) > 0.05)


def _uneven(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """A quarter of a plain edge blurred by σ = 1.5, 2.5 or 4 px."""
    outline = clean(good).outline
    if outline is None or outline.plain.sum() < 200:
        return None
    places = outline.points[outline.plain & (outline.contrast > 0.2)]
    if len(places) < 100:
        return None
    x, y = places[int(rng.integers(len(places)))]
    grid = np.ogrid[: good.alpha.shape[0], : good.alpha.shape[1]]
    away = np.sqrt((grid[0] - y) ** 2 + (grid[1] - x) ** 2).astype(np.float32)
    reach = 0.12 * np.sqrt(float((good.alpha > 0.5).sum())) * 2
    share = np.clip((reach - away) / 10 + 1, 0, 1)
    soft = cv2.GaussianBlur(good.alpha, (0, 0), (1.5, 2.5, 4.0)[strength])
    alpha = good.alpha + share * (soft - good.alpha)
    changed = np.abs(alpha - good.alpha) > 0.05
    near = (np.hypot(places[:, 0] - x, places[:, 1] - y) < reach).sum()
    return with_alpha(good, alpha, changed) if near >= 40 else None


def _astray(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """The outline moved in or out by 5, 9 or 15 px along a stretch.

    There to be seen: along nine tenths of it the subject stands out by 0.2 in sRGB, and where the
    outline goes instead the photo's own changes (over 6 px, the median) are less than half of that:
    on the inner side of a drawn line it would run along an edge again.
    """
    off = (5, 9, 15)[strength]
    outline = clean(good).outline
    if outline is None or not outline.plain.any():
        return None
    solid = (good.alpha > 0.5).astype(np.uint8)
    signed = cv2.distanceTransform(solid, cv2.DIST_L2, 5) - cv2.distanceTransform(
        1 - solid, cv2.DIST_L2, 5)  # fmt: skip
    reach = max(40.0, 0.25 * float(np.sqrt(solid.sum())))
    places = outline.points[outline.plain]
    grid = np.ogrid[: good.alpha.shape[0], : good.alpha.shape[1]]
    way = rng.choice([-1, 1])
    for n in rng.permutation(len(places))[:10]:
        x, y = places[n]
        near = np.hypot(*(outline.points - places[n]).T) < reach
        seen = outline.plain[near] & (outline.contrast[near] >= 0.2)
        there = np.array([-3, 3], np.float32) - np.float32(off * way)
        ends = outline.sample(good.image.astype(np.float32) / 255, there)[near]
        changes = float(np.median(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)))
        if seen.mean() < 0.9 or changes > 0.5 * float(np.median(outline.contrast[near])):
            continue
        away = np.sqrt((grid[0] - y) ** 2 + (grid[1] - x) ** 2).astype(np.float32)
        share = np.clip((reach - away) / (2 * off) + 1, 0, 1)
        moved = np.clip((signed + way * off * share) / 1.5 + 0.5, 0, 1)
        alpha = np.where(share > 0, moved, good.alpha).astype(np.float32)
        changed = np.abs(alpha - good.alpha) > 0.5
        return with_alpha(good, alpha, changed)
    return None


def _cut(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """The picture cropped so that 10, 20 or 40 % of the subject are outside."""
    share = (0.1, 0.2, 0.4)[strength]
    x0, y0, x1, y1 = (int(v) for v in bounds(good.alpha > 0.5))
    side = int(rng.integers(4))
    part = (
        np.s_[y0 + round(share * (y1 - y0)) :, :], np.s_[: y1 - round(share * (y1 - y0)), :],
        np.s_[:, x0 + round(share * (x1 - x0)) :], np.s_[:, : x1 - round(share * (x1 - x0))],
    )[side]  # fmt: skip
    cropped = np.ascontiguousarray(good.alpha[part])
    edge = (cropped[0], cropped[-1], cropped[:, 0], cropped[:, -1])[side] > 0.5
    if not edge.any():
        return None
    h, w = cropped.shape
    box = ((0, 0, w, 1), (0, h - 1, w, h), (0, 0, 1, h), (w - 1, 0, w, h))[side]
    sight = Sight(np.ascontiguousarray(good.image[part]), cropped)
    return Planted(sight, tuple(map(float, box)), cropped)  # type: ignore[arg-type]


def _apart(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """A bulge of radius 10, 18 or 30 px that the model's mask does not have, across the edge."""
    radius = (10, 18, 30)[strength]
    edge = cv2.Canny((good.alpha > 0.5).astype(np.uint8) * 255, 50, 100) > 0
    lump = blob(off_frame(edge, radius), radius, rng)
    if lump is None:
        return None
    more = rng.random() < 0.5
    alpha = np.maximum(good.alpha, lump) if more else good.alpha * (1 - lump)
    changed = np.abs(alpha - good.alpha) > 0.5
    return None if changed.sum() < radius**2 else with_alpha(good, alpha, changed)


def off_frame(where: np.ndarray, by: float) -> np.ndarray:
    """Of (H, W) bool, what is farther than ``by`` pixels from the frame."""
    room = int(np.ceil(by)) + 2
    inner = np.zeros_like(where)
    inner[room:-room, room:-room] = where[room:-room, room:-room]
    return inner


PLANTERS: Mapping[str, Callable[[Good, int, np.random.Generator], Planted | None]] = {
    "fringe": _fringe,
    "patches_left": _patches,
    "holes": _holes,
    "lost_hair": _shorn,
    "half_opaque": _half,
    "stair_steps": _stairs,
    "blocky_edge": _blocks,
    "cookie_cutter": _scissors,
    "soft_edges": _feathered,
    "uneven_width": _uneven,
    "off_edge": _astray,
    "alpha_noise": _noise,
    "cut_by_frame": _cut,
    "model_disagrees": _apart,
}
"""Defects of the alpha or its colours alone, by the code of the check that should see them."""
