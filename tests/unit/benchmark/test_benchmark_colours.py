"""What the benchmark of colours measures, on pictures that can be reckoned by hand."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.benchmark.colours import Known, composite_error, shown_error, strand_cases, ways
from workbench.benchmark.solver import trimap_of


def known() -> Known:
    alpha = np.zeros((9, 9), np.float32)
    alpha[:, 4:] = 1
    alpha[:, 4] = 0.5
    front = np.full((9, 9, 3), 0.4, np.float32)
    image = np.rint(255 * alpha[..., None] * front).astype(np.uint8)  # over black
    return Known("step", image, alpha, front)


def test_errors_count_by_how_much_shows() -> None:
    case = known()
    assert shown_error(case.foreground, case) == 0
    # In the band the photo is half black: 0.2 off, half of it shows.
    assert shown_error(case.image / np.float32(255), case) == pytest.approx(0.1 * 255, rel=0.01)


def test_a_composites_error_holds_the_alphas() -> None:
    case = known()
    assert composite_error(case.foreground, case.alpha, case) == 0
    # Alpha 1 for 0.5 in one column: half of |F − N|, over four N.
    wrong = case.alpha.copy()
    wrong[:, 4] = 1
    over = [[0.6] * 3, [0.4] * 3, [0.1] * 3, [0.4, 0.3, 0.2]]
    share = 9 / (trimap_of(case.alpha) == 0.5).sum()
    assert composite_error(case.foreground, wrong, case) == pytest.approx(
        255 * 0.5 * np.mean(over) * share, rel=1e-4
    )


def test_the_workbenchs_colours_beat_the_photos_and_pymattings_on_strands() -> None:
    case = next(strand_cases())
    compared = ways()
    errors = {
        name: shown_error(way(case.image, case.alpha), case) for name, way in compared.items()
    }
    assert min(errors, key=lambda name: errors[name]) == "workbench"
    assert errors["workbench"] < 0.3 * errors["the photo's own"]
