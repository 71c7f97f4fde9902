"""The whole loop by hand in a real browser: quickstart, box, click, paint, re-run, look, export."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from browser.hands import PATIENCE, Hand
from workbench.benchmark.lab import ROOT

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def notebook(lab):
    shutil.copy(ROOT / "notebooks" / "00_quickstart.ipynb", lab.folder)
    opened = lab.open("00_quickstart.ipynb")
    opened.page.wait_for_selector(".wb-stage[data-scale]", timeout=PATIENCE)
    opened.page.locator(".wb-stage").first.scroll_into_view_if_needed()
    yield opened
    opened.close()


def test_from_a_photo_to_an_exported_matte(notebook, lab):
    hand = Hand(notebook.page)
    hand.wait_for_words("Click the subject")
    plain = hand.picture()
    assert plain.std() > 40, "the photo is on the stage"

    hand.press("Box")
    hand.drag((15, 8), (200, 300), (455, 509))
    hand.wait_for_words("Box (15")
    masked = hand.picture()
    assert np.abs(masked.astype(int) - plain).mean() > 4, "the mask lies over the photo"

    hand.press("Drop")
    notebook.page.mouse.click(*hand.at(395, 90))
    hand.wait_for_words("Drop click")
    hand.press("Brush keep")
    hand.drag((180, 420), (240, 430), (300, 440))
    hand.wait_for_words("Paint keep")
    hand.press("Re-run")
    hand.wait_for_words("Re-run with corrections")

    edits = json.loads(
        notebook.run("import json; print(json.dumps([x.to_json() for x in session.edits]))")
    )
    assert [x["edit"] for x in edits] == ["Box", "Click", "Paint", "Rerun"]
    box, click, stroke, _ = edits
    assert np.allclose([box[k] for k in ("x0", "y0", "x1", "y1")], [15, 8, 455, 509], atol=0.5)
    assert np.allclose([click["x"], click["y"]], [395, 90], atol=0.5)
    assert not click["keep"]
    assert np.allclose(stroke["points"][0], [180, 420], atol=0.5)
    assert np.allclose(stroke["points"][-1], [300, 440], atol=0.5)

    hand.press("Undo")
    hand.wait_for_words("Undid: Re-run")
    # A key pressed on a button is the app's: JupyterLab would cut the cell with the widget in it.
    notebook.page.keyboard.press("x")
    pressed = hand.page.locator(".wb-app button[aria-pressed=true]")
    pressed.get_by_text("Brush remove").wait_for()
    hand.press("Redo")
    hand.wait_for_words("Redid: Re-run")
    assert notebook.page.locator(".wb-stage").count() == 1

    column, row = (round(v) for v in hand.view_of(500, 20))
    pictures = {}
    for mode, right in (
        ("On black", lambda p: p[row, column].max() < 12),
        ("On white", lambda p: p[row, column].min() > 243),
        ("Alpha", lambda p: p[row, column].max() < 12),
        ("Trimap", lambda p: 12 <= p[row, column].mean() <= 200),
        ("Outline", lambda p: p[row, column].mean() > 90),
        ("Overlay", lambda p: p[row, column].mean() > 90),
    ):
        before = hand.picture()
        hand.choose("View", mode)
        pictures[mode] = hand.picture_when(
            lambda p, right=right, before=before: (
                right(p) and np.abs(p.astype(int) - before).mean() > 1
            )
        )
    for a, b in pairwise(pictures):
        assert np.abs(pictures[a].astype(int) - pictures[b]).mean() > 1, f"{a} looks like {b}"

    hand.press("Export")
    said = hand.wait_for_words("Exported to")
    folder = lab.folder / "out"
    for name in ("cutout.png", "alpha.png", "trimap.png", "sheet.png"):
        assert f"astronaut_{name}" in said
        assert (folder / f"astronaut_{name}").stat().st_size > 1000
    cutout = cv2.imread(str(folder / "astronaut_cutout.png"), cv2.IMREAD_UNCHANGED)
    alpha = cv2.imread(str(folder / "astronaut_alpha.png"), cv2.IMREAD_UNCHANGED)
    assert cutout.shape == (512, 512, 4) and alpha.dtype == np.uint16
    assert alpha[430, 240] == 65535, "what was painted stays"
    assert alpha[90, 395] == 0, "what was dropped is gone"
    assert (folder / "astronaut.mws").exists()

    with notebook.page.expect_download(timeout=PATIENCE) as download:
        hand.press("Download cut-out")
    sent = Path(download.value.path()).read_bytes()
    assert sent == (folder / "astronaut_cutout.png").read_bytes()

    notebook.page.screenshot(path=str(lab.folder / "widget.png"))
    shot = cv2.imread(str(lab.folder / "widget.png"))
    assert shot.std() > 20, "the page is not blank"


def test_a_reloaded_page_shows_the_picture_again(notebook):
    hand = Hand(notebook.page)
    notebook.run("session.subject().box(15, 8, 455, 509)")
    hand.wait_for_words("Box (15")
    before = hand.picture()
    assert before.std() > 20
    # The notebook is saved, so that its outputs are there after the reload.
    notebook.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    notebook.page.locator(".jp-mod-dirty").wait_for(state="detached")
    notebook.page.reload()
    notebook.page.wait_for_selector(".wb-stage[data-scale]", timeout=PATIENCE)
    notebook.page.locator(".wb-stage").first.scroll_into_view_if_needed()
    hand.picture_when(lambda picture: np.abs(picture.astype(int) - before).mean() < 6)
