"""Sliders that show what they do while they are dragged, and make one edit a drag."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

_REST = 0.25  # seconds without a change after which a slider that nobody holds is at rest


class Live:
    """Between sliders that report every value and a document in which one drag is one edit.

    Args:
        preview: called with a setting's name and value while it moves.
        commit: called with both when it is let go, or, moved by keys, when it has come to rest.
    """

    def __init__(
        self, preview: Callable[[str, Any], None], commit: Callable[[str, Any], None]
    ) -> None:
        self._preview, self._commit = preview, commit
        self._held = False
        self._waiting: tuple[str, Any] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waits(self) -> bool:
        """Whether a value was tried that is no edit yet."""
        return self._waiting is not None

    def hold(self, held: bool) -> None:
        """The page says whether a pointer is down on a slider."""
        self._held = held
        # A slider's last value may be on its way still.
        self._rest()

    def moved(self, setting: str, value: Any) -> None:
        """A slider has another value."""
        if self._waiting is not None and self._waiting[0] != setting:
            self.settle()
        self._waiting = setting, value
        try:
            asyncio.get_running_loop()
        except RuntimeError:  # a script's own: nothing to wait for
            self.settle()
            return
        self._preview(setting, value)
        self._rest()

    def settle(self) -> None:
        """Make the edit that waits, if one does."""
        waiting = self._waiting
        self.drop()
        if waiting is not None:
            self._commit(*waiting)

    def drop(self) -> None:
        """Forget what waits."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._waiting = None

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting is not None and not self._held:
            self._timer = asyncio.get_running_loop().call_later(_REST, self.settle)
