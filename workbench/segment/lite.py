"""Lite: prompts answered by a 4.6 MB network, colours and edges; no Segment Anything weights.

U²-Net-p looks at the crop that the prompts describe, its saliency there is the prior, clicks
correct it on a graph of small regions, and a graph cut settles what is left open.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..arrays import check_image, logit, to_uint8
from ..coordinates import Box, Point, regrid
from ..errors import InputError, PromptError
from ..progress import Progress, report
from ..prompts import PromptSet
from .base import Embedding, Prediction
from .cache import embedding_key
from .classical import box_prior, hint_box, hint_prior, inside, settle
from .cut import correct, obey, soft_logits
from .regions import Regions, Window, around, crop_of, shrunk, split
from .u2net import U2Net

if TYPE_CHECKING:
    from .everything import Proposal

WORK = 320  # long side of the grid that is cut
FINE = 1024  # long side of the logits
MARGIN = 0.25  # of the subject's size, on each side of it
REACH = 1.0
_CROPS = 8  # crops remembered for each photo
_CROP_BYTES = 6 * 2**20  # an upper bound of what one takes


@dataclass(frozen=True, eq=False)
class Crop:
    """What is known of a part of the photo.

    Attributes:
        window: the part, in image pixels.
        fine: (h, w, 3) uint8, its long side at most FINE.
        picture: (h, w, 3) uint8, its long side at most WORK.
        saliency: (h, w) float32 in [0, 1], what draws the eye in it.
        regions: of ``picture``.
    """

    window: Window
    fine: np.ndarray
    picture: np.ndarray
    saliency: np.ndarray
    regions: Regions


class LiteData:
    """What an Embedding of this segmenter holds: the photo, and the crops looked at last."""

    def __init__(self, pixels: np.ndarray, window: Window, identity: str) -> None:
        self.pixels = pixels
        self.window = window
        self.identity = identity
        self._crops: OrderedDict[Window, Crop] = OrderedDict()
        self._lock = threading.Lock()

    def crop(self, window: Window, network: U2Net, progress: Progress | None = None) -> Crop:
        """What is known of a window; computed when it is not among the last few."""
        with self._lock:
            found = self._crops.get(window)
            if found is not None:
                self._crops.move_to_end(window)
                return found
        fine = shrunk(self.pixels[window.slices], window.fitted(FINE))
        size = window.fitted(WORK)
        picture = shrunk(fine, size)
        square = network.saliency(fine, progress)
        grid = regrid(square, window.frame, window.frame, size, 0.0)
        made = Crop(window, fine, picture, np.clip(grid, 0, 1), split(picture))
        with self._lock:
            self._crops[window] = made
            while len(self._crops) > _CROPS:
                self._crops.popitem(last=False)
        return made


class LiteSegmenter:
    """Points, a box and a hint to masks. Deterministic. Safe from any thread.

    Attributes:
        name, identity, capabilities: see Segmenter.
    """

    name = "lite"
    capabilities = frozenset({"points", "boxes", "hint", "crops", "automatic", "everything"})

    def __init__(self, network: U2Net, identity: str) -> None:
        self.identity = identity
        self._network = network

    def encode(
        self, image: np.ndarray, region: Box | None = None, progress: Progress | None = None
    ) -> Embedding:
        """Look at the whole photo (or region) once; crops of it are looked at when asked for.

        Args:
            image: (H, W, 3) uint8 sRGB (uint16 and float are converted).
            region: (x0, y0, x1, y1) in image pixels, widened to whole pixels, or None.

        Raises:
            ArrayError: not an image. PromptError: the region is outside it.
        """
        pixels = to_uint8(check_image(image))
        window = crop_of(pixels.shape, region)
        data = LiteData(pixels, window, self.identity)
        data.crop(window, self._network, progress)
        part = None if region is None else window.box
        return Embedding(
            key=embedding_key(pixels, part, self.identity),
            shape=(pixels.shape[0], pixels.shape[1]),
            region=part,
            data=data,
            size=pixels.nbytes + _CROPS * _CROP_BYTES,
        )

    @property
    def network(self) -> U2Net:
        """The network that it is made of; alone it answers without a prompt."""
        return self._network

    def propose(self, embedding: Embedding, progress: Progress | None = None) -> list[Proposal]:
        """All the objects that stand out somewhere; see ``lite_everything.propose``."""
        from .lite_everything import propose

        data = embedding.data
        return propose(self._network, data.pixels, data.window, progress)

    def predict(self, embedding: Embedding, prompts: PromptSet) -> Prediction:
        """Up to three candidates for a single keep click and nothing else, otherwise one.

        Every clicked pixel is on the side that was asked. A score is the overlap (soft IoU) of
        the answer with what network and clicks made likely before the colours were asked: where
        the two disagree, neither is to be trusted.

        Raises:
            PromptError: the prompts make no sense on this image.
            InputError: the embedding was made by another segmenter.
        """
        data = embedding.data
        if not isinstance(data, LiteData) or data.identity != self.identity:
            made_by = getattr(data, "identity", type(data).__name__)
            raise InputError(f"expected an embedding of {self.identity}, got one of {made_by}")
        asked = prompts.checked(embedding.shape)
        points, labels = inside(asked, data.window)
        if not points and not asked.boxes and asked.hint is None:
            raise PromptError(
                f"expected a point, a box or a hint inside the region {data.window.box}, got none"
            )
        if labels == [1] and not asked.boxes and asked.hint is None:
            return self._candidates(data, points[0], embedding.shape)
        crop, prior = self._prior(data, asked, points, labels)
        logits, score = self._answer(crop, prior, points, labels)
        return Prediction.ranked(
            np.array([score], np.float32), logits[None], crop.window.frame, embedding.shape
        )

    def _answer(
        self, crop: Crop, prior: np.ndarray, points: Sequence[Point], labels: Sequence[int]
    ) -> tuple[np.ndarray, float]:
        """Logits (h, w) over the crop, and their score."""
        cells = [crop.window.cell(p, crop.saliency.shape) for p in points]
        corrected = correct(crop.regions, prior, cells, labels, REACH)
        belief, agreed = settle(crop.picture, corrected, cells, labels)
        cell = crop.fine.shape[1] / belief.shape[1]
        # What had to be argued out of the network is worth less than what it saw itself.
        saw = 1 - sum(
            abs(float(v) - float(prior[c])) for c, v in zip(cells, labels, strict=True)
        ) / max(len(cells), 1)
        score = agreed * (0.5 + 0.5 * saw)
        return soft_logits(crop.fine, belief, cell, crop.window, points, labels), score

    def _candidates(self, data: LiteData, point: Point, shape: tuple[int, int]) -> Prediction:
        """What one click may mean: the thing under it, a part seen close, everything in view."""
        whole = self._look(data, data.window)
        crops: list[Crop] = []
        for window in self._windows(data, whole, None, [point], [1]):
            crop = self._look(data, window)
            if crop not in crops and len(crops) < 3:
                crops.append(crop)
        answers: list[tuple[Crop, np.ndarray, float]] = []
        for crop in crops:
            logits, score = self._answer(crop, crop.saliency, [point], [1])
            entire = _entire(logits > 0, crop.window, data.window)
            if entire > 0.75 or (crop is crops[-1] and not answers):
                answers.append((crop, logits, score * entire))
        crops = [a[0] for a in answers]
        x0, y0 = (min(getattr(c.window, k) for c in crops) for k in ("x0", "y0"))
        x1, y1 = (max(getattr(c.window, k) for c in crops) for k in ("x1", "y1"))
        window = Window(x0, y0, x1, y1)
        size = window.fitted(FINE)
        kept: list[tuple[float, np.ndarray]] = []
        for crop, logits, score in sorted(answers, key=lambda answer: -answer[2]):
            laid = logits
            if crop.window != window or logits.shape != size:
                laid = regrid(logits, crop.window.frame, window.frame, size, -8.0)
                laid = obey(laid, window, [point], [1])
            if all(_overlap(laid > 0, other > 0) < 0.93 for _, other in kept):
                kept.append((score, laid))
        return Prediction.ranked(
            np.array([k[0] for k in kept], np.float32),
            np.stack([k[1] for k in kept]),
            window.frame,
            shape,
        )

    def _prior(
        self, data: LiteData, asked: PromptSet, points: Sequence[Point], labels: Sequence[int]
    ) -> tuple[Crop, np.ndarray]:
        """The crop that the prompts describe, and what is likely in it before any click."""
        kept = [p for p, v in zip(points, labels, strict=True) if v]
        dots = [(x, y, x, y) for x, y in kept]
        if asked.boxes:
            crop = self._look(data, around([*asked.boxes, *dots], MARGIN, data.window))
            return crop, self._in_box(crop, asked, bool(points))
        told = None if asked.hint is None else hint_box(asked.hint, data.window)
        if told is not None and not points:
            crop = self._look(data, around([told], MARGIN, data.window))
            return crop, self._blend(crop, asked, crop.saliency, False)
        whole = self._look(data, data.window)
        if not kept and told is None:
            # Only what is not wanted: the rest may be.
            return whole, np.maximum(whole.saliency, 0.3)
        # The first clicks say what is meant, the later ones correct it where it is seen.
        first = slice(0, 2 if any(labels[:2]) else None)
        best: Crop | None = None
        best_agreed = -1.0
        for window in self._windows(data, whole, told, points[first], labels[first]):
            missing = [d for d in dots if not window.holds((d[0], d[1]))]
            if missing:
                window = around([window.box, *missing], 0.05, data.window)
            crop = self._look(data, window)
            agreed = [
                1 - abs(float(v) - self._at(crop, p))
                for p, v in zip(points[first], labels[first], strict=True)
            ]
            mean = sum(agreed) / len(agreed)
            mean *= _entire(crop.saliency > 0.5, crop.window, data.window)
            # Another view must be clearly better: a click should not turn the answer over.
            if mean > best_agreed + 0.1:
                best, best_agreed = crop, mean
            if min(agreed) > 0.5 and mean > 0.5:
                break  # nothing contradicts it: no need to look any further
        assert best is not None  # _windows gives at least one
        # A closer look refines what is there: what the hint says holds, but for the clicks.
        close = data.window != crop_of(data.pixels.shape, None)
        return best, self._blend(best, asked, best.saliency, not close)

    def _windows(
        self, data: LiteData, whole: Crop, told: Box | None,
        points: Sequence[Point], labels: Sequence[int],
    ) -> Iterator[Window]:  # fmt: skip
        """Where to look, the likeliest first: each is a third of a second when it is new."""
        kept = [p for p, v in zip(points, labels, strict=True) if v]
        dots = [(x, y, x, y) for x, y in kept]
        if told is not None:
            yield around([told, *dots], MARGIN, data.window)
        things = [self._evidence(whole, p) for p in kept]
        if kept and all(t is not None for t in things):
            yield around([*(t for t in things if t is not None), *dots], MARGIN, data.window)
        if not kept:
            return
        # A closer look around the clicks, as far as the nearest click on background.
        x = (min(p[0] for p in kept) + max(p[0] for p in kept)) / 2
        y = (min(p[1] for p in kept) + max(p[1] for p in kept)) / 2
        reach = max(max(abs(p[0] - x), abs(p[1] - y)) for p in kept)
        side = min(data.window.width, data.window.height)
        dropped = [p for p, v in zip(points, labels, strict=True) if not v]
        room = min((max(abs(p[0] - x), abs(p[1] - y)) for p in dropped), default=0.3 * side)
        half = max(1.2 * reach, min(max(room, 0.15 * side), 0.35 * side))
        yield around([(x - half, y - half, x + half, y + half)], 0.0, data.window)
        yield data.window

    def _at(self, crop: Crop, point: Point) -> float:
        """How likely the crop's saliency makes a point; outside the crop is background."""
        if not crop.window.holds(point):
            return 0.0
        row, column = crop.window.cell(point, crop.saliency.shape)
        return float(crop.saliency[row, column])

    def _look(self, data: LiteData, window: Window) -> Crop:
        return data.crop(window, self._network)

    def _evidence(self, whole: Crop, point: Point) -> Box | None:
        """The box around the salient thing under a click, or None where nothing stands out."""
        import cv2

        row, column = whole.window.cell(point, whole.saliency.shape)
        count, parts = cv2.connectedComponents((whole.saliency > 0.4).astype(np.uint8))
        part = int(parts[row, column])
        return None if part == 0 or count == 0 else _bounds(parts == part, whole.window)

    def _in_box(self, crop: Crop, asked: PromptSet, clicked: bool) -> np.ndarray:
        allowed = box_prior(crop.window, crop.saliency.shape, asked.boxes[0])
        prior = np.where(allowed > 0, crop.saliency, np.float32(0))
        if float((prior > 0.5).sum()) < 0.04 * float((allowed > 0).sum()):
            # Nothing stands out in the box: leave it to the colours.
            prior = np.maximum(prior, allowed)
        return self._blend(crop, asked, prior, clicked)

    def _blend(self, crop: Crop, asked: PromptSet, prior: np.ndarray, clicked: bool) -> np.ndarray:
        """The hint where it is certain, the prior where it is not.

        Our own last answer is within ±8: with clicks it counts half, or a mistake would confirm
        itself. What a person painted comes as ±20 and counts in full.
        """
        if asked.hint is None:
            return prior
        told = hint_prior(asked.hint, crop.window, crop.saliency.shape)
        certain = np.abs(2 * told - 1)
        if clicked:
            painted = np.clip((np.abs(logit(told)) - 9) / 3, 0, 1)
            certain = certain * (0.5 + 0.5 * painted)
        return (certain * told + (1 - certain) * prior).astype(np.float32)


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0


def _entire(chosen: np.ndarray, window: Window, limits: Window) -> float:
    """1 for a thing that lies whole in its crop, less the more of it the crop's edge cuts off.

    An edge that is the photo's own cuts nothing off that could be seen.
    """
    area = int(chosen.sum())
    cut = 0
    for line, inner in (
        (chosen[0], window.y0 > limits.y0),
        (chosen[-1], window.y1 < limits.y1),
        (chosen[:, 0], window.x0 > limits.x0),
        (chosen[:, -1], window.x1 < limits.x1),
    ):
        cut += int(line.sum()) if inner else 0
    return max(0.25, 1 - cut / (2 * area**0.5)) if area else 1.0


def _bounds(chosen: np.ndarray, window: Window) -> Box | None:
    rows, columns = np.nonzero(chosen)
    if len(rows) == 0:
        return None
    sx, sy = window.width / chosen.shape[1], window.height / chosen.shape[0]
    return (
        window.x0 + float(columns.min()) * sx,
        window.y0 + float(rows.min()) * sy,
        window.x0 + float(columns.max() + 1) * sx,
        window.y0 + float(rows.max() + 1) * sy,
    )


def load_lite(path: str, identity: str, progress: Progress | None = None) -> LiteSegmenter:
    """A LiteSegmenter from the file of U²-Net-p; see ``U2Net`` for what it raises."""
    report(progress, 0.0, "reading U²-Net-p")
    network = U2Net(path)
    report(progress, 1.0, "lite is ready")
    return LiteSegmenter(network, identity)
