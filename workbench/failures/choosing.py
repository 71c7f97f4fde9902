"""Which subject and which background a case gets, by its seed and the material that there is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import backdrops
from .case import Request
from .material import any_background, cut_layer, placed, real
from .portraits import portrait
from .scene import Layer, Shape
from .things import Light, vase


@dataclass(frozen=True, eq=False)
class Chosen:
    """A subject over a background.

    Attributes:
        layer: the subject. background: (H, W, 3) float32.
        material, sources: see Case.
    """

    layer: Layer
    background: np.ndarray
    material: str
    sources: tuple[str, ...]


def shape_of(asked: Request, tall: bool = False) -> Shape:
    """(H, W) at 4 : 3 of a case."""
    short = round(0.75 * asked.size)
    return (asked.size, short) if tall else (short, asked.size)


def choose(asked: Request, shape: Shape, share: float = 0.62) -> Chosen:
    """A subject in the middle, ``share`` of the picture's shorter side, over a background."""
    rng = asked.rng("subject")
    height, width = shape
    middle = width * rng.uniform(0.42, 0.58), height * rng.uniform(0.47, 0.55)
    found = real(asked)
    if found is not None:
        path = found.cutouts[int(rng.integers(len(found.cutouts)))]
        layer = cut_layer(path, shape, middle, share * 1.15 * min(shape), bool(rng.random() < 0.5))
        picture, name = any_background(found, shape, asked.rng("background"))
        return Chosen(layer, picture, "real", (path.stem, name))
    if asked.rng("who").random() < 0.45:
        return Chosen(bust(asked, shape, share * 1.3), evening(asked, shape), "procedural",
                      ("astronaut",))  # fmt: skip
    layer = pot(asked, shape, share)
    picture, sources = backdrop(asked, shape)
    return Chosen(layer, picture, "procedural", sources)


def bust(asked: Request, shape: Shape, share: float, whole: bool = False) -> Layer:
    """The astronaut's portrait, ``share`` of the height; at the lower border, or in the middle."""
    height, width = shape
    tall = min(round(share * height), round(share * 1.2 * width))
    made = portrait("astronaut", (tall, round(tall * 4 / 3)), "portrait").layer
    solid = made.alpha > 0.02
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    cut = made.alpha[part]
    rgba = np.dstack([made.colour[part] * cut[..., None], cut])
    middle = 0.5 * width, 0.52 * height if whole else height - 0.5 * len(cut) + 2
    return Layer("portrait", *placed(rgba, shape, middle))


def evening(asked: Request, shape: Shape) -> np.ndarray:
    """A background for a person: lights out of focus, in colours of the seed's."""
    rng = asked.rng("evening")
    return backdrops.bokeh(shape, rng, rng.uniform(0.45, 0.95, (3, 3)))


def pot(asked: Request, shape: Shape, share: float) -> Layer:
    """A pot of the seed's, in the middle."""
    rng = asked.rng("pot")
    height, width = shape
    tall = share * min(shape)
    foot = width * rng.uniform(0.4, 0.6), height * 0.5 + 0.5 * tall
    return vase(shape, foot, tall, rng, Light())


def backdrop(asked: Request, shape: Shape) -> tuple[np.ndarray, tuple[str, ...]]:
    """A background of the seed's that needs nothing but what is installed, and its sources."""
    rng = asked.rng("background")
    kind = int(rng.integers(5))
    if kind == 0:
        warm = np.array([[0.95, 0.75, 0.45], [0.9, 0.55, 0.3], [0.55, 0.6, 0.8]])
        return backdrops.bokeh(shape, rng, warm), ()
    if kind == 1:
        return backdrops.studio(shape, rng.uniform([0.6, 0.62, 0.6], [0.95, 0.92, 0.95])), ()
    if kind == 2:
        return backdrops.textured(shape, "brick", np.array([0.85, 0.6, 0.5]), rng), ("brick",)
    name = ("coffee", "motorcycle", "rocket")[int(rng.integers(3))]
    return backdrops.photographed(shape, name, rng, 0.008), (name,)
