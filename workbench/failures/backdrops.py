"""Backgrounds: a studio, lights out of focus, walls, a meadow; drawn, or from shipped photos."""

from __future__ import annotations

import cv2
import numpy as np

from .material import filled, photo
from .scene import Shape


def studio(shape: Shape, colour: np.ndarray, horizon: float = 0.62) -> np.ndarray:
    """A paper sweep: a wall that bends into a floor without an edge, lit from the upper left."""
    height, width = shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    y, x = y / height, x / width
    wall = 0.92 - 0.35 * np.hypot(x - 0.32, 0.8 * (y - 0.25))
    floor = 0.98 - 0.30 * np.abs(x - 0.45) - 0.10 * (1 - y)
    bend = 1 / (1 + np.exp(-(y - horizon) / 0.045))
    dip = 0.09 * np.exp(-(((y - horizon) / 0.05) ** 2))
    level = wall * (1 - bend) + floor * bend - dip
    return np.clip(level[..., None] * np.asarray(colour, np.float32), 0, 1).astype(np.float32)


def bokeh(
    shape: Shape, rng: np.random.Generator, colours: np.ndarray, focus: float = 0.0
) -> np.ndarray:
    """Lights out of focus: discs of many sizes over a dim gradient, small at ``focus`` 1."""
    height, width = shape
    base = colours[0] * 0.35
    down = np.linspace(0.8, 1.3, height, dtype=np.float32)[:, None, None]
    made = np.clip(down * base, 0, 1) * np.ones((1, width, 1), np.float32)
    side = max(shape)
    for _ in range(70):
        centre = rng.uniform(-0.05, 1.05, 2) * [width, height]
        radius = side * rng.uniform(0.012, 0.05) * (1 - 0.8 * focus)
        tint = colours[int(rng.integers(len(colours)))]
        disc = np.zeros(shape, np.float32)
        fixed = tuple(int(v * 16) for v in centre)
        cv2.circle(disc, fixed, int(radius * 16), 1.0, -1, cv2.LINE_AA, 4)
        made += disc[..., None] * (tint * rng.uniform(0.1, 0.45)).astype(np.float32)
    return np.clip(cv2.GaussianBlur(made, (0, 0), 1 + side / 500), 0, 1).astype(np.float32)


def textured(
    shape: Shape, name: str, colour: np.ndarray, rng: np.random.Generator, share: float = 0.8
) -> np.ndarray:
    """A grey texture that scikit-image ships ("brick", "gravel", "grass") in a colour."""
    grey = filled(photo(name), shape, rng, share)
    return np.clip(grey * np.asarray(colour, np.float32) * 1.5, 0, 1)


def photographed(shape: Shape, name: str, rng: np.random.Generator, blur: float) -> np.ndarray:
    """A shipped photo, out of focus by ``blur`` (parts of the longer side)."""
    made = filled(photo(name), shape, rng, 0.9)
    sigma = blur * max(shape)
    return cv2.GaussianBlur(made, (0, 0), sigma) if sigma > 0.3 else made
