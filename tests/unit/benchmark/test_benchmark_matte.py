"""The bench's cases and what it makes of the errors, without its pictures."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.benchmark import matte, soft
from workbench.matte.trimap import contour_distance


def disk(side: int, radius: float, soft_by: float) -> np.ndarray:
    y, x = np.mgrid[:side, :side] + 0.5
    away = np.hypot(x - side / 2, y - side / 2)
    return np.clip((radius - away) / soft_by + 0.5, 0, 1).astype(np.float32)


@pytest.mark.parametrize("wide", [2.0, 8.0])
def test_softness_is_the_width_of_the_soft_edge(wide: float) -> None:
    # 0.05 to 0.95 of a linear ramp is nine tenths of it.
    assert soft.softness(disk(200, 60, wide)) == pytest.approx(0.9 * wide, rel=0.06)


def test_the_made_mask_is_off_by_about_a_cell() -> None:
    truth = disk(1024, 300, 1)
    logits = soft.sam_logits(truth, np.random.default_rng(3))
    assert logits.shape == (256, 256)
    whole = np.kron(logits >= 0, np.ones((4, 4))) > 0
    off = np.abs(contour_distance(truth >= 0.5))[whole != (truth >= 0.5)]
    assert 1 < off.mean() < 6 and off.max() < 16
    assert np.array_equal(logits, soft.sam_logits(truth, np.random.default_rng(3)))


def test_strand_cases_are_composites_of_their_parts() -> None:
    cases = list(soft.strand_cases(side=96, seeds=1))
    assert len(cases) == 6 and len({case.name for case in cases}) == 6
    for case in cases:
        solid = case.alpha == 1
        away = np.abs(case.image[solid] / 255 - case.foreground[solid])
        assert solid.any() and away.mean() < 0.02  # grain and rounding
        assert case.logits.shape == (256, 256)


def test_the_ratio_is_that_of_the_sums_and_groups_stay_together() -> None:
    ours, theirs = [1.0, 3.0, 2.0, 2.0], [2.0, 6.0, 4.0, 4.0]
    assert matte.ratio_interval(ours, theirs, list("aabb")) == pytest.approx((0.5, 0.5))
    low, high = matte.ratio_interval([1, 1, 9, 9], [10, 10, 10, 10], list("aabb"))
    assert (low, high) == pytest.approx((0.1, 0.9))


def test_the_best_blur_is_chosen_with_the_truth_in_hand() -> None:
    cases = list(soft.strand_cases(side=96, seeds=1))[:2]
    rows: list[matte.Row] = [{}, {}]
    best = matte.blur_best(cases, rows)
    assert best in matte.SIGMAS
    assert all(set(row["blurred"]) == {*matte.METRICS, *(f"{m}, band" for m in matte.METRICS)}
               for row in rows)  # fmt: skip


def test_rembg_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "rembg", None)
    monkeypatch.setitem(sys.modules, "rembg.bg", None)
    chosen, said = matte.ways()
    assert {"workbench", "thresholded", "pymatting"} <= set(chosen) and "rembg" not in chosen
    assert "left out" in said


def test_the_table_of_one_case_has_every_measure_and_names_the_worst() -> None:
    case = next(soft.strand_cases(side=128, seeds=1))
    chosen = {name: way for name, way in matte.ways()[0].items() if name != "rembg"}
    rows = [matte.compare(case, chosen)]
    sigma = matte.blur_best([case], rows)
    table = list(matte._table("1 strands", rows, sigma, "rembg left out"))
    names = [row.name for row in table]
    assert len(set(names)) == len(names)
    main = table[0]
    theirs = min(rows[0][name]["SAD"] for name in ("thresholded", "blurred"))
    assert main.value == pytest.approx(rows[0]["workbench"]["SAD"] / theirs)
    assert main.cases == tuple(rows) and case.name in table[-1].beside
