"""The click head's inputs and files; how well it answers is the benchmark's business."""

import numpy as np
import pytest

from workbench.errors import WeightsDamagedError, WeightsMissingError
from workbench.segment.click_head import (
    GRID,
    ClickHead,
    Stages,
    head_for,
    head_path,
    planes,
)
from workbench.segment.regions import Window
from workbench.segment.u2net import U2Net


@pytest.fixture(scope="module")
def stages(u2netp):
    return Stages(u2netp)


def test_the_stages_see_what_stands_out_as_the_whole_network_does(stages, u2netp, astronaut):
    found, inner = stages.look(astronaut)
    whole = U2Net(u2netp).saliency(astronaut).reshape(GRID, 2, GRID, 2).mean(axis=(1, 3))
    assert found.shape == (GRID, GRID) and found.dtype == np.float32
    both, either = (found > 0.5) & (whole > 0.5), (found > 0.5) | (whole > 0.5)
    assert both.sum() > 0.95 * either.sum()
    assert [t.shape[1:] for t in inner] == [(64, s, s) for s in (160, 80, 80, 40, 40, 20, 20, 10)]
    assert all(np.isfinite(t).all() and float(t.std()) > 0 for t in inner)


def test_prompts_are_drawn_where_they_are():
    window = Window(100, 50, 420, 210)  # a cell is two pixels wide and one high
    made = planes(window, [(101.0, 50.5), (300.0, 130.0), (5.0, 5.0)], [1, 0, 1], None, None)
    assert made.shape == (8, GRID, GRID) and made.dtype == np.float32
    assert made[0, 0, 0] == 1 and made[0, 0, 3] == 1 and made[0, 0, 4] == 0
    assert made[1, 80, 100] == 1 and made[1].sum() == 29  # a disk of radius 3, whole
    assert made[2, 0, 0] == 1 and made[2, 0, 14] == pytest.approx(np.exp(-1), abs=0.01)
    assert made[3, 80, 100] == 1 and not made[4:].any()
    last = np.full((GRID, GRID), 0.25, np.float32)
    made = planes(window, [], [], (110, 60, 130, 80), last)
    rows, columns = np.nonzero(made[4])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (10, 29, 5, 14)
    assert (made[5] == 1).all() and (made[6] == -0.5).all() and (made[7] == 1).all()
    assert not made[:4].any()


def test_the_head_listens_to_each_kind_of_prompt(stages, astronaut):
    head = ClickHead(head_path())
    window = Window(0, 0, 512, 512)
    _, seen = stages.see(astronaut)
    click = head.answer(seen, window, [(220, 250)], [1])
    assert click.shape == (GRID, GRID) and click.dtype == np.float32
    assert float(click.min()) >= 0 and float(click.max()) <= 1
    assert np.array_equal(click, head.answer(seen, window, [(220, 250)], [1]))
    row, column = window.cell((220, 250), (GRID, GRID))
    assert click[row, column] > 0.5
    dropped = head.answer(seen, window, [(220, 250)], [0], last=click)
    assert dropped[row, column] < 0.5
    boxed = head.answer(seen, window, [], [], (20, 0, 460, 512))
    assert float(np.abs(boxed - click).max()) > 0.05


def test_the_head_goes_with_the_network_it_was_trained_on(u2netp, tmp_path):
    assert head_for(u2netp) == head_path()
    other = tmp_path / "u2netp.onnx"
    other.write_bytes(b"of somebody's own")
    assert head_for(other) is None


def test_files_that_are_none_are_named(u2netp, tmp_path):
    with pytest.raises(WeightsMissingError, match=r"none\.onnx"):
        ClickHead(tmp_path / "none.onnx")
    with pytest.raises(WeightsDamagedError, match="expected the click head"):
        ClickHead(u2netp)
    (tmp_path / "cut.onnx").write_bytes(head_path().read_bytes()[:100_000])
    with pytest.raises(WeightsDamagedError, match=r"cut\.onnx"):
        ClickHead(tmp_path / "cut.onnx")
