"""What ipywidgets lacks in the page: a photo chooser, accessible names, keys of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as w
import traitlets

from .arriving import Arrivals
from .modules import module

_HERE = Path(__file__).parent  # of the pages, read as text: see pointer.Pointer
_PICTURES = "image/jpeg,image/png,image/webp,image/tiff,image/bmp"


class Chooser(anywidget.AnyWidget):
    """A button that hands a photo, or another file, from the person's computer to the kernel.

    Args:
        name: the button's text and accessible name.
        words: what it does, its tooltip.
        chosen: called with the file's name and its bytes.
        failed: called with what went wrong on the way.
        accept: the kinds of file that it offers, as HTML's input does; by default pictures.
    """

    _esm = module(_HERE / "chooser.js")
    name = traitlets.Unicode().tag(sync=True)
    accept = traitlets.Unicode().tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)  # not "tooltip": ipywidgets would set it too early

    def __init__(
        self,
        name: str,
        words: str,
        chosen: Callable[[str, bytes], Any],
        failed: Callable[[BaseException], Any],
        accept: str = _PICTURES,
    ) -> None:
        super().__init__(name=name, words=words, accept=accept)
        arrivals = Arrivals()

        def receive(_: Any, content: Any, buffers: Any) -> None:
            try:
                arrived = arrivals.take(content, buffers)
                if arrived is not None:
                    chosen(*arrived)
            except Exception as error:  # noqa: BLE001 shown in the status line
                failed(error)

        self.on_msg(receive)


class AppPage(anywidget.AnyWidget):
    """Invisible; gives the app it lies in what a screen reader needs, and keeps its keys."""

    _esm = (_HERE / "app.js").read_text("utf-8")
    tooltips = traitlets.Dict().tag(sync=True)  # label → tooltip, of controls inside
    holding = traitlets.Bool(False).tag(sync=True)  # whether a pointer is down on a slider

    def follow(self, app: w.Box) -> None:
        """Have the page show the tooltips that ipywidgets keeps for itself: those of drop-down
        lists and check boxes that have a label."""

        def walk(one: w.Widget) -> Iterator[tuple[str, str]]:
            words = getattr(one, "tooltip", None)
            if words and isinstance(one, w.Dropdown | w.Checkbox) and one.description:
                yield one.description, words
            for child in getattr(one, "children", ()):
                yield from walk(child)

        self.tooltips = dict(walk(app))
