"""Transparent and reflective things: glass, a bottle, spectacles, a veil, plastic, water drops.

    image = alpha · foreground + (1 − alpha) · behind

where ``behind`` is the background displaced by refraction (``displacement``), alpha is how much of
a pixel is the thing's own light (tint, dirt, reflections, gleam), and ``highlights`` is the part of
alpha that is gleam. With the severity the thing becomes clearer and bends more.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ..errors import InputError
from .backdrops import bokeh
from .case import Case, Request
from .choosing import backdrop, shape_of
from .clear import Clear
from .films import plastic_bag, veil, water_drops
from .glassware import bottle, spectacles, wine_glass
from .scene import Shape, assemble

VARIANTS = ("bottle", "wine glass", "spectacles", "veil", "plastic bag", "water drops")
_EVENING = np.array([[0.55, 0.62, 0.75], [0.95, 0.8, 0.55], [0.8, 0.55, 0.6]])


def make(asked: Request) -> Case:
    """A case of transparency."""
    if asked.photographed:
        raise InputError(
            'expected material "procedural" or "mixed" for glass, got cut-outs: no '
            "photographed one says what shines through it"
        )
    variant = VARIANTS[asked.seed % len(VARIANTS)]
    shape = shape_of(asked, variant in ("bottle", "wine glass", "veil"))
    picture, sources = backdrop(asked, shape)
    if variant == "veil":  # a person stands in front of something
        picture, sources = bokeh(shape, asked.rng("background"), _EVENING), sources[:0]
    clear = _MAKERS[variant](asked, shape)
    behind = refracted(picture, clear.bend) if clear.bend.any() else picture
    case = assemble(
        asked,
        [clear.layer],
        picture,
        f"{variant.capitalize()}: {_WHY[variant]}",
        behind=behind,
        sources=(*sources, *clear.sources),
        facts={"variant": variant, "clearness": asked.severity},
        highlights=clear.gleam,
        displacement=clear.bend if clear.bend.any() else None,
    )
    return case


_WHY = {
    "bottle": "the cap is opaque and the glass is not; what shines through is displaced.",
    "wine glass": "only rim, foot and gleam are seen; the bowl is what is behind it, turned over.",
    "spectacles": "frames are opaque and thin, lenses clear with a gleam on them.",
    "veil": "a cloth whose threads cover a part of every pixel, more where it lies in folds.",
    "plastic bag": "a clear film that is seen by its creases alone.",
    "water drops": "each drop is a lens: dark above, light below, with a gleam.",
}


def refracted(picture: np.ndarray, bend: np.ndarray) -> np.ndarray:
    """What is seen at p is the picture at p + bend(p); beyond the border it is mirrored."""
    height, width = picture.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.clip(
        cv2.remap(
            picture,
            x + bend[..., 0],
            y + bend[..., 1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        ),
        0,
        1,
    )


_MAKERS: dict[str, Callable[[Request, Shape], Clear]] = {
    "bottle": bottle,
    "wine glass": wine_glass,
    "spectacles": spectacles,
    "veil": veil,
    "plastic bag": plastic_bag,
    "water drops": water_drops,
}
