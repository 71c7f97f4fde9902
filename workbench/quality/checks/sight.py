"""What the checks look at: a photo, its matte, and how it came about, on plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import cv2
import numpy as np

from ...arrays import check_image, check_plane, to_float
from ...coordinates import Box, Point
from ...errors import ArrayError
from .observation import NOTHING
from .outline import Outline, outline_of


@dataclass(frozen=True, eq=False)
class Sight:
    """One subject's matte as the checks see it. What costs is made when a check first wants it.

    Attributes:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        alpha: (H, W) in [0, 1].
        make_colours: gives the subject's own colours, (H, W, 3) float32; None: the photo's count.
        make_mask: gives the model's mask, (H, W) float32; None where there was no model.
        kept: the points that were asked or painted to be kept, (x, y) in pixels.
        boxes: the boxes that were drawn around the subject, (x0, y0, x1, y1) in pixels.
        background: (H, W, 3) float32 sRGB that it is to stand on; None where none was chosen.
        shade: (H, W) float32, the shadow that goes along onto it; None for none.
        make_shadow: gives the photo's own shadow, kept or not, (H, W) float32; None: not told.
        settings: the settings in force, by name, as in ``workbench.settings.Settings``.
        glass: where a part was accepted to be seen through: a name for each, and its outline in
            pixels.
        notes: what was said of how the matte came about, a sentence each; a ``notes.Note`` says
            which check it is for.
        passes: the settings in force in parts that have their own, by a name for each.
        make_said: gives what a person painted, (H, W) float32 from −1, surely not the subject, over
            0, nothing, to 1, surely the subject; None: nothing was painted.
        make_front: gives how far other subjects stand before it, (H, W) float32 in [0, 1]: what is
            theirs is not missing here; None: none does.
        around: boxes around what was asked for (drawn, or a lasso's), (x0, y0, x1, y1) in pixels.
        parts_chosen: whether a person said which parts there are, as a mask that was loaded does:
            none of them is another thing.

    Raises:
        ArrayError: no image or no alpha of its size.
    """

    image: np.ndarray
    alpha: np.ndarray
    make_colours: Callable[[], np.ndarray] | None = None
    make_mask: Callable[[], np.ndarray] | None = None
    kept: tuple[Point, ...] = ()
    boxes: tuple[Box, ...] = ()
    background: np.ndarray | None = None
    shade: np.ndarray | None = None
    make_shadow: Callable[[], np.ndarray | None] | None = None
    settings: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    glass: tuple[tuple[str, tuple[Point, ...]], ...] = ()
    notes: tuple[str, ...] = ()
    passes: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: NOTHING)
    make_said: Callable[[], np.ndarray] | None = None
    make_front: Callable[[], np.ndarray] | None = None
    around: tuple[Box, ...] = ()
    parts_chosen: bool = False

    def __post_init__(self) -> None:
        """Hold that the arrays fit together."""
        picture = check_image(self.image)
        check_plane(self.alpha, picture.shape[:2], "alpha")
        if self.background is not None:
            behind = check_image(self.background, "background")
            if behind.shape != picture.shape:
                raise ArrayError(
                    f"expected a background of shape {picture.shape}, got {behind.shape}"
                )

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W)."""
        return self.alpha.shape[0], self.alpha.shape[1]

    @cached_property
    def plane(self) -> np.ndarray:
        """(H, W) float32: the alpha."""
        return check_plane(self.alpha, name="alpha")

    @cached_property
    def eight(self) -> np.ndarray:
        """(H, W) uint8: the alpha as a file would hold it."""
        return np.rint(self.plane * 255).astype(np.uint8)

    @cached_property
    def pieces(self) -> tuple[np.ndarray, np.ndarray]:
        """Labels (H, W) int32 of what hangs together above an alpha of 0.1, over corners too, and
        OpenCV's figures of each, (n, 5)."""
        there = (self.plane > 0.1).astype(np.uint8)
        return cv2.connectedComponentsWithStats(there, connectivity=8)[1:3]

    @cached_property
    def photo(self) -> np.ndarray:
        """(H, W, 3) float32 in [0, 1]."""
        return to_float(self.image)

    @cached_property
    def colours(self) -> np.ndarray:
        """(H, W, 3) float32: the subject's colours."""
        return self.photo if self.make_colours is None else self.make_colours()

    @cached_property
    def mask(self) -> np.ndarray | None:
        """(H, W) float32: the model's mask, or None."""
        return None if self.make_mask is None else self.make_mask()

    @cached_property
    def said(self) -> np.ndarray | None:
        """(H, W) float32 in [−1, 1]: what a person painted, or None."""
        return None if self.make_said is None else self.make_said()

    @cached_property
    def decided(self) -> np.ndarray | None:
        """(H, W) float32 in [−1, 1]: what a person painted, and −1 where nothing was painted and
        another subject stands before it; or None."""
        if self.make_front is None:
            return self.said
        front = check_plane(self.make_front(), self.shape, "what stands before it")
        return -front if self.said is None else np.where(self.said == 0, -front, self.said)

    @cached_property
    def outline(self) -> Outline | None:
        """Profiles across the outline, or None where there is none."""
        return outline_of(self.plane, self.photo)

    def ground_colour(self, x: float, y: float, clear: bool) -> np.ndarray | None:
        """(3,) the photo's colour around (x, y) where the alpha is clear, or where it is opaque:
        of the nearest 64 px, then 256; None: there is none."""
        for reach in (64, 256):
            top, left = max(0, int(y) - reach), max(0, int(x) - reach)
            part = np.s_[top : int(y) + reach : 2, left : int(x) + reach : 2]
            there = self.plane[part] < 0.02 if clear else self.plane[part] > 0.98
            if there.sum() >= 30:
                return self.photo[part][there].mean(axis=0)
        return None

    def glass_at(self, region: np.ndarray, corner: Point) -> str | None:
        """The name of the part seen through, the latest, that holds half of a region or more.

        Args:
            region: (h, w) bool, not empty. corner: x, y of its first pixel.
        """
        for name, outline in reversed(self.glass):
            drawn = np.zeros(region.shape, np.uint8)
            line = (np.array(outline) - np.array(corner) - 0.5) * 16
            cv2.fillPoly(drawn, [np.round(line).astype(np.int32)], 1, cv2.LINE_8, 4)
            if (drawn[region] > 0).mean() >= 0.5:
                return name
        return None

    def in_force(self, name: str) -> float:
        """A setting's value now, 0 where it was not said."""
        return float(self.settings.get(name, 0.0))
