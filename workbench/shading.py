"""What a subject does to its ground as layers under it: its shadow, and its mirror image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from . import edits as e
from . import paint
from .bench import Bench
from .compose import reflection, shadow
from .state import SubjectState


def shadow_of(subject: SubjectState, alpha: np.ndarray, bench: Bench) -> np.ndarray:
    """(H, W) float32 in [0, 1]: how dark the subject's shadow is; 0 under the subject itself.

    Where the reflection is looked for as well, what is dark is that: it comes along with it, and
    would be there twice.

    Args:
        subject: its strokes say where the shadow is looked for.
        alpha: (H, W) float32, its matte.
        bench: the photo.
    """
    region = _stroked(subject.shadow_strokes, bench.photo.shape)
    if subject.reflection != "drop":
        there = _mirror(subject, alpha, bench)
        region = 1 - there if region is None else region * (1 - there)
    return shadow.lift_shadow(bench.image, alpha, region)


def reflection_of(subject: SubjectState, alpha: np.ndarray, bench: Bench) -> np.ndarray:
    """(H, W, 4) float32 in [0, 1], straight alpha last: the subject's mirror image in the floor.

    Args:
        subject: its strokes say where it is looked for; without, where a level floor would show it.
        alpha: (H, W) float32, its matte.
        bench: the photo.
    """
    return reflection.lift_reflection(bench.image, alpha, _mirror(subject, alpha, bench))


def _mirror(subject: SubjectState, alpha: np.ndarray, bench: Bench) -> np.ndarray:
    """(H, W) float32: where the reflection is looked for."""
    strokes = subject.reflection_strokes
    region = _stroked(strokes, bench.photo.shape)
    if any(one.keep for one in strokes) and region is not None:
        return region
    whole = reflection.mirrored(alpha)
    return whole if region is None else whole * region


def _stroked(
    strokes: Sequence[e.ShadowStroke | e.ReflectionStroke], shape: tuple[int, int]
) -> np.ndarray | None:
    """(H, W) float32 weight in [0, 1] of where strokes say that it is; None: there are none."""
    if not strokes:
        return None
    # Where only strokes that take away were made, it may be anywhere else.
    region = np.full(shape, 0 if any(s.keep for s in strokes) else 1, np.float32)
    for stroke in strokes:
        part, covered = paint.coverage(stroke.points, stroke.size, shape, hardness=0.5)
        if covered.size:
            region[part] += covered * (np.float32(stroke.keep) - region[part])
    return region
