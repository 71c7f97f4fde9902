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


def photo(megapixels: float) -> np.ndarray:
    """scikit-image's astronaut enlarged to about so many megapixels, (H, W, 3) uint8."""
    from skimage import data

    side = round((megapixels * 1e6) ** 0.5)
    return cv2.resize(data.astronaut(), (side, side), interpolation=cv2.INTER_CUBIC)


def measure(progress: Progress | None = None) -> Iterator[Measure]:
    """For each segmenter that is ready, on a photo of 2 MP."""
    image = photo(2)
    scale = image.shape[0] / 512
    for name, state in segment.segmenters().items():
        if not state:
            continue
        report(progress, 0.1, f"speed of {name}")
        segment.get_segmenter(name)  # loading the weights is once a day, not once a photo
        start = time.perf_counter()
        session = open_photo(image, name, journal=False)
        subject = session.subject()
        subject.box(15 * scale, 5 * scale, 460 * scale, 511 * scale)
        _ = subject.mask
        first = time.perf_counter() - start
        yield Measure("speed", f"{name}: photo opened to first mask, 2 MP", first, "s")
        total, model = [], []
        for (x, y), keep in zip(_CLICKS, _KEEP, strict=True):
            start = time.perf_counter()
            subject.click(x * scale, y * scale, keep=keep)
            _ = subject.prediction
            model.append(time.perf_counter() - start)
            _ = subject.mask
            total.append(time.perf_counter() - start)
        yield Measure(
            "speed",
            f"{name}: click to full-size mask, 2 MP, median of {len(total)}",
            1000 * statistics.median(total),
            "ms",
            "≤ 100 ms beyond the model" if name != "grabcut" else "",
            f"the model alone {1000 * statistics.median(model):.0f} ms",
        )
