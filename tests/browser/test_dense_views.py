"""The stage on a dense screen: its pixels, its width, the zoom, the overview."""

from __future__ import annotations

import numpy as np
import pytest

from browser.densehand import Dense

pytestmark = pytest.mark.browser


def test_a_dense_screen_gets_a_pixel_for_each_of_its_own(dense: Dense) -> None:
    wide = dense.stage.evaluate("e => e.clientWidth")
    assert wide > 900 and dense.kernel("[stage.width, stage.height, stage.ratio]") == [wide, 400, 2]
    dense.notebook.run(
        "stripes = np.zeros((800, 2 * stage.width, 3), np.uint8); stripes[:, ::2] = 255\n"
        "stage.draw('photo', stripes, stage.view)"
    )
    dense.there(lambda: dense.opacity("photo", 2, 2)[0, 0] == 255)

    def striped() -> bool:
        part = dense.seen()[200:210, 200:300, 0]
        # Blurred by half a pixel, lines of one pixel of the screen would be an even grey.
        return part.shape == (10, 100) and np.abs(np.diff(part, axis=1)).min() == 255

    dense.there(striped)


def test_the_stage_follows_the_window(dense: Dense) -> None:
    dense.page.set_viewport_size({"width": 1150, "height": 1000})
    wide = dense.there(
        lambda: (width := dense.stage.evaluate("e => e.clientWidth")) < 1100 and width
    )
    dense.there(lambda: dense.kernel("stage.width") == wide)
    dense.into_view()
    assert dense.kernel("errors") == []
    dense.there(lambda: dense.opacity("photo", 2 * wide - 1, 799)[0, 0] == 255)
    dense.page.mouse.click(*dense.at(wide - 3, 390))
    click = dense.gesture()
    assert np.allclose(click["points"], [dense.image(wide - 3, 390)], atol=0.01)


def test_the_overview_fills_in_while_the_kernel_is_busy(dense: Dense) -> None:
    dense.go("View(8.0, 300, 200)")
    dense.stage.focus()
    dense.notebook.client.execute("time.sleep(3)")
    dense.page.mouse.move(*dense.at(200, 200))
    dense.page.mouse.wheel(0, 900)
    dense.there(dense.moved)  # not drawn again yet
    seen = dense.seen()
    scale, x0, y0 = dense.view()
    right = dense.stage.evaluate(
        """e => e.querySelector(':scope > .wb-photo').getBoundingClientRect().right
            - e.getBoundingClientRect().x"""
    )
    for x, y in ((40, 30), (right + 60, 60), (right + 90, 300)):
        ix, iy = x / scale + x0, y / scale + y0
        if 4 < ix < 396 and 4 < iy < 296:
            wanted = (ix / 2, iy / 2, 90)
            assert np.abs(seen[2 * y, int(2 * x)] - wanted).max() < 14, (x, y)
    dense.there(lambda: not dense.moved())


def test_the_navigator_shows_and_moves_what_is_in_sight(dense: Dense) -> None:
    page = dense.page
    map_ = page.get_by_label("Navigator")
    assert not map_.is_visible()
    dense.go("View(6.0, 100, 100)")
    map_.wait_for()
    box = map_.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.8)
    page.mouse.down()  # beside the frame: the view comes to the pointer
    middle = lambda: np.array(dense.image(dense.stage.evaluate("e => e.clientWidth / 2"), 200))  # noqa: E731
    dense.there(lambda: np.abs(middle() - (300, 240)).max() < 4)
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.8, steps=3)
    page.mouse.up()
    dense.there(lambda: np.abs(middle() - (100, 240)).max() < 4)
    page.keyboard.press("ArrowUp")
    dense.there(lambda: np.abs(middle() - (100, 240 - 40 / 6)).max() < 4)
    view = dense.view()
    dense.there(lambda: np.allclose(
        dense.kernel("[stage.view.scale, stage.view.x, stage.view.y]"), view))  # fmt: skip
    assert dense.kernel("[x for x in told if x['what'] == 'gesture'] + errors") == []


def test_a_pixel_grid_from_800_percent_on(dense: Dense) -> None:
    dense.go("View(7.9, 10, 10)")
    assert not dense.lines()
    dense.go("View(16.0, 10, 10)")
    dense.there(dense.lines)
    lines = dense.opacity("lines", 0, 0, 160, 160)
    # Image pixels of 32 pixels of the screen: four whole ones, and nothing between their borders.
    assert [bool(lines[16, c : c + 3].any()) for c in (32, 64, 96, 128)] == [True] * 4
    assert not lines[8:28, 8:28].any()


def test_the_zoom_stays_within_5_and_3200_percent(dense: Dense) -> None:
    dense.stage.focus()
    for amount, end in ((-1500, 32), (1500, 0.05)):
        dense.page.mouse.move(*dense.at(300, 200))
        for _ in range(6):
            dense.page.mouse.wheel(0, amount)
        dense.there(lambda end=end: dense.view()[0] == end)
        # The kernel multiplies by the factors that it is told: the same but for rounding.
        dense.there(lambda end=end: dense.kernel("stage.view.scale") == pytest.approx(end, 1e-5))


def test_the_zoom_tool_doubles_and_fills_the_stage(dense: Dense) -> None:
    dense.go("View(2.0, 0, 0)")
    dense.tool("'zoom', echo='zoom'")
    held = dense.image(300, 200)
    dense.page.mouse.click(*dense.at(300, 200))
    dense.there(lambda: dense.view()[0] == 4)
    assert np.allclose(dense.image(300, 200), held)
    dense.page.keyboard.down("Alt")
    dense.page.mouse.click(*dense.at(300, 200))
    dense.page.keyboard.up("Alt")
    dense.there(lambda: np.allclose(dense.view(), (2, 0, 0)))
    corners = np.array([dense.image(200, 100), dense.image(400, 200)])
    dense.drag((200, 100), (300, 150), (400, 200))
    dense.there(lambda: dense.view()[0] == pytest.approx(8))  # 400 page pixels high, 100 before
    wide = dense.stage.evaluate("e => e.clientWidth")
    assert np.allclose(dense.image(wide / 2, 200), corners.mean(axis=0))
    assert not [x for x in dense.kernel("told") if x["what"] == "gesture"]


def test_pictures_leave_nothing_behind(dense: Dense) -> None:
    dense.page.evaluate(
        """() => {
            window.made = 0;
            const make = URL.createObjectURL;
            URL.createObjectURL = (...given) => { window.made += 1; return make(...given); };
        }"""
    )
    count = "document.querySelectorAll('*').length"
    before = dense.page.evaluate(count)
    for raw in ("True", "False"):
        dense.notebook.run(
            f"stage._layers.raw = {raw}\n"
            "for n in range(6):\n"
            "    redraw(); stage.overview(np.roll(photo, n, 1), (300, 400))\n"
            "    stage.ants([np.array([[n, 1], [9, 9], [3, 50]])])\n"
            "stage._layers.raw = True; stage.overview(photo, (300, 400)); stage.ants([])"
        )
    frames = dense.kernel("stage._layers.frames")
    dense.notebook.run("stage.clear_echo()")
    dense.go("View(3.0, 0, 0)")
    assert frames > 12 and dense.page.evaluate("window.made") == 0
    dense.there(lambda: abs(dense.page.evaluate(count) - before) <= 3)
