"""Embeddings kept by what made them: in memory and on the disk, each within a budget of bytes."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field

import numpy as np

from ..arrays import digest
from ..coordinates import Box
from ..progress import Progress, lasting, report
from ..stages import StageCache
from . import shelf
from .base import Embedding, Segmenter, Storable

_GLANCE = 0.05  # seconds between two looks at work that another thread does


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


def runs_as(model: Segmenter) -> str:
    """A model's identity, and the kind of device that it runs on where that is not the CPU.

    A GPU adds up in another order than a CPU: what one made is not to the bit what the other makes,
    and which one a cache holds must not decide what a session gives.
    """
    device = str(getattr(model, "device", "")).partition(":")[0]
    return model.identity if device in ("", "cpu") else f"{model.identity}@{device}"


@dataclass
class _Flight:
    """An encode under way: how far it is, and what came of it."""

    fraction: float = 0.0
    words: str = ""
    made: Embedding | None = None
    landed: threading.Event = field(default_factory=threading.Event)


class EmbeddingCache:
    """The embeddings used last, of all sessions: a photo opened again is not encoded again.

    Safe from any thread; two that want the same embedding encode it once.
    """

    def __init__(self, budget: int) -> None:
        """``budget``: bytes in memory. One embedding that is larger is used and not kept."""
        self._memory = StageCache(budget)
        self._flights: dict[str, _Flight] = {}
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """Bytes in memory now."""
        return self._memory.held

    def clear(self) -> None:
        """Forget those in memory; what is on the disk stays."""
        self._memory.clear()

    def known(
        self, model: Segmenter, image_key: str, region: Box | None = None
    ) -> Embedding | None:
        """The photo as a model sees it where that is in memory; looks nowhere else.

        Args:
            model, image_key, region: see ``embed``.
        """
        return self._memory.get(embedding_key(image_key, region, model.identity))

    def embed(
        self,
        model: Segmenter,
        image: np.ndarray,
        image_key: str | None = None,
        region: Box | None = None,
        progress: Progress | None = None,
    ) -> Embedding:
        """The photo as a model sees it: from memory, from the disk, or encoded now.

        Args:
            model: any segmenter; the embeddings of a Storable one go to the disk too.
            image: (H, W, 3) uint8.
            image_key: ``arrays.digest`` of the photo, where it is known already.
            region: the part that is looked at, in image pixels, or None for all of it.
            progress: while another thread encodes the same, it is told how far that is; cancelling
                then ends the waiting and not the work. When the one who encodes is cancelled,
                the next one who waits takes over.

        Raises:
            What the model raises; CancelledError out of ``progress``.
        """
        photo = image if image_key is None else image_key
        key = embedding_key(photo, region, runs_as(model))
        while True:
            with self._lock:
                found = self._memory.get(key)
                if found is not None:
                    return found
                flight = self._flights.get(key)
                if flight is None:
                    mine = self._flights[key] = _Flight()
                    break
            while not flight.landed.wait(_GLANCE):
                report(progress, flight.fraction, flight.words)
            if flight.made is not None:
                return flight.made

        def tell(fraction: float, words: str) -> None:
            mine.fraction, mine.words = fraction, words
            report(lasting(progress), fraction, words)

        try:
            mine.made = _loaded(model, key)
            if mine.made is None:
                mine.made = model.encode(image, region, tell)
                # A GPU without room has left the work to the CPU by now.
                made_as = embedding_key(photo, region, runs_as(model))
                _stored(model, made_as, mine.made)
                self._memory.put(made_as, mine.made)
            else:
                self._memory.put(key, mine.made)
            return mine.made
        finally:
            with self._lock:
                del self._flights[key]
            mine.landed.set()


def _disk_key(model: Storable, key: str) -> str:
    return hashlib.sha256(f"{key}|{model.recipe}".encode()).hexdigest()


def _loaded(model: Segmenter, key: str) -> Embedding | None:
    """From the disk, or None. One that the model can make nothing of is removed."""
    if not isinstance(model, Storable):
        return None
    found = shelf.load(_disk_key(model, key))
    if found is None:
        return None
    header, arrays = found
    try:
        return shelf.restored(header, model.unpack(arrays, header["meta"]))
    except Exception:  # noqa: BLE001 whatever is wrong with it, encoding anew is right
        shelf.forget(_disk_key(model, key))
        return None


def _stored(model: Segmenter, key: str, made: Embedding) -> None:
    if isinstance(model, Storable) and shelf.limit():
        arrays, meta = model.pack(made.data)
        header = {**shelf.described(made), "identity": model.identity, "meta": meta}
        shelf.store(_disk_key(model, key), header, arrays)


EMBEDDINGS = EmbeddingCache(512 * 2**20)
"""The one of this process."""
