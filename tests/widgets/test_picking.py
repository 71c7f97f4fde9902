"""Finding objects and picking them in the widget, without a page."""

from __future__ import annotations

import numpy as np
import pytest
from apps import drag, mask_of, status

from workbench import edits as e
from workbench.coordinates import Frame
from workbench.errors import CancelledError
from workbench.segment.base import Prediction
from workbench.segment.everything import measured
from workbench.segment.regions import Window
from workbench.widgets.app import Workbench
from workbench.widgets.gestures import Gesture


def thing(x0, y0, x1, y1):
    logits = np.full((96, 128), -6.0, np.float32)
    logits[y0:y1, x0:x1] = 6
    answer = Prediction.ranked(np.array([0.9]), logits[None], Frame.whole((96, 128)), (96, 128))
    return measured(logits, 0.9, answer, ((x0 + 0.5, y0 + 0.5),), Window(0, 0, 128, 96))


@pytest.fixture
def app(session, disks):
    disks.capabilities = disks.capabilities | {"everything"}
    disks.propose = lambda embedding, progress=None: [thing(40, 30, 60, 50), thing(20, 20, 100, 80)]
    made = Workbench(session, 320, 240)
    yield made
    made.close()


def test_the_button_finds_objects_and_a_click_picks_the_smallest(app):
    layer = app._picking.layer
    assert not layer.active and layer.labels == b"" and app._picking.button.description
    app._picking.button.click()
    assert app.controller.tool == "Pick" and app._palette.buttons["Pick"].value and layer.active
    assert "Found 2 objects" in status(app)
    labels = np.frombuffer(layer.labels, "<u2").reshape(layer.about["size"])
    assert layer.about["image"] == [96, 128] and labels.shape == (96, 128)
    assert layer.about["stacks"][labels[40, 50]] == [1, 0]
    assert layer.about["stacks"][labels[70, 90]] == [0]
    assert layer.about["stacks"][labels[5, 5]] == []

    app._on_gesture(drag("Pick", (50.0, 40.0)))
    assert isinstance(app.session.edits[-1], e.Pick) and len(app.session.subjects) == 1
    assert mask_of(app)[40, 50] > 0.9 and mask_of(app)[70, 90] < 0.1
    app._on_gesture(Gesture("click", ((50.0, 40.0),), None, 0, False, True, False, "Pick", 1, 2))
    assert [s.name for s in app.session.subjects] == ["object 2", "subject"]
    assert mask_of(app)[70, 90] > 0.9  # with Shift the largest
    app._on_undo()
    assert len(app.session.subjects) == 1 and "Undid: Pick object" in status(app)


def test_escape_leaves_for_the_tool_before(app):
    app._palette.buttons["Box"].value = True
    app._picking.find()
    app._picking._receive(None, {"type": "leave"}, None)
    assert app.controller.tool == "Box" and not app._picking.layer.active
    app._picking._receive(None, "nonsense", None)
    app._palette.buttons["Pick"].value = True  # what was found is still there
    assert app._picking.layer.active


def test_the_tool_looks_for_objects_by_itself(app):
    app._palette.buttons["Pick"].value = True
    assert "Found 2 objects" in status(app) and app.controller.tool == "Pick"


def test_beside_the_objects_nothing_is_picked(app):
    app._picking.find()
    for x, y in ((5.0, 5.0), (-4.0, 40.0)):
        message = {
            "type": "gesture", "kind": "click", "points": [x, y], "pressures": None, "button": 0,
            "alt": False, "shift": False, "ctrl": False, "tool": "Pick", "view_id": 1, "serial": 1,
        }  # fmt: skip
        app.stage._receive(None, message, None)
        assert "beside them" in status(app) and app.session.edits == ()


@pytest.mark.parametrize(
    ("trouble", "says"), [(None, "no objects"), (CancelledError("stop"), "Cancelled")]
)
def test_nothing_found_or_cancelled_goes_back(app, disks, trouble, says):
    def propose(embedding, progress=None):
        if trouble:
            raise trouble
        return []

    disks.propose = propose
    app._palette.buttons["Pick"].value = True
    assert app.controller.tool == "Keep" and says in status(app)
    assert not app._picking.layer.active


def test_a_segmenter_that_cannot_says_which_can(app):
    app.session.use("grabcut")
    app._picking.find()
    assert "wb-bad" in status(app) and "lite" in status(app) and app.controller.tool == "Keep"


def test_another_photo_has_its_own_objects(app, photo):
    from workbench.io import encode_png

    app._picking.find()
    app._incoming.photo("other.png", encode_png(photo[:50, :60].copy()))
    assert app.controller.proposals is None and not app._picking.layer.active
    assert app._picking.layer.labels == b"" and app._picking.layer.about == {}


def test_objects_are_picked_by_the_keyboard_too(app):
    layer = app._picking.layer
    layer._handle_custom_msg({"type": "pick", "object": 0}, [])  # nothing was found yet
    assert app.session.edits == ()
    app._picking.find()
    layer._handle_custom_msg({"type": "at", "object": 1, "of": 2}, [])
    assert "Object 2 of 2" in status(app)
    layer._handle_custom_msg({"type": "pick", "object": 1}, [])
    assert isinstance(app.session.edits[-1], e.Pick)
    layer._handle_custom_msg({"type": "pick", "object": 9}, [])
    assert len(app.session.edits) == 1
