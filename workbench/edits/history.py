"""Edits about the document as a whole, or about an edit in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from ..errors import EditError
from .edit import Edit


@dataclass(frozen=True, kw_only=True)
class AboutEdit(Edit, abstract=True):
    """What says something about another edit of the document, named by its id."""

    whole: ClassVar[bool] = True
    edit_id: str


@dataclass(frozen=True, kw_only=True)
class Retract(AboutEdit):
    """Take back one edit in the middle. A Retract can itself be retracted."""

    def words(self) -> str:
        """See Edit.words."""
        return "Take back one edit"


@dataclass(frozen=True, kw_only=True)
class Note(AboutEdit):
    """What a person writes on an edit: why it was made, what to try. The latest counts.

    Attributes:
        edit_id: of the edit that it is about.
        text: up to 500 characters; "" takes an earlier note away.
    """

    text: str

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        if not isinstance(self.text, str) or len(self.text) > 500:
            raise EditError(f"expected a note of up to 500 characters, got {self.text!r:.120}")
        return replace(self, text=self.text.strip())

    def words(self) -> str:
        """See Edit.words."""
        return f"Note “{self.text}”" if self.text else "Take a note away"


@dataclass(frozen=True, kw_only=True)
class Reset(Edit):
    """Start over. The history stays, so this can be undone."""

    whole: ClassVar[bool] = True

    def words(self) -> str:
        """See Edit.words."""
        return "Start over"
