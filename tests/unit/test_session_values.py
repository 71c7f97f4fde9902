"""What a session is given from elsewhere: numbers, names, masks, photos of odd shapes."""

from __future__ import annotations

import numpy as np
import pytest

import workbench as wb
from workbench.errors import (
    ArrayError,
    EditError,
    PromptError,
    UnknownNameError,
)


def test_numbers_of_numpy_are_numbers(session, tmp_path):
    subject = session.subject().click(np.float32(64), np.int64(48))
    subject.paint(np.array([[20, 20], [30, 30]]), keep=np.bool_(False), size=np.float32(9),
                  pressure=np.array([0.5, 1.0]))  # fmt: skip
    subject.edges(feather=np.float32(2), shift=np.int64(-3)).trimap_settings(np.int16(4))
    subject.choose(np.int64(1)).decontaminate(np.float64(0.25))
    again = wb.load(session.save(tmp_path / "a.mws"))
    assert again.edits == session.edits


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.click("a", 3),
        lambda s: s.click(None, 3),
        lambda s: s.click(float("nan"), 3),
        lambda s: s.click(128, 3),
        lambda s: s.click(-0.1, 3),
        lambda s: s.box(10, 10, 10, 20),
        lambda s: s.box(20, 10, 10, 20),
        lambda s: s.box(0, 0, float("inf"), 20),
        lambda s: s.box(0, 0, 129, 20),
        lambda s: s.lasso([(1, 1), (2, 2)]),
        lambda s: s.lasso([(-9, -9), (-2, -9), (-2, -2)]),
        lambda s: s.scribble([]),
        lambda s: s.scribble(5),
        lambda s: s.paint(None),
        lambda s: s.paint([(1, 2, 3)]),
        lambda s: s.paint([(float("nan"), 1)]),
        lambda s: s.paint([(1e9, 1)]),
    ],
)
def test_prompts_that_make_no_sense(session, call):
    with pytest.raises(PromptError, match="expected"):
        call(session.subject())
    assert session.edits == ()


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.paint([(1, 1)], size=None),
        lambda s: s.paint([(1, 1)], size=0),
        lambda s: s.paint([(1, 1)], size="big"),
        lambda s: s.paint([(1, 1)], opacity=float("nan")),
        lambda s: s.paint([(1, 1)], pressure=[0.1, 0.2]),
        lambda s: s.trimap_settings(radius="wide"),
        lambda s: s.trimap_settings(radius=None),
        lambda s: s.trimap_settings(radius=float("inf")),
        lambda s: s.edges(feather=-1),
        lambda s: s.edges(shift=True),
        lambda s: s.edges(despeckle=1.5),
        lambda s: s.decontaminate(2),
        lambda s: s.decontaminate(low=0.9, high=0.1),
        lambda s: s.decontaminate(low=0.99),
        lambda s: s.rename(""),
        lambda s: s.rename(None),
        lambda s: s.recolour("red; background: url(x)"),
        lambda s: s.mark([(1, 1)], value=0.25),
    ],
)
def test_settings_that_make_no_sense(session, call):
    with pytest.raises(EditError, match="expected"):
        call(session.subject())
    assert session.edits == ()


def test_unknown_names_are_answered_with_the_nearest(session):
    with pytest.raises(UnknownNameError, match="did you mean closed_form"):
        session.subject().matte("closedform")
    with pytest.raises(UnknownNameError, match="did you mean grabcut"):
        session.use("grabcutt")
    with pytest.raises(UnknownNameError):
        session.subject().auto("u3net")


def test_a_method_among_settings_is_held_to_what_matte_asks(session, monkeypatch):
    subject = session.subject()
    with pytest.raises(UnknownNameError, match="did you mean closed_form"):
        subject.adjust(method="closedform")
    assert session.edits == ()
    subject.matte("refined")
    pinned = subject.settings.identity
    assert pinned
    subject.adjust(method="knn")
    assert subject.settings.identity == ""
    subject.adjust(method="refined", radius=4)
    assert subject.settings.identity == pinned and subject.settings.radius == 4
    seen = []
    monkeypatch.setattr("workbench.adjusting.matting_identity", lambda *a: seen.append(a) or "net")
    subject.adjust(method="vitmatte")
    assert seen == [("vitmatte", None, False)]


def test_loaded_masks(session, tmp_path):
    mask = np.zeros((96, 128), np.uint8)
    mask[20:60, 30:90] = 255
    subject = session.subject().load_mask(mask)
    assert session.alpha()[40, 60] == 1 and session.alpha()[5, 5] == 0
    path = tmp_path / "mask.png"
    path.write_bytes(wb.export.encode_png(mask))
    session.add_subject("same").load_mask(path)
    assert len(session.bench.blobs) == 1
    assert np.array_equal(session.subject().mask, subject.mask)
    for wrong in (mask[:-1], np.full((96, 128), np.nan), np.zeros((96, 128, 3)), "no", 2.0):
        with pytest.raises((ArrayError, wb.errors.ImageError)):
            subject.load_mask(wrong)


def test_results_cannot_be_changed_by_who_looks_at_them(session):
    session.subject().click(64, 48)
    for array in (session.alpha(), session.trimap(), session.foreground(), session.image,
                  session.subject().mask):  # fmt: skip
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 0
    before = session.alpha().copy()
    session.cutout()[...] = 7
    session.composite("black")[...] = 7
    assert np.array_equal(session.alpha(), before)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 2), (15, 300), (300, 15)])
def test_odd_photos(shape, tmp_path):
    height, width = shape
    session = wb.open(np.full((*shape, 3), 90, np.uint8), segmenter="grabcut")
    session.subject().click(width / 2, height / 2)
    session.subject().box(0, 0, width, height).paint([(0, 0)], keep=False, size=2).rerun()
    session.subject().edges(feather=3, shift=50, smooth=10)
    assert session.alpha().shape == shape and np.isfinite(session.alpha()).all()
    assert session.cutout().shape == (*shape, 4)
    assert wb.load(session.save(tmp_path / "a.mws")).alpha().shape == shape
    assert len(session.export(tmp_path / "out")) == 5
