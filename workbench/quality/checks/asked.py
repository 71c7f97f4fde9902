"""The matte against what was asked for: a box that reaches farther than what was found."""

from __future__ import annotations

import numpy as np

from ...coordinates import Box
from .observation import Observation, severity
from .sight import Sight

SHORT = 0.12
"""Share of the box's width or height that the matte falls short of it on a side."""

LEAST = 8
"""px of that at least."""

_THERE = 0.1  # of opacity


def short_of_box(sight: Sight) -> list[Observation]:
    """The box that was drawn reaches farther than what was found: a part may be missing there.

    Boxes are drawn about tight. On each side, from the box (of several: the one around all) to the
    nearest row or column within it where the alpha is above 0.1; from SHORT of the box's height or
    width and LEAST px on, the worst side alone. Measure: that share. No edit mends it: where the
    part is, only somebody who sees it can say.
    """
    if not sight.boxes:
        return []
    corners = np.array(sight.boxes, float)
    height, width = sight.shape
    x0, y0 = (max(0.0, float(v)) for v in corners[:, :2].min(axis=0))
    x1, y1 = min(width, float(corners[:, 2].max())), min(height, float(corners[:, 3].max()))
    if x1 - x0 < 1 or y1 - y0 < 1:
        return []
    top, left = int(y0), int(x0)
    there = sight.plane[top : int(np.ceil(y1)), left : int(np.ceil(x1))] > _THERE
    if not there.any():
        return []
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    low, high = float(top + rows[0]), float(top + rows[-1] + 1)
    near, far = float(left + columns[0]), float(left + columns[-1] + 1)
    sides: dict[str, tuple[float, float, Box]] = {
        "above": (low - y0, y1 - y0, (x0, y0, x1, low)),
        "below": (y1 - high, y1 - y0, (x0, high, x1, y1)),
        "on the left": (near - x0, x1 - x0, (x0, y0, near, y1)),
        "on the right": (x1 - far, x1 - x0, (far, y0, x1, y1)),
    }
    name, (gap, whole, place) = max(sides.items(), key=lambda one: one[1][0] / one[1][1])
    share = gap / whole
    if share < SHORT or gap < LEAST:
        return []
    return [Observation(
        "short_of_box", severity(share, SHORT / 2), place, share, "of the box",
        f"The box reaches {gap:.0f} px ({share:.0%} of it) farther than what was found {name}: if "
        "a part of the subject is missing there, click on it.",
    )]  # fmt: skip
