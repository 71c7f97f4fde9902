"""Segment Anything here beside the reference package's SamPredictor, in one run."""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..progress import Progress, report
from ..prompts import PromptSet
from . import Measure
from .speed import photo

_PAIRS = 3
_CLICKS = 7
_Time = tuple[float, float]
"""Seconds that something took, and of the processor, all threads together."""

_LIMITS = {"float32": 1e-4, "bfloat16": 0.02}


def measure(progress: Progress | None = None, kind: str = "vit_b") -> Iterator[Measure]:
    """A model of a kind, with random weights, in each precision: speed, error, one click.

    The speed does not depend on the weights. The error would be none at all if positions and biases
    were left as a new model has them, which is at zero: they are noise here. Each round runs all of
    them once, in turn, so that what else the machine does falls on all alike; medians are compared.
    Beside each time stands the processor's time of all threads, which hardly depends on what else
    it does.
    """
    import torch

    from ..nets.device import native_bfloat16
    from ..segment.checkpoint import import_segment_anything
    from ..segment.sam import SamSegmenter, build

    report(progress, 0.05, f"building {kind}")
    torch.manual_seed(0)
    model = build(kind)
    with torch.no_grad():
        for parameter in model.parameters():
            if float(parameter.abs().max()) == 0:
                parameter.normal_(0, 0.1)
    image = photo(2)
    predictor = import_segment_anything().SamPredictor(model)
    ours = {  # in bfloat16 a model's own weights are rounded: a copy, or the reference would be too
        "float32": SamSegmenter(kind, model, f"{kind}:random:float32", device="cpu"),
        "bfloat16": SamSegmenter(
            kind, copy.deepcopy(model), f"{kind}:random:bfloat16", device="cpu"
        ),
    }
    seconds: dict[str, list[_Time]] = {"stock": [], **{name: [] for name in ours}}
    embeddings: dict[str, Any] = {}
    for n in range(_PAIRS):
        report(progress, 0.1 + 0.7 * n / _PAIRS, "encoding")
        for name, segmenter in ours.items():
            embeddings[name] = _timed(seconds[name], segmenter.encode, image)
        _timed(seconds["stock"], predictor.set_image, image)

    report(progress, 0.85, "clicking")
    clicks: dict[str, list[_Time]] = {"stock": [], **{name: [] for name in ours}}
    errors: dict[str, list[float]] = {name: [] for name in ours}
    # The reference puts half a pixel of the model's grid on top of a point.
    half = 0.5 * image.shape[0] / 1024
    for x in np.linspace(200, 1200, _CLICKS):
        at, both = (x, 700.0), ((x, 700.0), (20.0, 30.0))
        spot, keep = np.array([at]) - half, np.array([1])
        _timed(clicks["stock"], predictor.predict, spot, keep)
        # Two points have one candidate: with random weights the order of three is a toss.
        spots = np.array(both) - half
        logits = predictor.predict(spots, np.array([1, 0]), multimask_output=False)[2]
        for name, segmenter in ours.items():
            made, one = embeddings[name], PromptSet((at,), (1,))
            _timed(clicks[name], segmenter.predict, made, one)
            errors[name].append(
                _error(segmenter.predict(made, PromptSet(both, (1, 0))).logits, logits)
            )

    for name in ours:
        (wall, busy), (stock, stock_busy) = _median(seconds[name]), _median(seconds["stock"])
        native = name == "float32" or native_bfloat16("cpu")
        target = "≥ 1.5" if name == "float32" else "≥ 6" if native else ""
        beside = (
            f"{wall:.2f} s beside {stock:.2f} s of SamPredictor; processor time {busy:.2f} s "
            f"beside {stock_busy:.2f} s"
        )
        yield Measure("sam", f"{kind} encode, {name}: times as fast as SamPredictor", stock / wall,
                      "×", target, beside + ("" if native else "; no bfloat16 in this processor"),
                      )  # fmt: skip
        wrong = _error(embeddings[name].data.tensors[0].numpy(), predictor.features.numpy())
        limit = f"≤ {_LIMITS[name]:g}"
        yield Measure("sam", f"{kind} embedding, {name}: relative error", wrong, "", limit)
        yield Measure("sam", f"{kind} logits, {name}: relative error, worst of several clicks",
                      max(errors[name]), "", limit)  # fmt: skip
        (wall, busy), (stock, stock_busy) = _median(clicks[name]), _median(clicks["stock"])
        yield Measure("sam", f"{kind} one click, {name}", 1000 * wall,
                      "ms", "≤ 60", f"{1000 * stock:.0f} ms of SamPredictor, with its full-size "
                      f"masks; processor time {1000 * busy:.0f} ms beside "
                      f"{1000 * stock_busy:.0f} ms")  # fmt: skip


def _timed(into: list[_Time], work: Callable[..., Any], *given: Any) -> Any:
    start, busy = time.perf_counter(), time.process_time()
    done = work(*given)
    into.append((time.perf_counter() - start, time.process_time() - busy))
    return done


def _median(times: list[_Time]) -> _Time:
    wall, busy = zip(*times, strict=True)
    return statistics.median(wall), statistics.median(busy)


def _error(ours: np.ndarray, reference: np.ndarray) -> float:
    """The norm of the difference over the norm of the reference."""
    return float(np.linalg.norm(ours - reference) / np.linalg.norm(reference))
