"""A stage without a browser: its page is an object of the tests."""

from __future__ import annotations

from typing import Any

from workbench.widgets.canvas import Stage


class Played:
    """A stage whose page is this object."""

    def __init__(self, *size: int | None) -> None:
        self.stage = Stage(*(size or (40, 30)))
        self.heard: list[Any] = []
        self.errors: list[Exception] = []
        self.sent: list[tuple[dict[str, Any], Any]] = []
        self.drawn: list[Any] = []
        self.stage._pointer.send = lambda content, buffers=None: self.sent.append(
            (content, buffers)
        )
        self.stage.on_gesture(self.heard.append)
        self.stage.on_key(self.heard.append)
        self.stage.on_wheel(lambda factor, at: self.heard.append((factor, at)))
        self.stage.on_pan(lambda dx, dy: self.heard.append((dx, dy)))
        self.stage.on_ready(lambda: self.heard.append("ready"))
        self.stage.on_resize(lambda *size: self.heard.append(("resize", *size)))
        self.stage.on_photo(lambda name, data: self.heard.append((name, data)))
        self.stage.on_error(self.errors.append)

    def say(self, message: Any, *buffers: bytes) -> None:
        self.stage._pointer._handle_custom_msg(message, list(buffers))
