"""Good attempts, one a mode at least: the techniques as edits that were made by hand and kept."""

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
        version: of the case when it was made, see ``Case.version``.
        ask: how it begins, see ``begin``.
        kind: what it is of within its mode, where there is more than one; else "".
    """

    mode: str
    severity: float
    seed: int
    first: str
    moves: tuple[Move, ...]
    version: str
    ask: str = "box"
    kind: str = ""

    @property
    def name(self) -> str:
        """What it is asked for by: its kind, or its mode."""
        return self.kind or self.mode

    @property
    def case(self) -> Case:
        """The case that it was made on, the same on every machine."""
        return case(self.mode, self.severity, self.seed, material="procedural")


def cure(of: Case | str, segmenter: str = SEGMENTER, progress: Progress | None = None) -> Session:
    """A session in which a good attempt was made, each step of it with a note that says why.

    Args:
        of: a name among CURES (each mode, and "motion"), or its case: ``CURES[name].case``.
        segmenter: a name from ``workbench.segmenters()``; they were made with "lite".
        progress: called while it is made; by default a bar shows after a second.

    Raises:
        UnknownNameError: no such mode. InputError: another case of the mode, or what its seed
            makes is another picture by now; places on one picture say nothing of another.
        CancelledError: out of ``progress``.
    """
    mode = name = of if isinstance(of, str) else of.mode
    if not isinstance(of, str):
        # Of a mode that has several, the one that was made on this case.
        asked = of.mode, of.severity, of.seed
        same = [one.name for one in CURES.values() if (one.mode, one.severity, one.seed) == asked]
        name = same[0] if same else mode
    if name not in CURES:
        raise unknown_name("mode with a cure", name, CURES)
    known = CURES[name]
    made = known.case if isinstance(of, str) else of
    if (made.severity, made.seed) != (known.severity, known.seed):
        raise InputError(
            f"expected {mode} at severity {known.severity:g} and seed {known.seed}, which its "
            f"cure was made on, got severity {made.severity:g} and seed {made.seed}"
        )
    if not made.is_version(known.version):
        raise InputError(
            f"expected the picture that the cure of {mode} was made on ({known.version[:24]}…), "
            f"got another ({made.version[:24]}…): its places mean nothing there"
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
        version="960x720 928f8687858b8c858c93819064908a8e8c8d75417493898e"
        "8f8d8150648f8b8e8e88788161498b8990796e752d264d87",
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
        version="720x960 706e6e70756a6d6c6e6d6c71816c6a6b6e70717e77726b6a"
        "706c6a97917c6a6e6c6e6fa392806c696d6a6c797a726a71",
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
        version="960x720 36323632475c572f53404343353a7438555a677f55484744"
        "539a63354d4369686b8a837a607d606a80586e742e1a5655",
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
        version="960x720 4e5450534e545155534b4f4f50594c52733d6665427e6b3f"
        "572d53653ea75e3c573f5b49477e504e6e6e6e68666e6e6e",
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
        version="960x720 bac3c7b1b5b3a99fbdc7cba38db4aba1bac3c3cf62b2aaa0"
        "adb5b58d4e89a39dbec6ca908bb4bfb6c3ccd4dbd6cdc5bc",
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
        version="960x720 97d2ac9e8456678198bea28d71487c82979875644b688981"
        "8c9289644b8b857d999fa89062a099929ea5bfbd6da69f98",
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
        version="960x720 4c413d4f4b3d445b3e444d4b4142444c535d4b8142444b51"
        "4e586a3c57554f825481817b676c655d656e6f753724667d",
        ask="click",
    ),
    Cure(
        "degraded", 1.0, 18, "A box around the pot. It moved, and the edge is solved as if it had "
        "stood still: too narrow above and below, where the colours were smeared furthest.",
        (
            Move(
                "The alpha as blurred as the photo: how far and which way it moved is measured in "
                "the photo, the band is widened by as much, and the outline is blurred along the "
                "movement.",
                lambda s: s.subject().match_blur(),
            ),
            Move(
                "Measured was 49 px at 81°. The streaks that the gleams have drawn lean a little "
                "more, and are longer: told so, it fits better.",
                lambda s: s.subject().match_blur(length=58, angle=73),
            ),
            Move(
                "Feather generously: what is soft in the photo must not end at a line.",
                lambda s: s.subject().edges(feather=8),
            ),
            Move(
                "The fire under the pot has its colour, and stands still. A soft stroke takes off "
                "what came along; a hard one would leave an edge where the photo has none.",
                lambda s: s.subject().paint([(478, 625), (500, 628)], keep=False, size=50,
                                            hardness=0.2),
            ),
        ),
        version="960x720 2c3133312e2b261f3b40477942363028484b82bb5a3e382f"
        "55567d8047433c3663646b60484b40395e6b5c67694d3d2f",
        kind="motion",
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
        version="960x720 696d706b6d6b72706f6c705e6f6b6f6c6d6eb76c5863706c"
        "6d73b25e63686a706c6f7a4d6d7468706970626470696c74",
        ask="click",
    ),
)  # fmt: skip

CURES: Mapping[str, Cure] = MappingProxyType({one.name: one for one in _ALL})
"""By name: one for each mode, by that; and "motion", what moved, of the mode "degraded"."""
