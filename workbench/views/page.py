"""A page of pictures and words, laid out in pixels from the top left, as a matplotlib Figure.

matplotlib is imported when a page is finished, through its Agg canvas, so that no notebook's pyplot
state is touched.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image

from ..coordinates import Box, Point

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 100
PAPER = "#f6f6f4"
INK = "#222222"
QUIET = "#6b6b6b"
MARGIN = 28
GAP = 14  # pixels between panels
LABEL = 22  # pixels above a panel for its name
WIDTH = 1572  # pixels of a page: five panels of 292
NEAR = 6  # pixels between crops of one place, so that they read as one

_RASTER = {
    "png": "PNG",
    "jpg": "JPEG",
    "jpeg": "JPEG",
    "tif": "TIFF",
    "tiff": "TIFF",
    "webp": "WEBP",
}
"""What is made of pixels, by the ending of a file's name."""

Panel = tuple[str, np.ndarray]
"""A name, and a picture (h, w, 3) uint8."""

Place = Callable[[float, float], Point | None]
"""Tells of a place (x, y) in a picture, in its pixels, which point of the photo it shows."""


class Page:
    """What is put and said, from the top down, until ``figure`` makes it a Figure.

    A picture that is put is copied pixel for pixel: at the page's own dpi one of its pixels is one
    of the saved file's.

    Args:
        width: pixels.
        dpi: of the saved file; sizes of type are in points, so they grow with it.
        margin: pixels left and right.
        paper: the colour of what is empty.

    Attributes:
        unit: pixels of the page in a pixel of one at 100 dpi, which spaces are said in.
        y: where the next block begins, in pixels from the top.
    """

    def __init__(
        self, width: int = WIDTH, dpi: int = DPI, margin: int = MARGIN, paper: str = PAPER
    ) -> None:
        self.width, self.dpi, self.margin, self.paper = width, dpi, margin, paper
        self.unit = dpi / DPI
        self.y = max(24, margin - 6)
        self._pictures: list[tuple[np.ndarray, int, int]] = []
        self._spots: list[tuple[int, int, int, int, Place]] = []
        self._words: list[tuple[str, int, int, float, float | None, dict[str, Any]]] = []

    def put(self, picture: np.ndarray, x: int, y: int, shows: Box | Place | None = None) -> None:
        """A picture (h, w, 3) uint8 with its top left corner there.

        Args:
            shows: the box (x0, y0, x1, y1) of the photo that it shows, or what tells which point a
                place in it shows; None where it shows no place of the photo.
        """
        self._pictures.append((picture, x, y))
        if shows is not None:
            tall, wide = picture.shape[:2]
            place = shows if callable(shows) else _within(shows, wide, tall)
            self._spots.append((x, y, wide, tall, place))

    def say(
        self, words: str, x: int, y: int, size: float = 9.5, width: float | None = None,
        **style: Any,
    ) -> None:  # fmt: skip
        """A line of words whose baseline is there; cut short where it is wider than ``width``."""
        self._words.append((words, x, y, size, width, {"color": INK, **style}))

    def heading(self, title: str, facts: str = "", note: str = "") -> None:
        """A title with facts at its right, and a line below that says how to read the page."""
        inner = self.width - 2 * self.margin
        down = self.y + self._px(16)
        self.say(title, self.margin, down, 15, inner - self._px(260), weight="bold")
        self.say(facts, self.width - self.margin, down, color=QUIET, ha="right")
        self.y += self._px(40)
        if note:
            self.say(note, self.margin, self.y, width=inner, color=QUIET)
            self.y += self._px(20)

    def section(self, words: str, note: str = "") -> None:
        """A heading within the page."""
        self.say(words, self.margin, self.y + self._px(20), 11, weight="bold")
        # A column's left edge: no text has to be measured to keep the two apart.
        left = self.margin + self._px(306)
        room = self.width - self.margin - left
        self.say(note, left, self.y + self._px(20), width=room, color=QUIET)
        self.y += self._px(36)

    def grid(
        self, panels: Iterable[Panel], columns: int, width: int | None = None,
        shows: Box | None = None,
    ) -> None:  # fmt: skip
        """Panels with their names above, row by row; each in the middle of its column.

        Args:
            shows: the box of the photo that each of them shows.
        """
        panels = list(panels)
        inner = self.width - 2 * self.margin
        gap, above = self._px(GAP), self._px(LABEL)
        wide = width or (inner - (columns - 1) * gap) // columns
        for first in range(0, len(panels), columns):
            row = panels[first : first + columns]
            for n, (name, picture) in enumerate(row):
                x = self.margin + n * (wide + gap)
                self.say(name, x, self.y + above - self._px(7), width=wide)
                left = x + (wide - picture.shape[1]) // 2
                self.put(picture, left, self.y + above, shows)
            self.y += above + max(picture.shape[0] for _, picture in row) + gap

    def lines(
        self, lines: Iterable[str], size: float = 9.5, left: int | None = None,
        width: int | None = None,
    ) -> None:  # fmt: skip
        """Lines of words from x = ``left`` on, each cut short at ``width`` pixels."""
        leading = round(size * self.dpi / 72 * 1.4)
        for words in lines:
            room = width or self.width - 2 * self.margin
            self.say(words, self.margin if left is None else left, self.y + leading, size, room)
            self.y += leading

    def _px(self, at_100_dpi: float) -> int:
        return round(at_100_dpi * self.unit)

    def figure(self, height: int | None = None) -> Figure:
        """The page as a Figure, as high as what is on it, or so many pixels."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        size = self.width, height or self.y + 16
        figure = figure_class()(
            figsize=(size[0] / self.dpi, size[1] / self.dpi), dpi=self.dpi, facecolor=self.paper
        )
        canvas = FigureCanvasAgg(figure)
        for picture, x, y in self._pictures:
            # figimage copies pixel for pixel; an axes would resample by a fraction of one.
            figure.figimage(picture, xo=x, yo=size[1] - y - picture.shape[0], origin="upper")
        for words, x, y, points, width, style in self._words:
            # A file's name may hold a dollar sign, which would start a formula.
            text = figure.text(
                x / size[0], 1 - y / size[1], words, fontsize=points, va="baseline",
                parse_math=False, **_script(words), **style,
            )  # fmt: skip
            if width is not None:
                _cut_short(text, width, canvas.get_renderer())
        figure.spots = tuple(self._spots)  # type: ignore[attr-defined]
        return figure


def _within(box: Box, wide: int, tall: int) -> Place:
    x0, y0, x1, y1 = box
    return lambda x, y: (x0 + (x1 - x0) * x / wide, y0 + (y1 - y0) * y / tall)


def place_at(figure: Figure, x: float, y: float) -> Point | None:
    """Which point (x, y) of the photo a place in a view's figure shows.

    Args:
        figure: of one of the views.
        x, y: in pixels of the figure as it is saved at its own dpi, from its top left.

    Returns:
        In image pixels; None where it shows no place of the photo: words, a legend, another figure.
    """
    for left, top, wide, tall, place in reversed(getattr(figure, "spots", ())):
        if left <= x < left + wide and top <= y < top + tall:
            return place(x - left, y - top)
    return None


_SCRIPTS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Noto Sans JP", "Noto Sans KR",
    "Source Han Sans SC", "Source Han Sans JP", "Microsoft YaHei", "PingFang SC", "Hiragino Sans",
    "Yu Gothic", "MS Gothic", "Malgun Gothic", "Apple SD Gothic Neo", "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei", "Droid Sans Fallback", "Noto Sans Arabic", "Noto Sans Hebrew",
    "Noto Sans Devanagari", "Noto Sans Thai", "Arial Unicode MS",
)  # fmt: skip


@cache
def families() -> list[str]:
    """The fonts that words are set in: matplotlib's own, and for what it lacks (a file's name in
    Chinese) those of other scripts that this machine has."""
    from matplotlib.font_manager import get_font_names

    installed = set(get_font_names())
    return ["DejaVu Sans", *(one for one in _SCRIPTS if one in installed)]


def _script(words: str) -> dict[str, Any]:
    """The fonts of words that may need others than matplotlib's own, which has Latin, Greek,
    Cyrillic, Arabic and signs."""
    other = any("\u0700" <= letter < "\u1e00" or letter >= "\u2e80" for letter in words)
    return {"fontfamily": families()} if other else {}


def _cut_short(text: Any, width: float, renderer: Any) -> None:
    """Take words away from a text's end until it is no wider than so many pixels."""
    whole = text.get_text()
    left = len(whole)
    while left > 1 and text.get_window_extent(renderer).width > width:
        left = min(left - 1, int(left * width / text.get_window_extent(renderer).width))
        text.set_text(whole[: max(left, 1)].rstrip() + "…")


@cache
def figure_class() -> type[Figure]:
    """A Figure that keeps its pixels, whether pyplot was ever imported or not.

    Jupyter's inline backend would crop it (bbox_inches="tight") and so shift the crops at 100 %;
    it is shown as the PNG that ``savefig`` would write, and a person's settings for saving do not
    count. Saved at another dpi than its own, a picture is resized as a whole.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    class Sheet(Figure):
        def savefig(self, fname: Any, **how: Any) -> None:
            # Its pictures are pixels of its own dpi: at another one they would lie elsewhere.
            dpi, how = how.pop("dpi", self.dpi), {"facecolor": self.get_facecolor(), **how}
            kind = str(how.get("format") or Path(str(fname)).suffix.lstrip(".") or "png").lower()
            with rc_context({"savefig.bbox": None, "savefig.pad_inches": 0}):
                if dpi in (self.dpi, "figure") or kind not in _RASTER:
                    super().savefig(fname, dpi=self.dpi, **how)
                    return
            page = Image.open(io.BytesIO(png_of(self))).convert("RGB")
            size = [max(1, round(side * dpi / self.dpi)) for side in page.size]
            resized = page.resize((size[0], size[1]), Image.Resampling.LANCZOS)
            resized.save(fname, format=_RASTER[kind], dpi=(dpi, dpi))

        def _ipython_display_(self) -> None:
            from IPython.display import Image as Shown
            from IPython.display import display

            # Printed pages are shown at the size of a screen's page.
            wide = round(self.get_size_inches()[0] * min(self.dpi, DPI))
            display(Shown(png_of(self), format="png", width=wide))

    return Sheet


def png_of(figure: Figure) -> bytes:
    """A page as the bytes of a PNG, pixel for pixel."""
    target = io.BytesIO()
    figure.savefig(target, format="png")
    return target.getvalue()


def fitted(shape: tuple[int, int], width: int, height: float | None = None) -> tuple[int, int]:
    """(width, height) of a picture of (H, W) that fills a panel; 1.25 × as high as wide at most."""
    rows, columns = shape
    scale = min(width / columns, (1.25 * width if height is None else height) / rows)
    return max(1, round(columns * scale)), max(1, round(rows * scale))


def resized(picture: np.ndarray, size: tuple[int, int], flat: bool = False) -> np.ndarray:
    """An array at another (width, height): averaged where it shrinks, square pixels where it grows.

    Args:
        picture: (h, w) or (h, w, 3). flat: take one pixel for each even where it shrinks.
    """
    grows = size[0] >= picture.shape[1] and size[1] >= picture.shape[0]
    way = cv2.INTER_NEAREST if grows or flat else cv2.INTER_AREA
    return cv2.resize(np.ascontiguousarray(picture), size, interpolation=way)
