"""Masks that an edit makes by itself, whichever segmenter is in use: where a subject starts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from . import edits as e
from . import segment
from .arrays import logit
from .coordinates import Frame
from .progress import Progress
from .segment.base import Prediction


def started(
    edit: e.Edit,
    image: np.ndarray,
    masks: Mapping[str, np.ndarray],
    progress: Progress | None = None,
) -> Prediction:
    """What a starting edit makes of the photo, as one answer of the subject's chain.

    Args:
        edit: Auto or LoadMask.
        image: (H, W, 3) uint8.
        masks: loaded masks by hash, (H, W) uint8.

    Raises:
        WeightsError, MissingPackageError: the model that the edit names is not ready.
        TypeError: the edit makes no mask.
    """
    match edit:
        case e.Auto():
            return segment.automatic(edit.model, image, progress=progress)
        case e.LoadMask():
            return as_prediction(masks[edit.blob].astype(np.float32) / np.float32(255))
        case _:
            raise TypeError(f"expected an edit that makes a mask, got {type(edit).__name__}")


def kept_with_the_session(edit: e.Edit | None) -> bool:
    """Whether an answer is kept and saved: what a model said is, for it replays without the model.

    A loaded mask is kept once, as the mask that it is.
    """
    return not isinstance(edit, e.LoadMask)


def as_prediction(mask: np.ndarray) -> Prediction:
    """A mask (H, W) float32 in [0, 1] as the one candidate of an answer at the photo's own size."""
    shape = (mask.shape[0], mask.shape[1])
    return Prediction(np.ones(1, np.float32), logit(mask)[None], Frame.whole(shape), shape)
