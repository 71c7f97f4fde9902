"""The failure modes at work in a session, from photo, logits and matte: findings with remedies."""

from __future__ import annotations

import math

import numpy as np

from .checking import seen
from .edits import Matte
from .errors import EditError
from .io import Photo
from .preflighting import shot_of
from .quality.checks import look as checked
from .quality.diagnosis import (
    ADVICE,
    CHECKED,
    NOTHING,
    TAKEN,
    Symptoms,
    Verdict,
    figures,
    judge,
    told,
)
from .quality.finding import Finding, Measure
from .quality.preflight import look as measured
from .remedies import remedy_of
from .render import Render
from .settings import REFINED

AT_WORK = 0.2
"""How likely a failure mode is, 0–1, from which on it is named."""


def diagnosed(
    photo: Photo, rendering: Render
) -> tuple[list[tuple[str, Finding]], tuple[Measure, ...]]:
    """The failure modes at work, the likeliest first; and how likely every answer is.

    Args:
        photo: the photo. rendering: the document on it.

    Returns:
        A finding for each mode that is AT_WORK likely and more, with the name of the front subject;
        none where "nothing wrong" is likelier than half. A measure for each mode and for
        "nothing_wrong", the likeliest first.

    Raises:
        EditError: nothing was asked for yet: there is no answer to diagnose.
    """
    verdicts = judge(figures_of(photo, rendering))
    fine = next(one.likely for one in verdicts if one.mode == NOTHING) > 0.5
    name = next(s.subject.name for s in rendering.visible if not s.subject.untouched)
    findings = [
        (name, _finding(one, rendering))
        for one in verdicts
        if one.mode != NOTHING and one.likely >= AT_WORK and not fine
    ]
    return findings, tuple(_measure(one) for one in verdicts)


def figures_of(photo: Photo, rendering: Render) -> dict[str, float]:
    """All figures that a diagnosis goes by, by name; NaN where one cannot be told.

    Args:
        photo: the photo.
        rendering: the document on it. Subjects that nothing was asked for do not count.

    Raises:
        EditError: nothing was asked for yet.
    """
    rendering = _as_learnt(rendering)
    subjects = [one for one in rendering.visible if not one.subject.untouched]
    if not subjects:
        raise EditError("expected a subject that something was asked for, got none")
    masks = [one.corrected for one in subjects]
    mask = np.max(masks, axis=0)
    made = dict.fromkeys(TAKEN, math.nan) | dict.fromkeys(CHECKED, 0.0)
    for one in measured(shot_of(photo, mask), TAKEN):
        made[one.measure.code] = one.measure.value
    for subject in subjects:
        ready = seen(subject, CHECKED)
        for found in checked(ready.sight, ready.codes):
            made[found.code] = max(made[found.code], found.severity)
    answers = [p for p in (one.prediction for one in subjects) if p is not None]
    return made | figures(
        Symptoms(
            photo.image8,
            mask,
            rendering.alpha(),
            np.max([one.trimap == 0.5 for one in subjects], axis=0),
            masks,
            [box for one in subjects for step in one.subject.layers for box in step.boxes],
            [(one.scores, one.logits) for one in answers],
        )
    )


def _as_learnt(rendering: Render) -> Render:
    """With closed form's mattes where refined made them: those that the answers were learnt from.

    What refined mends is no longer seen in its own; its tiles have closed form's answer already.
    """
    return rendering.after(
        Matte(subject=one.subject.id, method="closed_form")
        for one in rendering.visible
        if one.subject.settings.method == REFINED
    )


def _finding(verdict: Verdict, rendering: Render) -> Finding:
    advice = ADVICE[verdict.mode]
    why = f"{advice.name.capitalize()}, {verdict.likely:.0%} likely"
    if verdict.evidence:
        why += f": {told(verdict.evidence)}"
    return Finding(
        verdict.mode, verdict.likely, None, verdict.likely, "likely", f"{why}.",
        remedy_of(verdict.mode, rendering), (verdict.mode,), advice.now, advice.next_time,
    )  # fmt: skip


def _measure(verdict: Verdict) -> Measure:
    words = f"{ADVICE[verdict.mode].name.capitalize()}: {verdict.likely:.0%} likely."
    return Measure(verdict.mode, verdict.likely, "likely", AT_WORK, "", words)
