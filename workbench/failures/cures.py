"""Good attempts, one a mode: the techniques as edits that were made by hand and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..errors import InputError, unknown_name
from ..progress import Progress, bar, report
from .beginning import SEGMENTER, begin
from .case import Case, case

if TYPE_CHECKING:
    from ..session import Session


@dataclass(frozen=True)
class Move:
    """One thing to do to a session.

    Attributes:
        why: what it is for, for a person; becomes a note on its last edit.
        do: does it, by the session's own verbs.
    """

    why: str
    do: Callable[[Session], Any]


@dataclass(frozen=True)
class Cure:
    """A good attempt at one case of a mode.

    Attributes:
        mode, severity, seed: the case that it was made on; places are in its pixels.
        first: why the first edit, the box that ``begin`` draws, is there; "" to begin without it.
        moves: what was done after it, in order.
    """

    mode: str
    severity: float
    seed: int
    first: str
    moves: tuple[Move, ...]

    @property
    def case(self) -> Case:
        """The case that it was made on."""
        return case(self.mode, self.severity, self.seed)


def cure(of: Case | str, segmenter: str = SEGMENTER, progress: Progress | None = None) -> Session:
    """A session in which a good attempt was made, each step of it with a note that says why.

    Args:
        of: a mode, or the case of its lesson: ``CURES[mode].case``.
        segmenter: a name from ``workbench.segmenters()``; they were made with "lite".
        progress: called while it is made; by default a bar shows after a second.

    Raises:
        UnknownNameError: no such mode. InputError: another case of the mode; places on one picture
            say nothing of another.
        CancelledError: out of ``progress``.
    """
    mode = of if isinstance(of, str) else of.mode
    if mode not in CURES:
        raise unknown_name("mode with a cure", mode, CURES)
    known = CURES[mode]
    made = known.case if isinstance(of, str) else of
    if (made.severity, made.seed) != (known.severity, known.seed):
        raise InputError(
            f"expected {mode} at severity {known.severity:g} and seed {known.seed}, which its "
            f"cure was made on, got severity {made.severity:g} and seed {made.seed}"
        )
    with bar("cure", progress is None, after=1.0) as own:
        tell = progress or own
        session = begin(made, segmenter, asked=bool(known.first), progress=tell)
        if known.first:
            session.note(session.edits[-1], known.first)
        for n, move in enumerate(known.moves):
            report(tell, n / len(known.moves), move.why)
            move.do(session)
            session.note(session.edits[-1], move.why)
    session.progress = None  # of this call alone
    return session


_ALL = (
    Cure(
        "low_contrast", 0.8, 2, "A box around the vase. Its shaded corner is taken for background.",
        (
            Move(
                "Where colour and texture are the same on both sides, somebody must say it: a "
                "stroke along the corner, hard and no wider than what is missing.",
                lambda s: s.subject().paint([(326, 505), (345, 540), (366, 582)], size=20,
                                            hardness=0.9),
            ),
            Move(
                "Below the foot the dark ground came along.",
                lambda s: s.subject().paint([(380, 606), (540, 606)], keep=False, size=20,
                                            hardness=0.9),
            ),
            Move(
                "Glazed clay has a sharp edge. A narrow band leaves the solver less to guess "
                "where it cannot see.",
                lambda s: s.subject().trimap_settings(radius=4),
            ),
        ),
    ),
)  # fmt: skip

CURES: Mapping[str, Cure] = MappingProxyType({one.mode: one for one in _ALL})
"""By mode."""
