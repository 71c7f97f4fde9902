"""Clutter: many things like the subject, before it and behind it, at several depths.

With the severity the others become more and more alike, come nearer, overlap it, and come into
focus. They are background, wherever they stand: what hides the subject is no part of it.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..cutouts import Material
from . import backdrops
from .case import Case, Request
from .choosing import shape_of
from .crowd import person
from .degraded import blurred, disc_kernel
from .material import any_background, cut_layer, real
from .scene import Layer, Shape, assemble
from .things import GLAZES, Light, vase

VARIANTS = ("a crowd", "a shelf of pots", "behind others")

_OTHERS = 13  # things besides the subject at severity 1


def make(asked: Request) -> Case:
    """A case of clutter."""
    variant = VARIANTS[asked.seed % len(VARIANTS)]
    shape = shape_of(asked)
    height, width = shape
    rng = asked.rng("places")
    found = real(asked)
    much = asked.severity
    own = int(asked.rng("own").integers(10_000))
    middle = width * rng.uniform(0.44, 0.56)
    # Of people heads and shoulders are seen: the frame cuts them.
    people = variant == "a crowd" and found is None
    ground, tall = (1.02, 0.8 * height) if people else (0.88, 0.56 * height)
    subject, source = _thing(asked, shape, (middle, ground * height), tall, own, found, people)
    behind, before = [], []
    count = round(_OTHERS * much)
    names = [source]
    for n in range(_OTHERS):
        one = asked.rng(f"other {n}")
        depth = one.uniform(0.15, 1.0)
        in_front = variant == "behind others" and n % 4 == 0
        # The first ones touch it; later ones stand where there is room.
        near = (0.16 + 0.05 * n) * (1 if n % 2 else -1) + one.uniform(-0.04, 0.04)
        x = middle + near * width
        if n >= 6:
            x = one.uniform(0.05, 0.95) * width
        like = own if one.random() < 0.3 + 0.5 * much else int(one.integers(10_000))
        if n >= count:
            continue
        if in_front:
            foot = x, (0.97 + 0.08 * one.random()) * height
            size = tall * one.uniform(0.5, 0.7)
        else:
            foot = x, (ground - (0.0 if people else 0.2 * depth)) * height
            size = tall * (1 - 0.4 * depth) * one.uniform(0.85, 1.1)
        other, name = _thing(asked, shape, foot, size, like, found, people)
        # What is not in the plane of focus is blurred, less so the higher the severity.
        radius = (0.5 if in_front else depth) * (1 - much) * 0.012 * asked.size
        if radius > 0.4:
            other = blurred(other, disc_kernel(radius))
        other = replace(other, wanted=False)
        names.append(name)
        if in_front:
            before.append(other)
        else:
            behind.append((depth, other))
    ordered = [layer for _, layer in sorted(behind, key=lambda pair: pair[0])]
    picture, names_of = _room(asked, shape, found)
    return assemble(
        asked,
        [*before, subject, *ordered],
        picture,
        _why(variant, len(ordered) + len(before)),
        material="real" if found is not None else "procedural",
        sources=(*dict.fromkeys(name for name in names if name), *names_of),
        facts={"variant": variant, "others": len(ordered) + len(before)},
    )


def _why(variant: str, others: int) -> str:
    if not others:
        return "Nothing stands around it: with the severity others come, and touch it."
    things = "1 thing of the same kind stands" if others == 1 else (
        f"{others} things of the same kind stand")  # fmt: skip
    return (
        f"{variant.capitalize()}: {things} around it; where one ends and the next begins is not "
        "told by colour."
    )


def _thing(
    asked: Request,
    shape: Shape,
    foot: tuple[float, float],
    tall: float,
    like: int,
    found: Material | None,
    people: bool,
) -> tuple[Layer, str]:
    """One thing of a number: equal numbers look alike."""
    rng = np.random.default_rng([asked.seed, like])
    if found is not None:
        path = found.cutouts[int(rng.integers(len(found.cutouts)))]
        size = 1.15 * tall
        layer = cut_layer(path, shape, (foot[0], foot[1] - 0.5 * size), size)
        return layer, path.stem
    if people:
        return person(shape, foot, tall, rng)
    glaze = GLAZES[int(rng.integers(len(GLAZES)))]
    return vase(shape, foot, tall, rng, Light(), glaze), ""


def _room(asked: Request, shape: Shape, found: object) -> tuple[np.ndarray, tuple[str, ...]]:
    rng = asked.rng("room")
    if found is not None:
        picture, name = any_background(found, shape, rng)  # type: ignore[arg-type]
        return cv2.GaussianBlur(picture, (0, 0), 0.004 * max(shape)), (name,)
    wall = backdrops.textured(shape, "brick", rng.uniform([0.6, 0.5, 0.45], [0.9, 0.8, 0.7]), rng)
    wall = cv2.GaussianBlur(wall, (0, 0), 0.004 * max(shape) * (1.3 - asked.severity))
    if VARIANTS[asked.seed % len(VARIANTS)] == "a crowd":
        return wall, ("brick",)
    height = shape[0]
    y = np.arange(height, dtype=np.float32)[:, None, None] / height
    board = np.array([0.52, 0.38, 0.26], np.float32) * (0.75 + 0.4 * y)
    on = np.clip((y - 0.66) / 0.004, 0, 1)
    return np.clip(wall * (1 - on) * (0.75 + 0.25 * y) + on * board, 0, 1).astype(np.float32), (
        "brick",
    )
