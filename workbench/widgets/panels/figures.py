"""What lies below the stage: a figure of the result, kept up with the work, and what an edit did.

A figure is made when it is chosen, and again when the hand rests after an edit. A place that is
pressed in it is shown on the stage.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets as w
import traitlets

from ... import views
from ...coordinates import Box
from ...document import Document
from ...effects import Effect
from ...errors import InputError
from ...files import write_atomically
from ...progress import CancelToken
from ...quality.finding import Finding
from ...session import Session
from ..modules import module
from ..worker import Worker
from .controls import Quiet, button, row

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Compared = tuple[int | None, Session | None, str]
"""What is compared with: see ``Around.compared``."""


def _compared(session: Session, found: Iterable[Finding], compared: Compared) -> Figure:
    cursor, rival, words = compared
    at = max(session.document.cursor - 1, 0) if cursor is None else cursor
    before = views.cut(session, at=at) if rival is None else views.cut(rival)
    return views.compare(before, session, names=(words, "now"))


NOTHING, UNROLLED, PRINT = "nothing", "Edge unrolled", "Contact sheet"
_MAKERS: dict[str, Callable[[Session, Iterable[Finding], Compared], Figure]] = {
    "Quality sheet": lambda s, found, compared: views.sheet(s, title=s.name),
    "Backgrounds": lambda s, found, compared: views.backgrounds(s),
    UNROLLED: lambda s, found, compared: views.unrolled(s, report=found),
    "Edge width": lambda s, found, compared: views.edge_width(s),
    "Alpha under curves": lambda s, found, compared: views.contrast(s),
    "Band": lambda s, found, compared: views.band(s),
    "Colours": lambda s, found, compared: views.colours(s),
    "Compared": _compared,
    PRINT: lambda s, found, compared: views.contact_sheet(s, report=found),
}
FIGURES = (NOTHING, *_MAKERS)
"""What a person can have below the stage."""

_REST = 0.4  # seconds without an edit after which a figure is made again
_NEAR = 24.0  # pixels around a place that is pressed, at least
_SHARE = 0.03  # of the photo's longer side, likewise


class Picture(anywidget.AnyWidget):
    """A picture that is pressed; see ``figure.js``."""

    _esm = module(Path(__file__).parent.parent / "figure.js")
    png = traitlets.Bytes(b"").tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)  # what it is, for those who do not see it
    wide = traitlets.Int(1572).tag(sync=True)  # page pixels, at most
    stale = traitlets.Bool(False).tag(sync=True)
    pressable = traitlets.Bool(False).tag(sync=True)


@dataclass(frozen=True)
class Around:
    """What the panel needs of the app that it is in.

    Attributes:
        session: gives the session that is shown now.
        look: shows a box (x0, y0, x1, y1) of the photo on the stage.
        found: gives what the checks found last, where that is of this session.
        compared: gives what the comparisons compare with: the cursor of an earlier document of this
            session or None for one edit before, another session or None, and that in words.
        folder: gives the folder that is exported to.
        idle: whether nothing is being computed for a hand.
        say, failed: for the status line.
    """

    session: Callable[[], Session]
    look: Callable[[Box], None]
    found: Callable[[], Iterable[Finding]]
    compared: Callable[[], Compared]
    folder: Callable[[], Path]
    idle: Callable[[], bool]
    say: Callable[[str], None]
    failed: Callable[[BaseException], None]


class FiguresPanel:
    """One figure at a time, or none.

    Args:
        around: the app.
        worker: makes what a person asked for.
        quiet: makes what follows the work; its own thread.

    Attributes:
        choice: the list of figures, for the row below the stage.
        widget: the figure with what belongs to it; takes no room where there is none.
    """

    def __init__(self, around: Around, worker: Worker, quiet: Worker) -> None:
        self._around, self._worker, self._along = around, worker, quiet
        self._quiet = Quiet()
        self._figure: Figure | None = None
        self._made: tuple[Session, Document] | None = None  # what the figure is of
        self._timer: asyncio.TimerHandle | None = None
        self.choice = w.Dropdown(
            description="Below", options=FIGURES, layout=w.Layout(width="190px"),
            tooltip="A figure of the result below the stage, made again as you work",
            style={"description_width": "42px"},
        )  # fmt: skip
        self.choice.observe(self._quiet.heard(lambda _: self.show()), "value")
        self._title = w.HTML()
        self._save = button("Save figure", "Write it into the export folder", self.save, "floppy-o")
        close = button("Close figure", "Take it away", self.close, "times")
        self.picture = Picture()
        self.picture.on_msg(lambda _, message, __: self._hear(message))
        self.widget = w.VBox(
            [row(self._title, self._save, close), self.picture], layout=w.Layout(display="none")
        )

    @property
    def open(self) -> bool:
        """Whether a figure is shown, or on its way."""
        return self.choice.value != NOTHING

    def show(self) -> None:
        """Make the figure that is chosen, and show it."""
        if not self.open:
            self.close()
            return
        self._make(self._worker, self._around.failed)

    def close(self) -> None:
        """Take away what is shown."""
        self._wait_no_more()
        self._worker.cancel("figure")
        self._along.cancel("figure")
        with self._quiet():
            self.choice.value = NOTHING
        self._put(b"", "", None)

    def changed(self) -> None:
        """The document changed: the figure is of what was before."""
        self._wait_no_more()
        self._along.cancel("figure")
        if not self.open:
            self._put(b"", "", None)  # what an edit did
        elif self.picture.png:
            self.picture.stale = True

    def answered(self) -> None:
        """What the change led to is on the stage: the figure follows when the hand rests."""
        session = self._around.session()
        if self.open and self._made != (session, session.document):
            self._later()

    def found(self) -> None:
        """The checks have said something new."""
        if self.choice.value == UNROLLED:
            self._later()

    def attach(self) -> None:
        """Another session is shown."""
        self.close()

    def explain(self, edit_id: str) -> None:
        """Show what an edit did, where it did most."""
        session = self._around.session()

        def done(found: Effect, seconds: float) -> None:
            if found.box is not None:
                self.close()
                self._put(found.png, "What it did", None)
            self._around.say(str(found))

        self._worker.submit(
            "figure", lambda token: session.effect(edit_id, token), done, self._around.failed
        )

    def save(self) -> None:
        """Write the figure into the export folder: a print as PDF, the others as PNG."""
        folder = self._around.folder()
        kind = self.choice.value
        name = "effect" if kind == NOTHING else kind.lower().replace(" ", "_")
        data, ending = self.picture.png, "png"
        if kind == PRINT and self._figure is not None:
            target = io.BytesIO()
            self._figure.savefig(target, format="pdf")
            data, ending = target.getvalue(), "pdf"
        path = folder / f"{name}.{ending}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(path, lambda file: file.write(data))
        except OSError as error:
            self._around.failed(error)
            return
        self._around.say(f"Saved {path.resolve()}")

    # ------------------------------------------------------------------------------ inside

    def _later(self) -> None:
        self._wait_no_more()
        if self._along.inline:
            self._make(self._along, lambda error: None)
            return

        def rested() -> None:
            self._timer = None
            if not self._around.idle():
                self._later()
            elif self.open:
                self._make(self._along, lambda error: None)

        self._timer = asyncio.get_running_loop().call_later(_REST, rested)

    def _wait_no_more(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _make(self, worker: Worker, failed: Callable[[BaseException], None]) -> None:
        session, kind = self._around.session(), self.choice.value
        document, found = session.document, tuple(self._around.found())
        compared = self._around.compared()

        def job(token: CancelToken) -> tuple[Figure, bytes]:
            # Here what takes its time tells of it and can be cancelled; the figures then ask for
            # what is kept.
            session.render(lambda r: (r.alpha(), r.foreground()), token)
            figure = _MAKERS[kind](session, found, compared)
            token(0.98, "drawing the figure")
            target = io.BytesIO()
            figure.savefig(target, format="png")
            return figure, target.getvalue()

        def done(made: tuple[Figure, bytes], seconds: float) -> None:
            if session is not self._around.session() or kind != self.choice.value:
                return
            self._made = session, document
            self._put(made[1], kind, made[0])
            self.picture.stale = session.document is not document

        worker.submit("figure", job, done, failed)

    def _put(self, png: bytes, words: str, figure: Figure | None) -> None:
        self._figure = figure
        if figure is None:
            self._made = None
        with self.picture.hold_sync():
            self.picture.png, self.picture.words, self.picture.stale = png, words, False
            self.picture.pressable = figure is not None
            inches = 15.72 if figure is None else float(figure.get_size_inches()[0])
            self.picture.wide = max(1572, round(100 * inches))
        hint = ": press a place to see it on the stage" if figure is not None else ""
        self._title.value = f"<b>{words}</b>{hint}"
        self.widget.layout.display = "" if png else "none"

    def _hear(self, message: Any) -> None:
        try:
            if not isinstance(message, dict) or message.get("type") != "press":
                raise InputError(f"expected a press on the figure, got {message!r:.80}")
            if self._figure is None:
                return
            # The place comes in pixels of the PNG: those of the figure at its own dpi.
            place = views.place_at(self._figure, float(message["x"]), float(message["y"]))
        except Exception as error:  # noqa: BLE001 shown in the status line
            self._around.failed(error)
            return
        if place is None:
            self._around.say("Nothing of the photo lies there.")
            return
        height, width = self._around.session().photo.shape
        x, y = min(max(place[0], 0), width), min(max(place[1], 0), height)
        near = max(_NEAR, _SHARE * max(height, width))
        self._around.look((x - near, y - near, x + near, y + near))
        self._around.say(f"Shown: ({x:.0f}, {y:.0f}), from the figure below.")
