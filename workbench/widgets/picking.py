"""Find the photo's objects, then pick subjects by hovering over them and clicking.

The page gets one map of which objects lie where, and highlights the one under the pointer by
itself: a hand does not wait for the kernel.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from ..proposals import Proposals
from .panels.controls import button
from .worker import Worker

if TYPE_CHECKING:
    from .app import Workbench

TOOL = "Pick"


class ObjectsLayer(anywidget.AnyWidget):
    """What the page needs to highlight objects; see ``objects.js``.

    Its traits hold everything, so that a reloaded page shows the same.
    """

    _esm = (Path(__file__).parent / "objects.js").read_text("utf-8")  # as text: see pointer.Pointer
    active = traitlets.Bool(False).tag(sync=True)
    labels = traitlets.Bytes(b"").tag(sync=True)  # uint16, the patch of each cell, row by row
    about = traitlets.Dict().tag(sync=True)  # size, image: (h, w) each; stacks, colours

    def show(self, found: Proposals | None) -> None:
        """These objects from now on, or none."""
        if found is None:
            self.about, self.labels = {}, b""
            return
        cells = found.cells
        with self.hold_sync():  # the page never sees the one without the other
            self.labels = np.ascontiguousarray(cells.labels, "<u2").tobytes()
            self.about = {
                "size": list(cells.labels.shape),
                "image": list(found.image.shape[:2]),
                "stacks": [list(stack) for stack in cells.stacks],
                "colours": list(found.colours),
            }


class Picking:
    """The button "Find objects", the layer of highlights, and the way in and out of the tool.

    Attributes:
        button: looks for objects, then takes the tool Pick.
        layer: what is laid over the stage.
    """

    def __init__(self, app: Workbench, worker: Worker) -> None:
        self._app, self._worker = app, worker
        self.layer = ObjectsLayer()
        self.layer.on_msg(self._receive)
        self.button = button(
            "Find objects", "Find all the objects of the photo, to pick subjects by clicking them",
            self.find, "object-group",
        )  # fmt: skip
        self._shown: Proposals | None = None
        self._before = "Keep"  # the tool to go back to
        self._searching: object = None  # the controller whose photo is being searched

    def find(self) -> None:
        """Look for the photo's objects in the worker, with progress and cancel."""
        app, controller, session = self._app, self._app.controller, self._app.session
        self._searching = controller

        def done(found: Proposals, seconds: float) -> None:
            self._searching = None
            if controller is not app.controller:
                return  # another photo was opened meanwhile
            controller.proposals = found
            if not found:
                self.leave()
                app._status.say("Found no objects here; click or box the subject instead.")
                return
            controller.tool = TOOL
            app._tooled()
            app._status.say(
                f"Found {len(found)} object{'s' if len(found) > 1 else ''} in {seconds:.1f} s: "
                "click one to make it a subject (Shift: the largest under the pointer). "
                "Escape when done."
            )

        def failed(error: BaseException) -> None:
            self._searching = None
            self.leave()
            app._failed(error)

        app._status.say("Finding the objects …")
        self._worker.submit("objects", lambda token: session.propose(token), done, failed)

    def follow(self) -> None:
        """The tool may have changed: show or hide the highlights; without objects, find them."""
        controller = self._app.controller
        if controller.tool != TOOL:
            self._before = controller.tool
        if controller.proposals is not self._shown:
            self._shown = controller.proposals
            self.layer.show(self._shown)
        self.layer.active = controller.tool == TOOL and bool(self._shown)
        if controller.tool == TOOL and not self._shown and self._searching is not controller:
            self.find()

    def leave(self) -> None:
        """Back to the tool in force before."""
        if self._app.controller.tool == TOOL:
            self._app.controller.tool = self._before
            self._app._tooled()

    def _receive(self, _: Any, content: Any, buffers: Any) -> None:
        app, found = self._app, self._app.controller.proposals
        kind = content.get("type") if isinstance(content, dict) else None
        if kind == "leave":
            self.leave()
            app._status.say("Picking is over.")
            return
        number = content.get("object") if isinstance(content, dict) else None
        if not isinstance(number, int) or found is None or not 0 <= number < len(found):
            return  # of a photo that was shown before
        if kind == "at":
            share = found[number].area / (found.image.shape[0] * found.image.shape[1])
            app._status.say(
                f"Object {number + 1} of {len(found)}, {share:.1%} of the photo: Enter picks it."
            )
        elif kind == "pick":
            app._do(lambda session: session.pick(found[number]))
