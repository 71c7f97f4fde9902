"""Comparisons on the stage and the figure below it, in a real browser."""

from __future__ import annotations

import pytest

from browser.person import Person, made_three
from workbench.widgets import tiles

pytestmark = pytest.mark.browser


def seen(person: Person, layer: str) -> bool:
    canvas = person.app.locator(f".wb-stage > .wb-{layer}")
    return canvas.evaluate("e => getComputedStyle(e).visibility") == "visible"


def captions(person: Person) -> list[str]:
    return person.app.locator(".wb-stage .wb-caption").all_inner_texts()


def test_two_states_come_and_go_until_one_is_held(person: Person) -> None:
    made_three(person)
    person.choose("View", "Alpha")
    person.choose("Compare", "Flicker")
    hold = person.app.locator(".wb-stage button.wb-caption")
    hold.wait_for()
    person.until(lambda: seen(person, "before"), "the earlier one to come")
    person.until(lambda: not seen(person, "before"), "it to go")
    hold.click()
    assert hold.inner_text().endswith("before") and seen(person, "before")
    person.page.wait_for_timeout(1500)
    assert seen(person, "before"), "it is held"
    edits = len(person.edits())
    hold.click()
    assert hold.inner_text().endswith("now") and not seen(person, "before")
    hold.click()
    person.until(lambda: seen(person, "before"), "it to come again")
    assert len(person.edits()) == edits, "a press on the caption is no click on the photo"
    person.choose("Compare", "Divider")
    person.until(lambda: captions(person) == ["before", "now"])
    person.app.get_by_role("slider", name="Divider").wait_for()
    assert seen(person, "before")
    person.choose("Compare", "Off")
    person.until(lambda: captions(person) == [] and not seen(person, "before"))


def test_side_by_side_one_works_in_either_half(person: Person) -> None:
    made_three(person)
    person.choose("Compare", "Side by side")
    person.until(lambda: captions(person) == ["before", "now"])
    person.take("Keep")
    height, width = person.ask("list(app.session.photo.shape)")
    box = person.app.locator(".wb-stage").bounding_box()
    assert box
    columns, rows = tiles.grid((round(box["width"]), round(box["height"])), 2)
    assert columns * rows == 2
    tiled = person.app.locator(".wb-stage .wb-tiled")
    person.until(lambda: tiled.evaluate("e => !e.hidden"), "the halves")
    for half in (0, 1):  # the middle of each is the middle of the photo
        across = (half + 0.5) / columns if columns == 2 else 0.5
        down = (half + 0.5) / rows if rows == 2 else 0.5
        _, edit = person.edit_of(
            lambda x=across, y=down: person.page.mouse.click(
                box["x"] + x * box["width"], box["y"] + y * box["height"]
            )
        )
        assert abs(edit["x"] - width / 2) < 4 and abs(edit["y"] - height / 2) < 4
    person.choose("Compare", "Off")


def test_a_place_pressed_in_the_figure_below_is_shown_on_the_stage(person: Person) -> None:
    made_three(person)
    person.choose("Below", "Colours")
    figure = person.app.locator("img.wb-figure")
    person.until(lambda: figure.evaluate("e => e.naturalWidth") == 1572, "the figure")
    left, top, wide, tall = person.ask("[*app._figures._figure.spots[0][:4]]")
    box = figure.bounding_box()
    assert box
    scale = box["width"] / 1572
    figure.click(position={"x": (left + 0.25 * wide) * scale, "y": (top + 0.75 * tall) * scale})
    height, width = person.ask("list(app.session.photo.shape)")
    person.until(lambda: person.ask("app.controller.view.scale > 1.5"), "the stage to follow")
    x0, y0, x1, y1 = person.ask("[*app.controller.in_sight]")
    assert x0 < 0.25 * width < x1 and y0 < 0.75 * height < y1 and x1 - x0 < 0.6 * width
    person.wait_for_words("from the figure below")
    person.app.get_by_role("button", name="Close figure").click()
    figure.wait_for(state="hidden")
