"""What models without a prompt find by themselves: real cut-outs over real photos, known truth.

Every model whose weights are here is asked, with the whole photo and nothing said. The pictures
come from Debian's packages (see ``cutouts``); half of the cut-outs have drawn strands.
``WORKBENCH_BENCH_SCENES`` sets how many (44), ``WORKBENCH_BENCH_SPLIT`` whether "validation" is
used instead of "test" (to choose between models), ``WORKBENCH_BENCH_METHODS`` which models.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .. import segment
from ..cutouts import SPLITS, material
from ..errors import unknown_name
from ..progress import Progress, report
from ..quality.metrics import sad
from . import Measure
from .clicks import interval
from .goodmattes import Good, good

FOUND = 0.85
"""IoU from which on the subject counts as found."""


@dataclass(frozen=True)
class Found:
    """One answer: IoU and SAD (thousands, over the photo) with the truth, processor seconds."""

    iou: float
    sad: float
    seconds: float


def measure(progress: Progress | None = None) -> Iterator[Measure]:
    """IoU, SAD and processor time of each model that is ready."""
    count = int(os.environ.get("WORKBENCH_BENCH_SCENES", "44"))
    split = os.environ.get("WORKBENCH_BENCH_SPLIT", "test")
    if split not in SPLITS:
        raise unknown_name("split", split, SPLITS)
    ready = [name for name, state in segment.automatic_models(non_commercial=True).items() if state]
    names = os.environ.get("WORKBENCH_BENCH_METHODS", ",".join(ready)).split(",")
    pictures = material(split, progress)
    for name in filter(None, names):
        answers = []
        for seed in range(count):
            report(progress, seed / count, f"{name}: photo {seed + 1} of {count}")
            answers.append(asked(name, good(pictures, split, seed)))
        yield from summary(name, f"{count} photos of the {split} split", answers)


def asked(name: str, photo: Good) -> Found:
    """What a model finds in one photo."""
    segment.automatic_identity(name, non_commercial=True)  # hashed before the clock starts
    begun = time.process_time()
    mask = np.asarray(segment.automatic(name, photo.image).masks[0], np.float32)
    seconds = time.process_time() - begun
    found, truth = mask >= 0.5, photo.alpha >= 0.5
    either = (found | truth).sum()
    return Found(float((found & truth).sum() / max(either, 1)), sad(mask, photo.alpha), seconds)


def summary(name: str, about: str, answers: list[Found]) -> Iterator[Measure]:
    """The table's lines for one model."""
    ious, sads = [one.iou for one in answers], [one.sad for one in answers]
    low, high = interval(ious)
    beside = f"95 %: {low:.3f} to {high:.3f}, {about}"
    yield Measure("automatic", f"{name}: mean", statistics.fmean(ious), "IoU", "", beside)
    yield Measure("automatic", f"{name}: median", statistics.median(ious), "IoU", "", about)
    share = sum(iou >= FOUND for iou in ious)
    yield Measure("automatic", f"{name}: at least {FOUND}", share, f"of {len(ious)}", "", about)
    yield Measure("automatic", f"{name}: mean", statistics.fmean(sads), "SAD/1000", "", about)
    yield Measure("automatic", f"{name}: median", statistics.median(sads), "SAD/1000", "", about)
    seconds = statistics.median(one.seconds for one in answers)
    yield Measure("automatic", f"{name}: processor time, median", seconds, "s", "", about)
