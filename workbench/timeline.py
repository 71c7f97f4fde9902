"""The history as a list for people: every edit in words, with its note, and whether it counts."""

from __future__ import annotations

from dataclasses import dataclass

from . import edits as e
from .document import Document
from .folding import surviving


@dataclass(frozen=True)
class Entry:
    """One edit as a line of the history list.

    Attributes:
        index: its place among all edits, from 0; ``session.go_to(index + 1)`` goes to where it is
            the last that counts.
        edit: itself.
        words: what was done; of what takes back or notes another edit, which one.
        note: what a person wrote on it, or "".
        active: whether it lies before the cursor: undo has not stepped over it.
        in_force: whether it still counts: active, taken back by no later edit, and made since the
            last start over.
    """

    index: int
    edit: e.Edit
    words: str
    note: str
    active: bool
    in_force: bool


class History(tuple[Entry, ...]):
    """Entries, oldest first; prints as the list that people read."""

    __slots__ = ()

    def __str__(self) -> str:
        return "\n".join(map(_line, self)) or "no edits yet"

    __repr__ = __str__


def timeline(document: Document) -> History:
    """All edits of a document, oldest first, those after the cursor included."""
    kept = surviving(document.active)
    notes = {edit.edit_id: edit.text for edit in kept if isinstance(edit, e.Note)}
    resets = [n for n, edit in enumerate(kept) if isinstance(edit, e.Reset)]
    counts = {edit.id for edit in kept[resets[-1] if resets else 0 :]} | _retracting(document)
    said = {edit.id: edit.words() for edit in document.edits}
    return History(
        Entry(
            index=n,
            edit=edit,
            words=_words(edit, said),
            note=notes.get(edit.id, ""),
            active=n < document.cursor,
            in_force=edit.id in counts,
        )
        for n, edit in enumerate(document.edits)
    )


def _line(entry: Entry) -> str:
    state = "" if entry.in_force else " (counts no more)" if entry.active else " (undone)"
    note = f" – {entry.note}" if entry.note else ""
    return f"{entry.index:>3}  {entry.words}{note}{state}"


def _retracting(document: Document) -> set[str]:
    """The Retracts that take something back, since the last start over."""
    taken_back: set[str] = set()
    found: set[str] = set()
    for edit in reversed(document.active):
        if edit.id in taken_back:
            continue
        if isinstance(edit, e.Reset):
            break
        if isinstance(edit, e.Retract):
            taken_back.add(edit.edit_id)
            found.add(edit.id)
    return found


def _words(edit: e.Edit, said: dict[str, str]) -> str:
    other = said.get(edit.edit_id) if isinstance(edit, e.AboutEdit) else None
    if other is None:
        return edit.words()
    if isinstance(edit, e.Retract):
        return f"Take back: {other}"
    return f"{edit.words()} (on: {other})"
