"""Known-truth cases for mattes, each with the coarse mask that a model would give of it.

Two kinds. **Cut-outs**: the benchmark's photographs with real alpha whose edge is soft (fur,
feathers, smoke, flame, plants), each at its own size over two photos of other things. **Strands**:
a soft body and drawn hairs of one to three pixels that cross one another, fair and dark, over
smooth and over busy photos. Composited in sRGB values, with grain, and rounded to 8 bits.

The mask is made from the truth the way Segment Anything's come out (``sam_logits``): on a grid of
256 cells along the photo's longer side, whatever is thinner than a cell lost or in shreds, and
its boundary off by about a cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..coordinates import Frame
from ..cutouts import Material, read_background, read_cutout
from ..matte.trimap import contour_distance
from .scenes import background

GRID = 256  # cells along the longer side, as Segment Anything's masks have
SOFT = 1.5  # pixels: the mean width of a cut-out's soft edge from which on it is a case
_LARGEST = 640  # pixels of a cut-out's longer side: larger ones are made smaller
_ROOM = 2.0  # times a cut-out's longer side: the photo's …
_LEAST = 512  # … which is at least this, so that a cell is never less than two pixels
_TURNS = 2  # photos that each cut-out is laid over
_GRAIN = 0.01  # σ of the grain


@dataclass(frozen=True, eq=False)
class Case:
    """A photo, the truth about it, and a model's coarse answer.

    Attributes:
        kind: "cut-outs" or "strands". name: of the case. group: what is drawn at random together
            when an interval is computed (the cases of one cut-out are not independent).
        image: (H, W, 3) uint8. alpha: (H, W) float32. foreground: (H, W, 3) float32, sRGB.
        logits: (h, w) float32 on GRID cells along the longer side.
    """

    kind: str
    name: str
    group: str
    image: np.ndarray
    alpha: np.ndarray
    foreground: np.ndarray
    logits: np.ndarray

    @property
    def frame(self) -> Frame:
        """What the logits cover: all of it."""
        return Frame.whole((self.alpha.shape[0], self.alpha.shape[1]))


def softness(alpha: np.ndarray) -> float:
    """How wide the soft edge of a truth (H, W) is on the mean, in pixels.

    The pixels between 0.05 and 0.95 over the length of the 0.5 contour. A hard edge that was
    sampled well has about 1.
    """
    plane = np.pad(alpha, 1)
    inside = plane >= 0.5
    crossings = (inside[1:] != inside[:-1]).sum() + (inside[:, 1:] != inside[:, :-1]).sum()
    length = np.pi / 4 * float(crossings)  # of a curve without a favourite direction
    return float(((plane > 0.05) & (plane < 0.95)).sum()) / max(length, 1.0)


def cutout_cases(chosen: Material) -> Iterator[Case]:
    """The soft cut-outs of one split, each over _TURNS photos; the same ones every time."""
    number = 0
    for path in chosen.cutouts:
        if "cartoon" in path.parts:  # drawings, many with a drawn shadow
            continue
        rgba = read_cutout(path).astype(np.float32) / 255
        if softness(rgba[..., 3]) < SOFT:
            continue
        for turn in range(_TURNS):
            rng = np.random.default_rng([20261122, number, turn])
            behind = chosen.backgrounds[(_TURNS * number + turn) % len(chosen.backgrounds)]
            yield _over(path, rgba, read_background(behind), turn, rng)
        number += 1


def _over(
    path: Path, rgba: np.ndarray, picture: np.ndarray, turn: int, rng: np.random.Generator
) -> Case:
    shrink = _LARGEST / max(rgba.shape[:2])
    laid = rgba.copy()
    laid[..., :3] *= laid[..., 3:]  # colours are averaged by how much there is of them
    if shrink < 1:
        size = round(rgba.shape[1] * shrink), round(rgba.shape[0] * shrink)
        laid = cv2.resize(laid, size, interpolation=cv2.INTER_AREA)
    side = max(_LEAST, round(_ROOM * max(laid.shape[:2])))
    shape = (side, round(0.75 * side)) if laid.shape[0] > laid.shape[1] else (
        round(0.75 * side), side)  # fmt: skip
    top, left = ((a - b) // 2 for a, b in zip(shape, laid.shape, strict=False))
    alpha = np.zeros(shape, np.float32)
    alpha[top : top + laid.shape[0], left : left + laid.shape[1]] = laid[..., 3]
    weighted = np.zeros((*shape, 3), np.float32)
    weighted[top : top + laid.shape[0], left : left + laid.shape[1]] = laid[..., :3]
    front = np.clip(weighted / np.maximum(alpha, 1 / 255)[..., None], 0, 1)
    return _case("cut-outs", f"{path.stem} {turn}", path.stem, front, alpha,
                 background(picture, shape, rng), rng)  # fmt: skip


def strand_cases(side: int = 1000, seeds: int = 2) -> Iterator[Case]:
    """Drawn hair, fair and dark, over a smooth, a textured and a busy photo; no download."""
    from skimage import data

    photos = {
        "smooth": cv2.GaussianBlur(data.coffee(), (0, 0), 6),
        "textured": data.gravel()[..., None].repeat(3, axis=2),
        "busy": data.astronaut(),
    }
    fur = data.chelsea()[60:240, 120:300]
    for seed in range(seeds):
        for n, (word, photo) in enumerate(photos.items()):
            for m, (tint, gain) in enumerate({"fair": 1.15, "dark": 0.35}.items()):
                rng = np.random.default_rng([20261123, seed, n, m])
                alpha = hair((side, side), rng)
                front = cv2.resize(fur, (side, side), interpolation=cv2.INTER_CUBIC)
                front = np.clip(front.astype(np.float32) / 255 * np.float32(gain), 0, 1)
                behind = background(photo, (side, side), rng)
                name = f"{tint} strands on a {word} photo {seed}"
                yield _case("strands", name, name, front, alpha, behind, rng)


def hair(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """(H, W) float32: a soft head with some 260 bent strands, 1 to 3 pixels wide, that cross."""
    height, width = shape
    scale = min(shape)
    alpha = np.zeros(shape, np.float32)
    centre = np.array([0.5 * width, 0.55 * height])
    radius = 0.22 * scale
    cv2.circle(alpha, (round(centre[0]), round(centre[1])), round(radius), 1.0, -1, cv2.LINE_AA)
    for angle in rng.uniform(0, 2 * np.pi, 260):
        # From inside the head outwards, leaning to a side and bending on the way.
        t = np.linspace(0, 1, 24)
        length = rng.uniform(0.02, 0.12) * scale
        lean, bend = rng.normal(0, 0.35), rng.normal(0, 0.9)
        way = angle + lean + bend * t
        steps = np.stack([np.cos(way), np.sin(way)], axis=1) * (length / (t.size - 1))
        start = centre + 0.97 * radius * np.array([np.cos(angle), np.sin(angle)])
        fixed = np.round((start + np.cumsum(steps, axis=0)) * 16).astype(np.int32)
        x0, y0 = np.clip(fixed.min(axis=0) // 16 - 4, 0, None)
        x1, y1 = fixed.max(axis=0) // 16 + 5
        part = np.zeros_like(alpha[y0:y1, x0:x1])
        moved = fixed - 16 * np.array([x0, y0], np.int32)
        cv2.polylines(part, [moved], False, rng.uniform(0.5, 1), int(rng.integers(1, 4)),
                      cv2.LINE_AA, 4)  # fmt: skip
        over = alpha[y0:y1, x0:x1]
        over += (1 - over) * part  # what lies behind a strand shows through it
    return cv2.GaussianBlur(alpha, (0, 0), 0.7)


def _case(
    kind: str,
    name: str,
    group: str,
    front: np.ndarray,
    alpha: np.ndarray,
    behind: np.ndarray,
    rng: np.random.Generator,
) -> Case:
    image = alpha[..., None] * front + (1 - alpha[..., None]) * behind
    image += rng.standard_normal(image.shape, np.float32) * np.float32(_GRAIN)
    seen = np.clip(np.rint(image * 255), 0, 255).astype(np.uint8)
    return Case(kind, name, group, seen, alpha, front, sam_logits(alpha, rng))


def sam_logits(alpha: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(h, w) float32, GRID cells along the longer side: a model's answer to a truth, made up.

    The signed distance from the truth's 0.5 contour in cells, within ±4; low-passed with σ = 0.8
    cells, which rounds corners and loses what is thinner than about a cell (or leaves shreds of
    it); averaged onto the grid; moved to and fro by 0.4 cells r.m.s. along stretches of about 1.5
    cells and 0.6 cells r.m.s. along stretches of about 6 (a tuft left out, a bit of background
    taken in); times 4, so that the mask goes from 0.05 to 0.95 within a cell and a half.
    """
    height, width = alpha.shape
    cell = max(alpha.shape) / GRID
    distance = contour_distance(alpha >= 0.5) / np.float32(cell)
    distance = cv2.GaussianBlur(np.clip(distance, -4, 4), (0, 0), 0.8 * cell)
    size = max(1, round(width / cell)), max(1, round(height / cell))
    grid = cv2.resize(distance, size, interpolation=cv2.INTER_AREA)
    for stretch, by in ((1.5, 0.4), (6.0, 0.6)):
        wander = rng.standard_normal(grid.shape, np.float32)
        wander = cv2.GaussianBlur(wander, (0, 0), stretch)
        grid += np.float32(by) * wander / max(float(wander.std()), 1e-6)
    return (4 * grid).astype(np.float32)
