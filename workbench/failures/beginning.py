"""A session on a case, asked as a person would ask first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import unknown_name
from ..progress import Progress
from .case import Case

if TYPE_CHECKING:
    from ..session import Session

SEGMENTER = "lite"
"""What the lessons run on where nothing else is said: it needs no large download."""


ASKED = ("box", "click", "nothing")


def begin(
    case: Case,
    segmenter: str = SEGMENTER,
    ask: str = "box",
    progress: Progress | None = None,
) -> Session:
    """Open a case as a session, asked as one who does not think about it would ask.

    Args:
        case: a known truth; its subjects' own boxes and clicks are in ``case.prompts``.
        segmenter: a name from ``workbench.segmenters()``, or "auto".
        ask: "box", around its subject, or all of them together; "click", on its (first) subject;
            or "nothing" yet.
        progress: kept as the session's.

    Raises:
        UnknownNameError: no such segmenter, or another way to ask.
        WeightsError: the segmenter cannot be had.
    """
    if ask not in ASKED:
        raise unknown_name("way to ask", ask, ASKED)
    from ..opening import open as open_photo

    session = open_photo(
        case.image, segmenter, name=case.mode.replace("_", " "), journal=False, progress=progress
    )
    if ask == "click":
        session.subject().click(*case.prompts[0].points[0])
    if ask == "box":
        boxes = [box for prompts in case.prompts for box in prompts.boxes]
        firsts, lasts = zip(*((box[:2], box[2:]) for box in boxes), strict=True)
        x0, y0 = (min(values) for values in zip(*firsts, strict=True))
        x1, y1 = (max(values) for values in zip(*lasts, strict=True))
        session.subject().box(x0, y0, x1, y1)
    return session
