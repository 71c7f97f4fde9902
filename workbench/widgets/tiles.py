"""The stage in tiles that share one zoom and pan: what lies in its middle lies in each one's."""

from __future__ import annotations

from itertools import product

from ..coordinates import View

BACKGROUNDS = ("white", "black", "checkerboard", "green", "magenta", "blurred")
"""What the view Backgrounds lays behind the cut-out, in reading order."""

Tile = tuple[View, slice, slice]
"""What a tile shows, and the rows and columns of the stage that it covers."""


def grid(canvas: tuple[int, int]) -> tuple[int, int]:
    """How many columns and rows of tiles a stage of (width, height) has: six in all."""
    return (3, 2) if canvas[0] >= canvas[1] else (2, 3)


def size(canvas: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of a tile, whole pixels."""
    columns, rows = grid(canvas)
    return max(1, canvas[0] // columns), max(1, canvas[1] // rows)


def tiles(view: View, canvas: tuple[int, int]) -> list[Tile]:
    """The tiles of a stage, in reading order.

    Args:
        view: of the stage as a whole. canvas: its (width, height); both in one kind of pixels.
    """
    columns, rows = grid(canvas)
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


def fit(shape: tuple[int, int], canvas: tuple[int, int]) -> View:
    """The stage's view in which each tile shows the whole photo (H, W)."""
    wide, tall = size(canvas)
    return View.fit(shape, (wide, tall)).panned((canvas[0] - wide) / 2, (canvas[1] - tall) / 2)
