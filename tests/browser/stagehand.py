"""A hand at the bare stage, whose photo tells the place, and what its kernel was told."""

from __future__ import annotations

import json
import time
import weakref
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from workbench.benchmark.lab import Notebook

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


RESTED: weakref.WeakKeyDictionary[Any, list[float]] = weakref.WeakKeyDictionary()
"""Where the stage of each page was at rest in it, in page pixels."""

TAKE = "taken = told[:]; del told[: len(taken)]; print(json.dumps(taken))"
"""What was told so far, taken from the list: a page's messages come in a thread of their own, and
one that comes meanwhile stays for the next time."""


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
        """Scroll the notebook until the stage is whole, on top, and has come to rest: where it
        rested before, two looks tell."""
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
            looks = 2 if places[-1] == RESTED.get(self.page) else 6
            time.sleep(0.1)
            return places[-1] is not None and places[-looks:] == places[-1:] * looks

        self.until(still)
        RESTED[self.page] = places[-1]

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
            heard.extend(json.loads(self.notebook.run(TAKE)))
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


def near(got: Any, wanted: Any) -> bool:
    return np.allclose(got, wanted, atol=0.5)


class Fingers:
    """On the glass, by the browser's own touch events."""

    def __init__(self, hand: Hand) -> None:
        self.hand, self.client = hand, hand.page.context.new_cdp_session(hand.page)

    def say(self, kind: str, *places: tuple[float, float]) -> None:
        points = [
            {"x": x, "y": y, "id": n} for n, (x, y) in enumerate(self.hand.at(*p) for p in places)
        ]
        self.client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
