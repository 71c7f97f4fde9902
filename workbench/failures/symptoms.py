"""What goes wrong in a mode: the matte by default beside the truth, at one severity or more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..arrays import to_uint8
from ..errors import InputError, expect
from ..progress import Progress, bar, report
from .beginning import SEGMENTER, begin
from .case import Case, case, check_severity
from .comparing import Comparison, error_map, tinted
from .exhibit import Exhibit, new_figure, put
from .scoring import Score, Truth, score

if TYPE_CHECKING:
    from ..session import Session

ERROR = "Lost in orange, leaked in blue"


@dataclass(frozen=True, eq=False)
class Symptom:
    """A case as it is answered by default.

    Attributes:
        case: picture and truth. session: with a box or a click, and nothing else.
        score: how far its matte is from the truth, each subject's from its own.
        exhibit: photo, cut-out and error, with a sentence.
    """

    case: Case
    session: Session
    score: Score
    exhibit: Exhibit

    @property
    def comparison(self) -> Comparison:
        """The score of the alpha, all subjects added up."""
        return self.score.comparison

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
    return Symptom(made, session, scored(session, made), verdict(session, made))


def scored(session: Session, of: Case) -> Score:
    """How far a session is from all that is known of a case: see ``Score``.

    Raises:
        ArrayError: the session is of a photo of another size.
    """
    truth = Truth.of(of, session.photo.shape)
    return session.render(lambda r: score(r, truth))


def verdict(session: Session, of: Case) -> Exhibit:
    """A session's matte beside a case's truth: photo, cut-out, error and a sentence.

    Several subjects have an error map each, and a shadow that is known has one beside the layers.

    values: "sad", "lost", "leaked", "boundary" as in ``Comparison``, of several subjects those of
    all of them; then "sad of NAME" for each; "sad of the shadow" where the true one is known.

    Raises:
        ArrayError: the session is of a photo of another size.
    """
    found = scored(session, of)
    words = f"{of.mode.replace('_', ' ').capitalize()} at severity {of.severity:g}, "
    words += f"{session.segmenter}: {found}."
    whole = found.comparison
    values = {"sad": whole.sad, "lost": whole.lost, "leaked": whole.leaked,
              "boundary": whole.boundary}  # fmt: skip
    shown = [("The photo", of.image), ("The cut-out", session.composite("checkerboard")),
             (ERROR, tinted(found.difference, of.image))]  # fmt: skip
    for one in found.each:
        name = f"{one.name}: SAD {one.comparison.sad:.1f}"
        shown.append((name, error_map(one.alpha, one.truth, of.image)))
        values[f"sad of {one.name}"] = one.comparison.sad
    if found.shadow is not None and found.shade is not None and of.shadow is not None:
        true = of.shadow * (1 - of.alpha)
        shown += [
            ("The true shadow", _grey(true)),
            ("The shadow layer", _grey(true + found.shade)),
            (f"The shadow's error: SAD {found.shadow.sad:.1f}", tinted(found.shade, of.image)),
        ]
        values["sad of the shadow"] = found.shadow.sad
    rows = -(-len(shown) // 3)
    figure = new_figure(3, words, of.alpha.shape, rows=rows)
    axes = figure.subplots(rows, 3).ravel()
    for place in axes[len(shown) :]:
        place.remove()
    for place, (name, picture) in zip(axes, shown, strict=False):
        put(place, picture, name, smooth=True)
    return Exhibit(words, values, figure)


def _grey(shade: np.ndarray) -> np.ndarray:
    """A shadow's opacity as what it leaves of a white ground."""
    return np.repeat(to_uint8(1 - shade)[..., None], 3, axis=2)


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
    expect(severities, (Sequence, np.ndarray), "severities as a sequence")
    for severity in severities:
        check_severity(severity)
    if not 2 <= len(severities) <= 6:
        raise InputError(f"expected two to six severities, got {len(severities)}")
    found: list[tuple[Case, Score]] = []
    with bar("sweep", progress is None, after=1.0) as own:
        for n, severity in enumerate(severities):
            report(progress or own, n / len(severities), f"severity {severity:g}")
            made = case(mode, severity, seed, material="procedural")
            found.append((made, scored(begin(made, segmenter, ask, progress), made)))
    words = f"SAD at severities {', '.join(f'{made.severity:g}' for made, _ in found)}: "
    words += ", ".join(f"{of.comparison.sad:.1f}" for _, of in found) + "."
    columns = len(found) + 1
    figure = new_figure(columns, words, found[0][0].alpha.shape, rows=2)
    axes = figure.subplots(2, columns)
    for n, (made, of) in enumerate(found):
        put(axes[0, n], made.image, f"Severity {made.severity:g}", smooth=True)
        told = f"SAD {of.comparison.sad:.1f}"
        put(axes[1, n], tinted(of.difference, made.image), told, smooth=True)
    # The curve over both rows' last column: lost and leaked by marks as well as by colour.
    for row in axes[:, -1]:
        row.remove()
    curve = figure.add_subplot(1, columns, columns)
    levels = [made.severity for made, _ in found]
    for name, mark, colour in (("lost", "o", "#d55e00"), ("leaked", "^", "#0072b2")):
        values = [getattr(of.comparison, name) for _, of in found]
        curve.plot(levels, values, marker=mark, color=colour, label=name)
    curve.set_ylim(bottom=0)
    curve.set_title("Error by severity (SAD)", fontsize=9)
    curve.tick_params(labelsize=7)
    curve.legend(fontsize=8)
    return Exhibit(
        words, {f"sad at {made.severity:g}": of.comparison.sad for made, of in found}, figure
    )
