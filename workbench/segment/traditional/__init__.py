"""The tools from before the networks, on plain arrays: each a photo and a few values to a mask."""

from .chroma import Screen, chroma_key, detect_screen
from .grabcut import grabcut, grabcut_again
from .outline import filled
from .scissors import LiveWire, scissors
from .wand import magic_wand

__all__ = [
    "LiveWire",
    "Screen",
    "chroma_key",
    "detect_screen",
    "filled",
    "grabcut",
    "grabcut_again",
    "magic_wand",
    "scissors",
]
