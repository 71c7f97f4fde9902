"""Glass: a bottle with an opaque cap, a wine glass, spectacles."""

from __future__ import annotations

import cv2
import numpy as np

from .case import Request
from .clear import Clear, mixed, soft_step
from .portraits import polygon
from .scene import Layer, Shape
from .things import Light, Turned, shaded, turned


def _glass(
    asked: Request, form: Turned, tint: np.ndarray, unit: float, body: float
) -> tuple[list[tuple[np.ndarray, np.ndarray]], np.ndarray, np.ndarray]:
    """The parts (alpha, colour), displacement and gleam of a wall of glass.

    Args:
        unit: pixels by which the background is displaced at the outline, at full severity.
        body: the opacity of the clear middle at severity 0.
    """
    across = np.abs(form.across)
    # Schlick's form of Fresnel's law: a wall seen from the side mirrors instead of letting through.
    rim = np.clip(across, 0, 1) ** 5
    clear = body * (1 - 0.93 * asked.severity) + 0.015
    edge = (0.9 - 0.35 * asked.severity) * rim
    alpha = (clear + (1 - clear) * edge) * form.alpha
    dark = tint * (0.55 - 0.35 * rim)[..., None] + 0.25 * (1 - rim)[..., None] * tint
    window = soft_step(form.across, -0.52, 0.09, 0.05) * soft_step(form.height, 0.42, 0.26, 0.02)
    bar = 1 - 0.85 * soft_step(form.height, 0.42, 0.008, 0.006)
    thin = 0.6 * soft_step(form.across, 0.7, 0.018, 0.02) * soft_step(form.height, 0.4, 0.3, 0.05)
    gleam = (0.85 * window * bar + thin) * form.alpha * (1 - 0.45 * asked.severity)
    push = (0.25 + 0.75 * asked.severity) * unit
    bend = np.zeros((*form.alpha.shape, 2), np.float32)
    bend[..., 0] = -push * form.across * (0.35 + across**2) * form.alpha
    return [(alpha, dark), (gleam, np.ones(3))], bend, gleam


_BOTTLES = (
    (
        (0, 0.13),
        (0.02, 0.145),
        (0.06, 0.15),
        (0.5, 0.15),
        (0.62, 0.135),
        (0.74, 0.06),
        (0.8, 0.05),
        (1, 0.05),
    ),
    ((0, 0.17), (0.03, 0.18), (0.55, 0.19), (0.68, 0.16), (0.76, 0.075), (0.82, 0.07), (1, 0.07)),
)
_TINTS = ((0.30, 0.55, 0.38), (0.55, 0.34, 0.16), (0.40, 0.55, 0.66), (0.72, 0.76, 0.74))
_CAPS = ((0.12, 0.12, 0.13), (0.82, 0.68, 0.35), (0.72, 0.16, 0.14), (0.9, 0.9, 0.88))


def bottle(asked: Request, shape: Shape) -> Clear:
    """A bottle half full, its cap and half of the time its label opaque."""
    rng = asked.rng("bottle")
    height, width = shape
    tall = 0.78 * height
    foot = width * rng.uniform(0.45, 0.55), 0.91 * height
    profile = _BOTTLES[int(rng.integers(2))]
    tint = np.array(_TINTS[int(rng.integers(4))], np.float32)
    form = turned(shape, profile, foot, tall, tilt=0.1)
    parts, bend, gleam = _glass(asked, form, tint, 0.05 * max(shape), 0.5)
    # What is in it, up to its own surface.
    level = rng.uniform(0.42, 0.58)
    full = soft_step(form.height, 0.02, level - 0.02, 0.004) * form.alpha
    surface = soft_step(form.height, level, 0.006, 0.004) * form.alpha
    drink = np.clip(tint * 1.1, 0, 1)
    wet = full * (0.38 * (1 - 0.85 * asked.severity))
    label = soft_step(form.height, 0.27, 0.115, 0.002) * form.alpha
    seen = soft_step(form.across, 0.0, 0.72, 0.02)
    paper = np.full((*shape, 3), 0.93, np.float32) * [1, 0.97, 0.9]
    ring = soft_step(form.height, 0.27, 0.09, 0.002) - soft_step(form.height, 0.27, 0.082, 0.002)
    band = soft_step(form.height, 0.28, 0.022, 0.002) * soft_step(form.across, 0, 0.4, 0.01)
    paper = paper * (1 - 0.75 * np.clip(ring + band, 0, 1))[..., None]
    paper = shaded(paper.astype(np.float32), form.normal, Light(ambient=0.55))
    cap = soft_step(form.height, 0.935, 0.065, 0.002) * form.alpha
    ridges = 0.9 + 0.1 * np.sin(np.arcsin(np.clip(form.across, -1, 1)) * 36)
    top = np.array(_CAPS[int(rng.integers(4))]) * ridges[..., None]
    top = shaded(top.astype(np.float32), form.normal, Light(), gloss=0.6)
    # Half of the bottles have a label, which is opaque as the cap is.
    on = 1.0 if rng.random() < 0.5 else 0.0
    colour, alpha = mixed(
        *parts[:1],
        (wet, drink),
        (0.35 * surface, np.full(3, 0.95)),
        (on * label * seen, paper),
        *parts[1:],
        (cap, top),
    )
    opaque = np.clip(cap + on * label * seen, 0, 1)[..., None]
    gleam = gleam * (1 - cap)
    bend = bend * (1 - opaque)
    bend[..., 1] += 0.01 * max(shape) * asked.severity * full
    click = (foot[0], foot[1] - 0.935 * tall)
    return Clear(Layer("bottle", colour, alpha, click=click), bend.astype(np.float32), gleam)


def wine_glass(asked: Request, shape: Shape) -> Clear:
    """A stemmed glass."""
    rng = asked.rng("wine")
    height, width = shape
    tall = 0.76 * height
    foot = width * rng.uniform(0.45, 0.55), 0.9 * height
    profile = (
        (0, 0.17),
        (0.012, 0.165),
        (0.035, 0.04),
        (0.06, 0.018),
        (0.4, 0.015),
        (0.44, 0.03),
        (0.5, 0.12),
        (0.62, 0.19),
        (0.74, 0.205),
        (1, 0.155),
    )
    form = turned(shape, profile, foot, tall, tilt=0.14)
    tint = np.array([0.62, 0.68, 0.7], np.float32)
    parts, bend, gleam = _glass(asked, form, tint, 0.09 * max(shape), 0.3)
    bowl = soft_step(form.height, 0.72, 0.26, 0.02) * form.alpha
    stem = (1 - soft_step(form.height, 0.75, 0.31, 0.02)) * form.alpha
    wine = np.array(((0.42, 0.04, 0.1), (0.86, 0.76, 0.42))[int(rng.integers(2))])
    level = rng.uniform(0.6, 0.68)
    full = soft_step(form.height, 0.5, level - 0.5, 0.004) * bowl
    depth = np.sqrt(np.clip(1 - form.across**2, 0, 1))
    wet = full * (0.95 - 0.55 * asked.severity) * (0.5 + 0.5 * depth)
    surface = soft_step(form.height, level, 0.005, 0.004) * bowl * 0.5
    streak = soft_step(form.across, -0.25, 0.12, 0.1) * stem * 0.5
    lip = soft_step(form.height, 0.995, 0.006, 0.004) * form.alpha * (0.6 - 0.52 * form.inside)
    colour, alpha = mixed(
        *parts[:1],
        (wet, wine),
        (surface, wine * 0.5 + 0.4),
        (0.35 * stem, tint * 0.7),
        (streak, np.ones(3)),
        (lip, np.full(3, 0.97)),
        *parts[1:],
    )
    # A bowl turns what is behind it over, as a ball does.
    bend[..., 0] -= asked.severity * 0.12 * max(shape) * form.across * bowl
    bend[..., 1] += asked.severity * 0.2 * max(shape) * (form.height - 0.72) * bowl * 2
    gleam = np.clip(gleam + streak + lip, 0, 1)
    # A person clicks the wine, or where the bowl is.
    click = (foot[0], foot[1] - 0.56 * tall)
    return Clear(Layer("wine glass", colour, alpha, click=click), bend.astype(np.float32), gleam)


def spectacles(asked: Request, shape: Shape) -> Clear:
    """Spectacles: thin opaque frames, clear lenses."""
    rng = asked.rng("spectacles")
    height, width = shape
    side = max(shape)
    angle = rng.uniform(-0.12, 0.12)
    centre = np.array([0.5 * width, 0.5 * height])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    around = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    thick = (0.02 - 0.0135 * asked.severity) * side
    square = rng.uniform(0.55, 0.95)
    frame, lenses, gleam = (np.zeros(shape, np.float32) for _ in range(3))
    bend = np.zeros((*shape, 2), np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    for sign in (-1, 1):
        middle = np.array([sign * 0.185 * side, 0])
        shape_ = np.stack(
            [
                np.sign(np.cos(around)) * np.abs(np.cos(around)) ** square,
                np.sign(np.sin(around)) * np.abs(np.sin(around)) ** square,
            ],
            -1,
        )
        ring = middle + shape_ * [0.14 * side, 0.105 * side]
        inner = middle + shape_ * [0.14 * side - thick, 0.105 * side - thick]
        outer, hole = (
            polygon((p @ turn.T + centre).astype(np.float32), shape) for p in (ring, inner)
        )
        frame = np.maximum(frame, outer - hole)
        lenses = np.maximum(lenses, hole)
        here = middle @ turn.T + centre
        u, v = (x - here[0]) / (0.14 * side), (y - here[1]) / (0.105 * side)
        shine = soft_step(u + 0.6 * v, -0.35, 0.1, 0.03) + 0.7 * soft_step(
            u + 0.6 * v, -0.12, 0.03, 0.02
        )
        gleam = np.maximum(gleam, np.clip(shine, 0, 1) * hole * (0.6 - 0.3 * asked.severity))
        pull = (0.25 + 0.75 * asked.severity) * 0.03 * side
        bend[..., 0] += pull * u * hole
        bend[..., 1] += pull * v * hole
        # The temple, folded back and seen from the side.
        arm = (
            np.array(
                [
                    [0.32, -0.05],
                    [0.36, -0.055],
                    [0.395, -0.02],
                    [0.39, -0.01],
                    [0.355, -0.035],
                    [0.32, -0.03],
                ]
            )
            * side
            * [sign, 1]
        )
        frame = np.maximum(frame, polygon((arm @ turn.T + centre).astype(np.float32), shape))
    arch = np.linspace(0, np.pi, 40)
    bridge = np.stack([0.055 * side * np.cos(arch), -0.035 * side * np.sin(arch)], -1)
    lower = np.stack([0.055 * side * np.cos(arch), thick - 0.032 * side * np.sin(arch)], -1)[::-1]
    both = np.concatenate([bridge, lower]) @ turn.T + centre
    frame = np.maximum(frame, polygon(both.astype(np.float32), shape) * (1 - lenses))
    colours = ((0.08, 0.07, 0.08), (0.32, 0.17, 0.08), (0.6, 0.12, 0.14), (0.16, 0.25, 0.4))
    own = np.array(colours[int(rng.integers(4))], np.float32)
    relief = cv2.GaussianBlur(frame, (0, 0), 0.35 * thick)
    slope = np.gradient(relief)
    lit = np.clip(1 - 2.2 * thick / 3 * (slope[0] + slope[1]), 0.4, 3.0)
    body = np.clip(own * lit[..., None] + 0.10 * np.clip(lit - 1.15, 0, 1)[..., None], 0, 1)
    tint = (0.30 * (1 - asked.severity) + 0.02) * lenses
    colour, alpha = mixed((tint, np.array([0.25, 0.28, 0.3])), (gleam, np.ones(3)), (frame, body))
    rim = np.array([-0.185 * side, -0.105 * side + 0.5 * thick]) @ turn.T + centre
    click = float(rim[0]), float(rim[1])
    return Clear(Layer("spectacles", colour, alpha, click=click), bend, gleam)
