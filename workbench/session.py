"""The verbs people use on a photo: a document, what it looks like, and the files it becomes."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from . import depths, proposals, segment, sessionfile, starting
from . import edits as e
from .arrays import check_plane, frozen, to_uint8
from .bench import Bench
from .checking import CODES, Seen, checked, glimpsed, known, seen
from .coordinates import Box
from .document import Document
from .editing import Editing
from .effects import Effect, effect
from .errors import ArrayError, EditError, SessionFileError, WorkbenchError, unknown_name
from .files import Write, write_atomically
from .hovering import hovered
from .io import Photo, load_photo
from .pinning import pin
from .planes import Plane
from .preflighting import preflight_of
from .progress import Progress, bar
from .prompts import PromptSet
from .proposals import Proposals
from .quality.finding import Finding
from .render import Render, render
from .report import Report
from .report.thumbnails import thumbnail
from .segment.base import Prediction
from .segment.everything import Proposal
from .subject import Subject
from .turning import Turn, rank_turns

_ANSWERS_LIMIT = 96_000_000  # bytes of logits in a session file, before they are packed


class Session(Editing):
    """One photo being cut out: its document, and what it looks like.

    Made by ``workbench.open``, ``workbench.load`` and ``workbench.recover``.
    """

    def __init__(
        self,
        photo: Photo,
        document: Document,
        bench: Bench,
        words: str = "",
        session_id: str | None = None,
        journal: bool = True,
        progress: Progress | None = None,
    ) -> None:
        super().__init__(photo, document, bench, session_id, journal)
        self.words = words
        self.progress = progress
        self._lock = threading.RLock()  # one computation at a time

    def __repr__(self) -> str:
        height, width = self.photo.shape
        return (
            f"Session({self.photo.name!r}, {width}×{height}, {self.segmenter}, "
            f"{len(self.subjects)} subject(s), {len(self.edits)} edits)"
        )

    # ---------------------------------------------------------------------- the document

    @property
    def segmenter(self) -> str:
        """The name of the segmenter in use."""
        return self.document.state().segmenter.segmenter

    def can_take(self, prompts: PromptSet) -> None:
        """Hold that the segmenter in use can be asked this.

        Raises:
            UnsupportedPromptError: it cannot; the message names those that can.
        """
        use = self.document.state().segmenter
        able = segment.capabilities(use.segmenter, use.checkpoint)
        segment.check_takes(use.segmenter, able, prompts)

    def use(
        self,
        segmenter: str | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        precision: str = "auto",
        turn: int = 0,
        non_commercial: bool = False,
    ) -> None:
        """Another segmenter from here on; subjects with prompts are asked anew.

        Args:
            segmenter: a name from ``segmenters()``, or "auto" for the best that is ready; None for
                the one in use, as it is.
            checkpoint: a weights file of your own for that segmenter.
            precision: "float32", "bfloat16" or "auto", see ``get_segmenter``. The session keeps to
                the one that was chosen, on any machine.
            turn: 0, 90, 180 or 270 degrees clockwise: the photo is turned for the model and its
                answer turned back, for a subject that lies on its side or upside down.
            non_commercial: that you do not use the result commercially; needed for segmenters
                whose licence does not allow that.

        Raises:
            UnknownNameError: no such segmenter or precision.
            LicenceError: its licence does not allow commercial use, and ``non_commercial`` is not
                set.
            InputError: a checkpoint or precision for a segmenter that has none.
            WeightsError: its weights are missing or not what they should be.
            EditError: another turn.
        """
        now = self.document.state().segmenter
        if segmenter is None:
            non_commercial = True  # whoever took it up was asked
            segmenter, checkpoint = now.segmenter, checkpoint or now.checkpoint
            precision = now.precision or precision if precision == "auto" else precision
        use, words = pin(segmenter, checkpoint, self.progress, precision, non_commercial)
        self.do(replace(use, turn=turn))
        self.words = words

    def best_turn(
        self, subject: Subject | str | None = None, progress: Progress | None = None
    ) -> list[Turn]:
        """How the model fares with the photo turned, the best first; makes no edit.

        The subject's last question is put at each of the four turns, which encodes the photo up to
        four times. ``session.use(turn=session.best_turn()[0].turn)`` goes on with the best.

        Raises:
            EditError: nothing was asked yet.
        """
        now = self.subject() if subject is None else subject
        state, given = self.document.state().subject(self._id(now)), progress or self.progress
        with self._lock, bar("workbench", given is None, after=1.0) as own:
            return rank_turns(state, self.bench, given or own)

    @property
    def warnings(self) -> list[Finding]:
        """What is worth a warning in the last answers of the subjects that are not hidden."""
        return [found for s in self.subjects if not s.hidden for found in s.findings]

    # ------------------------------------------------------------------------- subjects

    @property
    def subjects(self) -> list[Subject]:
        """All subjects, front to back, hidden ones included."""
        return [Subject(self, s.id) for s in self.document.state().subjects]

    def add_subject(self, name: str, colour: str | None = None) -> Subject:
        """A new subject in front of the others; it becomes the current one.

        Raises:
            EditError: the name is taken or empty, or the colour is not #rrggbb.
        """
        edit = self.do(e.AddSubject(subject=e.new_id(), name=name, colour=colour))
        return Subject(self, edit.subject)

    @property
    def current(self) -> Subject | None:
        """The current subject, or None where all were deleted. Looking adds none."""
        subjects = self.document.state().subjects
        if not subjects:
            return None
        known = any(s.id == self._current for s in subjects)
        return Subject(self, self._current if known else subjects[0].id)

    def subject(self, name: str | None = None) -> Subject:
        """The current subject; or the one of that name, which is added if it is new.

        It becomes the current one: the one that the widget's tools work on.
        """
        with self._editing:
            if name is None:
                found = self.current
            else:
                found = next((s for s in self.subjects if s.name == name), None)
            if found is None:
                return self.add_subject(name or "subject")
            self._current = found.id
            return found

    def select(self, subject: Subject | str) -> Subject:
        """Make a subject (itself or its name) the current one.

        Raises:
            EditError: there is none of that name.
        """
        self._current = self._id(subject)
        self._changed()
        return Subject(self, self._current)

    def reorder(self, subjects: Sequence[Subject | str]) -> None:
        """Subjects, or their names, from front to back."""
        self.do(e.Reorder(order=tuple(self._id(s) for s in subjects)))

    # -------------------------------------------------------------------------- all objects

    def propose(self, progress: Progress | None = None) -> Proposals:
        """All the objects of the photo that the segmenter finds without a prompt, largest first.

        Kept as long as photo and segmenter are the same: a second call costs nothing. A notebook
        shows them as a picture with their numbers; ``pick`` makes one a subject.

        Raises:
            InputError: the segmenter cannot; the message names those that can.
            CancelledError: out of ``progress``.
        """
        use, given = self.document.state().segmenter, progress or self.progress
        with self._lock, bar("workbench", given is None, after=1.0) as own:
            return proposals.find(self.bench, use, given or own)

    def pick(self, proposal: Proposal, name: str | None = None) -> Subject:
        """A proposed object as a subject, whose starting mask it is; one edit.

        Clicks, boxes and strokes go on from there. A current subject that nothing was done to yet
        is taken; otherwise a new one is added in front.

        Args:
            proposal: one of ``propose()``.
            name: of the subject; by default it keeps its own, or is "object 2" and so on.

        Raises:
            ArrayError: a proposal of a photo of another size.
            EditError: the name is taken.
        """
        if proposal.prediction.shape != self.photo.shape:
            raise ArrayError(
                f"expected a proposal of a photo of shape {self.photo.shape}, "
                f"got {proposal.prediction.shape}"
            )
        blob = self.keep(starting.packed(proposal.prediction.logits[0]))
        edit = proposals.pick_of(proposal, blob)
        with self._editing:
            now = self.current
            if now is not None and now.state.untouched:
                edit = replace(edit, subject=now.id, name=name or "")
            else:
                taken = {s.name for s in self.subjects}
                number = len(taken) + 1
                while f"object {number}" in taken:
                    number += 1
                edit = replace(edit, subject=e.new_id(), name=name or f"object {number}")
            made = self.do(edit)
        return Subject(self, made.subject)

    # --------------------------------------------------------------------------------- depth

    def load_depth(self, depth: Any, near: str = "large", name: str | None = None) -> e.Edit:
        """A depth map of the photo's view: it selects, and makes a band sure; one edit.

        ``subject.select_depth`` selects by it, ``subject.trimap_settings(depth=True)`` has it help
        the matte. It goes into the session file, as 65535 steps.

        Args:
            depth: (h, w) of numbers that grow or fall with the distance, NaN or infinity where it
                is unknown; or the path of a .npy, a .npz with one array, a .pfm, or a grey picture
                of 8 or 16 bits; or the bytes of one, if name says which. It may be smaller or
                larger than the photo.
            near: whether "large" (disparity) or "small" (metres) numbers are near.
            name: of its file, in the history; by default that of the path.

        Raises:
            ArrayError: not a depth map, or of other proportions than the photo. ImageError: the
                file cannot be read. UnknownNameError: another way for depth to run.
        """
        plane = depths.read_depth(depth, name or "")
        depths.check_proportions(plane, self.photo.shape)
        values, low, high = depths.packed(plane)
        if name is None:
            name = Path(depth).name if isinstance(depth, (str, os.PathLike)) else "array"
        blob = self.keep(values)
        return self.do(e.LoadDepth(blob=blob, low=low, high=high, near=near, name=name))

    @property
    def depth(self) -> np.ndarray | None:
        """(H, W) float32: the depth map at the photo's size, NaN where it is unknown; or None."""
        loaded = self.document.state().depth
        if loaded is None:
            return None
        return depths.depth_of(loaded, self.photo, self.bench.blobs, self.bench.stages)

    # ------------------------------------------------------------------- what it looks like

    def render(
        self,
        ask: Callable[[Render], Any],
        progress: Progress | None = None,
        trying: e.Edit | None = None,
    ) -> Any:
        """``ask`` of the rendering of the document as it is now; one computation at a time.

        Without a progress, one that takes more than a second shows a bar.

        Args:
            ask: called with the rendering.
            progress: what its stages report to.
            trying: an edit that it is rendered with, as if it were made.

        Raises:
            PromptError, EditError: that edit makes no sense here.
        """
        document, given = self.document, progress or self.progress
        if trying is not None:
            document = document.add(trying)
        with self._lock, bar("workbench", given is None, after=1.0) as own:
            return ask(render(document, self.bench, given or own))

    def prepare(self, progress: Progress | None = None) -> None:
        """Look at the photo now, the slow part, so that the first click is answered at once.

        Nothing has to: whoever asks first waits. It may run in another thread; what needs no model
        is not held up by it. Without a progress, a bar shows when it takes more than a second.

        Raises:
            WeightsError, WeightsMismatchError: the segmenter cannot be had.
            CancelledError: out of ``progress``.
        """
        use, given = self.document.state().segmenter, progress or self.progress
        with bar("workbench", given is None, after=1.0) as own:
            tell = given or own
            self.bench.embedding(self.bench.segmenter(use, tell), tell)

    def hover(self, x: float, y: float, keep: bool = True) -> tuple[np.ndarray, Box] | None:
        """What one more click at (x, y) would give of the current subject; no edit is made.

        For a preview under the pointer: it answers from what is there (the model, the photo as it
        sees it, the last answer) and from nothing that would have to be made first, at the model's
        own resolution, and does not wait for another computation.

        Args:
            x, y: in image pixels.
            keep: what the click would say.

        Returns:
            (h, w) uint8, 0–255, and the box (x0, y0, x1, y1) of the photo that it covers; or None:
            nothing is ready, something is being computed, or the place is not on the photo.
        """
        document, subject = self.document, self.current
        if subject is None or not self._lock.acquire(blocking=False):
            return None
        try:
            return hovered(document, subject.id, self.bench, (x, y), keep)
        finally:
            self._lock.release()

    def peek(self, ask: Callable[[Render], Any]) -> Any:
        """``ask`` for what is known already: never computes, never waits for a computation."""
        return ask(render(self.document, self.bench))

    def earlier(self, cursor: int | None = None, progress: Progress | None = None) -> Render:
        """The document where ``cursor`` edits counted, to compare with; nothing is moved.

        Nothing is computed until it is asked for: ask within ``render``, which holds that it is one
        computation at a time.

        Args:
            cursor: 0 to all edits that were made; None for one edit before the present.
            progress: what its stages report to.

        Raises:
            EditError: no such place in the history.
        """
        document = self.document
        at = max(document.cursor - 1, 0) if cursor is None else cursor
        return render(document.at(at), self.bench, progress or self.progress)

    def alpha(self, subject: Subject | str | None = None) -> np.ndarray:
        """(H, W) float32 in [0, 1]: a subject's visible share, or None for the sum of all."""
        return self.render(lambda r: r.alpha(self._id_or_all(subject)))

    def trimap(self, subject: Subject | str | None = None) -> np.ndarray:
        """(H, W) float32 of 0, 0.5, 1: of a subject, by default the current one."""
        if subject is None and not self.subjects:
            return frozen(np.zeros(self.photo.shape, np.float32))  # to look makes no edit
        return self.render(
            lambda r: r.trimap(self._id(self.subject() if subject is None else subject))
        )

    def foreground(self, subject: Subject | str | None = None) -> np.ndarray:
        """(H, W, 3) float32 in [0, 1]: the subject's own colours; None for all together."""
        return self.render(lambda r: r.foreground(self._id_or_all(subject)))

    def cutout(self, subject: Subject | str | None = None) -> np.ndarray:
        """(H, W, 4) uint8: clean colours with straight alpha, a shadow that is kept under them."""
        from .compose import over

        wanted = self._id_or_all(subject)
        colours, alpha, shade = self.render(
            lambda r: (r.foreground(wanted), r.alpha(wanted), r.shadow(wanted, ("keep",)))
        )
        if shade is not None:
            colours, alpha = over.beneath(colours, alpha, shade)
        return over.cutout(colours, alpha)

    def shadow(self, subject: Subject | str | None = None) -> np.ndarray:
        """(H, W) float32 in [0, 1]: how dark the shadow is that ``subject.shadow`` keeps or lifts.

        It lies under the subject, and multiplies what is behind by 1 − itself. None: of all.
        """
        wanted = self._id_or_all(subject)
        found = self.render(lambda r: r.shadow(wanted))
        return frozen(np.zeros(self.photo.shape, np.float32)) if found is None else found

    def composite(self, background: Any) -> np.ndarray:
        """(H, W, 3) uint8: what is visible, its shadows under it, over a background.

        Args:
            background: "white", "black", "grey", "checkerboard", "green", "magenta", "photo",
                "#rrggbb", the path of a picture, or an image array.
        """
        from .compose import background as backgrounds
        from .compose import over

        behind = backgrounds.background(background, self.photo.shape)
        shade = self.render(lambda r: r.shadow())
        if shade is not None:
            behind = behind * (1 - shade[..., None])
        return to_uint8(over.composite(self.foreground(), self.alpha(), behind))

    def sheet(self, subject: Subject | str | None = None) -> Any:
        """The quality sheet as a matplotlib Figure: many backgrounds, the edge at 100 %."""
        from . import views

        return views.sheet(
            self.image,
            self.alpha(subject),
            self.foreground(subject),
            trimap=self.trimap(subject),
            title=self.photo.name,
        )

    def preflight(
        self, codes: Sequence[str] | None = None, progress: Progress | None = None
    ) -> Report:
        """What the photo makes likely to go wrong, the worst first, before anything is done.

        Looked at are resolution, compression, grain, blur, exposure, light, contrast, background,
        framing and content, and the camera's settings where the file tells them. A mask helps: of
        what was asked for already, else of what seems to stand out. Each finding says which
        failure modes it makes likely, what to do now (``mend`` makes its edits) and at the next
        shoot; ``measures`` has all the figures. They are hints, as in ``check``.

        Args:
            codes: which measures, out of ``workbench.quality.preflight.MEASURES``; None for all.
            progress: what is made on the way reports to it.

        Raises:
            UnknownNameError: there is no such measure.
        """

        def made(r: Render) -> Report:
            current = self.current
            findings, measures = preflight_of(
                self.photo, r, codes, None if current is None else current.id
            )
            pictures = tuple(
                thumbnail(self.image, found.box) if found.box else None for _, found in findings
            )
            return Report(self.name, tuple(findings), tuple(measures), pictures, self)

        return self.render(made, progress)

    def check(
        self,
        codes: Sequence[str] | None = None,
        progress: Progress | None = None,
        background: Any = None,
    ) -> Report:
        """What is wrong with the mattes of the subjects that are not hidden, the worst first.

        Each finding says what, where and why, and has edits that would mend it: ``mend``. They are
        hints: what is soft of itself is taken for a fault at times, and faults are missed.

        Args:
            codes: which checks, out of ``workbench.checking.CODES``; None for all.
            progress: what is made on the way reports to it.
            background: what the subjects are to stand on, as for ``composite``: whether they float
                there, and whether the light is theirs, is looked for only with one.

        Raises:
            UnknownNameError: there is no such check or background.
        """

        for code in codes or ():
            if code not in CODES:
                raise unknown_name("check", code, CODES)
        behind = None
        if background is not None:
            from .compose import background as backgrounds

            behind = backgrounds.background(background, self.photo.shape)

        def made(r: Render) -> list[Seen]:
            return [seen(one, codes, behind) for one in r.visible if not one.subject.untouched]

        looked = self.render(made, progress)
        return checked(self.name, looked, self.image, progress, self)

    def glimpse(
        self,
        image: np.ndarray,
        shrink: Callable[[Plane], np.ndarray],
        progress: Progress | None = None,
    ) -> tuple[Report, dict[str, tuple[str, ...]]]:
        """What a check of the result at a screen's size finds, where its answer is known already.

        It solves no matte, asks no model and waits for no computation.

        Args:
            image: (h, w, 3) uint8, the photo, reduced.
            shrink: a plane of the photo's size reduced likewise, (h, w) float32.
            progress: told between two checks.

        Returns:
            The report, and for each subject that was looked at which checks were asked.
        """

        def made(r: Render) -> list[Seen]:
            found = []
            for one in r.visible:
                matte = one.known("matte")
                answered = one.known_prediction is not None or not one.subject.layers
                if not one.subject.untouched and (answered or matte is not None):
                    plane = one.corrected_plane if matte is None else matte
                    small = shrink(plane)
                    found.append(glimpsed(one.subject, image, small, plane, matte is not None))
            return found

        looked = self.peek(made)
        asked = {one.subject.name: one.codes for one in looked}
        return checked(self.name, looked, self.image, progress, self), asked

    def check_known(self, progress: Progress | None = None) -> Report | None:
        """``check`` for what is kept: solves no matte and waits for no computation.

        Returns:
            None where a subject's matte is not there.
        """

        def made(r: Render) -> list[Seen | None]:
            return [known(one) for one in r.visible if not one.subject.untouched]

        ready = self.peek(made)
        looked = [one for one in ready if one is not None]
        if len(looked) < len(ready):
            return None
        return checked(self.name, looked, self.image, progress, self)

    def mend(self, finding: Finding) -> tuple[e.Edit, ...]:
        """Make the edits that a finding suggests, as one step that undo takes back at once.

        Returns:
            The edits as they were recorded.

        Raises:
            EditError: there are none: it is mended by hand, or not at all.
        """
        if not finding.remedy:
            raise EditError(f"expected a finding that edits can mend, got {finding.code}")
        return self.do_together([replace(edit, id=e.new_id()) for edit in finding.remedy])

    def effect(self, edit: e.Edit | str | None = None, progress: Progress | None = None) -> Effect:
        """What an edit did to the matte: figures, and a picture of where it did most.

        Args:
            edit: one that counts (itself or its id); by default the last.
            progress: what is made on the way reports to it.

        Raises:
            EditError: there is none such.
        """
        document = self.document
        wanted = edit.id if isinstance(edit, e.Edit) else edit
        places = [n for n, one in enumerate(document.active) if wanted in (None, one.id)]
        if not places:
            raise EditError(f"expected an edit that counts, got {wanted!r}")
        last = places[-1]

        def made(_: Render) -> Effect:
            before, after = (
                (r.alpha(), r.foreground())
                for r in (self.earlier(at, progress) for at in (last, last + 1))
            )
            return effect(self.image, before, after, document.active[last].words())

        return self.render(made, progress)

    @property
    def notes(self) -> list[str]:
        """What had to be repaired on the way to the alphas, and how the models run, in words."""
        shown = [s for s in self.subjects if not s.hidden]
        repaired = [f"{s.name}: {note}" for s in shown for note in s.notes]
        return repaired + self.bench.notes

    def score(self, truth: Any) -> dict[str, float]:
        """SAD, MSE, Grad, Conn, IoU and boundary IoU of the alpha against a truth.

        Args:
            truth: (H, W) float32 in [0, 1], or bool or uint8.
        """
        from .quality import metrics

        truth = check_plane(truth, self.photo.shape, "truth")
        alpha = self.alpha()
        names = ("sad", "mse", "grad", "conn", "iou", "boundary_iou")
        return {name: float(getattr(metrics, name)(alpha, truth)) for name in names}

    # ---------------------------------------------------------------------------- files

    def export(
        self,
        folder: str | os.PathLike[str],
        formats: Sequence[str] = ("png", "alpha", "shadow", "trimap", "sheet", "session"),
        progress: Progress | None = None,
    ) -> list[Path]:
        """Write the results into a folder; see ``workbench.export.FORMATS``.

        Raises:
            UnknownNameError: no such format; ExportError: a file cannot be written.
        """
        from .export import export

        return export(self, Path(folder), formats, progress)

    def save(self, path: str | os.PathLike[str], include_photo: bool | None = None) -> Path:
        """Write the session file (.mws), in one step.

        The models' answers go in, so that it opens again without asking them: what has not been
        computed yet is computed now, unless the model is not to be had.

        Args:
            path: where.
            include_photo: whether the photo goes in; by default only one that has no path.

        Raises:
            ExportError: it cannot be written; an older file is untouched.
        """
        document, content = self.packed(path, include_photo)
        written = write_atomically(Path(path), content)
        self.mark_saved(document, written)
        return written

    def packed(
        self, path: str | os.PathLike[str], include_photo: bool | None = None
    ) -> tuple[Document, Write]:
        """The document as it is now, and what writes its session file. For ``save`` and export."""
        header = self._header()
        if self._photo_at is not None:
            # Beside the absolute path, the way from the file to the photo: folders get moved.
            try:
                header["photo_beside"] = os.path.relpath(self._photo_at, Path(path).parent)
            except ValueError:  # another drive on Windows
                header["photo_beside"] = None
        if include_photo is None:
            include_photo = self.photo.path is None
        with self._lock:
            document = self.document
            header["cursor"] = document.cursor
            now = render(document, self.bench, self.progress)
            with contextlib.suppress(WorkbenchError):
                for subject in now.state.subjects:
                    _ = now.subject(subject.id).prediction
            content = sessionfile.SessionFile(
                header,
                document.edits,
                self._answers(now),
                dict(self.bench.blobs),
                self.photo.pixels if include_photo else None,
            )
        return document, sessionfile.packed(content)

    def _answers(self, now: Render) -> dict[str, Prediction]:
        """What goes into a session file: the answers of now, and those that redo would show."""
        document = self.document
        undone = render(document.at(len(document.edits)), self.bench)
        return {**undone.answers(_ANSWERS_LIMIT // 4), **now.answers(_ANSWERS_LIMIT)}

    def mark_saved(self, document: Document, path: Path) -> None:
        """Note in the journal that this document is safe, unless there were edits since."""
        with self._editing:
            if document.edits and self.document is document:
                # The file is there; without the note it is only offered for recovery once more.
                with contextlib.suppress(SessionFileError):
                    self._record({"do": "saved", "path": str(path)})

    def close(self) -> None:
        """Done with it: the journal is removed, there is nothing to recover; memory is freed.

        Looking at it afterwards works, and computes anew.
        """
        if self._journal is not None:
            self._journal.close(discard=True)
            self._journal = None
        self.bench.clear()

    # ---------------------------------------------------------------------------- inside

    def _keep_picture(self, picture: Any) -> str:
        """Keep a picture of the photo's size; the hash that names it."""
        pixels = load_photo(picture).image8
        if pixels.shape[:2] != self.photo.shape:
            raise ArrayError(f"expected a plate of {self.photo.shape}, got {pixels.shape[:2]}")
        return self.keep(np.ascontiguousarray(pixels))

    def _id_or_all(self, subject: Subject | str | None) -> str | None:
        return None if subject is None else self._id(subject)

    def _id(self, subject: Subject | str) -> str:
        if isinstance(subject, Subject):
            return subject.id
        known = {s.name: s.id for s in self.document.state().subjects}
        if subject not in known:
            raise unknown_name("subject", subject, known)
        return known[subject]
