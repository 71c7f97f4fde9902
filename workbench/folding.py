"""The fold: what a list of edits means.

What sets values or is one more stroke is folded in without being known here (``Edit.sets``,
``Edit.gathers``); what asks a model, in ``_with``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from typing import Any

from . import edits as e
from .closeup import holds, meets, window_of
from .state import COLOURS, Pass, Patch, State, Step, SubjectState

_NO_LIMIT = (2**31, 2**31)  # a photo's size that cuts no window


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
    start = state = reduce(after, opening, nothing)
    for edit in surviving(edits):
        state = start if isinstance(edit, e.Reset) else after(state, edit)
    return state


def after(state: State, edit: e.Edit) -> State:
    """The state after one more edit."""
    subjects = state.subjects
    if isinstance(edit, e.UseSegmenter):
        anew = tuple(_asked_anew(s, edit) for s in subjects)
        return replace(state, subjects=anew, segmenter=edit)
    if isinstance(edit, e.UseMatting):
        settings = replace(state.settings, method=edit.method, identity=edit.identity)
        return replace(state, settings=settings)
    if isinstance(edit, e.LoadDepth):
        return replace(state, subjects=tuple(replace(s, depth=edit) for s in subjects), depth=edit)
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
    new = SubjectState(
        subject_id, name, colour or free[0], depth=state.depth, settings=state.settings
    )
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
    if isinstance(edit, e.Setting):
        return _with_setting(subject, edit)
    subject = replace(subject, **edit.sets())
    if edit.gathers:
        gathered: dict[str, Any] = {edit.gathers: (*getattr(subject, edit.gathers), edit)}
        subject = replace(subject, **gathered)
    # Who shows where a shadow is wants it.
    if isinstance(edit, e.ShadowStroke) and edit.keep and subject.shadow == "drop":
        subject = replace(subject, shadow="lift")
    if isinstance(edit, e.ReflectionStroke) and edit.keep and subject.reflection == "drop":
        subject = replace(subject, reflection="lift")
    if edit.stage != "prediction":
        return subject
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
        case e.Selection():
            combined = bool(subject.layers) and edit.combine != "replace"
            over = subject.patches if combined else ()
            step = Step(use, start=edit, hint="last" if combined else "none", over=over)
            # Whatever replaces the mask starts anew; what is added to a keyed one stays keyed.
            screen = edit if isinstance(edit, e.ChromaKey) else screen if combined else None
        case e.SecondLook():
            hint = "last" if subject.layers else "none"
            # It contradicts no click, and neither does what is asked after it.
            step = Step(use, ask.points, ask.labels, hint=hint, start=edit, over=subject.patches)
        case e.Start():
            step, screen = Step(use, start=edit), None
        case e.Choose():
            if last is None:
                return subject
            chosen = replace(last, chosen=edit.candidate)
            return replace(subject, steps=(*subject.steps[:-1], chosen))
        case _:
            return subject
    step = replace(step, edit=edit.id)
    steps = (*subject.steps, step)
    return replace(subject, steps=steps, patches=patches, asked=-1, screen=screen)


def _with_setting(subject: SubjectState, edit: e.Setting) -> SubjectState:
    """With a setting of the subject or of one of its passes; of one that is gone, nothing."""
    if isinstance(edit, e.Pass):
        return replace(subject, passes=(*subject.passes, Pass(edit, tuple(edit.sets().items()))))
    if not edit.within:
        return replace(subject, settings=replace(subject.settings, **edit.sets()))
    changed = (
        replace(one, own=tuple({**dict(one.own), **edit.sets()}.items()))
        if one.id == edit.within
        else one
        for one in subject.passes
    )
    return replace(subject, passes=tuple(changed))


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


def _asked_anew(subject: SubjectState, use: e.UseSegmenter) -> SubjectState:
    """The subject's questions put to another segmenter, without the old one's answer as a hint.

    A mask that no prompts made does not depend on the segmenter and stays the starting point. So
    does what another segmenter found by a text, which few can read: one may find the subject, and a
    second refine it.
    """
    steps = _steps_anew(subject.steps, use)
    patches: list[Patch] = []
    for patch in subject.patches:
        # Where a box said anew what is meant, what lies under the patch is no hint (_steps_anew).
        hint = "none" if any(step.hint == "none" for step in patch.steps) else "last"
        first = replace(patch.steps[-1], segmenter=use, chosen=0, hint=hint)
        window = window_of(patch.region, _NO_LIMIT)
        near = [p for p in patches if meets(window_of(p.region, _NO_LIMIT), window)]
        patches.append(Patch(patch.region, (first,), steps, tuple(near)))
    return replace(subject, steps=steps, patches=tuple(patches))


def _steps_anew(steps: tuple[Step, ...], use: e.UseSegmenter) -> tuple[Step, ...]:
    """A chain put to another segmenter: all questions at once, on the start that they stand on.

    A start (or a text's find) before a box or a lasso is none: those say anew where the subject is,
    and took no hint when they were made. A hint outweighs a box: Segment Anything is trained to
    go on from the mask that it is given, so a mask from before would bring back what the box was
    drawn to leave.
    """
    if not steps:
        return ()
    starts = [n for n, step in enumerate(steps) if step.start or step.text]
    if not starts or any(step.hint == "none" for step in steps[starts[-1] + 1 :]):
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
