"""One worker thread for a session: models and solvers run there, answers come back on the loop.

Only the latest wish matters: a job that has not begun when a newer one arrives is never begun, one
that runs stops where the newer one does not need what it makes, and an answer that came too late is
dropped.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from ..errors import CancelledError
from ..progress import CancelToken

Job = Callable[[CancelToken], Any]

_QUIET = 0.1  # seconds between two progress reports to the page


class Worker:
    """Runs jobs off the main thread, one at a time.

    Args:
        on_progress: ``on_progress(fraction or None, words or None)`` on the loop; (None, None)
            when there is nothing to do any more.
        inline: run each job at once in the calling thread (for tests, and where no event loop
            runs).
    """

    def __init__(
        self,
        on_progress: Callable[[float | None, str | None], None] = lambda fraction, words: None,
        inline: bool = False,
    ) -> None:
        self._on_progress = on_progress
        self._loop: asyncio.AbstractEventLoop | None = None
        if not inline:
            try:
                self._loop = asyncio.get_running_loop()
            except RuntimeError:
                inline = True
        self._inline = inline
        self._wake = threading.Condition()
        self._next: dict[str, tuple[int, Job, Callable[..., None], Callable[..., None]]] = {}
        self._wanted: dict[str, int] = {}
        self._token: CancelToken | None = None
        self._lane = ""  # of the job that runs
        self._running: tuple[int, Callable[[BaseException], None]] = (0, lambda error: None)
        self._stopped = False
        self._thread: threading.Thread | None = None

    def submit(
        self,
        lane: str,
        job: Job,
        done: Callable[[Any, float], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Ask for a job; it replaces one of the same lane that has not been answered yet.

        Args:
            lane: jobs of one lane supersede one another ("look", "export", "fetch").
            job: called in the worker with a progress that may raise CancelledError.
            done: called on the loop with the job's result and its seconds.
            failed: called on the loop with what the job raised.
        """
        with self._wake:
            number = self._wanted.get(lane, 0) + 1
            self._wanted[lane] = number
            self._next.pop(lane, None)
            self._next[lane] = (number, job, done, failed)
            if self._token is not None and self._lane == lane:
                self._token.supersede()
            if not self._inline and self._thread is None:
                self._thread = threading.Thread(target=self._work, name="workbench", daemon=True)
                self._thread.start()
            self._wake.notify()
        if self._inline:
            self._run_next()

    def cancel(self, *lanes: str) -> None:
        """Stop the running job at its next report, and those that wait before they begin.

        Args:
            lanes: only jobs of these; by default all.

        Each one's ``failed`` is given the CancelledError, unless a newer one of its lane was asked
        for by then.
        """
        with self._wake:
            waiting = {lane: self._next[lane] for lane in lanes or (*self._next,)
                       if lane in self._next}  # fmt: skip
            for lane in waiting:
                del self._next[lane]
            if self._token is not None and (not lanes or self._lane in lanes):
                self._token.cancel()
        error = CancelledError("cancelled while waiting")
        for lane, (number, _, _, failed) in waiting.items():
            self._answer(lane, number, partial(failed, error), error)

    def meanwhile(self, call: Callable[[], None]) -> None:
        """For the job that runs: call back on the loop before it ends, unless it is not wanted.

        What the call raises goes to the job's ``failed``.
        """
        with self._wake:
            lane = self._lane
            number, failed = self._running

        def answer() -> None:
            if self._wanted.get(lane) != number:
                return
            try:
                call()
            except Exception as raised:  # noqa: BLE001 what shows a result may go wrong as well
                failed(raised)

        self._on_loop(answer)

    @property
    def inline(self) -> bool:
        """Whether jobs run at once in the thread that asks."""
        return self._inline

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits."""
        return self._token is not None or bool(self._next)

    def close(self) -> None:
        """End the thread after the running job; nothing is answered any more."""
        with self._wake:
            self._stopped = True
            self._next.clear()
            self._wanted.clear()
            if self._token is not None:
                self._token.cancel()
            self._wake.notify()

    def _work(self) -> None:
        while True:
            with self._wake:
                while not self._next and not self._stopped:
                    self._wake.wait()
                if self._stopped:
                    return
            self._run_next()

    def _run_next(self) -> None:
        with self._wake:
            if not self._next:
                return
            lane = next(iter(self._next))
            number, job, done, failed = self._next.pop(lane)
            token = self._token = CancelToken(self._reporter())
            self._lane, self._running = lane, (number, failed)
        start = time.perf_counter()
        result: Any = None
        error: BaseException | None = None
        try:
            result = job(token)
        except BaseException as raised:  # noqa: BLE001 handed to ``failed``, never swallowed
            error = raised
        seconds = time.perf_counter() - start
        with self._wake:
            self._token = None

        def call() -> None:
            if error is not None:
                failed(error)
                return
            try:
                done(result, seconds)
            except Exception as raised:  # noqa: BLE001 what shows a result may go wrong as well
                failed(raised)

        self._answer(lane, number, call, error)

    def _answer(
        self, lane: str, number: int, call: Callable[[], None], error: BaseException | None
    ) -> None:
        """Call back on the loop, where it is not too late."""

        def answer() -> None:
            if not self.busy:
                self._on_progress(None, None)
            late = self._wanted.get(lane) != number
            # Too late: something newer was asked for. A failure is still worth words, but being
            # cancelled is what was wished.
            if not late or not (error is None or isinstance(error, CancelledError)):
                call()

        self._on_loop(answer)

    def _reporter(self) -> Callable[[float, str], None]:
        last = 0.0

        def tell(fraction: float, words: str) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last < _QUIET and fraction < 1:
                return
            last = now
            self._on_loop(lambda: self._on_progress(fraction, words) if self.busy else None)

        return tell

    def _on_loop(self, call: Callable[[], None]) -> None:
        if self._inline or self._loop is None:
            call()
        elif not self._loop.is_closed() and not self._stopped:
            self._loop.call_soon_threadsafe(call)
