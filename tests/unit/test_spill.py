"""A screen's light taken off the subject's colours, by a setting and without a key."""

from __future__ import annotations

import numpy as np
import pytest

import workbench as wb
from workbench.errors import EditError
from workbench.widgets.app import Workbench


@pytest.fixture
def lit():
    """A grey disc that a green screen throws its light on."""
    y, x = np.mgrid[0:96, 0:128] + 0.5
    mask = np.clip(30.5 - np.hypot(x - 64, y - 48), 0, 1).astype(np.float32)[..., None]
    front = np.array([120, 120, 120]) + 0.25 * np.array([0, 177, 64])
    photo = mask * front + (1 - mask) * np.array([10, 180, 70])
    session = wb.open((photo + 0.5).astype(np.uint8), "grabcut", journal=False)
    session.subject().load_mask(np.ascontiguousarray(mask[..., 0] >= 0.5).astype(np.float32))
    return session


def green(session, at=np.s_[40:56, 50:78]):
    colours = session.foreground()[at]
    return float((colours[..., 1] - colours[..., [0, 2]].mean(axis=-1)).mean())


def test_a_screens_light_goes_when_it_is_asked_for_and_comes_back_to_the_bit(lit, tmp_path):
    subject, before, alpha = lit.subject(), lit.foreground(), lit.alpha()
    thrown = green(lit)
    assert thrown > 0.1
    subject.decontaminate(spill="green")
    assert abs(green(lit)) < 0.02 and np.array_equal(lit.alpha(), alpha)
    assert "green spill off" in lit.history()[-1].words
    assert green(wb.load(lit.save(tmp_path / "a.mws"))) == green(lit)
    subject.decontaminate(spill_amount=0.5)
    assert 0.3 * thrown < green(lit) < 0.7 * thrown
    subject.decontaminate(spill="blue", spill_amount=1)
    assert green(lit) > 0.9 * thrown
    subject.decontaminate(spill="#00b140")
    assert abs(green(lit)) < 0.02
    subject.decontaminate(spill="")
    assert np.array_equal(lit.foreground(), before)


def test_a_pass_has_a_screen_of_its_own(lit):
    left = [(0, 0), (64, 0), (64, 96), (0, 96)]
    lit.subject().add_pass(left, seam=2, always=True).decontaminate(spill="green")
    assert green(lit, np.s_[40:56, 45:60]) < 0.02
    assert green(lit, np.s_[40:56, 68:84]) > 0.1


def test_what_is_no_screen_is_refused(lit):
    edits = lit.edits
    with pytest.raises(EditError, match="expected a colour such as"):
        lit.subject().decontaminate(spill="grean")
    with pytest.raises(EditError, match="how much of a screen's light"):
        lit.subject().decontaminate(spill_amount=2)
    assert lit.edits == edits


def test_the_panel_offers_screens_and_the_colour_taken(lit):
    app = Workbench(lit, 320, 240)
    try:
        chosen = app._matte._spill
        assert chosen.value == "" and {"green", "blue"} <= {value for _, value in chosen.options}
        chosen.value = "green"
        assert lit.subject().settings.spill == "green"
        app.controller.colour = "#10b450"
        app._on_colour()
        chosen.value = "#10b450"
        assert lit.subject().settings.spill == "#10b450"
        app.controller.colour = "#000000"
        app._on_colour()
        assert chosen.value == "#10b450"
    finally:
        app.close()
