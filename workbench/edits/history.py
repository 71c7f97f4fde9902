"""Edits about the document as a whole, or about an edit in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

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
class Reset(Edit):
    """Start over. The history stays, so this can be undone."""

    whole: ClassVar[bool] = True

    def words(self) -> str:
        """See Edit.words."""
        return "Start over"
