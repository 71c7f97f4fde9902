"""The transparent layer on top of a stage, that catches the pointer in the page; ``stage.js``."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

from .modules import module


class Pointer(anywidget.AnyWidget):
    """The state that a reloaded page needs; the rest are messages."""

    # Its text and not its path: anywidget keeps every widget of a file for good, to reload it.
    _esm = module(Path(__file__).parent / "stage.js")
    size = traitlets.List([640, 520, 1.0]).tag(sync=True)  # width, height in page pixels, ratio
    fluid = traitlets.Bool(False).tag(sync=True)  # whether the width is the page's to say
    view = traitlets.List([1.0, 0.0, 0.0, 0]).tag(sync=True)  # scale, x, y, view_id
    tool = traitlets.Dict().tag(sync=True)
    busy = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    layers = traitlets.Dict().tag(sync=True)  # layer → model id of its canvas
    stores = traitlets.Dict().tag(sync=True)  # layer → model id of the canvas its pixels come in
    # number, layer, its view, whether it is empty, columns and rows of tiles
    frame = traitlets.List([0, "", 1.0, 0.0, 0.0, True, [1, 1]]).tag(sync=True)
    base = traitlets.Dict().tag(sync=True)  # the overview: jpeg, image (its height and width)
    outlines = traitlets.Dict().tag(sync=True)  # points (float32 x, y, …), lengths
    divided = traitlets.Bool(False).tag(sync=True)
    divider = traitlets.Float(0.5).tag(sync=True)  # where, as a share of the width
    flicker = traitlets.Bool(False).tag(sync=True)  # whether "before" comes and goes
    captions = traitlets.List().tag(sync=True)  # words, one a tile, or for before and after
    hovering = traitlets.Bool(False).tag(sync=True)
    findings = traitlets.List().tag(sync=True)  # of {n, box, words, severe, chosen}
