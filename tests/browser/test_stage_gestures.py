"""The stage in JupyterLab and a real Chromium: what the hand did is what the kernel is told."""

from __future__ import annotations

import numpy as np
import pytest

from browser.stagehand import Fingers, Hand, near

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("view", ["View(1.25, 0, 0)", "View(7.5, 100.3, 61.7)"])
def test_clicks_and_drags_arrive_where_they_were_made(hand: Hand, view: str) -> None:
    hand.notebook.run(f"show({view})")
    hand.until(lambda: hand.view()[0] == float(view[5:].split(",")[0]))
    hand.page.mouse.click(*hand.at(123, 77))
    hand.page.keyboard.down("Alt")
    hand.page.mouse.click(*hand.at(400, 300))
    hand.page.keyboard.up("Alt")
    hand.page.mouse.click(*hand.at(50, 60), button="right")
    hand.drag((100, 100), (140, 120), (222, 310), (650, 330))  # and out over the edge
    click, alt, right, drag = hand.told(4)
    assert [g["kind"] for g in (click, alt, right, drag)] == ["click", "click", "click", "drag"]
    assert near(click["points"], [hand.image(123, 77)]) and click["button"] == 0
    assert near(alt["points"], [hand.image(400, 300)]) and alt["alt"] and not click["alt"]
    assert near(right["points"], [hand.image(50, 60)]) and right["button"] == 2
    path = [hand.image(*p) for p in ((100, 100), (140, 120), (222, 310), (650, 330))]
    assert near(drag["points"][0], path[0]) and near(drag["points"][-1], path[-1])
    for corner in path:
        assert any(near(point, corner) for point in drag["points"])
    assert drag["pressures"] is None and drag["tool"] == "keep"
    assert click["view_id"] == drag["view_id"] > 0
    assert click["serial"] < alt["serial"] < right["serial"] < drag["serial"]
    menus = hand.page.locator(".lm-Menu")
    assert menus.count() == 0  # the right button is the stage's


def test_a_drag_of_three_pixels_is_a_click(hand: Hand) -> None:
    hand.drag((200, 200), (202, 202))
    hand.drag((200, 200), (204, 200))
    click, drag = hand.told(2)
    assert (click["kind"], drag["kind"]) == ("click", "drag")
    assert near(click["points"], [hand.image(200, 200)]) and len(click["points"]) == 1


def test_a_stroke_of_2000_points_loses_nothing(hand: Hand) -> None:
    """As a fast mouse on a busy page sends it: twenty moves in one event, and all at once."""
    turn = np.linspace(0, 40, 2000)
    path = np.stack([300 + (50 + 3 * turn) * np.cos(turn), 200 + (50 + 3 * turn) * np.sin(turn)], 1)
    points = (path + np.array(hand.at(0, 0))).tolist()
    hand.page.evaluate(
        """(points) => {
            const stage = document.querySelector('.wb-stage');
            const make = (kind, [clientX, clientY], more) => new PointerEvent(kind, { clientX,
                clientY, pointerId: 5, pointerType: 'mouse', button: 0, buttons: 1, bubbles: true,
                cancelable: true, ...more });
            stage.dispatchEvent(make('pointerdown', points[0]));
            for (let i = 1; i < points.length; i += 20) {
                const coalescedEvents = points.slice(i, i + 20).map(p => make('pointermove', p));
                const last = points[Math.min(i + 19, points.length - 1)];
                stage.dispatchEvent(make('pointermove', last, { coalescedEvents }));
            }
            stage.dispatchEvent(make('pointerup', points.at(-1)));
        }""",
        points,
    )
    (stroke,) = hand.told()
    got, wanted = np.array(stroke["points"]), path / 1.25
    assert len(got) == 2000
    assert np.abs(got - wanted).max() < 0.01


def test_a_long_stroke_of_a_real_mouse_keeps_every_move(hand: Hand) -> None:
    path = [(100 + 2 * i, 200 + 60 * (i % 2)) for i in range(150)]
    hand.drag(*path)
    (stroke,) = hand.told()
    np.testing.assert_allclose(stroke["points"], np.array(path) / 1.25, atol=0.5)


def test_a_pen_brings_its_pressure(hand: Hand) -> None:
    hand.page.evaluate(
        """([x, y]) => {
            const stage = document.querySelector('.wb-stage');
            const say = (kind, dx, pressure) => stage.dispatchEvent(new PointerEvent(kind, {
                pointerId: 77, pointerType: 'pen', button: 0, buttons: 1, pressure, bubbles: true,
                clientX: x + dx, clientY: y, cancelable: true }));
            say('pointerdown', 0, 0.25); say('pointermove', 10, 0.5); say('pointermove', 20, 0.75);
            say('pointercancel', 0, 0);
        }""",
        hand.at(100, 100),
    )
    (stroke,) = hand.told()
    assert stroke["pressures"] == [0.25, 0.5, 0.75] and stroke["kind"] == "drag"
    assert near(stroke["points"][-1], hand.image(120, 100))  # not where the cancelling said


def test_one_finger_paints(hand: Hand) -> None:
    fingers = Fingers(hand)
    fingers.say("touchStart", (100, 100))
    for n in range(1, 9):
        fingers.say("touchMove", (100 + 10 * n, 100 + 5 * n))
    fingers.say("touchEnd")
    (stroke,) = hand.told()
    assert stroke["kind"] == "drag" and stroke["pressures"] is None
    assert near(stroke["points"][0], hand.image(100, 100))
    assert near(stroke["points"][-1], hand.image(180, 140))
    fingers.say("touchStart", (200, 200))
    fingers.say("touchEnd")
    (tap,) = hand.told()
    assert tap["kind"] == "click" and near(tap["points"][0], hand.image(200, 200))


def test_keys_are_taken_only_with_focus_and_only_those_wanted(hand: Hand) -> None:
    hand.stage.focus()
    cells = hand.page.locator(".jp-Notebook .jp-Cell").count()
    for key in ("b", "A", "7", "[", "]", "Enter", "Delete", "+", "-", "Control+z",
                "Control+Shift+z", "Control+y", "Control+s", "Escape", "Tab"):  # fmt: skip
        if key == "Escape":
            hand.stage.focus()
        hand.page.keyboard.press(key)
    told = [(k["key"], k["ctrl"], k["shift"]) for k in hand.told(12)]
    assert told == [
        ("b", False, False), ("a", False, False), ("7", False, False), ("[", False, False),
        ("]", False, False), ("Enter", False, False), ("Delete", False, False),
        ("+", False, False), ("-", False, False), ("z", True, False), ("z", True, True),
        ("y", True, False),
    ]  # fmt: skip
    # "b" and "a" make cells in Jupyter's command mode: it must not have heard of them.
    assert hand.page.locator(".jp-Notebook .jp-Cell").count() == cells


def test_escape_gives_a_drag_up(hand: Hand) -> None:
    hand.page.mouse.move(*hand.at(100, 100))
    hand.page.mouse.down()
    hand.page.mouse.move(*hand.at(200, 110))
    hand.page.keyboard.press("Escape")
    hand.page.mouse.up()
    hand.page.mouse.click(*hand.at(50, 50))
    (click,) = hand.told()
    assert click["kind"] == "click" and hand.pixel("echo", 150, 105)[3] == 0
