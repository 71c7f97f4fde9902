"""An outline beside the subject's own: the photo has no edge where it runs, but one along it."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Observation, box_of, severity
from .outline import Outline, bridged, stretches
from .sight import Sight
from .strokes import along

NO_EDGE = 0.4
"""Of the step in colour at the edge beside it, below which the outline's own is none."""

FAINT = 0.12, 0.2
"""Distance in sRGB from one side of the outline to the other that a person sees as an edge; and the
share of a much stronger edge beside it that is lost in a thing's own texture."""

STEP = 0.15
"""Distance in sRGB from one side of that edge to the other, at least."""

LENGTH = 30
"""Points of the outline in a row."""

_FAR = 20  # px to either side that an edge is looked for
_NEAR = 3  # px: nearer than that it is the outline's own
_SIDE = 3  # px to either side of an edge whose colours are compared
_TAPS = np.arange(-_FAR - _SIDE, _FAR + _SIDE + 1).astype(np.float32)
_MEAN = 21  # points that are averaged over: what does not run along the outline is lost in it
_GAP = 6  # points in a row that may be otherwise: texture crosses the outline somewhere
_JUMP = 3.0  # px from point to point that the edge beside it may jump
_MOST = 3


def off_edge(sight: Sight) -> list[Observation]:
    """The outline runs where the photo has no edge, and a strong one runs along it near by.

    Across the outline, as means over 15 points: the step in colour at a place is how far the mean
    of the 3 px inside of it is from that of the 3 px outside. The strongest step from 4 to 20 px
    off must be STEP and more, the outline's own (2 px off at most,
    the mean of three places) less than NO_EDGE times that and than FAINT (the larger of the two),
    along LENGTH points, gaps of _GAP points bridged, with that edge at much the same distance,
    where the alpha is 0.1 at most 8 px outside and 0.9 at least 8 px inside. Measure: the distance,
    px.
    """
    outline = sight.outline
    if outline is None:
        return []
    step = _steps(_averaged(outline.sample(sight.photo, _TAPS), outline.lines))
    at = np.arange(-_FAR, _FAR + 1)
    own = cv2.blur(step, (3, 1))[:, np.abs(at) < _NEAR - 1].max(axis=1)
    beside = np.where(np.abs(at) > _NEAR, step, 0)
    place = at[beside.argmax(axis=1)].astype(np.float32)
    strong = beside.max(axis=1)
    faint = np.maximum(FAINT[0], FAINT[1] * strong)
    flagged = (strong >= STEP) & (own < np.minimum(NO_EDGE * strong, faint))
    flagged &= np.abs(place - np.roll(place, 1)) <= _JUMP
    # What the alpha itself leaves open, a drop shadow or a glow, has no edge and needs none.
    flagged &= (outline.alpha[:, -1] > 0.9) & (outline.alpha[:, 0] < 0.1)
    flagged = bridged(flagged, outline.lines, _GAP)
    found = []
    for run in stretches(flagged, outline.lines)[:_MOST]:
        if run.stop - run.start < LENGTH:
            break
        off = float(np.median(place[run]))
        found.append(_said(sight, outline, run, off))
    return found


def _said(sight: Sight, outline: Outline, run: slice, off: float) -> Observation:
    middle = outline.points[run] + off / 2 * outline.normals[run]
    away, side = abs(off), "inside" if off > 0 else "outside"
    words = "background is kept" if off > 0 else "the subject is cut"
    both = np.concatenate([outline.points[run], middle + off / 2 * outline.normals[run]])
    return Observation(
        "off_edge", severity(away, _NEAR / 2), box_of(both[:, 0], both[:, 1], sight.shape, 3),
        away, "px", f"The outline runs where the photo has no edge; a strong one runs along it "
        f"{away:.0f} px {side}: {words} between the two.", along(middle, away + 4),
    )  # fmt: skip


def _steps(colours: np.ndarray) -> np.ndarray:
    """(n, 2 · _FAR + 1): the step in colour at each place across, of (n, T, 3) at ``_TAPS``."""
    total = np.cumsum(np.pad(colours, ((0, 0), (1, 0), (0, 0))), axis=1)
    mean = (total[:, _SIDE:] - total[:, :-_SIDE]) / _SIDE  # of each tap and the two after
    return np.linalg.norm(mean[:, _SIDE + 1 :] - mean[:, : -_SIDE - 1], axis=2)


def _averaged(colours: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """(n, T, 3) as means over _MEAN neighbouring points of the same closed line."""
    made = np.empty_like(colours)
    for line in np.unique(lines):
        here = np.flatnonzero(lines == line)
        around = np.take(here, np.arange(-_MEAN, len(here) + _MEAN), mode="wrap")
        made[here] = cv2.blur(colours[around], (1, _MEAN))[_MEAN:-_MEAN]
    return made
