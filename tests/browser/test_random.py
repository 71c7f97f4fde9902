"""A hundred gestures of an unsteady hand in a real browser: nothing breaks, and undo leads back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from browser.person import OPENING, SETUP, SHOWING, Person, write_photo
from workbench.benchmark.lab import Lab

pytestmark = pytest.mark.browser

GESTURES = 100
_TOOLS = "kdmlpwcberhi"  # by their keys
# Lab's own complaints: what it does not find is not ours.
_LABS = ("Failed to load resource", "favicon", "plugin", "deprecated", "WebSocket")
_FIRST = (
    "app.session.subject().matte('none')\n"  # the solvers have tests of their own
    # All of one document: Lab's messages arrive in other threads while this is computed.
    "import hashlib\n"
    "digest = lambda alpha: hashlib.sha256(alpha.tobytes()).hexdigest()\n"
    "said = lambda r: [digest(r.alpha(None)), [x.id for x in r.document.active],\n"
    "                  [x.name for x in r.state.subjects]]\n"
    "state = lambda: app.session.render(said)\n"
    "idle = lambda: not any(w.busy for w in app._workers)\n"
    "at = lambda: [len(app.session.document.edits), app.session.document.cursor]\n"
)


@pytest.fixture
def person(lab: Lab) -> Iterator[Person]:
    write_photo(lab.folder / "wide.png", 1200, 300)
    tests = str(Path(__file__).parents[1])
    setup = SETUP.format(state=str(lab.folder / "state"), tests=tests)
    notebook = lab.open("random.ipynb", [setup, OPENING, SHOWING])
    notebook.page.wait_for_selector(".wb-stage[data-scale]")
    person = Person(notebook)
    person.shape = (300, 1200)
    yield person
    notebook.close()


class Unsteady:
    """Does whatever comes to its mind, on the stage."""

    def __init__(self, person: Person, seed: int) -> None:
        self.person, self.random = person, np.random.default_rng(seed)
        self.box = person.stage.bounding_box()
        self.deeds: tuple[Callable[[], None], ...] = (
            *[self.drag] * 5, *[self.click] * 4, self.wheel, self.key,
        )  # fmt: skip

    def act(self) -> None:
        deed = self.deeds[self.random.integers(len(self.deeds))]
        if self.random.random() < 0.4:
            self.person.page.keyboard.press(_TOOLS[self.random.integers(len(_TOOLS))])
        if self.random.random() < 0.25:
            self.person.page.keyboard.press("0")  # or the photo is soon out of sight
        held = ("Alt", "Shift", " ", "")[min(int(self.random.integers(12)), 3)]
        if held:
            self.person.page.keyboard.down(held)
        deed()
        if held:
            self.person.page.keyboard.up(held)

    def place(self, beyond: float = 0.0) -> tuple[float, float]:
        x, y = self.random.uniform(0.03 - beyond, 0.97 + beyond, 2)
        y = y if beyond else 0.22 + 0.56 * y  # where most of the photo is, at first
        return self.box["x"] + x * self.box["width"], self.box["y"] + y * self.box["height"]

    def drag(self) -> None:
        mouse = self.person.page.mouse
        mouse.move(*self.place())
        mouse.down(button="left" if self.random.random() < 0.8 else "right")
        for _ in range(self.random.integers(1, 5)):
            mouse.move(*self.place(beyond=0.1), steps=int(self.random.integers(1, 4)))
        for button in ("left", "right"):
            mouse.up(button=button)

    def click(self) -> None:
        button = ("left", "left", "right", "middle")[self.random.integers(4)]
        many = 2 if self.random.random() < 0.2 else 1
        self.person.page.mouse.click(*self.place(), button=button, click_count=many)

    def wheel(self) -> None:
        self.person.page.mouse.move(*self.place())
        self.person.page.mouse.wheel(0, float(self.random.uniform(-600, 600)))

    def key(self) -> None:
        keys = ("Control+z", "Control+Shift+z", "Escape", "Enter", "Backspace", "x", "[", "}", "0")
        self.person.page.keyboard.press(keys[self.random.integers(len(keys))])


def test_a_hundred_random_gestures_break_nothing_and_undo_leads_back(person: Person) -> None:
    page, wrong = person.page, []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console",
        lambda said: (
            said.type == "error"
            and not any(word in said.text for word in _LABS)
            and wrong.append(said.text)
        ),
    )
    person.stage.scroll_into_view_if_needed()
    person.notebook.run(_FIRST)
    person.stage.focus()
    hand = Unsteady(person, 7)
    for n in range(GESTURES):
        hand.act()
        assert not wrong, f"gesture {n}"
        assert page.locator(".wb-app .wb-status details").count() == 0, person.status.inner_text()
    page.keyboard.press("Escape")

    def settled() -> bool:
        """Idle, and nothing has come for a second: what was sent may still be on its way."""
        before = person.ask("at()")
        page.wait_for_timeout(1000)
        return person.ask("idle()") and person.ask("at()") == before

    person.until(settled)
    made = person.ask("state()")
    assert len(made[1]) > 25
    presses = len(made[1]) + 2  # more than there is to undo is nothing
    for _ in range(presses):
        page.keyboard.press("Control+z")
    person.until(lambda: person.ask("app.session.document.cursor") == 0)
    person.until(settled)
    nothing = person.ask("state()")
    assert nothing[1] == [] and person.ask("bool(app.session.alpha().any())") is False
    person.until(
        lambda: person.page.evaluate(
            """() => ["overlay", "prompts"].every((name) => {
                const c = document.querySelector(`.wb-stage > .wb-${name}`);
                const all = c.getContext("2d").getImageData(0, 0, c.width, c.height);
                return !all.data.some((v) => v);
            })"""
        ),
        "an empty stage",
    )
    for _ in range(presses):
        page.keyboard.press("Control+Shift+z")
    person.until(lambda: len(person.ask("state()")[1]) == len(made[1]))
    assert person.ask("state()") == made
    person.until(settled)
    assert not wrong
    assert page.locator(".wb-app .wb-bad").count() == 0
    person.page.wait_for_timeout(200)
    assert not wrong
