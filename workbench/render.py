"""The whole way from photo to alpha, on one screen: see SubjectRender, from top to bottom.

A rendering is a pure function of the document and of what stands on the bench (photo, models,
loaded masks). Each stage's key is the hash of its own edits and of the key above it, so that
what did not change is not made again, and undo costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TypeVar

import numpy as np

from . import paint
from .arrays import frozen
from .bench import Bench
from .colouring import colours_of
from .compose import over
from .coordinates import Box
from .document import Document
from .edits import Edit
from .layers import Chain, Layers, Mask
from .lighting import gains_of, relit
from .mattes import Way
from .notes import REPAIRED, Note
from .passing import PassRender, alpha_with, trimap_with
from .planes import Plane
from .progress import Progress, report
from .quality.collapse import collapsed
from .quality.finding import Finding
from .segment.base import Prediction
from .settings import TRANSPARENT
from .shading import reflection_of, shadow_of
from .stages import key_of
from .state import State, SubjectState

T = TypeVar("T")

_NOTHING = np.float32(1e-6)  # of alpha: what is left by a sum of shares that is 1
_SPARE = 0.01  # of the photo's longer side, around a mask's bounds


class SubjectRender:
    """One subject's way from photo to matte; each stage is made when it is first asked for."""

    def __init__(self, subject: SubjectState, bench: Bench, progress: Progress | None) -> None:
        self.subject, self.bench, self.progress = subject, bench, progress
        self.shape = bench.photo.shape
        s = subject
        self._layers = Layers(s.steps, s.patches, bench, progress)
        strokes = key_of([p.content() for p in s.strokes])
        self.keys = {"mask": self._layers.key, "corrected": key_of(self._layers.key, strokes)}
        self.base = Way(self, s.settings)
        self.passes = [PassRender(self, one, self.base) for one in s.passes]
        for name in ("trimap", "alpha", "edges"):
            ways = [self.base, *self.passes]
            self.keys[name] = key_of([way.keys[name] for way in ways])
        self.keys["matte"] = key_of(self.keys["edges"], strokes)
        shadow, mirror = (
            [stroke.content() for stroke in strokes]
            for strokes in (s.shadow_strokes, s.reflection_strokes)
        )
        # Where the reflection is lifted, the shadow is not.
        beside = () if s.reflection == "drop" else (mirror,)
        self.keys["shadow"] = key_of(self.keys["matte"], shadow, *beside)
        self.keys["reflection"] = key_of(self.keys["matte"], mirror)
        screen = s.screen.content() if s.screen else None
        own = [way.settings.part("foreground") for way in ways]
        self.keys["clean"] = key_of(self.keys["matte"], own, screen)
        self._light = s.settings.part("light")
        self.keys["foreground"] = key_of(self.keys["clean"], self._light)

    @property
    def prediction(self) -> Prediction | None:
        """The model's last answer, as the model gives it; None before any prompt."""
        asked = self._asked
        return asked.answer(len(asked.steps) - 1) if asked.steps else None

    @property
    def known_prediction(self) -> Prediction | None:
        """The last answer where it is kept; asks no model."""
        asked = self._asked
        return self.bench.known(asked.keys[-1]) if asked.keys else None

    @property
    def mask(self) -> np.ndarray:
        """(H, W) float32: what was chosen of the answers at the photo's size, uncorrected."""
        return self._stage("mask", lambda: self.mask_plane[:, :])

    @property
    def mask_plane(self) -> Mask:
        """The mask, computed where it is asked for."""
        key = f"mask plane:{self.keys['mask']}"
        return self.bench.stages.get_or_make(key, self._layers.mask)

    @property
    def rough_plane(self) -> Plane | None:
        """The corrected mask before the photo is asked where its edges are; there at once.

        None where ``corrected_plane`` is there as soon: it is kept, or the photo adds nothing.
        """
        if self.bench.stages.get(f"mask plane:{self.keys['mask']}") is not None:
            return None
        rough = self._layers.rough()
        if rough is None or not self.subject.strokes:
            return rough
        return paint.Corrected(rough, self.corrections)

    @property
    def box_around(self) -> Box | None:
        """A box around all of it: the last that was drawn, or else its mask's bounds and a little
        more. Where the mask goes well beyond what was drawn, or to the photo's frame, the box goes
        along: one drawn in haste cuts into its subject.

        Returns:
            (x0, y0, x1, y1) in image pixels; None where there is neither box nor mask.
        """
        drawn = [step.boxes[-1] for step in self.subject.steps if step.boxes and not step.region]
        inside = self.mask >= 0.5
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        if not len(rows):
            return drawn[-1] if drawn else None
        height, width = inside.shape
        room = _SPARE * max(height, width)
        low = float(columns[0]), float(rows[0])
        high = float(columns[-1] + 1), float(rows[-1] + 1)
        box = list(drawn[-1] if drawn else (*high, *low))
        for n, (first, last, end) in enumerate(zip(low, high, (width, height), strict=True)):
            if first < box[n] - room or first == 0:
                box[n] = max(0.0, first - room)
            if last > box[n + 2] + room or last == end:
                box[n + 2] = min(float(end), last + room)
        return box[0], box[1], box[2], box[3]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is worth a warning in the last answer (asks for it where it is not known)."""
        asked, shape = self._asked, self.shape
        if len(asked.steps) < 2 or asked.steps[-1].hint != "last":
            return ()
        before, last = asked.steps[-2:]
        if len(last.points) == len(before.points):
            return ()  # not a click

        def look() -> tuple[Finding, ...]:
            was, now = asked.chosen(-2), asked.chosen(-1)
            found = collapsed((was.logits, was.frame), (now.logits, now.frame), shape, last.edit)
            return () if found is None else (found,)

        key = key_of(asked.keys[-2:], before.chosen, last.chosen, last.edit)
        return self.bench.stages.get_or_make(f"findings:{key}", look)

    @property
    def known_findings(self) -> tuple[Finding, ...]:
        """The findings where the answers that they come from are kept; asks no model."""
        keys = self._asked.keys[-2:]
        return self.findings if all(self.bench.known(key) is not None for key in keys) else ()

    @property
    def _asked(self) -> Chain:
        """The chain of questions that was asked last."""
        n, layers = self.subject.asked, self._layers
        return layers.base if n < 0 else layers.patches[n]

    @property
    def corrections(self) -> paint.Corrections:
        """What was painted, value and weight per pixel."""
        return paint.painted_so_far(self.subject.strokes, self.shape, self.bench.stages)

    @property
    def corrected(self) -> np.ndarray:
        """(H, W) float32: the mask with the corrections in it."""
        return self._stage("corrected", lambda: self._corrected(self.mask))

    @property
    def corrected_plane(self) -> Plane:
        """The mask with the corrections in it, computed where it is asked for."""
        if not self.subject.strokes:
            return self.mask_plane
        key = f"corrected plane:{self.keys['corrected']}"
        return self.bench.stages.get_or_make(
            key, lambda: paint.Corrected(self.mask_plane, self.corrections)
        )

    @property
    def trimap(self) -> np.ndarray:
        """(H, W) float32 of 0, 0.5, 1: of the subject, and inside its passes theirs."""
        return self._stage("trimap", lambda: trimap_with(self.passes, self.base.trimap))

    @property
    def alpha(self) -> np.ndarray:
        """(H, W) float32: solved in the band, before edge settings and passes."""
        return self.base.alpha

    @property
    def matte(self) -> np.ndarray:
        """(H, W) float32: α with edge settings and passes; a painted pixel wins: (1−w)·α + w·v."""
        return self._stage("matte", lambda: self._corrected(alpha_with(self.passes, self.base)))

    def known(self, name: str) -> np.ndarray | None:
        """A stage's picture where it is kept ("mask", "trimap", "matte", "foreground" …); computes
        nothing."""
        made = "clean" if name == "foreground" and not any(self._light.values()) else name
        return self.bench.stages.get(f"{made}:{self.keys[made]}")

    @property
    def foreground(self) -> np.ndarray:
        """(H, W, 3) float32: the subject's own colours, the old background taken out, in the light
        that was chosen."""

        def make() -> np.ndarray:
            matte = self.matte
            report(self.progress, 0.95, "taking the old background out of the colours")
            return colours_of(matte, self.base, self.passes, self.subject.screen, self.bench)

        if not any(self._light.values()):
            return self._stage("clean", make)
        gains = gains_of(*self._light.values())
        return self._stage("foreground", lambda: relit(self._stage("clean", make), gains))

    @property
    def own_inside(self) -> bool:
        """Whether its colours are the photo's to the bit wherever it is opaque."""
        ways = (self.base, *self.passes)
        screened = self.subject.screen is not None and self.subject.screen.spill > 0
        return not (screened or any(self._light.values()) or any(map(_recoloured, ways)))

    @property
    def shadow(self) -> np.ndarray | None:
        """(H, W) float32 in [0, 1]: how dark its shadow is, where that is not let go; or None."""
        if self.subject.shadow == "drop":
            return None
        return self._stage("shadow", lambda: shadow_of(self.subject, self.matte, self.bench))

    @property
    def reflection(self) -> np.ndarray | None:
        """(H, W, 4) float32 in [0, 1], straight alpha: its mirror image in the floor, where that is
        not let go; or None."""
        if self.subject.reflection == "drop":
            return None
        made = lambda: reflection_of(self.subject, self.matte, self.bench)  # noqa: E731
        return self._stage("reflection", made)

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be repaired on the way, in words (renders as far as the alpha)."""
        said = [note for way in (self.base, *self.passes) for note in way.notes]
        if not self.subject.untouched and not self.matte.any():
            said.append(Note("nothing is selected: the matte is empty", REPAIRED, 0.7))
        return tuple(said)

    def _corrected(self, plane: np.ndarray) -> np.ndarray:
        return self.corrections.applied_to(plane) if self.subject.strokes else plane

    def _stage(self, name: str, make: Callable[[], T]) -> T:
        value = self.bench.stages.get_or_make(f"{name}:{self.keys[name]}", make)
        if isinstance(value, np.ndarray):
            frozen(value)
        return value

    @property
    def shown_answers(self) -> list[str]:
        """The keys of the answers that the mask is made of."""
        return [chain.keys[-1] for chain in self._layers.chains]

    @property
    def known_answers(self) -> list[tuple[str, Prediction]]:
        """Those of the answers that are kept, with their keys: those in the mask, then the rest."""
        chains = self._layers.chains
        shown = self.shown_answers
        rest = [key for chain in chains for key in reversed(chain.keys[:-1])]
        found = ((key, self.bench.predictions.get(key)) for key in (*shown, *rest))
        return [(key, prediction) for key, prediction in found if prediction is not None]


def _recoloured(way: Way) -> bool:
    """Whether its settings change colours where alpha is 1."""
    s = way.settings
    return bool(s.spill or s.cast or s.hair) or s.method == TRANSPARENT


class Render:
    """What a document looks like: its subjects, stacked front to back."""

    def __init__(
        self,
        document: Document,
        bench: Bench,
        progress: Progress | None = None,
        state: State | None = None,
    ) -> None:
        """``state``: what the document says, of another photo than it was made on (a draft's)."""
        self.document = document
        self.state = document.state() if state is None else state
        self._bench, self._progress = bench, progress
        self._subjects = {s.id: SubjectRender(s, bench, progress) for s in self.state.subjects}

    def subject(self, subject_id: str) -> SubjectRender:
        """One subject's stages.

        Raises:
            EditError: there is no such subject.
        """
        self.state.subject(subject_id)
        return self._subjects[subject_id]

    def after(self, edits: Iterable[Edit]) -> Render:
        """What it would look like after more edits, none of which is made."""
        document = self.document
        for edit in edits:
            document = document.add(edit)
        return Render(document, self._bench, self._progress)

    @property
    def bench(self) -> Bench:
        """What it stands on."""
        return self._bench

    @property
    def visible(self) -> list[SubjectRender]:
        """The subjects that make up the result, front to back; see ``State.visible``."""
        return [self._subjects[s.id] for s in self.state.visible]

    @cached_property
    def shares(self) -> dict[str, np.ndarray]:
        """Each visible subject's alpha after stacking, by id; their sum is at most 1."""
        shown = self.visible
        if len(shown) == 1:
            return {shown[0].subject.id: shown[0].matte}
        return {
            r.subject.id: frozen(share)
            for r, share in zip(shown, over.stack([r.matte for r in shown]), strict=True)
        }

    def alpha(self, subject_id: str | None = None) -> np.ndarray:
        """(H, W) float32: a subject's visible share (hidden: its matte); None: the sum."""
        if subject_id is not None:
            return self.shares.get(subject_id, self.subject(subject_id).matte)
        if not self.shares:
            return frozen(np.zeros(self._bench.photo.shape, np.float32))
        if len(self.shares) == 1:
            return next(iter(self.shares.values()))
        return frozen(np.clip(np.sum(list(self.shares.values()), axis=0), 0, 1))

    def foreground(self, subject_id: str | None = None) -> np.ndarray:
        """(H, W, 3) float32: a subject's colours; None: those of all, weighted by their shares."""
        if subject_id is not None:
            return self.subject(subject_id).foreground
        shown = self.visible
        if not shown:
            return self._bench.image
        if len(shown) == 1:
            return shown[0].foreground
        made = over.combine_foregrounds([r.foreground for r in shown], list(self.shares.values()))
        if all(r.own_inside for r in shown):
            # Where they leave nothing of the background the photo's pixel is their mixture already,
            # and no two estimates of its parts come as near to it.
            whole = self.alpha() > 1 - _NOTHING
            made[whole] = self._bench.image[whole]
        return frozen(made)

    def shadow(
        self, subject_id: str | None = None, modes: tuple[str, ...] = ("keep", "lift")
    ) -> np.ndarray | None:
        """(H, W) float32 in [0, 1]: the shadow of a subject, or of all that are visible.

        Args:
            subject_id: whose; None for all together.
            modes: of what is not let go, what is meant.

        Returns:
            None where there is none such.
        """
        of = self.visible if subject_id is None else [self.subject(subject_id)]
        found = [r.shadow for r in of if r.subject.shadow in modes]
        planes = [plane for plane in found if plane is not None]
        if not planes:
            return None
        if len(planes) == 1:
            return planes[0]
        # One shadow over another takes its share of the light that is left.
        return frozen(1 - np.prod([1 - plane for plane in planes], axis=0, dtype=np.float32))

    def reflection(
        self, subject_id: str | None = None, modes: tuple[str, ...] = ("keep", "lift")
    ) -> np.ndarray | None:
        """(H, W, 4) float32 in [0, 1], straight alpha: the mirror image of a subject, or of all.

        Args, Returns: as of ``shadow``.
        """
        of = self.visible if subject_id is None else [self.subject(subject_id)]
        found = [r.reflection for r in of if r.subject.reflection in modes]
        layers = [layer for layer in found if layer is not None]
        if len(layers) < 2:
            return layers[0] if layers else None
        under = over.stacked([over.premultiplied(layer) for layer in layers])
        return frozen(over.straight(under))

    def under(
        self, subject_id: str | None = None, modes: tuple[str, ...] = ("keep", "lift")
    ) -> np.ndarray | None:
        """All that lies under a subject, or under all, as ``compose.over`` takes it: shadows, and
        mirror images over them.

        Returns:
            (H, W) float32, the opacity of black, where there are only shadows; (H, W, 4) float32,
            colours times opacity, and opacity; None where there is nothing.
        """
        shade, mirror = self.shadow(subject_id, modes), self.reflection(subject_id, modes)
        if mirror is None:
            return shade
        layer = over.premultiplied(mirror)
        return frozen(layer if shade is None else over.stacked([layer, over.black(shade)]))

    def answers(self, budget: int) -> dict[str, Prediction]:
        """The models' answers by key, as many as fit in ``budget`` bytes, the newest first.

        Those that the masks are made of are always among them: the picture stands on them.
        """
        shown = {key for s in self._subjects.values() for key in s.shown_answers}
        chains = [self._subjects[s.id].known_answers for s in self.state.subjects]
        chosen: dict[str, Prediction] = {}
        for turn in range(max(map(len, chains), default=0)):
            for chain in chains:
                key, prediction = chain[turn] if turn < len(chain) else ("", None)
                if prediction is not None and (key in shown or prediction.size <= budget):
                    chosen[key] = prediction
                    budget -= prediction.size
        return chosen

    def trimap(self, subject_id: str) -> np.ndarray:
        """(H, W) float32 of 0, 0.5, 1."""
        return self.subject(subject_id).trimap


def render(document: Document, bench: Bench, progress: Progress | None = None) -> Render:
    """What the document looks like. Nothing is made until it is asked for."""
    return Render(document, bench, progress)
