"""How well lite and grabcut answer boxes and clicks: real cut-outs over real photos, known truth.

The pictures come from Debian's packages (see ``cutouts``). ``WORKBENCH_BENCH_SCENES`` sets how
many scenes (200), ``WORKBENCH_BENCH_SPLIT`` whether "validation" is used instead of "test" (to
choose between methods: the test split is for the last word alone), and
``WORKBENCH_BENCH_METHODS`` which segmenters (lite,grabcut).
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator

from .. import segment
from ..cutouts import SPLITS, material
from ..errors import unknown_name
from ..progress import Progress, report
from . import Measure
from .clicks import Run, click_through, interval
from .scenes import scene

TARGETS = {"box": 0.88, 1: 0.74, 5: 0.88, 10: 0.92}


def measure(progress: Progress | None = None) -> Iterator[Measure]:
    """A box, one to ten clicks, NoC, obedience and times, for each segmenter."""
    count = int(os.environ.get("WORKBENCH_BENCH_SCENES", "200"))
    split = os.environ.get("WORKBENCH_BENCH_SPLIT", "test")
    if split not in SPLITS:
        raise unknown_name("split", split, SPLITS)
    names = os.environ.get("WORKBENCH_BENCH_METHODS", "lite,grabcut").split(",")
    pictures = material(split, progress)
    for name in names:
        if segment.segmenters().get(name, True):
            segmenter = segment.get_segmenter(name)
            runs: list[Run] = []
            for seed in range(count):
                report(progress, seed / count, f"{name}: scene {seed + 1} of {count}")
                made = scene(pictures, split, seed)
                runs.append(click_through(segmenter, made.image, made.truth, made.box))
            yield from summary(name, split, runs)


def summary(name: str, split: str, runs: list[Run]) -> Iterator[Measure]:
    """The table's lines for one segmenter."""
    about = f"{len(runs)} scenes of the {split} split"

    def quality(words: str, values: list[float], target: str, unit: str = "IoU") -> Measure:
        low, high = interval(values)
        beside = f"95 %: {low:.3f} to {high:.3f}, {about}"
        return Measure("lite", f"{name}: {words}", statistics.fmean(values), unit, target, beside)

    yield quality("box", [r.box for r in runs], f"≥ {TARGETS['box']}")
    for k in (1, 3, 5, 10):
        target = f"≥ {TARGETS[k]}" if k in TARGETS else ""
        yield quality(f"{k} click{'s' * (k > 1)}", [r.curve[k - 1] for r in runs], target)
    for aim in (0.85, 0.9):
        counts = [float(r.clicks_to(aim)) for r in runs]
        yield quality(f"clicks to reach {aim:.0%} (NoC)", counts, "", "clicks")
    obeyed = [float(ok) for r in runs for ok in r.obeyed]
    yield quality("answers that obey every click", obeyed, "= 1", "share")
    kept = [
        float(after >= before - 0.01)
        for r in runs
        for before, after in zip(r.curve[:9], r.curve[1:10], strict=True)
    ]
    yield quality("clicks after which the IoU fell by no more than 0.01", kept, "≥ 0.9", "share")
    encode = statistics.median(r.encode for r in runs)
    yield Measure("lite", f"{name}: encode, median", encode, "s", "≤ 0.5")
    boxed = statistics.median(r.boxed for r in runs)
    yield Measure("lite", f"{name}: box, median", 1000 * boxed, "ms", "≤ 500")
    first = statistics.median(r.seconds[0] for r in runs)
    yield Measure("lite", f"{name}: first click, median", 1000 * first, "ms", "≤ 250")
    clicks = statistics.median(s for r in runs for s in r.seconds[:10])
    yield Measure("lite", f"{name}: click, median", 1000 * clicks, "ms", "≤ 250")
