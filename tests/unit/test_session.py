"""A session: what a person does, what it looks like, and that nothing of it drifts."""

from __future__ import annotations

import random
import threading

import numpy as np
import pytest

import workbench as wb
from workbench.errors import (
    ArrayError,
    CancelledError,
    EditError,
    PromptError,
    UnknownNameError,
    WorkbenchError,
)
from workbench.progress import CancelToken
from workbench.prompts import PromptSet

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


# ---- the model is asked once


def test_every_question_is_asked_once_and_undo_asks_nothing(session, disks):
    subject = session.subject()
    for n in range(4):
        subject.click(30 + 20 * n, 48)
        session.alpha()
        session.cutout()
    assert len(disks.asked) == 4 and disks.encoded == 1
    session.undo()
    session.alpha()
    session.redo()
    session.trimap()
    assert len(disks.asked) == 4 and disks.encoded == 1
    subject.edges(feather=3).trimap_settings(radius=5).paint([(64, 48)])
    session.alpha()
    assert len(disks.asked) == 4
    session.undo()
    subject.click(1, 1)
    session.alpha()
    assert len(disks.asked) == 5 and disks.encoded == 1


def test_strokes_on_a_large_photo_do_not_make_the_model_look_again(session, disks):
    from workbench.stages import StageCache

    session.bench.stages = StageCache(200_000)  # as if each plane were 100 MB
    for n in range(6):
        session.subject().click(20 + 15 * n, 48).paint([(20 + 15 * n, 20)], size=9)
        session.alpha()
    assert disks.encoded == 1


def test_answers_do_not_keep_full_size_masks(session):
    for n in range(5):
        session.subject().click(20 + 20 * n, 48)
        session.alpha()
    # Half the photo's size in float32: three candidates of the first click, then one a click.
    assert session.bench.predictions.held == (3 + 4) * (48 * 64 * 4 + 4)
    prediction = session.subject().prediction
    assert prediction.masks[0] is not prediction.masks[0]


def test_a_session_file_holds_the_last_answers_within_its_limit(session, disks, monkeypatch):
    from workbench import session as module

    subject = session.subject()
    for n in range(8):
        subject.click(20 + 10 * n, 48)
    session.add_subject("dog").click(30, 30)
    session.alpha()
    one = 48 * 64 * 4 + 4
    monkeypatch.setattr(module, "_ANSWERS_LIMIT", 6 * one)
    now = session.render(lambda r: r)
    kept = session._answers(now)
    # The dog's three candidates, and the newest three of the subject's eight answers.
    assert sum(p.size for p in kept.values()) == 6 * one
    assert session.subject("dog").prediction in kept.values()
    assert subject.prediction in kept.values()


def test_a_chain_of_a_thousand_clicks_is_answered_without_recursion(photo, disks):
    from workbench.stages import StageCache

    session = wb.open(photo, segmenter="disks", journal=False)
    one = disks.predict(disks.encode(photo), PromptSet(((5.0, 5.0),), (1,)))
    disks.predict = lambda embedding, prompts: disks.asked.append(prompts) or one
    disks.asked.clear()
    for n in range(1100):
        session.subject().click(10 + n % 100, 10 + n // 20)
    session.bench.predictions = StageCache(0)  # nothing is kept: all of it is asked
    assert session.subject().prediction is not None
    assert len(disks.asked) == 1100


# ---- what the model is asked


def test_choosing_a_candidate_makes_its_logits_the_next_hint(session, disks):
    subject = session.subject().click(64, 48)
    best = subject.mask.copy()
    subject.choose(2)
    assert not np.array_equal(subject.mask, best)
    chosen = subject.prediction.logits[2]
    subject.click(70, 50)
    session.alpha()
    asked = disks.asked[-1]
    assert np.array_equal(asked.hint.logits, chosen)
    assert asked.points == ((64, 48), (70, 50))
    for wrong in (3, -1, 1.5, "1", None):
        with pytest.raises(EditError):
            subject.choose(wrong)


def test_rerun_makes_what_is_painted_certain_and_asks_a_few_points(session, disks):
    subject = session.subject().click(64, 48)
    before = subject.prediction
    subject.paint([(30, 20), (100, 20)], keep=True, size=14, hardness=1)
    subject.paint([(64, 80)], keep=False, size=14, hardness=1).rerun()
    session.alpha()
    asked = disks.asked[-1]
    hint = asked.hint.logits  # half the photo's size
    assert hint[10, 32] > 7.5 and hint[40, 32] < -7.5
    assert hint[24, 5] == before.logits[0][24, 5]  # not painted: the model's
    assert len(asked.points) == 1 + 3 + 1
    assert asked.labels == (1, 1, 1, 1, 0)


def test_rerun_with_strokes_that_ask_nothing_is_no_trap(session):
    subject = session.subject()
    with pytest.raises(EditError, match="paint first"):
        subject.rerun()
    subject.restore([(64, 48)])
    with pytest.raises(EditError, match="paint first"):
        subject.rerun()
    subject.paint([(-50, -50)], size=10).rerun()
    assert not session.alpha().any()
    subject.scribble([(-5, -5), (-9, -9)]).click(64, 48)
    assert session.alpha()[48, 64] == 1


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


# ---- values from elsewhere


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
        lambda s: s.decontaminate(2),
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


def test_prepare_does_the_slow_part_before_the_first_click(session, disks):
    said = []
    session.prepare(lambda fraction, words: said.append(words))
    assert disks.encoded == 1 and disks.asked == [] and "looking" in said
    session.subject().click(64, 48)
    assert session.subject().mask[48, 64] > 0.9
    assert disks.encoded == 1 and session.edits[0].x == 64


def test_prepare_can_be_cancelled_and_needs_no_turn_of_a_computation(session, disks):
    token = CancelToken()
    token.cancel()
    with pytest.raises(CancelledError):
        session.prepare(token)
    with session._lock:  # somebody computes
        other = threading.Thread(target=session.prepare)
        other.start()
        other.join(20)
        assert not other.is_alive() and disks.encoded == 1


def test_a_closed_session_holds_no_memory_and_can_still_be_looked_at(session):
    session.subject().click(64, 48)
    before = session.alpha().copy()
    assert session.bench.stages.held > 0 and session.bench.predictions.held > 0
    session.close()
    assert session.bench.stages.held == session.bench.predictions.held == 0
    assert session.bench.models == {}
    np.testing.assert_array_equal(session.alpha(), before)


def test_a_photo_opened_again_is_not_encoded_again(photo, disks):
    for _ in range(2):
        wb.open(photo, segmenter="disks", journal=False).subject().click(64, 48).prediction  # noqa: B018
    assert disks.encoded == 1


def test_what_a_model_says_of_how_it_runs_is_passed_on(session, disks):
    disks.notes = ["no room on the GPU; disks now runs on the CPU"]
    assert not set(disks.notes) & set(session.notes), "it was not asked yet"
    session.subject().click(64, 48)
    assert session.notes == disks.notes


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
