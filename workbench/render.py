"""The whole way from photo to alpha, on one screen: see SubjectRender, from top to bottom.

A rendering is a pure function of the document and of what stands on the bench (photo, models,
loaded masks). Each stage's key is the hash of its own edits and of the key above it, so that
what did not change is not made again, and undo costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np

from . import matte, paint, segment
from .arrays import LOGIT_LIMIT, frozen, sigmoid, to_float
from .compose import over
from .coordinates import Frame, Point
from .document import Document, Step, SubjectState
from .edges import apply_edges
from .edits import Paint, UseSegmenter
from .errors import EditError, WeightsMismatchError
from .io import Photo
from .progress import Progress, lasting
from .prompts import Hint, PromptSet
from .segment.base import Embedding, Prediction, Segmenter
from .segment.upsample import guided_logits, reduced, step_of
from .stages import StageCache, key_of
from .starting import kept_with_the_session, screen_of, started

T = TypeVar("T")


@dataclass
class Bench:
    """What a rendering needs besides the document: photo, models, loaded masks and caches.

    Attributes:
        photo: the photo.
        masks: loaded masks by hash, (H, W) uint8.
        predictions: answers by key, bounded. They go into the session file, so that it replays
            without the weights.
        stages: all the other stages, bounded.
        models: the segmenters that were asked, by name.
    """

    photo: Photo
    masks: dict[str, np.ndarray] = field(default_factory=dict)
    predictions: StageCache = field(default_factory=lambda: StageCache(1_000_000_000))
    stages: StageCache = field(default_factory=lambda: StageCache(1_500_000_000))
    models: dict[str, Segmenter] = field(default_factory=dict)

    @cached_property
    def image(self) -> np.ndarray:
        """(H, W, 3) float32 in [0, 1], what arithmetic works on."""
        return frozen(to_float(self.photo.pixels))

    def segmenter(self, use: UseSegmenter, progress: Progress | None = None) -> Segmenter:
        """The model that an edit pinned.

        Raises:
            WeightsMismatchError: the model on this machine has other weights than the edit says.
        """
        model = segment.get_segmenter(
            use.segmenter, use.checkpoint, progress, precision=use.precision
        )
        if use.identity and model.identity != use.identity:
            raise WeightsMismatchError(
                f"expected {use.segmenter} as {use.identity}, which the session was made with, "
                f"got {model.identity}; session.use({use.segmenter!r}) recomputes with this one"
            )
        self.models[use.segmenter] = model
        return model

    def known(self, key: str) -> Prediction | None:
        """An answer where it is kept; asks no model."""
        found: Prediction | None = self.predictions.get(key)
        return found if found is not None else self.stages.get(key)

    def clear(self) -> None:
        """Let go of all that can be made again: answers, stages, models."""
        self.predictions.clear()
        self.stages.clear()
        self.models.clear()

    @property
    def notes(self) -> list[str]:
        """What the models have to say of how they run, such as a GPU that had no room."""
        return [n for model in self.models.values() for n in getattr(model, "notes", ())]

    def embedding(self, model: Segmenter, progress: Progress | None = None) -> Embedding:
        """The photo as the model sees it, encoded once.

        Kept apart from the stages: making one again may take seconds, and a few strokes on a large
        photo would crowd it out.
        """
        photo = self.photo
        return segment.EMBEDDINGS.embed(model, photo.image8, photo.key, progress=progress)

    def reduced(self, step: int) -> np.ndarray | None:
        """The photo, step × step pixels averaged, (h, w, 3) uint8; None for a step of 0."""
        if step == 0:
            return None
        key = f"reduced:{self.photo.key}:{step}"
        return self.stages.get_or_make(key, lambda: frozen(reduced(self.photo.image8, step)))


class SubjectRender:
    """One subject's way from photo to matte; each stage is made when it is first asked for."""

    def __init__(self, subject: SubjectState, bench: Bench, progress: Progress | None) -> None:
        self.subject, self.bench, self.progress = subject, bench, progress
        self.shape = bench.photo.shape
        s = subject
        self._answers = step_keys(s.steps, bench.photo.key)
        chosen = s.steps[-1].chosen if s.steps else 0
        mask = key_of(bench.photo.key, self._answers[-1:], chosen)
        strokes = key_of([p.content() for p in s.strokes])
        self.keys = {"mask": mask, "corrected": key_of(mask, strokes)}
        for name, above, own in (
            ("trimap", "corrected", [s.radius, [m.content() for m in s.marks]]),
            ("alpha", "trimap", s.method),
            ("matte", "alpha", [s.smooth, s.feather, s.contrast, s.shift, s.radius]),
            ("foreground", "matte", [s.amount, s.screen.content() if s.screen else None]),
        ):
            self.keys[name] = key_of(self.keys[above], own)

    @property
    def prediction(self) -> Prediction | None:
        """The model's last answer, as the model gives it; None before any prompt."""
        return self._answer(len(self.subject.steps) - 1) if self.subject.steps else None

    @property
    def known_prediction(self) -> Prediction | None:
        """The last answer where it is kept; asks no model."""
        return self.bench.known(self._answers[-1]) if self._answers else None

    @property
    def mask(self) -> np.ndarray:
        """(H, W) float32: the chosen candidate at the photo's size, before corrections."""
        if not self.subject.steps:
            return frozen(np.zeros(self.shape, np.float32))
        step = self.subject.steps[-1]
        return self._stage("mask", lambda: chosen_mask(self.prediction, step, self.bench))

    @property
    def corrections(self) -> paint.Corrections:
        """What was painted, value and weight per pixel."""
        return painted_so_far(self.subject.strokes, self.shape, self.bench.stages)

    @property
    def corrected(self) -> np.ndarray:
        """(H, W) float32: the mask with the corrections in it."""
        return self._stage("corrected", lambda: self._corrected(self.mask))

    @property
    def trimap(self) -> np.ndarray:
        """(H, W) float32 of 0, 0.5, 1: the band around the mask's edge, marks, what is painted."""
        return self._trimap[0]

    @property
    def alpha(self) -> np.ndarray:
        """(H, W) float32: solved in the band, before the edge settings."""
        return self._alpha[0]

    @property
    def matte(self) -> np.ndarray:
        """(H, W) float32: α after edge settings; a painted pixel wins: α = (1−w)·α + w·v."""
        s = self.subject
        return self._stage("matte", lambda: self._corrected(apply_edges(
            self.alpha, smooth=s.smooth, feather=s.feather, contrast=s.contrast, shift=s.shift,
            radius=s.radius)))  # fmt: skip

    @property
    def foreground(self) -> np.ndarray:
        """(H, W, 3) float32: the subject's own colours, the old background taken out."""
        return self._stage("foreground", self._foreground)

    def _foreground(self) -> np.ndarray:
        s, bench = self.subject, self.bench
        colours = matte.foreground_colours(bench.image, self.matte, amount=s.amount)
        if s.screen is None or s.screen.spill == 0:
            return colours
        screen = screen_of(s.screen, bench.photo, bench.stages)
        return matte.despill(colours, screen, s.screen.spill)

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be repaired on the way, in words (renders as far as the alpha)."""
        return self._trimap[1] + self._alpha[1]

    @property
    def _trimap(self) -> tuple[np.ndarray, tuple[str, ...]]:
        s = self.subject
        return self._stage(
            "trimap", lambda: trimap_of(self.corrected, self.corrections, s.marks, s.radius)
        )

    @property
    def _alpha(self) -> tuple[np.ndarray, tuple[str, ...]]:
        def solve() -> tuple[np.ndarray, tuple[str, ...]]:
            solved = matte.solve_alpha(
                self.bench.image,
                self.trimap,
                method=self.subject.method,
                mask=self.corrected,
                progress=self.progress,
            )
            return frozen(solved.alpha), solved.notes

        return self._stage("alpha", solve)

    def _corrected(self, plane: np.ndarray) -> np.ndarray:
        return self.corrections.applied_to(plane) if self.subject.strokes else plane

    def _stage(self, name: str, make: Callable[[], T]) -> T:
        value = self.bench.stages.get_or_make(f"{name}:{self.keys[name]}", make)
        if isinstance(value, np.ndarray):
            frozen(value)
        return value

    def _answer(self, last: int) -> Prediction:
        """The answer of step ``last``: kept, or asked with the answer before it as a hint."""
        steps, first, known = self.subject.steps, last, None
        while True:  # back to where nothing earlier is needed
            known = self.bench.known(self._answers[first])
            if known is not None or first == 0 or steps[first].hint == "none":
                break
            first -= 1
        for n in range(first, last + 1):
            if n == first and known is not None:
                continue
            earlier = steps[n - 1] if n > 0 else None
            # An answer is kept, and the next one stands on it: it is not stopped for a newer wish.
            known = answer(steps[n], known, earlier, self.bench, lasting(self.progress))
            # What is not saved is kept while there is room, like any other stage.
            saved = kept_with_the_session(steps[n].start)
            cache = self.bench.predictions if saved else self.bench.stages
            cache.put(self._answers[n], known)
        assert known is not None  # the loop ran, or it was known
        return known

    @property
    def known_answers(self) -> list[tuple[str, Prediction]]:
        """Those of the chain's answers that are kept, with their keys, newest first."""
        found = ((key, self.bench.predictions.get(key)) for key in reversed(self._answers))
        return [(key, prediction) for key, prediction in found if prediction is not None]


class Render:
    """What a document looks like: its subjects, stacked front to back."""

    def __init__(self, document: Document, bench: Bench, progress: Progress | None = None) -> None:
        self.state = document.state()
        self._bench = bench
        self._subjects = {s.id: SubjectRender(s, bench, progress) for s in self.state.subjects}

    def subject(self, subject_id: str) -> SubjectRender:
        """One subject's stages.

        Raises:
            EditError: there is no such subject.
        """
        self.state.subject(subject_id)
        return self._subjects[subject_id]

    @property
    def visible(self) -> list[SubjectRender]:
        """The subjects that are not hidden, front to back."""
        return [self._subjects[s.id] for s in self.state.subjects if not s.hidden]

    @cached_property
    def shares(self) -> dict[str, np.ndarray]:
        """Each visible subject's alpha after stacking, by id; their sum is at most 1."""
        shown = self.visible
        if len(shown) == 1:
            return {shown[0].subject.id: shown[0].matte}
        return {
            r.subject.id: frozen(share)
            for r, share in zip(shown, over.stack([r.matte for r in shown]), strict=True)
        }

    def alpha(self, subject_id: str | None = None) -> np.ndarray:
        """(H, W) float32: a subject's visible share (hidden: its matte); None: the sum."""
        if subject_id is not None:
            return self.shares.get(subject_id, self.subject(subject_id).matte)
        if not self.shares:
            return frozen(np.zeros(self._bench.photo.shape, np.float32))
        if len(self.shares) == 1:
            return next(iter(self.shares.values()))
        return frozen(np.clip(np.sum(list(self.shares.values()), axis=0), 0, 1))

    def foreground(self, subject_id: str | None = None) -> np.ndarray:
        """(H, W, 3) float32: a subject's colours; None: those of all, weighted by their shares."""
        if subject_id is not None:
            return self.subject(subject_id).foreground
        shown = self.visible
        if not shown:
            return self._bench.image
        if len(shown) == 1:
            return shown[0].foreground
        return frozen(
            over.combine_foregrounds([r.foreground for r in shown], list(self.shares.values()))
        )

    def answers(self, budget: int) -> dict[str, Prediction]:
        """The models' answers by key, as many as fit in ``budget`` bytes, the newest first.

        Each subject's last answer is always among them: it is what the picture stands on.
        """
        chains = [self._subjects[s.id].known_answers for s in self.state.subjects]
        chosen: dict[str, Prediction] = {}
        for turn in range(max(map(len, chains), default=0)):
            for chain in chains:
                key, prediction = chain[turn] if turn < len(chain) else ("", None)
                if prediction is not None and (turn == 0 or prediction.size <= budget):
                    chosen[key] = prediction
                    budget -= prediction.size
        return chosen

    def trimap(self, subject_id: str) -> np.ndarray:
        """(H, W) float32 of 0, 0.5, 1."""
        return self.subject(subject_id).trimap


def render(document: Document, bench: Bench, progress: Progress | None = None) -> Render:
    """What the document looks like. Nothing is made until it is asked for."""
    return Render(document, bench, progress)


# ------------------------------------------------------------------------------ the single stages


def step_keys(steps: tuple[Step, ...], photo_key: str) -> list[str]:
    """A key a step: of the photo, its question, and (where it takes a hint) the step before it."""
    keys: list[str] = []
    for n, step in enumerate(steps):
        above = [keys[n - 1], steps[n - 1].chosen] if n and step.hint != "none" else None
        use = step.segmenter
        question: list = [step.start.content()] if step.start is not None else [
            use.identity or [use.segmenter, use.checkpoint],
            [step.points, step.labels, step.boxes, step.lasso, step.hint],
            [s.content() for s in (*step.strokes, *step.scribbles)],
        ]  # fmt: skip
        keys.append(key_of(photo_key, above, question))
    return keys


def answer(
    step: Step,
    before: Prediction | None,
    earlier: Step | None,
    bench: Bench,
    progress: Progress | None,
) -> Prediction:
    """One step's prediction. ``before`` and ``earlier``: the last answer and step, for the hint."""
    shape = bench.photo.shape
    if step.start is not None:
        so_far = None if before is None or earlier is None else chosen_mask(before, earlier, bench)
        return started(step.start, bench.photo, bench.masks, bench.stages, so_far, progress)
    segmenter = bench.segmenter(step.segmenter, progress)
    hint = None
    if before is not None and earlier is not None:
        hint = Hint(before.logits[min(earlier.chosen, len(before.logits) - 1)], before.frame)
    prompts = compile_prompts(step, hint, shape, bench.stages)
    if prompts is None:
        nothing = np.full((1, 1, 1), -LOGIT_LIMIT, np.float32)
        return Prediction(np.ones(1, np.float32), nothing, Frame.whole(shape), shape)
    return segmenter.predict(bench.embedding(segmenter, progress), prompts)


def compile_prompts(
    step: Step, hint: Hint | None, shape: tuple[int, int], stages: StageCache
) -> PromptSet | None:
    """A step as a question in points, boxes and a hint; None where its strokes ask nothing.

    That is so when they lie outside the photo, or were painted over since.
    """
    points: list[Point] = list(step.points)
    labels: list[int] = list(step.labels)
    for scribble in step.scribbles:
        found = paint.stroke_points(scribble.points, scribble.width, shape)
        points += found
        labels += [int(scribble.keep)] * len(found)
    if step.strokes:
        corrections = painted_so_far(step.strokes, shape, stages)
        found, kept = paint.correction_points(step.strokes, corrections)
        points += found
        labels += kept
        if step.hint == "corrected" and hint is not None:
            hint = Hint(paint.corrected_logits(hint.logits, hint.frame, corrections), hint.frame)
    boxes = step.boxes
    if step.lasso:
        boxes, hint = (
            (paint.lasso_box(step.lasso, shape),),
            hint or paint.lasso_hint(step.lasso, shape),
        )
    if not (points or boxes or hint):
        return None
    return PromptSet(tuple(points), tuple(labels), boxes, hint).checked(shape)


def chosen_mask(prediction: Prediction | None, step: Step, bench: Bench) -> np.ndarray:
    """(H, W) float32: the candidate that was chosen, at the photo's size, its edge the photo's."""
    if prediction is None:
        raise EditError("expected a prediction, got none: click first")
    # Not prediction.masks, which are the model's own and are made anew each time they are asked
    # for: the stage cache keeps this one within its budget.
    chosen = prediction.logits[min(step.chosen, len(prediction.logits) - 1)]
    small = bench.reduced(step_of(chosen, prediction.frame))
    image = bench.photo.image8
    return frozen(sigmoid(guided_logits(image, chosen, prediction.frame, step.points, small)))


def painted_so_far(
    strokes: tuple[Paint, ...], shape: tuple[int, int], stages: StageCache
) -> paint.Corrections:
    """All strokes over one another; only those since the last known state are painted."""
    keys = ["corrections:" + key_of(shape)]
    for stroke in strokes:
        keys.append("corrections:" + key_of(keys[-1], stroke.content()))
    start, corrections = 0, paint.Corrections.none(shape)
    for n in range(len(strokes), 0, -1):
        known = stages.get(keys[n])
        if known is not None:
            start, corrections = n, known
            break
    for stroke in strokes[start:]:
        corrections = paint.painted(corrections, stroke)
    if start < len(strokes):
        stages.put(keys[-1], corrections)
    return corrections


def trimap_of(
    mask: np.ndarray, corrections: paint.Corrections, marks: tuple, radius: float
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The trimap, and what had to be repaired. Order: band, marks in turn, what is painted."""
    trimap = matte.trimap_from_mask(mask, radius=radius)
    for mark in marks:
        part, covered = paint.coverage(mark.points, mark.size, trimap.shape)
        value = getattr(mark, "value", 0.5)  # a refine-edge stroke makes the band grow
        if covered.size:  # a stroke may lie outside the photo
            trimap[part] = matte.apply_marks(trimap[part], covered, value)
    trimap = matte.apply_sure(trimap, corrections.value, corrections.weight)
    trimap, notes = matte.repair_trimap(trimap, mask, corrections.weight)
    return frozen(trimap), notes
