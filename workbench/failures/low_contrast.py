"""Low contrast: subject and background approach each other in colour, in texture, or in both.

The background's colours are moved onto the subject's (their mean and spread along three axes:
Reinhard and others, "Color transfer between images", IEEE Computer Graphics and Applications 21,
2001, in opponent colours), the subject's own texture is laid over the background, or both. The
severity says how far.
"""

from __future__ import annotations

import cv2
import numpy as np

from .case import Case, Request
from .choosing import choose, shape_of
from .scene import assemble

VARIANTS = ("colour", "texture", "colour and texture")

_CLOSE = 0.96  # of the way that the background comes at severity 1: a trace is left to see
_OPPONENT = np.array([[1, 1, 1], [1, 0, -1], [-0.5, 1, -0.5]], np.float32) / 3


def make(asked: Request) -> Case:
    """A case of low contrast."""
    shape = shape_of(asked)
    chosen = choose(asked, shape)
    variant = VARIANTS[asked.seed % 3]
    inside = chosen.layer.alpha > 0.5
    own = chosen.layer.colour[inside]
    picture = chosen.background
    far = np.float32(_CLOSE * asked.severity)
    # Texture alone, in another colour, would hide nothing.
    near = far if "colour" in variant else 0.8 * far
    picture = picture + near * (_recoloured(picture, own) - picture)
    if "texture" in variant:
        fine = _texture(chosen.layer.colour, inside, max(shape), asked.rng("texture"))
        smooth = cv2.GaussianBlur(picture, (0, 0), max(shape) / 60)
        picture = picture + far * (smooth + fine - picture)
    picture = np.clip(picture, 0, 1)
    ring = cv2.dilate(inside.astype(np.uint8), np.ones((9, 9))).astype(bool) & ~inside
    gap = float(np.abs(own.mean(axis=0) - picture[ring].mean(axis=0)).mean())
    return assemble(
        asked, [chosen.layer], picture,
        f"The {chosen.layer.name} and what is behind it come close in {variant}: along much of "
        "the outline there is little for an edge to be told by.",
        material=chosen.material, sources=chosen.sources,
        facts={"variant": variant, "difference": gap},
    )  # fmt: skip


def _recoloured(picture: np.ndarray, own: np.ndarray) -> np.ndarray:
    """A picture with the mean and spread of other colours (n, 3)."""
    axes = picture @ _OPPONENT.T
    wanted = own @ _OPPONENT.T
    mean, spread = axes.mean(axis=(0, 1)), axes.std(axis=(0, 1))
    moved = (axes - mean) * (wanted.std(axis=0) / np.maximum(spread, 1e-3)) + wanted.mean(axis=0)
    return np.clip(moved @ np.linalg.inv(_OPPONENT).T.astype(np.float32), 0, 1).astype(np.float32)


def _texture(
    colour: np.ndarray, inside: np.ndarray, side: int, rng: np.random.Generator
) -> np.ndarray:
    """The subject's fine detail over the whole picture: (H, W, 3), mean 0.

    Patches of it at random places, faded into one another so that the spread stays the same.
    """
    cover = inside.astype(np.float32)
    sigma = side / 60
    level = cv2.GaussianBlur(cover, (0, 0), sigma)
    mean = cv2.GaussianBlur(colour * cover[..., None], (0, 0), sigma)
    fine = (colour - mean / np.maximum(level, 0.05)[..., None]) * cover[..., None]
    length = max(8, side // 9)
    solid = cv2.erode(cover, np.ones((length // 2, length // 2), np.uint8))
    rows, columns = np.nonzero(solid > 0 if solid.any() else inside)
    height, width = inside.shape
    window = np.hanning(length + 2)[1:-1].astype(np.float32)
    window = window[:, None] * window
    made = np.zeros((height + 2 * length, width + 2 * length, 3), np.float32)
    weight = np.full(made.shape[:2], 1e-3, np.float32)
    padded = cv2.copyMakeBorder(fine, *(length,) * 4, cv2.BORDER_REFLECT)
    step = length // 3
    for top in range(0, height + length, step):
        for left in range(0, width + length, step):
            pick = int(rng.integers(len(rows)))
            y, x = rows[pick] + length // 2, columns[pick] + length // 2
            patch = padded[y : y + length, x : x + length]
            if rng.random() < 0.5:
                patch = patch[:, ::-1]
            into = np.s_[top : top + length, left : left + length]
            made[into] += patch * window[..., None]
            weight[into] += window * window
    inner = np.s_[length : length + height, length : length + width]
    return made[inner] / np.sqrt(weight[inner])[..., None]
