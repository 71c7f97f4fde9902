"""From the session to the stage: have made what the view mode shows, and draw it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from ..coordinates import View
from ..edits import Edit
from ..errors import CancelledError
from ..progress import CancelToken
from ..render import Render
from ..session import Session
from . import looks, pictures, tiles
from .canvas import Stage
from .controller import Controller
from .prompt_pictures import prompts_picture
from .thumbnails import overview, thumbnail
from .tools import REFLECTION_TOOLS, SHADOW_TOOLS
from .worker import Worker


@dataclass
class Told:
    """Whom to tell what became of a question.

    Attributes:
        asked: a question is on its way; ``known`` says whether its answer is kept already.
        answered: it was drawn, after so many seconds.
        failed: it was not.
        switched: the view mode became another one here.
    """

    asked: Callable[[bool], None] = lambda known: None
    answered: Callable[[looks.Look, float], None] = lambda look, seconds: None
    failed: Callable[[BaseException], None] = lambda error: None
    switched: Callable[[], None] = lambda: None


@dataclass
class Showing:
    """One session on a stage, in one view mode at a time.

    Attributes:
        stage: where it is drawn. worker: who makes what is drawn.
        opacity: of the overlay, 0–1.
        background: what lies behind the cut-out in the view Composite; None for the colour.
        trying: an edit that is shown as if it were made, while a slider is dragged.
        look: what is shown, None before the first answer.
        answered: the ids of the edits that the look knows.
        compared: the cursor of the document that is compared with, in the view Difference and in
            the comparisons; None for the one an edit earlier.
        rival: another session that the comparisons compare with instead, of a photo of this size.
        echo_through: the serial of the last gesture, whose echo goes when its answer is drawn.
    """

    stage: Stage
    worker: Worker
    told: Told = field(default_factory=Told)
    opacity: float = 0.45
    background: object = None
    trying: Edit | None = None
    look: looks.Look | None = None
    answered: frozenset[str] = frozenset()
    compared: int | None = None
    rival: Session | None = None
    echo_through: int | None = None
    _drawn: object = None  # what the bottom layer shows
    _back: str | None = None  # the view to go back to after a difference

    def attach(self, session: Session, controller: Controller) -> None:
        """Show another session from now on; draws nothing by itself."""
        self.worker.cancel("look")
        self.session, self.controller = session, controller
        self.look, self.answered, self.compared, self._drawn = None, frozenset(), None, None
        self.trying = self.rival = None
        self._small = overview(session.photo.image8)
        self.stage.ants([])
        self.stage.overview(self._small, session.photo.shape)

    # ---------------------------------------------------------------------------- asking

    def ask(self) -> None:
        """Have the worker make what the view mode shows of the document as it is now."""
        session, mode, through = self.session, self.controller.view_mode, self.echo_through
        trying = self.trying
        current = session.current.id if session.current is not None else None
        known = frozenset(edit.id for edit in session.document.active)
        compare, cursor = mode == "Difference" and session.document.edits, self.compared
        rival = self._rival()
        sight = self.stage.grid(self.controller.view)
        part = pictures.in_sight(session.photo.shape, *sight)
        kept = current is None or session.peek(
            lambda r: r.subject(current).known_prediction is not None
        )

        def job(token: CancelToken) -> looks.Look:
            # Another session's before this one's: one computation at a time in each, never in both.
            other = None if rival is None else rival(token)
            if other is not None:
                pictures.look_over(other, *sight)

            def ready(look: looks.Look) -> looks.Look:
                pictures.look_over(look, *sight)
                return look if other is None else replace(look, rival=other)

            def made(now: Render) -> looks.Look:
                first = looks.first_look(now, mode, current, part)
                if first is not None:
                    shown = ready(first)
                    self.worker.meanwhile(lambda: meanwhile(shown))
                before = session.earlier(cursor, token) if compare else None
                return ready(looks.look(now, mode, current, before=before))

            return session.render(made, token, trying)

        def meanwhile(look: looks.Look) -> None:
            if session is self.session and mode == self.controller.view_mode:
                self.look = look
                self.draw_look()

        def done(look: looks.Look, seconds: float) -> None:
            if session is not self.session:
                return
            self.look, self.answered = look, known
            self.draw_look()
            self.stage.clear_echo(through)
            self.told.answered(look, seconds)

        def failed(error: BaseException) -> None:
            if session is not self.session:
                return
            self.stage.clear_echo(through)
            self.told.failed(error)
            if isinstance(error, CancelledError) and mode not in looks.MASK_MODES:
                # The matte was not wanted after all: what there is without it is the mask.
                self.controller.view_mode = "Overlay"
                self.told.switched()
                self.looked()

        self.told.asked(kept)
        self.worker.submit("look", job, done, failed)

    def looked(self) -> None:
        """The view mode, its colour or the overlay's strength changed."""
        if self.controller.view_mode != "Difference":
            self._back = None
        self.draw_all()
        look, compares = self.look, self.controller.comparison != "Off"
        if (
            look is None
            or look.mode != self.controller.view_mode
            or (compares and look.rival is None)
        ):
            self.ask()

    def _rival(self) -> Callable[[CancelToken], looks.Look] | None:
        """Makes what is compared with, in a worker; None where nothing is."""
        session, mode, other = self.session, self.controller.view_mode, self.rival
        if self.controller.comparison == "Off":
            return None
        document = session.document
        cursor = self.compared
        if cursor is None:  # a setting that is tried is held against what it would be made on
            cursor = document.cursor - (self.trying is None)
        cursor = min(max(cursor, 0), len(document.edits))
        now = session.current.id if session.current is not None else None

        def look(then: Render) -> looks.Look:
            there = [one.subject.id for one in then.visible]
            return looks.look(then, mode, now if now in there else next(iter(there), None))

        def earlier(token: CancelToken) -> looks.Look:
            return session.render(lambda _: look(session.earlier(cursor, token)), token)

        def others(token: CancelToken) -> looks.Look:
            assert other is not None
            return replace(other.render(look, token), image=other.image)

        return earlier if other is None else others

    # --------------------------------------------------------------------------- drawing

    def draw_all(self) -> None:
        """Every layer, whatever the page has: it may be new."""
        self._drawn = None
        with self.stage.together():
            self.draw_look()
            self.draw_prompts()

    def draw_look(self) -> None:
        """The photo, or what the mode shows in its place, and the masks over it."""
        controller, look, session = self.controller, self.look, self.session
        view, mode = controller.view, controller.view_mode
        self.stage.view = view  # a mode with tiles may have shown another part
        grid, canvas = self.stage.grid(view)
        fits = look if look is not None and look.mode == mode else None
        rival = fits.rival if fits is not None else None
        how = controller.comparison
        if how != "Side by side" and rival is None:
            how = "Off"  # until there is something to hold it against
        current = session.current.id if session.current is not None else None
        with self.stage.together():
            # The photo's picture is a megabyte or two: it is not sent again for a new mask.
            plain = mode in looks.PHOTO_MODES
            dense = self.stage.ratio
            base = (view, dense) if plain else (view, dense, look, mode, controller.colour)
            base = (*base, how, *((look, self.opacity) if how != "Off" else ()))
            if base != self._drawn:
                pieces = controller.pieces
                if how == "Side by side" or (pieces > 1 and fits is None):
                    # The tiles are there from the choice on, with the photo alone where an answer
                    # is late: where a click lands must not depend on that.
                    shown = (rival, fits) if how == "Side by side" else (None,) * pieces
                    parts = [self._flat(one, current) for one in shown]
                    picture = tiles.joined(parts, grid, canvas, dense)
                else:
                    picture = pictures.base_picture(
                        session.image, fits, mode, grid, canvas, colour=controller.colour,
                        background=self.background, grounds=controller.grounds, ratio=dense,
                    )  # fmt: skip
                self.stage.draw("photo", picture, view, tiles.grid(canvas, pieces))
                if mode == "Before and after":
                    self.stage.draw("before", self._flat(None, current)(grid, canvas), view)
                elif how in ("Flicker", "Divider"):
                    self.stage.draw("before", self._flat(rival, current)(grid, canvas), view)
                self._drawn = base
            self.stage.divider(mode == "Before and after" or how == "Divider")
            self.stage.flicker(how == "Flicker")
            self.stage.captions(self._captions(how, rival is not None))
            if fits is not None and fits.overlaid and how != "Side by side":
                picture = pictures.overlay_picture(
                    fits, self.opacity, grid, canvas, current, ratio=dense
                )
                self.stage.draw("overlay", picture, view)
            else:
                self.stage.clear("overlay")
        # A mask's outlines close by themselves; the page closes what ends where it began.
        paths = fits.paths if fits is not None else ()
        self.stage.ants([np.concatenate([path, path[:1]]) for path in paths])

    def _flat(self, look: looks.Look | None, current: str | None) -> tiles.Part:
        """Makes a look as one picture without layers; of None the photo."""
        session, dense = self.session, self.stage.ratio

        def made(view: View, canvas: tuple[int, int]) -> np.ndarray:
            if look is None:
                return pictures.base_picture(session.image, None, "Photo", view, canvas)
            return pictures.flat_picture(
                session.image, look, self.opacity, view, canvas, current,
                colour=self.controller.colour, background=self.background, ratio=dense,
            )  # fmt: skip

        return made

    def draw_prompts(self) -> None:
        """What was asked and marked, over the photo; over a matte what the tool in hand is for."""
        tool = self.controller.tool
        asked = self.controller.view_mode in looks.PHOTO_MODES
        passes, ground = asked or tool == "Pass", _ground(tool)
        if not (asked or passes or ground) or self.controller.pieces > 1:
            self.stage.clear("prompts")
            return
        view, now = self.controller.view, self.session.current
        grid, canvas = self.stage.grid(view)
        state = now.state if now is not None else None
        picture = prompts_picture(
            state, grid, canvas, ratio=self.stage.ratio, asked=asked, passes=passes, ground=ground
        )
        self.stage.draw("prompts", picture, view)

    def _captions(self, how: str, both: bool) -> list[str]:
        """What the parts of the stage show, in words; nothing where it is one picture.

        Args:
            both: whether what it is compared with is there already.
        """
        draft = self.look is not None and self.look.draft
        if how != "Off":
            now = "now, a draft" if draft else "now"
            return [self.against if both else f"{self.against} …", now]
        if draft and self.controller.pieces == 1:
            return ["draft"]
        if self.controller.view_mode != "Backgrounds":
            return []
        return [g if isinstance(g, str) else "your picture" for g in self.controller.grounds]

    @property
    def against(self) -> str:
        """What is compared with, in words."""
        if self.rival is not None:
            return f"{self.rival.name} ({self.rival.segmenter})"
        if self.compared is not None:
            return self.against_edit
        return "before" if self.trying is None else "without"

    @property
    def against_edit(self) -> str:
        """Which edit the document that is compared with comes after, in words."""
        return f"after edit {self.compared}" if self.compared else "as opened"

    def forget_rival(self) -> None:
        """Something else is compared with: what was made of it is of no use."""
        if self.look is not None:
            self.look = replace(self.look, rival=None)

    # -------------------------------------------------------------------- what else is shown

    def thumbnail(self) -> np.ndarray | None:
        """What is shown, small, for the history list; (h, w, 3) uint8 or None."""
        return None if self.look is None else thumbnail(self._small, self.look)

    def small(self, session: Session, cursor: int, token: CancelToken) -> np.ndarray:
        """The document at an earlier cursor, small, for the history list; in a worker."""
        # The session may not be the one that is shown any more when the worker comes to it.
        picture = self._small if session is self.session else overview(session.photo.image8)

        def made(_: Render) -> np.ndarray:
            then = session.earlier(cursor, token)
            current = next((r.subject.id for r in then.visible), None)
            shown = thumbnail(picture, looks.look(then, "Overlay", current))
            return overview(picture, 72) if shown is None else shown

        return session.render(made, token)

    def differ(self) -> None:
        """To the view Difference, until the next edit; draws and asks nothing by itself."""
        if self.controller.view_mode != "Difference":
            self._back, self.controller.view_mode = self.controller.view_mode, "Difference"

    def back(self) -> None:
        """Back to the view that was left to look at a difference, if it is still looked at."""
        if self._back is not None and self.controller.view_mode == "Difference":
            self.controller.view_mode = self._back
            self.told.switched()
        self._back = None

    def show_instead(self, now: np.ndarray, before: np.ndarray) -> None:
        """The difference between two masks of the session, until something is asked again.

        Args:
            now, before: (H, W) float32 in [0, 1].
        """
        self.differ()
        self.told.switched()
        found = self.look or looks.Look("Difference")
        bare = replace(found, mode="Difference", notes=(), planes=(), paths=(), painted=None)
        self.look = looks.compared(now, before, bare)
        self.draw_all()


def _ground(tool: str) -> str:
    """What on the ground a tool is for: "shadow", "reflection"; "" for none."""
    if tool in SHADOW_TOOLS:
        return "shadow"
    return "reflection" if tool in REFLECTION_TOOLS else ""
