"""Time to the first mask, time per click, and what the session adds to the model's own time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import cv2
import numpy as np

from .. import segment
from ..opening import open as open_photo
from ..progress import Progress, report
from . import Measure

_CLICKS = ((250, 120), (230, 330), (330, 420), (120, 380), (400, 60))
_KEEP = (True, True, True, True, False)
_BEYOND = {2: 100, 24: 200}
"""Milliseconds that a click may take beyond the model's own time, by the photo's megapixels."""


def photo(megapixels: float) -> np.ndarray:
    """scikit-image's astronaut enlarged to about so many megapixels, (H, W, 3) uint8."""
    from skimage import data

    side = round((megapixels * 1e6) ** 0.5)
    return cv2.resize(data.astronaut(), (side, side), interpolation=cv2.INTER_CUBIC)


def measure(progress: Progress | None = None) -> Iterator[Measure]:
    """For each segmenter that is ready, on a photo of 2 MP and one of 24 MP."""
    for name, state in segment.segmenters().items():
        if not state:
            continue
        segment.get_segmenter(name)  # loading the weights is once a day, not once a photo
        _touch_memory()
        for megapixels in _BEYOND:
            report(progress, 0.1, f"speed of {name} at {megapixels} MP")
            yield from _measured(name, megapixels)


def _measured(name: str, megapixels: int) -> Iterator[Measure]:
    image = photo(megapixels)
    scale = image.shape[0] / 512
    start = time.perf_counter()
    session = open_photo(image, name, journal=False)
    subject = session.subject()
    subject.box(15 * scale, 5 * scale, 460 * scale, 511 * scale)
    _ = subject.mask
    first = time.perf_counter() - start
    at = f"{megapixels} MP"
    yield Measure("speed", f"{name}: photo opened to first mask, {at}", first, "s")
    total, model = [], []
    for (x, y), keep in zip(_CLICKS, _KEEP, strict=True):
        start = time.perf_counter()
        subject.click(x * scale, y * scale, keep=keep)
        _ = subject.prediction
        model.append(1000 * (time.perf_counter() - start))
        _ = subject.mask
        total.append(1000 * (time.perf_counter() - start))
    beyond = statistics.median(a - b for a, b in zip(total, model, strict=True))
    yield Measure(
        "speed",
        f"{name}: click to full-size mask beyond the model's own time, {at}, median of "
        f"{len(total)}",
        beyond,
        "ms",
        f"≤ {_BEYOND[megapixels]} ms",
        f"click {statistics.median(total):.0f} ms, the model alone "
        f"{statistics.median(model):.0f} ms",
    )


def _touch_memory() -> None:
    """Have the memory for the planes that a session keeps, and let go of it again.

    A virtual machine takes some 10 µs for each page that it was never asked for before: a quarter
    of a second for a plane of 24 MP, which says nothing of the work.
    """
    np.ones(1_500_000_000 // 4, np.float32)
