"""The stage without a browser: what a page may send, and what is sent to it."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import pytest
from played import Played

from workbench.coordinates import View
from workbench.errors import ArrayError, InputError, UnknownNameError
from workbench.widgets.canvas import Stage
from workbench.widgets.gestures import Gesture, Key

GESTURE = {
    "type": "gesture", "page": "p", "kind": "drag", "serial": 7, "points": [1, 2, 3.5, -4.25],
    "pressures": None, "button": 0, "alt": False, "shift": True, "ctrl": False, "tool": "brush",
    "view_id": 3,
}  # fmt: skip


def test_a_drag_becomes_a_gesture(played: Played) -> None:
    played.say(GESTURE)
    assert played.heard == [
        Gesture("drag", ((1, 2), (3.5, -4.25)), None, 0, False, True, False, "brush", 3, 7)
    ]
    assert played.errors == []


def test_a_pen_brings_its_pressure(played: Played) -> None:
    played.say({**GESTURE, "pressures": [0.5, 1.25]})
    assert played.heard[0].pressures == (0.5, 1.0)


def test_a_polygon_has_its_corners(played: Played) -> None:
    played.say({**GESTURE, "kind": "polygon", "points": [1, 2, 30, 2, 8, 20]})
    assert played.heard[0].kind == "polygon"
    assert played.heard[0].points == ((1, 2), (30, 2), (8, 20))


def test_a_way_is_asked_for_and_answered_once_it_is_known(played: Played) -> None:
    asked = []
    played.stage.on_wire(lambda *question: asked.append(question))
    played.say({"type": "wire", "page": "p", "serial": 5, "from": [1, 2], "to": [30.5, 4]})
    ((start, end, answer),) = asked
    assert (start, end) == ((1, 2), (30.5, 4)) and played.sent == []
    answer(np.array([[1, 2], [9, 9.5], [30.5, 4]]))
    ((content, (line,)),) = played.sent
    assert content == {"type": "wire", "page": "p", "serial": 5}
    assert np.frombuffer(line, "<f4").tolist() == [1, 2, 9, 9.5, 30.5, 4]
    answer(None)
    assert played.sent[-1] == (content, [])
    with pytest.raises(ArrayError, match="finite"):
        answer(np.array([[1, np.nan]]))
    played.say({"type": "wire", "page": "p", "serial": 6, "from": [1], "to": [2, 3]})
    assert len(played.errors) == 1 and len(asked) == 1


def test_a_key_a_wheel_and_a_pan(played: Played) -> None:
    key = {"type": "key", "page": "p", "serial": 7, "key": "z", "shift": False, "alt": False}
    played.say(key | {"ctrl": True})
    played.say({"type": "wheel", "page": "p", "serial": 1, "factor": [1.5], "at": [10, 20]})
    played.say({"type": "pan", "page": "p", "serial": 2, "by": [-3, 4.5]})
    assert played.heard == [Key("z", True, False, False), (1.5, (10, 20)), (-3, 4.5)]
    # Each is answered, or the page would never send the next, or know which tool it has.
    assert [(content["type"], content["serial"]) for content, _ in played.sent] == [
        ("typed", 7), ("settled", 1), ("settled", 2),
    ]  # fmt: skip


BROKEN = [
    None, "gesture", 7, [], {}, {"type": "nonsense"}, {"type": "gesture"},
    {**GESTURE, "kind": "swipe"}, {**GESTURE, "points": []}, {**GESTURE, "points": [1, 2, 3]},
    {**GESTURE, "points": [1, math.nan]}, {**GESTURE, "points": [1, math.inf]},
    {**GESTURE, "points": [1, "2"]}, {**GESTURE, "points": [1, None]},
    {**GESTURE, "points": [True, False]}, {**GESTURE, "points": "12"},
    {**GESTURE, "points": [0.0] * 400_002}, {**GESTURE, "kind": "polygon"},
    {**GESTURE, "pressures": [1]},
    {**GESTURE, "pressures": 0.5}, {**GESTURE, "button": 3}, {**GESTURE, "button": True},
    {**GESTURE, "alt": 1}, {**GESTURE, "tool": None}, {**GESTURE, "view_id": "3"},
    {**GESTURE, "serial": None}, {"type": "key", "key": 5},
    {"type": "key", "key": "a", "ctrl": True}, {"type": "wheel", "factor": 2, "at": [1, 2]},
    {"type": "wheel", "factor": [0], "at": [1, 2]}, {"type": "wheel", "factor": [2], "at": [1]},
    {"type": "pan", "by": [1, math.nan]}, {"type": "trouble", "words": "no canvas"},
    {"type": "size", "width": 500}, {"type": "size", "width": 500, "ratio": 0},
    {"type": "size", "width": math.inf, "ratio": 1}, {"type": "hover", "at": [1, math.nan]},
    {"type": "ready", "ratio": "2"}, {"type": "photo", "name": "a.png"},
]  # fmt: skip


@pytest.mark.parametrize("message", BROKEN, ids=lambda m: repr(m)[:50])
def test_a_broken_message_is_an_input_error(played: Played, message: Any) -> None:
    played.say(message)
    assert played.heard == []
    (error,) = played.errors
    assert isinstance(error, InputError)
    assert "\n" not in str(error) and len(str(error)) < 400
    played.say(GESTURE)  # and the stage lives on
    assert len(played.heard) == 1


def test_an_error_in_a_callback_is_told_and_the_echo_goes(played: Played) -> None:
    def fail(_gesture: Gesture) -> None:
        raise ZeroDivisionError("in the handler")

    played.stage.on_gesture(fail)
    played.say(GESTURE)
    assert [type(error) for error in played.errors] == [ZeroDivisionError]
    assert played.sent == [({"type": "clear_echo", "through": 7, "frame": 0}, None)]


def test_a_wheel_is_answered_though_its_callback_fails(played: Played) -> None:
    played.stage.on_wheel(lambda factor, at: 1 / 0)
    played.say({"type": "wheel", "page": "p", "serial": 9, "factor": [2], "at": [1, 2]})
    assert len(played.errors) == 1
    assert played.sent == [({"type": "settled", "page": "p", "serial": 9}, None)]


def test_without_on_error_an_error_is_raised() -> None:
    stage = Stage(40, 30)
    with pytest.raises(InputError, match="expected a message from the stage's page"):
        stage._receive(None, {"type": "?"}, [])


def test_a_view_is_pushed_with_a_new_number(played: Played) -> None:
    stage = played.stage
    assert stage.view == View(1.0)
    stage.view = View(2.0, 5.0, -6.0)
    assert stage._pointer.view == [2.0, 5.0, -6.0, 1]
    stage.view = View(2.0, 5.0, -6.0)
    assert stage._pointer.view[3] == 1  # the same view is no news
    stage.view = View(3.0)
    assert stage._pointer.view[3] == 2
    for bad in (View(0.0), View(math.nan), View(1.0, math.inf), (1, 0, 0)):
        with pytest.raises(InputError, match="expected a"):
            stage.view = bad
    assert stage.view == View(3.0)


def test_a_stage_without_a_width_takes_that_of_its_place() -> None:
    played = Played(None, 300)
    stage = played.stage
    assert (stage.width, stage.height) == (640, 300)
    assert (stage.widget.layout.width, stage.widget.layout.min_width) == ("100%", "480px")
    played.say({"type": "size", "page": "p", "width": 913, "ratio": 1})
    played.say({"type": "size", "page": "p", "width": 200, "ratio": 1})
    assert played.heard == [("resize", 913, 300), ("resize", 480, 300)]
    assert stage._layers.canvases["photo"].width == 480
    fixed = Played(500, 300)
    fixed.say({"type": "size", "page": "p", "width": 913, "ratio": 1})
    assert fixed.heard == [] and fixed.stage.width == 500
    assert fixed.stage.widget.layout.width == "500px"


def test_an_overview_is_kept_as_jpeg(played: Played) -> None:
    rows, columns = np.mgrid[0:64, 0:96]
    picture = np.dstack([columns * 2, rows * 3, 0 * rows + 90]).astype(np.uint8)
    played.stage.overview(picture, (640, 960))
    base = played.stage._pointer.base
    back = cv2.imdecode(np.frombuffer(base["jpeg"], np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert np.abs(back.astype(int) - picture).mean() < 3
    assert base["image"] == [640, 960]
    for bad in (np.zeros((513, 20, 3), np.uint8), np.zeros((20, 20), np.uint8),
                np.zeros((20, 20, 3), np.float32), np.zeros((20, 20, 4), np.uint8)):  # fmt: skip
        with pytest.raises(ArrayError, match="expected an overview"):
            played.stage.overview(bad, (640, 960))
    with pytest.raises(ArrayError, match="expected a photo's shape"):
        played.stage.overview(picture, (0, 10))
    assert played.stage._pointer.base is base
    played.stage.overview(None, (640, 960))
    assert played.stage._pointer.base == {}


def test_ants_go_as_points_and_lengths(played: Played) -> None:
    square = np.array([[1.5, 2], [9, 2], [9, 8], [1.5, 2]])
    line = np.array([[0, 0], [4, 5]], np.float32)
    played.stage.ants([square, line, square[:1]])
    outlines = played.stage._pointer.outlines
    assert outlines["lengths"] == [4, 2]
    points = np.frombuffer(outlines["points"], "<f4").reshape(-1, 2)
    np.testing.assert_array_equal(points, np.concatenate([square, line]))
    for bad in (np.zeros((3, 3)), np.zeros(4), np.array([[0, math.nan], [1, 1]])):
        with pytest.raises(ArrayError, match="expected outlines"):
            played.stage.ants([bad])
    played.stage.ants([])
    assert played.stage._pointer.outlines == {"points": b"", "lengths": []}


HOVER = {"type": "hover", "page": "p", "serial": 5, "at": [3.5, 4]}


def test_a_hover_is_answered_once_it_is_dealt_with(played: Played) -> None:
    asked: list[Any] = []
    played.stage.hover(True)
    assert played.stage._pointer.hovering is True
    played.stage.on_hover(asked.append)
    played.say(HOVER)
    played.say({"type": "hover", "page": "p", "serial": 6, "at": None})
    assert asked == [(3.5, 4.0), None]
    answer = {"type": "preview", "shape": None, "page": "p", "serial": 5}
    assert played.sent == [(answer, [])]


def test_a_hover_that_takes_time_is_answered_by_its_preview(played: Played) -> None:
    played.stage.on_hover(lambda point: "later")
    played.say(HOVER)
    assert played.sent == []
    alpha = np.arange(12, dtype=np.uint8).reshape(3, 4)
    played.stage.preview(alpha, (0, 1, 8, 7.5), "#ff0000")
    ((content, (sent,)),) = played.sent
    assert content == {
        "type": "preview", "shape": [3, 4], "box": [0, 1, 8, 7.5], "colour": "#ff0000",
        "page": "p", "serial": 5,
    }  # fmt: skip
    assert bytes(sent) == alpha.tobytes()
    played.sent.clear()
    played.say(HOVER)
    played.say({**HOVER, "page": "q", "serial": 9})  # another page: the first waits no longer
    assert [(c["serial"], c["shape"]) for c, _ in played.sent] == [(5, None)]


def test_a_preview_given_at_once_is_the_answer(played: Played) -> None:
    played.stage.on_hover(
        lambda point: played.stage.preview(np.ones((2, 2), np.uint8), (0, 0, 2, 2))
    )
    played.say(HOVER)
    assert [(c["serial"], c["shape"]) for c, _ in played.sent] == [(5, [2, 2])]


def test_a_hover_is_answered_though_its_callback_fails(played: Played) -> None:
    played.stage.on_hover(lambda point: 1 / 0)
    played.say(HOVER)
    assert [type(error) for error in played.errors] == [ZeroDivisionError]
    assert [(c["serial"], c["shape"]) for c, _ in played.sent] == [(5, None)]


@pytest.mark.parametrize(
    ("alpha", "box"),
    [
        (np.zeros((2, 2), np.float32), (0, 0, 1, 1)),
        (np.zeros((2, 2, 1), np.uint8), (0, 0, 1, 1)),
        (np.zeros((0, 2), np.uint8), (0, 0, 1, 1)),
        (np.zeros((2, 2), np.uint8), (0, 0, 0, 1)),
        (np.zeros((2, 2), np.uint8), (0, 0, math.nan, 1)),
    ],
    ids=["float", "three axes", "empty", "no box", "nan"],
)
def test_a_wrong_preview_is_refused(played: Played, alpha: Any, box: Any) -> None:
    with pytest.raises((ArrayError, InputError), match="expected a"):
        played.stage.preview(alpha, box)
    assert played.sent == []


def test_a_divider_and_a_tools_softness(played: Played) -> None:
    played.stage.divider(True)
    assert played.stage._pointer.divided is True
    played.stage.set_tool("brush", echo="stroke", width=9, hardness=0.25, opacity=0.5)
    tool = played.stage._pointer.tool
    assert (tool["hardness"], tool["opacity"]) == (0.25, 0.5)
    for bad in ({"hardness": 1.5}, {"opacity": -0.1}, {"opacity": math.nan}):
        with pytest.raises(InputError, match="expected a hardness and an opacity"):
            played.stage.set_tool("brush", echo="stroke", **bad)


def _photo(part: int, parts: int, size: int, **more: Any) -> dict[str, Any]:
    return {"type": "photo", "page": "p", "name": "cat.png", "size": size, "raster": True,
            "serial": 3, "part": part, "parts": parts, **more}  # fmt: skip


def test_a_photo_arrives_in_pieces(played: Played) -> None:
    played.say(_photo(0, 2, 7), b"1234")
    assert played.heard == []
    played.say(_photo(1, 2, 7), b"567")
    played.say(_photo(0, 1, 2, name="a/b.jpg", serial=4), b"89")
    assert played.heard == [("cat.png", b"1234567"), ("a/b.jpg", b"89")]


def test_what_is_no_photo_is_said(played: Played) -> None:
    played.say(_photo(0, 1, 3, raster=False, name="notes.pdf"), b"123")
    played.say(_photo(0, 1, 2**30, name="huge.tif"))
    played.say(_photo(0, 2, 3), b"12")
    played.say(_photo(0, 2, 3, serial=8), b"12")  # a newer one
    played.say(_photo(1, 2, 3), b"3")  # of the older one
    played.say(_photo(1, 2, 9, serial=8), b"3")
    played.say(_photo(1, 2, 9, serial=8), b"3")
    assert played.heard == []
    assert [str(error)[:58] for error in played.errors[:2]] == [
        "expected a photo as JPEG, PNG, WebP, TIFF or BMP, got 'not",
        "expected a photo of at most 512 MB, got 'huge.tif' of 1024",
    ]
    assert str(played.errors[2]) == "expected 9 bytes of 'cat.png', got 3"


def test_unknown_names_are_refused(played: Played) -> None:
    with pytest.raises(UnknownNameError, match=r"expected a layer among .*did you mean photo"):
        played.stage.draw("foto", np.zeros((30, 40, 3), np.uint8), View(1.0))
    with pytest.raises(UnknownNameError, match="expected an echo among"):
        played.stage.set_tool("keep", echo="strok")
    with pytest.raises(InputError, match="expected a width"):
        played.stage.set_tool("keep", echo="stroke", width=-1)
    with pytest.raises(InputError, match="expected a stage"):
        Stage(0, 10)


def test_busy_clear_echo_and_download(played: Played) -> None:
    stage = played.stage
    stage.busy("Encoding", 1.5)
    assert stage._pointer.busy == {"words": "Encoding", "fraction": 1.0}
    stage.busy("Encoding")
    assert stage._pointer.busy == {"words": "Encoding", "fraction": None}
    stage.busy(None, None)
    assert stage._pointer.busy is None
    played.say({"type": "ready", "page": "here", "host": "localhost", "raw": True})
    stage.clear_echo()
    stage.download("../out/cat.png", b"bytes", "image/png")
    assert played.sent == [
        ({"type": "clear_echo", "through": None, "frame": 0}, None),
        (
            {"type": "download", "name": "cat.png", "mime": "image/png", "page": "here"},
            [b"bytes"],
        ),
    ]


def test_close_lets_go_of_every_widget() -> None:
    from ipywidgets.widgets.widget import _instances

    before = set(_instances)
    stage = Stage(40, 30)
    stage.close()
    assert [type(_instances[key]).__name__ for key in set(_instances) - before] == []
