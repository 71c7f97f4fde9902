"""A pass: a part of the photo whose matte is made in its own way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ..coordinates import Point, check_outline
from ..errors import EditError
from .edit import Edit, check_within
from .settings import Setting

PASSES = ("", "body", "hair", "transparent")
"""What a pass may be for; "" for nothing in particular."""


@dataclass(frozen=True, kw_only=True)
class Pass(Setting):
    """A region that is solved with settings of its own and laid over the rest with a soft seam.

    What it does not set itself is as in the rest of the subject, also when that changes later. A
    Setting whose ``within`` is this edit's id changes the pass.

    Attributes:
        region: its outline in image pixels, at least three points, closed by itself.
        kind: what it is for, one of PASSES.
        seam: width of the soft seam in pixels, 0–250.
        always: lay it in whatever it says; without, the more confident of the two answers wins.
        why: what speaks for it, in words, where it was proposed.
        method (with checkpoint, identity and behind), radius, smart, smooth, feather, contrast,
            shift, amount: see the edits of those names.
    """

    stage: ClassVar[str] = "trimap"
    gathers: ClassVar[str] = "passes"
    unsaid: ClassVar[frozenset[str]] = Setting.unsaid | {
        "checkpoint", "identity", "behind", "why", "smart",
    }  # fmt: skip
    region: tuple[Point, ...]
    kind: str = ""
    seam: float = 8.0
    always: bool = False
    why: str = ""
    method: str | None = None
    checkpoint: str | None = None
    identity: str | None = None
    behind: str | None = None
    radius: float | None = None
    smart: bool | None = None
    smooth: float | None = None
    feather: float | None = None
    contrast: float | None = None
    shift: float | None = None
    amount: float | None = None

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        if self.kind not in PASSES:
            raise EditError(f"expected a kind of pass out of {PASSES}, got {self.kind!r:.60}")
        if self.within:
            raise EditError("expected a pass of a subject, got one within another pass")
        check_within(self.seam, 0, 250, "a seam in pixels")
        self.check_values()
        return replace(self, region=check_outline(self.region, shape))

    def words(self) -> str:
        """See Edit.words."""
        by = f" by {self.method}" if self.method else ""
        said = f"Pass{f' for {self.kind}' if self.kind else ''}{by}"
        return f"{said}: {self.why}" if self.why else said

    def sets(self) -> dict[str, Any]:
        """See Setting.sets."""
        place = ("region", "kind", "seam", "why") + (() if self.always else ("always",))
        values = {name: value for name, value in super().sets().items() if name not in place}
        return values if self.method is None else {**values, "checkpoint": self.checkpoint}
