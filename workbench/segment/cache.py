"""Embeddings kept by what made them, within a budget of bytes."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable

import numpy as np

from ..arrays import digest
from ..coordinates import Box
from .base import Embedding

DEFAULT_BUDGET = 512 * 2**20


def embedding_key(image: np.ndarray | str, region: Box | None, identity: str) -> str:
    """The key under which an embedding is kept.

    Args:
        image: (H, W, 3) uint8, or its ``arrays.digest`` where that is known already.
        region: the part that is encoded, in image pixels, or None for all of it.
        identity: the segmenter's identity (name, weights, precision).

    Returns:
        64 hex digits; any change of pixels, region, weights or precision gives another.
    """
    pixels = image if isinstance(image, str) else digest(image)
    part = "whole" if region is None else ",".join(repr(float(v)) for v in region)
    return hashlib.sha256(f"{pixels}|{part}|{identity}".encode()).hexdigest()


class EmbeddingCache:
    """The embeddings used last, at most ``budget`` bytes of them. Safe from any thread.

    One that is larger than the whole budget is not kept: it would push out all the others.
    """

    def __init__(self, budget: int = DEFAULT_BUDGET) -> None:
        self.budget = int(budget)
        self._kept: OrderedDict[str, Embedding] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes held now."""
        return self._size

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def get(self, key: str) -> Embedding | None:
        """The embedding of that key, now the most recently used, or None."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, embedding: Embedding) -> None:
        """Keep an embedding; the ones used longest ago go until the budget holds."""
        with self._lock:
            old = self._kept.pop(embedding.key, None)
            if old is not None:
                self._size -= old.size
            if embedding.size > self.budget:
                return
            self._kept[embedding.key] = embedding
            self._size += embedding.size
            while self._size > self.budget:
                _, gone = self._kept.popitem(last=False)
                self._size -= gone.size

    def get_or_make(self, key: str, make: Callable[[], Embedding]) -> Embedding:
        """The embedding of that key, made and kept when it is not there.

        ``make`` runs without the lock, so that a slow one holds up no reader; whatever it raises
        goes through and nothing is kept.
        """
        found = self.get(key)
        if found is None:
            found = make()
            self.put(found)
        return found

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._size = 0
