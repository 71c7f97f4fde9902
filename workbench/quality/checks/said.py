"""What a person painted is not for a check to take back, nor what belongs to another subject."""

from __future__ import annotations

import cv2
import numpy as np

from .observation import Observation
from .sight import Sight

CONTRARY = 0.5
"""Share of a remedy's strokes over paint of the contrary from which on it is not said."""

_SURE = 0.5  # of what was painted, either way


def taken_back(sight: Sight, seen: Observation) -> bool:
    """Whether what would mend this is to paint over what a person just painted the other way, or
    to paint in what another subject covers.

    A hole that was painted out, or an island that was painted in, is wanted, whatever the photo
    shows there; and the stripes of a vase are no thin parts of what stands behind it.
    """
    strokes = [dict(one.values) for one in seen.remedy if one.kind == "paint"]
    if not strokes or sight.decided is None:
        return False
    over = contrary = 0
    for stroke in strokes:
        line = np.array(stroke["points"], float).reshape(-1, 2)
        size = max(1, round(stroke["size"]))
        low = np.clip(np.floor(line.min(axis=0) - size), 0, None).astype(int)
        high = np.ceil(line.max(axis=0) + size).astype(int) + 1
        there = sight.decided[low[1] : high[1], low[0] : high[0]]
        if not there.size:
            continue
        drawn = np.zeros(there.shape, np.uint8)
        at = np.round((line - low - 0.5) * 16).astype(np.int32)
        cv2.polylines(drawn, [at], False, 1, size, cv2.LINE_8, 4)
        said = there[drawn > 0] * (-1 if stroke["keep"] else 1)
        over, contrary = over + said.size, contrary + int((said > _SURE).sum())
    return over > 0 and contrary >= CONTRARY * over
