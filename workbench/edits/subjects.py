"""Edits of the subjects themselves: add, describe, delete, reorder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..errors import EditError
from .edit import Edit, check_hex, check_name, given


@dataclass(frozen=True, kw_only=True)
class AddSubject(Edit):
    """A new subject, in front of the others. ``subject`` is its own new id."""

    stage: ClassVar[str] = "subjects"
    name: str
    colour: str | None = None

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        check_name(self.name)
        check_hex(self.colour)
        return self

    def words(self) -> str:
        """See Edit.words."""
        return f"Add subject “{self.name}”"


@dataclass(frozen=True, kw_only=True)
class DescribeSubject(Edit):
    """Another name or colour for a subject, or hide or show it. None leaves a value as it is."""

    stage: ClassVar[str] = "subjects"
    name: str | None = None
    colour: str | None = None
    hidden: bool | None = None

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        if self.name is None and self.colour is None and self.hidden is None:
            raise EditError("expected another name or colour for the subject, got none")
        if self.name is not None:
            check_name(self.name)
        check_hex(self.colour)
        return self

    def words(self) -> str:
        """See Edit.words."""
        if self.hidden is not None:
            return "Hide subject" if self.hidden else "Show subject"
        return f"Rename to “{self.name}”" if self.name is not None else f"Colour {self.colour}"

    def sets(self) -> dict[str, Any]:
        """See Edit.sets."""
        return given(self, "name", "colour", "hidden")


@dataclass(frozen=True, kw_only=True)
class DeleteSubject(Edit):
    """The subject goes, with everything that was done to it. Undo brings it back."""

    stage: ClassVar[str] = "subjects"

    def words(self) -> str:
        """See Edit.words."""
        return "Delete subject"


@dataclass(frozen=True, kw_only=True)
class Reorder(Edit):
    """Subject ids from front to back. Ids left out stay behind in their old order."""

    stage: ClassVar[str] = "subjects"
    whole: ClassVar[bool] = True
    order: tuple[str, ...]

    def words(self) -> str:
        """See Edit.words."""
        return "Reorder subjects"
