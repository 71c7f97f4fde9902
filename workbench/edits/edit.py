"""What every edit is: a frozen dataclass that says itself in words and goes to JSON and back.

The kinds themselves are in the files beside this one.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import EditError, SessionFileError

if TYPE_CHECKING:
    from ..state import SubjectState

KINDS: dict[str, type[Edit]] = {}


def new_id() -> str:
    """A fresh edit or subject id: 12 hex digits, never used twice."""
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True, kw_only=True)
class Edit:
    """The root of all edits.

    Attributes:
        id: unique within the document.
        subject: the id of the subject it belongs to; "" for the document as a whole.
        step: edits that follow one another with the same step are undone and redone together; ""
            for an edit that is a step by itself.
    """

    stage: ClassVar[str] = "document"
    """The first stage that it touches: "document" and "subjects" (what there is), "prediction" (it
    asks a model or makes a mask), "corrections", "trimap", "alpha", "edges", "blur", "foreground",
    "light", "shadow"."""

    whole: ClassVar[bool] = False
    """Whether it is about the document as a whole, and needs no subject."""

    gathers: ClassVar[str] = ""
    """The tuple of the subject's state that it is added to, such as "strokes"; "" for none."""

    unsaid: ClassVar[frozenset[str]] = frozenset()
    """Values left out of JSON and keys while they are what they are by default: those that came
    later than the edit, so that old files and keys stay what they were."""

    id: str = field(default_factory=new_id)
    subject: str = ""
    step: str = ""

    def __init_subclass__(cls, abstract: bool = False) -> None:
        if abstract:
            return
        if cls.words is Edit.words:  # the history list must be able to say every edit
            raise TypeError(f"expected {cls.__name__} to say itself in words()")
        KINDS[cls.__name__] = cls

    def checked(self, shape: tuple[int, int]) -> Edit:
        """The same edit with its values checked and quantised for an image of (H, W).

        Raises:
            PromptError, EditError: a value makes no sense; the message says which and why.
        """
        return self

    def check_on(self, subject: SubjectState) -> None:
        """Hold that it makes sense on its subject as that is now.

        Raises:
            EditError: it does not; the message says what it would need.
        """

    def words(self) -> str:
        """What was done, in words for the history list, such as "Keep click at (312, 40)"."""
        raise NotImplementedError

    def sets(self) -> dict[str, Any]:
        """The values that it sets, by name: of ``SubjectState``, or (a Setting) of ``Settings``."""
        return {}

    @property
    def blobs(self) -> tuple[str, ...]:
        """The hashes of the pixels that it needs: masks and the like, kept with the session."""
        return ()

    def content(self) -> dict[str, Any]:
        """Kind and values without id and step: what a stage's key is made of."""
        values: dict[str, Any] = {"edit": type(self).__name__}
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name not in ("id", "step") and not (f.name in self.unsaid and value == f.default):
                values[f.name] = value
        return values

    def to_json(self) -> dict[str, Any]:
        """A JSON object with kind, id and values."""
        step = {"step": self.step} if self.step else {}
        return {"id": self.id, **step, **self.content()}


def from_json(values: Any) -> Edit:
    """The edit that ``to_json`` wrote.

    Raises:
        SessionFileError: not an object, an unknown kind, or missing, unknown or mistyped values.
    """
    if not isinstance(values, dict):
        raise SessionFileError(f"expected an edit as a JSON object, got {type(values).__name__}")
    values = dict(values)
    kind = values.pop("edit", None)
    cls = KINDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise SessionFileError(f"expected a known kind of edit, got {kind!r}")
    known = {f.name: f for f in fields(cls)}
    strange = sorted(set(values) - set(known))
    if strange:
        raise SessionFileError(f"expected {kind} with {', '.join(known)}, got also {strange[0]!r}")
    for name, value in values.items():
        expected = str(known[name].type)
        if not _fits(value, expected):
            raise SessionFileError(f"expected {kind}.{name} as {expected}, got {value!r:.60}")
    try:
        return cls(**{name: _tuples(value) for name, value in values.items()})
    except TypeError as error:
        raise SessionFileError(f"expected a whole {kind}, got: {error}") from None


def plain(edit: Edit) -> Edit:
    """The edit with numpy's numbers as Python's own: a slider, an array and a person agree."""
    numbers = {
        f.name: getattr(edit, f.name).item()
        for f in fields(edit)
        if isinstance(getattr(edit, f.name), np.generic)
    }
    return replace(edit, **numbers) if numbers else edit


def check_types(edit: Edit) -> None:
    """Hold that what ``to_json`` would write can be read back.

    Raises:
        EditError: a value is of another type than the edit is made of.
    """
    for f in fields(edit):
        value = getattr(edit, f.name)
        if not _fits(value, str(f.type)):
            kind = type(edit).__name__
            raise EditError(f"expected {kind}.{f.name} as {f.type}, got {value!r:.60}")


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, (list, tuple)) else value


def _fits(value: Any, expected: str) -> bool:
    """Whether a JSON value suits a field's annotation (only the few forms used here)."""
    if value is None:
        return "None" in expected
    if expected.startswith(("str", "None | str")):
        return isinstance(value, str)
    if expected.startswith("bool"):
        return isinstance(value, bool)
    if expected.startswith("int"):
        return isinstance(value, int) and not isinstance(value, bool)
    if expected.startswith("float"):
        return is_number(value)
    if expected.startswith("tuple[str"):
        return isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value)
    if expected.startswith("tuple[float"):
        return isinstance(value, (list, tuple)) and all(map(is_number, value))
    if expected.startswith("tuple[BoxTuple"):
        return isinstance(value, (list, tuple)) and all(
            isinstance(b, (list, tuple)) and len(b) == 4 and all(map(is_number, b)) for b in value
        )
    if expected.startswith("tuple[Point"):
        return isinstance(value, (list, tuple)) and all(
            isinstance(p, (list, tuple)) and len(p) == 2 and all(map(is_number, p)) for p in value
        )
    raise TypeError(f"no rule for a field of type {expected}")  # a programming error in this file


def is_number(value: Any) -> bool:
    """Whether it is a finite number, and not a bool."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def at(x: float, y: float) -> str:
    """A place in words: (312, 40.5)."""
    return f"({round(x, 1):.10g}, {round(y, 1):.10g})"


def short(value: float) -> str:
    """A number in words: 22.2222 is 22.22, 40.0 is 40; the edit itself keeps all of it."""
    return f"{round(value, 2):.10g}"


def count(things: Sequence[Any], what: str) -> str:
    """How many there are, in words: 1 point, 12 points."""
    return f"{len(things)} {what}{'' if len(things) == 1 else 's'}"


def given(edit: Edit, *names: str) -> dict[str, Any]:
    """Those of an edit's values that say something: None leaves a value as it is."""
    return {name: getattr(edit, name) for name in names if getattr(edit, name) is not None}


def check_name(name: Any) -> None:
    """Hold that a value is a subject's name.

    Raises:
        EditError: it is not text, empty or too long.
    """
    if not isinstance(name, str) or not name.strip() or len(name) > 100:
        raise EditError(f"expected a subject name of 1 to 100 characters, got {name!r:.120}")


def check_within(value: Any, low: float, high: float, what: str) -> None:
    """Hold that a value is a number between two others.

    Raises:
        EditError: it is not; the message says what was expected.
    """
    if not (is_number(value) and low <= value <= high):
        raise EditError(f"expected {what} in {low:g}..{high:g}, got {value!r}")


def check_hex(colour: Any) -> None:
    """Hold that a value is a colour such as #ff8800, or None.

    Raises:
        EditError: it is neither.
    """
    if colour is None:
        return
    digits = colour[1:] if isinstance(colour, str) and colour.startswith("#") else ""
    if len(digits) != 6 or any(d not in "0123456789abcdefABCDEF" for d in digits):
        raise EditError(f"expected a colour such as #ff8800, got {colour!r}")
