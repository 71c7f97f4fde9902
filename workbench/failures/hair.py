"""Fine details: hair, flyaways, fur, a feather, a dandelion; strands thinner than a pixel.

With the severity strands become thinner and more, leave further, take on the colour of what is
behind them, and the background comes into focus.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..cutouts import Material
from . import backdrops, strands
from .case import Case, Request
from .choosing import backdrop, shape_of
from .material import any_background, cut_layer, cut_paths, real
from .portraits import polygon, portrait, smooth
from .scene import Layer, Shape, assemble

VARIANTS = (
    "flyaways",
    "hair from behind",
    "fur",
    "feather",
    "dandelion",
    "hair under a hat",
    "pelt",
)

_WIDTH = 2.1, 0.45  # pixels of a strand, at SIZE, from severity 0 to 1
_TINT = 0.6  # of the way that a strand's colour goes to the background's at severity 1


def make(asked: Request) -> Case:
    """A case of fine details."""
    variant = VARIANTS[asked.seed % len(VARIANTS)]
    found = real(asked)
    if asked.material == "real":
        variant = "pelt"
    if variant == "pelt" and found is None:
        variant = "fur"
    tall = variant in ("hair from behind", "hair under a hat", "dandelion")
    shape = shape_of(asked, tall)
    sources: tuple[str, ...] = ()
    if variant == "pelt" and found is not None:
        picture, name = any_background(found, shape, asked.rng("background"))
        layer, more = _pelt(asked, shape, picture, found)
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
        f"{variant.capitalize()}: strands of about {_width(asked):.1f} pixels, whose colour is "
        f"{round(100 * _TINT * asked.severity)} % of the way to what is behind them, can be told "
        "from it by their share of each pixel alone.",
        grain=0.006,
        material="real" if variant == "pelt" else "procedural",
        sources=sources,
        facts={"variant": variant, "strand_px": _width(asked)},
    )


def _width(asked: Request) -> float:
    return (_WIDTH[0] + asked.severity * (_WIDTH[1] - _WIDTH[0])) * asked.size / 960


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


def laid(
    asked: Request,
    layer: Layer,
    points: np.ndarray,
    colours: np.ndarray,
    picture: np.ndarray,
    width: float = 1.0,
    tip: float = 0.25,
) -> Layer:
    """A layer with strands over it: (n, k, 2) pixels, colours (n, 3) where they are not tinted."""
    count, knots = points.shape[:2]
    rng = asked.rng(f"laid {count}")
    widths = np.asarray(_width(asked) * width * rng.uniform(0.55, 1.15, count))
    behind = _sampled(cv2.GaussianBlur(picture, (0, 0), 0.006 * max(picture.shape)), points)
    own = np.repeat(colours[:, None].astype(np.float32), knots, axis=1)
    # A strand shines where it turns to the light: once along its length.
    t = np.linspace(0, 1, knots, dtype=np.float32)
    sheen = 1 + 0.35 * np.exp(-(((t[None] - rng.uniform(0.1, 0.9, (count, 1))) / 0.18) ** 2))
    share = np.float32(_TINT * asked.severity) * np.linspace(0, 1, knots, dtype=np.float32)
    tinted = own * sheen[..., None]
    tinted = tinted + share[None, :, None] * (behind - tinted)
    light = np.ascontiguousarray(layer.colour * layer.alpha[..., None], np.float32)
    alpha = layer.alpha.copy()
    strands.lay(
        light,
        alpha,
        points,
        strands.tapered(widths, knots, tip),
        np.clip(tinted, 0, 1).astype(np.float32),
    )
    alpha = np.clip(alpha, 0, 1)
    colour = np.where(alpha[..., None] > 1e-4, light / np.maximum(alpha, 1e-4)[..., None], 0)
    return replace(layer, colour=np.clip(colour, 0, 1).astype(np.float32), alpha=alpha)


def _sampled(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    x = np.clip(points[..., 0].astype(int), 0, width - 1)
    y = np.clip(points[..., 1].astype(int), 0, height - 1)
    return picture[y, x]


def _many(asked: Request, count: int) -> int:
    """How many of ``count`` there are at this severity; the first ones stay."""
    return max(1, round(count * (0.4 + 0.6 * asked.severity)))


def _outwards(outline: np.ndarray) -> np.ndarray:
    """(n,) angles of the outline's normals, outwards, for an outline of either turn."""
    way = np.roll(outline, -1, axis=0) - np.roll(outline, 1, axis=0)
    x, y = outline.T
    area = float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
    normal = np.stack([way[:, 1], -way[:, 0]], -1) * (1 if area > 0 else -1)
    return np.arctan2(normal[:, 1], normal[:, 0])


def _spaced(outline: np.ndarray, step: float) -> np.ndarray:
    """A closed outline as points ``step`` pixels apart."""
    closed = np.concatenate([outline, outline[:1]])
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    at = np.arange(0, along[-1], step)
    return np.stack([np.interp(at, along, closed[:, n]) for n in (0, 1)], -1)


def _fringe(
    asked: Request,
    layer: Layer,
    picture: np.ndarray,
    outline: np.ndarray,
    where: np.ndarray,
    kinds: tuple[tuple[int, float, float, float, float], ...],
    lean: np.ndarray | float = 0.0,
    inner: float = 6.0,
    own: np.ndarray | None = None,
) -> Layer:
    """Strands out of an outline.

    Args:
        outline: (n, 2) pixels, evenly spaced. where: (n,) bool, where strands leave it.
        kinds: (count, length, spread of length, spread of direction, bend) each, parts of the
            longer side and radians.
        lean: radians added to the way out, one number or (n,). inner: pixels (at SIZE) that
            roots lie inside. own: the strands' colour, or None: what the layer has at their roots.
    """
    ways = _outwards(outline) + lean
    side = max(picture.shape)
    places = np.flatnonzero(where)
    for n, (count, length, spread, turn, bend) in enumerate(kinds):
        rng = asked.rng(f"fringe {n}")
        count = round(count)
        pick = places[rng.integers(len(places), size=count)]
        way = ways[pick] + rng.normal(0, turn, count)
        lengths = (
            side * length * np.exp(rng.normal(0, spread, count)) * (0.7 + 0.4 * asked.severity)
        )
        out = np.stack([np.cos(ways[pick]), np.sin(ways[pick])], -1)
        inside = inner * side / 960
        roots = outline[pick] - out * inside * rng.uniform(0.4, 1.6, (count, 1))
        points = strands.curves(
            roots,
            way,
            lengths + inside,
            rng.normal(0, bend, count),
            pull=np.clip(rng.normal(0.1, 0.1, count), 0, 0.5),
        )
        colours = _sampled(layer.colour, roots - 3 * out * inside / 6) if own is None else own
        colours = np.clip(colours * rng.uniform(0.8, 1.25, (count, 1)), 0, 1)
        kept = _many(asked, count)
        layer = laid(asked, layer, points[:kept], colours[:kept], picture)
    return layer


def _flyaways(asked: Request, shape: Shape, picture: np.ndarray) -> Layer:
    """The astronaut's portrait, its hair loosened."""
    made = portrait("astronaut", shape, "portrait")
    outline = _spaced(made.outline, 1.5)
    # Her hair ends at about y = 118 of the photo.
    hair = (outline[:, 1] < made.at(0, 118)[1]) & (outline[:, 1] > 0)
    kinds = ((900, 0.020, 0.4, 0.45, 0.8), (260, 0.05, 0.5, 0.6, 1.4), (60, 0.10, 0.3, 0.5, 1.8))
    return _fringe(asked, made.layer, picture, outline, hair, kinds)


def _hat(asked: Request, shape: Shape, picture: np.ndarray) -> Layer:
    """The admiral's portrait, with hair that comes from under the hat."""
    made = portrait("hopper", shape, "portrait")
    outline = _spaced(made.outline, 1.5)
    low, high = made.at(0, 188)[1], made.at(0, 296)[1]
    hair = np.asarray((outline[:, 1] > low) & (outline[:, 1] < high))
    kinds = ((420, 0.018, 0.4, 0.5, 1.0), (150, 0.045, 0.4, 0.7, 2.0))
    # Down and outwards, white as her hair is.
    lean = np.where(outline[:, 0] < made.at(260, 0)[0], -0.7, 0.7)
    own = np.array([0.62, 0.55, 0.48])
    return _fringe(asked, made.layer, picture, outline, hair, kinds, lean, own=own)


def _cat(asked: Request, shape: Shape, picture: np.ndarray) -> Layer:
    """A cat's face from near, with fur and whiskers."""
    made = portrait("chelsea", shape, "cat")
    outline = _spaced(made.outline, 1.0)
    kinds = ((2600, 0.020, 0.35, 0.3, 0.5), (700, 0.034, 0.4, 0.4, 0.8))
    inside = np.asarray(
        (outline > 1).all(axis=1) & (outline < [shape[1] - 1, shape[0] - 1]).all(axis=1)
    )
    # Fur lies downwards.
    left = outline[:, 0] < made.at(200, 0)[0]
    layer = _fringe(asked, made.layer, picture, outline, inside, kinds, np.where(left, -0.5, 0.5))
    rng = asked.rng("whiskers")
    side = max(shape)
    roots, ways, bends = [], [], []
    for x, y, way, bend in ((196, 246, np.pi - 0.15, -0.35), (300, 246, 0.12, 0.4)):
        for n in range(9):
            roots.append(made.at(x + rng.uniform(-16, 16), y + 3.0 * (n - 4)))
            ways.append(way + (0.07 if way < 1 else -0.07) * (n - 4) + rng.normal(0, 0.04))
            bends.append(bend + rng.normal(0, 0.15))
    count = len(roots)
    points = strands.curves(
        np.array(roots),
        np.array(ways),
        side * rng.uniform(0.2, 0.36, count),
        np.array(bends),
        knots=24,
    )
    colours = np.array([0.95, 0.92, 0.88]) * rng.uniform(0.9, 1.04, (count, 1))
    return laid(asked, layer, points, colours, picture, width=1.25, tip=0.15)


def _pelt(
    asked: Request, shape: Shape, picture: np.ndarray, found: Material
) -> tuple[Layer, tuple[str, ...]]:
    """One of the benchmark's animals, with fur drawn out of its outline."""
    rng = asked.rng("pelt")
    paths = [path for path in cut_paths(found) if "mammals" in path.parts] or cut_paths(found)
    path = paths[int(rng.integers(len(paths)))]
    height, width = shape
    layer = cut_layer(path, shape, (0.5 * width, 0.52 * height), 0.82 * height)
    found_lines = cv2.findContours(
        (layer.alpha > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )[0]
    outline = max(found_lines, key=len)[:, 0].astype(np.float32) + 0.5
    outline = cv2.blur(np.concatenate([outline] * 3), (1, 9))[len(outline) : 2 * len(outline)]
    everywhere = np.ones(len(outline), bool)
    kinds = ((2400, 0.012, 0.35, 0.4, 0.7), (400, 0.024, 0.4, 0.5, 1.0))
    return _fringe(asked, layer, picture, outline, everywhere, kinds, 0.35), (path.stem,)


_HAIRS = (
    (0.16, 0.11, 0.09),
    (0.36, 0.22, 0.13),
    (0.62, 0.45, 0.26),
    (0.83, 0.68, 0.43),
    (0.55, 0.24, 0.12),
    (0.62, 0.6, 0.58),
)
_CLOTHS = ((0.24, 0.32, 0.45), (0.62, 0.3, 0.3), (0.86, 0.82, 0.74), (0.3, 0.42, 0.36))


def _from_behind(asked: Request, shape: Shape, picture: np.ndarray) -> Layer:
    """A bust from behind: shoulders in knitwear, and long hair with flyaways."""
    rng = asked.rng("bust")
    height, width = shape
    unit = height / 10
    cx = width * rng.uniform(0.47, 0.53)
    top = 1.5 * unit
    half = [(-4.2, 10.6), (-4.1, 8.6), (-3.6, 7.5), (-2.4, 6.8), (-1.0, 6.35), (-0.75, 5.6)]
    line = np.array(half + [(-x, y) for x, y in half[::-1]]) * unit + [cx, 0]
    body = polygon(smooth(line.astype(np.float32)), shape)
    cloth = np.array(_CLOTHS[int(rng.integers(len(_CLOTHS)))], np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    slope = np.clip((x - cx) / (4.2 * unit), -1, 1)
    knit = np.sin(x / unit * 26 + 1.2 * np.sin(y / unit * 26)) * np.sin(y / unit * 18)
    level = 0.85 - 0.45 * np.clip(slope, -0.2, 1) + 0.09 * knit - 0.05 * (y / unit - 8)
    colour = np.clip(level[..., None] * cloth, 0, 1)
    layer = Layer("person", colour.astype(np.float32), body)
    # The hair: from the crown over the head, and down the back.
    base = np.array(_HAIRS[int(rng.integers(len(_HAIRS)))])
    rx, ry, centre = 1.45 * unit, 1.85 * unit, np.array([cx, top + 1.85 * unit])
    angle = np.linspace(0, 2 * np.pi, 90)
    ellipse = np.stack([0.92 * rx * np.cos(angle), ry * (0.08 + 0.8 * np.sin(angle))], -1)
    head = centre + ellipse
    cap = polygon(head.astype(np.float32), shape)
    dark = np.broadcast_to((0.7 * base).astype(np.float32), colour.shape)
    alpha = cap + (1 - cap) * body
    mixed = cap[..., None] * dark + ((1 - cap) * body)[..., None] * colour
    layer = replace(layer, colour=mixed / np.maximum(alpha, 1e-4)[..., None], alpha=alpha)
    count, knots = 4200, 26
    crown = centre + np.array([0.02 * rx * rng.normal(), -0.97 * ry])
    around = rng.uniform(-1, 1, count)
    depth = np.sqrt(rng.uniform(0, 1, count))
    t = np.linspace(0, 1, knots)[None]
    wave = rng.uniform(0.02, 0.09) * unit
    # Longest in the middle of the back, and no two the same.
    fall = 3.3 * unit * rng.uniform(0.55, 1.1, count) * (1.08 - 0.22 * np.abs(around))
    # Over the head as on a globe, then down; outer strands on the outside.
    share = np.clip(t / 0.42, 0, 1)
    swing = np.sin(share * np.pi / 2)
    gx = crown[0] + (centre[0] + around[:, None] * rx * 1.04 - crown[0]) * swing
    gy = crown[1] - 0.06 * ry * np.sin(share * np.pi) * (1 - 0.2 * depth[:, None]) * (
        np.sqrt(np.maximum(1 - around[:, None] ** 2, 0)) * 0.9 + 0.1
    )
    gy = gy + (centre[1] + 0.1 * ry - crown[1]) * (1 - np.cos(share * np.pi / 2))
    down = np.clip((t - 0.38) / 0.62, 0, 1)
    gy = gy + down * fall[:, None]
    phase = rng.uniform(0, 2, count)[:, None] + 2.5 * around[:, None]
    gx = gx + wave * np.sin(9 * down + 2 * np.pi * phase) * down
    gx = gx + around[:, None] * 0.5 * unit * down**2
    points = np.stack([gx, gy], -1).astype(np.float32)
    locks = 0.85 + 0.3 * rng.random(28)[((around + 1) * 13.9).astype(int)]
    tones = base * (locks * rng.uniform(0.7, 1.25, count))[:, None]
    # Light falls from the upper left.
    tones = tones * (1.05 - 0.3 * around[:, None])
    easy = replace(asked, severity=0.0)
    layer = laid(easy, layer, points, np.clip(tones, 0, 1), picture, width=1.0)
    # Flyaways leave the outer outline.
    kinds = ((420, 0.05, 0.4, 0.4, 0.7), (150, 0.10, 0.4, 0.5, 0.9), (30, 0.16, 0.3, 0.5, 1.1))
    for n, (number, length, spread, turn, bend) in enumerate(kinds):
        more = asked.rng(f"flyaways {n}")
        side = np.sign(more.uniform(-1, 1, number))
        place = more.uniform(-1, 1.2, number)
        sx = np.where(place < 0, np.cos(place * np.pi / 2) * 0.98, 1.0) * side
        sy = np.where(place < 0, np.sin(place * np.pi / 2), place * 1.35)
        roots = centre + np.stack([sx * rx * (0.97 + 0.1 * np.clip(place, 0, 2)), sy * ry], -1)
        out = np.arctan2(np.where(place < 0, sy, 0.75), sx)
        way = out + more.normal(0, turn, number)
        lengths = max(shape) * length * np.exp(more.normal(0, spread, number))
        path = strands.curves(
            roots,
            way,
            lengths,
            more.normal(0, bend, number),
            18,
            np.clip(more.normal(0.35, 0.2, number), 0, 0.9),
        )
        kept = _many(asked, number)
        colours = np.clip(base * more.uniform(0.7, 1.5, (number, 1)), 0, 1)
        layer = laid(asked, layer, path[:kept], colours[:kept], picture, tip=0.4)
    return layer


_FEATHERS = (
    ((0.42, 0.28, 0.18), (0.86, 0.76, 0.6)),
    ((0.18, 0.28, 0.36), (0.5, 0.68, 0.72)),
    ((0.9, 0.88, 0.84), (0.7, 0.66, 0.6)),
    ((0.5, 0.16, 0.12), (0.2, 0.1, 0.1)),
)


def _feather(asked: Request, shape: Shape, picture: np.ndarray) -> Layer:
    """A feather: a bent shaft, barbs that lie together and split, and down at its foot."""
    rng = asked.rng("feather")
    height, width = shape
    side = max(shape)
    dark, fair = (np.array(c) for c in _FEATHERS[int(rng.integers(len(_FEATHERS)))])
    long, bow = 0.72 * side, rng.uniform(-0.09, 0.09) * side
    slant = np.deg2rad(rng.uniform(-38, -22))
    s = np.linspace(0, 1, 400)
    local = np.stack([(s - 0.5) * long, bow * (1 - (2 * s - 1) ** 2)], -1)
    turn = np.array([[np.cos(slant), -np.sin(slant)], [np.sin(slant), np.cos(slant)]])
    shaft = local @ turn.T + [0.5 * width, 0.52 * height]
    way = np.arctan2(*np.gradient(shaft, axis=0).T[::-1])
    empty = Layer("feather", np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32))
    layer = empty
    for sign in (-1, 1):
        splits = np.sort(rng.uniform(0.25, 0.95, 6))
        count = 620
        at = np.sort(rng.uniform(0.16, 0.995, count))
        clump = np.searchsorted(splits, at)
        open_ = rng.normal(0, 0.09, len(splits) + 1)[clump]
        length = side * 0.118 * np.sin(np.pi * np.clip((at - 0.08) / 0.98, 0, 1)) ** 0.5
        length = length * (0.85 if sign > 0 else 1.0) * rng.uniform(0.93, 1.05, count)
        place = (at * 399).astype(int)
        angle = way[place] + sign * (0.72 - 0.25 * at + open_ * (1 + asked.severity))
        points = strands.curves(shaft[place], angle, length, -sign * rng.uniform(0.2, 0.4, count))
        bands = 0.5 + 0.5 * np.tanh(4 * np.sin(at * 44 + 0.5))
        colours = dark + (fair - dark) * bands[:, None]
        colours = np.clip(colours * rng.uniform(0.85, 1.15, (count, 1)) * (1.05 - 0.1 * sign), 0, 1)
        firm = replace(asked, severity=0.6 * asked.severity)
        layer = laid(firm, layer, points, colours, picture, width=1.0, tip=0.5)
    number = 520
    at = rng.uniform(0.1, 0.34, number)
    place = (at * 399).astype(int)
    turns = np.sign(rng.uniform(-1, 1, number))
    points = strands.curves(
        shaft[place],
        way[place] + turns * rng.uniform(0.6, 2.1, number),
        side * rng.uniform(0.03, 0.11, number),
        rng.normal(0, 1.8, number),
        20,
    )
    down = np.clip((0.5 * fair + 0.5) * rng.uniform(0.85, 1.1, (number, 1)), 0, 1)
    kept = _many(asked, number)
    layer = laid(asked, layer, points[:kept], down[:kept], picture, width=0.7)
    quill = shaft[None, ::8].astype(np.float32)
    widths = np.linspace(5.5, 1.2, quill.shape[1], dtype=np.float32)[None] * side / 960
    light = np.ascontiguousarray(layer.colour * layer.alpha[..., None])
    alpha = layer.alpha.copy()
    ivory = np.broadcast_to(np.array([0.88, 0.82, 0.7], np.float32), (*quill.shape[:2], 3))
    strands.lay(light, alpha, quill, widths, np.ascontiguousarray(ivory))
    colour = np.where(alpha[..., None] > 1e-4, light / np.maximum(alpha, 1e-4)[..., None], 0)
    middle = float(shaft[220, 0]), float(shaft[220, 1])
    return replace(layer, colour=np.clip(colour, 0, 1), alpha=alpha, click=middle)


def _dandelion(asked: Request, shape: Shape, picture: np.ndarray) -> Layer:
    """A dandelion's head of seed: stalks from a core, each with a parachute of hairs."""
    rng = asked.rng("dandelion")
    height, width = shape
    side = max(shape)
    core = np.array([width * rng.uniform(0.44, 0.56), 0.4 * height])
    radius = 0.235 * side
    layer = Layer("dandelion", np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32))
    knots = 16
    stem = strands.curves(
        core[None],
        np.array([np.pi / 2]),
        np.array([0.75 * side]),
        np.array([rng.uniform(-0.25, 0.25)]),
        knots,
    )
    firm = replace(asked, severity=0.0)
    thick = 11 / _WIDTH[0]
    green = np.array([[0.5, 0.56, 0.3]])
    layer = laid(firm, layer, stem, green, picture, width=thick, tip=0.9)
    count = 210
    turn = rng.uniform(0, 2 * np.pi, count)
    lift = rng.uniform(-1, 1, count)  # evenly over a sphere
    out = np.sqrt(1 - lift**2)
    tips = core + radius * np.stack([out * np.cos(turn), out * np.sin(turn)], -1) * (
        rng.uniform(0.9, 1.0, (count, 1))
    )
    order = np.argsort(lift)  # the far ones first
    tips, lift, out, turn = tips[order], lift[order], out[order], turn[order]
    stalks = np.linspace(core + 0.1 * (tips - core), tips, 6, axis=1).astype(np.float32)
    shade = (0.75 + 0.2 * (lift + 1) / 2)[:, None]
    layer = laid(asked, layer, stalks, np.array([0.8, 0.78, 0.7]) * shade, picture, width=0.8)
    per = 22
    spin = rng.uniform(0, 2 * np.pi, (count, per))
    # Each hair of a parachute leaves its stalk at about 65°; seen along the line of sight as well.
    open_ = 0.115 * side * rng.uniform(0.8, 1.1, (count, per))
    away = np.stack([np.cos(turn), np.sin(turn)], -1)[:, None]
    across = np.stack([-np.sin(turn), np.cos(turn)], -1)[:, None]
    along = open_ * (
        rng.uniform(0.2, 0.6, (count, per)) * out[:, None] + 0.9 * np.cos(spin) * lift[:, None]
    )
    ends = (
        tips[:, None] + away * along[..., None] + across * (open_ * 0.9 * np.sin(spin))[..., None]
    )
    starts = np.broadcast_to(tips[:, None], ends.shape)
    hairs = np.linspace(starts, ends, 5, axis=2).reshape(count * per, 5, 2)
    hairs = hairs[: _many(asked, count) * per]
    white = np.array([0.96, 0.95, 0.92]) * rng.uniform(0.85, 1.04, (len(hairs), 1))
    layer = laid(
        asked, layer, hairs.astype(np.float32), np.clip(white, 0, 1), picture, width=0.7, tip=0.5
    )
    angle = np.linspace(0, 2 * np.pi, 60)
    ball = core + 0.028 * side * np.stack([np.cos(angle), np.sin(angle)], -1)
    solid = polygon(ball.astype(np.float32), shape)
    brown = np.array([0.42, 0.34, 0.2], np.float32)
    alpha = solid + (1 - solid) * layer.alpha
    light = solid[..., None] * brown + ((1 - solid) * layer.alpha)[..., None] * layer.colour
    colour = np.where(alpha[..., None] > 1e-4, light / np.maximum(alpha, 1e-4)[..., None], 0)
    middle = (float(core[0]), float(core[1]))
    return replace(layer, colour=colour.astype(np.float32), alpha=alpha, click=middle)


_MAKERS = {
    "flyaways": _flyaways,
    "hair from behind": _from_behind,
    "fur": _cat,
    "feather": _feather,
    "dandelion": _dandelion,
    "hair under a hat": _hat,
}
_PHOTOS = {"flyaways": "astronaut", "fur": "chelsea", "hair under a hat": "hopper"}
