"""A depth map beside the photo, and what is selected by it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from ..errors import EditError, unknown_name
from .edit import Edit, is_number
from .selecting import Selection

NEAR = ("large", "small")
"""Which of a depth map's numbers are near: large ones (disparity) or small ones (metres)."""


@dataclass(frozen=True, kw_only=True)
class LoadDepth(Edit):
    """A depth map of the photo's view.

    Attributes:
        blob: the hash of its 16-bit values (see ``depths.packed``).
        low, high: the least and the greatest number in it, which its values stand for.
        near: one of NEAR.
        name: what it is called.
    """

    whole: ClassVar[bool] = True
    blob: str
    low: float
    high: float
    near: str = "large"
    name: str = "array"

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        if self.near not in NEAR:
            raise unknown_name("way that depth runs", self.near, NEAR)
        _check_range(self.low, self.high)
        return self

    @property
    def blobs(self) -> tuple[str, ...]:
        """See Edit.blobs."""
        return (self.blob,)

    def words(self) -> str:
        """See Edit.words."""
        return f"Load depth map {self.name}"


@dataclass(frozen=True, kw_only=True)
class SelectDepth(Selection):
    """What lies between two depths.

    Attributes:
        blob, low, high: of the depth map, see LoadDepth.
        near, far: the range in the map's own numbers, both included; either may be the larger.
        softness: how far beyond either end the mask falls to 0, in the map's numbers.
    """

    blob: str
    low: float
    high: float
    near: float
    far: float
    softness: float = 0.0

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        super().checked(shape)
        _check_range(self.low, self.high)
        for name in ("near", "far", "softness"):
            if not is_number(getattr(self, name)):
                raise EditError(f"expected {name} to be a number, got {getattr(self, name)!r:.60}")
        if self.softness < 0:
            raise EditError(f"expected a softness of 0 or more, got {self.softness!r}")
        return replace(
            self, near=float(self.near), far=float(self.far), softness=float(self.softness)
        )

    @property
    def blobs(self) -> tuple[str, ...]:
        """See Edit.blobs."""
        return (self.blob,)

    def words(self) -> str:
        """See Edit.words."""
        return self._said(f"Select depths from {self.near:.4g} to {self.far:.4g}")


def _check_range(low: object, high: object) -> None:
    if not (is_number(low) and is_number(high) and low <= high):  # type: ignore[operator]
        raise EditError(f"expected a depth map's least and greatest number, got {low!r}, {high!r}")
