"""Pictures for people: overlays for the widget, and the sheet that shows a matte honestly.

``overlay``, ``outline``, ``trimap_view`` and ``alpha_view`` are drawn per frame on view-sized
arrays, so they do only whole-array work; ``sheet`` takes a second or two. matplotlib is imported
in ``sheet`` alone, through its Agg canvas, so that no notebook's pyplot state is touched.
"""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from .arrays import check_image, check_plane, check_trimap, to_float, to_uint8
from .compose import background, over
from .errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BAND = np.array((0.42, 0.55, 1.0), np.float32)  # the trimap view's tint of the unknown
_DIM = 0.25  # of the photo's brightness, where the trimap says background


def overlay(image: Any, mask: Any, colour: Any = (0, 114, 178), opacity: float = 0.5) -> np.ndarray:
    """The photo with the mask as a tint.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        mask: (H, W) in [0, 1].
        colour: (r, g, b), 0 to 255.
        opacity: 0 to 1, of the tint where the mask is 1.

    Returns:
        (H, W, 3) uint8.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
        InputError: opacity is outside 0..1, or colour is not three numbers in 0..255.
    """
    picture = to_uint8(check_image(image))
    plane = check_plane(mask, picture.shape[:2])
    if not 0 <= opacity <= 1:
        raise InputError(f"expected opacity in 0..1, got {opacity!r}")
    tint = np.asarray(colour, np.float32)
    if tint.shape != (3,) or not ((tint >= 0) & (tint <= 255)).all():
        raise InputError(f"expected a colour (r, g, b) in 0..255, got {colour!r}")
    weight = (plane * np.float32(opacity))[..., None]
    mixed = picture + (tint - picture) * weight
    return (mixed + np.float32(0.5)).astype(np.uint8)


def outline(mask: Any) -> np.ndarray:
    """The mask's own outermost pixels, a line one pixel wide.

    Args:
        mask: (H, W) in [0, 1]; at least 0.5 is inside.

    Returns:
        (H, W) bool, True on inside pixels with an outside one above, below, left or right. The
        picture's frame is no edge.

    Raises:
        ArrayError: the mask has the wrong shape, dtype or range.
    """
    inside = check_plane(mask) >= 0.5
    line = np.zeros_like(inside)
    line[1:] |= inside[1:] & ~inside[:-1]
    line[:-1] |= inside[:-1] & ~inside[1:]
    line[:, 1:] |= inside[:, 1:] & ~inside[:, :-1]
    line[:, :-1] |= inside[:, :-1] & ~inside[:, 1:]
    return line


def trimap_view(image: Any, trimap: Any) -> np.ndarray:
    """The photo as the trimap sees it: foreground plain, band tinted blue, background dimmed.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        trimap: (H, W) of 0, 0.5 and 1.

    Returns:
        (H, W, 3) uint8.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    picture = to_uint8(check_image(image))
    plane = check_trimap(trimap, picture.shape[:2])
    shown = picture.copy()
    ground, band = plane == 0, plane == 0.5
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    shown[ground] = (grey[ground] * np.float32(_DIM) + 18).astype(np.uint8)[:, None]
    shown[band] = (picture[band] * np.float32(0.35) + _BAND * np.float32(255 * 0.65)).astype(
        np.uint8
    )
    return shown


def alpha_view(alpha: Any) -> np.ndarray:
    """The alpha as grey, 0 black and 1 white.

    Args:
        alpha: (H, W) in [0, 1].

    Returns:
        (H, W, 3) uint8.

    Raises:
        ArrayError: the alpha has the wrong shape, dtype or range.
    """
    return np.repeat(to_uint8(check_plane(alpha, name="alpha"))[..., None], 3, axis=2)


# ------------------------------------------------------------------------------------- the sheet

_DPI = 100
_PAGE = "#f6f6f4"
_INK = "#222222"
_QUIET = "#6b6b6b"
_COLUMNS = 5
_GAP = 14  # figure pixels between panels
_MARGIN = 28
_LABEL = 22  # figure pixels above a panel for its name
_PANEL = 292  # figure pixels, width of a panel
_NEAR = 6  # figure pixels between crops of one place, so that they read as one
_CROP = (_PANEL - _NEAR) // 2  # image pixels a side of a crop at 100 %
_CROP_GROUNDS = ("white", "black", "green", "photo")
_ZOOMS = 5
_TITLE = 90  # characters that fit beside the photo's size


def sheet(image: Any, alpha: Any, foreground: Any, trimap: Any = None, title: str = "") -> Figure:
    """A contact sheet: the matte, the cut-out on seven backgrounds, and its edge at 100 %.

    Two rows of reduced pictures, then a row of places spread along the edge where the band is
    widest, each on four backgrounds. In that row one image pixel is one pixel of the sheet when it
    is saved at its own dpi (100), as ``sheet_png`` does.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        alpha: (H, W) in [0, 1].
        foreground: (H, W, 3), the subject's colours.
        trimap: (H, W) of 0, 0.5 and 1, or None to leave that panel out.
        title: a line above, or "".

    Returns:
        a matplotlib Figure, on an Agg canvas; a notebook shows it pixel for pixel.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    picture = check_image(image)
    shape = (picture.shape[0], picture.shape[1])
    plane = check_plane(alpha, shape, "alpha")
    colours = check_image(foreground, "foreground")
    if colours.shape != picture.shape:
        check_plane(colours[..., 0], shape, "foreground")
    three = None if trimap is None else check_trimap(trimap, shape)

    panels = _panels(picture, plane, colours, three)
    height = panels[0][1].shape[0]
    places = _places(plane)
    rows = -(-len(panels) // _COLUMNS)
    head = 64 if title else 24
    crops_top = head + rows * (_LABEL + height + _GAP) + 6
    crops_height = (_LABEL + 14 + 2 * _CROP + _NEAR + 12) if places else 0
    size = (2 * _MARGIN + _COLUMNS * _PANEL + (_COLUMNS - 1) * _GAP, crops_top + crops_height + 16)
    figure = _figure_class()(figsize=(size[0] / _DPI, size[1] / _DPI), dpi=_DPI, facecolor=_PAGE)
    FigureCanvasAgg(figure)

    def put(shown: np.ndarray, x: int, y: int) -> None:
        # figimage copies pixel for pixel; an axes would resample by a fraction of one.
        figure.figimage(shown, xo=x, yo=size[1] - y - shown.shape[0], origin="upper")

    def say(words: str, x: int, y: int, size_pt: float = 9.5, **style: Any) -> None:
        figure.text(
            x / size[0], 1 - y / size[1], words, fontsize=size_pt, va="baseline",
            **{"color": _INK, **style},
        )  # fmt: skip

    if title:
        # A file's name may be long, and may hold a dollar sign, which would start a formula.
        short = title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"
        say(short.replace("$", r"\$"), _MARGIN, 40, 15, weight="bold")
        facts = f"{shape[1]} × {shape[0]} px"
        say(facts, size[0] - _MARGIN, 40, 9.5, color=_QUIET, ha="right")
    for index, (name, shown) in enumerate(panels):
        x = _MARGIN + index % _COLUMNS * (_PANEL + _GAP)
        y = head + index // _COLUMNS * (_LABEL + height + _GAP)
        say(name, x, y + _LABEL - 7)
        put(shown, x + (_PANEL - shown.shape[1]) // 2, y + _LABEL)
    if places:
        say("The edge at 100 %", _MARGIN, crops_top + 20, 11, weight="bold")
        # The second column's left edge: no text has to be measured to keep the two apart.
        say(
            "one image pixel is one pixel here; each place on white, black, green and a photo",
            _MARGIN + _PANEL + _GAP, crops_top + 20, color=_QUIET,
        )  # fmt: skip
    for index, (left, top) in enumerate(places):
        x = _MARGIN + index * (_PANEL + _GAP)
        cut = np.s_[top : top + _CROP, left : left + _CROP]
        for number, ground in enumerate(_CROP_GROUNDS):
            part = to_float(colours[cut])
            behind = _ground(ground, part.shape[:2])
            shown = to_uint8(over.composite(part, plane[cut], behind))
            put(
                shown,
                x + number % 2 * (_CROP + _NEAR),
                crops_top + _LABEL + 14 + number // 2 * (_CROP + _NEAR),
            )
    return figure


def sheet_png(
    image: Any, alpha: Any, foreground: Any, trimap: Any = None, title: str = ""
) -> bytes:
    """``sheet`` as the bytes of a PNG, its crops pixel for pixel.

    Args, Raises: as ``sheet``.
    """
    return _png(sheet(image, alpha, foreground, trimap, title))


def _png(figure: Figure) -> bytes:
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=_DPI, facecolor=_PAGE)
    return target.getvalue()


@cache
def _figure_class() -> type[Figure]:
    """A Figure that a notebook shows pixel for pixel, whether pyplot was ever imported or not.

    Jupyter's inline backend would crop it (bbox_inches="tight") and so shift the crops at 100 %.
    """
    from matplotlib.figure import Figure

    class Sheet(Figure):
        def _ipython_display_(self) -> None:
            from IPython.display import Image, display

            display(Image(_png(self), format="png"))

    return Sheet


def _panels(
    image: np.ndarray, alpha: np.ndarray, foreground: np.ndarray, trimap: np.ndarray | None
) -> list[tuple[str, np.ndarray]]:
    """Name and (h, w, 3) uint8 picture of each reduced panel, all of one size."""
    rows, columns = alpha.shape
    scale = min(_PANEL / columns, 1.25 * _PANEL / rows)
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST

    def fit(array: np.ndarray) -> np.ndarray:
        return cv2.resize(np.ascontiguousarray(array), size, interpolation=way)

    photo, opacity = fit(to_uint8(image)), np.clip(fit(alpha), 0, 1)
    # Reducing colour and alpha apart would mix the background's colour into the edge.
    weighted = fit(to_float(foreground) * alpha[..., None])
    colours = np.clip(weighted / np.maximum(opacity, 1e-4)[..., None], 0, 1)
    line = outline(opacity)
    traced = photo.copy()
    traced[cv2.dilate(line.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = (20, 20, 20)
    traced[line] = (255, 255, 255)
    panels = [("Photo, outlined", traced), ("Alpha", alpha_view(opacity))]
    if trimap is not None:
        shown = cv2.resize(trimap, size, interpolation=cv2.INTER_NEAREST)
        panels.append(("Trimap: the band in blue", trimap_view(photo, shown)))
    for name in background.background_names():
        behind = background.background(name, opacity.shape)
        label = {"photo": "On a photo", "checkerboard": "On a checkerboard"}.get(name, f"On {name}")
        panels.append((label, to_uint8(over.composite(colours, opacity, behind))))
    return panels


def _ground(name: str, shape: tuple[int, int]) -> np.ndarray:
    """A crop's background, at 100 % too: a photo shrunk into so small a crop is a thumbnail."""
    if name != "photo":
        return background.background(name, shape)
    # The middle of the picture at about its own size, cut to the crop.
    whole = background.background(name, (400, 600))
    top, left = (400 - shape[0]) // 2, (600 - shape[1]) // 2
    return whole[top : top + shape[0], left : left + shape[1]]


def _places(alpha: np.ndarray) -> list[tuple[int, int]]:
    """Corners (left, top) of the crops: where the edge has most in-between pixels, spread out."""
    rows, columns = alpha.shape
    detail = 4 * alpha * (1 - alpha)
    edge = outline(alpha)
    if not edge.any() and not (detail > 0.1).any():
        return []
    # A hard edge has no in-between pixels but is worth a look too; a faint haze is not.
    busy = np.where(detail > 0.1, detail, 0) + np.float32(0.1) * edge
    side = min(_CROP, rows, columns)
    mass = cv2.boxFilter(busy, -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT)
    half = side // 2
    mass[:half], mass[rows - side + half + 1 :] = 0, 0
    mass[:, :half], mass[:, columns - side + half + 1 :] = 0, 0
    chosen: list[tuple[int, int]] = []
    # Small photos: crops may overlap by a third rather than leave places unseen.
    apart = max(2 * side // 3, int(0.18 * max(rows, columns)))
    # A tenth of the busiest place, or there is hardly an edge to see.
    least = max(0.25, 0.1 * float(mass.max()))
    while len(chosen) < _ZOOMS and mass.max() > least:
        y, x = divmod(int(mass.argmax()), columns)
        chosen.append((max(0, x - half), max(0, y - half)))
        mass[max(0, y - apart) : y + apart, max(0, x - apart) : x + apart] = 0
    return sorted(chosen)
