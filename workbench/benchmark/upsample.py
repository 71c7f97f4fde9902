"""Masks upsampled guided by the photo, beside plain bilinear: how far the boundary is off.

Known-truth composites of made shapes over textures of real photos. The "model's" logits are made
from the truth the way Segment Anything's come out: the signed distance in cells of its grid, with
the corners rounded off and the boundary wandering by a part of a cell.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ..arrays import sigmoid
from ..coordinates import Frame
from ..planes import place
from ..progress import Progress, report
from ..quality import metrics
from ..segment import upsample
from . import Measure

SIDE = 768
CELLS = (4, 8, 16)  # photo pixels to a cell: a photo of 1, 4 and 16 MP on a grid of 256
KINDS = ("clear", "textured", "same texture", "faint", "no contrast")
TARGETS = {"clear": 0.6, "textured": 0.7, "same texture": 0.7, "faint": 0.9, "no contrast": 1.05}
"""How many times plain's distance guided's may be."""


@dataclass(frozen=True, eq=False)
class Case:
    """One photo, its truth, and a model's coarse answer.

    Attributes:
        kind: one of KINDS. cell: photo pixels to a cell of the logits.
        image: (H, W, 3) uint8. truth: (H, W) float32 in [0, 1]. logits: (h, w) float32.
    """

    kind: str
    cell: int
    image: np.ndarray
    truth: np.ndarray
    logits: np.ndarray

    @property
    def frame(self) -> Frame:
        """What the logits cover: all of it."""
        return Frame.whole((self.truth.shape[0], self.truth.shape[1]))


def cases(side: int = SIDE, cells: tuple[int, ...] = CELLS, each: int = 3) -> Iterator[Case]:
    """``each`` cases for every kind and cell size; the same ones every time."""
    for k, kind in enumerate(KINDS):
        for cell in cells:
            for n in range(each):
                yield case(kind, cell, 1000 * k + 10 * cell + n, side)


def case(kind: str, cell: int, seed: int, side: int = SIDE) -> Case:
    """One case; see ``cases``. side is a multiple of cell."""
    rng = np.random.default_rng(seed)
    truth = _shape(side, rng)
    front, behind = _texture(side, rng), _texture(side, rng)
    noise = rng.normal(0, 3, (side, side, 3)).astype(np.float32)
    if kind == "clear":
        behind = cv2.GaussianBlur(behind, (0, 0), 12)  # out of focus, as behind a portrait
        front = 0.35 * front + 0.65 * front.mean(axis=(0, 1))
        front, behind = _apart(front, behind, 70, rng)
    elif kind == "textured":
        front, behind = _apart(front, behind, 35, rng)
    elif kind == "same texture":
        behind = np.roll(front, (side // 3, side // 2), (0, 1))
        front, behind = _apart(front, behind, 35, rng)
    elif kind == "faint":
        behind = np.roll(front, (side // 3, side // 2), (0, 1))
        front, behind = _apart(front, behind, 8, rng)
    else:
        behind = front
    a = truth[..., None]
    image = np.clip(a * front + (1 - a) * behind + noise, 0, 255).astype(np.uint8)
    return Case(kind, cell, image, truth, model_logits(truth, cell, rng))


def model_logits(truth: np.ndarray, cell: int, rng: np.random.Generator) -> np.ndarray:
    """(h, w) float32: what a model with cells of so many pixels might answer for a truth."""
    inside = (truth >= 0.5).astype(np.uint8)
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 5) - cv2.distanceTransform(
        1 - inside, cv2.DIST_L2, 5
    )
    distance = np.clip(distance / cell, -4, 4)
    # Corners and what is thinner than a cell are lost to the model as to any low-pass.
    distance = cv2.GaussianBlur(distance, (0, 0), 0.8 * cell)
    size = truth.shape[1] // cell, truth.shape[0] // cell
    grid = cv2.resize(distance, size, interpolation=cv2.INTER_AREA)
    wander = cv2.GaussianBlur(rng.normal(0, 1, grid.shape).astype(np.float32), (0, 0), 1.5)
    grid = grid + 0.4 * wander / max(float(wander.std()), 1e-6)
    return (4 * grid).astype(np.float32)


def distance_off(mask: np.ndarray, truth: np.ndarray) -> float:
    """The mean distance between two masks' boundaries, pixels, both ways. Masks: (H, W)."""
    edges = [_edge(plane >= 0.5) for plane in (mask, truth)]
    if not edges[0].any() or not edges[1].any():
        return float(max(truth.shape))
    ways = [cv2.distanceTransform((~edge).astype(np.uint8), cv2.DIST_L2, 5) for edge in edges]
    return 0.5 * float(ways[1][edges[0]].mean() + ways[0][edges[1]].mean())


def measure(progress: Progress | None = None) -> Iterator[Measure]:
    """Boundary distance and boundary IoU by kind, and the times."""
    found: dict[str, list[tuple[float, float, float, float]]] = {kind: [] for kind in KINDS}
    for n, one in enumerate(cases()):
        report(progress, 0.8 * n / (len(KINDS) * len(CELLS) * 3), f"upsampling: {one.kind}")
        shape = one.truth.shape[0], one.truth.shape[1]
        plain = place(one.logits, one.frame, shape, -20.0) > 0
        guided = upsample.guided_logits(one.image, one.logits, one.frame) > 0
        found[one.kind].append((
            distance_off(plain, one.truth), distance_off(guided, one.truth),
            metrics.boundary_iou(plain, one.truth), metrics.boundary_iou(guided, one.truth),
        ))  # fmt: skip
    for kind, rows in found.items():
        a, b, c, d = (statistics.mean(column) for column in zip(*rows, strict=True))
        yield Measure("upsample", f"{kind}: boundary distance, ratio to bilinear", b / a, "×",
                      f"≤ {TARGETS[kind]}", f"{b:.2f} px beside {a:.2f} px, {len(rows)} cases; "
                      f"boundary IoU {d:.3f} beside {c:.3f}")  # fmt: skip
    report(progress, 0.8, "upsampling at 2 and 24 MP")
    yield from _times()


def _times() -> Iterator[Measure]:
    one = case("textured", 4, 5)
    for megapixels, side, target in ((2, (1200, 1667), 100), (24, (4000, 6000), 200)):
        image = cv2.resize(one.image, side[::-1], interpolation=cv2.INTER_CUBIC)
        frame = Frame.whole(side)
        for cells in (256, 640):
            grid = cv2.resize(one.logits, (cells, cells * 2 // 3), interpolation=cv2.INTER_CUBIC)
            small = upsample.reduced(image, upsample.step_of(grid, frame))  # a session keeps it
            taken = []
            # The processor's time, all threads together: a busy machine does not change it.
            for _ in range(7):
                start = time.process_time()
                plane = upsample.guided_logits(image, grid, frame, small=small)
                sigmoid(plane, out=plane)
                taken.append(1000 * (time.process_time() - start))
            yield Measure("upsample", f"{megapixels} MP, logits of {cells} cells to the mask, "
                          "processor time", statistics.median(taken), "ms",
                          f"≤ {target} ms", "")  # fmt: skip


def _shape(side: int, rng: np.random.Generator) -> np.ndarray:
    """(side, side) float32: a body with lobes, a hole and limbs of 3 to 30 pixels; soft by 0.7."""
    y, x = np.mgrid[0:side, 0:side] + 0.5
    cx, cy = rng.uniform(0.42, 0.58, 2) * side
    angle, reach = np.arctan2(y - cy, x - cx), np.hypot(x - cx, y - cy)
    border = 0.24 * side * np.ones_like(angle)
    for wave in range(2, 9):
        bend = rng.normal(0, 0.09 / wave**0.7) * 0.24 * side
        border += bend * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    plane = (reach < border).astype(np.uint8)
    for _ in range(5):
        turn = rng.uniform(0, 2 * np.pi)
        ends = np.array([[0.18, 0.18], [0.4, 0.4]]) * side * np.array([np.cos(turn), np.sin(turn)])
        ends += (cx, cy)
        wide = int(rng.integers(3, 30))
        (ax, ay), (bx, by) = np.round(ends).astype(int).tolist()
        cv2.line(plane, (ax, ay), (bx, by), 1, wide)
    hole = (round(cx + 0.08 * side), round(cy)), int(0.05 * side)
    cv2.circle(plane, *hole, 0, -1)
    return cv2.GaussianBlur(plane.astype(np.float32), (0, 0), 0.7)


def _texture(side: int, rng: np.random.Generator) -> np.ndarray:
    """(side, side, 3) float32, 0–255: a part of a real photo, enlarged."""
    from skimage import data

    photo = (data.astronaut, data.chelsea, data.coffee, data.rocket)[rng.integers(4)]()
    part = int(min(photo.shape[:2]) * rng.uniform(0.5, 0.95))
    top, left = (int(rng.integers(0, n - part + 1)) for n in photo.shape[:2])
    crop = photo[top : top + part, left : left + part]
    grown = cv2.resize(crop, (side, side), interpolation=cv2.INTER_CUBIC)
    # Enlarging blurs: the finest detail of a photo is put back as grain that follows its light.
    grain = rng.normal(0, 1, (side, side, 1)) * (2 + 0.04 * grown.mean(axis=2, keepdims=True))
    return grown.astype(np.float32) + grain.astype(np.float32)


def _apart(
    front: np.ndarray, behind: np.ndarray, by: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Both with their mean colours so many levels apart, in a direction of colour at random."""
    way = rng.normal(0, 1, 3)
    way = by * way / np.linalg.norm(way)
    middle = np.clip((front.mean((0, 1)) + behind.mean((0, 1))) / 2, 60, 195)
    front = front + (middle + way / 2 - front.mean((0, 1)))
    behind = behind + (middle - way / 2 - behind.mean((0, 1)))
    return front.astype(np.float32), behind.astype(np.float32)


def _edge(mask: np.ndarray) -> np.ndarray:
    return mask & (cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
