"""Photos with a good matte: a real cut-out, in half of them with drawn strands, over a real photo.

What a check says of these is a false finding, and what it says once a defect is planted is what it
is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from .. import matte
from ..coordinates import Point
from ..cutouts import SPLITS, Material, read_background, read_cutout
from .scenes import SIZES, any_of, background

MARGIN = 0.04  # of each side that the subject keeps from the frame
HAIRY = 0.5  # of the scenes have strands
PIECE = 0.003  # of the largest's area, from which on a piece of the subject is asked for
_SUPPORT = 0.02  # opacity from which on a pixel counts as the cut-out's
_GRID = 4  # pixels of the photo per pixel of the model's mask


@dataclass(frozen=True, eq=False)
class Good:
    """A photo and the matte that it should have.

    Attributes:
        image: (H, W, 3) uint8 sRGB, composited in sRGB values, blurred and with grain.
        alpha: (H, W) float32 in [0, 1], with the photo's own blur.
        strands: (H, W) float32, the share of ``alpha`` that is strands; zeros without any.
        behind: (H, W, 3) float32, the photo without the subject (no grain).
        click: the point deepest inside.
    """

    image: np.ndarray
    alpha: np.ndarray
    strands: np.ndarray
    behind: np.ndarray
    click: Point

    @cached_property
    def clicks(self) -> tuple[Point, ...]:
        """``click``, and the point deepest inside each other piece of the subject, of PIECE of the
        largest's area and more: who wants a subject in several pieces clicks on each."""
        solid = (self.alpha > 0.5).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
        deep = cv2.distanceTransform(solid, cv2.DIST_L2, 3)
        x, y = (int(v) for v in self.click)
        areas = stats[:, cv2.CC_STAT_AREA]
        made = [self.click]
        for n in range(1, count):
            if n == labels[y, x] or areas[n] < PIECE * areas[1:].max():
                continue
            at = np.unravel_index(int(np.where(labels == n, deep, 0).argmax()), labels.shape)
            made.append((float(at[1]) + 0.5, float(at[0]) + 0.5))
        return tuple(made)

    @cached_property
    def colours(self) -> np.ndarray:
        """(H, W, 3) float32: the subject's own colours as the workbench estimates them."""
        return matte.foreground_colours(self.image, self.alpha)

    @cached_property
    def mask(self) -> np.ndarray:
        """(H, W) float32: the alpha as a model would give it, on a grid of a quarter's size."""
        height, width = self.alpha.shape
        size = max(1, width // _GRID), max(1, height // _GRID)
        small = cv2.resize(self.alpha, size, interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def good(material: Material, split: str, seed: int, hairy: bool | None = None) -> Good:
    """The good matte of a number; always the same for the same material, split and seed.

    Args:
        material: the split's pictures.
        split: its name.
        seed: any number.
        hairy: whether it has strands; None: half of them do.
    """
    rng = np.random.default_rng([20261122, 6, list(SPLITS).index(split), seed])
    size = any_of(SIZES, rng)
    behind = background(read_background(any_of(material.backgrounds, rng)), size, rng)
    layer = _laid_within(read_cutout(any_of(material.cutouts, rng)), size, rng)
    drawn = rng.random() < HAIRY if hairy is None else hairy
    strands = np.zeros(size, np.float32)
    if drawn:
        layer, strands = with_strands(layer, rng)
    blur = float(rng.uniform(0.3, 1.0))
    layer, strands, behind = (cv2.GaussianBlur(p, (0, 0), blur) for p in (layer, strands, behind))
    alpha = np.ascontiguousarray(layer[..., 3])
    grain = rng.standard_normal((*size, 3), np.float32) * np.float32(rng.uniform(0, 0.02))
    image = layer[..., :3] + (1 - alpha[..., None]) * behind + grain
    inside = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    y, x = np.unravel_index(int(inside.argmax()), size)
    return Good(
        np.clip(np.rint(image * 255), 0, 255).astype(np.uint8),
        alpha, np.minimum(strands, alpha), behind, (float(x) + 0.5, float(y) + 0.5),
    )  # fmt: skip


def _laid_within(cutout: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """All of a cut-out within the picture: (H, W, 4) float32, colours times opacity."""
    height, width = cutout.shape[:2]
    room = [1 - 2 * MARGIN - 0.04] * 2
    most = min(room[0] * size[0] / height, room[1] * size[1] / width, 2.2)
    scale = most * float(rng.uniform(0.6, 1.0))
    layer = cutout.astype(np.float32) / 255
    layer[layer[..., 3] < _SUPPORT] = 0
    layer[..., :3] *= layer[..., 3:] * np.float32(rng.uniform(0.85, 1.1))
    if rng.random() < 0.5:
        layer = layer[:, ::-1]
    small = max(8, round(width * scale)), max(8, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    layer = cv2.resize(np.ascontiguousarray(layer), small, interpolation=way)
    made = np.zeros((*size, 4), np.float32)
    low = [round((MARGIN + 0.01) * side) for side in size]
    top = int(rng.integers(low[0], max(low[0] + 1, size[0] - low[0] - small[1])))
    left = int(rng.integers(low[1], max(low[1] + 1, size[1] - low[1] - small[0])))
    made[top : top + small[1], left : left + small[0]] = layer
    made[..., :3] = np.minimum(made[..., :3], made[..., 3:])
    return made


def with_strands(layer: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Strands of one or two pixels along a third of the outline, in the colour where they begin."""
    alpha = layer[..., 3]
    contours, _ = cv2.findContours(
        (alpha > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    outline = max(contours, key=len)[:, 0].astype(np.float64)
    count = len(outline)
    depth = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    gy, gx = np.gradient(cv2.GaussianBlur(depth, (0, 0), 4))
    begin, made, strands = int(rng.integers(count)), layer.copy(), np.zeros_like(alpha)
    height, width = alpha.shape
    reach = rng.uniform(0.02, 0.05) * min(alpha.shape)
    for _ in range(max(6, round(count / 3 / 2.5))):
        x, y = outline[(begin + int(rng.integers(count // 3))) % count]
        out = -np.array([gx[int(y), int(x)], gy[int(y), int(x)]])
        if np.hypot(*out) < 0.2:
            continue
        out /= np.hypot(*out)
        bend, turn = rng.uniform(-0.6, 0.6), rng.uniform(-0.5, 0.5)
        t = np.linspace(0, 1, 10)[:, None] * reach * rng.uniform(0.5, 1.2)
        angle = turn + bend * t / reach
        way = np.hstack([out[0] * np.cos(angle) - out[1] * np.sin(angle),
                         out[0] * np.sin(angle) + out[1] * np.cos(angle)])  # fmt: skip
        line = np.array([x, y]) - 3 * out + t * way
        inner = np.clip(np.array([x, y]) - 4 * out, 0, [width - 1, height - 1]).astype(int)
        own = layer[inner[1], inner[0]]
        if own[3] < 0.9 or line.min() < 3 or (line > [width - 4, height - 4]).any():
            continue
        # Only the part that it crosses: a whole plane for each of hundreds would take seconds.
        x0, y0 = np.maximum(line.min(axis=0).astype(int) - 3, 0)
        x1, y1 = line.max(axis=0).astype(int) + 4
        part = np.s_[y0:y1, x0:x1]
        strand = np.zeros((y1 - y0, x1 - x0), np.float32)
        fixed = np.round((line - [x0, y0]) * 16).astype(np.int32)
        cv2.polylines(strand, [fixed], False, float(rng.uniform(0.6, 1)),
                      int(rng.integers(1, 3)), cv2.LINE_AA, 4)  # fmt: skip
        colour = own[:3] / own[3] * rng.uniform(0.85, 1.1)
        under = np.concatenate([np.minimum(colour, 1), [1]]).astype(np.float32)
        # Behind what is there already, so that the body keeps its own look.
        share = strand * (1 - made[part][..., 3])
        made[part] += share[..., None] * under
        strands[part] += share
    return made, strands
