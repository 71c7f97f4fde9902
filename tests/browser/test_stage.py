"""The stage in JupyterLab and a real Chromium: what the hand did is what the kernel is told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from workbench.benchmark.lab import Lab, Notebook

pytestmark = pytest.mark.browser

# The photo tells the place: red is column / 2, green is row / 2, in steps of four.
SETUP = """
import dataclasses, json
import cv2, numpy as np
from workbench.coordinates import View
from workbench.widgets.canvas import Stage

rows, columns = np.mgrid[0:320, 0:480]
photo = np.dstack([columns // 4 * 2, rows // 4 * 2, 0 * rows + 90]).astype(np.uint8)
stage, told, errors, redrawn = Stage(600, 400), [], [], []

def redraw():
    view = stage.view
    move = np.array([[view.scale, 0, -view.x * view.scale], [0, view.scale, -view.y * view.scale]])
    move[:, 2] += (view.scale - 1) / 2  # pixel centres
    picture = cv2.warpAffine(photo, move, (600, 400), flags=cv2.INTER_NEAREST)
    dots = np.zeros((400, 600, 4), np.uint8)
    dots[380:400, 580:600] = (255, 255, 255, 255)
    with stage.together():
        stage.draw("photo", picture, view)
        stage.draw("prompts", dots, view)
    redrawn.append(1)

def show(view):
    stage.view = view
    redraw()

def tell(what, **values):
    told.append({"what": what, **values})

stage.on_ready(redraw)
stage.on_error(lambda error: errors.append(repr(error)))
stage.on_gesture(lambda gesture: tell("gesture", **dataclasses.asdict(gesture)))
stage.on_key(lambda key: tell("key", **dataclasses.asdict(key)))

@stage.on_wheel
def wheel(factor, at):
    tell("wheel", factor=factor, at=at)
    show(stage.view.zoomed(factor, at))

@stage.on_pan
def pan(dx, dy):
    tell("pan", by=[dx, dy])
    show(stage.view.panned(dx, dy))

stage.view = View(1.25, 0, 0)
stage.set_tool("keep", echo="stroke", width=8, colour="#00ff00")
"""


class Hand:
    """A mouse and a keyboard over the stage."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.stage = self.page.locator(".wb-stage[role=application]")
        self.stage.wait_for()
        self.into_view()
        self.until(lambda: self.pixel("photo", 300, 200)[3] == 255)

    def until(self, true: Callable[[], Any], seconds: float = 60) -> Any:
        end = time.monotonic() + seconds
        while not (value := true()):
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.05)
        return value

    def into_view(self) -> None:
        """Scroll the notebook until the stage is whole, on top, and has come to rest."""
        places: list[Any] = []

        def still() -> bool:
            places.append(
                self.stage.evaluate(
                    """e => {
                        e.scrollIntoView({block: 'center', behavior: 'instant'});
                        const box = e.getBoundingClientRect();
                        const top = document.elementFromPoint(box.x + 90, box.y + 60);
                        return top && e.contains(top) ? [box.x, box.y] : null;
                    }"""
                )
            )
            time.sleep(0.1)
            return places[-1] is not None and places[-6:] == places[-1:] * 6

        self.until(still)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where in the page a point in stage pixels is."""
        box = self.stage.bounding_box()
        assert box is not None
        return box["x"] + x, box["y"] + y

    def view(self) -> tuple[float, float, float]:
        data = self.stage.evaluate("e => ({...e.dataset})")
        return float(data["scale"]), float(data["x"]), float(data["y"])

    def image(self, x: float, y: float) -> tuple[float, float]:
        """The image point under a point in stage pixels, by the attributes in the page."""
        scale, x0, y0 = self.view()
        return x / scale + x0, y / scale + y0

    def told(self, count: int = 1) -> list[dict[str, Any]]:
        """What the kernel was told since the last time; waits for ``count`` of it."""
        heard: list[dict[str, Any]] = []

        def enough() -> bool:
            heard.extend(json.loads(self.notebook.run("print(json.dumps(told)); told.clear()")))
            return len(heard) >= count

        try:
            self.until(enough)
        except AssertionError as error:
            raise AssertionError(f"{error}; told only {heard}") from None
        assert self.notebook.run("print(errors)").strip() == "[]"
        return heard

    def pixel(self, layer: str, x: int, y: int) -> list[int]:
        return list(
            self.page.evaluate(
                """([layer, x, y]) => {
                    const canvas = document.querySelector(layer);
                    return [...canvas.getContext('2d').getImageData(x, y, 1, 1).data];
                }""",
                [f".wb-stage > .wb-{layer}" if layer != "echo" else ".wb-echo", x, y],
            )
        )

    def screen(self) -> np.ndarray:
        """(400, 600, 3) RGB of what is seen of the stage."""
        corner = self.at(0, 0)
        clip = {"x": corner[0], "y": corner[1], "width": 600, "height": 400}
        png = np.frombuffer(self.page.screenshot(clip=clip), np.uint8)
        return cv2.imdecode(png, cv2.IMREAD_COLOR)[..., ::-1]

    def canvases(self) -> list[str]:
        """All that is drawn on the layers."""
        return self.stage.evaluate(
            "e => [...e.querySelectorAll(':scope > canvas')].map(c => c.toDataURL())"
        )

    def drag(self, *points: tuple[float, float], button: str = "left") -> None:
        self.page.mouse.move(*self.at(*points[0]))
        self.page.mouse.down(button=button)
        for point in points[1:]:
            self.page.mouse.move(*self.at(*point))
        self.page.mouse.up(button=button)


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Iterator[Notebook]:
    opened = lab.open("stage.ipynb", [SETUP, "stage.widget"])
    yield opened
    opened.close()


@pytest.fixture
def hand(notebook: Notebook) -> Hand:
    notebook.run(
        "stage.set_tool('keep', echo='stroke', width=8, colour='#00ff00'); stage.clear_echo()\n"
        "stage.busy(None, None); show(View(1.25, 0, 0)); told.clear(); errors.clear()"
    )
    hand = Hand(notebook)
    hand.until(lambda: hand.view() == (1.25, 0, 0))
    notebook.page.mouse.move(*hand.at(-20, -10))
    return hand


def near(got: Any, wanted: Any) -> bool:
    return np.allclose(got, wanted, atol=0.5)


def test_the_page_shows_the_photo_pixel_for_pixel(hand: Hand) -> None:
    size = hand.stage.evaluate(
        """e => [...e.querySelectorAll(':scope > canvas')].map(c => {
            const box = c.getBoundingClientRect(), stage = e.getBoundingClientRect();
            return [box.x - stage.x, box.y - stage.y, box.width, box.height, c.width, c.height];
        })"""
    )
    assert size == [[0, 0, 600, 400, 600, 400]] * 4
    for x, y in ((3, 3), (299, 100), (590, 10), (20, 390)):
        column, row = int(x / 1.25), int(y / 1.25)
        red, green, blue, alpha = hand.pixel("photo", x, y)
        assert abs(red - column // 4 * 2) <= 2 and abs(green - row // 4 * 2) <= 2
        assert (blue, alpha) == (90, 255)
    assert hand.pixel("prompts", 590, 390) == [255, 255, 255, 255]
    assert hand.pixel("prompts", 100, 100)[3] == 0
    named = hand.stage.evaluate("e => [e.tabIndex, e.getAttribute('aria-label')]")
    assert named == [0, "Photo stage"]


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


class Fingers:
    """On the glass, by the browser's own touch events."""

    def __init__(self, hand: Hand) -> None:
        self.hand, self.client = hand, hand.page.context.new_cdp_session(hand.page)

    def say(self, kind: str, *places: tuple[float, float]) -> None:
        points = [
            {"x": x, "y": y, "id": n} for n, (x, y) in enumerate(self.hand.at(*p) for p in places)
        ]
        self.client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


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


def test_two_fingers_move_the_view_and_paint_nothing(hand: Hand) -> None:
    fingers = Fingers(hand)
    fingers.say("touchStart", (200, 200))
    fingers.say("touchMove", (210, 200))
    fingers.say("touchMove", (220, 200))
    hand.until(lambda: hand.pixel("echo", 210, 200)[3] > 0)  # one finger: a stroke
    fingers.say("touchStart", (220, 200), (320, 200))
    under = hand.image(220, 200), hand.image(320, 200)
    for n in range(1, 11):  # apart to twice as far, and down
        fingers.say("touchMove", (220 - 5 * n, 200 + 3 * n), (320 + 5 * n, 200 + 3 * n))
    hand.until(lambda: np.allclose(hand.view()[0], 2.5) and near(under[1], hand.image(370, 230)))
    assert near(under[0], hand.image(170, 230))
    fingers.say("touchEnd", (170, 230))
    fingers.say("touchMove", (300, 300))  # the finger that is left moves nothing
    fingers.say("touchEnd")
    assert near(under[0], hand.image(170, 230))
    hand.until(lambda: hand.pixel("echo", 210, 200)[3] == 0)
    view = hand.view()
    hand.until(lambda: np.allclose(view, json.loads(hand.notebook.run(
        "print(json.dumps([stage.view.scale, stage.view.x, stage.view.y]))"))))  # fmt: skip
    assert {one["what"] for one in hand.told()} <= {"wheel", "pan"}
    fingers.say("touchStart", (100, 100))
    fingers.say("touchMove", (130, 100))
    fingers.say("touchEnd")
    (stroke,) = hand.told()
    assert stroke["what"] == "gesture"


def test_the_wheel_zooms_around_the_pointer_only_with_focus(hand: Hand) -> None:
    hand.page.evaluate("document.activeElement.blur()")
    hand.page.mouse.move(*hand.at(200, 150))
    hand.page.mouse.wheel(0, -200)
    time.sleep(0.5)
    assert hand.view()[0] == 1.25
    hand.stage.focus()
    hand.into_view()
    held = hand.image(200, 150)
    for _ in range(5):
        hand.page.mouse.move(*hand.at(200, 150))
        hand.page.mouse.wheel(0, -100)
    moves = hand.until(lambda: [m for m in hand.told() if m["what"] == "wheel"])
    hand.until(lambda: hand.view()[0] > 2)
    time.sleep(0.5)
    assert near(hand.image(200, 150), held)
    assert all(near(m["at"], (200, 150)) for m in moves), moves
    kernel = json.loads(
        hand.notebook.run("print(json.dumps([stage.view.scale, stage.view.x, stage.view.y]))")
    )
    np.testing.assert_allclose(kernel, hand.view(), rtol=1e-9)


def test_a_zoomed_picture_is_shown_before_the_kernel_answers(hand: Hand) -> None:
    hand.stage.focus()
    hand.notebook.client.execute("import time; time.sleep(2)")  # the kernel hears nothing now
    time.sleep(0.3)
    hand.page.mouse.move(*hand.at(0.5, 0.5))
    hand.page.mouse.wheel(0, -400)
    hand.until(lambda: hand.view()[0] > 2, 1.5)
    scale = hand.view()[0]
    width = hand.page.locator(".wb-photo").bounding_box()["width"]
    assert width == pytest.approx(600 * scale / 1.25, rel=1e-3)
    assert not [m for m in hand.told() if m["what"] == "gesture"]
    hand.until(lambda: hand.page.locator(".wb-photo").bounding_box()["width"] == 600)
    red, green, *_ = hand.pixel("photo", 300, 200)
    x, y = hand.image(300.5, 200.5)
    assert abs(red - x // 4 * 2) <= 2 and abs(green - y // 4 * 2) <= 2


def test_space_the_middle_button_and_the_pan_tool_move_the_view(hand: Hand) -> None:
    hand.stage.focus()
    moved = []
    hand.page.keyboard.down(" ")
    hand.drag((300, 200), (320, 210), (340, 220))
    hand.page.keyboard.up(" ")
    moved.append((40, 20))
    hand.drag((300, 200), (290, 190), (280, 170), button="middle")
    moved.append((-20, -30))
    hand.notebook.run("stage.set_tool('pan', echo='pan')")
    time.sleep(0.3)
    hand.drag((100, 100), (110, 110), (107, 133))
    moved.append((7, 33))
    hand.page.mouse.click(*hand.at(200, 200))
    dx, dy = np.sum(moved, axis=0)
    hand.until(lambda: np.allclose(hand.view(), (1.25, -dx / 1.25, -dy / 1.25)))
    told: list[dict[str, Any]] = []
    while not told or told[-1]["what"] != "gesture":  # after all that moved before it
        told += hand.told()
    assert np.allclose(np.sum([m["by"] for m in told if m["what"] == "pan"], axis=0), (dx, dy))
    assert [m["kind"] for m in told if m["what"] == "gesture"] == ["click"]


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


def test_the_echo_shows_at_once_and_stays_until_the_kernel_has_drawn(hand: Hand) -> None:
    hand.page.mouse.move(*hand.at(100, 300))
    hand.page.mouse.down()
    hand.page.mouse.move(*hand.at(200, 300), steps=4)
    assert hand.pixel("echo", 150, 300) == [0, 255, 0, 255]  # no kernel was asked
    hand.page.mouse.up()
    (first,) = hand.told()
    hand.drag((100, 350), (200, 350))
    hand.told()
    assert hand.pixel("echo", 150, 300)[3] == 255
    hand.notebook.run(f"stage.clear_echo(through={first['serial']})")
    hand.until(lambda: hand.pixel("echo", 150, 300)[3] == 0)
    assert hand.pixel("echo", 150, 350)[3] == 255  # the second is not drawn yet
    hand.notebook.run("stage.clear_echo()")
    hand.until(lambda: hand.pixel("echo", 150, 350)[3] == 0)


@pytest.mark.parametrize("echo", ["box", "lasso"])
def test_a_box_and_a_lasso_are_echoed(hand: Hand, echo: str) -> None:
    hand.notebook.run(f"stage.set_tool('{echo}', echo='{echo}', colour='#ff0000')")
    time.sleep(0.3)
    hand.page.mouse.move(*hand.at(100, 100))
    hand.page.mouse.down()
    for point in ((200, 110), (210, 210), (110, 200)):
        hand.page.mouse.move(*hand.at(*point))
    seen = [hand.pixel("echo", x, y)[3] for x, y in ((100, 102), (150, 105), (106, 199))]
    hand.page.mouse.up()
    (drag,) = hand.told()
    assert any(seen) and drag["tool"] == echo
    assert near(drag["points"][-1], hand.image(110, 200))


def test_the_lines_of_a_wired_polygon_are_asked_for_and_shown(hand: Hand) -> None:
    # Each way goes over a place 60 image pixels below the middle of its ends.
    hand.notebook.run(
        "ways = []\n"
        "@stage.on_wire\n"
        "def wire(a, b, answer):\n"
        "    ways.append([a, b])\n"
        "    answer(np.array([a, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2 + 60], b]))\n"
        "stage.set_tool('cut', echo='polygon', wired=True)\n"
    )
    time.sleep(0.3)
    mouse, line = hand.page.mouse, ".wb-lines"

    def marked(x: float, y: float) -> bool:
        return hand.page.evaluate(
            """([name, x, y]) => {
                const canvas = document.querySelector(name);
                const part = canvas.getContext('2d').getImageData(x - 3, y - 3, 7, 7);
                return !canvas.hidden && part.data.some((v) => v);
            }""",
            [line, x, y],
        )

    try:
        mouse.click(*hand.at(100, 50))
        mouse.move(*hand.at(290, 50))
        mouse.move(*hand.at(300, 50))
        hand.until(lambda: marked(200, 125))  # while it is pulled
        mouse.click(*hand.at(300, 50))
        mouse.move(*hand.at(300, 200))
        hand.until(lambda: marked(300, 195))
        assert marked(200, 125)  # and when it is set
        hand.page.keyboard.press("Backspace")
        # Now from the first corner to the pointer.
        hand.until(lambda: marked(200, 200) and not marked(200, 120))
        hand.page.keyboard.press("Backspace")  # none is left
        mouse.click(*hand.at(100, 50))
        mouse.click(*hand.at(300, 200))
        mouse.click(*hand.at(100, 200))
        hand.page.keyboard.press("Enter")
        (outline,) = hand.told()
        assert outline["kind"] == "polygon" and len(outline["points"]) == 3
        asked = json.loads(hand.notebook.run("print(json.dumps(ways))"))
        assert near(asked[0][0], hand.image(100, 50))
        sent = [(hand.image(*a), hand.image(*b)) for a, b in (((100, 50), (300, 200)),)]
        assert any(near(a, sent[0][0]) and near(b, sent[0][1]) for a, b in asked)
    finally:
        hand.notebook.run("stage._heard.pop('wire', None)")


def test_escape_gives_a_drag_up(hand: Hand) -> None:
    hand.page.mouse.move(*hand.at(100, 100))
    hand.page.mouse.down()
    hand.page.mouse.move(*hand.at(200, 110))
    hand.page.keyboard.press("Escape")
    hand.page.mouse.up()
    hand.page.mouse.click(*hand.at(50, 50))
    (click,) = hand.told()
    assert click["kind"] == "click" and hand.pixel("echo", 150, 105)[3] == 0


def test_two_views_of_one_stage_both_work(hand: Hand, lab: Lab) -> None:
    hand.notebook.run("from IPython.display import display")
    hand.page.evaluate(
        """async () => {
            const app = window.jupyterapp, panel = app.shell.currentWidget;
            panel.content.activeCellIndex = 1;
            await app.commands.execute('notebook:create-output-view');
        }"""
    )
    try:
        both = hand.page.locator(".wb-stage[role=application]")
        hand.until(lambda: both.count() == 2)
        for index in (0, 1):
            stage = both.nth(index)
            stage.click(position={"x": 60 + 100 * index, "y": 50})
            (click,) = hand.told()
            assert near(click["points"], [((60 + 100 * index) / 1.25, 40)])
            hand.until(
                lambda stage=stage: (
                    stage.evaluate(
                        """e => e.querySelector('.wb-photo').getContext('2d')
                        .getImageData(300, 200, 1, 1).data[3]"""
                    )
                    == 255
                )
            )
    finally:
        hand.page.evaluate(
            "() => [...jupyterapp.shell.widgets('main')].slice(1).forEach(w => w.close())"
        )
        hand.until(lambda: both.count() == 1)


def test_a_download_arrives_once(hand: Hand) -> None:
    with hand.page.expect_download() as caught:
        hand.notebook.run("stage.download('cut.bin', bytes(range(256)) * 1000, 'text/plain')")
    assert caught.value.suggested_filename == "cut.bin"
    assert caught.value.path().read_bytes() == bytes(range(256)) * 1000


def test_busy_words_show_and_go(hand: Hand) -> None:
    hand.notebook.run("stage.busy('Reading <b>the</b> photo', 0.25)")
    bar = hand.page.get_by_role("progressbar", name="Reading <b>the</b> photo")
    bar.wait_for()
    assert bar.get_attribute("aria-valuenow") == "25"
    hand.page.mouse.click(*hand.at(20, 385))  # it lies there, but takes no clicks
    assert hand.told()[0]["kind"] == "click"
    hand.notebook.run("stage.busy('Solving')")
    hand.page.get_by_role("progressbar", name="Solving").wait_for()
    hand.notebook.run("stage.busy(None)")
    hand.page.locator(".wb-busy").wait_for(state="hidden")


def test_pictures_as_png_look_the_same(hand: Hand) -> None:
    before = hand.screen()
    hand.notebook.run("stage.clear('photo')")
    hand.until(lambda: hand.pixel("photo", 300, 200)[3] == 0)
    hand.notebook.run("stage._raw = False; redraw(); stage._raw = True")
    hand.until(lambda: hand.pixel("photo", 300, 200)[3] == 255)
    np.testing.assert_array_equal(hand.screen(), before)


def test_half_transparent_pixels_are_mixed_right(hand: Hand) -> None:
    hand.notebook.run(
        "veil = np.zeros((400, 600, 4), np.uint8); veil[100:200, 100:200] = (200, 20, 40, 128)\n"
        "show(View(1.25, 0, 0)); stage.draw('overlay', veil, stage.view)"
    )
    hand.until(lambda: hand.pixel("overlay", 150, 150)[3] == 128)
    under = np.array(hand.pixel("photo", 150, 150)[:3])
    seen = hand.screen()[150, 150].astype(int)
    assert np.abs(seen - (under * 127 + np.array([200, 20, 40]) * 128) / 255).max() <= 2
    hand.notebook.run("stage.clear('overlay')")


def test_a_reloaded_page_gets_the_picture_back(hand: Hand) -> None:
    """Last: the page is another one afterwards."""
    hand.notebook.run("show(View(3.0, 40, 20))")
    # The view is there before the picture for it: until then the old one is stretched.
    still = "e => e.querySelector(':scope > .wb-photo').style.transform === ''"
    hand.until(lambda: hand.view()[0] == 3.0 and hand.stage.evaluate(still))
    before = hand.canvases()
    hand.notebook.run(
        "stage.ants([np.array([[45, 25], [90, 25], [60, 90]])]); stage.divider(True)\n"
        "stage.overview(photo, photo.shape[:2])"
    )
    hand.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    hand.page.locator(".jp-mod-dirty").wait_for(state="detached")
    hand.page.goto(hand.page.url.split("?")[0])
    again = Hand(hand.notebook)
    hand.until(lambda: again.view() == (3.0, 40.0, 20.0))
    hand.until(lambda: again.canvases() == before)
    parts = [hand.page.locator(f".wb-{part}") for part in ("lines", "divider", "navigator")]
    hand.until(lambda: all(part.is_visible() for part in parts))
    hand.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    again.into_view()  # Lab restores its sidebars and its scrolling late

    def heard() -> list[dict[str, Any]]:
        # A click may fall where Lab, still restoring its layout, has just moved the stage away.
        hand.page.mouse.click(*again.at(90, 60))
        time.sleep(0.5)
        said = json.loads(hand.notebook.run("print(json.dumps(told)); told.clear()"))
        return [one for one in said if one["what"] == "gesture"]

    told = hand.until(heard)
    assert near(told[-1]["points"], [(70, 40)])
