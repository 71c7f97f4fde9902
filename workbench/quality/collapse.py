"""A click after which little is left of the mask: one more click can make a model let go of it.

FocSAM (Huang and others, CVPR 2024) shows IoU 0.886 falling to 0.128 by one more click. That is no
reason to refuse the click, and worth a word.
"""

from __future__ import annotations

import numpy as np

from ..arrays import LOGIT_LIMIT
from ..coordinates import Box, Frame, regrid
from ..edits import Retract
from .finding import Finding

OVERLAP = 0.5
"""The IoU with the last answer under which a mask may have collapsed."""

SHRUNK = 0.5
"""The share of the last answer's area that is then left, at most."""

_SIDE = 256  # cells that masks are compared on, along the photo's longer side


def collapsed(
    before: tuple[np.ndarray, Frame],
    after: tuple[np.ndarray, Frame],
    shape: tuple[int, int],
    click: str,
) -> Finding | None:
    """A finding "mask_collapsed" where an answer lost most of the one before it, or None.

    Args:
        before, after: (h, w) logits and their frame, the last answer's and this one's.
        shape: (H, W) of the image.
        click: the id of the click between the two, which the remedy takes back.
    """
    scale = max(shape) / _SIDE
    size = max(1, round(shape[0] / scale)), max(1, round(shape[1] / scale))
    whole = Frame.whole(shape)
    was, now = (regrid(logits, f, whole, size, -LOGIT_LIMIT) > 0 for logits, f in (before, after))
    area, left = int(was.sum()), int(now.sum())
    union = int((was | now).sum())
    iou = int((was & now).sum()) / union if union else 1.0
    if area == 0 or iou >= OVERLAP or left > SHRUNK * area:
        return None
    return Finding(
        code="mask_collapsed",
        severity=1 - iou,
        box=_around(was & ~now, shape),
        measure=iou,
        unit="IoU with the last answer",
        why=f"That click made the mask collapse: {left / area:.0%} of its area is left. "
        "Undo it, or click once more on what is missing.",
        remedy=(Retract(edit_id=click),),
    )


def _around(plane: np.ndarray, shape: tuple[int, int]) -> Box:
    """The box around a plane's cells, in pixels of an image of (H, W)."""
    rows, columns = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
    down, across = shape[0] / plane.shape[0], shape[1] / plane.shape[1]
    return (
        float(columns[0] * across),
        float(rows[0] * down),
        float((columns[-1] + 1) * across),
        float((rows[-1] + 1) * down),
    )
