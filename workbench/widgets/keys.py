"""The keys of the stage, as a table: what they do, and how the sheet of keys says it."""

from __future__ import annotations

from .gestures import Key
from .tools import TOOLS

ACTIONS: dict[str, tuple[str, tuple[tuple[str, bool, bool], ...]]] = {
    "undo": ("Undo", (("z", True, False), ("z", False, False))),
    "redo": ("Redo", (("z", True, True), ("y", True, False))),
    "rerun": ("Re-run with your corrections as hints", (("Enter", False, False),)),
    "smaller": ("Smaller brush", (("[", False, False),)),
    "larger": ("Larger brush", (("]", False, False),)),
    "softer": ("Softer brush", (("{", False, True), ("[", False, True))),
    "harder": ("Harder brush", (("}", False, True), ("]", False, True))),
    "swap": ("Swap keep and remove", (("x", False, False),)),
    "next view": ("Next view", (("f", False, False),)),
    "view before": ("View before", (("f", False, True),)),
    "fit": ("Show the whole photo", (("0", False, False),)),
    "actual size": ("100 %", (("n", False, False),)),
    "zoom in": ("Zoom in (also the wheel)", (("+", False, False), ("=", False, False),
                                             ("+", False, True))),
    "zoom out": ("Zoom out", (("-", False, False),)),
    "keys": ("Show or hide the keys", (("?", False, True), ("?", False, False))),
}  # fmt: skip
"""Action → (what it does, the (key, ctrl, shift) that mean it; the first is the one to tell)."""

_MEANT = {press: name for name, (_, presses) in ACTIONS.items() for press in presses}
_TOOL_KEYS = {tool.key: tool.name for tool in TOOLS.values() if tool.key}


def meaning(key: Key) -> tuple[str, str] | None:
    """What a key means: ("action", name), ("tool", name), ("subject", number), or None.

    A letter with Ctrl that is not in the table is the browser's or JupyterLab's.
    """
    pressed = key.key.lower() if len(key.key) == 1 else key.key
    name = _MEANT.get((pressed, key.ctrl, key.shift))
    if name is not None:
        return "action", name
    if key.ctrl or key.alt:
        return None
    if pressed in _TOOL_KEYS and not key.shift:
        return "tool", _TOOL_KEYS[pressed]
    if pressed in "123456789" and len(pressed) == 1:
        return "subject", pressed
    return None


def sheet() -> list[tuple[str, str]]:
    """(key, what it does) for all keys, in the words of a keyboard."""
    rows = [(_said(*presses[0]), words) for words, presses in ACTIONS.values()]
    rows += [(key.upper(), f"Tool: {name}") for key, name in _TOOL_KEYS.items()]
    rows += [
        ("1 – 9", "Work on this subject"),
        ("Space, middle button", "Pan while held"),
        ("Alt, right button", "Keep becomes drop, and back"),
        ("Shift with a brush", "Straight lines"),
        ("Tab", "From control to control"),
    ]
    return rows


def _said(key: str, ctrl: bool, shift: bool) -> str:
    unshifted = {"{": "[", "}": "]"}.get(key, key)
    parts = ["Ctrl"] * ctrl + ["Shift"] * (shift and key != "?")
    return "+".join([*parts, unshifted.upper() if len(unshifted) == 1 else unshifted])
