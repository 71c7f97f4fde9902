"""Several passes, each over its own region, laid into one matte."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np

from ..arrays import check_plane, depth_within
from ..errors import ArrayError
from .confidence import confidence, shared_trimap
from .seam import seam

_WISH = 0.5  # log odds by which a drawn region is preferred where neither answer explains more
_STOPPED = -2.0  # … and when its solver stopped before it had converged
_ALL = 4.0  # how far the verdict on the whole region counts beside that on each pixel
_SURE = 6.0  # log odds beyond which a confidence says no more
_TAIL = 0.01  # a share of this, or less than this short of all, is none, or all
_FLIP = 4.0  # log odds against turning a whole patch over, from subject to background or back …
_PATCH = 13  # … of this many pixels across; strands are thinner
_BLUR = 2.0  # σ in pixels of the share: two answers never change places from pixel to pixel


class Pass(NamedTuple):
    """One region's answer; a plain tuple of the first three does as well.

    Attributes:
        alpha: (H, W) in [0, 1]. Only where ``weight`` is above 0 is it looked at, and a value that
            is no number counts as no answer.
        weight: (H, W) in [0, 1], see ``seam``.
        confidence: (H, W) in [0, 1], judged on the same trimap as the base's, or None for the same
            as the base's everywhere.
        converged: whether its solver finished.
        always: take this answer whatever its confidence.
    """

    alpha: Any
    weight: Any
    confidence: Any = None
    converged: bool = True
    always: bool = False


def combine(
    base: Any,
    passes: Sequence[Pass | tuple[Any, ...]],
    base_confidence: Any = None,
    always: bool = False,
) -> np.ndarray:
    """The matte with each pass laid into its region, the more confident answer winning softly.

    α = base + weight · share · (pass − base), one pass after the other (a later one meets the
    matte so far). The share is a logistic of log odds: of the two confidences in the pixel, plus
    four times those over the whole region (their mean where the answers differ), plus a half in
    favour of the pass, because somebody drew it. So a good pass gains nearly all, one about as
    good as the base counts for a little more than it, and one that is bad all over for nothing.
    A person who wants the pass in any case says ``always``; what is no number is replaced by the
    base even then.

    Args:
        base: (H, W) in [0, 1].
        passes: what to lay in, in order.
        base_confidence: (H, W) in [0, 1], or None for 0.5 everywhere.
        always: for every pass: weight alone decides.

    Returns:
        (H, W) float32 in [0, 1]. Where every weight is 0 it is the base, to the bit.

    Raises:
        ArrayError: an array has the wrong shape, dtype or range (NaN is allowed in a pass alone).
    """
    out = check_plane(base, name="base alpha").copy()
    shape: tuple[int, int] = (out.shape[0], out.shape[1])
    known = np.full(shape, 0.5, np.float32)
    if base_confidence is not None:
        known = check_plane(base_confidence, shape, "confidence").copy()
    for entry in passes:
        one = Pass(*entry)
        weight = check_plane(one.weight, shape, "weight")
        answer = np.asarray(one.alpha)
        if answer.shape != shape:
            raise ArrayError(f"expected alpha of shape {shape}, got {answer.shape}")
        rows, columns = _reach(weight)
        if rows.stop == 0:
            continue
        part, before = answer[rows, columns], out[rows, columns]
        here, trust = weight[rows, columns], known[rows, columns]
        if part.dtype.kind == "f":
            good = np.isfinite(part)
            part = np.where(good, part, before.astype(part.dtype))
            here = _without(here, good)
        part = check_plane(part, name="alpha")
        mine = trust
        if one.confidence is not None:
            claimed = np.asarray(one.confidence)
            if claimed.shape != shape:
                raise ArrayError(f"expected confidence of shape {shape}, got {claimed.shape}")
            mine = check_plane(claimed[rows, columns], name="confidence")
        if not (always or one.always):
            here = here * share(before, part, here, trust, mine, one.converged)
        # To the bit the base where the weight is 0 or both agree, and the pass where it is 1.
        mixed = np.clip(before + here * (part - before), 0, 1)
        before[...] = np.where(here == 1, part, mixed)
        trust += here * (mine - trust)
    return out


def share(
    base: np.ndarray,
    answer: np.ndarray,
    weight: np.ndarray,
    trust: np.ndarray,
    mine: np.ndarray,
    converged: bool,
) -> np.ndarray:
    """How much of a pass counts beside the base where its weight is 1, see ``combine``.

    Args:
        base, answer: (h, w) float32, the alphas. weight: (h, w) float32 in [0, 1], the pass's.
        trust, mine: (h, w) float32 in [0, 1], the confidences of the base and of the pass.
        converged: whether the pass's solver finished.

    Returns:
        (h, w) float32 in [0, 1].
    """
    odds = _odds(mine) - _odds(trust)
    apart = np.abs(answer - base)
    turned = cv2.morphologyEx(
        (apart > 0.5).astype(np.float32),
        cv2.MORPH_OPEN,
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_PATCH, _PATCH)),
    )
    odds -= np.float32(_FLIP) * turned
    differ = weight * apart
    total = float(differ.sum(dtype=np.float64))
    verdict = float((differ * odds).sum(dtype=np.float64)) / total if total > 0 else 0.0
    wish = _WISH if converged else _STOPPED
    odds = _soft(odds) + np.float32(_ALL * verdict + wish)
    return (1 / (1 + np.exp(-odds))).astype(np.float32)


def share_of_own(confidence: float) -> float:
    """How much counts of a pass whose method judges itself, as ``transparent`` does, 0 to 1.

    It is held against a half, for nobody can judge the base there: the same log odds as of
    ``share``, without its doubt of whole patches that turn from subject to background, which is
    what such a pass is for.

    Args:
        confidence: 0 to 1.
    """
    odds = (1 + _ALL) * float(_odds(np.array(confidence, np.float32))) + _WISH
    counts = float(1 / (1 + np.exp(-odds)))
    # The tails are cut: of a bad answer nothing is left, and a good one is itself to the bit.
    return float(np.round(counts)) if min(counts, 1 - counts) < _TAIL else counts


def _odds(plane: np.ndarray) -> np.ndarray:
    edge = 1 / (1 + np.exp(_SURE))
    p = np.clip(plane, edge, 1 - edge)
    return np.log(p / (1 - p)).astype(np.float32)


def _soft(plane: np.ndarray) -> np.ndarray:
    size = 2 * round(3 * _BLUR) + 1
    return cv2.GaussianBlur(plane, (size, size), _BLUR, borderType=cv2.BORDER_REPLICATE)


def _without(weight: np.ndarray, good: np.ndarray) -> np.ndarray:
    """The weight with a soft hole where there is no answer: 0 there, no hard edge around it."""
    if good.all():
        return weight
    away = depth_within(np.pad(good, 1, constant_values=True))[1:-1, 1:-1]
    return weight * np.clip(away / np.float32(4 * _BLUR), 0, 1)


def _reach(weight: np.ndarray) -> tuple[slice, slice]:
    """The bounding box of what is above 0; empty slices when nothing is."""
    y, x = np.flatnonzero(weight.any(axis=1)), np.flatnonzero(weight.any(axis=0))
    if y.size == 0:
        return slice(0, 0), slice(0, 0)
    return slice(int(y[0]), int(y[-1]) + 1), slice(int(x[0]), int(x[-1]) + 1)


__all__ = ["Pass", "combine", "confidence", "seam", "share", "share_of_own", "shared_trimap"]
