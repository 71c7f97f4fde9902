"""A cache of rendered stages: bounded in bytes, least recently used out, safe between threads."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def key_of(*parts: Any) -> str:
    """A short hash of JSON-able values: the same parts, the same key."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def size_of(value: Any) -> int:
    """Bytes held by an array or tensor, by a tuple, dict or dataclass of such, or by anything that
    says its ``size`` itself."""
    if isinstance(getattr(value, "nbytes", None), int):  # NumPy's arrays and torch's tensors
        return int(value.nbytes)
    if isinstance(value, dict):
        return sum(size_of(v) for v in value.values())
    if isinstance(value, (tuple, list)):
        return sum(size_of(v) for v in value)
    if isinstance(getattr(value, "size", None), int):
        return int(value.size)
    if hasattr(value, "__dict__"):
        return sum(size_of(v) for v in vars(value).values() if not isinstance(v, (str, int, float)))
    return 64


class StageCache:
    """Values by key within a budget of bytes. A single value over the budget is not kept."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._values: OrderedDict[str, tuple[Any, int]] = OrderedDict()
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
        size = size_of(value)
        with self._lock:
            self._held -= self._values.pop(key, (None, 0))[1]
            if size > self._budget:
                return
            self._values[key] = (value, size)
            self._held += size
            while self._held > self._budget:
                _, (_, freed) = self._values.popitem(last=False)
                self._held -= freed

    def clear(self) -> None:
        """Let all values go."""
        with self._lock:
            self._values.clear()
            self._held = 0

    def get_or_make(self, key: str, make: Callable[[], T]) -> T:
        """The value, made and kept where it is not there. Two threads may both make it."""
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value
