import numpy as np
import pytest

from workbench.quality.checks.judged import Judge
from workbench.quality.checks.outline import running


def test_log_odds_are_weighed_measures_and_what_is_sure_is_nought():
    judge = Judge({"a": 2.0, "b": -1.0}, bias=0.5, sure=1.5)
    said = judge({"a": np.array([1.0, 0.0]), "b": np.array([1.0, 1.0]), "unused": np.ones(2)})
    assert said.tolist() == [0.0, -2.0]
    with pytest.raises(KeyError):
        judge({"a": np.ones(2)})


def test_windows_go_round_each_closed_line_by_itself_and_leave_out_what_is_not_good():
    values = np.array([3.0, 0.0, 0.0, 6.0, 9.0, 9.0, 9.0, 100.0])
    good = np.array([True] * 7 + [False])
    lines = np.array([0] * 4 + [1] * 4)
    mean, share = running(values, good, lines, 3)
    assert mean == pytest.approx([3, 1, 2, 3, 9, 9, 9, 9])
    assert share == pytest.approx([1, 1, 1, 1, 2 / 3, 1, 2 / 3, 2 / 3])
