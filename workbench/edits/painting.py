"""What is drawn with a brush: corrections of the mask, the band, the trimap by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from ..coordinates import Point, check_stroke
from ..errors import EditError
from .edit import Edit, check_within, count, short


@dataclass(frozen=True, kw_only=True)
class Paint(Edit):
    """One drag of the brush: keep, remove, or (keep None) restore to what the model says.

    Attributes:
        points: the stroke.
        keep: True keeps, False removes, None gives the place back to the model.
        size: the brush's diameter in pixels.
        hardness: 0 soft from the centre outwards … 1 crisp.
        opacity: 0–1; 1 is certain where the brush is fully on.
        flow: 0–1, how fast the stroke builds up to its opacity along its length; 1 is at once.
        pressures: 0–1 for each point, scaling the size; () without a pen.
    """

    stage: ClassVar[str] = "corrections"
    gathers: ClassVar[str] = "strokes"
    unsaid: ClassVar[frozenset[str]] = frozenset({"flow"})
    points: tuple[Point, ...]
    keep: bool | None = True
    size: float = 40.0
    hardness: float = 0.8
    opacity: float = 1.0
    pressures: tuple[float, ...] = ()
    flow: float = 1.0

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        check_within(self.size, 1, 1000, "a brush size")
        check_within(self.hardness, 0, 1, "a hardness")
        check_within(self.opacity, 0, 1, "an opacity")
        check_within(self.flow, 0, 1, "a flow")
        points, pressures = self.points, self.pressures
        if pressures:
            if len(pressures) != len(points):
                raise EditError(
                    f"expected one pressure a point, got {len(points)} points and "
                    f"{len(pressures)} pressures"
                )
            for p in pressures:
                check_within(p, 0, 1, "a pressure")
            # Each point keeps its own pressure, so repeated points are not dropped here.
            points = tuple(check_stroke([p], shape)[0] for p in points)
        else:
            points = check_stroke(points, shape)
        return replace(
            self,
            points=points,
            keep=None if self.keep is None else bool(self.keep),
            size=float(self.size),
            hardness=round(float(self.hardness), 4),
            opacity=round(float(self.opacity), 4),
            flow=round(float(self.flow), 4),
            pressures=tuple(round(float(p), 3) for p in pressures),
        )

    def words(self) -> str:
        """See Edit.words."""
        verb = {True: "Paint keep", False: "Paint remove", None: "Restore to model"}[self.keep]
        return f"{verb}, {short(self.size)} px, {count(self.points, 'point')}"


@dataclass(frozen=True, kw_only=True)
class RefineEdge(Edit):
    """A stroke along which the band grows, so that the matte is solved there."""

    stage: ClassVar[str] = "trimap"
    gathers: ClassVar[str] = "marks"
    points: tuple[Point, ...]
    size: float = 60.0

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        check_within(self.size, 1, 1000, "a brush size")
        points = check_stroke(self.points, shape)
        return replace(self, points=points, size=float(self.size))

    def words(self) -> str:
        """See Edit.words."""
        return f"Refine edge, {short(self.size)} px, {count(self.points, 'point')}"


@dataclass(frozen=True, kw_only=True)
class Trimap(Edit):
    """A stroke that sets the trimap by hand: 0 background, 0.5 unknown, 1 foreground."""

    stage: ClassVar[str] = "trimap"
    gathers: ClassVar[str] = "marks"
    points: tuple[Point, ...]
    value: float = 0.5
    size: float = 20.0

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        if self.value not in (0, 0.5, 1):
            raise EditError(f"expected a trimap value of 0, 0.5 or 1, got {self.value!r}")
        check_within(self.size, 1, 1000, "a brush size")
        return replace(
            self,
            points=check_stroke(self.points, shape),
            value=float(self.value),
            size=float(self.size),
        )

    def words(self) -> str:
        """See Edit.words."""
        meaning = {0.0: "background", 0.5: "unknown", 1.0: "foreground"}[self.value]
        return f"Mark {meaning}, {short(self.size)} px, {count(self.points, 'point')}"


@dataclass(frozen=True, kw_only=True)
class LoadTrimap(Edit):
    """A trimap made elsewhere in place of the band around the mask; strokes after it change it.

    Attributes:
        blob: the hash of its pixels, uint8: 0 background, 128 unknown, 255 foreground.
        name: what the history calls it.
    """

    stage: ClassVar[str] = "trimap"
    gathers: ClassVar[str] = "marks"
    blob: str
    name: str = "array"

    @property
    def blobs(self) -> tuple[str, ...]:
        """See Edit.blobs."""
        return (self.blob,)

    def words(self) -> str:
        """See Edit.words."""
        return f"Load trimap {self.name}"
