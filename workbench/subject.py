"""What people do to one subject: prompts, corrections, settings. Each method makes one edit."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import edits as e
from . import matte, segment
from .adjusting import Adjusting, pinned
from .attribution import Attribution, leave_one_out
from .coordinates import Box, Point, check_outline
from .errors import EditError, PromptError, unknown_name
from .neighbours import neighbour_points
from .progress import Progress, report
from .prompts import PromptSet
from .quality.finding import Finding
from .render import Render
from .rerunning import Understood, last_rerun, understood
from .screens import check_colour
from .segment.base import Prediction
from .settings import TRANSPARENT, Settings
from .starting import find_screen, hex_of, scissors_reach
from .state import Pass, SubjectState

if TYPE_CHECKING:
    from .session import Session


class Subject(Adjusting):
    """A handle on one subject of a session: what is done through it becomes an edit.

    Every method that makes an edit returns the subject, so that calls can be chained.
    """

    def __init__(self, session: Session, subject_id: str) -> None:
        self.session, self.id = session, subject_id

    def __repr__(self) -> str:
        return f"Subject({self.name!r}{', hidden' if self.hidden else ''})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Subject) and (other.session, other.id) == (self.session, self.id)

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def state(self) -> SubjectState:
        """What the edits say of it now.

        Raises:
            EditError: the subject was deleted, or its adding undone.
        """
        return self.session.document.state().subject(self.id)

    @property
    def name(self) -> str:
        """Its name, unique in the session."""
        return self.state.name

    @property
    def colour(self) -> str:
        """Its colour on the canvas, #rrggbb."""
        return self.state.colour

    @property
    def hidden(self) -> bool:
        """Whether it is left out of the combined alpha, the composite and the export."""
        return self.state.hidden

    @property
    def prediction(self) -> Prediction | None:
        """The model's last answer, best candidate first; None before any prompt."""
        known = self.session.peek(lambda r: r.subject(self.id).known_prediction)
        return known or self.session.render(lambda r: r.subject(self.id).prediction)

    @property
    def mask(self) -> np.ndarray:
        """(H, W) float32 in [0, 1]: the chosen candidate, with the corrections in it."""
        return self.session.render(lambda r: r.subject(self.id).corrected)

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be repaired on the way to the alpha, in words."""
        return self.session.render(lambda r: r.subject(self.id).notes)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is worth a warning in the last answer: a click that made the mask collapse."""
        return self.session.render(lambda r: r.subject(self.id).findings)

    # -------------------------------------------------------------------------- prompts

    def click(self, x: float, y: float, keep: bool = True, region: Sequence[float] = ()) -> Subject:
        """A point (x, y) in image pixels that is subject, or with keep=False background.

        Args:
            x, y, keep: as above.
            region: (x0, y0, x1, y1), a part of the photo that the model is to look at closer, at
                its own resolution; its answer is laid over the mask there with a soft seam.
        """
        part = _sequence(region, "a region (x0, y0, x1, y1)")
        return self._do(e.Click(subject=self.id, x=x, y=y, keep=keep, region=part))

    def box(
        self, x0: float, y0: float, x1: float, y1: float, region: Sequence[float] = ()
    ) -> Subject:
        """A box around the subject, in image pixels; it replaces an earlier one.

        region: see ``click``; the box then says what is meant in that part alone.
        """
        part = _sequence(region, "a region (x0, y0, x1, y1)")
        return self._do(e.Box(subject=self.id, x0=x0, y0=y0, x1=x1, y1=y1, region=part))

    def lasso(self, points: Sequence[Point]) -> Subject:
        """A loose outline [(x, y), …] around the subject, closed by itself."""
        return self._do(e.Lasso(subject=self.id, points=_sequence(points, "points [(x, y), …]")))

    def ask(
        self,
        text: str = "",
        like: Sequence[Box] = (),
        unlike: Sequence[Box] = (),
    ) -> Subject:
        """What the subject is, in words or by example, for a segmenter that takes that (SAM 3).

        What it finds are the candidates, the surest first: ``choose`` another, click to refine one.

        Args:
            text: a few words, such as "a dog".
            like: boxes (x0, y0, x1, y1) around things of the kind, in image pixels.
            unlike: boxes around things that are not of the kind.

        Raises:
            UnsupportedPromptError: the segmenter in use takes no text, or no examples.
            PromptError: neither a text nor an example, or a box outside the photo.
        """
        made = e.Text(
            subject=self.id,
            text=text,
            like=_sequence(like, "boxes [(x0, y0, x1, y1), …]"),
            unlike=_sequence(unlike, "boxes [(x0, y0, x1, y1), …]"),
        )
        self.session.can_take(PromptSet(text=text or None, exemplars=(*made.like, *made.unlike)))
        return self._do(made)

    def scribble(
        self,
        points: Sequence[Point],
        keep: bool = True,
        width: float = 8,
        region: Sequence[float] = (),
    ) -> Subject:
        """A line over what is subject, or with keep=False background. width in pixels.

        region: see ``click``.
        """
        return self._do(
            e.Scribble(
                subject=self.id,
                points=_sequence(points, "points [(x, y), …]"),
                keep=keep,
                width=width,
                region=_sequence(region, "a region (x0, y0, x1, y1)"),
            )
        )

    def avoid_others(self, per: int = 1) -> Subject:
        """Drop clicks on the other visible subjects, where they touch or overlap this one.

        They are clicks like any other: they show, and undo or ``retract`` takes each back. None is
        made on a subject that lies apart from this one.

        Args:
            per: how many clicks on each of them, at most; 1–10.
        """
        for x, y in self.points_on_others(per):
            self.click(x, y, keep=False)
        return self

    def points_on_others(self, per: int = 1, progress: Progress | None = None) -> list[Point]:
        """Where ``avoid_others`` would click; makes no edit.

        Args:
            per: how many points on each of them, at most; 1–10.
            progress: called while masks are made that are not there yet.

        Returns:
            Points (x, y) in image pixels.
        """
        if not isinstance(per, int) or not 1 <= per <= 10:
            raise EditError(f"expected 1 to 10 clicks on each neighbour, got {per!r}")
        state = self.state
        kept = [p for step in state.layers for p, v in zip(step.points, step.labels, strict=True)
                if v]  # fmt: skip

        def find(rendering: Render) -> list[Point]:
            own, found = rendering.subject(self.id).corrected, []
            for other in rendering.visible:
                if other.subject.id != self.id:
                    found += neighbour_points(own, other.corrected, kept, per)
            return found

        return list(self.session.render(find, progress))

    def rerun(self) -> Subject:
        """The model again, with hints from the corrections so far; what was painted still wins.

        ``understood`` says what it made of them, and ``keep_old_answer`` takes it back.
        """
        return self._do(e.Rerun(subject=self.id))

    def attribution(self, progress: Progress | None = None) -> tuple[Attribution, ...]:
        """What the mask would be without each prompt in force: leave-one-out, oldest first.

        Each is asked of the model as if its edit were retracted; the photo is not looked at again.
        A second call costs nothing.

        Raises:
            CancelledError: out of ``progress``.
        """
        return self.session.render(lambda r: leave_one_out(r, self.id), progress)

    @property
    def understood(self) -> Understood | None:
        """What the last re-run came to; None where something else was asked since."""
        return self.session.render(lambda r: understood(r.subject(self.id)))

    def keep_old_answer(self) -> Subject:
        """Take the last re-run back: the answer before it counts again.

        Raises:
            EditError: something else was asked since, or it never was re-run.
        """
        rerun = last_rerun(self.state)
        if rerun is None:
            raise EditError("expected a re-run as the last thing that was asked, got none")
        self.session.retract(rerun)
        return self

    def choose(self, candidate: int) -> Subject:
        """Another candidate of the last prediction, 0 the best; it becomes the next hint.

        Raises:
            EditError: there is no prediction yet, or no such candidate.
        """
        prediction = self.prediction
        count = 0 if prediction is None else len(prediction.masks)
        if prediction is not None and candidate not in range(count):
            raise EditError(f"expected a candidate in 0..{count - 1}, got {candidate!r}")
        return self._do(e.Choose(subject=self.id, candidate=candidate))

    def auto(
        self,
        model: str = "u2netp",
        checkpoint: str | os.PathLike[str] | None = None,
        non_commercial: bool = False,
    ) -> Subject:
        """A starting mask from a model that takes no prompts.

        Args:
            model: one of ``workbench.automatic_models()``.
            checkpoint: an .onnx file of your own that wants the same as that model.
            non_commercial: that you do not use the result commercially; needed for models whose
                licence does not allow that.

        Raises:
            UnknownNameError: no such model.
            WeightsError: its weights are missing or not what they should be.
            LicenceError: its licence does not allow commercial use, and ``non_commercial`` is not
                set.
        """
        path = None if checkpoint is None else str(Path(checkpoint).expanduser().resolve())
        identity = segment.automatic_identity(model, path, non_commercial)
        return self._do(e.Auto(subject=self.id, model=model, identity=identity, checkpoint=path))

    def load_mask(self, mask: Any, name: str | None = None) -> Subject:
        """A mask made elsewhere as the starting point.

        Args:
            mask: (H, W) bool, uint8 or float in [0, 1] of the photo's size; or the path or the
                bytes of a picture of that size, whose alpha is read where it has one that is not
                the same everywhere, and else its grey value.
            name: what the history calls it; by default after its file.

        Raises:
            ArrayError: another size; ImageError: the file cannot be read.
        """
        return self.session._load_mask(self, mask, name)

    # -------------------------------------------------------------- the traditional tools

    def chroma_key(
        self,
        colour: str | Sequence[float] | None = None,
        at: Point | None = None,
        tolerance: float = 0.1,
        softness: float = 0.75,
        spill: float = 1.0,
        combine: str = "replace",
    ) -> Subject:
        """Everything but a backdrop of one colour, such as a green screen.

        The key is an opacity already: before a coloured screen ``matte("none")`` keeps it as it
        is, thin parts included, which the solver's band may lose. Before white, solve.

        Args:
            colour: the backdrop's, #rrggbb or (red, green, blue) in 0–255. Without, and without
                ``at``, it is found along the photo's border, and again on each photo that the
                session is replayed on.
            at: (x, y) in image pixels where to pick it.
            tolerance: 0–1, how far the screen may stray from its colour and still be gone.
            softness: 0–1, the width of the ramp from gone to solid.
            spill: 0–1, how far the screen's light is taken off the subject's colours.
            combine: "replace", or "add" to, "subtract" from or "intersect" with the mask so far.

        Raises:
            EditError: no one colour along the border, or a value makes no sense.
        """
        if colour is not None and not isinstance(colour, str):
            colour = hex_of(check_colour(colour))
        if colour is None:
            found = find_screen(self.session.photo, at)
            colour = None if at is None else found
        return self._do(
            e.ChromaKey(
                subject=self.id,
                colour=colour,
                tolerance=tolerance,
                softness=softness,
                spill=spill,
                combine=combine,
            )
        )

    def magic_wand(
        self,
        x: float,
        y: float,
        tolerance: float = 32,
        contiguous: bool = True,
        sample: int = 1,
        antialias: bool = True,
        combine: str = "replace",
    ) -> Subject:
        """The pixels whose colour is like that at (x, y).

        Args:
            x, y: in image pixels.
            tolerance: 0–255, the largest difference of a channel.
            contiguous: only what hangs together with the place; without, all over the photo.
            sample: 1, 3 or 5: the mean of so many pixels a side is looked for.
            antialias: a soft edge.
            combine: "replace", or "add" to, "subtract" from or "intersect" with the mask so far.
        """
        return self._do(
            e.MagicWand(
                subject=self.id,
                x=x,
                y=y,
                tolerance=tolerance,
                contiguous=contiguous,
                sample=sample,
                antialias=antialias,
                combine=combine,
            )
        )

    def grabcut(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        iterations: int = 5,
        combine: str = "replace",
    ) -> Subject:
        """What a box holds by colour and edges alone, in 1 to 20 iterations.

        combine: "replace", or "add" to, "subtract" from or "intersect" with the mask so far.
        """
        return self._do(
            e.GrabCut(
                subject=self.id,
                x0=x0,
                y0=y0,
                x1=x1,
                y1=y1,
                iterations=iterations,
                combine=combine,
            )
        )

    def scissors(
        self, points: Sequence[Point], width: float | None = None, combine: str = "replace"
    ) -> Subject:
        """An outline through a few points, closed by itself, that follows the photo's edges.

        Args:
            points: [(x, y), …] along the subject's outline, in image pixels, at least three.
            width: how far from each point the edge is looked for, in pixels; by default a
                hundredth of the photo's long side, and at least 4.
            combine: "replace", or "add" to, "subtract" from or "intersect" with the mask so far.
        """
        if width is None:
            width = scissors_reach(self.session.photo.shape)
        return self._do(
            e.Scissors(
                subject=self.id,
                points=_sequence(points, "points [(x, y), …]"),
                width=width,
                combine=combine,
            )
        )

    def select_depth(
        self,
        near: float | None = None,
        far: float | None = None,
        softness: float = 0.0,
        combine: str = "replace",
        at: Sequence[Point] = (),
    ) -> Subject:
        """What lies between two depths, or as deep as what some places lie on.

        Args:
            near, far: the range in the depth map's own numbers, both included; None for the
                nearest and the farthest that there is.
            softness: how far beyond either end the mask falls to 0, in the map's numbers.
            combine: "replace", or "add" to, "subtract" from or "intersect" with the mask so far.
            at: places [(x, y), …] in image pixels, instead of near and far: the range of the
                things that they lie on is found, and kept as two numbers.

        Raises:
            EditError: no depth map was loaded, or neither range nor places, or both.
            InputError: depth is unknown at all of the places.
        """
        loaded = self.state.depth
        if loaded is None:
            raise EditError("expected a depth map, got none: session.load_depth(...) loads one")
        places = _sequence(at, "points [(x, y), …]")
        if bool(places) == (near is not None or far is not None):
            raise EditError("expected a depth near or far, or places at which to look for it")
        if places:
            near, far = matte.depth_at(self.session.depth, places)
        ends = (loaded.high, loaded.low) if loaded.near == "large" else (loaded.low, loaded.high)
        return self._do(
            e.SelectDepth(
                subject=self.id,
                blob=loaded.blob,
                low=loaded.low,
                high=loaded.high,
                near=ends[0] if near is None else near,
                far=ends[1] if far is None else far,
                softness=softness,
                combine=combine,
            )
        )

    # ---------------------------------------------------------------------- corrections

    def paint(
        self,
        points: Sequence[Point],
        keep: bool = True,
        size: float = 40,
        hardness: float = 0.8,
        opacity: float = 1.0,
        pressure: Sequence[float] | None = None,
        flow: float = 1.0,
    ) -> Subject:
        """One brush stroke that keeps or removes.

        Args:
            points: [(x, y), …] in image pixels.
            keep: keep, or with False remove.
            size: diameter in pixels, 1–1000.
            hardness, opacity: 0–1.
            pressure: 0–1 a point, from a pen; scales the size.
            flow: 0–1, how fast the stroke builds up to its opacity along its length; below 1 it
                builds up further where it crosses itself.
        """
        return self._paint(points, keep, size, hardness, opacity, pressure, flow)

    def restore(self, points: Sequence[Point], size: float = 40, hardness: float = 0.8) -> Subject:
        """One brush stroke that gives the place back to the model. size in pixels."""
        return self._paint(points, None, size, hardness, 1.0, None)

    def _paint(
        self,
        points: Sequence[Point],
        keep: bool | None,
        size: float,
        hardness: float,
        opacity: float,
        pressure: Sequence[float] | None,
        flow: float = 1.0,
    ) -> Subject:
        return self._do(
            e.Paint(
                subject=self.id,
                points=_sequence(points, "points [(x, y), …]"),
                keep=keep,
                size=size,
                hardness=hardness,
                opacity=opacity,
                pressures=() if pressure is None else _sequence(pressure, "pressures"),
                flow=flow,
            )
        )

    def refine_edge(self, points: Sequence[Point], size: float = 60) -> Subject:
        """A stroke along which the band grows. size in pixels."""
        return self._do(
            e.RefineEdge(subject=self.id, points=_sequence(points, "points [(x, y), …]"), size=size)
        )

    def mark(self, points: Sequence[Point], value: float = 0.5, size: float = 20) -> Subject:
        """A stroke that sets the trimap by hand: 0 background, 0.5 unknown, 1 foreground."""
        return self._do(
            e.Trimap(
                subject=self.id,
                points=_sequence(points, "points [(x, y), …]"),
                value=value,
                size=size,
            )
        )

    # ------------------------------------------------------------------------- settings

    def _set(self, edit: type[e.Setting], **values: Any) -> Subject:
        return self._do(edit(subject=self.id, **values))

    def _keep_plate(self, plate: Any) -> str:
        return self.session._keep_picture(plate)

    def _sight(self) -> tuple[np.ndarray, np.ndarray]:
        return self.session.photo.pixels, self.mask

    @property
    def settings(self) -> Settings:
        """How its mask becomes a matte."""
        return self.state.settings

    def propose_passes(self, progress: Progress | None = None) -> list[matte.Proposal]:
        """Parts that want a pass of their own, as the photo shows them; makes no edit.

        Crisp edges, hair or fur, transparent things, in the order to lay them in; each says why,
        with its measure. ``accept`` makes one a pass. Those that are passes already are left out.

        Raises:
            CancelledError: out of ``progress``.
        """
        shape, have = self.session.photo.shape, {one.edit.region for one in self.state.passes}

        def find(rendering: Render) -> list[matte.Proposal]:
            mask = rendering.subject(self.id).corrected
            report(progress, 0.0, "looking along the outline")
            found = matte.propose(self.session.photo.pixels, mask)
            return [one for one in found if check_outline(one.polygon, shape) not in have]

        return list(self.session.render(find, progress))

    def accept(self, proposal: matte.Proposal) -> SubjectPass:
        """A proposed pass as one of this subject, with the settings that were proposed."""
        known = {f.name for f in fields(e.Pass)}
        settings = {name: v for name, v in proposal.settings.items() if name in known}
        return self.add_pass(proposal.polygon, proposal.kind, why=proposal.why, **settings)

    def add_pass(
        self, region: Sequence[Point], kind: str = "", seam: float = 8, always: bool = False,
        **settings: Any,
    ) -> SubjectPass:  # fmt: skip
        """A part of the photo whose matte is made with settings of its own.

        Args:
            region: its outline [(x, y), …] in image pixels, closed by itself.
            kind: what it is for: "body", "hair", "transparent", or "" for nothing in particular.
            seam: width in pixels, 0–250, of the soft seam towards the rest.
            always: lay it in whatever it says; without, the more confident of the two answers wins.
            settings: method, radius, smart, smooth, feather, contrast, shift, amount; what is not
                given is as in the rest of the subject. More can be set on what this returns.

        Raises:
            PromptError: no outline. EditError: another kind, or a value out of range.
        """
        outline = _sequence(region, "a region [(x, y), …]")
        known = {f.name for f in fields(e.Pass)} - {f.name for f in fields(e.Setting)}
        for name in settings:
            if name not in known:
                raise unknown_name("setting of a pass", name, sorted(known))
        if kind == "transparent":
            settings.setdefault("method", TRANSPARENT)
        if "method" in settings:
            settings.update(pinned(settings["method"], settings.get("checkpoint")))
        made = e.Pass(
            subject=self.id, region=outline, kind=kind, seam=seam, always=always, **settings
        )
        return SubjectPass(self, self.session.do(made).id)

    def shadow(self, mode: str = "lift") -> Subject:
        """What becomes of its shadow.

        Args:
            mode: "drop": it stays behind. "keep": it goes into the cut-out, under the subject.
                "lift": it becomes a layer of its own (``session.shadow()``, format "shadow").
        """
        return self._do(e.Shadow(subject=self.id, mode=mode))

    def shadow_here(self, points: Sequence[Point], keep: bool = True, size: float = 60) -> Subject:
        """A stroke that says where its shadow is, or with keep=False is not. size in pixels.

        One that says where it is lifts a shadow that was let go.
        """
        line = _sequence(points, "points [(x, y), …]")
        return self._do(e.ShadowStroke(subject=self.id, points=line, size=size, keep=keep))

    @property
    def passes(self) -> list[SubjectPass]:
        """Its passes, in the order in which they are laid over the rest."""
        return [SubjectPass(self, one.id) for one in self.state.passes]

    # --------------------------------------------------------------------------- itself

    def rename(self, name: str) -> Subject:
        """Another name, unique in the session."""
        return self._do(e.DescribeSubject(subject=self.id, name=name))

    def recolour(self, colour: str) -> Subject:
        """Another colour on the canvas, #rrggbb."""
        return self._do(e.DescribeSubject(subject=self.id, colour=colour))

    def hide(self) -> Subject:
        """Leave it out of the combined alpha, the composite and the export."""
        return self._do(e.DescribeSubject(subject=self.id, hidden=True))

    def show(self) -> Subject:
        """The inverse of hide."""
        return self._do(e.DescribeSubject(subject=self.id, hidden=False))

    def delete(self) -> None:
        """Remove it; undo brings it back."""
        self._do(e.DeleteSubject(subject=self.id))

    def _do(self, edit: e.Edit) -> Subject:
        self.session.do(edit)
        return self


class SubjectPass(Adjusting):
    """A handle on one pass of a subject: its settings are set through it."""

    def __init__(self, subject: Subject, pass_id: str) -> None:
        self.subject, self.id = subject, pass_id

    def __repr__(self) -> str:
        kind = self.state.edit.kind
        return f"SubjectPass({self.subject.name!r}{f', {kind!r}' if kind else ''})"

    @property
    def state(self) -> Pass:
        """What the edits say of it now.

        Raises:
            EditError: it was taken back.
        """
        for one in self.subject.state.passes:
            if one.id == self.id:
                return one
        raise EditError(f"expected the id of a pass of {self.subject.name!r}, got {self.id!r}")

    @property
    def settings(self) -> Settings:
        """What holds in it: its own settings, and the subject's for the rest."""
        return self.state.settings(self.subject.settings)

    def delete(self) -> None:
        """Take it back; undo brings it back again."""
        self.subject.session.retract(self.id)

    def _keep_plate(self, plate: Any) -> str:
        return self.subject._keep_plate(plate)

    def _sight(self) -> tuple[np.ndarray, np.ndarray]:
        picture, mask = self.subject._sight()
        x, y = zip(*self.state.edit.region, strict=True)
        rows = slice(max(0, math.floor(min(y))), math.ceil(max(y)))
        columns = slice(max(0, math.floor(min(x))), math.ceil(max(x)))
        return picture[rows, columns], mask[rows, columns]

    def _set(self, edit: type[e.Setting], **values: Any) -> SubjectPass:
        self.subject._set(edit, within=self.id, **values)
        return self


def _sequence(values: Any, what: str) -> tuple[Any, ...]:
    try:
        return tuple(values)
    except TypeError:
        raise PromptError(f"expected {what}, got {values!r:.60}") from None
