"""What would mend a failure mode, as at most five edits made without sight of any truth."""

from __future__ import annotations

from . import edits as e
from .errors import MissingPackageError, WeightsError
from .matte import matting_identity
from .quality.diagnosis import NOTHING
from .render import Render, SubjectRender
from .segment import second_look_identity, second_look_scale
from .settings import TRANSPARENT

MOST = 5
"""Edits of a remedy."""

_NARROW = 1.5  # px: where the mask is right, what lies further off is no edge, and a limb of a few
# pixels keeps a sure core
_NARROWED = frozenset({"low_contrast", "clutter", "shadow"})
_SOLID = 0.5  # of the light within the mask: glass kept up to 0.42 of its own, a veil's person 0.59
# and more, in eighteen cases of the validation split
_ANSWERED = "refined"  # the method that departs least from a mask that is right


def remedy_of(mode: str, rendering: Render) -> tuple[e.Edit, ...]:
    """The edits that help most against a mode at work, for all subjects that are not hidden.

    - transparent: the subject is unmixed from what lies behind it; "refined" where that would
      find most of it solid.
    - low contrast, clutter, shadow: a second look in the subject's box, a narrow band around its
      answer and where that is in doubt, and the method "refined".
    - fine details, framing, degraded, several subjects: a second look, at each, and "refined".

    Returns:
        At most MOST edits, in order; none for "nothing_wrong", or where none is left to make.
    """
    subjects = [one for one in rendering.visible if not one.subject.untouched]
    if mode == NOTHING or not subjects:
        return ()
    if mode == "transparent":
        return tuple(_unmixed(subjects[0], rendering))
    made: list[e.Edit] = []
    for one in subjects if mode == "multi_subject" else subjects[:1]:
        look = _second_look(one)
        scale = 1.0 if not look else second_look_scale(look[0].corners, one.shape)
        band = _narrow(one, _NARROW / scale) if mode in _NARROWED else []
        more = [*look, *band, *_method(one, _ANSWERED)]
        made += more if len(made) + len(more) <= MOST else []
    return tuple(made)


def _unmixed(one: SubjectRender, rendering: Render) -> list[e.Edit]:
    """Unmixed from what lies behind, where its mask is of something that is seen through.

    A veil's mask is of the person under it, whom a colour behind, of all colours, explains only by
    chance: there half of the light and more stays the subject's own.
    """
    made = _method(one, TRANSPARENT)
    inside = one.mask >= 0.5
    if not made or not inside.any():
        return made
    after = rendering.after(made).subject(one.subject.id).matte
    return made if float(after[inside].mean()) < _SOLID else _method(one, _ANSWERED)


def _second_look(one: SubjectRender) -> list[e.SecondLook]:
    """A second look at a subject in its box; none after one, or where its networks are not here."""
    last = one.subject.steps[-1:]
    box = one.box_around
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


def _method(one: SubjectRender, method: str) -> list[e.Edit]:
    """Another way to solve the alpha; none where it is in use."""
    if one.subject.settings.method == method:
        return []
    identity = "" if method == TRANSPARENT else matting_identity(method)
    return [e.Matte(subject=one.subject.id, method=method, identity=identity)]
