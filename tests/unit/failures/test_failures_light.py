"""Composites in the wrong light: what is wrong is what was asked for, and no more."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import InputError, UnknownNameError
from workbench.failures.light import FAULTS, light_case, white_of

SIZE = 160


def made(fault, severity=1.0, seed=0):
    return light_case(fault, severity, seed, size=SIZE)


@pytest.mark.parametrize("fault", FAULTS)
def test_it_fits_at_severity_0_and_goes_wrong_inside_the_subject_alone(fault):
    fitting = made(fault, 0.0)
    assert np.array_equal(fitting.image, fitting.right)
    half, worst = (made(fault, severity) for severity in (0.5, 1.0))
    errors = [np.abs(case.cutout - case.relit)[case.alpha > 0.5].mean() for case in (half, worst)]
    assert 0 < errors[0] < errors[1]
    clear = worst.alpha == 0
    assert clear.any() and np.array_equal(worst.image[clear], worst.right[clear])
    mixed = worst.alpha[..., None] * worst.cutout + (1 - worst.alpha[..., None]) * worst.background
    assert np.abs(worst.image / 255 - mixed).max() <= 0.501 / 255


def test_light_from_the_other_side_brightens_the_other_side():
    case = made("direction")
    columns = np.flatnonzero((case.alpha > 0.5).any(axis=0))
    middle = (columns[0] + columns[-1]) // 2
    left, right = slice(columns[0], middle), slice(middle, columns[-1])

    def brighter_on_the_right(colours):
        means = [(colours[:, part].mean(axis=2))[case.alpha[:, part] > 0.5].mean()
                 for part in (left, right)]  # fmt: skip
        return means[1] > means[0]

    assert brighter_on_the_right(case.cutout) != brighter_on_the_right(case.relit)
    # The shadow falls away from the light of the scene.
    columns = case.shadow.sum(axis=0)
    centre = (columns * np.arange(SIZE)).sum() / columns.sum()
    assert (centre > middle) != brighter_on_the_right(case.relit)


def test_the_colour_of_a_light():
    # The white of sRGB is daylight of 6504 K, a little greener than a black body of that
    # temperature: Planck's locus is at (0.3135, 0.3237) there, D65 at (0.3127, 0.3290).
    np.testing.assert_allclose(white_of(6504), [1.06, 1, 1.05], atol=0.01)
    warm, cool = white_of(3000), white_of(10000)
    assert warm[0] > 1.4 > 1 > warm[2] and cool[0] < 1 < cool[2]


def test_what_is_asked_wrongly_is_said():
    with pytest.raises(UnknownNameError, match="expected a fault among"):
        light_case("colour")
    with pytest.raises(InputError, match="severity from 0 to 1"):
        light_case("direction", 2)


@pytest.mark.parametrize(
    "bad", [{"severity": "much"}, {"severity": True}, {"severity": float("nan")}, {"seed": 1.5},
            {"seed": -1}, {"seed": None}, {"seed": float("inf")}, {"size": 63}, {"size": 5000},
            {"size": 64.5}],
)  # fmt: skip
def test_what_is_no_severity_seed_or_size_is_refused_by_name(bad):
    (what,) = bad
    with pytest.raises(InputError, match=f"expected a {what} "):
        light_case("direction", **bad)
