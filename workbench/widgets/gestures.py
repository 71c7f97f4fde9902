"""What a hand did on the stage: plain values, so that the controller and its tests need no browser.

A message from the page becomes a Gesture or a Key here, or is refused with an InputError: the page
is not trusted to be well, only to be often right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InputError

KINDS = ("click", "drag", "polygon")
LONGEST = 200_000  # points in one gesture; at 1000 Hz a drag of more than three minutes


@dataclass(frozen=True)
class Gesture:
    """One press of a button, from down to up; or a polygon, from its first corner to its last.

    Attributes:
        kind: "click"; "drag" when the pointer moved 4 page pixels or more, or when Shift drew a
            straight line from the stroke before; "polygon".
        points: (x, y) in image pixels, each converted in the browser with the view in force at its
            event. One point for a click, where the button went down; a drag may leave the image;
            a polygon has three corners or more, the first is not repeated.
        pressures: one value in [0, 1] for each point from a pen, None from a mouse or a finger.
        button: 0 left, 1 middle, 2 right.
        alt, shift, ctrl: held when the button first went down; ctrl is also the Command key.
        tool: the tool in force when the gesture began; "" where the page could not know, since a
            key may have changed it that the kernel had not answered yet: what the kernel has in
            force then is right, for it heard of the key first.
        view_id: which of the views that the stage was given was in force when it began.
        serial: grows from gesture to gesture; ``Stage.clear_echo`` takes it.
    """

    kind: str
    points: tuple[tuple[float, float], ...]
    pressures: tuple[float, ...] | None
    button: int
    alt: bool
    shift: bool
    ctrl: bool
    tool: str
    view_id: int
    serial: int = 0


@dataclass(frozen=True)
class Key:
    """A key pressed while the stage had the focus.

    Attributes:
        key: as the browser names it: "a" (a letter is always small), "[", "Enter", "Delete"; the
            key with = and + on it is "+" either way.
        ctrl, shift, alt: held; ctrl is also the Command key.
    """

    key: str
    ctrl: bool
    shift: bool
    alt: bool


def read_gesture(message: Mapping[str, Any]) -> Gesture:
    """A Gesture out of a message from the page.

    Raises:
        InputError: something is missing, of the wrong kind, or not finite.
    """
    kind = read_field(message, "kind", str)
    if kind not in KINDS:
        raise InputError(f"expected a gesture of kind click, drag or polygon, got {kind!r}")
    flat = numbers(message, "points")
    if len(flat) < 2 or len(flat) % 2 or len(flat) > 2 * LONGEST:
        raise InputError(
            f"expected 1 to {LONGEST} points as x, y, x, y, … in a gesture, got {len(flat)} numbers"
        )
    points = tuple(zip(flat[::2], flat[1::2], strict=True))
    if kind == "polygon" and len(points) < 3:
        raise InputError(f"expected a polygon of 3 corners or more, got {len(points)}")
    pressures = None
    if message.get("pressures") is not None:
        pressures = numbers(message, "pressures")
        if len(pressures) != len(points):
            raise InputError(
                f"expected a pressure for each of {len(points)} points, got {len(pressures)}"
            )
        pressures = tuple(min(max(value, 0.0), 1.0) for value in pressures)
    button = read_field(message, "button", int)
    if button not in (0, 1, 2):
        raise InputError(f"expected the button 0, 1 or 2, got {button}")
    return Gesture(
        kind=kind,
        points=points,
        pressures=pressures,
        button=button,
        alt=read_field(message, "alt", bool),
        shift=read_field(message, "shift", bool),
        ctrl=read_field(message, "ctrl", bool),
        tool=read_field(message, "tool", str),
        view_id=read_field(message, "view_id", int),
        serial=read_field(message, "serial", int),
    )


def read_key(message: Mapping[str, Any]) -> Key:
    """A Key out of a message from the page.

    Raises:
        InputError: something is missing or of the wrong kind.
    """
    return Key(
        key=read_field(message, "key", str),
        ctrl=read_field(message, "ctrl", bool),
        shift=read_field(message, "shift", bool),
        alt=read_field(message, "alt", bool),
    )


def numbers(message: Mapping[str, Any], name: str, count: int | None = None) -> tuple[float, ...]:
    """The finite numbers that a message holds under ``name``; exactly ``count`` where given.

    Raises:
        InputError: not a list of finite numbers, or not so many.
    """
    values = read_field(message, name, list)
    if count is not None and len(values) != count:
        raise InputError(f"expected {count} numbers in {name!r}, got {len(values)}")
    for value in values:
        # bool is an int to Python, but no coordinate.
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not math.isfinite(value):
            raise InputError(f"expected finite numbers in {name!r}, got {value!r}")
    return tuple(float(value) for value in values)


def read_number(message: Mapping[str, Any], name: str) -> float:
    """The finite number above 0 that a message holds under ``name``.

    Raises:
        InputError: it is none.
    """
    (value,) = numbers({name: [message.get(name)]}, name)
    if value <= 0:
        raise InputError(f"expected {name!r} in a message from the page above 0, got {value}")
    return value


def read_field(message: Mapping[str, Any], name: str, kind: type) -> Any:
    """What a message holds under ``name``, of the kind that it should be.

    Raises:
        InputError: missing, or of another kind.
    """
    value = message.get(name)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InputError(
            f"expected {name!r} in a message from the page to be {kind.__name__}, got {value!r:.60}"
        )
    return value
