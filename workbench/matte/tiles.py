"""Closed-form matting from coarse to fine on fixed tiles: local, parallel, and to the bit.

Levin, Lischinski and Weiss 2008 solve one system over all unknown pixels. Here the photo is
halved a few times. On the smallest size their system is solved; each larger size starts from the
alpha of the size below, carried up as a line through colour space (``kernels.carry``), and asks
for the α that minimises

    αᵀ L α + Σ λᵢ (αᵢ − carriedᵢ)²,   λᵢ = 1 / varianceᵢ within bounds,

L being the matting Laplacian. Where the lines explain the photo, λ is large and hardly anything
is left to do; where they do not (a strand thinner than a coarse pixel, a busy background) the
carried alpha counts for little, and the full resolution decides. Both are told from the photo and
the coarse alpha alone. A few steps suffice, and stopping them early is part of the method: the
fine system alone follows the noise of the photo. A coarse pixel of which a part is sure is unknown,
but held at what that part is, so that specks and thin lines of sure ground are not lost on the way.

Every size is cut into tiles of a grid that begins at the photo's corner. A tile is solved with a
margin around it, from image, trimap and coarser alpha in that window and nothing else, so its
answer can be kept under the hash of those, and a stroke costs the tiles that it touches. In the
margins neighbours are blended linearly, which leaves nothing to be seen at the joins.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..notes import STOPPED, Note
from ..progress import Progress, report
from ..stages import StageCache
from .closed_form import closed_form, is_compiled
from .grid import Grid, Tile, coarser, half, tiles_with
from .result import AlphaResult
from .sizes import sizes_of

_VERSION = 2  # part of every key: answers of another way of solving are not ours
_EPSILON = 1e-7  # Levin's ε at the finest size
_LINE = 1e-4  # ε of the carried lines
_TRUST = 2e-6  # λ = _TRUST / variance …
_LOOSEST, _TIGHTEST = 1e-5, 1e-2  # … within these, beside a Laplacian whose diagonal is about 1
_DOUBT = 0.03  # · (α (1 − α))²: variance of what is neither clear nor opaque, however well told
_LEAST = 0.2  # of a coarse pixel must be sure, one kind less the other, for it to be held …
_HOLD = 30.0  # … with a λ of so much by that share
_ALONE = 5  # pixels: within a square of this side nothing wholly sure is of its kind
_TOLERANCE = 5e-4  # of the residual's root mean square over a tile
_STEPS = 200
_GRAIN = np.float32(1 << 12)  # coarse alphas are kept in steps of one by this
_SMALLEST = 24  # pixels of the shorter side below which nothing is halved
_SMALL, _LARGE = 3e5, 12e6  # pixels below which it is halved once, and from which on three times
_SPECK = 9  # pixels: see coarser; on small photos, whose sure ground is in specks, 1
_DEEP = 24  # pixels from anything sure, beyond which a tile alone cannot know


# Even numbers, so that a window begins on a pixel of the next size. The coarsest has no carried
# alpha at its margin's end and needs a wider one.
_FINE = Grid(tile=128, margin=16, blend=8)
_COARSEST = Grid(tile=96, margin=32, blend=16)


@dataclass(frozen=True)
class _Answer:
    """What is kept of a tile."""

    values: np.ndarray  # (n,) float32, the unknown pixels of its window in raster order
    steps: int
    residual: float  # beyond what was asked for, or 0


def closed_form_tiled(
    image: np.ndarray,
    trimap: np.ndarray,
    unknown: np.ndarray,
    mask: np.ndarray | None,
    progress: Progress | None,
    cache: StageCache | None = None,
) -> AlphaResult:
    """The band's alpha from coarse to fine; see the head of this file.

    Args:
        image: (H, W, 3) uint8, uint16 or float32 in [0, 1].
        trimap: (H, W) float32; unknown: where it is 0.5.
        mask: not used.
        progress: called between tiles; may raise CancelledError.
        cache: keeps tiles by their content. The answer is the same with and without.
    """
    halvings = halvings_of(trimap.shape)
    if halvings == 0:
        return closed_form(image, trimap, unknown, mask, progress)
    solver = _Solver(image, trimap, halvings, progress, cache)
    return AlphaResult(solver.solve(), tuple(solver.notes), solver.steps, not solver.notes)


def halvings_of(shape: tuple[int, ...]) -> int:
    """How often a photo is halved before the exact system is solved, by its size alone."""
    if min(shape) < 2 * _SMALLEST:
        return 0
    if min(shape) < 4 * _SMALLEST or shape[0] * shape[1] < _SMALL:
        return 1
    return 2 if shape[0] * shape[1] < _LARGE else 3


class _Solver:
    """One photo's tiles, size by size."""

    def __init__(
        self,
        image: np.ndarray,
        trimap: np.ndarray,
        halvings: int,
        progress: Progress | None,
        cache: StageCache | None,
    ) -> None:
        self._photo, self._halvings = image, halvings  # held: its sizes do not hold it
        self._progress, self._cache = progress, cache
        self._sizes = sizes_of(image, halvings, cache)
        self._trimaps: list[np.ndarray] = [trimap]
        self._means: list[np.ndarray] = [trimap]  # of the photo's trimap over a coarse pixel
        self._alphas: list[np.ndarray] = []
        self._done, self._total = 0.0, 0.0
        self.notes: list[Note] = []
        self.steps = 0

    def solve(self) -> np.ndarray:
        """(H, W) float32; what is not unknown is as in the trimap."""
        once = "" if is_compiled() else " (this once it compiles itself: about a minute)"
        report(self._progress, 0.0, f"preparing the solver{once}")
        # Here and not in the threads, which would import the same parts at once.
        from pymatting.preconditioner import ichol  # noqa: F401
        from pymatting.solver import cg  # noqa: F401

        from . import kernels  # noqa: F401

        for level in range(self._halvings):
            self._halve(level)
        # Work in units of a fine tile's area: a quarter of it on each size above.
        tiles = [self._tiles(level, None) for level in range(self._halvings + 1)]
        self._total = float(sum(len(t) for t in tiles))
        with ThreadPoolExecutor(threads()) as pool:
            for level in range(self._halvings, -1, -1):
                self._solve_level(level, tiles[level], pool)
        return self._alphas[0]

    def _halve(self, level: int) -> None:
        """Make the next size, if it is not there."""
        if len(self._trimaps) > level + 1:
            return
        trimap = coarser(self._trimaps[level], _SPECK if self._halvings > 1 else 1)
        self._trimaps.append(trimap)
        self._means.append(half(self._means[level]))

    def _tiles(self, level: int, wanted: np.ndarray | None) -> list[Tile]:
        """The tiles of a size that have a band in them (and in ``wanted``), in raster order."""
        grid = _FINE if level < self._halvings else _COARSEST
        return tiles_with(grid, self._trimaps[level], wanted)

    def _solve_level(self, level: int, tiles: list[Tile], pool: ThreadPoolExecutor) -> None:
        """The alpha of a size in its tiles, from the size above it where that is needed."""
        trimap = self._trimaps[level]
        carried = [True] * len(tiles)
        if level >= self._halvings:
            carried = [_is_deep(trimap[t.rows, t.columns]) for t in tiles]
            if any(carried) and min(trimap.shape) >= 2 * _SMALLEST:
                self._halve(level)
                height, width = self._trimaps[level + 1].shape
                wanted = np.zeros((height, width), bool)
                for tile in (t for t, deep in zip(tiles, carried, strict=True) if deep):
                    wanted[_above(tile, (height, width))] = True
                above = self._tiles(level + 1, wanted)
                self._total += len(above)
                self._solve_level(level + 1, above, pool)
            else:
                carried = [False] * len(tiles)
        futures = {
            pool.submit(self._answer, level, tile, up): n
            for n, (tile, up) in enumerate(zip(tiles, carried, strict=True))
        }
        answers: list[_Answer | None] = [None] * len(tiles)
        try:
            for future in as_completed(futures):
                answers[futures[future]] = future.result()
                self._done += 1
                report(self._progress, self._done / max(self._total, 1), "solving the band")
        except BaseException:
            for future in futures:
                future.cancel()
            raise
        alpha = np.where(trimap == 0.5, np.float32(0), trimap)
        for tile, answer in zip(tiles, answers, strict=True):
            assert answer is not None
            share = np.zeros(tile.weight.shape, np.float32)
            share[trimap[tile.rows, tile.columns] == 0.5] = answer.values
            share *= tile.weight
            alpha[tile.rows, tile.columns] += share
            self.steps += answer.steps
            if answer.residual:
                ends = tile.columns.start, tile.rows.start, tile.columns.stop, tile.rows.stop
                x, y, right, below = (v << level for v in ends)
                self.notes.append(Note(
                    f"The solver stopped after {answer.steps} steps in the tile at ({x}, {y})"
                    f" with a residual of {answer.residual:.1e}: its best alpha is kept.",
                    STOPPED, 0.5, (x, y, right, below),
                ))  # fmt: skip
        # Weights add up to one, to a rounding.
        np.minimum(alpha, 1, out=alpha)
        while len(self._alphas) <= level:
            self._alphas.append(alpha)
        self._alphas[level] = alpha

    def _answer(self, level: int, tile: Tile, carried: bool) -> _Answer:
        """A tile from the cache, or solved and kept there."""
        window = tile.rows, tile.columns
        trimap = np.ascontiguousarray(self._trimaps[level][window])
        held = None if level == 0 else _held(self._means[level][window], trimap)
        if carried:
            up = _above(tile, self._trimaps[level + 1].shape)
            place = (up[0].start - tile.rows.start // 2, up[1].start - tile.columns.start // 2)
            alpha = np.ascontiguousarray(self._alphas[level + 1][up])

        def make() -> _Answer:
            image = self._sizes.window(level, window)
            if carried:
                coarse = self._sizes.window(level + 1, up)
                answer = _refined(image, trimap, coarse, alpha, place, held)
            else:
                answer = _exact(image, trimap, held)
            if level == 0:
                return answer
            # The last bits differ all over a tile after an edit anywhere in it. Without them the
            # next size sees the same alpha as before, and finds its tiles in the cache.
            return replace(answer, values=np.rint(answer.values * _GRAIN) / _GRAIN)

        if self._cache is None:
            return make()
        digest = hashlib.sha256(self._sizes.hash(level, window))
        parts = [trimap]
        if carried:
            digest.update(self._sizes.hash(level + 1, up))
            parts.append(alpha)
        parts += [] if held is None else [held]
        for part in parts:
            digest.update(repr(part.shape).encode())
            digest.update(part.data)
        kind = "fine" if level == 0 else "coarse"
        key = f"tile:{_VERSION}:{kind}:{place if carried else ''}:{digest.hexdigest()}"
        return self._cache.get_or_make(key, make)


def threads() -> int:
    """How many tiles are solved at a time."""
    return min(4, os.cpu_count() or 1)


def _above(tile: Tile, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The part of the next size that a tile's window is carried from: two pixels more around."""
    return tuple(  # type: ignore[return-value]
        slice(max(0, s.start // 2 - 2), min(size, (s.stop + 1) // 2 + 2))
        for s, size in zip((tile.rows, tile.columns), shape, strict=True)
    )


def _is_deep(trimap: np.ndarray) -> bool:
    """Whether a window holds unknown pixels too far from anything sure to be solved alone."""
    far = cv2.distanceTransform((trimap == 0.5).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3)
    return bool(far.max() > _DEEP)


def _held(mean: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """By what weight each pixel is held at 1, or at 0 where it is negative, as it is partly sure.

    Where a wholly sure pixel of the kind is next to it, that says enough, and the rest of this one
    is likely to differ: it is not held.

    Args:
        mean: (h, w) float32 of the photo's trimap over each pixel.
        trimap: (h, w) float32 of 0, 0.5 and 1, of the same size.
    """
    sure = 2 * mean - 1
    around = np.ones((_ALONE, _ALONE), np.uint8)
    held = np.zeros(sure.shape, np.float32)
    for value, sign in ((0, -1), (1, 1)):
        near = cv2.dilate((trimap == value).astype(np.uint8), around) > 0
        alone = (sign * sure >= _LEAST) & ~near
        held[alone] = np.float32(_HOLD) * sure[alone]
    return held


def _exact(image: np.ndarray, trimap: np.ndarray, held: np.ndarray | None) -> _Answer:
    """A window by itself, without a coarser alpha."""
    unknown = trimap == 0.5
    solved = closed_form(image, trimap, unknown, None, None, held)
    return _Answer(solved.alpha[unknown], solved.iterations, 0.0 if solved.converged else 1.0)


def _refined(
    image: np.ndarray,
    trimap: np.ndarray,
    coarse: np.ndarray,
    alpha: np.ndarray,
    place: tuple[int, int],
    held: np.ndarray | None,
) -> _Answer:
    """A window from the alpha of half the size."""
    from . import kernels

    width = trimap.shape[1]
    flat = np.flatnonzero(trimap == 0.5)
    number = np.full(trimap.shape, -1, np.int32)
    number.ravel()[flat] = np.arange(flat.size, dtype=np.int32)
    colours = image.astype(np.float64)
    carried, variance = kernels.carry(
        colours, number, flat.size, coarse.astype(np.float64), alpha.astype(np.float64),
        *place, _LINE,
    )  # fmt: skip
    carried = np.clip(carried, 0, 1)
    # An even grey along a thin strand is told by every line, and wrong all the same.
    variance += _DOUBT * (carried * (1 - carried)) ** 2
    weight = np.clip(_TRUST / np.maximum(variance, 1e-12), _LOOSEST, _TIGHTEST)
    if held is not None:
        hold = held.ravel()[flat].astype(np.float64)
        carried = (weight * carried + np.maximum(hold, 0)) / (weight + np.abs(hold))
        weight += np.abs(hold)
    rows = kernels.stencils(colours, number, flat.size, _EPSILON)
    # Two pixels of margin, where the stencils reach and are 0.
    plane = np.pad(trimap.astype(np.float64), 2)
    y, x = np.divmod(flat, width)
    places = (y + 2) * (width + 4) + x + 2
    start = plane.ravel()
    start[places] = carried
    steps, residual = kernels.relax(rows, places, width + 4, start, weight, _TOLERANCE, _STEPS)
    found = start[places]
    if not np.isfinite(found).all():  # the carried alpha is the best there is
        found, residual = carried, np.inf
    values = np.clip(found, 0, 1).astype(np.float32)
    return _Answer(values, steps, residual if residual > _TOLERANCE else 0.0)
