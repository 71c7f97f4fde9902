"""A session as a lesson: its edits one by one, with what each did to the matte."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from .. import edits as e
from ..arrays import to_float, to_uint8
from ..checking import findings_of
from ..compose import background, over
from ..coordinates import Box
from ..errors import EditError, expect
from ..files import write_atomically
from ..progress import Progress, bar, report
from ..quality.finding import Finding
from ..render import Render
from ..timeline import timeline
from ..views import alpha_view
from . import pages
from .comparing import Comparison, error_map, tinted
from .scoring import Score, Truth, score

if TYPE_CHECKING:
    from ..session import Session

WHOLE = 420  # long side of a step's pictures of the whole photo, pixels
CLOSE = 150  # side of the place that is shown at 200 %, in pixels of the photo


@dataclass(frozen=True)
class Picture:
    """A picture of a step.

    Attributes:
        name: what it shows.
        data: the bytes of a JPEG file.
        close: whether it is of the place that is shown at 200 %, not of the whole photo.
    """

    name: str
    data: bytes
    close: bool = False


@dataclass(frozen=True)
class Step:
    """One edit of a lesson, and what the matte was after it.

    Attributes:
        cursor: how many edits of the session counted then; ``session.go_to(cursor)`` goes there.
        words: what was done. note: what a person wrote on it, or "".
        score: how far it was from the truth, each subject from its own, and the shadow where it
            is known; None where no truth was given.
        findings: what the checks found, the worst first, with the name of the subject each is of.
        pictures: cut-out, alpha, and where there is a truth the error, of each subject and of the
            shadow; whole and at 200 %.
    """

    cursor: int
    words: str
    note: str
    score: Score | None
    findings: tuple[tuple[str, Finding], ...]
    pictures: tuple[Picture, ...]

    @property
    def comparison(self) -> Comparison | None:
        """The score of the alpha, all subjects added up; None where no truth was given."""
        return None if self.score is None else self.score.comparison


@dataclass(frozen=True, eq=False)
class Lesson:
    """The steps of a session. A notebook shows it with buttons; ``to_html`` writes it as a page.

    Attributes:
        title: the session's name. shape: (H, W) of its photo.
        steps: one an edit that counted, oldest first.
        place: (x0, y0, x1, y1) in image pixels, what the close pictures show.
        session: what it was made of, for the button that goes to a step in it.
    """

    title: str
    shape: tuple[int, int]
    steps: tuple[Step, ...]
    place: Box
    session: Session

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, n: int) -> Step:
        return self.steps[n]

    def __str__(self) -> str:
        lines = []
        for n, step in enumerate(self.steps, 1):
            told = "" if step.comparison is None else f"  {step.comparison}"
            lines.append(f"{n}. {step.words}{told}  ({len(step.findings)} found)")
            if step.score is not None:
                lines += [f"     {told}" for told in step.score.details]
        return "\n".join([f"{self.title}: {pages.counted(len(self))}", *lines])

    def html(self) -> str:
        """The whole lesson as a page that needs nothing else: no server, no network."""
        return pages.page(self)

    def to_html(self, path: str | os.PathLike[str]) -> Path:
        """Write the page into one file, in one step.

        Raises:
            ExportError: it cannot be written; an older file is untouched.
        """
        content = self.html().encode("utf-8")
        return write_atomically(Path(path), lambda file: file.write(content))

    def widget(self) -> Any:
        """Buttons, a slider and the step that they are at, as an ipywidgets box."""
        from .stepping import Stepper

        return Stepper(self)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.widget())


def lesson(
    session: Session,
    truth: Any = None,
    codes: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Lesson:
    """Any session as a lesson that steps through its edits.

    Each edit that counts now is a step, in the order in which they were made, those that take
    something back included; a note is shown with the edit that it is on. The session itself is not
    touched. One place is seen at 200 % in all steps: where most changed from step to step and,
    with a truth, most was wrong.

    Args:
        session: made by hand or by code.
        truth: where it is known: a ``Case``, for each subject's own and for the shadow; or (H, W)
            in [0, 1], the true alpha of all subjects together.
        codes: which checks; None for all, () for none.
        progress: called while it is made; by default a bar shows after a second.

    Raises:
        EditError: nothing was done in the session yet.
        ArrayError: a truth of another size.
        UnknownNameError: there is no such check.
        CancelledError: out of ``progress``. Interrupting the kernel stops it as well.
    """
    from ..session import Session  # the faces know of lessons, so this one is imported late

    expect(session, Session, "a session")
    known = None if truth is None else Truth.of(truth, session.photo.shape)
    active = session.document.cursor
    entries = [
        one for one in timeline(session.document)[:active] if not isinstance(one.edit, e.Note)
    ]
    if not entries:
        raise EditError("expected a session in which something was done, got one without edits")

    given = progress or session.progress
    with bar("lesson", given is None, after=1.0) as own:
        tell = given or own

        def make(_: Render) -> Lesson:
            # Twice over the steps: where to look closely is known after the first time only. What
            # the first time computed is kept on the bench, within its budget.
            interest = np.zeros(session.photo.shape, np.float32)
            before: np.ndarray | None = None
            count = len(entries)
            for n, entry in enumerate(entries):
                part = _part(tell, 0.6 * n / count, 0.6 / count)
                report(part, 0, f"step {n + 1}: {entry.words}")
                r = session.earlier(entry.index + 1, part)
                alpha = r.alpha()
                # Before anything was selected, all of it is wrong, and that says nothing.
                if before is not None and before.any():
                    interest += np.abs(alpha - before)
                if known is not None and alpha.any():
                    interest += np.abs(score(r, known).difference)
                before = alpha
            assert before is not None  # there are entries
            place = _place(interest if interest.any() else 4 * before * (1 - before))
            steps = []
            for n, entry in enumerate(entries):
                part = _part(tell, 0.6 + 0.4 * n / count, 0.4 / count)
                report(part, 0, f"pictures of step {n + 1}")
                r = session.earlier(entry.index + 1, part)
                found = findings_of(r, codes)
                found.sort(key=lambda item: -item[1].severity)
                of = None if known is None else score(r, known)
                steps.append(
                    Step(
                        entry.index + 1,
                        entry.words,
                        entry.note,
                        of,
                        tuple(found),
                        _pictures(session, r, of, place),
                    )
                )
            report(tell, 1.0, "lesson made")
            return Lesson(session.name, session.photo.shape, tuple(steps), place, session)

        return session.render(make, tell)


def _part(progress: Progress | None, start: float, share: float) -> Progress:
    """A progress of its own for a part of the work."""
    return lambda fraction, words: report(progress, start + share * fraction, words)


def _place(interest: np.ndarray) -> Box:
    """The square of CLOSE pixels (less at small photos) that holds most of what is of interest.

    A square that is wrong all over shows nothing: of a large part that was lost it is one at the
    edge of it.
    """
    height, width = interest.shape
    tall, wide = min(CLOSE, height), min(CLOSE, width)
    held, filled = (
        cv2.blur(plane, (wide, tall), borderType=cv2.BORDER_CONSTANT)
        for plane in (interest, np.minimum(interest, 1))
    )
    held *= 1 - np.minimum(filled, 1)
    y, x = divmod(int(held.argmax()), width)
    left = min(max(0, x - wide // 2), width - wide)
    top = min(max(0, y - tall // 2), height - tall)
    return left, top, left + wide, top + tall


def _pictures(session: Session, r: Render, of: Score | None, place: Box) -> tuple[Picture, ...]:
    alpha, colours = r.alpha(), to_float(r.foreground())
    behind = background.background("checkerboard", alpha.shape)
    shade = r.shadow()
    if shade is not None:  # kept or lifted, it is part of what is seen
        behind = behind * (1 - shade[..., None])
    planes = {
        "The cut-out": to_uint8(over.composite(colours, alpha, behind)),
        "Its alpha": alpha_view(alpha),
    }
    if of is not None and not of.each:
        planes["Error: lost in orange, leaked in blue"] = tinted(of.difference, session.image)
    for one in () if of is None else of.each:
        planes[f"Error of {one.name}"] = error_map(one.alpha, one.truth, session.image)
    if of is not None and of.shade is not None:
        planes["Error of the shadow"] = tinted(of.shade, session.image)
    x0, y0, x1, y1 = (int(v) for v in place)
    whole = [Picture(name, encoded(fitted(shown))) for name, shown in planes.items()]
    # Twice as large without smoothing: what is judged there are pixels.
    near = [
        Picture(name, encoded(np.repeat(np.repeat(shown[y0:y1, x0:x1], 2, 0), 2, 1), 95), True)
        for name, shown in planes.items()
    ]
    return (*whole, *near)


def fitted(picture: np.ndarray, side: int = WHOLE) -> np.ndarray:
    """A picture reduced to a long side of ``side`` pixels; a smaller one as it is."""
    scale = side / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_AREA)


def encoded(picture: np.ndarray, quality: int = 88) -> bytes:
    """(H, W, 3) uint8 as the bytes of a JPEG."""
    turned = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2BGR)
    # 4:4:4: thin coloured lines on grey are what an error map is made of.
    ways = [cv2.IMWRITE_JPEG_QUALITY, quality,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]  # fmt: skip
    return bytes(cv2.imencode(".jpg", turned, ways)[1])
