"""Two results side by side: of two settings, two sessions, two models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ArrayError
from .crops import busiest, places
from .cut import Cut, cut
from .grounds import behind, label
from .page import GAP, MARGIN, NEAR, Page, fitted, resized

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAME, WENT = (0, 114, 178), (213, 94, 0)
"""Blue and vermillion: told apart by colour-blind people too."""

_PANEL = 496  # pixels, three of them fill the page
_CROP = 292  # pixels of a crop at 100 %, five of them
_SEEN = 1 / 255  # of alpha


def compare(
    first: Any,
    second: Any,
    *,
    names: tuple[str, str] = ("First", "Second"),
    ground: Any = "white",
    title: str | None = None,
) -> Figure:
    """Two results side by side, what lies between them, and at 100 % where they differ most.

    Two settings of one session: ``before = views.cut(session)``, change something, then
    ``views.compare(before, session)``; or ``views.cut(session, at=3)`` for after three edits.

    Args:
        first, second: what ``cut`` takes; arrays as ``views.cut(photo, alpha)``. Of one size.
        names: of the two.
        ground: what both are on, as ``backgrounds`` takes.
        title: above; None for the photo's name.

    Returns:
        a matplotlib Figure.

    Raises:
        What ``cut`` and ``backgrounds`` raise. ArrayError: the two are not of one size.
    """
    a, b = both(first, second)
    came, went = (float(np.clip(s * (b.alpha - a.alpha), 0, None).sum()) for s in (1, -1))
    page = Page()
    said = f"From {names[0]} to {names[1]}: {came:,.0f} px of opacity came, {went:,.0f} px went."
    page.heading(a.name if title is None else title, a.facts, said)
    size = fitted(a.shape, _PANEL, _PANEL)
    on = label(ground)
    panels = [
        (f"{name}, {on[0].lower()}{on[1:]}", small.on(behind(ground, one, small.shape)))
        for name, one in zip(names, (a, b), strict=True)
        for small in (one.reduced(size),)
    ]
    panels.append(("Came (blue), went (orange)", signed(resized(b.alpha - a.alpha, size))))
    page.grid(panels, 3, _PANEL, a.box)
    moved = np.abs(b.alpha - a.alpha)
    moved[moved < _SEEN] = 0
    corners = busiest(moved, _CROP // 2, 5) if moved.any() else places(a.alpha, _CROP // 2)
    if not corners:
        return page.figure()
    where = "where they differ most" if moved.any() else "the alphas are the same"
    page.section("At 100 %", f"{where}: {names[0]}, {names[1]}, and what came and went")
    height, width = a.shape
    down = page.y
    for n, (left, top) in enumerate(corners):
        left = min(max(0, left - _CROP // 4), max(0, width - _CROP))
        box = (left, top, min(left + _CROP, width), min(top + _CROP // 2, height))
        parts = a.part(box), b.part(box)
        shown = [
            one.on(behind(ground, w, one.shape, box)) for one, w in zip(parts, (a, b), strict=True)
        ]
        shown.append(signed(parts[1].alpha - parts[0].alpha))
        for number, picture in enumerate(shown):
            y = page.y + number * (_CROP // 2 + NEAR)
            page.put(picture, MARGIN + n * (_CROP + GAP), y, box)
            down = max(down, y + picture.shape[0])
    page.y = down + 12
    return page.figure()


def both(first: Any, second: Any) -> tuple[Cut, Cut]:
    """Two cut-outs of one size.

    Raises:
        What ``cut`` raises. ArrayError: of two sizes.
    """
    a, b = cut(first), cut(second)
    if a.shape != b.shape:
        raise ArrayError(f"expected two results of one size, got {a.facts} and {b.facts}")
    return a, b


def signed(difference: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8: what came in blue, what went in vermillion, on a pale ground.

    Args:
        difference: (h, w) float32 in [−1, 1].
    """
    # Even the faintest difference is to be seen.
    share = np.sqrt(np.clip(np.abs(difference), 0, 1))[..., None]
    tint = np.where((difference > 0)[..., None], np.array(CAME), np.array(WENT))
    return np.rint((1 - share) * 235 + share * tint).astype(np.uint8)
