"""The sheet of keys, below the stage."""

from __future__ import annotations

import html

import ipywidgets as w

from ..keys import sheet


class KeySheet:
    """All keys of the stage and what they do, shown and hidden by "?"."""

    def __init__(self) -> None:
        rows = "".join(
            f"<div><kbd>{html.escape(key)}</kbd><span>{html.escape(words)}</span></div>"
            for key, words in sheet()
        )
        self.widget = w.HTML(
            f'<div class="wb-keys" role="region" aria-label="Keys">{rows}</div>',
            layout=w.Layout(display="none"),
        )

    def toggle(self) -> None:
        """Show it, or hide it."""
        shown = self.widget.layout.display != "none"
        self.widget.layout.display = "none" if shown else ""
