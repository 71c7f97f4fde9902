"""The stage without a browser: what a page may send, and what is sent to it."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import cv2
import numpy as np
import pytest

from workbench.coordinates import View
from workbench.errors import ArrayError, InputError, UnknownNameError
from workbench.widgets.canvas import Stage, _data_address, _raw, _trimmed
from workbench.widgets.gestures import Gesture, Key

GESTURE = {
    "type": "gesture", "page": "p", "kind": "drag", "serial": 7, "points": [1, 2, 3.5, -4.25],
    "pressures": None, "button": 0, "alt": False, "shift": True, "ctrl": False, "tool": "brush",
    "view_id": 3,
}  # fmt: skip


class Played:
    """A stage whose page is this object."""

    def __init__(self) -> None:
        self.stage = Stage(40, 30)
        self.heard: list[Any] = []
        self.errors: list[Exception] = []
        self.sent: list[tuple[dict[str, Any], Any]] = []
        self.drawn: list[Any] = []
        self.stage._pointer.send = lambda content, buffers=None: self.sent.append(
            (content, buffers)
        )
        self.stage.on_gesture(self.heard.append)
        self.stage.on_key(self.heard.append)
        self.stage.on_wheel(lambda factor, at: self.heard.append((factor, at)))
        self.stage.on_pan(lambda dx, dy: self.heard.append((dx, dy)))
        self.stage.on_ready(lambda: self.heard.append("ready"))
        self.stage.on_error(self.errors.append)

    def say(self, message: Any) -> None:
        self.stage._pointer._handle_custom_msg(message, [])


@pytest.fixture
def played() -> Played:
    return Played()


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[Any]]:
    """The batches of commands that ipycanvas would send."""
    from ipycanvas import canvas

    batches: list[list[Any]] = []
    monkeypatch.setattr(
        canvas._CANVAS_MANAGER,
        "_send_custom",
        lambda command, buffers=(): batches.append(json.loads(json.dumps(command))),
    )
    return batches


def test_a_drag_becomes_a_gesture(played: Played) -> None:
    played.say(GESTURE)
    assert played.heard == [
        Gesture("drag", ((1, 2), (3.5, -4.25)), None, 0, False, True, False, "brush", 3, 7)
    ]
    assert played.errors == []


def test_a_pen_brings_its_pressure(played: Played) -> None:
    played.say({**GESTURE, "pressures": [0.5, 1.25]})
    assert played.heard[0].pressures == (0.5, 1.0)


def test_a_key_a_wheel_and_a_pan(played: Played) -> None:
    played.say({"type": "key", "key": "z", "ctrl": True, "shift": False, "alt": False})
    played.say({"type": "wheel", "page": "p", "serial": 1, "factor": [1.5], "at": [10, 20]})
    played.say({"type": "pan", "page": "p", "serial": 2, "by": [-3, 4.5]})
    assert played.heard == [Key("z", True, False, False), (1.5, (10, 20)), (-3, 4.5)]
    # Each is answered, or the page would never send the next.
    assert [content["serial"] for content, _ in played.sent] == [1, 2]


BROKEN = [
    None, "gesture", 7, [], {}, {"type": "nonsense"}, {"type": "gesture"},
    {**GESTURE, "kind": "swipe"}, {**GESTURE, "points": []}, {**GESTURE, "points": [1, 2, 3]},
    {**GESTURE, "points": [1, math.nan]}, {**GESTURE, "points": [1, math.inf]},
    {**GESTURE, "points": [1, "2"]}, {**GESTURE, "points": [1, None]},
    {**GESTURE, "points": [True, False]}, {**GESTURE, "points": "12"},
    {**GESTURE, "points": [0.0] * 400_002}, {**GESTURE, "pressures": [1]},
    {**GESTURE, "pressures": 0.5}, {**GESTURE, "button": 3}, {**GESTURE, "button": True},
    {**GESTURE, "alt": 1}, {**GESTURE, "tool": None}, {**GESTURE, "view_id": "3"},
    {**GESTURE, "serial": None}, {"type": "key", "key": 5},
    {"type": "key", "key": "a", "ctrl": True}, {"type": "wheel", "factor": 2, "at": [1, 2]},
    {"type": "wheel", "factor": [0], "at": [1, 2]}, {"type": "wheel", "factor": [2], "at": [1]},
    {"type": "pan", "by": [1, math.nan]}, {"type": "trouble", "words": "no canvas"},
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


def test_a_picture_goes_as_raw_pixels_to_a_page_nearby(
    played: Played, commands: list[list[Any]]
) -> None:
    picture = np.arange(30 * 40 * 3, dtype=np.uint8).reshape(30, 40, 3)
    before = picture.copy()
    played.stage.draw("photo", picture, View(2.0, 1.0, 3.0))
    np.testing.assert_array_equal(picture, before)
    ((content, (pixels,)),) = played.sent
    assert content == {"type": "pixels", "layer": "photo", "box": [0, 0, 40, 30]}
    sent = np.frombuffer(pixels, np.uint8).reshape(30, 40, 4)
    np.testing.assert_array_equal(sent[..., :3], picture)
    assert (sent[..., 3] == 255).all()
    assert played.stage._pointer.frame == [1, "photo", 2.0, 1.0, 3.0]
    assert len(commands) == 1  # one message: nothing is ever seen half drawn


def test_a_picture_goes_as_png_to_a_page_far_away(played: Played, commands: list[Any]) -> None:
    played.say({"type": "ready", "page": "p", "host": "hub.example.org", "raw": True})
    picture = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    played.stage.draw("photo", picture, View(1.0))
    assert played.sent == [] and played.heard == ["ready"]
    np.testing.assert_array_equal(_unpacked(played.stage._images["photo"].value)[..., :3], picture)
    played.say({"type": "ready", "page": "p", "host": "localhost", "raw": True})
    played.stage.draw("photo", picture, View(1.0))
    assert [content["type"] for content, _ in played.sent] == ["pixels"]


def _unpacked(address: bytes) -> np.ndarray:
    packed = base64.b64decode(bytes(address).split(b",")[1])
    return cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_UNCHANGED)[..., [2, 1, 0]]


def test_png_keeps_straight_alpha() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (5, 7, 4), np.uint8)
    packed = base64.b64decode(_data_address(picture).split(b",")[1])
    back = cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(back[..., [2, 1, 0, 3]], picture)


def test_only_the_part_that_shows_is_sent() -> None:
    picture = np.zeros((30, 40, 4), np.uint8)
    assert _trimmed(picture) == (None, 0, 0)
    picture[10:12, 5:25] = (1, 2, 3, 4)
    part, x, y = _trimmed(picture)
    assert part is not None and part.shape == (2, 20, 4) and (x, y) == (5, 10)
    assert bytes(_raw(part)) == bytes([1, 2, 3, 4] * 40)
    picture[..., 3] = 255
    part, x, y = _trimmed(picture)
    assert part is not None and part.shape == (30, 40, 3) and (x, y) == (0, 0)


def test_each_picture_names_its_canvas_anew(played: Played, commands: list[list[Any]]) -> None:
    """A reloaded page has not heard which canvas was the last: the first command must say it."""
    from ipycanvas.canvas import COMMANDS

    for _ in range(2):
        played.stage.draw("photo", np.zeros((30, 40, 3), np.uint8), View(1.0))
    first = [batch[0][0] for batch in commands]
    assert first == [COMMANDS["switchCanvas"]] * 2


def test_together_is_one_message_also_after_an_exception(
    played: Played, commands: list[list[Any]]
) -> None:
    picture = np.zeros((30, 40, 3), np.uint8)
    with played.stage.together():
        played.stage.draw("photo", picture, View(1.0))
        played.stage.clear("overlay")
    assert len(commands) == 1
    with pytest.raises(ZeroDivisionError), played.stage.together():
        played.stage.draw("photo", picture, View(1.0))
        raise ZeroDivisionError
    assert len(commands) == 2
    played.stage.clear("overlay")
    assert len(commands) == 3  # nothing is held back


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((30, 40), np.uint8),
        np.zeros((40, 30, 3), np.uint8),
        np.zeros((30, 40, 2), np.uint8),
        np.zeros((30, 40, 3), np.float32),
        None,
    ],
    ids=["flat", "turned", "two channels", "float", "none"],
)
def test_a_wrong_picture_is_refused(played: Played, picture: Any) -> None:
    with pytest.raises(ArrayError, match="expected a picture of"):
        played.stage.draw("photo", picture, View(1.0))
    assert played.sent == []


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
