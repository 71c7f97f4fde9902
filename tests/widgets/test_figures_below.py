"""The figure below the stage: made when it is chosen, kept up with the work, pressed to look."""

from __future__ import annotations

import io

import numpy as np
import pytest
from apps import drag, status
from PIL import Image

from workbench.widgets.panels.figures import FIGURES, NOTHING


@pytest.fixture
def worked(app):
    app._on_gesture(drag("Box", (20.0, 20.0), (100.0, 80.0)))
    return app


def opened(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.mark.parametrize("kind", FIGURES[1:])
def test_each_figure_is_shown_and_can_be_saved(worked, kind, tmp_path):
    panel = worked._figures
    worked._files.folder.value = str(tmp_path / "out")
    panel.choice.value = kind
    assert "wb-bad" not in status(worked), status(worked)
    assert panel.widget.layout.display == "" and panel.picture.pressable
    assert opened(panel.picture.png).shape[1] >= 1572 and panel.picture.words == kind
    panel.save()
    (path,) = (tmp_path / "out").iterdir()
    start = b"%PDF" if kind == "Contact sheet" else b"\x89PNG"
    assert path.read_bytes()[:4] == start and path.name in status(worked)
    panel.choice.value = NOTHING
    assert panel.widget.layout.display == "none" and panel.picture.png == b""


def test_a_figure_follows_the_work(worked):
    worked._figures.choice.value = "Quality sheet"
    first = worked._figures.picture.png
    worked._on_gesture(drag("Brush keep", (5.0, 90.0), (60.0, 90.0)))
    second = worked._figures.picture.png
    assert second and second != first and not worked._figures.picture.stale
    worked._on_undo()
    np.testing.assert_array_equal(opened(worked._figures.picture.png), opened(first))


def test_until_the_hand_rests_the_old_figure_says_that_it_is_old(worked):
    panel = worked._figures
    panel.choice.value = "Band"
    waiting = []
    panel._later = lambda: waiting.append(1)
    worked._on_gesture(drag("Brush keep", (5.0, 90.0), (60.0, 90.0)))
    assert panel.picture.stale and panel.picture.png and waiting
    del panel._later
    panel.answered()
    assert not panel.picture.stale


def test_a_press_on_the_figure_shows_the_place_on_the_stage(worked):
    panel = worked._figures
    panel.choice.value = "Edge unrolled"
    spots = panel._figure.spots
    left, top, wide, tall, place = spots[-1]  # a strip of the outline
    panel.picture._handle_custom_msg(
        {"type": "press", "x": left + wide / 2, "y": top + tall / 2}, []
    )
    x, y = place(wide / 2, tall / 2)
    x0, y0, x1, y1 = worked.controller.in_sight
    assert x0 <= x <= x1 and y0 <= y <= y1 and x1 - x0 < 128
    assert f"Shown: ({x:.0f}, {y:.0f})" in status(worked)
    panel.picture._handle_custom_msg({"type": "press", "x": 1, "y": 1}, [])
    assert "Nothing of the photo lies there" in status(worked)
    panel.picture._handle_custom_msg({"type": "pull"}, [])
    assert "expected a press on the figure" in status(worked)


def test_the_unrolled_edge_has_the_latest_findings(app):
    y, x = np.mgrid[0:96, 0:128] + 0.5
    mask = (np.hypot(x - 64, y - 48) < 30.5).astype(np.float32)
    mask[42:54, 58:70] = 0
    app.session.subject().load_mask(mask).matte("none")
    app._figures.choice.value = "Edge unrolled"
    without = opened(app._figures.picture.png)
    app._check.check()
    assert "holes" in [one.code for one in app._check.full]
    now = opened(app._figures.picture.png)
    assert now.shape != without.shape or (now != without).any()


def test_what_an_edit_did_takes_the_figures_place_until_the_next_edit(worked):
    worked._figures.choice.value = "Band"
    worked._figures.explain(worked.session.edits[-1].id)
    panel = worked._figures
    assert panel.choice.value == NOTHING and panel.picture.png and not panel.picture.pressable
    worked._on_gesture(drag("Brush keep", (5.0, 90.0), (60.0, 90.0)))
    assert panel.picture.png == b"" and panel.widget.layout.display == "none"


def test_a_folder_that_cannot_be_written_is_said(worked, tmp_path):
    (tmp_path / "file").write_text("no folder")
    worked._files.folder.value = str(tmp_path / "file")
    worked._figures.choice.value = "Band"
    worked._figures.save()
    assert "wb-bad" in status(worked)
