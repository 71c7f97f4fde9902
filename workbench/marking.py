"""What people asked, painted and marked, as planes that a matte is made from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from . import matte, paint
from .arrays import check_trimap, frozen
from .bench import Bench
from .edits import LoadTrimap, RefineEdge, Trimap
from .progress import Progress
from .state import SubjectState

NO_BLOBS: Mapping[str, np.ndarray] = MappingProxyType({})

Window = tuple[slice, slice]
"""Rows and columns of the photo."""


class Ground(Protocol):
    """What a matte is made from: a subject's corrected mask, and what was painted and marked."""

    bench: Bench
    progress: Progress | None
    subject: SubjectState
    keys: dict[str, str]

    @property
    def corrected(self) -> np.ndarray:
        """(H, W) float32: the mask with the corrections in it."""

    @property
    def corrections(self) -> paint.Corrections:
        """What was painted, value and weight per pixel."""


def asked_for(ground: Ground) -> np.ndarray:
    """(H, W) bool: where somebody said that the subject is, by a click or a stroke."""
    asked = _painted(ground)
    for step in ground.subject.layers:
        for (x, y), label in zip(step.points, step.labels, strict=True):
            asked[int(y), int(x)] |= label == 1
    return asked


def kept_by_hand(ground: Ground) -> np.ndarray:
    """(H, W) bool: where somebody painted subject, by brush or in the trimap."""
    kept = _painted(ground)
    for mark in ground.subject.marks:
        if isinstance(mark, LoadTrimap):
            kept |= _loaded(mark, ground.bench.blobs, None, kept.shape) == 1
        elif getattr(mark, "value", 0.5) == 1:
            part, covered = _stroke(mark, None, kept.shape)
            if covered.size:
                kept[part] |= covered >= 0.5
    return kept


def trimap_of(
    mask: np.ndarray,
    corrections: paint.Corrections,
    marks: tuple[Any, ...],
    window: Window | None = None,
    image: np.ndarray | None = None,
    depth: np.ndarray | None = None,
    margin: float = 3.0,
    blobs: Mapping[str, np.ndarray] = NO_BLOBS,
    **settings: Any,
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The trimap, and what had to be repaired. Order: band, depth, marks in turn, painted.

    Args:
        mask: (h, w) float32 of the window. corrections: likewise.
        marks: RefineEdge, Trimap and LoadTrimap edits, in pixels of the photo.
        window: rows and columns of the photo.
        image: (h, w, 3) of the window. depth: (h, w) likewise, or None; margin: pixels by which its
            edges may lie wrong.
        blobs: the pixels of loaded trimaps, by hash.
        settings: of ``matte.trimap_from_mask``.
    """
    trimap = matte.trimap_from_mask(mask, image=image, **settings)
    if depth is not None and np.isfinite(depth).any():
        # A mask a few pixels off would lend one side the other's depths: it is asked only where
        # the band leaves nothing sure of a side.
        both = bool((trimap == 0).any() and (trimap == 1).any())
        trimap = matte.depth_trimap(trimap, depth, None if both else mask, margin=margin)
    for mark in marks:
        if isinstance(mark, LoadTrimap):
            trimap = _loaded(mark, blobs, window, trimap.shape).copy()
            continue
        part, covered = _stroke(mark, window, trimap.shape)
        value = getattr(mark, "value", 0.5)  # a refine-edge stroke makes the band grow
        if covered.size:  # a stroke may lie outside the photo
            trimap[part] = matte.apply_marks(trimap[part], covered, value)
    trimap = matte.apply_sure(trimap, corrections.value, corrections.weight)
    trimap, notes = matte.repair_trimap(trimap, mask, corrections.weight)
    return frozen(trimap), notes


def _painted(ground: Ground) -> np.ndarray:
    if not ground.subject.strokes:
        return np.zeros(ground.bench.photo.shape, bool)
    painted = ground.corrections
    return (painted.weight >= paint.SURE) & (painted.value >= 0.5)


def _loaded(
    mark: LoadTrimap,
    blobs: Mapping[str, np.ndarray],
    window: Window | None,
    shape: tuple[int, int],
) -> np.ndarray:
    """(h, w) float32 of 0, 0.5 and 1: a loaded trimap in a window of ``shape``; of another photo's
    size (a replay) the part of it that lies there, and unknown beyond."""
    plane = blobs[mark.blob][slice(None) if window is None else window]
    out = np.full(shape, 0.5, np.float32)
    rows, columns = (min(a, b) for a, b in zip(plane.shape, shape, strict=True))
    out[:rows, :columns] = check_trimap(plane[:rows, :columns])
    return out


def _stroke(
    mark: RefineEdge | Trimap, window: Window | None, shape: tuple[int, int]
) -> tuple[Window, np.ndarray]:
    """Where a mark lies in a window, and how much of each pixel it covers; maybe nothing."""
    x0, y0 = (0, 0) if window is None else (window[1].start, window[0].start)
    return paint.coverage([(x - x0, y - y0) for x, y in mark.points], mark.size, shape)
