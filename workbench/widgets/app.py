"""The widget: stage, tools and panels around one live session."""

from __future__ import annotations

import gc
import html
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as w

from .. import segment, weights
from ..edits import Click, UseSegmenter
from ..errors import CancelledError, WorkbenchError
from ..opening import open as open_photo
from ..progress import CancelToken
from ..session import Session, pin
from . import pictures
from .canvas import Stage
from .controller import TOOLS, Controller
from .gestures import Gesture, Key
from .page import AppPage, Chooser
from .panels.controls import button, closed
from .panels.files import FilesPanel
from .panels.models import ModelPanel
from .panels.selection import SelectionPanel
from .panels.settings import CandidatesPanel, MattePanel, ViewPanel
from .panels.subjects import SubjectsPanel
from .picking import Picking
from .worker import Worker

_STYLE = """<style>
.wb-app { max-width: 100%; }
.wb-app .wb-title { font-size: 12px; letter-spacing: .02em; opacity: .75; }
.wb-app .wb-tools button { margin: 1px; width: auto; }
.wb-app .wb-chooser[disabled] { opacity: .5; }
.wb-status { font: 13px/1.5 var(--jp-ui-font-family, sans-serif); padding: 2px 6px; }
.wb-status.wb-bad { background: #d55e00; color: #fff; border-radius: 2px; }
.wb-status details pre { white-space: pre-wrap; font-size: 11px; }
</style>"""


class Workbench(w.VBox):
    """The workbench on a session; it displays itself.

    Args:
        session: a Session, or whatever ``workbench.open`` takes.
        width, height: of the stage, in page pixels.

    Attributes:
        session: stays live: what is done from code shows in the widget, and the other way round.
    """

    def __init__(self, session: Any, width: int = 640, height: int = 520) -> None:
        self.stage = Stage(width, height)
        self._busy: dict[str, tuple[str, float | None]] = {}
        self._worker = Worker(self._progress_of("answers"))
        # What the answers need not wait for, or what they wait for anyway: looking at the photo
        # before the first click, pinning another model, fetching one for a click or for none.
        self._scout = Worker(self._progress_of("scout"))
        self._look: pictures.Look | None = None
        self._base_shown: object = None  # what the bottom layer shows
        self._unwatch: Callable[[], object] = lambda: None
        self._echo_through: int | None = None
        self._deed = ""  # what was done last, in words
        self._seen = 0, 0  # how many edits there were, and where the cursor stood
        self._answered: frozenset[str] = frozenset()  # the edits that the shown look knows
        self._build()
        super().__init__(
            [w.HTML(_STYLE), AppPage(), self._toolbar, self._middle, self._files.sheet],
            layout=w.Layout(width="100%"),
        )
        self.add_class("wb-app")
        self.stage.on_gesture(self._on_gesture)
        self.stage.on_key(self._on_key)
        self.stage.on_wheel(lambda factor, at: self._moved(self.controller.zoom(factor, at)))
        self.stage.on_pan(lambda dx, dy: self._moved(self.controller.pan(dx, dy)))
        self.stage.on_ready(self._draw_all)
        self.stage.on_error(self._failed)
        self._attach(session if isinstance(session, Session) else open_photo(session))

    # ---------------------------------------------------------------------------- building

    def _build(self) -> None:
        self._tools = {}
        for tool in TOOLS.values():
            made = w.ToggleButton(
                description=tool.name,
                tooltip=tool.words,
                icon=tool.icon,
                layout=w.Layout(width="auto"),
            )
            made.observe(self._tool_observer(tool.name), "value")
            self._tools[tool.name] = made
        self._undo = button("Undo", "Undo the last edit (Ctrl+Z)", self._on_undo, "undo")
        self._redo = button("Redo", "Redo (Shift+Ctrl+Z)", self._on_redo, "repeat")
        self._picking = Picking(self, self._worker)
        self.stage.lay_over(self._picking.layer)
        self._closer = w.ToggleButton(
            description="Look closer",
            tooltip="Ask the model about what is in sight alone, at its own resolution (zoom in "
            "first; the photo must be larger than the model's view)",
            icon="eye",
            disabled=True,
            layout=w.Layout(width="auto"),
        )
        self._closer.observe(self._on_closer, "value")
        self._chooser = Chooser(
            "Open photo", "Open another photo of yours in this widget", self._on_photo
        )
        first = w.HBox([*self._tools.values()], layout=w.Layout(flex_flow="row wrap"))
        first.add_class("wb-tools")
        second = w.HBox(
            [
                self._chooser,
                self._undo,
                self._redo,
                button(
                    "Re-run",
                    "Ask the model again, with your corrections as hints (Enter)",
                    lambda: self._do(lambda s: s.subject().rerun()),
                    "refresh",
                ),
                button(
                    "Start over",
                    "Begin anew; the history stays, undo brings it back",
                    lambda: self._do(lambda s: s.reset()),
                    "trash-o",
                ),
                self._picking.button,
                button("Fit", "Show the whole photo (0)",
                       lambda: self._moved(self.controller.fit())),
                button("100 %", "One photo pixel, one screen pixel",
                       lambda: self._moved(self.controller.actual_size())),
                button("Zoom in", "Zoom in (+, or the wheel)",
                       lambda: self._moved(self.controller.zoom(1.5)), "search-plus"),
                button("Zoom out", "Zoom out (−, or the wheel)",
                       lambda: self._moved(self.controller.zoom(1 / 1.5)), "search-minus"),
                self._closer,
            ],
            layout=w.Layout(flex_flow="row wrap"),
        )  # fmt: skip
        second.add_class("wb-tools")
        self._toolbar = w.VBox([first, second])
        # Beside the stage where there is room, below it in two columns where there is not.
        self._side = w.HBox(
            [],
            layout=w.Layout(
                flex="1 1 282px",
                min_width="282px",
                max_width="600px",
                padding="0 0 0 8px",
                flex_flow="row wrap",
                align_content="flex-start",
            ),
        )
        self._status = w.HTML(layout=w.Layout(flex="1 1 auto", min_width="0"))
        self._cancel = button("Cancel", "Stop what is running", self._on_cancel, "stop")
        self._cancel.layout.display = "none"
        self._files = FilesPanel(lambda: self.session, self._worker, self.stage, self._say,
                                 self._failed)  # fmt: skip
        # What one looks at while working is in one column: stage, words, files.
        main = w.VBox(
            [self.stage.widget, w.HBox([self._status, self._cancel]), self._files.widget],
            layout=w.Layout(width=f"{self.stage.width + 4}px", flex="0 0 auto"),
        )
        self._middle = w.HBox([main, self._side], layout=w.Layout(flex_flow="row wrap"))

    def _attach(self, session: Session) -> None:
        """Show a session in place of the one before, which stays what it was."""
        self._unwatch()
        # What was asked about the photo before; an export of it goes on.
        self._worker.cancel("look", "sheet", "objects")
        self._scout.cancel("prepare", "use", "auto")
        before = self._side.children
        self.session = session
        self.controller = Controller(session, (self.stage.width, self.stage.height))
        self._closer.value = False
        self._view_panel = ViewPanel(self.controller, self._looked, self._tooled)
        self._subjects = SubjectsPanel(self._do)
        self._candidates = CandidatesPanel(self._do)
        self._matte = MattePanel(self._do)
        self._models = ModelPanel(self._on_use, self._on_fetch, self._on_auto)
        self._selection = SelectionPanel(self.controller, self._do)
        for name, act in (
            ("smaller", self._tooled), ("larger", self._tooled), ("softer", self._tooled),
            ("harder", self._tooled), ("swap", self._tooled), ("next view", self._looked),
            ("fit", self._view_changed), ("zoom in", self._view_changed),
            ("zoom out", self._view_changed),
        ):  # fmt: skip
            self.controller.on_action(name, act)
        self._side.children = [
            self._subjects.widget,
            self._candidates.widget,
            self._view_panel.widget,
            self._matte.widget,
            self._selection.widget,
            self._models.widget,
        ]
        closed(*before)
        self._look, self._answered = None, frozenset()
        self._used = session.document.state().segmenter
        self._seen = len(session.document.edits), session.document.cursor
        self._unwatch = session.on_change(self._changed)
        self._tooled()
        self._view_changed()
        self._changed()
        self._prepare()
        if before:
            gc.collect()  # the old session may hold a gigabyte, in circles

    def _prepare(self) -> None:
        """Have the photo looked at while the person still does; the first click is quick then.

        Not where something was asked already: the look asks for what it needs itself.
        """
        session = self.session
        if self._scout.inline or any(s.layers for s in session.document.state().subjects):
            return
        # What goes wrong is said when it is asked for.
        self._scout.submit("prepare", session.prepare, lambda *_: None, lambda error: None)

    # -------------------------------------------------------------------- from hand to edit

    def _do(self, act: Callable[[Session], Any]) -> None:
        """Do something to the session; what goes wrong is said and has changed nothing."""
        try:
            act(self.session)
        except Exception as error:  # noqa: BLE001 shown in the status line
            self._failed(error)
            self._refresh_panels()

    def _on_gesture(self, gesture: Gesture) -> None:
        self._echo_through = gesture.serial
        try:
            edit = self.controller.gesture(gesture)
        except Exception:
            self._echo_through = None
            raise
        if edit is None:
            self.stage.clear_echo(gesture.serial)

    def _on_key(self, key: Key) -> None:
        self.controller.key(key)

    def _on_closer(self, change: Any) -> None:
        self.controller.closer = bool(change["new"])

    def _on_undo(self) -> None:
        self._do(lambda s: s.undo())

    def _on_redo(self) -> None:
        self._do(lambda s: s.redo())

    def _tool_observer(self, name: str) -> Callable[[Any], None]:
        def observe(change: Any) -> None:
            if change["new"]:
                self.controller.tool = name
                self._tooled()
            elif self.controller.tool == name:
                self._tools[name].value = True  # a tool is left by taking another one

        return observe

    def _on_photo(self, name: str, data: bytes) -> None:
        def act(_: Session) -> None:
            use = self.session.document.state().segmenter
            self._attach(
                open_photo(data, use.segmenter, checkpoint=use.checkpoint, name=Path(name).stem)
            )

        self._do(act)

    # ----------------------------------------------------------------- from session to page

    def _changed(self) -> None:
        """The document changed: prompts at once, what a model must say from the worker."""
        self._deed = self._what_happened()
        self._files.hide_sheet()  # it shows what was before
        self._refresh_panels()
        self._draw_prompts()
        used = self.session.document.state().segmenter
        if used != self._used:  # nobody wants to know any more what the other one says
            self._used = used
            self._worker.cancel("look")
            self._scout.cancel("prepare")
            self._prepare()
        self._ask()

    def _refresh_panels(self) -> None:
        session = self.session
        self._undo.disabled = session.document.cursor == 0
        self._redo.disabled = session.document.cursor == len(session.document.edits)
        for panel in (self._subjects, self._view_panel, self._matte, self._models):
            panel.refresh(session)

    def _ask(self) -> None:
        """Have the worker make what the view mode shows of the document as it is now."""
        session, mode = self.session, self.controller.view_mode
        through = self._echo_through
        current = session.current.id if session.current is not None else None
        known = frozenset(edit.id for edit in session.document.active)
        if current is not None and not session.peek(lambda r: r.subject(current).known_prediction):
            self._candidates.wait()

        def job(token: CancelToken) -> pictures.Look:
            return session.render(lambda r: pictures.look(r, mode, current), token)

        def done(look: pictures.Look, seconds: float) -> None:
            if session is not self.session:
                return
            self._look, self._answered = look, known
            self._draw_look()
            self._candidates.show(look.scores, look.chosen)
            self.stage.clear_echo(through)
            self._say_state(seconds)

        def failed(error: BaseException) -> None:
            if session is not self.session:
                return
            self.stage.clear_echo(through)
            self._failed(error)
            if isinstance(error, CancelledError) and mode not in pictures.PHOTO_MODES:
                # The matte was not wanted after all: what there is without it is the mask.
                self.controller.view_mode = "Overlay"
                self._looked()

        if self._deed:
            # Heard, even where a model is at work.
            self._say(" · ".join([f"{self._deed} …", *self._waiting()]))
        self._worker.submit("look", job, done, failed)

    def _looked(self) -> None:
        """The view mode or the overlay's strength changed."""
        self._view_panel.refresh(self.session)
        with self.stage.together():
            self._draw_look()
            self._draw_prompts()
        if self._look is None or self._look.mode != self.controller.view_mode:
            self._ask()

    def _tooled(self) -> None:
        """The tool or the brush changed."""
        controller = self.controller
        for name, made in self._tools.items():
            made.value = name == controller.tool
        tool = TOOLS[controller.tool]
        self.stage.set_tool(
            tool.name,
            echo=tool.echo,
            width=controller.brush_size if tool.brush else 0,
            colour=tool.colour,
            cursor="grab" if tool.echo == "pan" else "crosshair",
        )
        self._view_panel.refresh(self.session)
        self._picking.follow()

    def _moved(self, _view: Any) -> None:
        self._view_changed()

    def _view_changed(self) -> None:
        self.stage.view = self.controller.view
        self._closer.disabled = not self.controller.can_look_closer
        self._draw_all()

    def _draw_all(self) -> None:
        """Every layer, whatever the page has: it may be new."""
        self._base_shown = None
        with self.stage.together():
            self._draw_look()
            self._draw_prompts()

    def _draw_look(self) -> None:
        """The photo, or what the mode shows in its place, and the masks over it."""
        view, canvas, look = self.controller.view, self.controller.canvas, self._look
        mode = self.controller.view_mode
        with self.stage.together():
            # The photo's picture is a megabyte or two: it is not sent again for a new mask.
            base = (view, "Photo") if mode in pictures.PHOTO_MODES else (view, look)
            if base != self._base_shown:
                picture = pictures.base_picture(self.session.image, look, mode, view, canvas)
                self.stage.draw("photo", picture, view)
                self._base_shown = base
            if look is not None and look.planes and look.mode == mode:
                opacity, now = self._view_panel.opacity, self.session.current
                current = now.id if now is not None else None
                self.stage.draw(
                    "overlay", pictures.overlay_picture(look, opacity, view, canvas, current), view
                )
            else:
                self.stage.clear("overlay")

    def _draw_prompts(self) -> None:
        if self.controller.view_mode in pictures.PHOTO_MODES:
            view, now = self.controller.view, self.session.current
            state = now.state if now is not None else None
            picture = pictures.prompts_picture(state, view, self.controller.canvas)
            self.stage.draw("prompts", picture, view)
        else:
            self.stage.clear("prompts")

    # ------------------------------------------------------------------------ models, files

    def _on_use(self, name: str) -> None:
        session = self.session

        def done(pinned: tuple[UseSegmenter, str], seconds: float) -> None:
            session.words = pinned[1]
            session.do(pinned[0])

        def failed(error: BaseException) -> None:
            self._failed(error)
            self._refresh_panels()
            self._prepare()

        # Hashing a checkpoint of gigabytes takes seconds: not on the event loop, and not behind
        # the encode that is not wanted any more.
        self._scout.cancel("prepare")
        self._scout.submit("use", lambda token: pin(name, progress=token), done, failed)

    def _on_fetch(self, name: str) -> None:
        needed = segment.segmenters()[name].weights or name

        def done(path: Path, seconds: float) -> None:
            self._say(f"Fetched {path.name}.")
            self._models.rescan()
            self._on_use(name)

        self._scout.submit(
            "fetch", lambda token: weights.fetch(needed, progress=token), done, self._failed
        )

    def _on_auto(self, name: str) -> None:
        subject = self.session.subject()

        def work(token: CancelToken) -> str:
            state = segment.automatic_models()[name]
            if not state.ready and state.weights:
                weights.fetch(state.weights, progress=token)
            return segment.automatic_identity(name)  # hashes the file, once

        def done(identity: str, seconds: float) -> None:
            self._models.rescan()
            self._do(lambda _: subject.auto(name))

        self._scout.submit("auto", work, done, self._failed)

    # --------------------------------------------------------------------------- in words

    def _progress_of(self, who: str) -> Callable[[float | None, str | None], None]:
        """What one of the two workers says; the answers come first."""

        def on_progress(fraction: float | None, words: str | None) -> None:
            self._busy.pop(who, None)
            if words is not None:
                self._busy[who] = words, fraction
            shown = self._busy.get("answers") or self._busy.get("scout")
            self.stage.busy(*(shown or (None, None)))
            self._cancel.layout.display = "inline-block" if shown else "none"

        return on_progress

    def _on_cancel(self) -> None:
        self._worker.cancel()
        self._scout.cancel()

    def _waiting(self) -> list[str]:
        """How many edits have no answer yet, in words; nothing where it is the only one."""
        new = [x for x in self.session.document.active if x.id not in self._answered]
        if len(new) < 2 and not self._scout.busy:
            return []
        what = "click" if all(isinstance(x, Click) for x in new) else "edit"
        return [f"{len(new)} {what}{'s are' if len(new) > 1 else ' is'} waiting"] if new else []

    def _say_state(self, seconds: float) -> None:
        session = self.session
        if self._deed:
            mask = self.controller.view_mode in pictures.PHOTO_MODES
            parts = [self._deed, f"{session.segmenter if mask else 'matte'} {seconds:.2f} s"]
        else:
            parts = ["Click the subject, or drag a box around it", session.words]
        if self._look is not None:
            parts[1:1] = self._look.warnings
            parts += self._look.notes
        parts += session.bench.notes
        self._say(" · ".join(parts))

    def _what_happened(self) -> str:
        """The last deed in words; "" where nothing was done yet."""
        document, (made, cursor) = self.session.document, self._seen
        self._seen = len(document.edits), document.cursor
        if document.cursor < cursor:
            return f"Undid: {document.edits[document.cursor].words()}"
        if not document.active:
            return ""
        again = "Redid: " if document.cursor > cursor and len(document.edits) == made else ""
        return again + document.active[-1].words()

    def _say(self, words: str) -> None:
        self._status.value = (
            f'<div class="wb-status" role="status" aria-live="polite">{html.escape(words)}</div>'
        )

    def _failed(self, error: BaseException) -> None:
        """Say what went wrong; what was not foreseen comes with a traceback to copy."""
        if isinstance(error, CancelledError):
            self._say("Cancelled.")
            return
        words = str(error) or type(error).__name__
        more = ""
        if not isinstance(error, WorkbenchError):
            trace = "".join(traceback.format_exception(error))
            words = f"{type(error).__name__}: {words}"
            more = f"<details><summary>Traceback</summary><pre>{html.escape(trace)}</pre></details>"
        self._status.value = (
            f'<div class="wb-status wb-bad" role="status" aria-live="assertive">'
            f"{html.escape(words)}{more}</div>"
        )

    def close(self) -> None:
        """Let go of the thread and the stage; the session lives on."""
        self._unwatch()
        self._worker.close()
        self._scout.close()
        self.stage.close()
        closed(*self.children)
        super().close()
