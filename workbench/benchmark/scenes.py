"""Scenes with known truth: one to three real cut-outs over a real photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from ..coordinates import Box
from ..cutouts import SPLITS, Material, read_background, read_cutout

SIZES = ((480, 640), (600, 800), (720, 960), (960, 720), (768, 1024))
VISIBLE = 0.5  # of the target, at least: the rest may be hidden or outside the picture
SMALLEST = 0.004  # of the picture, that a target covers at least

_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture and what is in it.

    Attributes:
        image: (H, W, 3) uint8 sRGB, composited in sRGB values.
        subjects: (n, H, W) bool, the visible part of each cut-out (opacity of half and more), the
            target first.
        visible: (n,) share of each that is neither hidden nor outside the picture.
        box: as drawn by hand around the target: its bounds, each side off by up to 4 %.
    """

    image: np.ndarray
    subjects: np.ndarray
    visible: np.ndarray
    box: Box

    @property
    def truth(self) -> np.ndarray:
        """(H, W) bool: the target's visible part."""
        return self.subjects[0]


def scene(material: Material, split: str, seed: int) -> Scene:
    """The scene of a number; always the same for the same material, split and seed."""
    rng = np.random.default_rng([20261122, list(SPLITS).index(split), seed])
    while True:
        size = any_of(SIZES, rng)
        image = background(read_background(any_of(material.backgrounds, rng)), size, rng)
        cutouts = [read_cutout(any_of(material.cutouts, rng)) for _ in range(rng.integers(1, 4))]
        image, subjects, visible = stack(image, cutouts, rng)
        fit = np.flatnonzero((visible >= VISIBLE) & (subjects.mean(axis=(1, 2)) > SMALLEST))
        if len(fit):
            break
    target = int(rng.choice(fit))
    order = [target, *(n for n in range(len(subjects)) if n != target)]
    pixels = photographed(image, rng, blur=(0.2, 0.9), noise=(0.0, 0.025))
    return Scene(pixels, subjects[order], visible[order], drawn_box(subjects[target], rng))


def any_of(things: Sequence[_T] | tuple[Path, ...], rng: np.random.Generator) -> _T:
    """One of them."""
    return things[int(rng.integers(len(things)))]  # type: ignore[return-value]


def background(picture: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A part of a photo at ``size`` (rows, columns), mirrored half the time: float32 in [0, 1]."""
    import cv2

    height, width = picture.shape[:2]
    share = rng.uniform(0.5, 1.0)
    per = share * min(height / size[0], width / size[1])
    rows, columns = max(1, int(size[0] * per)), max(1, int(size[1] * per))
    top, left = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
    part = picture[top : top + rows, left : left + columns]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    way = cv2.INTER_AREA if per > 1 else cv2.INTER_CUBIC
    made = cv2.resize(np.ascontiguousarray(part), size[::-1], interpolation=way)
    return made.astype(np.float32) / 255


def stack(
    image: np.ndarray, cutouts: Sequence[np.ndarray], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut-outs laid one over another onto a picture, each somewhere in it.

    Returns:
        The picture (H, W, 3) float32, the visible part of each cut-out (n, H, W) bool, and which
        share of it that is (n,).
    """
    alphas: list[np.ndarray] = []
    areas: list[float] = []
    for cutout in cutouts:
        layer, area = laid(cutout, (image.shape[0], image.shape[1]), rng)
        alpha = layer[..., 3]
        image = layer[..., :3] + (1 - alpha[..., None]) * image
        alphas = [a * (1 - alpha) for a in alphas]
        alphas.append(alpha)
        areas.append(area)
    visible = np.array([float(a.sum()) / max(w, 1.0) for a, w in zip(alphas, areas, strict=True)])
    return image, np.stack([a >= 0.5 for a in alphas]), visible


def laid(
    cutout: np.ndarray, size: tuple[int, int], rng: np.random.Generator
) -> tuple[np.ndarray, float]:
    """A cut-out scaled, turned, mirrored and moved: (H, W, 4) float32, colours times opacity.

    Also returned is the area that all of it would cover, in pixels of the picture: up to a sixth
    of its width or height may lie outside. It is enlarged by at most 2.2, which keeps it sharp
    enough not to be told by its blur alone.
    """
    import cv2

    height, width = cutout.shape[:2]
    wanted = rng.uniform(0.3, 0.9) * min(size)
    scale = min(wanted / max(height, width), 2.2)
    premultiplied = cutout.astype(np.float32) / 255
    premultiplied[..., :3] *= premultiplied[..., 3:]
    premultiplied[..., :3] *= rng.uniform(0.85, 1.1)
    if rng.random() < 0.5:
        premultiplied = premultiplied[:, ::-1]
    if scale < 1:
        small = max(1, round(width * scale)), max(1, round(height * scale))
        premultiplied = cv2.resize(premultiplied, small, interpolation=cv2.INTER_AREA)
        scale = 1.0
    height, width = premultiplied.shape[:2]
    angle = rng.uniform(-20, 20) if rng.random() < 0.5 else 0.0
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale)
    half_w, half_h = width * scale / 2, height * scale / 2
    x = rng.uniform(min(half_w * 2 / 3, size[1] / 2), max(size[1] - half_w * 2 / 3, size[1] / 2))
    y = rng.uniform(min(half_h * 2 / 3, size[0] / 2), max(size[0] - half_h * 2 / 3, size[0] / 2))
    matrix[:, 2] += x - width / 2, y - height / 2
    layer = cv2.warpAffine(
        np.ascontiguousarray(premultiplied), matrix, size[::-1], flags=cv2.INTER_LINEAR
    )
    layer[..., :3] = np.minimum(layer[..., :3], layer[..., 3:])
    return layer, float(premultiplied[..., 3].sum()) * scale * scale


def photographed(
    image: np.ndarray,
    rng: np.random.Generator,
    blur: tuple[float, float],
    noise: tuple[float, float],
) -> np.ndarray:
    """A picture (H, W, 3) float32 as uint8 with a blur (σ in pixels) and grain (σ of 0–1)."""
    import cv2

    image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(*blur)))
    grain = rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(*noise))
    return np.clip(np.rint((image + grain) * 255), 0, 255).astype(np.uint8)


def drawn_box(mask: np.ndarray, rng: np.random.Generator, off: float = 0.04) -> Box:
    """The bounds of a mask as a hand draws them: each side off by up to ``off`` of the size."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    x0, y0, x1, y1 = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    dx, dy = (rng.uniform(-off, off, 2) * (b - a) for a, b in ((x0, x1), (y0, y1)))
    box = (
        max(0.0, float(x0 + dx[0])), max(0.0, float(y0 + dy[0])),
        min(float(mask.shape[1]), float(x1 + dx[1])), min(float(mask.shape[0]), float(y1 + dy[1])),
    )  # fmt: skip
    return box
