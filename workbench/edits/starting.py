"""Masks that do not come from a question: a model without prompts, a file, an object picked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from ..coordinates import Box, Point, check_box, check_point
from ..errors import EditError
from .edit import Edit, at, check_name, is_number

if TYPE_CHECKING:
    from ..state import SubjectState


@dataclass(frozen=True, kw_only=True)
class Start(Edit, abstract=True):
    """What makes a mask by itself, whichever segmenter is in use: where a subject starts."""

    stage: ClassVar[str] = "prediction"


@dataclass(frozen=True, kw_only=True)
class Auto(Start):
    """A starting mask from a model that takes no prompts.

    Attributes:
        model: its name.
        identity: name, weights and precision, pinned so that a replay cannot drift.
        checkpoint: an .onnx file of the person's own, or None for the catalogue's.
    """

    model: str
    identity: str = ""
    checkpoint: str | None = None

    def words(self) -> str:
        """See Edit.words."""
        return f"Automatic mask by {self.model}"


@dataclass(frozen=True, kw_only=True)
class SecondLook(Start):
    """The mask so far weighed against what stands out in a box, and against colours.

    Attributes:
        x0, y0, x1, y1: the box around all of the subject, in image pixels.
        identity: of the networks, pinned so that a replay cannot drift.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    identity: str = ""

    @property
    def corners(self) -> Box:
        """(x0, y0, x1, y1) in image pixels."""
        return self.x0, self.y0, self.x1, self.y1

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        x0, y0, x1, y1 = check_box(self.corners, shape)
        return replace(self, x0=x0, y0=y0, x1=x1, y1=y1)

    def check_on(self, subject: SubjectState) -> None:
        """See Edit.check_on."""
        if not subject.layers:
            raise EditError("expected a mask to look at again, got none yet")

    def words(self) -> str:
        """See Edit.words."""
        return f"Second look in the box {at(self.x0, self.y0)} to {at(self.x1, self.y1)}"


@dataclass(frozen=True, kw_only=True)
class LoadMask(Start):
    """A mask made elsewhere as the starting point; ``blob`` is the hash of its 8-bit pixels."""

    blob: str
    name: str = "array"

    @property
    def blobs(self) -> tuple[str, ...]:
        """See Edit.blobs."""
        return (self.blob,)

    def words(self) -> str:
        """See Edit.words."""
        return f"Load mask {self.name}"


@dataclass(frozen=True, kw_only=True)
class Pick(Start):
    """One of the objects that were proposed, as a subject's starting mask.

    Attributes:
        subject: whose it is; a new id adds the subject, in front of the others.
        name: of that subject; "" leaves the name of one that is there.
        blob: the hash of the proposal's logits as 8-bit values (see ``starting.packed``).
        frame: (x0, y0, x1, y1), the part of the image that they cover.
        via: (h, w) of a Frame's ``via``, or ().
        points: the clicks that the proposal came from.
        score: what the model thought of it.
        model: the identity of the segmenter that proposed it.
    """

    name: str = ""
    blob: str
    frame: tuple[float, ...]
    via: tuple[float, ...] = ()
    points: tuple[Point, ...] = ()
    score: float = 0.0
    model: str = ""

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        if self.name:
            check_name(self.name)
        good = len(self.frame) == 4 and all(is_number(v) and abs(v) < 1e6 for v in self.frame)
        if not good or not (self.frame[0] < self.frame[2] and self.frame[1] < self.frame[3]):
            raise EditError(f"expected a frame (x0, y0, x1, y1), got {self.frame!r:.80}")
        if len(self.via) not in (0, 2) or not all(1 <= v <= 8192 for v in self.via):
            raise EditError(f"expected a grid (h, w) or none, got {self.via!r:.80}")
        points = tuple(check_point(p, shape) for p in self.points)
        return replace(self, points=points, score=round(float(self.score), 4))

    @property
    def blobs(self) -> tuple[str, ...]:
        """See Edit.blobs."""
        return (self.blob,)

    def words(self) -> str:
        """See Edit.words."""
        place = f" at {at(*self.points[0])}" if self.points else ""
        return f"Pick object{place}, score {self.score:.2f}"

    def sets(self) -> dict[str, Any]:
        """See Edit.sets."""
        return {"name": self.name} if self.name else {}
