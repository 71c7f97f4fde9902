"""A subject that floats: the shadow that it stands in stayed behind in its photo."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Observation, Remedy, box_of, severity
from .sight import Sight

GROUNDED = 0.12
"""Darkness of the photo's own shadow where the subject stands that must not be missing."""

STEPS_UP = 0.2
"""Of its light that the ground gains from beneath the subject outwards, as a median of columns,
from which on that is a shadow's rim; three quarters of the columns must reach 0.15."""

TINT = 0.15
"""How far the two colours may differ otherwise than in brightness, in parts of the lit one."""

_THREE_QUARTERS = 0.15
_STRIP = 0.04  # of the subject's height, beneath its foot
_FOOT = 0.06  # of its height: the columns that it stands on end so near its lowest pixel
_UNIT = 0.02  # of its height, 4 px at least: what the rim is looked for in
_PLACES = np.arange(1.5, 6.01, 0.5)  # units below the foot, where the rim may be
_RIM = 0.6  # units to either side of that which are left out: it is soft
_WINDOW = 1.5  # units that are averaged over on either side
_BLACK = 0.02  # sRGB


def floating(sight: Sight) -> list[Observation]:
    """No contact shadow under a subject on a new background, though its photo has one.

    In the strip right beneath the subject's foot (the lowest 15 % of its outline, downwards by 4 %
    of its height) the photo's own shadow is at least GROUNDED dark, and of that less than half goes
    along. How dark it is, is the larger of two: what the workbench would lift; and, where the
    ground is too motley for that, the step in light from the ground at the foot to the same ground
    a little farther down, column by column (``_step``). Measure: what is missing, 0 to 1. Only with
    a background; a subject that the frame cuts below does not stand.
    """
    if sight.background is None or sight.make_shadow is None:
        return []
    solid = sight.plane > 0.5
    rows = np.flatnonzero(solid.any(axis=1))
    if not rows.size or rows[-1] >= sight.shape[0] - 2:
        return []
    high = int(rows[-1] - rows[0] + 1)
    reach = max(4, round(_STRIP * high))
    kernel = np.zeros((2 * reach + 1, 1), np.uint8)
    kernel[: reach + 1] = 1
    beneath = cv2.dilate(solid.astype(np.uint8), kernel).astype(bool) & (sight.plane < 0.05)
    beneath[: rows[-1] - round(0.15 * high)] = False
    if not beneath.any():
        return []
    own = sight.make_shadow()
    lifted = 0.0 if own is None else float(own[beneath].mean())
    with_it = 0.0 if sight.shade is None else float(sight.shade[beneath].mean())
    ways = ((lifted, with_it), _step(sight, solid, int(rows[-1]), high))
    missed = [one for one in ways if one[0] >= GROUNDED and one[1] < 0.5 * one[0]]
    if not missed:
        return []
    there, kept = max(missed, key=lambda one: one[0] - one[1])
    ys, xs = np.nonzero(beneath)
    said = (
        f"In its photo the subject stands in a shadow ({there:.0%} dark beneath it); on the new "
        "background it has none and floats."
    )
    remedy: tuple[Remedy, ...] = (Remedy("shadow", {"mode": "keep"}),)
    if lifted < 0.5 * there:
        said += " The ground is too motley for it to be told: paint where the shadow is."
        remedy = ()
    return [Observation(
        "floating", severity(there - kept, GROUNDED / 2), box_of(xs, ys, sight.shape), there - kept,
        "of the light", said, remedy,
    )]  # fmt: skip


def _step(sight: Sight, solid: np.ndarray, foot: int, high: int) -> tuple[float, float]:
    """How much darker the ground is at the foot than beyond the rim of a shadow, 0 where there is
    no such rim, and how dark the shadow is there that goes along.

    Each column is compared with itself, above and below a place that is the same for all: a ground
    of many colours changes from column to column, and a shadow takes the same share of each colour.
    Of the places in ``_PLACES`` the one counts where three quarters of the columns differ most.

    Args:
        solid: (H, W) bool, the subject. foot: its lowest row. high: its height, px.
    """
    low = foot - max(4, round(_FOOT * high))
    columns = np.flatnonzero(solid[low:].any(axis=0))
    ends = solid.shape[0] - solid[::-1, columns].argmax(axis=0)  # the first row below each
    unit = max(4.0, _UNIT * high)
    down = np.arange(round((_PLACES[-1] + _RIM + _WINDOW) * unit) + 1)
    rows = ends[:, None] + down
    clear = rows < solid.shape[0]
    rows = np.minimum(rows, solid.shape[0] - 1)
    clear &= (sight.plane[rows, columns[:, None]] < 0.02) & (down >= 2)
    soft = cv2.GaussianBlur(sight.photo, (0, 0), 1.0)
    ground = np.maximum(soft[rows, columns[:, None]], _BLACK) * clear[..., None]
    shade = None if sight.shade is None else sight.shade[rows, columns[:, None]] * clear
    best = 0.0, 0.0
    for place in _PLACES:
        above, below = round((place - _RIM) * unit), round((place + _RIM) * unit)
        long = round(_WINDOW * unit)
        at, beyond = slice(max(2, above - long), above), slice(below, below + long)
        good = clear[:, at].any(axis=1) & clear[:, beyond].any(axis=1)
        if good.sum() < max(5, 0.5 * len(columns)):
            continue
        dark, lit = (
            ground[good, part].sum(axis=1) / clear[good, part].sum(axis=1)[:, None]
            for part in (at, beyond)
        )
        power = (lit**2).sum(axis=1)
        left = (dark * lit).sum(axis=1) / power
        tint = np.linalg.norm(dark - left[:, None] * lit, axis=1) / np.sqrt(power)
        most, middle = np.quantile(1 - left, (0.25, 0.5))
        if most >= _THREE_QUARTERS and middle >= STEPS_UP and np.median(tint) <= TINT:
            kept = 0.0 if shade is None else float(shade[good, at].sum() / clear[good, at].sum())
            best = max(best, (float(middle), kept))
    return best
