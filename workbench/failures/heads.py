"""Who has hair: the portraits' people and cat, the benchmark's animals, a bust from behind."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..cutouts import Material
from . import strands
from .case import Request
from .material import cut_layer
from .portraits import polygon, portrait, smooth
from .scene import Layer, Shape
from .strands_laid import fringe, laid, many, spaced


def flyaways(asked: Request, shape: Shape, picture: np.ndarray) -> Layer:
    """The astronaut's portrait, its hair loosened."""
    made = portrait("astronaut", shape, "portrait")
    outline = spaced(made.outline, 1.5)
    # Her hair ends at about y = 118 of the photo.
    hair = (outline[:, 1] < made.at(0, 118)[1]) & (outline[:, 1] > 0)
    kinds = ((900, 0.020, 0.4, 0.45, 0.8), (260, 0.05, 0.5, 0.6, 1.4), (60, 0.10, 0.3, 0.5, 1.8))
    return fringe(asked, made.layer, picture, outline, hair, kinds)


def hat(asked: Request, shape: Shape, picture: np.ndarray) -> Layer:
    """The admiral's portrait, with hair that comes from under the hat."""
    made = portrait("hopper", shape, "portrait")
    outline = spaced(made.outline, 1.5)
    low, high = made.at(0, 188)[1], made.at(0, 296)[1]
    hair = np.asarray((outline[:, 1] > low) & (outline[:, 1] < high))
    kinds = ((420, 0.018, 0.4, 0.5, 1.0), (150, 0.045, 0.4, 0.7, 2.0))
    # Down and outwards, white as her hair is.
    lean = np.where(outline[:, 0] < made.at(260, 0)[0], -0.7, 0.7)
    own = np.array([0.62, 0.55, 0.48])
    return fringe(asked, made.layer, picture, outline, hair, kinds, lean, own=own)


def cat(asked: Request, shape: Shape, picture: np.ndarray) -> Layer:
    """A cat's face from near, with fur and whiskers."""
    made = portrait("chelsea", shape, "cat")
    outline = spaced(made.outline, 1.0)
    kinds = ((2600, 0.020, 0.35, 0.3, 0.5), (700, 0.034, 0.4, 0.4, 0.8))
    inside = np.asarray(
        (outline > 1).all(axis=1) & (outline < [shape[1] - 1, shape[0] - 1]).all(axis=1)
    )
    # Fur lies downwards.
    left = outline[:, 0] < made.at(200, 0)[0]
    layer = fringe(asked, made.layer, picture, outline, inside, kinds, np.where(left, -0.5, 0.5))
    rng = asked.rng("whiskers")
    side = max(shape)
    roots, ways, bends = [], [], []
    for x, y, way, bend in ((196, 246, np.pi - 0.15, -0.35), (300, 246, 0.12, 0.4)):
        for n in range(9):
            roots.append(made.at(x + rng.uniform(-16, 16), y + 3.0 * (n - 4)))
            ways.append(way + (0.07 if way < 1 else -0.07) * (n - 4) + rng.normal(0, 0.04))
            bends.append(bend + rng.normal(0, 0.15))
    count = len(roots)
    points = strands.curves(
        np.array(roots),
        np.array(ways),
        side * rng.uniform(0.2, 0.36, count),
        np.array(bends),
        knots=24,
    )
    colours = np.array([0.95, 0.92, 0.88]) * rng.uniform(0.9, 1.04, (count, 1))
    return laid(asked, layer, points, colours, picture, width=1.25, tip=0.15)


def pelt(
    asked: Request, shape: Shape, picture: np.ndarray, found: Material
) -> tuple[Layer, tuple[str, ...]]:
    """One of the benchmark's animals, with fur drawn out of its outline."""
    rng = asked.rng("pelt")
    paths = [path for path in found.cutouts if "mammals" in path.parts] or found.cutouts
    path = paths[int(rng.integers(len(paths)))]
    height, width = shape
    layer = cut_layer(path, shape, (0.5 * width, 0.52 * height), 0.82 * height)
    found_lines = cv2.findContours(
        (layer.alpha > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )[0]
    outline = max(found_lines, key=len)[:, 0].astype(np.float32) + 0.5
    outline = cv2.blur(np.concatenate([outline] * 3), (1, 9))[len(outline) : 2 * len(outline)]
    everywhere = np.ones(len(outline), bool)
    kinds = ((2400, 0.012, 0.35, 0.4, 0.7), (400, 0.024, 0.4, 0.5, 1.0))
    return fringe(asked, layer, picture, outline, everywhere, kinds, 0.35), (path.stem,)


_HAIRS = (
    (0.16, 0.11, 0.09),
    (0.36, 0.22, 0.13),
    (0.62, 0.45, 0.26),
    (0.83, 0.68, 0.43),
    (0.55, 0.24, 0.12),
    (0.62, 0.6, 0.58),
)
_CLOTHS = ((0.24, 0.32, 0.45), (0.62, 0.3, 0.3), (0.86, 0.82, 0.74), (0.3, 0.42, 0.36))


def from_behind(asked: Request, shape: Shape, picture: np.ndarray) -> Layer:
    """A bust from behind: shoulders in knitwear, and long hair with flyaways."""
    rng = asked.rng("bust")
    height, width = shape
    unit = height / 10
    cx = width * rng.uniform(0.47, 0.53)
    top = 1.5 * unit
    half = [(-4.2, 10.6), (-4.1, 8.6), (-3.6, 7.5), (-2.4, 6.8), (-1.0, 6.35), (-0.75, 5.6)]
    line = np.array(half + [(-x, y) for x, y in half[::-1]]) * unit + [cx, 0]
    body = polygon(smooth(line.astype(np.float32)), shape)
    cloth = np.array(_CLOTHS[int(rng.integers(len(_CLOTHS)))], np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    slope = np.clip((x - cx) / (4.2 * unit), -1, 1)
    knit = np.sin(x / unit * 26 + 1.2 * np.sin(y / unit * 26)) * np.sin(y / unit * 18)
    level = 0.85 - 0.45 * np.clip(slope, -0.2, 1) + 0.09 * knit - 0.05 * (y / unit - 8)
    colour = np.clip(level[..., None] * cloth, 0, 1)
    layer = Layer("person", colour.astype(np.float32), body)
    # The hair: from the crown over the head, and down the back.
    base = np.array(_HAIRS[int(rng.integers(len(_HAIRS)))])
    rx, ry, centre = 1.45 * unit, 1.85 * unit, np.array([cx, top + 1.85 * unit])
    angle = np.linspace(0, 2 * np.pi, 90)
    ellipse = np.stack([0.92 * rx * np.cos(angle), ry * (0.08 + 0.8 * np.sin(angle))], -1)
    head = centre + ellipse
    cap = polygon(head.astype(np.float32), shape)
    dark = np.broadcast_to((0.7 * base).astype(np.float32), colour.shape)
    alpha = cap + (1 - cap) * body
    mixed = cap[..., None] * dark + ((1 - cap) * body)[..., None] * colour
    layer = replace(layer, colour=mixed / np.maximum(alpha, 1e-4)[..., None], alpha=alpha)
    count, knots = 4200, 26
    crown = centre + np.array([0.02 * rx * rng.normal(), -0.97 * ry])
    around = rng.uniform(-1, 1, count)
    depth = np.sqrt(rng.uniform(0, 1, count))
    t = np.linspace(0, 1, knots)[None]
    wave = rng.uniform(0.02, 0.09) * unit
    # Longest in the middle of the back, and no two the same.
    fall = 3.3 * unit * rng.uniform(0.55, 1.1, count) * (1.08 - 0.22 * np.abs(around))
    # Over the head as on a globe, then down; outer strands on the outside.
    share = np.clip(t / 0.42, 0, 1)
    swing = np.sin(share * np.pi / 2)
    gx = crown[0] + (centre[0] + around[:, None] * rx * 1.04 - crown[0]) * swing
    gy = crown[1] - 0.06 * ry * np.sin(share * np.pi) * (1 - 0.2 * depth[:, None]) * (
        np.sqrt(np.maximum(1 - around[:, None] ** 2, 0)) * 0.9 + 0.1
    )
    gy = gy + (centre[1] + 0.1 * ry - crown[1]) * (1 - np.cos(share * np.pi / 2))
    down = np.clip((t - 0.38) / 0.62, 0, 1)
    gy = gy + down * fall[:, None]
    phase = rng.uniform(0, 2, count)[:, None] + 2.5 * around[:, None]
    gx = gx + wave * np.sin(9 * down + 2 * np.pi * phase) * down
    gx = gx + around[:, None] * 0.5 * unit * down**2
    points = np.stack([gx, gy], -1).astype(np.float32)
    locks = 0.85 + 0.3 * rng.random(28)[((around + 1) * 13.9).astype(int)]
    tones = base * (locks * rng.uniform(0.7, 1.25, count))[:, None]
    # Light falls from the upper left.
    tones = tones * (1.05 - 0.3 * around[:, None])
    easy = replace(asked, severity=0.0)
    layer = laid(easy, layer, points, np.clip(tones, 0, 1), picture, width=1.0)
    # Flyaways leave the outer outline.
    kinds = ((420, 0.05, 0.4, 0.4, 0.7), (150, 0.10, 0.4, 0.5, 0.9), (30, 0.16, 0.3, 0.5, 1.1))
    for n, (number, length, spread, turn, bend) in enumerate(kinds):
        more = asked.rng(f"flyaways {n}")
        side = np.sign(more.uniform(-1, 1, number))
        place = more.uniform(-1, 1.2, number)
        sx = np.where(place < 0, np.cos(place * np.pi / 2) * 0.98, 1.0) * side
        sy = np.where(place < 0, np.sin(place * np.pi / 2), place * 1.35)
        roots = centre + np.stack([sx * rx * (0.97 + 0.1 * np.clip(place, 0, 2)), sy * ry], -1)
        out = np.arctan2(np.where(place < 0, sy, 0.75), sx)
        way = out + more.normal(0, turn, number)
        lengths = max(shape) * length * np.exp(more.normal(0, spread, number))
        path = strands.curves(
            roots,
            way,
            lengths,
            more.normal(0, bend, number),
            18,
            np.clip(more.normal(0.35, 0.2, number), 0, 0.9),
        )
        kept = many(asked, number)
        colours = np.clip(base * more.uniform(0.7, 1.5, (number, 1)), 0, 1)
        layer = laid(asked, layer, path[:kept], colours[:kept], picture, tip=0.4)
    return layer
