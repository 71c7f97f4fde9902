"""How the subject lies in the frame: cut by it, too close to it, upside down."""

from __future__ import annotations

import cv2
import numpy as np

from ..checks.observation import Remedy
from .seen import Seen, taken
from .shot import Shot

CUT = 3.0
"""% of a side that the subject may take up before it counts as cut there."""

ROOM = 3.0
"""% of the photo's shorter side that should be left around the subject."""

TURNED = 2.0
"""What speaks for an upside-down photo: the sum of three signs, each about 1 where it is clear.
Only skies over land reach it: of 17 real photos none was told from itself upside down."""

_OPAQUE = 0.5
_CRUMB = 0.01  # of the largest piece
_SIDES = ("top", "bottom", "left", "right")


def cut_by_frame(shot: Shot) -> list[Seen]:
    """% of the side that cuts the subject most; limit CUT."""
    plane = shot.subject
    if plane is None:
        return []
    lines = plane[0], plane[-1], plane[:, 0], plane[:, -1]
    shares = [float((line >= _OPAQUE).mean()) * 100 for line in lines]
    n = int(np.argmax(shares))
    value = shares[n]
    words = f"The frame cuts {shot.whose} along {value:.0f} % of a side; up to {CUT:g} % is good."
    why = (
        f"The {_SIDES[n]} of the frame cuts {shot.whose} along {value:.0f} % of it: the cut-out "
        "ends straight there."
    )
    box = None
    if value > CUT:
        edge = np.zeros(plane.shape, bool)
        part = (np.s_[:2], np.s_[-2:], np.s_[:, :2], np.s_[:, -2:])[n]
        edge[part] = plane[part] >= _OPAQUE
        box = shot.box_in_photo(edge)
    return [taken("cut_by_frame", value, "% of the side", CUT, words, why, box=box,
                  remedy=(Remedy("frame"),))]  # fmt: skip


def tight_framing(shot: Shot) -> list[Seen]:
    """Room between subject and frame, % of the shorter side; limit ROOM, at least.

    Not where the frame cuts it, which ``cut_by_frame`` says.
    """
    plane = shot.subject
    if plane is None or any(one.severity > 0 for one in cut_by_frame(shot)):
        return []
    number, labels, stats, _ = cv2.connectedComponentsWithStats((plane >= _OPAQUE).astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA]
    if number < 2:
        return []
    # Thin things at the frame count, crumbs of a guess do not.
    inside = np.isin(labels, 1 + np.flatnonzero(areas[1:] >= _CRUMB * areas[1:].max()))
    height, width = plane.shape
    x0, y0, x1, y1 = _bounds(inside)
    value = min(x0, y0, width - x1, height - y1) / min(height, width) * 100
    words = f"{value:.1f} % of room around {shot.whose}; {ROOM:g} % and more is good."
    why = f"Only {value:.1f} % of room is left around {shot.whose}: its edge hardly shows there."
    return [taken("tight_framing", value, "%", ROOM, words, why, at_least=True)]


def upside_down(shot: Shot) -> list[Seen]:
    """What speaks for the photo being upside down; limit TURNED.

    Pixels alone say little of that, and this says it of scenes in the open alone: light comes from
    above, skies are blue, and the ground has more texture than the sky. Each of the three is about
    1 where it is clear, and −1 where it is the other way round. A camera that noted how it was held
    has been believed already: the photo is shown upright then.
    """
    third = shot.lab.shape[0] // 3
    if third < 8:
        return []
    lab = cv2.GaussianBlur(shot.lab, (0, 0), 2)
    above, below = lab[:third], lab[-third:]
    light = (np.median(below[..., 0]) - np.median(above[..., 0])) / 30
    blue = (np.median(above[..., 2]) - np.median(below[..., 2])) / 20
    rough = np.log((_texture(above) + 0.3) / (_texture(below) + 0.3))
    value = float(sum(np.clip(sign, -1, 1) for sign in (light, blue, rough)))
    told = (
        "The camera noted that it was held upright."
        if shot.orientation == 1
        else f"Turned by the file's own note (EXIF orientation {shot.orientation})."
    )
    if not shot.camera and shot.orientation == 1:
        told = "The file does not say how the camera was held."
    words = f"{told} Signs of being upside down: {value:.1f}; up to {TURNED:g} is good."
    why = "Light, blue and calm are below, as in a photo that is upside down: models know few such."
    return [taken("upside_down", max(value, 0.0), "", TURNED, words, why,
                  remedy=(Remedy("turn", {"degrees": 180}),))]  # fmt: skip


def _texture(part: np.ndarray) -> float:
    light = np.ascontiguousarray(part[..., 0])
    steps = np.abs(np.diff(light, axis=0))
    return float(steps.mean())


def _bounds(plane: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
