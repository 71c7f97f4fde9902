"""Files: export into a folder of the kernel's machine, download to the browser's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ipywidgets as w

from ... import export
from ...session import Session
from ..canvas import Stage
from ..worker import Worker
from .controls import button


class FilesPanel:
    """The row below the stage, and the quality sheet.

    Args:
        session: gives the session that is shown now.
        worker: does the work.
        stage: hands downloads to the browser.
        below: what is to stand at the row's end.
        say, failed: for the status line.

    Attributes:
        widget: the row of buttons.
    """

    def __init__(
        self,
        session: Callable[[], Session],
        worker: Worker,
        stage: Stage,
        below: w.Widget,
        say: Callable[[str], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._session, self._worker, self._stage = session, worker, stage
        self._say, self._failed = say, failed
        self.folder = w.Text(value="out", continuous_update=False, layout=w.Layout(width="120px"))
        self.folder.tooltip = "Export folder, on the machine that the kernel runs on"
        everything = ("png", "alpha", "shadow", "reflection", "trimap", "sheet")
        self.widget = w.HBox(
            [
                self.folder,
                button("Export", "Write all files into the folder on the left", self.export,
                       "floppy-o"),
                button("Download cut-out", "The cut-out PNG through the browser",
                       lambda: self.download(("png",)), "download"),
                button("Download all", "Cut-out, alpha, trimap and sheet as one zip",
                       lambda: self.download(everything), "file-archive-o"),
                below,
            ],
            layout=w.Layout(flex_flow="row wrap"),
        )  # fmt: skip
        self.widget.add_class("wb-tools")

    @property
    def target(self) -> Path:
        """The folder that is exported to."""
        return Path(self.folder.value).expanduser()

    def export(self) -> None:
        """Write all files into the folder."""
        session, folder = self._session(), self.target

        def done(paths: list[Path], seconds: float) -> None:
            names = ", ".join(p.name for p in paths)
            self._say(f"Exported to {folder.resolve()}: {names}")

        self._worker.submit(
            "export", lambda token: session.export(folder, progress=token), done, self._failed
        )

    def download(self, formats: tuple[str, ...]) -> None:
        """Send files to the browser, several as one zip."""
        session = self._session()

        def done(made: tuple[str, bytes], seconds: float) -> None:
            name, data = made
            mime = "image/png" if name.endswith(".png") else "application/zip"
            self._stage.download(name, data, mime)
            self._say(f"Sent {name} to the browser, {len(data) / 1e6:.1f} MB.")

        self._worker.submit(
            "download", lambda token: export.archive(session, formats, token), done, self._failed
        )
