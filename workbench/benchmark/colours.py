"""The error of the edge's colours against known truth, beside the photo's own and pymatting's.

What shows in a composite is α·|F − F*|, over any background: that, in steps of 255, is the error
here, as a mean over the band (0 < α < 1) and the three channels. Two alphas: the true one, and the
closed form's from a trimap, where the composite's own error is taken (over white, black, grey and
green) and holds the alpha's error too.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from .. import matte
from ..cutouts import Material, material, read_background, read_cutout
from ..progress import Progress, report
from . import Measure
from .scenes import background
from .solver import case, trimap_of

_SOFT = 0.02  # share of a cut-out's pixels that are half clear, from which on it is a case
_LARGEST = 900  # pixels of the longer side: a larger one takes long and says no more
_NOISE = 0.01  # σ of the grain
_OVER = ((1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (0.5, 0.5, 0.5), (0.0, 0.7, 0.2))
_LOW, _HIGH = 10 / 255, 240 / 255

Way = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Known:
    """A composite whose colours are known.

    Attributes:
        name: of the case.
        image: (H, W, 3) uint8.
        alpha: (H, W) float32, the truth.
        foreground: (H, W, 3) float32, the truth.
    """

    name: str
    image: np.ndarray
    alpha: np.ndarray
    foreground: np.ndarray


def cutout_cases(chosen: Material, limit: int | None = None) -> Iterator[Known]:
    """Each soft cut-out once over a photo, at its own size."""
    number = 0
    for path in chosen.cutouts:
        if limit is not None and number >= limit:
            return
        rgba = read_cutout(path).astype(np.float32) / 255
        soft = (rgba[..., 3] > 0.05) & (rgba[..., 3] < 0.95)
        if max(soft.shape) > _LARGEST or soft.sum() < _SOFT * (rgba[..., 3] > 0.05).sum():
            continue
        rng = np.random.default_rng([20261122, number])
        room = [round(0.15 * side) for side in rgba.shape[:2]]
        rgba = np.pad(rgba, ((room[0],) * 2, (room[1],) * 2, (0, 0)))
        alpha, front = np.ascontiguousarray(rgba[..., 3]), np.ascontiguousarray(rgba[..., :3])
        behind = read_background(chosen.backgrounds[number % len(chosen.backgrounds)])
        photo = background(behind, (alpha.shape[0], alpha.shape[1]), rng)
        yield _known(path.stem, alpha, front, photo.astype(np.float32), rng)
        number += 1


def strand_cases() -> Iterator[Known]:
    """Strands of 1 to 3 pixels, fair and dark, over a busy photo and before a green screen."""
    from skimage import data

    for seed in range(2):
        _, alpha, _ = case(0.5, seed)
        side = alpha.shape[0]
        rng = np.random.default_rng([20261122, seed])
        fair = np.tile(data.chelsea(), (3, 2, 1))[:side, :side] / np.float32(255)
        dark = np.broadcast_to(np.array([0.25, 0.15, 0.1], np.float32), fair.shape)
        busy = np.tile(data.astronaut(), (2, 2, 1))[:side, :side] / np.float32(255)
        green = np.broadcast_to(np.array([0.1, 0.7, 0.2], np.float32), fair.shape)
        for word, front in (("fair", fair), ("dark", dark)):
            for where, behind in (("over a busy photo", busy), ("before green", green)):
                yield _known(f"{word} strands {where} {seed}", alpha, front, behind, rng)


def _known(
    name: str,
    alpha: np.ndarray,
    front: np.ndarray,
    behind: np.ndarray,
    rng: np.random.Generator,
) -> Known:
    image = alpha[..., None] * front + (1 - alpha[..., None]) * behind
    image += rng.standard_normal(image.shape, np.float32) * np.float32(_NOISE)
    seen = np.clip(np.rint(image * 255), 0, 255).astype(np.uint8)
    return Known(name, seen, alpha, np.ascontiguousarray(front, np.float32))


def shown_error(colours: np.ndarray, known: Known) -> float:
    """α·|F − F*| over the true band, in steps of 255."""
    band = (known.alpha > 0) & (known.alpha < 1)
    away = np.abs(colours[band] - known.foreground[band]).mean(axis=1)
    return float((known.alpha[band] * away).mean() * 255)


def composite_error(colours: np.ndarray, alpha: np.ndarray, known: Known) -> float:
    """|α̂ F̂ + (1 − α̂) N − truth| over the truth's unknown pixels, a mean over four N."""
    band = trimap_of(known.alpha) == 0.5
    mine, true = alpha[band][:, None], known.alpha[band][:, None]
    ahead = mine * colours[band] - true * known.foreground[band]
    errors = [np.abs(ahead + (true - mine) * np.array(new, np.float32)).mean() for new in _OVER]
    return float(np.mean(errors) * 255)


def ways() -> dict[str, Way]:
    """What is compared, by name: functions of image (uint8) and alpha."""
    from pymatting import estimate_foreground_ml

    def theirs(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
        return estimate_foreground_ml(image / np.float32(255), alpha)

    def hard_range(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
        edge = ((alpha >= _LOW) & (alpha <= _HIGH))[..., None]
        return np.where(edge, theirs(image, alpha), image / np.float32(255))

    return {
        "workbench": lambda image, alpha: matte.foreground_colours(image, alpha),
        "the photo's own": lambda image, alpha: image / np.float32(255),
        "pymatting": theirs,
        "pymatting, alpha 10 to 240 alone": hard_range,
    }


def measure(progress: Progress | None = None) -> Iterator[Measure]:
    """Means over the cases of each kind, the case that fares worst, and the time at 4 MP."""
    compared = ways()
    kinds = {
        "cut-outs": list(cutout_cases(material("test", progress))),
        "strands": [*strand_cases()],
    }
    for kind, cases in kinds.items():
        shown: dict[str, list[float]] = {name: [] for name in compared}
        composed: dict[str, list[float]] = {name: [] for name in compared}
        outside = 0
        for n, known in enumerate(cases):
            report(progress, n / len(cases), f"colours, {kind}: {known.name}")
            solved = matte.alpha_from_trimap(known.image, trimap_of(known.alpha))
            for name, way in compared.items():
                colours = way(known.image, known.alpha)
                shown[name].append(shown_error(colours, known))
                if name == "workbench":
                    outside += matte.changed_outside(known.image, colours, known.alpha)
                composed[name].append(composite_error(way(known.image, solved), solved, known))
        for what, errors in (("true alpha", shown), ("solved alpha, composite", composed)):
            mine = errors["workbench"]
            ratio = [a / max(b, 1e-9) for a, b in zip(mine, errors["pymatting"], strict=True)]
            worst = int(np.argmax(ratio))
            others = ", ".join(
                f"{name} {np.mean(values):.2f}"
                for name, values in errors.items()
                if name != "workbench"
            )
            yield Measure(
                "colours", f"foreground colours, {len(cases)} {kind}, {what}: mean error",
                float(np.mean(mine)), "/255", "less than pymatting's",
                f"{others}; no worse than pymatting on {sum(r <= 1 for r in ratio)}, worst "
                f"{ratio[worst]:.2f} × on {cases[worst].name}",
            )  # fmt: skip
        yield Measure(
            "colours", f"{kind}: pixels changed outside the band", float(outside), "", "0"
        )
    yield from _speed(progress)


def _speed(progress: Progress | None) -> Iterator[Measure]:
    image, alpha, _ = case(4)
    image = np.rint(image * 255).astype(np.uint8)
    compared = {name: way for name, way in ways().items() if name in ("workbench", "pymatting")}
    taken: dict[str, list[float]] = {name: [] for name in compared}
    for turn in range(4):
        report(progress, turn / 4, "colours at 4 MP")
        for name, way in compared.items():
            start = time.perf_counter()
            way(image, alpha)
            if turn:  # the first compiles
                taken[name].append(time.perf_counter() - start)
    mine, theirs = (statistics.median(taken[name]) for name in ("workbench", "pymatting"))
    share = float(((alpha > 0) & (alpha < 1)).mean())
    yield Measure(
        "colours", f"foreground colours, 4 MP, {share:.1%} in the band: times faster",
        theirs / mine, "×", "≥ 1", f"{mine:.2f} s beside pymatting {theirs:.2f} s",
    )  # fmt: skip
