"""A cache of rendered stages: bounded in bytes, least recently used out, safe between threads."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def key_of(*parts: Any) -> str:
    """A short hash of JSON-able values: the same parts, the same key."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def held_by(value: Any) -> dict[int, int]:
    """Bytes by the identity of what holds them: of an array or tensor, of a tuple, dict or
    dataclass of such, or of anything that says its ``size`` itself. A view holds all of its array.
    """
    if isinstance(value, np.ndarray):
        while isinstance(value.base, np.ndarray):
            value = value.base
        return {id(value): int(value.nbytes)}
    if isinstance(getattr(value, "nbytes", None), int):  # torch's tensors
        return {id(value): int(value.nbytes)}
    if isinstance(value, dict):
        return _together(value.values())
    if isinstance(value, (tuple, list)):
        return _together(value)
    if isinstance(getattr(value, "size", None), int):
        return {id(value): int(value.size)}
    if hasattr(value, "__dict__"):
        return _together(v for v in vars(value).values() if not isinstance(v, (str, int, float)))
    return {id(value): 64}


def _together(values: Iterable[Any]) -> dict[int, int]:
    found: dict[int, int] = {}
    for value in values:
        found |= held_by(value)
    return found


class StageCache:
    """Values by key within a budget of bytes. A single value over the budget is not kept.

    What several values share counts once: a stage that has nothing to do hands on the array that it
    was given, which is most of a large photo's stages.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._values: OrderedDict[str, tuple[Any, dict[int, int]]] = OrderedDict()
        self._holders: Counter[int] = Counter()  # how many values hold what, by identity
        self._sizes: dict[int, int] = {}  # bytes of that, as they were counted
        self._held = 0
        self._lock = threading.RLock()

    @property
    def held(self) -> int:
        """Bytes held now."""
        return self._held

    def get(self, key: str) -> Any | None:
        """The value, marked as used just now; or None."""
        with self._lock:
            entry = self._values.get(key)
            if entry is None:
                return None
            self._values.move_to_end(key)
            return entry[0]

    def put(self, key: str, value: Any) -> None:
        """Keep a value, and let the least recently used go where the budget is exceeded."""
        parts = held_by(value)
        with self._lock:
            self._drop(key)
            if sum(parts.values()) > self._budget:
                return
            self._values[key] = (value, parts)
            for part, size in parts.items():
                if not self._holders[part]:
                    self._sizes[part] = size
                    self._held += size
                self._holders[part] += 1
            while self._held > self._budget:
                self._drop(next(iter(self._values)))

    def _drop(self, key: str) -> None:
        _, parts = self._values.pop(key, (None, {}))
        for part in parts:
            self._holders[part] -= 1
            if not self._holders[part]:
                del self._holders[part]
                self._held -= self._sizes.pop(part)

    def clear(self) -> None:
        """Let all values go."""
        with self._lock:
            self._values.clear()
            self._holders.clear()
            self._sizes.clear()
            self._held = 0

    def get_or_make(self, key: str, make: Callable[[], T]) -> T:
        """The value, made and kept where it is not there. Two threads may both make it."""
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value
