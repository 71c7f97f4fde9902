"""Thin and clear: a veil, a plastic bag, drops of water."""

from __future__ import annotations

import cv2
import numpy as np

from .case import Request
from .clear import Clear, mixed, soft_step
from .portraits import polygon, portrait, smooth
from .scene import Layer, Shape


def veil(asked: Request, shape: Shape) -> Clear:
    """A veil that hangs from a portrait's hat over its shoulders, and beyond."""
    rng = asked.rng("veil")
    height, width = shape
    made = portrait("hopper", shape, "portrait")
    x0, y0 = made.at(262, 42)
    line = np.array(
        [
            [x0 - 0.05 * width, y0],
            [x0 - 0.34 * width, 0.16 * height],
            [x0 - 0.47 * width, 0.5 * height],
            [x0 - 0.5 * width, 0.95 * height],
            [x0 - 0.2 * width, 0.90 * height],
            [x0, 0.94 * height],
            [x0 + 0.22 * width, 0.89 * height],
            [x0 + 0.43 * width, 0.96 * height],
            [x0 + 0.45 * width, 0.5 * height],
            [x0 + 0.34 * width, 0.16 * height],
            [x0 + 0.05 * width, y0],
        ],
        np.float32,
    )
    cover = polygon(smooth(line, 3), shape)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    fall = np.clip((y - y0) / (height - y0), 0.02, 1)
    u = (x - x0) / (width * (0.2 + 0.32 * fall))
    folds = 0.5 + 0.5 * np.sin(13 * u + 3.5 * np.sin(2.3 * u + 2.2 * fall + rng.uniform(0, 6)))
    folds = folds**2 * np.clip(np.abs(u) + 0.35, 0, 1)
    step = max(2.2, max(shape) / 330)
    weave = 0.5 + 0.25 * (
        np.sin(2 * np.pi * (x + 0.3 * y) / step) + np.sin(2 * np.pi * (y - 0.3 * x) / step)
    )
    dense = 0.62 - 0.48 * asked.severity
    cloth = cover * np.clip(dense * (0.35 + 0.75 * folds) * (0.75 + 0.5 * weave), 0, 0.97)
    rim = np.clip(
        cover - cv2.erode(cover, np.ones((3, 3), np.uint8), iterations=max(1, height // 300)), 0, 1
    )
    cloth = np.clip(cloth + 0.5 * rim * (0.9 - 0.5 * asked.severity), 0, 1)
    white = np.clip(0.80 + 0.2 * folds, 0, 1)[..., None] * np.array([1.0, 0.985, 0.96])
    person = made.layer
    # The cloth is over the person: what is seen of them is the same subject.
    colour, alpha = mixed((person.alpha, person.colour), (cloth, white))
    layer = Layer("veiled portrait", colour, alpha)
    return Clear(layer, np.zeros((*shape, 2), np.float32), np.zeros(shape, np.float32), ("hopper",))


def plastic_bag(asked: Request, shape: Shape) -> Clear:
    """A clear film, seen by its creases."""
    rng = asked.rng("bag")
    height, width = shape
    side = max(shape)
    cx, cy = 0.5 * width, 0.52 * height
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    radius = 1 + sum(
        rng.normal(0, 0.05) * np.cos(k * angle + rng.uniform(0, 6)) for k in range(2, 9)
    )
    line = np.stack(
        [cx + 0.27 * side * radius * np.cos(angle), cy + 0.29 * side * radius * np.sin(angle)], -1
    )
    line[:, 1] = np.maximum(line[:, 1], cy - 0.24 * side + 0.02 * side * np.cos(9 * angle))
    cover = polygon(smooth(line.astype(np.float32)), shape)
    # Creases: facets of a film, each with its own slope; between them the film is nearly clear.
    count = 46
    sites = np.stack(
        [
            rng.uniform(cx - 0.32 * side, cx + 0.32 * side, count),
            rng.uniform(cy - 0.33 * side, cy + 0.33 * side, count),
        ],
        -1,
    )
    tilts = rng.normal(0, 1, (count, 2)).astype(np.float32)
    small = 2
    y, x = np.mgrid[0:height:small, 0:width:small].astype(np.float32)
    warp = cv2.GaussianBlur(
        rng.standard_normal((2, *x.shape)).astype(np.float32).transpose(1, 2, 0), (0, 0), side / 60
    )
    warp *= 0.02 * side / max(float(warp.std()), 1e-6)
    level = np.full(x.shape, -np.inf, np.float32)
    slope = np.zeros((*x.shape, 2), np.float32)
    for (sx, sy), tilt in zip(sites, tilts, strict=True):
        plane = -np.hypot(x + warp[..., 0] - sx, y + warp[..., 1] - sy) / side
        plane = plane + 0.35 * (tilt[0] * (x - sx) + tilt[1] * (y - sy)) / side
        higher = plane > level
        level = np.where(higher, plane, level)
        slope[higher] = tilt
    size = (width, height)
    slope = cv2.resize(cv2.GaussianBlur(slope, (0, 0), side / 500), size)
    level = cv2.resize(level, size)
    bump = cv2.GaussianBlur(level, (0, 0), side / 640) - cv2.GaussianBlur(level, (0, 0), side / 320)
    crease = np.clip(np.abs(bump) / max(float(np.quantile(np.abs(bump), 0.985)), 1e-9), 0, 1) ** 1.5
    shine = np.clip((-slope[..., 0] * 0.6 - slope[..., 1] * 0.8 - 0.9) / 1.2, 0, 1)
    gleam = cover * np.clip(0.75 * crease + 0.55 * shine, 0, 1) * (0.9 - 0.45 * asked.severity)
    film = cover * (0.42 * (1 - asked.severity) + 0.03)
    dark = (
        cover
        * np.clip((slope[..., 0] * 0.6 + slope[..., 1] * 0.8 - 0.6) / 2, 0, 0.35)
        * (1 - 0.5 * asked.severity)
    )
    rim = np.clip(cover - cv2.GaussianBlur(cover, (0, 0), side / 200), 0, 1) * cover
    colour, alpha = mixed(
        (film, np.array([0.80, 0.84, 0.86])),
        (dark, np.array([0.3, 0.34, 0.38])),
        (1.1 * rim, np.array([0.9, 0.92, 0.94])),
        (gleam, np.ones(3)),
    )
    bend = (0.012 + 0.02 * asked.severity) * side * slope * cover[..., None]
    return Clear(Layer("plastic bag", colour, alpha), bend.astype(np.float32), gleam)


def water_drops(asked: Request, shape: Shape) -> Clear:
    """Drops on a pane, each a lens."""
    rng = asked.rng("drops")
    height, width = shape
    side = max(shape)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    cover, gleam, dark, light = (np.zeros(shape, np.float32) for _ in range(4))
    bend = np.zeros((*shape, 2), np.float32)
    placed: list[tuple[float, float, float]] = []
    for _ in range(400):
        radius = side * float(rng.choice([0.012, 0.022, 0.04, 0.075], p=[0.4, 0.3, 0.2, 0.1]))
        radius *= rng.uniform(0.75, 1.25)
        cx, cy = rng.uniform(radius, width - radius), rng.uniform(radius, height - radius)
        if any(np.hypot(cx - px, cy - py) < radius + pr + 0.006 * side for px, py, pr in placed):
            continue
        placed.append((cx, cy, radius))
        if len(placed) == 60:
            break
    for cx, cy, radius in sorted(placed, key=lambda drop: -drop[2]):
        reach = int(1.5 * radius) + 3
        part = np.s_[
            max(0, int(cy) - reach) : int(cy) + reach, max(0, int(cx) - reach) : int(cx) + reach
        ]
        angle = np.arctan2(y[part] - cy, x[part] - cx)
        wobble = (
            1
            + 0.07 * np.sin(2 * angle + rng.uniform(0, 6))
            + 0.04 * np.sin(3 * angle + rng.uniform(0, 6))
        )
        u, v = (x[part] - cx) / radius, (y[part] - cy) / (radius * 1.06)
        r = np.hypot(u, v) / wobble
        inside = np.clip((1 - r) * radius + 0.5, 0, 1)
        cover[part] = np.maximum(cover[part], inside)
        r = np.clip(r, 0, 1)
        dark[part] = np.maximum(dark[part], inside * (0.9 * r**6 + 0.55 * r**3 * np.clip(-v, 0, 1)))
        light[part] = np.maximum(light[part], inside * 0.6 * r**2 * np.clip(v - 0.25, 0, 1))
        spot = soft_step(np.hypot((u + 0.38) / 0.20, (v + 0.42) / 0.14), 0, 0.75, 0.35) * inside
        gleam[part] = np.maximum(gleam[part], spot)
        push = inside * radius * (0.5 + 1.3 * asked.severity)
        bend[part][..., 0] = -push * u * (1.1 - 0.4 * r)
        bend[part][..., 1] = -push * v * (1.1 - 0.4 * r)
    clear = 1 - 0.72 * asked.severity
    body = 0.30 * cover * (1 - asked.severity)
    gleam = 0.95 * gleam * (1 - 0.3 * asked.severity)
    colour, alpha = mixed(
        (body, np.array([0.45, 0.55, 0.62])),
        (0.75 * dark * clear, np.array([0.10, 0.13, 0.16])),
        (light * clear, np.array([0.92, 0.95, 0.97])),
        (gleam, np.ones(3)),
    )
    largest = max(placed, key=lambda drop: drop[2])
    click = (float(largest[0] - 0.38 * largest[2]), float(largest[1] - 0.42 * largest[2]))
    return Clear(Layer("drops", colour, alpha, click=click), bend, gleam)
