"""The tab Check: what the checks find in the matte, shown and mended one by one.

What can be told at a screen's size is told after each edit, when its answer has been shown; the
rest when the hand rests. Both in a thread of their own, and an edit drops what is of no use any
more: no click waits for a check.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape

import ipywidgets as w
import numpy as np

from ...checking import urgency
from ...coordinates import Box, View
from ...document import Document
from ...edits import Edit
from ...planes import Plane
from ...progress import CancelToken
from ...quality.finding import Finding, Measure
from ...report import Report, page
from ...session import Session
from ..findings import Findings
from ..pictures import seen
from ..thumbnails import overview
from ..worker import Worker
from .controls import INNER, button, row, titled

REST = 1.2  # seconds without an edit after which everything is checked
_SCREEN = 740  # pixels of the longer side at which a photo is checked after each edit
_SEVERE = 0.5


@dataclass(frozen=True)
class Around:
    """What the tab needs of the app that it is in.

    Attributes:
        session: gives the session that is shown now.
        look: shows a box (x0, y0, x1, y1) of the photo, with the matte in sight.
        open: whether the tab is the one in front.
        idle: whether nothing is being computed for a hand.
        outline: draws places on the stage, as ``Stage.findings``.
        badges: says how many findings each subject has, by name.
        background: gives the picture that was chosen to stand behind the cut-out, or None.
        say, failed: for the status line.
    """

    session: Callable[[], Session]
    look: Callable[[Box], None]
    open: Callable[[], bool]
    idle: Callable[[], bool]
    outline: Callable[[Sequence[tuple[int, Sequence[float], str, bool]], int], None]
    badges: Callable[[dict[str, int]], None]
    background: Callable[[], object]
    say: Callable[[str], None]
    failed: Callable[[BaseException], None]


class CheckPanel:
    """A list of findings, the worst first; each can be looked at, and many can be mended.

    Args:
        around: the app.
        worker: runs what was asked for by a person.
        quiet: runs what nobody asked for; its own thread.
    """

    def __init__(self, around: Around, worker: Worker, quiet: Worker) -> None:
        self._around, self._worker, self._along = around, worker, quiet
        self._full: Report | None = None  # of all checks, as they last were
        self._settled: Document | None = None  # the document of which all is said that was asked
        self._small: tuple[Session, np.ndarray] | None = None
        self._latest: tuple[Report | None, int] | None = None  # not yet in the list
        self._timer: asyncio.TimerHandle | None = None
        self.findings = Findings(
            lambda: around.look, self._mend, around.failed, lambda n: self.outline()
        )
        ask = button(
            "Check the matte",
            "Look for faults that a person would see: fringes, holes, leftovers, stairs",
            self.check,
            "stethoscope",
        )
        photo = button(
            "Check the photo",
            "What the photo makes likely to go wrong, and what to do about it now and next time",
            self.check_photo,
            "camera",
        )
        reasons = button(
            "Why it is hard",
            "Which failure modes are at work here (hair, glass, low contrast …), by what photo, "
            "model and matte show; each with what to do about it",
            self.diagnose,
            "question",
        )
        self._while = w.ToggleButton(
            value=True, description="While I work", icon="clock-o", layout=w.Layout(width="auto"),
            tooltip="Check after each edit what can be told at once, and the rest when I rest",
        )  # fmt: skip
        self._outlined = w.ToggleButton(
            value=True, description="On the photo", icon="square-o", layout=w.Layout(width="auto"),
            tooltip="Outline the findings on the photo, with their numbers, while this tab is open",
        )  # fmt: skip
        self._while.observe(lambda _: self._switched(), "value")
        self._outlined.observe(lambda _: self.outline(), "value")
        self._words, self._measures = (w.HTML(layout=w.Layout(width=INNER)) for _ in range(2))
        self.findings.widget.layout.width = INNER
        self.widget = titled(
            "Faults", row(ask, photo), row(reasons), row(self._while, self._outlined), self._words,
            self.findings.widget, self._measures,
        )  # fmt: skip
        self.forget()

    @property
    def full(self) -> Report | None:
        """What all checks found, as they last were; None before."""
        return self._full

    def attach(self) -> None:
        """Another session is shown: nothing is known of it."""
        self._full, self._small = None, None
        self._along.cancel()
        self.forget()
        self._show(None, "Nothing was checked yet.")

    def forget(self) -> None:
        """Something changed: what is being looked at is of another matte."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._along.cancel("glimpse", "rest")

    def changed(self) -> None:
        """The document changed."""
        self.forget()
        self.findings.stands(self._around.session().standing)
        if self.findings.report is not None:
            self._say("Something was done since.")
        if not self._while.value:
            self._around.badges({})  # nobody counts anew: the old numbers would stay for good

    # ------------------------------------------------------------------------ what is checked

    def check(self) -> None:
        """All checks, because a person asks."""
        session = self._around.session()
        at = session.document

        def done(report: Report, seconds: float) -> None:
            if session.document is at:
                words = f"{len(report)} found." if len(report) else "The checks found nothing."
                self._around.say(words)
                self._took_all(report, 0)

        behind = self._around.background()
        self._worker.submit(
            "check",
            lambda token: session.check(progress=token, background=behind),
            done,
            self._around.failed,
        )

    def check_photo(self) -> None:
        """What the photo itself makes likely to go wrong."""
        self._asked(
            lambda session, token: session.preflight(progress=token),
            "Of the photo.", "The photo makes nothing hard.", "The photo was looked at",
        )  # fmt: skip

    def diagnose(self) -> None:
        """Which failure modes are at work."""
        self._asked(
            lambda session, token: session.diagnose(progress=token),
            "Failure modes, the likeliest first.", "Nothing seems wrong.", "Failure modes at work",
        )  # fmt: skip

    def _asked(
        self, look: Callable[[Session, CancelToken], Report], words: str, none: str, said: str
    ) -> None:
        """What a person asks for that is no list of places in the matte."""
        session = self._around.session()

        def done(report: Report, seconds: float) -> None:
            if session is self._around.session():
                self.forget()
                self._settled = session.document
                self._show(report, words if len(report) else none, 0, counts=False)
                self._around.say(f"{said}: {len(report)} found.")

        self._worker.submit("check", lambda token: look(session, token), done, self._around.failed)

    def answered(self) -> None:
        """What an edit led to has been shown: now there is time to look at it."""
        session = self._around.session()
        if not self._while.value or self._along.inline or self._settled is session.document:
            return
        at, image = session.document, self._reduced(session)

        def job(token: CancelToken) -> tuple[Report, dict[str, tuple[str, ...]]]:
            return session.glimpse(image, lambda plane: _shrunk(plane, image.shape), token)

        def done(found: tuple[Report, dict[str, tuple[str, ...]]], seconds: float) -> None:
            if session.document is not at or session is not self._around.session():
                return
            if not found[1]:
                self._full = None
                self._show(None, "There is nothing to check yet.")
                return
            rest = self._rests(session)
            words = "the rest follows" if rest else "its edge is checked with the matte"
            self._show(self._with_rest(*found) if rest else found[0], f"Checked as shown; {words}.")
            if rest:
                self._later(session, at)

        # What goes wrong is said when a person asks.
        self._along.submit("glimpse", job, done, lambda error: None)

    def _rests(self, session: Session) -> bool:
        """Whether all checks are to follow: not where a matte would have to be solved for them,
        which nobody asked for and the next click would wait for."""
        return session.peek(lambda r: all(one.known("matte") is not None for one in r.visible))

    def _later(self, session: Session, at: Document) -> None:
        def rested() -> None:
            self._timer = None
            if session.document is not at:
                return
            if not self._around.idle():
                self._later(session, at)
                return
            behind = self._around.background()
            self._along.submit(
                "rest", lambda token: session.check_known(token, behind), done, lambda error: None
            )

        def done(report: Report | None, seconds: float) -> None:
            current = session.document is at and session is self._around.session()
            if current and report is not None:
                self._took_all(report)

        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(REST, rested)

    def _with_rest(self, report: Report, asked: dict[str, tuple[str, ...]]) -> Report:
        """With what all checks found before of that which was not asked now."""
        if self._full is None:
            return report
        before = [
            (entry, picture)
            for entry, picture in zip(self._full.findings, self._full.pictures, strict=True)
            if entry[0] in asked and entry[1].code not in asked[entry[0]]
        ]
        now = [*zip(report.findings, report.pictures, strict=True), *before]
        now.sort(key=lambda one: -urgency(one[0][1]))
        return replace(
            report,
            findings=tuple(entry for entry, _ in now),
            thumbnails=tuple(picture for _, picture in now),
        )

    def _reduced(self, session: Session) -> np.ndarray:
        if self._small is None or self._small[0] is not session:
            self._small = session, overview(session.image, _SCREEN)
        return self._small[1]

    # ---------------------------------------------------------------------------- what is shown

    def _took_all(self, report: Report, chosen: int | None = None) -> None:
        self._full, self._settled = report, self._around.session().document
        self._show(report, "All checks." if len(report) else "The checks found nothing.", chosen)

    def _show(
        self, report: Report | None, words: str, chosen: int | None = None, counts: bool = True
    ) -> None:
        asked = chosen is not None
        if chosen is None:
            chosen = _same(self.findings, report)
        self._latest = report, chosen if report is not None and len(report) else -1
        if asked or self._around.open():
            self._list()
        number = 0 if report is None else len(report)
        self._say(f"{number} found. {words}" if number else words)
        taken = () if report is None else report.measures
        self._measures.value = verdicts(taken) if taken else ""
        self.outline()
        if not counts:
            return
        session = self._around.session
        counted = {} if report is None else dict.fromkeys(
            (s.name for s in session().subjects if not s.hidden and not s.state.untouched), 0
        )  # fmt: skip
        if report is not None:
            counted |= Counter(name for name, _ in report.findings)
        self._around.badges(counted)

    def _say(self, words: str) -> None:
        self._words.value = f'<div class="wb-finding">{words}</div>'

    def _list(self) -> None:
        """The latest report as the list: its pictures go to the page only when somebody looks."""
        if self._latest is not None:
            self.findings.show(*self._latest)
            self._latest = None

    def outline(self) -> None:
        """Outline on the stage what was found, while the tab is open and the switch on."""
        report = self.findings.report
        shown = report is not None and self._outlined.value and self._around.open()
        places = [
            (n, found.box, f"{page.spoken(found.code)} ({name})", found.severity >= _SEVERE)
            for n, (name, found) in enumerate(report.findings if shown and report else ())
            if found.box is not None
        ]
        self._around.outline(places, self.findings.chosen)

    def opened(self) -> None:
        """The tab came to the front, or went."""
        if self._around.open():
            self._list()
            self.answered()
        self.outline()

    def choose(self, n: int) -> None:
        """A number on the stage was pressed."""
        if self.findings.report is not None and 0 <= n < len(self.findings.report):
            self.findings.chosen = n
            found = self.findings.report[n]
            self._around.say(f"Finding {n + 1}, {page.spoken(found.code)}: {found.why}")
            self.outline()

    def _switched(self) -> None:
        if self._while.value:
            self.answered()
        else:
            self.forget()

    def _mend(self, finding: Finding) -> tuple[Edit, ...]:
        return self._around.session().mend(finding)


def verdicts(measures: Sequence[Measure]) -> str:
    """What was measured as short lines of HTML: the verdict, and the figure in words."""
    said = (f"<b>{escape(one.verdict)}</b>: " if one.verdict else "" for one in measures)
    lines = (f"<li>{v}{escape(one.words)}</li>" for v, one in zip(said, measures, strict=True))
    return f'<ul class="wb-finding wb-measures">{"".join(lines)}</ul>'


def _same(before: Findings, report: Report | None) -> int:
    """Where the finding that was chosen is in a new report; −1 where it is not."""
    if before.report is None or report is None or not 0 <= before.chosen < len(before.report):
        return -1
    name, old = before.report.findings[before.chosen]
    for n, (other, found) in enumerate(report.findings):
        if (other, found.code) == (name, old.code) and _meet(found.box, old.box):
            return n
    return -1


def _meet(a: Box | None, b: Box | None) -> bool:
    if a is None or b is None:
        return a is b
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _shrunk(plane: Plane, shape: tuple[int, ...]) -> np.ndarray:
    """A plane of the photo's size at (h, w, …), float32 in [0, 1]."""
    height, width = shape[:2]
    if plane.shape[:2] == (height, width):
        return np.asarray(plane[:, :], np.float32)
    small = np.zeros((height, width), np.float32)
    part, rows, columns = seen(plane, View(width / plane.shape[1]), (width, height))
    small[rows, columns] = part
    return np.clip(small, 0, 1)
