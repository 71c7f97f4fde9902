"""A subject's shadow as a layer: black with an opacity of its own, under the subject."""

from __future__ import annotations

import numpy as np

from . import paint
from .bench import Bench
from .compose import shadow
from .state import SubjectState


def shadow_of(subject: SubjectState, alpha: np.ndarray, bench: Bench) -> np.ndarray:
    """(H, W) float32 in [0, 1]: how dark the subject's shadow is; 0 under the subject itself.

    Args:
        subject: its strokes say where the shadow is looked for.
        alpha: (H, W) float32, its matte.
        bench: the photo.
    """
    shape = bench.photo.shape
    strokes = subject.shadow_strokes
    region: np.ndarray | None = None
    if strokes:
        # Where only strokes that take away were made, the shadow may be anywhere else.
        region = np.full(shape, 0 if any(s.keep for s in strokes) else 1, np.float32)
        for stroke in strokes:
            part, covered = paint.coverage(stroke.points, stroke.size, shape, hardness=0.5)
            if covered.size:
                region[part] += covered * (np.float32(stroke.keep) - region[part])
    return shadow.lift_shadow(bench.image, alpha, region)
