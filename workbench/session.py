"""The verbs people use on a photo: a document, what it looks like, and the files it becomes."""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from . import depths, proposals, segment, sessionfile, starting
from . import edits as e
from .bench import Bench
from .document import Document
from .errors import ArrayError, SessionFileError, WorkbenchError, expect, unknown_name
from .files import Write, write_atomically
from .io import Photo, load_photo
from .judging import Judging
from .pinning import pin
from .progress import Progress, bar
from .prompts import PromptSet
from .proposals import Proposals
from .quality.finding import Finding
from .render import Render, render
from .segment.base import Prediction
from .segment.everything import Proposal
from .subject import Subject
from .turning import Turn, rank_turns

_ANSWERS_LIMIT = 96_000_000  # bytes of logits in a session file, before they are packed


_OPEN: weakref.WeakSet[Session] = weakref.WeakSet()


def open_sessions() -> list[Session]:
    """The sessions that somebody holds, in the order of their photos' names: what one session can
    be compared with. Nothing is kept alive by this."""
    return sorted(_OPEN, key=lambda one: (one.name, one.id))


class Session(Judging):
    """One photo being cut out: its document, and what it looks like.

    Made by ``workbench.open``, ``workbench.load`` and ``workbench.recover``. What it looks like is
    in the module looking, what is to be said of it in judging.
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
        super().__init__(photo, document, bench, session_id, journal, progress)
        self.words = words
        _OPEN.add(self)

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
        _OPEN.add(self)

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
        """What is worth a warning in the last answers of the visible subjects."""
        return [found for s in self.visible for found in s.findings]

    # ------------------------------------------------------------------------- subjects

    @property
    def subjects(self) -> list[Subject]:
        """All subjects, front to back, hidden ones included."""
        return [Subject(self, s.id) for s in self.document.state().subjects]

    @property
    def visible(self) -> list[Subject]:
        """Those that make up the result, front to back: not hidden, and something was asked for."""
        return [Subject(self, s.id) for s in self.document.state().visible]

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
                return self.add_subject("subject" if name is None else name)
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
        expect(proposal, Proposal, "one of propose()")
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

    @property
    def notes(self) -> list[str]:
        """What had to be repaired on the way to the alphas, and how the models run, in words."""
        repaired = [f"{s.name}: {note}" for s in self.visible for note in s.notes]
        return repaired + self.bench.notes

    # ---------------------------------------------------------------------------- files

    def export(
        self,
        folder: str | os.PathLike[str],
        formats: Sequence[str] | None = None,
        progress: Progress | None = None,
    ) -> list[Path]:
        """Write the results into a folder; formats: of ``workbench.export.FORMATS``, None for all.

        Raises:
            UnknownNameError: no such format; ExportError: a file cannot be written.
        """
        from .export import FORMATS, export

        return export(self, Path(folder), FORMATS if formats is None else formats, progress)

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
        _OPEN.discard(self)
        self.bench.clear()

    # ---------------------------------------------------------------------------- inside

    def _keep_picture(self, picture: Any) -> str:
        """Keep a picture of the photo's size; the hash that names it."""
        pixels = load_photo(picture).image8
        if pixels.shape[:2] != self.photo.shape:
            raise ArrayError(f"expected a plate of {self.photo.shape}, got {pixels.shape[:2]}")
        return self.keep(np.ascontiguousarray(pixels))

    def _id(self, subject: Subject | str) -> str:
        if isinstance(subject, Subject):
            return subject.id
        known = {s.name: s.id for s in self.document.state().subjects}
        if subject not in known:
            raise unknown_name("subject", subject, known)
        return known[subject]
