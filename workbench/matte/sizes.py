"""A photo at its sizes, each halved from the one before, and the hashes of windows of them."""

from __future__ import annotations

import hashlib
import weakref

import numpy as np

from ..arrays import to_float
from ..stages import StageCache
from .grid import half

Window = tuple[slice, slice]


class Sizes:
    """One photo at its sizes. Holds the photo itself only as long as somebody else does."""

    def __init__(self, image: np.ndarray, halvings: int) -> None:
        self._photo = weakref.ref(image)
        self._halved: list[np.ndarray] = []
        self._hashes: dict[tuple[int, int, int, int, int], bytes] = {}
        for level in range(1, halvings + 1):
            self.at(level)

    def is_of(self, image: np.ndarray) -> bool:
        """Whether this is the very array."""
        return self._photo() is image

    @property
    def size(self) -> int:
        """Bytes held."""
        return sum(one.nbytes for one in self._halved)

    def at(self, level: int) -> np.ndarray:
        """(h, w, 3) at a size: the photo as it is at 0, above that float32 in [0, 1]."""
        if level == 0:
            photo = self._photo()
            assert photo is not None  # whoever asks holds it
            return photo
        while len(self._halved) < level:
            self._halved.append(half(to_float(self.at(len(self._halved)))))
        return self._halved[level - 1]

    def window(self, level: int, window: Window) -> np.ndarray:
        """(h, w, 3) float32 of its own, contiguous."""
        return np.ascontiguousarray(to_float(self.at(level)[window]))

    def hash(self, level: int, window: Window) -> bytes:
        """SHA-256 of what ``window`` gives; taken once."""
        rows, columns = window
        key = level, rows.start, rows.stop, columns.start, columns.stop
        if key not in self._hashes:
            part = self.window(level, window)
            sha = hashlib.sha256(repr(part.shape).encode())
            sha.update(part.data)
            self._hashes[key] = sha.digest()
        return self._hashes[key]


def sizes_of(image: np.ndarray, halvings: int, cache: StageCache | None) -> Sizes:
    """A photo's sizes; kept in the cache where the array can not change under it.

    Halving 24 MP and hashing all tiles of it takes longer than all else that a stroke needs.
    """
    base: np.ndarray | None = image
    while isinstance(base, np.ndarray) and not base.flags.writeable:
        base = base.base
    if cache is None or base is not None:
        return Sizes(image, halvings)
    key = f"sizes:{id(image)}"
    known: Sizes | None = cache.get(key)
    if known is None or not known.is_of(image):
        known = Sizes(image, halvings)
        cache.put(key, known)
    return known
