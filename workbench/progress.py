"""Progress that can be shown and cancelled, the same for a terminal, a widget and a test.

Long work takes ``progress: Progress | None`` and calls it with a fraction in [0, 1] and a few
words. Cancelling is an exception raised *out of that call*, so the work needs no second channel
and stops at the next place where it reports.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .errors import CancelledError

_BAR = "{desc}: {percentage:3.0f}%|{bar}|"

Progress = Callable[[float, str], None]
"""``progress(fraction, words)``: fraction in [0, 1]; may raise CancelledError."""


def report(progress: Progress | None, fraction: float, words: str) -> None:
    """Call ``progress`` where there is one. fraction is clipped to [0, 1]."""
    if progress is not None:
        progress(min(max(float(fraction), 0.0), 1.0), words)


def lasting(progress: Progress | None) -> Progress | None:
    """For work whose result is kept and will be wanted all the same: see CancelToken.supersede."""
    return getattr(progress, "lasting", progress)


class CancelToken:
    """A progress that passes on to another and raises CancelledError once ``cancel`` was called."""

    def __init__(self, then: Progress | None = None) -> None:
        self._then = then
        self._cancelled, self._superseded = threading.Event(), threading.Event()

    def cancel(self) -> None:
        """Stop the work at its next report. Safe from any thread."""
        self._cancelled.set()

    def supersede(self) -> None:
        """Something newer is wanted: stop as well, but not in a part that the newer needs too.

        Such a part reports to ``lasting(progress)``.
        """
        self._superseded.set()

    def lasting(self, fraction: float, words: str) -> None:
        """Pass the report on, or raise CancelledError where it is not merely superseded."""
        if self._cancelled.is_set():
            raise CancelledError(f"cancelled while: {words}")
        report(self._then, fraction, words)

    @property
    def cancelled(self) -> bool:
        """Whether ``cancel`` was called."""
        return self._cancelled.is_set()

    def __call__(self, fraction: float, words: str) -> None:
        """Pass the report on, or raise CancelledError."""
        if self._superseded.is_set():
            raise CancelledError(f"no longer wanted: {words}")
        self.lasting(fraction, words)


def _is_watched() -> bool:
    """Whether somebody looks: a notebook or a terminal. A log file has no use for a moving bar."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return hasattr(shell, "kernel") or sys.stderr.isatty()


class _Bar:
    """A tqdm bar that is made at the first report after ``after`` seconds."""

    def __init__(self, title: str, after: float) -> None:
        self._title, self._from = title, time.monotonic() + after
        self._tqdm: Any = None

    def __call__(self, fraction: float, words: str) -> None:
        """Show how far it is."""
        if self._tqdm is None:
            if time.monotonic() < self._from or not _is_watched():
                return
            from tqdm.auto import tqdm

            self._tqdm = tqdm(total=100, desc=self._title, leave=False, bar_format=_BAR)
        said = f"{self._title}: {words}" if words else self._title
        self._tqdm.set_description_str(said, refresh=False)
        self._tqdm.n = round(100 * fraction)
        self._tqdm.refresh()

    def close(self) -> None:
        """Take it away."""
        if self._tqdm is not None:
            self._tqdm.close()


@contextmanager
def bar(title: str, enabled: bool = True, after: float = 0.0) -> Iterator[Progress | None]:
    """A tqdm bar on stderr (or in the notebook) as a Progress, closed whatever happens.

    Args:
        title: stands before the words.
        enabled: whether there is one at all; without, None is given.
        after: seconds that must have passed before it shows, so that quick work shows none.
    """
    if not enabled:
        yield None
        return
    made = _Bar(title, after)
    try:
        yield made
    finally:
        made.close()
