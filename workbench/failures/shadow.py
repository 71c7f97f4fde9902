"""Shadows and reflections: what the subject does to its ground.

    behind = (1 − reflection) · (1 − shadow) · background + reflection · mirror image

The ground's light is multiplied by what the shadow leaves of it; a glossy floor mirrors on top.
Neither is subject: alpha is the thing alone. With the severity shadows darken and sharpen, and the
floor mirrors more.
"""

from __future__ import annotations

import cv2
import numpy as np

from . import backdrops
from .case import Case, Request
from .choosing import shape_of
from .material import cut_layer, photo, real
from .scene import Layer, Shape, assemble
from .things import Light, vase

VARIANTS = ("cast shadow", "contact shadow", "glossy floor", "hard sun")


def make(asked: Request) -> Case:
    """A case of shadow and reflection."""
    variant = VARIANTS[asked.seed % len(VARIANTS)]
    shape = shape_of(asked)
    height, width = shape
    rng = asked.rng("subject")
    ground = 0.76 * height
    found = real(asked)
    sources: tuple[str, ...] = ()
    away = 0.0  # the side that the light does not come from; of a photographed thing nobody knows
    if found is not None:
        path = found.cutouts[int(rng.integers(len(found.cutouts)))]
        layer = _standing(cut_layer(path, shape, (0.5 * width, 0.5 * height), 0.5 * width), ground)
        sources = (path.stem,)
    else:
        left = bool(rng.random() < 0.5)
        away = 1.0 if left else -1.0
        light = Light((-0.6 if left else 0.6, -0.6, 0.6))
        x = width * rng.uniform(0.42, 0.58)
        layer = vase(shape, (x, ground), 0.6 * height, rng, light)
    background, floor = _room(asked, shape)
    sources = (*sources, *floor)
    foot = _foot(layer.alpha)
    much = asked.severity
    shadow = np.zeros(shape, np.float32)
    reflection = None
    mirror = background
    if variant in ("cast shadow", "hard sun"):
        side = 1.0 if rng.random() < 0.5 else -1.0
        lean = (away or side) * rng.uniform(1.5, 2.2)
        hard = variant == "hard sun"
        squash = 0.30 if hard else 0.42
        cast = _cast(layer.alpha, foot, lean, squash, (0.016 if hard else 0.05) * (1.15 - much))
        shadow = np.maximum(shadow, (0.1 + (0.72 if hard else 0.55) * much) * cast)
    contact = _contact(layer.alpha, foot, 1 + (1.6 if variant == "contact shadow" else 0))
    shadow = np.maximum(
        shadow, (0.15 + (0.65 if variant == "contact shadow" else 0.45) * much) * contact
    )
    if variant == "glossy floor":
        reflection, mirror = _mirrored(layer, foot, 0.08 + 0.72 * much, background)
    left_ = (1 - shadow)[..., None] * background
    behind = (
        left_
        if reflection is None
        else (left_ + reflection[..., None] * (mirror - left_)).astype(np.float32)
    )
    return assemble(
        asked,
        [layer],
        background,
        f"{variant.capitalize()}: it begins where the {layer.name} ends and has its form; whether "
        "it is kept is a question of taste, but it is no part of the subject.",
        behind=behind.astype(np.float32),
        material="real" if found is not None else "procedural",
        sources=sources,
        facts={"variant": variant, "darkest": float(shadow.max())},
        shadow=shadow.astype(np.float32),
        reflection=reflection,
    )


def _room(asked: Request, shape: Shape) -> tuple[np.ndarray, tuple[str, ...]]:
    """A background with a ground to stand on, and its source."""
    rng = asked.rng("room")
    colour = rng.uniform([0.62, 0.62, 0.6], [0.97, 0.93, 0.9])
    made = backdrops.studio(shape, colour, 0.6)
    if rng.random() < 0.45:
        return made, ()
    # A floor of stone or planks in perspective, that fades into the wall.
    name = ("gravel", "brick")[int(rng.integers(2))]
    height, width = shape
    horizon = 0.56 * height
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    depth = np.maximum(y - horizon, 1) / (height - horizon)
    texture = photo(name)[..., 0]
    u = np.mod((x - 0.5 * width) / width / (0.25 + 0.75 * depth) * 420 + 5120, 512)
    v = np.mod(300 / (0.25 + 0.75 * depth), 512)
    grain = cv2.remap(
        texture, u, v.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
    )
    warm = np.array([0.95, 0.85, 0.74]) * (0.75 + 0.6 * (grain - grain.mean()))[..., None]
    on = np.clip((y - horizon) / (0.05 * height), 0, 1)[..., None]
    made = made * (1 - on) + on * np.clip(made * warm * 1.1, 0, 1)
    return np.clip(made, 0, 1).astype(np.float32), (name,)


def _standing(layer: Layer, ground: float) -> Layer:
    """A layer moved down or up so that it stands on a line."""
    rows = np.flatnonzero((layer.alpha > 0.5).any(axis=1))
    move = np.array([[1, 0, 0], [0, 1, round(ground - rows[-1])]], np.float32)
    size = layer.alpha.shape[::-1]
    return Layer(
        layer.name,
        cv2.warpAffine(layer.colour, move, size, flags=cv2.INTER_NEAREST),
        cv2.warpAffine(layer.alpha, move, size, flags=cv2.INTER_NEAREST),
    )


def _foot(alpha: np.ndarray) -> float:
    """The row on which the thing stands: a little above the lowest of it."""
    rows = np.flatnonzero((alpha > 0.5).any(axis=1))
    return float(rows[-1]) - 0.02 * len(rows)


def _cast(alpha: np.ndarray, foot: float, lean: float, squash: float, soft: float) -> np.ndarray:
    """The silhouette laid on the ground towards the back, softer the farther from the foot.

    Args:
        lean: pixels sideways for each pixel of height. squash: of the height that is left.
        soft: blur at the far end, parts of the longer side.
    """
    height, width = alpha.shape
    # A point h above the foot falls at (x + lean · squash · h, foot − squash · h).
    turn = np.array(
        [[1, -lean * squash, lean * squash * foot], [0, squash, foot * (1 - squash)]], np.float64
    )
    laid = cv2.warpAffine(alpha, turn, (width, height), flags=cv2.INTER_AREA)
    y = np.arange(height, dtype=np.float32)[:, None]
    far = np.clip((foot - y) / max(squash * foot, 1), 0, 1)
    made = cv2.GaussianBlur(laid, (0, 0), 0.8)
    steps = 5
    for n in range(1, steps + 1):
        part = n / steps
        blurred = cv2.GaussianBlur(laid, (0, 0), 0.8 + part * soft * max(alpha.shape))
        share = np.clip(far * steps - (n - 1), 0, 1)
        made = made * (1 - share) + blurred * share
    return made * (1 - 0.45 * far)


def _contact(alpha: np.ndarray, foot: float, wide: float) -> np.ndarray:
    """The dark where a thing stands: the width of its lowest part, on the ground."""
    height, width = alpha.shape
    rows = np.flatnonzero((alpha > 0.5).any(axis=1))
    low = alpha[max(0, rows[-1] - max(2, len(rows) // 14)) : rows[-1] + 1].max(axis=0)
    low = cv2.GaussianBlur(low[None], (0, 0), 0.008 * width * wide)[0]
    y = np.arange(height, dtype=np.float32)[:, None]
    flat = np.exp(-(((y - foot) / (0.014 * height * wide)) ** 2))
    made = np.clip(flat * low[None], 0, 1)
    return cv2.GaussianBlur(made, (0, 0), 0.004 * width * wide).astype(np.float32)


def _mirrored(
    layer: Layer, foot: float, much: float, background: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How much of each pixel a glossy floor mirrors, and what: the thing and the wall behind."""
    height, _ = layer.alpha.shape
    rows = np.arange(height)
    lowest = int(np.flatnonzero((layer.alpha > 0.5).any(axis=1))[-1])
    source = np.clip(2 * lowest - rows, 0, height - 1)
    flipped = layer.alpha[source][..., None]
    mirror = flipped * layer.colour[source] + (1 - flipped) * background[source]
    soft = cv2.GaussianBlur(mirror, (0, 0), 0.0022 * height)
    # Less the steeper one looks down.
    fall = np.clip(1 - (rows - foot) / (0.9 * (height - foot) + 1), 0, 1) * (rows >= foot)
    weight = (much * fall[:, None] * np.ones_like(layer.alpha)).astype(np.float32)
    weight *= 0.25 + 0.75 * cv2.GaussianBlur(layer.alpha[source], (0, 0), 0.002 * height)
    return weight.astype(np.float32), soft.astype(np.float32)
