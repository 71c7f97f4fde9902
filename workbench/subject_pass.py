"""One pass of a subject: a part of the photo whose matte has settings of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import edits as e
from .adjusting import Adjusting
from .errors import EditError
from .settings import Settings
from .state import Pass

if TYPE_CHECKING:
    from .subject import Subject


class SubjectPass(Adjusting):
    """A handle on one pass of a subject: its settings are set through it."""

    def __init__(self, subject: Subject, pass_id: str) -> None:
        self.subject, self.id = subject, pass_id

    def __repr__(self) -> str:
        kind = self.state.edit.kind
        return f"SubjectPass({self.subject.name!r}{f', {kind!r}' if kind else ''})"

    @property
    def state(self) -> Pass:
        """What the edits say of it now.

        Raises:
            EditError: it was taken back.
        """
        for one in self.subject.state.passes:
            if one.id == self.id:
                return one
        raise EditError(f"expected the id of a pass of {self.subject.name!r}, got {self.id!r}")

    @property
    def settings(self) -> Settings:
        """What holds in it: its own settings, and the subject's for the rest."""
        return self.state.settings(self.subject.settings)

    def insist(self, always: bool = True) -> SubjectPass:
        """Lay it in whatever it says; with False, where it is the more confident answer alone.

        What lies behind glass cannot be told everywhere, and a pass that does not know it loses to
        the rest (``session.notes`` says so). Somebody who sees that it is right says so here.
        """
        return self._set(e.Insist, always=bool(always))

    def delete(self) -> None:
        """Take it back; undo brings it back again."""
        self.subject.session.retract(self.id)

    def _keep_plate(self, plate: Any) -> str:
        return self.subject._keep_plate(plate)

    def _behind_replaced(self, background: Any) -> np.ndarray:
        at = self.subject.state.passes.index(self.state)
        return self.subject._behind_replaced(background, lambda r: r.passes[at])

    def _sight(self) -> tuple[np.ndarray, np.ndarray]:
        picture, mask = self.subject._sight()
        x, y = zip(*self.state.edit.region, strict=True)
        rows = slice(max(0, math.floor(min(y))), math.ceil(max(y)))
        columns = slice(max(0, math.floor(min(x))), math.ceil(max(x)))
        return picture[rows, columns], mask[rows, columns]

    def _set(self, edit: type[e.Setting], **values: Any) -> SubjectPass:
        self.subject._set(edit, within=self.id, **values)
        return self

    def _set_together(self, edits: Sequence[tuple[type[e.Setting], dict[str, Any]]]) -> SubjectPass:
        self.subject._set_together([(edit, {**own, "within": self.id}) for edit, own in edits])
        return self
