"""Transparent and reflective things: glass, a bottle, spectacles, a veil, plastic, water drops.

    image = alpha · foreground + (1 − alpha) · behind

where ``behind`` is the background displaced by refraction (``displacement``), alpha is how much of
a pixel is the thing's own light (tint, dirt, reflections, gleam), and ``highlights`` is the part of
alpha that is gleam. With the severity the thing becomes clearer and bends more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ..errors import InputError
from .backdrops import bokeh
from .case import Case, Request
from .choosing import backdrop, shape_of
from .portraits import polygon, portrait, smooth
from .scene import Layer, Shape, assemble
from .things import Light, Turned, shaded, turned

VARIANTS = ("bottle", "wine glass", "spectacles", "veil", "plastic bag", "water drops")


_EVENING = np.array([[0.55, 0.62, 0.75], [0.95, 0.8, 0.55], [0.8, 0.55, 0.6]])


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


def make(asked: Request) -> Case:
    """A case of transparency."""
    if asked.material == "real":
        raise InputError('expected material "procedural" or "mixed" for glass, got "real": no '
                         "photographed cut-out says what shines through it")  # fmt: skip
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


def _mixed(
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


def _soft(value: np.ndarray, middle: float, half: float, soft: float) -> np.ndarray:
    """1 within ``half`` of the middle, falling to 0 over ``soft``."""
    return np.clip((half + soft - np.abs(value - middle)) / soft, 0, 1)


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
    window = _soft(form.across, -0.52, 0.09, 0.05) * _soft(form.height, 0.42, 0.26, 0.02)
    bar = 1 - 0.85 * _soft(form.height, 0.42, 0.008, 0.006)
    thin = 0.6 * _soft(form.across, 0.7, 0.018, 0.02) * _soft(form.height, 0.4, 0.3, 0.05)
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


def _bottle(asked: Request, shape: Shape) -> Clear:
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
    full = _soft(form.height, 0.02, level - 0.02, 0.004) * form.alpha
    surface = _soft(form.height, level, 0.006, 0.004) * form.alpha
    drink = np.clip(tint * 1.1, 0, 1)
    wet = full * (0.38 * (1 - 0.85 * asked.severity))
    label = _soft(form.height, 0.27, 0.115, 0.002) * form.alpha
    seen = _soft(form.across, 0.0, 0.72, 0.02)
    paper = np.full((*shape, 3), 0.93, np.float32) * [1, 0.97, 0.9]
    ring = _soft(form.height, 0.27, 0.09, 0.002) - _soft(form.height, 0.27, 0.082, 0.002)
    band = _soft(form.height, 0.28, 0.022, 0.002) * _soft(form.across, 0, 0.4, 0.01)
    paper = paper * (1 - 0.75 * np.clip(ring + band, 0, 1))[..., None]
    paper = shaded(paper.astype(np.float32), form.normal, Light(ambient=0.55))
    cap = _soft(form.height, 0.935, 0.065, 0.002) * form.alpha
    ridges = 0.9 + 0.1 * np.sin(np.arcsin(np.clip(form.across, -1, 1)) * 36)
    top = np.array(_CAPS[int(rng.integers(4))]) * ridges[..., None]
    top = shaded(top.astype(np.float32), form.normal, Light(), gloss=0.6)
    # Half of the bottles have a label, which is opaque as the cap is.
    on = 1.0 if rng.random() < 0.5 else 0.0
    colour, alpha = _mixed(
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


def _wine(asked: Request, shape: Shape) -> Clear:
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
    bowl = _soft(form.height, 0.72, 0.26, 0.02) * form.alpha
    stem = (1 - _soft(form.height, 0.75, 0.31, 0.02)) * form.alpha
    wine = np.array(((0.42, 0.04, 0.1), (0.86, 0.76, 0.42))[int(rng.integers(2))])
    level = rng.uniform(0.6, 0.68)
    full = _soft(form.height, 0.5, level - 0.5, 0.004) * bowl
    depth = np.sqrt(np.clip(1 - form.across**2, 0, 1))
    wet = full * (0.95 - 0.55 * asked.severity) * (0.5 + 0.5 * depth)
    surface = _soft(form.height, level, 0.005, 0.004) * bowl * 0.5
    streak = _soft(form.across, -0.25, 0.12, 0.1) * stem * 0.5
    lip = _soft(form.height, 0.995, 0.006, 0.004) * form.alpha * (0.6 - 0.52 * form.inside)
    colour, alpha = _mixed(
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


def _spectacles(asked: Request, shape: Shape) -> Clear:
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
        shine = _soft(u + 0.6 * v, -0.35, 0.1, 0.03) + 0.7 * _soft(u + 0.6 * v, -0.12, 0.03, 0.02)
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
    colour, alpha = _mixed((tint, np.array([0.25, 0.28, 0.3])), (gleam, np.ones(3)), (frame, body))
    rim = np.array([-0.185 * side, -0.105 * side + 0.5 * thick]) @ turn.T + centre
    click = float(rim[0]), float(rim[1])
    return Clear(Layer("spectacles", colour, alpha, click=click), bend, gleam)


def _veil(asked: Request, shape: Shape) -> Clear:
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
    colour, alpha = _mixed((person.alpha, person.colour), (cloth, white))
    layer = Layer("veiled portrait", colour, alpha)
    return Clear(layer, np.zeros((*shape, 2), np.float32), np.zeros(shape, np.float32), ("hopper",))


def _bag(asked: Request, shape: Shape) -> Clear:
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
    colour, alpha = _mixed(
        (film, np.array([0.80, 0.84, 0.86])),
        (dark, np.array([0.3, 0.34, 0.38])),
        (1.1 * rim, np.array([0.9, 0.92, 0.94])),
        (gleam, np.ones(3)),
    )
    bend = (0.012 + 0.02 * asked.severity) * side * slope * cover[..., None]
    return Clear(Layer("plastic bag", colour, alpha), bend.astype(np.float32), gleam)


def _drops(asked: Request, shape: Shape) -> Clear:
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
        spot = _soft(np.hypot((u + 0.38) / 0.20, (v + 0.42) / 0.14), 0, 0.75, 0.35) * inside
        gleam[part] = np.maximum(gleam[part], spot)
        push = inside * radius * (0.5 + 1.3 * asked.severity)
        bend[part][..., 0] = -push * u * (1.1 - 0.4 * r)
        bend[part][..., 1] = -push * v * (1.1 - 0.4 * r)
    clear = 1 - 0.72 * asked.severity
    body = 0.30 * cover * (1 - asked.severity)
    gleam = 0.95 * gleam * (1 - 0.3 * asked.severity)
    colour, alpha = _mixed(
        (body, np.array([0.45, 0.55, 0.62])),
        (0.75 * dark * clear, np.array([0.10, 0.13, 0.16])),
        (light * clear, np.array([0.92, 0.95, 0.97])),
        (gleam, np.ones(3)),
    )
    largest = max(placed, key=lambda drop: drop[2])
    click = (float(largest[0] - 0.38 * largest[2]), float(largest[1] - 0.42 * largest[2]))
    return Clear(Layer("drops", colour, alpha, click=click), bend, gleam)


_MAKERS: dict[str, Callable[[Request, Shape], Clear]] = {
    "bottle": _bottle,
    "wine glass": _wine,
    "spectacles": _spectacles,
    "veil": _veil,
    "plastic bag": _bag,
    "water drops": _drops,
}
