"""The stages: what depends on what, and what each of them is."""

from __future__ import annotations

import numpy as np
import pytest

import workbench as wb
from workbench.paint import coverage
from workbench.render import render


def keys(session) -> dict[str, str]:
    return dict(render(session.document, session.bench).subject(session.subject().id).keys)


STAGES = ["mask", "corrected", "trimap", "alpha", "matte", "foreground"]


@pytest.mark.parametrize(
    ("act", "first"),
    [
        (lambda s: s.click(20, 20), "mask"),
        (lambda s: s.choose(1), "mask"),
        (lambda s: s.paint([(9, 9)]), "corrected"),
        (lambda s: s.refine_edge([(9, 9)]), "trimap"),
        (lambda s: s.trimap_settings(radius=3), "trimap"),
        (lambda s: s.matte("none"), "alpha"),
        (lambda s: s.edges(feather=3), "matte"),
        (lambda s: s.decontaminate(0.5), "foreground"),
        (lambda s: s.rename("dog"), None),
        (lambda s: s.hide(), None),
    ],
)
def test_an_edit_touches_its_stage_and_those_below_and_no_other(session, act, first):
    subject = session.subject().click(64, 48)
    before = keys(session)
    act(subject)
    after = keys(session)
    changed = [name for name in STAGES if before[name] != after[name]]
    assert changed == (STAGES[STAGES.index(first) :] if first else [])
    session.undo()
    assert keys(session) == before


def test_stages_that_did_not_change_are_the_same_objects(session):
    subject = session.subject().click(64, 48)
    mask, trimap = subject.mask, session.trimap()
    subject.edges(feather=3)
    session.alpha()
    assert subject.mask is mask and session.trimap() is trimap
    alpha = session.alpha()
    assert session.alpha() is alpha


def test_the_order_of_edits_that_do_not_meet_does_not_matter(session, photo):
    session.subject().click(64, 48).edges(feather=2).trimap_settings(radius=5)
    other = wb.open(photo, segmenter="disks")
    other.subject().trimap_settings(radius=5).click(64, 48).edges(feather=2)
    assert np.array_equal(session.alpha(), other.alpha())


def test_nothing_selected_is_nothing_and_says_nothing_untrue(session):
    assert not session.alpha().any() and session.subject().prediction is None
    assert session.composite("#102030").reshape(-1, 3).tolist()[0] == [16, 32, 48]
    assert session.cutout()[..., 3].max() == 0


def test_painting_alone_is_enough(session):
    session.subject().paint([(64, 48)], size=30, hardness=1)
    alpha = session.alpha()
    part, covered = coverage([(64, 48)], 30, (96, 128))
    full = np.zeros((96, 128), np.float32)
    full[part] = covered
    assert (alpha[full == 1] == 1).all() and (alpha[:20] == 0).all()


def test_the_whole_photo_and_nothing_of_it_are_repaired_and_said(session):
    subject = session.subject().load_mask(np.ones((96, 128), bool))
    assert session.alpha().min() == 1
    subject.load_mask(np.zeros((96, 128), bool))
    assert session.alpha().max() == 0
    assert "subject: nothing is selected: the matte is empty" in session.notes
    subject.load_mask(np.full((96, 128), 0.5))
    assert np.isfinite(session.alpha()).all()
    assert session.notes and all(note.startswith("subject: ") for note in session.notes)


def test_marks_and_refine_edge_move_the_band(session):
    subject = session.subject().click(64, 48).trimap_settings(radius=2)
    assert session.trimap()[48, 20] == 0
    subject.refine_edge([(20, 48)], size=8)
    assert session.trimap()[48, 20] == 0.5
    subject.mark([(20, 48)], value=1, size=8)
    assert session.trimap()[48, 20] == 1 and session.alpha()[48, 20] == 1
    subject.paint([(20, 48)], keep=False, size=8, hardness=1)
    assert session.trimap()[48, 20] == 0  # painted last and first: it wins


def test_another_segmenter_is_asked_the_same_and_undo_brings_the_first_back(session, disks):
    session.subject().click(64, 48).click(70, 50)
    before = session.alpha().copy()
    session.use("grabcut")
    after = session.alpha()
    assert not np.array_equal(after, before) and after[48, 64] > 0.9
    asked = len(disks.asked)
    session.undo()
    assert np.array_equal(session.alpha(), before) and len(disks.asked) == asked
    assert session.segmenter == "disks"


def test_a_question_that_asks_nothing_is_answered_with_nothing(session):
    subject = session.subject().scribble([(-40, -40), (-30, -40)])
    assert subject.prediction.logits.shape == (1, 1, 1)
    assert session.alpha().max() == 0


def test_islands_that_were_clicked_stay(session):
    subject = session.subject().click(30, 30).click(100, 70).matte("none")
    small = subject.click(30, 70)
    assert session.alpha()[70, 30] > 0.9
    small.paint([(110, 10)], size=6, hardness=1).edges(drop_islands=1e9)
    alpha = session.alpha()
    assert min(alpha[30, 30], alpha[70, 100], alpha[70, 30], alpha[10, 110]) > 0.9


def test_a_preset_sets_all_edge_settings_at_once(session):
    from workbench.edges import PRESETS

    subject = session.subject().click(64, 48).edges(feather=9, smooth=30)
    subject.edges(preset="finishing touches", contrast=5)
    edges = subject.settings.part("edges")
    wanted = {**dict.fromkeys(edges, 0), **PRESETS["finishing touches"].settings, "contrast": 5}
    assert edges == wanted
    assert len(session.edits) == 3


def test_a_preset_takes_a_cast_off_along_with_the_rest_as_one_step(session):
    from workbench.widgets.app import Workbench

    subject = session.subject().click(64, 48)
    before = subject.settings
    subject.edges(preset="finishing touches without cast")
    now = subject.settings
    assert (now.cast, now.despeckle, now.denoise, now.contract) == (0.5, 1, 10, 1)
    app = Workbench(session, 320, 240)
    try:
        assert app._matte._preset.value == "finishing touches without cast"
        subject.remove_cast(0)
        assert app._matte._preset.value == "finishing touches"
    finally:
        app.close()
    session.undo()
    session.undo()
    assert subject.settings == before
    one = subject.add_pass([(0, 0), (64, 0), (64, 96)])
    one.edges(preset="finishing touches without cast")
    assert (one.settings.cast, subject.settings.cast) == (0.5, 0)


def test_what_takes_its_time_is_said_once(session):
    subject = session.subject().click(64, 48)
    for times in (1, 0):
        said = []

        def tell(fraction, words, said=said):
            said.append(words)

        session.render(lambda r: r.subject(subject.id).foreground, tell)
        assert said.count("finding the band") == times
        assert said.count("taking the old background out of the colours") == times


def test_a_rough_mask_is_there_before_the_photo_is_asked_where_its_edges_are(disks, small_disk):
    disks.cell = 4
    session = wb.open(small_disk, segmenter="disks")
    session.subject().click(64, 48)
    now = render(session.document, session.bench).subject(session.subject().id)
    rough = now.rough_plane[:, :]
    exact = now.corrected_plane[:, :]
    assert len(disks.asked) == 1  # it is the same answer …
    truth = small_disk[..., 0] > 130
    assert np.abs(exact - truth).sum() < 0.8 * np.abs(rough - truth).sum()
    assert now.rough_plane is None  # … and now there is nothing to wait for


def test_a_rough_mask_has_the_corrections_in_it(disks, small_disk):
    disks.cell = 4
    session = wb.open(small_disk, segmenter="disks")
    session.subject().click(64, 48).paint([(10, 10)], size=12, hardness=1)
    now = render(session.document, session.bench).subject(session.subject().id)
    assert now.rough_plane[10:11, 10:11] == 1


def test_where_the_photo_adds_nothing_there_is_no_rough_mask(disks, small_disk):
    disks.cell = 1
    session = wb.open(small_disk, segmenter="disks")
    session.subject().click(64, 48)
    now = render(session.document, session.bench).subject(session.subject().id)
    assert now.rough_plane is None
