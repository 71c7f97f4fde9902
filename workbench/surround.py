"""What lies behind a part of the photo, continued inwards from around it.

Glass is unmixed from the background behind it, a shadow is told by the ground without it; where no
plate of either was taken, both are guessed from the surroundings, and the guess says how good it
is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from .arrays import to_float

CERTAIN, HOPELESS = 0.01, 0.08
"""Errors of the guess (sRGB, 0–1) up to which it is fully trusted, and from which not at all."""

_CELLS = 96  # a side of the grid on which the surface is fitted, at most
_SECTORS = 8  # parts of the surroundings, each predicted from the others
_LEAST = 24  # known cells, fewer of which say nothing
_STEPS = 10  # of the reweighting
_TUKEY = 4.7  # times the spread: beyond, a cell counts nothing
_TRIM = 90  # per cent of the held-out cells that count: one stray object is no busy background
_SAMPLE = 200_000  # pixels that spread and grain are measured on


@dataclass(frozen=True, eq=False)
class Surround:
    """The surroundings of a part of the photo, continued over it.

    Attributes:
        crop: rows and columns of the photo that were looked at.
        estimate: (h, w, 3) float32 in [0, 1], over the crop, smooth; known pixels included.
        known: (h, w) bool, the pixels of the crop that it was made from.
        error: how far a pixel's colour is from the guess, as a root mean square over the channels
            (sRGB, 0–1), grain taken off: parts of the surroundings were predicted from the others.
        grain: the standard deviation of the photo's noise there (sRGB, 0–1).
        confidence: 1 for an error of at most 0.01, falling to 0 at 0.08.
    """

    crop: tuple[slice, slice]
    estimate: np.ndarray
    known: np.ndarray
    error: float
    grain: float
    confidence: float


def surround(
    image: np.ndarray,
    hidden: np.ndarray,
    avoid: np.ndarray | None = None,
    shaded: bool = False,
    reach: int | None = None,
) -> Surround:
    """The background around ``hidden``, continued over it as a smooth surface.

    A polynomial of degree 0, 1 or 2 in x and y for each channel, fitted by least squares
    reweighted with Tukey's biweight (Beaton and Tukey, Technometrics 16, 1974), whichever degree
    predicts held-out parts of the surroundings best; what it leaves over is carried inwards by
    push and pull (Gortler and others, "The Lumigraph", SIGGRAPH 1996, section 3.4). Where each row
    goes on on the other side (a table's edge, a horizon), its two sides are joined straight across
    instead. Texture is not continued, only seen: it lowers the confidence.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float32 in [0, 1].
        hidden: (H, W) bool, what the background is wanted for.
        avoid: (H, W) bool, more that is not background (the subject), or None.
        shaded: the surroundings may lie in a shadow, up to most of them: of what there is the
            bright side counts.
        reach: pixels around ``hidden`` that are looked at; by default three quarters of its longer
            side, 32 at least.

    Returns:
        The surroundings. With nothing known the estimate is the mean colour of the crop and the
        confidence 0.
    """
    crop = crop_around(hidden, reach)
    part = to_float(image[crop])
    known = ~hidden[crop]
    if avoid is not None:
        known &= ~avoid[crop]
    grid = _Grid.of(part, known)
    if grid.weight.sum() < 1 or np.count_nonzero(grid.weight > 0) < min(_LEAST, known.size // 4):
        flat = np.broadcast_to(part.reshape(-1, 3).mean(axis=0), part.shape)
        return Surround(crop, np.array(flat, np.float32), known, 1.0, grain_of(part, known), 0.0)
    errors = [_held_out(grid, degree, shaded) for degree in range(3)]
    # A higher degree must earn its freedom: it swings where nothing holds it.
    degree = min(range(3), key=lambda n: errors[n] * (1 + 0.1 * n))
    missed = errors[degree]
    across = None if shaded else _across(part, known)
    if across is not None and across[1] < 0.6 * missed:
        estimate, _, missed = across
    else:
        surface, left = _fit(grid, grid.weight, degree, shaded)
        estimate = _enlarged(surface, left, part.shape)
    grain = grain_of(part, known)
    # A shadow itself would count as texture.
    texture = 0.0 if shaded else max(0.0, _spread(part, estimate, known) ** 2 - grain**2)
    # The larger, not the sum: what is held out is missed by the texture of its cells as well.
    error = math.sqrt(max(missed**2, texture))
    confidence = min(max((HOPELESS - error) / (HOPELESS - CERTAIN), 0.0), 1.0)
    return Surround(crop, estimate, known, error, grain, confidence)


def grain_of(part: np.ndarray, known: np.ndarray) -> float:
    """The photo's noise: the median of a second difference that is blind to planes and edges.

    Immerkær, "Fast Noise Variance Estimation", CVIU 64(2), 1996; the median in place of the mean,
    so that texture counts less.

    Args:
        part: (h, w, 3) float32. known: (h, w) bool, where to look; everywhere if nowhere.

    Returns:
        The standard deviation, sRGB 0–1; 0 for a picture thinner than three pixels.
    """
    if min(part.shape[:2]) < 3:
        return 0.0
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    inner = known[1:-1, 1:-1]
    if not inner.any():
        inner = np.ones_like(inner)
    spots = _sample(inner)
    grains = []
    for channel in range(3):
        difference = cv2.filter2D(np.ascontiguousarray(part[..., channel]), -1, kernel)
        grains.append(float(np.median(np.abs(difference[1:-1, 1:-1].ravel()[spots]))))
    return 1.4826 / 6 * float(np.mean(grains))


def crop_around(hidden: np.ndarray, reach: int | None = None) -> tuple[slice, slice]:
    """Rows and columns of what is hidden and ``reach`` pixels around it; all, if nothing is.

    Args:
        hidden: (H, W) bool. reach: as for ``surround``.
    """
    y, x = np.flatnonzero(hidden.any(axis=1)), np.flatnonzero(hidden.any(axis=0))
    if not len(y):
        return slice(0, hidden.shape[0]), slice(0, hidden.shape[1])
    if reach is None:
        reach = max(32, 3 * max(int(y[-1] - y[0]), int(x[-1] - x[0])) // 4)
    return (
        slice(max(0, int(y[0]) - reach), min(hidden.shape[0], int(y[-1]) + 1 + reach)),
        slice(max(0, int(x[0]) - reach), min(hidden.shape[1], int(x[-1]) + 1 + reach)),
    )


@dataclass(frozen=True, eq=False)
class _Grid:
    """The crop in cells: their mean colour, how much of each is known, and where they lie."""

    colour: np.ndarray  # (r, c, 3) float32
    weight: np.ndarray  # (r, c) float32 in 0–1
    terms: np.ndarray  # (r, c, 6) float64: 1, x, y, x², xy, y²

    @classmethod
    def of(cls, part: np.ndarray, known: np.ndarray) -> _Grid:
        height, width = known.shape
        by = max(1.0, max(height, width) / _CELLS)
        size = max(1, round(width / by)), max(1, round(height / by))
        plane = known.astype(np.float32)
        weight = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
        colour = cv2.resize(part * plane[..., None], size, interpolation=cv2.INTER_AREA)
        colour = colour.reshape(*weight.shape, 3) / np.maximum(weight, 1e-6)[..., None]
        # A cell that is known by a sliver would speak for its whole.
        weight[weight < 0.25] = 0
        return cls(colour, weight, _terms(*weight.shape))


def _terms(height: int, width: int, top: int = 0, bottom: int | None = None) -> np.ndarray:
    """(bottom − top, width, 6) float64: monomials at the centres of pixels, or of some rows.

    Of a picture of height × width, its longer side from −1 to 1.
    """
    longer = max(height, width)
    y = ((np.arange(top, height if bottom is None else bottom) + 0.5) * 2 - height) / longer
    x = ((np.arange(width) + 0.5) * 2 - width) / longer
    out = np.ones((len(y), width, 6))
    out[..., 1], out[..., 2] = x, y[:, None]
    out[..., 3], out[..., 4], out[..., 5] = x * x, x * y[:, None], (y * y)[:, None]
    return out


_COUNT = (1, 3, 6)  # monomials up to each degree


def _fit(
    grid: _Grid, weight: np.ndarray, degree: int, shaded: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The polynomial's coefficients (n, 3), and what it leaves over, carried everywhere."""
    count = _COUNT[degree]
    there = weight > 0
    terms, colour = grid.terms[there][:, :count], grid.colour[there].astype(np.float64)
    base = weight[there].astype(np.float64)
    trust = np.ones_like(base)
    surface: np.ndarray = np.zeros((count, 3))
    for step in range(_STEPS):
        weighted = terms * (base * trust)[:, None]
        ridge = 1e-9 * max(float(base.sum()), 1.0) * np.eye(count)
        surface = np.linalg.solve(terms.T @ weighted + ridge, weighted.T @ colour)
        residual = colour - terms @ surface
        trust = _trust(residual, base, shaded, step)
    left = np.zeros((*weight.shape, 3), np.float32)
    left[there] = residual
    share = np.zeros(weight.shape, np.float32)
    share[there] = base * trust
    return surface, push_pull(left, share)


def _trust(residual: np.ndarray, base: np.ndarray, shaded: bool, step: int) -> np.ndarray:
    """How far each cell is believed, 0 to 1, from what the last fit left of it."""
    size = np.sqrt((residual**2).mean(axis=1))
    if not shaded:
        spread = max(1.4826 * float(np.median(size)), 1e-3)
        return np.clip(1 - (size / (_TUKEY * spread)) ** 2, 0, 1) ** 2
    light = residual.mean(axis=1)
    if step < _STEPS // 2:
        # First the upper fifth: expectiles (Newey and Powell 1987), from which a shadow that
        # covers most of the ground does not drag the surface down.
        return np.where(light > 0, 1.0, 0.05)
    # Then what is as bright as that or a little darker; what is above it tells the spread, for
    # below it there is the shadow.
    above = light[light > 0]
    spread = max(1.4826 * float(np.median(above)) if len(above) else 0.0, 4e-3)
    return np.clip(1 - (light / np.where(light > 0, _TUKEY * spread, 2.5 * spread)) ** 2, 0, 1) ** 2


def push_pull(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Values where the weight is, and what they say of their surroundings everywhere else.

    Push and pull (Gortler and others, "The Lumigraph", SIGGRAPH 1996, section 3.4).

    Args:
        values: (h, w, n) float32. weight: (h, w) float32, 0 to 1.

    Returns:
        (h, w, n) float32; the values to the bit where the weight is 1.
    """
    height, width = weight.shape
    if max(height, width) <= 1:
        return values
    size = (width + 1) // 2, (height + 1) // 2
    coarse = cv2.resize(weight, size, interpolation=cv2.INTER_AREA).reshape(size[::-1])
    summed = cv2.resize(values * weight[..., None], size, interpolation=cv2.INTER_AREA)
    mean = summed.reshape(*coarse.shape, -1) / np.maximum(coarse, 1e-9)[..., None]
    below = push_pull(mean, np.minimum(coarse * 4, 1))
    smooth = cv2.resize(below, (width, height), interpolation=cv2.INTER_LINEAR)
    share = np.clip(weight, 0, 1)[..., None]
    return share * values + (1 - share) * smooth.reshape(values.shape)


def _across(part: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, float, float] | None:
    """Each row's left and right side joined by a straight line, and how far the two differ.

    Returns:
        (h, w, 3) float32; the error (sRGB, trimmed RMS) to choose by; the error of all hidden rows,
        to be trusted by: a slanting edge differs in few rows, but those are wrong. None without
        rows with both sides.
    """
    unknown = np.flatnonzero((~known).any(axis=0))
    if not len(unknown):
        return None
    sides, counts, middles = [], [], []
    for columns in (slice(0, int(unknown[0])), slice(int(unknown[-1]) + 1, known.shape[1])):
        there, colours = known[:, columns], part[:, columns]
        if there.shape[1] < 2:
            return None
        # The median of a row's side: a stray object there does not tint the whole row.
        sides.append(_row_medians(colours, there))
        counts.append(np.count_nonzero(there, axis=1))
        middles.append((columns.start + columns.stop - 1) / 2)
    both = (counts[0] >= 2) & (counts[1] >= 2)
    # Rows above and below the hidden part have both sides too, but there nothing is to be joined.
    if np.count_nonzero(both & (~known).any(axis=1)) < max(1, (~known).any(axis=1).sum() // 2):
        return None
    rows = np.flatnonzero(both)
    for side in sides:
        for channel in range(3):
            side[:, channel] = np.interp(np.arange(len(side)), rows, side[rows, channel])
    squares = ((sides[0] - sides[1]) ** 2).mean(axis=1)
    error = math.sqrt(
        float(squares[both & (squares <= np.percentile(squares[both], _TRIM))].mean())
    )
    hidden_error = math.sqrt(float(squares[both & (~known).any(axis=1)].mean()))
    x = np.clip((np.arange(known.shape[1]) - middles[0]) / (middles[1] - middles[0]), 0, 1)
    share = x.astype(np.float32)[None, :, None]
    estimate = sides[0][:, None] * (1 - share) + sides[1][:, None] * share
    return estimate.astype(np.float32), error, hidden_error


def _row_medians(colours: np.ndarray, there: np.ndarray) -> np.ndarray:
    """(h, 3) float32: the median of each row's known pixels, 0 for a row of none."""
    if there.all():
        return np.median(colours, axis=1)
    out = np.zeros((len(colours), 3), np.float32)
    for row in np.flatnonzero(there.any(axis=1)):
        out[row] = np.median(colours[row][there[row]], axis=0)
    return out


def _held_out(grid: _Grid, degree: int, shaded: bool) -> float:
    """The error of predicting each sector of the surroundings from the others; RMS, trimmed."""
    weight = grid.weight
    unknown = weight <= 0
    if unknown.any():
        middle = [float(axis.mean()) for axis in np.nonzero(unknown)]
    else:
        middle = [(n - 1) / 2 for n in weight.shape]
    y, x = np.mgrid[: weight.shape[0], : weight.shape[1]]
    angle = np.arctan2(y - middle[0], x - middle[1]) / (2 * np.pi) + 0.5
    sector = np.minimum((angle * _SECTORS).astype(int), _SECTORS - 1)
    misses = []
    for n in range(_SECTORS):
        out = (sector == n) & (weight > 0)
        rest = np.where(out, 0, weight)
        if not out.any() or np.count_nonzero(rest) < _COUNT[degree] * 2:
            continue
        surface, left = _fit(grid, rest, degree, shaded)
        guess = grid.terms[out][:, : _COUNT[degree]] @ surface + left[out]
        miss = grid.colour[out] - guess
        if shaded:
            # A darker cell may lie in the shadow: only the bright side can be judged.
            miss = miss[miss.mean(axis=1) > -0.01]
        misses.append((miss**2).mean(axis=1))
    if not misses:
        return 1.0 if degree else 0.5
    squares = np.concatenate(misses)
    if not len(squares):
        return 0.0
    return math.sqrt(float(squares[squares <= np.percentile(squares, _TRIM)].mean()))


def _enlarged(surface: np.ndarray, left: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The surface and what it left over, at the crop's own size. Clipped to [0, 1]."""
    height, width = shape[:2]
    out = cv2.resize(left, (width, height), interpolation=cv2.INTER_LINEAR).reshape(shape)
    for top in range(0, height, 256):
        # Terms of some rows at a time: six doubles a pixel are 48 bytes.
        bottom = min(top + 256, height)
        out[top:bottom] += _terms(height, width, top, bottom)[..., : len(surface)] @ surface
    return np.clip(out, 0, 1).astype(np.float32)


def _spread(part: np.ndarray, estimate: np.ndarray, known: np.ndarray) -> float:
    """How far known pixels are from the estimate: RMS over the channels, trimmed."""
    spots = _sample(known)
    if not len(spots):
        return 0.0
    miss = part.reshape(-1, 3)[spots] - estimate.reshape(-1, 3)[spots]
    squares = (miss**2).mean(axis=1)
    return math.sqrt(float(squares[squares <= np.percentile(squares, _TRIM)].mean()))


def _sample(where: np.ndarray) -> np.ndarray:
    """Indices of at most _SAMPLE of the True pixels, evenly spread; always the same ones."""
    spots = np.flatnonzero(where)
    return spots[:: max(1, math.ceil(len(spots) / _SAMPLE))]
