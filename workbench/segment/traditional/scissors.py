"""Intelligent scissors, or live wire: a path from one place to another that keeps to the edges."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arrays import check_image, frozen, to_uint8
from ...coordinates import Point
from ...errors import InputError, PromptError
from .outline import filled

# Half the side of the window around a path's start, in cells: the cheapest ways from there to all
# of the window are found at once, in some hundredths of a second up to half a second.
_HALVES = (48, 96, 144)
_REACH = 0.75  # the part of it that a path may end in; the rest is room for detours
_MAPS = 12  # windows kept: a hand goes back to where it was
_FLAT = 6.0  # grey levels a pixel; a steeper place is an edge


class LiveWire:
    """The edges of one photo, ready to be followed. Made once a photo; ``path`` is then quick.

    Mortensen and Barrett, "Intelligent Scissors for Image Composition", SIGGRAPH 1995, p. 191, by
    OpenCV's IntelligentScissorsMB (Canny edges, gradient, its direction). A path is sought in a
    window around its start: at the photo's own pixels where it ends within 108 of them, on a grid
    2, 4, 8 … times coarser where it goes farther, and then settled on the photo's own edges level
    by level, each time within two cells, by dynamic programming across the path (Amini, Weymouth,
    Jain, PAMI 1990). So a photo of 64 MP costs no more than one of 1 MP; what a coarse path can
    not see is a way between edges that lie closer together than its cells.

    Args:
        image: (H, W, 3) sRGB; compared as uint8.

    Attributes:
        size: bytes held, for a cache's budget.
    """

    def __init__(self, image: Any) -> None:
        import cv2

        self._levels = [np.ascontiguousarray(to_uint8(check_image(image)))]
        while max(self._levels[-1].shape[:2]) > 2 * _HALVES[-1]:
            rows, columns = self._levels[-1].shape[:2]
            half = max(1, (columns + 1) // 2), max(1, (rows + 1) // 2)
            self._levels.append(cv2.resize(self._levels[-1], half, interpolation=cv2.INTER_AREA))
        self._maps: OrderedDict[tuple[int, int, int, int], _Map] = OrderedDict()
        self._lock = threading.Lock()
        windows = _MAPS * (2 * _HALVES[-1]) ** 2 * 24
        self.size = sum(level.nbytes for level in self._levels) + windows

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) of the photo."""
        return self._levels[0].shape[0], self._levels[0].shape[1]

    def snap(self, point: Point, width: float) -> Point:
        """The steepest place within ``width`` pixels, nearer ones first; or the point itself.

        Raises:
            PromptError: the point is not two finite numbers.
        """
        import cv2

        x, y = self._inside(point)
        if width < 0.5:
            return x, y
        picture, reach = self._levels[0], int(np.ceil(width)) + 2
        x0, y0 = max(0, int(x) - reach), max(0, int(y) - reach)
        part = picture[y0 : int(y) + reach + 1, x0 : int(x) + reach + 1].astype(np.float32)
        part = cv2.GaussianBlur(part, (0, 0), 0.8)
        dx, dy = (cv2.Sobel(part, cv2.CV_32F, *d, scale=1 / 8) for d in ((1, 0), (0, 1)))
        steep = np.hypot(dx, dy).reshape(*part.shape[:2], -1).max(axis=2)
        cx = x0 + np.arange(steep.shape[1]) + 0.5
        cy = (y0 + np.arange(steep.shape[0]) + 0.5)[:, None]
        apart = np.hypot(cx - x, cy - y) / width
        score = np.where(apart <= 1, steep * (1 - 0.5 * apart**2), 0)
        row, column = np.unravel_index(int(np.argmax(score)), score.shape)
        if steep[row, column] < _FLAT:
            return x, y
        return float(cx[column]), float(cy[row, 0])

    def path(self, start: Point, end: Point) -> np.ndarray:
        """The way from one place to another along edges.

        What leads away from ``start`` is found at the first call and kept: to move ``end`` about
        is quick.

        Returns:
            (n, 2) float64, (x, y) in image pixels, about a pixel apart; the first and the last are
            the places that were asked.

        Raises:
            PromptError: a place is not two finite numbers.
        """
        a, b = self._inside(start), self._inside(end)
        level, half = self._rung(a, b)
        with self._lock:  # OpenCV's object holds the way that was asked last
            line = self._map(a, level, half).way(b)
        line[0], line[-1] = a, b  # they were found as cells
        for n in range(level, -1, -1):
            # Smooth in each level's own cells, or the steps of a coarse grid outlast it.
            line = _smoothed(_spaced(line, self._cell(n)))
            line = self._settled(line, n, 2.0 if n < level else 1.0)
        line = _smoothed(_spaced(line, 1.0))
        return np.clip(line, 0, (self.shape[1], self.shape[0]))

    def _inside(self, point: Point) -> Point:
        """A point moved into the photo: a hand that overshoots means the border."""
        try:
            x, y = (float(v) for v in point)
        except (TypeError, ValueError):
            raise PromptError(f"expected a point (x, y), got {point!r:.60}") from None
        if not (np.isfinite(x) and np.isfinite(y)):
            raise PromptError(f"expected a point of finite numbers, got ({x:g}, {y:g})")
        return min(max(x, 0.0), self.shape[1] - 1 / 16), min(max(y, 0.0), self.shape[0] - 1 / 16)

    def _cell(self, level: int) -> float:
        """Image pixels to a cell of a level, on the longer side."""
        return max(self.shape) / max(self._levels[level].shape[:2])

    def _rung(self, a: Point, b: Point) -> tuple[int, int]:
        """The level and the half side of the window to look in."""
        apart = max(abs(a[0] - b[0]), abs(a[1] - b[1]))
        for half in _HALVES:
            if apart <= _REACH * half:
                return 0, half
        for level in range(1, len(self._levels)):
            if apart <= _REACH * _HALVES[-1] * self._cell(level):
                return level, _HALVES[-1]
        return len(self._levels) - 1, 2 * _HALVES[-1]  # all of the coarsest

    def _map(self, a: Point, level: int, half: int) -> _Map:
        picture = self._levels[level]
        sx, sy = picture.shape[1] / self.shape[1], picture.shape[0] / self.shape[0]
        column = min(int(a[0] * sx), picture.shape[1] - 1)
        row = min(int(a[1] * sy), picture.shape[0] - 1)
        key = level, half, column, row
        found = self._maps.pop(key, None)
        if found is None:
            x0, y0 = max(0, column - half), max(0, row - half)
            part = picture[y0 : row + half + 1, x0 : column + half + 1]
            found = _Map(part, (column - x0, row - y0), (x0, y0), (sx, sy))
        self._maps[key] = found
        while len(self._maps) > _MAPS:
            self._maps.popitem(last=False)
        return found

    def _settled(self, line: np.ndarray, level: int, reach: float) -> np.ndarray:
        """The line moved across itself by up to ``reach`` cells to where the photo is steepest.

        The best offsets of all its points together: steepness less the square of each jump. The
        straight way where there is no edge to follow at all: among equal ways any was found.
        """
        if len(line) < 3:
            return line
        cell, normal = self._cell(level), _normals(line)
        offsets = np.arange(-reach, reach + 0.25, 0.5)
        between = np.r_[offsets - 0.5, offsets[-1] + 0.5] * cell
        at = line[:, None] + between[None, :, None] * normal[:, None]
        picture = self._levels[level]
        scale = picture.shape[1] / self.shape[1], picture.shape[0] / self.shape[0]
        colours = _sampled(picture, at[..., 0] * scale[0], at[..., 1] * scale[1])
        # The change across the path, averaged along it over five points against noise.
        steep = np.abs(_along(np.diff(colours, axis=1), 2)).max(axis=2)
        strong = float(np.quantile(steep.max(axis=1), 0.75))
        if strong < _FLAT / 4:
            return _spaced(line[[0, -1]], cell)
        if strong < _FLAT / 2:
            return line
        chosen = _best_offsets(np.minimum(steep / strong, 1.0), 0.5)
        return line + (offsets[chosen] * cell)[:, None] * normal


@dataclass
class _Map:
    """The cheapest ways from one cell to all others of a window."""

    part: np.ndarray
    source: tuple[int, int]
    corner: tuple[int, int]
    scale: tuple[float, float]

    def __post_init__(self) -> None:
        import cv2

        self._tool = None
        if min(self.part.shape[:2]) >= 3:  # a strip has no gradient to follow
            self._tool = cv2.segmentation.IntelligentScissorsMB()
            self._tool.setEdgeFeatureCannyParameters(32, 100, 3, True)
            self._tool.setGradientMagnitudeMaxLimit(200)
            self._tool.applyImage(np.ascontiguousarray(self.part))
            self._tool.buildMap(self.source)

    def way(self, end: Point) -> np.ndarray:
        """(n, 2) float64 in image pixels, to the cell nearest to ``end``."""
        rows, columns = self.part.shape[:2]
        column = min(max(int(end[0] * self.scale[0]) - self.corner[0], 0), columns - 1)
        row = min(max(int(end[1] * self.scale[1]) - self.corner[1], 0), rows - 1)
        if self._tool is None:
            cells = np.array([self.source, (column, row)], np.float64)
        else:
            cells = np.asarray(self._tool.getContour((column, row)), np.float64).reshape(-1, 2)
            if len(cells) < 2:
                cells = np.array([self.source, (column, row)], np.float64)
        return (cells + self.corner + 0.5) / self.scale


@dataclass(frozen=True, eq=False)
class Traced:
    """What the scissors made of an outline's points.

    Attributes:
        path: (n, 2) float64, (x, y) in image pixels along the edges, through all the points.
        mask: (H, W) float32 in [0, 1], what it encloses; nothing where it is not closed.
    """

    path: np.ndarray
    mask: np.ndarray


def scissors(
    image: Any, points: Sequence[Point], width: float = 4.0, closed: bool = True
) -> Traced:
    """An outline through a few points that follows the photo's edges between them.

    Args:
        image: (H, W, 3) sRGB, or its LiveWire where there is one already.
        points: [(x, y), …] in image pixels along the subject's outline; outside the photo they are
            moved to its border.
        width: how far from each point, in pixels, the edge is looked for; 0 takes them as they are.
        closed: back to the first point at the end.

    Raises:
        ArrayError: not an image. PromptError: too few points, or no points. InputError: bad width.
    """
    wire = image if isinstance(image, LiveWire) else LiveWire(image)
    if not (isinstance(width, (int, float)) and 0 <= width <= 250):
        raise InputError(f"expected a width in 0..250 pixels, got {width!r}")
    at = [wire.snap(point, width) for point in points]
    if len(at) < (3 if closed else 2):
        raise PromptError(f"expected at least {3 if closed else 2} points, got {len(at)}")
    pairs = list(zip(at, [*at[1:], at[0]], strict=True))[: None if closed else -1]
    path = np.concatenate([wire.path(a, b) for a, b in pairs])
    mask = filled(path, wire.shape) if closed else np.zeros(wire.shape, np.float32)
    return Traced(path, frozen(mask))


def _spaced(line: np.ndarray, step: float) -> np.ndarray:
    """The same line with points ``step`` apart, its ends kept."""
    lengths = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    count = max(2, round(along[-1] / step) + 1)
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])], 1)


def _along(values: np.ndarray, reach: int) -> np.ndarray:
    """The mean of each entry and ``reach`` ones on either side along the first axis."""
    padded = np.pad(values, [(reach, reach), *[(0, 0)] * (values.ndim - 1)], mode="edge")
    return np.mean([padded[n : n + len(values)] for n in range(2 * reach + 1)], axis=0)


def _smoothed(line: np.ndarray) -> np.ndarray:
    """Without the steps of the grid it was found on; ends kept."""
    if len(line) < 4:
        return line
    smooth = _along(line, 2)
    smooth[0], smooth[-1] = line[0], line[-1]
    return smooth


def _normals(line: np.ndarray) -> np.ndarray:
    """(n, 2): unit vectors across a line, smoothed along it."""
    tangent = _along(np.gradient(line, axis=0), 3)
    length = np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 1e-9)[:, None]
    return np.stack([-tangent[:, 1], tangent[:, 0]], 1) / length


def _sampled(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(…, 3) float32: bilinear colours at places in the picture's own pixels.

    Not cv2.remap, which takes no side of more than 32,767 pixels.
    """
    rows, columns = picture.shape[:2]
    u, v = np.clip(x - 0.5, 0, columns - 1), np.clip(y - 0.5, 0, rows - 1)
    c0, r0 = u.astype(np.int64), v.astype(np.int64)
    c1, r1 = np.minimum(c0 + 1, columns - 1), np.minimum(r0 + 1, rows - 1)
    fx, fy = (u - c0).astype(np.float32)[..., None], (v - r0).astype(np.float32)[..., None]
    top = picture[r0, c0] * (1 - fx) + picture[r0, c1] * fx
    bottom = picture[r1, c0] * (1 - fx) + picture[r1, c1] * fx
    return top * (1 - fy) + bottom * fy


def _best_offsets(gain: np.ndarray, stiffness: float) -> np.ndarray:
    """(n,) which offset for each point: most gain less stiffness × jump², 0 at both ends.

    Args:
        gain: (n, m) in [0, 1], m odd, the middle one is no offset.
    """
    count, offsets = gain.shape
    middle = offsets // 2
    jump = np.arange(offsets)
    penalty = stiffness * ((jump[:, None] - jump[None, :]) / 2.0) ** 2
    total = np.full(offsets, -np.inf)
    total[middle] = 0
    back = np.zeros((count, offsets), np.int64)
    for n in range(1, count):
        reached = total[:, None] - penalty
        back[n] = reached.argmax(axis=0)
        total = reached[back[n], jump] + gain[n]
    chosen = np.full(count, middle)
    for n in range(count - 1, 0, -1):
        chosen[n - 1] = back[n, chosen[n]]
    return chosen
