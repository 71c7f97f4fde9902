"""Which way up a model understands a subject best: the same question at the four quarter turns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .answering import answer
from .bench import Bench
from .coordinates import TURNS, Frame, Point, regrid
from .errors import EditError
from .progress import Progress, report
from .state import SubjectState


@dataclass(frozen=True)
class Turn:
    """How a model fared with the photo turned.

    Attributes:
        turn: degrees clockwise; ``session.use(turn=turn)`` goes on with it.
        score: the model's own score of its best candidate.
        agreement: the share of the clicks that lie on the side that they asked for.
    """

    turn: int
    score: float
    agreement: float


def rank_turns(subject: SubjectState, bench: Bench, progress: Progress | None = None) -> list[Turn]:
    """A subject's last question at the four turns, the best answer first. Makes no edit.

    What the model says against a click counts before its own score. At equal figures the smaller
    turn wins. The whole question is put at once, without an earlier answer as a hint: that answer
    was given to the photo as it was turned then.

    Raises:
        EditError: nothing was asked of a segmenter yet.
    """
    asked = [step for step in subject.chain[-1:] if step.start is None]
    if not asked:
        raise EditError("expected a prompt to compare the turns with, got none: click first")
    step = replace(asked[0], hint="none")
    found = []
    for n, turn in enumerate(TURNS):
        report(progress, n / len(TURNS), f"looking at the photo turned {turn}°")
        said = answer(
            replace(step, segmenter=replace(step.segmenter, turn=turn)), None, bench, progress
        )
        sides = [
            (_at(said.logits[0], said.frame, point) > 0) == bool(label)
            for point, label in zip(step.points, step.labels, strict=True)
        ]
        agreement = sum(sides) / len(sides) if sides else 1.0
        found.append(Turn(turn, float(said.scores[0]), agreement))
    report(progress, 1.0, "compared")
    return sorted(found, key=lambda one: (-one.agreement, -one.score))


def _at(logits: np.ndarray, frame: Frame, point: Point) -> float:
    """Logits (h, w) over a frame at one point of the image, bilinear."""
    x, y = point
    spot = Frame(x - 0.5, y - 0.5, x + 0.5, y + 0.5)
    return float(regrid(logits, frame, spot, (1, 1), -1.0)[0, 0])
