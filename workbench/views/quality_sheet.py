"""The sheet that shows a matte honestly: many backgrounds, and the edge at 100 %."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ..arrays import to_uint8
from ..compose import background
from .crops import places
from .cut import Cut, cut
from .drawn import alpha_view, outline, trimap_view
from .grounds import at_its_size, label
from .page import GAP, MARGIN, NEAR, Page, Panel, fitted, png_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = 5
_PANEL = 292  # figure pixels, width of a panel
CROP = (_PANEL - NEAR) // 2
"""Image pixels a side of a crop at 100 %."""

_CROP_GROUNDS = ("white", "black", "green", "photo")


def sheet(
    source: Any, alpha: Any = None, foreground: Any = None, trimap: Any = None, title: str = ""
) -> Figure:
    """A contact sheet: the matte, the cut-out on seven backgrounds, and its edge at 100 %.

    Two rows of reduced pictures, then a row of places spread along the edge where the band is
    widest, each on four backgrounds. In that row one image pixel is one pixel of the sheet when it
    is saved at its own dpi (100), as ``sheet_png`` does.

    Args:
        source, alpha, foreground, trimap: see ``cut``: a session, a subject, or arrays. Arrays
            without a trimap have no panel of it.
        title: a line above, or "".

    Returns:
        a matplotlib Figure, on an Agg canvas; a notebook shows it pixel for pixel.

    Raises:
        What ``cut`` raises.
    """
    whole = cut(source, alpha, foreground, trimap)
    page = Page()
    if title:
        page.heading(title, whole.facts)
    page.grid(_panels(whole), _COLUMNS, _PANEL, whole.box)
    corners = places(whole.alpha, CROP)
    if corners:
        page.y += 6
        page.section(
            "The edge at 100 %",
            "one image pixel is one pixel here; each place on white, black, green and a photo",
        )
    for index, (left, top) in enumerate(corners):
        x = MARGIN + index * (_PANEL + GAP)
        height, width = whole.shape
        box = (left, top, min(left + CROP, width), min(top + CROP, height))
        part = whole.part(box)
        for number, ground in enumerate(_CROP_GROUNDS):
            page.put(
                part.on(at_its_size(ground, part.shape)),
                x + number % 2 * (CROP + NEAR),
                page.y + number // 2 * (CROP + NEAR),
                box,
            )
    if corners:
        page.y += 2 * CROP + NEAR + 12
    return page.figure()


def sheet_png(
    source: Any, alpha: Any = None, foreground: Any = None, trimap: Any = None, title: str = ""
) -> bytes:
    """``sheet`` as the bytes of a PNG, its crops pixel for pixel.

    Args, Raises: as ``sheet``.
    """
    return png_of(sheet(source, alpha, foreground, trimap, title))


def traced(small: Cut) -> np.ndarray:
    """(h, w, 3) uint8: the photo with the outline in white between black."""
    line = outline(small.alpha)
    picture = to_uint8(small.image).copy()
    picture[cv2.dilate(line.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = (20, 20, 20)
    picture[line] = (255, 255, 255)
    return picture


def _panels(whole: Cut) -> list[Panel]:
    """Name and (h, w, 3) uint8 picture of each reduced panel, all of one size."""
    small = whole.reduced(fitted(whole.shape, _PANEL))
    panels = [("Photo, outlined", traced(small)), ("Alpha", alpha_view(small.alpha))]
    if small.trimap is not None:
        panels.append(("Trimap: the band in blue", trimap_view(small.image, small.trimap)))
    for name in background.background_names():
        panels.append((label(name), small.on(background.background(name, small.shape))))
    return panels
