"""The whole loop by hand in a real browser: quickstart, box, click, paint, re-run, look, export."""

from __future__ import annotations

import json
import shutil
import time
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from workbench.benchmark.lab import ROOT

pytestmark = pytest.mark.browser
PATIENCE = 60_000  # ms


class Hand:
    """A person at the page: finds the stage by its class and its attributes, controls by name."""

    def __init__(self, page) -> None:
        self.page = page
        self.stage = page.locator(".wb-stage").first
        self.status = page.locator(".wb-app [role=status]").first

    def view_of(self, x: float, y: float) -> tuple[float, float]:
        """An image point in pixels of the stage, by what the stage says of its view."""
        scale, left, top = (
            float(self.stage.get_attribute(f"data-{name}")) for name in ("scale", "x", "y")
        )
        return scale * (x - left), scale * (y - top)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """An image point in page pixels."""
        corner, (across, down) = self.stage.bounding_box(), self.view_of(x, y)
        return corner["x"] + across, corner["y"] + down

    def press(self, name: str) -> None:
        self.page.locator(".wb-app").first.get_by_role("button", name=name, exact=True).click()

    def drag(self, *points: tuple[float, float]) -> None:
        self.page.mouse.move(*self.at(*points[0]))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.at(*point), steps=6)
        self.page.mouse.up()

    def wait_for_words(self, words: str) -> str:
        self.page.wait_for_function(
            """words => {
                const said = document.querySelector('.wb-app [role=status]').innerText;
                return said.includes(words) && !said.includes('…');  // … while it is at work
            }""",
            arg=words,
            timeout=PATIENCE,
        )
        return self.status.inner_text()

    def choose(self, name: str, value: str) -> None:
        self.page.locator(".wb-app").first.get_by_label(name, exact=True).select_option(value)

    def picture(self) -> np.ndarray:
        """What is on the stage, (h, w, 3) uint8 BGR."""
        data = np.frombuffer(self.stage.screenshot(), np.uint8)
        return cv2.imdecode(data, cv2.IMREAD_COLOR)

    def picture_when(self, right) -> np.ndarray:
        """What is on the stage as soon as ``right(picture)``: a matte takes its time."""
        end = time.monotonic() + PATIENCE / 1000
        while not right(picture := self.picture()):
            assert time.monotonic() < end, self.status.inner_text()
            self.page.wait_for_timeout(200)
        return picture


@pytest.fixture
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
    hand.wait_for_words("Click the subject")
    notebook.run("session.subject().box(15, 8, 455, 509)")
    hand.wait_for_words("Box (15")
    before = hand.picture()
    # The notebook is saved, so that its outputs are there after the reload.
    notebook.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    notebook.page.wait_for_timeout(1500)
    notebook.page.reload()
    notebook.page.wait_for_selector(".wb-stage[data-scale]", timeout=PATIENCE)
    notebook.page.locator(".wb-stage").first.scroll_into_view_if_needed()
    hand.picture_when(lambda picture: np.abs(picture.astype(int) - before).mean() < 6)
