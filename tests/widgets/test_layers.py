"""The stage's pictures: what of them goes to the page, and how."""

from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np
import pytest
from played import Played

from workbench.coordinates import View
from workbench.errors import ArrayError
from workbench.widgets.canvas import Stage
from workbench.widgets.layers import LAYERS
from workbench.widgets.packing import data_address, raw, runs, trimmed
from workbench.widgets.pointer import Pointer


def test_a_picture_goes_as_raw_pixels_to_a_page_nearby(
    played: Played, commands: list[list[Any]]
) -> None:
    picture = np.arange(30 * 40 * 3, dtype=np.uint8).reshape(30, 40, 3)
    before = picture.copy()
    played.stage.draw("photo", picture, View(2.0, 1.0, 3.0))
    np.testing.assert_array_equal(picture, before)
    ((content, (pixels,)),) = played.sent
    assert content == {"type": "pixels", "layer": "photo", "box": [0, 0, 40, 30], "runs": False}
    sent = np.frombuffer(pixels, np.uint8).reshape(30, 40, 4)
    np.testing.assert_array_equal(sent[..., :3], picture)
    assert (sent[..., 3] == 255).all()
    assert played.stage._pointer.frame == [1, "photo", 2.0, 1.0, 3.0, False, [1, 1]]
    assert len(commands) == 1  # one message: nothing is ever seen half drawn


def test_a_picture_goes_as_png_to_a_page_far_away(played: Played, commands: list[Any]) -> None:
    played.say({"type": "ready", "page": "p", "host": "hub.example.org", "raw": True})
    picture = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    played.stage.draw("photo", picture, View(1.0))
    assert played.sent == [] and played.heard == ["ready"]
    np.testing.assert_array_equal(
        _unpacked(played.stage._layers.images["photo"].value)[..., :3], picture
    )
    played.say({"type": "ready", "page": "p", "host": "localhost", "raw": True})
    played.stage.draw("photo", picture, View(1.0))
    assert [content["type"] for content, _ in played.sent] == ["pixels"]


def test_a_dense_screen_gets_a_pixel_for_each_of_its_own(
    played: Played, commands: list[list[Any]]
) -> None:
    stage = played.stage
    played.say({"type": "ready", "page": "p", "host": "localhost", "raw": True, "ratio": 2})
    assert played.heard == [("resize", 40, 30), "ready"]  # the size before the pictures
    assert (stage.width, stage.height, stage.ratio) == (40, 30, 2.0)
    view = View(3.0, 5.0, 6.0)
    assert stage.grid(view) == (View(6.0, 5.0, 6.0), (80, 60))
    for canvas in (*stage._layers.canvases.values(), *stage._layers.stores.values()):
        assert (canvas.width, canvas.height) == (80, 60)
    assert {c.layout.width for c in stage._layers.canvases.values()} == {"40px"}
    played.heard.clear()
    picture = np.arange(60 * 80 * 3, dtype=np.uint8).reshape(60, 80, 3)
    stage.draw("photo", picture, view)
    ((content, (pixels,)),) = played.sent
    assert content["box"] == [0, 0, 80, 60]
    np.testing.assert_array_equal(
        np.frombuffer(pixels, np.uint8).reshape(60, 80, 4)[..., :3], picture
    )
    assert stage._pointer.frame[2:5] == [3.0, 5.0, 6.0]  # the view stays in page pixels
    for shape in ((80, 60, 3), (30, 40, 3)):
        with pytest.raises(ArrayError, match=r"shape \(60, 80, 3 or 4\), got"):
            stage.draw("photo", np.zeros(shape, np.uint8), view)
    played.say({"type": "size", "page": "p", "ratio": 2})
    assert played.heard == []  # no news


@pytest.mark.parametrize(
    ("said", "ratio"), [(0.5, 1.0), (1.25, 1.25), (2.0, 2.0), (8.0, 3.0)], ids=str
)
def test_a_ratio_is_kept_from_1_to_3(played: Played, said: float, ratio: float) -> None:
    played.say({"type": "size", "page": "p", "ratio": said})
    assert played.stage.ratio == ratio
    _, (wide, tall) = played.stage.grid(View(1.0))
    assert (wide, tall) == (round(40 * ratio), round(30 * ratio))


def test_no_picture_grows_beyond_four_million_pixels() -> None:
    played = Played(1600, 1000)
    played.say({"type": "size", "page": "p", "ratio": 3})
    _, (wide, tall) = played.stage.grid(View(1.0))
    assert 3_990_000 < wide * tall <= 4_000_000
    assert played.stage.ratio == pytest.approx(wide / 1600, rel=1e-3)


def _unpacked(address: bytes) -> np.ndarray:
    packed = base64.b64decode(bytes(address).split(b",")[1])
    return cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_UNCHANGED)[..., [2, 1, 0]]


def test_png_keeps_straight_alpha() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (5, 7, 4), np.uint8)
    packed = base64.b64decode(data_address(picture).split(b",")[1])
    back = cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(back[..., [2, 1, 0, 3]], picture)


def test_flat_pictures_go_as_runs_of_one_colour(played: Played, commands: list[Any]) -> None:
    picture = np.zeros((30, 40, 4), np.uint8)
    picture[5:25, 10:30] = (0, 114, 178, 115)
    picture[7, 10:14] = (255, 255, 255, 9)
    picture[0, 0] = picture[-1, -1] = 255
    played.stage.draw("overlay", picture, View(1.0))
    ((content, (sent,)),) = played.sent
    assert content["runs"] and content["box"] == [0, 0, 40, 30] and len(sent) < 8 * 60
    begins, colours = np.frombuffer(sent, "<u4").reshape(2, -1)
    back = np.repeat(colours, np.diff(begins, append=1200)).view(np.uint8)
    np.testing.assert_array_equal(back.reshape(picture.shape), picture)
    noise = np.random.default_rng(2).integers(0, 256, picture.shape, np.uint8)
    assert runs(noise) is None


def test_only_the_part_that_shows_is_sent() -> None:
    picture = np.zeros((30, 40, 4), np.uint8)
    assert trimmed(picture) == (None, 0, 0)
    picture[10:12, 5:25] = (1, 2, 3, 4)
    part, x, y = trimmed(picture)
    assert part is not None and part.shape == (2, 20, 4) and (x, y) == (5, 10)
    assert bytes(raw(part)) == bytes([1, 2, 3, 4] * 40)
    picture[..., 3] = 255
    part, x, y = trimmed(picture)
    assert part is not None and part.shape == (30, 40, 3) and (x, y) == (0, 0)


def test_the_page_is_told_which_layers_are_empty(played: Played, commands: list[list[Any]]) -> None:
    told = []
    for picture in (np.zeros((30, 40, 4), np.uint8), np.full((30, 40, 4), 9, np.uint8)):
        played.stage.draw("overlay", picture, View(1.0))
        told.append(played.stage._pointer.frame[5])
    played.stage.clear("overlay")
    assert [*told, played.stage._pointer.frame[5]] == [True, False, True]


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
    played.stage.clear("prompts")
    assert len(commands) == 3  # nothing is held back


def test_a_layer_that_is_empty_is_not_emptied_again_but_for_a_page_that_does_not_know(
    played: Played, commands: list[list[Any]]
) -> None:
    stage, nothing = played.stage, np.zeros((30, 40, 4), np.uint8)
    stage.draw("overlay", nothing, View(1.0))
    assert len(commands) == 1
    stage.clear("overlay")
    stage.draw("overlay", nothing, View(2.0))
    assert len(commands) == 1
    stage.draw("overlay", nothing + 255, View(1.0))
    stage.clear("overlay")
    assert len(commands) == 3
    played.say({"type": "ready", "page": "p", "host": "localhost", "raw": True})
    stage.clear("overlay")
    assert len(commands) == 4


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


def test_the_page_hears_of_every_canvas_with_the_first_word(monkeypatch):
    opened, real = [], Pointer.open
    monkeypatch.setattr(Pointer, "open", lambda self: opened.append(self.get_state()) or real(self))
    Stage(100, 80)
    (state,) = opened  # the page looks for the canvases when the pointer is made, and only then
    assert set(state["layers"]) == set(state["stores"]) == set(LAYERS)
