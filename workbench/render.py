"""The whole way from photo to alpha, on one screen: see SubjectRender, from top to bottom.

A rendering is a pure function of the document and of what stands on the bench (photo, models,
loaded masks). Each stage's key is the hash of its own edits and of the key above it, so that
what did not change is not made again, and undo costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from . import matte, paint, segment
from .arrays import LOGIT_LIMIT, frozen, sigmoid, to_float
from .closeup import Part, holds, meets, seam, window_of
from .compose import over
from .coordinates import Box, Frame, Point, check_box, regrid
from .document import Document, Patch, Step, SubjectState
from .edges import apply_edges
from .edits import Paint, UseSegmenter
from .errors import WeightsMismatchError
from .io import Photo
from .progress import Progress, lasting
from .prompts import Hint, PromptSet
from .quality.collapse import collapsed
from .quality.finding import Finding
from .segment.base import Embedding, Prediction, Segmenter
from .segment.upsample import guided_logits, reduced, step_of
from .stages import StageCache, key_of
from .starting import kept_with_the_session, screen_of, started

T = TypeVar("T")

_HINT_SIDE = 256  # cells along the longer side of a hint for a closer look


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
        remarks: what a person should know of how they were asked, each once.
    """

    photo: Photo
    masks: dict[str, np.ndarray] = field(default_factory=dict)
    predictions: StageCache = field(default_factory=lambda: StageCache(1_000_000_000))
    stages: StageCache = field(default_factory=lambda: StageCache(1_500_000_000))
    models: dict[str, Segmenter] = field(default_factory=dict)
    remarks: dict[str, None] = field(default_factory=dict)

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
        return segment.Turned(model, use.turn) if use.turn else model

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
        said = [n for model in self.models.values() for n in getattr(model, "notes", ())]
        return said + list(self.remarks)

    def embedding(
        self, model: Segmenter, progress: Progress | None = None, window: Part = ()
    ) -> Embedding:
        """The photo (or the part of it in a window) as the model sees it, encoded once.

        Kept apart from the stages: making one again may take seconds, and a few strokes on a large
        photo would crowd it out.
        """
        photo = self.photo
        region = check_box(window, photo.shape) if window else None
        return segment.EMBEDDINGS.embed(model, photo.image8, photo.key, region, progress)

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
        self._layers = Layers(s.steps, s.patches, bench, progress)
        mask = self._layers.key
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
        asked = self._asked
        return asked.answer(len(asked.steps) - 1) if asked.steps else None

    @property
    def known_prediction(self) -> Prediction | None:
        """The last answer where it is kept; asks no model."""
        asked = self._asked
        return self.bench.known(asked.keys[-1]) if asked.keys else None

    @property
    def mask(self) -> np.ndarray:
        """(H, W) float32: what was chosen of the answers at the photo's size, uncorrected."""
        return self._stage("mask", self._layers.mask)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is worth a warning in the last answer (asks for it where it is not known)."""
        asked, shape = self._asked, self.shape
        if len(asked.steps) < 2 or asked.steps[-1].hint != "last":
            return ()
        before, last = asked.steps[-2:]
        if len(last.points) == len(before.points):
            return ()  # not a click

        def look() -> tuple[Finding, ...]:
            was, now = asked.chosen(-2), asked.chosen(-1)
            found = collapsed((was.logits, was.frame), (now.logits, now.frame), shape, last.edit)
            return () if found is None else (found,)

        key = key_of(asked.keys[-2:], before.chosen, last.chosen, last.edit)
        return self.bench.stages.get_or_make(f"findings:{key}", look)

    @property
    def known_findings(self) -> tuple[Finding, ...]:
        """The findings where the answers that they come from are kept; asks no model."""
        keys = self._asked.keys[-2:]
        return self.findings if all(self.bench.known(key) is not None for key in keys) else ()

    @property
    def _asked(self) -> Chain:
        """The chain of questions that was asked last."""
        n, layers = self.subject.asked, self._layers
        return layers.base if n < 0 else layers.patches[n]

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

    @property
    def shown_answers(self) -> list[str]:
        """The keys of the answers that the mask is made of."""
        return [chain.keys[-1] for chain in self._layers.chains]

    @property
    def known_answers(self) -> list[tuple[str, Prediction]]:
        """Those of the answers that are kept, with their keys: those in the mask, then the rest."""
        chains = self._layers.chains
        shown = self.shown_answers
        rest = [key for chain in chains for key in reversed(chain.keys[:-1])]
        found = ((key, self.bench.predictions.get(key)) for key in (*shown, *rest))
        return [(key, prediction) for key, prediction in found if prediction is not None]


class Chain:
    """Questions of which each takes the answer before it as a hint; asked when it is needed.

    Attributes:
        steps: the questions. keys: of their answers.
    """

    def __init__(
        self,
        steps: tuple[Step, ...],
        bench: Bench,
        progress: Progress | None,
        under: Layers | None = None,
    ) -> None:
        """``under``: what the first question of a closer look takes as its hint."""
        self.steps, self.bench, self.progress, self._under = steps, bench, progress, under
        self.keys = step_keys(steps, bench.photo.key, "" if under is None else under.key)

    def answer(self, last: int) -> Prediction:
        """The answer of step ``last``: kept, or asked with the answer before it as a hint."""
        steps, first, known = self.steps, last, None
        while True:  # back to where nothing earlier is needed
            known = self.bench.known(self.keys[first])
            if known is not None or first == 0 or steps[first].hint == "none":
                break
            first -= 1
        for n in range(first, last + 1):
            if n == first and known is not None:
                continue
            known = self._asked(n, known)
            # What is not saved is kept while there is room, like any other stage.
            saved = kept_with_the_session(steps[n].start)
            cache = self.bench.predictions if saved else self.bench.stages
            cache.put(self.keys[n], known)
        assert known is not None  # the loop ran, or it was known
        return known

    def chosen(self, n: int) -> Hint:
        """The logits of the candidate that was chosen of an answer, with their frame."""
        return self._chosen_of(n, self.answer(n % len(self.steps)))

    def _chosen_of(self, n: int, prediction: Prediction) -> Hint:
        candidate = min(self.steps[n].chosen, len(prediction.logits) - 1)
        return Hint(prediction.logits[candidate], prediction.frame)

    def _asked(self, n: int, before: Prediction | None) -> Prediction:
        """Step ``n`` asked now. ``before``: the answer of the step before it, where it is a hint.

        That is handed on and not looked up: it may have been dropped from the cache since.
        """
        # An answer is kept, and the next one stands on it: it is not stopped for a newer wish.
        step, bench, progress = self.steps[n], self.bench, lasting(self.progress)
        if step.start is not None:
            so_far = None
            if step.over:
                so_far = Layers(self.steps[:n], step.over, bench, progress).mask()
            elif step.hint != "none" and before is not None:
                points = self.steps[n - 1].points
                so_far = sigmoid(guided(self._chosen_of(n - 1, before), points, bench))
            return started(step.start, bench.photo, bench.masks, bench.stages, so_far, progress)
        hint = None
        if step.hint != "none":
            if before is not None:
                hint = self._chosen_of(n - 1, before)
            elif self._under is not None:
                hint = self._under.hint(step.region)
        return answer(step, hint, bench, progress)


class Layers:
    """What a mask is made of: the answers about the whole photo, and closer looks over them.

    Attributes:
        base: the chain about the whole photo, which may be empty. patches: those on top of it.
        key: of the mask.
    """

    def __init__(
        self,
        steps: tuple[Step, ...],
        patches: tuple[Patch, ...],
        bench: Bench,
        progress: Progress | None,
        made: dict[int, Chain] | None = None,
    ) -> None:
        """``made``: the chains of patches that are known already, by the patch's id()."""
        made = {} if made is None else made
        self._bench = bench
        self.base = Chain(steps, bench, progress)
        self.patches: list[Chain] = []
        for patch in patches:
            if id(patch) not in made:
                under = Layers(patch.under, patch.beneath, bench, progress, made)
                made[id(patch)] = Chain(patch.steps, bench, progress, under)
            self.patches.append(made[id(patch)])
        chosen = steps[-1].chosen if steps else 0
        self.key: str = key_of(bench.photo.key, self.base.keys[-1:], chosen)
        if patches:
            self.key = key_of(self.key, [[c.keys[-1], c.steps[-1].chosen] for c in self.patches])

    @property
    def chains(self) -> list[Chain]:
        """Those with any question, from the bottom up."""
        return [chain for chain in (self.base, *self.patches) if chain.steps]

    def mask(self) -> np.ndarray:
        """(H, W) float32: all laid over one another at the photo's size."""
        shape = self._bench.photo.shape
        if not self.chains:
            return frozen(np.zeros(shape, np.float32))
        if self.base.steps:
            # Not prediction.masks, which are the model's own and are made anew each time they are
            # asked for: the stage cache keeps this one within its budget.
            plane = guided(self.base.chosen(-1), self.base.steps[-1].points, self._bench)
        else:
            plane = np.full(shape, -LOGIT_LIMIT, np.float32)
        for chain in self.patches:
            step = chain.steps[-1]
            lay(plane, chain.chosen(-1), step.region, step.points, self._bench.photo.image8)
        return frozen(sigmoid(plane))

    def hint(self, region: Part) -> Hint | None:
        """The logits of what there is in a region's window, or None where nothing is in it."""
        window = window_of(region, self._bench.photo.shape)
        frame = Frame(*window)
        longer = max(frame.x1 - frame.x0, frame.y1 - frame.y0)
        width, height = (
            max(1, round(_HINT_SIDE * side / longer))
            for side in (frame.x1 - frame.x0, frame.y1 - frame.y0)
        )
        grid = np.full((height, width), -LOGIT_LIMIT, np.float32)
        for chain in self.chains:
            chosen, part = chain.chosen(-1), chain.steps[-1].region
            laid = regrid(chosen.logits, chosen.frame, frame, grid.shape, -LOGIT_LIMIT)
            if part:
                x = frame.x0 + (np.arange(width) + 0.5) * (frame.x1 - frame.x0) / width
                y = frame.y0 + (np.arange(height) + 0.5) * (frame.y1 - frame.y0) / height
                weight = seam(part, window_of(part, self._bench.photo.shape), x, y)
                laid = grid + weight * (laid - grid)
            grid = laid
        grid = np.clip(grid, -LOGIT_LIMIT, LOGIT_LIMIT)
        return Hint(grid, frame) if grid.max() > 0 else None


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

        Those that the masks are made of are always among them: the picture stands on them.
        """
        shown = {key for s in self._subjects.values() for key in s.shown_answers}
        chains = [self._subjects[s.id].known_answers for s in self.state.subjects]
        chosen: dict[str, Prediction] = {}
        for turn in range(max(map(len, chains), default=0)):
            for chain in chains:
                key, prediction = chain[turn] if turn < len(chain) else ("", None)
                if prediction is not None and (key in shown or prediction.size <= budget):
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
        question: list = [step.start.content()] if step.start is not None else [
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
    prompts = compile_prompts(step, hint, shape, bench.stages, window)
    if prompts is None:
        nothing = np.full((1, 1, 1), -LOGIT_LIMIT, np.float32)
        return Prediction(np.ones(1, np.float32), nothing, Frame.whole(shape), shape)
    if "hint" not in segmenter.capabilities:  # the last answer helps those that can take it
        prompts = replace(prompts, hint=None)
    segment.check_takes(step.segmenter.segmenter, segmenter.capabilities, prompts)
    return segmenter.predict(bench.embedding(segmenter, progress, window), prompts)


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
    if window:
        there = [holds(window, x, y) for x, y in points]
        points = [p for p, here in zip(points, there, strict=True) if here]
        labels = [v for v, here in zip(labels, there, strict=True) if here]
        boxes = tuple(_cut(box, window) for box in boxes if meets(box, window))
    if not (points or boxes or hint):
        return None
    return PromptSet(tuple(points), tuple(labels), boxes, hint).checked(shape)


def _cut(box: Box, window: Part) -> Box:
    return (
        max(box[0], window[0]), max(box[1], window[1]),
        min(box[2], window[2]), min(box[3], window[3]),
    )  # fmt: skip


def guided(chosen: Hint, points: tuple[Point, ...], bench: Bench) -> np.ndarray:
    """(H, W) float32 logits: an answer at the photo's size, its edge the photo's."""
    small = bench.reduced(step_of(chosen.logits, chosen.frame))
    return guided_logits(bench.photo.image8, chosen.logits, chosen.frame, points, small)


def lay(
    plane: np.ndarray, chosen: Hint, region: Part, points: tuple[Point, ...], image: np.ndarray
) -> None:
    """Lay a closer look over logits of the photo's size, in place, with a soft seam.

    Logits are mixed and not masks: where both agree the boundary moves over smoothly, and where
    they do not it is cut once instead of fading.
    """
    x0, y0, x1, y1 = (int(v) for v in window_of(region, (plane.shape[0], plane.shape[1])))
    part = np.s_[y0:y1, x0:x1]
    f = chosen.frame
    frame = Frame(f.x0 - x0, f.y0 - y0, f.x1 - x0, f.y1 - y0, f.via)
    there = [(x - x0, y - y0) for x, y in points if x0 <= x < x1 and y0 <= y < y1]
    close = guided_logits(image[part], chosen.logits, frame, there)
    x, y = np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5
    weight = seam(region, (x0, y0, x1, y1), x, y)
    plane[part] += weight * (close - plane[part])


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
