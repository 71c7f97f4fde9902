"""Every tool of the workbench by hand in a real JupyterLab and Chromium."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from browser.person import PATH, Person, near, write_photo
from workbench.widgets.tools import TOOLS

pytestmark = pytest.mark.browser


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
    "Reflection": lambda p: strokes(p, "ReflectionStroke", "size", keep=True),
    "No reflection": lambda p: strokes(p, "ReflectionStroke", "size", keep=False),
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
    if (size, zoom) != ((1200, 300), 1):  # where the hand was, no matte has a part in
        person.notebook.run("app.session.subject().matte('none')")
    assert set(USED) == set(TOOLS)
    for tool, use in USED.items():
        person.take(tool)
        use(person)
    assert "wb-bad" not in person.status.get_attribute("class")
