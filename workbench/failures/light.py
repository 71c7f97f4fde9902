"""Composites where the light is wrong: cut out perfectly, and still seen to be pasted.

The matte is exact; what gives the picture away is that the subject was photographed in other light
than its new background: of another colour temperature, from the other side, brighter or darker,
or of another contrast (hard sun against haze). The truth here is the composite as it ought to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from ..arrays import frozen
from ..errors import unknown_name
from ..lighting import to_linear, to_srgb
from . import backdrops
from .case import SIZE, Request, check_seed_and_size, check_severity
from .choosing import shape_of
from .scene import Shape, grain_of, mix
from .things import Light, vase

FAULTS = ("temperature", "direction", "brightness", "contrast")
"""What may be wrong, by name."""

_WARM, _COOL = 3200.0, 9500.0  # kelvin of the furthest lights
_STOPS = 1.6  # of exposure between subject and scene at severity 1


@dataclass(frozen=True, eq=False)
class LightCase:
    """A composite in the wrong light, and in the right one. All arrays are read-only.

    Attributes:
        fault, severity, seed: what it was asked as.
        image: (H, W, 3) uint8, the composite that looks pasted.
        right: (H, W, 3) uint8, the same subject in the light of the scene.
        cutout: (H, W, 3) float32 sRGB, the subject's colours as they were photographed.
        relit: (H, W, 3) float32 sRGB, its colours in the scene's light.
        alpha: (H, W) float32, exact for both. background: (H, W, 3) float32 sRGB, with the
            subject's shadow, which falls as the scene's light has it.
        shadow: (H, W) float32, the share of light that it takes.
        why: what gives it away.
        facts: kelvin of "subject" and "scene", degrees from which their light comes (0 is from
            the right, 90 from above), exposure of the subject in stops.
    """

    fault: str
    severity: float
    seed: int
    image: np.ndarray
    right: np.ndarray
    cutout: np.ndarray
    relit: np.ndarray
    alpha: np.ndarray
    background: np.ndarray
    shadow: np.ndarray
    why: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for plane in (self.image, self.right, self.cutout, self.relit, self.alpha,
                      self.background, self.shadow):  # fmt: skip
            frozen(plane)


def light_case(
    fault: str = "temperature", severity: float = 0.5, seed: int = 0, *, size: int = SIZE
) -> LightCase:
    """A composite whose light is wrong in one way; the same for the same arguments.

    Args:
        fault: one of FAULTS. severity: 0 (it fits: ``image`` is ``right``) to 1.
        seed: a whole number from 0; it chooses subject, scene and which way it is wrong.
        size: pixels of the longer side, 64 to 4096.

    Raises:
        UnknownNameError: no such fault. InputError: a severity, seed or size out of range.
    """
    if fault not in FAULTS:
        raise unknown_name("fault", fault, FAULTS)
    check_severity(severity)
    check_seed_and_size(seed, size)
    asked = Request("light", float(severity), int(seed), int(size))
    rng = asked.rng("scene")
    shape = shape_of(asked)
    sign = 1 if rng.random() < 0.5 else -1
    other = sign * (1 if rng.random() < 0.5 else -1)
    kelvin = {"scene": 5600.0, "subject": 5600.0}
    angle = {"scene": 90 - 50.0 * sign, "subject": 90 - 50.0 * sign}
    stops, ambient = 0.0, 0.34
    if fault == "temperature":
        kelvin["scene"] = _WARM if other > 0 else _COOL
        target = _COOL if other > 0 else _WARM
        # In equal steps of the reciprocal, as the eye has it.
        step = severity * (1 / target - 1 / kelvin["scene"])
        kelvin["subject"] = 1 / (1 / kelvin["scene"] + step)
    elif fault == "direction":
        angle["subject"] = 90 - 50.0 * sign * (1 - 2 * severity)
    elif fault == "brightness":
        stops = _STOPS * severity * other
    else:
        ambient = 0.34 + severity * (0.5 if other > 0 else -0.28)
    floor, shadow = _scene(asked, shape, sign, kelvin["scene"])
    relit, alpha = _subject(asked, shape, angle["scene"], kelvin["scene"], 0.34, 0.0)
    cutout, _ = _subject(asked, shape, angle["subject"], kelvin["subject"], ambient, stops)
    noise = grain_of(asked, shape, 0.006)
    floor, relit, cutout = (np.clip(plane + noise, 0, 1) for plane in (floor, relit, cutout))
    return LightCase(
        fault, float(severity), int(seed),
        np.rint(mix(cutout, floor, alpha) * 255).astype(np.uint8),
        np.rint(mix(relit, floor, alpha) * 255).astype(np.uint8),
        cutout, relit, alpha, floor, shadow, _WHY[fault],
        {"kelvin": kelvin, "degrees": angle, "stops": stops, "ambient": ambient},
    )  # fmt: skip


_WHY = {
    "temperature": "The subject's whites are not the scene's: the one is warmer than the other.",
    "direction": "The subject is lit from one side, and its shadow says from the other.",
    "brightness": "The subject's exposure is not the scene's: nothing near is so bright or dark.",
    "contrast": "The subject's shadows are deeper or flatter than any of the scene's.",
}


def white_of(kelvin: float) -> np.ndarray:
    """The colour of a light: (3,) linear sRGB, green 1 (Krystek's fit to the Planckian locus).

    M. Krystek, "An algorithm to calculate correlated colour temperature", Color Research and
    Application 10 (1985), 38–40: u and v of a black body from 1000 to 15000 K.
    """
    t = float(kelvin)
    u = (0.860117757 + 1.54118254e-4 * t + 1.28641212e-7 * t * t) / (
        1 + 8.42420235e-4 * t + 7.08145163e-7 * t * t)  # fmt: skip
    v = (0.317398726 + 4.22806245e-5 * t + 4.20481691e-8 * t * t) / (
        1 - 2.89741816e-5 * t + 1.61456053e-7 * t * t)  # fmt: skip
    x, y = 3 * u / (2 * u - 8 * v + 4), 2 * v / (2 * u - 8 * v + 4)
    # XYZ to linear sRGB (IEC 61966-2-1).
    turn = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415],
                     [0.0557, -0.2040, 1.0570]])  # fmt: skip
    colour = np.maximum(turn @ np.array([x / y, 1, (1 - x - y) / y]), 0.01)
    return (colour / colour[1]).astype(np.float32)


def _lit(picture: np.ndarray, kelvin: float, stops: float = 0.0) -> np.ndarray:
    """A picture taken in a light, by a camera set for daylight of 6500 K."""
    gain = white_of(kelvin) / white_of(6500.0) * np.float32(2.0**stops)
    gain = gain / max(1.0, float((gain / np.float32(2.0**stops)).max()))
    return to_srgb(to_linear(picture) * gain)


def _subject(
    asked: Request, shape: Shape, degrees: float, kelvin: float, ambient: float, stops: float
) -> tuple[np.ndarray, np.ndarray]:
    """The pot's colours in a light, and its alpha."""
    height, width = shape
    way = np.deg2rad(degrees)
    light = Light((float(np.cos(way)), -float(np.sin(way)), 0.6), ambient=ambient)
    foot = width * asked.rng("foot").uniform(0.42, 0.58), 0.82 * height
    layer = vase(shape, foot, 0.58 * height, asked.rng("pot"), light)
    return _lit(layer.colour, kelvin, stops), layer.alpha


def _scene(asked: Request, shape: Shape, sign: int, kelvin: float) -> tuple[np.ndarray, np.ndarray]:
    """The background in its light, with the shadow that belongs there; and that shadow."""
    height, width = shape
    rng = asked.rng("wall")
    made = backdrops.studio(shape, rng.uniform([0.7, 0.68, 0.64], [0.92, 0.9, 0.86]), 0.6)
    if sign > 0:  # the sweep is lit from the left
        made = np.ascontiguousarray(made[:, ::-1])
    alpha = _subject(asked, shape, 90.0, 6500.0, 0.34, 0.0)[1]
    foot, lean, squash = 0.81 * height, -2.0 * sign, 0.3
    turn = np.array([[1, -lean * squash, lean * squash * foot],
                     [0, squash, foot * (1 - squash)]], np.float64)  # fmt: skip
    laid = cv2.warpAffine(alpha, turn, (width, height), flags=cv2.INTER_AREA)
    far = np.clip((foot - np.arange(height, dtype=np.float32)) / (0.3 * foot), 0, 1)[:, None]
    soft = cv2.GaussianBlur(laid, (0, 0), 0.012 * width)
    laid = cv2.GaussianBlur(laid, (0, 0), 0.002 * width)
    shadow = (0.55 * (laid * (1 - far) + soft * far) * (1 - 0.4 * far)).astype(np.float32)
    return _lit(made * (1 - shadow)[..., None], kelvin), shadow
