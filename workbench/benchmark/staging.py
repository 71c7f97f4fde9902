"""Defects that need a photo in which they can be: a limb to lose, a shadow to keep half of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import cv2
import numpy as np

from .. import matte
from ..compose import shadow
from ..quality.checks import Sight
from ..quality.checks.outline import TAPS, running
from .goodmattes import Good
from .planting import Planted, blob, bounds, off_frame


def _staged(
    good: Good, photo: np.ndarray, alpha: np.ndarray, truth: np.ndarray, changed: np.ndarray
) -> Planted | None:
    """A sight of another photo (H, W, 3) in [0, 1] with an alpha where ``truth`` is right."""
    if not changed.any():
        return None
    image = np.clip(np.rint(photo * 255), 0, 255).astype(np.uint8)

    def sight(plane: np.ndarray) -> Sight:
        return Sight(
            image, plane, lambda: matte.foreground_colours(image, plane),
            lambda: _as_a_model(plane), good.clicks,
        )  # fmt: skip

    return Planted(sight(alpha), bounds(changed), truth, sight(truth))


def _as_a_model(alpha: np.ndarray) -> np.ndarray:
    small = cv2.resize(alpha, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _photo(good: Good) -> np.ndarray:
    return good.image.astype(np.float32) / 255


def _limb(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """A limb of 4–9 px across and 18, 35 or 70 px long, in the colours where it begins, is lost.

    It is there to be seen: 0.2 in sRGB from what it covers along nine tenths of it.
    """
    outline = Sight(good.image, good.alpha).outline
    if outline is None or not outline.plain.any():
        return None
    length, wide = (18, 35, 70)[strength], float(rng.uniform(4, 9))
    for n in rng.permutation(np.flatnonzero(outline.plain))[:20]:
        begin, inward = outline.points[n].astype(np.float64), outline.normals[n].astype(np.float64)
        t = np.linspace(-4, length, 12)[:, None]
        side = np.array([-inward[1], inward[0]])
        line = begin - t * inward + rng.uniform(-0.25, 0.25) * t * np.abs(t) / length * side
        if line.min() < 12 or (line > np.array(good.alpha.shape[::-1]) - 13).any():
            continue
        limb = np.zeros_like(good.alpha)
        cv2.polylines(limb, [np.round(line * 16).astype(np.int32)], False, 1.0, round(wide),
                      cv2.LINE_AA, 4)  # fmt: skip
        limb = cv2.GaussianBlur(limb, (0, 0), 0.6)
        new = (limb > 0.5) & (good.alpha < 0.05)
        if new.sum() < 0.6 * wide * length or good.alpha[limb > 0.05][:].mean() > 0.5:
            continue
        x, y = np.round(begin + 5 * inward).astype(int)
        own = _photo(good)[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].mean(axis=(0, 1))
        apart = np.linalg.norm(good.behind[new] - own, axis=1)
        if float(np.quantile(apart, 0.1)) < 0.2:
            continue
        grain = rng.normal(0, 0.015, good.image.shape).astype(np.float32)
        under = limb * (1 - good.alpha)
        photo = _photo(good) + under[..., None] * (own + grain - good.behind)
        truth = np.maximum(good.alpha, good.alpha + under)
        return _staged(good, photo, good.alpha, truth, new)
    return None


def _extra(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """Another thing with an edge of its own, stands there and is kept: 12, 20 or 35 px."""
    radius = (12, 20, 35)[strength]
    away = cv2.distanceTransform((good.alpha < 0.02).astype(np.uint8), cv2.DIST_L2, 3)
    thing = blob(off_frame(away > 1.5 * radius + 6, 1.5 * radius), radius, rng)
    if thing is None:
        return None
    colour = rng.uniform(0.05, 0.95, 3).astype(np.float32)
    if float(np.linalg.norm(good.behind[thing > 0.5].mean(axis=0) - colour)) < 0.25:
        return None
    grain = rng.normal(0, 0.03, good.image.shape).astype(np.float32)
    photo = _photo(good) + thing[..., None] * (colour + grain - good.behind)
    return _staged(good, photo, np.maximum(good.alpha, thing), good.alpha, thing > 0.1)


def _gleam(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """A gleam of radius 4, 7 or 12 px on the subject is 70 % to wholly clear."""
    radius = (4, 7, 12)[strength]
    solid = (good.alpha > 0.98).astype(np.uint8)
    deep = cv2.distanceTransform(solid, cv2.DIST_L2, 3)
    spot = blob((deep > 0.6 * radius) & (deep < 6 * radius), radius, rng)
    if spot is None:
        return None
    spot = spot * good.alpha
    there = spot > 0.5
    colour = _photo(good)[(deep > 0) & (cv2.dilate(spot, np.ones((15, 15))) > 0) & ~there]
    if there.sum() < radius**2 or not len(colour) or float(colour.min(axis=1).mean()) > 0.6:
        return None
    clear = good.behind[cv2.dilate(spot, np.ones((41, 41))) > 0]
    if float(np.linalg.norm(1 - clear, axis=1).mean()) < 0.4:
        return None
    light = np.float32(rng.uniform(0.95, 1.0))
    photo = _photo(good) + spot[..., None] * (light - _photo(good))
    alpha = good.alpha * (1 - spot * np.float32(rng.uniform(0.7, 1.0)))
    return _staged(good, photo, alpha, good.alpha, there)


def _veil(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """Through a part of the subject 35, 55 or 75 % of the background shine, and it is opaque.

    There to be seen: over 49 points of its outline the background varies by 0.05 in sRGB. What does
    not change along the edge cannot be seen to go on behind it.
    """
    outline = Sight(good.image, good.alpha).outline
    if outline is None or outline.plain.sum() < 200:
        return None
    places = outline.points[outline.plain]
    x, y = places[int(rng.integers(len(places)))]
    grid = np.ogrid[: good.alpha.shape[0], : good.alpha.shape[1]]
    reach = max(70.0, 0.35 * float(np.sqrt((good.alpha > 0.5).sum())))
    away = np.sqrt((grid[0] - y) ** 2 + (grid[1] - x) ** 2)
    disc = np.clip((reach - away) / 8 + 1, 0, 1).astype(np.float32)
    near = np.hypot(*(outline.points - [x, y]).T) < reach
    pattern = outline.sample(good.behind)[:, TAPS == -3][:, 0]
    everywhere = np.ones(len(pattern), bool)
    means = running(pattern, everywhere, outline.lines, 49)[0]
    varies = ((pattern - means) ** 2).mean(axis=1)
    varies = np.sqrt(np.maximum(running(varies, everywhere, outline.lines, 49)[0], 0))
    if near.sum() < 110 or (varies[near & outline.plain] >= 0.05).sum() < 49:
        return None
    through = (0.35, 0.55, 0.75)[strength] * disc
    photo = _photo(good) + (through * good.alpha)[..., None] * (good.behind - good.colours)
    return _staged(good, photo, good.alpha, good.alpha * (1 - through),
                   (disc > 0.5) & (good.alpha > 0.5))  # fmt: skip


def _cast(good: Good, rng: np.random.Generator, dark: float) -> np.ndarray | None:
    """(H, W) how dark a shadow makes the ground: the subject's outline laid down to one side, and
    the contact under its foot. None where there is no room."""
    solid = (good.alpha > 0.5).astype(np.float32)
    rows = np.flatnonzero(solid.any(axis=1))
    foot, high = float(rows[-1]), float(rows[-1] - rows[0] + 1)
    lean = rng.choice([-1, 1]) * rng.uniform(0.6, 1.0)
    flat = rng.choice([-1, 1]) * rng.uniform(0.15, 0.3)  # before or behind it
    turned = np.array([[1, -lean, lean * foot], [0, flat, foot * (1 - flat)]], np.float32)
    made = cv2.warpAffine(solid, turned, solid.shape[::-1])
    columns = np.flatnonzero(solid[int(foot - 0.05 * high) :].any(axis=0))
    middle = round(float(columns.mean())), int(foot)
    half = max(6, round((columns[-1] - columns[0]) * 0.55)), max(5, round(0.05 * high))
    cv2.ellipse(made, middle, half, 0, 0, 360, 1.0, -1)
    made = cv2.GaussianBlur(made, (0, 0), rng.uniform(2.0, 4.0))
    made = np.float32(dark) * made / max(float(made.max()), 1e-3)
    seen = (made > 0.5 * dark) & (good.alpha < 0.05)
    return made if seen.sum() > 0.02 * high**2 else None


def _half_shadow(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """Of a shadow that takes 30, 45 or 60 % of the light a half is kept."""
    dark = (0.3, 0.45, 0.6)[strength]
    shade = _cast(good, rng, dark)
    if shade is None:
        return None
    there = (shade > 0.6 * dark) & (good.alpha < 0.05)
    columns = np.flatnonzero(there.any(axis=0))
    body = np.flatnonzero((good.alpha > 0.5).any(axis=0))
    middle = int(np.median(np.nonzero(there)[1]))
    kept = there.copy()
    if np.median(columns) > np.median(body):
        kept[:, middle:] = False
    else:
        kept[:, :middle] = False
    if float(good.behind[there].mean()) < 0.2 or kept.sum() < 400:
        return None
    kept = cv2.GaussianBlur(kept.astype(np.float32), (0, 0), 0.8)
    photo = _photo(good) - (shade * (1 - good.alpha))[..., None] * good.behind
    alpha = np.maximum(good.alpha, kept)
    return _staged(good, photo, alpha, good.alpha, kept > 0.1)


def _floating(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """A subject that stands in a shadow of 30, 45 or 60 % goes without it onto another ground.

    Right is the same with its shadow, or, half of the time, a photo that had none.
    """
    dark = (0.3, 0.45, 0.6)[strength]
    shade = _cast(good, rng, dark)
    if shade is None:
        return None
    behind = np.clip(cv2.GaussianBlur(good.behind, (0, 0), 12), 0, 1)
    photo = good.alpha[..., None] * good.colours + ((1 - good.alpha) * (1 - shade))[..., None] * (
        behind)  # fmt: skip
    there = (good.alpha > 0.5) | (shade > 0.2 * dark)
    made = _staged(good, photo, good.alpha, good.alpha, there)
    if made is None or float(behind[shade > 0.5 * dark].mean()) < 0.15:
        return None
    image, ground = made.sight.image, np.ascontiguousarray(good.behind[:, ::-1])
    sight = replace(
        made.sight, background=np.clip(ground, 0, 1),
        make_shadow=lambda: shadow.lift_shadow(image, good.alpha),
    )  # fmt: skip
    right = replace(sight, shade=shade * (good.alpha < 0.9))
    if rng.random() < 0.5:
        bare = good.image
        right = replace(sight, image=bare, make_shadow=lambda: shadow.lift_shadow(bare, good.alpha))
    return replace(made, sight=sight, clean=right)


def _otherwise_lit(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """The photo's own background, mirrored, in a light stronger or weaker by 0.5, 1 or 1.8 stops,
    or warmer or colder by 15, 30 or 50 %."""
    ground = np.clip(np.ascontiguousarray(good.behind[:, ::-1]), 0, 1)
    gains = np.ones(3)
    way = rng.choice([-1, 1])
    if rng.random() < 0.5:
        gains *= 2.0 ** (way * (0.5, 1.0, 1.8)[strength])
    else:
        tint = (0.15, 0.3, 0.5)[strength]
        gains[[0, 2]] = (1 + tint) ** way, (1 + tint) ** -way
    lit = np.clip(ground**2.2 * gains, 0, 1) ** (1 / 2.2)
    sight = Sight(good.image, good.alpha, lambda: good.colours, None, good.clicks,
                  background=lit.astype(np.float32))  # fmt: skip
    return Planted(sight, bounds(good.alpha > 0.5), good.alpha,
                   replace(sight, background=ground.astype(np.float32)))  # fmt: skip


def _short(good: Good, strength: int, rng: np.random.Generator) -> Planted | None:
    """From one side 15, 25 or 40 % of the subject are lost that the box around it holds. The box is
    drawn off by up to 5 % of its size on each side."""
    share = (0.15, 0.25, 0.4)[strength]
    x0, y0, x1, y1 = bounds(good.alpha > 0.5)
    off = rng.uniform(-0.05, 0.05, 4) * [x1 - x0, y1 - y0, x1 - x0, y1 - y0]
    box = (x0 + off[0], y0 + off[1], x1 + off[2], y1 + off[3])
    part = (
        np.s_[: round(y0 + share * (y1 - y0)), :], np.s_[round(y1 - share * (y1 - y0)) :, :],
        np.s_[:, : round(x0 + share * (x1 - x0))], np.s_[:, round(x1 - share * (x1 - x0)) :],
    )[int(rng.integers(4))]  # fmt: skip
    alpha = good.alpha.copy()
    alpha[part] = 0
    lost = good.alpha - alpha > 0.5
    if not lost.any() or not (alpha > 0.5).any():
        return None
    clean = Sight(good.image, good.alpha, kept=good.clicks, boxes=(box,))
    return Planted(replace(clean, alpha=alpha), bounds(lost), good.alpha, clean)


STAGED: Mapping[str, Callable[[Good, int, np.random.Generator], Planted | None]] = {
    "extras": _extra,
    "thin_parts_lost": _limb,
    "highlights_lost": _gleam,
    "solid_transparency": _veil,
    "shadow_half_kept": _half_shadow,
    "floating": _floating,
    "light_mismatch": _otherwise_lit,
    "short_of_box": _short,
}
"""By the code of the check that should see it."""
