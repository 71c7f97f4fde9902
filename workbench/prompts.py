"""What a model is asked: points, labels, a box, a hint, a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .coordinates import Box, Frame, Point, check_box, check_point
from .errors import PromptError


@dataclass(frozen=True, eq=False)
class Hint:
    """What the model is re-run with besides clicks: logits over a part of the image.

    Attributes:
        logits: (h, w) float32, before the sigmoid; positive is subject.
        frame: the part of the image that they cover.
    """

    logits: np.ndarray
    frame: Frame


@dataclass(frozen=True, eq=False)
class PromptSet:
    """One question to a segmenter. All coordinates are image pixels.

    Attributes:
        points: (x, y) each.
        labels: 1 keep or 0 drop, one a point.
        boxes: (x0, y0, x1, y1) each.
        hint: the last answer's logits, corrected or not, or None.
        text: what is meant, in words, for the models that read, or None.
    """

    points: tuple[Point, ...] = ()
    labels: tuple[int, ...] = ()
    boxes: tuple[Box, ...] = ()
    hint: Hint | None = None
    text: str | None = None
    _checked: bool = field(default=False, repr=False)

    def checked(self, shape: tuple[int, int]) -> PromptSet:
        """The same prompts as tuples of floats inside the image of (H, W).

        Raises:
            PromptError: points and labels differ in number, a label is neither 0 nor 1, a point or
                box is outside the image, more than one box, logits that are not (h, w) and finite,
                or nothing asked at all.
        """
        points: list[Any] = list(self.points)
        labels: list[Any] = list(self.labels)
        boxes: list[Any] = list(self.boxes)
        if len(points) != len(labels):
            raise PromptError(
                f"expected one label a point, got {len(points)} points and {len(labels)} labels"
            )
        for label in labels:
            if label not in (0, 1):
                raise PromptError(f"expected labels of 1 (keep) or 0 (drop), got {label!r}")
        if len(boxes) > 1:
            raise PromptError(f"expected at most one box at a time, got {len(boxes)}")
        if self.hint is not None:
            logits = np.asarray(self.hint.logits)
            if logits.ndim != 2 or 0 in logits.shape or not np.isfinite(logits).all():
                raise PromptError(
                    f"expected hint logits (h, w) of finite values, got shape {logits.shape}"
                )
        if not points and not boxes and self.hint is None and not self.text:
            raise PromptError("expected a point, a box, a hint or a text, got none of them")
        return PromptSet(
            tuple(check_point(p, shape) for p in points),
            tuple(int(v) for v in labels),
            tuple(check_box(b, shape) for b in boxes),
            self.hint,
            self.text,
            True,
        )
