"""A click that makes the mask collapse: when it is said and what would mend it."""

from __future__ import annotations

import numpy as np
import pytest

from workbench import edits as e
from workbench.coordinates import Frame
from workbench.quality.collapse import collapsed

SHAPE = (128, 256)


def box(x0, y0, x1, y1, size=SHAPE, low=-5.0):
    logits = np.full(size, low, np.float32)
    logits[y0:y1, x0:x1] = 5
    return logits


def check(before, after, frame=None):
    whole = Frame.whole(SHAPE)
    return collapsed((before, whole), (after, frame or whole), SHAPE, "c1")


def test_what_is_lost_is_measured_placed_and_can_be_taken_back():
    found = check(box(40, 20, 140, 100), box(40, 20, 60, 100))
    assert found.code == "mask_collapsed"
    assert found.measure == pytest.approx(0.2) and found.severity == pytest.approx(0.8)
    assert found.box == (60, 20, 140, 100)
    assert found.remedy[0].edit_id == "c1" and isinstance(found.remedy[0], e.Retract)
    assert "20%" in found.why and str(found) == found.why


@pytest.mark.parametrize(
    "after",
    [
        box(40, 20, 95, 100),  # 55 % are left
        box(150, 20, 250, 100),  # elsewhere, and as large: another subject, not a collapse
        box(40, 20, 140, 100),
        box(0, 0, 256, 128),
    ],
)
def test_other_changes_are_no_collapse(after):
    assert check(box(40, 20, 140, 100), after) is None


def test_nothing_before_cannot_collapse_and_frames_are_laid_on_the_photo():
    nothing = np.full(SHAPE, -5, np.float32)
    assert check(nothing, nothing) is None
    assert check(box(40, 20, 140, 100), nothing).measure == 0
    # The same mask on a grid of its own: a part of the photo, twice as fine.
    part = np.full((160, 200), 5, np.float32)
    assert check(box(40, 20, 140, 100), part, Frame(40, 20, 140, 100)) is None
