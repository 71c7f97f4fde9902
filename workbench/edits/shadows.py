"""What becomes of a subject's shadow, and of its reflection: let go, kept under it, or lifted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ..coordinates import Point, check_stroke
from ..errors import unknown_name
from .edit import Edit, check_within, count, short

SHADOWS = ("drop", "keep", "lift")
"""What can become of a shadow or a reflection."""


@dataclass(frozen=True, kw_only=True)
class _Ground(Edit, abstract=True):
    """What becomes of what the subject does to its ground.

    Attributes:
        mode: "drop": it stays behind with the background. "keep": it is part of the cut-out, with
            an opacity of its own under the subject. "lift": likewise, in a layer apart.
    """

    stage: ClassVar[str] = "shadow"
    what: ClassVar[str]
    mode: str = "lift"

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        if self.mode not in SHADOWS:
            raise unknown_name(f"way with a {self.what}", self.mode, SHADOWS)
        return self

    def words(self) -> str:
        """See Edit.words."""
        return {"drop": "Drop", "keep": "Keep", "lift": "Lift"}[self.mode] + f" the {self.what}"

    def sets(self) -> dict[str, Any]:
        """See Edit.sets."""
        return {self.what: self.mode}


@dataclass(frozen=True, kw_only=True)
class Shadow(_Ground):
    """What becomes of the subject's shadow, which is black."""

    what: ClassVar[str] = "shadow"


@dataclass(frozen=True, kw_only=True)
class Reflection(_Ground):
    """What becomes of the subject's mirror image in a glossy floor, which has its own colours."""

    what: ClassVar[str] = "reflection"


@dataclass(frozen=True, kw_only=True)
class _GroundStroke(Edit, abstract=True):
    """A stroke that says where it is on the ground, or is not.

    Attributes:
        points: the stroke. size: its diameter in pixels.
        keep: it is looked for under strokes that keep alone, where there are any, and never under
            those that do not. The first that keeps lifts what was let go.
    """

    stage: ClassVar[str] = "shadow"
    what: ClassVar[str]
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
        said = self.what.capitalize() if self.keep else f"No {self.what}"
        return f"{said} here, {short(self.size)} px, {count(self.points, 'point')}"


@dataclass(frozen=True, kw_only=True)
class ShadowStroke(_GroundStroke):
    """A stroke that says where the shadow is, or is not."""

    gathers: ClassVar[str] = "shadow_strokes"
    what: ClassVar[str] = "shadow"


@dataclass(frozen=True, kw_only=True)
class ReflectionStroke(_GroundStroke):
    """A stroke that says where the reflection is, or is not."""

    gathers: ClassVar[str] = "reflection_strokes"
    what: ClassVar[str] = "reflection"
