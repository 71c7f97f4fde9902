"""Sliders: what they do shows while they are dragged, and a drag is one edit."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

import workbench as wb
from workbench.widgets.app import Workbench
from workbench.widgets.panels.live import Live


@pytest.fixture
def heard():
    return []


@pytest.fixture
def live(heard):
    return Live(lambda *one: heard.append(("try", *one)), lambda *one: heard.append(("set", *one)))


def test_a_drag_is_previewed_and_set_once_when_it_is_let_go(live, heard):
    async def drag():
        live.hold(True)
        live.moved("feather", 1)
        live.moved("feather", 2)
        await asyncio.sleep(0.4)  # a hand that rests with the button down has not let go
        live.moved("feather", 3)
        assert heard == [("try", "feather", v) for v in (1, 2, 3)]
        live.hold(False)
        live.moved("feather", 4)  # its last value was still on the way
        await asyncio.sleep(0.4)

    asyncio.run(drag())
    assert heard[3:] == [("try", "feather", 4), ("set", "feather", 4)]


def test_keys_on_a_slider_are_one_edit_when_it_has_come_to_rest(live, heard):
    async def press():
        for value in (1, 2, 3):
            live.moved("smooth", value)
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.4)

    asyncio.run(press())
    assert [one for one in heard if one[0] == "set"] == [("set", "smooth", 3)]


def test_another_slider_sets_what_the_first_one_left(live, heard):
    async def both():
        live.moved("smooth", 1)
        live.moved("feather", 2)
        assert ("set", "smooth", 1) in heard
        live.drop()
        await asyncio.sleep(0.4)

    asyncio.run(both())
    assert ("set", "feather", 2) not in heard


def test_what_is_tried_is_seen_and_is_no_edit(photo, disks):
    async def scenario():
        app = Workbench(wb.open(photo, "disks"), 320, 240)
        app.session.subject().click(64, 48)
        app._tabs.selected_index = 1
        assert app.controller.view_mode == "On checkerboard"
        await until(lambda: app._showing.look is not None and app._showing.look.alpha is not None)
        before = app._showing.look.alpha.copy()
        app._page.holding = True
        app._matte.sliders["feather"].value = 12
        await until(lambda: not np.array_equal(app._showing.look.alpha, before))
        assert len(app.session.edits) == 1
        tried = app._showing.look.alpha
        app._page.holding = False
        await until(lambda: len(app.session.edits) == 2)
        await until(lambda: not app._worker.busy)
        assert np.array_equal(app._showing.look.alpha, tried)
        assert np.array_equal(app.session.alpha(), tried)
        app._tabs.selected_index = 0
        assert app.controller.view_mode == "Overlay"
        app.close()

    async def until(condition):
        while not condition():
            await asyncio.sleep(0.005)

    asyncio.run(asyncio.wait_for(scenario(), 60))


def test_a_pass_that_was_drawn_has_the_sliders_then(photo, disks):
    app = Workbench(wb.open(photo, "disks"), 320, 240)
    subject = app.session.subject().click(64, 48)
    subject.add_pass([(0, 0), (64, 0), (64, 96), (0, 96)], "hair")
    assert app._matte._of.label == "pass 1: hair"
    app._matte.sliders["radius"].value = 30
    assert (subject.passes[0].settings.radius, subject.settings.radius) == (30, 10)
    app._matte._always.value = True
    assert subject.passes[0].settings.always
    app._on_undo()
    assert not app._matte._always.value
    app._matte._of.value = ""
    assert app._matte.sliders["radius"].value == 10
    assert app._matte._always.layout.display == "none"  # of the whole subject there is one answer
    app._matte._of.value = subject.passes[0].id
    app._matte._gone.click()
    assert subject.passes == [] and app._matte._of.label == "the whole subject"
    app._on_undo()
    assert subject.passes[0].settings.radius == 30
    app.close()


def test_the_sliders_lie_in_the_order_in_which_they_are_applied():
    from workbench.edges import ORDER
    from workbench.widgets.panels.matte import SECTIONS

    shown = [one.setting for controls in SECTIONS.values() for one in controls]
    assert [name for name in shown if name in ORDER] == list(ORDER)


def test_the_history_shows_what_an_edit_did(photo, disks):
    app = Workbench(wb.open(photo, "disks"), 320, 240)
    app.session.subject().click(64, 48).edges(feather=5)
    app._history._hear(app.session, {"type": "effect", "id": app.session.edits[-1].id})
    assert app._figures.widget.layout.display == "" and app._figures.picture.png[1:4] == b"PNG"
    assert "feather 5: alpha of" in app._status.value
    app.close()


def test_what_a_page_rounds_by_itself_is_no_edit(photo, disks):
    app = Workbench(wb.open(photo, "disks"), 320, 240)
    app.session.subject().click(64, 48)
    app._matte.sliders["cast_reach"].value = 20.000000000000004
    assert len(app.session.edits) == 1
    app._matte.sliders["cast_reach"].value = 21
    assert len(app.session.edits) == 2
    app.session.subject().light(exposure=0.28)
    slider = app._matte.sliders["light_exposure"]
    assert slider.value == 0.28
    slider.value = 0.3  # it goes in steps of 0.05
    assert len(app.session.edits) == 3
    slider.value = 0.35
    assert len(app.session.edits) == 4
    app.close()
