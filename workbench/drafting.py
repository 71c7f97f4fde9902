"""A draft: about what a matte will look like, at once, while the true one is being made.

The same way from mask to matte on a smaller photo: the part in sight, a cell for what is about a
pixel of the screen, the subjects' strokes and settings to its measure. Stages of the true way that
are kept already are taken from there; what is left is solved by the guided filter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from . import edits as e
from .arrays import frozen
from .bench import Bench
from .coordinates import Frame, Point
from .io import Photo
from .matte import AlphaResult
from .planes import Laid, Part, Plane
from .render import Render, SubjectRender
from .settings import MASK, TRANSPARENT, Settings, scaled
from .starting import hex_of, screen_of
from .state import Step, SubjectState

CELLS = 800_000
"""Of a draft at most; about what a stage shows."""

_SOON = 3_000_000  # pixels of a photo up to which the true matte is there soon enough
_PREVIEW = "guided"


@dataclass(frozen=True, eq=False)
class Draft:
    """A rendering of a part of the photo, in cells.

    Attributes:
        rendering: of the small photo; its planes are (h, w).
        frame: where that lies in the photo. shape: (H, W) of the photo.
    """

    rendering: Render
    frame: Frame
    shape: tuple[int, int]

    def laid(self, plane: np.ndarray) -> Plane:
        """A plane of the rendering as one of the photo's size, 0 outside the frame.

        Args:
            plane: (h, w) or (h, w, C) float32.

        Returns:
            (H, W) or (H, W, C) float32 where it is asked for; bilinear.
        """
        if plane.ndim == 2:
            return Laid(plane, self.frame, self.shape, 0.0)
        channels = [np.ascontiguousarray(plane[..., n]) for n in range(plane.shape[2])]
        return _Channels([Laid(channel, self.frame, self.shape, 0.0) for channel in channels])


def draft(rendering: Render, part: Part, cells: int = CELLS) -> Draft:
    """What a part of a rendering will about look like.

    Args:
        rendering: of the whole photo; nothing of it is made.
        part: rows and columns of the photo, whole and without steps.
        cells: of the draft, at most; fewer pixels are cells themselves.
    """
    place = _Place.of(part, rendering.bench.photo.shape, cells)
    shown = rendering.visible
    subjects = tuple(_to_measure(one, place) for one in shown)
    bench = _small_bench(rendering.bench, place)
    state = replace(rendering.state, subjects=subjects, depth=None)
    small = Render(rendering.document, bench, None, state)
    for one in shown:
        _carry_over(one, small.subject(one.subject.id), place)
    return Draft(small, place.frame, rendering.bench.photo.shape)


def soon(rendering: Render, name: str) -> bool:
    """Whether a stage of all visible subjects is there without a draft, or almost.

    Args:
        name: "trimap", "matte" or "foreground".
    """
    height, width = rendering.bench.photo.shape
    return height * width <= _SOON or all(one.known(name) is not None for one in rendering.visible)


class _Channels:
    """Planes beside one another; a Plane of (H, W, C)."""

    def __init__(self, planes: list[Laid]) -> None:
        self._planes = planes
        self.shape = (*planes[0].shape, len(planes))

    def __getitem__(self, part: Part) -> np.ndarray:
        return np.stack([plane[part] for plane in self._planes], axis=2)


@dataclass(frozen=True)
class _Place:
    """Where a draft lies, and how large its cells are.

    Attributes:
        rows, columns: of the photo. size: (width, height) in cells.
    """

    rows: slice
    columns: slice
    size: tuple[int, int]

    @classmethod
    def of(cls, part: Part, shape: tuple[int, int], cells: int) -> _Place:
        rows, columns = (slice(*at.indices(side)[:2]) for at, side in zip(part, shape, strict=True))
        tall, wide = rows.stop - rows.start, columns.stop - columns.start
        by = max(1.0, math.sqrt(tall * wide / cells))
        return cls(rows, columns, (max(1, round(wide / by)), max(1, round(tall / by))))

    @property
    def frame(self) -> Frame:
        rows, columns = self.rows, self.columns
        return Frame(float(columns.start), float(rows.start), float(columns.stop), float(rows.stop))

    @property
    def factor(self) -> float:
        """Cells in a pixel, along a side."""
        return self.size[0] / (self.columns.stop - self.columns.start)

    def point(self, at: Point) -> Point:
        across = self.size[0] / (self.columns.stop - self.columns.start)
        down = self.size[1] / (self.rows.stop - self.rows.start)
        return (at[0] - self.columns.start) * across, (at[1] - self.rows.start) * down

    def holds(self, at: Point) -> bool:
        """Whether a point of the photo lies in it."""
        inside = self.columns.start <= at[0] < self.columns.stop
        return inside and self.rows.start <= at[1] < self.rows.stop

    def meets(self, region: Sequence[Point]) -> bool:
        """Whether some of a region may lie in it."""
        x, y = zip(*region, strict=True)
        across = min(x) < self.columns.stop and max(x) > self.columns.start
        return across and min(y) < self.rows.stop and max(y) > self.rows.start

    def shrunk(self, plane: Plane, how: int = cv2.INTER_AREA) -> np.ndarray:
        """Its part of something of the photo's size, averaged: (h, w) or (h, w, C) of its type."""
        if isinstance(plane, np.ndarray):
            there = plane[self.rows, self.columns]
        else:  # computed where it is asked for: not more of it than is of use
            step = max(1, int(0.5 / self.factor))
            there = plane[
                slice(self.rows.start, self.rows.stop, step),
                slice(self.columns.start, self.columns.stop, step),
            ]
        if there.shape[1::-1] == self.size:
            return np.array(there)
        return cv2.resize(np.ascontiguousarray(there), self.size, interpolation=how)


def _small_bench(bench: Bench, place: _Place) -> Bench:
    photo = bench.photo
    rows, columns = place.rows, place.columns
    key = f"small:{photo.key}:{rows.start}:{rows.stop}:{columns.start}:{columns.stop}:{place.size}"
    pixels = bench.stages.get_or_make(key, lambda: frozen(place.shrunk(photo.image8)))
    small = Photo(pixels, None, None, photo.name, photo.info)
    # A plane is measured or one of three values, where a mean would be neither; a picture is not.
    blobs = {
        name: frozen(place.shrunk(blob, cv2.INTER_AREA if blob.ndim > 2 else cv2.INTER_NEAREST))
        for name, blob in bench.blobs.items()
        if blob.shape[:2] == photo.shape
    }
    return Bench(small, blobs)


def _to_measure(one: SubjectRender, place: _Place) -> SubjectState:
    """What was said of a subject, as if it had been said of the small photo."""
    subject, factor = one.subject, place.factor

    def moved(stroke: Any) -> Any:
        if not hasattr(stroke, "points"):  # a loaded trimap
            return stroke
        points = tuple(place.point(at) for at in stroke.points)
        return replace(stroke, points=points, size=stroke.size * factor)

    def settings(values: dict[str, Any]) -> dict[str, Any]:
        values = scaled(values, factor)
        if values.get("method", MASK) not in (MASK, TRANSPARENT):
            values |= {"method": _PREVIEW, "checkpoint": None, "identity": ""}
        return values

    def passed(edit: e.Pass) -> e.Pass:
        region = tuple(place.point(at) for at in edit.region)
        return replace(edit, region=region, seam=edit.seam * factor)

    screen = subject.screen
    if screen is not None:
        screen = replace(
            screen, colour=hex_of(screen_of(screen, one.bench.photo, one.bench.stages))
        )
    asked = [
        (place.point(at), label)
        for step in subject.layers
        for at, label in zip(step.points, step.labels, strict=True)
        if place.holds(at)
    ]
    points, labels = zip(*asked, strict=True) if asked else ((), ())
    # Its mask is the true one, shrunk: see _carry_over.
    start = e.LoadMask(subject=subject.id, blob=one.keys["corrected"])
    whole = {f: getattr(subject.settings, f) for f in Settings.__dataclass_fields__}
    return replace(
        subject,
        steps=tuple(
            Step(step.segmenter, points, labels, start=start) for step in subject.layers[:1]
        ),
        patches=(),
        asked=-1,
        strokes=tuple(map(moved, subject.strokes)),
        marks=tuple(map(moved, subject.marks)),
        settings=Settings(**settings({**whole, "depth": False})),
        passes=tuple(
            replace(one, edit=passed(one.edit), own=tuple(settings(dict(one.own)).items()))
            for one in subject.passes
            if place.meets(one.edit.region)
        ),
        shadow_strokes=tuple(map(moved, subject.shadow_strokes)),
        reflection_strokes=tuple(map(moved, subject.reflection_strokes)),
        depth=None,
        screen=screen,
    )


def _carry_over(one: SubjectRender, small: SubjectRender, place: _Place) -> None:
    """What is kept of a subject's stages, shrunk, as the small one's: the deepest counts."""
    stages, kept = one.bench.stages, small.bench.stages
    mask = one.known("corrected")
    plane: Plane = mask if mask is not None else one.rough_plane or one.corrected_plane
    kept.put(f"corrected:{small.keys['corrected']}", frozen(place.shrunk(plane)))
    trimap = stages.get(f"trimap:{one.base.keys['trimap']}")
    if trimap is not None:
        level = place.shrunk(trimap[0])
        level[(level > 0) & (level < 1)] = 0.5
        kept.put(f"trimap:{small.base.keys['trimap']}", (frozen(level), ()))
    solved = stages.get(f"alpha:{one.base.keys['alpha']}")
    if solved is not None:
        colours = None if solved.colours is None else frozen(place.shrunk(solved.colours))
        alpha = frozen(place.shrunk(solved.alpha))
        kept.put(f"alpha:{small.base.keys['alpha']}", AlphaResult(alpha, colours=colours))
    matte = one.known("matte")
    if matte is not None:
        kept.put(f"matte:{small.keys['matte']}", frozen(place.shrunk(matte)))
