"""Every tool of the workbench by hand in a real JupyterLab and Chromium; what is around them."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from browser.test_quickstart import Hand
from workbench.benchmark.lab import Lab, Notebook
from workbench.widgets.tools import TOOLS

pytestmark = pytest.mark.browser
SECONDS = 60

# The segmenter of the unit tests, whose answers cost nothing, and that also finds one object.
SETUP = """
import os, sys
os.environ["WORKBENCH_STATE"] = os.environ["WORKBENCH_CACHE"] = {state!r}
sys.path.insert(0, {tests!r})
import json, threading
import numpy as np
import workbench as wb
from conftest import Disks
from workbench import segment
from workbench.coordinates import Frame
from workbench.segment.base import Prediction
from workbench.segment.everything import measured
from workbench.segment.regions import Window

class Finder(Disks):
    capabilities = Disks.capabilities | {{"everything"}}
    may_go_on = threading.Event()
    may_go_on.set()

    def encode(self, image, region=None, progress=None):
        while not self.may_go_on.wait(0.05):
            progress(0.5, "thinking for a long time")
        return super().encode(image, region, progress)

    def propose(self, embedding, progress=None):
        height, width = embedding.shape
        logits = np.full((height, width), -6, np.float32)
        logits[height // 10 : -height // 10, width // 10 : -width // 10] = 6
        whole = Frame.whole((height, width))
        answer = Prediction.ranked(np.ones(1), logits[None], whole, (height, width))
        middle = width / 2, height / 2
        return [measured(logits, 0.9, answer, (middle,), Window(0, 0, width, height))]

finder = Finder()

def known(name, own):
    given = getattr(segment, name)
    setattr(segment, name, lambda n, *a, **k: own if n == "disks" else given(n, *a, **k))

known("get_segmenter", finder)
known("identity", finder.identity)
known("precision_for", "")
known("capabilities", finder.capabilities)
"""
OPENING = 'session = wb.open("wide.png", "disks")'
SHOWING = """
app = wb.Workbench(session)
app
"""


class Person(Hand):
    """A hand that knows to a fraction of a pixel where it points, and asks the kernel what came."""

    def __init__(self, notebook: Notebook) -> None:
        super().__init__(notebook.page)
        self.notebook = notebook
        self.app = self.page.locator(".wb-app").first

    def until(self, true: Callable[[], Any], what: str = "") -> Any:
        end = time.monotonic() + SECONDS
        while not (value := true()):
            assert time.monotonic() < end, f"waited in vain {what}; {self.status.inner_text()}"
            self.page.wait_for_timeout(30)
        return value

    def ask(self, expression: str) -> Any:
        """The value of an expression in the kernel."""
        return json.loads(self.notebook.run(f"print(json.dumps({expression}))"))

    def edits(self) -> list[dict[str, Any]]:
        return self.ask("[x.to_json() for x in app.session.edits]")

    def view(self) -> tuple[float, float, float]:
        return tuple(float(self.stage.get_attribute(f"data-{n}")) for n in ("scale", "x", "y"))

    def still(self) -> None:
        """Wait until the page has its view from the kernel, which has drawn it."""
        self.until(
            lambda: np.allclose(
                self.view(), self.ask("[getattr(app.stage.view, n) for n in ('scale', 'x', 'y')]")
            )
        )

    def aim(self, across: float, down: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """A whole page pixel of the photo's visible part, by shares of its width and height, and
        the image point that lies there."""
        box, (scale, left, top) = self.stage.bounding_box(), self.view()
        height, width = self.shape
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + box["width"] / scale, width), min(top + box["height"] / scale, height)
        x, y = x0 + across * (x1 - x0), y0 + down * (y1 - y0)
        page_x = round(box["x"] + (x - left) * scale)
        page_y = round(box["y"] + (y - top) * scale)
        return (page_x, page_y), (
            (page_x - box["x"]) / scale + left,
            (page_y - box["y"]) / scale + top,
        )

    def take(self, tool: str) -> None:
        """Take a tool, and wait until the stage has it."""
        self.press(tool)
        self.has_taken(tool)

    def has_taken(self, tool: str) -> None:
        self.app.locator(".wb-palette button[aria-pressed=true]").get_by_text(
            tool, exact=True
        ).wait_for()
        self.app.locator(".wb-words", has_text=TOOLS[tool].words).wait_for()

    def click_at(self, across: float, down: float, **how: Any) -> tuple[float, float]:
        page, image = self.aim(across, down)
        self.page.mouse.click(*page, **how)
        return image

    def stroke(self, *path: tuple[float, float]) -> list[tuple[float, float]]:
        aimed = [self.aim(*point) for point in path]
        self.page.mouse.move(*aimed[0][0])
        self.page.mouse.down()
        for page, _ in aimed[1:]:
            self.page.mouse.move(*page, steps=3)
        self.page.mouse.up()
        return [image for _, image in aimed]

    def edit_of(self, act: Callable[[], Any]) -> tuple[Any, dict[str, Any]]:
        """What ``act`` returns, and the one edit that came of it."""
        before = len(self.edits())
        made = act()
        edits = self.until(lambda: (now := self.edits()) and len(now) > before and now, "an edit")
        assert len(edits) == before + 1
        return made, edits[-1]

    def open_photo(self, path: Path) -> None:
        before = self.ask("id(app.session)")
        self.notebook.run("held = app.session")  # or the next one might lie at the same address
        self.app.get_by_label("Open photo: file").set_input_files(path)
        self.until(lambda: self.ask("id(app.session)") != before, path.stem)
        self.notebook.run("del held")
        assert self.ask("app.session.photo.name") == path.stem
        self.shape = tuple(self.ask("app.session.photo.shape"))
        self.still()


def near(got: Any, wanted: Any) -> bool:
    """To half a pixel of the image."""
    return np.abs(np.asarray(got, float) - np.asarray(wanted, float)).max() <= 0.5


@pytest.fixture(scope="module")
def opened(lab: Lab) -> Iterator[Notebook]:
    tests = Path(__file__).parents[1]
    write_photo(lab.folder / "wide.png", 1200, 300)
    setup = SETUP.format(state=str(lab.folder / "state"), tests=str(tests))
    notebook = lab.open("tools.ipynb", [setup, OPENING, SHOWING])
    notebook.page.wait_for_selector(".wb-stage[data-scale]", timeout=SECONDS * 1000)
    yield notebook
    notebook.close()


def write_photo(path: Path, width: int, height: int) -> Path:
    y, x = np.mgrid[0:height, 0:width]
    photo = np.dstack([90 + (x // 20 + y // 20) % 2 * 40, 60 + y * 150 // height, x * 200 // width])
    cv2.imwrite(str(path), photo.astype(np.uint8))
    return path


@pytest.fixture
def person(opened: Notebook, lab: Lab) -> Person:
    """At the widget with a session in which nothing was done yet."""
    made = Person(opened)
    made.page.set_viewport_size({"width": 1400, "height": 1000})
    made.stage.scroll_into_view_if_needed()
    made.open_photo(lab.folder / "wide.png")
    return made


# --- each tool once ---------------------------------------------------------------------------

PATH = ((0.3, 0.35), (0.45, 0.7), (0.62, 0.4))
CORNERS = ((0.2, 0.2), (0.8, 0.25), (0.75, 0.8), (0.25, 0.7))


def clicks(person: Person, kind: str, **wanted: Any) -> None:
    at, edit = person.edit_of(lambda: person.click_at(0.4, 0.6))
    assert edit["edit"] == kind and near((edit["x"], edit["y"]), at)
    assert {name: edit[name] for name in wanted} == wanted


def strokes(person: Person, kind: str, size: str, **wanted: Any) -> None:
    path, edit = person.edit_of(lambda: person.stroke(*PATH))
    assert edit["edit"] == kind
    assert {name: edit[name] for name in wanted} == wanted
    assert edit[size] == person.ask("app.controller.brush_size")
    follows(edit["points"], path)


def follows(got: list[Any], path: list[Any]) -> None:
    """Both ends and the corners are those of the hand, and nothing lies off its way."""
    assert near(got[0], path[0]) and near(got[-1], path[-1])
    for corner in path:
        assert min(math.dist(corner, point) for point in got) <= 0.5
    for point in got:
        assert min(away(point, *ends) for ends in pairwise(path)) <= 0.75


def away(point: Any, start: Any, end: Any) -> float:
    p, a, b = (np.asarray(v, float) for v in (point, start, end))
    t = np.clip(np.dot(p - a, b - a) / np.dot(b - a, b - a), 0, 1)
    return float(np.hypot(*(p - a - t * (b - a))))


def boxes(person: Person) -> None:
    (start, end), edit = person.edit_of(lambda: person.stroke((0.8, 0.3), (0.25, 0.75)))
    assert edit["edit"] == "Box"
    wanted = (end[0], start[1], start[0], end[1])  # dragged from the right to the left
    assert near([edit[k] for k in ("x0", "y0", "x1", "y1")], wanted)


def lassoes(person: Person, kind: str, outline: str) -> None:
    path, edit = person.edit_of(lambda: person.stroke(*CORNERS))
    assert edit["edit"] == kind
    follows(edit[outline], path)


def corners(person: Person, kind: str) -> None:
    def act() -> list[tuple[float, float]]:
        at = [person.click_at(*corner) for corner in CORNERS]
        person.page.keyboard.press("Enter")
        return at

    at, edit = person.edit_of(act)
    assert edit["edit"] == kind and near(edit["points"], at)


def picks(person: Person) -> None:
    person.until(lambda: person.ask("app.controller.proposals is not None"), "objects")
    at, edit = person.edit_of(lambda: person.click_at(0.5, 0.5))
    assert edit["edit"] == "Pick"
    assert person.ask(f"float(app.session.current.mask[{int(at[1])}, {int(at[0])}])") > 0.5
    person.page.keyboard.press("Escape")
    person.page.wait_for_function(
        "!document.querySelector('.wb-objects:not([data-object=\"-1\"])')"
    )


def takes_a_colour(person: Person) -> None:
    before = len(person.edits())
    x, y = (round(v, 3) for v in person.click_at(0.4, 0.6))  # as the page tells it
    person.until(lambda: "Took the colour" in person.status.inner_text())
    colour = person.ask("app.controller.colour")
    photo = f"app.session.photo.image8[{int(y) - 1}:{int(y) + 2}, {int(x) - 1}:{int(x) + 2}]"
    mean = person.ask(f"{photo}.reshape(-1, 3).mean(0).tolist()")
    assert colour in person.status.inner_text()
    assert np.abs(np.subtract([int(colour[i : i + 2], 16) for i in (1, 3, 5)], mean)).max() <= 0.5
    assert person.app.get_by_label("Colour", exact=True).input_value() == colour
    assert len(person.edits()) == before


def drags_the_photo(person: Person) -> None:
    (scale, x, y), before = person.view(), len(person.edits())
    (ax, ay), (bx, by) = person.aim(0.5, 0.5)[0], person.aim(0.55, 0.52)[0]
    person.stroke((0.5, 0.5), (0.55, 0.52))
    wanted = (scale, x - (bx - ax) / scale, y - (by - ay) / scale)
    person.until(lambda: np.allclose(person.view(), wanted), f"{person.view()} {wanted}")
    person.still()
    assert len(person.edits()) == before


def zooms(person: Person) -> None:
    (scale, *_), before = person.view(), len(person.edits())
    at = person.aim(0.4, 0.6)
    person.page.mouse.click(*at[0])
    person.until(lambda: math.isclose(person.view()[0], 2 * scale))
    person.still()
    box, (now, left, top) = person.stage.bounding_box(), person.view()
    assert near([(at[0][0] - box["x"]) / now + left, (at[0][1] - box["y"]) / now + top], at[1])
    person.page.keyboard.down("Alt")
    person.page.mouse.click(*at[0])
    person.page.keyboard.up("Alt")
    person.until(lambda: math.isclose(person.view()[0], scale))
    person.still()
    assert len(person.edits()) == before


def selects_a_depth(person: Person) -> None:
    person.notebook.run(
        "import numpy; app.session.load_depth(numpy.indices(app.session.photo.shape)[1] // 200)"
    )
    _, edit = person.edit_of(lambda: person.click_at(0.5, 0.5))
    assert edit["edit"] == "SelectDepth" and edit["near"] <= edit["far"]


USED: dict[str, Callable[[Person], None]] = {
    "Keep": lambda p: clicks(p, "Click", keep=True),
    "Drop": lambda p: clicks(p, "Click", keep=False),
    "Box": boxes,
    "Lasso": lambda p: lassoes(p, "Lasso", "points"),
    "Polygon": lambda p: corners(p, "Lasso"),
    "Scribble keep": lambda p: strokes(p, "Scribble", "width", keep=True),
    "Scribble drop": lambda p: strokes(p, "Scribble", "width", keep=False),
    "Magic wand": lambda p: clicks(p, "MagicWand", contiguous=True),
    "Scissors": lambda p: corners(p, "Scissors"),
    "Brush keep": lambda p: strokes(p, "Paint", "size", keep=True, hardness=0.8, pressures=[]),
    "Brush remove": lambda p: strokes(p, "Paint", "size", keep=False, hardness=0.8, opacity=1),
    "Restore": lambda p: strokes(p, "Paint", "size", keep=None),
    "Refine edge": lambda p: strokes(p, "RefineEdge", "size"),
    "Sure foreground": lambda p: strokes(p, "Trimap", "size", value=1),
    "Sure background": lambda p: strokes(p, "Trimap", "size", value=0),
    "Unknown": lambda p: strokes(p, "Trimap", "size", value=0.5),
    "Pass": lambda p: lassoes(p, "Pass", "region"),
    "Shadow here": lambda p: strokes(p, "ShadowStroke", "size", keep=True),
    "No shadow": lambda p: strokes(p, "ShadowStroke", "size", keep=False),
    "Eyedropper": takes_a_colour,
    "Hand": drags_the_photo,
    "Zoom": zooms,
    "Pick": picks,
    "Depth": selects_a_depth,
}


@pytest.mark.parametrize(
    ("size", "zoom"),
    [((1200, 300), 1), ((300, 1200), 1), ((1200, 300), 4)],
    ids=["wide", "tall", "zoomed"],
)
def test_each_tool_does_what_the_mouse_did(person: Person, tmp_path, size, zoom) -> None:
    if size != (1200, 300):
        person.open_photo(write_photo(tmp_path / "tall.png", *size))
    if zoom > 1:
        scale = person.view()[0]
        person.stage.focus()
        person.page.mouse.move(*person.aim(0.3, 0.5)[0])
        for _ in range(10):
            person.page.mouse.wheel(0, -1000 * math.log(zoom) / 15)
        person.until(lambda: math.isclose(person.view()[0], zoom * scale, rel_tol=1e-6))
        person.still()
    assert set(USED) == set(TOOLS)
    for tool, use in USED.items():
        person.take(tool)
        use(person)
    assert "wb-bad" not in person.status.get_attribute("class")


# --- what is around the stage -----------------------------------------------------------------


def made_three(person: Person) -> None:
    for tool, act in (
        ("Keep", lambda: person.click_at(0.4, 0.5)),
        ("Drop", lambda: person.click_at(0.6, 0.5)),
        ("Brush keep", lambda: person.stroke(*PATH)),
    ):
        person.take(tool)
        person.edit_of(act)


def cursor(person: Person) -> int:
    return person.ask("app.session.document.cursor")


def test_the_keys_of_undo_and_redo(person: Person) -> None:
    made_three(person)
    for key, at in (
        ("Control+z", 2), ("z", 1), ("Control+Shift+z", 2), ("Control+y", 3), ("Control+y", 3),
        ("Control+z", 2), ("z", 1), ("z", 0), ("z", 0), ("Control+Shift+z", 1),
    ):  # fmt: skip
        person.page.keyboard.press(key)
        person.until(lambda at=at: cursor(person) == at, f"{key} to lead to {at}")
    assert person.ask("len(app.session.history())") == 3
    person.wait_for_words("Redid: Keep click")
    person.take("Drop")
    person.edit_of(lambda: person.click_at(0.7, 0.5))  # those after the cursor go only now
    assert person.ask("[x.edit.keep for x in app.session.history()]") == [True, False]


def test_a_depth_map_is_loaded_from_a_file(person: Person, tmp_path) -> None:
    height, width = person.ask("list(app.session.photo.shape)")
    np.save(tmp_path / "far.npy", np.ones((height // 10, width // 10)))
    person.app.get_by_role("tab", name="Model").click()
    chosen = person.app.get_by_label("Load depth map: file")
    _, edit = person.edit_of(lambda: chosen.set_input_files(tmp_path / "far.npy"))
    assert (edit["edit"], edit["name"]) == ("LoadDepth", "far.npy")
    person.app.get_by_role("tab", name="Edge").click()
    person.app.get_by_role("button", name="Use depth").wait_for()


def test_the_history_goes_there_compares_and_takes_notes(person: Person) -> None:
    made_three(person)
    person.app.get_by_role("tab", name="History").click()
    rows = person.app.locator(".wb-history li")
    person.until(lambda: rows.count() == 4)
    assert [r.inner_text().split(" at ")[0].split(",")[0] for r in rows.all()] == [
        "Opened", "Keep click", "Drop click", "Paint keep",
    ]  # fmt: skip
    person.until(lambda: rows.locator("img").count() == 4, "small pictures")

    rows.nth(1).locator(".wb-goto").click()
    person.until(lambda: cursor(person) == 1)
    person.wait_for_words("Undid: Drop click")
    rows.nth(1).locator("[aria-current=step]").wait_for()
    rows.nth(3).locator(".wb-goto").click()
    person.until(lambda: cursor(person) == 3)

    rows.nth(1).locator(".wb-goto").click(modifiers=["Shift"])
    mode = person.app.get_by_label("View", exact=True)
    person.until(lambda: mode.input_value() == "Difference")
    person.wait_for_words("gained")
    assert cursor(person) == 3
    person.choose("View", "Overlay")

    rows.nth(2).hover()
    rows.nth(2).get_by_role("button", name="Write a note").click()
    field = person.app.get_by_label("Note on: Drop click")
    field.fill("the shadow, not the z")  # a letter that is a key elsewhere
    field.press("Enter")
    rows.nth(2).get_by_text("the shadow, not the z").wait_for()
    assert person.ask("app.session.history()[1].note") == "the shadow, not the z"
    rows.nth(2).hover()
    rows.nth(2).get_by_role("button", name="Take back this edit alone").click()
    person.until(lambda: person.ask("app.session.history()[1].in_force") is False)
    rows.nth(2).get_by_role("button", name="Put this edit back").wait_for(state="attached")
    person.app.get_by_role("tab", name="Subject").click()


def test_keys_are_jupyters_where_the_stage_has_not_the_focus(person: Person) -> None:
    cells = person.page.locator(".jp-Notebook .jp-Cell")
    before = cells.count()
    person.take("Keep")
    person.stage.focus()
    person.page.keyboard.press("b")
    person.has_taken("Brush keep")
    folder = person.app.get_by_label("Export folder", exact=False)
    folder.fill("b")
    folder.press("x")
    assert folder.input_value() == "bx" and cells.count() == before
    person.app.locator(".wb-palette [aria-pressed=true]").get_by_text("Brush keep").wait_for()
    folder.fill("out")
    person.page.evaluate(
        """() => {
            const book = window.jupyterapp.shell.currentWidget.content;
            book.activeCellIndex = 0;
            book.mode = 'command';
            book.activate();
            book.node.focus();
        }"""
    )
    person.page.keyboard.press("b")
    person.until(lambda: cells.count() == before + 1, "a new cell")
    person.page.keyboard.press("z")  # Jupyter's own undo
    person.until(lambda: cells.count() == before, "the cell to go")
    assert person.edits() == []


CUT = """() => {
    const app = document.querySelector('.wb-app'), cut = [];
    const named = e => e.getAttribute('aria-label') || e.textContent || e.title || e.className;
    for (const e of app.querySelectorAll('button, select, input, label, .widget-readout, li')) {
        const box = e.getBoundingClientRect();
        if (!box.width || getComputedStyle(e).visibility === 'hidden') continue;
        const words = !['INPUT', 'SELECT'].includes(e.tagName);
        if (words && e.scrollWidth > e.clientWidth + 1) cut.push(named(e));
        for (let up = e.parentElement; up !== app.parentElement; up = up.parentElement) {
            const around = up.getBoundingClientRect();
            if (getComputedStyle(up).overflowX === 'visible' && up !== app) continue;
            if (box.right > around.right + 1 || box.left < around.left - 1) cut.push(named(e));
        }
    }
    const stage = app.querySelector('.wb-stage').getBoundingClientRect();
    const tabs = app.querySelector('[role=tablist]').getBoundingClientRect();
    if (tabs.top > stage.bottom) cut.push('the panels are not beside the stage');
    if (app.getBoundingClientRect().right > innerWidth) cut.push('the app');
    return cut;
}"""


@pytest.mark.parametrize("width", [1100, 1400])
def test_nothing_is_cut_off(person: Person, width: int) -> None:
    person.page.set_viewport_size({"width": width, "height": 1000})
    person.still()
    made_three(person)
    person.press("Re-run")
    person.page.get_by_role("button", name="Keep old answer").wait_for()
    for tool in ("Keep", "Brush keep", "Magic wand", "Eyedropper"):
        person.take(tool)
        assert person.page.evaluate(CUT) == [], tool
    for tab in ("Edge", "History", "Model", "Subject"):
        person.app.get_by_role("tab", name=tab).click()
        assert person.page.evaluate(CUT) == [], tab
    person.press("Keys")
    person.app.get_by_role("region", name="Keys").wait_for()
    assert person.page.evaluate(CUT) == []
    person.press("Keys")
    nameless = person.page.evaluate(
        """() => [...document.querySelectorAll('.wb-app button, .wb-app select, .wb-app input')]
            .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() ||
                [...e.labels ?? []].some(l => l.textContent.trim()))).map(e => e.outerHTML)"""
    )
    assert nameless == []
    unexplained = person.page.evaluate(
        """() => [...document.querySelectorAll(
                '.wb-app button:not([role=tab]), .wb-app select, .wb-app [role=slider]')]
            .filter(e => !e.closest('.wb-app [title]')).map(e => e.outerHTML)"""
    )
    assert unexplained == []


def test_what_nobody_foresaw_is_said_with_its_traceback(person: Person) -> None:
    person.notebook.run("def bad(*_, **__): raise ZeroDivisionError('by <b>nobody</b>')")
    person.notebook.run("good, finder.predict = finder.predict, bad")
    try:
        person.take("Keep")
        person.edit_of(lambda: person.click_at(0.3, 0.7))
        person.until(lambda: "by <b>nobody</b>" in person.status.inner_text())
        person.status.locator("summary").click()
        person.status.get_by_text("in bad").wait_for()
    finally:
        person.notebook.run("finder.predict = good")
    person.press("Undo")
    person.wait_for_words("Undid: Keep click")
    person.edit_of(lambda: person.click_at(0.3, 0.7))
    person.wait_for_words("disks")


def test_two_views_of_one_widget(person: Person) -> None:
    person.take("Keep")
    person.edit_of(lambda: person.click_at(0.4, 0.5))
    person.page.evaluate(
        """async () => {
            const app = window.jupyterapp, panel = app.shell.currentWidget;
            panel.content.activeCellIndex = 2;
            await app.commands.execute('notebook:create-output-view');
        }"""
    )
    try:
        both = person.page.locator(".wb-stage[role=application]")
        person.until(lambda: both.count() == 2)
        first = person.stage
        for index, tool in ((1, "Drop"), (0, "Keep")):
            person.stage, person.app = both.nth(index), person.page.locator(".wb-app").nth(index)
            person.stage.scroll_into_view_if_needed()
            person.stage.focus()
            person.still()
            person.take(tool)
            at, edit = person.edit_of(lambda: person.click_at(0.6, 0.5))
            assert edit["keep"] is (tool == "Keep") and near((edit["x"], edit["y"]), at)
        person.stage = first
    finally:
        person.page.evaluate(
            "() => [...jupyterapp.shell.widgets('main')].slice(1).forEach(w => w.close())"
        )
        person.until(lambda: both.count() == 1)


def test_a_restarted_kernel_is_said_and_gone_on_from(person: Person, lab: Lab) -> None:
    made_three(person)
    before = person.edits()
    person.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    person.app.get_by_role("alert").get_by_text("this widget sleeps").wait_for()
    events = person.app.locator(".wb-middle").evaluate("e => getComputedStyle(e).pointerEvents")
    assert events == "none", "nothing can be done by mistake to a widget that hears nothing"
    person.notebook.run_cells()
    person.page.locator(".wb-asleep-words").wait_for(state="detached")
    person.page.locator(".wb-stage[data-scale]").wait_for()
    person.page.get_by_role("button", name="Go on with it").click()
    person.until(lambda: person.edits() == before)
    person.wait_for_words("Paint keep")
    person.press("Undo")
    person.wait_for_words("Undid: Paint keep")
    person.page.get_by_role("button", name="Go on with it").wait_for(state="hidden")


def test_closing_while_a_model_runs(person: Person) -> None:
    """Last: the widget is gone afterwards."""
    person.open_photo(write_photo(Path(person.ask("os.getcwd()")) / "new.png", 400, 300))
    person.notebook.run("finder.may_go_on.clear()\nsegment.EMBEDDINGS.clear()")
    person.take("Keep")
    person.edit_of(lambda: person.click_at(0.4, 0.5))
    person.app.get_by_role("progressbar").wait_for()
    person.notebook.run("app.close()")
    person.page.locator(".wb-stage").wait_for(state="detached")
    person.notebook.run("finder.may_go_on.set()")
    alive = "[t.name for t in threading.enumerate() if t.name == 'workbench']"
    person.until(lambda: person.ask(alive) == [], "the workers' end")
    assert person.ask("float(app.session.subject().mask.max())") > 0.5
