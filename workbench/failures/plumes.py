"""Things that are all strands: a feather, a dandelion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import strands
from .case import Request
from .portraits import polygon
from .scene import Layer, Shape
from .strands_laid import WIDTH, laid, many

_FEATHERS = (
    ((0.42, 0.28, 0.18), (0.86, 0.76, 0.6)),
    ((0.18, 0.28, 0.36), (0.5, 0.68, 0.72)),
    ((0.9, 0.88, 0.84), (0.7, 0.66, 0.6)),
    ((0.5, 0.16, 0.12), (0.2, 0.1, 0.1)),
)


def feather(asked: Request, shape: Shape, picture: np.ndarray) -> Layer:
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
    kept = many(asked, number)
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


def dandelion(asked: Request, shape: Shape, picture: np.ndarray) -> Layer:
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
    thick = 11 / WIDTH[0]
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
    hairs = hairs[: many(asked, count) * per]
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
