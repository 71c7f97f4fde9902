"""All the objects of a photo, proposed without a prompt: Segment Anything's "everything" mode.

A grid of points is asked one by one, and what is sure, stable and no duplicate is kept (Kirillov
et al., Segment Anything, ICCV 2023, section 5 and appendix B; definitions and defaults are those of
segment_anything's SamAutomaticMaskGenerator). A segmenter that sees one subject at a time and
answers a click in tenths of a second brings a way of its own: a method ``propose``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from ..arrays import LOGIT_LIMIT, frozen
from ..coordinates import Box, Frame, Point
from ..errors import InputError
from ..planes import place
from ..progress import Progress, report
from ..prompts import PromptSet
from .base import Embedding, Prediction, Segmenter
from .regions import Window, crop_of

MEASURE = 1024  # long side of the grid on which areas, boxes and stability are measured
_NEAR = 20.0  # pixels within which a box counts as touching its crop's edge
_WORDS = "finding the objects"


@dataclass(frozen=True, eq=False)
class Proposal:
    """One object that was found without being asked for.

    Attributes:
        prediction: one candidate; its logits are at the model's own size.
        score: the model's own estimate of the mask's quality.
        stability: how little the mask changes when its threshold does, 0–1.
        box: (x0, y0, x1, y1) around it, image pixels.
        area: in image pixels.
        points: (x, y), the clicks that gave this answer.
        model: the identity of the segmenter that proposed it.
    """

    prediction: Prediction
    score: float
    stability: float
    box: Box
    area: float
    points: tuple[Point, ...]
    model: str = ""

    @property
    def mask(self) -> np.ndarray:
        """(H, W) float32 in [0, 1] at the photo's size, made when it is asked for."""
        return self.prediction.masks[0]

    @property
    def size(self) -> int:
        """Bytes held, for a cache's budget."""
        return self.prediction.size


@dataclass(frozen=True)
class Grid:
    """How thoroughly a photo is searched, and what is kept; the defaults are the reference's.

    Attributes:
        points: on a side of the grid, so 32 asks 1024 times.
        batch: points asked at a time.
        score: least predicted quality of a mask.
        stability: least share of a mask that stays when its threshold moves by ``offset`` logits
            up and down.
        overlap: of two masks whose boxes overlap more (IoU), the better stays.
        layers: of crops that are searched besides the whole photo, 4, 16, … of them, each encoded
            for itself.
        crop_overlap: as ``overlap``, between crops; there the mask of the smaller crop stays.
        crop_share: of the photo's short side by which the first layer's crops overlap.
        fewer: divides ``points`` once a layer.
        smallest: parts and holes of fewer image pixels are removed; 0 leaves all.
    """

    points: int = 32
    batch: int = 64
    score: float = 0.88
    stability: float = 0.95
    offset: float = 1.0
    overlap: float = 0.7
    layers: int = 0
    crop_overlap: float = 0.7
    crop_share: float = 512 / 1500
    fewer: int = 1
    smallest: int = 0

    def checked(self) -> Grid:
        """The same settings, once they are known to make sense.

        Raises:
            InputError: a count below its least, or a share outside 0..1.
        """
        for name, least in (("points", 1), ("batch", 1), ("layers", 0), ("fewer", 1),
                            ("smallest", 0)):  # fmt: skip
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise InputError(f"expected {name} of {least} or more, got {value!r}")
        for name in ("score", "stability", "overlap", "crop_overlap", "crop_share"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise InputError(f"expected {name} in 0..1, got {value!r}")
        return self


def propose(
    segmenter: Segmenter,
    embedding: Embedding,
    grid: Grid | None = None,
    image: np.ndarray | None = None,
    progress: Progress | None = None,
) -> list[Proposal]:
    """The objects of a photo, the best first.

    Args:
        segmenter: one that is capable of "everything".
        embedding: of the whole photo, by that segmenter.
        grid: how thoroughly; a segmenter with a way of its own takes no heed of it.
        image: (H, W, 3) uint8, wanted where ``grid.layers`` asks for crops.
        progress: called after every batch; what it raises stops the work.

    Raises:
        InputError: the segmenter is not capable of it, or settings that make no sense.
    """
    if "everything" not in segmenter.capabilities:
        raise not_capable(segmenter.name)
    own = getattr(segmenter, "propose", None)
    if own is not None:
        return [replace(p, model=segmenter.identity) for p in own(embedding, progress)]
    grid = (grid or Grid()).checked()
    if grid.layers and image is None:
        raise InputError("expected the image too, for crops of it; got none")
    found: list[tuple[Window, list[Proposal]]] = []
    crops = list(crop_windows(embedding.shape, grid.layers, grid.crop_share))
    for number, (window, layer) in enumerate(crops):

        def part(fraction: float, words: str, number: int = number) -> None:
            report(progress, (number + fraction) / len(crops), words)

        seen = embedding
        if number:
            assert image is not None  # see above
            seen = segmenter.encode(image, window.box, None)
        found.append((window, _searched(segmenter, seen, window, layer, grid, part)))
    proposals = [p for _, some in found for p in some]
    if len(crops) > 1:
        nearness = [1 / (w.width * w.height) for w, some in found for _ in some]
        kept = suppressed(_inner_boxes(proposals), np.array(nearness), grid.crop_overlap)
        proposals = [proposals[i] for i in kept]
    if grid.smallest:
        proposals = _tidied(proposals, grid)
    report(progress, 1.0, _WORDS)
    named = [replace(p, model=segmenter.identity) for p in proposals]
    return sorted(named, key=lambda p: -p.score)


def not_capable(name: str) -> InputError:
    """The error for a segmenter without "everything", naming those that have it."""
    from .registry import with_everything

    return InputError(
        f"expected a segmenter that can find all objects ({', '.join(with_everything())}), "
        f"got {name}; session.use(…) changes it"
    )


# -------------------------------------------------------------------------------- where to look


def grid_points(window: Window, count: int) -> list[Point]:
    """count × count points over a window, row by row, half a step from its edges."""
    steps = (np.arange(count) + 0.5) / count
    return [
        (window.x0 + float(x) * window.width, window.y0 + float(y) * window.height)
        for y in steps
        for x in steps
    ]


def crop_windows(shape: tuple[int, int], layers: int, share: float) -> Iterator[tuple[Window, int]]:
    """The whole image of (H, W), layer 0, then 4, 16, … overlapping crops of it.

    Args:
        layers: of crops.
        share: of the short side by which neighbours overlap in layer 1; half as much in the next.
    """
    height, width = shape
    yield Window(0, 0, width, height), 0
    for layer in range(1, layers + 1):
        side = 2**layer
        overlap = int(share * min(height, width) * (2 / side))
        wide, tall = (math.ceil((overlap * (side - 1) + whole) / side) for whole in (width, height))
        for i, j in product(range(side), range(side)):
            x0, y0 = (wide - overlap) * i, (tall - overlap) * j
            yield Window(x0, y0, min(x0 + wide, width), min(y0 + tall, height)), layer


def _searched(
    segmenter: Segmenter,
    embedding: Embedding,
    window: Window,
    layer: int,
    grid: Grid,
    progress: Progress,
) -> list[Proposal]:
    """What the grid of points finds in one crop, duplicates removed."""
    points = grid_points(window, max(1, grid.points // grid.fewer**layer))
    # Rounding must not carry a point over the crop's edge.
    points = [(min(x, window.x1 - 1 / 8), min(y, window.y1 - 1 / 8)) for x, y in points]
    found: list[Proposal] = []
    for start in range(0, len(points), grid.batch):
        progress(start / len(points), _WORDS)
        part = points[start : start + grid.batch]
        for point, answer in zip(part, _asked(segmenter, embedding, part), strict=True):
            found += _kept(answer, point, window, grid)
    best = suppressed(_inner_boxes(found), np.array([p.score for p in found]), grid.overlap)
    return [found[i] for i in best]


def _asked(segmenter: Segmenter, embedding: Embedding, points: Sequence[Point]) -> list[Prediction]:
    """An answer a point; all at once where the segmenter can."""
    many: Any = getattr(segmenter, "predict_many", None)
    if many is not None:
        return many(embedding, points)
    return [segmenter.predict(embedding, PromptSet((p,), (1,))) for p in points]


# -------------------------------------------------------------------------------- what is kept


def _kept(answer: Prediction, point: Point, window: Window, grid: Grid) -> list[Proposal]:
    """Those of an answer's candidates that are good, stable and whole."""
    kept = []
    for score, logits in zip(answer.scores, answer.logits, strict=True):
        if grid.score > 0 and not score > grid.score:
            break  # the best come first
        proposal = measured(logits, float(score), answer, (point,), window, grid.offset)
        if proposal is None or proposal.stability < grid.stability:
            continue
        if not _touches_edge(proposal.box, window, answer.shape):
            kept.append(proposal)
    return kept


def measured(
    logits: np.ndarray,
    score: float,
    answer: Prediction,
    points: tuple[Point, ...],
    window: Window,
    offset: float = 1.0,
) -> Proposal | None:
    """A candidate as a Proposal, measured over ``window`` at up to 1024 pixels a side.

    Returns:
        None where nothing of it is inside.
    """
    size = window.fitted(MEASURE)
    laid = laid_on(logits, answer.frame, window, size)
    inside = laid > 0
    union = np.count_nonzero(laid > -offset)
    bounds = _bounds(inside)
    if bounds is None:
        return None
    sx, sy = window.width / size[1], window.height / size[0]
    left, top, right, bottom = bounds
    return Proposal(
        prediction=Prediction(
            frozen(np.array([score], np.float32)), frozen(logits[None].copy()),
            answer.frame, answer.shape,
        ),
        score=score,
        stability=np.count_nonzero(laid > offset) / union,
        box=(window.x0 + left * sx, window.y0 + top * sy,
             window.x0 + right * sx, window.y0 + bottom * sy),
        area=float(np.count_nonzero(inside)) * sx * sy,
        points=points,
    )  # fmt: skip


def laid_on(logits: np.ndarray, frame: Frame, window: Window, size: tuple[int, int]) -> np.ndarray:
    """Logits over ``frame`` on a grid of ``size`` (rows, columns) over a window, bilinear."""
    sx, sy = size[1] / window.width, size[0] / window.height
    moved = Frame(
        (frame.x0 - window.x0) * sx, (frame.y0 - window.y0) * sy,
        (frame.x1 - window.x0) * sx, (frame.y1 - window.y0) * sy, frame.via,
    )  # fmt: skip
    return place(logits, moved, size, -LOGIT_LIMIT)


def _bounds(inside: np.ndarray) -> tuple[int, int, int, int] | None:
    """(left, top, right, bottom) of what is True, ends excluded; None where nothing is."""
    rows = np.flatnonzero(inside.any(axis=1))
    if not len(rows):
        return None
    columns = np.flatnonzero(inside.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _touches_edge(box: Box, window: Window, shape: tuple[int, int]) -> bool:
    """Whether a box comes near an edge of its crop that is not the photo's own: it is cut off."""
    whole = crop_of(shape, None)
    # The last pixel, not the edge behind it, is what the reference compares with the crop's edge.
    last = (box[0], box[1], box[2] - 1, box[3] - 1)
    return any(
        abs(v - crop) <= _NEAR < abs(v - photo)
        for v, crop, photo in zip(last, window.box, whole.box, strict=True)
    )


def _inner_boxes(proposals: Sequence[Proposal]) -> np.ndarray:
    """(n, 4) boxes from the first to the last pixel, as the reference compares them."""
    boxes = np.array([p.box for p in proposals], np.float64).reshape(-1, 4)
    boxes[:, 2:] -= 1
    return boxes


def suppressed(boxes: np.ndarray, scores: np.ndarray, overlap: float) -> list[int]:
    """Non-maximum suppression: the indices of the boxes that stay, best score first.

    Args:
        boxes: (n, 4) as (x0, y0, x1, y1). scores: (n,).
        overlap: a box whose IoU with a better one is above this goes. Of equal scores the earlier
            is the better.
    """
    x0, y0, x1, y1 = boxes.T if len(boxes) else np.zeros((4, 0))
    areas = (x1 - x0) * (y1 - y0)
    waiting = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    kept: list[int] = []
    while len(waiting):
        best, rest = int(waiting[0]), waiting[1:]
        kept.append(best)
        wide = np.minimum(x1[best], x1[rest]) - np.maximum(x0[best], x0[rest])
        tall = np.minimum(y1[best], y1[rest]) - np.maximum(y0[best], y0[rest])
        both = np.maximum(wide, 0) * np.maximum(tall, 0)
        union = areas[best] + areas[rest] - both
        waiting = rest[both <= overlap * union]
    return kept


# ------------------------------------------------------------------------------- small regions


def _tidied(proposals: Sequence[Proposal], grid: Grid) -> list[Proposal]:
    """Without small parts and holes; what becomes a duplicate by that goes."""
    tidied, untouched = [], []
    for p in proposals:
        logits, changed = without_specks(p.prediction, grid.smallest)
        one = p
        if changed:
            whole = crop_of(p.prediction.shape, None)
            again = measured(logits, p.score, p.prediction, p.points, whole, grid.offset)
            one = p if again is None else replace(again, stability=p.stability)
        tidied.append(one)
        untouched.append(0.0 if changed else 1.0)
    overlap = max(grid.overlap, grid.crop_overlap)
    return [tidied[i] for i in suppressed(_inner_boxes(tidied), np.array(untouched), overlap)]


def without_specks(prediction: Prediction, smallest: float) -> tuple[np.ndarray, bool]:
    """A candidate's logits with holes and parts under ``smallest`` image pixels turned over.

    The largest part stays, however small. Works on the logits' own grid.

    Returns:
        (h, w) float32, and whether anything changed.
    """
    import cv2

    logits, frame = prediction.logits[0], prediction.frame
    cell = (frame.x1 - frame.x0) * (frame.y1 - frame.y0) / logits.size
    changed = np.array(logits)
    for side in (-1, 1):  # holes first, then parts
        chosen = (side * changed > 0).astype(np.uint8)
        count, parts, stats, _ = cv2.connectedComponentsWithStats(chosen, connectivity=8)
        sizes = stats[:, cv2.CC_STAT_AREA] * cell
        small = sizes < smallest
        small[0] = False  # the other side itself
        if side == 1 and count > 1 and small[1:].all():
            small[1 + int(np.argmax(sizes[1:]))] = False
        turned = small[parts]
        changed[turned] = -side  # only just on the other side: a click can still argue
    return changed, bool((changed != logits).any())
