"""What the edits up to the cursor say: subjects, their questions, strokes and settings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from . import edits as e
from .coordinates import Box, Point
from .errors import EditError
from .settings import Settings

# Okabe and Ito's colours: told apart by colour-blind people too (Okabe & Ito 2008,
# https://jfly.uni-koeln.de/color/), strongest over photos first.
COLOURS = ("#0072b2", "#e69f00", "#cc79a7", "#009e73", "#d55e00", "#56b4e9", "#f0e442")


@dataclass(frozen=True)
class Step:
    """One answer of a model, or a mask from elsewhere, in the chain that a subject went through.

    Attributes:
        segmenter: who is asked.
        points, labels, boxes: everything asked so far, not only what is new.
        hint: "none", "last" (the logits of the last step's chosen candidate), or "corrected"
            (those, with the strokes made certain).
        strokes: the corrections that are part of the question since the last Rerun: a few points of
            each are asked, and a corrected hint has them burnt in.
        scribbles: lines that stand for a few points each.
        lasso: an outline that the answer should lie in, or ().
        start: the edit that itself says how the mask is made (Auto, LoadMask, Pick, the
            traditional tools), whichever segmenter is in use; None where the segmenter is asked.
            With a hint of "last", its mask is combined with the last step's. Of what was asked
            before, a second look alone keeps the points.
        over: the closer looks that lay over the mask which a ``start`` is combined with.
        region: the part of the photo that is looked at, or () for all of it.
        edit: the id of the edit that asked.
        text: what is asked in words or by example, instead of all of the above, or None.
        chosen: the candidate that was chosen of this answer.
    """

    segmenter: e.UseSegmenter
    points: tuple[Point, ...] = ()
    labels: tuple[int, ...] = ()
    boxes: tuple[Box, ...] = ()
    hint: str = "none"
    strokes: tuple[e.Paint, ...] = ()
    scribbles: tuple[e.Scribble, ...] = ()
    lasso: tuple[Point, ...] = ()
    start: e.Edit | None = None
    over: tuple[Patch, ...] = ()
    region: tuple[float, ...] = ()
    edit: str = ""
    text: e.Text | None = None
    chosen: int = 0


@dataclass(frozen=True)
class Patch:
    """A closer look at a part of the photo, laid over the answers about all of it.

    Attributes:
        region: the part (see ``closeup``).
        steps: its own chain, as a subject's.
        under, beneath: the steps and the patches that were there when it was begun: what its first
            question takes as a hint. Later ones do not change it.
    """

    region: tuple[float, ...]
    steps: tuple[Step, ...]
    under: tuple[Step, ...] = ()
    beneath: tuple[Patch, ...] = ()


@dataclass(frozen=True)
class Pass:
    """A part of the photo whose matte is made with settings of its own.

    Attributes:
        id: of the edit that drew it. edit: itself: region, kind, seam.
        own: the settings that it has for itself, (name, value) each; the rest are the subject's.
    """

    edit: e.Pass
    own: tuple[tuple[str, Any], ...] = ()

    @property
    def id(self) -> str:
        """What a Setting names it by."""
        return self.edit.id

    def settings(self, of_subject: Settings) -> Settings:
        """What holds in it."""
        return replace(of_subject, **dict(self.own))


@dataclass(frozen=True)
class SubjectState:
    """What the edits up to the cursor say of one subject.

    Attributes:
        steps: the chain of questions about the whole photo; the last one's answer is the mask.
        patches: closer looks laid over it, the latest on top.
        asked: the place in ``patches`` of the one that was asked last, or −1: the whole photo.
        strokes, marks: what was painted; refined edges, loaded trimaps, and marks in them.
        settings: how the mask becomes a matte. passes: parts that have their own, in the order in
            which they are laid on.
        shadow, shadow_strokes: what becomes of its shadow, and where that is looked for.
        reflection, reflection_strokes: the same of its mirror image in the floor.
        depth: the photo's depth map, or None.
    """

    id: str
    name: str
    colour: str
    hidden: bool = False
    steps: tuple[Step, ...] = ()
    patches: tuple[Patch, ...] = ()
    asked: int = -1
    strokes: tuple[e.Paint, ...] = ()
    marks: tuple[e.RefineEdge | e.Trimap | e.LoadTrimap, ...] = ()
    settings: Settings = field(default_factory=Settings)
    passes: tuple[Pass, ...] = ()
    shadow: str = "drop"
    shadow_strokes: tuple[e.ShadowStroke, ...] = ()
    reflection: str = "drop"
    reflection_strokes: tuple[e.ReflectionStroke, ...] = ()
    depth: e.LoadDepth | None = None
    screen: e.ChromaKey | None = None  # the key in force, whose screen throws its light

    @property
    def untouched(self) -> bool:
        """Whether nothing was asked, painted or marked yet."""
        return not (self.layers or self.strokes or self.marks)

    @property
    def chain(self) -> tuple[Step, ...]:
        """The chain that was asked last."""
        return self.steps if self.asked < 0 else self.patches[self.asked].steps

    @property
    def layers(self) -> tuple[Step, ...]:
        """The questions whose answers make up the mask: the whole photo's first."""
        return (*self.steps[-1:], *(patch.steps[-1] for patch in self.patches))


@dataclass(frozen=True)
class State:
    """What the edits up to the cursor mean.

    Attributes:
        subjects: front to back.
        segmenter: the one in use.
        depth: the photo's depth map, or None; each subject has it too.
        settings: that a new subject begins with.
    """

    subjects: tuple[SubjectState, ...]
    segmenter: e.UseSegmenter
    depth: e.LoadDepth | None = None
    settings: Settings = field(default_factory=Settings)

    @property
    def visible(self) -> tuple[SubjectState, ...]:
        """The subjects that make up the result, front to back: those that are not hidden, without
        those that nothing was asked for yet, such as the one that a session starts with; where that
        leaves none, all that are not hidden."""
        shown = tuple(s for s in self.subjects if not s.hidden)
        return tuple(s for s in shown if not s.untouched) or shown

    def subject(self, subject_id: str) -> SubjectState:
        """The subject with this id.

        Raises:
            EditError: there is none (any more).
        """
        for subject in self.subjects:
            if subject.id == subject_id:
                return subject
        raise EditError(f"expected the id of a subject of this session, got {subject_id!r}")
