"""The stage on a dense screen, as wide as its place: what only a browser can show of the page.

One notebook for all, at two pixels of the screen to a page pixel.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from browser.test_stage import Hand
from workbench.benchmark.lab import Lab, Notebook
from workbench.paint import coverage

pytestmark = pytest.mark.browser

# The photo tells the place, as in test_stage: red is column / 2, green is row / 2 (300 × 400).
SETUP = """
import dataclasses, json, time
import cv2, numpy as np
from workbench.coordinates import View
from workbench.widgets import pictures
from workbench.widgets.canvas import Stage

rows, columns = np.mgrid[0:300, 0:400]
photo = np.dstack([columns // 2, rows // 2, 0 * rows + 90]).astype(np.uint8)
stage, told, errors = Stage(height=400), [], []

def redraw():
    view, size = stage.grid(stage.view)
    stage.draw("photo", pictures.base_picture(photo, None, "Photo", view, size), stage.view)

def show(view):
    stage.view = view
    redraw()

def tell(what, **values):
    told.append({"what": what, **values})

def fit():
    show(View.fit(photo.shape[:2], (stage.width, stage.height)))

@stage.on_resize
def resized(width, height):
    tell("resize", width=width, height=height, ratio=stage.ratio)
    fit()

def kept(view):
    half_x, half_y = stage.width / 2 / view.scale, stage.height / 2 / view.scale
    x, y = min(max(view.x + half_x, 0), 400) - half_x, min(max(view.y + half_y, 0), 300) - half_y
    return View(view.scale, x, y)

def reset():
    stage.clear_echo(); stage.ants([]); stage.divider(False); stage.hover(False); stage.busy(None)
    stage.set_tool("keep", echo="none"); stage.clear("before"); fit(); told.clear(); errors.clear()

stage.on_ready(redraw)
stage.on_error(lambda error: errors.append(repr(error)))
stage.on_gesture(lambda gesture: tell("gesture", **dataclasses.asdict(gesture)))
stage.on_key(lambda key: tell("key", key=key.key))
stage.on_wheel(lambda factor, at: show(kept(stage.view.zoomed(factor, at))))
stage.on_pan(lambda dx, dy: show(kept(stage.view.panned(dx, dy))))
stage.on_hover(lambda point: tell("hover", at=point))
stage.on_photo(lambda name, data: tell("photo", name=name, size=len(data), last=data[-1]))
stage.overview(photo, photo.shape[:2])
fit()
"""


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Iterator[Notebook]:
    opened = lab.open("dense.ipynb", [SETUP, "stage.widget"], ratio=2)
    yield opened
    opened.close()


class Dense(Hand):
    """A hand at the dense stage."""

    def kernel(self, code: str) -> Any:
        """The value of an expression in the kernel, by JSON."""
        return json.loads(self.notebook.run(f"print(json.dumps({code}))"))

    def there(self, true: Callable[[], Any]) -> Any:
        return self.until(true, 30)

    def go(self, view: str) -> None:
        """Show a view, and wait until its picture is seen."""
        self.notebook.run(f"show({view})")
        wanted = self.kernel("[stage.view.scale, stage.view.x, stage.view.y]")
        self.there(lambda: np.allclose(self.view(), wanted) and not self.moved())

    def moved(self) -> str:
        """How the photo's picture is stretched, while a sharp one is on its way."""
        return self.stage.evaluate("e => e.querySelector(':scope > .wb-photo').style.transform")

    def tool(self, words: str) -> None:
        self.notebook.run(f"stage.set_tool({words})")
        wanted = self.kernel("stage._pointer.tool['name']")
        # The page shows no name of its tool, but the cursor is the tool's.
        self.notebook.run(f"stage._pointer.tool = stage._pointer.tool | dict(cursor='{CURSOR}')")
        self.page.mouse.move(*self.at(11, 9))
        self.page.mouse.move(*self.at(10, 10))
        self.there(lambda: self.stage.evaluate("e => e.style.cursor") in (CURSOR, "zoom-in"))
        self.page.mouse.move(*self.at(-20, -10))
        assert wanted

    def gesture(self) -> dict[str, Any]:
        """The one gesture that the kernel was told of."""
        found: list[dict[str, Any]] = []

        def heard() -> bool:
            found.extend(x for x in self.told(0) if x["what"] == "gesture")
            return bool(found)

        self.there(heard)
        (one,) = found
        return one

    def opacity(self, layer: str, column: int, row: int, wide: int = 1, tall: int = 1):
        """The opacity (h, w) of a part of a canvas, in pixels of the screen."""
        packed = self.page.evaluate(
            """([name, x, y, w, h]) => {
                const context = document.querySelector(name).getContext('2d');
                const data = context.getImageData(x, y, w, h).data;
                let text = '';
                for (let n = 3; n < data.length; n += 4) text += String.fromCharCode(data[n]);
                return btoa(text);
            }""",
            [f".wb-stage .wb-{layer}", column, row, wide, tall],
        )
        return np.frombuffer(base64.b64decode(packed), np.uint8).reshape(tall, wide)

    def lines(self) -> bool:
        """Whether the page shows any lines of its own over the layers."""
        return self.page.evaluate(
            """() => {
                const canvas = document.querySelector('.wb-lines');
                const data = canvas.getContext('2d')
                    .getImageData(0, 0, canvas.width, canvas.height).data;
                for (let n = 3; n < data.length; n += 4) if (data[n]) return true;
                return false;
            }"""
        )

    def seen(self) -> np.ndarray:
        """(h, w, 3) RGB of what is seen of the stage, in pixels of the screen."""
        data = np.frombuffer(self.stage.screenshot(), np.uint8)
        return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1].astype(int)


CURSOR = "cell"  # one that nothing else sets


@pytest.fixture
def hand(notebook: Notebook) -> Dense:
    notebook.run("reset()")
    notebook.page.mouse.up()  # whatever the test before left
    hand = Dense(notebook)
    notebook.page.mouse.move(*hand.at(-20, -10))
    scale = hand.kernel("stage.view.scale")
    hand.there(lambda: hand.view()[0] == scale and not hand.moved())
    notebook.run("told.clear()")
    return hand


def test_a_dense_screen_gets_a_pixel_for_each_of_its_own(hand: Dense) -> None:
    wide = hand.stage.evaluate("e => e.clientWidth")
    assert wide > 900 and hand.kernel("[stage.width, stage.height, stage.ratio]") == [wide, 400, 2]
    hand.notebook.run(
        "stripes = np.zeros((800, 2 * stage.width, 3), np.uint8); stripes[:, ::2] = 255\n"
        "stage.draw('photo', stripes, stage.view)"
    )
    hand.there(lambda: hand.opacity("photo", 2, 2)[0, 0] == 255)

    def striped() -> bool:
        part = hand.seen()[200:210, 200:300, 0]
        # Blurred by half a pixel, lines of one pixel of the screen would be an even grey.
        return part.shape == (10, 100) and np.abs(np.diff(part, axis=1)).min() == 255

    hand.there(striped)


def test_the_stage_follows_the_window(hand: Dense) -> None:
    hand.page.set_viewport_size({"width": 1150, "height": 1000})
    wide = hand.there(lambda: (width := hand.stage.evaluate("e => e.clientWidth")) < 1100 and width)
    hand.there(lambda: hand.kernel("stage.width") == wide)
    hand.into_view()
    assert hand.kernel("errors") == []
    hand.there(lambda: hand.opacity("photo", 2 * wide - 1, 799)[0, 0] == 255)
    hand.page.mouse.click(*hand.at(wide - 3, 390))
    click = hand.gesture()
    assert np.allclose(click["points"], [hand.image(wide - 3, 390)], atol=0.01)


def test_the_overview_fills_in_while_the_kernel_is_busy(hand: Dense) -> None:
    hand.go("View(8.0, 300, 200)")
    hand.stage.focus()
    hand.notebook.client.execute("time.sleep(3)")
    hand.page.mouse.move(*hand.at(200, 200))
    hand.page.mouse.wheel(0, 900)
    hand.there(hand.moved)  # not drawn again yet
    seen = hand.seen()
    scale, x0, y0 = hand.view()
    right = hand.stage.evaluate(
        """e => e.querySelector(':scope > .wb-photo').getBoundingClientRect().right
            - e.getBoundingClientRect().x"""
    )
    for x, y in ((40, 30), (right + 60, 60), (right + 90, 300)):
        ix, iy = x / scale + x0, y / scale + y0
        if 4 < ix < 396 and 4 < iy < 296:
            wanted = (ix / 2, iy / 2, 90)
            assert np.abs(seen[2 * y, int(2 * x)] - wanted).max() < 14, (x, y)
    hand.there(lambda: not hand.moved())


def test_the_navigator_shows_and_moves_what_is_in_sight(hand: Dense) -> None:
    page = hand.page
    map_ = page.get_by_label("Navigator")
    assert not map_.is_visible()
    hand.go("View(6.0, 100, 100)")
    map_.wait_for()
    box = map_.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.8)
    page.mouse.down()  # beside the frame: the view comes to the pointer
    middle = lambda: np.array(hand.image(hand.stage.evaluate("e => e.clientWidth / 2"), 200))  # noqa: E731
    hand.there(lambda: np.abs(middle() - (300, 240)).max() < 4)
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.8, steps=3)
    page.mouse.up()
    hand.there(lambda: np.abs(middle() - (100, 240)).max() < 4)
    page.keyboard.press("ArrowUp")
    hand.there(lambda: np.abs(middle() - (100, 240 - 40 / 6)).max() < 4)
    view = hand.view()
    hand.there(lambda: np.allclose(
        hand.kernel("[stage.view.scale, stage.view.x, stage.view.y]"), view))  # fmt: skip
    assert hand.kernel("[x for x in told if x['what'] == 'gesture'] + errors") == []


def test_a_pixel_grid_from_800_percent_on(hand: Dense) -> None:
    hand.go("View(7.9, 10, 10)")
    assert not hand.lines()
    hand.go("View(16.0, 10, 10)")
    hand.there(hand.lines)
    lines = hand.opacity("lines", 0, 0, 160, 160)
    # Image pixels of 32 pixels of the screen: four whole ones, and nothing between their borders.
    assert [bool(lines[16, c : c + 3].any()) for c in (32, 64, 96, 128)] == [True] * 4
    assert not lines[8:28, 8:28].any()


def test_the_zoom_stays_within_5_and_3200_percent(hand: Dense) -> None:
    hand.stage.focus()
    for amount, end in ((-1500, 32), (1500, 0.05)):
        hand.page.mouse.move(*hand.at(300, 200))
        for _ in range(6):
            hand.page.mouse.wheel(0, amount)
        hand.there(lambda end=end: hand.view()[0] == end)
        hand.there(lambda end=end: hand.kernel("stage.view.scale") == end)


def test_the_zoom_tool_doubles_and_fills_the_stage(hand: Dense) -> None:
    hand.go("View(2.0, 0, 0)")
    hand.tool("'zoom', echo='zoom'")
    held = hand.image(300, 200)
    hand.page.mouse.click(*hand.at(300, 200))
    hand.there(lambda: hand.view()[0] == 4)
    assert np.allclose(hand.image(300, 200), held)
    hand.page.keyboard.down("Alt")
    hand.page.mouse.click(*hand.at(300, 200))
    hand.page.keyboard.up("Alt")
    hand.there(lambda: np.allclose(hand.view(), (2, 0, 0)))
    corners = np.array([hand.image(200, 100), hand.image(400, 200)])
    hand.drag((200, 100), (300, 150), (400, 200))
    hand.there(lambda: hand.view()[0] == pytest.approx(8))  # 400 page pixels high, 100 before
    wide = hand.stage.evaluate("e => e.clientWidth")
    assert np.allclose(hand.image(wide / 2, 200), corners.mean(axis=0))
    assert not [x for x in hand.kernel("told") if x["what"] == "gesture"]


def test_shift_draws_straight_lines(hand: Dense) -> None:
    hand.go("View(2.0, 0, 0)")
    hand.tool("'brush', echo='stroke', width=10, colour='#ff0000'")
    hand.drag((100, 100), (140, 120), (150, 150))
    assert hand.gesture()["kind"] == "drag"
    hand.page.keyboard.down("Shift")
    hand.page.mouse.click(*hand.at(300, 200))
    line = hand.gesture()
    assert line["kind"] == "drag" and line["shift"]
    assert np.allclose(line["points"], [(75, 75), (150, 100)], atol=0.5)
    # Held on, the line's end follows the pointer: no point of its way is left.
    hand.drag((320, 220), (400, 100), (500, 300), (420, 310))
    band = hand.gesture()
    assert np.allclose(band["points"], [(150, 100), (160, 110), (210, 155)], atol=0.5)
    hand.page.keyboard.up("Shift")
    column = hand.opacity("echo", 2 * 370, 2 * 200, 1, 200)[:, 0]
    assert column.any() and not hand.opacity("echo", 2 * 500, 2 * 290, 1, 20).any()


def test_a_polygon_takes_its_corners_one_by_one(hand: Dense) -> None:
    hand.go("View(2.0, 0, 0)")
    hand.tool("'lasso', echo='polygon', colour='#ff0000'")
    page = hand.page
    for x, y in ((100, 100), (300, 110), (310, 310), (333, 222)):
        page.mouse.click(*hand.at(x, y))
    assert hand.lines()
    page.keyboard.press("Backspace")
    page.mouse.click(*hand.at(110, 300))
    page.mouse.click(*hand.at(103, 98))  # on the first corner
    closed = hand.gesture()
    assert closed["kind"] == "polygon" and closed["tool"] == "lasso"
    assert np.allclose(closed["points"], [(50, 50), (150, 55), (155, 155), (55, 150)], atol=0.5)

    for x, y in ((100, 100), (300, 100)):
        page.mouse.click(*hand.at(x, y))
    page.mouse.dblclick(*hand.at(200, 250))
    assert np.allclose(hand.gesture()["points"], [(50, 50), (150, 50), (100, 125)], atol=0.5)

    page.mouse.click(*hand.at(100, 100))
    page.keyboard.press("Enter")  # too early: nothing happens, and nothing is re-run
    page.mouse.click(*hand.at(200, 100))
    hand.notebook.run("stage.set_tool('lasso', echo='polygon')")  # the same tool: it goes on
    hand.page.mouse.wheel(0, -200)  # and so it does over a change of view
    hand.there(lambda: hand.view()[0] > 2)
    corner = hand.image(200, 300)
    page.mouse.click(*hand.at(200, 300))
    page.keyboard.press("Enter")
    third = hand.gesture()
    assert np.allclose(third["points"], [(50, 50), (100, 50), corner], atol=0.5)

    page.mouse.click(*hand.at(100, 100))
    page.keyboard.press("Escape")  # given up, and Jupyter has not heard of it: the focus stays
    assert hand.stage.evaluate("e => e === document.activeElement")
    page.keyboard.press("e")
    assert [x["what"] for x in hand.told()] == ["key"]


def test_a_soft_stroke_looks_as_it_will_be(hand: Dense) -> None:
    hand.go("View(1.0, 0, 0)")
    hand.tool("'brush', echo='stroke', width=60, colour='#0072b2', hardness=0.25, opacity=0.5")
    path = [(60, 60), (160, 90), (220, 200), (100, 210), (90, 80)]
    hand.page.mouse.move(*hand.at(*path[0]))
    hand.page.mouse.down()
    for point in path[1:]:
        hand.page.mouse.move(*hand.at(*point))
    live = hand.opacity("soft", 0, 0, 400, 300).astype(int)  # before the kernel knows of it
    hand.page.mouse.up()
    points = hand.gesture()["points"]
    part, covered = coverage(points, 60, (300, 400), 0.25)
    wanted = np.zeros(live.shape, int)
    wanted[part] = np.floor(np.round(255 * covered) * 0.5)
    assert np.abs(live - wanted).max() <= 2 and live.max() in (127, 128)
    # It goes with the view until the kernel has drawn it, and no longer.
    hand.go("View(2.0, 0, 0)")
    where = "document.querySelector('.wb-soft').getBoundingClientRect().width"
    hand.there(lambda: hand.page.evaluate(where) >= 2 * hand.kernel("stage.width"))
    hand.notebook.run("stage.clear_echo()")
    hand.there(lambda: hand.page.locator(".wb-soft").count() == 0)


def test_a_click_is_previewed_where_the_pointer_rests(hand: Dense) -> None:
    hand.go("View(2.0, 0, 0)")
    hand.notebook.run("stage.hover(True)")
    hand.page.mouse.move(*hand.at(200, 200))
    for x in (210, 230, 240):
        hand.page.mouse.move(*hand.at(x, 200))
    at = lambda: [x["at"] for x in hand.kernel("told")]  # noqa: E731
    asked = hand.there(lambda: (heard := at()) and np.allclose(heard[-1], (120, 100)) and heard)
    assert len(asked) <= 4  # where it rests; how often that is on its way, the machine decides
    hand.notebook.run(
        "stage.preview(np.full((20, 30), 255, np.uint8), (110, 90, 140, 110), '#ff0000')"
    )
    hand.there(lambda: hand.opacity("lines", 4 * 125, 4 * 95, 1, 1)[0, 0] > 80)
    assert not hand.opacity("lines", 4 * 150, 4 * 95, 1, 1).any()
    hand.page.mouse.move(*hand.at(-20, -10))
    hand.there(lambda: not hand.lines())
    hand.there(lambda: {"what": "hover", "at": None} in hand.kernel("told"))
    hand.notebook.run(  # an answer that comes too late is not shown
        "told.clear(); stage.on_hover(lambda point: point and 'later')"
    )
    hand.page.mouse.move(*hand.at(300, 100))
    hand.there(lambda: hand.kernel("len(told)"))
    hand.page.mouse.click(*hand.at(300, 100))
    hand.notebook.run("stage.preview(np.full((9, 9), 255, np.uint8), (0, 0, 300, 200))")
    hand.gesture()
    assert not hand.lines()
    hand.notebook.run("stage._heard['hover'].pop()")


def test_ants_march_unless_motion_is_unwanted(hand: Dense) -> None:
    hand.notebook.run("stage.ants([np.array([[20, 20], [200, 20], [200, 150], [20, 20]])])")
    hand.go("View(2.0, 0, 0)")
    around = (2 * 36, 2 * 36, 300, 12)
    hand.there(lambda: hand.opacity("lines", *around).any())
    # A closed black line below: the opacity stays, the white dashes over it move.
    shot = lambda: hand.seen()[72:84, 72:372]  # noqa: E731
    before = shot()
    hand.there(lambda: np.abs(shot() - before).max() > 100)
    hand.page.emulate_media(reduced_motion="reduce")
    try:
        assert hand.page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")
        still = hand.page.evaluate(
            """async () => {
                const canvas = document.querySelector('.wb-lines');
                const shot = () => canvas.toDataURL();
                const before = shot();
                let changes = 0;
                for (let n = 0; n < 30; n++) {  // half a second: five steps
                    await new Promise(requestAnimationFrame);
                    changes += shot() !== before;
                }
                return changes;
            }"""
        )
        assert still == 0
    finally:
        hand.page.emulate_media(reduced_motion="no-preference")
    hand.go("View(8.0, 0, 0)")
    rows = hand.opacity("lines", 2 * 8 * 60, 2 * 8 * 20 - 20, 1, 40)[:, 0]
    assert 1 <= np.count_nonzero(rows) <= 5  # as thin as before: sharp at any zoom


def test_the_divider_parts_before_from_after(hand: Dense) -> None:
    hand.notebook.run(
        "_, size = stage.grid(stage.view)\n"
        "stage.draw('before', np.full((size[1], size[0], 3), 250, np.uint8), stage.view)\n"
        "stage._pointer.divider = 0.5; stage.divider(True)"
    )
    divider = hand.page.get_by_role("slider", name="Divider")
    divider.wait_for()
    wide = hand.stage.evaluate("e => e.clientWidth")

    def parted(at: float) -> bool:
        row = hand.seen()[100, 10:-10, 2]
        left, right = row[: int(2 * at) - 60], row[int(2 * at) + 60 :]
        return bool((left > 240).all() and (right < 150).all())

    hand.there(lambda: parted(wide / 2))
    box = divider.bounding_box()
    hand.page.mouse.move(box["x"] + 12, box["y"] + 300)
    hand.page.mouse.down()
    hand.page.mouse.move(box["x"] + 12 + 100, box["y"] + 300, steps=3)
    hand.page.mouse.up()
    hand.there(lambda: parted(wide / 2 + 100))
    share = hand.there(lambda: (now := hand.kernel("stage._pointer.divider")) > 0.5 and now)
    assert share == pytest.approx(0.5 + 100 / wide, abs=0.01)
    hand.page.keyboard.press("ArrowLeft")
    hand.page.keyboard.press("Shift+ArrowLeft")
    hand.there(lambda: hand.kernel("stage._pointer.divider") == pytest.approx(share - 0.11))
    assert divider.get_attribute("aria-valuenow") == str(round(100 * (share - 0.11)))
    assert hand.kernel("[x['what'] for x in told if x['what'] != 'resize']") == []
    hand.notebook.run("stage.divider(False)")
    hand.there(lambda: (hand.seen()[100, 10:-10, 2] < 150).all())


DROP = """([size, type, name]) => {
    const stage = document.querySelector('.wb-stage'), transfer = new DataTransfer();
    const bytes = new Uint8Array(size).fill(7);
    transfer.items.add(new File([bytes], name, { type }));
    const say = (kind) => !stage.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer,
        bubbles: true, cancelable: true }));
    return [say('dragover'), say('drop')];
}"""


def test_photos_are_dropped_and_pasted(hand: Dense) -> None:
    # More than Jupyter's server takes in one message.
    assert hand.page.evaluate(DROP, [11_000_000, "image/jpeg", "grandma & I.jpg"]) == [True, True]
    photo = hand.told()[0]
    assert photo == {"what": "photo", "name": "grandma & I.jpg", "size": 11_000_000, "last": 7}
    hand.page.evaluate(DROP, [10, "application/pdf", "notes.pdf"])
    hand.there(lambda: hand.kernel("errors"))
    assert "expected a photo as JPEG" in hand.kernel("errors")[0]
    hand.notebook.run("errors.clear()")
    hand.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    hand.page.evaluate(
        """async () => {
            const canvas = document.createElement('canvas');
            const blob = await new Promise((done) => canvas.toBlob(done));
            await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
        }"""
    )
    cells = hand.page.locator(".jp-Notebook .jp-Cell").count()
    hand.stage.focus()
    hand.page.keyboard.press("Control+v")
    (pasted,) = hand.told()
    assert pasted["what"] == "photo" and pasted["name"].endswith(".png") and pasted["size"] > 60
    assert hand.page.locator(".jp-Notebook .jp-Cell").count() == cells


def test_pictures_leave_nothing_behind(hand: Dense) -> None:
    hand.page.evaluate(
        """() => {
            window.made = 0;
            const make = URL.createObjectURL;
            URL.createObjectURL = (...given) => { window.made += 1; return make(...given); };
        }"""
    )
    count = "document.querySelectorAll('*').length"
    before = hand.page.evaluate(count)
    for raw in ("True", "False"):
        hand.notebook.run(
            f"stage._raw = {raw}\n"
            "for n in range(6):\n"
            "    redraw(); stage.overview(np.roll(photo, n, 1), (300, 400))\n"
            "    stage.ants([np.array([[n, 1], [9, 9], [3, 50]])])\n"
            "stage._raw = True; stage.overview(photo, (300, 400)); stage.ants([])"
        )
    frames = hand.kernel("stage._frames")
    hand.notebook.run("stage.clear_echo()")
    hand.go("View(3.0, 0, 0)")
    assert frames > 12 and hand.page.evaluate("window.made") == 0
    hand.there(lambda: abs(hand.page.evaluate(count) - before) <= 3)
