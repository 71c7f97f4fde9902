"""A photo as the measures before the work see it, on plain arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np

from ...arrays import check_image, check_plane, to_float, to_uint8
from ...coordinates import Box
from ...lighting import to_linear
from .sharp import Sharpness, sharpness

SMALL = 1024
"""Pixels of the longer side at which colours and shapes are looked at."""

LONGEST = 2048
"""Pixels of the longer side at which blur is looked at: what is finer is sharp for most uses of a
larger photo. Limits of blur hold for that size, and grow with larger photos."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_LEAST = 1e-3  # of the photo that a subject covers, or there is none


@dataclass(frozen=True)
class Part:
    """A part of the subject that wants to be treated in its own way.

    Attributes:
        kind: "hair" or "transparent" (others are of no interest here).
        polygon: its outline, points (x, y) in image pixels.
        settings: of a pass there, by name.
        why: in words. measure: "transparent": how likely, 0–1.
    """

    kind: str
    polygon: tuple[tuple[float, float], ...]
    settings: Mapping[str, Any]
    why: str
    measure: float


@dataclass(frozen=True, eq=False)
class Shot:
    """A photo before anything is done to it. What costs is made when a measure first wants it.

    What another package knows how to tell is handed in as a function of (image (h, w, 3) uint8,
    mask (h, w) float32), so that this one need not know it; without, that measure is not taken.

    Attributes:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        asked: (H, W) in [0, 1], the mask of what somebody asked for; None before that.
        make_salient: gives what stands out in the photo, (H, W) in [0, 1], a guess; None: there is
            nobody to guess.
        tables: the JPEG's quantisation tables, 64 numbers each; empty for other formats.
        camera: settings by EXIF name, for example ExposureTime in seconds; empty without EXIF.
        orientation: the EXIF orientation that was applied, 1 for none.
        dpi: the file's own, or None.
        shadow: how likely there is a shadow that could be lifted, 0–1.
        parts: hair and transparent parts.
        moved: a subject's movement: length in pixels, angle in degrees, confidence 0–1.

    Raises:
        ArrayError: no image, or a mask of another size.
    """

    image: np.ndarray
    asked: np.ndarray | None = None
    make_salient: Callable[[], np.ndarray] | None = None
    tables: Sequence[Sequence[int]] = ()
    camera: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    orientation: int = 1
    dpi: tuple[float, float] | None = None
    shadow: Callable[[np.ndarray, np.ndarray], float] | None = None
    parts: Callable[[np.ndarray, np.ndarray], Sequence[Part]] | None = None
    moved: Callable[[np.ndarray, np.ndarray], tuple[float, float, float]] | None = None

    def __post_init__(self) -> None:
        """Hold that the arrays fit together."""
        picture = check_image(self.image)
        if self.asked is not None:
            check_plane(self.asked, (picture.shape[0], picture.shape[1]), "mask")

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W)."""
        return self.image.shape[0], self.image.shape[1]

    @cached_property
    def per(self) -> float:
        """Pixels of the photo per pixel of ``small``, 1 and more."""
        return max(1.0, max(self.shape) / SMALL)

    @cached_property
    def small8(self) -> np.ndarray:
        """(h, w, 3) uint8, the longer side at most SMALL."""
        if self.per == 1:
            return to_uint8(self.image)
        return cv2.resize(to_uint8(self.image), self._size, interpolation=cv2.INTER_AREA)

    @cached_property
    def small(self) -> np.ndarray:
        """(h, w, 3) float32 in [0, 1], the longer side at most SMALL."""
        return to_float(self.small8)

    @cached_property
    def lab(self) -> np.ndarray:
        """(h, w, 3) float32: ``small`` in CIELAB (D65), L 0–100."""
        return cv2.cvtColor(self.small, cv2.COLOR_RGB2LAB)

    @cached_property
    def grey(self) -> np.ndarray:
        """(h, w) float32: the brightness of ``small``, 0–1."""
        return cv2.cvtColor(self.small, cv2.COLOR_RGB2GRAY)

    @cached_property
    def linear(self) -> np.ndarray:
        """(h, w, 3) float32: ``small`` in linear light (IEC 61966-2-1)."""
        return to_linear(self.small)

    @cached_property
    def salient(self) -> np.ndarray | None:
        """(h, w) float32 at the size of ``small``: what stands out, or None."""
        return None if self.make_salient is None else self._reduced(self.make_salient())

    @cached_property
    def subject(self) -> np.ndarray | None:
        """(h, w) float32 at the size of ``small``: what was asked for, else what stands out.

        None where there is neither, or it covers nothing or everything.
        """
        plane = self.salient if self.asked is None else self._reduced(self.asked)
        if plane is None or not _LEAST < float((plane >= 0.5).mean()) < 1 - _LEAST:
            return None
        return plane

    @property
    def per_sharp(self) -> float:
        """Pixels of the photo per pixel at which blur is looked at, 1 and more."""
        return max(1.0, max(self.shape) / LONGEST)

    @cached_property
    def sharpness(self) -> Sharpness:
        """Of the subject's edges where it has any, else of the photo's; in pixels of the photo."""
        picture, where = to_uint8(self.image), None
        if self.per_sharp > 1:
            size = [round(side / self.per_sharp) for side in self.shape[::-1]]
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        if self.subject is not None:
            wide = cv2.dilate((self.subject >= 0.5).astype(np.uint8), np.ones((9, 9), np.uint8))
            where = cv2.resize(wide, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0
        grey = cv2.transform(to_float(picture), self._telling[None])
        found = sharpness(grey, where)
        if math.isnan(found.radius) and where is not None:
            found = sharpness(grey)
        return Sharpness(found.radius * self.per_sharp, found.length * self.per_sharp, found.angle)

    @cached_property
    def found_parts(self) -> tuple[Part, ...]:
        """Hair and transparent parts of the subject, in pixels of the photo."""
        if self.parts is None or self.subject is None:
            return ()
        scale = np.array(self.shape[::-1]) / np.array(self.subject.shape[::-1])
        return tuple(
            Part(
                one.kind,
                tuple((float(x * scale[0]), float(y * scale[1])) for x, y in one.polygon),
                one.settings, one.why, one.measure,
            )
            for one in self.parts(self.small8, self.subject)
        )  # fmt: skip

    @property
    def whose(self) -> str:
        """What the subject is called in words: a guess is said to be one."""
        return "the subject" if self.asked is not None else "what stands out"

    def box_in_photo(self, region: np.ndarray) -> Box:
        """The box around what is True at the size of ``small``, in pixels of the photo."""
        rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
        x, y = self.shape[1] / region.shape[1], self.shape[0] / region.shape[0]
        return (float(columns[0] * x), float(rows[0] * y), float((columns[-1] + 1) * x),
                float((rows[-1] + 1) * y))  # fmt: skip

    @property
    def _telling(self) -> np.ndarray:
        """(3,) the mixture of the channels that changes most: red on green of one brightness is an
        edge too."""
        small = cv2.resize(self.small8, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) if (
            min(self.small8.shape[:2]) > 64) else self.small8  # fmt: skip
        steps = [np.diff(to_float(small), axis=axis).reshape(-1, 3) for axis in (0, 1)]
        every = np.concatenate(steps)
        return np.linalg.eigh(every.T @ every)[1][:, -1].astype(np.float32)

    @property
    def _size(self) -> tuple[int, int]:
        return max(1, round(self.shape[1] / self.per)), max(1, round(self.shape[0] / self.per))

    def _reduced(self, plane: np.ndarray) -> np.ndarray:
        plane = check_plane(plane)
        if plane.shape == self.small8.shape[:2]:
            return plane
        return cv2.resize(plane, self._size, interpolation=cv2.INTER_AREA)
