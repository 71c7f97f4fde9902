"""The central question: a model's coarse mask, and what becomes of it, against known truth.

Every case of ``soft.py`` is a photo, the true alpha, and logits on 256 cells. From there:

- **workbench**: what a session begins with. The mask guided by the photo, the default trimap and
  method, no edge settings. VARIANTS are the same with some of it set otherwise.
- **thresholded**: the logits enlarged bilinearly, as the model itself does, and cut at 0.
- **blurred**: that, blurred by the Gaussian whose σ is best over all cases of the kind (chosen
  with the truth in hand, which flatters it).
- **rembg**: its own ``alpha_matting_cutout`` on the bilinear mask with its default 240, 10, 10.
- **pymatting**: ``estimate_alpha_cf`` on a trimap 10 pixels to either side of the thresholded mask.

SAD, MSE, Grad and Conn over the whole image and over the band of the truth (two pixels beyond what
is not clear to four inside what is opaque), means over the cases. Intervals are bootstrapped over
the cut-outs: those of one cut-out are drawn together.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from .. import matte
from ..arrays import sigmoid
from ..cutouts import material
from ..planes import place
from ..progress import Progress, report
from ..quality import metrics
from ..segment.upsample import guided_logits
from ..settings import REFINED, Settings
from . import Measure
from .soft import Case, cutout_cases, strand_cases
from .solver import trimap_of

SIGMAS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
REMBG = (240, 10, 10)  # its defaults: foreground and background threshold, erosion
METRICS = {"SAD": metrics.sad, "MSE": metrics.mse, "Grad": metrics.grad, "Conn": metrics.conn}
OURS, RIVALS = "workbench", ("thresholded", "blurred", "rembg")
VARIANTS: dict[str, dict[str, Any]] = {
    "plain band": {"smart": False},
    "closed form": {"method": "closed_form"},
    "closed form, plain band": {"method": "closed_form", "smart": False},
}

Row = dict[str, Any]
Way = Callable[[Case], np.ndarray]


def default_trimap(case: Case, **changed: Any) -> tuple[np.ndarray, np.ndarray]:
    """The mask (H, W) and the trimap that the workbench makes of a case, by default settings."""
    mask = sigmoid(guided_logits(case.image, case.logits, case.frame))
    settings = Settings().part("trimap") | changed
    settings.pop("depth")  # there is no depth map here
    trimap = matte.trimap_from_mask(mask, image=case.image, **settings)
    return mask, matte.repair_trimap(trimap, mask)[0]


def workbench(case: Case, method: str = REFINED, **changed: Any) -> np.ndarray:
    """The defaults, from logits to alpha (H, W) float32; ``changed``: settings of the trimap."""
    mask, trimap = default_trimap(case, **changed)
    return matte.solve_alpha(case.image, trimap, method, mask=mask).alpha


def bilinear(case: Case) -> np.ndarray:
    """(H, W) float32: the mask as the model enlarges it."""
    return sigmoid(place(case.logits, case.frame, case.image.shape[:2], -20.0))


def thresholded(case: Case) -> np.ndarray:
    """(H, W) float32 of 0 and 1."""
    return (bilinear(case) >= 0.5).astype(np.float32)


def pymatting(case: Case) -> np.ndarray:
    """Closed form by PyMatting over the whole image, on a band of 10 pixels to either side."""
    from pymatting import estimate_alpha_cf

    mask = thresholded(case)
    trimap, _ = matte.repair_trimap(matte.trimap_from_mask(mask, 10), mask)
    if not ((trimap == 0).any() and (trimap == 1).any()):
        return trimap
    alpha = estimate_alpha_cf(case.image / 255.0, trimap.astype(np.float64))
    return alpha.clip(0, 1).astype(np.float32)


def rembg_matting(case: Case) -> np.ndarray:
    """What rembg makes of the mask; the mask itself where its solver refuses."""
    from PIL import Image
    from rembg.bg import alpha_matting_cutout

    mask = np.rint(bilinear(case) * 255).astype(np.uint8)
    try:
        done = alpha_matting_cutout(Image.fromarray(case.image), Image.fromarray(mask), *REMBG)
    except ValueError:  # no sure foreground: rembg itself falls back to the plain mask
        return mask.astype(np.float32) / 255
    return np.asarray(done)[..., 3].astype(np.float32) / 255


def ways() -> tuple[dict[str, Way], str]:
    """Who is compared, by name, and a note on rembg: its version, or that it is left out."""
    found: dict[str, Way] = {OURS: workbench, "thresholded": thresholded, "pymatting": pymatting}
    found |= {name: partial(workbench, **changed) for name, changed in VARIANTS.items()}
    try:
        import_module("rembg.bg")
        found["rembg"] = rembg_matting
        return found, f"rembg {version('rembg')}, thresholds {REMBG[0]} and {REMBG[1]}, " \
                      f"erosion {REMBG[2]}"  # fmt: skip
    except ImportError:
        return found, "rembg left out: pip install --no-deps rembg pooch jsonschema"


def errors(alpha: np.ndarray, case: Case) -> Row:
    """Every measure of an alpha, over the whole image and over the truth's band."""
    band = trimap_of(case.alpha) == 0.5
    found = {name: metric(alpha, case.alpha) for name, metric in METRICS.items()}
    found |= {f"{name}, band": metric(alpha, case.alpha, band) for name, metric in METRICS.items()}
    return found


def colour_errors(case: Case, alpha: np.ndarray) -> Row:
    """Mean |F − F*| · 255 where 0.05 < α* < 0.95: the workbench's, the photo's own, pymatting's."""
    from pymatting import estimate_foreground_ml

    soft = (case.alpha > 0.05) & (case.alpha < 0.95)
    image = case.image.astype(np.float32) / 255
    made = {
        OURS: matte.foreground_colours(image, alpha),
        "naive": image,
        "multilevel": estimate_foreground_ml(image, alpha),
    }
    return {
        name: float(255 * np.abs(f[soft] - case.foreground[soft]).mean()) if soft.any() else 0.0
        for name, f in made.items()
    }


def compare(case: Case, chosen: dict[str, Way]) -> Row:
    """One case's row for the JSON file, but for the blurred mask, whose σ is not known yet."""
    row: Row = {"case": case.name, "group": case.group, "shape": list(case.alpha.shape)}
    for name, way in chosen.items():
        alpha = way(case)
        row[name] = errors(alpha, case)
        if name == OURS:
            row["colour"] = colour_errors(case, alpha)
    return row


def blur_best(cases: Sequence[Case], rows: Sequence[Row]) -> float:
    """The σ whose blur of the thresholded mask has the least mean SAD; its errors join the rows."""
    hard = [thresholded(case) for case in cases]

    def blurred(n: int, sigma: float) -> np.ndarray:
        return cv2.GaussianBlur(hard[n], (0, 0), sigma)

    def total(sigma: float) -> float:
        return sum(metrics.sad(blurred(n, sigma), case.alpha) for n, case in enumerate(cases))

    best = min(SIGMAS, key=total)
    for n, (case, row) in enumerate(zip(cases, rows, strict=True)):
        row["blurred"] = errors(blurred(n, best), case)
    return best


def ratio_interval(
    ours: Sequence[float], theirs: Sequence[float], groups: Sequence[str], seed: int = 0
) -> tuple[float, float]:
    """The 95 % bootstrap interval of Σ ours / Σ theirs, whole groups drawn with replacement."""
    names = sorted(set(groups))
    sums = np.array(
        [
            [sum(v for v, g in zip(values, groups, strict=True) if g == name) for name in names]
            for values in (ours, theirs)
        ]
    )
    drawn = np.random.default_rng(seed).integers(0, len(names), (4000, len(names)))
    top, bottom = sums[0][drawn].sum(axis=1), sums[1][drawn].sum(axis=1)
    low, high = np.percentile(top / np.maximum(bottom, 1e-12), [2.5, 97.5])
    return float(low), float(high)


def measure(
    progress: Progress | None = None, split: str = "test", strands: int = 1
) -> Iterator[Measure]:
    """The table; see the head of this file. split: never tune on "test"."""
    chosen, said = ways()
    kinds = {
        "cut-outs": list(cutout_cases(material(split, progress))),
        "strands": list(strand_cases(seeds=strands)),
    }
    for kind, cases in kinds.items():
        rows = []
        for n, case in enumerate(cases):
            report(progress, n / len(cases), f"{kind}: {case.name}")
            rows.append(compare(case, chosen))
        yield from _table(f"{len(rows)} {kind}", rows, blur_best(cases, rows), said)
    report(progress, 0.95, "time and memory")
    yield from _cost(chosen, said)


def _table(kind: str, rows: list[Row], sigma: float, said: str) -> Iterator[Measure]:
    def mean(way: str, what: str) -> float:
        return float(np.mean([row[way][what] for row in rows]))

    names = [name for name in (*RIVALS, "pymatting", *VARIANTS) if name in rows[0]]
    groups = [row["group"] for row in rows]

    def ratio(name: str, own: str = OURS) -> tuple[float, str]:
        mine = [row[own]["SAD"] for row in rows]
        theirs = [row[name]["SAD"] for row in rows]
        low, high = ratio_interval(mine, theirs, groups)
        won = sum(a < b for a, b in zip(mine, theirs, strict=True))
        return sum(mine) / max(sum(theirs), 1e-12), f"{low:.3f} to {high:.3f}; better on {won}"

    best = min((n for n in RIVALS if n in names), key=lambda n: mean(n, "SAD"))
    value, interval = ratio(best)
    yield Measure("matte", f"{kind}: SAD, ratio to the best of the plain ways", value, "×",
                  "≤ 0.5", f"{best}; {interval}; {said}", tuple(rows))  # fmt: skip
    for own in VARIANTS:
        value, interval = ratio(best, own)
        yield Measure("matte", f"{kind}: the same with {own}", value, "×", "", interval)
    value, interval = ratio("pymatting")
    yield Measure("matte", f"{kind}: SAD, ratio to pymatting on a 10-px band", value, "×",
                  "< 1", interval)  # fmt: skip
    for what in rows[0][OURS]:
        others = (f"{n}{f' σ {sigma:g}' if n == 'blurred' else ''} {mean(n, what):.4g}"
                  for n in names)  # fmt: skip
        where = "" if what.endswith("band") else ", whole image"
        yield Measure("matte", f"{kind}: mean {what}{where}", mean(OURS, what),
                      "" if what.startswith("MSE") else "/1000", "",
                      ", ".join(others))  # fmt: skip
    colour = {n: statistics.mean(r["colour"][n] for r in rows) for n in rows[0]["colour"]}
    yield Measure("matte", f"{kind}: colour error where 0.05 < α < 0.95", colour[OURS], "/255",
                  "< naive", f"naive {colour['naive']:.3g}, "
                  f"pymatting multilevel {colour['multilevel']:.3g}")  # fmt: skip
    worst = sorted(rows, key=lambda r: r[best]["SAD"] - r[OURS]["SAD"])[:4]
    yield Measure("matte", f"{kind}: cases worse than {best}",
                  sum(r[OURS]["SAD"] > r[best]["SAD"] for r in rows), "", "",
                  "; ".join(f"{r['case']} {r[OURS]['SAD']:.2f} beside {r[best]['SAD']:.2f}"
                            for r in worst))  # fmt: skip


def _cost(chosen: dict[str, Way], said: str) -> Iterator[Measure]:
    """Time and peak memory at 4 MP, each way in a process of its own, one after the other."""
    found = {}
    for name in (OURS, "pymatting", *(["rembg"] if "rembg" in chosen else [])):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found[name] = pool.apply(_alone, (name,))
    clock, busy, peak = found[OURS]
    for name in ("pymatting", "rembg"):
        if name not in found:
            continue
        yield Measure("matte", f"4 MP, from logits to alpha: time, ratio to {name}",
                      clock / found[name][0], "×", "< 1",
                      f"{clock:.2f} s beside {found[name][0]:.2f} s; of the processor "
                      f"{busy:.2f} and {found[name][1]:.2f} s")  # fmt: skip
        yield Measure("matte", f"4 MP, from logits to alpha: peak memory, ratio to {name}",
                      peak / found[name][2], "×", "< 1",
                      f"{peak:.2f} GB beside {found[name][2]:.2f} GB"
                      + (f"; {said}" if name == "rembg" else ""))  # fmt: skip


def _alone(name: str) -> tuple[float, float, float]:
    """Seconds by the clock and of the processor, and GB, of one way at 4 MP; run by itself."""
    way = ways()[0][name]
    small, large = (next(strand_cases(side, 1)) for side in (256, 2000))
    way(small)  # imports and compiles
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    start, worked = time.perf_counter(), time.process_time()
    way(large)
    taken = time.perf_counter() - start, time.process_time() - worked
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return *taken, int(line.split()[1]) * 1024 / 1e9
