"""What would mend a failure mode, as at most five edits made without sight of any truth."""

from __future__ import annotations

import numpy as np

from . import edits as e
from .coordinates import Box
from .errors import MissingPackageError, WeightsError
from .matte import matting_identity
from .quality.diagnosis import NOTHING
from .render import Render, SubjectRender
from .segment import second_look_identity, second_look_scale
from .settings import TRANSPARENT

MOST = 5
"""Edits of a remedy."""

_SPARE = 0.01  # of the photo's longer side, around a mask's bounds
_NARROW = 1.5  # px: where the mask is right, what lies further off is no edge, and a limb of a few
# pixels keeps a sure core
_ANSWERED = "refined"  # the method that departs least from a mask that is right


def remedy_of(mode: str, rendering: Render) -> tuple[e.Edit, ...]:
    """The edits that help most against a mode at work, for all subjects that are not hidden.

    - transparent: the subject is unmixed from what lies behind it.
    - several subjects: a second look at each in its box, and its answer as the matte.
    - low contrast: a narrow band around the mask; colours and saliency know no better there.
    - all others: a second look in the subject's box, and a narrow band around its answer and where
      that is in doubt.

    Returns:
        At most MOST edits, in order; none for "nothing_wrong", or where none is left to make.
    """
    subjects = [one for one in rendering.visible if not one.subject.untouched]
    if mode == NOTHING or not subjects:
        return ()
    if mode == "transparent":
        return tuple(_method(subjects[0], TRANSPARENT))
    if mode != "multi_subject":
        one = subjects[0]
        look = [] if mode == "low_contrast" else _second_look(one)
        scale = 1.0 if not look else second_look_scale(look[0].corners, one.shape)
        return (*look, *_beside(one, min(_NARROW / scale, 250.0)))
    made: list[e.Edit] = []
    for one in subjects:
        more = [*_second_look(one), *_method(one, "none")]
        made += more if len(made) + len(more) <= MOST else []
    return tuple(made)


def _second_look(one: SubjectRender) -> list[e.SecondLook]:
    """A second look at a subject in its box; none after one, or where its networks are not here."""
    last = one.subject.steps[-1:]
    box = box_around(one)
    if box is None or not last or isinstance(last[0].start, e.SecondLook):
        return []
    try:
        identity = second_look_identity()
    except (WeightsError, MissingPackageError):
        return []
    x0, y0, x1, y1 = box
    return [e.SecondLook(subject=one.subject.id, x0=x0, y0=y0, x1=x1, y1=y1, identity=identity)]


def _beside(one: SubjectRender, radius: float) -> list[e.Edit]:
    """A band of so many pixels along the mask, and the method that departs least from it."""
    now = one.subject.settings
    band = e.TrimapSettings(subject=one.subject.id, radius=radius, smart=False)
    there = now.radius == radius and not now.smart
    return [*([] if there else [band]), *_method(one, _ANSWERED)]


def box_around(one: SubjectRender) -> Box | None:
    """The last box that was drawn around all of a subject; else its mask's bounds and a little
    more; None where it has no mask."""
    drawn = [step.boxes[-1] for step in one.subject.steps if step.boxes and not step.region]
    if drawn:
        return drawn[-1]
    inside = one.mask >= 0.5
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not len(rows):
        return None
    height, width = inside.shape
    room = _SPARE * max(height, width)
    return (
        max(0.0, columns[0] - room), max(0.0, rows[0] - room),
        min(float(width), columns[-1] + 1 + room), min(float(height), rows[-1] + 1 + room),
    )  # fmt: skip


def _method(one: SubjectRender, method: str) -> list[e.Edit]:
    """Another way to solve the alpha; none where it is in use."""
    if one.subject.settings.method == method:
        return []
    identity = "" if method == TRANSPARENT else matting_identity(method)
    return [e.Matte(subject=one.subject.id, method=method, identity=identity)]
