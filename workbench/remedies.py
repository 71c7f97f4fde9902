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
_LOOKED_AT = frozenset({"hair", "clutter", "shadow", "framing", "degraded", "multi_subject"})
_NARROWED = frozenset({"hair", "clutter", "shadow"})
_ANSWERED = "refined"  # the method that departs least from a mask that is right


def remedy_of(mode: str, rendering: Render) -> tuple[e.Edit, ...]:
    """The edits that help most against a mode at work, for all subjects that are not hidden.

    - transparent: the subject is unmixed from what lies behind it.
    - fine details, clutter, shadow: a second look in the subject's box, a narrow band around its
      answer and where that is in doubt, and the method "refined".
    - framing, degraded, several subjects: a second look, at each, and "refined".
    - low contrast: "refined": colours and saliency know no better than the mask.

    Returns:
        At most MOST edits, in order; none for "nothing_wrong", or where none is left to make.
    """
    subjects = [one for one in rendering.visible if not one.subject.untouched]
    if mode == NOTHING or not subjects:
        return ()
    if mode == "transparent":
        return tuple(_method(subjects[0], TRANSPARENT))
    made: list[e.Edit] = []
    for one in subjects if mode == "multi_subject" else subjects[:1]:
        look = _second_look(one) if mode in _LOOKED_AT else []
        scale = 1.0 if not look else second_look_scale(look[0].corners, one.shape)
        band = _narrow(one, _NARROW / scale) if mode in _NARROWED else []
        more = [*look, *band, *_method(one, _ANSWERED)]
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


def _narrow(one: SubjectRender, radius: float) -> list[e.Edit]:
    """A band of so many pixels along the mask; none where it is so narrow already."""
    now, reach = one.subject.settings, min(radius, 250.0)
    if now.radius == reach and not now.smart:
        return []
    return [e.TrimapSettings(subject=one.subject.id, radius=reach, smart=False)]


def box_around(one: SubjectRender) -> Box | None:
    """A box around all of a subject: the last that was drawn, or else its mask's bounds and a
    little more. Where the mask goes well beyond what was drawn, or to the photo's frame, the box
    goes along: one drawn in haste cuts into its subject.

    Returns:
        (x0, y0, x1, y1) in image pixels; None where there is neither box nor mask.
    """
    drawn = [step.boxes[-1] for step in one.subject.steps if step.boxes and not step.region]
    inside = one.mask >= 0.5
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not len(rows):
        return drawn[-1] if drawn else None
    height, width = inside.shape
    room = _SPARE * max(height, width)
    low = float(columns[0]), float(rows[0])
    high = float(columns[-1] + 1), float(rows[-1] + 1)
    box = list(drawn[-1] if drawn else (*high, *low))
    for n, (first, last, end) in enumerate(zip(low, high, (width, height), strict=True)):
        if first < box[n] - room or first == 0:
            box[n] = max(0.0, first - room)
        if last > box[n + 2] + room or last == end:
            box[n + 2] = min(float(end), last + room)
    return box[0], box[1], box[2], box[3]


def _method(one: SubjectRender, method: str) -> list[e.Edit]:
    """Another way to solve the alpha; none where it is in use."""
    if one.subject.settings.method == method:
        return []
    identity = "" if method == TRANSPARENT else matting_identity(method)
    return [e.Matte(subject=one.subject.id, method=method, identity=identity)]
