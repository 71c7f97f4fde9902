"""A thing that one sees through, put together of layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .scene import Layer


@dataclass(frozen=True, eq=False)
class Clear:
    """A thing that one sees through.

    Attributes:
        layer: its own light and how much of a pixel that is. bend: (H, W, 2) displacement, pixels.
        gleam: (H, W) the highlights' share of alpha.
    """

    layer: Layer
    bend: np.ndarray
    gleam: np.ndarray
    sources: tuple[str, ...] = ()


def mixed(
    *parts: tuple[np.ndarray, np.ndarray | tuple[float, float, float]],
) -> tuple[np.ndarray, np.ndarray]:
    """Colour and alpha of layers (alpha, colour), the front one last."""
    shape = parts[0][0].shape
    alpha = np.zeros(shape, np.float32)
    light = np.zeros((*shape, 3), np.float32)
    for share, colour in parts:
        share = np.clip(share, 0, 1).astype(np.float32)
        light = (1 - share)[..., None] * light + share[..., None] * np.asarray(colour, np.float32)
        alpha = alpha + share * (1 - alpha)
    return np.clip(light / np.maximum(alpha, 1e-4)[..., None], 0, 1).astype(np.float32), alpha


def soft_step(value: np.ndarray, middle: float, half: float, soft: float) -> np.ndarray:
    """1 within ``half`` of the middle, falling to 0 over ``soft``."""
    return np.clip((half + soft - np.abs(value - middle)) / soft, 0, 1)
