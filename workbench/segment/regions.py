"""Parts of a picture: a window of whole pixels, small regions of one colour, and clicks on them.

What a click means for its surroundings is worked out on a graph of some hundred to two thousand
regions, not on pixels: milliseconds instead of seconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..coordinates import Box, Frame, Point, check_box


@dataclass(frozen=True)
class Window:
    """A part of the image in whole pixels: columns x0 to x1, rows y0 to y1, ends excluded."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        """Columns."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Rows."""
        return self.y1 - self.y0

    @property
    def slices(self) -> tuple[slice, slice]:
        """To index an image array with."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    @property
    def box(self) -> Box:
        """The same as a box of floats."""
        return float(self.x0), float(self.y0), float(self.x1), float(self.y1)

    @property
    def frame(self) -> Frame:
        """The same as a frame for logits."""
        return Frame(*self.box)

    def fitted(self, longest: int) -> tuple[int, int]:
        """(rows, columns) of a grid over the window, its long side at most ``longest``."""
        scale = min(1.0, longest / max(self.width, self.height))
        return max(1, round(self.height * scale)), max(1, round(self.width * scale))

    def cell(self, point: Point, size: tuple[int, int]) -> tuple[int, int]:
        """(row, column) of an image point on a grid of ``size`` over the window, kept inside."""
        row = int((point[1] - self.y0) / self.height * size[0])
        column = int((point[0] - self.x0) / self.width * size[1])
        return min(max(row, 0), size[0] - 1), min(max(column, 0), size[1] - 1)

    def holds(self, point: Point) -> bool:
        """Whether an image point lies in the window."""
        return self.x0 <= point[0] < self.x1 and self.y0 <= point[1] < self.y1


def crop_of(shape: tuple[int, ...], region: Box | None) -> Window:
    """The window of a region, widened to whole pixels; None is all of an image of (H, W).

    Raises:
        PromptError: the region is no box inside the image.
    """
    height, width = shape[:2]
    if region is None:
        return Window(0, 0, width, height)
    x0, y0, x1, y1 = check_box(region, (height, width))
    return Window(math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1))


def around(boxes: Sequence[Box], margin: float, limits: Window) -> Window:
    """The window around boxes with a margin, inside ``limits``, on a coarse grid.

    Args:
        boxes: at least one, in image pixels.
        margin: of the boxes' common width and height, added on each side.
        limits: what it is cut off at.

    The grid (a 32nd of the window's long side) makes the next click ask for the same window
    again, so that what is known of it is found and not computed anew.
    """
    x0, y0 = min(b[0] for b in boxes), min(b[1] for b in boxes)
    x1, y1 = max(b[2] for b in boxes), max(b[3] for b in boxes)
    mx, my = margin * (x1 - x0), margin * (y1 - y0)
    step = max(1.0, 2.0 ** math.floor(math.log2(max(x1 - x0, y1 - y0, 1.0) / 16)))
    wx0 = max(limits.x0, math.floor((x0 - mx) / step) * step)
    wy0 = max(limits.y0, math.floor((y0 - my) / step) * step)
    wx1 = min(limits.x1, math.ceil((x1 + mx) / step) * step)
    wy1 = min(limits.y1, math.ceil((y1 + my) / step) * step)
    left, top = min(int(wx0), limits.x1 - 1), min(int(wy0), limits.y1 - 1)
    return Window(left, top, max(int(wx1), left + 1), max(int(wy1), top + 1))


def shrunk(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture (H, W, 3) at ``size`` (rows, columns), averaged where it shrinks."""
    import cv2

    if pixels.shape[:2] == size:
        return np.ascontiguousarray(pixels)
    return cv2.resize(pixels, size[::-1], interpolation=cv2.INTER_AREA)


@dataclass(frozen=True, eq=False)
class Regions:
    """A picture cut into small regions of one colour, and which of them touch.

    Attributes:
        labels: (h, w) int32, 0 … n − 1.
        count: (n,) float64, pixels of each.
        colour: (n, 3) float64, mean CIE Lab.
        centre: (n, 2) float64, mean (x, y) in pixels of this grid.
        pairs: (m, 2) int64, regions that touch.
        border: (m,) float64, the length of their common border, pixels.
        difference: (m,) float64, the distance of their colours in Lab (ΔE).
    """

    labels: np.ndarray
    count: np.ndarray
    colour: np.ndarray
    centre: np.ndarray
    pairs: np.ndarray
    border: np.ndarray
    difference: np.ndarray

    def mean(self, plane: np.ndarray) -> np.ndarray:
        """(n,) float64: the mean over each region of an (h, w) plane."""
        sums = np.bincount(self.labels.ravel(), plane.ravel().astype(np.float64), len(self.count))
        return sums / self.count

    def spread(self, values: np.ndarray) -> np.ndarray:
        """(h, w) float32: each region's value on its pixels."""
        return values.astype(np.float32)[self.labels]

    def distance(self, seeds: Sequence[int], cost: np.ndarray) -> np.ndarray:
        """(n,) float64: the cheapest way from any of the seed regions; inf where there is none.

        Args:
            seeds: regions, at least one.
            cost: (m,) of stepping over each border, positive.
        """
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import dijkstra

        n = len(self.count)
        graph = csr_matrix((cost, (self.pairs[:, 0], self.pairs[:, 1])), shape=(n, n))
        found: Any = dijkstra(graph, directed=False, indices=sorted(set(seeds)), min_only=True)
        return found


def split(picture: np.ndarray, spacing: int = 7) -> Regions:
    """Cut a picture into regions by a watershed from a grid of seeds.

    Args:
        picture: (h, w, 3) uint8 sRGB, a few hundred pixels a side.
        spacing: of the seeds, in pixels. Each sits where its cell is smoothest.
    """
    import cv2

    h, w = picture.shape[:2]
    smooth = cv2.GaussianBlur(picture, (0, 0), 0.7)
    lab = cv2.cvtColor(smooth.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).astype(np.float64)
    seeds = _seeds(lab, spacing)
    if min(h, w) < 3 or seeds.max() < 2:
        # The watershed needs an inside; a strip is cut along its length.
        rows, columns = np.arange(h) // spacing, np.arange(w) // spacing
        labels = (rows[:, None] * (columns[-1] + 1) + columns[None, :]).astype(np.int32)
    else:
        flooded = cv2.watershed(smooth, seeds)
        # The lines between basins (−1) and the outermost pixels join the basin next to them.
        labels = _join(flooded)
    flat = labels.ravel()
    n = int(flat.max()) + 1
    count = np.maximum(np.bincount(flat, minlength=n), 1).astype(np.float64)
    colour = _means(flat, count, [lab[..., c] for c in range(3)])
    ys, xs = np.mgrid[0:h, 0:w]
    centre = _means(flat, count, [xs + 0.5, ys + 0.5])
    a = np.concatenate([labels[:, :-1].ravel(), labels[:-1].ravel()]).astype(np.int64)
    b = np.concatenate([labels[:, 1:].ravel(), labels[1:].ravel()]).astype(np.int64)
    touch = a != b
    code = np.minimum(a, b)[touch] * n + np.maximum(a, b)[touch]
    unique, lengths = np.unique(code, return_counts=True)
    pairs = np.stack([unique // n, unique % n], 1)
    difference = np.linalg.norm(colour[pairs[:, 0]] - colour[pairs[:, 1]], axis=1)
    return Regions(labels, count, colour, centre, pairs, lengths.astype(np.float64), difference)


def _means(flat: np.ndarray, count: np.ndarray, planes: Sequence[np.ndarray]) -> np.ndarray:
    """(n, k) float64: the mean of each of k planes over each region."""
    sums = [np.bincount(flat, plane.ravel(), len(count)) for plane in planes]
    return np.stack(sums, 1) / count[:, None]


def _seeds(lab: np.ndarray, spacing: int) -> np.ndarray:
    """(h, w) int32: 1, 2, … at the smoothest pixel of each cell of a grid, 0 elsewhere."""
    import cv2

    h, w = lab.shape[:2]
    light = lab[..., 0].astype(np.float32)
    # Squared, and not by cv2.magnitude: its last bit depends on where the result lies in memory.
    slope = cv2.Sobel(light, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(light, cv2.CV_32F, 0, 1) ** 2
    rows, columns = max(1, h // spacing), max(1, w // spacing)
    r = np.minimum(np.arange(h) * rows // h, rows - 1)
    c = np.minimum(np.arange(w) * columns // w, columns - 1)
    cell = (r[:, None] * columns + c[None, :]).ravel()
    order = np.lexsort((slope.ravel(), cell))
    first = order[np.searchsorted(cell[order], np.arange(rows * columns))]
    seeds = np.zeros(h * w, np.int32)
    seeds[first] = np.arange(1, rows * columns + 1)
    return seeds.reshape(h, w)


def _join(flooded: np.ndarray) -> np.ndarray:
    """Basins 1, 2, … and lines −1 as labels 0, 1, … without lines."""
    import cv2

    labels = flooded.astype(np.int32)
    for _ in range(64):
        lines = labels < 1
        if not lines.any():
            break
        # dilate takes the largest neighbour, the same every time.
        grown = cv2.dilate(np.maximum(labels, 0).astype(np.float32), np.ones((3, 3), np.uint8))
        labels[lines] = grown[lines].astype(np.int32)
    _, joined = np.unique(labels, return_inverse=True)
    return joined.reshape(labels.shape).astype(np.int32)


def step_cost(regions: Regions) -> np.ndarray:
    """(m,) what it costs to step over each border: colour first, then a little for the way."""
    centres = regions.centre[regions.pairs]
    way = np.linalg.norm(centres[:, 0] - centres[:, 1], axis=1)
    span = max(regions.labels.shape)
    return (regions.difference / 12.0) ** 2 + 1.5 * way / span + 1e-4


def walk(
    regions: Regions, belief: np.ndarray, trust: np.ndarray, fixed: np.ndarray, softness: float
) -> np.ndarray:
    """What each region is, given a belief in each, and some of them known.

    The random walker with priors (Grady, Multilabel random walker image segmentation using prior
    models, CVPR 2005): the minimum of Σ w (x_i − x_j)² over borders plus Σ trust (x_i − belief)²,
    with w large between regions of like colour.

    Args:
        belief: (n,) in [0, 1].
        trust: (n,) ≥ 0, how much the belief weighs there.
        fixed: (n,) 1 or 0 where known, NaN elsewhere.
        softness: ΔE at which a border begins to separate.

    Returns:
        (n,) float64 in [0, 1].
    """
    from scipy.sparse import csr_matrix, diags
    from scipy.sparse.linalg import spsolve

    n = len(regions.count)
    known = np.isfinite(fixed)
    x = np.where(known, np.nan_to_num(fixed), belief)
    free = np.flatnonzero(~known)
    if len(free) == 0 or len(regions.pairs) == 0:
        return np.clip(x, 0, 1)
    i, j = regions.pairs.T
    w = regions.border / 7.0 * np.exp(-((regions.difference / softness) ** 2)) + 1e-3
    adjacency = csr_matrix((np.r_[w, w], (np.r_[i, j], np.r_[j, i])), shape=(n, n))
    trust = np.maximum(trust, 1e-6)
    degree = np.asarray(adjacency.sum(axis=1)).ravel()
    system = (diags(degree + trust) - adjacency).tocsr()
    right = trust * belief
    right = right - system[:, np.flatnonzero(known)] @ x[known] if known.any() else right
    x[free] = spsolve(system[free][:, free].tocsc(), right[free])
    return np.clip(x, 0, 1)
