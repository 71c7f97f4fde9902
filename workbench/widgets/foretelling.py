"""What is shown before it is done: the mask that a click would give, the scissors' line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..coordinates import Point
from .colours import DROP, KEEP
from .listening import Answer

if TYPE_CHECKING:
    from .app import Workbench


class Foretelling:
    """Answers the pointer that moves over the stage, from the worker of searches."""

    def __init__(self, app: Workbench) -> None:
        self._app = app
        app.stage.on_hover(self._on_hover)
        app.stage.on_wire(self._on_wire)

    def _on_hover(self, point: Point | None) -> bool | None:
        """What one more click there would give, shown before it is made.

        Returns None where there will be nothing to show.
        """
        app = self._app
        if point is None or not app._hovering.value:
            return None
        session, keep = app.session, app.controller.tool == "Keep"

        def done(found: Any, seconds: float) -> None:
            if found is None or session is not app.session:
                app.stage.preview(None)
            else:
                alpha, box = found
                app.stage.preview(alpha, box, KEEP if keep else DROP)

        def failed(error: BaseException) -> None:
            app.stage.preview(None)  # a preview that cannot be is no preview

        app._search.submit("hover", lambda token: session.hover(*point, keep=keep), done, failed)
        return True

    def _on_wire(self, start: Point, end: Point, answer: Answer) -> None:
        """How the line of the scissors runs, while it is pulled."""
        way = self._app.controller.way
        self._app._search.submit(
            "wire", lambda token: way(start, end), lambda line, _: answer(line),
            lambda error: answer(None),
        )  # fmt: skip
