"""A model that takes its time: what the widget does while the photo is being looked at."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref

import numpy as np
import pytest
from apps import mask_of, status

import workbench as wb
from workbench.errors import CancelledError, WeightsMissingError
from workbench.io import encode_png
from workbench.progress import report
from workbench.widgets.app import Workbench
from workbench.widgets.gestures import Gesture


class Gate:
    """Holds back a segmenter's encode (or predict) until it is let go or cancelled."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.cancelled = 0

    def wait(self, progress) -> None:
        self.begun.set()
        for _ in range(4000):
            if self.go.wait(0.005):
                return
            try:
                report(progress, 0.4, "looking at the photo")
            except CancelledError:
                self.cancelled += 1
                raise
        raise AssertionError("nobody opened the gate")


@pytest.fixture
def gate(disks, monkeypatch) -> Gate:
    """In front of the encode."""
    made, encode = Gate(), disks.encode

    def slow(image, region=None, progress=None):
        made.wait(progress)
        return encode(image, region, progress)

    monkeypatch.setattr(disks, "encode", slow)
    return made


def run(scenario):
    async def limited():
        await asyncio.wait_for(scenario(), 60)

    asyncio.run(limited())


async def until(condition):
    while not condition():
        await asyncio.sleep(0.005)


def collected(gone) -> bool:
    """Whether nothing holds them any more; the job that ran last may take a while to let go."""
    gc.collect()
    return all(one() is None for one in gone)


def click(app, *point, tool="Keep"):
    app._on_gesture(Gesture("click", (point,), None, 0, False, False, False, tool, 1, 1))


def busy(app):
    return app.stage._pointer.busy


CLICKS = ((64.0, 48.0), (40.0, 48.0), (90.0, 60.0))


def test_the_photo_is_looked_at_before_the_first_click_off_the_loop(photo, gate, disks):
    async def scenario():
        app = Workbench(wb.open(photo, "disks"), 320, 240)
        await until(lambda: busy(app))
        assert busy(app) == {"words": "looking at the photo", "fraction": 0.4}
        assert app._status._cancel.layout.display == "inline-block"
        gate.go.set()
        await until(lambda: not busy(app))
        assert app._status._cancel.layout.display == "none"
        assert disks.encoded == 1 and disks.asked == []
        click(app, *CLICKS[0])
        await until(lambda: app._showing.look.planes and mask_of(app)[48, 64] > 0.9)
        assert disks.encoded == 1
        app.close()

    run(scenario)


def test_clicks_made_meanwhile_wait_and_are_answered_in_order(photo, gate, disks):
    async def scenario():
        app = Workbench(wb.open(photo, "disks"), 320, 240)
        await until(gate.begun.is_set)
        shown = []
        for n, point in enumerate(CLICKS, start=1):
            click(app, *point)
            await asyncio.sleep(0.05)
            shown.append(status(app))
            assert len(app.session.edits) == n and disks.asked == []
        assert "1 click is waiting" in shown[0] and "2 clicks are waiting" in shown[1]
        assert "3 clicks are waiting" in shown[2]
        await until(lambda: busy(app))
        gate.go.set()
        await until(lambda: app._showing.look.planes and "waiting" not in status(app))
        # Each is asked once, after the one before it and with its answer as the hint.
        assert [list(p.points) for p in disks.asked] == [list(CLICKS[: n + 1]) for n in range(3)]
        assert [p.hint is None for p in disks.asked] == [True, False, False]
        assert disks.encoded == 1
        plain = wb.open(photo, "disks", journal=False)
        for point in CLICKS:
            plain.subject().click(*point)
        np.testing.assert_array_equal(mask_of(app), plain.subject().mask)
        app.close()

    run(scenario)


def test_an_undone_click_is_not_shown_when_its_answer_comes(photo, disks, monkeypatch):
    made, predict = Gate(), disks.predict

    def slow(embedding, prompts):
        made.wait(None)
        return predict(embedding, prompts)

    monkeypatch.setattr(disks, "predict", slow)

    async def scenario():
        app = Workbench(wb.open(photo, "disks"), 320, 240)
        await until(lambda: app._showing.look is not None)
        click(app, *CLICKS[0])
        await until(made.begun.is_set)
        app._on_undo()
        drawn = []
        monkeypatch.setattr(app._candidates, "show", lambda *given: drawn.append(given))
        made.go.set()
        await until(lambda: drawn)
        await asyncio.sleep(0.05)
        assert drawn == [((), 0)]  # the photo without a prompt; the click's answer came too late
        assert len(disks.asked) == 1 and mask_of(app).max() == 0
        app.close()

    run(scenario)


def test_opening_another_photo_cancels_the_encode(photo, gate, disks):
    async def scenario():
        app = Workbench(wb.open(photo, "disks"), 320, 240)
        await until(gate.begun.is_set)
        click(app, *CLICKS[0])
        await asyncio.sleep(0.05)
        before = app.session
        gate.begun.clear()
        app._incoming.photo("other.png", encode_png(photo[:50, :60].copy()))
        await until(gate.begun.is_set)  # the new one is looked at
        assert gate.cancelled >= 1 and app.session is not before
        gate.go.set()
        click(app, 20.0, 20.0)
        await until(lambda: app._showing.look is not None and app._showing.look.scores)
        assert app._showing.look.planes[0].shape == (50, 60)
        assert disks.encoded == 1 and len(disks.asked) == 1
        assert "Cancelled" not in status(app) and len(before.edits) == 1
        app.close()

    run(scenario)


@pytest.mark.parametrize("by", ["the widget", "code"])
def test_switching_the_segmenter_cancels_the_encode(photo, gate, disks, by):
    async def scenario():
        app = Workbench(wb.open(photo, "disks"), 320, 240)
        await until(gate.begun.is_set)
        click(app, *CLICKS[0])
        await asyncio.sleep(0.05)
        if by == "code":
            app.session.use("grabcut")
        else:
            app._modelling.use("grabcut")
        await until(lambda: app.session.segmenter == "grabcut")
        await until(lambda: app._showing.look is not None and app._showing.look.scores)
        assert gate.cancelled >= 1 and disks.encoded == 0 and disks.asked == []
        assert mask_of(app)[48, 64] > 0.5
        await until(lambda: not busy(app))
        app.close()

    run(scenario)


def test_a_model_that_cannot_be_had_leaves_the_old_one_at_work(photo, gate, disks):
    async def scenario():
        app = Workbench(wb.open(photo, "disks"), 320, 240)
        await until(gate.begun.is_set)
        gate.begun.clear()
        app._modelling.use("vit_q")
        await until(lambda: "vit_q" in status(app))
        assert "wb-bad" in status(app) and app.session.segmenter == "disks"
        await until(gate.begun.is_set)
        gate.go.set()
        await until(lambda: disks.encoded == 1)
        app.close()

    run(scenario)


def test_cancel_stops_the_encode_and_loses_no_click(photo, gate, disks):
    async def scenario():
        app = Workbench(wb.open(photo, "disks"), 320, 240)
        await until(gate.begun.is_set)
        click(app, *CLICKS[0])
        await asyncio.sleep(0.05)
        click(app, *CLICKS[1])
        app._status._cancel.click()
        await until(lambda: "Cancelled" in status(app) and not busy(app))
        assert gate.cancelled >= 1 and disks.asked == []
        assert app._showing.look is None or not app._showing.look.scores
        gate.go.set()
        click(app, *CLICKS[2])
        await until(lambda: app._showing.look is not None and app._showing.look.scores)
        assert [len(p.points) for p in disks.asked] == [1, 2, 3]
        app.close()

    run(scenario)


def test_what_goes_wrong_while_nobody_asked_is_said_at_the_first_click(photo, disks, monkeypatch):
    def broken(image, region=None, progress=None):
        disks.encoded += 1
        raise WeightsMissingError("expected the weights of disks, got none")

    monkeypatch.setattr(disks, "encode", broken)

    async def scenario():
        app = Workbench(wb.open(photo, "disks"), 320, 240)
        await until(lambda: disks.encoded == 1 and not app._scout.busy)
        await asyncio.sleep(0.05)
        assert "wb-bad" not in status(app)
        click(app, *CLICKS[0])
        await until(lambda: "expected the weights of disks" in status(app))
        app.close()

    run(scenario)


def test_what_was_answered_already_needs_no_encode(photo, disks, tmp_path):
    plain = wb.open(photo, "disks", journal=False)
    plain.subject().click(*CLICKS[0])
    plain.save(tmp_path / "s.mws")
    disks.encoded = 0
    wb.segment.EMBEDDINGS.clear()

    async def scenario():
        app = Workbench(wb.load(tmp_path / "s.mws"), 320, 240)
        await until(lambda: app._showing.look is not None and app._showing.look.planes)
        await asyncio.sleep(0.05)
        assert disks.encoded == 0 and disks.asked[1:] == []
        app.close()

    run(scenario)


def test_candidates_cannot_be_chosen_while_a_newer_answer_is_awaited(photo, disks, monkeypatch):
    made, predict = Gate(), disks.predict
    made.go.set()

    def slow(embedding, prompts):
        made.wait(None)
        return predict(embedding, prompts)

    monkeypatch.setattr(disks, "predict", slow)

    async def scenario():
        app = Workbench(wb.open(photo, "disks"), 320, 240)
        click(app, *CLICKS[0])
        await until(lambda: len(app._candidates._row.children) == 3)
        buttons = app._candidates._row.children
        assert not any(b.disabled for b in buttons)
        made.go.clear()
        click(app, *CLICKS[1])
        assert all(b.disabled for b in buttons)  # to choose now would wait for the model
        made.go.set()
        await until(lambda: app._candidates.widget.layout.display == "none")
        app.close()

    run(scenario)


def test_photos_opened_before_are_let_go(photo, disks):
    async def used() -> tuple:
        app = Workbench(wb.open(photo, "disks"), 320, 240)
        gone = []
        for n in range(4):
            click(app, *CLICKS[0])
            await until(lambda: app._showing.look is not None and app._showing.look.scores)
            gone.append(weakref.ref(app.session.bench))
            app._incoming.photo(f"{n}.png", encode_png(photo[: 90 - n].copy()))
            await until(lambda: app._showing.look is not None)
        await until(lambda: collected(gone))
        app.close()
        return weakref.ref(app.session.bench), weakref.ref(app)

    async def scenario():
        last = await used()
        await until(lambda: collected(last))

    run(scenario)
