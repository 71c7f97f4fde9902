"""From figures to how likely each failure mode is, and which figures say so."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.special import ndtri

NOTHING = "nothing_wrong"
"""The answer beside the failure modes."""

_SAYS = 0.15  # of a figure's push, in logits, below which it is no evidence
_MOST = 3


@dataclass(frozen=True)
class Evidence:
    """A figure that speaks for a verdict.

    Attributes:
        figure: its name. value: what was measured.
        usual: its mean where nothing is wrong.
        push: by how many logits it favours the verdict over the average answer.
    """

    figure: str
    value: float
    usual: float
    push: float


@dataclass(frozen=True)
class Verdict:
    """How likely one answer is.

    Attributes:
        mode: a failure mode's name, or NOTHING.
        likely: its probability, 0–1; all answers' sum to 1.
        evidence: what speaks for it most, up to three figures.
    """

    mode: str
    likely: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, eq=False)
class Weights:
    """A fitted model.

    Attributes:
        answers: (K) names. figures: (F) names.
        knots: (F, Q) ascending: quantiles of each figure in training, from the least to the most.
        usual: (F) the mean of each where nothing was wrong.
        weight: (K, F). bias: (K).
    """

    answers: tuple[str, ...]
    figures: tuple[str, ...]
    knots: np.ndarray
    usual: np.ndarray
    weight: np.ndarray
    bias: np.ndarray

    def placed(self, taken: Mapping[str, float]) -> np.ndarray:
        """(F) float64: where figures lie among those of training, see ``placed``."""
        values = np.array([[taken.get(name, math.nan) for name in self.figures]], np.float64)
        return placed(values, self.knots)[0]


def placed(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Figures by their place among known ones, as standard deviations of a normal distribution.

    So a figure that is far out says no more than the farthest known, whatever its unit and spread.
    A value that many have lies in the middle of its places; NaN at 0, where it has no say.

    Args:
        values: (n, F). knots: (F, Q) quantiles, ascending.
    """
    made = np.zeros(values.shape)
    last = knots.shape[1] - 1
    for n, known in enumerate(knots):
        column = values[:, n]
        places = np.arange(last + 1)
        steps, first = np.unique(known, return_index=True)
        counts = np.diff([*first, last + 1])
        made[:, n] = np.interp(column, steps, places[first] + (counts - 1) / 2)
    return np.where(np.isfinite(values), ndtri((made + 0.5) / (last + 1)), 0.0)


def judge(taken: Mapping[str, float], weights: Weights | None = None) -> list[Verdict]:
    """Every answer, the likeliest first.

    Args:
        taken: figures by name; NaN or none for what could not be told, which then has no say.
        weights: of the model; None for those that were fitted for the package.
    """
    model = fitted() if weights is None else weights
    scaled = model.placed(taken)
    logits = model.weight @ scaled + model.bias
    likely = np.exp(logits - logits.max())
    likely /= likely.sum()
    pushes = (model.weight - model.weight.mean(axis=0)) * scaled
    found = []
    for n in np.argsort(-likely, kind="stable"):
        best = [i for i in np.argsort(-pushes[n], kind="stable")[:_MOST] if pushes[n, i] > _SAYS]
        evidence = tuple(
            Evidence(model.figures[i], float(taken[model.figures[i]]), float(model.usual[i]),
                     float(pushes[n, i]))
            for i in best
        )  # fmt: skip
        found.append(Verdict(model.answers[n], float(likely[n]), evidence))
    return found


@cache
def fitted() -> Weights:
    """The model of the package, ``weights.json``."""
    read = json.loads((Path(__file__).parent / "weights.json").read_text("utf-8"))
    arrays = {name: np.array(read[name], np.float64)
              for name in ("knots", "usual", "weight", "bias")}  # fmt: skip
    return Weights(tuple(read["answers"]), tuple(read["figures"]), **arrays)
