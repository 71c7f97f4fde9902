"""The traditional tools as edits: refused, combined, undone, saved, asked about afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from green_screen import GREEN, shot

import workbench as wb
from workbench import edits as e
from workbench.document import Document
from workbench.errors import EditError, PromptError, UnknownNameError
from workbench.screens import screen_share
from workbench.segment import traditional

SHAPE = (96, 128)


@pytest.mark.parametrize(
    ("edit", "error", "says"),
    [
        (e.MagicWand(subject="s", x=128, y=5), PromptError, "inside 0..128"),
        (e.MagicWand(subject="s", x=1, y=5, tolerance=256), EditError, r"0\.\.255, got 256"),
        (e.MagicWand(subject="s", x=1, y=5, sample=2), EditError, "1, 3 or 5"),
        (e.MagicWand(subject="s", x=1, y=5, combine="xor"), UnknownNameError, "'xor'"),
        (e.ChromaKey(subject="s", colour="green"), EditError, "#ff8800, got 'green'"),
        (e.ChromaKey(subject="s", softness=-0.1), EditError, "softness"),
        (e.ChromaKey(subject="s", spill=1.5), EditError, "spill"),
        (e.GrabCut(subject="s", x0=5, y0=5, x1=3, y1=9), PromptError, "x0 < x1"),
        (e.GrabCut(subject="s", x0=1, y0=1, x1=9, y1=9, iterations=21), EditError, "1..20"),
        (e.GrabCut(subject="s", x0=1, y0=1, x1=9, y1=9, iterations=1.5), EditError, "iterations"),
        (e.Scissors(subject="s", points=((1, 1), (5, 5))), PromptError, "at least 3"),
        (e.Scissors(subject="s", points=((1, 1), (5, 5), (1, 9)), width=-1), EditError, "width"),
        (e.MagicWand(subject="s", x=1, y=5, combine="subtract"), EditError, "none yet"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(edit, error, says):
    opening = (
        e.UseSegmenter(id="u", segmenter="disks"),
        e.AddSubject(id="a", subject="s", name="subject"),
    )
    document = Document("key", SHAPE, opening)
    with pytest.raises(error, match=says):
        document.add(edit)
    assert document.edits == ()


def wand(session, x, y, **values):
    return session.subject().magic_wand(x, y, **values)


def plain(session, x, y, **values):
    return traditional.magic_wand(session.photo.image8, x, y, **values)


def test_each_tool_makes_the_mask_that_its_function_makes(session):
    image, subject = session.photo.image8, session.subject()
    points = [(34, 48), (64, 18), (94, 48), (64, 78)]
    for act, expected in (
        (lambda: subject.magic_wand(64, 48, 60), traditional.magic_wand(image, 64, 48, 60)),
        (lambda: subject.chroma_key(), traditional.chroma_key(image)),
        (lambda: subject.grabcut(30, 14, 98, 82), traditional.grabcut(image, (30, 14, 98, 82))),
        (lambda: subject.scissors(points), traditional.scissors(image, points).mask),
    ):
        act()
        assert np.abs(subject.mask - expected).max() < 1e-5
        truth = np.hypot(*(np.mgrid[0:96, 0:128].T + 0.5 - (48, 64)).T) < 30
        assert ((subject.mask > 0.5) == truth).mean() > 0.97


def test_masks_are_combined_as_with_shift_and_alt(session):
    subject = wand(session, 64, 48, tolerance=60)
    disk = subject.mask.copy()
    field = plain(session, 3, 3, tolerance=40)
    for combine, expected in (
        ("add", np.maximum(disk, field)),
        ("subtract", np.minimum(disk, 1 - field)),
        ("intersect", np.minimum(disk, field)),
        ("replace", field),
    ):
        wand(session, 3, 3, tolerance=40, combine=combine)
        assert np.abs(subject.mask - expected).max() < 1e-5
        session.undo()
        assert np.array_equal(subject.mask, disk)


def test_they_combine_with_what_a_model_said_and_with_its_chosen_candidate(session, disks):
    subject = session.subject().click(30, 48).choose(1)
    before = subject.mask.copy()
    wand(session, 64, 48, tolerance=60, combine="add")
    added = np.maximum(before, plain(session, 64, 48, tolerance=60))
    assert np.abs(subject.mask - added).max() < 1e-5
    # To add to nothing is to begin.
    other = session.subject("other").magic_wand(64, 48, 60, combine="add")
    assert np.abs(other.mask - plain(session, 64, 48, tolerance=60)).max() < 1e-5


def test_clicks_go_on_from_it_as_a_hint(session, disks):
    subject = wand(session, 64, 48, tolerance=60)
    assert not disks.asked
    assert subject.click(20, 20).mask[20, 20] > 0.5
    hint = disks.asked[-1].hint
    assert len(disks.asked[-1].points) == 1
    assert ((hint.logits > 0) == (plain(session, 64, 48, tolerance=60) > 0.5)).all()


def test_another_segmenter_is_asked_what_was_asked_and_the_tools_stay(session, disks):
    subject = session.subject().click(30, 48)
    wand(session, 64, 48, tolerance=60, combine="add")
    subject.click(100, 80)
    session.use("grabcut")
    steps = subject.state.steps
    assert [type(s.start).__name__ for s in steps] == ["NoneType", "MagicWand", "NoneType"]
    assert [s.segmenter.segmenter for s in steps if s.start is None] == ["grabcut", "grabcut"]
    assert [s.hint for s in steps] == ["none", "last", "last"]
    assert steps[0].points == ((30, 48),) and steps[2].points == ((100, 80),)
    assert subject.mask[48, 64] > 0.5


def test_to_take_back_what_a_tool_was_combined_with_leaves_the_tool(session):
    first = wand(session, 3, 3, tolerance=40).session.edits[-1]
    wand(session, 64, 48, tolerance=60, combine="add")
    session.retract(first)
    expected = plain(session, 64, 48, tolerance=60)
    assert np.abs(session.subject().mask - expected).max() < 1e-5


def test_a_saved_session_replays_them_to_the_bit(session, tmp_path):
    subject = session.subject().grabcut(30, 14, 98, 82)
    subject.scissors([(34, 48), (64, 18), (94, 48)], combine="intersect")
    wand(session, 64, 48, combine="add").chroma_key("#3c8c46", combine="intersect")
    subject.click(60, 50)
    session.save(tmp_path / "one.mws")
    again = wb.load(tmp_path / "one.mws")
    assert again.edits == session.edits
    assert np.array_equal(again.subject().mask, subject.mask)
    assert np.array_equal(again.alpha(), session.alpha())
    assert np.array_equal(again.foreground(), session.foreground())


def test_a_chroma_key_cleans_the_colours_of_spill_until_another_tool_begins_anew(disks):
    made = shot(GREEN)
    session = wb.open(made.image, segmenter="disks")
    subject = session.subject().chroma_key(spill=0).matte("none")
    spilt = session.foreground()
    assert screen_share(spilt, GREEN)[made.alpha > 0.99].max() > 0.1
    subject.chroma_key(spill=1)
    clean = session.foreground()
    assert screen_share(clean, GREEN)[made.alpha > 0.1].max() < 0.02
    subject.magic_wand(100, 85, combine="add")
    added = session.foreground()
    assert screen_share(added, GREEN)[made.alpha > 0.1].max() < 0.02
    subject.magic_wand(100, 85)
    assert subject.state.screen is None
    assert screen_share(session.foreground(), GREEN)[made.alpha > 0.99].max() > 0.1
    session.undo()
    assert np.array_equal(session.foreground(), added)
    session.undo()
    assert np.array_equal(session.foreground(), clean)


def test_the_screen_is_picked_found_or_said(disks):
    session = wb.open(shot(GREEN).image, segmenter="disks")
    subject = session.subject()
    assert subject.chroma_key(at=(10, 10)).session.edits[-1].colour.startswith("#1")
    assert subject.chroma_key((20, 175, 65)).session.edits[-1].colour == "#14af41"
    assert subject.chroma_key("#14AF41").session.edits[-1].colour == "#14af41"
    subject.chroma_key()
    assert session.edits[-1].colour is None  # found anew on the next photo
    with pytest.raises(PromptError, match="inside"):
        subject.chroma_key(at=(900, 10))
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    with pytest.raises(EditError, match="say the screen's colour"):
        wb.open(noise, segmenter="disks").subject().chroma_key()


def test_the_scissors_look_as_far_as_a_hand_is_off_on_a_photo_of_that_size(disks):
    points = [(10, 5), (590, 5), (590, 25), (10, 25)]
    for shape, width in (((30, 600), 6), ((40, 820), 8), ((1200, 600), 12)):
        session = wb.open(np.zeros((*shape, 3), np.uint8), segmenter="disks")
        subject = session.subject().scissors(points)
        assert session.edits[-1].width == width
        assert subject.mask[15, 300] == 1 and subject.mask.sum() == pytest.approx(580 * 20)
    assert session.subject().scissors(points, width=0).session.edits[-1].width == 0


@pytest.mark.parametrize("shape", [(30, 600), (3, 5), (1, 1)])
def test_strips_and_specks_go_all_the_way_through_every_tool(shape, disks):
    height, width = shape
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    image[:, : width // 2] //= 5
    session = wb.open(image, segmenter="disks")
    subject = session.subject().chroma_key("#00ff00").magic_wand(0, 0, combine="add")
    assert subject.mask[0, 0] == 1
    subject.grabcut(0, 0, width, height, combine="intersect")
    if width > 2:
        subject.scissors([(0, 0), (width - 1, 0), (0, height - 1)], combine="subtract")
    assert session.cutout().shape == (*shape, 4) and np.isfinite(session.alpha()).all()


def test_no_tool_changes_the_photo_and_their_masks_stay_out_of_the_session_file(session, tmp_path):
    before = session.photo.image8.copy()
    wand(session, 64, 48).grabcut(30, 14, 98, 82).chroma_key("#3c8c46")
    _ = session.alpha(), session.foreground()
    assert np.array_equal(session.photo.image8, before)
    assert session.bench.predictions.held == 0
