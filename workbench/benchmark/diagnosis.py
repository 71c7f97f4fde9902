"""What ``session.diagnose`` says of known failures, and what its remedies are worth.

The default result that is diagnosed, frozen: segmenter "lite"; each subject of the case with its
own box and then its own click, as ``case.prompts`` has them; every setting as sessions began with
when it was frozen (a smart band of 10 px, closed form); cases of 480 pixels. Sessions begin with
"refined" by now: what remedies are worth is told beside that as well.

Cases are of seeds and, for six modes, of cut-outs and photos that the making never saw (the split
"test"); "hair" and "transparent" are drawn, for want of cut-outs with such truth, from other seeds.
``WORKBENCH_BENCH_SCENES`` sets how many cases a mode (12), ``WORKBENCH_BENCH_SPLIT`` which split.
"""

from __future__ import annotations

import os
import statistics
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..cutouts import SPLITS, material
from ..errors import unknown_name
from ..failures import MODES, case
from ..failures.case import Case
from ..opening import open as open_photo
from ..progress import Progress, report
from ..quality.diagnosis import NOTHING
from ..remedies import remedy_of
from ..session import Session
from ..settings import REFINED
from . import Measure

SEVERITY = 0.6
SIZE = 480
DRAWN = frozenset({"hair", "transparent"})
FINE = 3
"""A case in so many of each mode is made at severity 0 too, for "nothing wrong"."""

SOUND = 0.05
"""SAD by the subject's opacity up to which the default result of severity 0 counts as right. Where
it is further off, as with most glass, there is no saying that nothing is wrong: no such case."""

FROZEN = "closed_form"
"""The method of the default result."""

_FIRST = {"train": 0, "validation": 0, "test": 3000}


def known(mode: str, severity: float, seed: int, split: str) -> Case:
    """A case of the benchmark; of the test split real ones, where there are any of the mode."""
    real = split == "test" and mode not in DRAWN
    return case(mode, severity, seed, size=SIZE, split=split, material="real" if real else "mixed")


def default(of: Case) -> Session:
    """The default result of a case: see the head of this file."""
    session = open_photo(of.image, "lite", name=of.mode, journal=False)
    for n, asked in enumerate(of.prompts):
        subject = session.subject() if n == 0 else session.add_subject(f"subject {n + 1}")
        subject.box(*asked.boxes[0])
        subject.click(*asked.points[0])
        subject.matte(FROZEN)
    return session


def measure(progress: Progress | None = None) -> Iterator[Measure]:
    """Top-1 and top-2 accuracy, what was answered instead, and what each remedy is worth."""
    count = int(os.environ.get("WORKBENCH_BENCH_SCENES", "12"))
    split = os.environ.get("WORKBENCH_BENCH_SPLIT", "test")
    if split not in SPLITS:
        raise unknown_name("split", split, SPLITS)
    material(split, progress)
    first, found = _FIRST[split], []
    for n in range(count):
        for at, mode in enumerate(MODES):
            report(progress, (n * len(MODES) + at) / (count * len(MODES)), f"{mode}, case {n + 1}")
            found.append(diagnosed(known(mode, SEVERITY, first + n, split)))
            if n % FINE == 0:
                fine = diagnosed(known(mode, 0.0, first + 100 + n, split))
                found += [fine] if fine["off"] <= SOUND else []
    yield from summary(found, split)


def diagnosed(of: Case) -> dict[str, Any]:
    """What is said of one case: truth, answers in order, how far off the default result is.

    And of a failure how far off it is after its mode's own remedy, named or not, and by how many
    edits.
    """
    session = default(of)
    report_ = session.diagnose()
    before = off(session, of)
    made = {
        "truth": of.mode if of.severity > 0 else NOTHING,
        "mode": of.mode, "seed": of.seed, "severity": of.severity,
        "answers": [one.code for one in report_.measures],
        "likely": [one.value for one in report_.measures],
        "off": before,
    }  # fmt: skip
    if of.severity > 0:
        for subject in session.subjects:
            subject.matte(REFINED)
        now = off(session, of)
        for _ in session.subjects:
            session.undo()
        edits = session.render(lambda r: remedy_of(of.mode, r))
        session.do_together(edits)
        after = off(session, of)
        made |= {"edits": len(edits), "ratio": after / max(before, 1e-6),
                 "off_now": now, "ratio_now": after / max(now, 1e-6)}  # fmt: skip
    session.close()
    return made


def off(session: Session, of: Case) -> float:
    """SAD of a session's matte by the opacity of the truth, both summed."""
    return float(np.abs(session.alpha() - of.alpha).sum() / of.alpha.sum())


def summary(found: list[dict[str, Any]], split: str) -> Iterator[Measure]:
    """The table: accuracies, and by truth what was said first and how often it was among two."""

    def share(cases: list[dict[str, Any]], among: int) -> float:
        return statistics.fmean(one["truth"] in one["answers"][:among] for one in cases)

    about = f"{len(found)} cases of {split}, severity {SEVERITY:g} and 0"
    yield Measure("diagnosis", "top-2 accuracy", share(found, 2), "", "≥ 0.9", about, tuple(found))
    yield Measure("diagnosis", "top-1 accuracy", share(found, 1), "", "", about)
    for truth in (*MODES, NOTHING):
        cases = [one for one in found if one["truth"] == truth]
        if cases:
            said = Counter(one["answers"][0] for one in cases).most_common()
            words = ", ".join(f"{name} {number}" for name, number in said)
            yield Measure("diagnosis", f"{truth}: top-2", share(cases, 2), "", "",
                          f"said first of {len(cases)}: {words}")  # fmt: skip
    for mode in MODES:
        mended = [one for one in found if one["truth"] == mode]
        if mended:
            most = max(one["edits"] for one in mended)
            ratio = statistics.median(one["ratio"] for one in mended)
            now = statistics.median(one["ratio_now"] for one in mended)
            beside = f"at most {most} edits; {now:.2f} of what a session begins with now"
            yield Measure("diagnosis", f"{mode}: SAD after its remedy, median", ratio,
                          "of the default's", "≤ 0.5", beside)  # fmt: skip
