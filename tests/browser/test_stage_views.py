"""The stage's view in a real Chromium: zoomed, moved, twice in a page, and after a reload."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest

from browser.stagehand import RESTED, TAKE, Fingers, Hand, near
from workbench.benchmark.lab import Lab

pytestmark = pytest.mark.browser


def test_two_fingers_move_the_view_and_paint_nothing(hand: Hand) -> None:
    fingers = Fingers(hand)
    fingers.say("touchStart", (200, 200))
    fingers.say("touchMove", (210, 200))
    fingers.say("touchMove", (220, 200))
    hand.until(lambda: hand.pixel("echo", 210, 200)[3] > 0)  # one finger: a stroke
    fingers.say("touchStart", (220, 200), (320, 200))
    under = hand.image(220, 200), hand.image(320, 200)
    for n in range(1, 11):  # apart to twice as far, and down
        fingers.say("touchMove", (220 - 5 * n, 200 + 3 * n), (320 + 5 * n, 200 + 3 * n))
    hand.until(lambda: np.allclose(hand.view()[0], 2.5) and near(under[1], hand.image(370, 230)))
    assert near(under[0], hand.image(170, 230))
    fingers.say("touchEnd", (170, 230))
    fingers.say("touchMove", (300, 300))  # the finger that is left moves nothing
    fingers.say("touchEnd")
    assert near(under[0], hand.image(170, 230))
    hand.until(lambda: hand.pixel("echo", 210, 200)[3] == 0)
    view = hand.view()
    hand.until(lambda: np.allclose(view, json.loads(hand.notebook.run(
        "print(json.dumps([stage.view.scale, stage.view.x, stage.view.y]))"))))  # fmt: skip
    assert {one["what"] for one in hand.told()} <= {"wheel", "pan"}
    fingers.say("touchStart", (100, 100))
    fingers.say("touchMove", (130, 100))
    fingers.say("touchEnd")
    (stroke,) = hand.told()
    assert stroke["what"] == "gesture"


def test_the_wheel_zooms_around_the_pointer_only_with_focus(hand: Hand) -> None:
    hand.page.evaluate("document.activeElement.blur()")
    hand.page.mouse.move(*hand.at(200, 150))
    hand.page.mouse.wheel(0, -200)
    time.sleep(0.5)
    assert hand.view()[0] == 1.25
    hand.stage.focus()
    hand.into_view()
    held = hand.image(200, 150)
    for _ in range(5):
        hand.page.mouse.move(*hand.at(200, 150))
        hand.page.mouse.wheel(0, -100)
    moves = hand.until(lambda: [m for m in hand.told() if m["what"] == "wheel"])
    hand.until(lambda: hand.view()[0] > 2)
    time.sleep(0.5)
    assert near(hand.image(200, 150), held)
    assert all(near(m["at"], (200, 150)) for m in moves), moves
    kernel = json.loads(
        hand.notebook.run("print(json.dumps([stage.view.scale, stage.view.x, stage.view.y]))")
    )
    np.testing.assert_allclose(kernel, hand.view(), rtol=1e-9)


def test_a_zoomed_picture_is_shown_before_the_kernel_answers(hand: Hand) -> None:
    hand.stage.focus()
    hand.notebook.client.execute("import time; time.sleep(2)")  # the kernel hears nothing now
    time.sleep(0.3)
    hand.page.mouse.move(*hand.at(0.5, 0.5))
    hand.page.mouse.wheel(0, -400)
    hand.until(lambda: hand.view()[0] > 2, 1.5)
    scale = hand.view()[0]
    width = hand.page.locator(".wb-photo").bounding_box()["width"]
    assert width == pytest.approx(600 * scale / 1.25, rel=1e-3)
    assert not [m for m in hand.told() if m["what"] == "gesture"]
    hand.until(lambda: hand.page.locator(".wb-photo").bounding_box()["width"] == 600)
    red, green, *_ = hand.pixel("photo", 300, 200)
    x, y = hand.image(300.5, 200.5)
    assert abs(red - x // 4 * 2) <= 2 and abs(green - y // 4 * 2) <= 2


def test_space_the_middle_button_and_the_pan_tool_move_the_view(hand: Hand) -> None:
    hand.stage.focus()
    moved = []
    hand.page.keyboard.down(" ")
    hand.drag((300, 200), (320, 210), (340, 220))
    hand.page.keyboard.up(" ")
    moved.append((40, 20))
    hand.drag((300, 200), (290, 190), (280, 170), button="middle")
    moved.append((-20, -30))
    hand.notebook.run("stage.set_tool('pan', echo='pan')")
    time.sleep(0.3)
    hand.drag((100, 100), (110, 110), (107, 133))
    moved.append((7, 33))
    hand.page.mouse.click(*hand.at(200, 200))
    dx, dy = np.sum(moved, axis=0)
    hand.until(lambda: np.allclose(hand.view(), (1.25, -dx / 1.25, -dy / 1.25)))
    told: list[dict[str, Any]] = []
    while not told or told[-1]["what"] != "gesture":  # after all that moved before it
        told += hand.told()
    assert np.allclose(np.sum([m["by"] for m in told if m["what"] == "pan"], axis=0), (dx, dy))
    assert [m["kind"] for m in told if m["what"] == "gesture"] == ["click"]


def test_two_views_of_one_stage_both_work(hand: Hand, lab: Lab) -> None:
    hand.notebook.run("from IPython.display import display")
    hand.page.evaluate(
        """async () => {
            const app = window.jupyterapp, panel = app.shell.currentWidget;
            panel.content.activeCellIndex = 1;
            await app.commands.execute('notebook:create-output-view');
        }"""
    )
    try:
        both = hand.page.locator(".wb-stage[role=application]")
        hand.until(lambda: both.count() == 2)
        for index in (0, 1):
            stage = both.nth(index)
            stage.click(position={"x": 60 + 100 * index, "y": 50})
            (click,) = hand.told()
            assert near(click["points"], [((60 + 100 * index) / 1.25, 40)])
            hand.until(
                lambda stage=stage: (
                    stage.evaluate(
                        """e => e.querySelector('.wb-photo').getContext('2d')
                        .getImageData(300, 200, 1, 1).data[3]"""
                    )
                    == 255
                )
            )
    finally:
        hand.page.evaluate(
            "() => [...jupyterapp.shell.widgets('main')].slice(1).forEach(w => w.close())"
        )
        hand.until(lambda: both.count() == 1)


def test_a_reloaded_page_gets_the_picture_back(hand: Hand) -> None:
    """Last: the page is another one afterwards."""
    hand.notebook.run("show(View(3.0, 40, 20))")
    # The view is there before the picture for it: until then the old one is stretched.
    still = "e => e.querySelector(':scope > .wb-photo').style.transform === ''"
    hand.until(lambda: hand.view()[0] == 3.0 and hand.stage.evaluate(still))
    before = hand.canvases()
    hand.notebook.run(
        "stage.ants([np.array([[45, 25], [90, 25], [60, 90]])]); stage.divider(True)\n"
        "stage.overview(photo, photo.shape[:2])"
    )
    hand.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    hand.page.locator(".jp-mod-dirty").wait_for(state="detached")
    hand.page.goto(hand.page.url.split("?")[0])
    RESTED.clear()  # Lab restores its sidebars and its scrolling late
    again = Hand(hand.notebook)
    hand.until(lambda: again.view() == (3.0, 40.0, 20.0))
    hand.until(lambda: again.canvases() == before)
    parts = [hand.page.locator(f".wb-{part}") for part in ("lines", "divider", "navigator")]
    hand.until(lambda: all(part.is_visible() for part in parts))
    hand.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    RESTED.clear()
    again.into_view()

    def heard() -> list[dict[str, Any]]:
        # A click may fall where Lab, still restoring its layout, has just moved the stage away.
        hand.page.mouse.click(*again.at(90, 60))
        time.sleep(0.5)
        said = json.loads(hand.notebook.run(TAKE))
        return [one for one in said if one["what"] == "gesture"]

    told = hand.until(heard)
    assert near(told[-1]["points"], [(70, 40)])


def test_tiles_share_the_view_and_a_place_in_each_is_told(hand: Hand) -> None:
    hand.notebook.run(
        "own = stage.view; stage.divider(False)\n"
        "picture = np.zeros((400, 600, 3), np.uint8)\n"
        "for n in range(6):\n"
        "    r, c = divmod(n, 3)\n"
        "    picture[200 * r : 200 * r + 200, 200 * c : 200 * c + 200] = 40 * n + 20\n"
        "    picture[200 * r + 95 : 200 * r + 105, 200 * c + 95 : 200 * c + 105] = 255, 0, 0\n"
        "stage.draw('photo', picture, own, (3, 2))\n"
    )
    hand.until(lambda: tuple(hand.screen()[10, 590]) == (100, 100, 100))
    # The stage's middle is in the middle of each tile, wherever it is clicked.
    middle = (300 / 1.25, 200 / 1.25)
    for x, y in ((100, 100), (500, 300)):
        hand.page.mouse.click(*hand.at(x, y))
        (told,) = hand.told()
        assert near(told["points"][0], middle)
    # A drag that leaves its tile goes on as it began.
    hand.drag((180, 100), (230, 120))
    (told,) = hand.told()
    assert near(told["points"][0], (middle[0] + 80 / 1.25, middle[1]))
    assert near(told["points"][-1], (middle[0] + 130 / 1.25, middle[1] + 20 / 1.25))
    # Zoomed around a point of one tile, every tile is, and none leaves its place.
    hand.notebook.run("stage.clear_echo()")
    hand.stage.focus()
    hand.page.mouse.move(*hand.at(500, 300))
    hand.notebook.run("redraw, kept = (lambda: None), redraw")
    hand.page.mouse.wheel(0, -450)
    hand.until(lambda: hand.view()[0] > 2)
    near_red = hand.screen().astype(int)
    red = (near_red[..., 0] > 200) & (near_red[..., 1] < 60)
    hand.notebook.run("redraw = kept")
    # The pointer's ring and the small map lie over the sixth.
    middles = [red[200 * r + 50 : 200 * r + 150, 200 * c + 50 : 200 * c + 150]
               for r in (0, 1) for c in (0, 1, 2)][:5]  # fmt: skip
    for one in middles:
        rows, columns = one.nonzero()
        assert len(rows) == pytest.approx((10 * hand.view()[0] / 1.25) ** 2, rel=0.25)
        assert near((rows.mean(), columns.mean()), (49.5, 49.5))
    assert tuple(near_red[10, 560]) == (100, 100, 100)
