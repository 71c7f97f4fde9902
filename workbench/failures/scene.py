"""From things laid over one another to a Case: what is seen, and the truth about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..coordinates import Point
from ..lighting import to_linear, to_srgb
from ..prompts import PromptSet
from ..surround import push_pull
from .case import Case, Request

Shape = tuple[int, int]
_STRAY = 0.001  # of a thing's opacity that a box leaves out on each side
_LEAST = 1e-4  # opacity below which a pixel shows nothing of a thing


@dataclass(frozen=True, eq=False)
class Layer:
    """One thing in a picture.

    Attributes:
        name: what it is.
        colour: (H, W, 3) float32 sRGB in [0, 1], straight; anything where alpha is 0.
        alpha: (H, W) float32 in [0, 1], its own, whatever is in front of it.
        wanted: whether it is a subject; the others belong to the background.
        click: (x, y) where a person would click it, or None: the middle of what is seen of it.
    """

    name: str
    colour: np.ndarray
    alpha: np.ndarray
    wanted: bool = True
    click: Point | None = None


def assemble(
    asked: Request,
    layers: Sequence[Layer],
    background: np.ndarray,
    why: str,
    *,
    behind: np.ndarray | None = None,
    grain: float = 0.008,
    material: str = "procedural",
    sources: Sequence[str] = (),
    facts: Mapping[str, Any] | None = None,
    **effects: Any,
) -> Case:
    """The case of ``layers``, front to back, over a background.

    A subject's alpha is what is seen of it. What hides it, and what is seen through it, is
    background: behind = (everything that is not wanted) / (1 − alpha). The same grain goes into
    foreground and background, so that the mixture has it and stays exact.

    Args:
        asked: as the mode was asked.
        layers: front to back. background: (H, W, 3) float32 sRGB, the clean plate.
        why: see Case. behind: (H, W, 3) the plate with shadows and the like, or None.
        grain: σ of the noise of the camera (sRGB, 0–1).
        material, sources, facts: see Case. effects: shadow, reflection, highlights, displacement.
    """
    shape = background.shape[:2]
    seen = background if behind is None else behind
    noise = grain_of(asked, shape, grain)
    left = np.ones(shape, np.float32)
    shares: list[tuple[Layer, np.ndarray]] = []
    for layer in layers:
        share = left * layer.alpha
        left = left - share
        shares.append((layer, share))
    wanted = [(layer, share) for layer, share in shares if layer.wanted]
    hiding = [(layer, share) for layer, share in shares if not layer.wanted]
    alpha = np.minimum(sum((share for _, share in wanted), np.zeros(shape, np.float32)), 1)
    decode, encode = _light(asked.light)
    foreground = encode(_mean([(decode(layer.colour), share) for layer, share in wanted], shape))
    if hiding:
        over = [(decode(layer.colour), share) for layer, share in hiding]
        seen = encode(_mean([*over, (decode(seen), left)], shape, decode(seen)))
        background = encode(_mean([*over, (decode(background), left)], shape, decode(background)))
    clean = background is seen
    foreground, seen = (np.clip(p + noise, 0, 1) for p in (foreground, seen))
    background = seen if clean else np.clip(background + noise, 0, 1)
    mixed = mix(foreground, seen, alpha, asked.light)
    return Case(
        asked.mode, asked.severity, asked.seed,
        np.rint(mixed * 255).astype(np.uint8), alpha, foreground, background,
        tuple((layer.name, share) for layer, share in wanted),
        tuple(prompts(share, layer.click) for layer, share in wanted),
        why, material, seen, tuple(sources), asked.light, facts=dict(facts or {}), **effects,
    )  # fmt: skip


def mix(
    foreground: np.ndarray, behind: np.ndarray, alpha: np.ndarray, light: str = "sRGB"
) -> np.ndarray:
    """alpha · foreground + (1 − alpha) · behind in the light named: (H, W, 3) float32 sRGB."""
    decode, encode = _light(light)
    cover = alpha[..., None]
    return np.clip(encode(cover * decode(foreground) + (1 - cover) * decode(behind)), 0, 1)


def _light(light: str) -> tuple[Any, Any]:
    if light == "linear":
        return to_linear, to_srgb
    return (lambda plane: plane), (lambda plane: plane)


def _mean(
    parts: Sequence[tuple[np.ndarray, np.ndarray]], shape: Shape, rest: np.ndarray | None = None
) -> np.ndarray:
    """Colours averaged by their shares; where there is none, ``rest`` or continued from beside."""
    total = np.zeros(shape, np.float32)
    summed = np.zeros((*shape, 3), np.float32)
    for colour, share in parts:
        total += share
        summed += share[..., None] * colour
    there = total > _LEAST
    colour = summed / np.maximum(total, _LEAST)[..., None]
    if rest is None:
        rest = push_pull(np.where(there[..., None], colour, 0), there.astype(np.float32))
    return np.where(there[..., None], colour, rest)


def grain_of(asked: Request, shape: Shape, sigma: float) -> np.ndarray:
    """(H, W, 3) float32 noise of standard deviation ``sigma``."""
    return asked.rng("grain").standard_normal((*shape, 3), np.float32) * np.float32(sigma)


def prompts(share: np.ndarray, click: Point | None = None) -> PromptSet:
    """What a person would ask of a thing of which ``share`` (H, W) is seen.

    A click where it is thickest (or at ``click``), and a box around all but stray strands, a
    little too large, as boxes are that are drawn by hand.
    """
    height, width = share.shape
    most = float(share.max())
    solid = np.pad((share > 0.5 * most).astype(np.uint8), 1)
    depth = cv2.distanceTransform(solid, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    if click is None:
        # Whole squares: the transform's last bit depends on where its arrays lie in memory.
        y, x = np.unravel_index(int(np.rint(depth * depth).argmax()), share.shape)
        click = float(x) + 0.5, float(y) + 0.5
    rows, columns = (_most(share.sum(axis=axis, dtype=np.float64)) for axis in (1, 0))
    room = 0.01 * max(height, width)
    box = (
        max(0.0, columns[0] - room), max(0.0, rows[0] - room),
        min(float(width), columns[1] + room), min(float(height), rows[1] + room),
    )  # fmt: skip
    return PromptSet(points=(click,), labels=(1,), boxes=(box,)).checked((height, width))


def _most(mass: np.ndarray) -> tuple[int, int]:
    """The first row (or column) and the one after the last, within which all but _STRAY lies."""
    summed = np.cumsum(mass) / max(float(mass.sum()), 1e-9)
    return int((summed <= _STRAY).sum()), int((summed < 1 - _STRAY).sum()) + 1
