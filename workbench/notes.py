"""What is to be said of how a matte came about: sentences that know what they weigh."""

from __future__ import annotations

from typing import Any

REPAIRED = "trimap_repaired"
STOPPED = "not_converged"
REPLACE = "replace_behind"
IN_VAIN = "in_vain"
NOTED = "noted"
CODES = (REPAIRED, STOPPED, REPLACE, IN_VAIN, NOTED)
"""What a note may be about: the solver had too little to go on, it did not get to its end, a
background had better be replaced, a setting does nothing; or it is no more than worth knowing."""


class Note(str):
    """A sentence; to whoever prints it nothing more.

    Attributes:
        code: one of CODES.
        severity: 0 to 1; as of a finding.
        box: (x0, y0, x1, y1) in pixels of the plane that it is about; None for all of it.
        within: the id of the pass that it is about; "" for the rest.
    """

    code: str
    severity: float
    box: tuple[float, float, float, float] | None
    within: str

    def __new__(
        cls,
        words: str,
        code: str = NOTED,
        severity: float = 0.05,
        box: tuple[float, float, float, float] | None = None,
        within: str = "",
    ) -> Note:
        """A note from its words; a plain sentence is one that is worth knowing."""
        made = super().__new__(cls, words)
        made.code, made.severity, made.box, made.within = code, severity, box, within
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Note, (str(self), self.code, self.severity, self.box, self.within)


def placed(
    note: str,
    name: str,
    within: str,
    corner: tuple[float, float],
    box: tuple[float, float, float, float],
) -> Note:
    """A note on a part that a matte was made for by itself, as a note on the photo.

    Args:
        note: a plain sentence is one that is worth knowing.
        name: of the part, in words. within: the id of its pass.
        corner: x, y of the first pixel of the plane that the note is about.
        box: of the part in pixels of the photo, for what is about all of it.
    """
    old = note if isinstance(note, Note) else Note(note)
    x, y = corner
    if old.box is not None:
        box = old.box[0] + x, old.box[1] + y, old.box[2] + x, old.box[3] + y
    return Note(f"{name}: {note}", old.code, old.severity, box, within)
