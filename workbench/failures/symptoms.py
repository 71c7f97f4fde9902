"""What goes wrong in a mode: the matte by default beside the truth, at one severity or more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..progress import Progress, bar, report
from .beginning import SEGMENTER, begin
from .case import Case, case
from .comparing import Comparison, compare, error_map
from .exhibit import Exhibit, new_figure, put

if TYPE_CHECKING:
    from ..session import Session

ERROR = "Lost in red, leaked in blue"


@dataclass(frozen=True, eq=False)
class Symptom:
    """A case as it is answered by default.

    Attributes:
        case: picture and truth. session: with a box or a click, and nothing else.
        comparison: how far its matte is from the truth.
        exhibit: photo, cut-out and error, with a sentence.
    """

    case: Case
    session: Session
    comparison: Comparison
    exhibit: Exhibit

    def __str__(self) -> str:
        return self.exhibit.words

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return self.exhibit._repr_mimebundle_()


def symptom(
    mode: str,
    severity: float = 0.6,
    seed: int = 0,
    segmenter: str = SEGMENTER,
    ask: str = "box",
    progress: Progress | None = None,
) -> Symptom:
    """A case asked once, with a box or a click: what the default settings make of it.

    Args:
        mode, severity, seed: of the case, see ``workbench.failures.case``; its material is
            "procedural", the same on every machine.
        segmenter: a name from ``workbench.segmenters()``, or "auto".
        ask: "box" or "click", see ``begin``.
        progress: called while it is made; by default a bar shows after a second.

    Raises:
        UnknownNameError, InputError: no such mode, segmenter or severity.
        CancelledError: out of ``progress``.
    """
    with bar("symptom", progress is None, after=1.0) as own:
        tell = progress or own
        report(tell, 0.0, "making the case")
        made = case(mode, severity, seed, material="procedural")
        session = begin(made, segmenter, ask, tell)
        session.alpha()
    session.progress = None  # of this call alone
    return Symptom(made, session, compare(session.alpha(), made.alpha), verdict(session, made))


def verdict(session: Session, of: Case) -> Exhibit:
    """A session's matte beside a case's truth: photo, cut-out, error and a sentence.

    values: "sad", "lost", "leaked", "boundary" as in ``Comparison``.

    Raises:
        ArrayError: the session is of a photo of another size.
    """
    alpha = session.alpha()
    found = compare(alpha, of.alpha)
    words = f"{of.mode.replace('_', ' ').capitalize()} at severity {of.severity:g}, "
    words += f"{session.segmenter}: {found}."
    figure = new_figure(3, words, alpha.shape)
    axes = figure.subplots(1, 3)
    put(axes[0], of.image, "The photo", smooth=True)
    put(axes[1], session.composite("checkerboard"), "The cut-out", smooth=True)
    put(axes[2], error_map(alpha, of.alpha, of.image), ERROR, smooth=True)
    values = {"sad": found.sad, "lost": found.lost, "leaked": found.leaked,
              "boundary": found.boundary}  # fmt: skip
    return Exhibit(words, values, figure)


def sweep(
    mode: str,
    severities: Sequence[float] = (0.0, 0.3, 0.6, 0.9),
    seed: int = 0,
    segmenter: str = SEGMENTER,
    ask: str = "box",
    progress: Progress | None = None,
) -> Exhibit:
    """The same scene at several severities, and how the error of the default answer grows.

    Args:
        mode, seed, segmenter, ask: as of ``symptom``.
        severities: from 0 to 1, two to six of them.
        progress: called while it is made; by default a bar shows after a second.

    values: "sad at S" for each severity S.

    Raises:
        UnknownNameError, InputError: as ``symptom``. CancelledError: out of ``progress``.
    """
    if not 2 <= len(severities) <= 6:
        raise InputError(f"expected two to six severities, got {len(severities)}")
    found: list[tuple[Case, np.ndarray, Comparison]] = []
    with bar("sweep", progress is None, after=1.0) as own:
        for n, severity in enumerate(severities):
            report(progress or own, n / len(severities), f"severity {severity:g}")
            made = case(mode, severity, seed, material="procedural")
            alpha = begin(made, segmenter, ask, progress).alpha()
            found.append((made, alpha, compare(alpha, made.alpha)))
    words = f"SAD at severities {', '.join(f'{s:g}' for s in severities)}: "
    words += ", ".join(f"{of.sad:.1f}" for _, _, of in found) + "."
    columns = len(found) + 1
    figure = new_figure(columns, words, found[0][1].shape, rows=2)
    axes = figure.subplots(2, columns)
    for n, (made, alpha, of) in enumerate(found):
        put(axes[0, n], made.image, f"Severity {made.severity:g}", smooth=True)
        put(axes[1, n], error_map(alpha, made.alpha, made.image), f"SAD {of.sad:.1f}", smooth=True)
    # The curve over both rows' last column: lost and leaked by marks as well as by colour.
    for row in axes[:, -1]:
        row.remove()
    curve = figure.add_subplot(1, columns, columns)
    levels = [made.severity for made, _, _ in found]
    for name, mark, colour in (("lost", "o", "#d55e00"), ("leaked", "^", "#0072b2")):
        curve.plot(levels, [getattr(of, name) for _, _, of in found], marker=mark, color=colour,
                   label=name)  # fmt: skip
    curve.set_ylim(bottom=0)
    curve.set_title("Error by severity (SAD)", fontsize=9)
    curve.tick_params(labelsize=7)
    curve.legend(fontsize=8)
    return Exhibit(words, {f"sad at {made.severity:g}": of.sad for made, _, of in found}, figure)
