"""Logits at the photo's size, their boundary along the photo's edges and not the model's grid.

The guided filter (He, Sun, Tang, "Guided Image Filtering", IEEE PAMI 35(6), 2013) of the model's
side of the boundary, with the photo as its guide: the same idea as joint bilateral upsampling
(Kopf and others, SIGGRAPH 2007), at a cost that does not grow with the reach. Coefficients are
found on a grid about as coarse as the model's and applied to the photo itself (He and Sun, "Fast
Guided Filter", arXiv:1505.00996), near the boundary only: the cost is that of the logits and of the
boundary's length, not that of the photo. A finer grid would be worse, not better: each cell's
colour is the mean of its pixels, and what is averaged away there, grain and texture, would flatten
the fitted slopes. Where the photo's colours do not explain the boundary, as where subject and
background look alike, the filter only blurs it: there the model's own boundary stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from ..arrays import LOGIT_LIMIT, sigmoid
from ..coordinates import Frame, Point
from ..parallel import at_once
from ..planes import Laid, Part, asked, met
from .regression import box_mean, regress

COARSE = 1.5
"""Photo pixels to a cell of the logits from which the photo is asked: finer ones know better."""

_REACH = 4.0  # half the filter's window, in cells: it must see both sides of a misplaced boundary
_EPSILON = 1e-4  # variance of colour (0–1 scale) below which there is no edge
_NEAR, _FAR = 1.0, 2.0  # cells from the boundary: up to here guided, from there (and what bilinear
# enlargement adds) as the model says
_EXPLAINED = 0.3, 0.6  # share of the boundary that colours must explain: not trusted, trusted
_STEEP = 6.0  # of the soft step that is filtered, per cell
_BLOCK = 128  # cells of the reduced grid a side that are fitted at a time: a few MB, in the cache
_TILE = 128  # photo pixels a side, about, that are guided at a time …
_FEW = 8  # … and cells at least


def cell_of(logits: np.ndarray, frame: Frame) -> float:
    """How many image pixels a cell of (h, w) logits over ``frame`` covers, along its longer way."""
    rows, columns = logits.shape
    return max((frame.x1 - frame.x0) / columns, (frame.y1 - frame.y0) / rows)


def step_of(logits: np.ndarray, frame: Frame) -> int:
    """Photo pixels to a cell of the reduced grid that ``guided_logits`` works on; 0 for no need."""
    cell = cell_of(logits, frame)
    return 0 if cell <= COARSE else int(cell)


def reduced(image: np.ndarray, step: int) -> np.ndarray:
    """(H // step, W // step, 3) uint8: the photo, each step × step pixels averaged."""
    import cv2

    if step == 1 or step > min(image.shape[:2]):  # too coarse: nothing is guided by it
        return image
    size = image.shape[1] // step, image.shape[0] // step
    whole = image[: size[1] * step, : size[0] * step]
    return cv2.resize(whole, size, interpolation=cv2.INTER_AREA)


class Guided:
    """Logits laid on the photo, their zero level guided by it; a Plane. Deterministic.

    The same as what is ``planes.Laid`` away from the boundary, and everywhere where a cell of the
    logits covers no more than COARSE pixels. What the photo says of the boundary is found here, at
    the cost of the boundary's length; what a part costs beyond that is its own size.

    Args:
        image: (H, W, 3) uint8.
        logits: (h, w) float32 over ``frame``.
        frame: the part of the image that they cover.
        points: (x, y) in image pixels that were asked about; there the model's own answer stands.
        small: ``reduced(image, step_of(logits, frame))``, where it is at hand.

    Attributes:
        shape: (H, W). nbytes: held besides the photo, for a cache's budget.
    """

    def __init__(
        self,
        image: np.ndarray,
        logits: np.ndarray,
        frame: Frame,
        points: Sequence[Point] = (),
        small: np.ndarray | None = None,
    ) -> None:
        self.shape = image.shape[0], image.shape[1]
        self._plain = Laid(logits, frame, self.shape, -LOGIT_LIMIT)
        self._image, self._points = image, points
        self._cell, self._step = cell_of(logits, frame), step_of(logits, frame)
        self._fields, self._tiles = _Fields.none((0, 0)), list[_Tile]()
        self._ends = np.zeros((2, 2, 0), int)  # first and last row, and column, of each tile
        if self._step and min(self.shape) >= 4 * self._step:
            self._find(reduced(image, self._step) if small is None else small)

    @property
    def nbytes(self) -> int:
        """See above."""
        fields = self._fields
        return self._plain.nbytes + sum(
            part.nbytes for part in (fields.slopes, fields.offset, fields.trust)
        )

    def _find(self, small: np.ndarray) -> None:
        """Ask the reduced photo about the boundary, if there is any."""
        cell, step = self._cell, self._step
        # Smooth as it is, a sample a cell tells where the zeros are.
        middles = slice(step // 2, None, step)
        coarse = self._plain[middles, middles][: small.shape[0], : small.shape[1]]
        rows, columns = _around(coarse > 0, round((2 * _REACH + _FAR) * cell / step) + 1)
        if rows.stop == rows.start:
            return
        distance = _signed_distance(coarse[rows, columns]) * np.float32(step / cell)
        self._fields = _coefficients(small[rows, columns], distance, round(_REACH * cell / step))
        # A grid that reaches the photo's end stands for the pixels left over there too.
        corner = rows.start * step, columns.start * step
        ends = [
            size if at.stop == cells else at.stop * step
            for size, cells, at in zip(self.shape, coarse.shape, (rows, columns), strict=True)
        ]
        self._tiles = _tiles(self._fields, step, (ends[0] - corner[0], ends[1] - corner[1]), corner)
        spots = [[(at.start, at.stop) for at in tile.spot] for tile in self._tiles]
        self._ends = np.array(spots, int).reshape(-1, 2, 2).transpose(1, 2, 0)

    def _meeting(self, wanted: tuple[range, range]) -> list[_Tile]:
        """The tiles that hold any of the rows and columns wanted."""
        held = np.ones(len(self._tiles), bool)
        for pixels, ends in zip(wanted, self._ends, strict=True):
            first, last = -(-(ends - pixels.start) // pixels.step)  # of the pixels, that lie in it
            held &= np.minimum(last, len(pixels)) > np.maximum(first, 0)
        return [self._tiles[n] for n in np.flatnonzero(held)]

    def __getitem__(self, part: Part) -> np.ndarray:
        out = self._plain[part]
        wanted = asked(part, self.shape)
        for tile in self._meeting(wanted):
            into, inside = zip(*(met(w, at) for w, at in zip(wanted, tile.spot, strict=True)),
                               strict=True)  # fmt: skip
            slopes, offset, weight = tile.enlarged(self._fields, self._step)
            for x, y in self._points:
                _leave(weight, x - tile.spot[1].start, y - tile.spot[0].start, self._cell)
            picture = self._image[tile.spot][inside].astype(np.float32)
            picture *= slopes[inside]
            p = picture[..., 0] + picture[..., 1] + picture[..., 2]
            p *= np.float32(1 / 255)
            p += offset[inside]
            np.clip(p, 2e-3, 1 - 2e-3, out=p)
            # The filter halves the slope of an edge; doubling the logits gives it back.
            out[into] += weight[inside] * (2 * np.log(p / (1 - p)) - out[into])
        return out


def guided_logits(
    image: np.ndarray,
    logits: np.ndarray,
    frame: Frame,
    points: Sequence[Point] = (),
    small: np.ndarray | None = None,
) -> np.ndarray:
    """All of what is ``Guided`` of the same arguments: (H, W) float32."""
    return Guided(image, logits, frame, points, small)[:, :]


def _around(inside: np.ndarray, margin: int) -> tuple[slice, slice]:
    """The rows and columns around the boundary of (h, w) bool, with a margin; empty for none."""
    crosses = np.zeros(inside.shape, bool)
    crosses[:, 1:] |= inside[:, 1:] != inside[:, :-1]
    crosses[1:] |= inside[1:] != inside[:-1]
    parts = []
    for axis, end in ((1, inside.shape[0]), (0, inside.shape[1])):
        found = np.flatnonzero(crosses.any(axis=axis))
        if not len(found):
            return slice(0, 0), slice(0, 0)
        parts.append(slice(max(0, int(found[0]) - margin), min(end, int(found[-1]) + margin)))
    return parts[0], parts[1]


def _signed_distance(plane: np.ndarray) -> np.ndarray:
    """(h, w) float32: how far each cell is from the zero level, positive inside. Has both sides."""
    import cv2

    inside = (plane > 0).astype(np.uint8)

    def away(side: np.ndarray) -> np.ndarray:
        # Of cells' centres; the boundary is half a cell nearer.
        distance = cv2.distanceTransform(side, cv2.DIST_L2, 5)
        distance -= np.float32(0.5)
        return np.maximum(distance, 0, out=distance)

    distance, to_in = at_once(away, (inside, 1 - inside))
    distance -= to_in
    return distance


@dataclass(frozen=True, eq=False)
class _Fields:
    """What the photo says near the boundary, on the reduced grid and one cell around it.

    Attributes:
        slopes: (h + 2, w + 2, 3) float32, of red, green and blue. offset: (h + 2, w + 2) float32.
        trust: (h + 2, w + 2) float32 in 0–1; 0 away from the boundary, where the others say
            nothing.
    """

    slopes: np.ndarray
    offset: np.ndarray
    trust: np.ndarray

    @classmethod
    def none(cls, shape: tuple[int, int]) -> _Fields:
        """Zeros for a grid of (h, w): memory that is not touched until a block is fitted."""
        size = shape[0] + 2, shape[1] + 2
        return cls(*(np.zeros(of, np.float32) for of in ((*size, 3), size, size)))

    def close(self) -> None:
        """Continue the grid's ends onto the cells around it."""
        for plane in (self.slopes, self.offset, self.trust):
            plane[0], plane[-1] = plane[1], plane[-2]
            plane[:, 0], plane[:, -1] = plane[:, 1], plane[:, -2]


def _coefficients(picture: np.ndarray, distance: np.ndarray, radius: int) -> _Fields:
    """What the photo says near the boundary, and how far it is trusted.

    Args:
        picture: (h, w, 3) uint8.
        distance: (h, w) float32, to the boundary in cells of the logits, positive inside.
        radius: of the filter's window, in pixels.
    """
    fields = _Fields.none((distance.shape[0], distance.shape[1]))
    low, high = _EXPLAINED
    around = 3 * radius  # a mean of a mean of a mean is taken
    close = np.abs(distance) < _FAR

    def fit(corner: tuple[int, int]) -> None:
        y, x = corner
        # One cell more: enlarging a neighbour reads this block's border.
        near = np.s_[max(0, y - 1) : y + _BLOCK + 1, max(0, x - 1) : x + _BLOCK + 1]
        if not close[near].any():
            return
        r0, c0 = max(0, y - around), max(0, x - around)
        wide = np.s_[r0 : y + _BLOCK + around, c0 : x + _BLOCK + around]
        inner = np.s_[y - r0 : y - r0 + _BLOCK, x - c0 : x - c0 + _BLOCK]
        (*slopes, offset), explained = _fit(picture[wide], distance[wide], radius)
        trust = np.clip((explained[inner] - low) / (high - low), 0, 1)
        trust *= np.clip((_FAR - np.abs(distance[wide][inner])) / (_FAR - _NEAR), 0, 1)
        rows, columns = trust.shape
        block = np.s_[y + 1 : y + 1 + rows, x + 1 : x + 1 + columns]
        for n, slope in enumerate(slopes):
            fields.slopes[block][..., n] = slope[inner]
        fields.offset[block] = offset[inner]
        fields.trust[block] = trust

    rows, columns = (range(0, side, _BLOCK) for side in distance.shape)
    at_once(fit, product(rows, columns))
    fields.close()
    return fields


def _fit(
    picture: np.ndarray, distance: np.ndarray, radius: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """The filter's coefficients, and how much of the soft step they explain.

    Args:
        picture: (h, w, 3) uint8.
        distance: (h, w) float32, to the boundary in cells of the logits, positive inside.
        radius: of the window, in pixels.

    Returns:
        Four planes: the slopes of red, green, blue and the offset, averaged over all windows that
        hold a pixel; and a plane of shares in 0–1 (R² over the window).
    """
    mean = box_mean(radius)
    soft = sigmoid(_STEEP * distance)
    # Around the middle of the range, so that squares of float32 lose nothing.
    guide = picture.astype(np.float32) / 255 - np.float32(0.5)
    found = regress(guide, soft, mean, _EPSILON)
    fields = [mean(slope) for slope in found.slopes]
    offset = mean(found.offset)
    r, g, b = guide[..., 0], guide[..., 1], guide[..., 2]
    fitted = fields[0] * r + fields[1] * g + fields[2] * b + offset
    spread = np.maximum(mean(soft * soft) - found.mean**2, np.float32(1e-4))
    missed = mean((soft - np.clip(fitted, 0, 1)) ** 2)
    # What the windows' own fits explain, and what is left of it once they are averaged.
    together = sum(a * p for a, p in zip(found.slopes, found.covariance, strict=True))
    fit = mean(together / spread)
    explained = np.minimum(1 - missed / spread, fit)
    return [*fields, offset - np.float32(0.5) * (fields[0] + fields[1] + fields[2])], explained


def _leave(weight: np.ndarray, x: float, y: float, cell: float) -> None:
    """No guidance within half a cell of (x, y) on a tile, rising to full at 1½; in place."""
    rows, columns = weight.shape
    reach = 1.5 * cell
    r0, r1 = max(0, int(y - reach)), min(rows, int(y + reach) + 1)
    c0, c1 = max(0, int(x - reach)), min(columns, int(x + reach) + 1)
    if r1 <= r0 or c1 <= c0:
        return
    across, down = np.arange(c0, c1) + 0.5 - x, np.arange(r0, r1) + 0.5 - y
    away = np.hypot(across[None], down[:, None])
    # The clicked pixel itself, whose centre may be 0.7 pixels off, is never guided.
    weight[r0:r1, c0:c1] *= np.clip((away - max(0.5 * cell, 0.75)) / cell, 0, 1)


@dataclass(frozen=True)
class _Tile:
    """A place on the photo where the fields say something.

    Attributes:
        spot: rows and columns of the photo. cells: those of the fields around it. inner: what of
            the cells, enlarged, is the spot.
    """

    spot: Part
    cells: Part
    inner: Part

    def enlarged(self, fields: _Fields, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Slopes, offset and trust on the spot; bilinear, as if enlarged in one piece.

        Of the whole spot, whatever is asked for of it: a pixel is the same in each way.
        """
        import cv2

        tall, wide = (n * step for n in fields.trust[self.cells].shape)
        slopes, offset, trust = (
            cv2.resize(plane[self.cells], (wide, tall), interpolation=cv2.INTER_LINEAR)[self.inner]
            for plane in (fields.slopes, fields.offset, fields.trust)
        )
        return slopes, offset, trust


def _tiles(
    fields: _Fields, step: int, shape: tuple[int, int], corner: tuple[int, int] = (0, 0)
) -> list[_Tile]:
    """Where any of the fields are trusted.

    Args:
        fields: of a grid of (h, w).
        step: image pixels to a cell.
        shape: of the image part, which is less than a cell larger than the grid.
        corner: row and column of the photo where that part begins.
    """
    rows, columns = (cells - 2 for cells in fields.trust.shape)
    side = max(_FEW, _TILE // step)
    found = []
    for y in range(0, rows, side):
        for x in range(0, columns, side):
            cells = np.s_[y : y + side + 2, x : x + side + 2]
            if not fields.trust[cells].any():
                continue
            tall, wide = (n * step for n in fields.trust[cells].shape)
            top, left = y * step, x * step
            # The pixels left over at an end belong to its last cells, as far as they reach.
            bottom = shape[0] if y + side >= rows else top + tall - 2 * step
            right = shape[1] if x + side >= columns else left + wide - 2 * step
            inner = np.s_[step : step + bottom - top, step : step + right - left]
            down, across = corner
            spot = slice(top + down, bottom + down), slice(left + across, right + across)
            found.append(_Tile(spot, cells, inner))
    return found
