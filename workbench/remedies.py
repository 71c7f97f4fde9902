"""What would mend a failure mode, as at most five edits made without sight of any truth."""

from __future__ import annotations

from . import edits as e
from .coordinates import Box
from .matte import matting_identity
from .quality.diagnosis import NOTHING
from .render import Render, SubjectRender
from .settings import TRANSPARENT

MOST = 5
"""Edits of a remedy."""

_ROOM = 0.15  # of a subject's box, around it, that a closer look takes in
_WHOLE = 0.8  # of the photo, from which on a closer look shows no more
_NARROW = 1.5  # px: where the mask is right, what lies further off is no edge, and a limb of a few
# pixels keeps a sure core
_BLURRED = 4.0  # px: the same, where the photo itself is soft or noisy
_ANSWERED = "refined"  # the method that departs least from a mask that is right


def remedy_of(mode: str, rendering: Render) -> tuple[e.Edit, ...]:
    """The edits that help most against a mode at work, for all subjects that are not hidden.

    - transparent: the subject is unmixed from what lies behind it.
    - several subjects: a closer look at each, without the rest of the photo.
    - low contrast, clutter, shadow, framing: the same, then a narrow band.
    - degraded: a narrow band alone.
    - fine details: a closer look, and a band of twice the width.

    Returns:
        At most MOST edits, in order; none for "nothing_wrong", or where none is left to make.
    """
    subjects = [one for one in rendering.visible if not one.subject.untouched]
    if mode == NOTHING or not subjects:
        return ()
    if mode == "multi_subject":
        looks = [edit for one in subjects for edit in _closer(one, clicks=False)]
        finish = [edit for one in subjects for edit in _method(one, _ANSWERED)]
        return tuple((looks + finish)[:MOST])
    one = subjects[0]
    ids = one.subject.id
    if mode == "transparent":
        return tuple(_method(one, TRANSPARENT))
    radius = {"hair": 2 * one.subject.settings.radius, "degraded": _BLURRED}.get(mode, _NARROW)
    # A smart band goes after strands beyond its radius: what a narrow one is there to prevent.
    smart = False if radius == _NARROW else None
    band = e.TrimapSettings(subject=ids, radius=min(radius, 250.0), smart=smart)
    # A part of a bad picture tells no more than the whole.
    look = [] if mode == "degraded" else _closer(one)
    return (*look, band, *_method(one, _ANSWERED))[:MOST]


def _closer(one: SubjectRender, clicks: bool = True) -> list[e.Edit]:
    """A subject's last box, and its first keep click, asked of the part of the photo around it."""
    asked = [step for step in one.subject.layers if step.boxes]
    if not asked:
        return []
    box = asked[-1].boxes[-1]
    part = _around(box, one.shape)
    if part is None:
        return []
    made: list[e.Edit] = [
        e.Box(subject=one.subject.id, x0=box[0], y0=box[1], x1=box[2], y1=box[3], region=part)
    ]
    keeps = [
        point
        for point, label in zip(asked[-1].points, asked[-1].labels, strict=True)
        if label == 1 and part[0] <= point[0] < part[2] and part[1] <= point[1] < part[3]
    ]
    if clicks and keeps:
        made.append(e.Click(subject=one.subject.id, x=keeps[0][0], y=keeps[0][1], region=part))
    return made


def _around(box: Box, shape: tuple[int, int]) -> Box | None:
    """The part of the photo around a box; None where that is nearly all of it."""
    height, width = shape
    room = _ROOM * max(box[2] - box[0], box[3] - box[1])
    part = (max(0.0, box[0] - room), max(0.0, box[1] - room),
            min(float(width), box[2] + room), min(float(height), box[3] + room))  # fmt: skip
    area = (part[2] - part[0]) * (part[3] - part[1])
    return part if area < _WHOLE * height * width else None


def _method(one: SubjectRender, method: str) -> list[e.Edit]:
    """Another way to solve the alpha; none where it is in use."""
    if one.subject.settings.method == method:
        return []
    identity = "" if method == TRANSPARENT else matting_identity(method)
    return [e.Matte(subject=one.subject.id, method=method, identity=identity)]
