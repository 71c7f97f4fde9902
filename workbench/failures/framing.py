"""Unusual pose and framing: turned over, an extreme format, cut by the frame, too near.

The subject itself is easy; what is unusual is how it lies in the picture. With the severity it is
turned further, the format becomes more extreme, and more of it is cut away.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from .backdrops import studio
from .case import Case, Request
from .choosing import backdrop, bust, evening, pot
from .material import any_background, cut_layer, real
from .scene import Layer, Shape, assemble

VARIANTS = ("turned", "extreme format", "cut by the frame", "close-up")


def make(asked: Request) -> Case:
    """A case of unusual framing."""
    variant = VARIANTS[asked.seed % len(VARIANTS)]
    much = asked.severity
    long, short = asked.size, round(0.75 * asked.size)
    shape = (short, long)
    rng = asked.rng("subject")
    if variant == "extreme format":
        # The number of pixels across falls from three quarters of the length to a quarter.
        short = round((0.75 - 0.5 * much) * asked.size)
        shape = (long, short) if rng.random() < 0.5 else (short, long)
    layer, picture, material, sources = _subject(asked, shape)
    turn, scale, move = 0.0, 1.0, (0.0, 0.0)
    if variant == "turned":
        turn = (1 if rng.random() < 0.5 else -1) * 180 * much
        scale = 1 + 0.35 * much
    elif variant == "cut by the frame":
        side = int(rng.integers(4))
        far = 0.42 * much
        move = ((far, 0), (-far, 0), (0, far), (0, -far))[side]
        move = move[0] * shape[1], move[1] * shape[0]
        scale = 1 + 0.5 * much
    elif variant == "close-up":
        scale = 1 + 2.2 * much
        move = rng.uniform(-0.12, 0.12) * much * shape[1], 0.25 * much * shape[0]
    elif shape[0] < shape[1]:
        scale = 1 + 0.5 * much
    layer = moved(layer, turn, scale, move)
    edges = [layer.alpha[0], layer.alpha[-1], layer.alpha[:, 0], layer.alpha[:, -1]]
    cut = float(sum((edge > 0.5).sum() for edge in edges) / (2 * sum(shape)))
    return assemble(
        asked,
        [layer],
        picture,
        f"{variant.capitalize()}: the {layer.name} is nothing unusual, but models have seldom seen "
        "it like this, and where the frame cuts it there is no background to learn from.",
        material=material,
        sources=sources,
        facts={"variant": variant, "angle": turn, "scale": scale, "border_cut": cut},
    )


def _subject(asked: Request, shape: Shape) -> tuple[Layer, np.ndarray, str, tuple[str, ...]]:
    """A subject that is all in the picture, over a background."""
    found = real(asked)
    rng = asked.rng("which")
    height, width = shape
    if found is not None:
        path = found.cutouts[int(rng.integers(len(found.cutouts)))]
        layer = cut_layer(path, shape, (0.5 * width, 0.5 * height), 0.72 * min(shape))
        picture, name = any_background(found, shape, asked.rng("background"))
        return layer, picture, "real", (path.stem, name)
    if rng.random() < 0.5:
        return (
            bust(asked, shape, 0.75, whole=True),
            evening(asked, shape),
            "procedural",
            ("astronaut",),
        )
    picture, sources = backdrop(asked, shape)
    if rng.random() < 0.4:
        picture, sources = studio(shape, rng.uniform(0.6, 0.95, 3)), sources[:0]
    return pot(asked, shape, 0.7), picture, "procedural", sources


def moved(layer: Layer, degrees: float, scale: float, move: tuple[float, float]) -> Layer:
    """A layer turned clockwise around its own middle, enlarged, and moved by (x, y) pixels."""
    height, width = layer.alpha.shape
    rows = np.flatnonzero((layer.alpha > 0.05).any(axis=1))
    columns = np.flatnonzero((layer.alpha > 0.05).any(axis=0))
    middle = (columns[0] + columns[-1]) / 2, (rows[0] + rows[-1]) / 2
    turn = cv2.getRotationMatrix2D(middle, -degrees, scale)
    turn[:, 2] += (
        np.array([width / 2 - middle[0], height / 2 - middle[1]]) * min(1, abs(degrees) / 30) + move
    )
    both = np.dstack([layer.colour * layer.alpha[..., None], layer.alpha])
    both = cv2.warpAffine(both, turn, (width, height), flags=cv2.INTER_LINEAR)
    alpha = np.ascontiguousarray(np.clip(both[..., 3], 0, 1))
    colour = np.clip(both[..., :3] / np.maximum(alpha, 1e-4)[..., None], 0, 1)
    return replace(layer, colour=colour, alpha=alpha)
