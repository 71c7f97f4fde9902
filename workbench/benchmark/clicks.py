"""Simulated clicks: the field's protocol (RITM, SegNext, FocSAM), and what a run of them showed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..coordinates import Box, Point
from ..prompts import Hint, PromptSet
from ..segment.base import Segmenter

MOST = 20  # clicks at most, and what NoC says where the aim was never reached


@dataclass
class Run:
    """One scene, clicked through.

    Attributes:
        encode: seconds.
        box: IoU of the answer to the box alone.
        boxed: seconds that the box took.
        curve: IoU after each click.
        seconds: of each click.
        obeyed: after each click, whether every clicked pixel so far is on its side.
    """

    encode: float = 0.0
    box: float = 0.0
    boxed: float = 0.0
    curve: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    obeyed: list[bool] = field(default_factory=list)

    def clicks_to(self, aim: float) -> int:
        """NoC: the first number of clicks with an IoU of ``aim``, else MOST."""
        return next((n for n, value in enumerate(self.curve, 1) if value >= aim), MOST)


def iou(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two bool planes; 1 where both are empty."""
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0


def next_click(pred: np.ndarray, truth: np.ndarray, free: np.ndarray) -> tuple[int, int, int]:
    """(row, column, label) of the click that a person who sees the largest mistake makes.

    Args:
        pred, truth: (H, W) bool.
        free: (H, W) bool, false where there was a click already.

    The larger of the two kinds of mistake is the one with the point that is farthest from its
    edge; of equals, what is wrongly taken. The first such point in reading order is clicked.
    """
    import cv2

    depths = []
    for wrong in (truth & ~pred, pred & ~truth):
        padded = np.pad(wrong, 1).astype(np.uint8)
        depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
        depths.append(depth * free)
    missed, extra = depths
    keep = bool(missed.max() > extra.max())
    row, column = np.unravel_index(int(np.argmax(missed if keep else extra)), truth.shape)
    return int(row), int(column), int(keep)


def click_through(
    segmenter: Segmenter, image: np.ndarray, truth: np.ndarray, box: Box, count: int = 10
) -> Run:
    """A box, and then, apart from it, ``count`` clicks (up to MOST while 0.9 is not reached).

    Each click is answered with all the clicks so far and the last answer's logits as the hint; of
    several candidates the best by its score counts. IoU at the photo's own size.
    """
    run = Run()
    start = time.perf_counter()
    embedding = segmenter.encode(image)
    run.encode = time.perf_counter() - start
    start = time.perf_counter()
    answer = segmenter.predict(embedding, PromptSet(boxes=(box,)))
    run.boxed = time.perf_counter() - start
    run.box = iou(answer.masks[0] >= 0.5, truth)
    # A fresh embedding: what the box made known of the photo would help the clicks.
    embedding = segmenter.encode(image)
    pred = np.zeros_like(truth)
    free = np.ones_like(truth)
    points: list[Point] = []
    labels: list[int] = []
    hint: Hint | None = None
    while len(points) < count or (len(points) < MOST and run.clicks_to(0.9) == MOST):
        row, column, label = next_click(pred, truth, free)
        free[row, column] = False
        points.append((column + 0.5, row + 0.5))
        labels.append(label)
        start = time.perf_counter()
        answer = segmenter.predict(embedding, PromptSet(tuple(points), tuple(labels), (), hint))
        run.seconds.append(time.perf_counter() - start)
        hint = Hint(answer.logits[0], answer.frame)
        pred = answer.masks[0] >= 0.5
        run.curve.append(iou(pred, truth))
        run.obeyed.append(
            all(
                bool(pred[int(y), int(x)]) == bool(v)
                for (x, y), v in zip(points, labels, strict=True)
            )
        )
    return run


def interval(values: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """The 95 % bootstrap interval of a mean."""
    rng = np.random.default_rng(seed)
    array = np.asarray(values, float)
    means = array[rng.integers(0, len(array), (2000, len(array)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
