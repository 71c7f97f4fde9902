"""The document: an image, a list of edits and a cursor."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from . import edits as e
from .errors import EditError
from .folding import after, fold
from .state import State


@dataclass(frozen=True)
class Document:
    """An image's identity, the edits, and how many of them count.

    Attributes:
        photo_key: hash of the photo's pixels.
        shape: (H, W).
        opening: the edits every session begins with (its segmenter and first subject); undo does
            not reach them.
        edits: all the others, those after the cursor included.
        cursor: how many of ``edits`` count.
    """

    photo_key: str
    shape: tuple[int, int]
    opening: tuple[e.Edit, ...]
    edits: tuple[e.Edit, ...] = ()
    cursor: int = 0
    _folded: list[State] = field(default_factory=list, repr=False, compare=False)

    @property
    def active(self) -> tuple[e.Edit, ...]:
        """The edits up to the cursor."""
        return self.edits[: self.cursor]

    def add(self, edit: e.Edit) -> Document:
        """With one more edit at the cursor; what was undone is dropped.

        Raises:
            PromptError, EditError: the edit makes no sense here. The document is as it was.
        """
        edit = e.plain(edit).checked(self.shape)
        e.check_types(edit)
        self._check_target(edit)
        kept = (*self.active, edit)
        # Only a Retract reaches back; after any other edit the state is one step from this one.
        if isinstance(edit, e.Retract):
            folded = []
        elif isinstance(edit, e.Reset):
            folded = [fold(self.opening, ())]
        else:
            folded = [after(self.state(), edit)]
        return replace(self, edits=kept, cursor=len(kept), _folded=folded)

    def at(self, cursor: int) -> Document:
        """The same document with the cursor elsewhere, 0 ≤ cursor ≤ len(edits).

        Raises:
            EditError: the cursor is outside that range.
        """
        if not isinstance(cursor, int) or not 0 <= cursor <= len(self.edits):
            raise EditError(f"expected a cursor in 0..{len(self.edits)}, got {cursor!r}")
        return replace(self, cursor=cursor, _folded=[])

    def state(self) -> State:
        """What the edits mean (folded once and kept)."""
        if not self._folded:
            self._folded.append(fold(self.opening, self.active))
        return self._folded[0]

    def _check_target(self, edit: e.Edit) -> None:
        state = self.state()
        if isinstance(edit, e.AddSubject):
            if not edit.subject or any(s.id == edit.subject for s in state.subjects):
                raise EditError(f"expected a new id for a subject, got {edit.subject!r}")
            if any(s.name == edit.name for s in state.subjects):
                raise EditError(f"expected a new subject name, got {edit.name!r} a second time")
        elif isinstance(edit, e.Pick) and edit.subject and edit.name:
            if any(s.name == edit.name and s.id != edit.subject for s in state.subjects):
                raise EditError(f"expected a new subject name, got {edit.name!r} a second time")
        elif isinstance(edit, e.AboutEdit):
            if not any(edit.edit_id == other.id for other in self.active):
                raise EditError(f"expected the id of an edit of this session, got {edit.edit_id!r}")
        elif isinstance(edit, e.Reorder):
            for subject_id in edit.order:
                state.subject(subject_id)
        elif edit.subject:
            subject = state.subject(edit.subject)
            edit.check_on(subject)
            others = [s.name for s in state.subjects if s.id != edit.subject]
            if isinstance(edit, e.DescribeSubject) and edit.name in others:
                raise EditError(f"expected a new subject name, got {edit.name!r} a second time")
        elif not edit.whole:
            raise EditError(f"expected a subject for {type(edit).__name__}, got none")
