"""Edits, document and fold: what a list of edits means."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, fields, replace
from typing import ClassVar

import pytest

from workbench import edits as e
from workbench.document import Document
from workbench.errors import EditError, PromptError, SessionFileError
from workbench.folding import fold
from workbench.settings import Settings
from workbench.state import SubjectState

SHAPE = (60, 80)


def new_document() -> Document:
    opening = (
        e.UseSegmenter(id="u", segmenter="disks"),
        e.AddSubject(id="a", subject="s", name="subject"),
    )
    return Document("key", SHAPE, opening)


def some_edits() -> list[e.Edit]:
    return [
        e.Click(subject="s", x=10, y=20),
        e.Box(subject="s", x0=5, y0=5, x1=50, y1=40),
        e.Scribble(subject="s", points=((1, 1), (9, 9)), keep=False),
        e.Paint(subject="s", points=((3.0, 3.0), (8, 8)), keep=None, pressures=(0.5, 1.0)),
        e.Lasso(subject="s", points=((1, 1), (30, 2), (20, 40))),
        e.Rerun(subject="s"),
        e.Choose(subject="s", candidate=1),
        e.RefineEdge(subject="s", points=((2, 2),)),
        e.Trimap(subject="s", points=((2, 2),), value=1),
        e.TrimapSettings(subject="s", radius=4.5),
        e.LoadDepth(blob="abc", low=1.5, high=20.0, near="small", name="depth.npy"),
        e.TrimapSettings(subject="s", smart=True, depth=True),
        e.SelectDepth(subject="s", blob="abc", low=1.5, high=20.0, near=2, far=5.5),
        e.Matte(subject="s", method="guided"),
        e.Glass(subject="s", highlights=0.5),
        e.Edges(subject="s", feather=2.0),
        e.Blur(subject="s", blur_length=20.0, blur_angle=35, defocus=0),
        e.Decontaminate(subject="s", amount=0.5),
        e.Cast(subject="s", cast=0.5, cast_reach=9),
        e.Frequency(subject="s", hair=1, hair_tone=0.2),
        e.Shadow(subject="s", mode="keep"),
        e.ShadowStroke(subject="s", points=((2, 2),), keep=False),
        e.Reflection(subject="s", mode="keep"),
        e.LoadTrimap(subject="s", blob="0" * 24, name="mine"),
        e.Light(subject="s", light_exposure=-1.5, light_tint=0.5),
        e.ReflectionStroke(subject="s", points=((2, 2),)),
        e.Pass(subject="s", region=((1, 1), (30, 2), (20, 40)), kind="hair", radius=30.0),
        e.Pass(subject="s", region=((1, 1), (9, 2), (2, 9)), why="It is crisp here.", id="p"),
        e.Insist(subject="s", always=True, within="p"),
        e.LoadMask(subject="s", blob="abc"),
        e.Auto(subject="s", model="u2netp"),
        e.SecondLook(subject="s", x0=1, y0=1, x1=30, y1=30.5, identity="second look"),
        e.Pick(subject="s", blob="abc", frame=(0.0, 0.0, 64.0, 64.0), via=(32.0, 32.0)),
        e.Pick(subject="u", name="cup", blob="d", frame=(0.0, 0.5, 9.0, 9.0), points=((3, 4),)),
        e.Text(subject="s", text="a dog", like=((1, 1, 9, 9.5),), unlike=((2, 2, 8, 8),)),
        e.ChromaKey(subject="s", colour="#00b140"),
        e.MagicWand(subject="s", x=3, y=4, sample=3, combine="add"),
        e.GrabCut(subject="s", x0=1, y0=1, x1=30, y1=30, combine="subtract"),
        e.Scissors(subject="s", points=((1, 1), (30, 2), (20, 40)), combine="intersect"),
        e.UseSegmenter(segmenter="grabcut", identity="grabcut:none:uint8"),
        e.UseMatting(method="refined", identity="refined 0123"),
        e.AddSubject(subject="t", name="dog", colour="#112233"),
        e.DescribeSubject(subject="t", hidden=True),
        e.Reorder(order=("s", "t")),
        e.DeleteSubject(subject="t"),
        e.Reset(),
    ]


def test_every_kind_of_edit_survives_json_to_the_letter():
    document = new_document()
    for edit in some_edits():
        document = document.add(edit)
        # Folded one edit at a time or all at once: the same.
        assert document.state() == fold(document.opening, document.active)
    assert {type(x) for x in document.edits} == set(e.KINDS.values()) - {e.Retract, e.Note}
    for edit in document.edits:
        assert e.from_json(json.loads(json.dumps(edit.to_json()))) == edit


def test_every_kind_of_edit_says_itself_in_words_for_a_person():
    for edit in (*some_edits(), e.Retract(edit_id="0"), e.Note(edit_id="0", text="why")):
        words = edit.words()
        assert len(words) > 5 and words[0].isupper(), edit
        assert not (words.startswith(type(edit).__name__ + "(") or "None" in words or "=" in words)
    said = {type(edit).__name__: edit.words() for edit in some_edits()}
    assert said["Click"] == "Keep click at (10, 20)"
    assert said["Box"] == "Box (5, 5) to (50, 40)"
    assert said["Paint"] == "Restore to model, 40 px, 2 points"
    assert said["RefineEdge"] == "Refine edge, 60 px, 1 point"
    assert said["Edges"] == "Edges: feather 2"
    with pytest.raises(TypeError, match="Mute to say itself"):
        type("Mute", (e.Edit,), {})


def test_what_an_edit_sets_and_gathers_is_there_in_the_state():
    known = {f.name: f.type for f in fields(SubjectState)}
    settings = {f.name for f in fields(Settings)}
    for edit in some_edits():
        assert set(edit.sets()) <= (settings if isinstance(edit, e.Setting) else set(known)), edit
        assert not edit.gathers or known[edit.gathers].startswith("tuple["), edit


def test_a_new_setting_needs_its_class_alone():
    @dataclass(frozen=True, kw_only=True)
    class Softer(e.Setting):
        stage: ClassVar[str] = "edges"
        by: float = 1.0

        def words(self) -> str:
            return f"Softer by {self.by:g}"

        def sets(self) -> dict:
            return {"feather": self.by}

    try:
        made = new_document().add(Softer(subject="s", by=3)).edits[-1]
        again = e.from_json(json.loads(json.dumps(made.to_json())))
        assert again == made
        before = new_document().state().subject("s")
        assert new_document().add(again).state().subject("s") == replace(
            before, settings=Settings(feather=3)
        )
        with pytest.raises(EditError, match="expected a subject for Softer"):
            new_document().add(Softer())
    finally:
        del e.KINDS["Softer"]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([], "JSON object"),
        ({"edit": "Explode", "id": "1"}, "known kind"),
        ({"edit": "Click", "id": "1", "subject": "s", "x": 1.0}, "whole Click"),
        ({"edit": "Click", "id": "1", "subject": "s", "x": 1.0, "y": "2"}, "Click.y"),
        ({"edit": "Click", "id": "1", "subject": "s", "x": 1.0, "y": float("nan")}, "Click.y"),
        ({"edit": "Click", "id": "1", "subject": "s", "x": 1, "y": 2, "z": 3}, "'z'"),
        ({"edit": "Paint", "id": "1", "subject": "s", "points": [[1, 2, 3]]}, "Paint.points"),
        ({"edit": "Hide", "id": 7}, "known kind"),
    ],
)
def test_broken_json_is_refused_in_words(values, says):
    with pytest.raises(SessionFileError, match=says):
        e.from_json(values)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (e.Click(subject="s", x=80, y=5), r"inside 0..80 × 0..60, got \(80, 5\)"),
        (e.Click(subject="s", x=float("nan"), y=5), "inside"),
        (e.Box(subject="s", x0=50, y0=10, x1=20, y1=30), "x0 < x1"),
        (e.Box(subject="s", x0=5, y0=5, x1=5, y1=5), "at least one pixel"),
        (e.Box(subject="s", x0=70, y0=10, x1=90, y1=20), r"got \(70, 10, 90, 20\)"),
        (e.Lasso(subject="s", points=((1, 1), (2, 2))), "at least 3 points"),
        (e.Scribble(subject="s", points=()), "at least one point"),
    ],
)
def test_a_prompt_that_makes_no_sense_changes_nothing(edit, says):
    document = new_document()
    with pytest.raises(PromptError, match=says):
        document.add(edit)
    assert document.edits == ()


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (e.Choose(subject="s", candidate=0), "click first"),
        (e.Rerun(subject="s"), "paint first"),
        (e.Click(subject="ghost", x=1, y=1), "'ghost'"),
        (e.Click(x=1, y=1), "expected a subject"),
        (e.Retract(edit_id="nothing"), "'nothing'"),
        (e.AddSubject(subject="t", name="subject"), "second time"),
        (e.AddSubject(subject="t", name="  "), "1 to 100"),
        (e.AddSubject(subject="t", name="x", colour="red"), "#ff8800"),
        (e.TrimapSettings(subject="s", radius=251), "0..250"),
        (e.Edges(subject="s", shift=-101), "-100..100"),
        (e.Paint(subject="s", points=((1, 1),), pressures=(0.1, 0.2)), "one pressure a point"),
        (e.Paint(subject="s", points=((1, 1),), hardness=1.5), "hardness"),
        (e.Trimap(subject="s", points=((1, 1),), value=0.3), "0, 0.5 or 1"),
    ],
)
def test_an_edit_that_makes_no_sense_here_is_refused(edit, says):
    with pytest.raises(EditError, match=says):
        new_document().add(edit)


def test_undo_then_redo_changes_nothing_and_a_new_edit_drops_the_undone():
    document = new_document()
    for edit in some_edits()[:6]:
        document = document.add(edit)
    back = document.at(document.cursor - 2)
    assert back.state() != document.state()
    assert back.at(document.cursor).state() == document.state()
    branched = back.add(e.Click(subject="s", x=1, y=1))
    assert len(branched.edits) == 5
    assert branched.edits[:4] == document.edits[:4]


def test_retract_takes_back_one_edit_and_can_itself_be_retracted():
    document = new_document()
    for x in (10, 20, 30):
        document = document.add(e.Click(subject="s", x=x, y=5))
    middle = document.edits[1].id
    without = document.add(e.Retract(edit_id=middle))
    assert without.state().subject("s").steps[-1].points == ((10, 5), (30, 5))
    again = without.add(e.Retract(edit_id=without.edits[-1].id))
    assert again.state() == document.state()


def test_retracting_a_subject_silences_what_was_done_to_it():
    document = new_document().add(e.AddSubject(subject="t", name="dog"))
    document = document.add(e.Click(subject="t", x=1, y=1))
    gone = document.add(e.Retract(edit_id=document.edits[0].id))
    assert gone.state() == new_document().state()


def test_reset_starts_over_and_undo_brings_everything_back():
    document = new_document().add(e.Click(subject="s", x=1, y=1))
    document = document.add(e.AddSubject(subject="t", name="dog"))
    over = document.add(e.Reset())
    assert over.state() == new_document().state()
    assert over.at(2).state() == document.state()


def test_new_subjects_come_in_front_with_colours_of_their_own():
    document = new_document()
    for n in range(8):
        document = document.add(e.AddSubject(subject=f"n{n}", name=f"name {n}"))
    subjects = document.state().subjects
    assert [s.id for s in subjects] == [f"n{n}" for n in range(7, -1, -1)] + ["s"]
    assert len({s.colour for s in subjects[-7:]}) == 7
    moved = document.add(e.Reorder(order=("s", "n3"))).state().subjects
    assert [s.id for s in moved[:3]] == ["s", "n3", "n7"]


def test_prompts_add_up_a_box_replaces_and_takes_no_hint():
    document = new_document().add(e.Click(subject="s", x=1, y=1))
    document = document.add(e.Click(subject="s", x=2, y=2, keep=False))
    steps = document.state().subject("s").steps
    assert [s.hint for s in steps] == ["none", "last"]
    assert steps[-1].labels == (1, 0)
    for x1 in (50, 60):
        document = document.add(e.Box(subject="s", x0=0, y0=0, x1=x1, y1=40))
    last = document.state().subject("s").steps[-1]
    assert (last.boxes, last.hint, last.labels) == (((0, 0, 60, 40),), "none", (1, 0))


def test_another_segmenter_is_asked_everything_anew_without_the_old_answer():
    document = new_document().add(e.Click(subject="s", x=1, y=1))
    document = document.add(e.Click(subject="s", x=9, y=9))
    document = document.add(e.UseSegmenter(segmenter="grabcut"))
    (step,) = document.state().subject("s").steps
    assert (step.segmenter.segmenter, step.hint, len(step.points)) == ("grabcut", "none", 2)


def test_a_loaded_mask_stays_the_starting_point_for_another_segmenter():
    document = new_document().add(e.LoadMask(subject="s", blob="abc"))
    document = document.add(e.Click(subject="s", x=9, y=9))
    document = document.add(e.UseSegmenter(segmenter="grabcut"))
    first, second = document.state().subject("s").steps
    assert first.start.blob == "abc"
    assert (second.hint, second.segmenter.segmenter) == ("last", "grabcut")


@pytest.mark.parametrize(
    "start",
    [
        e.LoadMask(subject="s", blob="abc"),
        e.Text(subject="s", text="a dog"),
        e.MagicWand(subject="s", x=3, y=4),
    ],
    ids=lambda edit: type(edit).__name__,
)
@pytest.mark.parametrize(
    "anew",
    [
        e.Box(subject="s", x0=5, y0=5, x1=50, y1=40),
        e.Lasso(subject="s", points=((1, 1), (30, 2), (20, 40))),
    ],
    ids=lambda edit: type(edit).__name__,
)
def test_a_box_after_a_start_takes_no_hint_from_it_whoever_is_asked(start, anew):
    document = new_document().add(start).add(anew)
    alone = new_document().add(anew)
    other = e.UseSegmenter(segmenter="grabcut")
    assert document.state().subject("s").steps[-1].hint == "none"
    assert document.add(other).state().subject("s") == alone.add(other).state().subject("s")
    # The clicks that refine it are put with it, and still without the start.
    click = e.Click(subject="s", x=9, y=9)
    (step,) = document.add(click).add(other).state().subject("s").steps
    assert (step.hint, step.points, step.start) == ("none", ((9, 9),), None)
    # What starts anew after the box is a start again.
    again = document.add(e.Auto(subject="s", model="u2netp")).add(click).add(other)
    assert [s.hint for s in again.state().subject("s").steps] == ["none", "last"]


def test_the_fold_of_any_prefix_never_fails():
    rng = random.Random(1)
    for _ in range(200):
        edits = [e.Retract(edit_id="0"), *some_edits()]
        edits = rng.sample(edits, rng.randint(0, len(edits)))
        edits += [e.Retract(edit_id=x.id) for x in rng.sample(edits, len(edits) // 3)]
        fold(new_document().opening, edits)


def test_a_preset_is_said_by_what_it_does():
    one = e.Edges(subject="a", smooth=0, feather=0, contrast=0, shift=0, despeckle=1, denoise=15)
    assert one.words() == "Edges: despeckle 1, denoise 15, the rest 0"
    assert e.Edges(subject="a", smooth=0, feather=2).words() == "Edges: smooth 0, feather 2"
    assert e.Edges(subject="a", smooth=0).words() == "Edges: smooth 0"


def test_how_new_subjects_are_solved_is_pinned_and_of_before_it_was_closed_form():
    old = new_document()
    assert old.state().subject("s").settings == Settings()
    assert Settings().method == "closed_form"
    pinned = e.UseMatting(method="refined", identity="refined 0123")
    document = Document("key", SHAPE, (old.opening[0], pinned, old.opening[1]))
    document = document.add(e.AddSubject(subject="t", name="dog"))
    for subject in document.state().subjects:
        assert (subject.settings.method, subject.settings.identity) == ("refined", "refined 0123")
    document = document.add(e.Matte(subject="t", method="guided"))
    settings = document.state().subject("t").settings
    assert (settings.method, settings.identity) == ("guided", "")
