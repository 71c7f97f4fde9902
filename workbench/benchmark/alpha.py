"""The error of a matte on real cut-outs with soft edges and on drawn strands, beside pymatting."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from .. import matte
from ..cutouts import Material, material, read_background, read_cutout
from ..progress import Progress, report
from ..quality import metrics
from . import Measure
from .scenes import background
from .solver import case, trimap_of

_SOFT = 0.02  # share of a cut-out's pixels that are half clear, from which on it is a case
_NOISE = 0.01  # σ of the grain
_METRICS = {"SAD": metrics.sad, "MSE": metrics.mse, "Grad": metrics.grad, "Conn": metrics.conn}

Case = tuple[str, np.ndarray, np.ndarray, np.ndarray]


def cutout_cases(chosen: Material) -> Iterator[Case]:
    """Name, image, alpha and trimap of each soft cut-out, once over a photo, at its own size."""
    number = 0
    for path in chosen.cutouts:
        rgba = read_cutout(path).astype(np.float32) / 255
        soft = (rgba[..., 3] > 0.05) & (rgba[..., 3] < 0.95)
        if soft.sum() < _SOFT * (rgba[..., 3] > 0.05).sum():
            continue
        rng = np.random.default_rng([20261122, number])
        room = [round(0.15 * side) for side in rgba.shape[:2]]
        edges = ((room[0],) * 2, (room[1],) * 2, (0, 0))
        rgba = np.pad(rgba, edges)
        alpha = np.ascontiguousarray(rgba[..., 3])
        behind = chosen.backgrounds[number % len(chosen.backgrounds)]
        photo = background(read_background(behind), (alpha.shape[0], alpha.shape[1]), rng)
        image = alpha[..., None] * rgba[..., :3] + (1 - alpha[..., None]) * photo
        image += rng.standard_normal(image.shape, np.float32) * np.float32(_NOISE)
        seen = np.clip(np.rint(image * 255), 0, 255).astype(np.uint8)
        yield path.stem, seen, alpha, trimap_of(alpha)
        number += 1


def strand_cases() -> Iterator[Case]:
    """Strands of 1 to 3 pixels over a smooth and over a busy photo, fair and dark ones."""
    from skimage import data

    for seed in range(2):
        yield f"strands {seed}", *case(0.5, seed)
        image, alpha, trimap = case(0.5, seed)
        side = alpha.shape[0]
        busy = np.tile(data.astronaut(), (2, 2, 1))[:side, :side] / np.float32(255)
        busy = cv2.flip(busy, -1) if seed else busy
        fair = np.tile(data.chelsea(), (3, 2, 1))[:side, :side] / np.float32(255)
        dark = np.broadcast_to(np.array([0.25, 0.15, 0.1], np.float32), fair.shape)
        for word, front in (("fair", fair), ("dark", dark)):
            image = alpha[..., None] * front + (1 - alpha[..., None]) * busy
            yield f"{word} strands on a busy photo {seed}", image.astype(np.float32), alpha, trimap


def measure(progress: Progress | None = None) -> Iterator[Measure]:
    """Means over the cases of each kind, and the case that fares worst, over the band."""
    from pymatting import estimate_alpha_cf

    kinds = {
        "cut-outs": list(cutout_cases(material("test", progress))),
        "strands": list(strand_cases()),
    }
    for kind, cases in kinds.items():
        errors: dict[str, list[tuple[float, float]]] = {word: [] for word in _METRICS}
        for n, (name, image, truth, trimap) in enumerate(cases):
            report(progress, n / len(cases), f"{kind}: {name}")
            band = trimap == 0.5
            mine = matte.alpha_from_trimap(image, trimap)
            wide = image / (255.0 if image.dtype == np.uint8 else 1.0)
            theirs = estimate_alpha_cf(wide.astype(np.float64), trimap.astype(np.float64))
            theirs = theirs.clip(0, 1).astype(np.float32)
            for word, metric in _METRICS.items():
                errors[word].append((metric(mine, truth, band), metric(theirs, truth, band)))
        for word, pairs in errors.items():
            means = np.mean(np.array(pairs), axis=0)
            ratio = [a / max(b, 1e-12) for a, b in pairs]
            worst = int(np.argmax(ratio))
            yield Measure(
                "alpha", f"closed form, {len(cases)} {kind}: mean {word}", float(means[0]),
                "" if word == "MSE" else "/1000", "no worse",
                f"pymatting {means[1]:.4g}; worst {ratio[worst]:.3f} × on {cases[worst][0]}; "
                f"no worse on {sum(r <= 1 for r in ratio)}",
            )  # fmt: skip
