"""A hand at the stage on a dense screen, as wide as its place."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from browser.stagehand import Hand

# The photo tells the place, as in test_stage: red is column / 2, green is row / 2 (300 × 400).
SETUP = """
import dataclasses, json, time
import cv2, numpy as np
from workbench.coordinates import View
from workbench.widgets import pictures
from workbench.widgets.canvas import Stage

rows, columns = np.mgrid[0:300, 0:400]
photo = np.dstack([columns // 2, rows // 2, 0 * rows + 90]).astype(np.uint8)
stage, told, errors = Stage(height=400), [], []

def redraw():
    view, size = stage.grid(stage.view)
    stage.draw("photo", pictures.base_picture(photo, None, "Photo", view, size), stage.view)

def show(view):
    stage.view = view
    redraw()

def tell(what, **values):
    told.append({"what": what, **values})

def fit():
    show(View.fit(photo.shape[:2], (stage.width, stage.height)))

@stage.on_resize
def resized(width, height):
    tell("resize", width=width, height=height, ratio=stage.ratio)
    fit()

def kept(view):
    half_x, half_y = stage.width / 2 / view.scale, stage.height / 2 / view.scale
    x, y = min(max(view.x + half_x, 0), 400) - half_x, min(max(view.y + half_y, 0), 300) - half_y
    return View(view.scale, x, y)

def reset():
    stage.clear_echo(); stage.ants([]); stage.divider(False); stage.hover(False); stage.busy(None)
    stage.set_tool("keep", echo="none"); stage.clear("before"); fit(); told.clear(); errors.clear()

stage.on_ready(redraw)
stage.on_error(lambda error: errors.append(repr(error)))
stage.on_gesture(lambda gesture: tell("gesture", **dataclasses.asdict(gesture)))
stage.on_key(lambda key: tell("key", key=key.key))
stage.on_wheel(lambda factor, at: show(kept(stage.view.zoomed(factor, at))))
stage.on_pan(lambda dx, dy: show(kept(stage.view.panned(dx, dy))))
stage.on_hover(lambda point: tell("hover", at=point))
stage.on_photo(lambda name, data: tell("photo", name=name, size=len(data), last=data[-1]))
stage.overview(photo, photo.shape[:2])
fit()
"""


CURSOR = "cell"  # one that nothing else sets


class Dense(Hand):
    """A hand at the dense stage."""

    def kernel(self, code: str) -> Any:
        """The value of an expression in the kernel, by JSON."""
        return json.loads(self.notebook.run(f"print(json.dumps({code}))"))

    def there(self, true: Callable[[], Any]) -> Any:
        return self.until(true, 30)

    def go(self, view: str) -> None:
        """Show a view, and wait until its picture is seen."""
        self.notebook.run(f"show({view})")
        wanted = self.kernel("[stage.view.scale, stage.view.x, stage.view.y]")
        self.there(lambda: np.allclose(self.view(), wanted) and not self.moved())

    def moved(self) -> str:
        """How the photo's picture is stretched, while a sharp one is on its way."""
        return self.stage.evaluate("e => e.querySelector(':scope > .wb-photo').style.transform")

    def tool(self, words: str) -> None:
        self.notebook.run(f"stage.set_tool({words})")
        wanted = self.kernel("stage._pointer.tool['name']")
        # The page shows no name of its tool, but the cursor is the tool's.
        self.notebook.run(f"stage._pointer.tool = stage._pointer.tool | dict(cursor='{CURSOR}')")
        self.page.mouse.move(*self.at(11, 9))
        self.page.mouse.move(*self.at(10, 10))
        self.there(lambda: self.stage.evaluate("e => e.style.cursor") in (CURSOR, "zoom-in"))
        self.page.mouse.move(*self.at(-20, -10))
        assert wanted

    def gesture(self) -> dict[str, Any]:
        """The one gesture that the kernel was told of."""
        found: list[dict[str, Any]] = []

        def heard() -> bool:
            found.extend(x for x in self.told(0) if x["what"] == "gesture")
            return bool(found)

        self.there(heard)
        (one,) = found
        return one

    def opacity(self, layer: str, column: int, row: int, wide: int = 1, tall: int = 1):
        """The opacity (h, w) of a part of a canvas, in pixels of the screen."""
        packed = self.page.evaluate(
            """([name, x, y, w, h]) => {
                const context = document.querySelector(name).getContext('2d');
                const data = context.getImageData(x, y, w, h).data;
                let text = '';
                for (let n = 3; n < data.length; n += 4) text += String.fromCharCode(data[n]);
                return btoa(text);
            }""",
            [f".wb-stage .wb-{layer}", column, row, wide, tall],
        )
        return np.frombuffer(base64.b64decode(packed), np.uint8).reshape(tall, wide)

    def lines(self) -> bool:
        """Whether the page shows any lines of its own over the layers."""
        return self.page.evaluate(
            """() => {
                const canvas = document.querySelector('.wb-lines');
                const data = canvas.getContext('2d')
                    .getImageData(0, 0, canvas.width, canvas.height).data;
                for (let n = 3; n < data.length; n += 4) if (data[n]) return true;
                return false;
            }"""
        )

    def seen(self) -> np.ndarray:
        """(h, w, 3) RGB of what is seen of the stage, in pixels of the screen."""
        data = np.frombuffer(self.stage.screenshot(), np.uint8)
        return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1].astype(int)
