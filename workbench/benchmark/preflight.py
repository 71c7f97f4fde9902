"""What the look at a photo before the work finds: faults planted in clean photos, and in none.

``WORKBENCH_BENCH_SCENES`` sets how many clean photos (40); ``WORKBENCH_BENCH_SPLIT`` which split
("test"; limits were chosen on "validation"). ``low_resolution`` counts pixels, and has no part.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np

from ..cutouts import SPLITS, material
from ..errors import unknown_name
from ..io import load_photo
from ..preflighting import shot_of
from ..progress import Progress, report
from ..quality.preflight import MEASURES, Shot
from . import Measure
from .studio import FAULTS, STRENGTHS, outdoors, studio

_TARGET = 0.9
_CODES = (*FAULTS, "upside_down")
_NEEDS_SUBJECT = ("defocus", "motion_blur", "clipped_exposure", "low_contrast", "busy_background",
                  "cut_by_frame", "tight_framing", "several_subjects", "shadow", "transparency",
                  "fine_detail")  # fmt: skip
_WAYS = ("with a mask", "photo alone")


@dataclass
class Tally:
    """What came of one measure: seen and planted by strength."""

    planted: list[int] = field(default_factory=lambda: [0, 0, 0])
    seen: list[int] = field(default_factory=lambda: [0, 0, 0])


def measure(progress: Progress | None = None) -> Iterator[Measure]:
    """Precision and recall of each measure, false findings per clean photo, and the time."""
    count = int(os.environ.get("WORKBENCH_BENCH_SCENES", "40"))
    split = os.environ.get("WORKBENCH_BENCH_SPLIT", "test")
    if split not in SPLITS:
        raise unknown_name("split", split, SPLITS)
    pictures = material(split, progress)
    tallies = {way: {code: Tally() for code in _CODES} for way in _WAYS}
    false: dict[str, Counter[str]] = {way: Counter() for way in _WAYS}
    upright = 0
    for seed in range(count):
        report(progress, seed / count, f"photo {seed + 1} of {count}")
        clean = studio(pictures, split, seed)
        for way in _WAYS:
            shot = _shot(clean.image, clean.mask if way == _WAYS[0] else None)
            false[way].update({code: 1 for code in FAULTS if _found(code, shot)})
        for n, (code, plant) in enumerate(FAULTS.items()):
            for strength in range(3):
                rng = np.random.default_rng([seed, n, strength])
                faulty = plant(clean, strength, rng)
                if faulty is None:
                    continue
                # By the photo alone at medium strength, where having no mask makes a difference.
                ways = _WAYS if strength == 1 and code in _NEEDS_SUBJECT else _WAYS[:1]
                for way in ways:
                    shot = _shot(faulty.image, faulty.mask if way == _WAYS[0] else None)
                    tallies[way][code].planted[strength] += 1
                    tallies[way][code].seen[strength] += _found(code, shot)
        photo, tally = outdoors(pictures, split, seed), tallies[_WAYS[0]]["upside_down"]
        upright += _found("upside_down", Shot(photo))
        tally.planted[1] += 1
        tally.seen[1] += _found("upside_down", Shot(np.ascontiguousarray(photo[::-1, ::-1])))
    false[_WAYS[0]]["upside_down"] = upright
    yield from _summary(tallies, false, count, split)
    yield from _timed(pictures, split)


def _shot(image: np.ndarray, mask: np.ndarray | None) -> Shot:
    return shot_of(load_photo(image), mask)


def _found(code: str, shot: Shot) -> bool:
    return any(one.severity > 0 for one in MEASURES[code](shot))


def _summary(
    tallies: dict[str, dict[str, Tally]], false: dict[str, Counter[str]], count: int, split: str
) -> Iterator[Measure]:
    for way in _WAYS:
        for code, t in tallies[way].items():
            for n, word in enumerate(STRENGTHS):
                if not t.planted[n]:
                    continue
                name, target = f"{code}, {word}, {way}", f"≥ {_TARGET}" if n == 1 else ""
                yield Measure("preflight", f"{name}: recall", t.seen[n] / t.planted[n], "", target,
                              f"{t.planted[n]} planted")  # fmt: skip
                # As many clean photos as faulty ones: the false findings are scaled to that.
                wrong = false[way][code] * t.planted[n] / count
                if t.seen[n]:
                    yield Measure("preflight", f"{name}: precision",
                                  t.seen[n] / (t.seen[n] + wrong), "", target,
                                  f"in {false[way][code]} of {count} clean photos")  # fmt: skip
        wrong = sum(false[way][code] for code in FAULTS)
        yield Measure("preflight", f"false findings per clean photo, {way}", wrong / count, "",
                      "≤ 1", f"{count} photos of {split}, {len(FAULTS)} measures")  # fmt: skip


def _timed(pictures, split: str) -> Iterator[Measure]:  # type: ignore[no-untyped-def]
    clean = studio(pictures, split, 0)
    image = cv2.resize(clean.image, (6000, 4000), interpolation=cv2.INTER_CUBIC)
    mask = cv2.resize(clean.mask, (6000, 4000), interpolation=cv2.INTER_LINEAR)
    photo = load_photo(image)
    for way, asked in zip(_WAYS, (mask, None), strict=True):
        spent = []
        for _ in range(3):
            start, shot = time.process_time(), shot_of(photo, asked)
            for one in MEASURES.values():
                one(shot)
            spent.append(time.process_time() - start)
        yield Measure("preflight", f"all measures, 24 MP, {way}", statistics.median(spent), "s",
                      "≤ 2", "of the processor, all threads")  # fmt: skip
