"""Settings of a subject's matte: the band, how the alpha is solved, its edge, its colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from .edit import Edit, check_within, given


@dataclass(frozen=True, kw_only=True)
class TrimapSettings(Edit):
    """The band's half width. radius in pixels of the image, 0–250."""

    stage: ClassVar[str] = "trimap"
    radius: float = 10.0

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        check_within(self.radius, 0, 250, "a radius")
        return self

    def words(self) -> str:
        """See Edit.words."""
        return f"Radius {self.radius:g} px"

    def sets(self) -> dict[str, Any]:
        """See Edit.sets."""
        return {"radius": self.radius}


@dataclass(frozen=True, kw_only=True)
class Matte(Edit):
    """How the alpha is solved in the band."""

    stage: ClassVar[str] = "alpha"
    method: str = "closed_form"

    def words(self) -> str:
        """See Edit.words."""
        return f"Matte by {self.method}"

    def sets(self) -> dict[str, Any]:
        """See Edit.sets."""
        return {"method": self.method}


@dataclass(frozen=True, kw_only=True)
class Edges(Edit):
    """Edge settings, as in Select and Mask. None leaves a value as it is.

    Attributes:
        smooth: 0–100.
        feather: pixels, 0–250.
        contrast: 0–100.
        shift: −100…100 % of the radius; negative is inward.
    """

    stage: ClassVar[str] = "edges"
    smooth: float | None = None
    feather: float | None = None
    contrast: float | None = None
    shift: float | None = None

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        for value, low, high, what in (
            (self.smooth, 0, 100, "smooth"),
            (self.feather, 0, 250, "feather in pixels"),
            (self.contrast, 0, 100, "contrast"),
            (self.shift, -100, 100, "shift in %"),
        ):
            if value is not None:
                check_within(value, low, high, what)
        return self

    def words(self) -> str:
        """See Edit.words."""
        said = ", ".join(f"{name} {value:g}" for name, value in self.sets().items())
        return f"Edges: {said or 'as they are'}"

    def sets(self) -> dict[str, Any]:
        """See Edit.sets."""
        return given(self, "smooth", "feather", "contrast", "shift")


@dataclass(frozen=True, kw_only=True)
class Decontaminate(Edit):
    """How far the old background's colour is taken out of the edge. amount 0–1."""

    stage: ClassVar[str] = "foreground"
    amount: float = 1.0

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        check_within(self.amount, 0, 1, "an amount")
        return self

    def words(self) -> str:
        """See Edit.words."""
        return f"Decontaminate {self.amount:.0%}"

    def sets(self) -> dict[str, Any]:
        """See Edit.sets."""
        return {"amount": self.amount}
