"""An outline beside the subject's own: the photo has no edge where it runs, but one along it."""

from __future__ import annotations

import cv2
import numpy as np

from .judged import Judge
from .observation import Observation, box_of, severity
from .outline import Outline, bridged, running, stretches
from .sight import Sight
from .strokes import along

STEP = 0.12
"""Distance in sRGB from one side of the edge beside to the other, at least."""

LENGTH = 24
"""Points of the outline in a row."""

JUDGE = Judge(
    {"gradient": -2.099, "beside": 1.311, "sure": -1.22, "step": 0.456, "usual": -0.278},
    bias=2.133, sure=2.75,
)  # fmt: skip
"""Of ``edges_across``'s measures."""

_FAR = 18  # px to either side that an edge is looked for
_NEAR = 3  # px: nearer than that it is the outline's own
_SIDE = 3  # px to either side of an edge whose colours are compared
_TAPS = np.arange(-_FAR - _SIDE, _FAR + _SIDE + 1).astype(np.float32)
_MEAN = 25  # points that are averaged over: what does not run along the outline is lost in it
_LITTLE = 0.01  # of sRGB: added to what is divided by, or has its logarithm taken
_GAP = 6  # points in a row that may be otherwise: texture crosses the outline somewhere
_MOST = 3


def off_edge(sight: Sight) -> list[Observation]:
    """The outline runs where the photo has no edge, and one runs along it near by.

    What ``edges_across`` measures is judged together (``JUDGE``) along LENGTH points, gaps of _GAP
    points bridged, where the edge beside is STEP and more and the alpha is 0.1 at most 8 px outside
    and 0.9 at least 8 px inside. Measure: the distance to that edge, px.
    """
    outline = sight.outline
    if outline is None:
        return []
    measures, place, strong = edges_across(sight, outline)
    flagged = (JUDGE(measures) >= 0) & (strong >= STEP)
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


def edges_across(
    sight: Sight, outline: Outline
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """The outline's own edge in the photo, and the strongest from 4 to 18 px to either side.

    The step at a place across is how far the 3 px inside of it are from the 3 px outside in colour,
    as a mean over _MEAN points along the outline; the gradient, in sRGB a pixel, is each point's by
    itself, and only then averaged: texture has one, and no step. All are (n,) logarithms:

    - ``gradient``: at the outline, the steepest within 1 px, by the median of 3 to 8 px off;
    - ``beside``: that of the edge beside it, by the same;
    - ``sure``: the outline's own step by how much it varies along it;
    - ``step``: the step of the edge beside;
    - ``usual``: the same by what is usual of this outline's own steps (the median).

    Returns:
        These; where the edge beside is, px, inside positive; and its step in sRGB.
    """
    lines, colours = outline.lines, outline.sample(sight.photo, _TAPS)
    everywhere = np.ones(len(lines), bool)

    def mean(values: np.ndarray) -> np.ndarray:
        return running(values, everywhere, lines, _MEAN)[0]

    steps = _steps(colours)
    at = np.arange(-_FAR, _FAR + 1)
    average, own_at = mean(steps), np.abs(at) <= 1
    step = np.linalg.norm(average, axis=2)
    own = cv2.blur(step, (3, 1))[:, own_at].max(axis=1)
    vary = mean((steps[:, own_at] ** 2).sum(axis=2)) - step[:, own_at] ** 2
    vary = np.sqrt(np.maximum(vary.mean(axis=1), 0))
    beside = np.where(np.abs(at) > _NEAR, step, 0)
    nth = beside.argmax(axis=1)
    strong = beside.max(axis=1)
    gradient = np.linalg.norm(colours[:, 2:] - colours[:, :-2], axis=2) / 2
    near = np.abs(_TAPS[1:-1])
    ground = _log(mean(np.median(gradient[:, (near >= _NEAR) & (near <= 8)], axis=1)))
    there = gradient[np.arange(len(lines)), nth + _SIDE - 1]
    measures = {
        "gradient": _log(mean(gradient[:, near <= 1].max(axis=1))) - ground,
        "beside": _log(mean(there)) - ground,
        "sure": _log(own / (vary + _LITTLE)),
        "step": _log(strong),
        "usual": _log(strong) - _log(np.median(own)),
    }
    return measures, at[nth].astype(np.float32), strong


def _log(values: np.ndarray) -> np.ndarray:
    return np.log(values + _LITTLE)


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
    """(n, 2 · _FAR + 1, 3): the step in colour at each place across, of (n, T, 3) at ``_TAPS``."""
    total = np.cumsum(np.pad(colours, ((0, 0), (1, 0), (0, 0))), axis=1)
    mean = (total[:, _SIDE:] - total[:, :-_SIDE]) / _SIDE  # of each tap and the two after
    return np.asarray(mean[:, _SIDE + 1 :] - mean[:, : -_SIDE - 1])
