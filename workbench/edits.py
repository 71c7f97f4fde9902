"""What a person does to a photo, one small frozen dataclass a deed.

The list of edits *is* the document. Each edit has an id, the subject it belongs to ("" for the
whole document) and its values; it names the stage of the rendering that it touches, says itself in
words, and goes to JSON and back without loss (``edit.py``). The traditional selection tools are in
``selecting.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from .closeup import check_region, holds, meets
from .coordinates import TURNS, Point, check_box, check_point, check_stroke
from .coordinates import Box as BoxTuple
from .edit import KINDS as KINDS
from .edit import Edit as Edit
from .edit import check_hex as _check_colour
from .edit import check_types as check_types
from .edit import check_within as _within
from .edit import from_json as from_json
from .edit import is_number
from .edit import new_id as new_id
from .edit import plain as plain
from .errors import EditError, PromptError
from .selecting import COMBINATIONS as COMBINATIONS
from .selecting import ChromaKey as ChromaKey
from .selecting import GrabCut as GrabCut
from .selecting import MagicWand as MagicWand
from .selecting import Scissors as Scissors
from .selecting import Selection as Selection


def _at(x: float, y: float) -> str:
    return f"({x:g}, {y:g})"


def _region(region: tuple[float, ...], shape: tuple[int, int]) -> tuple[float, ...]:
    return check_region(region, shape) if region else ()


def _close(edit: Click | Box | Scribble) -> str:
    return ", looking closer" if edit.region else ""


# ---------------------------------------------------------------- subjects and the document itself


@dataclass(frozen=True, kw_only=True)
class AddSubject(Edit):
    """A new subject, in front of the others. ``subject`` is its own new id."""

    stage: ClassVar[str] = "subjects"
    name: str
    colour: str | None = None

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        _check_name(self.name)
        _check_colour(self.colour)
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
            _check_name(self.name)
        _check_colour(self.colour)
        return self

    def words(self) -> str:
        """See Edit.words."""
        if self.hidden is not None:
            return "Hide subject" if self.hidden else "Show subject"
        return f"Rename to “{self.name}”" if self.name is not None else f"Colour {self.colour}"


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
    order: tuple[str, ...]

    def words(self) -> str:
        """See Edit.words."""
        return "Reorder subjects"


@dataclass(frozen=True, kw_only=True)
class Retract(Edit):
    """Take back one edit in the middle. A Retract can itself be retracted."""

    edit_id: str

    def words(self) -> str:
        """See Edit.words."""
        return "Take back one edit"


@dataclass(frozen=True, kw_only=True)
class Reset(Edit):
    """Start over. The history stays, so this can be undone."""

    def words(self) -> str:
        """See Edit.words."""
        return "Start over"


# ------------------------------------------------------------------------- what the model is asked


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
        return f"{'Keep' if self.keep else 'Drop'} click at {_at(self.x, self.y)}{_close(self)}"


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
        return f"Box {_at(self.x0, self.y0)} to {_at(self.x1, self.y1)}{_close(self)}"


@dataclass(frozen=True, kw_only=True)
class Lasso(Edit):
    """A loose outline around the subject, closed by itself; it replaces an earlier box."""

    stage: ClassVar[str] = "prediction"
    points: tuple[Point, ...]

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        points = check_stroke(self.points, shape)
        if len(points) < 3:
            raise PromptError(f"expected a lasso of at least 3 points, got {len(points)}")
        (width, height), (x, y) = shape[::-1], zip(*points, strict=True)
        # What is left of it inside the photo is asked as a box.
        check_box((max(min(x), 0), max(min(y), 0), min(max(x), width), min(max(y), height)), shape)
        return replace(self, points=points)

    def words(self) -> str:
        """See Edit.words."""
        return f"Lasso of {len(self.points)} points"


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
        count = len(self.like) + len(self.unlike)
        by = f"{count} example{'s' if count > 1 else ''}" if count else ""
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
        _within(self.width, 1, 500, "a width")
        return replace(
            self,
            points=check_stroke(self.points, shape),
            keep=bool(self.keep),
            width=float(self.width),
            region=_region(self.region, shape),
        )

    def words(self) -> str:
        """See Edit.words."""
        return f"Scribble {'keep' if self.keep else 'drop'}{_close(self)}"


@dataclass(frozen=True, kw_only=True)
class Rerun(Edit):
    """The model again, with hints from the corrections so far."""

    stage: ClassVar[str] = "prediction"

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
        _within(self.candidate, 0, 63, "a candidate")
        return self

    def words(self) -> str:
        """See Edit.words."""
        return f"Choose candidate {self.candidate + 1}"


@dataclass(frozen=True, kw_only=True)
class Auto(Edit):
    """A starting mask from a model that takes no prompts.

    Attributes:
        model: its name.
        identity: name, weights and precision, pinned so that a replay cannot drift.
        checkpoint: an .onnx file of the person's own, or None for the catalogue's.
    """

    stage: ClassVar[str] = "prediction"
    model: str
    identity: str = ""
    checkpoint: str | None = None

    def words(self) -> str:
        """See Edit.words."""
        return f"Automatic mask by {self.model}"


@dataclass(frozen=True, kw_only=True)
class LoadMask(Edit):
    """A mask made elsewhere as the starting point; ``blob`` is the hash of its 8-bit pixels."""

    stage: ClassVar[str] = "prediction"
    blob: str
    name: str = "array"

    def words(self) -> str:
        """See Edit.words."""
        return f"Load mask {self.name}"


@dataclass(frozen=True, kw_only=True)
class Pick(Edit):
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

    stage: ClassVar[str] = "prediction"
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
            _check_name(self.name)
        good = len(self.frame) == 4 and all(is_number(v) and abs(v) < 1e6 for v in self.frame)
        if not good or not (self.frame[0] < self.frame[2] and self.frame[1] < self.frame[3]):
            raise EditError(f"expected a frame (x0, y0, x1, y1), got {self.frame!r:.80}")
        if len(self.via) not in (0, 2) or not all(1 <= v <= 8192 for v in self.via):
            raise EditError(f"expected a grid (h, w) or none, got {self.via!r:.80}")
        points = tuple(check_point(p, shape) for p in self.points)
        return replace(self, points=points, score=round(float(self.score), 4))

    def words(self) -> str:
        """See Edit.words."""
        place = f" at {_at(*self.points[0])}" if self.points else ""
        return f"Pick object{place}, score {self.score:.2f}"


# ------------------------------------------------------------------------------------- corrections


@dataclass(frozen=True, kw_only=True)
class Paint(Edit):
    """One drag of the brush: keep, remove, or (keep None) restore to what the model says.

    Attributes:
        points: the stroke.
        keep: True keeps, False removes, None gives the place back to the model.
        size: the brush's diameter in pixels.
        hardness: 0 soft from the centre outwards … 1 crisp.
        opacity: 0–1; 1 is certain where the brush is fully on.
        pressures: 0–1 for each point, scaling the size; () without a pen.
    """

    stage: ClassVar[str] = "corrections"
    points: tuple[Point, ...]
    keep: bool | None = True
    size: float = 40.0
    hardness: float = 0.8
    opacity: float = 1.0
    pressures: tuple[float, ...] = ()

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        _within(self.size, 1, 1000, "a brush size")
        _within(self.hardness, 0, 1, "a hardness")
        _within(self.opacity, 0, 1, "an opacity")
        points, pressures = self.points, self.pressures
        if pressures:
            if len(pressures) != len(points):
                raise EditError(
                    f"expected one pressure a point, got {len(points)} points and "
                    f"{len(pressures)} pressures"
                )
            for p in pressures:
                _within(p, 0, 1, "a pressure")
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
            pressures=tuple(round(float(p), 3) for p in pressures),
        )

    def words(self) -> str:
        """See Edit.words."""
        verb = {True: "Paint keep", False: "Paint remove", None: "Restore to model"}[self.keep]
        return f"{verb}, {self.size:g} px"


# ---------------------------------------------------------------------------- trimap, alpha, edges


@dataclass(frozen=True, kw_only=True)
class RefineEdge(Edit):
    """A stroke along which the band grows, so that the matte is solved there."""

    stage: ClassVar[str] = "trimap"
    points: tuple[Point, ...]
    size: float = 60.0

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        _within(self.size, 1, 1000, "a brush size")
        points = check_stroke(self.points, shape)
        return replace(self, points=points, size=float(self.size))

    def words(self) -> str:
        """See Edit.words."""
        return f"Refine edge, {self.size:g} px"


@dataclass(frozen=True, kw_only=True)
class Trimap(Edit):
    """A stroke that sets the trimap by hand: 0 background, 0.5 unknown, 1 foreground."""

    stage: ClassVar[str] = "trimap"
    points: tuple[Point, ...]
    value: float = 0.5
    size: float = 20.0

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        if self.value not in (0, 0.5, 1):
            raise EditError(f"expected a trimap value of 0, 0.5 or 1, got {self.value!r}")
        _within(self.size, 1, 1000, "a brush size")
        return replace(
            self,
            points=check_stroke(self.points, shape),
            value=float(self.value),
            size=float(self.size),
        )

    def words(self) -> str:
        """See Edit.words."""
        meaning = {0.0: "background", 0.5: "unknown", 1.0: "foreground"}[self.value]
        return f"Mark {meaning}, {self.size:g} px"


@dataclass(frozen=True, kw_only=True)
class TrimapSettings(Edit):
    """The band's half width. radius in pixels of the image, 0–250."""

    stage: ClassVar[str] = "trimap"
    radius: float = 10.0

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        _within(self.radius, 0, 250, "a radius")
        return self

    def words(self) -> str:
        """See Edit.words."""
        return f"Radius {self.radius:g} px"


@dataclass(frozen=True, kw_only=True)
class Matte(Edit):
    """How the alpha is solved in the band."""

    stage: ClassVar[str] = "alpha"
    method: str = "closed_form"

    def words(self) -> str:
        """See Edit.words."""
        return f"Matte by {self.method}"


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
                _within(value, low, high, what)
        return self

    def words(self) -> str:
        """See Edit.words."""
        names = ("smooth", "feather", "contrast", "shift")
        given = [f"{n} {getattr(self, n):g}" for n in names if getattr(self, n) is not None]
        return "Edges: " + (", ".join(given) or "as they are")


@dataclass(frozen=True, kw_only=True)
class Decontaminate(Edit):
    """How far the old background's colour is taken out of the edge. amount 0–1."""

    stage: ClassVar[str] = "foreground"
    amount: float = 1.0

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        _within(self.amount, 0, 1, "an amount")
        return self

    def words(self) -> str:
        """See Edit.words."""
        return f"Decontaminate {self.amount:.0%}"


def _check_name(name: Any) -> None:
    if not isinstance(name, str) or not name.strip() or len(name) > 100:
        raise EditError(f"expected a subject name of 1 to 100 characters, got {name!r:.120}")
