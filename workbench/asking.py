"""What people ask of the model about a subject: clicks, boxes, words; re-runs and candidates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from . import edits as e
from .attribution import Attribution, leave_one_out
from .coordinates import Box, Point
from .errors import EditError
from .handle import Handle, sequence
from .neighbours import neighbour_points
from .progress import Progress
from .prompts import PromptSet
from .render import Render
from .rerunning import Understood, last_rerun, understood


class Asking(Handle):
    """The prompts of a subject as verbs. Each makes one edit."""

    def click(self, x: float, y: float, keep: bool = True, region: Sequence[float] = ()) -> Self:
        """A point (x, y) in image pixels that is subject, or with keep=False background.

        Args:
            x, y, keep: as above.
            region: (x0, y0, x1, y1), a part of the photo that the model is to look at closer, at
                its own resolution; its answer is laid over the mask there with a soft seam.
        """
        part = sequence(region, "a region (x0, y0, x1, y1)")
        return self._do(e.Click(subject=self.id, x=x, y=y, keep=keep, region=part))

    def box(self, x0: float, y0: float, x1: float, y1: float, region: Sequence[float] = ()) -> Self:
        """A box around the subject, in image pixels; it replaces an earlier one.

        region: see ``click``; the box then says what is meant in that part alone.
        """
        part = sequence(region, "a region (x0, y0, x1, y1)")
        return self._do(e.Box(subject=self.id, x0=x0, y0=y0, x1=x1, y1=y1, region=part))

    def lasso(self, points: Sequence[Point]) -> Self:
        """A loose outline [(x, y), …] around the subject, closed by itself."""
        return self._do(e.Lasso(subject=self.id, points=sequence(points, "points [(x, y), …]")))

    def ask(
        self,
        text: str = "",
        like: Sequence[Box] = (),
        unlike: Sequence[Box] = (),
    ) -> Self:
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
            like=sequence(like, "boxes [(x0, y0, x1, y1), …]"),
            unlike=sequence(unlike, "boxes [(x0, y0, x1, y1), …]"),
        )
        self.session.can_take(PromptSet(text=text or None, exemplars=(*made.like, *made.unlike)))
        return self._do(made)

    def scribble(
        self,
        points: Sequence[Point],
        keep: bool = True,
        width: float = 8,
        region: Sequence[float] = (),
    ) -> Self:
        """A line over what is subject, or with keep=False background. width in pixels.

        region: see ``click``.
        """
        return self._do(
            e.Scribble(
                subject=self.id,
                points=sequence(points, "points [(x, y), …]"),
                keep=keep,
                width=width,
                region=sequence(region, "a region (x0, y0, x1, y1)"),
            )
        )

    def avoid_others(self, per: int = 1) -> Self:
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

    def rerun(self) -> Self:
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

    def keep_old_answer(self) -> Self:
        """Take the last re-run back: the answer before it counts again.

        Raises:
            EditError: something else was asked since, or it never was re-run.
        """
        rerun = last_rerun(self.state)
        if rerun is None:
            raise EditError("expected a re-run as the last thing that was asked, got none")
        self.session.retract(rerun)
        return self

    def choose(self, candidate: int) -> Self:
        """Another candidate of the last prediction, 0 the best; it becomes the next hint.

        Raises:
            EditError: there is no prediction yet, or no such candidate.
        """
        prediction = self.prediction
        count = 0 if prediction is None else len(prediction.masks)
        if prediction is not None and candidate not in range(count):
            raise EditError(f"expected a candidate in 0..{count - 1}, got {candidate!r}")
        return self._do(e.Choose(subject=self.id, candidate=candidate))
