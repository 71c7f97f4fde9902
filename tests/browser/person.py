"""A hand that knows to a fraction of a pixel where it points at the widget; the kernel it asks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from browser.hands import Hand
from workbench.benchmark.lab import Notebook
from workbench.widgets.tools import TOOLS

SECONDS = 60


# The segmenter of the unit tests, whose answers cost nothing, and that also finds one object.
SETUP = """
import os, sys
os.environ["WORKBENCH_STATE"] = os.environ["WORKBENCH_CACHE"] = {state!r}
sys.path.insert(0, {tests!r})
import json, threading
import numpy as np
import workbench as wb
from conftest import Disks
from workbench import segment
from workbench.coordinates import Frame
from workbench.segment.base import Prediction
from workbench.segment.everything import measured
from workbench.segment.regions import Window

class Finder(Disks):
    capabilities = Disks.capabilities | {{"everything"}}
    may_go_on = threading.Event()
    may_go_on.set()

    def encode(self, image, region=None, progress=None):
        while not self.may_go_on.wait(0.05):
            progress(0.5, "thinking for a long time")
        return super().encode(image, region, progress)

    def propose(self, embedding, progress=None):
        height, width = embedding.shape
        logits = np.full((height, width), -6, np.float32)
        logits[height // 10 : -height // 10, width // 10 : -width // 10] = 6
        whole = Frame.whole((height, width))
        answer = Prediction.ranked(np.ones(1), logits[None], whole, (height, width))
        middle = width / 2, height / 2
        return [measured(logits, 0.9, answer, (middle,), Window(0, 0, width, height))]

finder = Finder()

def known(name, own):
    given = getattr(segment, name)
    setattr(segment, name, lambda n, *a, **k: own if n == "disks" else given(n, *a, **k))

known("get_segmenter", finder)
known("identity", finder.identity)
known("precision_for", "")
known("capabilities", finder.capabilities)
"""


OPENING = 'session = wb.open("wide.png", "disks")'


SHOWING = """
app = wb.Workbench(session)
app
"""


class Person(Hand):
    """A hand that knows to a fraction of a pixel where it points, and asks the kernel what came."""

    def __init__(self, notebook: Notebook) -> None:
        super().__init__(notebook.page)
        self.notebook = notebook
        self.app = self.page.locator(".wb-app").first

    def until(self, true: Callable[[], Any], what: str = "") -> Any:
        end = time.monotonic() + SECONDS
        while not (value := true()):
            assert time.monotonic() < end, f"waited in vain {what}; {self.status.inner_text()}"
            self.page.wait_for_timeout(30)
        return value

    def ask(self, expression: str) -> Any:
        """The value of an expression in the kernel."""
        return json.loads(self.notebook.run(f"print(json.dumps({expression}))"))

    def edits(self) -> list[dict[str, Any]]:
        return self.ask("[x.to_json() for x in app.session.edits]")

    def view(self) -> tuple[float, float, float]:
        return tuple(float(self.stage.get_attribute(f"data-{n}")) for n in ("scale", "x", "y"))

    def still(self) -> None:
        """Wait until the page has its view from the kernel, which has drawn it."""
        self.until(
            lambda: np.allclose(
                self.view(), self.ask("[getattr(app.stage.view, n) for n in ('scale', 'x', 'y')]")
            )
        )

    def aim(self, across: float, down: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """A whole page pixel of the photo's visible part, by shares of its width and height, and
        the image point that lies there."""
        box, (scale, left, top) = self.stage.bounding_box(), self.view()
        height, width = self.shape
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + box["width"] / scale, width), min(top + box["height"] / scale, height)
        x, y = x0 + across * (x1 - x0), y0 + down * (y1 - y0)
        page_x = round(box["x"] + (x - left) * scale)
        page_y = round(box["y"] + (y - top) * scale)
        return (page_x, page_y), (
            (page_x - box["x"]) / scale + left,
            (page_y - box["y"]) / scale + top,
        )

    def take(self, tool: str) -> None:
        """Take a tool, and wait until the stage has it."""
        self.press(tool)
        self.has_taken(tool)

    def has_taken(self, tool: str) -> None:
        self.app.locator(".wb-palette button[aria-pressed=true]").get_by_text(
            tool, exact=True
        ).wait_for()
        self.app.locator(".wb-words", has_text=TOOLS[tool].words).wait_for()

    def click_at(self, across: float, down: float, **how: Any) -> tuple[float, float]:
        page, image = self.aim(across, down)
        self.page.mouse.click(*page, **how)
        return image

    def stroke(self, *path: tuple[float, float]) -> list[tuple[float, float]]:
        aimed = [self.aim(*point) for point in path]
        self.page.mouse.move(*aimed[0][0])
        self.page.mouse.down()
        for page, _ in aimed[1:]:
            self.page.mouse.move(*page, steps=3)
        self.page.mouse.up()
        return [image for _, image in aimed]

    def edit_of(self, act: Callable[[], Any]) -> tuple[Any, dict[str, Any]]:
        """What ``act`` returns, and the one edit that came of it."""
        before = len(self.edits())
        made = act()
        edits = self.until(lambda: (now := self.edits()) and len(now) > before and now, "an edit")
        assert len(edits) == before + 1
        return made, edits[-1]

    def open_photo(self, path: Path) -> None:
        before = self.ask("id(app.session)")
        self.notebook.run("held = app.session")  # or the next one might lie at the same address
        self.app.get_by_label("Open photo: file").set_input_files(path)
        self.until(lambda: self.ask("id(app.session)") != before, path.stem)
        self.notebook.run("del held")
        assert self.ask("app.session.photo.name") == path.stem
        self.shape = tuple(self.ask("app.session.photo.shape"))
        self.still()


def near(got: Any, wanted: Any) -> bool:
    """To half a pixel of the image."""
    return np.abs(np.asarray(got, float) - np.asarray(wanted, float)).max() <= 0.5


def write_photo(path: Path, width: int, height: int) -> Path:
    y, x = np.mgrid[0:height, 0:width]
    photo = np.dstack([90 + (x // 20 + y // 20) % 2 * 40, 60 + y * 150 // height, x * 200 // width])
    cv2.imwrite(str(path), photo.astype(np.uint8))
    return path


PATH = ((0.3, 0.35), (0.45, 0.7), (0.62, 0.4))


def made_three(person: Person) -> None:
    for tool, act in (
        ("Keep", lambda: person.click_at(0.4, 0.5)),
        ("Drop", lambda: person.click_at(0.6, 0.5)),
        ("Brush keep", lambda: person.stroke(*PATH)),
    ):
        person.take(tool)
        person.edit_of(act)


def cursor(person: Person) -> int:
    return person.ask("app.session.document.cursor")
