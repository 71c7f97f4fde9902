"""A document being edited: edits, undo and redo, the journal, and who watches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from . import edits as e
from .arrays import digest, frozen
from .bench import Bench
from .coordinates import Box
from .document import Document
from .errors import expect
from .io import Photo, encode_png
from .journal import Journal
from .timeline import History, timeline


class Editing:
    """A document and its journal; what it looks like is the session's matter.

    Attributes:
        photo: the photo. document: what was done so far. bench: what a rendering stands on.
        id: of the session, in the journal's name.
    """

    def __init__(
        self,
        photo: Photo,
        document: Document,
        bench: Bench,
        session_id: str | None = None,
        journal: bool = True,
    ) -> None:
        self.photo, self.document, self.bench = photo, document, bench
        self.id = session_id or e.new_id()
        self._watchers: list[Callable[[], None]] = []
        self.shown = False  # by a widget: the journal tells a person's work from a script's
        # Shows a box of the photo on the stage of the widget that shows the session, if one does.
        self.look: Callable[[Box], None] | None = None
        # One edit at a time. Not the lock of computations, so that an edit need not wait for one.
        self._editing = threading.RLock()
        # Absolute now: by the time it is looked for, the process may stand in another folder.
        self._photo_at = None if photo.path is None else photo.path.absolute()
        self._current = document.state().subjects[0].id  # the subject that was edited last
        self._journal = Journal(self.id, self._header()) if journal else None

    @property
    def name(self) -> str:
        """What the files of an export are called."""
        return self.photo.name

    @property
    def image(self) -> np.ndarray:
        """(H, W, 3) uint8 sRGB, read-only."""
        return self.photo.image8

    @property
    def edits(self) -> tuple[e.Edit, ...]:
        """The edits that count, oldest first."""
        return self.document.active

    def do(self, edit: e.Edit) -> e.Edit:
        """Make an edit and write it to the journal; returns it as it was recorded.

        Raises:
            PromptError, EditError: it makes no sense here; nothing has changed.
        """
        return self.do_together((edit,))[0]

    def do_together(self, edits: Sequence[e.Edit]) -> tuple[e.Edit, ...]:
        """Make edits as one step, which undo takes back at once; returns them as recorded.

        Raises:
            PromptError, EditError: one of them makes no sense here; nothing has changed.
        """
        step = e.new_id() if len(edits) > 1 else ""
        with self._editing:
            document = self.document
            for edit in edits:
                document = document.add(replace(edit, step=step) if step else edit)
            made = document.edits[document.cursor - len(edits) :]
            shown = {"shown": True} if self.shown else {}
            for one in made:
                self._record({"do": "edit", "edit": one.to_json(), **shown})
            self.document = document
            known = {s.id for s in document.state().subjects}
            for one in made:
                if one.subject in known:
                    self._current = one.subject
        self._changed()
        return made

    def undo(self) -> bool:
        """One step back, an edit or several made together; False where there is none."""
        return self._step(-1)

    def redo(self) -> bool:
        """One undone step forward; False where there is none."""
        return self._step(+1)

    def _step(self, by: int) -> bool:
        with self._editing:
            edits, cursor = self.document.edits, self.document.cursor + by
            if not 0 <= cursor <= len(edits):
                return False
            while 0 < cursor < len(edits) and edits[cursor].step == edits[cursor - 1].step != "":
                cursor += by
            self._move(cursor)
        self._changed()
        return True

    def go_to(self, cursor: int) -> bool:
        """To where ``cursor`` edits count, 0 ≤ cursor ≤ all that were made; returns True."""
        with self._editing:
            self._move(cursor)
        self._changed()
        return True

    def _move(self, cursor: int) -> None:
        document = self.document.at(cursor)
        self._record({"do": "cursor", "cursor": cursor})
        self.document = document

    def retract(self, edit: e.Edit | str) -> e.Edit:
        """Take back one edit in the middle (an edit or its id); returns the Retract."""
        return self.do(e.Retract(edit_id=_id_of(edit)))

    def note(self, edit: e.Edit | str, text: str) -> e.Edit:
        """Write a note on an edit (itself or its id) that counts; "" takes one away.

        Raises:
            EditError: no such edit before the cursor, or over 500 characters.
        """
        return self.do(e.Note(edit_id=_id_of(edit), text=text))

    def history(self) -> History:
        """Every edit in words, oldest first, with its note; those that undo stepped over too.

        Prints as a list.
        """
        return timeline(self.document)

    @property
    def standing(self) -> frozenset[str]:
        """The ids of the edits that count: not undone, not taken back, since the last reset."""
        return frozenset(one.edit.id for one in self.history() if one.in_force)

    def reset(self) -> None:
        """Start over; the history is kept, so this can be undone."""
        self.do(e.Reset())

    def on_change(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Call ``watcher()`` after every change of the document; returns how to stop that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    def _changed(self) -> None:
        for watcher in list(self._watchers):
            watcher()

    def _record(self, event: dict[str, Any]) -> None:
        if self._journal is None:
            return
        if not self._journal.path.exists() and self.photo.path is None:
            # A photo without a path lives nowhere else: without it nothing could be recovered.
            blob = encode_png(self.photo.pixels)
            self._journal.write_blob("photo.png", blob)
        self._journal.write(event)

    def keep(self, pixels: np.ndarray) -> str:
        """Keep (H, W) or (H, W, 3) pixels with the session, on the disk too; the hash that names
        them."""
        key = digest(pixels)[:24]
        if self._journal is not None:
            self._journal.write_blob(f"{key}.png", encode_png(pixels))
        self.bench.blobs[key] = frozen(pixels.copy())
        return key

    def _header(self) -> dict[str, Any]:
        document = self.document
        return {
            "name": self.photo.name,
            "photo": None if self._photo_at is None else str(self._photo_at),
            "key": document.photo_key,
            "shape": list(document.shape),
            "facts": self.photo.facts,
            "opening": [edit.to_json() for edit in document.opening],
            "versions": _versions(),
        }


def _versions() -> dict[str, str]:
    found = {}
    for package in ("matte-workbench", "numpy", "opencv-python-headless", "pymatting", "torch"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _id_of(edit: e.Edit | str) -> str:
    expect(edit, (e.Edit, str), "an edit or its id")
    return edit if isinstance(edit, str) else edit.id
