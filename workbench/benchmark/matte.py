"""The matte at 1 MP and 4 MP: closed form in the band beside pymatting's on the whole image."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import cv2
import numpy as np

from .. import matte
from ..progress import Progress, report
from ..quality import metrics
from . import Measure


def case(megapixels: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A known-truth composite: fine strands and a soft body over a real photo.

    Returns:
        image (H, W, 3) float32 in [0, 1], alpha (H, W) float32 (composited in sRGB values), and a
        trimap with about 7 % unknown.
    """
    from skimage import data

    side = round((megapixels * 1e6) ** 0.5)
    rng = np.random.default_rng(seed)
    alpha = np.zeros((side, side), np.float32)
    centre, radius = (side // 2, side // 2), int(0.27 * side)
    cv2.circle(alpha, centre, radius, 1.0, -1, cv2.LINE_AA)
    for angle in rng.uniform(0, 2 * np.pi, 260):
        # A strand: a bent line of one to three pixels that starts inside the body.
        bend, length = rng.uniform(-0.4, 0.4), rng.uniform(0.015, 0.045) * side
        t = np.linspace(0, 1, 12)
        r = radius * 0.98 + t * length
        a = angle + bend * t * t * 0.1
        line = np.stack([centre[0] + r * np.cos(a), centre[1] + r * np.sin(a)], axis=1)
        fixed = np.round(line * 16).astype(np.int32)
        strand = np.zeros_like(alpha)
        x0, y0 = (fixed.min(axis=0) // 16 - 4).clip(0)
        x1, y1 = fixed.max(axis=0) // 16 + 5
        part = np.ascontiguousarray(strand[y0:y1, x0:x1])
        moved = fixed - 16 * np.array([x0, y0], np.int32)
        cv2.polylines(part, [moved], False, rng.uniform(0.5, 1), int(rng.integers(1, 4)),
                      cv2.LINE_AA, 4)  # fmt: skip
        alpha[y0:y1, x0:x1] = np.maximum(alpha[y0:y1, x0:x1], part)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 0.8)
    size = (side, side)
    behind = cv2.resize(data.coffee(), size, interpolation=cv2.INTER_CUBIC) / np.float32(255)
    fur = cv2.resize(data.chelsea()[60:240, 120:300], size, interpolation=cv2.INTER_CUBIC)
    front = fur / np.float32(255)
    image = alpha[..., None] * front + (1 - alpha[..., None]) * behind
    reach = np.ones((3, 3), np.uint8)
    grown = cv2.dilate((alpha > 0.004).astype(np.uint8), reach, iterations=2) > 0
    sure = cv2.erode((alpha > 0.996).astype(np.uint8), reach, iterations=4) > 0
    trimap = np.where(sure, np.float32(1), np.where(grown, np.float32(0.5), np.float32(0)))
    return image.astype(np.float32), alpha.astype(np.float32), trimap


def measure(progress: Progress | None = None) -> Iterator[Measure]:
    """Alpha and foreground, time and error, beside pymatting on the whole image."""
    from pymatting import estimate_alpha_cf

    for megapixels, turns in ((1, 3), (4, 2)):
        image, truth, trimap = case(megapixels)
        band = trimap == 0.5
        wide = image.astype(np.float64), trimap.astype(np.float64)
        mine, theirs = [], []
        for n in range(turns + 1):
            report(progress, n / (turns + 1), f"matte at {megapixels} MP")
            start = time.perf_counter()
            alpha = matte.alpha_from_trimap(image, trimap)
            mine.append(time.perf_counter() - start)
            start = time.perf_counter()
            reference = estimate_alpha_cf(*wide)
            theirs.append(time.perf_counter() - start)
        # The first turn of both compiles and warms up.
        a, b = statistics.median(mine[1:]), statistics.median(theirs[1:])
        what = f"{megapixels} MP, {band.mean():.1%} unknown"
        yield Measure("matte", f"closed form, {what}: times faster", b / a, "×", "≥ 1",
                      f"{a:.2f} s beside pymatting {b:.2f} s")  # fmt: skip
        theirs_sad = metrics.sad(reference.clip(0, 1).astype(np.float32), truth, band)
        hard_sad = metrics.sad((truth > 0.5).astype(np.float32), truth, band)
        yield Measure("matte", f"closed form, {what}: SAD over the band",
                      metrics.sad(alpha, truth, band), "/1000", "no worse",
                      f"pymatting {theirs_sad:.3f}, true mask at 0.5 {hard_sad:.3f}")  # fmt: skip
        start = time.perf_counter()
        matte.foreground_colours(image, alpha)
        yield Measure("matte", f"foreground colours, {megapixels} MP",
                      time.perf_counter() - start, "s")  # fmt: skip
