"""The edge of an alpha: cleaner, smoother, softer, harder, further in or out.

Pure functions on (H, W) alphas in [0, 1], one subject a file. Each is the identity, to the bit, at
its neutral value, and leaves alone, to the bit, every pixel further from an edge than its own
reach (holes and islands: every pixel that is not of one). The photo's frame is no edge: values
beyond it are taken to be those at the border.
"""

from __future__ import annotations

from .cleaning import denoise, despeckle
from .moving import contract, shift
from .outline import contrast, edge_blur, feather, smooth
from .parts import ALL, drop_islands, fill_holes
from .settings import ORDER, PRESETS, Preset, apply_edges, reach

__all__ = [
    "ALL",
    "ORDER",
    "PRESETS",
    "Preset",
    "apply_edges",
    "contract",
    "contrast",
    "denoise",
    "despeckle",
    "drop_islands",
    "edge_blur",
    "feather",
    "fill_holes",
    "reach",
    "shift",
    "smooth",
]
