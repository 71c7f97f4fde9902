"""The Segment Anything adapter beside the reference package's SamPredictor."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import numpy as np

from ..progress import Progress, report
from ..prompts import PromptSet
from . import Measure
from .speed import photo


def measure(progress: Progress | None = None) -> Iterator[Measure]:
    """vit_b with random weights: encode and decode. The speed does not depend on the weights."""
    import torch

    from ..segment.sam import SamSegmenter, build

    report(progress, 0.1, "building vit_b")
    torch.manual_seed(0)
    model = build("vit_b")
    segmenter = SamSegmenter("vit_b", model, "vit_b:random:float32", device="cpu")
    from segment_anything import SamPredictor

    image = photo(2)
    predictor = SamPredictor(model)
    ours, theirs, one, other = [], [], [], []
    embedding = segmenter.encode(image)  # memory is claimed and kernels are chosen here
    for n in range(2):
        report(progress, 0.3 + 0.3 * n, "encoding")
        start = time.perf_counter()
        embedding = segmenter.encode(image)
        ours.append(time.perf_counter() - start)
        start = time.perf_counter()
        predictor.set_image(image)
        theirs.append(time.perf_counter() - start)
    for x in np.linspace(200, 1200, 7):
        start = time.perf_counter()
        _ = segmenter.predict(embedding, PromptSet(points=((x, 700),), labels=(1,))).masks[0]
        one.append(time.perf_counter() - start)
        start = time.perf_counter()
        predictor.predict(np.array([[x, 700.0]]), np.array([1]))
        other.append(time.perf_counter() - start)
    for name, mine, reference in (("encode", ours, theirs), ("one click", one, other)):
        a, b = statistics.median(mine), statistics.median(reference)
        yield Measure("sam", f"vit_b {name}, ratio to SamPredictor", a / b, "×", "≤ 1.1",
                      f"{a:.2f} s beside {b:.2f} s")  # fmt: skip
