"""One JupyterLab and one Chromium for all browser tests, and the notebooks that many share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from browser import densehand, person, stagehand
from workbench.benchmark.lab import Lab, Notebook, missing


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Of the package, for no other test may come while it is there: Playwright's event loop runs
    in this thread, where tests of the worker start loops of their own."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    with Lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="package")
def stage_notebook(lab: Lab) -> Iterator[Notebook]:
    opened = lab.open("stage.ipynb", [stagehand.SETUP, "stage.widget"])
    yield opened
    opened.close()


@pytest.fixture
def hand(stage_notebook: Notebook) -> stagehand.Hand:
    """At the stage of 600 × 400 page pixels, as it was at first."""
    stage_notebook.run(
        "stage.set_tool('keep', echo='stroke', width=8, colour='#00ff00'); stage.clear_echo()\n"
        "stage.busy(None, None); show(View(1.25, 0, 0)); told.clear(); errors.clear()"
    )
    hand = stagehand.Hand(stage_notebook)
    hand.until(lambda: hand.view() == (1.25, 0, 0))
    stage_notebook.page.mouse.move(*hand.at(-20, -10))
    return hand


@pytest.fixture(scope="package")
def dense_notebook(lab: Lab) -> Iterator[Notebook]:
    opened = lab.open("dense.ipynb", [densehand.SETUP, "stage.widget"], ratio=2)
    yield opened
    opened.close()


@pytest.fixture
def dense(dense_notebook: Notebook) -> densehand.Dense:
    """At the stage with two pixels of the screen to a page pixel, as it was at first."""
    dense_notebook.run("reset()")
    dense_notebook.page.mouse.up()  # whatever the test before left
    hand = densehand.Dense(dense_notebook)
    dense_notebook.page.mouse.move(*hand.at(-20, -10))
    scale = hand.kernel("stage.view.scale")
    hand.there(lambda: hand.view()[0] == scale and not hand.moved())
    dense_notebook.run("told.clear()")
    return hand


@pytest.fixture(scope="package")
def tools_notebook(lab: Lab) -> Iterator[Notebook]:
    person.write_photo(lab.folder / "wide.png", 1200, 300)
    setup = person.SETUP.format(
        state=str(lab.folder / "state"), tests=str(Path(__file__).parents[1])
    )
    notebook = lab.open("tools.ipynb", [setup, person.OPENING, person.SHOWING])
    notebook.page.wait_for_selector(".wb-stage[data-scale]", timeout=person.SECONDS * 1000)
    yield notebook
    notebook.close()


@pytest.fixture(name="person")
def _person(tools_notebook: Notebook, lab: Lab) -> person.Person:
    """At the widget with a session in which nothing was done yet."""
    made = person.Person(tools_notebook)
    made.page.set_viewport_size({"width": 1400, "height": 1000})
    made.stage.scroll_into_view_if_needed()
    made.open_photo(lab.folder / "wide.png")
    return made
