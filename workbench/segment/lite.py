"""Lite: prompts answered by a 4.6 MB network, colours and edges; no Segment Anything weights.

U²-Net-p looks at the crop that the prompts describe, its saliency there is the prior, clicks
correct it on a graph of small regions, and a graph cut settles what is left open.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import check_image, to_uint8
from ..coordinates import Box, Point, regrid
from ..errors import InputError, PromptError
from ..progress import Progress, report
from ..prompts import PromptSet
from .base import Embedding, Prediction
from .cache import embedding_key
from .classical import box_prior, click_prior, hint_box, hint_prior, inside, settle
from .cut import correct, soft_logits
from .regions import Regions, Window, around, crop_of, shrunk, split, step_cost
from .u2net import SIDE, U2Net

WORK = 320  # long side of the grid that is cut
FINE = 1024  # long side of the logits
MARGIN = 0.25  # of the subject's size, on each side of it
REACH = 1.0
_CROPS = 8  # crops remembered for each photo
_CROP_BYTES = 2 * 2**20  # an upper bound of what one takes


@dataclass(frozen=True, eq=False)
class Crop:
    """What is known of a part of the photo.

    Attributes:
        window: the part, in image pixels.
        picture: (h, w, 3) uint8, its long side at most WORK.
        saliency: (h, w) float32 in [0, 1], what draws the eye in it.
        regions: of ``picture``.
    """

    window: Window
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
        part = self.pixels[window.slices]
        size = window.fitted(WORK)
        picture = shrunk(part, size)
        square = network.saliency(part, progress)
        grid = regrid(square, window.frame, window.frame, size, 0.0)
        made = Crop(window, picture, np.clip(grid, 0, 1), split(picture))
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
    capabilities = frozenset({"points", "boxes", "hint", "crops", "automatic"})

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

    def salient(self, image: np.ndarray, progress: Progress | None = None) -> Prediction:
        """The automatic answer, with no prompt at all; see ``U2Net.salient``."""
        return self._network.salient(image, progress)

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
        crop, prior = self._prior(data, asked, points, labels)
        cells = [crop.window.cell(p, crop.saliency.shape) for p in points]
        prior = correct(crop.regions, prior, cells, labels, REACH)
        belief, score = settle(crop.picture, prior, cells, labels)
        fine = shrunk(data.pixels[crop.window.slices], crop.window.fitted(FINE))
        cell = fine.shape[1] / belief.shape[1]
        logits = soft_logits(fine, belief, cell, crop.window, points, labels)
        return Prediction.ranked(
            np.array([score], np.float32), logits[None], crop.window.frame, embedding.shape
        )

    def _prior(
        self, data: LiteData, asked: PromptSet, points: Sequence[Point], labels: Sequence[int]
    ) -> tuple[Crop, np.ndarray]:
        """The crop that the prompts describe, and what is likely in it before any click."""
        kept = [p for p, v in zip(points, labels, strict=True) if v]
        dots = [(x, y, x, y) for x, y in kept]
        if asked.boxes:
            crop = self._look(data, around([*asked.boxes, *dots], MARGIN, data.window))
            return crop, self._in_box(crop, asked)
        if asked.hint is not None:
            found = hint_box(asked.hint, data.window)
            if found is not None:
                crop = self._look(data, around([found, *dots], MARGIN, data.window))
                return crop, self._blend(crop, asked, crop.saliency)
        whole = self._look(data, data.window)
        if not kept:
            return whole, np.maximum(whole.saliency, 0.3)
        boxes = [self._evidence(whole, p) for p in kept]
        found_boxes = [b for b in boxes if b is not None]
        if len(found_boxes) < len(kept):
            cells = [whole.window.cell(p, whole.saliency.shape) for p in kept]
            lost = [c for c, b in zip(cells, boxes, strict=True) if b is None]
            local = click_prior(whole.regions, lost, [1] * len(lost))
            spot = _bounds(local > 0.3, whole.window)
            if spot is not None:
                found_boxes.append(spot)
        crop = self._look(data, around([*found_boxes, *dots], MARGIN, data.window))
        return crop, crop.saliency

    def _look(self, data: LiteData, window: Window) -> Crop:
        return data.crop(window, self._network)

    def _evidence(self, whole: Crop, point: Point) -> Box | None:
        """The box around the salient thing under a click, or None where nothing stands out."""
        import cv2

        row, column = whole.window.cell(point, whole.saliency.shape)
        count, parts = cv2.connectedComponents((whole.saliency > 0.4).astype(np.uint8))
        part = int(parts[row, column])
        return None if part == 0 or count == 0 else _bounds(parts == part, whole.window)

    def _in_box(self, crop: Crop, asked: PromptSet) -> np.ndarray:
        allowed = box_prior(crop.window, crop.saliency.shape, asked.boxes[0])
        prior = np.where(allowed > 0, crop.saliency, np.float32(0))
        if float((prior > 0.5).sum()) < 0.04 * float((allowed > 0).sum()):
            # Nothing stands out in the box: leave it to the colours.
            prior = np.maximum(prior, allowed)
        return self._blend(crop, asked, prior)

    def _blend(self, crop: Crop, asked: PromptSet, prior: np.ndarray) -> np.ndarray:
        """The hint where it is certain, the prior where it is not."""
        if asked.hint is None:
            return prior
        told = hint_prior(asked.hint, crop.window, crop.saliency.shape)
        certain = np.abs(2 * told - 1)
        return (certain * told + (1 - certain) * prior).astype(np.float32)


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


__all__ = ["SIDE", "Crop", "LiteData", "LiteSegmenter", "load_lite", "step_cost"]
