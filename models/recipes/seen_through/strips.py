"""Strips along the outlines of things, some of which are seen through, with how much.

    python models/recipes/seen_through/strips.py OUT --split train --scenes 1500
    python models/recipes/seen_through/strips.py OUT --split validation --scenes 600 --usual 1

A scene is one of ``workbench bench checks``'s good mattes, as it is or three times over: other
colours, before a photo turned, enlarged and recoloured, or noise. Each is kept as it is, and once
more with the background shining through a part of it: 25 to 85 % of it, in one of three shifted,
blurred or tinted on its way. Now and then the outline is moved off the thing instead, which is a
fault as well, but another. Of each the longest line of the outline is kept: the photo across it,
how much shines through just inside, and where a check can tell.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from workbench.benchmark.goodmattes import Good, good
from workbench.cutouts import Material, material, read_background
from workbench.quality.checks import Sight
from workbench.quality.checks.seen_through import can_be_told, strip

FIRST = {"train": 900_000, "validation": 600_000}
"""Numbers of good mattes that no benchmark uses."""

FEWEST = 60  # points of the outline where a check can tell
OFF = 0.12  # of the right outlines, that are moved off the thing


@dataclass(frozen=True)
class Picture:
    """A thing (H, W), its colours and what is behind it (H, W, 3), float32; the photo's grain."""

    alpha: np.ndarray
    colours: np.ndarray
    behind: np.ndarray
    grain: float


def pixels(
    one: Picture, through: np.ndarray, shining: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """(H, W, 3) uint8 with ``shining`` through it, (H, W) 0 to 1."""
    alpha, through = one.alpha[..., None], through[..., None]
    made = alpha * ((1 - through) * one.colours + through * shining) + (1 - alpha) * one.behind
    made = made + rng.standard_normal(made.shape, np.float32) * np.float32(one.grain)
    return np.clip(np.rint(made * 255), 0, 255).astype(np.uint8)


def veil(one: Picture, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray] | None:
    """How much shines through, (H, W), and what, (H, W, 3). None for a thing without an outline."""
    points = np.argwhere(np.abs(one.alpha - 0.5) < 0.2)
    if not len(points):
        return None
    y, x = points[int(rng.integers(len(points)))]
    rows, columns = np.ogrid[: one.alpha.shape[0], : one.alpha.shape[1]]
    reach = max(50.0, rng.uniform(0.2, 0.7) * float(np.sqrt((one.alpha > 0.5).sum())))
    flat = rng.uniform(0.5, 1.5)
    away = np.sqrt(((rows - y) * flat) ** 2 + ((columns - x) / flat) ** 2)
    part = np.clip((reach - away) / rng.uniform(4, 30) + 1, 0, 1).astype(np.float32)
    if rng.random() < 0.2:
        part[:] = 1
    shining = one.behind
    if rng.random() < 0.35:
        if rng.random() < 0.6:
            by = np.float32([[1, 0, rng.uniform(-5, 5)], [0, 1, rng.uniform(-5, 5)]])
            shining = cv2.warpAffine(
                shining, by, shining.shape[1::-1], borderMode=cv2.BORDER_REPLICATE
            )
        if rng.random() < 0.6:
            shining = cv2.GaussianBlur(shining, (0, 0), rng.uniform(0.5, 2.5))
        shining = shining * rng.uniform(0.75, 1.1, 3).astype(np.float32)
    return part * np.float32(rng.uniform(0.25, 0.85)), shining


def recoloured(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same in other colours: gamma, channels exchanged and mixed, contrast."""
    made = np.clip(photo, 0, 1) ** np.float32(rng.uniform(0.6, 1.6))
    if rng.random() < 0.5:
        made = made[..., rng.permutation(3)]
    if rng.random() < 0.5:
        mixed = np.eye(3) + rng.normal(0, 0.15, (3, 3))
        made = made @ (mixed / mixed.sum(axis=1, keepdims=True)).T.astype(np.float32)
    if rng.random() < 0.15:
        made = 1 - made
    low, high = rng.uniform(0, 0.25), rng.uniform(0.7, 1)
    return np.clip(low + (high - low) * made, 0, 1).astype(np.float32)


def ground(pictures: Material, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """(H, W, 3) float32: a photo turned, enlarged, recoloured, at times blurred; or noise."""
    if rng.random() < 0.12:
        noise = rng.standard_normal((*size, 3)).astype(np.float32)
        noise = cv2.GaussianBlur(noise, (0, 0), rng.uniform(1, 20))
        noise *= np.float32(rng.uniform(0.05, 0.2)) / noise.std()
        return np.clip(noise + rng.uniform(0.2, 0.8, 3), 0, 1).astype(np.float32)
    chosen = pictures.backgrounds[int(rng.integers(len(pictures.backgrounds)))]
    photo = read_background(chosen)[..., :3].astype(np.float32) / 255
    fit = max(size[0] / photo.shape[0], size[1] / photo.shape[1])
    zoom = fit * float(np.exp(rng.uniform(np.log(0.35), np.log(2.5))))
    turn = rng.uniform(0, 360) if rng.random() < 0.6 else 90.0 * int(rng.integers(4))
    if zoom < 0.7:
        photo = cv2.GaussianBlur(photo, (0, 0), 0.4 / zoom)
    way = cv2.getRotationMatrix2D((0, 0), turn, zoom)
    seen = rng.uniform(0.2, 0.8, 2) * photo.shape[1::-1]  # comes to the middle
    way[:, 2] = np.array(size[::-1]) / 2 - way[:, :2] @ seen
    photo = cv2.warpAffine(photo, way, size[::-1], borderMode=cv2.BORDER_REFLECT)
    photo = recoloured(photo, rng)
    return cv2.GaussianBlur(photo, (0, 0), rng.uniform(0.4, 3)) if rng.random() < 0.4 else photo


def kept(image: np.ndarray, alpha: np.ndarray, through: np.ndarray) -> dict[str, np.ndarray] | None:
    """The longest line's ``photo`` (n, 49, 3) uint8, ``t`` (n,) uint8 and ``told`` (n,) bool."""
    sight = Sight(image, alpha)
    outline = sight.outline
    if outline is None:
        return None
    told = can_be_told(outline)
    if told.sum() < FEWEST:
        return None
    here = outline.lines == np.bincount(outline.lines[told]).argmax()
    inside = outline.sample(through, np.array([3, 5, 8], np.float32)).mean(axis=1)
    return {
        "photo": np.rint(strip(sight, outline)[here] * 255).clip(0, 255).astype(np.uint8),
        "t": np.rint(inside[here] * 255).astype(np.uint8), "told": told[here],
    }  # fmt: skip


def strips(
    whole: Good, pictures: Material, usual: bool, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """All that is kept of a scene; names begin with the strip's number."""
    shape = whole.alpha.shape
    nothing = np.zeros(shape, np.float32)
    made: list[dict[str, np.ndarray] | None] = []
    for _ in range(1 if usual else 3):
        colours = whole.colours
        if not usual and rng.random() < 0.7:
            colours = recoloured(colours, rng)
        behind = whole.behind if usual else ground(pictures, shape, rng)
        one = Picture(whole.alpha, colours, behind, rng.uniform(0, 0.02))
        alpha = whole.alpha
        if rng.random() < OFF:
            angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(6, 24)
            by = np.float32([[1, 0, far * np.cos(angle)], [0, 1, far * np.sin(angle)]])
            alpha = cv2.warpAffine(alpha, by, shape[::-1])
        made.append(kept(pixels(one, nothing, behind, rng), alpha, nothing))
        found = veil(one, rng)
        if found is not None:
            made.append(kept(pixels(one, *found, rng), whole.alpha, found[0]))
    return {f"{n}_{name}": v for n, one in enumerate(made) if one for name, v in one.items()}


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--split", choices=sorted(FIRST), default="train")
    parser.add_argument("--seed", type=int, default=0, help="the first scene's number")
    parser.add_argument("--scenes", type=int, default=1500)
    parser.add_argument("--usual", type=float, default=0.5, help="share that is as it is")
    given = parser.parse_args()
    folder = given.out / given.split
    folder.mkdir(parents=True, exist_ok=True)
    pictures = material(given.split)
    for n in range(given.seed, given.seed + given.scenes):
        path = folder / f"{n}.npz"
        if path.exists():
            continue
        seed = FIRST[given.split] + n
        rng = np.random.default_rng([seed, 78])
        whole = good(pictures, given.split, seed)
        np.savez(path, **strips(whole, pictures, rng.random() < given.usual, rng))


if __name__ == "__main__":
    main()
