"""What the checks say of a subject's matte, as findings whose remedies are edits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from . import edits as e
from .quality.checks import Observation, Remedy, Sight, look
from .quality.finding import Finding
from .render import SubjectRender
from .report.thumbnails import thumbnail


def findings_of(subject: SubjectRender, codes: Sequence[str] | None = None) -> list[Finding]:
    """All that the checks see in one matte, the worst first.

    Args:
        subject: rendered; its matte, colours and mask are made where a check wants them.
        codes: which checks, out of ``workbench.quality.checks.CHECKS``; None for all.

    Raises:
        UnknownNameError: there is no such check.
    """
    state, bench = subject.subject, subject.bench
    points = [
        point
        for step in state.layers
        for point, label in zip(step.points, step.labels, strict=True)
        if label == 1
    ]
    sight = Sight(
        bench.image,
        subject.matte,
        make_colours=lambda: subject.foreground,
        make_mask=(lambda: subject.mask) if state.layers else None,
        kept=tuple(points),
        settings=asdict(state.settings),
        notes=subject.notes,
        converged=subject.base.converged,
    )
    return [_finding(one, state.id) for one in look(sight, codes)]


def pictured_findings(
    subject: SubjectRender, codes: Sequence[str] | None = None
) -> list[tuple[Finding, np.ndarray]]:
    """As ``findings_of``, each with a picture of its place, as ``report.thumbnails`` gives it.

    The cut-out is shown in its own colours where a check wanted them anyway.
    """
    found = findings_of(subject, codes)
    if not found:
        return []
    image, colours = subject.bench.image, None
    if codes is None or "fringe" in codes:
        colours = subject.foreground
    return [(one, thumbnail(image, one.box, subject.matte, colours)) for one in found]


def _finding(seen: Observation, subject: str) -> Finding:
    remedy = tuple(edit for one in seen.remedy for edit in edits_of(one, subject))
    return Finding(seen.code, seen.severity, seen.box, seen.measure, seen.unit, seen.why, remedy)


def edits_of(remedy: Remedy, subject: str) -> list[e.Edit]:
    """A remedy as edits of a subject, by its id; none for what no edit mends."""
    values = dict(remedy.values)
    match remedy.kind:
        case "set":
            parts: dict[type[e.Setting], dict[str, object]] = {}
            for name, value in values.items():
                parts.setdefault(e.setting_edit(name), {})[name] = value
            return [kind(subject=subject, **of) for kind, of in parts.items()]  # type: ignore[arg-type]
        case "paint":
            return [e.Paint(subject=subject, **values)]
        case "refine":
            return [e.RefineEdge(subject=subject, **values)]
        case "rerun":
            return [e.Rerun(subject=subject)]
        case _:
            return []
