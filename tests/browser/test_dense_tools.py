"""The stage on a dense screen: what its tools show by themselves, and photos that are brought."""

from __future__ import annotations

import numpy as np
import pytest

from browser.densehand import Dense
from workbench.paint import coverage

pytestmark = pytest.mark.browser


def test_shift_draws_straight_lines(dense: Dense) -> None:
    dense.go("View(2.0, 0, 0)")
    dense.tool("'brush', echo='stroke', width=10, colour='#ff0000'")
    dense.drag((100, 100), (140, 120), (150, 150))
    assert dense.gesture()["kind"] == "drag"
    dense.page.keyboard.down("Shift")
    dense.page.mouse.click(*dense.at(300, 200))
    line = dense.gesture()
    assert line["kind"] == "drag" and line["shift"]
    assert np.allclose(line["points"], [(75, 75), (150, 100)], atol=0.5)
    # Held on, the line's end follows the pointer: no point of its way is left.
    dense.drag((320, 220), (400, 100), (500, 300), (420, 310))
    band = dense.gesture()
    assert np.allclose(band["points"], [(150, 100), (160, 110), (210, 155)], atol=0.5)
    dense.page.keyboard.up("Shift")
    column = dense.opacity("echo", 2 * 370, 2 * 200, 1, 200)[:, 0]
    assert column.any() and not dense.opacity("echo", 2 * 500, 2 * 290, 1, 20).any()


def test_a_polygon_takes_its_corners_one_by_one(dense: Dense) -> None:
    dense.go("View(2.0, 0, 0)")
    dense.tool("'lasso', echo='polygon', colour='#ff0000'")
    page = dense.page
    for x, y in ((100, 100), (300, 110), (310, 310), (333, 222)):
        page.mouse.click(*dense.at(x, y))
    assert dense.lines()
    page.keyboard.press("Backspace")
    page.mouse.click(*dense.at(110, 300))
    page.mouse.click(*dense.at(103, 98))  # on the first corner
    closed = dense.gesture()
    assert closed["kind"] == "polygon" and closed["tool"] == "lasso"
    assert np.allclose(closed["points"], [(50, 50), (150, 55), (155, 155), (55, 150)], atol=0.5)

    for x, y in ((100, 100), (300, 100)):
        page.mouse.click(*dense.at(x, y))
    page.mouse.dblclick(*dense.at(200, 250))
    assert np.allclose(dense.gesture()["points"], [(50, 50), (150, 50), (100, 125)], atol=0.5)

    page.mouse.click(*dense.at(100, 100))
    page.keyboard.press("Enter")  # too early: nothing happens, and nothing is re-run
    page.mouse.click(*dense.at(200, 100))
    dense.notebook.run("stage.set_tool('lasso', echo='polygon')")  # the same tool: it goes on
    dense.page.mouse.wheel(0, -200)  # and so it does over a change of view
    dense.there(lambda: dense.view()[0] > 2)
    corner = dense.image(200, 300)
    page.mouse.click(*dense.at(200, 300))
    page.keyboard.press("Enter")
    third = dense.gesture()
    assert np.allclose(third["points"], [(50, 50), (100, 50), corner], atol=0.5)

    page.mouse.click(*dense.at(100, 100))
    page.keyboard.press("Escape")  # given up, and Jupyter has not heard of it: the focus stays
    assert dense.stage.evaluate("e => e === document.activeElement")
    page.keyboard.press("e")
    assert [x["what"] for x in dense.told()] == ["key"]


def test_a_soft_stroke_looks_as_it_will_be(dense: Dense) -> None:
    dense.go("View(1.0, 0, 0)")
    dense.tool("'brush', echo='stroke', width=60, colour='#0072b2', hardness=0.25, opacity=0.5")
    path = [(60, 60), (160, 90), (220, 200), (100, 210), (90, 80)]
    dense.page.mouse.move(*dense.at(*path[0]))
    dense.page.mouse.down()
    for point in path[1:]:
        dense.page.mouse.move(*dense.at(*point))
    live = dense.opacity("soft", 0, 0, 400, 300).astype(int)  # before the kernel knows of it
    dense.page.mouse.up()
    points = dense.gesture()["points"]
    part, covered = coverage(points, 60, (300, 400), 0.25)
    wanted = np.zeros(live.shape, int)
    wanted[part] = np.floor(np.round(255 * covered) * 0.5)
    assert np.abs(live - wanted).max() <= 2 and live.max() in (127, 128)
    # It goes with the view until the kernel has drawn it, and no longer.
    dense.go("View(2.0, 0, 0)")
    where = "document.querySelector('.wb-soft').getBoundingClientRect().width"
    dense.there(lambda: dense.page.evaluate(where) >= 2 * dense.kernel("stage.width"))
    dense.notebook.run("stage.clear_echo()")
    dense.there(lambda: dense.page.locator(".wb-soft").count() == 0)


def test_a_click_is_previewed_where_the_pointer_rests(dense: Dense) -> None:
    dense.go("View(2.0, 0, 0)")
    dense.notebook.run("stage.hover(True)")
    dense.page.mouse.move(*dense.at(200, 200))
    for x in (210, 230, 240):
        dense.page.mouse.move(*dense.at(x, 200))
    at = lambda: [x["at"] for x in dense.kernel("told")]  # noqa: E731
    asked = dense.there(lambda: (heard := at()) and np.allclose(heard[-1], (120, 100)) and heard)
    assert len(asked) <= 4  # where it rests; how often that is on its way, the machine decides
    dense.notebook.run(
        "stage.preview(np.full((20, 30), 255, np.uint8), (110, 90, 140, 110), '#ff0000')"
    )
    dense.there(lambda: dense.opacity("lines", 4 * 125, 4 * 95, 1, 1)[0, 0] > 80)
    assert not dense.opacity("lines", 4 * 150, 4 * 95, 1, 1).any()
    dense.page.mouse.move(*dense.at(-20, -10))
    dense.there(lambda: not dense.lines())
    dense.there(lambda: {"what": "hover", "at": None} in dense.kernel("told"))
    dense.notebook.run(  # an answer that comes too late is not shown
        "told.clear(); stage.on_hover(lambda point: point and 'later')"
    )
    dense.page.mouse.move(*dense.at(300, 100))
    dense.there(lambda: dense.kernel("len(told)"))
    dense.page.mouse.click(*dense.at(300, 100))
    dense.notebook.run("stage.preview(np.full((9, 9), 255, np.uint8), (0, 0, 300, 200))")
    dense.gesture()
    assert not dense.lines()
    dense.notebook.run("stage._heard['hover'].pop()")


def test_ants_march_unless_motion_is_unwanted(dense: Dense) -> None:
    dense.notebook.run("stage.ants([np.array([[20, 20], [200, 20], [200, 150], [20, 20]])])")
    dense.go("View(2.0, 0, 0)")
    around = (2 * 36, 2 * 36, 300, 12)
    dense.there(lambda: dense.opacity("lines", *around).any())
    # A closed black line below: the opacity stays, the white dashes over it move.
    shot = lambda: dense.seen()[72:84, 72:372]  # noqa: E731
    before = shot()
    dense.there(lambda: np.abs(shot() - before).max() > 100)
    dense.page.emulate_media(reduced_motion="reduce")
    try:
        assert dense.page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")
        still = dense.page.evaluate(
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
        dense.page.emulate_media(reduced_motion="no-preference")
    dense.go("View(8.0, 0, 0)")
    rows = dense.opacity("lines", 2 * 8 * 60, 2 * 8 * 20 - 20, 1, 40)[:, 0]
    assert 1 <= np.count_nonzero(rows) <= 5  # as thin as before: sharp at any zoom


def test_the_divider_parts_before_from_after(dense: Dense) -> None:
    dense.notebook.run(
        "_, size = stage.grid(stage.view)\n"
        "stage.draw('before', np.full((size[1], size[0], 3), 250, np.uint8), stage.view)\n"
        "stage._pointer.divider = 0.5; stage.divider(True)"
    )
    divider = dense.page.get_by_role("slider", name="Divider")
    divider.wait_for()
    wide = dense.stage.evaluate("e => e.clientWidth")

    def parted(at: float) -> bool:
        row = dense.seen()[100, 10:-10, 2]
        left, right = row[: int(2 * at) - 60], row[int(2 * at) + 60 :]
        return bool((left > 240).all() and (right < 150).all())

    dense.there(lambda: parted(wide / 2))
    box = divider.bounding_box()
    dense.page.mouse.move(box["x"] + 12, box["y"] + 300)
    dense.page.mouse.down()
    dense.page.mouse.move(box["x"] + 12 + 100, box["y"] + 300, steps=3)
    dense.page.mouse.up()
    dense.there(lambda: parted(wide / 2 + 100))
    share = dense.there(lambda: (now := dense.kernel("stage._pointer.divider")) > 0.5 and now)
    assert share == pytest.approx(0.5 + 100 / wide, abs=0.01)
    dense.page.keyboard.press("ArrowLeft")
    dense.page.keyboard.press("Shift+ArrowLeft")
    dense.there(lambda: dense.kernel("stage._pointer.divider") == pytest.approx(share - 0.11))
    assert divider.get_attribute("aria-valuenow") == str(round(100 * (share - 0.11)))
    assert dense.kernel("[x['what'] for x in told if x['what'] != 'resize']") == []
    dense.notebook.run("stage.divider(False)")
    dense.there(lambda: (dense.seen()[100, 10:-10, 2] < 150).all())


DROP = """([size, type, name]) => {
    const stage = document.querySelector('.wb-stage'), transfer = new DataTransfer();
    const bytes = new Uint8Array(size).fill(7);
    transfer.items.add(new File([bytes], name, { type }));
    const say = (kind) => !stage.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer,
        bubbles: true, cancelable: true }));
    return [say('dragover'), say('drop')];
}"""


def test_photos_are_dropped_and_pasted(dense: Dense) -> None:
    # More than Jupyter's server takes in one message.
    assert dense.page.evaluate(DROP, [11_000_000, "image/jpeg", "grandma & I.jpg"]) == [True, True]
    photo = dense.told()[0]
    assert photo == {"what": "photo", "name": "grandma & I.jpg", "size": 11_000_000, "last": 7}
    dense.page.evaluate(DROP, [10, "application/pdf", "notes.pdf"])
    dense.there(lambda: dense.kernel("errors"))
    assert "expected a photo as JPEG" in dense.kernel("errors")[0]
    dense.notebook.run("errors.clear()")
    dense.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dense.page.evaluate(
        """async () => {
            const canvas = document.createElement('canvas');
            const blob = await new Promise((done) => canvas.toBlob(done));
            await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
        }"""
    )
    cells = dense.page.locator(".jp-Notebook .jp-Cell").count()
    dense.stage.focus()
    dense.page.keyboard.press("Control+v")
    (pasted,) = dense.told()
    assert pasted["what"] == "photo" and pasted["name"].endswith(".png") and pasted["size"] > 60
    assert dense.page.locator(".jp-Notebook .jp-Cell").count() == cells
