"""Closed form, looked over by a small network that was trained for this project.

Closed form knows that alpha is a line through colour in every small window, and no more: where the
colours of both sides are alike, or a coarse mask left sure ground wrong, it smears. The network
sees in a window the photo, trimap, mask, closed form's alpha, and what colour samples say
(``samples.py``), and gives each pixel of the band another alpha. Deep in a wide band, where no sure
subject or no sure background is in reach, closed form's stands. ``models/refined_matte.md`` says
on what it was trained and how well it does; the file is held to its SHA-256.

It works on tiles of a fixed grid, as ``tiles.py`` does: a tile is a function of what lies in its
window, is kept under the hash of that, and is blended with its neighbours. Its window is what of it
lies around the band. What the samples say is kept by itself, since a stroke moves closed form's
alpha in more tiles than it lies in; that the network sees in coarse steps, and what it makes of it
is added to the alpha itself, so that few of them are asked again.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import numpy as np

from ..nets.shipped import shipped_network
from ..progress import Progress, report
from ..stages import StageCache
from .grid import Grid, Tile, tiles_with
from .result import AlphaResult
from .sizes import Sizes, sizes_of
from .tiles import closed_form_tiled, halvings_of, threads

FILE = "refined_matte.onnx"
SHA256 = "5dceabfbce85758772ad1c5b0e051f60d4a0ababdff325172d1078198327c04c"

IDENTITY = f"refined {SHA256[:16]}"
"""What an answer hangs on besides photo, trimap and mask."""

_GRID = Grid(tile=128, margin=24, blend=8)
_AROUND = 40  # pixels around a tile's window that colours are still taken from
_SIDE = 8  # pixels that a window's sides are multiples of: the network halves three times
_FADE = 0.4  # of the samples' reach, over which the answer goes back to closed form's
_STEPS = np.float32(255)  # what the network sees is in steps of one by this
_COARSE = np.float32(63)  # and closed form's alpha of one by this


def refined(
    image: np.ndarray,
    trimap: np.ndarray,
    unknown: np.ndarray,
    mask: np.ndarray | None,
    progress: Progress | None,
    cache: StageCache | None = None,
) -> AlphaResult:
    """The band's alpha; see the head of this file.

    Args:
        image: (H, W, 3) uint8, uint16 or float32 in [0, 1].
        trimap: (H, W) float32; unknown: where it is 0.5.
        mask: (H, W) float32 in [0, 1], what is believed of the band; None for nothing.
        progress: called between tiles; may raise CancelledError.
        cache: keeps tiles by their content. The answer is the same with and without.

    Raises:
        WeightsMissingError, WeightsDamagedError: the network's file is not there, or another one.
    """
    network = shipped_network(FILE, SHA256)
    # Here and not in the threads, which would import the same parts at once.
    from .samples import colour_samples  # noqa: F401

    def first(fraction: float, words: str) -> None:
        report(progress, 0.5 * fraction, words)

    solved = closed_form_tiled(image, trimap, unknown, mask, first, cache)
    sizes = sizes_of(image, halvings_of(trimap.shape), cache)
    belief = trimap if mask is None else np.where(unknown, mask, trimap)
    tiles = tiles_with(_GRID, trimap)
    alpha = solved.alpha.copy()
    with ThreadPoolExecutor(threads()) as pool:
        futures = {
            pool.submit(_more, network, sizes, trimap, belief, solved.alpha, tile, cache): n
            for n, tile in enumerate(tiles)
        }
        answers: list[np.ndarray | None] = [None] * len(tiles)
        try:
            for done, future in enumerate(as_completed(futures)):
                answers[futures[future]] = future.result()
                report(progress, 0.5 + 0.5 * done / len(tiles), "looking over the band")
        except BaseException:
            for future in futures:
                future.cancel()
            raise
    # In raster order, whichever was ready first: a sum has one order.
    for tile, values in zip(tiles, answers, strict=True):
        window = tile.rows, tile.columns
        alpha[window][_counts(tile, unknown[window])] += values
    np.clip(alpha, 0, 1, out=alpha)
    return AlphaResult(alpha, solved.notes, solved.iterations, solved.converged)


def prepare() -> None:
    """Solve something tiny, so that everything compiles itself now (once after an installation)."""
    image = np.zeros((48, 48, 3), np.float32)
    trimap = np.zeros(image.shape[:2], np.float32)
    trimap[10:], trimap[10:20] = 1, 0.5
    refined(image, trimap, trimap == 0.5, None, None)


def _more(
    network: Any,
    sizes: Sizes,
    trimap: np.ndarray,
    belief: np.ndarray,
    alpha: np.ndarray,
    tile: Tile,
    cache: StageCache | None,
) -> np.ndarray:
    """(n,) float32, what is added to closed form's alpha at the pixels of ``_counts``, in raster
    order: from the cache, or made now."""
    counts = _counts(tile, trimap[tile.rows, tile.columns] == 0.5)
    part = _around_of(counts, (tile.rows.start, tile.columns.start))
    counts, weights = counts[part], tile.weight[part]
    window = _within(tile.rows, part[0]), _within(tile.columns, part[1])
    rows, columns = (
        slice(max(0, s.start - _AROUND), min(size, s.stop + _AROUND))
        for s, size in zip(window, trimap.shape, strict=True)
    )
    around = rows, columns
    inner = tuple(
        slice(s.start - a.start, s.stop - a.start) for s, a in zip(window, around, strict=True)
    )
    sure = np.ascontiguousarray(trimap[around])
    wanted = sure[inner] == 0.5
    # An edit anywhere moves the last bits of closed form's alpha far around it. In coarse steps
    # nearly all tiles see what they saw before.
    closed = np.rint(alpha[window] * _COARSE).astype(np.uint8)
    thought = np.rint(belief[window] * _STEPS).astype(np.uint8)

    digest = hashlib.sha256()
    if cache is not None:  # the photo's hashes cost something
        digest.update(sizes.hash(0, around))
    digest.update((sure * 2).astype(np.uint8).data)
    seen = f"{inner}:{sure.shape}:{digest.hexdigest()}"

    def sample() -> np.ndarray:
        from .samples import colour_samples

        band = np.zeros(sure.shape, bool)
        band[inner] = wanted
        planes = colour_samples(sizes.window(0, around), sure, band)[:, inner[0], inner[1]]
        return np.rint(planes * _STEPS).astype(np.uint8)

    def make() -> np.ndarray:
        from .samples import BEHIND, FRONT

        samples = sample() if cache is None else cache.get_or_make(f"samples:{seen}", sample)
        planes = np.concatenate([
            sizes.window(0, window).transpose(2, 0, 1),
            (sure[inner] == 1)[None],
            (sure[inner] == 0)[None],
            thought[None] / _STEPS,
            closed[None] / _COARSE,
            samples / _STEPS,
        ]).astype(np.float32)  # fmt: skip
        height, width = planes.shape[1:]
        pad = (0, 0), (0, -height % _SIDE), (0, -width % _SIDE)
        found = network.run(None, {"planes": np.pad(planes, pad, mode="edge")[None]})[0][0, 0]
        values, before = found[:height, :width][counts], closed[counts] / _COARSE
        # What is no number cannot be better than closed form.
        values = np.clip(np.where(np.isfinite(values), values, before), 0, 1)
        # Nor is an answer without sight of both sides.
        far = np.maximum(samples[FRONT], samples[BEHIND])[counts] / _STEPS
        share = np.clip((1 - far) / _FADE, 0, 1) * weights[counts]
        return (share * (values - before)).astype(np.float32)

    if cache is None:
        return make()
    for plane in (thought, closed):
        digest.update(plane.data)
    return cache.get_or_make(f"refined:{SHA256[:16]}:{seen}:{digest.hexdigest()}", make)


def _counts(tile: Tile, unknown: np.ndarray) -> np.ndarray:
    """(h, w) bool: where the tile's window is unknown, and counts."""
    return unknown & (tile.weight > 0)


def _around_of(counts: np.ndarray, corner: tuple[int, int]) -> tuple[slice, slice]:
    """The part (rows, columns) of a window that lies around what counts of it.

    It begins where the network halves the whole photo (``corner`` is the window's first pixel
    there): begun elsewhere it answers a little otherwise, which would show at the joins.
    """
    found = []
    for axis, begins in zip((1, 0), corner, strict=True):
        at = np.flatnonzero(counts.any(axis=axis))
        first, last = int(at[0]) - _GRID.margin, int(at[-1]) + 1 + _GRID.margin
        first -= (begins + first) % _SIDE
        found.append(slice(max(0, first), min(counts.shape[1 - axis], last)))
    return found[0], found[1]


def _within(whole: slice, part: slice) -> slice:
    """A part of a slice, in what that is a slice of."""
    return slice(whole.start + part.start, whole.start + part.stop)
