"""What the checks of a matte find: defects planted in good mattes, and nothing in those without.

A second table asks of the mattes that ``grabcut`` and ``u2netp`` make of the same photos.

``WORKBENCH_BENCH_SCENES`` sets how many good mattes (60; half as many for the second table);
``WORKBENCH_BENCH_SPLIT`` which split ("test"; thresholds were chosen on "train" and "validation");
``WORKBENCH_BENCH_CHECKS`` which checks' defects are planted, with commas between (all; with some
alone, the first table's rows for these are all there is).
"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..coordinates import Box
from ..cutouts import SPLITS, material
from ..errors import unknown_name
from ..progress import Progress, report
from ..quality import metrics
from ..quality.checks import CHEAP, Observation, Sight, look
from ..quality.checks.places import SAYS_MORE
from . import Measure
from .goodmattes import good
from .mending import mended
from .natural import natural
from .planting import PLANTERS, STRENGTHS, clean
from .staging import STAGED

PLANTS = {**PLANTERS, **STAGED}
"""What plants the defect that a check should see, by the check's code."""

_TARGET = 0.9
_SCREEN = 1600  # pixels, the longer side of the picture that is timed


@dataclass
class Tally:
    """What came of one check, by strength where there are three.

    ``unfounded`` counts findings in the right matte of a photo that was changed to plant something.
    """

    planted: list[int] = field(default_factory=lambda: [0, 0, 0])
    seen: list[int] = field(default_factory=lambda: [0, 0, 0])
    unfounded: list[int] = field(default_factory=lambda: [0, 0, 0])
    elsewhere: list[int] = field(default_factory=lambda: [0, 0, 0])
    lowered: list[bool] = field(default_factory=list)
    no_worse: list[bool] = field(default_factory=list)


def measure(progress: Progress | None = None) -> Iterator[Measure]:
    """Precision and recall of each check, false findings, remedies, and times."""
    count = int(os.environ.get("WORKBENCH_BENCH_SCENES", "60"))
    split = os.environ.get("WORKBENCH_BENCH_SPLIT", "test")
    if split not in SPLITS:
        raise unknown_name("split", split, SPLITS)
    pictures = material(split, progress)
    said = os.environ.get("WORKBENCH_BENCH_CHECKS", "")
    chosen = said.split(",") if said else list(PLANTS)
    for code in chosen:
        if code not in PLANTS:
            raise unknown_name("check", code, PLANTS)
    tallies = {code: Tally() for code in chosen}
    false: Counter[str] = Counter()
    for seed in range(count):
        report(progress, seed / count, f"matte {seed + 1} of {count}")
        one = good(pictures, split, seed)
        false.update({o.code: 1 for o in look(clean(one))})
        for n, code in enumerate(PLANTS):
            if code not in tallies:
                continue
            for strength in range(3):
                _try(tallies[code], code, one, strength, [seed, n, strength])
    yield from _summary(tallies, false, count, f"{count} mattes of the {split} split")
    if said:
        return
    yield from _timed(good(pictures, split, 0))
    yield from natural([good(pictures, split, n) for n in range(max(1, count // 2))], progress)


def _try(tally: Tally, code: str, one, strength: int, seed: list[int]) -> None:  # type: ignore[no-untyped-def]
    planted = PLANTS[code](one, strength, np.random.default_rng(seed))
    if planted is None:
        return
    found = _said(code, planted.sight)
    hits = [o for o in found if overlap(o.box, planted.box)]
    tally.planted[strength] += 1
    tally.seen[strength] += bool(hits)
    tally.elsewhere[strength] += len(hits) < len(found)
    if planted.clean is not None and code in STAGED:
        tally.unfounded[strength] += bool(_said(code, planted.clean))
    if strength == 1 and hits:
        after = mended(planted.sight, hits)
        if after is not None:
            left = [o for o in _said(code, after) if overlap(o.box, planted.box)]
            tally.lowered.append(_worst(left) < _worst(hits))
            before = metrics.sad(planted.sight.plane, planted.truth)
            tally.no_worse.append(metrics.sad(after.plane, planted.truth) <= before + 1e-6)


def _said(code: str, sight: Sight) -> list[Observation]:
    """What a check says where the others that may say more of a place are asked as well."""
    return [o for o in look(sight, (code, *SAYS_MORE.get(code, ()))) if o.code == code]


def _worst(seen: Sequence[Observation]) -> float:
    return max((o.severity for o in seen), default=0.0)


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share any area."""
    return (
        min(one[2], other[2]) > max(one[0], other[0])
        and min(one[3], other[3]) > max(one[1], other[1])
    )  # fmt: skip


def _summary(
    tallies: dict[str, Tally], false: Counter[str], count: int, about: str
) -> Iterator[Measure]:
    for code, t in tallies.items():
        for n, word in enumerate(STRENGTHS):
            if not t.planted[n]:
                continue
            target = f"≥ {_TARGET}" if n == 1 else ""
            # As many good mattes as planted ones: the false findings are scaled to that.
            wrong = t.elsewhere[n] + (
                t.unfounded[n] if code in STAGED else false[code] * t.planted[n] / count
            )
            yield Measure("checks", f"{code}, {word}: recall", t.seen[n] / t.planted[n], "", target,
                          f"{t.planted[n]} planted")  # fmt: skip
            if t.seen[n]:
                yield Measure("checks", f"{code}, {word}: precision",
                              t.seen[n] / (t.seen[n] + wrong), "", target,
                              f"in {false[code]} of {count} good mattes")  # fmt: skip
        if t.lowered:
            works = [a and b for a, b in zip(t.lowered, t.no_worse, strict=True)]
            yield Measure(
                "checks", f"{code}, medium: remedy works", statistics.fmean(works), "",
                f"≥ {_TARGET}", f"lowers the measure {statistics.fmean(t.lowered):.2f}, SAD no "
                f"worse {statistics.fmean(t.no_worse):.2f}, of {len(works)}",
            )  # fmt: skip
    yield Measure("checks", "false findings per good matte", sum(false.values()) / count, "",
                  "≤ 1", about)  # fmt: skip


def _timed(one) -> Iterator[Measure]:  # type: ignore[no-untyped-def]
    import cv2

    scale = _SCREEN / max(one.alpha.shape)
    size = round(one.alpha.shape[1] * scale), round(one.alpha.shape[0] * scale)
    image, alpha = cv2.resize(one.image, size), cv2.resize(one.alpha, size)
    spent = []
    for _ in range(7):
        start = time.process_time(), time.perf_counter()
        look(Sight(image, alpha), CHEAP)
        spent.append((time.process_time() - start[0], time.perf_counter() - start[1]))
    clock = 1000 * statistics.median(s[1] for s in spent)
    busy = 1000 * statistics.median(s[0] for s in spent)
    yield Measure("checks", f"the cheap checks together, {alpha.size / 1e6:.1f} MP", clock, "ms",
                  "≤ 150", f"of the processor {busy:.0f} ms")  # fmt: skip
