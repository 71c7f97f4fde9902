"""Photos without a fault, and the faults of photos planted in them at three strengths.

A clean photo is a real cut-out with a crisp edge before a backdrop of one colour that is far from
its own, evenly lit, whole and with room around it. What real cut-outs have of faults themselves
(grain, soft spots) stays and counts against the measures.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ..cutouts import SPLITS, Material, read_background, read_cutout
from ..quality.preflight.surroundings import ciede2000
from .goodmattes import with_strands
from .scenes import any_of, background

STRENGTHS = ("weak", "medium", "strong")

_SHAPES = ((3, 4), (4, 3), (1, 1))
_SIDES = 400, 960  # px of the longer side: the picture is made for the cut-out
_CRISP = 2.1  # px² of half-opaque edge per px of outline, at most
_ENLARGED = 1.6  # at most: more would be out of focus
_APART = 25.0  # ΔE00 between cut-out and backdrop, at its weakest quarter
_COLOURS = (
    (0.93, 0.93, 0.92), (0.55, 0.56, 0.57), (0.14, 0.15, 0.17), (0.15, 0.60, 0.25),
    (0.15, 0.30, 0.75), (0.85, 0.75, 0.55),
)  # fmt: skip
_SEED = 20261122


@dataclass(frozen=True, eq=False)
class Studio:
    """A photo in layers.

    Attributes:
        behind: (H, W, 3) float32, sRGB in [0, 1].
        layer: (H, W, 4) float32, the cut-out, colours times opacity.
        grain: (H, W, 3) float32, what the camera adds.
        material: what more can be taken from.
    """

    behind: np.ndarray
    layer: np.ndarray
    grain: np.ndarray
    material: Material

    @property
    def alpha(self) -> np.ndarray:
        """(H, W) float32."""
        return self.layer[..., 3]

    @property
    def mask(self) -> np.ndarray:
        """(H, W) float32: the alpha as a model would give it, on a grid of a quarter's size."""
        return _coarse(self.alpha)

    @property
    def plain(self) -> np.ndarray:
        """(H, W, 3) float32: the photo before its grain."""
        return self.layer[..., :3] + (1 - self.alpha[..., None]) * self.behind

    @property
    def image(self) -> np.ndarray:
        """(H, W, 3) uint8."""
        return to_pixels(self.plain + self.grain)


@dataclass(frozen=True, eq=False)
class Faulty:
    """A photo with one fault: (H, W, 3) uint8, and the subject's mask (H, W) float32."""

    image: np.ndarray
    mask: np.ndarray


def to_pixels(picture: np.ndarray) -> np.ndarray:
    """Floats in [0, 1] as uint8."""
    return np.clip(np.rint(picture * 255), 0, 255).astype(np.uint8)


def studio(material: Material, split: str, seed: int) -> Studio:
    """The clean photo of a number; always the same for the same material, split and seed."""
    rng = np.random.default_rng([_SEED, 61, list(SPLITS).index(split), seed])
    shape = any_of(_SHAPES, rng)
    while True:
        cutout = read_cutout(any_of(crisp(material.cutouts), rng))
        side = float(np.clip(1.5 * max(cutout.shape[:2]), *_SIDES))
        size = round(side * shape[0] / max(shape)), round(side * shape[1] / max(shape))
        layer = _laid(cutout, size, rng)
        behind = _backdrop(layer, size, rng)
        if behind is not None:
            break
    blur = float(rng.uniform(0.3, 0.6))
    grain = rng.standard_normal((*size, 3), np.float32) * np.float32(rng.uniform(0, 3) / 255)
    return Studio(behind, cv2.GaussianBlur(layer, (0, 0), blur), grain, material)


@cache
def crisp(cutouts: tuple[Path, ...]) -> tuple[Path, ...]:
    """Those of the cut-outs that have no hair, fur or glass, by their own alpha."""
    found = []
    for path in cutouts:
        alpha = read_cutout(path)[..., 3]
        contours, _ = cv2.findContours((alpha > 127).astype(np.uint8), cv2.RETR_EXTERNAL,
                                       cv2.CHAIN_APPROX_NONE)  # fmt: skip
        outline = sum(len(c) for c in contours)
        soft = int(((alpha > 25) & (alpha < 230)).sum())
        if outline and soft / outline <= _CRISP:
            found.append(path)
    return tuple(found)


def _laid(cutout: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A cut-out within the picture, hardly larger than it is, with room around it."""
    height, width = cutout.shape[:2]
    scale = min(_ENLARGED, rng.uniform(0.55, 0.8) * min(size[0] / height, size[1] / width))
    layer = cutout.astype(np.float32) / 255
    layer[layer[..., 3] < 0.02] = 0
    layer[..., :3] *= layer[..., 3:]
    if rng.random() < 0.5:
        layer = np.ascontiguousarray(layer[:, ::-1])
    h, w = round(height * scale), round(width * scale)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    layer = np.clip(cv2.resize(layer, (w, h), interpolation=way), 0, 1)
    made = np.zeros((*size, 4), np.float32)
    by = 0.05
    top = int(rng.uniform(by, 1 - by - h / size[0]) * size[0])
    left = int(rng.uniform(by, 1 - by - w / size[1]) * size[1])
    made[top : top + h, left : left + w] = layer
    return made


def _backdrop(
    layer: np.ndarray, size: tuple[int, int], rng: np.random.Generator
) -> np.ndarray | None:
    """A sheet of one colour with a soft fall of light, far from the cut-out's colours."""
    alpha = layer[..., 3]
    rim = (alpha > 0.9) & (cv2.erode((alpha > 0.9).astype(np.uint8), np.ones((15, 15))) == 0)
    if not rim.any():
        return None
    own = cv2.cvtColor(layer[rim][None, :, :3], cv2.COLOR_RGB2LAB)[0]
    colours = [np.array(colour, np.float32) for colour in _COLOURS]
    far = [
        float(np.quantile(ciede2000(own, cv2.cvtColor(c[None, None], cv2.COLOR_RGB2LAB)[0]), 0.15))
        for c in colours
    ]
    fit = [n for n in range(len(colours)) if far[n] >= _APART]
    if not fit:
        return None
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
    way = rng.uniform(0, 2 * np.pi)
    fall = np.cos(way) * (x / size[1] - 0.5) + np.sin(way) * (y / size[0] - 0.5)
    shade = 1 + np.float32(rng.uniform(0, 0.15)) * fall
    return np.clip(colours[any_of(tuple(fit), rng)] * shade[..., None], 0, 1).astype(np.float32)


# ---- faults -------------------------------------------------------------------------------------


def _jpeg(clean: Studio, strength: int, rng: np.random.Generator) -> Faulty:
    """Compressed at quality 85, 70 or 40, and saved again without loss."""
    buffer = io.BytesIO()
    Image.fromarray(clean.image).save(buffer, "JPEG", quality=(85, 70, 40)[strength])
    return Faulty(np.asarray(Image.open(buffer)), clean.mask)


def _noise(clean: Studio, strength: int, rng: np.random.Generator) -> Faulty:
    """Grain of σ = 7, 12 or 24 of 255."""
    grain = rng.standard_normal(clean.plain.shape, np.float32) * np.float32((7, 12, 24)[strength])
    return Faulty(to_pixels(clean.plain + grain / 255), clean.mask)


def _defocus(clean: Studio, strength: int, rng: np.random.Generator) -> Faulty:
    """Out of focus by a radius of 4.5, 7 or 12 px."""
    radius = (4.5, 7.0, 12.0)[strength]
    n = int(radius) + 1
    y, x = np.mgrid[-n : n + 1, -n : n + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return _filtered(clean, kernel)


def _motion(clean: Studio, strength: int, rng: np.random.Generator) -> Faulty:
    """The camera moved by 9, 16 or 30 px, in any direction."""
    length, angle = (9, 16, 30)[strength], rng.uniform(0, np.pi)
    n = length // 2 + 2
    y, x = np.mgrid[-n : n + 1, -n : n + 1]
    along = x * np.cos(angle) + y * np.sin(angle)
    across = -x * np.sin(angle) + y * np.cos(angle)
    kernel = np.clip(length / 2 + 0.5 - np.abs(along), 0, 1) * np.clip(1 - np.abs(across), 0, 1)
    return _filtered(clean, kernel.astype(np.float32))


def _filtered(clean: Studio, kernel: np.ndarray) -> Faulty:
    kernel = kernel / kernel.sum()
    blurred = cv2.filter2D(clean.plain, -1, kernel)
    alpha = cv2.filter2D(np.ascontiguousarray(clean.alpha), -1, kernel)
    return Faulty(to_pixels(blurred + clean.grain), _coarse(alpha))


def _burnt(clean: Studio, strength: int, rng: np.random.Generator) -> Faulty:
    """More light, until 8, 20 or 50 % of the subject are burnt out."""
    share = (0.08, 0.2, 0.5)[strength]
    light = _linear(clean.plain)
    gain = 1 / max(float(np.quantile(light.min(axis=2)[clean.mask > 0.5], 1 - share)), 1e-3)
    return Faulty(to_pixels(_encoded(light * max(gain, 1.0)) + clean.grain), clean.mask)


def _dark(clean: Studio, strength: int, rng: np.random.Generator) -> Faulty:
    """2.5, 3.5 or 4.5 stops too little light."""
    stops = (2.5, 3.5, 4.5)[strength]
    return Faulty(to_pixels(_encoded(_linear(clean.plain) / 2**stops) + clean.grain), clean.mask)


def _mixed(clean: Studio, strength: int, rng: np.random.Generator) -> Faulty:
    """Light that changes by 90, 150 or 250 mired across the frame."""
    mired, way = (90, 150, 250)[strength], rng.uniform(0, 2 * np.pi)
    height, width = clean.alpha.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    far = (np.cos(way) * (x / width - 0.5) + np.sin(way) * (y / height - 0.5)) * mired
    # Wien's law for 600, 540 and 450 nm.
    gains = [np.exp(14388e-6 * (1 / 0.54 - 1 / nm) * far) for nm in (0.60, 0.54, 0.45)]
    light = _linear(clean.plain) * np.stack(gains, axis=2)
    light *= min(1.0, 0.95 / float(np.quantile(light, 0.995)))
    return Faulty(to_pixels(_encoded(light) + clean.grain), clean.mask)


def _faint(clean: Studio, strength: int, rng: np.random.Generator) -> Faulty:
    """The backdrop takes on the colours of the subject's edge, by 80, 90 or 97 %."""
    share = np.float32((0.8, 0.9, 0.97)[strength])
    colours, known = clean.behind.copy(), np.zeros(clean.alpha.shape, bool)
    for sigma in (2, 4, 8, 16, 32, 64):
        spread = cv2.GaussianBlur(clean.layer, (0, 0), sigma)
        new = (spread[..., 3] > 0.02) & ~known
        colours[new] = spread[new][:, :3] / spread[new][:, 3:]
        known |= new
    colours = cv2.GaussianBlur(colours, (0, 0), 3)
    made = replace(clean, behind=clean.behind + share * (colours - clean.behind))
    return Faulty(made.image, clean.mask)


def _cluttered(clean: Studio, strength: int, rng: np.random.Generator) -> Faulty:
    """8, 25 or 80 things lie about behind the subject."""
    behind = clean.behind.copy()
    height, width = clean.alpha.shape
    for _ in range((8, 25, 80)[strength]):
        thing = read_cutout(any_of(clean.material.cutouts, rng)).astype(np.float32) / 255
        scale = rng.uniform(0.1, 0.22) * max(height, width) / max(thing.shape[:2])
        size = [max(4, round(side * min(scale, 1))) for side in thing.shape[1::-1]]
        thing = cv2.resize(thing, size, interpolation=cv2.INTER_AREA)
        top, left = int(rng.integers(height - size[1])), int(rng.integers(width - size[0]))
        part = behind[top : top + size[1], left : left + size[0]]
        part += thing[..., 3:] * (thing[..., :3] - part)
    made = replace(clean, behind=behind)
    return Faulty(made.image, clean.mask)


def _cut(clean: Studio, strength: int, rng: np.random.Generator) -> Faulty | None:
    """Cropped so that 10, 20 or 40 % of the subject's extent are outside."""
    share = (0.1, 0.2, 0.4)[strength]
    x0, y0, x1, y1 = _bounds(clean.mask > 0.5)
    side = int(rng.integers(4))
    part = (
        np.s_[y0 + round(share * (y1 - y0)) :, :], np.s_[: y1 - round(share * (y1 - y0)), :],
        np.s_[:, x0 + round(share * (x1 - x0)) :], np.s_[:, : x1 - round(share * (x1 - x0))],
    )[side]  # fmt: skip
    mask = np.ascontiguousarray(clean.mask[part])
    edge = (mask[0], mask[-1], mask[:, 0], mask[:, -1])[side] > 0.5
    if edge.mean() < 0.05:  # it left the frame with a corner
        return None
    return Faulty(np.ascontiguousarray(clean.image[part]), mask)


def _tight(clean: Studio, strength: int, rng: np.random.Generator) -> Faulty:
    """Cropped to 1.3, 0.9 or 0.4 % of room on one side."""
    room = (0.013, 0.009, 0.004)[strength]
    x0, y0, x1, y1 = _bounds(clean.alpha > 0.5)
    side = int(rng.integers(4))
    by = max(1, round(room * min(clean.alpha.shape)))
    part = (
        np.s_[y0 - by :, :], np.s_[: y1 + by, :], np.s_[:, x0 - by :], np.s_[:, : x1 + by],
    )[side]  # fmt: skip
    image, mask = (np.ascontiguousarray(p[part]) for p in (clean.image, clean.mask))
    return Faulty(image, mask)


def _several(clean: Studio, strength: int, rng: np.random.Generator) -> Faulty | None:
    """Another cut-out stands beside it, of 15, 35 or 80 % of its area."""
    share = (0.15, 0.35, 0.8)[strength]
    height, width = clean.alpha.shape
    for _ in range(60):
        thing = read_cutout(any_of(clean.material.cutouts, rng)).astype(np.float32) / 255
        area = float(thing[..., 3].sum())
        scale = (share * float(clean.alpha.sum()) / max(area, 1)) ** 0.5
        size = [max(8, round(side * scale)) for side in thing.shape[1::-1]]
        if scale > 2 or size[0] >= width - 8 or size[1] >= height - 8:
            continue
        thing = cv2.resize(thing, size, interpolation=cv2.INTER_AREA)
        thing[..., :3] *= thing[..., 3:]
        top, left = int(rng.integers(4, height - size[1] - 3)), int(
            rng.integers(4, width - size[0] - 3))  # fmt: skip
        part = np.s_[top : top + size[1], left : left + size[0]]
        near = cv2.dilate((clean.alpha > 0.05).astype(np.uint8), np.ones((41, 41), np.uint8))
        if near[part][thing[..., 3] > 0.05].any():
            continue
        # It must be seen at all.
        seen = thing[..., 3] > 0.9
        if not seen.any():
            continue
        own, back = (cv2.cvtColor(np.ascontiguousarray(p[seen][None, :, :3]), cv2.COLOR_RGB2LAB)
                     for p in (thing, clean.behind[part]))  # fmt: skip
        if float(np.quantile(ciede2000(own, back), 0.25)) < 15:
            continue
        behind = clean.behind.copy()
        behind[part] = thing[..., :3] + (1 - thing[..., 3:]) * behind[part]
        return Faulty(replace(clean, behind=behind).image, clean.mask)
    return None


def _shadowed(clean: Studio, strength: int, rng: np.random.Generator) -> Faulty:
    """A shadow of 25, 45 or 65 % beside it, soft by 6 px."""
    dark = np.float32((0.25, 0.45, 0.65)[strength])
    feet = _bounds(clean.alpha > 0.5)[3]
    lean = float(rng.uniform(0.2, 0.5) * rng.choice([-1, 1]))
    matrix = np.array([[1, -lean, lean * feet], [0, 0.6, 0.4 * feet]])
    plane = cv2.warpAffine(np.ascontiguousarray(clean.alpha), matrix, clean.alpha.shape[::-1])
    plane = cv2.GaussianBlur(plane, (0, 0), 6)
    made = replace(clean, behind=clean.behind * (1 - dark * plane[..., None]))
    return Faulty(made.image, clean.mask)


def _glass(clean: Studio, strength: int, rng: np.random.Generator) -> Faulty:
    """All of it but a rim lets 40, 60 or 75 % of the background through."""
    through = np.float32((0.4, 0.6, 0.75)[strength])
    inner = cv2.erode((clean.alpha > 0.9).astype(np.uint8), np.ones((9, 9), np.uint8))
    fade = cv2.GaussianBlur(inner.astype(np.float32), (0, 0), 2)
    made = replace(clean, layer=clean.layer * (1 - through * fade[..., None]))
    return Faulty(made.image, clean.mask)


def _hairy(clean: Studio, strength: int, rng: np.random.Generator) -> Faulty:
    """Strands along a third of its outline, two thirds, or all of it."""
    layer = clean.layer
    for _ in range(strength + 1):
        layer, _ = with_strands(layer, rng)
    return Faulty(replace(clean, layer=layer).image, clean.mask)


FAULTS: Mapping[str, Callable[[Studio, int, np.random.Generator], Faulty | None]] = {
    "jpeg_artifacts": _jpeg,
    "noise": _noise,
    "defocus": _defocus,
    "motion_blur": _motion,
    "clipped_exposure": _burnt,
    "underexposed": _dark,
    "mixed_light": _mixed,
    "low_contrast": _faint,
    "busy_background": _cluttered,
    "cut_by_frame": _cut,
    "tight_framing": _tight,
    "several_subjects": _several,
    "shadow": _shadowed,
    "transparency": _glass,
    "fine_detail": _hairy,
}
"""By the code of the measure that should see it."""


def outdoors(material: Material, split: str, seed: int) -> np.ndarray:
    """(H, W, 3) uint8: a part of a real photo the right way up, for ``upside_down``."""
    rng = np.random.default_rng([_SEED, 62, list(SPLITS).index(split), seed])
    path = material.backgrounds[seed % len(material.backgrounds)]
    return to_pixels(background(read_background(path), (600, 900), rng))


def _coarse(alpha: np.ndarray) -> np.ndarray:
    height, width = alpha.shape
    small = cv2.resize(alpha, (max(1, width // 4), max(1, height // 4)),
                       interpolation=cv2.INTER_AREA)  # fmt: skip
    return np.clip(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), 0, 1)


def _linear(picture: np.ndarray) -> np.ndarray:
    p = np.clip(picture, 0, 1)
    return np.where(p <= 0.04045, p / 12.92, ((p + 0.055) / 1.055) ** 2.4)


def _encoded(light: np.ndarray) -> np.ndarray:
    v = np.clip(light, 0, 1)
    return np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055)


def _bounds(plane: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
