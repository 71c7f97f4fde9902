"""Planes and pictures as a screen shows them: reduced, in tiles, so that a large photo pans as
smoothly as a small one, and only what was looked at is ever computed."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict, deque
from itertools import product

import cv2
import numpy as np

from ..parallel import at_once
from ..planes import Part, Plane

_TILE = 256  # cells a side
_BUDGET = 128_000_000  # bytes: twice what the densest screen shows of a photo and two masks

Tile = tuple[int, int, int, int]  # id() of the plane, k, row and column of the tile


def reduction(shape: tuple[int, ...], scale: float) -> int:
    """How many pixels a side are one cell of what is shrunk further to ``scale``.

    Args:
        shape: (H, W, …) of the plane.
        scale: page pixels in an image pixel.

    Returns:
        The largest power of two up to 1 / scale; 1 for a plane that is hardly larger.
    """
    k = 1
    while 2 * k * scale <= 1:
        k *= 2
    return 1 if max(shape[:2]) < 2 * k else k


class Levels:
    """Parts of planes with k × k pixels as one cell, kept in tiles within a budget of bytes.

    A cell of an array is the mean of its pixels; one of a plane that is computed where it is asked
    for is the mean of four of them. Tiles are forgotten with their plane. A plane must not change
    while it is in use here; what a rendering makes never does. Safe between threads.
    """

    def __init__(self) -> None:
        self._tiles: OrderedDict[Tile, np.ndarray] = OrderedDict()
        self._held = 0
        self._planes: dict[int, weakref.ref[Plane]] = {}
        self._gone: deque[int] = deque()  # told by the garbage collector, whenever it likes
        self._lock = threading.Lock()

    def part(self, plane: Plane, k: int, rows: slice, columns: slice) -> np.ndarray:
        """Some rows and columns of cells, (h, w, …) of the plane's dtype; not to be written to.

        Args:
            plane: (H, W) or (H, W, C).
            k: pixels a side of a cell. Where H or W is no multiple of it, the last cells stand for
                what is left and its repetition.
            rows, columns: of cells.
        """
        if k == 1 and isinstance(plane, np.ndarray):
            return plane[rows, columns]
        down, across = (range(at.start // _TILE, -(-at.stop // _TILE)) for at in (rows, columns))
        tiles = self._made(plane, k, [(y, x) for y, x in product(down, across)])
        lines = [
            np.concatenate([tiles[y, x] for x in across], axis=1) if len(across) > 1
            else tiles[y, across[0]]
            for y in down
        ]  # fmt: skip
        whole = np.concatenate(lines) if len(lines) > 1 else lines[0]
        top, left = down[0] * _TILE, across[0] * _TILE
        return whole[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]

    def _made(
        self, plane: Plane, k: int, places: list[tuple[int, int]]
    ) -> dict[tuple[int, int], np.ndarray]:
        """The tiles at some places, kept or made."""
        name = id(plane)
        with self._lock:
            self._forget()
            if name not in self._planes:
                self._planes[name] = weakref.ref(plane, lambda _: self._gone.append(name))
            found = {at: self._tiles.get((name, k, *at)) for at in places}
            for at, tile in found.items():
                if tile is not None:
                    self._tiles.move_to_end((name, k, *at))
        missing = [at for at, tile in found.items() if tile is None]
        made = dict(zip(missing, at_once(lambda at: _tile(plane, k, at), missing), strict=True))
        with self._lock:
            for at, tile in made.items():
                if (name, k, *at) not in self._tiles:
                    self._tiles[name, k, *at] = tile
                    self._held += tile.nbytes
            while self._held > _BUDGET:
                self._held -= self._tiles.popitem(last=False)[1].nbytes
        return {at: tile if tile is not None else made[at] for at, tile in found.items()}

    def _forget(self) -> None:
        """Let the tiles of planes go that are no more; a new one may have an old one's id()."""
        gone = set()
        while self._gone:
            gone.add(self._gone.popleft())
        for key in [key for key in self._tiles if key[0] in gone]:
            self._held -= self._tiles.pop(key).nbytes
        for name in gone:
            self._planes.pop(name, None)


def _tile(plane: Plane, k: int, at: tuple[int, int]) -> np.ndarray:
    side = _TILE * k
    rows, columns = (
        slice(n * side, min((n + 1) * side, size))
        for n, size in zip(at, plane.shape[:2], strict=True)
    )
    if isinstance(plane, np.ndarray):
        return _shrunk(plane[rows, columns], k)
    return plane[rows, columns] if k == 1 else _sampled(plane, k, (rows, columns))


def _sampled(plane: Plane, k: int, part: Part) -> np.ndarray:
    """Blocks of k × k pixels as one each, the mean of 2 × 2 of them; (h, w)."""
    apart = k // 2
    rows, columns = (slice(min(at.start + apart // 2, at.stop - 1), at.stop, apart) for at in part)
    samples = plane[rows, columns]
    tall, wide = (-(-(at.stop - at.start) // k) for at in part)
    below, right = 2 * tall - samples.shape[0], 2 * wide - samples.shape[1]
    if below or right:
        samples = cv2.copyMakeBorder(samples, 0, below, 0, right, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(samples, (wide, tall), interpolation=cv2.INTER_AREA)


def _shrunk(plane: np.ndarray, block: int) -> np.ndarray:
    """Blocks of ``block`` × ``block`` pixels as one each, their mean."""
    below, right = -plane.shape[0] % block, -plane.shape[1] % block
    if below or right:
        plane = cv2.copyMakeBorder(plane, 0, below, 0, right, borderType=cv2.BORDER_REPLICATE)
    size = plane.shape[1] // block, plane.shape[0] // block
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
