"""Finding objects and picking one by hovering and clicking, in JupyterLab and a real Chromium."""

from __future__ import annotations

import json

import numpy as np
import pytest

from browser.hands import PATIENCE, Hand

pytestmark = pytest.mark.browser

# A segmenter that finds two squares, the small one on the large one.
SETUP = """
import json
import numpy as np
import workbench as wb
from workbench import segment
from workbench.coordinates import Frame
from workbench.segment.base import Prediction
from workbench.segment.classical import GrabCutSegmenter
from workbench.segment.everything import measured
from workbench.segment.regions import Window

class Finder(GrabCutSegmenter):
    capabilities = GrabCutSegmenter.capabilities | {"everything"}

    def propose(self, embedding, progress=None):
        found = []
        for x0, y0, x1, y1 in ((150, 100, 210, 160), (60, 40, 340, 260)):
            shape = (300, 400)
            logits = np.full(shape, -6, np.float32)
            logits[y0:y1, x0:x1] = 6
            answer = Prediction.ranked(np.ones(1), logits[None], Frame.whole(shape), shape)
            found.append(measured(logits, 0.9, answer, ((x0, y0),), Window(0, 0, 400, 300)))
        return found

segment.get_segmenter = lambda *_, **__: Finder()
session = wb.open(np.full((300, 400, 3), 120, np.uint8), "grabcut", name="grey")
app = wb.Workbench(session)
app
"""


@pytest.fixture
def hand(lab):
    opened = lab.open("objects.ipynb", [SETUP])
    opened.page.wait_for_selector(".wb-stage[data-scale]", timeout=PATIENCE)
    made = Hand(opened.page)
    made.notebook = opened
    made.stage.scroll_into_view_if_needed()
    yield made
    opened.close()


def over(hand, x: float, y: float, lit: int) -> None:
    """Move the pointer there, and wait until the page has lit that object."""
    hand.page.mouse.move(*hand.at(x, y))
    hand.page.wait_for_selector(
        f'.wb-objects[data-object="{lit}"]', timeout=PATIENCE, state="attached"
    )


def press_and_wait(hand, name: str) -> None:
    """Press a button that changes the scale, and wait until the stage says so."""
    before = hand.stage.get_attribute("data-scale")
    hand.press(name)
    hand.page.wait_for_function(
        "was => document.querySelector('.wb-stage').dataset.scale !== was",
        arg=before,
        timeout=PATIENCE,
    )


def colour_at(hand, x: float, y: float) -> np.ndarray:
    across, down = hand.view_of(x, y)
    return hand.picture()[round(down), round(across)].astype(int)[::-1]


def test_objects_light_up_under_the_pointer_and_a_click_picks_one(hand):
    hand.wait_for_words("Click the subject")
    hand.press("Find objects")
    hand.wait_for_words("Found 2 objects")

    over(hand, 180, 130, lit=1)
    inside, around = colour_at(hand, 165, 115), colour_at(hand, 100, 220)
    assert np.abs(inside - 120).max() > 25, "the small square is tinted"
    assert np.abs(around - 120).max() < 8, "the large one is not"
    hand.page.keyboard.down("Shift")
    over(hand, 181, 131, lit=0)
    assert np.abs(colour_at(hand, 100, 220) - 120).max() > 25
    hand.page.keyboard.up("Shift")
    over(hand, 20, 20, lit=-1)

    press_and_wait(hand, "Zoom in")  # the highlight follows the view, without asking anybody
    over(hand, 200, 150, lit=1)
    over(hand, 230, 150, lit=0)
    press_and_wait(hand, "Fit")
    hand.page.mouse.click(*hand.at(180, 130))
    hand.wait_for_words("Pick object")
    edits = json.loads(hand.notebook.run("print(json.dumps([x.to_json() for x in session.edits]))"))
    assert [x["edit"] for x in edits] == ["Pick"] and edits[0]["points"] == [[150, 100]]

    hand.page.keyboard.press("ArrowRight")  # without a mouse
    hand.wait_for_words("Object 1 of 2")
    hand.page.keyboard.press("ArrowRight")
    hand.wait_for_words("Object 2 of 2")
    hand.page.wait_for_selector('.wb-objects[data-object="1"]', state="attached")
    hand.page.keyboard.press("Enter")
    hand.wait_for_words("Pick object")
    assert hand.notebook.run("print(len(session.edits))").strip() == "2"
    hand.press("Undo")
    hand.wait_for_words("Undid: Pick object")  # what is said of it must not come after what follows
    hand.stage.focus()

    hand.page.keyboard.press("Escape")
    hand.wait_for_words("Picking is over")
    pressed = hand.page.locator(".wb-palette button[aria-pressed=true]")
    assert pressed.all_inner_texts() == ["Keep"]
    over(hand, 182, 132, lit=-1)
    hand.press("Undo")
    hand.wait_for_words("Undid: Pick object")
