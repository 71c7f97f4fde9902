"""What is seen through and was rendered solid: glass, a veil."""

from __future__ import annotations

import cv2
import numpy as np

from ...nets.shipped import shipped_network
from .observation import Observation, Remedy, box_of, severity
from .outline import SECTION, TAPS, Outline, running, stretches
from .sight import Sight

FILE = "seen_through.onnx"
SHA256 = "f260cd94f3f521fc32770c61343bd3f6884e523467be32f0f88e12331ca01135"

SURE = 1.0
"""Log-odds, the least of those that the network gives, from which on something is said to be seen
through."""

LIKELY = 0.0
"""Log-odds as far as which a stretch goes on."""

WAYS = ((1.0, 1), (1.0, -1), (0.7, 1), (1.4, -1))
"""How the strip is looked at: an exponent of its values, and the way along the outline. What shines
through does so in a brighter and a darker picture, and read backwards; what merely looks like it in
one of them does not."""

PATTERN = 0.02
"""Spread of the background's colour along the outline (sRGB) from which on this can be told."""

ACROSS = 24
"""Taps to either side of the outline, that the network sees."""

THROUGH = 0.1
"""Of the background, that shines through a thing that is not said to be solid."""

_TOGETHER = 13  # points of the outline that are judged together
_LEAST = 0.75 * SECTION  # points
_LONG = 4 * SECTION  # points
_AROUND = 60  # points of a closed line that are repeated at its ends
_WHOLE = 12  # points that the network averages first: it is asked of so many, or twice, …
_INWARD = 30.0  # px from the outline, as deep as the part that the remedy unmixes
_MOST = 5
_UNMIXED = {"kind": "transparent", "method": "transparent", "always": True}


def solid_transparency(sight: Sight) -> list[Observation]:
    """An opaque edge that the background's pattern goes on behind: glass or a veil rendered solid.

    A small network (``models/seen_through.md``) looks at the photo in a strip along the outline, 24
    taps to either side (``strip``), and says of every other point how likely it is that
    background shines through inside of the edge, and how much of it. It is asked in four WAYS, and
    what counts is the least of the answers. Asked are points where the
    background varies along the outline by PATTERN and more: of an even one nothing can be told.
    Found are stretches of points with mean log-odds (over 13 points) of LIKELY and more, some of
    them of SURE and more. Measure: how much shines through, 0 to 1; a stretch shorter than 96
    points is less severe, by a half at most.

    Raises:
        WeightsMissingError, WeightsDamagedError: the network's file is not there, or another one.
    """
    outline = sight.outline
    if outline is None:
        return []
    seen = strip(sight, outline)
    told = can_be_told(outline) & (_pattern(seen, outline) >= PATTERN)
    if told.sum() < _LEAST:
        return []
    odds, share = _asked(seen, told, outline.lines)
    odds, enough = running(odds, told, outline.lines, _TOGETHER)
    odds[enough < 0.5] = -np.inf
    found = []
    for run in stretches(odds >= LIKELY, outline.lines):
        if (odds[run] >= SURE).sum() < _LEAST:
            continue
        at = outline.points[run]
        measure = float(np.clip(share[run], 0, 1).mean())
        both = np.concatenate([at, at + _INWARD * outline.normals[run]])
        region = tuple((float(x), float(y)) for x, y in cv2.convexHull(both).reshape(-1, 2))
        found.append(Observation(
            "solid_transparency",
            severity(measure * (0.5 + 0.5 * min(1, len(at) / _LONG)), THROUGH),
            box_of(both[:, 0], both[:, 1], sight.shape), measure, "of the background",
            f"About {measure:.0%} of the background shines through inside the edge, where the "
            "alpha says opaque: glass or a veil was rendered solid.",
            (Remedy("pass", {"region": region, **_UNMIXED}),),
        ))  # fmt: skip
    return sorted(found, key=lambda one: -one.severity)[:_MOST]


def _asked(seen: np.ndarray, told: np.ndarray, lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the network says of each point, (n,) log-odds and (n,) how much shines through; 0 along
    lines where nothing can be told."""
    network = shipped_network(FILE, SHA256)
    odds, share = np.zeros(len(told)), np.zeros(len(told))
    for line in np.unique(lines[told]):
        here = np.flatnonzero(lines == line)
        # A closed line goes on at its beginning.
        last = len(here) + _AROUND + -len(here) % _WHOLE
        around = np.take(here, np.arange(-_AROUND, last), mode="wrap")
        along = seen[around].transpose(2, 0, 1)[None]
        answers = []
        for power, way in WAYS:
            asked = np.ascontiguousarray(along[:, :, ::way] ** np.float32(power))
            (said,) = network.run(None, {"strip": asked})
            answers.append(said[0].repeat(2, axis=1)[:, ::way][:, _AROUND : _AROUND + len(here)])
        odds[here] = np.min([one[0] for one in answers], axis=0)
        share[here] = np.mean([one[1] for one in answers], axis=0)
    return odds, share


def _pattern(seen: np.ndarray, outline: Outline) -> np.ndarray:
    """(n,) how the photo varies 2 px outside, over 49 points along the outline (in sRGB)."""
    beside = seen[:, ACROSS - 2].astype(np.float64)
    everywhere = np.ones(len(beside), bool)
    mean = running(beside, everywhere, outline.lines, 2 * SECTION + 1)[0]
    spread = ((beside - mean) ** 2).mean(axis=1)
    return np.sqrt(np.maximum(running(spread, everywhere, outline.lines, 2 * SECTION + 1)[0], 0))


def can_be_told(outline: Outline) -> np.ndarray:
    """(n,) bool: opaque from 3 px inside on and clear from 3 px outside on."""
    inside, outside = outline.alpha[:, TAPS >= 3], outline.alpha[:, TAPS <= -3]
    return (inside.min(axis=1) > 0.95) & (outside.max(axis=1) < 0.05)


def strip(sight: Sight, outline: Outline) -> np.ndarray:
    """(n, 2 ACROSS + 1, 3) float32 in [0, 1]: the photo across the outline, from outside to inside.

    Taps are a pixel apart; farther in a large photo, where the outline's points are.
    """
    step = np.hypot(*np.diff(outline.points, axis=0).T)
    apart = max(1.0, float(np.median(step)) / 2.5) if len(step) else 1.0
    photo = sight.photo if apart < 1.5 else cv2.GaussianBlur(sight.photo, (0, 0), 0.4 * apart)
    return outline.sample(photo, np.arange(-ACROSS, ACROSS + 1, dtype=np.float32) * apart)
