"""What was asked and marked, as a picture over the photo: points, boxes, strokes, passes."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ..coordinates import View
from ..edits import LoadTrimap
from ..state import Step, SubjectState
from .colours import DROP, KEEP, REFINE, SHADE, rgb


def prompts_picture(
    subject: SubjectState | None,
    view: View,
    canvas: tuple[int, int],
    *,
    ratio: float = 1.0,
    asked: bool = True,
    passes: bool = True,
    ground: str = "",
) -> np.ndarray:
    """The top layer: the current subject's points, box, lasso, strokes, passes. (h, w, 4) uint8.

    Keep and drop differ in shape (plus and minus) as well as in colour.

    Args:
        subject: whose; None for an empty layer.
        view, canvas: see ``pictures.seen``.
        ratio: device pixels in a page pixel; everything is drawn that much larger.
        asked: with what was asked, and the strokes that refine the edge.
        passes: with the outlines of its passes.
        ground: with the strokes that say where its "shadow" or its "reflection" is.
    """
    picture = np.zeros((canvas[1], canvas[0], 4), np.uint8)
    if subject is None:
        return picture
    strokes: list[tuple[Any, tuple[int, ...]]] = [
        (mark, (*rgb(REFINE), 90))
        for mark in subject.marks
        if asked and not isinstance(mark, LoadTrimap)
    ]
    strokes += [
        (stroke, (*rgb(SHADE if stroke.keep else DROP), 90))
        for stroke in (getattr(subject, f"{ground}_strokes") if ground else ())
    ]
    for mark, colour in strokes:
        outline = np.array([view.to_canvas(p) for p in mark.points]).round().astype(np.int32)
        thick = max(1, round(mark.size * view.scale))
        cv2.polylines(picture, [outline], False, colour, thick, cv2.LINE_8)
    for one in subject.passes if passes else ():
        outline = np.array([view.to_canvas(p) for p in one.edit.region]).round().astype(np.int32)
        cv2.polylines(picture, [outline], True, (0, 0, 0, 140), round(4 * ratio), cv2.LINE_8)
        cv2.polylines(picture, [outline], True, (*rgb(REFINE), 255), round(2 * ratio), cv2.LINE_8)
    if not asked:
        return picture
    for patch in subject.patches:
        _rectangle(picture, patch.region, view, 110, ratio)
    for step in subject.layers:
        _draw_question(picture, step, view, canvas, ratio)
    return picture


def _rectangle(
    picture: np.ndarray, box: tuple[float, ...], view: View, strength: int, ratio: float
) -> None:
    corners = [view.to_canvas((box[0], box[1])), view.to_canvas((box[2], box[3]))]
    (ax, ay), (bx, by) = ((round(x), round(y)) for x, y in corners)
    cv2.rectangle(
        picture, (ax, ay), (bx, by), (0, 0, 0, strength // 2), round(3 * ratio), cv2.LINE_4
    )
    white = (255, 255, 255, strength)
    cv2.rectangle(picture, (ax, ay), (bx, by), white, round(ratio), cv2.LINE_4)


def _draw_question(
    picture: np.ndarray, step: Step, view: View, canvas: tuple[int, int], ratio: float
) -> None:
    """One question's box, lines and points, drawn in place."""
    for box in step.boxes:
        _rectangle(picture, box, view, 255, ratio)
    lines = [(s.points, rgb(KEEP if s.keep else DROP), False) for s in step.scribbles]
    if step.lasso:
        lines.append((step.lasso, (255, 255, 255), True))
    for points, colour, closed in lines:
        outline = np.array([view.to_canvas(p) for p in points]).round().astype(np.int32)
        cv2.polylines(picture, [outline], closed, (0, 0, 0, 140), round(4 * ratio), cv2.LINE_8)
        cv2.polylines(picture, [outline], closed, (*colour, 255), round(2 * ratio), cv2.LINE_8)
    far, rim, disk, arm, thick = (round(v * ratio) for v in (10, 9, 7, 4, 2))
    for point, label in zip(step.points, step.labels, strict=True):
        x, y = (round(v) for v in view.to_canvas(point))
        if not (-far < x < canvas[0] + far and -far < y < canvas[1] + far):
            continue
        fill = (*rgb(KEEP if label else DROP), 255)
        cv2.circle(picture, (x, y), rim, (255, 255, 255, 255), -1, cv2.LINE_8)
        cv2.circle(picture, (x, y), disk, fill, -1, cv2.LINE_8)
        cv2.line(picture, (x - arm, y), (x + arm, y), (255, 255, 255, 255), thick)
        if label:
            cv2.line(picture, (x, y - arm), (x, y + arm), (255, 255, 255, 255), thick)
