"""Clicks as a person would make them, who knows the truth and sees the mask."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.prompts import PromptSet

FIRST, ANYWHERE = 0.75, 0.9  # of samples: a click in the middle, somewhere within, the rest none
CORRECTED = 0.3  # of samples: one or two more where the mask is wrong
MINDFUL = 0.8  # of those: at the larger of both errors
DEEP = 3.0  # pixels to the rim of a fault that is clicked at


def simulated(mask: np.ndarray, truth: np.ndarray, rng: np.random.Generator) -> PromptSet:
    """Up to three clicks.

    Args:
        mask: (h, w) float32 in [0, 1], what is believed so far. truth: the same, what is right.
    """
    points: list[tuple[float, float]] = []
    labels: list[int] = []
    solid = truth > 0.5 * truth.max()
    depth, chance = _depth(solid), rng.random()
    if chance < FIRST:
        y, x = np.unravel_index(int(depth.argmax()), depth.shape)
        points.append((float(x) + 0.5, float(y) + 0.5))
    elif chance < ANYWHERE:
        points.append(_within(depth, 0.3, rng))
    labels += [1] * len(points)
    for _ in range(int(rng.integers(1, 3)) if rng.random() < CORRECTED else 0):
        missed, extra = (mask < 0.5) & solid, (mask >= 0.5) & (truth < 0.1)
        larger = missed.sum() > extra.sum() if rng.random() < MINDFUL else rng.random() < 0.5
        depth = _depth(missed if larger else extra)
        if depth.max() >= DEEP:
            points.append(_within(depth, 0.6, rng))
            labels.append(int(larger))
    return PromptSet(points=tuple(points), labels=tuple(labels))


def _depth(thing: np.ndarray) -> np.ndarray:
    """(h, w) float32: pixels to the rim, which the edge of the picture is too."""
    solid = np.pad(thing.astype(np.uint8), 1)
    return np.asarray(cv2.distanceTransform(solid, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1])


def _within(depth: np.ndarray, share: float, rng: np.random.Generator) -> tuple[float, float]:
    """A point (x, y) where it is at least so deep, of the deepest."""
    rows, columns = np.nonzero(depth >= share * depth.max())
    n = int(rng.integers(len(rows)))
    return float(columns[n]) + 0.5, float(rows[n]) + 0.5
