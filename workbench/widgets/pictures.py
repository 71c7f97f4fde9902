"""What the stage shows, as pictures of the stage's size. Plain arrays; no widgets in here."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from .. import views
from ..arrays import to_uint8
from ..compose import background, over
from ..coordinates import View
from ..paint import Corrections
from ..render import Render
from ..state import Step, SubjectState

KEEP, DROP = "#0072b2", "#d55e00"  # blue and vermillion: told apart by colour-blind people too
PHOTO_MODES = ("Overlay", "Outline", "Photo")  # those that lie over the photo itself
REFINE = "#009e73"
SURROUND = 52  # the grey around the photo, dark enough not to compete with it


@dataclass(frozen=True, eq=False)
class Look:
    """What a view mode needs of a rendering, at the photo's size.

    Attributes:
        mode: one of ``controller.VIEW_MODES``.
        subjects: the visible ones, front to back.
        planes: for each, its mask (Overlay, Outline), or nothing.
        painted: the current subject's corrections in those modes, where there are any.
        scores, chosen: of the current subject's candidates.
        notes: what had to be repaired, in words.
        warnings: what is worth a warning in the last answer, in words.
        alpha, trimap: (H, W) float32 in [0, 1], where the mode shows them.
        foreground: (H, W, 3) float32 in [0, 1], where the mode shows it.
    """

    mode: str
    subjects: tuple[SubjectState, ...] = ()
    planes: tuple[np.ndarray, ...] = ()
    painted: Corrections | None = None
    alpha: np.ndarray | None = None
    trimap: np.ndarray | None = None
    foreground: np.ndarray | None = None
    scores: tuple[float, ...] = ()
    chosen: int = 0
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def look(rendering: Render, mode: str, current: str | None) -> Look:
    """All that a view mode shows, computed here (in the worker) and only that.

    Args:
        rendering: of the document.
        mode: one of ``controller.VIEW_MODES``.
        current: the id of the current subject, whose candidates and trimap are shown; None where
            there is no subject at all.
    """
    if current is None:
        return Look(mode)
    shown = rendering.visible
    now = rendering.subject(current)
    prediction = now.prediction
    found = Look(
        mode,
        tuple(r.subject for r in shown),
        scores=() if prediction is None else tuple(float(s) for s in prediction.scores),
        chosen=now.subject.chain[-1].chosen if now.subject.chain else 0,
        warnings=tuple(finding.why for finding in now.known_findings),
    )
    if mode in ("Overlay", "Outline"):
        painted = now.corrections if now.subject.strokes and now in shown else None
        return replace(found, planes=tuple(r.corrected for r in shown), painted=painted)
    if mode == "Photo":
        return found
    if mode == "Trimap":
        return replace(found, trimap=now.trimap, notes=now.notes)
    found = replace(
        found, alpha=rendering.alpha(), notes=tuple(note for r in shown for note in r.notes)
    )
    return found if mode == "Alpha" else replace(found, foreground=rendering.foreground())


def seen(plane: np.ndarray, view: View, canvas: tuple[int, int]) -> tuple[np.ndarray, slice, slice]:
    """The visible part of an image-sized array, resampled to page pixels.

    Args:
        plane: (H, W) or (H, W, C), any dtype that OpenCV resizes.
        view: what of it is shown.
        canvas: the stage's (width, height).

    Returns:
        The part's pixels on the stage, and the rows and columns of the stage that they cover.
        Averaged where the view shrinks, bilinear up to 200 %, and as square pixels beyond.
    """
    height, width = plane.shape[:2]
    x0, x1 = (
        max(0, int(np.floor(view.x))),
        min(width, int(np.ceil(view.x + canvas[0] / view.scale))),
    )
    y0, y1 = (
        max(0, int(np.floor(view.y))),
        min(height, int(np.ceil(view.y + canvas[1] / view.scale))),
    )
    if x1 <= x0 or y1 <= y0:
        return plane[:0, :0], slice(0, 0), slice(0, 0)
    left, top = view.to_canvas((x0, y0))
    right, bottom = view.to_canvas((x1, y1))
    c0, r0 = max(0, round(left)), max(0, round(top))
    c1, r1 = min(canvas[0], max(round(right), c0 + 1)), min(canvas[1], max(round(bottom), r0 + 1))
    if view.scale < 1:
        # Whole pixels in, whole pixels out: at worst half a page pixel off, and fast at any size.
        wide, tall = max(1, round(right) - round(left)), max(1, round(bottom) - round(top))
        part = cv2.resize(plane[y0:y1, x0:x1], (wide, tall), interpolation=cv2.INTER_AREA)
        dx, dy = c0 - round(left), r0 - round(top)
        part = part[dy : dy + r1 - r0, dx : dx + c1 - c0]
        return part, slice(r0, r0 + part.shape[0]), slice(c0, c0 + part.shape[1])
    # Enlarged: the exact position counts, so each page pixel looks up its own image point.
    x = ((np.arange(c0, c1) + 0.5) / view.scale + view.x - 0.5).astype(np.float32)
    y = ((np.arange(r0, r1) + 0.5) / view.scale + view.y - 0.5).astype(np.float32)
    map_x, map_y = np.meshgrid(x - x0, y - y0)
    how = cv2.INTER_NEAREST if view.scale > 2 else cv2.INTER_LINEAR
    part = cv2.remap(
        np.ascontiguousarray(plane[y0:y1, x0:x1]),
        map_x,
        map_y,
        how,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return part, slice(r0, r1), slice(c0, c1)


def base_picture(
    image: np.ndarray, shown: Look | None, mode: str, view: View, canvas: tuple[int, int]
) -> np.ndarray:
    """The bottom layer: the photo, or what the mode shows in its place. (h, w, 3) uint8."""
    picture = np.full((canvas[1], canvas[0], 3), SURROUND, np.uint8)
    if shown is None or shown.mode != mode or mode in PHOTO_MODES:
        part, rows, columns = seen(image, view, canvas)
        picture[rows, columns] = part
        return picture
    if mode == "Trimap" and shown.trimap is not None:
        part, rows, columns = seen(shown.trimap, view, canvas)
        photo, _, _ = seen(image, view, canvas)
        picture[rows, columns] = views.trimap_view(photo, _three(part))
        return picture
    if shown.alpha is None:
        return picture
    alpha, rows, columns = seen(shown.alpha, view, canvas)
    if mode == "Alpha" or shown.foreground is None:
        picture[rows, columns] = views.alpha_view(alpha)
        return picture
    colours, _, _ = seen(shown.foreground, view, canvas)
    behind = background.background(mode.removeprefix("On "), alpha.shape)
    picture[rows, columns] = to_uint8(over.composite(colours, alpha, behind))
    return picture


def overlay_picture(
    shown: Look, opacity: float, view: View, canvas: tuple[int, int], current: str | None
) -> np.ndarray:
    """The middle layer: masks tinted in their subjects' colours, or outlines. (h, w, 4) uint8."""
    picture = np.zeros((canvas[1], canvas[0], 4), np.uint8)
    # Back to front, so that the front subject's tint lies over the others'.
    for subject, mask in reversed(list(zip(shown.subjects, shown.planes, strict=False))):
        part, rows, columns = seen(mask, view, canvas)
        if part.size == 0:
            continue
        target = picture[rows, columns]
        if shown.mode == "Overlay":
            weight = (part * (opacity * 255) + 0.5).astype(np.uint8)
            covers = (weight > 0) & (weight >= target[..., 3])
            target[..., :3][covers] = rgb(subject.colour)
            target[..., 3][covers] = weight[covers]
        edge = views.outline(part)
        if shown.mode == "Outline" or subject.id == current:
            # White beside black reads on any photo; the subject's colour alone would not.
            halo = cv2.dilate(edge.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
            target[halo] = (0, 0, 0, 110)
            target[edge] = (*rgb(subject.colour), 255) if shown.mode == "Overlay" else (255,) * 4
    if shown.painted is not None:
        weight, rows, columns = seen(shown.painted.weight, view, canvas)
        value, _, _ = seen(shown.painted.value, view, canvas)
        target = picture[rows, columns]
        for kept, colour in ((True, KEEP), (False, DROP)):
            # What a person painted is told from what the model says by a line of dots.
            edge = views.outline((weight > 0.5) & ((value > 0.5) == kept))
            dots = edge & (np.indices(edge.shape).sum(axis=0) % 4 < 2)
            target[dots] = (*rgb(colour), 255)
    return picture


def prompts_picture(
    subject: SubjectState | None, view: View, canvas: tuple[int, int]
) -> np.ndarray:
    """The top layer: the current subject's points, box, lasso and refine strokes. (h, w, 4) uint8.

    Keep and drop differ in shape (plus and minus) as well as in colour.
    """
    picture = np.zeros((canvas[1], canvas[0], 4), np.uint8)
    if subject is None:
        return picture
    for mark in subject.marks:
        outline = np.array([view.to_canvas(p) for p in mark.points]).round().astype(np.int32)
        thick = max(1, round(mark.size * view.scale))
        cv2.polylines(picture, [outline], False, (*rgb(REFINE), 90), thick, cv2.LINE_8)
    for patch in subject.patches:
        _rectangle(picture, patch.region, view, 110)
    for step in subject.layers:
        _draw_question(picture, step, view, canvas)
    return picture


def _rectangle(picture: np.ndarray, box: tuple[float, ...], view: View, strength: int) -> None:
    corners = [view.to_canvas((box[0], box[1])), view.to_canvas((box[2], box[3]))]
    (ax, ay), (bx, by) = ((round(x), round(y)) for x, y in corners)
    cv2.rectangle(picture, (ax, ay), (bx, by), (0, 0, 0, strength // 2), 3, cv2.LINE_4)
    cv2.rectangle(picture, (ax, ay), (bx, by), (255, 255, 255, strength), 1, cv2.LINE_4)


def _draw_question(picture: np.ndarray, step: Step, view: View, canvas: tuple[int, int]) -> None:
    """One question's box, lines and points, drawn in place."""
    for box in step.boxes:
        _rectangle(picture, box, view, 255)
    lines = [(s.points, rgb(KEEP if s.keep else DROP), False) for s in step.scribbles]
    if step.lasso:
        lines.append((step.lasso, (255, 255, 255), True))
    for points, colour, closed in lines:
        outline = np.array([view.to_canvas(p) for p in points]).round().astype(np.int32)
        cv2.polylines(picture, [outline], closed, (0, 0, 0, 140), 4, cv2.LINE_8)
        cv2.polylines(picture, [outline], closed, (*colour, 255), 2, cv2.LINE_8)
    for point, label in zip(step.points, step.labels, strict=True):
        x, y = (round(v) for v in view.to_canvas(point))
        if not (-10 < x < canvas[0] + 10 and -10 < y < canvas[1] + 10):
            continue
        fill = (*rgb(KEEP if label else DROP), 255)
        cv2.circle(picture, (x, y), 9, (255, 255, 255, 255), -1, cv2.LINE_8)
        cv2.circle(picture, (x, y), 7, fill, -1, cv2.LINE_8)
        cv2.line(picture, (x - 4, y), (x + 4, y), (255, 255, 255, 255), 2)
        if label:
            cv2.line(picture, (x, y - 4), (x, y + 4), (255, 255, 255, 255), 2)


def rgb(colour: str) -> tuple[int, int, int]:
    """#rrggbb as three values 0–255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _three(trimap: np.ndarray) -> np.ndarray:
    """A resampled trimap back to exactly 0, 0.5 and 1; what is neither sure 0 nor 1 is unknown."""
    return np.where(trimap < 0.02, 0, np.where(trimap > 0.98, 1, 0.5)).astype(np.float32)
