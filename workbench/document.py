"""The document: an image, a list of edits and a cursor; and the fold that gives it a meaning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from . import edits as e
from .closeup import holds, meets, window_of
from .coordinates import Box, Point
from .errors import EditError

# Okabe and Ito's colours: told apart by colour-blind people too (Okabe & Ito 2008,
# https://jfly.uni-koeln.de/color/), strongest over photos first.
COLOURS = ("#0072b2", "#e69f00", "#cc79a7", "#009e73", "#d55e00", "#56b4e9", "#f0e442")

_NO_LIMIT = (2**31, 2**31)  # a photo's size that cuts no window


@dataclass(frozen=True)
class Step:
    """One answer of a model, or a mask from elsewhere, in the chain that a subject went through.

    Attributes:
        segmenter: who is asked.
        points, labels, boxes: everything asked so far, not only what is new.
        hint: "none", "last" (the logits of the last step's chosen candidate), or "corrected"
            (those, with the strokes made certain).
        strokes: the corrections that are part of the question since the last Rerun: a few points of
            each are asked, and a corrected hint has them burnt in.
        scribbles: lines that stand for a few points each.
        lasso: an outline that the answer should lie in, or ().
        start: the edit that itself says how the mask is made (Auto, LoadMask, Pick, the
            traditional tools), whichever segmenter is in use; None where the segmenter is asked.
            With a hint of "last", its mask is combined with the last step's.
        over: the closer looks that lay over the mask which a ``start`` is combined with.
        region: the part of the photo that is looked at, or () for all of it.
        edit: the id of the edit that asked.
        text: what is asked in words or by example, instead of all of the above, or None.
        chosen: the candidate that was chosen of this answer.
    """

    segmenter: e.UseSegmenter
    points: tuple[Point, ...] = ()
    labels: tuple[int, ...] = ()
    boxes: tuple[Box, ...] = ()
    hint: str = "none"
    strokes: tuple[e.Paint, ...] = ()
    scribbles: tuple[e.Scribble, ...] = ()
    lasso: tuple[Point, ...] = ()
    start: e.Edit | None = None
    over: tuple[Patch, ...] = ()
    region: tuple[float, ...] = ()
    edit: str = ""
    text: e.Text | None = None
    chosen: int = 0


@dataclass(frozen=True)
class Patch:
    """A closer look at a part of the photo, laid over the answers about all of it.

    Attributes:
        region: the part (see ``closeup``).
        steps: its own chain, as a subject's.
        under, beneath: the steps and the patches that were there when it was begun: what its first
            question takes as a hint. Later ones do not change it.
    """

    region: tuple[float, ...]
    steps: tuple[Step, ...]
    under: tuple[Step, ...] = ()
    beneath: tuple[Patch, ...] = ()


@dataclass(frozen=True)
class SubjectState:
    """What the edits up to the cursor say of one subject.

    Attributes:
        steps: the chain of questions about the whole photo; the last one's answer is the mask.
        patches: closer looks laid over it, the latest on top.
        asked: the place in ``patches`` of the one that was asked last, or −1: the whole photo.
        strokes, marks: what was painted; refined edges and trimap marks.
        radius and the others: settings, see the edits.
    """

    id: str
    name: str
    colour: str
    hidden: bool = False
    steps: tuple[Step, ...] = ()
    patches: tuple[Patch, ...] = ()
    asked: int = -1
    strokes: tuple[e.Paint, ...] = ()
    marks: tuple[e.RefineEdge | e.Trimap, ...] = ()
    radius: float = 10.0
    method: str = "closed_form"
    smooth: float = 0.0
    feather: float = 0.0
    contrast: float = 0.0
    shift: float = 0.0
    amount: float = 1.0
    screen: e.ChromaKey | None = None  # the key in force, whose screen throws its light

    @property
    def untouched(self) -> bool:
        """Whether nothing was asked, painted or marked yet."""
        return not (self.layers or self.strokes or self.marks)

    @property
    def chain(self) -> tuple[Step, ...]:
        """The chain that was asked last."""
        return self.steps if self.asked < 0 else self.patches[self.asked].steps

    @property
    def layers(self) -> tuple[Step, ...]:
        """The questions whose answers make up the mask: the whole photo's first."""
        return (*self.steps[-1:], *(patch.steps[-1] for patch in self.patches))


@dataclass(frozen=True)
class State:
    """What the edits up to the cursor mean.

    Attributes:
        subjects: front to back.
        segmenter: the one in use.
    """

    subjects: tuple[SubjectState, ...]
    segmenter: e.UseSegmenter

    def subject(self, subject_id: str) -> SubjectState:
        """The subject with this id.

        Raises:
            EditError: there is none (any more).
        """
        for subject in self.subjects:
            if subject.id == subject_id:
                return subject
        raise EditError(f"expected the id of a subject of this session, got {subject_id!r}")


@dataclass(frozen=True)
class Document:
    """An image's identity, the edits, and how many of them count.

    Attributes:
        photo_key: hash of the photo's pixels.
        shape: (H, W).
        opening: the edits every session begins with (its segmenter and first subject); undo does
            not reach them.
        edits: all the others, those after the cursor included.
        cursor: how many of ``edits`` count.
    """

    photo_key: str
    shape: tuple[int, int]
    opening: tuple[e.Edit, ...]
    edits: tuple[e.Edit, ...] = ()
    cursor: int = 0
    _folded: list[State] = field(default_factory=list, repr=False, compare=False)

    @property
    def active(self) -> tuple[e.Edit, ...]:
        """The edits up to the cursor."""
        return self.edits[: self.cursor]

    def add(self, edit: e.Edit) -> Document:
        """With one more edit at the cursor; what was undone is dropped.

        Raises:
            PromptError, EditError: the edit makes no sense here. The document is as it was.
        """
        edit = e.plain(edit).checked(self.shape)
        e.check_types(edit)
        self._check_target(edit)
        kept = (*self.active, edit)
        # Only a Retract reaches back; after any other edit the state is one step from this one.
        if isinstance(edit, e.Retract):
            folded = []
        elif isinstance(edit, e.Reset):
            folded = [fold(self.opening, ())]
        else:
            folded = [_after(self.state(), edit)]
        return replace(self, edits=kept, cursor=len(kept), _folded=folded)

    def at(self, cursor: int) -> Document:
        """The same document with the cursor elsewhere, 0 ≤ cursor ≤ len(edits).

        Raises:
            EditError: the cursor is outside that range.
        """
        if not isinstance(cursor, int) or not 0 <= cursor <= len(self.edits):
            raise EditError(f"expected a cursor in 0..{len(self.edits)}, got {cursor!r}")
        return replace(self, cursor=cursor, _folded=[])

    def state(self) -> State:
        """What the edits mean (folded once and kept)."""
        if not self._folded:
            self._folded.append(fold(self.opening, self.active))
        return self._folded[0]

    def _check_target(self, edit: e.Edit) -> None:
        state = self.state()
        if isinstance(edit, e.AddSubject):
            if not edit.subject or any(s.id == edit.subject for s in state.subjects):
                raise EditError(f"expected a new id for a subject, got {edit.subject!r}")
            if any(s.name == edit.name for s in state.subjects):
                raise EditError(f"expected a new subject name, got {edit.name!r} a second time")
        elif isinstance(edit, e.Pick) and edit.subject and edit.name:
            if any(s.name == edit.name and s.id != edit.subject for s in state.subjects):
                raise EditError(f"expected a new subject name, got {edit.name!r} a second time")
        elif isinstance(edit, e.Retract):
            if not any(edit.edit_id == other.id for other in self.active):
                raise EditError(f"expected the id of an edit of this session, got {edit.edit_id!r}")
        elif isinstance(edit, e.Reorder):
            for subject_id in edit.order:
                state.subject(subject_id)
        elif edit.subject:
            subject = state.subject(edit.subject)
            if isinstance(edit, e.Choose) and not subject.chain:
                raise EditError("expected a prediction to choose from, got none yet: click first")
            taking = isinstance(edit, e.Selection) and edit.combine in ("subtract", "intersect")
            if taking and not subject.layers:
                raise EditError("expected a mask to subtract from or intersect with, got none yet")
            painted = any(stroke.keep is not None for stroke in subject.strokes)
            if isinstance(edit, e.Rerun) and not (subject.layers or painted):
                raise EditError(
                    "expected a prompt or a correction to re-run with, got none: "
                    "click, box or paint first"
                )
            others = [s.name for s in state.subjects if s.id != edit.subject]
            if isinstance(edit, e.DescribeSubject) and edit.name in others:
                raise EditError(f"expected a new subject name, got {edit.name!r} a second time")
        elif not isinstance(edit, (e.UseSegmenter, e.Reset)):
            raise EditError(f"expected a subject for {type(edit).__name__}, got none")


def surviving(edits: Iterable[e.Edit]) -> list[e.Edit]:
    """The edits that no later one takes back, Retracts left out.

    Read from the end, so that a Retract which is itself retracted takes nothing back.
    """
    taken_back: set[str] = set()
    kept: list[e.Edit] = []
    for edit in reversed(list(edits)):
        if edit.id in taken_back:
            continue
        if isinstance(edit, e.Retract):
            taken_back.add(edit.edit_id)
        else:
            kept.append(edit)
    return kept[::-1]


def fold(opening: Iterable[e.Edit], edits: Iterable[e.Edit]) -> State:
    """What the opening and a list of edits mean.

    Never fails: an edit whose subject is not there (because its AddSubject was taken back) says
    nothing.
    """
    nothing = State((), e.UseSegmenter(id="none", segmenter="grabcut"))
    start = state = reduce(_after, opening, nothing)
    for edit in surviving(edits):
        state = start if isinstance(edit, e.Reset) else _after(state, edit)
    return state


def _after(state: State, edit: e.Edit) -> State:
    """The state after one more edit."""
    subjects = state.subjects
    if isinstance(edit, e.UseSegmenter):
        return State(tuple(_asked_anew(s, edit) for s in subjects), edit)
    if isinstance(edit, e.AddSubject):
        return _with_subject(state, edit.subject, edit.name, edit.colour)
    if isinstance(edit, e.Pick) and edit.name and all(s.id != edit.subject for s in subjects):
        state = _with_subject(state, edit.subject, edit.name, None)
        subjects = state.subjects
    if isinstance(edit, e.DeleteSubject):
        return replace(state, subjects=tuple(s for s in subjects if s.id != edit.subject))
    if isinstance(edit, e.Reorder):
        place = {subject_id: n for n, subject_id in enumerate(edit.order)}
        moved = sorted(subjects, key=lambda s: place.get(s.id, len(place)))
        return replace(state, subjects=tuple(moved))
    use = state.segmenter
    changed = (_with(s, edit, use) if s.id == edit.subject else s for s in subjects)
    return replace(state, subjects=tuple(changed))


def _with_subject(state: State, subject_id: str, name: str, colour: str | None) -> State:
    """With one more subject in front of the others."""
    used = {s.colour for s in state.subjects}
    free = [c for c in COLOURS if c not in used] or list(COLOURS)
    new = SubjectState(subject_id, name, colour or free[0])
    return replace(state, subjects=(new, *state.subjects))


def _with(subject: SubjectState, edit: e.Edit, use: e.UseSegmenter) -> SubjectState:
    """One subject after one edit of its own.

    A prompt with a region is asked of a closer look: of the patch with that region, or of a new
    one, which starts from what is there: its hint is the mask so far, and its question holds the
    points that were asked so far. A prompt about the whole photo leaves the patches where they
    are, and where it lies in one, that is asked too, so that the click is obeyed there. What says
    anew where the subject is (a box, a lasso, a mask made elsewhere) drops them.
    """
    if isinstance(edit, (e.Click, e.Box, e.Scribble)) and edit.region:
        return _looked_closer(subject, edit, use)
    if isinstance(edit, e.Choose) and subject.asked >= 0:
        steps = subject.chain
        chosen = replace(steps[-1], chosen=edit.candidate)
        return _with_patch(subject, subject.asked, (*steps[:-1], chosen))
    last = subject.steps[-1] if subject.steps else None
    # What the next question starts from: all that was asked so far, and the last answer as hint.
    ask, screen = Step(use), subject.screen
    if last is not None:
        ask = replace(last, segmenter=use, hint="last", start=None, text=None, over=(), chosen=0)
    patches: tuple[Patch, ...] = ()
    match edit:
        case e.Click():
            step = _asking(ask, edit)
            patches = tuple(
                _asked_too(p, edit, use) if holds(p.region, edit.x, edit.y) else p
                for p in subject.patches
            )
        case e.Scribble():
            step = _asking(ask, edit)
            patches = tuple(
                _asked_too(p, edit, use) if any(holds(p.region, *at) for at in edit.points) else p
                for p in subject.patches
            )
        case e.Box():
            step = _asking(ask, edit)
        case e.Lasso():
            step = replace(ask, boxes=(), lasso=edit.points, hint="none")
        case e.Text():
            step, screen = Step(use, text=edit), None
        case e.Rerun():
            again: dict[str, Any] = {
                "hint": "corrected",
                "strokes": subject.strokes,
                "edit": edit.id,
            }
            step = replace(ask, **again)
            patches = tuple(
                replace(p, steps=(*p.steps, replace(p.steps[-1], segmenter=use, chosen=0, **again)))
                for p in subject.patches
            )
        case e.Auto() | e.LoadMask():
            step, screen = Step(use, start=edit), None
        case e.Pick():
            subject = replace(subject, name=edit.name or subject.name)
            step, screen = Step(use, start=edit), None
        case e.Selection():
            combined = bool(subject.layers) and edit.combine != "replace"
            over = subject.patches if combined else ()
            step = Step(use, start=edit, hint="last" if combined else "none", over=over)
            # Whatever replaces the mask starts anew; what is added to a keyed one stays keyed.
            screen = edit if isinstance(edit, e.ChromaKey) else screen if combined else None
        case e.Choose():
            if last is None:
                return subject
            chosen = replace(last, chosen=edit.candidate)
            return replace(subject, steps=(*subject.steps[:-1], chosen))
        case e.Paint():
            return replace(subject, strokes=(*subject.strokes, edit))
        case e.RefineEdge() | e.Trimap():
            return replace(subject, marks=(*subject.marks, edit))
        case e.TrimapSettings():
            return replace(subject, radius=edit.radius)
        case e.Matte():
            return replace(subject, method=edit.method)
        case e.Decontaminate():
            return replace(subject, amount=edit.amount)
        case e.Edges():
            return replace(subject, **_given(edit, "smooth", "feather", "contrast", "shift"))
        case e.DescribeSubject():
            return replace(subject, **_given(edit, "name", "colour", "hidden"))
        case _:
            return subject
    step = replace(step, edit=edit.id)
    steps = (*subject.steps, step)
    return replace(subject, steps=steps, patches=patches, asked=-1, screen=screen)


def _asking(ask: Step, edit: e.Click | e.Box | e.Scribble) -> Step:
    """A question with one more prompt in it."""
    match edit:
        case e.Click():
            points, labels = (*ask.points, (edit.x, edit.y)), (*ask.labels, int(edit.keep))
            return replace(ask, points=points, labels=labels, edit=edit.id)
        case e.Scribble():
            return replace(ask, scribbles=(*ask.scribbles, edit), edit=edit.id)
        case _:
            # A new box says anew where the subject is: the old answer is no help.
            return replace(ask, boxes=(edit.corners,), lasso=(), hint="none", edit=edit.id)


def _asked_too(patch: Patch, edit: e.Click | e.Scribble, use: e.UseSegmenter) -> Patch:
    """A patch asked one more prompt, with its last answer as the hint."""
    ask = replace(patch.steps[-1], segmenter=use, hint="last", chosen=0)
    return replace(patch, steps=(*patch.steps, _asking(ask, edit)))


def _looked_closer(
    subject: SubjectState, edit: e.Click | e.Box | e.Scribble, use: e.UseSegmenter
) -> SubjectState:
    """A prompt with a region: the patch of that region asked, or a new one begun."""
    for n, patch in enumerate(subject.patches):
        if patch.region == edit.region:
            ask = replace(patch.steps[-1], segmenter=use, hint="last", chosen=0)
            return _with_patch(subject, n, (*patch.steps, _asking(ask, edit)))
    window = window_of(edit.region, _NO_LIMIT)
    near = [p for p in subject.patches if meets(window_of(p.region, _NO_LIMIT), window)]
    asked = [*subject.steps[-1:], *(p.steps[-1] for p in near)]
    # What was asked so far, once: a question of a patch holds those of what lay under it.
    points = {at: v for step in asked for at, v in zip(step.points, step.labels, strict=True)}
    scribbles = {line.id: line for step in asked for line in step.scribbles}
    ask = Step(
        use,
        tuple(points),
        tuple(points.values()),
        hint="last" if asked else "none",
        strokes=asked[-1].strokes if asked else (),
        scribbles=tuple(scribbles.values()),
        region=edit.region,
    )
    new = Patch(edit.region, (_asking(ask, edit),), subject.steps, tuple(near))
    count = len(subject.patches)
    return replace(subject, patches=(*subject.patches, new), asked=count)


def _with_patch(subject: SubjectState, n: int, steps: tuple[Step, ...]) -> SubjectState:
    """With another chain in one of its patches, which comes to lie on top."""
    others = (*subject.patches[:n], *subject.patches[n + 1 :])
    patch = replace(subject.patches[n], steps=steps)
    return replace(subject, patches=(*others, patch), asked=len(others))


def _given(edit: e.Edit, *names: str) -> dict[str, Any]:
    """The values that an edit sets; None leaves a value as it is."""
    return {name: getattr(edit, name) for name in names if getattr(edit, name) is not None}


def _asked_anew(subject: SubjectState, use: e.UseSegmenter) -> SubjectState:
    """The subject's questions put to another segmenter, without the old one's answer as a hint.

    A mask that no prompts made does not depend on the segmenter and stays the starting point. So
    does what another segmenter found by a text, which few can read: one may find the subject, and a
    second refine it.
    """
    steps = _steps_anew(subject.steps, use)
    patches: list[Patch] = []
    for patch in subject.patches:
        # A box alone takes no hint, whoever is asked.
        hint = "none" if len(patch.steps) == 1 and patch.steps[0].hint == "none" else "last"
        first = replace(patch.steps[-1], segmenter=use, chosen=0, hint=hint)
        window = window_of(patch.region, _NO_LIMIT)
        near = [p for p in patches if meets(window_of(p.region, _NO_LIMIT), window)]
        patches.append(Patch(patch.region, (first,), steps, tuple(near)))
    return replace(subject, steps=steps, patches=tuple(patches))


def _steps_anew(steps: tuple[Step, ...], use: e.UseSegmenter) -> tuple[Step, ...]:
    if not steps:
        return ()
    starts = [n for n, step in enumerate(steps) if step.start or step.text]
    if not starts:
        return (replace(steps[-1], segmenter=use, hint="none", chosen=0),)
    first = starts[-1]
    # A tool's mask that was combined with an answer is combined with the new answer.
    before = _steps_anew(steps[:first], use) if steps[first].hint != "none" else ()
    start = steps[first]
    if start.text is not None and start.segmenter.segmenter == use.segmenter:
        start = replace(start, segmenter=use, chosen=0)  # the same segmenter, with other weights
    kept = (*before, start)
    if first == len(steps) - 1:
        return kept
    return (*kept, replace(steps[-1], segmenter=use, hint="last", chosen=0))
