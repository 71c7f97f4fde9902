"""Things drawn by the computer: turned on a lathe in the mind, lit and shaded. No picture needed.

A turned thing is a silhouette r(y) around a vertical axis, seen a little from above. Its normals
are known exactly, so that light, gloss and the mirror image of a window fall on it as they do on
a real one. It is drawn at twice its size with the coverage of each pixel, and averaged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.interpolate import PchipInterpolator

from .scene import Layer, Shape

_OVER = 2  # times the size at which things are drawn


@dataclass(frozen=True)
class Light:
    """Where the light comes from: a direction (x right, y down, z to the viewer) and its colour."""

    direction: tuple[float, float, float] = (-0.5, -0.6, 0.65)
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    ambient: float = 0.34


@dataclass(frozen=True, eq=False)
class Turned:
    """The surface of a turned thing on its canvas.

    Attributes:
        alpha: (H, W) coverage. normal: (H, W, 3). height: (H, W), 0 at the foot to 1 at the top.
        across: (H, W), −1 at the left outline to 1 at the right.
        inside: (H, W) the share of the opening through which the inner wall is seen.
    """

    alpha: np.ndarray
    normal: np.ndarray
    height: np.ndarray
    across: np.ndarray
    inside: np.ndarray


def turned(
    shape: Shape,
    profile: Sequence[tuple[float, float]],
    foot: tuple[float, float],
    tall: float,
    tilt: float = 0.16,
) -> Turned:
    """A thing of revolution that stands at ``foot``.

    Args:
        shape: (H, W) of the canvas.
        profile: (height 0–1 from the foot, radius in parts of the whole height), ascending.
        foot: (x, y) in pixels, the middle of what it stands on. tall: its height in pixels.
        tilt: how far it is seen from above: the sine of the angle.
    """
    heights, radii = (np.array(v, np.float64) for v in zip(*profile, strict=True))
    spline = PchipInterpolator(heights, radii)
    table = np.linspace(0, 1, 1024)
    radius, slope = spline(table).astype(np.float32), spline(table, 1).astype(np.float32)
    widest = float(radius.max()) * tall
    cx, cy = foot
    y0, y1 = max(0, int(cy - tall - widest)), min(shape[0], int(cy + widest * tilt) + 3)
    x0, x1 = max(0, int(cx - widest) - 2), min(shape[1], int(cx + widest) + 3)
    empty = np.zeros(shape, np.float32)
    if y0 >= y1 or x0 >= x1:
        return Turned(empty, np.zeros((*shape, 3), np.float32), empty, empty, empty)
    x = ((np.arange((x1 - x0) * _OVER, dtype=np.float32) + 0.5) / _OVER + x0 - cx) / tall
    y = ((np.arange((y1 - y0) * _OVER, dtype=np.float32) + 0.5) / _OVER + y0 - cy) / tall
    x, y = np.meshgrid(x, y)

    def at(values: np.ndarray, h: np.ndarray) -> np.ndarray:
        place = np.clip(h, 0, 1) * 1023
        low = np.minimum(place.astype(np.int32), 1022)
        part = place - low
        return values[low] * (1 - part) + values[low + 1] * part

    h = -y
    for _ in range(6):  # the front of the surface at this pixel: y = −h + tilt · √(r² − x²)
        r = at(radius, h)
        h = 0.5 * h + 0.5 * (tilt * np.sqrt(np.maximum(r * r - x * x, 0)) - y)
    r = np.maximum(at(radius, h), 1e-6)
    side = np.clip((r - np.abs(x)) * tall * _OVER + 0.5, 0, 1)
    within = np.clip(h * tall * _OVER + 0.5, 0, 1) * np.clip((1 - h) * tall * _OVER + 0.5, 0, 1)
    alpha = side * within
    # The disc of the top, seen from above: its far half lies over the front's upper edge.
    top = float(radius[-1])
    rim = np.hypot(x, (y + 1) / max(tilt, 1e-3))
    lid = np.clip((top - rim) * tall * _OVER * tilt + 0.5, 0, 1) if tilt > 0 else 0 * rim
    alpha = np.maximum(alpha, lid)
    nx = np.clip(x / r, -1, 1)
    nz = np.sqrt(np.maximum(1 - nx * nx, 0))
    normal = np.stack([nx, at(slope, h), nz], -1)  # a wall that widens upwards looks down
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
    normal = normal * (1 - lid[..., None]) + np.array([0, -1, 0.0]) * lid[..., None]

    def small(values: np.ndarray) -> np.ndarray:
        size = (x1 - x0), (y1 - y0)
        made = np.zeros((*shape, *values.shape[2:]), np.float32)
        made[y0:y1, x0:x1] = cv2.resize(
            values.astype(np.float32), size, interpolation=cv2.INTER_AREA
        )
        return made

    return Turned(small(alpha), small(normal), small(np.clip(h, 0, 1)), small(nx), small(lid))


def shaded(
    albedo: np.ndarray, normal: np.ndarray, light: Light, gloss: float = 0.0, shine: float = 40.0
) -> np.ndarray:
    """Colours (H, W, 3) sRGB of a surface: Lambert's law and Blinn's highlight, plus a window.

    Args:
        albedo: (H, W, 3) sRGB. normal: (H, W, 3). gloss: 0 matt to 1 glazed. shine: exponent.
    """
    towards = np.array(light.direction, np.float32)
    towards /= np.linalg.norm(towards)
    lambert = np.clip(normal @ towards, 0, 1)
    half = towards + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    gleam = gloss * np.clip(normal @ half, 0, 1) ** shine
    # The sRGB values take the light's root, near enough to what linear light would give.
    level = np.sqrt(light.ambient**2 + (1 - light.ambient**2) * lambert)
    colour = albedo * level[..., None] * np.array(light.colour, np.float32)
    if gloss:
        nx, ny = normal[..., 0], normal[..., 1]
        gleam = gleam + 0.5 * gloss * _window(nx - 0.62 * np.sign(towards[0]), 0.07, 0.03) * (
            _window(ny, 0.55, 0.1)
        )
    return np.clip(colour + gleam[..., None], 0, 1)


def _window(value: np.ndarray, half: float, soft: float) -> np.ndarray:
    """1 within ±half, falling to 0 over ``soft``."""
    return np.clip((half + soft - np.abs(value)) / soft, 0, 1)


VASES = (
    ((0, 0.16), (0.06, 0.19), (0.35, 0.31), (0.6, 0.24), (0.8, 0.11), (0.92, 0.1), (1, 0.15)),
    ((0, 0.15), (0.12, 0.26), (0.45, 0.36), (0.75, 0.3), (0.9, 0.17), (1, 0.18)),
    ((0, 0.14), (0.2, 0.17), (0.62, 0.3), (0.82, 0.27), (0.92, 0.13), (1, 0.14)),
    ((0, 0.2), (0.04, 0.21), (0.2, 0.14), (0.55, 0.1), (0.72, 0.22), (0.9, 0.26), (1, 0.23)),
)
"""Profiles of pots: (height, radius)."""

GLAZES = (
    (0.78, 0.36, 0.24), (0.20, 0.42, 0.52), (0.86, 0.80, 0.68), (0.36, 0.45, 0.28),
    (0.55, 0.22, 0.30), (0.88, 0.66, 0.30), (0.30, 0.30, 0.36), (0.62, 0.70, 0.76),
)  # fmt: skip
"""Colours that potters use: sRGB, 0–1."""


def vase(
    shape: Shape,
    foot: tuple[float, float],
    tall: float,
    rng: np.random.Generator,
    light: Light | None = None,
    colour: tuple[float, float, float] | None = None,
) -> Layer:
    """A glazed pot with bands and speckles, of a form and colour drawn at random."""
    # Only the part of the picture where it stands: the rest would be drawn for nothing.
    profile = VASES[int(rng.integers(len(VASES)))]
    reach = max(radius for _, radius in profile) * tall + 3
    x0, x1 = (int(np.clip(foot[0] + way * reach, 0, shape[1])) for way in (-1, 1))
    y0, y1 = (int(np.clip(v, 0, shape[0])) for v in (foot[1] - 1.1 * tall, foot[1] + 0.1 * tall))
    alpha, colours = np.zeros(shape, np.float32), np.zeros((*shape, 3), np.float32)
    if x0 < x1 and y0 < y1:
        part = (y1 - y0, x1 - x0)
        at = foot[0] - x0, foot[1] - y0
        into = np.s_[y0:y1, x0:x1]
        alpha[into], colours[into] = _thrown(part, profile, at, tall, rng, light, colour)
    return Layer("pot", colours, alpha)


def _thrown(
    shape: Shape,
    profile: Sequence[tuple[float, float]],
    foot: tuple[float, float],
    tall: float,
    rng: np.random.Generator,
    light: Light | None,
    colour: tuple[float, float, float] | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Alpha and colours of a pot on a canvas of its own."""
    form = turned(shape, profile, foot, tall)
    base = np.array(GLAZES[int(rng.integers(len(GLAZES)))] if colour is None else colour)
    second = np.array(GLAZES[int(rng.integers(len(GLAZES)))])
    middle, width = rng.uniform(0.3, 0.6), rng.uniform(0.05, 0.13)
    band = _window(form.height - middle, width, 0.006)
    stripes = _window(np.mod(form.height * rng.uniform(30, 45), 1) - 0.5, 0.22, 0.1) * band
    speckle = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), max(0.6, tall / 300))
    speckle = np.clip(speckle / max(float(speckle.std()), 1e-6) - 1.6, 0, 1)
    albedo = base + (second - base) * (0.75 * stripes)[..., None]
    albedo = albedo * (1 - 0.35 * speckle[..., None])
    albedo = albedo * (1 - 0.72 * form.inside[..., None])
    colours = shaded(albedo.astype(np.float32), form.normal, light or Light(), gloss=0.75)
    return form.alpha, colours.astype(np.float32)
