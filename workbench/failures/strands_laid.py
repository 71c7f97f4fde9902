"""Strands over a layer, and out of its outline, as a case of fine details wants them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from . import strands
from .case import Request
from .scene import Layer

WIDTH = 2.1, 0.45  # pixels of a strand, at SIZE, from severity 0 to 1
TINT = 0.6  # of the way that a strand's colour goes to the background's at severity 1


def strand_width(asked: Request) -> float:
    """Pixels of the widest strands at a case's severity and size."""
    return (WIDTH[0] + asked.severity * (WIDTH[1] - WIDTH[0])) * asked.size / 960


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
    widths = np.asarray(strand_width(asked) * width * rng.uniform(0.55, 1.15, count))
    behind = _sampled(cv2.GaussianBlur(picture, (0, 0), 0.006 * max(picture.shape)), points)
    own = np.repeat(colours[:, None].astype(np.float32), knots, axis=1)
    # A strand shines where it turns to the light: once along its length.
    t = np.linspace(0, 1, knots, dtype=np.float32)
    sheen = 1 + 0.35 * np.exp(-(((t[None] - rng.uniform(0.1, 0.9, (count, 1))) / 0.18) ** 2))
    share = np.float32(TINT * asked.severity) * np.linspace(0, 1, knots, dtype=np.float32)
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


def many(asked: Request, count: int) -> int:
    """How many of ``count`` there are at this severity; the first ones stay."""
    return max(1, round(count * (0.4 + 0.6 * asked.severity)))


def _outwards(outline: np.ndarray) -> np.ndarray:
    """(n,) angles of the outline's normals, outwards, for an outline of either turn."""
    way = np.roll(outline, -1, axis=0) - np.roll(outline, 1, axis=0)
    x, y = outline.T
    area = float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
    normal = np.stack([way[:, 1], -way[:, 0]], -1) * (1 if area > 0 else -1)
    return np.arctan2(normal[:, 1], normal[:, 0])


def spaced(outline: np.ndarray, step: float) -> np.ndarray:
    """A closed outline as points ``step`` pixels apart."""
    closed = np.concatenate([outline, outline[:1]])
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    at = np.arange(0, along[-1], step)
    return np.stack([np.interp(at, along, closed[:, n]) for n in (0, 1)], -1)


def fringe(
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
        kept = many(asked, count)
        layer = laid(asked, layer, points[:kept], colours[:kept], picture)
    return layer
