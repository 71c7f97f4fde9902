"""A subject's mask: chains of questions, each answered when it is needed, laid over one another."""

from __future__ import annotations

import numpy as np

from .answering import answer, step_keys
from .arrays import LOGIT_LIMIT, sigmoid
from .bench import Bench
from .closeup import Part as Region
from .closeup import seam, window_of
from .coordinates import Frame, Point, regrid
from .edits import Pick
from .hints import tempered
from .planes import Laid, Part, asked, met
from .progress import Progress, lasting
from .prompts import Hint, PromptSet
from .segment.base import Prediction
from .segment.upsample import Guided, step_of
from .stages import key_of
from .starting import kept_with_the_session, started
from .state import Patch, Step

_HINT_SIDE = 256  # cells along the longer side of a hint for a closer look


class Chain:
    """Questions of which each takes the answer before it as a hint; asked when it is needed.

    Attributes:
        steps: the questions. keys: of their answers.
    """

    def __init__(
        self,
        steps: tuple[Step, ...],
        bench: Bench,
        progress: Progress | None,
        under: Layers | None = None,
    ) -> None:
        """``under``: what the first question of a closer look takes as its hint."""
        self.steps, self.bench, self.progress, self._under = steps, bench, progress, under
        self.keys = step_keys(steps, bench.photo.key, "" if under is None else under.key)

    def answer(self, last: int) -> Prediction:
        """The answer of step ``last``: kept, or asked with the answer before it as a hint."""
        steps, first, known = self.steps, last, None
        while True:  # back to where nothing earlier is needed
            known = self.bench.known(self.keys[first])
            if known is not None or first == 0 or steps[first].hint == "none":
                break
            first -= 1
        for n in range(first, last + 1):
            if n == first and known is not None:
                continue
            known = self._asked(n, known)
            # What is not saved is kept while there is room, like any other stage.
            saved = kept_with_the_session(steps[n].start)
            cache = self.bench.predictions if saved else self.bench.stages
            cache.put(self.keys[n], known)
        assert known is not None  # the loop ran, or it was known
        return known

    def chosen(self, n: int) -> Hint:
        """The logits of the candidate that was chosen of an answer, with their frame."""
        return self._chosen_of(n, self.answer(n % len(self.steps)))

    def hint_of(self, n: int, prediction: Prediction) -> Hint:
        """What answer ``n`` is to the question after it."""
        hint, start = self._chosen_of(n, prediction), self.steps[n].start
        # A picked object's logits are a model's own already.
        return hint if start is None or isinstance(start, Pick) else tempered(hint)

    def _chosen_of(self, n: int, prediction: Prediction) -> Hint:
        candidate = min(self.steps[n].chosen, len(prediction.logits) - 1)
        return Hint(prediction.logits[candidate], prediction.frame)

    def _asked(self, n: int, before: Prediction | None) -> Prediction:
        """Step ``n`` asked now. ``before``: the answer of the step before it, where it is a hint.

        That is handed on and not looked up: it may have been dropped from the cache since.
        """
        # An answer is kept, and the next one stands on it: it is not stopped for a newer wish.
        step, bench, progress = self.steps[n], self.bench, lasting(self.progress)
        if step.start is not None:
            so_far = None
            if step.over:
                so_far = Layers(self.steps[:n], step.over, bench, progress).mask()[:, :]
            elif step.hint != "none" and before is not None:
                points = self.steps[n - 1].points
                so_far = sigmoid(guided(self._chosen_of(n - 1, before), points, bench)[:, :])
            clicks = PromptSet(points=step.points, labels=step.labels)
            return started(
                step.start, bench.photo, bench.blobs, bench.stages, so_far, progress, clicks
            )
        hint = None
        if step.hint != "none":
            if before is not None:
                hint = self.hint_of(n - 1, before)
            elif self._under is not None:
                hint = self._under.hint(step.region)
        return answer(step, hint, bench, progress)


class Layers:
    """What a mask is made of: the answers about the whole photo, and closer looks over them.

    Attributes:
        base: the chain about the whole photo, which may be empty. patches: those on top of it.
        key: of the mask.
    """

    def __init__(
        self,
        steps: tuple[Step, ...],
        patches: tuple[Patch, ...],
        bench: Bench,
        progress: Progress | None,
        made: dict[int, Chain] | None = None,
    ) -> None:
        """``made``: the chains of patches that are known already, by the patch's id()."""
        made = {} if made is None else made
        self._bench = bench
        self.base = Chain(steps, bench, progress)
        self.patches: list[Chain] = []
        for patch in patches:
            if id(patch) not in made:
                under = Layers(patch.under, patch.beneath, bench, progress, made)
                made[id(patch)] = Chain(patch.steps, bench, progress, under)
            self.patches.append(made[id(patch)])
        chosen = steps[-1].chosen if steps else 0
        self.key: str = key_of(bench.photo.key, self.base.keys[-1:], chosen)
        if patches:
            self.key = key_of(self.key, [[c.keys[-1], c.steps[-1].chosen] for c in self.patches])

    @property
    def chains(self) -> list[Chain]:
        """Those with any question, from the bottom up."""
        return [chain for chain in (self.base, *self.patches) if chain.steps]

    def mask(self) -> Mask:
        """All laid over one another."""
        return self._laid(guide=True)

    def _laid(self, guide: bool) -> Mask:
        image, shape = self._bench.photo.image8, self._bench.photo.shape
        base: Guided | Laid | None = None
        if self.base.steps:
            chosen = self.base.chosen(-1)
            if guide:
                base = guided(chosen, self.base.steps[-1].points, self._bench)
            else:
                base = Laid(chosen.logits, chosen.frame, shape, -LOGIT_LIMIT)
        looks = []
        for chain in self.patches:
            step = chain.steps[-1]
            looks.append(CloserLook(chain.chosen(-1), step.region, step.points, image, guide))
        return Mask(shape, base, tuple(looks))

    def rough(self) -> Mask | None:
        """The same before the photo is asked where its edges are; None where that adds nothing.

        It is there at once, to be looked at meanwhile.
        """
        chains = [chain for chain in (self.base, *self.patches) if chain.steps]
        answers = [chain.chosen(-1) for chain in chains]
        if not any(step_of(hint.logits, hint.frame) for hint in answers):
            return None
        return self._laid(guide=False)

    def hint(self, region: Region) -> Hint | None:
        """The logits of what there is in a region's window, or None where nothing is in it."""
        window = window_of(region, self._bench.photo.shape)
        frame = Frame(*window)
        longer = max(frame.x1 - frame.x0, frame.y1 - frame.y0)
        width, height = (
            max(1, round(_HINT_SIDE * side / longer))
            for side in (frame.x1 - frame.x0, frame.y1 - frame.y0)
        )
        grid = np.full((height, width), -LOGIT_LIMIT, np.float32)
        for chain in self.chains:
            last = len(chain.steps) - 1
            chosen, part = chain.hint_of(last, chain.answer(last)), chain.steps[-1].region
            laid = regrid(chosen.logits, chosen.frame, frame, grid.shape, -LOGIT_LIMIT)
            if part:
                x = frame.x0 + (np.arange(width) + 0.5) * (frame.x1 - frame.x0) / width
                y = frame.y0 + (np.arange(height) + 0.5) * (frame.y1 - frame.y0) / height
                weight = seam(part, window_of(part, self._bench.photo.shape), x, y)
                laid = grid + weight * (laid - grid)
            grid = laid
        grid = np.clip(grid, -LOGIT_LIMIT, LOGIT_LIMIT)
        return Hint(grid, frame) if grid.max() > 0 else None


def guided(chosen: Hint, points: tuple[Point, ...], bench: Bench) -> Guided:
    """An answer's logits at the photo's size, their edge the photo's."""
    small = bench.reduced(step_of(chosen.logits, chosen.frame))
    return Guided(bench.photo.image8, chosen.logits, chosen.frame, points, small)


class CloserLook:
    """An answer about a part of the photo, to be laid over logits of the photo's size.

    Args:
        chosen: the answer.
        region: what it is about. points: that were asked about.
        image: (H, W, 3) uint8, the whole photo.
        guide: whether the photo is asked where its edges are.
    """

    def __init__(
        self, chosen: Hint, region: Region, points: tuple[Point, ...], image: np.ndarray,
        guide: bool = True,
    ) -> None:  # fmt: skip
        x0, y0, x1, y1 = (int(v) for v in window_of(region, (image.shape[0], image.shape[1])))
        self._region, self._window = region, (x0, y0, x1, y1)
        self._place = slice(y0, y1), slice(x0, x1)
        f = chosen.frame
        frame = Frame(f.x0 - x0, f.y0 - y0, f.x1 - x0, f.y1 - y0, f.via)
        picture = image[self._place]
        self._logits: Guided | Laid
        if guide:
            there = [(x - x0, y - y0) for x, y in points if x0 <= x < x1 and y0 <= y < y1]
            self._logits = Guided(picture, chosen.logits, frame, there)
        else:
            size = picture.shape[0], picture.shape[1]
            self._logits = Laid(chosen.logits, frame, size, -LOGIT_LIMIT)
        self.nbytes = self._logits.nbytes

    def lay(self, logits: np.ndarray, part: tuple[range, range]) -> None:
        """Lay it over the logits of a part of the photo, in place, with a soft seam.

        Logits are mixed and not masks: where both agree the boundary moves over smoothly, and where
        they do not it is cut once instead of fading.
        """
        (rows, down), (columns, across) = (
            met(*both) for both in zip(part, self._place, strict=True)
        )
        under = logits[rows, columns]
        if not under.size:
            return
        x0, y0, x1, y1 = self._window
        x, y = (np.arange(x0, x1) + 0.5)[across], (np.arange(y0, y1) + 0.5)[down]
        weight = seam(self._region, self._window, x, y)
        under += weight * (self._logits[down, across] - under)


class Mask:
    """What the model believes, uncorrected, computed where it is asked for: a Plane in [0, 1].

    Args:
        shape: (H, W) of the photo.
        base: logits of the answer about the whole photo, None for no such answer.
        looks: what is laid over it, from the bottom up. Without either the mask is empty.

    Attributes:
        nbytes: held besides the photo, for a cache's budget.
    """

    def __init__(
        self, shape: tuple[int, int], base: Guided | Laid | None, looks: tuple[CloserLook, ...]
    ) -> None:
        self.shape, self._base, self._looks = shape, base, looks
        self.nbytes = sum(part.nbytes for part in (base, *looks) if part is not None)

    def __getitem__(self, part: Part) -> np.ndarray:
        wanted = asked(part, self.shape)
        size = len(wanted[0]), len(wanted[1])
        if self._base is None and not self._looks:
            return np.zeros(size, np.float32)
        if self._base is not None:
            logits = self._base[part]
        else:
            logits = np.full(size, -LOGIT_LIMIT, np.float32)
        for look in self._looks:
            look.lay(logits, wanted)
        return sigmoid(logits, out=logits)
