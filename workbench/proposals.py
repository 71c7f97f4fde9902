"""All the objects of a photo, side by side: which lie under a point, and a picture of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from . import views
from .arrays import frozen
from .bench import Bench
from .coordinates import Point, check_point
from .edits import Pick, UseSegmenter
from .io import encode_png
from .progress import Progress
from .segment import everything
from .segment.everything import Proposal
from .segment.regions import Window, crop_of
from .state import COLOURS

GRID = 1024  # long side of the map by which objects are looked up


@dataclass(frozen=True, eq=False)
class Cells:
    """The photo in patches over which the same objects lie.

    Attributes:
        labels: (h, w) uint16, the patch of each cell of a grid over the photo, its long side at
            most 1024.
        stacks: for each patch the indices of its objects, the smallest object first.
    """

    labels: np.ndarray
    stacks: tuple[tuple[int, ...], ...]


class Proposals(list[Proposal]):
    """Proposed objects, the largest first. ``session.pick(found[3])`` makes one a subject.

    Attributes:
        image: (H, W, 3) uint8, the photo that they are of.
    """

    def __init__(self, found: Iterable[Proposal], image: np.ndarray) -> None:
        super().__init__(sorted(found, key=lambda p: -p.area))
        self.image = image

    def __repr__(self) -> str:
        height, width = self.image.shape[:2]
        return f"Proposals({len(self)} objects in {width}×{height})"

    def at(self, x: float, y: float) -> list[Proposal]:
        """The objects under an image point, the smallest first.

        Looked up on a grid of at most 1024 cells a side: of a larger photo the answer at an
        object's edge may be a few pixels off.

        Raises:
            PromptError: the point is outside the photo.
        """
        return [self[i] for i in self.stack((x, y))]

    def stack(self, point: Point) -> tuple[int, ...]:
        """As ``at``, the objects' places in this list."""
        whole = self._whole
        cell = whole.cell(check_point(point, (whole.height, whole.width)), self.cells.labels.shape)
        return self.cells.stacks[int(self.cells.labels[cell])]

    @property
    def _whole(self) -> Window:
        return crop_of(self.image.shape, None)

    @cached_property
    def cells(self) -> Cells:
        """Which objects lie where; made once."""
        whole = self._whole
        size = whole.fitted(GRID)
        labels = np.zeros(size, np.int64)
        stacks: list[tuple[int, ...]] = [()]
        for number, proposal in enumerate(self):
            p = proposal.prediction
            inside = everything.laid_on(p.logits[0], p.frame, whole, size) > 0
            # Each patch that the object covers in part is split in two.
            covered = np.bincount(labels[inside], minlength=len(stacks))
            names = np.zeros(len(stacks), np.int64)
            for old in np.flatnonzero(covered):
                names[old] = len(stacks)
                stacks.append((number, *stacks[old]))
            labels[inside] = names[labels[inside]]
        used, labels = np.unique(labels, return_inverse=True)
        # 65,535 patches would take far more objects than any photo of 1024 cells a side shows.
        compact = labels.reshape(size).astype(np.uint16)
        return Cells(frozen(compact), tuple(stacks[old] for old in used))

    def inside(self, number: int) -> np.ndarray:
        """(h, w) bool: where an object lies, on the grid of ``cells``."""
        return np.array([number in stack for stack in self.cells.stacks])[self.cells.labels]

    @cached_property
    def colours(self) -> tuple[str, ...]:
        """A colour an object, #rrggbb, of seven that colour-blind people can tell apart.

        Objects that touch or overlap get different ones, as far as seven suffice.
        """
        labels = self.cells.labels
        shown = np.array([s[0] if s else -1 for s in self.cells.stacks])[labels]
        near: list[set[int]] = [set() for _ in self]
        for a, b in ((shown[:, :-1], shown[:, 1:]), (shown[:-1], shown[1:])):
            apart = (a != b) & (a >= 0) & (b >= 0)
            for i, j in set(zip(a[apart].tolist(), b[apart].tolist(), strict=True)):
                near[i].add(j)
                near[j].add(i)
        chosen: list[str] = []
        for number in range(len(self)):
            used = [chosen[n] for n in near[number] if n < number]
            # The one that its neighbours use least, then the one that was used least so far.
            ranked = [(used.count(c), chosen.count(c), n) for n, c in enumerate(COLOURS)]
            chosen.append(COLOURS[min(ranked)[2]])
        return tuple(chosen)

    def picture(self) -> np.ndarray:
        """An overview: every object tinted and outlined, with its place in this list.

        Returns:
            (h, w, 3) uint8, the long side at most 1024.
        """
        import cv2

        labels = self.cells.labels
        size = labels.shape
        shrinks = size != self.image.shape[:2]
        photo = (
            cv2.resize(self.image, size[::-1], interpolation=cv2.INTER_AREA)
            if shrinks
            else self.image
        )
        grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None]
        base = np.repeat((0.55 * grey + 30).astype(np.uint8), 3, axis=2)
        inks = [_rgb(c) for c in self.colours]
        table = np.array([inks[s[0]] if s else (0, 0, 0) for s in self.cells.stacks], np.uint8)
        covered = np.array([bool(s) for s in self.cells.stacks])[labels]
        mixed = (0.55 * photo + 0.45 * table[labels]).astype(np.uint8)
        shown = np.where(covered[..., None], mixed, base)
        for number in range(len(self)):
            edge = views.outline(self.inside(number))
            # White beside black reads on any photo and for any eye.
            halo = cv2.dilate(edge.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
            shown[halo] = shown[halo] // 3
            shown[edge] = 255
        for number in range(len(self)):
            self._write(shown, number)
        return shown

    def _write(self, shown: np.ndarray, number: int) -> None:
        """An object's number on it, where it is thickest and no smaller one hides it."""
        import cv2

        top = np.array([bool(s) and s[0] == number for s in self.cells.stacks])[self.cells.labels]
        place = top if top.any() else self.inside(number)
        padded = np.pad(place.astype(np.uint8), 1)
        depth = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
        row, column = divmod(int(depth.argmax()), place.shape[1])
        words, font, size = str(number), cv2.FONT_HERSHEY_SIMPLEX, 0.5
        (wide, tall), _ = cv2.getTextSize(words, font, size, 1)
        at = (max(0, column - wide // 2), min(max(tall, row + tall // 2), place.shape[0] - 1))
        cv2.putText(shown, words, at, font, size, (0, 0, 0), 4, cv2.LINE_AA)
        cv2.putText(shown, words, at, font, size, (255, 255, 255), 1, cv2.LINE_AA)

    def _repr_png_(self) -> bytes:
        return encode_png(self.picture())


def find(bench: Bench, use: UseSegmenter, progress: Progress | None = None) -> Proposals:
    """The objects that a segmenter finds in the bench's photo; kept by both.

    Raises:
        InputError: the segmenter cannot find objects by itself.
    """
    # Objects are looked for in the photo as it stands: a turn is for a subject that does not.
    model = bench.segmenter(replace(use, turn=0), progress)
    if "everything" not in model.capabilities:  # said before the photo is looked at
        raise everything.not_capable(model.name)

    def make() -> Proposals:
        found = everything.propose(
            model, bench.embedding(model, progress), image=bench.photo.image8, progress=progress
        )
        return Proposals(found, bench.photo.image8)

    key = f"everything:{bench.photo.key}:{model.identity}"
    return bench.stages.get_or_make(key, make)


def pick_of(proposal: Proposal, blob: str) -> Pick:
    """The edit that takes a proposal; its subject and name are still to be said."""
    frame = proposal.prediction.frame
    return Pick(
        blob=blob,
        frame=(frame.x0, frame.y0, frame.x1, frame.y1),
        via=tuple(float(v) for v in frame.via or ()),
        points=proposal.points,
        score=proposal.score,
        model=proposal.model,
    )


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
