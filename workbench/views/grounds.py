"""What a cut-out is looked at on, and the figure that shows it on all of it at once."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ..arrays import to_float
from ..compose import background
from ..coordinates import Box
from ..errors import InputError
from .cut import Cut, cut
from .page import MARGIN, WIDTH, Page, fitted, resized

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HUES = {
    "light grey": "#c0c0c0",
    "dark grey": "#404040",
    "red": "#e01010",
    "blue": "#1030e0",
    "yellow": "#ffd800",
    "cyan": "#00c8e0",
}
"""Besides those of ``compose.background``."""

GROUNDS = (
    "white", "light grey", "grey", "dark grey", "black", "red", "yellow", "green", "cyan", "blue",
    "magenta", "checkerboard", "blurred", "photo",
)  # fmt: skip
"""What ``backgrounds`` shows where nothing is said. A fringe is lost on the colour it has itself
and jumps at the eye on the opposite one: the saturated colours go once around the hues."""

_LABELS = {
    "photo": "On a photo",
    "checkerboard": "On a checkerboard",
    "blurred": "On its own, blurred",
}
_BLUR = 0.03  # of the photo's longer side: σ of its own background
_SMALL = 512  # pixels along the longer side that a blurred background is made from


def backgrounds(
    source: Any,
    alpha: Any = None,
    foreground: Any = None,
    *,
    grounds: Sequence[Any] = GROUNDS,
    box: Box | None = None,
    title: str | None = None,
) -> Figure:
    """The cut-out on many backgrounds at once, the same part of it in each.

    Args:
        source, alpha, foreground: see ``cut``: a session, a subject, or arrays.
        grounds: of these, in order: a name of ``GROUNDS``, a colour "#rrggbb", the path of a
            picture of yours, or a picture (H', W', 3). Pictures are scaled to cover and cut evenly.
        box: (x0, y0, x1, y1) in image pixels, the part that is shown; None for all. A part that
            fits is shown at 100 % or an even multiple of it, pixel for pixel.
        title: above; None for the photo's name.

    Returns:
        a matplotlib Figure, five panels a row.

    Raises:
        What ``cut`` raises. InputError: no grounds, or a box beside the photo. UnknownNameError,
        ImageError: a background that there is not, or that cannot be read.
    """
    whole = cut(source, alpha, foreground)
    if not len(grounds):
        raise InputError("expected at least one background, got none")
    columns = min(5, len(grounds))
    page = Page()
    panel = (WIDTH - 2 * MARGIN - 4 * 14) // 5
    seen, how = at_scale(whole, box, panel)
    page.heading(
        whole.name if title is None else title,
        whole.facts,
        f"The cut-out on {len(grounds)} backgrounds, {how}. Look for rims, halos and holes that "
        "show on some and hide on others.",
    )
    page.grid(
        [(label(g, n), seen.on(behind(g, whole, seen.shape, box))) for n, g in enumerate(grounds)],
        columns, panel, whole.box if box is None else whole.check_box(box),
    )  # fmt: skip
    return page.figure()


def at_scale(whole: Cut, box: Box | None, panel: int, tall: float = 1.25) -> tuple[Cut, str]:
    """A part of a cut-out at the size of a panel, and the scale in words.

    What is larger than the panel is averaged; what is smaller is enlarged a whole number of times,
    so that each of its pixels stays a square.
    """
    shown = whole if box is None else whole.part(whole.check_box(box))
    rows, columns = shown.shape
    times = int(min(panel / columns, tall * panel / rows))
    if times >= 1:
        times = min(times, 8)
        small = shown.reduced((columns * times, rows * times)) if times > 1 else shown
        return small, f"at {100 * times} %"
    size = fitted((rows, columns), panel, tall * panel)
    return shown.reduced(size), f"reduced to {size[0] / columns:.0%}"


def label(ground: Any, n: int = 0) -> str:
    """How a background is called under which a panel stands."""
    if not isinstance(ground, str | PathLike):
        return f"On your picture ({n + 1})"
    text = str(ground)
    if text in _LABELS:
        return _LABELS[text]
    known = text in background.background_names() or text in HUES or text.startswith("#")
    return f"On {text}" if known else f"On {Path(text).name}"


def behind(ground: Any, whole: Cut, shape: tuple[int, int], box: Box | None = None) -> np.ndarray:
    """(h, w, 3) float32 in [0, 1]: a background behind the cut-out, or behind a box of it.

    Args:
        ground: as ``backgrounds`` takes.
        whole: whose own background "blurred" is.
        shape: (h, w) wanted.
        box: of the photo, where a part is shown.
    """
    if isinstance(ground, str) and ground == "blurred":
        picture = own_background(whole)
        if box is not None:
            x0, y0, x1, y1 = whole.check_box(box)
            kx, ky = picture.shape[1] / whole.shape[1], picture.shape[0] / whole.shape[0]
            left, top = int(x0 * kx), int(y0 * ky)
            right, bottom = max(left + 1, round(x1 * kx)), max(top + 1, round(y1 * ky))
            picture = picture[top:bottom, left:right]
        return cv2.resize(picture, shape[::-1], interpolation=cv2.INTER_LINEAR)
    if isinstance(ground, str) and ground == "photo" and box is not None:
        return at_its_size(ground, shape)
    spec = HUES.get(ground, ground) if isinstance(ground, str) else ground
    return background.background(spec, shape)


def at_its_size(name: str, shape: tuple[int, int]) -> np.ndarray:
    """A crop's background, at 100 % too: a photo shrunk into so small a crop is a thumbnail."""
    if name != "photo" or max(shape) > 400:
        return background.background(name, shape)
    # The middle of the picture at about its own size, cut to the crop.
    whole = background.background(name, (400, 600))
    top, left = (400 - shape[0]) // 2, (600 - shape[1]) // 2
    return whole[top : top + shape[0], left : left + shape[1]]


def own_background(whole: Cut) -> np.ndarray:
    """(h, w, 3) float32: the photo's own background, blurred, the subject's place filled from it.

    Small: a blur needs no more. The subject is left out by weight (normalised convolution, Knutsson
    & Westin 1993) and its place is filled by ever wider blurs. Of a photo that is all subject it is
    the mean colour.
    """
    scale = min(1.0, _SMALL / max(whole.shape))
    size = max(1, round(whole.shape[1] * scale)), max(1, round(whole.shape[0] * scale))
    photo = to_float(resized(whole.image, size))
    # A pixel next to the edge holds some of the subject even where alpha says a little.
    clear = (resized(whole.alpha, size) < 0.02).astype(np.float32)
    sigma = max(1.0, _BLUR * max(size))
    filled = np.broadcast_to(photo.mean(axis=(0, 1)), photo.shape).astype(np.float32)
    if not clear.any():
        return filled
    widths = [sigma * 2**n for n in range(4, -1, -1)]
    for wide in widths:  # the widest first; where a narrower one knows more, it counts
        weight = cv2.GaussianBlur(clear, (0, 0), wide)[..., None]
        colour = cv2.GaussianBlur(photo * clear[..., None], (0, 0), wide)
        share = np.clip(weight / 0.1, 0, 1)
        filled = filled + share * (colour / np.maximum(weight, 1e-6) - filled)
    return np.clip(filled, 0, 1)
