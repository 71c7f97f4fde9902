"""Re-running with hints: what the model made of a correction."""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import paint
from .render import SubjectRender
from .stages import key_of
from .state import Step, SubjectState


@dataclass(frozen=True)
class Understood:
    """What a re-run came to.

    Attributes:
        edit: the id of the re-run.
        share: 0–1, the share of the painted pixels (weight over 0.5) that the model's own new mask
            has on the side that was painted: what it understood by itself. None where nothing was
            painted.
        gained, lost: pixels that came and that went against the answer before, outside of what was
            painted, which stays as it was painted either way.
    """

    edit: str
    share: float | None
    gained: int
    lost: int

    @property
    def words(self) -> str:
        """In words for the status line."""
        share = "" if self.share is None else f"{self.share:.0%} of the correction understood, "
        return f"{share}{self.gained:,} px gained and {self.lost:,} px lost beside it"


def last_rerun(subject: SubjectState) -> str | None:
    """The id of the re-run that a subject's mask is the answer to; None where it is not to one."""
    last = subject.chain[-1] if subject.chain else None
    return last.edit if last is not None and last.hint == "corrected" else None


def understood(now: SubjectRender) -> Understood | None:
    """The report on a subject's last re-run, whose answer is asked for where it is not known.

    None where something else was asked since, or it never was re-run.
    """
    subject, bench = now.subject, now.bench
    rerun = last_rerun(subject)
    if rerun is None:
        return None
    before = SubjectRender(_without(subject, rerun), bench, now.progress)

    def compare() -> Understood:
        here, there = now.mask > 0.5, before.mask > 0.5
        told = paint.painted_so_far(subject.steps[-1].strokes, now.shape, bench.stages)
        painted = told.weight > 0.5
        count = int(painted.sum())
        right = int((painted & (here == (told.value > 0.5))).sum())
        return Understood(
            rerun,
            right / count if count else None,
            int((here & ~there & ~painted).sum()),
            int((there & ~here & ~painted).sum()),
        )

    key = key_of(rerun, now.keys["mask"], before.keys["mask"])
    return bench.stages.get_or_make(f"understood:{key}", compare)


def _without(subject: SubjectState, rerun: str) -> SubjectState:
    """The subject as it was before a re-run, the last thing that was asked of it."""
    return replace(
        subject,
        steps=_before(subject.steps, rerun),
        patches=tuple(replace(p, steps=_before(p.steps, rerun)) for p in subject.patches),
    )


def _before(steps: tuple[Step, ...], rerun: str) -> tuple[Step, ...]:
    return steps[:-1] if steps and steps[-1].edit == rerun else steps
