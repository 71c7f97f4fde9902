"""What the model and the solver said of their own work."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Observation, Remedy, setting, severity
from .sight import Sight

REACH = 5.0
"""px from the model's outline within which the matte may go its own way."""

AREA = 130
"""px² in one piece that the two must disagree on."""

_MOST = 5


def model_disagrees(sight: Sight) -> list[Observation]:
    """Places where the matte is opaque and the model says background, or the other way round.

    Connected pixels where |alpha − mask| > 0.5, farther than REACH from the model's outline.
    Measure: the area, px², from AREA on.
    """
    mask = sight.mask
    if mask is None:
        return []
    apart = np.abs(sight.plane - mask) > 0.5
    if int(apart.sum()) < AREA:
        return []
    inside = (mask >= 0.5).astype(np.uint8)
    away = np.maximum(
        cv2.distanceTransform(inside, cv2.DIST_L2, 3),
        cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3),
    )
    region = (apart & (away > REACH)).astype(np.uint8)
    number, labels, stats, _ = cv2.connectedComponentsWithStats(region, connectivity=8)
    found = []
    for n in range(1, number):
        x, y, w, h, area = (int(v) for v in stats[n])
        if area < AREA:
            continue
        first = np.flatnonzero(labels[y, x : x + w] == n)[0]
        more = bool(sight.plane[y, x + first] > 0.5)
        words = "keeps what the model calls background" if more else (
            "lacks what the model calls the subject")  # fmt: skip
        found.append(Observation(
            "model_disagrees", severity(area, AREA),
            (float(x), float(y), float(x + w), float(y + h)), float(area), "px²",
            f"The matte {words}, {area} px² of it. One of the two is wrong.", (Remedy("rerun"),),
        ))  # fmt: skip
    return sorted(found, key=lambda one: -one.measure)[:_MOST]


def trimap_repaired(sight: Sight) -> list[Observation]:
    """The trimap had no sure foreground or background and was repaired. Measure: repairs."""
    if not sight.notes:
        return []
    return [Observation(
        "trimap_repaired", 0.5, _whole(sight), float(len(sight.notes)), "repairs",
        " ".join(sight.notes),
    )]  # fmt: skip


def not_converged(sight: Sight) -> list[Observation]:
    """The solver ran out of steps; the alpha is the best that it had. Measure: 1."""
    if sight.converged:
        return []
    return [Observation(
        "not_converged", 0.5, _whole(sight), 1.0, "", "The solver ran out of steps: the alpha is "
        "the best that it had. A narrower band is easier.",
        (setting(radius=max(1.0, sight.in_force("radius") / 2)),) if sight.settings else (),
    )]  # fmt: skip


def _whole(sight: Sight) -> tuple[float, float, float, float]:
    return 0.0, 0.0, float(sight.shape[1]), float(sight.shape[0])
