"""A subject of known opacity before a coloured screen, whose light it catches."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

GREEN = (20, 175, 65)
BLUE = (25, 60, 180)


class Shot(NamedTuple):
    """image (H, W, 3) uint8; alpha (H, W) and colours (H, W, 3) float32, the truth."""

    image: np.ndarray
    alpha: np.ndarray
    colours: np.ndarray


def shot(screen=GREEN, seed=0, spill=0.2, falloff=0.25, noise=0.008) -> Shot:
    """A grey and skin-coloured figure with strands of hair; light that falls off over the screen.

    Composed in sRGB values: C = α (F + spill S) + (1 − α) S.
    """
    rng = np.random.default_rng(seed)
    height, width, fine = 150, 200, 4
    big = np.zeros((height * fine, width * fine), np.uint8)
    cv2.circle(big, (400, 340), 170, 255, -1)
    for angle in np.linspace(np.pi, 2 * np.pi, 40):
        start = np.array([400 + 160 * np.cos(angle), 340 + 160 * np.sin(angle)])
        end = start + rng.uniform(30, 90) * np.array([np.cos(angle), np.sin(angle)])
        ends = [tuple(int(v) for v in p) for p in (start, end)]
        cv2.line(big, *ends, 255, int(rng.integers(2, 6)), cv2.LINE_AA)
    alpha = cv2.resize(big, (width, height), interpolation=cv2.INTER_AREA)
    alpha = cv2.GaussianBlur(alpha.astype(np.float32) / 255, (0, 0), 0.7)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
    skin, grey = np.array([0.85, 0.62, 0.5]), np.array([0.45, 0.45, 0.47])
    ripple = 0.08 * np.sin(9 * x + 5 * y)
    colours = np.where((y > 0.55)[..., None], grey, skin) + ripple[..., None]
    light = 1 + falloff * (x / x.max() - 0.5) - falloff * (y - 0.5) ** 2
    backdrop = np.asarray(screen) / 255
    caught = spill * np.exp(-cv2.distanceTransform((alpha > 0.5).astype(np.uint8), 2, 5) / 15)
    solid = alpha[..., None]
    image = solid * (colours + caught[..., None] * backdrop)
    image = image + (1 - solid) * backdrop * light[..., None]
    image = image + rng.normal(0, noise, image.shape)
    return Shot(np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8), alpha, colours)
