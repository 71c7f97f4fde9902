"""The colours of the stage."""

from __future__ import annotations

KEEP, DROP = "#0072b2", "#d55e00"  # blue and vermillion: told apart by colour-blind people too
REFINE = "#009e73"
SHADE = "#444466"
SURROUND = 52  # the grey around the photo, dark enough not to compete with it


def rgb(colour: str) -> tuple[int, int, int]:
    """#rrggbb as three values 0–255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
