"""What the cut-out is looked at on: photos of the person's own, brought in from files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ipywidgets as w
import numpy as np

from ...io import load_photo
from ...session import Session
from .. import tiles
from ..page import Chooser
from ..pictures import backdrop
from ..showing import Showing
from ..worker import Worker
from .controls import Quiet

_MOST = 8  # that are held, the latest
_SIDE = 2048  # pixels along the longer side of one that is held
_DEFAULT = "Default"  # a table, or a checkerboard: what the view has of itself


class Behind:
    """A button that brings in a background, and a list of those that there are.

    They are for looking, and no edit: what is exported has none.

    Args:
        showing: lays the chosen one behind the cut-out.
        worker: reads a file.
        chosen: called when one was chosen that is to be looked at.
        failed: called with what went wrong.

    Attributes:
        chooser: the button. widget: the list, for the row above the stage. many: how many tiles
            the view Backgrounds has; the pictures that were brought in are among them.
    """

    def __init__(
        self,
        showing: Showing,
        worker: Worker,
        chosen: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._showing, self._worker, self._chosen, self._failed = showing, worker, chosen, failed
        self._pictures: dict[str, np.ndarray] = {}
        self._quiet = Quiet()
        self.chooser = Chooser(
            "Load background", "A photo of yours to see the cut-out on; it is no part of an export",
            self.bring, failed,
        )  # fmt: skip
        self.widget = w.Dropdown(
            description="Behind", options=[_DEFAULT], layout=w.Layout(width="140px"),
            tooltip="What lies behind the cut-out; Load background, in the tab Model, adds a photo",
            style={"description_width": "48px"},
        )  # fmt: skip
        self.widget.observe(self._quiet.heard(lambda _: self._choose()), "value")
        self.many = w.Dropdown(
            description="Tiles", options=tiles.COUNTS, layout=w.Layout(width="140px"),
            tooltip="How many backgrounds are shown at once; photos of yours are among them",
            style={"description_width": "48px"},
        )  # fmt: skip
        self.many.observe(self._quiet.heard(lambda _: self._choose()), "value")

    def bring(self, name: str, data: bytes) -> None:
        """Take in a picture of any format that photos have, and show the cut-out on it."""

        def work(_: object) -> np.ndarray:
            photo = load_photo(data, name=Path(name).stem)
            scale = min(1.0, _SIDE / max(photo.shape))
            size = max(1, round(photo.shape[0] * scale)), max(1, round(photo.shape[1] * scale))
            return backdrop(photo.image8, size)

        def done(picture: np.ndarray, seconds: float) -> None:
            title = Path(name).stem or "photo"
            title += " (photo)" if title == _DEFAULT else ""
            self._pictures.pop(title, None)
            self._pictures[title] = picture
            while len(self._pictures) > _MOST:
                del self._pictures[next(iter(self._pictures))]
            with self._quiet():
                self.widget.options = [_DEFAULT, *self._pictures]
                self.widget.value = title
            self._choose()

        self._worker.submit("behind", work, done, self._failed)

    def fit(self, session: Session) -> None:
        """Another photo is shown: the chosen background is cut to its proportions."""
        picture = self._pictures.get(self.widget.value)
        self._showing.background = (
            None if picture is None else backdrop(picture, session.photo.shape)
        )
        own = [backdrop(one, session.photo.shape) for one in self._pictures.values()]
        self._showing.controller.grounds = tiles.grounds(self.many.value, own)

    def _choose(self) -> None:
        self.fit(self._showing.session)
        self._chosen()
