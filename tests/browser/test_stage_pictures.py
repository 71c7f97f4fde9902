"""What the stage shows in a real Chromium: pictures to the pixel, what is drawn at once, words."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from browser.stagehand import Hand, near

pytestmark = pytest.mark.browser


def test_the_page_shows_the_photo_pixel_for_pixel(hand: Hand) -> None:
    size = hand.stage.evaluate(
        """e => [...e.querySelectorAll(':scope > canvas')].map(c => {
            const box = c.getBoundingClientRect(), stage = e.getBoundingClientRect();
            return [box.x - stage.x, box.y - stage.y, box.width, box.height, c.width, c.height];
        })"""
    )
    assert size == [[0, 0, 600, 400, 600, 400]] * 4
    for x, y in ((3, 3), (299, 100), (590, 10), (20, 390)):
        column, row = int(x / 1.25), int(y / 1.25)
        red, green, blue, alpha = hand.pixel("photo", x, y)
        assert abs(red - column // 4 * 2) <= 2 and abs(green - row // 4 * 2) <= 2
        assert (blue, alpha) == (90, 255)
    assert hand.pixel("prompts", 590, 390) == [255, 255, 255, 255]
    assert hand.pixel("prompts", 100, 100)[3] == 0
    named = hand.stage.evaluate("e => [e.tabIndex, e.getAttribute('aria-label')]")
    assert named == [0, "Photo stage"]


def test_the_echo_shows_at_once_and_stays_until_the_kernel_has_drawn(hand: Hand) -> None:
    hand.page.mouse.move(*hand.at(100, 300))
    hand.page.mouse.down()
    hand.page.mouse.move(*hand.at(200, 300), steps=4)
    assert hand.pixel("echo", 150, 300) == [0, 255, 0, 255]  # no kernel was asked
    hand.page.mouse.up()
    (first,) = hand.told()
    hand.drag((100, 350), (200, 350))
    hand.told()
    assert hand.pixel("echo", 150, 300)[3] == 255
    hand.notebook.run(f"stage.clear_echo(through={first['serial']})")
    hand.until(lambda: hand.pixel("echo", 150, 300)[3] == 0)
    assert hand.pixel("echo", 150, 350)[3] == 255  # the second is not drawn yet
    hand.notebook.run("stage.clear_echo()")
    hand.until(lambda: hand.pixel("echo", 150, 350)[3] == 0)


@pytest.mark.parametrize("echo", ["box", "lasso"])
def test_a_box_and_a_lasso_are_echoed(hand: Hand, echo: str) -> None:
    hand.notebook.run(f"stage.set_tool('{echo}', echo='{echo}', colour='#ff0000')")
    time.sleep(0.3)
    hand.page.mouse.move(*hand.at(100, 100))
    hand.page.mouse.down()
    for point in ((200, 110), (210, 210), (110, 200)):
        hand.page.mouse.move(*hand.at(*point))
    seen = [hand.pixel("echo", x, y)[3] for x, y in ((100, 102), (150, 105), (106, 199))]
    hand.page.mouse.up()
    (drag,) = hand.told()
    assert any(seen) and drag["tool"] == echo
    assert near(drag["points"][-1], hand.image(110, 200))


def test_the_lines_of_a_wired_polygon_are_asked_for_and_shown(hand: Hand) -> None:
    # Each way goes over a place 60 image pixels below the middle of its ends.
    hand.notebook.run(
        "ways = []\n"
        "@stage.on_wire\n"
        "def wire(a, b, answer):\n"
        "    ways.append([a, b])\n"
        "    answer(np.array([a, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2 + 60], b]))\n"
        "stage.set_tool('cut', echo='polygon', wired=True)\n"
    )
    time.sleep(0.3)
    mouse, line = hand.page.mouse, ".wb-lines"

    def marked(x: float, y: float) -> bool:
        return hand.page.evaluate(
            """([name, x, y]) => {
                const canvas = document.querySelector(name);
                const part = canvas.getContext('2d').getImageData(x - 3, y - 3, 7, 7);
                return !canvas.hidden && part.data.some((v) => v);
            }""",
            [line, x, y],
        )

    try:
        mouse.click(*hand.at(100, 50))
        mouse.move(*hand.at(290, 50))
        mouse.move(*hand.at(300, 50))
        hand.until(lambda: marked(200, 125))  # while it is pulled
        mouse.click(*hand.at(300, 50))
        mouse.move(*hand.at(300, 200))
        hand.until(lambda: marked(300, 195))
        assert marked(200, 125)  # and when it is set
        hand.page.keyboard.press("Backspace")
        # Now from the first corner to the pointer.
        hand.until(lambda: marked(200, 200) and not marked(200, 120))
        hand.page.keyboard.press("Backspace")  # none is left
        mouse.click(*hand.at(100, 50))
        mouse.click(*hand.at(300, 200))
        mouse.click(*hand.at(100, 200))
        hand.page.keyboard.press("Enter")
        (outline,) = hand.told()
        assert outline["kind"] == "polygon" and len(outline["points"]) == 3
        asked = json.loads(hand.notebook.run("print(json.dumps(ways))"))
        assert near(asked[0][0], hand.image(100, 50))
        sent = [(hand.image(*a), hand.image(*b)) for a, b in (((100, 50), (300, 200)),)]
        assert any(near(a, sent[0][0]) and near(b, sent[0][1]) for a, b in asked)
    finally:
        hand.notebook.run("stage._heard.pop('wire', None)")


def test_busy_words_show_and_go(hand: Hand) -> None:
    hand.notebook.run("stage.busy('Reading <b>the</b> photo', 0.25)")
    bar = hand.page.get_by_role("progressbar", name="Reading <b>the</b> photo")
    bar.wait_for()
    assert bar.get_attribute("aria-valuenow") == "25"
    hand.page.mouse.click(*hand.at(20, 385))  # it lies there, but takes no clicks
    assert hand.told()[0]["kind"] == "click"
    hand.notebook.run("stage.busy('Solving')")
    hand.page.get_by_role("progressbar", name="Solving").wait_for()
    hand.notebook.run("stage.busy(None)")
    hand.page.locator(".wb-busy").wait_for(state="hidden")


def test_a_download_arrives_once(hand: Hand) -> None:
    with hand.page.expect_download() as caught:
        hand.notebook.run("stage.download('cut.bin', bytes(range(256)) * 1000, 'text/plain')")
    assert caught.value.suggested_filename == "cut.bin"
    assert caught.value.path().read_bytes() == bytes(range(256)) * 1000


def test_pictures_as_png_look_the_same(hand: Hand) -> None:
    before = hand.screen()
    hand.notebook.run("stage.clear('photo')")
    hand.until(lambda: hand.pixel("photo", 300, 200)[3] == 0)
    hand.notebook.run("stage._layers.raw = False; redraw(); stage._layers.raw = True")
    hand.until(lambda: hand.pixel("photo", 300, 200)[3] == 255)
    np.testing.assert_array_equal(hand.screen(), before)


def test_half_transparent_pixels_are_mixed_right(hand: Hand) -> None:
    hand.notebook.run(
        "veil = np.zeros((400, 600, 4), np.uint8); veil[100:200, 100:200] = (200, 20, 40, 128)\n"
        "show(View(1.25, 0, 0)); stage.draw('overlay', veil, stage.view)"
    )
    hand.until(lambda: hand.pixel("overlay", 150, 150)[3] == 128)
    under = np.array(hand.pixel("photo", 150, 150)[:3])
    seen = hand.screen()[150, 150].astype(int)
    assert np.abs(seen - (under * 127 + np.array([200, 20, 40]) * 128) / 255).max() <= 2
    hand.notebook.run("stage.clear('overlay')")
