"""Planes of a photo's size whose values are computed where they are asked for.

A mask of 24 megapixels is 96 MB, and a screen shows a fiftieth of it. What a model said is a small
grid; a ``Plane`` made of it gives any part of the whole, or every so manieth pixel, at the cost of
what is asked for, and the same numbers in each way.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from .coordinates import Frame

Part = tuple[slice, slice]
"""Rows and columns of a photo, with steps above 0."""

_CACHED = 1 << 16  # numbers that stay in the processor's cache through several passes


class Plane(Protocol):
    """Values of a photo's pixels, asked for by ``plane[rows, columns]``. An ndarray is one.

    A pixel's value is the same to the bit whatever is asked for with it; ``plane[:, :]`` is all.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """(H, W) of the photo."""
        ...

    def __getitem__(self, part: Part, /) -> np.ndarray:
        """(n, m) float32, not to be written to."""
        ...


class Laid:
    """A model's grid laid on the image; a Plane.

    Bilinear interpolation with half-pixel centres: the same arithmetic as
    ``torch.nn.functional.interpolate(mode="bilinear", align_corners=False)``, in the same steps as
    Segment Anything's ``postprocess_masks`` where the frame has a ``via``. Image pixels are taken
    whole: a frame whose border cuts through a pixel is rounded to the pixel grid.

    Args:
        values: (h, w) float32 over ``frame``.
        frame: the part of the image that ``values`` covers.
        shape: (H, W) of the image.
        outside: the value of image pixels that the frame does not cover.
    """

    def __init__(
        self, values: np.ndarray, frame: Frame, shape: tuple[int, int], outside: float
    ) -> None:
        self.shape, self._outside = shape, np.float32(outside)
        grid = np.ascontiguousarray(values, dtype=np.float32)
        if frame.via is not None:
            import cv2

            grid = cv2.resize(grid, frame.via[::-1], interpolation=cv2.INTER_LINEAR)
        down = _whole_cells((frame.y0, frame.y1), grid.shape[0], shape[0])
        across = _whole_cells((frame.x0, frame.x1), grid.shape[1], shape[1])
        self._covered = down[0], across[0]
        self._grid = grid[down[1], across[1]]

    @property
    def nbytes(self) -> int:
        """Held, for a cache's budget."""
        return self._grid.nbytes

    def __getitem__(self, part: Part) -> np.ndarray:
        wanted = asked(part, self.shape)
        out = np.empty((len(wanted[0]), len(wanted[1])), np.float32)
        (rows, down), (columns, across) = (
            met(*both) for both in zip(wanted, self._covered, strict=True)
        )
        inside = out[rows, columns]
        if inside.size < out.size:
            out[:] = self._outside
        if inside.size:
            sides = [at.stop - at.start for at in self._covered]
            y = _between(down, sides[0], self._grid.shape[0])
            x = _between(across, sides[1], self._grid.shape[1])
            _interpolate(self._grid, y, x, inside)
        return out


def asked(part: Part, shape: tuple[int, ...]) -> tuple[range, range]:
    """The rows and the columns of a photo of (H, W) that a part is of."""
    rows, columns = (range(side)[at] for at, side in zip(part, shape, strict=True))
    return rows, columns


def met(wanted: range, place: slice) -> tuple[slice, slice]:
    """Those of some rows (or columns) that lie in a place: which they are, and where there.

    >>> met(range(0, 100, 10), slice(25, 60))
    (slice(3, 6, None), slice(5, 26, 10))
    """
    first, last = (
        min(max(-((wanted.start - end) // wanted.step), 0), len(wanted))
        for end in (place.start, place.stop)
    )
    start = wanted.start + first * wanted.step - place.start
    stop = start + (last - first - 1) * wanted.step + 1
    return slice(first, last), slice(start, max(stop, start), wanted.step)


def place(values: np.ndarray, frame: Frame, shape: tuple[int, int], outside: float) -> np.ndarray:
    """All of what is ``Laid`` of the same arguments: (H, W) float32."""
    return Laid(values, frame, shape, outside)[:, :]


def _whole_cells(ends: tuple[float, float], cells: int, side: int) -> tuple[slice, slice]:
    """Along one side of the image: the pixels that a frame covers, and the cells over them."""
    first, last = max(0, round(ends[0])), min(side, round(ends[1]))
    if last <= first:
        return slice(0, 0), slice(0, 0)
    per = cells / (ends[1] - ends[0])
    start = min(max(round((first - ends[0]) * per), 0), cells - 1)
    stop = min(max(round((last - ends[0]) * per), start + 1), cells)
    return slice(first, last), slice(start, stop)


def _between(pixels: slice, side: int, cells: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Between which two of the cells along a side of so many pixels some pixels' centres lie.

    Returns:
        The cells before and behind them, and how far from the first they are, float32 in [0, 1].
    """
    at = (np.arange(pixels.start, pixels.stop, pixels.step) + 0.5) * (cells / side) - 0.5
    at = np.clip(at, 0, cells - 1)
    first = at.astype(np.int64)
    return first, np.minimum(first + 1, cells - 1), (at - first).astype(np.float32)


def _interpolate(
    grid: np.ndarray,
    down: tuple[np.ndarray, np.ndarray, np.ndarray],
    across: tuple[np.ndarray, np.ndarray, np.ndarray],
    out: np.ndarray,
) -> None:
    """The grid where the ways down and across it cross, into ``out``.

    Products and sums one by one: what a library fuses here and not there would make a pixel's value
    hang on its place in what was asked for.
    """
    (above, below, dy), (left, right, dx) = down, across
    rows = max(1, _CACHED // out.shape[1])
    for start in range(0, len(out), rows):
        block = slice(start, start + rows)
        top = above[start]
        cells = grid[top : below[block][-1] + 1]
        lines = np.take(cells, left, axis=1)
        lines += (np.take(cells, right, axis=1) - lines) * dx
        upper, lower, part = above[block] - top, below[block] - top, out[block]
        weight = dy[block, None]
        if len(part) < 2 * len(lines):
            np.multiply(lines[lower] - lines[upper], weight, out=part)
            part += lines[upper]
            continue
        # Enlarged: two lines make several rows, and nothing has to be gathered.
        ends = np.flatnonzero(np.diff(upper, append=-1)) + 1
        for first, last in zip([0, *ends], ends, strict=False):
            n, m = upper[first], lower[first]
            np.multiply(lines[m] - lines[n], weight[first:last], out=part[first:last])
            part[first:last] += lines[n]
