"""People of a crowd: two portraits, turned, recoloured and sized, so that no two are alike unless
they are meant to be."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from .material import placed
from .portraits import CROPS, portrait
from .scene import Layer, Shape

WHO = ("astronaut", "hopper")

_BUST = {"astronaut": (27.0, 300.0), "hopper": (33.0, 560.0)}
"""From the crown to where the chest is cut, rows of the photo."""

_TALL = 640  # pixels of the photo's crop that it is cut from


def person(
    shape: Shape, foot: tuple[float, float], tall: float, rng: np.random.Generator
) -> tuple[Layer, str]:
    """Somebody's head and shoulders, and whose.

    Args:
        shape: (H, W) of the picture.
        foot: (x, y) of the middle of where the chest is cut.
        tall: pixels from there to the crown.
        rng: tells who it is, which way it looks and what it wears: equal numbers look alike.
    """
    who = WHO[int(rng.integers(len(WHO)))]
    rgba = _bust(who)
    if rng.random() < 0.5:
        rgba = rgba[:, ::-1]
    # Clothes, hair and skin go together, or a tint would be a mask.
    tint = rng.uniform(0.75, 1.12) * rng.uniform(0.93, 1.06, 3)
    rgba = np.dstack([np.clip(rgba[..., :3] * tint, 0, rgba[..., 3:]), rgba[..., 3]])
    scale = tall / rgba.shape[0]
    size = max(2, round(rgba.shape[1] * scale)), max(2, round(tall))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    made = cv2.resize(rgba.astype(np.float32), size, interpolation=how)
    colour, alpha = placed(made, shape, (foot[0], foot[1] - 0.5 * size[1]))
    return Layer("person", colour, alpha), who


@lru_cache(maxsize=4)
def _bust(who: str) -> np.ndarray:
    """(h, w, 4) float32, colours times alpha, cut to what is seen of it."""
    x0, y0, x1, y1 = CROPS[who]
    scale = _TALL / (y1 - y0)
    made = portrait(who, (_TALL, round(scale * (x1 - x0))), "person")
    crown, chest = (made.at(0, row)[1] for row in _BUST[who])
    alpha = made.layer.alpha.copy()
    alpha[max(0, round(chest)) :] = 0
    solid = alpha > 0.02
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    part = np.s_[max(0, min(rows[0], round(crown))) : rows[-1] + 1, columns[0] : columns[-1] + 1]
    cut = alpha[part]
    return np.dstack([made.layer.colour[part] * cut[..., None], cut]).astype(np.float32)
