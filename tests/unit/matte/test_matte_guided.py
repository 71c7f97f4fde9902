"""The guided filter: a line through the colours, and the same in pieces as in one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage import data

import workbench.matte.guided as guided
from workbench.matte import solve_alpha
from workbench.matte.grid import Grid


@pytest.mark.parametrize("radius", [2, 5, 16])
def test_a_line_through_the_colours_stays_what_it_is(radius: int) -> None:
    guide = data.astronaut()[:160, :200] / np.float32(255)
    line = guide @ np.float32([0.3, -0.2, 0.4]) + np.float32(0.3)
    wanted = np.zeros(line.shape, bool)
    wanted[30:90, 40:150] = True
    found = guided.guided_filter(guide, line, radius, 1e-9, wanted)
    assert found.dtype == np.float32
    # On a reduced grid the guide loses its finest detail, and the line a little with it.
    np.testing.assert_allclose(found, line[wanted], atol=2e-4 if radius < 8 else 3e-3)


def test_means_of_the_source_where_the_guide_is_even() -> None:
    guide = np.full((40, 40, 3), 0.7, np.float32)
    rng = np.random.default_rng(0)
    source = rng.random((40, 40)).astype(np.float32)
    wanted = np.zeros((40, 40), bool)
    wanted[20, 20] = True
    found = guided.guided_filter(guide, source, 2, 1e-4, wanted)
    means = [source[v - 2 : v + 3, u - 2 : u + 3].mean() for v in range(18, 23)
             for u in range(18, 23)]  # fmt: skip
    np.testing.assert_allclose(found, [np.mean(means)], atol=1e-5)


@pytest.mark.parametrize("half_width", [5, 30])
def test_in_pieces_as_in_one(monkeypatch: pytest.MonkeyPatch, half_width: int) -> None:
    image = np.hstack([data.astronaut(), data.astronaut()[:, ::-1]])
    y = np.arange(512)[:, None] - 250 - 20 * np.sin(np.arange(1024) / 50)[None]
    mask = (y > 0).astype(np.float32)
    trimap = np.where(np.abs(y) < half_width, np.float32(0.5), mask)
    whole = solve_alpha(image, trimap, "guided", mask=mask)
    cut = replace(guided._PIECES, grid=Grid(tile=256, margin=192, blend=16), whole=400 * 400)
    monkeypatch.setattr(guided, "_PIECES", cut)
    pieced = solve_alpha(image, trimap, "guided", mask=mask)
    assert np.abs(whole.alpha - pieced.alpha).mean() < 1e-3
    assert np.abs(whole.alpha - pieced.alpha).max() < (1e-4 if half_width < 8 else 0.1)
