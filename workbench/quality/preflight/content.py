"""What is in the photo that wants tools of its own: several subjects, shadow, glass, hair."""

from __future__ import annotations

import cv2
import numpy as np

from ..checks.observation import Remedy, setting
from .seen import Seen, taken
from .shot import Part, Shot

SUBJECTS = 1.0
"""Things that stand out."""

SHADOW = 0.7
"""How likely, 0–1, there is a shadow that could be lifted."""

CLEAR = 0.65
"""How likely, 0–1, the background shows through."""

HAIR = 40.0
"""% of the outline that is hair, fur or as fine. The parts that are told reach beyond the strands:
where a third of an outline has them, three quarters are said to."""

_SHARE = 0.08  # of the largest piece's area that makes another a subject of its own
_AREA = 0.002  # … and of the photo's
_MOST = 6
_GLASS = 0.03  # of the subject that a transparent part covers at least


def several_subjects(shot: Shot) -> list[Seen]:
    """How many separate things stand out; limit SUBJECTS.

    Pieces of what stands out, apart from one another, of at least a twelfth of the largest. What
    was asked for counts as one, whatever its pieces; things that overlap count as one, too.
    """
    plane = shot.salient if shot.salient is not None else shot.subject
    if plane is None:
        return []
    asked = None if shot.asked is None else shot.subject
    pieces = _pieces(plane, asked)
    value = float(len(pieces) + (asked is not None))
    said = "1 thing stands" if value == 1 else f"{value:.0f} things stand"
    words = f"{said} out; 1 is good."
    why = f"{value:.0f} things stand out: which of them is meant is for you to say."
    boxes = tuple(shot.box_in_photo(piece) for piece in pieces)
    first = boxes[1:2] if asked is None else boxes[:1]
    return [taken("several_subjects", value, "", SUBJECTS, words, why,
                  box=first[0] if first else None,
                  remedy=(Remedy("subjects", {"boxes": boxes}),))]  # fmt: skip


def shadow(shot: Shot) -> list[Seen]:
    """How likely there is a shadow of the subject that could be lifted, 0–1; limit SHADOW."""
    if shot.shadow is None or shot.subject is None:
        return []
    value = float(shot.shadow(shot.small8, shot.subject))
    words = f"A shadow of {shot.whose} is {value:.0%} likely; up to {SHADOW:.0%} is good."
    why = f"{shot.whose.capitalize()} throws a shadow ({value:.0%} likely): to keep, or to leave?"
    return [taken("shadow", value, "likely", SHADOW, words, why,
                  remedy=(Remedy("shadow", {"mode": "lift"}),))]  # fmt: skip


def transparency(shot: Shot) -> list[Seen]:
    """How likely the background shows through the subject, 0–1; limit CLEAR.

    Of its largest part that does; what is smaller than 3 % of the subject does not count.
    """
    if shot.parts is None or shot.subject is None:
        return []
    whole = float((shot.subject >= 0.5).sum()) * shot.per**2
    clear = [
        part for part in shot.found_parts
        if part.kind == "transparent" and _area(part) >= _GLASS * whole
    ]  # fmt: skip
    value = max((part.measure for part in clear), default=0.0)
    words = f"Transparent parts are {value:.0%} likely; up to {CLEAR:.0%} is good."
    why = f"The background shows through {shot.whose} ({value:.0%} likely): glass, water or a veil."
    return [taken("transparency", value, "likely", CLEAR, words, why, box=_around(clear, shot),
                  remedy=(Remedy("parts", {"parts": tuple(clear)}),) if clear else ())]  # fmt: skip


def fine_detail(shot: Shot) -> list[Seen]:
    """% of the outline that is hair, fur or as fine; limit HAIR."""
    if shot.parts is None or shot.subject is None:
        return []
    hair = [part for part in shot.found_parts if part.kind == "hair"]
    value = _share(hair, shot)
    words = f"{value:.0f} % of the outline is hair, fur or as fine; up to {HAIR:g} % is good."
    why = f"{value:.0f} % of the outline is hair, fur or as fine: a mask cuts that off in lumps."
    remedy = (
        Remedy("parts", {"parts": tuple(hair)}), Remedy("preset", {"name": "hair and fur"}),
        setting(amount=1.0),
    ) if hair else ()  # fmt: skip
    return [taken("fine_detail", value, "% of the outline", HAIR, words, why,
                  box=_around(hair, shot), remedy=remedy)]  # fmt: skip


def _pieces(plane: np.ndarray, asked: np.ndarray | None) -> list[np.ndarray]:
    """Separate pieces that stand out, the largest first, without what was asked for."""
    inside = (plane >= 0.5).astype(np.uint8)
    inside = cv2.morphologyEx(inside, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    number, labels, stats, _ = cv2.connectedComponentsWithStats(inside, connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    largest = int(areas[1:].max()) if number > 1 else 0
    if asked is not None:
        largest = max(largest, int((asked >= 0.5).sum()))
    found = []
    for n in sorted(range(1, number), key=lambda n: -int(areas[n])):
        if areas[n] < max(_SHARE * largest, _AREA * plane.size):
            break
        piece = labels == n
        if asked is None or float(asked[piece].mean()) < 0.3:
            found.append(piece)
    return found[:_MOST]


def _area(part: Part) -> float:
    """Of a part, px² of the photo."""
    return float(cv2.contourArea(np.array(part.polygon, np.float32)))


def _share(parts: list[Part], shot: Shot) -> float:
    """% of the subject's outline that lies within parts."""
    assert shot.subject is not None
    inside = (shot.subject >= 0.5).astype(np.uint8)
    rim = (inside > 0) & (cv2.erode(inside, np.ones((3, 3), np.uint8)) == 0)
    within = np.zeros(inside.shape, np.uint8)
    scale = np.array(inside.shape[::-1]) / np.array(shot.shape[::-1])
    for part in parts:
        cv2.fillPoly(within, [np.round(np.array(part.polygon) * scale).astype(np.int32)], 1)
    return float((rim & (within > 0)).sum() / max(int(rim.sum()), 1) * 100)


def _around(parts: list[Part], shot: Shot) -> tuple[float, float, float, float] | None:
    if not parts:
        return None
    points = np.concatenate([np.array(part.polygon) for part in parts])
    points = points.clip(0, shot.shape[::-1])
    return (*map(float, points.min(axis=0)), *map(float, points.max(axis=0)))  # type: ignore[return-value]
