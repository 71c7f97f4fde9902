"""One question of a subject's chain: its key, what it is in points and boxes, and its answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from . import hints, paint, segment
from .arrays import LOGIT_LIMIT
from .bench import Bench
from .closeup import Part, holds, meets, window_of
from .coordinates import Box, Frame, Point
from .progress import Progress
from .prompts import Hint, PromptSet
from .segment.base import Prediction, Segmenter
from .stages import StageCache, key_of
from .state import Patch, Step


def step_keys(steps: tuple[Step, ...], photo_key: str, under: str = "") -> list[str]:
    """A key a step: of the photo, its question, and (where it takes a hint) what came before it.

    ``under``: the key of what the first step takes its hint from, or "".
    """
    keys: list[str] = []
    for n, step in enumerate(steps):
        above: list[Any] | None = None
        if step.hint != "none":
            above = [keys[n - 1], steps[n - 1].chosen] if n else [under] if under else None
        use = step.segmenter
        question: list = [step.start.content(), *_held(step)] if step.start is not None else [
            use.identity or [use.segmenter, use.checkpoint],
            [step.points, step.labels, step.boxes, step.lasso, step.hint],
            [s.content() for s in (*step.strokes, *step.scribbles)],
        ]  # fmt: skip
        # What was not there before is told only where it says something: old keys stay.
        question += [["turn", use.turn]] if use.turn and step.start is None else []
        question += [["region", step.region]] if step.region else []
        question += [["over", *_over(step.over, photo_key)]] if step.over else []
        question += [step.text.content()] if step.text is not None else []
        keys.append(key_of(photo_key, above, question))
    return keys


def _held(step: Step) -> list[Any]:
    return [["points", step.points, step.labels]] if step.points else []


def _over(patches: tuple[Patch, ...], photo_key: str) -> Iterator[Any]:
    for patch in patches:
        under = [*step_keys(patch.under, photo_key)[-1:], *_over(patch.beneath, photo_key)]
        yield [step_keys(patch.steps, photo_key, key_of(under))[-1], patch.steps[-1].chosen]


def answer(
    step: Step, hint: Hint | None, bench: Bench, progress: Progress | None = None
) -> Prediction:
    """One step's prediction by its segmenter."""
    shape = bench.photo.shape
    segmenter = bench.segmenter(step.segmenter, progress)
    window: Part = ()
    if step.region:
        if "crops" in segmenter.capabilities:
            window = window_of(step.region, shape)
        else:
            bench.remarks[f"{segmenter.name} cannot look closer at a part of the photo"] = None
    prompts = question(step, hint, bench, segmenter, window)
    if prompts is None:
        nothing = np.full((1, 1, 1), -LOGIT_LIMIT, np.float32)
        return Prediction(np.ones(1, np.float32), nothing, Frame.whole(shape), shape)
    return segmenter.predict(bench.embedding(segmenter, progress, window), prompts)


def question(
    step: Step, hint: Hint | None, bench: Bench, segmenter: Segmenter, window: Part = ()
) -> PromptSet | None:
    """A step as a question that a segmenter can be asked; None where it asks nothing.

    Raises:
        UnsupportedPromptError: it cannot; the message names those that can.
    """
    prompts = compile_prompts(step, hint, bench.photo.shape, bench.stages, window)
    if prompts is None:
        return None
    if "hint" not in segmenter.capabilities:  # the last answer helps those that can take it
        prompts = replace(prompts, hint=None)
    segment.check_takes(step.segmenter.segmenter, segmenter.capabilities, prompts)
    return prompts


def compile_prompts(
    step: Step, hint: Hint | None, shape: tuple[int, int], stages: StageCache, window: Part = ()
) -> PromptSet | None:
    """A step as a question in points, boxes and a hint; None where its strokes ask nothing.

    That is so when they lie outside the photo, or were painted over since. What lies outside a
    window that is looked at closer says nothing about it.
    """
    if step.text is not None:
        like, unlike = step.text.like, step.text.unlike
        return PromptSet(
            text=step.text.text or None,
            exemplars=(*like, *unlike),
            exemplar_labels=(1,) * len(like) + (0,) * len(unlike),
        ).checked(shape)
    points: list[Point] = list(step.points)
    labels: list[int] = list(step.labels)
    for scribble in step.scribbles:
        found = hints.stroke_points(scribble.points, scribble.width, shape)
        points += found
        labels += [int(scribble.keep)] * len(found)
    boxes = step.boxes
    if step.lasso:
        boxes = (hints.lasso_box(step.lasso, shape),)
        hint = hint or hints.lasso_hint(step.lasso, shape)
    corrections: paint.Corrections | None = None
    if step.strokes:
        corrections = paint.painted_so_far(step.strokes, shape, stages)
    if step.hint == "corrected":
        if corrections is not None:
            points, labels = hints.not_painted_over(points, labels, corrections)
        hint, boxes = _with_corrections(hint, boxes, corrections, shape)
    if corrections is not None:
        # Every later question has them too.
        key = key_of(shape, [stroke.content() for stroke in step.strokes])
        painted = corrections
        found, kept = stages.get_or_make(
            f"points:{key}", lambda: hints.correction_points(step.strokes, painted)
        )
        points += found
        labels += kept
    if window:
        there = [holds(window, x, y) for x, y in points]
        points = [p for p, here in zip(points, there, strict=True) if here]
        labels = [v for v, here in zip(labels, there, strict=True) if here]
        boxes = tuple(_cut(box, window) for box in boxes if meets(box, window))
    if not (points or boxes or hint):
        return None
    return PromptSet(tuple(points), tuple(labels), boxes, hint).checked(shape)


def _with_corrections(
    hint: Hint | None,
    boxes: tuple[Box, ...],
    corrections: paint.Corrections | None,
    shape: tuple[int, int],
) -> tuple[Hint | None, tuple[Box, ...]]:
    """A hint with what was painted made certain in it, and a box that holds all that is kept."""
    painted = None
    reach = hints.kept_box(hint, None, shape) if hint is not None and not boxes else None
    if corrections is not None:
        painted = hints.painted_box(corrections)
        if hint is not None:
            logits = hints.corrected_logits(hint.logits, hint.frame, corrections)
            hint = Hint(logits, hint.frame)
    if boxes:  # the person's own; what was painted beside it is meant all the same
        return hint, tuple(hints.holding(box, painted, shape) for box in boxes)
    if hint is None:  # a stroke alone says where the subject is, and not how far it reaches
        return None, ()
    if painted is not None and (reach is None or hints.holding(reach, painted, shape) != reach):
        return hint, ()  # the model saw too little of it: how far it reaches, nobody said yet
    box = hints.kept_box(hint, painted, shape)
    return hint, () if box is None else (box,)


def _cut(box: Box, window: Part) -> Box:
    return (
        max(box[0], window[0]), max(box[1], window[1]),
        min(box[2], window[2]), min(box[3], window[3]),
    )  # fmt: skip
