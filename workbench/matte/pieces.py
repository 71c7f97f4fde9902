"""Any matting method on the part of the photo that its band lies in, at a bounded cost.

A small part is handed over whole. A large one is cut into overlapping tiles of a fixed grid, and
the tiles without a band are never looked at: the cost grows with the band, and the memory is that
of one window. A tile does not see what is sure elsewhere in the photo. Where its answer hangs on
that, at the unknown pixels along its window's border, it is given the method's own answer to the
photo at a reduced size; those pixels lie a margin away from any that count.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ..arrays import to_float
from ..notes import STOPPED, Note
from ..progress import Progress, report
from .grid import Grid, Tile, coarser, half, tiles_with
from .result import AlphaResult, crop_around

_TIED = 2  # pixels along a window's border that are given from the reduced size


@dataclass(frozen=True)
class Window:
    """What a method is given.

    Attributes:
        image: (h, w, 3) float32 in [0, 1], at least 3 × 3.
        given: (h, w) float32 in [0, 1]: the alpha that is given where ``band`` is False, 0 or 1
            in sure pixels and anything between where it comes from the reduced size.
        band: (h, w) bool, what is to be solved.
        guess: (h, w) float32, what is thought of the band: from the reduced size, or the mask,
            or 0.5.
        progress: called with the window's own fraction; may raise CancelledError.
    """

    image: np.ndarray
    given: np.ndarray
    band: np.ndarray
    guess: np.ndarray
    progress: Progress

    @property
    def trimap(self) -> np.ndarray:
        """(h, w) float32 of 0, 0.5 and 1."""
        return np.where(self.band | ((self.given > 0) & (self.given < 1)), np.float32(0.5),
                        self.given)  # fmt: skip

    @property
    def both(self) -> bool:
        """Whether there is sure foreground and sure background in it."""
        sure = self.given[~self.band]
        return bool((sure == 0).any() and (sure == 1).any())


@dataclass(frozen=True)
class Solved:
    """What a method says of a window.

    Attributes:
        alpha: (h, w) float; only what is in the band counts.
        steps: of the iterative solver; 0 for direct ones.
        converged: False where it ran out of steps, and this is the best it had.
    """

    alpha: np.ndarray
    steps: int = 0
    converged: bool = True


@dataclass(frozen=True)
class Pieces:
    """How a method's photo is cut.

    Attributes:
        grid: the tiles. Multiples of 8, which patterns of a method may repeat by.
        whole: pixels up to which the part around the band is handed over in one.
        tied: whether windows are given the answer at a reduced size along their borders.
        spreads: whether the method spreads what is sure over the band, and so needs some of both
            kinds of it.
        margin: pixels of sure ground that it sees around the band where that is handed over whole.
    """

    grid: Grid
    whole: int
    tied: bool = True
    spreads: bool = True
    margin: int = 48


Method = Callable[[Window], Solved]


def solve_in_pieces(
    method: Method,
    pieces: Pieces,
    image: np.ndarray,
    trimap: np.ndarray,
    unknown: np.ndarray,
    mask: np.ndarray | None,
    progress: Progress | None,
) -> AlphaResult:
    """The band's alpha by a method that knows windows alone.

    Args:
        image: (H, W, 3) uint8, uint16 or float32 in [0, 1].
        trimap: (H, W) float32; unknown: where it is 0.5, somewhere but not everywhere.
        mask: (H, W) float32 or None: what is thought of the band where the method fails.
        progress: called as the method calls it, and between windows.
    """
    missing = [word for word, value in (("foreground", 1), ("background", 0))
               if not (trimap == value).any()]  # fmt: skip
    if missing and pieces.spreads:
        alpha = np.where(unknown, np.float32(missing == ["background"]), trimap)
        return AlphaResult(alpha)
    tiles, guess = _windows(method, pieces, image, trimap, unknown, mask, progress)
    alpha = np.zeros(trimap.shape, np.float32)
    steps, lost = 0, 0
    failed: list[Tile] = []
    holed: list[Tile] = []
    for n, tile in enumerate(tiles):

        def inner(fraction: float, words: str, n: int = n) -> None:
            report(progress, (n + min(fraction, 1.0)) / len(tiles), words)

        inner(0.0, "solving the band")
        window = tile.rows, tile.columns
        solved = _solve(method, image, trimap, guess, tile, pieces.tied and len(tiles) > 1, inner)
        band = unknown[window]
        values = np.asarray(solved.alpha, np.float32)
        bad = band & ~np.isfinite(values)
        if bad.any():
            lost += int(bad.sum())
            holed.append(tile)
            values = np.where(bad, guess[window], values)
        alpha[window][band] += (tile.weight * np.clip(values, 0, 1))[band]
        steps += solved.steps
        if not solved.converged:
            failed.append(tile)
    # Weights add up to one, to a rounding.
    np.clip(alpha, 0, 1, out=alpha)
    alpha[~unknown] = trimap[~unknown]
    notes = []
    if failed:
        where = f" in {len(failed)} of {len(tiles)} pieces" if len(tiles) > 1 else ""
        taken = f"{steps} step{'' if steps == 1 else 's'}"
        stopped = f"The solver stopped after {taken}{where}: its best alpha is kept."
        notes.append(Note(stopped, STOPPED, 0.5, _around(failed)))
    if holed:
        nothing = f"The solver found no number for {lost} pixels: they keep what was guessed."
        notes.append(Note(nothing, STOPPED, 0.5, _around(holed)))
    return AlphaResult(alpha, tuple(notes), steps, not notes)


def _around(tiles: list[Tile]) -> tuple[float, float, float, float]:
    """The box that holds tiles, (x0, y0, x1, y1) in pixels."""
    return (
        min(tile.columns.start for tile in tiles), min(tile.rows.start for tile in tiles),
        max(tile.columns.stop for tile in tiles), max(tile.rows.stop for tile in tiles),
    )  # fmt: skip


def _windows(
    method: Method,
    pieces: Pieces,
    image: np.ndarray,
    trimap: np.ndarray,
    unknown: np.ndarray,
    mask: np.ndarray | None,
    progress: Progress | None,
) -> tuple[list[Tile], np.ndarray]:
    """The windows to solve, and (H, W) float32 of what is thought of the band beforehand."""
    guess = np.where(unknown, np.float32(0.5) if mask is None else mask, trimap)
    rows, columns = crop_around(unknown, pieces.margin)
    part = trimap[rows, columns]
    if pieces.spreads and not ((part == 0).any() and (part == 1).any()):
        rows, columns, part = slice(0, trimap.shape[0]), slice(0, trimap.shape[1]), trimap
    if part.size <= pieces.whole:
        height, width = part.shape
        rows = slice(rows.start, rows.start + height)
        columns = slice(columns.start, columns.start + width)
        return [Tile(rows, columns, np.ones(part.shape, np.float32))], guess
    tiles = tiles_with(pieces.grid, trimap)
    if pieces.tied:
        small, coarse = image, trimap
        for _ in range(math.ceil(math.log(part.size / pieces.whole, 4))):
            small, coarse = half(small), coarser(coarse, 3)
        if (coarse == 0.5).any():

            def said(fraction: float, words: str) -> None:
                report(progress, 0.0, f"{words}, at a reduced size first")

            before = solve_in_pieces(method, pieces, small, coarse, coarse == 0.5, None, said)
            height, width = trimap.shape
            wide = cv2.resize(before.alpha, (width, height), interpolation=cv2.INTER_LINEAR)
            guess = np.where(unknown, wide, trimap)
    return tiles, guess


def _solve(
    method: Method,
    image: np.ndarray,
    trimap: np.ndarray,
    guess: np.ndarray,
    tile: Tile,
    tied: bool,
    progress: Progress,
) -> Solved:
    """One window, cut out, tied, and made wide enough for a 3 × 3 of pixels."""
    window = tile.rows, tile.columns
    given, thought = trimap[window].copy(), guess[window]
    band = given == 0.5
    if tied:
        inside = np.zeros(band.shape, bool)
        inside[tuple(
            slice(_TIED if s.start > 0 else 0, -_TIED if s.stop < size else None)
            for s, size in zip(window, trimap.shape, strict=True)
        )] = True  # fmt: skip
        band = band & inside
    if not band.any():
        return Solved(thought)
    given[~band & (given == 0.5)] = thought[~band & (given == 0.5)]
    height, width = band.shape
    pad = ((0, max(0, 3 - height)), (0, max(0, 3 - width)))
    colours = np.pad(to_float(image[window]), (*pad, (0, 0)), mode="edge")
    given, band, thought = (np.pad(p, pad, mode="edge") for p in (given, band, thought))
    solved = method(Window(colours, given, band, thought, progress))
    alpha = np.where(band, solved.alpha, given)[:height, :width]
    return Solved(alpha, solved.steps, solved.converged)
