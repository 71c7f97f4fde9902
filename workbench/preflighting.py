"""What can be told of a photo before the work, as findings whose remedies are edits."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from . import edits as e
from . import matte, segment
from .checking import edits_of
from .compose.shadow import likely_shadow
from .edges import PRESETS
from .errors import WorkbenchError
from .io import Photo
from .quality.checks import Remedy
from .quality.finding import Finding, Measure
from .quality.preflight import ADVICE, Part, Seen, Shot, look, standing_out, used
from .render import Render
from .state import State

_GUESSER = "u2netp"  # the network that says what stands out, where its weights are here
_SIDE = 1024  # px of the longer side at which it does
_SHADOW_SIDE = 480  # px at which a shadow is looked for: it is large and soft


def preflight_of(
    photo: Photo,
    rendering: Render,
    codes: Sequence[str] | None = None,
    subject: str | None = None,
) -> tuple[list[tuple[str, Finding]], list[Measure]]:
    """What a photo makes likely to go wrong, the worst first; and all that was measured.

    Args:
        photo: the photo. rendering: the document on it; its masks tell what the subject is.
        codes: which measures, out of ``workbench.quality.preflight.MEASURES``; None for all.
        subject: the id of the one that remedies are for; None: there is none yet.

    Returns:
        Findings with the name of the subject that their remedies are for, and measures in order.

    Raises:
        UnknownNameError: there is no such measure.
    """
    state = rendering.state
    seen = look(shot_of(photo, _asked(rendering)), codes)
    name = "the photo" if subject is None else state.subject(subject).name
    screens = next((one.measure.words for one in seen if one.measure.code == "backdrop"), "")
    findings = [
        (name, _finding(one, state, photo, subject or "", screens))
        for one in seen
        if one.severity > 0 and one.measure.code in ADVICE and not _dealt_with(one, state)
    ]
    findings.sort(key=lambda entry: -entry[1].severity)
    return _agreed(findings), [one.measure for one in seen]


def _agreed(findings: Sequence[tuple[str, Finding]]) -> list[tuple[str, Finding]]:
    """The same findings with remedies that do not undo one another, in whatever order they are
    made: where two want another value of one setting, both set that of the more severe.

    Args:
        findings: the worst first.
    """
    said: dict[tuple[str, str, str], Any] = {}
    found = []
    for name, finding in findings:
        remedy = []
        for edit in finding.remedy:
            if isinstance(edit, e.Setting):
                whose = (edit.subject, edit.within)
                values = {key: said.setdefault((*whose, key), v) for key, v in edit.sets().items()}
                edit = replace(edit, **values)
            remedy.append(edit)
        found.append((name, replace(finding, remedy=tuple(remedy))))
    return found


def shot_of(photo: Photo, asked: np.ndarray | None = None) -> Shot:
    """A photo as the measures see it, with all who can tell something of it.

    Args:
        photo: the photo. asked: (H, W) in [0, 1], the mask of what was asked for, or None.
    """
    return Shot(
        photo.image8,
        asked,
        make_salient=lambda: guess(photo.image8),
        tables=photo.info.get("tables", ()),
        camera=photo.info["camera"],
        orientation=photo.info["orientation"],
        dpi=photo.info["dpi"],
        shadow=_shadow,
        parts=_parts,
        moved=_moved,
    )


def guess(image: np.ndarray) -> np.ndarray:
    """(h, w) float32 in [0, 1]: what stands out in an image (H, W, 3) uint8.

    By U²-Net-p where its weights are here (nothing is fetched for a look), else what differs in
    colour from the border.
    """
    scale = min(1.0, _SIDE / max(image.shape[:2]))
    size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image
    known = segment.automatic_models().get(_GUESSER)
    if known is not None and known.ready:
        # A network that cannot answer now must not cost the measures that need none.
        with contextlib.suppress(WorkbenchError):
            return segment.automatic(_GUESSER, np.ascontiguousarray(small)).masks[0]
    return standing_out(small)


def _asked(rendering: Render) -> np.ndarray | None:
    """The masks of all subjects that something was asked for, together."""
    planes = [s.corrected for s in rendering.visible if not s.subject.untouched]
    return np.max(planes, axis=0) if planes else None


def _shadow(image: np.ndarray, mask: np.ndarray) -> float:
    scale = min(1.0, _SHADOW_SIDE / max(mask.shape))
    if scale < 1:
        size = [max(1, round(side * scale)) for side in mask.shape[::-1]]
        image, mask = (cv2.resize(a, size, interpolation=cv2.INTER_AREA) for a in (image, mask))
    return likely_shadow(image, mask)


def _parts(image: np.ndarray, mask: np.ndarray) -> list[Part]:
    return [
        Part(one.kind, one.polygon, one.settings, one.why, one.measure)
        for one in matte.propose(image, mask)
    ]


def _moved(image: np.ndarray, mask: np.ndarray) -> tuple[float, float, float]:
    found = matte.estimate_motion(image, mask)
    return found.length, found.angle, found.confidence


def _dealt_with(seen: Seen, state: State) -> bool:
    """Whether the person has said already what the finding would ask."""
    shown = [s for s in state.subjects if not s.untouched]
    return seen.measure.code == "several_subjects" and len(shown) > 1


def _finding(seen: Seen, state: State, photo: Photo, subject: str, screens: str) -> Finding:
    measure, advice = seen.measure, ADVICE[seen.measure.code]
    remedy = tuple(edit for one in seen.remedy for edit in _edits(one, state, photo, subject))
    next_time = advice.next_time
    if advice.camera:
        next_time = f"{next_time} {used(photo.info['camera'])}"
    if advice.backdrop and screens:
        next_time = f"{next_time} {screens}"
    return Finding(
        measure.code, seen.severity, seen.box, measure.value, measure.unit, seen.why, remedy,
        advice.modes, advice.now, next_time,
    )  # fmt: skip


def _edits(remedy: Remedy, state: State, photo: Photo, subject: str) -> list[e.Edit]:
    """A remedy as edits; none for what no edit mends, or where there is no subject to mend."""
    values = dict(remedy.values)
    if remedy.kind == "turn":
        turn = (state.segmenter.turn + int(values["degrees"])) % 360
        return [replace(state.segmenter, id=e.new_id(), turn=turn)]
    if not subject:
        return []
    match remedy.kind:
        case "preset":
            return edits_of(Remedy("set", PRESETS[values["name"]].settings), subject)
        case "box":
            return [_box(subject, values["box"], photo)]
        case "shadow":
            return [e.Shadow(subject=subject, mode=values["mode"])]
        case "parts":
            return [_pass(subject, part) for part in values["parts"]]
        case "subjects":
            return _subjects(values["boxes"], state, photo, subject)
        case _:
            return edits_of(remedy, subject)


def _subjects(boxes: Sequence[Any], state: State, photo: Photo, subject: str) -> list[e.Edit]:
    """A subject for each box; the first for the one that is there, where nothing was asked yet."""
    made: list[e.Edit] = []
    taken = {s.name for s in state.subjects}
    for n, box in enumerate(boxes):
        whose = subject
        if n or not state.subject(subject).untouched:
            whose, number = e.new_id(), len(taken) + 1
            while f"subject {number}" in taken:
                number += 1
            taken.add(f"subject {number}")
            made.append(e.AddSubject(subject=whose, name=f"subject {number}"))
        made.append(_box(whose, box, photo))
    return made


def _box(subject: str, box: Sequence[float], photo: Photo) -> e.Edit:
    """A box prompt a little wider than what it is around, within the photo."""
    height, width = photo.shape
    by = 0.02 * max(box[2] - box[0], box[3] - box[1])
    return e.Box(
        subject=subject, x0=max(0.0, box[0] - by), y0=max(0.0, box[1] - by),
        x1=min(float(width), box[2] + by), y1=min(float(height), box[3] + by),
    )  # fmt: skip


def _pass(subject: str, part: Part) -> e.Edit:
    settings = {name: part.settings[name] for name in ("radius", "smart") if name in part.settings}
    if part.kind == "transparent":
        settings["method"] = "transparent"
    return e.Pass(subject=subject, region=part.polygon, kind=part.kind, why=part.why, **settings)
