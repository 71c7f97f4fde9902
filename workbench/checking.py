"""What the checks say of a subject's matte, as findings whose remedies are edits.

What a sight needs is made while one computation runs at a time; looking at it needs nothing else,
and goes on while the next edit is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from . import edits as e
from .coordinates import Box, Point
from .paint import said
from .planes import Plane
from .progress import Progress, report
from .quality.checks import CHEAP, CHECKS, Observation, Remedy, Sight, look, one_a_place
from .quality.finding import Finding
from .render import Render, SubjectRender
from .report import Report
from .report.thumbnails import thumbnail
from .settings import TRANSPARENT
from .shading import shadow_of
from .state import SubjectState

PARTS = ("patches_left", "holes", "cut_by_frame")
"""The checks that can be asked of a mask, and of a reduced picture: areas, and no edge's width."""

COLLAPSED = "mask_collapsed"
CODES = (*CHECKS, COLLAPSED)
"""All that can be looked for: the checks, and what the model's answers told already."""

NEAR = 0.25
"""Of severity: what can be mended comes before what cannot and is worse by less than this."""

_CHOSEN = (e.LoadMask, e.Pick, e.MagicWand, e.Scissors)

_COLOURS, _MASK = frozenset({"fringe"}), frozenset({"model_disagrees"})  # what those ask for more


@dataclass(frozen=True, eq=False)
class Seen:
    """One subject, ready to be looked at.

    Attributes:
        subject: as the edits say it is.
        sight: what the checks look at, at the size of ``Sight.image``.
        codes: which checks are asked.
        scale: photo pixels in one pixel of the sight.
        plane: (H, W) of the photo, the matte or mask that thumbnails show.
        told: what the model's answers told already.
    """

    subject: SubjectState
    sight: Sight
    codes: tuple[str, ...]
    scale: float
    plane: Plane
    told: tuple[Finding, ...] = ()


def seen(
    subject: SubjectRender,
    codes: Sequence[str] | None = None,
    background: np.ndarray | None = None,
    front: Sequence[SubjectRender] = (),
) -> Seen:
    """A subject with its matte, and with its colours and mask where a check wants them.

    Args:
        subject: rendered.
        codes: which checks, out of CODES; None for all.
        background: (H, W, 3) float32 sRGB that it is to stand on; None: what needs one is not
            looked for.
        front: the visible subjects that stand before it.
    """
    wanted = CODES if codes is None else codes
    chosen = tuple(code for code in wanted if code != COLLAPSED)
    colours = subject.foreground if _COLOURS & set(chosen) else None
    mask = subject.mask if _MASK & set(chosen) and subject.subject.layers else None
    before = [one.matte for one in front]
    looked = _seen(subject, subject.matte, colours, mask, chosen, before)
    if COLLAPSED in wanted:
        looked = replace(looked, told=subject.findings)
    if background is None:
        return looked
    return _before(looked, subject, (subject.shadow, subject.reflection), background)


def _before(
    looked: Seen, subject: SubjectRender, ground: tuple[np.ndarray | None, np.ndarray | None],
    background: np.ndarray,
) -> Seen:  # fmt: skip
    """The same where it is to stand, with its shadow and its reflection there: a thing that the
    floor mirrors stands on it as well as one that darkens it."""
    shade, mirror = ground
    if mirror is not None:
        shade = mirror[..., 3] if shade is None else np.maximum(shade, mirror[..., 3])
    state, bench, matte = subject.subject, subject.bench, looked.sight.alpha
    sight = replace(
        looked.sight,
        background=background,
        shade=shade,
        make_shadow=lambda: shadow_of(state, matte, bench),
    )
    return replace(looked, sight=sight)


def in_order(rendering: Render) -> list[tuple[SubjectRender, list[SubjectRender]]]:
    """The visible subjects that something was asked for, front to back, each with those of them
    that stand before it."""
    asked = [one for one in rendering.visible if not one.subject.untouched]
    return [(one, asked[:n]) for n, one in enumerate(asked)]


def known(
    subject: SubjectRender,
    background: np.ndarray | None = None,
    front: Sequence[SubjectRender] = (),
) -> Seen | None:
    """A subject with what is kept of it, for the checks that can do with that; None where there is
    no matte. Computes nothing.

    Args:
        subject, background, front: as of ``seen``.
    """
    matte, colours, mask = (subject.known(name) for name in ("matte", "foreground", "mask"))
    if matte is None or not all(way.known for way in (subject.base, *subject.passes)):
        return None
    missing = (_COLOURS if colours is None else frozenset()) | (_MASK if mask is None else set())
    codes = tuple(code for code in CHECKS if code not in missing)
    before = [plane for one in front if (plane := one.known("matte")) is not None]
    if len(before) < len(front):
        return None
    looked = replace(
        _seen(subject, matte, colours, mask, codes, before), told=subject.known_findings
    )
    ground = subject.known("shadow"), subject.known("reflection")
    asked = subject.subject.shadow, subject.subject.reflection
    unknown = any(m != "drop" and one is None for m, one in zip(asked, ground, strict=True))
    if background is None or unknown:
        return looked
    return _before(looked, subject, ground, background)


def _seen(
    subject: SubjectRender,
    matte: np.ndarray,
    colours: np.ndarray | None,
    mask: np.ndarray | None,
    codes: tuple[str, ...],
    front: Sequence[np.ndarray],
) -> Seen:
    state = subject.subject
    sight = Sight(
        subject.bench.image,
        matte,
        make_colours=None if colours is None else lambda: colours,
        make_mask=None if mask is None or not state.layers else lambda: mask,
        make_said=(lambda: subject.corrections.said) if state.strokes else None,
        make_front=(lambda: np.maximum.reduce(list(front))) if front else None,
        kept=_kept(state),
        around=_around(state),
        parts_chosen=_parts_chosen(state),
        boxes=_boxes(state),
        settings=asdict(state.settings),
        glass=_glass(state, 1.0),
        notes=subject.notes,
        passes={one.id: asdict(one.settings(state.settings)) for one in state.passes},
    )
    return Seen(state, sight, codes, 1.0, matte)


def glimpsed(
    subject: SubjectState, image: np.ndarray, plane: np.ndarray, whole: Plane, is_matte: bool
) -> Seen:
    """A subject as a screen shows it: what can be told of that at once.

    Args:
        subject: as the edits say it is.
        image: (h, w, 3) uint8, the photo, reduced.
        plane: (h, w) float32, its matte or mask, reduced likewise.
        whole: (H, W), the same at the photo's size.
        is_matte: whether it is the matte: of a mask the edge is not judged, it is the matte's to
            make.
    """
    scale = whole.shape[1] / plane.shape[1]
    kept = tuple((x / scale, y / scale) for x, y in _kept(subject))
    around = tuple(tuple(v / scale for v in box) for box in _around(subject))
    codes = CHEAP if is_matte and scale == 1 else PARTS
    sight = Sight(
        image,
        plane,
        make_said=(lambda: said(subject.strokes, plane.shape, scale)) if subject.strokes else None,
        kept=kept,
        around=around,
        parts_chosen=_parts_chosen(subject),
        settings=asdict(subject.settings),
        glass=_glass(subject, scale),
    )
    return Seen(subject, sight, codes, scale, whole)


def _glass(state: SubjectState, scale: float) -> tuple[tuple[str, tuple[Point, ...]], ...]:
    """The passes that are seen through, by id, with their outlines in pixels of a sight."""
    return tuple(
        (one.id, tuple((x / scale, y / scale) for x, y in one.edit.region))
        for one in state.passes
        if one.settings(state.settings).method == TRANSPARENT
    )


def _boxes(state: SubjectState) -> tuple[Box, ...]:
    """The boxes that the whole photo was last asked with; none where a part was painted away since,
    which may be why the matte falls short of them."""
    if not state.steps or any(not one.keep for one in state.strokes):
        return ()
    return state.steps[-1].boxes


def _kept(state: SubjectState) -> tuple[Point, ...]:
    """Where a person said that the subject is: clicks, and the ways of scribbles and strokes."""
    clicks = tuple(
        point
        for step in state.layers
        for point, label in zip(step.points, step.labels, strict=True)
        if label == 1
    )
    lines = [line.points for step in state.layers for line in step.scribbles if line.keep]
    lines += [stroke.points for stroke in state.strokes if stroke.keep]
    return clicks + tuple(point for line in lines for point in line)


def _around(state: SubjectState) -> tuple[Box, ...]:
    """What a person drew around the subject: boxes, and what a lasso spans."""
    spans = tuple(
        (min(x), min(y), max(x), max(y))
        for x, y in (zip(*step.lasso, strict=True) for step in state.layers if step.lasso)
    )
    return tuple(box for step in state.layers for box in step.boxes) + spans


def _parts_chosen(state: SubjectState) -> bool:
    """Whether the mask's parts are a person's choice: loaded, picked, traced, or asked in words."""
    return any(step.text is not None or isinstance(step.start, _CHOSEN) for step in state.layers)


def checked(
    title: str,
    subjects: Iterable[Seen],
    image: np.ndarray,
    progress: Progress | None = None,
    session: object = None,
) -> Report:
    """What the checks see in each subject, by ``urgency``, with a picture of each place.

    Args:
        title: of the report.
        subjects: what is looked at.
        image: (H, W, 3) uint8, the photo.
        progress: told between two checks.
        session: what the report belongs to.

    Raises:
        UnknownNameError: there is no such check.
        CancelledError: out of ``progress``.
    """
    found: list[tuple[str, Finding, np.ndarray]] = []
    for one in subjects:
        for finding in _looked_at(one, progress):
            colours = one.sight.colours if one.sight.make_colours is not None else None
            picture = thumbnail(image, finding.box, one.plane, colours)
            found.append((one.subject.name, finding, picture))
    found.sort(key=lambda entry: -urgency(entry[1]))
    return Report(
        title,
        tuple((name, finding) for name, finding, _ in found),
        thumbnails=tuple(picture for _, _, picture in found),
        session=session,
    )


def findings_of(rendering: Render, codes: Sequence[str] | None = None) -> list[tuple[str, Finding]]:
    """All that the checks see in the visible subjects, with their names, by ``urgency``; without
    pictures.

    Args:
        rendering: of the document. codes: see ``seen``.

    Raises:
        UnknownNameError: there is no such check.
    """
    found = [
        (one.subject.name, finding)
        for one, front in in_order(rendering)
        for finding in _looked_at(seen(one, codes, front=front), None)
    ]
    return sorted(found, key=lambda entry: -urgency(entry[1]))


def urgency(finding: Finding) -> float:
    """By what a report is sorted: a finding's severity, less NEAR where no edit would mend it.

    What can be mended comes before what is as bad or a little worse and cannot: a subject that the
    frame cuts is so in most portraits, and would stand above everything that there is to do.
    """
    return finding.severity - (0.0 if finding.remedy else NEAR)


def _looked_at(one: Seen, progress: Progress | None) -> Iterator[Finding]:
    yield from one.told
    observed: list[Observation] = []
    for n, code in enumerate(one.codes):
        report(progress, n / len(one.codes), f"checking: {code.replace('_', ' ')}")
        observed += look(one.sight, (code,))
    for seen in one_a_place(observed):
        yield _finding(enlarged(seen, one.scale), one.subject.id)


def enlarged(seen: Observation, by: float) -> Observation:
    """What was seen in a reduced picture, in pixels of the photo.

    Args:
        seen: box, areas, lengths and strokes in pixels of the reduced picture.
        by: photo pixels in one of its pixels.
    """
    if by == 1:
        return seen
    x0, y0, x1, y1 = (value * by for value in seen.box)
    measure = seen.measure * {"px": by, "px²": by * by}.get(seen.unit, 1.0)
    return replace(
        seen,
        box=(x0, y0, x1, y1),
        measure=measure,
        remedy=tuple(_stroke_enlarged(one, by) for one in seen.remedy),
    )


def _stroke_enlarged(remedy: Remedy, by: float) -> Remedy:
    values = dict(remedy.values)
    if "points" in values:
        values["points"] = tuple((x * by, y * by) for x, y in values["points"])
        values["size"] = values["size"] * by
    return Remedy(remedy.kind, values)


def _finding(seen: Observation, subject: str) -> Finding:
    remedy = tuple(edit for one in seen.remedy for edit in edits_of(one, subject))
    return Finding(seen.code, seen.severity, seen.box, seen.measure, seen.unit, seen.why, remedy)


def edits_of(remedy: Remedy, subject: str) -> list[e.Edit]:
    """A remedy as edits of a subject, by its id; none for what no edit mends."""
    values = dict(remedy.values)
    match remedy.kind:
        case "set":
            within = values.pop("within", "")
            parts: dict[type[e.Setting], dict[str, object]] = {}
            for name, value in values.items():
                parts.setdefault(e.setting_edit(name), {})[name] = value
            return [
                kind(subject=subject, within=within, **of)  # type: ignore[arg-type]
                for kind, of in parts.items()
            ]
        case "paint":
            return [e.Paint(subject=subject, **values)]
        case "refine":
            return [e.RefineEdge(subject=subject, **values)]
        case "pass":
            return [e.Pass(subject=subject, **values)]
        case "unpass":
            return [e.Retract(edit_id=values["name"])]
        case "shadow":
            return [e.Shadow(subject=subject, **values)]
        case "rerun":
            return [e.Rerun(subject=subject)]
        case _:
            return []
