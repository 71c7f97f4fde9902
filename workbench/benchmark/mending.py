"""A check's remedy applied to what it saw, as a new session would apply it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from .. import edges, matte
from ..quality.checks import Observation, Remedy, Sight
from ..settings import REFINED

_EDGES = frozenset(edges.ORDER)


def mended(sight: Sight, seen: Sequence[Observation]) -> Sight | None:
    """The sight with the remedies of what was seen applied; None where there is none to apply."""
    settings: dict[str, float] = {}
    strokes: list[Remedy] = []
    for remedy in (r for one in seen for r in one.remedy):
        if remedy.kind == "set":
            for name, value in remedy.values.items():
                settings[name] = max(settings.get(name, value), value)
        elif remedy.kind in ("paint", "refine", "pass"):
            strokes.append(remedy)
    if not settings and not strokes:
        return None
    alpha = sight.plane
    sure = np.zeros(sight.shape, bool)
    # What is painted is sure in the trimap, so it counts before the band is solved.
    for stroke in sorted(strokes, key=lambda one: one.kind != "paint"):
        if stroke.kind == "pass":
            alpha = _unmixed(sight.image, alpha, stroke)
            continue
        covered = drawn(stroke, sight.shape)
        if stroke.kind == "paint":
            alpha = np.where(covered, np.float32(stroke.values["keep"]), alpha)
            sure |= covered
        else:
            alpha = _solved(sight.image, alpha, covered & ~sure)
    alpha = edges.apply_edges(alpha, **{k: v for k, v in settings.items() if k in _EDGES})
    make = sight.make_colours
    if "amount" in settings or make is not None:
        amount = settings.get("amount", 1.0)

        def make() -> np.ndarray:
            return matte.foreground_colours(sight.image, alpha, amount)

    return replace(sight, alpha=alpha, make_colours=make)


def drawn(stroke: Remedy, shape: tuple[int, int]) -> np.ndarray:
    """(H, W) bool: where a stroke of the brush is."""
    made = np.zeros(shape, np.uint8)
    points = np.round((np.array(stroke.values["points"]) - 0.5) * 16).astype(np.int32)
    cv2.polylines(made, [points], False, 1, max(1, round(stroke.values["size"])), cv2.LINE_8, 4)
    return made > 0


def _solved(image: np.ndarray, alpha: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    trimap = np.where(drawn, np.float32(0.5), (alpha > 0.5).astype(np.float32))
    if not ((trimap == 1).any() and (trimap == 0).any()):
        return alpha
    return np.where(drawn, matte.alpha_from_trimap(image, trimap, REFINED), alpha).astype(
        np.float32
    )


def _unmixed(image: np.ndarray, alpha: np.ndarray, one: Remedy) -> np.ndarray:
    """A pass for what is transparent: a region unmixed from what is guessed to lie behind."""
    region = np.zeros(alpha.shape, np.uint8)
    outline = np.round((np.array(one.values["region"]) - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(region, [outline], 1, cv2.LINE_8, 4)
    inside = (region > 0) & (alpha > 0.05)
    if not inside.any():
        return alpha
    found = matte.transparent(
        image, inside.astype(np.float32), avoid=((alpha >= 0.5) & (region == 0)).astype(np.float32)
    )
    return np.where(inside, np.minimum(found.alpha, alpha), alpha).astype(np.float32)
