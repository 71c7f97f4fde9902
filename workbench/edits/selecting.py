"""The traditional selection tools as edits: chroma key, magic wand, GrabCut, scissors.

Each makes a mask from the photo alone, whichever segmenter is in use, and lays it together with the
mask so far as Shift and Alt do in Photoshop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..coordinates import Point, check_box, check_point, check_stroke
from ..errors import EditError, PromptError, unknown_name
from .edit import Edit, at, check_hex, check_within, count, short
from .starting import Start

if TYPE_CHECKING:
    from ..state import SubjectState

COMBINATIONS = ("replace", "add", "subtract", "intersect")
"""How a tool's mask and the mask so far become one."""

_COMBINED = {"replace": "", "add": "Add: ", "subtract": "Subtract: ", "intersect": "Intersect: "}


@dataclass(frozen=True, kw_only=True)
class Selection(Start, abstract=True):
    """What these tools have in common.

    Attributes:
        combine: one of COMBINATIONS. The mask so far is the last answer's chosen candidate.
    """

    combine: str = "replace"

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        if self.combine not in COMBINATIONS:
            raise unknown_name("combination", self.combine, COMBINATIONS)
        return self

    def check_on(self, subject: SubjectState) -> None:
        """See Edit.check_on."""
        if self.combine in ("subtract", "intersect") and not subject.layers:
            raise EditError("expected a mask to subtract from or intersect with, got none yet")

    def _said(self, words: str) -> str:
        return _COMBINED.get(self.combine, "") + words


@dataclass(frozen=True, kw_only=True)
class ChromaKey(Selection):
    """Everything but a backdrop of one colour.

    Attributes:
        colour: the backdrop's, #rrggbb; None finds it along the photo's border.
        tolerance, softness: 0–1, see ``segment.traditional.chroma_key``.
        spill: 0–1, how far the backdrop's light is taken off the subject's colours.
    """

    colour: str | None = None
    tolerance: float = 0.1
    softness: float = 0.75
    spill: float = 1.0

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        super().checked(shape)
        check_hex(self.colour)
        check_within(self.tolerance, 0, 1, "a tolerance")
        check_within(self.softness, 0, 1, "a softness")
        check_within(self.spill, 0, 1, "an amount of spill")
        return replace(self, colour=None if self.colour is None else self.colour.lower())

    def words(self) -> str:
        """See Edit.words."""
        return self._said(f"Chroma key, {self.colour or 'the screen found by itself'}")


@dataclass(frozen=True, kw_only=True)
class MagicWand(Selection):
    """The pixels whose colour is like that at (x, y).

    Attributes:
        x, y: in image pixels.
        tolerance: 0–255, the largest difference of a channel.
        contiguous: only what hangs together with the place.
        sample: 1, 3 or 5: the mean of so many pixels a side is looked for.
        antialias: a soft edge.
    """

    x: float
    y: float
    tolerance: float = 32
    contiguous: bool = True
    sample: int = 1
    antialias: bool = True

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        super().checked(shape)
        x, y = check_point((self.x, self.y), shape)
        check_within(self.tolerance, 0, 255, "a tolerance")
        if self.sample not in (1, 3, 5):
            raise EditError(f"expected a sample of 1, 3 or 5 pixels a side, got {self.sample!r}")
        return replace(
            self, x=x, y=y, contiguous=bool(self.contiguous), antialias=bool(self.antialias)
        )

    def words(self) -> str:
        """See Edit.words."""
        where = "" if self.contiguous else ", all over the photo"
        return self._said(f"Magic wand at {at(self.x, self.y)}, ±{short(self.tolerance)}{where}")


@dataclass(frozen=True, kw_only=True)
class GrabCut(Selection):
    """What a box holds by colour and edges; iterations of fitting, 1–20."""

    x0: float
    y0: float
    x1: float
    y1: float
    iterations: int = 5

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        super().checked(shape)
        x0, y0, x1, y1 = check_box((self.x0, self.y0, self.x1, self.y1), shape)
        check_within(self.iterations, 1, 20, "a number of iterations")
        return replace(self, x0=x0, y0=y0, x1=x1, y1=y1)

    def words(self) -> str:
        """See Edit.words."""
        box = f"{at(self.x0, self.y0)} to {at(self.x1, self.y1)}"
        return self._said(f"GrabCut in the box {box}")


@dataclass(frozen=True, kw_only=True)
class Scissors(Selection):
    """An outline through a few points that follows the photo's edges between them.

    Attributes:
        points: along the subject's outline, closed by itself.
        width: how far from each point the edge is looked for, in pixels, 0–250.
    """

    points: tuple[Point, ...]
    width: float = 4.0

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        super().checked(shape)
        points = check_stroke(self.points, shape)
        if len(points) < 3:
            raise PromptError(f"expected at least 3 points around the subject, got {len(points)}")
        check_within(self.width, 0, 250, "a width")
        return replace(self, points=points)

    def words(self) -> str:
        """See Edit.words."""
        return self._said(f"Scissors through {count(self.points, 'point')}")
