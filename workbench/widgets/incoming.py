"""What a person hands in from the computer: another photo, a mask, a depth map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..opening import open as open_photo
from ..progress import CancelToken
from ..session import Session
from .page import Chooser

if TYPE_CHECKING:
    from .app import Workbench


class Incoming:
    """The buttons that take a file, and what becomes of it; a photo is dropped on the stage too.

    Attributes:
        photos, masks, depths: the buttons.
    """

    def __init__(self, app: Workbench) -> None:
        self._app = app
        self.photos = Chooser(
            "Open photo", "Open another photo of yours in this widget (or drop it on the stage, or "
            "paste it there)", self.photo, app._failed,
        )  # fmt: skip
        self.masks = Chooser(
            "Load mask", "A mask of the photo's size that was made elsewhere; click, paint and "
            "re-run go on from it", self.mask, app._failed,
        )  # fmt: skip
        self.depths = Chooser(
            "Load depth map", "A map of how far away everything is (.npy, .npz, .pfm, grey .png): "
            "with Use depth in the tab Edge it helps the matte", self.depth, app._failed,
            accept=".npy,.npz,.pfm,image/png,image/tiff",
        )  # fmt: skip
        app.stage.on_photo(self.photo)

    def photo(self, name: str, data: bytes) -> None:
        """Open it beside the stage's work, with the segmenter in use; then show it."""
        app = self._app
        use = app.session.document.state().segmenter

        def work(token: CancelToken) -> Session:
            token(0.1, f"opening {name}")
            return open_photo(data, use.segmenter, checkpoint=use.checkpoint, name=Path(name).stem)

        app._opener.submit("open", work, lambda made, _: app._attach(made), app._failed)

    def mask(self, name: str, data: bytes) -> None:
        """The subject's starting mask from here on."""
        self._app._do(lambda session: session.subject().load_mask(data, name=Path(name).stem))

    def depth(self, name: str, data: bytes) -> None:
        """How far away everything is in the photo."""
        self._app._do(lambda session: session.load_depth(data, name=name))
