"""After a re-run: what the model has understood of the corrections, and the way back."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets as w

from ...session import Session
from .controls import button


class RerunBar:
    """A line below the stage, there only while the last edit is a re-run.

    Args:
        do: does something to the session.
        difference: shows what the re-run changed.
    """

    def __init__(
        self,
        do: Callable[[Callable[[Session], Any]], None],
        difference: Callable[[], None],
    ) -> None:
        self._words = w.HTML()
        self.widget = w.HBox(
            [
                self._words,
                button("Show what changed", "Gained in blue, lost in orange", difference, "adjust"),
                button("Keep old answer", "Take the re-run back; your corrections stay",
                       lambda: do(lambda s: s.subject().keep_old_answer()), "reply"),
            ],
            layout=w.Layout(display="none", align_items="center", flex_flow="row wrap"),
        )  # fmt: skip
        self.widget.add_class("wb-tools").add_class("wb-bar")

    def show(self, understood: Any) -> None:
        """``Understood`` of the last re-run, or None: the line goes away."""
        self.widget.layout.display = "none" if understood is None else ""
        if understood is None:
            return
        parts = []
        if understood.share is not None:
            parts.append(f"the model now agrees with {understood.share:.0%} of what you painted "
                         "by itself")  # fmt: skip
        parts.append(f"gained {understood.gained:,.0f} px, lost {understood.lost:,.0f} px")
        self._words.value = f"<span>Re-run: {html.escape('; '.join(parts))}.</span>"
