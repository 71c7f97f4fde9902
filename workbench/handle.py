"""A handle on one subject: whose it is, what holds of it, and how an edit is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from . import edits as e
from .errors import PromptError
from .segment.base import Prediction
from .state import SubjectState

if TYPE_CHECKING:
    from .session import Session


class Handle:
    """What the verbs of a subject stand on; each of them makes one edit and returns the subject.

    Attributes:
        session: whose subject it is. id: of the subject.
    """

    def __init__(self, session: Session, subject_id: str) -> None:
        self.session, self.id = session, subject_id

    @property
    def state(self) -> SubjectState:
        """What the edits say of it now.

        Raises:
            EditError: the subject was deleted, or its adding undone.
        """
        return self.session.document.state().subject(self.id)

    @property
    def prediction(self) -> Prediction | None:
        """The model's last answer, best candidate first; None before any prompt."""
        known = self.session.peek(lambda r: r.subject(self.id).known_prediction)
        return known or self.session.render(lambda r: r.subject(self.id).prediction)

    def _do(self, edit: e.Edit) -> Self:
        self.session.do(edit)
        return self


def sequence(values: Any, what: str) -> tuple[Any, ...]:
    """What was given as a tuple.

    Raises:
        PromptError: it cannot be gone through; ``what`` says what was expected.
    """
    try:
        return tuple(values)
    except TypeError:
        raise PromptError(f"expected {what}, got {values!r:.60}") from None
