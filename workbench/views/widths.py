"""How wide the edge is, all around, in colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ..arrays import to_uint8
from ..coordinates import Point
from .cut import cut
from .drawn import alpha_view
from .page import MARGIN, QUIET, WIDTH, Page, fitted, resized
from .unrolling import REACH, edge_widths

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NO_EDGE = (255, 255, 255)
"""The colour of places without a plain edge: no grey, since the map goes through one."""

_FADED = 0.3  # of the photo behind the line; the rest is white
_BINS = 32  # colours that are drawn
_LEAST = 4.0  # px: the scale's upper end, at least
_PICTURE = (1080, 860)  # pixels of the large picture, at most


def width_colours(widths: np.ndarray, most: float) -> np.ndarray:
    """(n, 3) uint8: cividis (Nuñez, Anderton and Renslow 2018), even to the eye and the same to
    colour-blind people, from 0 px (dark blue) to ``most`` px and more (yellow); white for NaN."""
    known = np.isfinite(widths)
    level = np.where(known, np.clip(np.where(known, widths, 0) / most, 0, 1), 0)
    bgr = cv2.applyColorMap(to_uint8(level.astype(np.float32))[:, None], cv2.COLORMAP_CIVIDIS)
    colours = bgr[:, 0, ::-1].copy()
    colours[~known] = NO_EDGE
    return colours


def width_scale(widths: np.ndarray) -> float:
    """The scale's upper end in px: the width that 95 % of the edge stay below, rounded up."""
    known = widths[np.isfinite(widths)]
    return float(max(_LEAST, np.ceil(np.percentile(known, 95)))) if len(known) else _LEAST


def faded(photo: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8: a photo as a pale grey ground that a coloured line is seen on."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    return np.repeat((255 - (255 - grey) * np.float32(_FADED))[..., None], 3, 2).astype(np.uint8)


def draw_widths(
    picture: np.ndarray, points: np.ndarray, widths: np.ndarray, most: float, scale: float,
    thick: int,
) -> None:  # fmt: skip
    """The outline in the colours of its width, in place, with a dark rim.

    Args:
        picture: (h, w, 3) uint8.
        points: (n, 2) of (x, y) in its pixels, a pixel of the photo apart along each line.
        widths: (n,) in px of the photo.
        most: the scale's upper end.
        scale: pixels of the picture in one of the photo.
        thick: pixels of the line.
    """
    if len(points) < 2:
        return
    stride = max(1, int(1 / scale))
    at, values = points[::stride], widths[::stride]
    joined = np.hypot(*np.diff(at, axis=0).T) <= 2.5 * stride * scale
    far = 4 * max(picture.shape)
    joined &= (np.abs(at[:-1]) < far).all(axis=1)  # OpenCV draws far beyond a picture for ever
    ends = np.stack([at[:-1], at[1:]], axis=1)[joined]
    ends = np.round(ends * 8).astype(np.int32)  # in eighths of a pixel: smooth when enlarged
    shade = values[:-1][joined]
    cv2.polylines(picture, list(ends), False, (25, 25, 25), thick + 2, cv2.LINE_AA, 3)
    level = np.clip(shade / most, 0, 1) * (_BINS - 1)
    name = np.where(np.isfinite(shade), np.round(np.nan_to_num(level)), -1)
    for one in np.unique(name):
        value = np.array([np.nan if one < 0 else one / (_BINS - 1) * most])
        colour = tuple(int(v) for v in width_colours(value, most)[0])
        cv2.polylines(picture, list(ends[name == one]), False, colour, thick, cv2.LINE_8, 3)


def edge_width(source: Any, alpha: Any = None, *, title: str | None = None) -> Figure:
    """How wide the edge is, all around: the outline in the colours of its 10–90 % width.

    Below it the widths along the outline, in order. Narrow all around is a cookie cutter's edge,
    wide where the photo is sharp a smeared one; what counts is that it is even, or follows the
    photo. Hair and half clear things have no plain edge and are white.

    Args:
        source, alpha: see ``cut``: a session, a subject, or arrays.
        title: above; None for the photo's name.

    Returns:
        a matplotlib Figure with a legend in px; without an outline it says so.

    Raises:
        What ``cut`` raises.
    """
    whole = cut(source, alpha)
    points, widths = edge_widths(whole.alpha)
    page = Page()
    name = whole.name if title is None else title
    if not len(points):
        page.heading(name, whole.facts, "There is no outline: the alpha never passes a half.")
        page.grid([("Alpha", alpha_view(whole.reduced(fitted(whole.shape, 292)).alpha))], 5,
                  shows=whole.box)  # fmt: skip
        return page.figure()
    most, known = width_scale(widths), widths[np.isfinite(widths)]
    page.heading(name, whole.facts, "How far it is across the edge from an alpha of 10 % to 90 %.")
    size = fitted(whole.shape, _PICTURE[0], _PICTURE[1])
    picture = faded(resized(to_uint8(whole.image), size))
    scale = size[0] / whole.shape[1]
    draw_widths(picture, points * np.float32(scale), widths, most, scale, 4)
    top = page.y
    page.put(picture, MARGIN + (_PICTURE[0] - size[0]) // 2, top, whole.box)
    _legend(page, MARGIN + _PICTURE[0] + 40, top, most, widths)
    page.y = max(top + size[1], top + 400) + 10
    page.section("Along the outline", "from its beginning to its end, the longest line first")
    room = WIDTH - 2 * MARGIN - 40

    def point(along: float, _: float) -> Point:
        x, y = points[min(int(along / room * len(points)), len(points) - 1)]
        return float(x), float(y)

    page.put(_bars(widths, most, room), MARGIN, page.y, point)
    page.say(f"{most:g} px", WIDTH - MARGIN - 36, page.y + 9, 8, color=QUIET)
    page.say("0", WIDTH - MARGIN - 36, page.y + 100, 8, color=QUIET)
    page.y += 108
    if not len(known):
        page.lines(["No place has a plain edge."])
    return page.figure()


def _legend(page: Page, x: int, top: int, most: float, widths: np.ndarray) -> None:
    """A bar of the colours with their px, and the widths in words."""
    tall = 220
    ramp = width_colours(np.linspace(most, 0, tall), most)
    page.say("Width of the edge", x, top + 14, 11, weight="bold")
    page.put(np.repeat(ramp[:, None], 26, axis=1), x, top + 30)
    for n in range(5):
        value = most * n / 4
        more = " and more" if n == 4 else ""
        page.say(f"{value:g} px{more}", x + 36, top + 30 + round(tall * (1 - n / 4)) + 4, 9)
    page.put(np.full((16, 28, 3), 25, np.uint8), x - 1, top + tall + 43)
    page.put(np.full((14, 26, 3), NO_EDGE, np.uint8), x, top + tall + 44)
    page.say(f"no plain edge within {REACH} px: hair, half clear", x + 36, top + tall + 56, 9)
    known = widths[np.isfinite(widths)]
    lines = [f"no plain edge: {1 - len(known) / len(widths):.0%} of {len(widths):,} px"]
    if len(known):
        low, middle, high = np.percentile(known, (10, 50, 90))
        lines = [f"half of the edge is under {middle:.1f} px", f"a tenth is under {low:.1f} px",
                 f"a tenth is over {high:.1f} px", *lines]  # fmt: skip
    for n, words in enumerate(lines):
        page.say(words, x, top + tall + 84 + 19 * n, 9)


def _bars(widths: np.ndarray, most: float, room: int) -> np.ndarray:
    """(100, room, 3) uint8: a bar for each stretch of the outline, as high as its mean width."""
    tall = 100
    groups = np.array_split(widths, min(room, len(widths)))
    mean = np.array(
        [np.mean(g[np.isfinite(g)]) if np.isfinite(g).any() else np.nan for g in groups]
    )
    mean = mean[np.arange(room) * len(mean) // room]
    colours = width_colours(mean, most)
    height = np.where(np.isfinite(mean), np.clip(np.nan_to_num(mean) / most, 0, 1) * tall, 6)
    filled = np.arange(tall, 0, -1)[:, None] <= height
    picture = np.where(filled[..., None], colours, np.array((232, 232, 230))).astype(np.uint8)
    for n in (1, 2, 3):  # where the legend's marks are
        picture[tall - n * tall // 4, ::4] = 190
    return picture
