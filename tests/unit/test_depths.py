"""A depth map beside the photo, in a session: what it selects, and what it makes sure."""

from __future__ import annotations

import json
from io import BytesIO

import cv2
import numpy as np
import pytest
from skimage import data

import workbench as wb
from workbench import depths
from workbench.errors import ArrayError, EditError, ImageError, InputError, UnknownNameError
from workbench.io import encode_png
from workbench.widgets.app import Workbench
from workbench.widgets.controller import Controller
from workbench.widgets.gestures import Gesture

SHAPE = 120, 160


def scene(grain: float = 2.0):
    """Photo, disparity and subject: a disc at 40 before a wall at 10 to 12, alike in colour."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32)
    subject = np.hypot(x + 0.5 - 80, y + 0.5 - 60) < 35
    depth = np.where(subject, 40 + x / 160, 10 + x / 80).astype(np.float32)
    rng = np.random.default_rng(2)
    photo = np.where(subject[..., None], (120, 110, 100), (112, 112, 104))
    photo = photo + rng.normal(0, grain, (*SHAPE, 3))
    return np.clip(photo, 0, 255).astype(np.uint8), depth, subject


@pytest.fixture
def deep():
    photo, depth, subject = scene()
    depth[:4, :4] = np.nan
    session = wb.open(photo, "grabcut", journal=False)
    session.load_depth(depth)
    return session, subject


def test_a_map_is_kept_to_half_a_step_and_what_is_unknown_stays_so():
    rng = np.random.default_rng(0)
    depth = rng.uniform(-3, 500, (40, 50)).astype(np.float32)
    depth[3, 4] = np.nan
    values, low, high = depths.packed(depth)
    assert values.dtype == np.uint16 and values[3, 4] == 0 and values.max() == 65535
    again = depths.unpacked(values, low, high)
    assert np.isnan(again[3, 4]) and np.isnan(again).sum() == 1
    assert np.nanmax(np.abs(again - depth)) <= (high - low) / 65534 / 2 * 1.01
    flat = np.full((3, 3), 7.5, np.float32)
    assert np.array_equal(depths.unpacked(*depths.packed(flat)), flat)


def test_a_range_or_a_place_selects_exactly(deep):
    session, subject = deep
    one = session.subject().select_depth(near=30, far=60)
    assert np.array_equal(one.mask >= 0.5, subject)
    one.select_depth(far=30)  # from the nearest on
    assert np.array_equal(one.mask >= 0.5, subject)
    one.select_depth(near=30)  # to the farthest; what is unknown is neither
    expected = ~subject
    expected[:4, :4] = False
    assert np.array_equal(one.mask >= 0.5, expected)
    one.select_depth(at=[(80, 60)])
    assert np.array_equal(one.mask >= 0.5, subject)
    assert 40 <= session.edits[-1].far <= 42 and "depths from" in session.history()[-1].words
    one.select_depth(at=[(20, 20)], combine="add")
    assert (one.mask >= 0.5).sum() == SHAPE[0] * SHAPE[1] - 16


def test_small_numbers_may_be_the_near_ones(deep):
    session, subject = deep
    _, depth, _ = scene()
    session.load_depth(1 / depth, near="small")
    one = session.subject().select_depth(far=1 / 30)
    assert np.array_equal(one.mask >= 0.5, subject)


def test_it_makes_the_band_sure_and_the_matte_better(deep):
    session, truth = deep
    rough = cv2.dilate(truth.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(np.float32)
    subject = session.subject().load_mask(rough).trimap_settings(12)
    before, wide = np.abs(session.alpha() - truth).sum(), (session.trimap() == 0.5).sum()
    subject.trimap_settings(depth=True)
    trimap = session.trimap()
    assert (trimap == 0.5).sum() < 0.5 * wide
    assert truth[trimap == 1].all() and not truth[trimap == 0].any()
    assert np.abs(session.alpha() - truth).sum() < 0.5 * before
    # A mark comes after it.
    subject.refine_edge([(80, 25), (90, 25)], size=30)
    assert session.trimap()[14, 85] == 0.5
    # In a pass alone.
    subject.trimap_settings(depth=False)
    one = subject.add_pass([(80, 0), (160, 0), (160, 120), (80, 120)], always=True)
    one.trimap_settings(depth=True)
    left, right = np.s_[:, :40], np.s_[50:70, 100:]
    assert (session.trimap()[left] == 0.5).sum() > 0
    assert (session.trimap()[right] == 0.5).sum() < (12 * 2 * 20) // 2


def test_it_goes_with_the_session_and_undo_takes_it_away(deep, tmp_path):
    session, _ = deep
    subject = session.subject().select_depth(near=30, far=60).trimap_settings(8, depth=True)
    alpha = session.alpha()
    again = wb.load(session.save(tmp_path / "a.mws"))
    assert np.array_equal(again.alpha(), alpha)
    assert np.array_equal(again.depth, session.depth, equal_nan=True)
    assert again.subject().settings.depth and subject.settings == again.subject().settings
    assert json.dumps([x.to_json() for x in again.edits])
    other = session.add_subject("other")
    assert other.state.depth == session.document.state().depth
    for _ in session.edits:
        session.undo()
    assert session.depth is None
    with pytest.raises(EditError, match="expected a depth map"):
        subject.select_depth(near=3)
    with pytest.raises(EditError, match="load one first"):
        subject.trimap_settings(depth=True)


def test_a_small_map_is_fitted_and_files_are_read(tmp_path):
    photo, depth, subject = scene(grain=0)
    photo[subject] = (200, 40, 40)
    session = wb.open(photo, "grabcut", journal=False)
    small = depth[::4, ::4]
    np.save(tmp_path / "d.npy", small)
    np.savez(tmp_path / "d.npz", small)
    cv2.imwrite(str(tmp_path / "d.pfm"), small)
    (tmp_path / "d.png").write_bytes(encode_png((small * 100).astype(np.uint16)))
    for name in ("d.npy", "d.npz", "d.pfm"):
        session.load_depth(tmp_path / name)
        assert session.document.state().depth.name == name
        one = session.subject().select_depth(near=30, far=60)
        assert np.mean((one.mask >= 0.5) == subject) > 0.995
    session.load_depth(tmp_path / "d.png")
    one = session.subject().select_depth(near=3000, far=6000)
    assert np.mean((one.mask >= 0.5) == subject) > 0.995


def test_what_is_no_depth_map_is_refused(deep, tmp_path):
    session, _ = deep
    (tmp_path / "broken.npy").write_bytes(b"no")
    (tmp_path / "broken.pfm").write_bytes(b"no")
    np.savez(tmp_path / "two.npz", a=np.ones(3), b=np.ones(3))
    (tmp_path / "colour.png").write_bytes(encode_png(scene()[0]))
    edits = session.edits
    for bad, error, says in (
        (np.ones((120, 120)), ArrayError, "160 × 120, got 120 × 120"),
        (np.full(SHAPE, np.nan), ArrayError, "known values"),
        (np.ones((*SHAPE, 3)), ArrayError, "shape"),
        (tmp_path / "none.npy", ImageError, "nothing there"),
        (tmp_path / "broken.npy", ImageError, "one array"),
        (tmp_path / "broken.pfm", ImageError, "whole .pfm"),
        (tmp_path / "two.npz", ImageError, "one array"),
        (tmp_path / "colour.png", ImageError, "grey"),
    ):
        with pytest.raises(error, match=says):
            session.load_depth(bad)
    with pytest.raises(UnknownNameError, match="small"):
        session.load_depth(np.ones(SHAPE), near="smal")
    subject = session.subject()
    with pytest.raises(EditError, match="near or far, or places"):
        subject.select_depth()
    with pytest.raises(EditError, match="softness"):
        subject.select_depth(near=3, softness=-1)
    with pytest.raises(InputError, match="depth is known"):
        subject.select_depth(at=[(-5, -5)])
    assert session.edits == edits


def test_the_panel_offers_depth_where_there_is_some(deep):
    session, _ = deep
    file = BytesIO()
    np.save(file, np.ones((12, 16)))
    app = Workbench(session, 320, 240)
    try:
        assert app._matte._depth.layout.display == ""
        app._matte._depth.value = app._matte._smart.value = True
        now = session.subject().settings
        assert now.depth and now.smart
        for _ in range(3):
            app._on_undo()
        app._incoming.depth("small.npy", file.getvalue())
        assert app._matte._depth.layout.display == "" and "small.npy" in app._status.value
        app._on_undo()
        assert app._matte._depth.layout.display == "none"
    finally:
        app.close()


def test_a_click_in_the_widget_selects_what_is_as_deep(deep):
    session, subject = deep
    controller = Controller(session, (320, 240))

    def click(x, y, **keys):
        held = {"alt": False, "shift": False, "ctrl": False, **keys}
        made = Gesture("click", ((x, y),), None, 0, *held.values(), "Depth", 1, 1)
        return controller.gesture(made)

    click(80.0, 60.0)
    assert np.array_equal(session.subject().mask >= 0.5, subject)
    click(10.0, 60.0, shift=True)
    assert (session.subject().mask >= 0.5).sum() == SHAPE[0] * SHAPE[1] - 16
    click(80.0, 60.0, alt=True)
    assert not (session.subject().mask >= 0.5)[subject].any()


def test_the_disparity_of_a_real_photo_leaves_the_garage_out():
    """scikit-image's motorcycle (Middlebury 2014): a box holds shelves and boxes as well."""
    photo, _, disparity = data.stereo_motorcycle()
    session = wb.open(photo, "grabcut", journal=False)
    box = np.zeros(photo.shape[:2], np.float32)
    box[75:455, 90:682] = 1
    subject = session.subject().load_mask(box).trimap_settings(radius=4)
    garage = [(531, 240), (300, 120), (200, 118), (590, 215), (375, 170)]  # boxes, a wall, a bench
    motorcycle = [(420, 212), (263, 190), (598, 285), (386, 290), (225, 300), (640, 330)]

    def mean(place):
        x, y = place
        return float(session.alpha()[y - 2 : y + 3, x - 2 : x + 3].mean())

    assert min(mean(place) for place in garage + motorcycle) > 0.99
    session.load_depth(disparity)
    subject.select_depth(at=[(330, 250)], combine="intersect").trimap_settings(depth=True)
    assert max(mean(place) for place in garage) < 0.1
    assert min(mean(place) for place in motorcycle) > 0.9
