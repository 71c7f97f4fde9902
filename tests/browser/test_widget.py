"""What is around the stage in a real browser: history, keys, room, errors, two views, a restart."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from browser.person import Person, cursor, made_three, near, write_photo
from workbench.benchmark.lab import Lab

pytestmark = pytest.mark.browser


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


@pytest.mark.parametrize(
    ("by", "before"), [("button", "Keep"), ("button", "Polygon"), ("key", "Keep")]
)
def test_a_tool_just_taken_counts_while_the_kernel_is_busy(
    person: Person, by: str, before: str
) -> None:
    person.take(before)
    person.stage.focus()
    made = len(person.edits())
    # The page hears which tool it has when the kernel has time again: a hand is quicker.
    person.notebook.run(
        "import asyncio, time; asyncio.get_running_loop().call_later(0.1, time.sleep, 2.5)"
    )
    person.page.wait_for_timeout(300)
    if by == "button":
        person.press("Drop")
    else:
        person.page.keyboard.press("x")
    places = [person.click_at(across, 0.4) for across in (0.3, 0.5, 0.7)]
    edits = person.until(lambda: (now := person.edits()) and len(now) == made + 3 and now)
    for at, edit in zip(places, edits[made:], strict=True):
        assert edit["edit"] == "Click" and not edit["keep"]
        assert near((edit["x"], edit["y"]), at)
    # Once the kernel has told, the tools are as they were: a polygon gathers its corners here.
    person.take("Polygon")
    for across, down in ((0.2, 0.2), (0.5, 0.2), (0.4, 0.6)):
        person.click_at(across, down)
    person.page.keyboard.press("Enter")
    last = person.until(lambda: (now := person.edits()) and len(now) == made + 4 and now[-1])
    assert last["edit"] == "Lasso" and len(last["points"]) == 3


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


def test_a_person_checks_is_shown_fixes_and_undoes(person: Person, tmp_path) -> None:
    picture = np.full((300, 400, 3), 40, np.uint8)
    picture[50:250, 100:300] = 190
    cv2.imwrite(str(tmp_path / "square.png"), picture)
    person.open_photo(tmp_path / "square.png")
    person.notebook.run(
        "mask = np.zeros((300, 400), np.float32); mask[50:250, 100:300] = 1\n"
        "mask[120:150, 160:190] = 0\n"
        "app.session.subject().load_mask(mask).matte('none')"
    )
    hole = "float(app.session.alpha()[135, 175])"
    person.app.get_by_role("tab", name="Check", exact=True).click()
    listed = person.app.locator(".wb-findings")
    fix = listed.get_by_role("button", name="Fix it: finding 1, holes")
    fix.wait_for()  # found without being asked
    assert listed.locator("img").first.get_attribute("src").startswith("data:image/png;base64,")

    scale, mark = person.view()[0], person.stage.get_by_role("button", name="Finding 1: holes")
    mark.focus()
    person.page.keyboard.press("Enter")
    person.wait_for_words("Finding 1, holes")
    listed.get_by_role("button", name="Show me: finding 1").click()
    person.until(lambda: person.view()[0] > 1.5 * scale)
    mode = person.app.get_by_label("View", exact=True)
    person.until(lambda: mode.input_value() == "On checkerboard")
    person.still()
    box, (scale, left, top) = person.stage.bounding_box(), person.view()
    x, y = box["x"] + scale * (175 - left), box["y"] + scale * (135 - top)
    outline = mark.locator("..").bounding_box()
    assert outline["x"] < x < outline["x"] + outline["width"]
    assert outline["y"] < y < outline["y"] + outline["height"]
    assert 25 * scale < outline["width"] < 45 * scale

    fix.click()
    person.until(lambda: person.ask(hole) > 0.9)
    fix.wait_for(state="detached")
    mark.wait_for(state="detached")
    person.app.get_by_role("button", name="Undo", exact=True).click()
    person.until(lambda: person.ask(hole) < 0.1)
    fix.wait_for()
    person.app.get_by_role("button", name="On the photo").click()
    mark.wait_for(state="detached")
    person.app.get_by_role("button", name="On the photo").click()
    mark.wait_for()
    person.app.get_by_role("tab", name="Subject", exact=True).click()
    mark.wait_for(state="detached")
    found = person.app.get_by_role("listbox", name="Subjects, front to back").get_by_role("option")
    said = found.first.get_attribute("aria-label")
    assert said.startswith("subject, ") and "finding" in said


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
