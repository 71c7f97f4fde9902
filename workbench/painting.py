"""What people paint of a subject: corrections, the trimap, where shadow and reflection are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from . import edits as e
from .coordinates import Point
from .handle import Handle, sequence


class Painting(Handle):
    """The brushes of a subject as verbs. One stroke is one edit."""

    def paint(
        self,
        points: Sequence[Point],
        keep: bool = True,
        size: float = 40,
        hardness: float = 0.8,
        opacity: float = 1.0,
        pressure: Sequence[float] | None = None,
        flow: float = 1.0,
    ) -> Self:
        """One brush stroke that keeps or removes.

        Args:
            points: [(x, y), …] in image pixels.
            keep: keep, or with False remove.
            size: diameter in pixels, 1–1000.
            hardness, opacity: 0–1.
            pressure: 0–1 a point, from a pen; scales the size.
            flow: 0–1, how fast the stroke builds up to its opacity along its length; below 1 it
                builds up further where it crosses itself.
        """
        return self._paint(points, keep, size, hardness, opacity, pressure, flow)

    def restore(self, points: Sequence[Point], size: float = 40, hardness: float = 0.8) -> Self:
        """One brush stroke that gives the place back to the model. size in pixels."""
        return self._paint(points, None, size, hardness, 1.0, None)

    def _paint(
        self,
        points: Sequence[Point],
        keep: bool | None,
        size: float,
        hardness: float,
        opacity: float,
        pressure: Sequence[float] | None,
        flow: float = 1.0,
    ) -> Self:
        return self._do(
            e.Paint(
                subject=self.id,
                points=sequence(points, "points [(x, y), …]"),
                keep=keep,
                size=size,
                hardness=hardness,
                opacity=opacity,
                pressures=() if pressure is None else sequence(pressure, "pressures"),
                flow=flow,
            )
        )

    def refine_edge(self, points: Sequence[Point], size: float = 60) -> Self:
        """A stroke along which the band grows. size in pixels."""
        return self._do(
            e.RefineEdge(subject=self.id, points=sequence(points, "points [(x, y), …]"), size=size)
        )

    def mark(self, points: Sequence[Point], value: float = 0.5, size: float = 20) -> Self:
        """A stroke that sets the trimap by hand: 0 background, 0.5 unknown, 1 foreground."""
        return self._do(
            e.Trimap(
                subject=self.id,
                points=sequence(points, "points [(x, y), …]"),
                value=value,
                size=size,
            )
        )

    def shadow(self, mode: str = "lift") -> Self:
        """What becomes of its shadow.

        Args:
            mode: "drop": it stays behind. "keep": it goes into the cut-out, under the subject.
                "lift": it becomes a layer of its own (``session.shadow()``, format "shadow").
        """
        return self._do(e.Shadow(subject=self.id, mode=mode))

    def reflection(self, mode: str = "lift") -> Self:
        """What becomes of its mirror image in a glossy floor.

        Args:
            mode: "drop": it stays behind. "keep": it goes into the cut-out, under the subject.
                "lift": it becomes a layer of its own (``session.reflection()``, format
                "reflection").
        """
        return self._do(e.Reflection(subject=self.id, mode=mode))

    def reflection_here(self, points: Sequence[Point], keep: bool = True, size: float = 60) -> Self:
        """A stroke that says where its mirror image is, or with keep=False is not. size in pixels.

        One that says where it is lifts a reflection that was let go.
        """
        line = sequence(points, "points [(x, y), …]")
        return self._do(e.ReflectionStroke(subject=self.id, points=line, size=size, keep=keep))

    def shadow_here(self, points: Sequence[Point], keep: bool = True, size: float = 60) -> Self:
        """A stroke that says where its shadow is, or with keep=False is not. size in pixels.

        One that says where it is lifts a shadow that was let go.
        """
        line = sequence(points, "points [(x, y), …]")
        return self._do(e.ShadowStroke(subject=self.id, points=line, size=size, keep=keep))
