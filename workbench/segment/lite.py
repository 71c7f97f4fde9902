"""Lite: prompts answered by a 4.6 MB network, colours and edges; no Segment Anything weights.

U²-Net-p looks at the crop that the prompts describe. What its stages saw there goes into the click
head together with clicks, box and last mask; once in the whole photo, and again in the crop around
what that found. Where the head's file is missing, U²-Net-p's saliency is the prior, clicks correct
it on a graph of small regions, and a graph cut settles what is left open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..arrays import check_image, logit, sigmoid, to_uint8
from ..coordinates import Box, Point, regrid
from ..errors import InputError, PromptError
from ..progress import Progress, report
from ..prompts import Hint, PromptSet
from .base import Embedding, Prediction
from .cache import embedding_key
from .classical import box_prior, hint_box, hint_prior, inside, settle
from .click_head import GRID, ClickHead, Stages
from .cut import correct, near_clicks, obey, soft_logits
from .lite_crops import CROP_BYTES, CROPS, FINE, Crop, LiteData
from .lite_windows import area, bounds, entire, filled, fits, hint_window, overlap, subject_box
from .regions import Window, around, crop_of, shrunk
from .u2net import SIDE, U2Net

if TYPE_CHECKING:
    from .everything import Proposal

MARGIN = 0.25  # of the subject's size, on each side of it
CLOSE = 0.08  # the same, for a nearer look at a box
REACH = 1.0
SAY = 0.9  # of the colours against the head, where they tell the same story …
AGREED = 0.5, 0.8  # … which begins where this share of theirs is the head's, whole at the second
LEAST = 0.3  # of what the head believes is left, or the colours are not heard
ROUNDS = 1  # of fitting the colours: what the head knows of them is near enough
DOUBT = 0.68  # below this, the head's answer to clicks is held against the saliency's
HESITATION = 0.88  # below this as well, where the saliency's score is PLAIN or more
PLAIN = 0.96
UNSURE = 0.78  # below this, the head's answer to a box is held against the saliency …
STANDS_OUT = 0.8  # … where that is at least as sure …
FILLS = 0.1  # … and fills the box at most this much worse
SURE_ENOUGH = 0.9  # the head's answer to a box is held against nothing, below it …
PLAINEST = 0.97  # … against a saliency as sure as this that fills the box a tenth of that worse
ELSEWHERE = 0.1  # of a change that no new click is in
_FAR = 8.0  # logits against what a view does not show


class LiteSegmenter:
    """Points, a box and a hint to masks. Deterministic. Safe from any thread.

    Attributes:
        name, identity, capabilities: see Segmenter.
    """

    name = "lite"
    capabilities = frozenset({"points", "boxes", "hint", "crops", "automatic", "everything"})

    def __init__(
        self, network: U2Net, identity: str, head: tuple[Stages, ClickHead] | None = None
    ) -> None:
        """A segmenter.

        Args:
            network: U²-Net-p, for its saliency alone.
            identity: name, hashes of the weights, precision.
            head: the same network with its stages, and the click head; None to do without.
        """
        self.identity = identity
        self._network = network
        self._stages = None if head is None else head[0]
        self._head = None if head is None else head[1]

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
        data.crop(window, self._stages or self._network, progress)
        part = None if region is None else window.box
        return Embedding(
            key=embedding_key(pixels, part, self.identity),
            shape=(pixels.shape[0], pixels.shape[1]),
            region=part,
            data=data,
            size=pixels.nbytes + CROPS * CROP_BYTES,
        )

    def view(self, pixels: np.ndarray) -> np.ndarray:
        """A crop as the network reads it, see ``Viewing``: a square, whatever its shape."""
        fine = shrunk(pixels, crop_of(pixels.shape, None).fitted(FINE))
        return shrunk(fine, (SIDE, SIDE))

    @property
    def stages(self) -> Stages | None:
        """The same network with what its stages see, which the click head reads; None without."""
        return self._stages

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
        if self._head is not None and (any(labels) or asked.boxes):
            return self._headed(data, asked, points, labels, embedding.shape)
        return self._plain(data, asked, points, labels, embedding.shape)

    def _plain(
        self, data: LiteData, asked: PromptSet, points: Sequence[Point], labels: Sequence[int],
        shape: tuple[int, int], near: Known | None = None,
    ) -> Prediction:  # fmt: skip
        """The answer without the click head; ``near``: see ``_candidates``."""
        if labels == [1] and not asked.boxes and asked.hint is None:
            return self._candidates(data, points[0], shape, near)
        crop, prior = self._prior(data, asked, points, labels)
        logits, score = self._answer(crop, prior, points, labels)
        return _ranked([(score, logits)], crop.window, shape)

    def _headed(
        self, data: LiteData, asked: PromptSet, points: Sequence[Point], labels: Sequence[int],
        shape: tuple[int, int],
    ) -> Prediction:  # fmt: skip
        """The click head's answer, its edges settled by colour, and what else one click may mean.

        A score is the overlap (soft IoU) of what the head believes with the mask that it makes.
        """
        crop, found = self._found(data, asked, points, labels)
        logits = self._laid(crop, found, asked, points, labels)
        score = _certainty(found)
        answer = _ranked([(score, logits)], crop.window, shape)
        if asked.hint is not None or not points:
            return answer
        near: Known | None = None
        if labels == [1] and not asked.boxes:
            # What stands out under the click, seen from as near; never before the head's answer.
            other, saw = self._answer(crop, crop.saliency, points, labels)
            near = crop, other, saw
            if overlap(logits > 0, other > 0) < 0.93:
                both = [(score, logits), (min(saw, 0.95 * score), other)]
                answer = _ranked(both, crop.window, shape)
        if score >= HESITATION:
            return answer
        # The head was trained on cut-outs over photos; in a photo of one piece it is often
        # unsure, and takes a part for the whole that plainly stands out.
        plain = self._plain(data, asked, points, labels, shape, near)
        surer = score < DOUBT or plain.scores[0] >= PLAIN
        return plain if surer and _part_of(answer, plain, data.window) else answer

    def _found(
        self, data: LiteData, asked: PromptSet, points: Sequence[Point], labels: Sequence[int]
    ) -> tuple[Crop, np.ndarray]:
        """Where the head looks, in the end, and what it believes there, (160, 160) float32.

        Around a box; else where the last answer was, while it still holds what is found; else in
        all of the photo, and then around what is found there.
        """
        dots = [(x, y, x, y) for (x, y), v in zip(points, labels, strict=True) if v]
        if asked.hint is not None and float(asked.hint.logits.max()) > 12:
            # What a person painted is seen as well; our own answers are within ±8.
            painted = Hint(asked.hint.logits - 12, asked.hint.frame)
            bounds = hint_box(painted, data.window)
            dots += [] if bounds is None else [bounds]
        if asked.boxes:
            crop = self._look(data, around([*asked.boxes, *dots], MARGIN, data.window))
            if points or asked.hint is not None:
                return crop, self._believed(crop, asked, points, labels)
            return crop, self._surer(crop, self._boxed(data, crop, asked), asked)
        window = hint_window(asked, data.window, points)
        if window is not None:
            crop = self._look(data, window)
            found = self._believed(crop, asked, points, labels)
            thing = subject_box(found, crop.window, points, labels)
            if thing is not None and fits(thing, crop.window, data.window):
                return crop, found
        crop = self._look(data, data.window)
        found = self._believed(crop, asked, points, labels)
        thing = subject_box(found, crop.window, points, labels)
        window = around([*([] if thing is None else [thing]), *dots], MARGIN, data.window)
        if thing is None or area(window) > 0.8 * area(data.window):
            return crop, found
        last = regrid(found, crop.window.frame, window.frame, (GRID, GRID), 0.0)
        crop = self._look(data, window)
        return crop, self._believed(crop, asked, points, labels, last)

    def _boxed(self, data: LiteData, crop: Crop, asked: PromptSet) -> np.ndarray:
        """What the head believes of a box, the mean of what it says from near, nearer and afar.

        From each it is asked twice, the second time with its first answer as the last mask.
        """
        close = around(asked.boxes, CLOSE, data.window)
        windows = dict.fromkeys((crop.window, close, data.window))
        total = np.zeros((GRID, GRID), np.float32)
        for window in windows:
            view = self._look(data, window)
            first = self._believed(view, asked, (), ())
            again = logit(self._believed(view, asked, (), (), first))
            total += regrid(again, window.frame, crop.window.frame, (GRID, GRID), -_FAR)
        return sigmoid(total / len(windows))

    def _surer(self, crop: Crop, found: np.ndarray, asked: PromptSet) -> np.ndarray:
        """The head's answer to a box, or what stands out in it where the head is unsure of its own.

        What stands out must do so plainly, and about fill the box, or it is another thing.
        """
        sure = _certainty(found)
        if sure >= SURE_ENOUGH:
            return found
        plain = self._in_box(crop, PromptSet(boxes=asked.boxes), False)
        frame = crop.window.frame
        plain = np.clip(regrid(plain, frame, frame, (GRID, GRID), 0.0), 0, 1)
        now, then = (filled(bounds(p > 0.5, crop.window), asked.boxes[0]) for p in (found, plain))
        stands_out = _certainty(plain)
        surer = sure < UNSURE and stands_out >= STANDS_OUT and then >= now - FILLS
        plainest = stands_out >= PLAINEST and then >= now - 0.1 * FILLS
        return plain if surer or plainest else found

    def _believed(
        self, crop: Crop, asked: PromptSet, points: Sequence[Point], labels: Sequence[int],
        last: np.ndarray | None = None,
    ) -> np.ndarray:  # fmt: skip
        """The head's answer in a crop; ``last`` stands for the hint."""
        assert self._head is not None and crop.seen is not None  # see ``predict``
        if last is None and asked.hint is not None:
            last = hint_prior(asked.hint, crop.window, (GRID, GRID))
        box = asked.boxes[0] if asked.boxes else None
        return self._head.answer(crop.seen, crop.window, points, labels, box, last)

    def _laid(
        self, crop: Crop, found: np.ndarray, asked: PromptSet, points: Sequence[Point],
        labels: Sequence[int],
    ) -> np.ndarray:  # fmt: skip
        """What the head believes as logits, along the picture's edges and the last answer's."""
        size = crop.picture.shape[:2]
        frame = crop.window.frame
        belief = np.clip(regrid(found, frame, frame, size, 0.0), 0, 1)
        cells = [crop.window.cell(p, size) for p in points]
        settled, _ = settle(crop.picture, belief, cells, labels, 1.0, ROUNDS)
        say = SAY * heard(settled > 0.5, belief > 0.5)
        belief = (belief + say * (settled - belief)).astype(np.float32)
        if asked.hint is not None:
            told = hint_prior(asked.hint, crop.window, size)
            if points:
                belief = near_clicks(told, belief, cells, labels, ELSEWHERE)
            # What a person painted comes as ±20; our own answers are within ±8.
            # What the hint does not cover is not painted.
            sure = regrid(asked.hint.logits, asked.hint.frame, frame, size, 0.0)
            painted = np.clip((np.abs(sure) - 9) / 3, 0, 1)
            belief = (belief + painted * (told - belief)).astype(np.float32)
        cell = crop.fine.shape[1] / size[1]
        return soft_logits(crop.fine, belief, cell, crop.window, points, labels)

    def _answer(
        self, crop: Crop, prior: np.ndarray, points: Sequence[Point], labels: Sequence[int]
    ) -> tuple[np.ndarray, float]:
        """Logits (h, w) over the crop, and their score."""
        cells = [crop.window.cell(p, crop.saliency.shape) for p in points]
        against = [abs(float(v) - float(prior[c])) for c, v in zip(cells, labels, strict=True)]
        corrected = prior
        if max(against, default=0.0) > 0.4:
            corrected = correct(crop.regions, prior, cells, labels, REACH)
        belief, agreed = settle(crop.picture, corrected, cells, labels, rounds=ROUNDS)
        cell = crop.fine.shape[1] / belief.shape[1]
        # What had to be argued out of the network is worth less than what it saw itself.
        saw = 1 - sum(against) / max(len(cells), 1)
        score = agreed * (0.5 + 0.5 * saw)
        return soft_logits(crop.fine, belief, cell, crop.window, points, labels), score

    def _candidates(
        self, data: LiteData, point: Point, shape: tuple[int, int], near: Known | None = None
    ) -> Prediction:
        """What one click may mean: the thing under it, a part seen close, everything in view.

        Args:
            near: what was seen close already, to be held against everything in view without
                another look, which takes longer than all the rest.
        """
        whole = self._look(data, data.window)
        crops: list[Crop] = []
        if near is None:
            for window in self._windows(data, whole, None, [point], [1]):
                crop = self._look(data, window)
                if crop not in crops and len(crops) < 3:
                    crops.append(crop)
        else:
            crops = [near[0]] if near[0] is whole else [near[0], whole]
        answers: list[tuple[Crop, np.ndarray, float]] = []
        for crop in crops:
            if near is not None and crop is near[0]:
                _, logits, score = near
            else:
                logits, score = self._answer(crop, crop.saliency, [point], [1])
            shown = entire(logits > 0, crop.window, data.window)
            if shown > 0.75 or (crop is crops[-1] and not answers):
                answers.append((crop, logits, score * shown))
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
            if all(overlap(laid > 0, other > 0) < 0.93 for _, other in kept):
                kept.append((score, laid))
        return _ranked(kept, window, shape)

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
            mean *= entire(crop.saliency > 0.5, crop.window, data.window)
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
        return data.crop(window, self._stages or self._network)

    def _evidence(self, whole: Crop, point: Point) -> Box | None:
        """The box around the salient thing under a click, or None where nothing stands out."""
        import cv2

        row, column = whole.window.cell(point, whole.saliency.shape)
        count, parts = cv2.connectedComponents((whole.saliency > 0.4).astype(np.uint8))
        part = int(parts[row, column])
        return None if part == 0 or count == 0 else bounds(parts == part, whole.window)

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


Known: TypeAlias = tuple[Crop, np.ndarray, float]
"""A crop, its answer's logits and score."""


def _ranked(
    answers: Sequence[tuple[float, np.ndarray]], window: Window, shape: tuple[int, int]
) -> Prediction:
    """Scores and logits (h, w) over a window as a Prediction."""
    scores = np.array([score for score, _ in answers], np.float32)
    return Prediction.ranked(scores, np.stack([a for _, a in answers]), window.frame, shape)


def _part_of(answer: Prediction, other: Prediction, window: Window) -> bool:
    """Whether the best candidate of one lies, by four fifths and more, in that of another."""
    size = (GRID, GRID)
    a, b = (regrid(p.logits[0], p.frame, window.frame, size, -8.0) > 0 for p in (answer, other))
    return int((a & b).sum()) >= 0.8 * int(a.sum())


def heard(settled: np.ndarray, belief: np.ndarray) -> float:
    """How far the colours are to be heard, in [0, 1], against what the head believes.

    They may take off the half of what it believes, which is what a bush of twigs asks for; where
    they add much to it they tell another story, and are mostly wrong.
    """
    both, area = int((settled & belief).sum()), int(settled.sum())
    if area < LEAST * int(belief.sum()):
        return 0.0
    like = both / max(area, 1)
    return min(max((like - AGREED[0]) / (AGREED[1] - AGREED[0]), 0.0), 1.0)


def _certainty(found: np.ndarray) -> float:
    """The overlap (soft IoU) of a belief with the mask that it makes."""
    sure = (found > 0.5).astype(np.float32)
    least, most = np.minimum(found, sure).sum(), np.maximum(found, sure).sum()
    return float(least) / max(float(most), 1.0)


def load_lite(
    path: str, identity: str, progress: Progress | None = None, head: Path | None = None
) -> LiteSegmenter:
    """A LiteSegmenter from the file of U²-Net-p; see ``U2Net`` and ``ClickHead`` for errors.

    Args:
        head: the click head's file, or None to do without; it only fits the network that it was
            trained on, see ``click_head.head_for``.
    """
    report(progress, 0.0, "reading U²-Net-p")
    network = U2Net(path)
    both = None if head is None else (Stages(path), ClickHead(head))
    report(progress, 1.0, "lite is ready")
    return LiteSegmenter(network, identity, both)
