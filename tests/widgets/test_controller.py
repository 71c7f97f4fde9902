"""Press, move and release become edits; keys and the wheel become actions. No browser."""

from __future__ import annotations

import numpy as np
import pytest

from workbench import edits as e
from workbench.errors import EditError, PromptError
from workbench.widgets.controller import Controller
from workbench.widgets.gestures import Gesture, Key
from workbench.widgets.looks import VIEW_MODES
from workbench.widgets.tools import GROUPS, TOOLS


@pytest.fixture
def controller(session) -> Controller:
    return Controller(session, (640, 480))


def press(tool, *points, button=0, alt=False, pressures=None):
    kind = "drag" if len(points) > 1 else "click"
    return Gesture(kind, points, pressures, button, alt, False, False, tool, 1, 1)


def key(name, ctrl=False, shift=False):
    return Key(name, ctrl, shift, False)


def content(edit):
    values = edit.content()
    values.pop("subject")
    return values


@pytest.mark.parametrize(
    ("gesture", "expected"),
    [
        (press("Keep", (64.2, 48.7)), {"edit": "Click", "x": 64.1875, "y": 48.6875, "keep": True}),
        (press("Drop", (3, 4)), {"edit": "Click", "x": 3, "y": 4, "keep": False}),
        (press("Keep", (3, 4), alt=True), {"edit": "Click", "x": 3, "y": 4, "keep": False}),
        (press("Keep", (3, 4), button=2), {"edit": "Click", "x": 3, "y": 4, "keep": False}),
        (press("Drop", (3, 4), button=2), {"edit": "Click", "x": 3, "y": 4, "keep": True}),
        (press("Box", (3, 4), button=2), {"edit": "Click", "x": 3, "y": 4, "keep": False}),
        (press("Keep", (3, 4), (30, 40)), {"edit": "Click", "x": 3, "y": 4, "keep": True}),
        (
            press("Box", (100, 80), (50, 50), (20, 10)),
            {"edit": "Box", "x0": 20, "y0": 10, "x1": 100, "y1": 80},
        ),
        (
            press("Box", (-50, -9), (500, 400)),
            {"edit": "Box", "x0": 0, "y0": 0, "x1": 128, "y1": 96},
        ),
        (
            press("Lasso", (10, 10), (60, 10), (60, 60)),
            {"edit": "Lasso", "points": ((10, 10), (60, 10), (60, 60))},
        ),
        (
            press("Polygon", (10, 10), (60, 10), (60, 60)),
            {"edit": "Lasso", "points": ((10, 10), (60, 10), (60, 60))},
        ),
        (
            press("Scribble keep", (10, 10), (60, 10)),
            {"edit": "Scribble", "points": ((10, 10), (60, 10)), "keep": True, "width": 8.0},
        ),
        (
            press("Scribble keep", (10, 10), (60, 10), alt=True),
            {"edit": "Scribble", "points": ((10, 10), (60, 10)), "keep": False, "width": 8.0},
        ),
        (
            press("Unknown", (10, 10), (60, 10)),
            {"edit": "Trimap", "points": ((10, 10), (60, 10)), "value": 0.5, "size": 8.0},
        ),
        (
            press("Sure foreground", (10, 10), (60, 10)),
            {"edit": "Trimap", "points": ((10, 10), (60, 10)), "value": 1.0, "size": 8.0},
        ),
        (
            press("Sure foreground", (10, 10), (60, 10), alt=True),
            {"edit": "Trimap", "points": ((10, 10), (60, 10)), "value": 0.0, "size": 8.0},
        ),
        (
            press("Refine edge", (10, 10), (60, 10)),
            {"edit": "RefineEdge", "points": ((10, 10), (60, 10)), "size": 8.0},
        ),
    ],
)
def test_a_gesture_is_one_edit(controller, gesture, expected):
    made = controller.gesture(gesture)
    assert content(made) == expected
    assert controller.session.edits == (made,)


@pytest.mark.parametrize(("button", "keep"), [(0, False), (2, True)])
def test_where_the_page_knows_no_tool_the_one_in_force_counts(controller, button, keep):
    controller.tool = "Drop"
    made = controller.gesture(press("", (3, 4), button=button))
    assert content(made) == {"edit": "Click", "x": 3, "y": 4, "keep": keep}


@pytest.mark.parametrize(
    ("shift", "alt", "combine"),
    [(False, False, "replace"), (True, False, "add"), (False, True, "subtract"),
     (True, True, "intersect")],
)  # fmt: skip
def test_the_wand_takes_its_values_and_shift_and_alt_combine(controller, shift, alt, combine):
    controller.session.subject().click(9, 9)
    controller.wand_tolerance, controller.wand_contiguous = 20, False
    made = controller.gesture(
        Gesture("click", ((64.2, 48.7),), None, 0, alt, shift, False, "Magic wand", 1, 1)
    )
    expected = {"edit": "MagicWand", "x": 64.1875, "y": 48.6875, "tolerance": 20, "sample": 1}
    expected |= {"contiguous": False, "antialias": True, "combine": combine}
    assert content(made) == expected


def test_a_wand_beside_the_photo_or_with_nothing_to_subtract_from_changes_nothing(controller):
    with pytest.raises(PromptError, match="beside it"):
        controller.gesture(press("Magic wand", (500, 5)))
    with pytest.raises(EditError, match="none yet"):
        controller.gesture(press("Magic wand", (5, 5), alt=True))
    assert controller.session.edits == ()


@pytest.mark.parametrize(
    ("tool", "keep"), [("Brush keep", True), ("Brush remove", False), ("Restore", None)]
)
def test_one_drag_of_a_brush_is_one_edit_with_the_brushs_values(controller, tool, keep):
    controller.brush_size, controller.brush_hardness = 33, 0.25
    points = tuple((10 + n * 0.5, 20.0) for n in range(200))
    made = controller.gesture(press(tool, *points))
    assert isinstance(made, e.Paint)
    assert (made.keep, made.size, made.hardness) == (keep, 33, 0.25)
    assert len(made.points) == 200
    assert len(controller.session.edits) == 1


def test_a_pens_pressure_is_kept_and_alt_turns_the_brush_over(controller):
    made = controller.gesture(press("Brush keep", (1, 1), (9, 9), pressures=(0.2, 0.9)))
    assert made.pressures == (0.2, 0.9)
    assert controller.gesture(press("Brush keep", (1, 1), (9, 9), alt=True)).keep is False


def test_the_hand_and_the_middle_button_make_no_edit(controller):
    assert controller.gesture(press("Hand", (1, 1), (9, 9))) is None
    assert controller.gesture(press("Keep", (1, 1), button=1)) is None
    assert controller.session.edits == ()


@pytest.mark.parametrize(
    "gesture",
    [
        press("Keep", (128, 5)),
        press("Keep", (-0.1, 5)),
        press("Box", (20, 20)),
        press("Box", (20, 20), (21, 90)),
        press("Box", (200, 200), (300, 300)),
        press("Lasso", (1, 1), (2, 2)),
    ],
)
def test_a_gesture_that_makes_no_sense_changes_nothing(controller, gesture):
    with pytest.raises(PromptError):
        controller.gesture(gesture)
    assert controller.session.edits == ()


def test_keys_do_what_people_know(controller):
    session = controller.session
    controller.gesture(press("Keep", (64, 48)))
    controller.gesture(press("Brush keep", (10, 10), (20, 20)))
    assert controller.key(key("z", ctrl=True)) == "undo"
    assert len(session.edits) == 1
    assert controller.key(key("Z", ctrl=True, shift=True)) == "redo"
    assert len(session.edits) == 2
    assert controller.key(key("Enter")) == "rerun"
    assert isinstance(session.edits[-1], e.Rerun)
    size = controller.brush_size
    controller.key(key("]"))
    assert controller.brush_size > size
    controller.key(key("["))
    assert controller.brush_size == size
    controller.tool = "Brush keep"
    controller.key(key("x"))
    assert controller.tool == "Brush remove"
    for _ in VIEW_MODES:
        controller.key(key("f"))
    assert controller.view_mode == VIEW_MODES[0]
    session.add_subject("dog")
    assert controller.key(key("2")) == "subject 2"
    assert session.subject().name == "subject"
    assert controller.key(key("9")) is None
    assert controller.key(key("q")) is None


def test_actions_of_the_app_are_called_after_the_key_did_its_work(controller):
    seen = []
    controller.on_action("larger", lambda: seen.append(controller.brush_size))
    before = controller.brush_size
    controller.key(key("]"))
    assert seen == [controller.brush_size] and seen[0] > before


def test_zoom_keeps_the_point_under_the_pointer_and_the_photo_in_sight(controller):
    at = (200.0, 150.0)
    before = controller.view.to_image(at)
    controller.zoom(3, at)
    assert controller.view.to_image(at) == pytest.approx(before)
    controller.pan(1e6, 1e6)
    x, y = controller.view.to_image((320, 240))
    assert (x, y) == pytest.approx((0, 0))
    controller.actual_size()
    assert controller.view.scale == pytest.approx(1)
    controller.fit()
    assert controller.view.to_canvas((0, 0)) == pytest.approx((0, 0))
    assert controller.view.to_canvas((128, 96)) == pytest.approx((640, 480))


def test_a_closer_look_is_offered_where_it_shows_more_and_asked_where_it_is_wanted(disks):
    import workbench as wb

    photo = np.zeros((1600, 2000, 3), np.uint8)
    controller = Controller(wb.open(photo, segmenter="disks"), (640, 480))
    assert not controller.can_look_closer
    controller.zoom(4)
    assert controller.can_look_closer
    x0, y0, x1, y1 = controller.in_sight
    assert 0 < x0 < x1 < 2000 and (x1 - x0) / (y1 - y0) == pytest.approx(640 / 480)
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    assert controller.gesture(press("Keep", middle)).region == ()
    controller.closer = True
    made = controller.gesture(press("Keep", middle))
    assert made.region[0] <= x0 and made.region[2] >= x1 and made.region[2] - made.region[0] < 1000
    box = controller.gesture(press("Box", (x0 + 9, y0 + 9), (x1 - 9, y1 - 9)))
    assert box.region == made.region
    assert controller.gesture(press("Box", (x0 - 50, y0), (x1, y1))).region == ()
    controller.fit()
    assert controller.gesture(press("Drop", (5, 5))).region == ()


def test_every_tool_has_words_an_icon_and_a_place_in_the_palette():
    assert len({t.icon for t in TOOLS.values()}) == len(TOOLS)
    assert all(t.words for t in TOOLS.values())
    assert [name for names in GROUPS.values() for name in names] == list(TOOLS)


def test_no_key_means_two_things():
    from workbench.widgets.keys import ACTIONS, sheet

    pressed = [press for _, presses in ACTIONS.values() for press in presses]
    letters = [(tool.key, False, False) for tool in TOOLS.values() if tool.key]
    assert len(set(pressed + letters)) == len(pressed + letters)
    assert ("Ctrl+Z", "Undo") in sheet() and ("B", "Tool: Brush keep") in sheet()


def test_letters_take_tools_and_keys_with_ctrl_stay_the_browsers(controller):
    assert controller.key(key("b")) == "tool" and controller.tool == "Brush keep"
    assert controller.key(key("c", ctrl=True)) is None
    assert controller.key(key("b", ctrl=True)) is None
    assert controller.key(key("k")) == "tool" and controller.tool == "Keep"


def test_the_smallest_brush_grows_and_none_vanishes(controller):
    controller.brush_size = 1.0
    controller.key(key("]"))
    assert controller.brush_size == 2
    for _ in range(5):
        controller.key(key("["))
    assert controller.brush_size == 1
    for _ in range(50):
        controller.key(key("]"))
    assert controller.brush_size == 1000


def test_the_eyedropper_takes_the_photos_colour_and_makes_no_edit(controller):
    heard = []
    controller.on_action("colour", lambda: heard.append(controller.colour))
    assert controller.gesture(press("Eyedropper", (64, 48))) is None
    assert controller.session.edits == ()
    middle = controller.session.photo.image8[47:50, 63:66].reshape(-1, 3).mean(axis=0)
    taken = [int(controller.colour[n : n + 2], 16) for n in (1, 3, 5)]
    assert np.abs(np.array(taken) - middle).max() <= 0.5
    assert heard == [controller.colour]
    with pytest.raises(PromptError):
        controller.gesture(press("Eyedropper", (-5, 48)))


def test_opacity_is_the_brushs_own(controller):
    controller.brush_opacity = 0.4
    assert controller.gesture(press("Brush remove", (1, 1), (9, 9))).opacity == 0.4


def test_a_whole_photo_stays_whole_in_a_stage_of_another_size_and_a_close_look_its_middle(
    controller,
):
    controller.resize((320, 480))
    assert controller.view.to_canvas((128, 96)) == pytest.approx((320, 360))
    controller.zoom(4)
    middle = controller.view.to_image((160, 240))
    controller.resize((800, 400))
    assert controller.view.to_image((400, 200)) == pytest.approx(middle)


def test_the_way_of_the_scissors_is_that_of_their_mask(session):
    from workbench.segment.traditional import scissors
    from workbench.starting import scissors_reach, wire_of

    controller = Controller(session, (640, 480))
    corners = [(20.0, 20.0), (100.0, 30.0), (60.0, 80.0)]
    pairs = zip(corners, [*corners[1:], corners[0]], strict=True)
    ways = np.concatenate([controller.way(a, b) for a, b in pairs])
    photo = session.photo
    wire = wire_of(photo, session.bench.stages)
    traced = scissors(wire, corners, scissors_reach(photo.shape))
    assert np.array_equal(ways, traced.path)
    edit = controller.gesture(press("Scissors", *corners))
    assert edit.width == scissors_reach(photo.shape)


def test_500_gestures_undone_are_nothing_and_redone_are_the_same(session):
    """Whatever a hand does, in whatever order: undo leads back to nothing, redo to the same."""
    controller, random = Controller(session, (640, 480)), np.random.default_rng(4)
    tools = [name for name in TOOLS if name not in ("Pick", "Hand", "Zoom", "Eyedropper")]

    def anywhere():
        return tuple(float(v) for v in random.uniform((-20, -20), (150, 110)))

    made = 0
    for _ in range(500):
        kind = random.integers(10)
        try:
            if kind < 8:
                tool = tools[random.integers(len(tools))]
                points = [anywhere() for _ in range(random.integers(1, 6))]
                controller.gesture(press(tool, *points, alt=bool(random.integers(2))))
            else:
                controller.key([key("z", ctrl=True), key("Enter")][kind - 8])
        except (PromptError, EditError):
            continue  # said to the person, and nothing changed
        made += 1
    edits, alpha = session.edits, session.alpha()
    assert made > 200 and len(edits) > 100
    while session.undo():
        pass
    assert session.edits == () and not session.alpha().any()
    while session.redo():
        pass
    assert session.edits == edits
    assert (session.alpha() == alpha).all()
