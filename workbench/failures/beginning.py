"""A session on a case, asked as a person would ask first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..progress import Progress
from .case import Case

if TYPE_CHECKING:
    from ..session import Session

SEGMENTER = "lite"
"""What the lessons run on where nothing else is said: it needs no large download."""


def begin(
    case: Case,
    segmenter: str = SEGMENTER,
    asked: bool = True,
    progress: Progress | None = None,
) -> Session:
    """Open a case as a session, with a box around its subject.

    Where there are several subjects the box is around all of them, as one who did not think about
    it would ask; their own boxes and clicks are in ``case.prompts``.

    Args:
        case: a known truth.
        segmenter: a name from ``workbench.segmenters()``, or "auto".
        asked: without, nothing is asked of the model yet.
        progress: kept as the session's.

    Raises:
        UnknownNameError, WeightsError: the segmenter cannot be had.
    """
    from ..opening import open as open_photo

    session = open_photo(
        case.image, segmenter, name=case.mode.replace("_", " "), journal=False, progress=progress
    )
    if asked:
        boxes = [box for prompts in case.prompts for box in prompts.boxes]
        firsts, lasts = zip(*((box[:2], box[2:]) for box in boxes), strict=True)
        x0, y0 = (min(values) for values in zip(*firsts, strict=True))
        x1, y1 = (max(values) for values in zip(*lasts, strict=True))
        session.subject().box(x0, y0, x1, y1)
    return session
