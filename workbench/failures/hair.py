"""Fine details: hair, flyaways, fur, a feather, a dandelion; strands thinner than a pixel.

With the severity strands become thinner and more, leave further, take on the colour of what is
behind them, and the background comes into focus.
"""

from __future__ import annotations

import cv2
import numpy as np

from . import backdrops
from .case import Case, Request
from .choosing import backdrop, shape_of
from .heads import cat, flyaways, from_behind, hat, pelt
from .material import any_background, real
from .plumes import dandelion, feather
from .scene import Shape, assemble
from .strands_laid import TINT, strand_width

VARIANTS = (
    "flyaways",
    "hair from behind",
    "fur",
    "feather",
    "dandelion",
    "hair under a hat",
    "pelt",
)


def make(asked: Request) -> Case:
    """A case of fine details."""
    variant = VARIANTS[asked.seed % len(VARIANTS)]
    found = real(asked)
    if asked.photographed:
        variant = "pelt"
    if variant == "pelt" and found is None:
        variant = "fur"
    tall = variant in ("hair from behind", "hair under a hat", "dandelion")
    shape = shape_of(asked, tall)
    sources: tuple[str, ...] = ()
    if variant == "pelt" and found is not None:
        picture, name = any_background(found, shape, asked.rng("background"))
        layer, more = pelt(asked, shape, picture, found)
        sources = (name, *more)
    else:
        picture, sources = _behind(asked, shape)
        layer = _MAKERS[variant](asked, shape, picture)
        if variant in _PHOTOS:
            sources = (*sources, _PHOTOS[variant])
    return assemble(
        asked,
        [layer],
        picture,
        f"{variant.capitalize()}: strands of about {strand_width(asked):.1f} pixels, whose colour "
        f"is {round(100 * TINT * asked.severity)} % of the way to what is behind them, can be told "
        "from it by their share of each pixel alone.",
        grain=0.006,
        material="real" if variant == "pelt" else "procedural",
        sources=sources,
        facts={"variant": variant, "strand_px": strand_width(asked)},
    )


def _behind(asked: Request, shape: Shape) -> tuple[np.ndarray, tuple[str, ...]]:
    """A background that comes into focus with the severity."""
    rng = asked.rng("behind")
    kind = int(rng.integers(4))
    blur = 0.022 * (1 - asked.severity) + 0.0015
    if kind == 0:
        colours = np.array([[0.75, 0.82, 0.7], [0.95, 0.9, 0.6], [0.5, 0.75, 0.6]])
        return backdrops.bokeh(shape, rng, colours, asked.severity), ()
    if kind == 1:
        colour = rng.uniform([0.6, 0.55, 0.5], [0.95, 0.9, 0.9])
        made = backdrops.textured(shape, "brick", colour, rng)
        return cv2.GaussianBlur(made, (0, 0), blur * max(shape)), ("brick",)
    if kind == 2:
        made = backdrops.textured(shape, "grass", np.array([0.62, 0.8, 0.38]), rng, 0.9)
        return cv2.GaussianBlur(made, (0, 0), blur * max(shape)), ("grass",)
    return backdrop(asked, shape)


_MAKERS = {
    "flyaways": flyaways,
    "hair from behind": from_behind,
    "fur": cat,
    "feather": feather,
    "dandelion": dandelion,
    "hair under a hat": hat,
}
_PHOTOS = {"flyaways": "astronaut", "fur": "chelsea", "hair under a hat": "hopper"}
