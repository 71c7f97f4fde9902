"""Logits at the photo's size, their boundary along the photo's edges and not the model's grid.

The guided filter (He, Sun, Tang, "Guided Image Filtering", IEEE PAMI 35(6), 2013) of the model's
side of the boundary, with the photo as its guide: the same idea as joint bilateral upsampling
(Kopf and others, SIGGRAPH 2007), at a cost that does not grow with the reach. Coefficients are
found on a reduced grid and applied to the photo itself (He and Sun, "Fast Guided Filter",
arXiv:1505.00996), near the boundary only. Where the photo's colours do not explain the boundary,
as where subject and background look alike, the filter only blurs it: there the model's own
boundary stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..arrays import LOGIT_LIMIT, sigmoid
from ..coordinates import Frame, Point, place
from .regression import box_mean, regress

COARSE = 1.5
"""Photo pixels to a cell of the logits from which the photo is asked: finer ones know better."""

_REACH = 3.0  # half the filter's window, in cells: it must see both sides of a misplaced boundary
_EPSILON = 1e-4  # variance of colour (0–1 scale) below which there is no edge
_NEAR, _FAR = 1.0, 2.0  # cells from the boundary: up to here guided, from there as the model says
_EXPLAINED = 0.3, 0.6  # share of the boundary that colours must explain: not trusted, trusted
_STEEP = 6.0  # of the soft step that is filtered, per cell
_WORK = 4  # cells of the reduced grid to a cell of the logits
_TILE = 16  # cells of the reduced grid a side that are brought to the photo's size at a time


def cell_of(logits: np.ndarray, frame: Frame) -> float:
    """How many image pixels a cell of (h, w) logits over ``frame`` covers, along its longer way."""
    rows, columns = logits.shape
    return max((frame.x1 - frame.x0) / columns, (frame.y1 - frame.y0) / rows)


def step_of(logits: np.ndarray, frame: Frame) -> int:
    """Photo pixels to a cell of the reduced grid that ``guided_logits`` works on; 0 for no need."""
    cell = cell_of(logits, frame)
    return 0 if cell <= COARSE else max(1, round(cell / _WORK))


def reduced(image: np.ndarray, step: int) -> np.ndarray:
    """(H // step, W // step, 3) uint8: the photo, each step × step pixels averaged."""
    import cv2

    if step == 1:
        return image
    size = image.shape[1] // step, image.shape[0] // step
    whole = image[: size[1] * step, : size[0] * step]
    return cv2.resize(whole, size, interpolation=cv2.INTER_AREA)


def guided_logits(
    image: np.ndarray,
    logits: np.ndarray,
    frame: Frame,
    points: Sequence[Point] = (),
    small: np.ndarray | None = None,
) -> np.ndarray:
    """Logits laid on the photo, their zero level guided by it. Deterministic.

    Args:
        image: (H, W, 3) uint8.
        logits: (h, w) float32 over ``frame``.
        frame: the part of the image that they cover.
        points: (x, y) in image pixels that were asked about; there the model's own answer stands.
        small: ``reduced(image, step_of(logits, frame))``, where it is at hand.

    Returns:
        (H, W) float32; the same as ``coordinates.place`` away from the boundary, and everywhere
        where a cell of the logits covers no more than COARSE pixels.
    """
    import cv2

    plain = place(logits, frame, (image.shape[0], image.shape[1]), -LOGIT_LIMIT)
    cell, step = cell_of(logits, frame), step_of(logits, frame)
    if step == 0 or min(image.shape[:2]) < 4 * step:
        return plain
    if small is None:
        small = reduced(image, step)
    middles = slice(
        step // 2, None, step
    )  # smooth as it is, a sample a cell tells where the zeros are
    coarse = plain[middles, middles][: small.shape[0], : small.shape[1]]
    rows, columns = _around(coarse > 0, round((2 * _REACH + _FAR) * cell / step) + 1)
    if rows.stop == rows.start:
        return plain  # no boundary at all
    distance = _signed_distance(coarse[rows, columns]) * np.float32(step / cell)
    window = max(2, round(_REACH * cell / step))
    fields, explained = _fit(small[rows, columns], distance, window)
    low, high = _EXPLAINED
    trust = np.clip((explained - low) / (high - low), 0, 1)
    trust *= np.clip((_FAR - np.abs(distance)) / (_FAR - _NEAR), 0, 1)
    for x, y in points:
        _leave(trust, x / step - columns.start, y / step - rows.start, cell / step)
    # A grid that reaches the photo's end stands for the pixels left over there too.
    ends = [
        size if at.stop == cells else at.stop * step
        for size, cells, at in zip(plain.shape, coarse.shape, (rows, columns), strict=True)
    ]
    part = slice(rows.start * step, ends[0]), slice(columns.start * step, ends[1])
    out, picture = plain[part], image[part]
    ones = np.full((1, 3), 1, np.float32)
    shape = out.shape[0], out.shape[1]
    for spot, slopes, offset, weight in _tiles(np.dstack([*fields, trust]), step, shape):
        values = cv2.multiply(picture[spot], slopes, scale=1 / 255, dtype=cv2.CV_32F)
        p = np.clip(cv2.transform(values, ones) + offset, 2e-3, 1 - 2e-3)
        # The filter halves the slope of an edge; doubling the logits gives it back.
        out[spot] += weight * (2 * np.log(p / (1 - p)) - out[spot])
    return plain


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
    """(h, w) float32: how far each cell is from the zero level, positive inside."""
    import cv2

    inside = (plane > 0).astype(np.uint8)
    to_out = cv2.distanceTransform(np.pad(inside, 1, mode="edge"), cv2.DIST_L2, 5)
    to_in = cv2.distanceTransform(np.pad(1 - inside, 1, mode="edge"), cv2.DIST_L2, 5)
    return (np.maximum(to_out - 0.5, 0) - np.maximum(to_in - 0.5, 0))[1:-1, 1:-1]


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


def _leave(trust: np.ndarray, x: float, y: float, cell: float) -> None:
    """No guidance within half a cell of a point on the reduced grid, rising to full at 1½."""
    reach = int(np.ceil(1.5 * cell)) + 1
    r0, c0 = max(0, int(y) - reach), max(0, int(x) - reach)
    part = trust[r0 : int(y) + reach + 1, c0 : int(x) + reach + 1]
    if part.size == 0 or y < -reach or x < -reach:
        return
    rows, columns = np.mgrid[0 : part.shape[0], 0 : part.shape[1]] + 0.5
    # Bilinear enlargement reads a neighbour further: two cells of this grid are never guided.
    away = np.hypot(columns + c0 - x, rows + r0 - y)
    part *= np.clip((away - max(0.5 * cell, 2.0)) / cell, 0, 1)


def _tiles(
    fields: np.ndarray, step: int, shape: tuple[int, int]
) -> Iterator[tuple[tuple[slice, slice], np.ndarray, np.ndarray, np.ndarray]]:
    """Planes of the reduced grid at the photo's size, tile by tile, where the last one is not 0.

    Args:
        fields: (h, w, 5) float32. step: image pixels to a cell. shape: of the image part.

    Yields:
        A place in the image part, and there the first three planes together, the fourth and the
        fifth; bilinear, as if enlarged in one piece.
    """
    import cv2

    rows, columns = -(-shape[0] // step), -(-shape[1] // step)
    after = rows + 1 - fields.shape[0], columns + 1 - fields.shape[1]
    padded = np.pad(fields, ((1, after[0]), (1, after[1]), (0, 0)), mode="edge")
    planes = [np.ascontiguousarray(padded[..., part]) for part in (np.s_[:3], 3, 4)]
    for y in range(0, rows, _TILE):
        for x in range(0, columns, _TILE):
            there = np.s_[y : y + _TILE + 2, x : x + _TILE + 2]
            if not planes[-1][there].any():
                continue
            tall, wide = (n * step for n in planes[-1][there].shape)
            top, left = y * step, x * step
            bottom, right = (
                min(top + tall - 2 * step, shape[0]),
                min(left + wide - 2 * step, shape[1]),
            )
            inner = np.s_[step : step + bottom - top, step : step + right - left]
            large = (
                cv2.resize(plane[there], (wide, tall), interpolation=cv2.INTER_LINEAR)[inner]
                for plane in planes
            )
            yield (slice(top, bottom), slice(left, right)), *large
