"""Work whose parts do not hang on one another, on all processors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_MOST = 4  # threads: beyond, memory is what is waited for


def at_once(work: Callable[[T], R], parts: Iterable[T]) -> list[R]:
    """``work`` of each part, in the order of the parts, in as many threads as are of use.

    For what spends its time in NumPy or OpenCV, which let other threads run meanwhile. What comes
    out is the same as one by one; so is what is raised, the first part's first.
    """
    parts = list(parts)
    threads = min(len(parts), _processors(), _MOST)
    if threads < 2:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(threads, "workbench-part") as pool:
        return list(pool.map(work, parts))


def _processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
