"""The widget: stage, tools and panels around one live session."""

from __future__ import annotations

import gc
import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as w

from .. import journal
from ..coordinates import Box
from ..edits import Click, Edit, Rerun
from ..opening import open as open_photo
from ..opening import recover
from ..session import Session
from . import looks
from .arrangement import Arrangement
from .canvas import Stage
from .controller import Controller
from .foretelling import Foretelling
from .gestures import Gesture, Key
from .incoming import Incoming
from .model_work import ModelWork
from .page import AppPage
from .panels.attribution import AttributionPanel
from .panels.behind import Behind
from .panels.candidates import CandidatesPanel
from .panels.check import Around, CheckPanel
from .panels.comparing import ComparingControls
from .panels.controls import button, closed
from .panels.figures import Around as Below
from .panels.figures import FiguresPanel
from .panels.files import FilesPanel
from .panels.history import HistoryPanel
from .panels.keys import KeySheet
from .panels.matte import MattePanel
from .panels.options import OptionsBar
from .panels.photos import PhotosPanel
from .panels.prompts import PromptsPanel
from .panels.recovery import RecoveryBar
from .panels.rerun import RerunBar
from .panels.subjects import SubjectsPanel
from .panels.view import ViewControls
from .picking import Picking
from .showing import Showing, Told
from .status import Status
from .toolbar import Palette
from .tools import TOOLS
from .worker import Worker

_STYLE = f"<style>{(Path(__file__).parent / 'app.css').read_text('utf-8')}</style>"
_MATTE_VIEW = "On checkerboard"  # what the tab Edge shows where the view is of the mask


class Workbench(w.VBox):
    """The workbench on a session; it displays itself.

    Args:
        session: a Session, or whatever ``workbench.open`` takes.
        width: of the stage, in page pixels; None for as much as there is.
        height: of the stage, in page pixels.

    Attributes:
        session: stays live: what is done from code shows in the widget, and the other way round.
    """

    session: Session
    controller: Controller
    _whole = False  # one that was refused half made has nothing to let go of

    def __init__(self, session: Any, width: int | None = None, height: int = 560) -> None:
        opened = session if isinstance(session, Session) else open_photo(session)
        self.stage = Stage(width, height)
        self._status = Status(self.stage, self._on_cancel)
        progress = self._status.progress_of
        self._worker = Worker(progress("answers"))
        # What the answers need not wait for, or what they wait for anyway: looking at the photo
        # before the first click, pinning another model, fetching one for a click or for none.
        self._scout = Worker(progress("scout"))
        # What takes its time while a hand goes on: finding all objects, what each prompt does.
        self._search = Worker(progress("search"))
        self._along = Worker()  # checks that nobody asked for, and nobody waits for
        self._opener = Worker(progress("opener"))  # a photo of 24 megapixels takes a second
        self._workers = self._worker, self._scout, self._search, self._along, self._opener
        self._showing = Showing(
            self.stage,
            self._worker,
            Told(self._asked, self._answered, self._failed, self._switched),
        )
        self._unwatch: Callable[[], object] = lambda: None
        self._left_view = ""  # the view that the tab Edge was entered from
        self._page = AppPage()
        self._page.observe(lambda change: self._matte.live.hold(change["new"]), "holding")
        self._build()
        super().__init__(
            [
                w.HTML(_STYLE),
                self._page,
                self._places.top,
                self._places.middle,
                self._figures.widget,
            ],
            layout=w.Layout(width="100%"),
        )
        self.add_class("wb-app")
        stage = self.stage
        stage.on_gesture(self._on_gesture)
        stage.on_key(self._on_key)
        stage.on_wheel(lambda factor, at: self._moved(self.controller.zoom(factor, at)))
        stage.on_pan(lambda dx, dy: self._moved(self.controller.pan(dx, dy)))
        stage.on_ready(self._showing.draw_all)
        stage.on_resize(lambda width, height: self._moved(self.controller.resize((width, height))))
        self._foretelling = Foretelling(self)
        stage.on_finding(self._on_finding)
        stage.on_error(self._failed)
        self._attach(opened)
        self._whole = True

    # ---------------------------------------------------------------------------- building

    def _build(self) -> None:
        """What lasts as long as the widget does; what belongs to a session is in _attach."""
        self._palette = Palette(self._on_tool)
        self._undo = button("Undo", "Undo the last edit (Ctrl+Z)", self._on_undo, "undo")
        self._redo = button("Redo", "Redo (Shift+Ctrl+Z)", self._on_redo, "repeat")
        self._picking = Picking(self, self._search)
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
        self._hovering = w.ToggleButton(
            description="Preview",
            tooltip="Show the mask that a click would give, before the click",
            icon="lightbulb-o",
            layout=w.Layout(width="auto"),
        )
        self._hovering.observe(lambda _: self._tooled(), "value")
        self._incoming = Incoming(self)
        self._behind = Behind(self._showing, self._opener, self._on_behind, self._failed)
        self._comparing = ComparingControls(self._showing, self._looked)
        self._keys = KeySheet()
        self._rerun = RerunBar(self._do, self._on_what_changed)
        self._recovery = RecoveryBar(self._on_reopen, self._failed)
        self._subjects = SubjectsPanel(self._do)
        self._candidates = CandidatesPanel(self._do)
        self._matte = MattePanel(self._do, self._on_try, self._search, self._status.say,
                                 self._failed, lambda: self.controller.colour)  # fmt: skip
        self._modelling = ModelWork(self)
        self._models = self._modelling.panel
        self._prompts = PromptsPanel(lambda: self.session, self._search, self._do,
                                     self._status.say, self._failed)  # fmt: skip
        self._history = HistoryPanel(
            self._do, self._on_compare, lambda edit_id: self._figures.explain(edit_id)
        )
        self._check = CheckPanel(
            Around(
                lambda: self.session, self._look_at,
                lambda: self._tabs.titles[self._tabs.selected_index or 0] == "Check",
                self._idle, self.stage.findings, self._on_found,
                lambda: self._showing.background, self._status.say, self._failed,
            ),
            self._search,
            self._along,
        )  # fmt: skip
        self._attribution = AttributionPanel(lambda: self.session, self._search, self._showing,
                                             self._do, self._status.say,
                                             self._failed)  # fmt: skip
        self._figures = FiguresPanel(
            Below(
                lambda: self.session, self._look_at, lambda: self._check.full or (),
                lambda: (self._showing.compared, self._showing.rival, self._showing.against),
                lambda: self._files.target, self._idle, self._status.say, self._failed,
            ),
            self._worker,
            self._along,
        )  # fmt: skip
        self._files = FilesPanel(lambda: self.session, self._worker, self.stage,
                                 self._figures.choice, self._status.say, self._failed)  # fmt: skip
        self._photos = PhotosPanel(self._opener, self._attach, self._failed)
        self._places = Arrangement(self)
        self._tabs = self._places.tabs
        self._tabs.observe(lambda change: self._on_tab(change["new"]), "selected_index")

    def _attach(self, session: Session) -> None:
        """Show a session in place of the one before, which stays what it was."""
        self._unwatch()
        # What was asked about the photo before; an export of it goes on.
        self._worker.cancel("look", "sheet")
        self._scout.cancel("prepare", "use", "auto")
        self._search.cancel()
        before = self._places.options.children
        if before:
            self.session.look = None
            self._photos.leave(self.session)
        self.session = session
        session.shown, session.look = True, self._look_at
        self.controller = Controller(session, (self.stage.width, self.stage.height))
        self._showing.attach(session, self.controller)
        self._closer.value = False
        self._bar = OptionsBar(self.controller, self._tooled, self._showing.looked)
        self._behind.fit(session)
        self._view = ViewControls(self.controller, self._showing, self._looked,
                                  self._behind.widget, self._behind.many)  # fmt: skip
        viewed = self._places.viewing.children
        self._places.viewing.children = self._view.widgets
        for name in ("smaller", "larger", "softer", "harder", "swap", "tool"):
            self.controller.on_action(name, self._tooled)
        for name in ("fit", "zoom in", "zoom out", "actual size"):
            self.controller.on_action(name, self._view_changed)
        for name in ("next view", "view before"):
            self.controller.on_action(name, self._looked)
        self.controller.on_action("colour", self._on_colour)
        self.controller.on_action("keys", self._keys.toggle)
        self._places.options.children = [self._bar.widget]
        self._page.follow(self)
        lasting = self._behind.widget, self._behind.many
        closed(*before, *(one for one in viewed if one not in lasting))
        self._used = session.document.state().segmenter
        self._check.attach()
        self._figures.attach()
        self._status.follow(session.document, fresh=True)
        self._unwatch = session.on_change(self._changed)
        self._tooled()
        self._view_changed()
        self._changed()
        self._recovery.offer(session)
        self._prepare()
        if before:
            gc.collect()  # the old session may hold a gigabyte, in circles
        self._photos.show(session)

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

    def _on_tab(self, index: int | None) -> None:
        """In the tab Edge one looks at the matte, in the others at what was looked at before."""
        controller, subject = self.controller, self.session.current
        edge = self._tabs.titles[index or 0] == "Edge"
        self._check.opened()
        if not edge and self._left_view and controller.view_mode == _MATTE_VIEW:
            controller.view_mode = self._left_view
            self._looked()
        self._left_view = ""
        selected = subject is not None and (subject.state.layers or subject.state.strokes)
        if edge and selected and controller.view_mode in looks.MASK_MODES:
            self._left_view, controller.view_mode = controller.view_mode, _MATTE_VIEW
            self._looked()

    def _on_finding(self, n: int) -> None:
        """A number on the stage was pressed: what it is shows in the tab Check."""
        self._tabs.selected_index = self._tabs.titles.index("Check")
        self._check.choose(n)

    def _idle(self) -> bool:
        """Whether nothing is being computed for a hand."""
        return not any(one.busy for one in (self._worker, self._scout, self._search))

    def _on_found(self, found: dict[str, int]) -> None:
        """The checks have something new to say: how many findings each subject has, by name."""
        self._subjects.badges(self.session, found)
        self._figures.found()

    def _look_at(self, box: Box) -> None:
        """A place on the stage, with the matte in sight."""
        self.controller.look_at(box)
        self._moved(None)
        if self.controller.view_mode in looks.MASK_MODES:
            self.controller.view_mode = _MATTE_VIEW
            self._looked()

    def _on_try(self, edit: Edit | None) -> None:
        """Show what a setting would do, before it is made."""
        self._showing.trying = edit
        if edit is not None:
            self._status.deed = f"Trying {edit.words()}"
        self._showing.ask()

    def _on_gesture(self, gesture: Gesture) -> None:
        self._showing.echo_through = gesture.serial
        try:
            edit = self.controller.gesture(gesture)
        except Exception:
            self._showing.echo_through = None
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

    def _on_tool(self, name: str) -> None:
        self.controller.tool = name
        self._tooled()

    def _on_colour(self) -> None:
        """The eyedropper took a colour: what was taken is seen at once where it is shown."""
        self._bar.show()
        self._view.refresh()
        self._matte.refresh(self.session)
        self._status.say(f"Took the colour {self.controller.colour} of the photo.")
        if self.controller.view_mode in ("On colour", "Composite"):
            self._showing.looked()

    def _on_behind(self) -> None:
        """A background was chosen: where the view shows none, it becomes the one that does."""
        if self.controller.view_mode not in (*looks.BEHIND_MODES, "Backgrounds"):
            self.controller.view_mode = "Composite"
        self._looked()

    def _on_compare(self, cursor: int) -> None:
        """The difference between what is shown and the document at another cursor."""
        self._showing.compared, self._showing.rival = cursor, None
        if self.controller.comparison == "Off":
            self._showing.differ()
            self._showing.look = None
        else:
            self._showing.forget_rival()
        self._looked()
        self._history.refresh(self.session, cursor)

    def _on_what_changed(self) -> None:
        self._on_compare(max(self.session.document.cursor - 1, 0))

    def _on_reopen(self, one: journal.Interrupted) -> None:
        self._do(lambda _: self._attach(recover(one)))

    # ----------------------------------------------------------------- from session to page

    def _changed(self) -> None:
        """The document changed: prompts at once, what a model must say from the worker."""
        self._showing.trying = None
        self._status.follow(self.session.document)
        if self.controller.comparison == "Off":
            self._showing.compared = None
        self._showing.back()
        self._figures.changed()
        self._recovery.hide(self.session)
        self._refresh_panels()
        self._showing.draw_prompts()
        self._attribution.forget()
        self._check.changed()
        self.stage.preview(None)
        used = self.session.document.state().segmenter
        if used != self._used:  # nobody wants to know any more what the other one says
            self._used = used
            self._worker.cancel("look")
            self._scout.cancel("prepare")
            self._prepare()
        self._showing.ask()

    def _refresh_panels(self) -> None:
        session = self.session
        self._undo.disabled = session.document.cursor == 0
        self._redo.disabled = session.document.cursor == len(session.document.edits)
        self._view.refresh()
        self._comparing.refresh(self.controller)
        for panel in (self._subjects, self._prompts, self._matte, self._models):
            panel.refresh(session)
        self._history.refresh(session, self._showing.compared)
        if not (session.document.active and isinstance(session.document.active[-1], Rerun)):
            self._rerun.show(None)

    def _asked(self, known: bool) -> None:
        """A question is on its way to the worker."""
        if not known:
            self._candidates.wait()
        if self._status.deed:
            # Heard, even where a model is at work.
            self._status.say(" · ".join([f"{self._status.deed} …", *self._waiting()]))

    def _answered(self, look: looks.Look, seconds: float) -> None:
        """What the stage shows is there."""
        session = self.session
        self._candidates.show(look.scores, look.chosen)
        small = self._showing.thumbnail()
        active = session.document.active
        if small is not None:
            self._history.picture(active[-1].id if active else "", small)
        self._fill_history()
        self._check.answered()
        self._figures.answered()
        subject = session.current
        if active and isinstance(active[-1], Rerun) and subject is not None:
            self._worker.submit(
                "understood", lambda token: subject.understood,
                lambda found, _: self._rerun.show(found), self._failed,
            )  # fmt: skip
        self._say_state(seconds)

    def _fill_history(self) -> None:
        """While nothing else is to do: the small picture of an edit that was stepped over."""
        session = self.session
        cursor = self._history.missing(session)
        if cursor is None or self._worker.inline or self._worker.busy or self._search.busy:
            return
        edit_id = session.document.edits[cursor - 1].id

        def done(small: Any, seconds: float) -> None:
            if session is self.session:
                self._history.picture(edit_id, small)
                self._fill_history()

        # One that cannot be made stays without; what is wrong was said when it was shown.
        self._search.submit(
            "pictures", lambda token: self._showing.small(session, cursor, token), done,
            lambda error: None,
        )  # fmt: skip

    def _looked(self) -> None:
        """The view mode or what belongs to it changed."""
        self._switched()
        if self.stage.view != self.controller.view:  # tiles show the whole photo smaller
            self._say_view()
        self._showing.looked()

    def _switched(self) -> None:
        """Show which view mode is in force."""
        self._view.refresh()
        self._comparing.refresh(self.controller)
        self._bar.show()

    def _tooled(self) -> None:
        """The tool or the brush changed."""
        controller = self.controller
        tool = TOOLS[controller.tool]
        # The stage first: whoever sees the tool's words has it in the hand already.
        self.stage.set_tool(
            tool.name,
            echo=tool.echo,
            width=controller.brush_size if tool.brush else 0,
            colour=tool.colour,
            cursor="grab" if tool.echo == "pan" else "crosshair",
            hardness=controller.brush_hardness if "hardness" in tool.options else 1.0,
            opacity=controller.brush_opacity if "opacity" in tool.options else 1.0,
            wired=tool.wired,
        )
        self.stage.hover(self._hovering.value and tool.name in ("Keep", "Drop"))
        self._palette.show(controller.tool)
        self._showing.draw_prompts()  # some show with their tool alone
        self._bar.show()
        self._picking.follow()

    def _moved(self, _view: Any) -> None:
        self._view_changed()

    def _view_changed(self) -> None:
        self._say_view()
        self._showing.draw_all()

    def _say_view(self) -> None:
        self.stage.view = view = self.controller.view
        height, width = self.session.photo.shape
        name = html.escape(self.session.photo.name)
        self._places.photo.value = (
            f'<span class="wb-photo-words">{name} · {width} × {height} · {view.scale:.0%}</span>'
        )
        self._closer.disabled = not self.controller.can_look_closer

    # --------------------------------------------------------------------------- in words

    def _on_cancel(self) -> None:
        for worker in self._workers:
            worker.cancel()

    def _failed(self, error: BaseException) -> None:
        self._status.failed(error)

    def _waiting(self) -> list[str]:
        """How many edits have no answer yet, in words; nothing where it is the only one."""
        answered = self._showing.answered
        new = [x for x in self.session.document.active if x.id not in answered]
        if len(new) < 2 and not self._scout.busy:
            return []
        what = "click" if all(isinstance(x, Click) for x in new) else "edit"
        return [f"{len(new)} {what}{'s are' if len(new) > 1 else ' is'} waiting"] if new else []

    def _say_state(self, seconds: float) -> None:
        session, look = self.session, self._showing.look
        if self._status.deed:
            mask = self.controller.view_mode in looks.MASK_MODES
            took = f" {seconds:.2f} s" if seconds >= 0.05 else ""  # what was known took none
            parts = [self._status.deed, (session.segmenter if mask else "matte") + took]
        else:
            parts = ["Click the subject, or drag a box around it", session.words]
        if look is not None:
            parts[1:1] = look.warnings
            parts += look.notes
        parts += session.bench.notes
        self._status.say(" · ".join(parts))

    def close(self) -> None:
        """Let go of the threads and the stage; the session lives on."""
        if not self._whole:
            return
        self._unwatch()
        self._check.forget()
        self.session.look = None
        for worker in self._workers:
            worker.close()
        self.stage.close()
        closed(*self.children)
        super().close()
