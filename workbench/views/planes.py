"""The parts of a matte one at a time: alpha under a contrast curve, the band, the colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import to_float, to_uint8
from ..compose import background
from .crops import busiest, places
from .cut import Cut, cut
from .drawn import BOTH_ENDS, alpha_curve, alpha_view, trimap_view
from .page import GAP, MARGIN, NEAR, Page, Panel, fitted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = 4
_PANEL = 368  # pixels: four of them fill the page
_CROP = 292  # pixels of a crop at 100 %, five of them
_EMPTY = 118  # the grey where there is nothing to be shown
_AMPLIFIED = 4  # times, of a difference of colours
_END = 0.05  # of alpha: what is nearer to 0 or 1 and neither is a fault that nobody sees

Look = tuple[str, Callable[[Cut], np.ndarray]]


def contrast(
    source: Any, alpha: Any = None, *, gamma: float = BOTH_ENDS, title: str | None = None
) -> Figure:
    """The alpha under contrast curves that show what is not quite 0 and not quite 1.

    Args:
        source, alpha: see ``cut``: a session, a subject, or arrays.
        gamma: of the curve that bends both ends, see ``alpha_curve``.
        title: above; None for the photo's name.

    Returns:
        a matplotlib Figure: the alpha as it is and under three curves, and at 100 % where most of
        what is nearly 0 or nearly 1 lies.

    Raises:
        What ``cut`` and ``alpha_curve`` raise.
    """
    whole = cut(source, alpha)
    alpha_curve(np.zeros((1, 1), np.float32), gamma)  # says what is wrong with it
    looks: list[Look] = [
        ("Alpha as it is", lambda one: alpha_view(one.alpha)),
        ("Both ends bent: veils in the black, holes in the white",
         lambda one: alpha_view(alpha_curve(one.alpha, gamma))),
        ("0–10 % as black to white: background that is left",
         lambda one: alpha_view(alpha_curve(one.alpha, 1, 0, 0.1))),
        ("90–100 % as black to white: a subject too thin",
         lambda one: alpha_view(alpha_curve(one.alpha, 1, 0.9, 1))),
    ]  # fmt: skip
    nearly = ((whole.alpha > 0) & (whole.alpha < _END)) | (
        (whole.alpha < 1) & (whole.alpha > 1 - _END)
    )
    share = float(nearly.mean())
    return _figure(
        whole, title,
        f"{share:.2%} of the photo is within {_END:.0%} of 0 or of 1 and neither.",
        looks, looks[:2], busiest(nearly, _CROP // 2, 5),
    )  # fmt: skip


def band(
    source: Any, alpha: Any = None, foreground: Any = None, trimap: Any = None, *,
    title: str | None = None,
) -> Figure:  # fmt: skip
    """The band alone: what is neither surely subject nor surely background, and nothing else.

    Args:
        source, alpha, foreground, trimap: see ``cut``: a session, a subject, or arrays.
        title: above; None for the photo's name.

    Returns:
        a matplotlib Figure.

    Raises:
        What ``cut`` raises.
    """
    whole = cut(source, alpha, foreground, trimap)

    def only(picture: Callable[[Cut], np.ndarray]) -> Callable[[Cut], np.ndarray]:
        return lambda one: np.where(one.band[..., None], picture(one), np.uint8(_EMPTY))

    photo, opacity = only(lambda one: to_uint8(one.image)), only(lambda one: alpha_view(one.alpha))
    looks: list[Look] = [
        ("The photo in the band", photo),
        ("The alpha in the band", opacity),
        ("The cut-out in the band, on magenta",
         only(lambda one: one.on(background.background("magenta", one.shape)))),
    ]  # fmt: skip
    if whole.trimap is not None:
        looks.append(("Trimap: the band in blue",
                      lambda one: trimap_view(to_uint8(one.image), one.trimap)))  # fmt: skip
    share = float(whole.band.mean())
    what = "the trimap left unknown" if whole.trimap is not None else "is neither 0 nor 1"
    return _figure(
        whole, title, f"The band is what {what}: {share:.1%} of the photo. The rest is grey.",
        looks, looks[:2], places(whole.alpha, _CROP // 2),
    )  # fmt: skip


def colours(
    source: Any, alpha: Any = None, foreground: Any = None, *, title: str | None = None
) -> Figure:
    """The foreground colours alone, as if all that is not quite clear were opaque.

    Where the old background is still in them, it shows as a rim of its hue.

    Args:
        source, alpha, foreground: see ``cut``: a session, a subject, or arrays.
        title: above; None for the photo's name.

    Returns:
        a matplotlib Figure.

    Raises:
        What ``cut`` raises.
    """
    whole = cut(source, alpha, foreground)

    def seen(picture: Callable[[Cut], np.ndarray]) -> Callable[[Cut], np.ndarray]:
        return lambda one: np.where(one.alpha[..., None] > 0, picture(one), np.uint8(_EMPTY))

    def moved(one: Cut) -> np.ndarray:
        change = (to_float(one.foreground) - to_float(one.image)) * (one.alpha[..., None] > 0)
        return to_uint8(np.clip(0.5 + _AMPLIFIED * change, 0, 1))

    looks: list[Look] = [
        ("The photo", lambda one: to_uint8(one.image)),
        ("The photo where alpha is not 0", seen(lambda one: to_uint8(one.image))),
        ("The foreground colours there", seen(lambda one: to_uint8(one.foreground))),
        (f"What became of the colours, {_AMPLIFIED} ×, about grey", moved),
    ]
    return _figure(
        whole, title, "All that is not quite clear is shown opaque. Grey: alpha is 0.",
        looks, looks[1:3], places(whole.alpha, _CROP // 2),
    )  # fmt: skip


def _figure(
    whole: Cut, title: str | None, note: str, looks: Sequence[Look], close: Sequence[Look],
    corners: Sequence[tuple[int, int]],
) -> Figure:  # fmt: skip
    """Reduced pictures in a row, then some of them at 100 %, one above the other at each place.

    Args:
        corners: (left, top) of squares half as wide as a crop; the crop goes on to both sides.
    """
    page = Page()
    page.heading(whole.name if title is None else title, whole.facts, note)
    small = whole.reduced(fitted(whole.shape, _PANEL))
    panels: list[Panel] = [(words, look(small)) for words, look in looks]
    page.grid(panels, _COLUMNS, _PANEL, whole.box)
    if not corners:
        return page.figure()
    page.section("At 100 %", "; below: ".join(words for words, _ in close))
    height, width = whole.shape
    down = 0
    for n, (left, top) in enumerate(corners):
        left = min(max(0, left - _CROP // 4), max(0, width - _CROP))
        box = (left, top, min(left + _CROP, width), min(top + _CROP // 2, height))
        part = whole.part(box)
        for number, (_, look) in enumerate(close):
            y = page.y + number * (_CROP // 2 + NEAR)
            page.put(look(part), MARGIN + n * (_CROP + GAP), y, box)
            down = max(down, y + part.shape[0])
    page.y = down + 12
    return page.figure()
