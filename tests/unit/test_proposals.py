"""All the objects of a photo in a session: found once, looked up, shown, picked."""

from __future__ import annotations

import numpy as np
import pytest

import workbench as wb
from workbench import edits as e
from workbench.coordinates import Frame
from workbench.errors import ArrayError, EditError, InputError, PromptError, SessionFileError
from workbench.prompts import PromptSet
from workbench.proposals import Proposals
from workbench.segment.base import Prediction
from workbench.segment.everything import measured
from workbench.segment.regions import Window
from workbench.starting import packed, unpacked
from workbench.state import COLOURS

SHAPE = (96, 128)
BOXES = {"wall": (8, 8, 120, 88), "table": (20, 40, 100, 80), "cup": (40, 50, 60, 70),
         "lamp": (104, 12, 116, 30)}  # fmt: skip


def rectangle(x0, y0, x1, y1):
    logits = np.full(SHAPE, -6.0, np.float32)
    logits[y0:y1, x0:x1] = 6
    answer = Prediction.ranked(np.array([0.9]), logits[None], Frame.whole(SHAPE), SHAPE)
    whole = Window(0, 0, SHAPE[1], SHAPE[0])
    return measured(logits, 0.9, answer, (((x0 + x1) / 2, (y0 + y1) / 2),), whole)


@pytest.fixture
def finder(disks):
    """The hand-made segmenter, able to find four rectangles."""
    disks.capabilities = disks.capabilities | {"everything"}
    disks.searched = 0

    def propose_all(embedding, progress=None):
        disks.searched += 1
        return [rectangle(*box) for box in BOXES.values()]

    disks.propose = propose_all
    return disks


@pytest.fixture
def found(session, finder):
    return session.propose()


def test_found_once_and_the_largest_first(session, finder):
    found = session.propose()
    assert [p.box for p in found] == [BOXES[n] for n in ("wall", "table", "cup", "lamp")]
    session.subject().click(5, 5)
    assert session.propose() is found and finder.searched == 1
    assert found[0].area == 112 * 80 and found[0].model == finder.identity
    session.use("grabcut")
    with pytest.raises(InputError, match="got grabcut"):
        session.propose()


def test_what_lies_under_a_point_smallest_first(found):
    assert found.at(50.5, 60.5) == [found[2], found[1], found[0]]
    assert found.at(30, 50) == [found[1], found[0]]
    assert found.at(3, 3) == []
    assert found.at(8, 8) == [found[0]] and found.at(7.9, 8) == []  # to the pixel
    with pytest.raises(PromptError, match="inside"):
        found.at(200, 3)
    for number, proposal in enumerate(found):
        assert np.array_equal(found.inside(number), proposal.mask > 0.5)
    assert len(found.cells.stacks) == 5  # nothing, wall, table on it, cup on that, lamp


def test_a_large_photo_is_looked_up_on_a_smaller_grid():
    shape = (1000, 4000)
    logits = np.full((10, 40), -6.0, np.float32)
    logits[2:6, 8:20] = 6
    answer = Prediction.ranked(np.array([0.9]), logits[None], Frame.whole(shape), shape)
    one = measured(logits, 0.9, answer, (), Window(0, 0, 4000, 1000))
    found = Proposals([one], np.zeros((*shape, 3), np.uint8))
    assert found.cells.labels.shape == (256, 1024)
    assert found.at(1400, 400) == [one] and found.at(700, 400) == []
    assert found.picture().shape == (256, 1024, 3)
    assert one.area == pytest.approx(400 * 1200, rel=0.02)


def test_the_overview_colours_neighbours_apart(found):
    assert set(found.colours) <= set(COLOURS)
    wall, table, cup, lamp = found.colours
    assert wall not in (table, lamp) and table != cup
    picture = found.picture()
    assert picture.shape == (*SHAPE, 3) and picture.dtype == np.uint8
    tinted = picture[55, 25].astype(int) - found.image[55, 25] * 0.55
    wanted = [int(table[i : i + 2], 16) * 0.45 for i in (1, 3, 5)]
    assert np.abs(tinted - wanted).max() <= 2
    assert found._repr_png_()[:4] == b"\x89PNG" and "4 objects in 128×96" in repr(found)
    assert Proposals([], found.image).picture().shape == (*SHAPE, 3)


def test_eight_bits_keep_logits_and_their_sign():
    logits = np.array([[-90, -20, -6, -1e-6], [0, 1e-6, 6, 20]], np.float32)
    back = unpacked(packed(logits))
    assert np.array_equal(back > 0, logits > 0)
    assert np.abs(back - np.clip(logits, -20, 20)).max() < 0.08


def test_a_pick_takes_the_empty_subject_then_adds_more(session, found):
    first = session.pick(found[2])
    assert session.subjects == [first] and first.name == "subject"
    assert np.array_equal(first.mask > 0.5, found[2].mask > 0.5)
    second = session.pick(found[3])
    third = session.pick(found[1], name="table")
    assert [s.name for s in session.subjects] == ["table", "object 2", "subject"]
    assert len({s.colour for s in session.subjects}) == 3
    assert session.subject() == third and len(session.edits) == 3
    assert session.edits[0].words() == "Pick object at (50, 60), score 0.90"
    with pytest.raises(EditError, match="'table' a second time"):
        session.pick(found[0], name="table")
    session.undo()  # one edit, subject and mask together
    assert session.subjects == [second, first]
    session.redo()
    session.retract(session.edits[1])
    assert [s.name for s in session.subjects] == ["table", "subject"]
    with pytest.raises(ArrayError, match="of shape"):
        wb.open(np.zeros((10, 10, 3), np.uint8), "disks").pick(found[0])


def test_a_picked_object_is_refined_by_clicks_as_a_hint(session, found, disks):
    subject = session.pick(found[2]).click(20, 20)
    mask = subject.mask
    (asked,) = disks.asked
    assert isinstance(asked, PromptSet) and asked.hint is not None
    np.testing.assert_allclose(asked.hint.logits, found[2].prediction.logits[0], atol=0.08)
    assert mask[20, 20] > 0.9 and mask[60, 50] > 0.2 > 10 * mask[85, 10]
    session.use("grabcut")  # the pick stays the start, whoever is asked
    assert subject.mask[60, 50] > 0.5


def test_a_pick_replays_without_looking_again(session, found, finder, tmp_path):
    session.pick(found[2], name="cup")
    session.pick(found[3], name="lamp")
    alpha = session.alpha()
    saved = session.save(tmp_path / "s.mws")
    finder.searched = finder.encoded = 0
    again = wb.load(saved)
    assert [s.name for s in again.subjects] == ["lamp", "cup"]
    assert np.array_equal(again.alpha(), alpha)
    assert finder.searched == 0 == finder.encoded and finder.asked == []


def test_a_pick_is_recovered_from_the_journal(session, found):
    session.pick(found[2], name="cup")
    alpha = session.alpha()
    session._journal.close()
    (one,) = wb.recoverable()
    assert np.array_equal(wb.recover(one).alpha(), alpha)


def test_a_pick_that_makes_no_sense_is_refused(session, found):
    good = {"subject": session.subject().id, "blob": "0" * 24}
    for wrong in (
        {"frame": (0.0, 0.0, 5.0)}, {"frame": (5.0, 0.0, 5.0, 9.0)}, {"via": (4.0,)},
        {"via": (0.0, 9e9)}, {"points": ((500.0, 3.0),)},
    ):  # fmt: skip
        with pytest.raises((EditError, PromptError), match="expected"):
            session.do(e.Pick(**{**good, "frame": (0.0, 0.0, 9.0, 9.0), **wrong}))
    with pytest.raises(EditError, match="id of a subject"):
        session.do(e.Pick(subject="nobody", blob="0" * 24, frame=(0.0, 0.0, 9.0, 9.0)))
    assert session.edits == ()


def test_a_file_without_a_picked_objects_mask_is_refused(session, found, tmp_path):
    import zipfile

    session.pick(found[2], name="cup")
    saved = session.save(tmp_path / "s.mws")
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(tmp_path / "t.mws", "w") as new:
        for name in old.namelist():
            if not name.startswith("masks/"):
                new.writestr(name, old.read(name))
    with pytest.raises(SessionFileError, match="the mask cup in the file"):
        wb.load(tmp_path / "t.mws")
