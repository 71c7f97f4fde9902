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
        first: of the first edit, which ``begin`` makes: what it says and what came of it.
        moves: what was done after it, in order.
        ask: how it begins, see ``begin``.
    """

    mode: str
    severity: float
    seed: int
    first: str
    moves: tuple[Move, ...]
    ask: str = "box"

    @property
    def case(self) -> Case:
        """The case that it was made on, the same on every machine."""
        return case(self.mode, self.severity, self.seed, material="procedural")


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
        session = begin(made, segmenter, known.ask, tell)
        session.note(session.edits[-1], known.first)
        for n, move in enumerate(known.moves):
            report(tell, n / len(known.moves), move.why)
            move.do(session)
            session.note(session.edits[-1], move.why)
    session.progress = None  # of this call alone
    return session


_ALL = (
    Cure(
        "hair", 0.6, 0, "A box around her. The model draws a smooth cap around the hair.",
        (
            Move(
                "The wall between hair, cheek and collar was taken for hair: say that it is not, "
                "in the middle of the gap, well away from the strands.",
                lambda s: s.subject().paint([(318, 222), (345, 236), (372, 238)], keep=False,
                                            size=26),
            ),
            Move(
                "A wide stroke along the hair, over all the strands: there the band is as wide as "
                "the brush, and every pixel of it is solved for how much of it is hair.",
                lambda s: s.subject().refine_edge(
                    [(330, 270), (312, 200), (325, 120), (375, 60), (450, 35), (525, 55),
                     (575, 110), (585, 170), (565, 230)], size=100),
            ),
            Move(
                "Grain and specks go, strands keep their width: the preset for hair and fur.",
                lambda s: s.subject().edges(preset="hair and fur"),
            ),
        ),
    ),
    Cure(
        "transparent", 0.6, 0, "A box around the bottle. It comes out as solid as its cap.",
        (
            Move(
                "Glass does not hide what is behind it, it mixes with it. An outline around the "
                "clear part alone, as a pass of its own: each pixel is unmixed from what the wall "
                "would be there.",
                lambda s: s.subject().add_pass(
                    [(345, 228), (435, 228), (440, 330), (505, 400), (515, 895), (270, 895),
                     (270, 430), (300, 370), (345, 310)], "transparent", always=True),
            ),
            Move(
                "The label is paper: it is painted back, solid.",
                lambda s: s.subject().paint(
                    [(328, 613), (452, 613), (452, 640), (328, 640), (328, 668), (452, 668),
                     (452, 696), (328, 696), (328, 724), (452, 724), (452, 750), (328, 750)],
                    size=34, hardness=1),
            ),
        ),
    ),
    Cure(
        "low_contrast", 0.8, 6, "A box around her. The helmet's white rim is gone, and its gleams.",
        (
            Move(
                "White before white: there is no edge to find, so somebody must say it. A hard "
                "stroke along the rim, no wider than what is missing.",
                lambda s: s.subject().paint(
                    [(603, 553), (640, 554), (670, 566), (694, 589), (711, 616), (722, 648)],
                    size=18, hardness=0.9),
            ),
            Move(
                "The gleams on the visor are as white as the light behind it, and were taken for "
                "holes. The upper one …",
                lambda s: s.subject().paint([(600, 566), (622, 564)], size=22, hardness=0.9),
            ),
            Move(
                "… and the square one.",
                lambda s: s.subject().paint([(588, 636), (580, 660)], size=36, hardness=0.9),
            ),
            Move(
                "A narrow band leaves the solver less to guess where it cannot see.",
                lambda s: s.subject().trimap_settings(radius=5),
            ),
        ),
    ),
    Cure(
        "clutter", 0.8, 1, "A click on the vase in the middle. The whole crowd comes along.",
        (
            Move(
                "A box says of all that is outside it: not this.",
                lambda s: s.subject().box(334, 213, 593, 651),
            ),
            Move(
                "The neighbour on the left is partly inside. A hard stroke takes its neck off …",
                lambda s: s.subject().paint([(340, 222), (390, 224)], keep=False, size=44,
                                            hardness=0.9),
            ),
            Move(
                "… and one along its side the rest.",
                lambda s: s.subject().paint([(320, 270), (316, 380), (328, 460), (352, 560)],
                                            keep=False, size=44, hardness=0.9),
            ),
            Move(
                "The model again, with the strokes as hints: it finds the edge between the two by "
                "itself now where a stroke stopped short of it.",
                lambda s: s.subject().rerun(),
            ),
        ),
        ask="click",
    ),
    Cure(
        "shadow", 0.6, 7, "A box around the pot. Its shadow stays behind.",
        (
            Move(
                "The shadow becomes a layer of its own. Wherever the ground is darker than around "
                "it, it might be one: too much of it.",
                lambda s: s.subject().shadow("lift"),
            ),
            Move(
                "A stroke along the shadow says which of it is meant.",
                lambda s: s.subject().shadow_here(
                    [(374, 528), (460, 507), (546, 489), (633, 465), (719, 448)], size=146),
            ),
        ),
    ),
    Cure(
        "framing", 0.8, 3, "A click in the middle. So close up, the foot passes for another thing.",
        (
            Move(
                "A box says how far the thing goes, to the edges of the photo and down to the "
                "last row: nothing is left for the model to guess.",
                lambda s: s.subject().box(71, 0, 789, 720),
            ),
        ),
        ask="click",
    ),
    Cure(
        "degraded", 0.8, 2, "A click in the middle. In the grain the head is lost, and the helmet.",
        (
            Move(
                "A box holds head and helmet as well: what the grain hides, it says.",
                lambda s: s.subject().box(221, 194, 736, 720),
            ),
            Move(
                "Grain makes grain in the alpha. The preset for noisy photos takes it off.",
                lambda s: s.subject().edges(preset="noisy photo"),
            ),
            Move(
                "A narrower band: the solver follows colours, and grain has all of them.",
                lambda s: s.subject().trimap_settings(radius=5),
            ),
        ),
        ask="click",
    ),
    Cure(
        "multi_subject", 0.8, 4, "A click on the vase. All the rest is gone.",
        (
            Move(
                "One subject a thing. This one gets a name, so that the files are told apart.",
                lambda s: s.subject().rename("vase"),
            ),
            Move(
                "The tall goblet, as a subject of its own with a box of its own.",
                lambda s: s.subject("tall goblet").box(425, 244, 576, 618),
            ),
            Move(
                "And the small one.",
                lambda s: s.subject("small goblet").box(541, 327, 680, 594),
            ),
            Move(
                "From front to back: where they overlap, the vase is in front.",
                lambda s: s.reorder(["vase", "tall goblet", "small goblet"]),
            ),
        ),
        ask="click",
    ),
)  # fmt: skip

CURES: Mapping[str, Cure] = MappingProxyType({one.mode: one for one in _ALL})
"""By mode."""
