"""Whom a stage tells of what a hand did on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..coordinates import Point
from .gestures import Gesture, Key

Answer = Callable[[np.ndarray | None], None]


class Listening:
    """Callbacks by what they listen to; several may listen to one thing, in their order."""

    def __init__(self) -> None:
        self._heard: dict[str, list[Callable[..., Any]]] = {}

    def on_gesture(self, fn: Callable[[Gesture], Any]) -> None:
        """Call ``fn(gesture)`` for every click and drag."""
        self._listen("gesture", fn)

    def on_key(self, fn: Callable[[Key], Any]) -> None:
        """Call ``fn(key)`` for every key that the stage takes while it has the focus."""
        self._listen("key", fn)

    def on_wheel(self, fn: Callable[[float, tuple[float, float]], Any]) -> None:
        """Call ``fn(factor, (x, y))``: zoom by ``factor`` around a point in canvas pixels.

        The next call comes when this one has returned; what the wheel did meanwhile is in it.
        """
        self._listen("wheel", fn)

    def on_pan(self, fn: Callable[[float, float], Any]) -> None:
        """Call ``fn(dx, dy)``: the image is to move by so many canvas pixels."""
        self._listen("pan", fn)

    def on_ready(self, fn: Callable[[], Any]) -> None:
        """Call ``fn()`` when a page shows the stage for the first time or anew: draw all again."""
        self._listen("ready", fn)

    def on_resize(self, fn: Callable[[int, int], Any]) -> None:
        """Call ``fn(width, height)`` when the stage's size or ratio is new: draw all again."""
        self._listen("resize", fn)

    def on_hover(self, fn: Callable[[Point | None], Any]) -> None:
        """Call ``fn((x, y))``, in image pixels, when the pointer has come to rest; None: it left.

        Only while ``hover`` is on and no button is down. The next call comes when this one has
        returned None; if it returns anything else, ``preview`` is to be called, and the next one
        comes after that.
        """
        self._listen("hover", fn)

    def on_wire(self, fn: Callable[[Point, Point, Answer], Any]) -> None:
        """Call ``fn(start, end, answer)`` for the way between two places, in image pixels.

        While a polygon of a wired tool is made; ``end`` is where the pointer is, or a corner.
        ``answer`` is to be called with the way, (n, 2) points (x, y) in image pixels, or with None:
        the line stays straight. The page's next question comes after that.
        """
        self._listen("wire", fn)

    def on_photo(self, fn: Callable[[str, bytes], Any]) -> None:
        """Call ``fn(name, data)`` for a photo dropped on the stage or pasted into it."""
        self._listen("photo", fn)

    def on_error(self, fn: Callable[[Exception], Any]) -> None:
        """Call ``fn(error)`` for what goes wrong in the other callbacks and in the page.

        Without one the errors are raised, and Jupyter writes them into its log.
        """
        self._listen("error", fn)

    def on_finding(self, fn: Callable[[int], Any]) -> None:
        """Call ``fn(n)`` when the number of an outlined place is pressed."""
        self._listen("finding", fn)

    def _listen(self, what: str, fn: Callable[..., Any]) -> None:
        self._heard.setdefault(what, []).append(fn)

    def _tell(self, what: str, *values: Any) -> None:
        for fn in self._heard.get(what, []):
            fn(*values)
