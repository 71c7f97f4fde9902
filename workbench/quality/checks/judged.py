"""What several measures say together of each point of an outline: a logistic regression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Judge:
    """Log-odds that a point is at fault, from what was measured there.

    Attributes:
        weights: by a measure's name. bias: what is said where all measures are 0.
        sure: the log-odds from which on it is said.

    ``models/recipes/checks/fit.py`` makes weights and bias from defects planted in the train split,
    and shows what each ``sure`` would find in the validation split.
    """

    weights: Mapping[str, float]
    bias: float
    sure: float

    def __call__(self, measures: Mapping[str, np.ndarray]) -> np.ndarray:
        """Log-odds less ``sure``, (n,): what is 0 and more is at fault.

        Raises:
            KeyError: a measure is missing.
        """
        said = sum(weight * measures[name] for name, weight in self.weights.items())
        return np.asarray(said + (self.bias - self.sure))
