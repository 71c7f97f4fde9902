"""Progress that can be shown and cancelled, the same for a terminal, a widget and a test.

Long work takes ``progress: Progress | None`` and calls it with a fraction in [0, 1] and a few
words. Cancelling is an exception raised *out of that call*, so the work needs no second channel
and stops at the next place where it reports.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .errors import CancelledError

_BAR = "{desc}: {percentage:3.0f}%|{bar}|"

Progress = Callable[[float, str], None]
"""``progress(fraction, words)``: fraction in [0, 1]; may raise CancelledError."""


def report(progress: Progress | None, fraction: float, words: str) -> None:
    """Call ``progress`` where there is one. fraction is clipped to [0, 1]."""
    if progress is not None:
        progress(min(max(float(fraction), 0.0), 1.0), words)


class CancelToken:
    """A progress that passes on to another and raises CancelledError once ``cancel`` was called."""

    def __init__(self, then: Progress | None = None) -> None:
        self._then = then
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Stop the work at its next report. Safe from any thread."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether ``cancel`` was called."""
        return self._cancelled.is_set()

    def __call__(self, fraction: float, words: str) -> None:
        """Pass the report on, or raise CancelledError."""
        if self._cancelled.is_set():
            raise CancelledError(f"cancelled while: {words}")
        report(self._then, fraction, words)


@contextmanager
def bar(title: str, enabled: bool = True) -> Iterator[Progress | None]:
    """A tqdm bar on stderr (or in the notebook) as a Progress, closed whatever happens."""
    if not enabled:
        yield None
        return
    from tqdm.auto import tqdm

    with tqdm(total=100, desc=title, leave=False, bar_format=_BAR) as t:

        def update(fraction: float, words: str) -> None:
            t.set_description_str(f"{title}: {words}" if words else title, refresh=False)
            t.n = round(100 * fraction)
            t.refresh()

        yield update
