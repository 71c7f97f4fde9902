"""Solving at 1, 4 and 24 MP: closed form from coarse to fine beside pymatting's."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from .. import matte
from ..progress import Progress, report
from ..quality import metrics
from ..settings import REFINED
from ..stages import StageCache
from . import Measure

T = TypeVar("T")
_UNKNOWN = 0.07


def case(
    megapixels: float, seed: int = 0, unknown: float | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A known-truth composite: fine strands and a soft body over a real photo.

    Args:
        unknown: share of the picture that the trimap leaves open; by default two pixels beyond
            what is not clear and four inside what is not opaque.

    Returns:
        image (H, W, 3) float32 in [0, 1], alpha (H, W) float32 (composited in sRGB values), and
        the trimap.
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
    return image.astype(np.float32), alpha.astype(np.float32), trimap_of(alpha, unknown)


def trimap_of(alpha: np.ndarray, unknown: float | None = None) -> np.ndarray:
    """A trimap (H, W) around what is soft in a true alpha; see ``case`` for ``unknown``."""
    if unknown is None:
        reach = np.ones((3, 3), np.uint8)
        grown = cv2.dilate((alpha > 0.004).astype(np.uint8), reach, iterations=2) > 0
        sure = cv2.erode((alpha > 0.996).astype(np.uint8), reach, iterations=4) > 0
    else:
        soft = (alpha > 0.004) & (alpha < 0.996)
        away = cv2.distanceTransform(1 - soft.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        near = away <= np.quantile(away, unknown)
        grown, sure = near | (alpha >= 0.5), ~near & (alpha >= 0.5)
    return np.where(sure, np.float32(1), np.where(grown, np.float32(0.5), np.float32(0)))


def measure(progress: Progress | None = None) -> Iterator[Measure]:
    """Alpha and foreground, time and error, beside pymatting on the whole image."""
    for megapixels, unknown, turns in ((1, None, 3), (4, None, 2), (4, _UNKNOWN, 2)):
        yield from _beside(megapixels, unknown, turns, progress)
    yield from _stroke(progress)
    yield from _preview(progress)
    report(progress, 0.9, "matte at 24 MP")
    yield from _large()


def _timed(call: Callable[[], T]) -> tuple[T, float, float]:
    """What a call gives, and its seconds by the clock and of the processor."""
    start, busy = time.perf_counter(), time.process_time()
    value = call()
    return value, time.perf_counter() - start, time.process_time() - busy


def _beside(
    megapixels: int, unknown: float | None, turns: int, progress: Progress | None
) -> Iterator[Measure]:
    from pymatting import estimate_alpha_cf

    image, truth, trimap = case(megapixels, unknown=unknown)
    band = trimap == 0.5
    wide = image.astype(np.float64), trimap.astype(np.float64)
    ways: dict[str, Callable[[], np.ndarray]] = {
        "closed form": lambda: matte.alpha_from_trimap(image, trimap),
        "closed form, exact": lambda: matte.alpha_from_trimap(image, trimap, "closed_form_exact"),
        "pymatting": lambda: estimate_alpha_cf(*wide),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    error: dict[str, float] = {}
    for n in range(turns + 1):
        report(progress, n / (turns + 1), f"matte at {megapixels} MP")
        for name, way in ways.items():
            alpha, spent, busy = _timed(way)
            if n:  # the first turn compiles and warms up
                taken[name].append((spent, busy))
            error[name] = metrics.sad(alpha.clip(0, 1).astype(np.float32), truth, band)
    clock = {name: statistics.median(t[0] for t in times) for name, times in taken.items()}
    cpu = {name: statistics.median(t[1] for t in times) for name, times in taken.items()}
    theirs = clock["pymatting"], error["pymatting"]
    hard = metrics.sad((truth > 0.5).astype(np.float32), truth, band)
    for name in ("closed form", "closed form, exact"):
        what = f"{name}, {megapixels} MP, {band.mean():.1%} unknown"
        yield Measure(
            "solver", f"{what}: times faster", theirs[0] / clock[name], "×",
            "≥ 8" if unknown and name == "closed form" else "≥ 1",
            f"{clock[name]:.2f} s beside pymatting {theirs[0]:.2f} s; of the processor "
            f"{cpu[name]:.2f} and {cpu['pymatting']:.2f} s",
        )  # fmt: skip
        yield Measure(
            "solver", f"{what}: SAD over the band", error[name], "/1000", "no worse",
            f"pymatting {theirs[1]:.3f}, true mask at 0.5 {hard:.3f}",
        )  # fmt: skip
    if unknown is None:
        _, spent, _ = _timed(lambda: matte.foreground_colours(image, truth))
        yield Measure("solver", f"foreground colours, {megapixels} MP", spent, "s")


def _stroke(progress: Progress | None) -> Iterator[Measure]:
    """A stroke of the refine-edge brush across the edge, the rest having been solved before."""
    image, _, trimap = case(4, unknown=_UNKNOWN)
    image.setflags(write=False)  # as a session's photo is
    for method in ("closed_form", REFINED):
        yield from _stroke_by(method, image, trimap, progress)


def _stroke_by(
    method: str, image: np.ndarray, trimap: np.ndarray, progress: Progress | None
) -> Iterator[Measure]:
    y, x = np.nonzero(trimap == 0.5)
    taken, worked = [], []
    for n, at in enumerate(np.linspace(0.05, 0.95, 6) * len(y)):
        report(progress, n / 6, f"a stroke at 4 MP by {method}")
        cache = StageCache(1_000_000_000)
        matte.alpha_from_trimap(image, trimap, method, cache=cache)
        changed = trimap.copy()
        here = int(x[int(at)]), int(y[int(at)])
        cv2.line(changed, here, (here[0] + 60, here[1] + 30), 0.5, 40)
        alpha, clock, busy = _timed(
            lambda changed=changed, cache=cache: matte.alpha_from_trimap(  # type: ignore[misc]
                image, changed, method, cache=cache
            )
        )
        taken.append(1000 * clock)
        worked.append(1000 * busy)
        if n == 0:
            same = np.array_equal(alpha, matte.alpha_from_trimap(image, changed, method))
    what = f"refine-edge stroke by {method}, 4 MP, {_UNKNOWN:.0%} unknown"
    beside = f"the slowest {max(taken):.0f} ms; of the processor {statistics.median(worked):.0f} ms"
    yield Measure("solver", f"{what}: median of 6", statistics.median(taken), "ms", "< 300", beside)
    yield Measure("solver", f"{what}: equal to a fresh solve, to the bit", float(same), "", "1")


def _preview(progress: Progress | None) -> Iterator[Measure]:
    """The guided filter at the size of a screen, bands narrow and wide."""
    image, truth, _ = case(2)
    mask = (truth > 0.5).astype(np.float32)
    for n, radius in enumerate((4, 10, 40)):
        report(progress, n / 3, "previews at 2 MP")
        trimap = matte.trimap_from_mask(mask, radius)
        taken, worked = [], []
        for _ in range(7):
            _, clock, busy = _timed(
                lambda trimap=trimap: matte.alpha_from_trimap(  # type: ignore[misc]
                    image, trimap, "guided", mask=mask
                )
            )
            taken.append(1000 * clock)
            worked.append(1000 * busy)
        yield Measure(
            "solver", f"guided, 2 MP, a band {radius} px to either side: median of 7",
            statistics.median(taken), "ms", "< 100",
            f"of the processor {statistics.median(worked):.0f} ms",
        )  # fmt: skip


def _large() -> Iterator[Measure]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        share, clock, busy, before, peak = pool.apply(_alone)
    what = f"closed form, 24 MP, {share:.1%} unknown"
    yield Measure("solver", f"{what}: time", clock, "s", "< 15", f"of the processor {busy:.1f} s")
    yield Measure("solver", f"{what}: peak memory of the process", peak, "GB", "< 3",
                  f"with the photo, before solving, {before:.2f} GB")  # fmt: skip


def _alone() -> tuple[float, float, float, float, float]:
    """Run in a process of its own, whose peak of memory is the solver's."""
    image, _, trimap = case(24, unknown=_UNKNOWN)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before = _peak()
    _, clock, busy = _timed(lambda: matte.alpha_from_trimap(image, trimap))
    return float((trimap == 0.5).mean()), clock, busy, before, _peak()


def _peak() -> float:
    """GB: the most memory that this process has held (Linux)."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e9
