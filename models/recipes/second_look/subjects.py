"""Many subjects out of few cut-outs: bent, recoloured, with the light and dark of photos on them.

    python models/recipes/second_look/subjects.py OUT FOLDER [FOLDER ...]

A network that saw sixteen animals learns those sixteen by heart. What it is to learn is how photo,
mask, colours and box hang together, and for that a thing need not exist: each picture with alpha
below the folders (PNG, WebP) becomes one of another shape, colour and texture. What was shipped was
trained on the 3D pictures of Fluent Emoji (MIT; the npm package @lobehub/fluent-emoji-3d 1.1.0,
those without a skin tone in their name), on the painted portraits of Battle for Wesnoth (GPL-2+;
Debian's wesnoth-1.16-data; each twice) and on the drawings among the benchmark's training cut-outs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from workbench.cutouts import material, read_background

LEAST, MOST = 360, 600  # pixels of the longer side
ROOM = 24  # around it, so that it can bend
SOLID = 4000  # pixels at least


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(5)
    found = material("train")
    papers = [_paper(path) for path in found.backgrounds]
    pictures = [
        path for folder in given.folders for path in sorted(folder.rglob("*"))
        if path.suffix in (".png", ".webp")
    ]  # fmt: skip
    made = 0
    for path in (*pictures, *found.drawings):
        rgba = np.asarray(Image.open(path).convert("RGBA")).astype(np.float32) / 255
        other = varied(rgba, papers, rng)
        if other is not None:
            Image.fromarray(other).save(given.out / f"{made:05d}.png")
            made += 1
    print(f"{made} subjects of {len(pictures) + len(found.drawings)} pictures")


def varied(
    rgba: np.ndarray, papers: Sequence[np.ndarray], rng: np.random.Generator
) -> np.ndarray | None:
    """Another subject.

    Args:
        rgba: (H, W, 4) float32 in [0, 1]. papers: (h, w) float32 in [0, 1], what lies on it.

    Returns:
        (H', W', 4) uint8; None where it is next to nothing, or a picture and no cut-out.
    """
    ys, xs = np.nonzero(rgba[..., 3] > 0.05)
    if len(ys) < SOLID // 2:
        return None
    rgba = rgba[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    if rgba[..., 3].mean() > 0.93:
        return None
    scale = rng.uniform(LEAST, MOST) / max(rgba.shape[:2])
    rgba = np.pad(_resized(rgba, scale), ((ROOM, ROOM), (ROOM, ROOM), (0, 0)))
    height, width = rgba.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    far, wide = rng.uniform(0, 44), rng.uniform(25, 60)

    def bent() -> np.ndarray:
        noise = rng.normal(size=(height, width)).astype(np.float32)
        return np.asarray(cv2.GaussianBlur(noise, (0, 0), wide) * wide * far, np.float32)

    dx, dy = bent(), bent()
    rgba = np.dstack([
        cv2.remap(np.ascontiguousarray(rgba[..., n]), x + dx, y + dy, cv2.INTER_LINEAR)
        for n in range(4)
    ])  # fmt: skip
    hsv = cv2.cvtColor(np.ascontiguousarray(rgba[..., :3]), cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + (rng.uniform(0, 360) if rng.random() < 0.6 else 0)) % 360
    hsv[..., 1] *= rng.uniform(0.15, 0.9)
    hsv[..., 2] = hsv[..., 2] ** rng.uniform(0.7, 1.6) * rng.uniform(0.5, 1.05)
    rgb = cv2.cvtColor(hsv.clip(0, [360, 1, 1]).astype(np.float32), cv2.COLOR_HSV2RGB)
    if papers and rng.random() < 0.75:
        paper = cv2.resize(papers[int(rng.integers(len(papers)))], (width, height))
        rgb = rgb * (1 + rng.uniform(0.2, 0.9) * (paper / max(0.05, paper.mean()) - 1))[..., None]
    rgb = rgb + rng.normal(0, rng.uniform(0, 0.03), rgb.shape)
    if (rgba[..., 3] > 0.5).sum() < SOLID:
        return None
    return np.rint(255 * np.dstack([rgb, rgba[..., 3]]).clip(0, 1)).astype(np.uint8)


def _paper(path: Path) -> np.ndarray:
    grey = cv2.cvtColor(np.ascontiguousarray(read_background(path)), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (900, 600)).astype(np.float32) / 255)


def _resized(rgba: np.ndarray, scale: float) -> np.ndarray:
    def plane(part: np.ndarray) -> np.ndarray:
        part = np.ascontiguousarray(part)
        return np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC))

    return np.dstack([plane(rgba[..., :3]), plane(rgba[..., 3])]).clip(0, 1)


if __name__ == "__main__":
    main()
