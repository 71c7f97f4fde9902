"""The stage in tiles that share one zoom and pan: what lies in its middle lies in each one's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from ..coordinates import View
from .colours import SURROUND

BACKGROUNDS = (
    "white", "black", "checkerboard", "green", "magenta", "blurred", "grey", "red", "blue",
    "yellow", "light grey", "dark grey", "cyan", "photo",
)  # fmt: skip
"""What the view Backgrounds lays behind the cut-out, in reading order: as many as there are tiles.
"""

COUNTS = (6, 8, 12)
"""How many tiles a person may have of it."""

_FIRST_OUT = ("checkerboard", "magenta", "grey", "yellow", "green", "red", "blue", "blurred")
"""What makes room for a person's own pictures: what shows a fringe best stays longest."""

Part = Callable[[View, tuple[int, int]], np.ndarray]
"""Makes what a tile shows, (h, w, 3) uint8, of its own view and (width, height)."""

Tile = tuple[View, slice, slice]
"""What a tile shows, and the rows and columns of the stage that it covers."""


def grounds(count: int, own: Sequence[Any] = ()) -> tuple[Any, ...]:
    """What ``count`` tiles have behind the cut-out: names of BACKGROUNDS, and pictures of one's
    own, the latest of which take the place of as many names."""
    names = list(BACKGROUNDS[:count])
    for name in [one for one in _FIRST_OUT if one in names][: len(own)]:
        names.remove(name)
    pictures = list(own)[len(own) - (count - len(names)) :]
    return (*names, *pictures)


def grid(canvas: tuple[int, int], count: int) -> tuple[int, int]:
    """How many columns and rows of tiles a stage of (width, height) has, for so many or the few
    more that fill it: the most nearly square ones."""
    found = []
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        wide, tall = canvas[0] / columns, canvas[1] / rows
        # Nearly square first, then few empty ones; of the same the one with more columns.
        found.append(
            (max(wide / tall, tall / wide) * (columns * rows / count) ** 2, -columns, rows)
        )
    _, columns, rows = min(found)
    return -columns, rows


def size(canvas: tuple[int, int], count: int) -> tuple[int, int]:
    """(width, height) of a tile, whole pixels."""
    columns, rows = grid(canvas, count)
    return max(1, canvas[0] // columns), max(1, canvas[1] // rows)


def tiles(view: View, canvas: tuple[int, int], count: int) -> list[Tile]:
    """The tiles of a stage, in reading order: at least ``count``.

    Args:
        view: of the stage as a whole. canvas: its (width, height); both in one kind of pixels.
        count: how many are needed; one is the stage as it is.
    """
    columns, rows = grid(canvas, count)
    across = [round(canvas[0] * n / columns) for n in range(columns + 1)]
    down = [round(canvas[1] * n / rows) for n in range(rows + 1)]
    found: list[Tile] = []
    for r, c in product(range(rows), range(columns)):
        # From the stage's middle to the tile's, as the page has it too.
        shift_x = canvas[0] * ((c + 0.5) / columns - 0.5) - across[c]
        shift_y = canvas[1] * ((r + 0.5) / rows - 0.5) - down[r]
        found.append(
            (view.panned(shift_x, shift_y), slice(down[r], down[r + 1]),
             slice(across[c], across[c + 1]))
        )  # fmt: skip
    return found


def fit(shape: tuple[int, int], canvas: tuple[int, int], count: int) -> View:
    """The stage's view in which each tile shows the whole photo (H, W)."""
    if count == 1:
        return View.fit(shape, canvas)
    wide, tall = size(canvas, count)
    return View.fit(shape, (wide, tall)).panned((canvas[0] - wide) / 2, (canvas[1] - tall) / 2)


def joined(
    parts: Sequence[Part], view: View, canvas: tuple[int, int], ratio: float = 1.0
) -> np.ndarray:
    """Several pictures of one place, a tile each, with a seam between them. (h, w, 3) uint8.

    Args:
        parts: what makes them, in reading order.
        view, canvas: of the stage as a whole, see ``pictures.seen``.
        ratio: device pixels in a page pixel.
    """
    picture = np.full((canvas[1], canvas[0], 3), SURROUND, np.uint8)
    seam = max(1, round(ratio))
    for part, (own, rows, columns) in zip(parts, tiles(view, canvas, len(parts)), strict=False):
        picture[rows, columns] = part(own, (columns.stop - columns.start, rows.stop - rows.start))
        if rows.start:
            picture[rows.start : rows.start + seam, columns] = SURROUND
        if columns.start:
            picture[rows, columns.start : columns.start + seam] = SURROUND
    return picture
