"""What comes into the app and goes out of it: photos, masks, sessions, exports."""

from __future__ import annotations

import zipfile
from io import BytesIO

import numpy as np
import pytest
from apps import drag, mask_of, named, status

import workbench as wb
from workbench import edits as e
from workbench.io import encode_png
from workbench.widgets.app import Workbench


def test_words_from_files_cannot_become_html(app):
    app._status.say("<script>alert(1)</script>")
    assert "<script>" not in status(app)
    app._do(lambda s: s.add_subject("<img src=x>"))
    assert "<img" not in status(app)


def test_export_writes_and_download_sends(app, tmp_path):
    sent = []
    app.stage.download = lambda name, data, mime: sent.append((name, data, mime))
    app._files.export()
    assert "nothing" in status(app) and "wb-bad" in status(app)
    app._on_gesture(drag("Box", (20.0, 20.0), (100.0, 80.0)))
    app._files.folder.value = str(tmp_path / "out")
    app._files.export()
    assert len(list((tmp_path / "out").iterdir())) == 5
    app._files.download(("png",))
    app._files.download(("png", "alpha"))
    assert [s[2] for s in sent] == ["image/png", "application/zip"]
    assert len(zipfile.ZipFile(BytesIO(sent[1][1])).namelist()) == 2


def test_another_photo_is_opened_and_a_bad_one_costs_nothing(app, photo):
    from workbench.io import encode_png

    before = app.session
    app._incoming.photo("broken.png", b"not a photo")
    assert app.session is before and "wb-bad" in status(app)
    app._incoming.photo("new one.png", encode_png(photo[:50, :60].copy()))
    assert app.session is not before
    assert (app.session.photo.shape, app.session.photo.name) == ((50, 60), "new_one")
    app._on_gesture(drag("Keep", (20.0, 20.0)))
    assert len(app.session.edits) == 1 and before.edits == ()


def test_a_chosen_file_comes_in_pieces_and_a_broken_one_is_said(app, photo):
    from workbench.io import encode_png

    data = encode_png(photo[:50, :60].copy())
    about = {"type": "photo", "name": "cup.png", "size": len(data), "raster": True, "serial": 1}
    for part, piece in enumerate((data[:100], data[100:])):
        app._incoming.photos._handle_custom_msg(about | {"part": part, "parts": 2}, [piece])
    assert app.session.photo.shape == (50, 60) and app.session.photo.name == "cup"
    app._incoming.photos._handle_custom_msg(about | {"part": 0, "parts": 1, "raster": False}, [b""])
    assert "wb-bad" in status(app) and "expected a photo as" in status(app)


def test_the_cut_out_is_seen_on_a_background_of_ones_own(app, photo):
    from workbench.io import encode_png
    from workbench.widgets.tiles import tiles

    app.session.subject().box(20, 20, 100, 80)
    edits = app.session.edits
    drawn = []
    app.stage.draw = lambda layer, picture, *_: drawn.append((layer, picture))

    def bottom():
        return next(picture for layer, picture in reversed(drawn) if layer == "photo")

    blue = np.zeros((300, 500, 3), np.uint8) + np.uint8((10, 60, 200))
    app._behind.bring("shore.png", encode_png(blue))
    assert app.controller.view_mode == "Composite" and app._behind.widget.value == "shore"
    assert app._behind.widget.layout.display == "" and app._view.opacity.layout.display == "none"
    view, canvas = app.stage.grid(app.controller.view)
    corner = tuple(round(v) for v in view.to_canvas((4, 4)))
    assert bottom()[corner[1], corner[0]].tolist() == [10, 60, 200]
    app._behind.widget.value = "Default"
    assert bottom()[corner[1], corner[0]].tolist() != [10, 60, 200]

    app._behind.widget.value = "shore"
    app._view.mode.value = "Backgrounds"
    canvas = app.stage.grid(app.controller.view)[1]
    assert app.controller.grounds[:5] == ("white", "black", "green", "magenta", "blurred")
    own = tiles(app.controller.view, canvas, 6)[5]
    x, y = (round(v) + 2 for v in own[0].to_canvas((4, 4)))
    assert bottom()[own[1], own[2]][y, x].tolist() == [10, 60, 200]
    app._behind.many.value = 12
    own = tiles(app.controller.view, canvas, 12)[11]
    x, y = (round(v) + 2 for v in own[0].to_canvas((4, 4)))
    assert bottom()[own[1], own[2]][y, x].tolist() == [10, 60, 200]
    assert app.stage._pointer.captions[-2:] == ["dark grey", "your picture"]
    assert app.session.edits == edits, "it is for looking"

    app._attach(wb.open(photo[:40], "disks"))
    assert app._showing.background.shape == (40, 128, 3), "cut to the next photo's proportions"
    app._behind.bring("notes.txt", b"no picture")
    assert "wb-bad" in status(app) and app._behind.widget.value == "shore"
    app._behind.bring("Default.png", encode_png(blue))
    assert app._behind.widget.options == ("Default", "shore", "Default (photo)")
    app._behind.widget.value = "Default"
    assert app._showing.background is None


def test_a_mask_from_a_file_is_a_start_that_paint_goes_on_from(app, photo):
    from workbench.io import encode_png

    plane = np.zeros((96, 128, 4), np.uint8)
    plane[20:60, 30:90] = 255
    plane[..., 3] = 255  # opaque, as many programs write it: the grey is the mask
    app._incoming.mask("mask.png", encode_png(plane))
    assert isinstance(app.session.edits[-1], e.LoadMask)
    assert "Load mask mask" in status(app)
    assert mask_of(app)[40, 60] > 0.9 and mask_of(app)[80, 60] < 0.1
    app._on_gesture(drag("Brush remove", (40.0, 40.0), (80.0, 40.0)))
    assert mask_of(app)[40, 60] < 0.1
    app._incoming.mask("small.png", encode_png(plane[:50]))
    assert "wb-bad" in status(app) and "expected a mask of shape" in status(app)


def test_what_a_widget_showed_is_offered_again_and_what_a_script_left_is_not(disks, photo):
    left = {}
    for name, shown in (("script", False), ("mine", True), ("other", True)):
        session = wb.open(photo[:50] if name == "other" else photo, "disks", name=name)
        session.shown = shown
        session.subject().click(20, 20)
        session._journal.close()  # as if its process had been killed
        left[name] = session
    app = Workbench(wb.open(photo, "disks", name="again"), 320, 240)
    bar = app._recovery
    assert bar.widget.layout.display == "" and "of this photo was found: mine" in bar._words.value
    assert bar._which.layout.display == "none"
    # Those of other photos, once they are asked for.
    named(app, "Other photos").click()
    assert "were found" in bar._words.value and bar._more.layout.display == "none"
    labels = [label for label, _ in bar._which.options]
    assert [label.split(":")[0] for label in labels] == ["mine", "other"]
    assert [label.endswith(" (this photo)") for label in labels] == [True, False]
    bar._which.value = 1
    named(app, "Forget it").click()
    assert [one.name for one in wb.recoverable()] == ["mine", "script"]
    assert "this photo" in bar._words.value and bar._which.layout.display == "none"
    named(app, "Go on with it").click()
    assert app.session.photo.name == "mine" and len(app.session.edits) == 1
    assert bar.widget.layout.display == "none"
    app.close()


def test_interrupted_sessions_of_other_photos_are_counted_and_not_offered_unasked(disks, photo):
    for name in ("first", "second"):
        session = wb.open(photo[:50], "disks", name=name)
        session.shown = True
        session.subject().click(20, 20)
        session._journal.close()  # as if its process had been killed
    app = Workbench(wb.open(photo, "disks"), 320, 240)
    bar = app._recovery
    assert "2 interrupted sessions of other photos" in bar._words.value
    assert bar._go_on.layout.display == bar._forgetting.layout.display == "none"
    named(app, "Other photos").click()
    assert bar._go_on.layout.display == "" and len(bar._which.options) == 2
    for left in (1, 0):
        named(app, "Forget it").click()
        assert len(wb.recoverable()) == left
    assert bar.widget.layout.display == "none"
    app.close()


@pytest.mark.parametrize("held", [True, False], ids=["held elsewhere", "from its journal"])
def test_back_to_an_earlier_photo_and_what_was_done_to_it(disks, photo, held):
    app = Workbench(wb.open(photo, "disks", name="first"), 320, 240)
    back = app._photos.widget
    assert back.layout.display == "none"
    app.session.subject().click(64, 48)
    edits, first = app.session.edits, app.session if held else None
    app._incoming.photo("second.png", encode_png(photo[:50, :60].copy()))
    assert app.session.photo.shape == (50, 60) and back.layout.display == ""
    assert [name for name, _ in back.options] == ["an earlier photo", "first, 1 edit"]
    back.value = back.options[1][1]
    assert app.session.edits == edits and app.session.photo.name == "first"
    assert (app.session is first) == held
    assert mask_of(app)[48, 64] > 0.9
    # In the second one nothing was done: there is nothing to go back to.
    assert back.layout.display == "none" and back.value == ""
    app.close()
