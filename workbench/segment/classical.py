"""GrabCut: the subject by colour and edges alone, with no weights at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import check_image, sigmoid, to_uint8
from ..coordinates import Box, Frame, Point, regrid
from ..errors import InputError, PromptError
from ..progress import Progress, report
from ..prompts import Hint, PromptSet
from .base import Embedding, Prediction
from .cache import embedding_key
from .cut import correct, graph_cut, soft_logits
from .regions import Regions, Window, around, crop_of, shrunk, split, step_cost

WORK = 320  # long side of the grid that is cut: beyond it a click takes longer than a blink
FINE = 640  # long side of the logits
REACH = 1.0


@dataclass(frozen=True, eq=False)
class Pixels:
    """What an Embedding of this segmenter holds: the photo itself, which is all it looks at."""

    pixels: np.ndarray
    window: Window
    regions: Regions
    identity: str


class GrabCutSegmenter:
    """Points, a box and a hint to a mask, by colours and edges. Deterministic.

    Attributes:
        name, identity, capabilities: see Segmenter.
    """

    name = "grabcut"
    identity = "grabcut:none:uint8"
    capabilities = frozenset({"points", "boxes", "hint", "crops"})

    def encode(
        self, image: np.ndarray, region: Box | None = None, progress: Progress | None = None
    ) -> Embedding:
        """Take note of the photo (fast). image: (H, W, 3) uint8; region in image pixels or None.

        Raises:
            ArrayError: not an image. PromptError: the region is outside it.
        """
        report(progress, 0.0, "looking at the photo")
        pixels = to_uint8(check_image(image))
        window = crop_of(pixels.shape[:2], region)
        regions = split(shrunk(pixels[window.slices], window.fitted(WORK)))
        report(progress, 1.0, "looking at the photo")
        part = None if region is None else window.box
        return Embedding(
            key=embedding_key(pixels, part, self.identity),
            shape=(pixels.shape[0], pixels.shape[1]),
            region=part,
            data=Pixels(pixels, window, regions, self.identity),
            size=pixels.nbytes + regions.labels.nbytes * 4,
        )

    def view(self, pixels: np.ndarray) -> np.ndarray:
        """A part as it is cut, see ``Viewing``: its edges are looked at more closely afterwards."""
        return shrunk(pixels, crop_of(pixels.shape[:2], None).fitted(WORK))

    def predict(self, embedding: Embedding, prompts: PromptSet) -> Prediction:
        """One candidate; every clicked pixel is on the side that was asked.

        Its score is the share of the answer that the prompts and the colours agree on.

        Raises:
            PromptError: the prompts make no sense on this image.
            InputError: the embedding was made by another segmenter.
        """
        data = embedding.data
        if not isinstance(data, Pixels):
            made_by = getattr(data, "identity", type(data).__name__)
            raise InputError(f"expected an embedding of {self.identity}, got one of {made_by}")
        asked = prompts.checked(embedding.shape)
        points, labels = inside(asked, data.window)
        if not points and not asked.boxes and asked.hint is None:
            raise PromptError(
                f"expected a point, a box or a hint inside the region {data.window.box}, got none"
            )
        window = self._window(data, asked, points, labels)
        size = window.fitted(WORK)
        picture = shrunk(data.pixels[window.slices], size)
        regions = data.regions if window == data.window else split(picture)
        cells = [window.cell(p, size) for p in points]
        prior = self._prior(regions, window, asked, cells, labels)
        prior = correct(regions, prior, cells, labels, REACH)
        belief, agreed = settle(picture, prior, cells, labels)
        fine = shrunk(data.pixels[window.slices], window.fitted(FINE))
        logits = soft_logits(fine, belief, fine.shape[1] / size[1], window, points, labels)
        return Prediction.ranked(
            np.array([agreed], np.float32), logits[None], window.frame, embedding.shape
        )

    def _window(
        self, data: Pixels, asked: PromptSet, points: Sequence[Point], labels: Sequence[int]
    ) -> Window:
        kept = [(x, y, x, y) for (x, y), v in zip(points, labels, strict=True) if v]
        if asked.boxes:
            return around([*asked.boxes, *kept], 0.25, data.window)
        if asked.hint is not None:
            found = hint_box(asked.hint, data.window)
            if found is not None:
                return around([found, *kept], 0.25, data.window)
        return data.window

    def _prior(
        self, regions: Regions, window: Window, asked: PromptSet,
        cells: Sequence[tuple[int, int]], labels: Sequence[int],
    ) -> np.ndarray:  # fmt: skip
        size = (regions.labels.shape[0], regions.labels.shape[1])
        box = box_prior(window, size, asked.boxes[0]) if asked.boxes else None
        if asked.hint is not None:
            prior = hint_prior(asked.hint, window, size)
            return prior if box is None else prior * (box > 0)
        if box is not None:
            return box
        return click_prior(regions, cells, labels)


def inside(asked: PromptSet, window: Window) -> tuple[list[Point], list[int]]:
    """The points of a question that lie in the window, and their labels."""
    pairs = [(p, v) for p, v in zip(asked.points, asked.labels, strict=True) if window.holds(p)]
    return [p for p, _ in pairs], [v for _, v in pairs]


def hint_prior(hint: Hint, window: Window, size: tuple[int, int]) -> np.ndarray:
    """A hint as a prior on a grid over the window: (h, w) float32 in [0, 1]."""
    frame = Frame(hint.frame.x0, hint.frame.y0, hint.frame.x1, hint.frame.y1)
    logits = np.asarray(hint.logits, np.float32)
    return sigmoid(regrid(logits, frame, window.frame, size, -20.0))


def hint_box(hint: Hint, window: Window) -> Box | None:
    """The box around what a hint says is the subject, in image pixels, or None."""
    size = window.fitted(256)
    rows, columns = np.nonzero(hint_prior(hint, window, size) > 0.5)
    if len(rows) == 0:
        return None
    sx, sy = window.width / size[1], window.height / size[0]
    return (
        window.x0 + columns.min() * sx,
        window.y0 + rows.min() * sy,
        window.x0 + (columns.max() + 1) * sx,
        window.y0 + (rows.max() + 1) * sy,
    )


def box_prior(window: Window, size: tuple[int, int], box: Box) -> np.ndarray:
    """0 outside a box, 0.6 inside it: likely, and open to the colours. (h, w) float32."""
    rows, columns = size
    x = window.x0 + (np.arange(columns) + 0.5) * window.width / columns
    y = window.y0 + (np.arange(rows) + 0.5) * window.height / rows
    # Boxes are drawn by hand: two hundredths more belong to it.
    mx, my = 0.02 * (box[2] - box[0]), 0.02 * (box[3] - box[1])
    in_x = (x >= box[0] - mx) & (x <= box[2] + mx)
    in_y = (y >= box[1] - my) & (y <= box[3] + my)
    return np.where(in_y[:, None] & in_x[None, :], np.float32(0.6), np.float32(0))


def click_prior(
    regions: Regions, cells: Sequence[tuple[int, int]], labels: Sequence[int]
) -> np.ndarray:
    """What clicks alone make likely: near by colour and by way. (h, w) float32 in [0, 1]."""
    cost = step_cost(regions)
    seeds = [int(regions.labels[r, c]) for (r, c), v in zip(cells, labels, strict=True) if v]
    others = [int(regions.labels[r, c]) for (r, c), v in zip(cells, labels, strict=True) if not v]
    if not seeds:
        # Only what is not wanted: everything else may be.
        return np.full(regions.labels.shape, 0.6, np.float32)
    near = regions.distance(seeds, cost)
    belief = 0.85 * np.exp(-((near / (1.2 * REACH)) ** 2))
    if others:
        far = regions.distance(others, cost)
        belief = belief * np.where(far < near, 0.3, 1.0)
    return regions.spread(belief)


def settle(
    picture: np.ndarray,
    prior: np.ndarray,
    cells: Sequence[tuple[int, int]],
    labels: Sequence[int],
    say: float = 0.5,
    rounds: int = 2,
) -> tuple[np.ndarray, float]:
    """The prior with what it leaves open settled by the graph cut.

    Args:
        picture: (h, w, 3) uint8. prior: (h, w) float32.
        cells, labels: clicks as (row, column) on this grid.
        say: weight of the cut against the prior where the prior is open.
        rounds: of fitting the colours' models.

    Returns:
        belief (h, w) float32 in [0, 1], and the overlap (soft IoU) of the two, in [0, 1].
    """
    keep = np.zeros(prior.shape, bool)
    drop = np.zeros(prior.shape, bool)
    for (row, column), label in zip(cells, labels, strict=True):
        (keep if label else drop)[row, column] = True
        (drop if label else keep)[row, column] = False
    chosen = graph_cut(picture, prior, keep, drop, rounds).astype(np.float32)
    belief = ((1 - say) * prior + say * chosen).astype(np.float32)
    belief[keep], belief[drop] = 1.0, 0.0
    union = float(np.maximum(prior, chosen).sum())
    agreed = float(np.minimum(prior, chosen).sum()) / union if union > 0 else 0.0
    return belief, agreed
