"""What becomes of a subject's shadow: let go, kept under it, or lifted into a layer of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ..coordinates import Point, check_stroke
from ..errors import unknown_name
from .edit import Edit, check_within, count, short

SHADOWS = ("drop", "keep", "lift")
"""What can become of a shadow."""


@dataclass(frozen=True, kw_only=True)
class Shadow(Edit):
    """What becomes of the subject's shadow.

    Attributes:
        mode: "drop": it stays behind with the background. "keep": it is part of the cut-out, black
            with an opacity of its own under the subject. "lift": likewise, in a layer apart.
    """

    stage: ClassVar[str] = "shadow"
    mode: str = "lift"

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        if self.mode not in SHADOWS:
            raise unknown_name("way with a shadow", self.mode, SHADOWS)
        return self

    def words(self) -> str:
        """See Edit.words."""
        return {"drop": "Drop", "keep": "Keep", "lift": "Lift"}[self.mode] + " the shadow"

    def sets(self) -> dict[str, Any]:
        """See Edit.sets."""
        return {"shadow": self.mode}


@dataclass(frozen=True, kw_only=True)
class ShadowStroke(Edit):
    """A stroke that says where the shadow is, or is not.

    Attributes:
        points: the stroke. size: its diameter in pixels.
        keep: the shadow is looked for under strokes that keep alone, where there are any, and never
            under those that do not. The first that keeps lifts a shadow that was let go.
    """

    stage: ClassVar[str] = "shadow"
    gathers: ClassVar[str] = "shadow_strokes"
    points: tuple[Point, ...]
    size: float = 60.0
    keep: bool = True

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        check_within(self.size, 1, 1000, "a brush size")
        points = check_stroke(self.points, shape)
        return replace(self, points=points, size=float(self.size), keep=bool(self.keep))

    def words(self) -> str:
        """See Edit.words."""
        said = "Shadow" if self.keep else "No shadow"
        return f"{said} here, {short(self.size)} px, {count(self.points, 'point')}"
