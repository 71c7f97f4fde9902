"""A session: what a person does, what it looks like, and that nothing of it drifts."""

from __future__ import annotations

import random
import threading

import numpy as np
import pytest

import workbench as wb
from workbench.errors import (
    EditError,
    UnknownNameError,
    WorkbenchError,
)

WHOLE = [(0, 48), (128, 48)]


def work(session) -> None:
    """A bit of everything."""
    subject = session.subject()
    subject.click(64, 48).box(30, 14, 98, 82)
    subject.paint([(64, 20), (80, 30)], keep=False, size=12)
    subject.scribble([(40, 48), (60, 48)]).rerun().choose(0)
    subject.refine_edge([(94, 48)], size=20).mark([(64, 48)], value=1, size=10)
    subject.trimap_settings(radius=4).edges(feather=2, shift=-20).decontaminate(0.5)
    session.subject("dog").lasso([(10, 60), (50, 60), (50, 90), (10, 90)])
    session.subject("dog").paint([(100, 80)], size=20)


# ---- undo, redo, retract


def test_undo_everything_then_redo_everything_is_the_same_alpha_to_the_bit(session):
    work(session)
    before = session.alpha().copy()
    while session.undo():
        pass
    assert session.edits == () and not session.alpha().any() and not session.undo()
    while session.redo():
        pass
    assert np.array_equal(session.alpha(), before) and not session.redo()


def test_the_same_edits_on_a_fresh_bench_are_the_same_alpha_to_the_bit(session, photo):
    """What was cached on the way, by undo and redo and by asking in between, leaves no trace."""
    for _ in range(3):
        session.subject().click(40, 40)
        session.alpha()
        session.undo()
    work(session)
    session.alpha()
    fresh = wb.open(photo, segmenter="disks")
    names = {s.id: s.name for s in session.subjects}
    assert set(names.values()) == {"subject", "dog"}
    work(fresh)
    assert np.array_equal(fresh.alpha(), session.alpha())
    assert np.array_equal(fresh.foreground(), session.foreground())


def random_call(session, rng: random.Random) -> None:
    """One public call with values that often make no sense."""

    def x():
        return rng.uniform(-10, 138)

    def y():
        return rng.uniform(-8, 104)

    def stroke():
        return [(x(), y()) for _ in range(rng.randint(1, 4))]

    subject = rng.choice(session.subjects)
    call = rng.choice(
        [
            lambda: subject.click(x(), y(), keep=rng.random() < 0.7),
            lambda: subject.box(x(), y(), x(), y()),
            lambda: subject.lasso(stroke()),
            lambda: subject.scribble(stroke(), keep=rng.random() < 0.5),
            lambda: subject.paint(stroke(), keep=rng.random() < 0.5, size=rng.uniform(0, 60)),
            lambda: subject.restore(stroke()),
            lambda: subject.refine_edge(stroke(), size=30),
            lambda: subject.mark(stroke(), value=rng.choice([0, 0.5, 1])),
            lambda: subject.rerun(),
            lambda: subject.choose(rng.randint(0, 3)),
            lambda: subject.load_mask(np.full((96, 128), rng.random(), np.float32)),
            lambda: subject.trimap_settings(radius=rng.randint(0, 9)),
            lambda: subject.matte(rng.choice(["none", "closed_form"])),
            lambda: subject.edges(feather=rng.randint(0, 3), shift=rng.randint(-50, 50)),
            lambda: subject.decontaminate(rng.random()),
            lambda: subject.hide() if rng.random() < 0.5 else subject.show(),
            lambda: subject.rename(rng.choice(["a", "b", "c", "d"])),
            lambda: subject.delete() if rng.random() < 0.3 else None,
            lambda: session.subject(rng.choice(["a", "b", "c"])),
            lambda: session.reorder(rng.sample(session.subjects, len(session.subjects))),
            lambda: session.retract(rng.choice(session.edits)) if session.edits else None,
            lambda: session.reset() if rng.random() < 0.1 else None,
            lambda: session.use("disks"),
            session.undo,
            session.redo,
        ]
    )
    call()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_it_can_be_undone_and_redone(photo, disks, seed, tmp_path):
    session = wb.open(photo[::2, ::2].repeat(2, 0).repeat(2, 1), segmenter="disks", journal=False)
    rng = random.Random(seed)
    refused = 0
    for n in range(200):
        if not session.subjects:
            session.subject()
        before = session.document
        try:
            random_call(session, rng)
        except WorkbenchError as error:  # anything else is a bug
            refused += 1
            assert session.document is before, "a refused edit changed the document"
            assert "\n" not in str(error)
        if n % 20 == 0:
            session.alpha()
    assert 10 < refused < 150
    alpha = session.alpha().copy()
    assert alpha.min() >= 0 and alpha.max() <= 1
    cursor = session.document.cursor
    asked = len(disks.asked)
    while session.undo():
        pass
    assert session.edits == () and len(session.subjects) == 1
    session.go_to(cursor)
    assert np.array_equal(session.alpha(), alpha)
    assert len(disks.asked) == asked  # going back and forth asked nothing

    saved = session.save(tmp_path / "all.mws")
    asked = len(disks.asked)
    again = wb.load(saved, journal=False)
    assert np.array_equal(again.alpha(), alpha)
    assert again.edits == session.edits
    assert again.document == session.document
    assert len(disks.asked) == asked


def test_one_edit_in_the_middle_is_taken_back(session, photo):
    subject = session.subject().click(50, 48).click(80, 48)
    wrong = session.edits[-1]
    subject.click(60, 70)
    session.retract(wrong)
    without = wb.open(photo, segmenter="disks")
    without.subject().click(50, 48).click(60, 70)
    assert np.array_equal(session.alpha(), without.alpha())
    assert session.alpha()[48, 90] < 0.1
    session.undo()
    assert session.alpha()[48, 90] > 0.9
    with pytest.raises(EditError, match="expected the id of an edit"):
        session.retract("nonsense")


def test_reset_starts_over_and_can_be_undone(session):
    work(session)
    before = session.alpha().copy()
    session.reset()
    assert not session.alpha().any() and [s.name for s in session.subjects] == ["subject"]
    session.undo()
    assert np.array_equal(session.alpha(), before)


# ---- a painted pixel wins


@pytest.mark.parametrize("keep", [True, False])
def test_a_painted_pixel_wins_over_everything(session, keep):
    subject = session.subject().click(64, 48)
    subject.paint(WHOLE, keep=keep, size=10, hardness=1)
    painted = np.s_[45:51, :]
    assert (session.alpha()[painted] == keep).all()
    for act in (
        lambda: subject.rerun(),
        lambda: subject.choose(0),
        lambda: subject.edges(feather=20, shift=100),
        lambda: subject.edges(feather=0, shift=-100, smooth=80, contrast=50),
        lambda: subject.mark([(64, 48)], value=1 - keep, size=30),
        lambda: subject.click(20, 48, keep=not keep),
        lambda: subject.load_mask(np.full((96, 128), 1 - keep, np.float32)),
        lambda: subject.matte("none"),
        # A soft stroke of the same kind over it takes no certainty away.
        lambda: subject.paint(WHOLE, keep=keep, size=30, hardness=0, opacity=0.3),
    ):
        act()
        assert (session.alpha()[painted] == keep).all(), session.edits[-1].words()


def test_painted_keep_wins_over_what_stands_in_front(session):
    """In the matte of the subject; the stack then gives the pixel to who is in front."""
    back = session.subject().click(64, 48).paint([(64, 48)], size=20, hardness=1)
    front = session.add_subject("front").click(64, 48).paint([(64, 48)], size=10, hardness=1)
    assert session.alpha(front)[48, 64] == 1 and session.alpha(back)[48, 64] == 0
    assert session.alpha()[48, 64] == 1
    session.reorder([back, front])
    assert session.alpha(back)[48, 64] == 1 and session.alpha(front)[48, 64] == 0


# ---- subjects


def test_subjects_are_added_named_coloured_ordered_hidden_deleted_and_all_is_undone(session):
    first = session.subject()
    dog = session.subject("dog")
    assert session.subject("dog") == dog and session.subject() == dog
    cat = session.add_subject("cat", colour="#123456")
    assert [s.name for s in session.subjects] == ["cat", "dog", "subject"]
    assert cat.colour == "#123456" and len({s.colour for s in session.subjects}) == 3
    session.reorder(["dog", first])
    steps = [
        (lambda: dog.rename("hound"), lambda: dog.name, "dog", "hound"),
        (lambda: dog.recolour("#abcdef"), lambda: dog.colour, dog.colour, "#abcdef"),
        (lambda: dog.hide(), lambda: dog.hidden, False, True),
        (lambda: dog.show(), lambda: dog.hidden, True, False),
        (lambda: session.reorder([cat]), lambda: session.subjects[0], dog, cat),
        (lambda: cat.delete(), lambda: len(session.subjects), 3, 2),
    ]
    for act, look, before, after in steps:
        assert look() == before
        act()
        assert look() == after
        session.undo()
        assert look() == before
        session.redo()
        assert look() == after
    with pytest.raises(EditError, match="id of a subject"):
        cat.click(5, 5)
    with pytest.raises(EditError, match="second time"):
        first.rename("hound")
    with pytest.raises(EditError, match="second time"):
        session.add_subject("subject")
    with pytest.raises(UnknownNameError, match="did you mean hound"):
        session.alpha("houd")


def test_overlaps_go_to_who_is_in_front_and_the_sum_is_at_most_one(session):
    back = session.subject().click(56, 48).matte("none").edges(feather=3)
    front = session.add_subject("front").click(70, 48).matte("none").edges(feather=4)
    shares = session.alpha(back), session.alpha(front)
    assert (shares[0] + shares[1]).max() <= 1 + 1e-6
    assert session.alpha().max() <= 1
    assert shares[1][48, 63] > 0.95 > 0.05 > shares[0][48, 63]
    assert np.allclose(session.alpha(), shares[0] + shares[1], atol=1e-6)
    session.reorder([back])
    assert session.alpha(back)[48, 63] > 0.95
    front.hide()
    assert np.array_equal(session.alpha(), session.alpha(back))
    assert session.alpha(front)[48, 70] > 0.99  # hidden, but still to be looked at


def test_without_subjects_nothing_is_there_and_looking_makes_no_edit(session):
    session.subject().delete()
    made = session.edits
    assert session.subjects == []
    assert not session.alpha().any() and not session.trimap().any()
    assert session.composite("white").min() == 255
    assert session.edits == made
    assert session.subject().name == "subject"  # asked for by a person, so there is one


def test_watchers_hear_of_every_change(session):
    heard = []
    stop = session.on_change(lambda: heard.append(session.document.cursor))
    session.subject().click(1, 1)
    session.undo()
    session.redo()
    assert heard == [1, 0, 1]
    stop()
    session.undo()
    assert len(heard) == 3


def test_edits_from_several_threads_all_count(session):
    barrier = threading.Barrier(6)
    failures = []

    def hand(n):
        try:
            barrier.wait()
            for i in range(25):
                if n == 5:
                    session.alpha()
                elif n == 4:
                    session.subject(f"name {i % 3}")
                else:
                    subject = session.subjects[-1]
                    subject.paint([(n * 20 + i, 10 + n)], size=3)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is reported below
            failures.append(error)

    threads = [threading.Thread(target=hand, args=(n,)) for n in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures
    assert sum(type(x).__name__ == "Paint" for x in session.edits) == 100
    assert sorted(s.name for s in session.subjects) == ["name 0", "name 1", "name 2", "subject"]


def test_a_closed_session_holds_no_memory_and_can_still_be_looked_at(session):
    session.subject().click(64, 48)
    before = session.alpha().copy()
    assert session.bench.stages.held > 0 and session.bench.predictions.held > 0
    session.close()
    assert session.bench.stages.held == session.bench.predictions.held == 0
    assert session.bench.models == {}
    np.testing.assert_array_equal(session.alpha(), before)


def test_marks_set_the_trimap_and_one_beside_the_photo_sets_nothing(session):
    subject = session.subject().box(30, 15, 98, 80)
    before = session.trimap()
    subject.mark([(-20, -20), (-10, -10)], value=1, size=4)
    assert (session.trimap() == before).all()
    subject.mark([(4, 4), (12, 4)], value=0.5, size=6)
    subject.mark([(110, 90)], value=1, size=6)
    after = session.trimap()
    assert after[4, 8] == 0.5 and after[90, 110] == 1
    assert (after[40:60, 50:70] == before[40:60, 50:70]).all()
