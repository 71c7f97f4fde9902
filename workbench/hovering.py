"""What one more click would give, asked of what is ready, for a preview under the pointer."""

from __future__ import annotations

import numpy as np

from . import edits as e
from . import paint
from .answering import question
from .arrays import LOGIT_LIMIT, sigmoid, to_uint8
from .bench import Bench
from .closeup import Part, holds, window_of
from .coordinates import Box, Frame, Point, regrid
from .document import Document
from .errors import EditError, PromptError, UnsupportedPromptError
from .layers import Layers

_SIDE = 512  # cells along the longer side: a preview, which the page scales
_FAINT = 8  # of 255: less is not seen


def hovered(
    document: Document, subject_id: str, bench: Bench, point: Point, keep: bool = True
) -> tuple[np.ndarray, Box] | None:
    """The mask that a subject would have after one more click; no edit, and no answer is kept.

    Where a closer look lies there, it is asked, as it would be by the click.

    Args:
        document: as it is.
        subject_id: whose click.
        bench: model, embedding and the last answer are taken from it where they are there.
        point: (x, y) in image pixels.
        keep: what the click would say.

    Returns:
        (h, w) uint8, 0–255, with what was painted in it, and the box (x0, y0, x1, y1) that it
        covers: what is not in it is 0. None where something is not ready, the segmenter takes no
        clicks, or the click would make no sense there.
    """
    try:
        clicked = document.add(e.Click(subject=subject_id, x=point[0], y=point[1], keep=keep))
    except (PromptError, EditError):
        return None
    subject = clicked.state().subject(subject_id)
    layers = Layers(subject.steps, subject.patches, bench, None)
    chain = layers.base
    region: Part = ()
    for patch, close in zip(subject.patches, layers.patches, strict=True):
        if holds(patch.region, *point):
            chain, region = close, patch.region
    step = chain.steps[-1]
    window = window_of(region, document.shape) if region else ()
    ready = bench.ready(step.segmenter, window)
    if ready is None:
        return None
    model, embedding = ready
    hint = None
    if step.hint != "none" and len(chain.steps) > 1:
        last = bench.known(chain.keys[-2])
        if last is None:
            return None
        hint = chain.hint_of(len(chain.steps) - 2, last)
    try:
        prompts = question(step, hint, bench, model, window)
    except UnsupportedPromptError:
        return None
    if prompts is None:
        return None
    said = model.predict(embedding, prompts)
    corrections = None
    if subject.strokes:
        corrections = paint.painted_so_far(subject.strokes, document.shape, bench.stages)
    return _small(said.logits[0], said.frame, document.shape, corrections)


def _small(
    logits: np.ndarray, frame: Frame, shape: tuple[int, int], corrections: paint.Corrections | None
) -> tuple[np.ndarray, Box]:
    """Logits as an alpha at about their own resolution, cut to where there is any."""
    height, width = shape
    x0, y0 = max(frame.x0, 0.0), max(frame.y0, 0.0)
    x1, y1 = min(frame.x1, float(width)), min(frame.y1, float(height))
    if corrections is not None:  # which may lie anywhere
        x0, y0, x1, y1 = 0.0, 0.0, float(width), float(height)
    per = max(
        (frame.x1 - frame.x0) / logits.shape[1],
        (frame.y1 - frame.y0) / logits.shape[0],
        max(x1 - x0, y1 - y0) / _SIDE,
        1.0,
    )
    size = max(1, round((y1 - y0) / per)), max(1, round((x1 - x0) / per))
    plain = Frame(frame.x0, frame.y0, frame.x1, frame.y1)
    alpha = sigmoid(regrid(logits, plain, Frame(x0, y0, x1, y1), size, -LOGIT_LIMIT))
    if corrections is not None:
        rows = ((np.arange(size[0]) + 0.5) * height / size[0]).astype(int)[:, None]
        columns = ((np.arange(size[1]) + 0.5) * width / size[1]).astype(int)[None]
        weight = corrections.weight[rows, columns]
        alpha = (1 - weight) * alpha + weight * corrections.value[rows, columns]
    grey = to_uint8(alpha)
    down, across = (np.flatnonzero((grey > _FAINT).any(axis=axis)) for axis in (1, 0))
    if len(down) == 0:
        return np.zeros((1, 1), np.uint8), (x0, y0, x1, y1)
    top, bottom, left, right = down[0], down[-1] + 1, across[0], across[-1] + 1
    step_x, step_y = (x1 - x0) / size[1], (y1 - y0) / size[0]
    box = (
        x0 + float(left * step_x),
        y0 + float(top * step_y),
        x0 + float(right * step_x),
        y0 + float(bottom * step_y),
    )
    return np.ascontiguousarray(grey[top:bottom, left:right]), box
