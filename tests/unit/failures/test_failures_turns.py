"""Symptoms, sliders, the reader's turn and the cures, on small cases with the hand-made model."""

from dataclasses import replace

import numpy as np
import pytest

import workbench as wb
from workbench.errors import InputError, UnknownNameError
from workbench.failures import attempting, cures, symptoms
from workbench.failures.case import Case
from workbench.prompts import PromptSet


def small(mode, severity=0.5, seed=0, material="procedural"):
    """A disk that lies the farther from where the box is drawn, the higher the severity."""
    y, x = np.mgrid[0:96, 0:128]
    x0 = 48 + 20 * severity
    alpha = np.clip(16.5 - np.hypot(x + 0.5 - x0, y + 0.5 - 48), 0, 1).astype(np.float32)
    front = behind = np.float32([0.4, 0.5, 0.3])  # to be told by where the box is alone
    mixed = alpha[..., None] * front + (1 - alpha[..., None]) * behind
    whole = np.ones((96, 128, 3), np.float32)
    prompts = (PromptSet(points=((48.0, 48.0),), labels=(1,), boxes=((32.0, 32.0, 64.0, 64.0),)),)
    return Case(
        mode, severity, seed, np.rint(255 * mixed).astype(np.uint8), alpha, whole * front,
        whole * behind, (("disk", alpha),), prompts, "It is not where one thinks.", "procedural",
        whole * behind,
    )  # fmt: skip


@pytest.fixture
def cases(monkeypatch, disks):
    for module in (symptoms, cures):
        monkeypatch.setattr(module, "case", small)


def test_a_symptom_is_the_default_answer_beside_the_truth(cases):
    found = wb.failures.symptom("hair", 0.5, segmenter="disks")
    assert found.comparison == wb.failures.compare(found.session.alpha(), found.case.alpha)
    assert found.exhibit.values["sad"] == found.comparison.sad > 0.1
    assert [type(edit).__name__ for edit in found.session.edits] == ["Box"]
    told = found._repr_mimebundle_()
    assert told["image/png"].startswith(b"\x89PNG") and "severity 0.5" in told["text/plain"]


def test_a_sweep_grows_with_the_severity(cases):
    values = wb.failures.sweep("hair", (0.0, 0.5, 1.0), segmenter="disks").values
    assert list(values) == ["sad at 0", "sad at 0.5", "sad at 1"]
    assert list(values.values()) == sorted(values.values()) and values["sad at 1"] > 0.2


@pytest.mark.parametrize("bad", [(0.2, "much"), (0.2, 1.5), (0.2, None), (0.2, float("nan"))])
def test_a_sweep_says_which_severity_is_none(cases, bad):
    with pytest.raises(InputError, match="expected a severity from 0 to 1, got"):
        wb.failures.sweep("hair", bad, segmenter="disks")


@pytest.mark.parametrize("bad", [0.5, None, (0.5,), (0.1,) * 7])
def test_a_sweep_is_of_two_to_six(cases, bad):
    with pytest.raises(InputError, match="severities"):
        wb.failures.sweep("hair", bad, segmenter="disks")


def test_the_slider_shows_each_severity_and_remembers_it(cases, disks):
    shown = wb.failures.explore("hair", 0.0, segmenter="disks")
    first = shown._picture.value, shown._told.value
    shown.severity = 1.0
    assert shown.shown.case.severity == 1 and shown._picture.value != first[0]
    asked = len(disks.asked)
    shown.severity = 0.0
    assert (shown._picture.value, shown._told.value) == first and len(disks.asked) == asked


def test_a_failure_is_said_and_the_picture_stays(cases, monkeypatch):
    shown = wb.failures.explore("hair", 0.0, segmenter="disks")
    before = shown._picture.value

    def fail(*_, **__):
        raise InputError("expected <b>something</b> else")

    monkeypatch.setattr("workbench.failures.exploring.symptom", fail)
    shown.severity = 0.5
    assert "&lt;b&gt;something" in shown._told.value and shown._picture.value == before


def test_the_box_is_around_all_of_several_subjects():
    from dataclasses import replace

    other = PromptSet(points=((100.0, 20.0),), labels=(1,), boxes=((90.0, 8.0, 120.0, 40.0),))
    both = small("multi_subject")
    session = wb.failures.begin(replace(both, prompts=(*both.prompts, other)), "grabcut")
    (box,) = session.edits
    assert (box.x0, box.y0, box.x1, box.y1) == (32, 8, 120, 64)


def drop(session):
    return session.subject().paint([(28, 30), (28, 66)], keep=False, size=26, hardness=1)


@pytest.fixture
def known(cases, monkeypatch):
    """A cure that paints the disk where it is."""
    moves = (
        cures.Move("Look <here>.", lambda s: s.subject().paint([(58, 48)], size=33, hardness=1)),
        cures.Move("Not there.", drop),
    )
    version = small("hair", 0.5, 3).version
    one = cures.Cure("hair", 0.5, 3, "A box.", moves, version)
    monkeypatch.setattr(cures, "CURES", {"hair": one})


def test_a_cure_is_a_session_whose_edits_say_why(known):
    session = wb.failures.cure("hair", "disks")
    notes = [entry.note for entry in session.history() if entry.note]
    assert notes == ["A box.", "Look <here>.", "Not there."]
    steps = wb.failures.lesson(session, small("hair").alpha, codes=()).steps
    assert [step.note for step in steps] == notes
    assert steps[-1].comparison.sad < 0.8 * steps[0].comparison.sad


def test_a_cure_is_of_one_case_alone(known):
    with pytest.raises(InputError, match=r"severity 0\.5 and seed 3"):
        wb.failures.cure(small("hair", 0.9, 3), "disks")
    with pytest.raises(UnknownNameError):
        wb.failures.cure("hare", "disks")


def test_of_a_modes_cures_that_of_the_case_is_taken(known, monkeypatch):
    first = cures.CURES["hair"]
    other = replace(first, seed=4, version=small("hair", 0.5, 4).version, kind="curls",
                    first="A curl.")  # fmt: skip
    monkeypatch.setattr(cures, "CURES", {"hair": first, "curls": other})
    for of in ("curls", small("hair", 0.5, 4)):
        assert wb.failures.cure(of, "disks").history()[0].note == "A curl."
    assert wb.failures.cure("hair", "disks").history()[0].note == "A box."


def test_there_is_a_cure_for_each_mode_and_one_for_movement():
    assert set(wb.failures.CURES) == {*wb.failures.MODES, "motion"}
    assert wb.failures.CURES["motion"].mode == "degraded"
    assert all(one.name == name for name, one in wb.failures.CURES.items())


def test_a_cure_is_not_laid_over_another_picture(known):
    other = replace(small("hair", 0.5, 3), image=np.full((96, 128, 3), 200, np.uint8))
    with pytest.raises(InputError, match="expected the picture that the cure of hair was made on"):
        wb.failures.cure(other, "disks")


def test_the_readers_turn_is_scored_beside_the_model_and_a_good_one(known):
    mine = wb.failures.attempt(small("hair", 0.5, 3), segmenter="disks")
    assert isinstance(mine, attempting.Attempt) and len(mine.session.edits) == 1
    alone = mine.score().values["sad"]
    mine.session.subject().paint([(58, 48)], size=33, hardness=1)
    drop(mine.session)
    mine._score.click()
    now = mine.score().values["sad"]
    assert (
        now < alone and f"Yours: SAD {now:.2f}; the model alone: {alone:.2f}." in mine._told.value
    )
    mine._reveal.click()
    assert mine.good is not None and mine._steps.children[0].at == 2
    assert "step by step" in mine._told.value  # and no longer how far the work is
    mine._score.click()
    assert f"a good one: {mine.good[-1].comparison.sad:.2f}" in mine._told.value
