"""A trimap made elsewhere: read, used as it is, changed by strokes, saved and replayed."""

from __future__ import annotations

import numpy as np
import pytest

import workbench as wb
from workbench.errors import ArrayError, ImageError
from workbench.export import encode_png


@pytest.fixture
def disc(photo):
    """The conftest's disk with a band of 8 px around it, and a wide one above."""
    y, x = np.mgrid[0:96, 0:128] + 0.5
    away = np.hypot(x - 64, y - 48)
    trimap = np.where(away < 26, np.float32(1), np.where(away < 34, np.float32(0.5), 0))
    trimap[:20, 40:90] = 0.5
    return wb.open(photo, "grabcut", journal=False), trimap.astype(np.float32)


def test_it_is_used_as_it_is_and_is_the_mask_where_there_is_none(disc):
    session, trimap = disc
    subject = session.subject().load_trimap(trimap, name="mine")
    assert [one.words() for one in session.edits] == ["Load mask mine", "Load trimap mine"]
    assert np.array_equal(session.trimap(), trimap)
    alpha = session.alpha()
    assert alpha[48, 64] == 1 and alpha[90, 5] == 0 and alpha[trimap == 1].min() == 1
    assert np.array_equal(
        wb.matte.alpha_from_trimap(session.image, trimap, "knn"),
        subject.matte("knn") and session.alpha(),
    )
    session.undo()
    assert session.undo() and session.edits == ()  # both in one step


def test_with_a_mask_it_is_the_trimap_alone_and_strokes_change_it(disc):
    session, trimap = disc
    mask = trimap == 1
    subject = session.subject().load_mask(mask).load_trimap(trimap)
    assert [one.words() for one in session.edits][-1] == "Load trimap array"
    assert np.array_equal(subject.mask > 0.5, mask)
    subject.mark([(60, 8), (70, 8)], value=0, size=6)
    subject.refine_edge([(64, 48)], size=6)
    subject.paint([(100, 80)], size=8, hardness=1)
    now = session.trimap()
    assert now[8, 65] == 0 and now[48, 64] == 0.5 and now[80, 100] == 1
    rest = np.ones(now.shape, bool)
    rest[2:14, 50:80] = rest[40:56, 56:72] = rest[70:90, 90:110] = False
    assert np.array_equal(now[rest], trimap[rest])
    subject.trimap_settings(radius=2)  # the band is what was loaded, whatever the radius
    assert np.array_equal(session.trimap(), now)


@pytest.mark.parametrize("unknown", [127, 128])
def test_files_and_integers_are_read(disc, tmp_path, unknown):
    session, trimap = disc
    grey = np.select([trimap == 1, trimap == 0.5], [255, unknown], 0).astype(np.uint8)
    path = tmp_path / "tri.png"
    path.write_bytes(encode_png(grey))
    for given in (grey, path, path.read_bytes()):
        session.subject().load_trimap(given)
        assert np.array_equal(session.trimap(), trimap)
    assert "Load trimap tri" in [one.words() for one in session.edits]


def test_it_is_saved_replayed_and_repaired(disc, tmp_path):
    session, trimap = disc
    session.subject().load_trimap(trimap)
    part = session.subject().add_pass([(40, 20), (90, 20), (90, 40), (40, 40)], "hair", always=True)
    assert part.settings.method
    again = wb.load(session.save(tmp_path / "s.mws"))
    assert np.array_equal(again.alpha(), session.alpha())
    lone = np.where(trimap == 1, np.float32(0.5), trimap)  # nothing is sure to be the subject
    session.add_subject("lone").load_trimap(lone)
    assert any("foreground" in note for note in session.notes)
    assert np.isfinite(session.alpha("lone")).all()


def test_what_is_no_trimap_is_refused(disc, tmp_path):
    session, trimap = disc
    for wrong in (trimap[1:], trimap * 0.9, np.zeros((96, 128, 3)), b"no picture"):
        with pytest.raises((ArrayError, ImageError), match="expected"):
            session.subject().load_trimap(wrong)
    assert session.edits == ()
