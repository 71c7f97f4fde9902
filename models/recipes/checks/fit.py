"""Fit the judges of ``workbench.quality.checks`` (see ``judged``) on planted defects.

    cd models/recipes/checks
    python fit.py off_edge --train 160 --validation 160

Each good matte of the train split gets the defect at three strengths; at most 25 points of its
outline that lie on the defect and 25 of the right matte's, and of what is right beside the defect,
are measured. Weights and bias are a logistic regression with a penalty on the weights' squares (of
standardised measures), both answers weighing the same. Then the check, with these, is asked of the
train and the validation split's defects of medium strength, as ``workbench bench checks`` does it,
for each of a row of ``sure``: that is chosen by eye, on both. The test split is not looked at.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np

from workbench.benchmark.checks import PLANTS, overlap
from workbench.benchmark.goodmattes import good
from workbench.benchmark.planting import clean
from workbench.benchmark.staging import STAGED
from workbench.cutouts import material
from workbench.quality.checks import Sight, astray, light, look
from workbench.quality.checks.judged import Judge
from workbench.quality.checks.outline import Outline
from workbench.quality.checks.places import SAYS_MORE

MOST = 25
PENALTY = 1e-3
DRAWS = 2
SURE = np.arange(1.5, 3.51, 0.5)


@dataclass(frozen=True)
class Judged:
    """A check that has a judge: where that is, what it measures, and what a fault's points are.

    Attributes:
        home: the module with ``JUDGE``.
        measure: (measures, which points can be told) of a sight and its outline.
        wrong: (n,) bool: the points of the outline on the defect, given the right alpha.
        right: (n,) bool: the points that are surely none.
    """

    home: ModuleType
    measure: Callable[[Sight, Outline], tuple[dict[str, np.ndarray], np.ndarray]]
    wrong: Callable[[Outline, Sight, np.ndarray], np.ndarray]


def _edges(sight: Sight, outline: Outline) -> tuple[dict[str, np.ndarray], np.ndarray]:
    measures, _, strong = astray.edges_across(sight, outline)
    return measures, strong > 0


def _rim(sight: Sight, outline: Outline) -> tuple[dict[str, np.ndarray], np.ndarray]:
    measures, lost, _, told = light.rim_of_shadow(sight, outline)
    return measures, told & (lost >= 0)


def _moved(outline: Outline, _: Sight, truth: np.ndarray) -> np.ndarray:
    """Where the right alpha's outline is more than 3 px off."""
    there = outline.sample(truth, np.array([-3, 0, 3], np.float32))
    return (there.min(axis=1) > 0.5) | (there.max(axis=1) < 0.5)


def _kept(outline: Outline, sight: Sight, truth: np.ndarray) -> np.ndarray:
    """Where something is kept just inside that is not to be."""
    inside = np.array([2, 3, 4, 5], np.float32)
    right = outline.sample(truth, inside).mean(axis=1) < 0.3
    return right & (outline.sample(sight.plane, inside[1:3]).mean(axis=1) > 0.5)


CHECKS = {
    "off_edge": Judged(astray, _edges, _moved),
    "shadow_half_kept": Judged(light, _rim, _kept),
}


def points(code: str, seeds: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Measures' names, (n, m) measures of points of the train split, (n,) whether at fault."""
    one, pictures = CHECKS[code], material("train")
    nth = list(PLANTS).index(code)
    rows: list[np.ndarray] = []
    answers: list[np.ndarray] = []
    names: list[str] = []
    rng = np.random.default_rng(0)
    for seed in range(seeds):
        whole = good(pictures, "train", seed)
        for strength in range(3):
            planted = PLANTS[code](whole, strength, np.random.default_rng([seed, nth, strength]))
            if planted is None:
                continue
            right = clean(whole) if planted.clean is None else planted.clean
            for sight, faulty in ((planted.sight, True), (right, False)):
                outline = sight.outline
                if outline is None:
                    continue
                measures, told = one.measure(sight, outline)
                names = list(measures)
                table = np.stack([measures[name] for name in names], axis=1)
                wrong = one.wrong(outline, sight, planted.truth) & faulty
                sides = [(wrong, True), (~_near(outline, planted.box), False)] if faulty else [
                    (np.ones(len(wrong), bool), False)]  # fmt: skip
                for chosen, answer in sides:
                    at = np.flatnonzero(chosen & told)
                    at = rng.choice(at, min(MOST, len(at)), replace=False)
                    rows.append(table[at])
                    answers.append(np.full(len(at), answer))
    return names, np.concatenate(rows), np.concatenate(answers)


def _near(outline: Outline, box: tuple[float, ...]) -> np.ndarray:
    x, y = outline.points.T
    return (x >= box[0] - 10) & (x <= box[2] + 10) & (y >= box[1] - 10) & (y <= box[3] + 10)


def fitted(names: list[str], table: np.ndarray, answer: np.ndarray) -> Judge:
    """The logistic regression, by Newton's method."""
    middle, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    x = np.c_[(table - middle) / spread, np.ones(len(table))]
    weight = np.where(answer, 0.5 / answer.mean(), 0.5 / (1 - answer.mean()))
    small = PENALTY * len(table) * np.r_[np.ones(len(names)), 0]
    b = np.zeros(len(names) + 1)
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ b, -30, 30)))
        slope = x.T @ (weight * (p - answer)) + small * b
        bend = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(small + 1e-9)
        b -= np.linalg.solve(bend, slope)
    weights = b[:-1] / spread
    return Judge(
        {name: round(float(w), 3) for name, w in zip(names, weights, strict=True)},
        round(float(b[-1] - weights @ middle), 3), 0.0,
    )  # fmt: skip


def asked(code: str, judge: Judge, split: str, seeds: int) -> list[tuple[float, float, float]]:
    """For each of SURE recall, precision, and the share of good mattes with a finding."""
    pictures, nth = material(split), list(PLANTS).index(code)
    home, codes = CHECKS[code].home, (code, *SAYS_MORE.get(code, ()))
    figures = np.zeros((len(SURE), 3))  # hits, elsewhere, unfounded
    false, planted_ = np.zeros(len(SURE)), 0

    def said(sight: Sight, n: int) -> list[tuple[float, ...]]:
        home.JUDGE = replace(judge, sure=float(SURE[n]))  # type: ignore[attr-defined]
        return [o.box for o in look(sight, codes) if o.code == code]

    for seed in range(seeds):
        whole = good(pictures, split, seed)
        sight = clean(whole)
        false += [bool(said(sight, n)) for n in range(len(SURE))]
        for draw in range(DRAWS):
            start = [seed, nth, 1, draw] if draw else [seed, nth, 1]
            planted = PLANTS[code](whole, 1, np.random.default_rng(start))
            if planted is None:
                continue
            planted_ += 1
            for n in range(len(SURE)):
                found = said(planted.sight, n)
                hits = [box for box in found if overlap(box, planted.box)]
                figures[n] += [bool(hits), len(hits) < len(found), False]
                if code in STAGED and planted.clean is not None:
                    figures[n, 2] += bool(said(planted.clean, n))
    wrong = figures[:, 1] + (figures[:, 2] if code in STAGED else false * planted_ / seeds)
    print(f"{code}, {split}: {planted_} planted in {seeds}")
    return [
        (hit / planted_, hit / max(hit + bad, 1e-9), bad_good / seeds)
        for hit, bad, bad_good in zip(figures[:, 0], wrong, false, strict=True)
    ]


def main() -> None:
    """Fit one check's judge and show what it finds."""
    reader = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    reader.add_argument("code", choices=sorted(CHECKS))
    reader.add_argument("--train", type=int, default=160, help="good mattes to fit on")
    reader.add_argument("--validation", type=int, default=160, help="good mattes to look at")
    said = reader.parse_args()
    names, table, answer = points(said.code, said.train)
    judge = fitted(names, table, answer)
    print(f"{len(table)} points, {answer.mean():.2f} at fault\n{judge}", flush=True)
    for split, seeds in (("train", said.train // 2), ("validation", said.validation)):
        for sure, (recall, precision, good_) in zip(
            SURE, asked(said.code, judge, split, seeds), strict=True
        ):
            print(f"  sure {sure:.2f}: recall {recall:.3f}, precision {precision:.3f}, "
                  f"in {good_:.3f} of good mattes", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
