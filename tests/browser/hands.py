"""A person at the whole widget: finds the stage by its class, controls by name."""

from __future__ import annotations

import time

import cv2
import numpy as np

PATIENCE = 60_000  # ms


class Hand:
    """A person at the page: finds the stage by its class and its attributes, controls by name."""

    def __init__(self, page) -> None:
        self.page = page
        self.stage = page.locator(".wb-stage").first
        self.status = page.locator(".wb-app [role=status]").first

    def view_of(self, x: float, y: float) -> tuple[float, float]:
        """An image point in pixels of the stage, by what the stage says of its view."""
        scale, left, top = (
            float(self.stage.get_attribute(f"data-{name}")) for name in ("scale", "x", "y")
        )
        return scale * (x - left), scale * (y - top)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """An image point in page pixels."""
        corner, (across, down) = self.stage.bounding_box(), self.view_of(x, y)
        return corner["x"] + across, corner["y"] + down

    def press(self, name: str) -> None:
        self.page.locator(".wb-app").first.get_by_role("button", name=name, exact=True).click()

    def drag(self, *points: tuple[float, float]) -> None:
        self.page.mouse.move(*self.at(*points[0]))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.at(*point), steps=6)
        self.page.mouse.up()

    def wait_for_words(self, words: str) -> str:
        self.page.wait_for_function(
            """words => {
                const said = document.querySelector('.wb-app [role=status]').innerText;
                return said.includes(words) && !said.includes('…');  // … while it is at work
            }""",
            arg=words,
            timeout=PATIENCE,
        )
        return self.status.inner_text()

    def choose(self, name: str, value: str) -> None:
        self.page.locator(".wb-app").first.get_by_label(name, exact=True).select_option(value)

    def picture(self) -> np.ndarray:
        """What is on the stage, (h, w, 3) uint8 BGR."""
        data = np.frombuffer(self.stage.screenshot(), np.uint8)
        return cv2.imdecode(data, cv2.IMREAD_COLOR)

    def picture_when(self, right) -> np.ndarray:
        """What is on the stage as soon as ``right(picture)``: a matte takes its time."""
        end = time.monotonic() + PATIENCE / 1000
        while not right(picture := self.picture()):
            assert time.monotonic() < end, self.status.inner_text()
            self.page.wait_for_timeout(200)
        return picture
