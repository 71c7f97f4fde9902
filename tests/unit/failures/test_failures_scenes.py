"""What the made scenes show: people in a crowd, shadows on the far side from the light."""

from __future__ import annotations

import numpy as np
import pytest

from workbench import failures
from workbench.failures import crowd
from workbench.failures.case import Request
from workbench.failures.shadow import make as make_shadow


@pytest.mark.parametrize("seed", [0, 3, 4, 7, 8, 11, 12, 15])
def test_a_shadow_falls_away_from_the_light(seed, monkeypatch):
    """Of "cast shadow" and "hard sun": the light that the pot was drawn in is told by its maker."""
    from workbench.failures import shadow

    lights = []
    drawn = shadow.vase

    def seen(shape, foot, tall, rng, light, *rest):
        lights.append(light)
        return drawn(shape, foot, tall, rng, light, *rest)

    monkeypatch.setattr(shadow, "vase", seen)
    case = make_shadow(Request("shadow", 0.7, seed, 240))
    assert case.facts["variant"] in ("cast shadow", "hard sun")
    middle = np.average(np.arange(240), weights=case.alpha.sum(axis=0))
    away = case.shadow * (case.alpha < 0.1)
    fallen = np.average(np.arange(240), weights=away.sum(axis=0)) - middle
    assert fallen * lights[0].direction[0] < 0 and abs(fallen) > 5


def test_in_a_crowd_are_people_and_more_of_them_alike_with_the_severity():
    few, many = (failures.case("clutter", severity, 0, size=240) for severity in (0.1, 0.9))
    assert few.facts["variant"] == "a crowd" and many.facts["others"] > few.facts["others"]
    assert set(many.sources) <= {*crowd.WHO, "brick"} and set(many.sources) & set(crowd.WHO)
    assert many.subjects[0][0] == "person"
    height = many.alpha.shape[0]
    assert many.alpha[height - 1].sum() > 20, "the frame cuts the chest"
    rows = np.flatnonzero((many.alpha > 0.5).any(axis=1))
    assert 0.1 * height < rows[0] < 0.4 * height, "the crown is in the picture"


def test_equal_numbers_make_people_alike_and_others_not():
    def made(seed):
        rng = np.random.default_rng(seed)
        return crowd.person((120, 160), (80.0, 122.0), 100.0, rng)[0]

    one, same, other = made(5), made(5), made(6)
    np.testing.assert_array_equal(one.colour, same.colour)
    assert np.abs(one.colour - other.colour).max() > 0.05
    assert 0.15 < one.alpha.mean() < 0.8
