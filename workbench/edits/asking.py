"""What is asked of which model, and which of its answers is taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from ..closeup import check_region, holds, meets
from ..coordinates import TURNS, Point, check_box, check_outline, check_point, check_stroke
from ..coordinates import Box as BoxTuple
from ..errors import EditError, PromptError
from .edit import Edit, at, check_within, count

if TYPE_CHECKING:
    from ..state import SubjectState


@dataclass(frozen=True, kw_only=True)
class UseSegmenter(Edit):
    """Another segmenter from here on; subjects with prompts are asked anew.

    Attributes:
        segmenter: its name.
        identity: name, weights and precision, pinned so that a replay cannot drift.
        checkpoint: a weights file of the person's own, or None for the catalogue's.
        precision: "float32" or "bfloat16" where there is a choice, as in the identity; "" elsewhere
            and in sessions from before there was one.
        turn: how far the photo is turned for the model, 0, 90, 180 or 270 degrees clockwise.
    """

    stage: ClassVar[str] = "prediction"
    whole: ClassVar[bool] = True
    unsaid: ClassVar[frozenset[str]] = frozenset({"turn"})
    segmenter: str
    identity: str = ""
    checkpoint: str | None = None
    precision: str = ""
    turn: int = 0

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        if self.turn not in TURNS:
            raise EditError(f"expected a turn of 0, 90, 180 or 270 degrees, got {self.turn!r}")
        return self

    def words(self) -> str:
        """See Edit.words."""
        return f"Use {self.segmenter}" + (f", photo turned {self.turn}°" if self.turn else "")


def _region(region: tuple[float, ...], shape: tuple[int, int]) -> tuple[float, ...]:
    return check_region(region, shape) if region else ()


def _close(edit: Click | Box | Scribble) -> str:
    return ", looking closer" if edit.region else ""


@dataclass(frozen=True, kw_only=True)
class Click(Edit):
    """A point that is subject (keep) or background (drop).

    Attributes:
        x, y: the point in image pixels.
        region: the part of the photo to look at closer, or () for the whole photo.
    """

    stage: ClassVar[str] = "prediction"
    unsaid: ClassVar[frozenset[str]] = frozenset({"region"})
    x: float
    y: float
    keep: bool = True
    region: tuple[float, ...] = ()

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        x, y = check_point((self.x, self.y), shape)
        region = _region(self.region, shape)
        if region and not holds(region, x, y):
            raise PromptError(f"expected a click inside its region {region}, got ({x:g}, {y:g})")
        return replace(self, x=x, y=y, keep=bool(self.keep), region=region)

    def words(self) -> str:
        """See Edit.words."""
        return f"{'Keep' if self.keep else 'Drop'} click at {at(self.x, self.y)}{_close(self)}"


@dataclass(frozen=True, kw_only=True)
class Box(Edit):
    """A box around the subject; it replaces an earlier one.

    Attributes:
        x0, y0, x1, y1: its corners in image pixels.
        region: the part of the photo to look at closer, or () for the whole photo.
    """

    stage: ClassVar[str] = "prediction"
    unsaid: ClassVar[frozenset[str]] = frozenset({"region"})
    x0: float
    y0: float
    x1: float
    y1: float
    region: tuple[float, ...] = ()

    @property
    def corners(self) -> BoxTuple:
        """(x0, y0, x1, y1) in image pixels."""
        return self.x0, self.y0, self.x1, self.y1

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        x0, y0, x1, y1 = check_box(self.corners, shape)
        region = _region(self.region, shape)
        if region and not meets(region, (x0, y0, x1, y1)):
            raise PromptError(f"expected a box that meets its region {region}, got {self.corners}")
        return replace(self, x0=x0, y0=y0, x1=x1, y1=y1, region=region)

    def words(self) -> str:
        """See Edit.words."""
        return f"Box {at(self.x0, self.y0)} to {at(self.x1, self.y1)}{_close(self)}"


@dataclass(frozen=True, kw_only=True)
class Lasso(Edit):
    """A loose outline around the subject, closed by itself; it replaces an earlier box."""

    stage: ClassVar[str] = "prediction"
    points: tuple[Point, ...]

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        return replace(self, points=check_outline(self.points, shape))

    def words(self) -> str:
        """See Edit.words."""
        return f"Lasso of {count(self.points, 'point')}"


@dataclass(frozen=True, kw_only=True)
class Text(Edit):
    """What the subject is, in words or by example, for a segmenter that takes that.

    It says anew what is meant: earlier prompts count no more. What comes after it (a click, a
    re-run) refines the find that was chosen.

    Attributes:
        text: a few words, such as "a dog"; "" where examples say it.
        like: boxes around things of the kind.
        unlike: boxes around things that are not of the kind.
    """

    stage: ClassVar[str] = "prediction"
    text: str = ""
    like: tuple[BoxTuple, ...] = ()
    unlike: tuple[BoxTuple, ...] = ()

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        if not isinstance(self.text, str) or len(self.text) > 200:
            raise PromptError(f"expected a text of up to 200 characters, got {self.text!r:.120}")
        if len(self.like) + len(self.unlike) > 32:
            raise PromptError(
                f"expected up to 32 examples, got {len(self.like) + len(self.unlike)}"
            )
        if not self.text.strip() and not self.like:
            raise PromptError("expected a text or an example of what is meant, got neither")
        return replace(
            self,
            text=" ".join(self.text.split()),
            like=tuple(check_box(box, shape) for box in self.like),
            unlike=tuple(check_box(box, shape) for box in self.unlike),
        )

    def words(self) -> str:
        """See Edit.words."""
        examples = (*self.like, *self.unlike)
        by = count(examples, "example") if examples else ""
        return f"Ask for {' and '.join(w for w in (f'“{self.text}”' * bool(self.text), by) if w)}"


@dataclass(frozen=True, kw_only=True)
class Scribble(Edit):
    """A line drawn over what is subject (keep) or background (drop): a few clicks in one."""

    stage: ClassVar[str] = "prediction"
    unsaid: ClassVar[frozenset[str]] = frozenset({"region"})
    points: tuple[Point, ...]
    keep: bool = True
    width: float = 8.0
    region: tuple[float, ...] = ()

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        check_within(self.width, 1, 500, "a width")
        return replace(
            self,
            points=check_stroke(self.points, shape),
            keep=bool(self.keep),
            width=float(self.width),
            region=_region(self.region, shape),
        )

    def words(self) -> str:
        """See Edit.words."""
        said = "keep" if self.keep else "drop"
        return f"Scribble {said}, {count(self.points, 'point')}{_close(self)}"


@dataclass(frozen=True, kw_only=True)
class Rerun(Edit):
    """The model again, with hints from the corrections so far."""

    stage: ClassVar[str] = "prediction"

    def check_on(self, subject: SubjectState) -> None:
        """See Edit.check_on."""
        painted = any(stroke.keep is not None for stroke in subject.strokes)
        if not (subject.layers or painted):
            raise EditError(
                "expected a prompt or a correction to re-run with, got none: "
                "click, box or paint first"
            )

    def words(self) -> str:
        """See Edit.words."""
        return "Re-run with corrections as hints"


@dataclass(frozen=True, kw_only=True)
class Choose(Edit):
    """Another candidate of the last prediction; its logits become the next hint. 0 is the best."""

    stage: ClassVar[str] = "prediction"
    candidate: int

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        check_within(self.candidate, 0, 63, "a candidate")
        return self

    def check_on(self, subject: SubjectState) -> None:
        """See Edit.check_on."""
        if not subject.chain:
            raise EditError("expected a prediction to choose from, got none yet: click first")

    def words(self) -> str:
        """See Edit.words."""
        return f"Choose candidate {self.candidate + 1}"
