"""What an edit did, in figures and as a picture."""

from __future__ import annotations

import io

import numpy as np
import pytest

from workbench.effects import effect, signed
from workbench.errors import ArrayError, EditError


def grey(value=0.5, shape=(40, 60)):
    return np.full((*shape, 3), value, np.float32)


def test_it_counts_what_came_and_what_went():
    before = np.zeros((40, 60), np.float32)
    before[10:20, 10:20] = 1
    after = before.copy()
    after[10:12, 10:20], after[30:32, 5:9] = 0, 0.5
    found = effect(grey(), (before, grey()), (after, grey()))
    assert (found.gained, found.lost, found.pixels, found.recoloured) == (4, 20, 28, 0)
    assert "28 pixels" in str(found)


def test_colour_counts_where_it_shows():
    alpha = np.zeros((40, 60), np.float32)
    alpha[:, :10] = 1
    found = effect(grey(), (alpha, grey(0.5)), (alpha, grey(0.7)))
    assert (found.pixels, found.recoloured) == (0, 400)
    assert found.colour == pytest.approx(51, abs=0.1)


def test_the_place_is_where_it_changed_most():
    before = np.zeros((900, 1400), np.float32)
    after = before.copy()
    after[700:720, 1200:1230] = 1
    after[5, 5] = 0.2
    shape = (900, 1400)
    x0, y0, x1, y1 = effect(grey(0.5, shape), (before, grey(0.5, shape)),
                            (after, grey(0.5, shape))).box  # fmt: skip
    assert x0 <= 1200 and y0 <= 700 and x1 >= 1230 and y1 >= 720
    assert (x1 - x0, y1 - y0) == (220, 220)


def test_nothing_changed_says_so():
    alpha = np.ones((40, 60), np.float32)
    found = effect(grey(), (alpha, grey()), (alpha, grey()), "Feather")
    assert found.box is None and str(found) == "Feather: nothing changed"
    assert found._repr_png_()[:4] == b"\x89PNG"


def test_blue_came_and_red_went():
    shown = signed(np.float32([[1, -1, 0]]))
    assert shown.tolist() == [[[0, 114, 178], [213, 94, 0], [235, 235, 235]]]


def test_of_a_session_it_is_the_edits_own(session):
    subject = session.subject().click(64, 48)
    subject.edges(feather=4)
    feathered = session.edits[-1]
    subject.decontaminate(0)
    last = session.effect()
    assert last.pixels == 0 and last.recoloured > 0 and "Decontaminate" in last.words
    found = session.effect(feathered)
    assert found.pixels > 100 and "feather 4" in found.words
    picture = found._repr_png_()
    from PIL import Image

    assert Image.open(io.BytesIO(picture)).width > 800
    with pytest.raises(EditError, match="expected an edit"):
        session.effect("nobody")


def test_other_sizes_are_refused():
    alpha = np.ones((40, 60), np.float32)
    with pytest.raises(ArrayError, match="expected"):
        effect(grey(), (alpha, grey(0.5, (10, 10))), (alpha, grey()))
