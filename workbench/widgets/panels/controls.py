"""Small helpers that every panel uses."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import ipywidgets as w

WIDTH = "262px"
INNER = "252px"
LABEL = "82px"


def button(
    name: str, words: str, act: Callable[[], Any], icon: str = "", width: str = "auto"
) -> w.Button:
    """A button whose description is its accessible name and whose tooltip says what it does."""
    made = w.Button(description=name, tooltip=words, icon=icon, layout=w.Layout(width=width))
    made.on_click(lambda _: act())
    return made


def titled(title: str, *rows: w.Widget) -> w.VBox:
    """Controls under a small heading."""
    head = w.HTML(f'<b class="wb-title">{html.escape(title)}</b>')
    return w.VBox([head, *rows], layout=w.Layout(width=WIDTH, margin="0 0 6px 0"))


def row(*controls: w.Widget) -> w.HBox:
    """Controls side by side that wrap where there is no room."""
    made = w.HBox(list(controls), layout=w.Layout(flex_flow="row wrap", align_items="center"))
    made.add_class("wb-tools")
    return made


def closed(*widgets: w.Widget) -> None:
    """Close widgets with all that is in them.

    ipywidgets keeps every widget until it is closed, and with it whatever its callbacks know: a
    panel that is merely replaced would hold its session and the photo for good.
    """
    for one in widgets:
        closed(*getattr(one, "children", ()))
        for part in ("layout", "style"):
            held = getattr(one, part, None)
            if isinstance(held, w.Widget):
                held.close()
        one.close()


def slider(
    name: str,
    words: str,
    low: float,
    high: float,
    step: float,
    value: float,
    live: bool = False,
) -> w.FloatSlider:
    """A slider that reports once, when it is let go; a live one, every value on the way."""
    return w.FloatSlider(
        description=name,
        tooltip=words,
        min=low,
        max=high,
        step=step,
        value=value,
        continuous_update=live,
        readout_format=("d" if float(step).is_integer() else ".2f"),
        style={"description_width": LABEL},
        layout=w.Layout(width=INNER),
    )


def finely(name: str, words: str, values: Sequence[float]) -> w.SelectionSlider:
    """A slider through given values: fine where they are small, far where they are large."""
    return w.SelectionSlider(
        description=name,
        tooltip=words,
        options=[(f"{value:g}", float(value)) for value in values],
        continuous_update=True,
        style={"description_width": LABEL},
        layout=w.Layout(width=INNER),
    )


def choice(name: str, words: str, options: Sequence[Any] = ()) -> w.Dropdown:
    """A drop-down list as wide as the sliders."""
    return w.Dropdown(
        description=name,
        tooltip=words,
        options=options,
        style={"description_width": LABEL},
        layout=w.Layout(width=INNER),
    )


class Quiet:
    """Lets a panel show the session's values without taking its own changes for a person's."""

    def __init__(self) -> None:
        self._depth = 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """While inside, observers made by ``heard`` hear nothing."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def heard(self, act: Callable[[Any], None]) -> Callable[[Any], None]:
        """An observer that is deaf while the panel itself sets values."""

        def observe(change: Any) -> None:
            if not self._depth:
                act(change["new"])

        return observe
