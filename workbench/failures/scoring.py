"""How far a session is from all that is known of a case: each subject, and the shadow.

Whose subject is whose truth is told by where they lie, not by their names: a person calls them as
they like. Those that overlap most belong together, one to one, over all of them; what is left has
no partner, and is lost, or leaked, as a whole. So two subjects as one lump are not as good as two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import check_plane
from ..render import Render
from .case import Case
from .comparing import Comparison, compare

Named = tuple[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known of a picture.

    Attributes:
        alpha: (H, W) float32, all subjects together.
        subjects: (name, (H, W) visible share) of each, where there are several; else empty.
        shadow: (H, W) float32, how dark the ground is beside the subjects, where that is known.
    """

    alpha: np.ndarray
    subjects: tuple[Named, ...] = ()
    shadow: np.ndarray | None = None

    @classmethod
    def of(cls, given: Any, shape: tuple[int, int]) -> Truth:
        """A case's, or that of a plane alone: (H, W) in [0, 1].

        Raises:
            ArrayError: it is of another size than ``shape``, or a value is out of range.
        """
        if not isinstance(given, Case):
            return cls(check_plane(given, shape, "truth"))
        alpha = check_plane(given.alpha, shape, "truth")
        # What lies under a subject, nobody sees.
        shadow = None if given.shadow is None else given.shadow * (1 - alpha)
        return cls(alpha, given.subjects if len(given.subjects) > 1 else (), shadow)


@dataclass(frozen=True, eq=False)
class Held:
    """A subject held against its own truth.

    Attributes:
        name: the truth's, or the subject's where no truth is its own.
        subject: which of the session's it is; None where none is, and all of it is lost.
        alpha, truth: (H, W) float32; one of them is 0 everywhere where there is no partner.
        comparison: how far they are from one another.
    """

    name: str
    subject: str | None
    alpha: np.ndarray
    truth: np.ndarray
    comparison: Comparison

    def __str__(self) -> str:
        told = f"{self.name}: {self.comparison}"
        if self.subject is None:
            return f"{told} (no subject)"
        return told if self.truth.any() else f"{told} (no such thing)"


@dataclass(frozen=True, eq=False)
class Score:
    """How far a result is from what is known.

    Attributes:
        comparison: of the alpha. Where there are several subjects, what each of them lost and
            leaked, added up; its boundary is the mean of theirs, NaN where one is missing.
        each: each subject by itself, where there are several: truths in their order, then what
            belongs to none; else empty.
        shadow: of the layer with the shadow, beside the subjects, where the true one is known.
        difference: (H, W) float32 in [−1, 1], where the alpha is wrong: below 0 lost, above leaked.
        shade: the same of the shadow, or None.
    """

    comparison: Comparison
    each: tuple[Held, ...]
    shadow: Comparison | None
    difference: np.ndarray
    shade: np.ndarray | None = None

    @property
    def details(self) -> tuple[str, ...]:
        """What there is to say beyond the sum: a line for each subject, and one for the shadow."""
        shadow = () if self.shadow is None else (f"shadow: {self.shadow.amounts}",)
        return (*map(str, self.each), *shadow)

    def __str__(self) -> str:
        return "; ".join((str(self.comparison), *self.details))


def score(result: Render, truth: Truth) -> Score:
    """How far a document's result is from the truth.

    Subjects that are hidden, or that nothing was asked for, do not count.

    Raises:
        ArrayError: the truth is of another size.
    """
    each: tuple[Held, ...] = ()
    if truth.subjects:
        asked = [one.subject for one in result.visible if not one.subject.untouched]
        each = compare_each([(one.name, result.alpha(one.id)) for one in asked], truth.subjects)
        comparison = _sum([one.comparison for one in each])
        lost, leaked = (
            np.sum([np.maximum(sign * (one.alpha - one.truth), 0) for one in each], axis=0)
            for sign in (-1, 1)
        )
        # A pixel that went to the wrong subject is both; it is shown as what it is more of.
        difference = np.clip(np.where(leaked > lost, leaked, -lost), -1, 1)
    else:
        comparison = compare(result.alpha(), truth.alpha)
        difference = result.alpha() - truth.alpha
    if truth.shadow is None:
        return Score(comparison, each, None, difference)
    found = result.shadow()
    own = np.zeros_like(truth.shadow) if found is None else found * (1 - truth.alpha)
    return Score(comparison, each, compare(own, truth.shadow), difference, own - truth.shadow)


def compare_each(mattes: Sequence[Named], truths: Sequence[Named]) -> tuple[Held, ...]:
    """Each matte held against its own truth: those that overlap most, one to one.

    ``|α − α*|`` is ``α + α* − 2 min(α, α*)``: the pairs of the largest overlap in all are those of
    the least error in all.

    Args:
        mattes: (name, (H, W) in [0, 1]), any number of them, names as one likes.
        truths: the same, one at least.

    Returns:
        One for each truth, in order, then one for each matte that belongs to none.

    Raises:
        ArrayError: shapes differ, or a value is out of range.
    """
    from scipy.optimize import linear_sum_assignment

    shape = truths[0][1].shape[0], truths[0][1].shape[1]
    known = [(name, check_plane(plane, shape, "truth")) for name, plane in truths]
    made = [(name, check_plane(plane, shape, "alpha")) for name, plane in mattes]
    nothing = np.zeros(shape, np.float32)
    shared = np.array([[float(np.minimum(t, a).sum(dtype=np.float64)) for _, a in made]
                       for _, t in known]).reshape(len(known), len(made))  # fmt: skip
    rows, columns = linear_sum_assignment(shared, maximize=True)
    partner = {int(n): int(m) for n, m in zip(rows, columns, strict=True) if shared[n, m] > 0}
    held = []
    for n, (name, truth) in enumerate(known):
        whose, alpha = made[partner[n]] if n in partner else (None, nothing)
        held.append(Held(name, whose, alpha, truth, compare(alpha, truth)))
    for m, (name, alpha) in enumerate(made):
        if m not in partner.values() and alpha.any():
            held.append(Held(name, name, alpha, nothing, compare(alpha, nothing)))
    return tuple(held)


def _sum(of: Sequence[Comparison]) -> Comparison:
    apart = [one.boundary for one in of]
    missing = any(math.isnan(value) for value in apart)
    return Comparison(
        sum(one.lost for one in of),
        sum(one.leaked for one in of),
        math.nan if missing else sum(apart) / len(apart),
    )
