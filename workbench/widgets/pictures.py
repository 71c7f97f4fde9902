"""What the stage shows, as pictures of the stage's size. Plain arrays; no widgets in here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from .. import views
from ..arrays import check_image, to_uint8
from ..compose import background as backgrounds
from ..compose import over
from ..coordinates import View
from ..planes import Plane
from .colours import DROP, KEEP, SURROUND, rgb
from .levels import Levels, reduction
from .looks import PHOTO_MODES, Look
from .tiles import BACKGROUNDS, COUNTS, Part, joined

_SQUARE = 16  # page pixels a side of a checkerboard square
_CHECKER = (204, 153)
_EMPTY = 118  # the grey where a view leaves the photo out
_DIM = 90  # of 255: how far the rest of the photo is darkened beside a difference
_LEVELS = Levels()  # of all sessions: what is shown now is what is kept
_BACKDROP = 2048  # pixels along the longer side of a picture that a composite is shown on


def seen(plane: Plane, view: View, canvas: tuple[int, int]) -> tuple[np.ndarray, slice, slice]:
    """The visible part of something of the photo's size, resampled to page pixels.

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
        return plane[0:0, 0:0], slice(0, 0), slice(0, 0)
    left, top = view.to_canvas((x0, y0))
    right, bottom = view.to_canvas((x1, y1))
    c0, r0 = max(0, round(left)), max(0, round(top))
    c1, r1 = min(canvas[0], max(round(right), c0 + 1)), min(canvas[1], max(round(bottom), r0 + 1))
    if view.scale < 1:
        # Whole pixels in, whole pixels out: at worst half a page pixel off, and fast at any size.
        k = reduction(plane.shape, view.scale)
        y0, y1, x0, x1 = y0 // k, -(-y1 // k), x0 // k, -(-x1 // k)  # in cells of k pixels
        left, top = view.to_canvas((x0 * k, y0 * k))
        right, bottom = view.to_canvas((x1 * k, y1 * k))
        wide, tall = max(1, round(right) - round(left)), max(1, round(bottom) - round(top))
        cells = _LEVELS.part(plane, k, slice(y0, y1), slice(x0, x1))
        part = cv2.resize(cells, (wide, tall), interpolation=cv2.INTER_AREA)
        dx, dy = c0 - round(left), r0 - round(top)
        part = part[dy : dy + r1 - r0, dx : dx + c1 - c0]
        return part, slice(r0, r0 + part.shape[0]), slice(c0, c0 + part.shape[1])
    # Enlarged: the exact position counts, so each page pixel looks up its own image point.
    x = ((np.arange(c0, c1) + 0.5) / view.scale + view.x - 0.5).astype(np.float32)
    y = ((np.arange(r0, r1) + 0.5) / view.scale + view.y - 0.5).astype(np.float32)
    map_x, map_y = np.meshgrid(x - x0, y - y0)
    how = cv2.INTER_NEAREST if view.scale > 2 else cv2.INTER_LINEAR
    part = cv2.remap(
        np.ascontiguousarray(_LEVELS.part(plane, 1, slice(y0, y1), slice(x0, x1))),
        map_x,
        map_y,
        how,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return part, slice(r0, r1), slice(c0, c1)


def in_sight(shape: tuple[int, int], view: View, canvas: tuple[int, int]) -> tuple[slice, slice]:
    """The rows and columns of a photo that a stage shows, and half as much again on each side, so
    that a little panning leads nowhere else.

    Args:
        shape: (H, W) of the photo. view, canvas: see ``seen``.
    """
    ends = []
    for first, length, side in zip((view.y, view.x), canvas[::-1], shape, strict=True):
        long = length / view.scale
        start = min(max(0, math.floor(first - long / 2)), side - 1)
        stop = max(min(side, math.ceil(first + 1.5 * long)), start + 1)
        ends.append(slice(start, stop))
    return ends[0], ends[1]


def look_over(shown: Look, view: View, canvas: tuple[int, int]) -> None:
    """Have computed, here (in the worker), what a view will show of a look's masks."""
    for plane in shown.planes:
        seen(plane, view, canvas)


def base_picture(
    image: np.ndarray,
    shown: Look | None,
    mode: str,
    view: View,
    canvas: tuple[int, int],
    *,
    colour: str = "#00b140",
    background: Any = None,
    grounds: Sequence[Any] = BACKGROUNDS[: COUNTS[0]],
    ratio: float = 1.0,
) -> np.ndarray:
    """The bottom layer: the photo, or what the mode shows in its place. (h, w, 3) uint8.

    Args:
        image: (H, W, 3) uint8.
        shown: what was computed for the mode; the photo is shown until there is any.
        mode: one of VIEW_MODES.
        view, canvas: see ``seen``.
        colour: #rrggbb, what On colour shows behind the subject.
        background: what BEHIND_MODES show behind it: anything that ``compose.background`` takes,
            or what ``backdrop`` made of it; None for a photo of a wooden table, and for the
            checkerboard in the others.
        grounds: what Backgrounds shows behind it, a tile each: names of tiles.BACKGROUNDS, or
            pictures as ``backdrop`` makes them.
        ratio: device pixels in a page pixel.
    """
    if mode == "Backgrounds" and shown is not None and shown.mode == mode:
        return joined(
            [_on_ground(image, shown, one, ratio) for one in grounds], view, canvas, ratio
        )
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
    if mode == "Band" and shown.band is not None:
        part, rows, columns = seen(shown.band, view, canvas)
        photo, _, _ = seen(image, view, canvas)
        picture[rows, columns] = np.where(part[..., None] > 0, photo, np.uint8(_EMPTY))
        return picture
    if shown.alpha is None:
        return picture
    alpha, rows, columns = seen(shown.alpha, view, canvas)
    if alpha.size == 0:
        return picture
    if mode == "Edge width" and shown.widths is not None:
        return _edge_width(picture, image, shown.widths, view, canvas, ratio)
    if mode == "Alpha curve":
        picture[rows, columns] = views.alpha_view(views.alpha_curve(alpha))
        return picture
    if mode == "Alpha" or shown.foreground is None:
        picture[rows, columns] = views.alpha_view(alpha)
        return picture
    colours, _, _ = seen(shown.foreground, view, canvas)
    if mode == "Colours":
        picture[rows, columns] = np.where(
            alpha[..., None] > 0, to_uint8(np.clip(colours, 0, 1)), np.uint8(_EMPTY)
        )
        return picture
    if mode == "Composite" or (mode == "Before and after" and background is not None):
        whole = backdrop("photo" if background is None else background, image.shape[:2])
        behind = _laid(whole, image.shape[:2], view, rows, columns)
    elif mode in ("On checkerboard", "Before and after"):
        behind = _checkerboard(view, rows, columns, ratio)
    elif mode == "On blurred" and shown.own is not None:
        behind = _laid(to_uint8(shown.own), image.shape[:2], view, rows, columns)
    else:
        ground = colour if mode == "On colour" else mode.removeprefix("On ")
        behind = backgrounds.background(views.HUES.get(ground, ground), alpha.shape)
    if shown.under is not None:
        under, _, _ = seen(shown.under, view, canvas)
        behind = over.on_ground(behind, under)
    picture[rows, columns] = to_uint8(over.composite(colours, alpha, behind))
    return picture


def _on_ground(image: np.ndarray, shown: Look, ground: Any, ratio: float) -> Part:
    """The cut-out on one of the grounds of the view Backgrounds."""
    own = not isinstance(ground, str) or ground == "photo"
    mode = "Composite" if own else f"On {ground}"
    one, behind = replace(shown, mode=mode), None if isinstance(ground, str) else ground
    return lambda view, canvas: base_picture(
        image, one, mode, view, canvas, background=behind, ratio=ratio
    )


def flat_picture(
    image: np.ndarray, shown: Look, opacity: float, view: View, canvas: tuple[int, int],
    current: str | None, *, colour: str = "#00b140", background: Any = None, ratio: float = 1.0,
) -> np.ndarray:  # fmt: skip
    """The bottom layer and the middle one as one picture, for where there is no second layer.

    Args:
        As of ``base_picture`` and ``overlay_picture``; the mode is the look's.

    Returns:
        (h, w, 3) uint8.
    """
    photo = image if shown.image is None else shown.image
    picture = base_picture(
        photo, shown, shown.mode, view, canvas,
        colour=colour, background=background, ratio=ratio,
    )  # fmt: skip
    if not shown.overlaid:
        return picture
    layer = overlay_picture(shown, opacity, view, canvas, current, ratio=ratio)
    share = layer[..., 3:].astype(np.float32) / 255
    return to_uint8((picture * (1 - share) + layer[..., :3] * share) / np.float32(255))


def _edge_width(
    picture: np.ndarray, image: np.ndarray, found: tuple[np.ndarray, np.ndarray], view: View,
    canvas: tuple[int, int], ratio: float,
) -> np.ndarray:  # fmt: skip
    """The pale photo with the outline in the colours of its width, and a legend; in place."""
    photo, rows, columns = seen(image, view, canvas)
    picture[rows, columns] = views.faded(np.ascontiguousarray(photo))
    points, widths = found
    most = views.width_scale(widths)
    at = (points - np.array((view.x, view.y), np.float32)) * np.float32(view.scale)
    views.draw_widths(picture, at, widths, most, view.scale, max(3, round(4 * ratio)))
    wide, tall, gap = (round(v * ratio) for v in (160, 12, 10))
    if canvas[0] < wide + 4 * gap or canvas[1] < 5 * tall:
        return picture
    box = picture[gap : gap + 3 * tall, gap : 2 * gap + wide + gap]
    box[:] = 245
    box[gap // 2 : gap // 2 + tall, gap : gap + wide] = views.width_colours(
        np.linspace(0, most, wide), most
    )
    for value, x in ((0.0, gap), (most / 2, gap + wide // 2), (most, gap + wide)):
        words = f"{value:g} px"
        (long, _), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_SIMPLEX, 0.36 * ratio, 1)
        left = int(np.clip(x - long // 2, 2, box.shape[1] - long - 2))
        patch = np.ascontiguousarray(box)
        cv2.putText(patch, words, (left, round(2.5 * tall)), cv2.FONT_HERSHEY_SIMPLEX,
                    0.36 * ratio, (30, 30, 30), max(1, round(ratio)), cv2.LINE_AA)  # fmt: skip
        box[:] = patch
    return picture


def backdrop(background: Any, shape: tuple[int, int]) -> np.ndarray:
    """A background as ``base_picture`` lays it behind the subject: of the photo's proportions.

    Args:
        background: whatever ``compose.background`` takes, or what this function made: then it is
            handed back.
        shape: (H, W) of the photo.

    Returns:
        (h, w, 3) uint8 that stands for the whole photo, at most 2048 pixels a side: sharp enough to
        judge an edge against, and light enough to pan.

    Raises:
        What ``compose.background`` raises.
    """
    scale = min(1.0, _BACKDROP / max(shape))
    size = max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))
    if isinstance(background, np.ndarray):
        if background.dtype == np.uint8 and background.shape == (*size, 3):
            return background
        return to_uint8(backgrounds.background(check_image(background, "background"), size))
    return _read_backdrop(background, size)


@lru_cache(maxsize=2)
def _read_backdrop(background: Any, size: tuple[int, int]) -> np.ndarray:
    return to_uint8(backgrounds.background(background, size))


def _laid(
    whole: np.ndarray, shape: tuple[int, int], view: View, rows: slice, columns: slice
) -> np.ndarray:
    """The part of a backdrop that lies behind rows and columns of the stage; (h, w, 3) float32."""
    per_x, per_y = whole.shape[1] / shape[1], whole.shape[0] / shape[0]
    x = ((np.arange(columns.start, columns.stop) + 0.5) / view.scale + view.x) * per_x - 0.5
    y = ((np.arange(rows.start, rows.stop) + 0.5) / view.scale + view.y) * per_y - 0.5
    shrink = int(per_x / view.scale)  # averaged first: sampling alone would glitter
    source = cv2.blur(whole, (shrink, shrink)) if shrink > 1 else whole
    map_x, map_y = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    part = cv2.remap(source, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return part.astype(np.float32) / np.float32(255)


def _checkerboard(view: View, rows: slice, columns: slice, ratio: float) -> np.ndarray:
    """Squares that begin at the photo's corner, so that they move with it. (h, w, 3) float32."""
    left, top = (round(v) for v in view.to_canvas((0, 0)))
    side = _SQUARE * ratio
    across = ((np.arange(columns.start, columns.stop) - left) // side).astype(int)
    down = ((np.arange(rows.start, rows.stop) - top) // side).astype(int)
    odd = (down[:, None] + across[None]) % 2 == 1
    light, dark = (np.float32(v / 255) for v in _CHECKER)
    return np.repeat(np.where(odd, dark, light)[..., None], 3, axis=2)


def overlay_picture(
    shown: Look,
    opacity: float,
    view: View,
    canvas: tuple[int, int],
    current: str | None,
    *,
    ratio: float = 1.0,
) -> np.ndarray:
    """The middle layer: masks tinted in their subjects' colours, or what the mode has instead.

    Overlay tints the masks; Onion skin lays a checkerboard over what is in none of them, the denser
    the higher the opacity; Difference darkens the photo but for what came, in KEEP's colour, and
    what went, in DROP's. What a person painted is dotted. An outline is no picture: see Look.paths.

    Args:
        shown: what was computed.
        opacity: 0–1, how strong.
        view, canvas: see ``seen``.
        current: the id of the subject whose edge is drawn as well, or None.
        ratio: device pixels in a page pixel: lines are so many pixels wide.

    Returns:
        (h, w, 4) uint8.
    """
    picture = np.zeros((canvas[1], canvas[0], 4), np.uint8)
    if shown.difference is not None:
        _draw_difference(picture, shown.difference, opacity, view, canvas)
        return picture
    if shown.mode == "Onion skin":
        _draw_onion_skin(picture, shown, opacity, view, canvas, ratio)
        return picture
    wide = max(1, round(ratio))
    pixels = picture.view("<u4")[..., 0]  # one number each: a tenth of the time of four bytes
    # Back to front, so that the front subject's tint lies over the others'.
    for subject, mask in reversed(list(zip(shown.subjects, shown.planes, strict=False))):
        part, rows, columns = seen(mask, view, canvas)
        if not part.any():
            continue
        target = pixels[rows, columns]
        weight = (part * np.float32(opacity * 255) + np.float32(0.5)).astype(np.uint8)
        tint = weight.astype(np.uint32)
        covers = (tint > 0) & (tint >= target >> 24)
        tint <<= 24
        tint |= _pixel(rgb(subject.colour), 0)
        np.copyto(target, tint, where=covers)
        if subject.id == current:
            # White beside black reads on any photo; the subject's colour alone would not.
            edge = _thick(views.outline(part), wide)
            np.copyto(target, _pixel((0, 0, 0), 110), where=_thick(edge, 2 * wide + 1))
            np.copyto(target, _pixel(rgb(subject.colour), 255), where=edge)
    if shown.painted is not None:
        weight, rows, columns = seen(shown.painted.weight, view, canvas)
        if weight.size == 0:
            return picture
        value, _, _ = seen(shown.painted.value, view, canvas)
        target = pixels[rows, columns]
        for kept, colour in ((True, KEEP), (False, DROP)):
            # What a person painted is told from what the model says by a line of dots.
            edge = _thick(views.outline((weight > 0.5) & ((value > 0.5) == kept)), wide)
            dots = edge & (np.indices(edge.shape).sum(axis=0) % (4 * wide) < 2 * wide)
            np.copyto(target, _pixel(rgb(colour), 255), where=dots)
    return picture


def _pixel(colour: tuple[int, int, int], opacity: int) -> np.uint32:
    """Red, green, blue and opacity as one number, as they lie in memory."""
    return np.uint32(int.from_bytes((*colour, opacity), "little"))


def _thick(line: np.ndarray, width: int) -> np.ndarray:
    """A line one pixel wide as one of ``width`` pixels; (h, w) bool."""
    if width == 1:
        return line
    return cv2.dilate(line.astype(np.uint8), np.ones((width, width), np.uint8)) > 0


def _draw_difference(
    picture: np.ndarray, plane: np.ndarray, opacity: float, view: View, canvas: tuple[int, int]
) -> None:
    part, rows, columns = seen(plane, view, canvas)
    target = picture[rows, columns]
    # Even the faintest wish leaves a difference to be seen.
    strength = np.minimum(np.abs(part), 1) * ((0.5 + 0.5 * opacity) * 255)
    came, went = (part > 0) & (strength > _DIM), (part < 0) & (strength > _DIM)
    target[..., 3] = np.maximum(strength, _DIM)
    target[came, :3], target[went, :3] = rgb(KEEP), rgb(DROP)


def _draw_onion_skin(
    picture: np.ndarray, shown: Look, opacity: float, view: View, canvas: tuple[int, int],
    ratio: float,
) -> None:  # fmt: skip
    outside: np.ndarray | None = None
    rows = columns = slice(0, 0)
    for mask in shown.planes:
        part, rows, columns = seen(mask, view, canvas)
        outside = (1 - part) * (1 if outside is None else outside)
    if outside is None or outside.size == 0:
        return
    target = picture[rows, columns]
    target[..., :3] = to_uint8(_checkerboard(view, rows, columns, ratio))
    target[..., 3] = np.clip(outside * (opacity * 255) + 0.5, 0, 255)


def _three(trimap: np.ndarray) -> np.ndarray:
    """A resampled trimap back to exactly 0, 0.5 and 1; what is neither sure 0 nor 1 is unknown."""
    return np.where(trimap < 0.02, 0, np.where(trimap > 0.98, 1, 0.5)).astype(np.float32)
