"""Files: export into a folder of the kernel's machine, download to the browser's, the sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ipywidgets as w

from ... import export
from ...effects import Effect
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
        say, failed: for the status line.

    Attributes:
        widget: the row of buttons.
        sheet: the quality sheet, or what an edit did; hidden until it is asked for.
    """

    def __init__(
        self,
        session: Callable[[], Session],
        worker: Worker,
        stage: Stage,
        say: Callable[[str], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._session, self._worker, self._stage = session, worker, stage
        self._say, self._failed = say, failed
        self.folder = w.Text(value="out", continuous_update=False, layout=w.Layout(width="120px"))
        self.folder.tooltip = "Export folder, on the machine that the kernel runs on"
        self.sheet = w.Image(format="png", layout=w.Layout(max_width="100%", display="none"))
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
                button("Quality sheet", "The cut-out on many backgrounds, its edge at 100 %",
                       self.show_sheet, "th"),
            ],
            layout=w.Layout(flex_flow="row wrap"),
        )  # fmt: skip
        self.widget.add_class("wb-tools")

    def export(self) -> None:
        """Write all files into the folder."""
        session, folder = self._session(), Path(self.folder.value).expanduser()

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

    def show_sheet(self) -> None:
        """Make the quality sheet and show it."""
        session = self._session()

        def done(made: tuple[str, bytes], seconds: float) -> None:
            self.sheet.value = made[1]
            self.sheet.layout.display = "block"
            self._say("The quality sheet is below.")

        self._worker.submit(
            "sheet", lambda token: export.archive(session, ("sheet",), token), done, self._failed
        )

    def show_effect(self, edit_id: str) -> None:
        """Show what an edit did, where it did most."""
        session = self._session()

        def done(found: Effect, seconds: float) -> None:
            if found.box is not None:
                self.sheet.value = found.png
                self.sheet.layout.display = "block"
            self._say(str(found))

        self._worker.submit(
            "sheet", lambda token: session.effect(edit_id, token), done, self._failed
        )

    def hide_sheet(self) -> None:
        """Take the sheet away: something changed since it was made."""
        self.sheet.layout.display = "none"
