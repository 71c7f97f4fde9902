"""What a model is asked: points, labels, a box, a hint, a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from numbers import Number
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
        exemplars: boxes (x0, y0, x1, y1) around things of the kind that is meant, for the models
            that learn from examples.
        exemplar_labels: 1 such a thing or 0 no such thing, one an exemplar.
    """

    points: tuple[Point, ...] = ()
    labels: tuple[int, ...] = ()
    boxes: tuple[Box, ...] = ()
    hint: Hint | None = None
    text: str | None = None
    exemplars: tuple[Box, ...] = ()
    exemplar_labels: tuple[int, ...] = ()
    _checked: bool = field(default=False, repr=False)

    @property
    def needs(self) -> frozenset[str]:
        """What a segmenter must be able to take, by the names of Segmenter.capabilities."""
        asked = {
            "points": len(self.points),
            "boxes": len(self.boxes),
            "hint": self.hint is not None,
            "text": isinstance(self.text, str) and self.text.strip(),
            "exemplars": len(self.exemplars),
        }
        return frozenset(name for name, given in asked.items() if given)

    def checked(self, shape: tuple[int, int]) -> PromptSet:
        """The same prompts as tuples of floats inside the image of (H, W).

        Raises:
            PromptError: points and labels differ in number, a label is neither 0 nor 1, a point or
                box is none or outside the image, more than one box, logits that are not (h, w) and
                finite, a text that is none, or nothing asked at all.
        """
        points = _listed(self.points, "points [(x, y), ...]")
        labels = _listed(self.labels, "labels [1, 0, ...]")
        boxes = _listed(self.boxes, "boxes [(x0, y0, x1, y1), ...]")
        examples = _listed(self.exemplars, "exemplars [(x0, y0, x1, y1), ...]")
        signs = _listed(self.exemplar_labels, "exemplar labels [1, 0, ...]")
        if len(points) != len(labels):
            raise PromptError(
                f"expected one label a point, got {len(points)} points and {len(labels)} labels"
            )
        for label in [*labels, *signs]:
            if not isinstance(label, Number | np.bool_) or label not in (0, 1):
                raise PromptError(f"expected labels of 1 (keep) or 0 (drop), got {label!r}")
        if len(boxes) == 4 and all(isinstance(v, Number) for v in boxes):
            raise PromptError(
                "expected boxes as a list of (x0, y0, x1, y1), "
                f"got the numbers of one: {[float(v) for v in boxes]}"
            )
        if len(boxes) > 1:
            raise PromptError(f"expected at most one box at a time, got {len(boxes)}")
        if self.hint is not None:
            _check_hint(self.hint)
        if self.text is not None and not isinstance(self.text, str):
            raise PromptError(f"expected a text in words, got {self.text!r}")
        if len(examples) != len(signs):
            raise PromptError(
                f"expected one label an exemplar, got {len(examples)} exemplars and "
                f"{len(signs)} labels"
            )
        worded = self.text is not None and self.text.strip()
        if not (points or boxes or examples or worded) and self.hint is None:
            raise PromptError("expected a point, a box, a hint or a text, got none of them")
        return PromptSet(
            tuple(check_point(p, shape) for p in points),
            tuple(int(v) for v in labels),
            tuple(check_box(b, shape) for b in boxes),
            self.hint,
            self.text,
            tuple(check_box(b, shape) for b in examples),
            tuple(int(v) for v in signs),
            True,
        )


def _listed(values: Any, what: str) -> list[Any]:
    """Values as a list.

    Raises:
        PromptError: they are none.
    """
    if isinstance(values, str | bytes):
        raise PromptError(f"expected {what}, got {values!r}")
    try:
        return list(values)
    except TypeError:
        raise PromptError(f"expected {what}, got {values!r}") from None


def _check_hint(hint: Any) -> None:
    """Raise a PromptError unless it is a Hint of finite logits (h, w)."""
    if not isinstance(hint, Hint):
        raise PromptError(
            f"expected a Hint of logits and the frame that they cover, got {type(hint).__name__}"
        )
    logits = np.asarray(hint.logits)
    if logits.ndim != 2 or 0 in logits.shape or logits.dtype.kind not in "fiu":
        raise PromptError(
            f"expected hint logits (h, w) of finite values, got {logits.dtype} {logits.shape}"
        )
    if not np.isfinite(logits).all():
        raise PromptError("expected hint logits (h, w) of finite values, got NaN or infinite ones")
