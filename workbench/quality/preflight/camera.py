"""What the camera was set to, beside what the articles advise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .seen import Seen, taken
from .shot import Shot

SHUTTER = 200.0
"""1/s, at least: 1/200 s or faster."""

APERTURE = (5.6, 8.0)
"""f-numbers with depth enough, and not yet softened by diffraction."""

ISO = 400.0
"""At most; 100 is best."""


def shutter(shot: Shot) -> list[Seen]:
    """The exposure time as its inverse, 1/s; limit SHUTTER, at least. Nothing without EXIF."""
    seconds = _positive(shot.camera, "ExposureTime")
    if seconds is None:
        return []
    words = f"Exposed for {spoken(seconds)}; 1/{SHUTTER:g} s or faster is good."
    why = f"{words} What moves, and a hand that shakes, is smeared at the edge."
    return [_hint(taken("shutter", 1 / seconds, "1/s", SHUTTER, words, why, at_least=True))]


def aperture(shot: Shot) -> list[Seen]:
    """Stops outside f/5.6 to f/8; limit 1. Nothing without EXIF."""
    number = _positive(shot.camera, "FNumber")
    if number is None:
        return []
    wide, narrow = APERTURE
    off = max(0.0, _stops(wide, number), _stops(number, narrow))
    words = f"Taken at f/{number:.3g}; f/{wide:g} to f/{narrow:g} is good."
    far = "hair behind the plane of focus is soft" if number < wide else "diffraction softens it"
    why = f"{words} At that aperture {far}."
    return [_hint(taken("aperture", off, "stops off", 1.0, words, why))]


def iso(shot: Shot) -> list[Seen]:
    """The sensitivity; limit ISO. Nothing without EXIF."""
    value = _positive(shot.camera, "ISO")
    if value is None:
        return []
    words = f"Taken at ISO {value:.0f}; 100 to {ISO:g} is good."
    why = f"{words} Grain, and what takes it out again, eat fine detail along the edge."
    return [_hint(taken("iso", value, "ISO", ISO, words, why))]


def _hint(seen: Seen) -> Seen:
    """Half as severe: what the camera was set to makes a fault likely, and is none."""
    return replace(seen, severity=seen.severity / 2)


def used(camera: Mapping[str, Any]) -> str:
    """What the photo's EXIF says was used, one sentence; that it says nothing, where it does."""
    said = []
    number, seconds = _positive(camera, "FNumber"), _positive(camera, "ExposureTime")
    sensitivity, length = _positive(camera, "ISO"), _positive(camera, "FocalLength")
    if number is not None:
        said.append(f"f/{number:.3g}")
    if seconds is not None:
        said.append(spoken(seconds))
    if sensitivity is not None:
        said.append(f"ISO {sensitivity:.0f}")
    if length is not None:
        said.append(f"{length:.3g} mm")
    if not said:
        return "The file does not say what the camera was set to (no EXIF)."
    return f"This photo was taken at {', '.join(said)}."


def spoken(seconds: float) -> str:
    """An exposure time as photographers write it."""
    return f"1/{1 / seconds:.0f} s" if seconds < 0.4 else f"{seconds:.1f} s"


def _positive(camera: Mapping[str, Any], name: str) -> float | None:
    value = camera.get(name)
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
    return float(value) if good else None  # type: ignore[arg-type]


def _stops(one: float, other: float) -> float:
    """How many stops more light the second of two f-numbers lets in."""
    return 2 * math.log2(one / other)
