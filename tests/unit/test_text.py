"""A subject that is asked for in words: the edit, what it means, and who can be asked."""

import numpy as np
import pytest

import workbench as wb
from workbench import edits as e
from workbench import segment
from workbench.errors import PromptError, UnsupportedPromptError
from workbench.segment.base import Prediction


@pytest.fixture
def reader(disks, monkeypatch):
    """The hand-made segmenter, who reads: each word is a find, as wide as it has letters."""
    plain = disks.predict

    def predict(embedding, prompts):
        if prompts.text is None and not prompts.exemplars:
            return plain(embedding, prompts)
        disks.asked.append(prompts.checked(embedding.shape))
        y, x = np.mgrid[0:96, 0:128] + 0.5
        words = (prompts.text or "visual").split()
        logits = [np.clip(4 * len(w) - np.hypot(x - 64, y - 48), -10, 10) for w in words]
        frame = segment.base.Frame.whole(embedding.shape)
        scores = np.linspace(0.9, 0.5, len(words))
        return Prediction.ranked(scores, np.stack(logits), frame, embedding.shape)

    monkeypatch.setattr(disks, "predict", predict)
    disks.capabilities = disks.capabilities | {"text", "exemplars"}
    return disks


def area(session) -> int:
    return int((session.subject().mask > 0.5).sum())


def test_what_is_found_are_the_candidates_and_a_click_refines_the_chosen_one(reader, photo):
    session = wb.open(photo, segmenter="disks")
    subject = session.subject().ask("one  three seventeen")
    assert session.edits[-1].text == "one three seventeen"
    assert session.edits[-1].words() == "Ask for “one three seventeen”"
    assert len(subject.prediction.masks) == 3 and area(session) < 600
    subject.choose(2)
    wide = area(session)
    assert wide > 3000
    subject.click(20, 20)
    assert area(session) > 2000
    asked = reader.asked[-1]
    assert asked.text is None and asked.points == ((20, 20),) and asked.labels == (1,)
    assert asked.hint.logits.max() == 10
    session.undo()
    assert area(session) == wide


def test_examples_are_asked_as_given(reader, photo):
    session = wb.open(photo, segmenter="disks")
    session.subject().ask(like=[(10, 10, 30, 30)], unlike=[(50, 50, 60, 70.03)])
    session.subject().prediction  # noqa: B018 - asks
    assert reader.asked[-1].text is None
    assert reader.asked[-1].exemplars == ((10, 10, 30, 30), (50, 50, 60, 70))
    assert reader.asked[-1].exemplar_labels == (1, 0)
    assert session.edits[-1].words() == "Ask for 2 examples"
    back = e.from_json(session.edits[-1].to_json())
    assert back == session.edits[-1]


def test_a_segmenter_that_cannot_read_is_refused_before_anything_is_done(session, disks):
    with pytest.raises(UnsupportedPromptError, match=r"for disks, got a text; .*put to sam3"):
        session.subject().ask("a dog")
    with pytest.raises(UnsupportedPromptError, match="for disks, got examples"):
        session.subject().ask(like=[(1, 1, 9, 9)])
    assert session.edits == () and disks.encoded == 0


def test_an_edit_that_came_another_way_is_refused_before_the_photo_is_encoded(session, disks):
    subject = session.subject()
    session.do(e.Text(subject=subject.id, text="a dog"))
    with pytest.raises(UnsupportedPromptError):
        subject.mask  # noqa: B018 - asks
    assert disks.encoded == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "got neither"),
        ({"text": "   "}, "got neither"),
        ({"text": "x" * 201}, "up to 200 characters"),
        ({"like": [(5, 5, 500, 50)]}, "a box inside"),
        ({"like": [(1, 1, 9, 9)] * 33}, "up to 32 examples, got 33"),
        ({"like": 3}, "expected boxes"),
    ],
)
def test_nonsense_is_named(reader, photo, given, words):
    session = wb.open(photo, segmenter="disks")
    with pytest.raises(PromptError, match=words):
        session.subject().ask(**given)
    assert session.edits == ()


def test_what_one_found_by_a_text_another_refines(reader, photo):
    session = wb.open(photo, segmenter="disks")
    session.subject().ask("seventeen")
    found = area(session)
    session.use("grabcut")
    assert area(session) == found and session.segmenter == "grabcut"
    asked = len(reader.asked)
    session.subject().click(64, 48)
    steps = session.document.state().subjects[0].steps
    assert [s.segmenter.segmenter for s in steps] == ["disks", "grabcut"]
    assert steps[1].hint == "last" and steps[1].text is None and len(reader.asked) == asked
    session.use("disks")
    steps = session.document.state().subjects[0].steps
    assert [s.text is not None for s in steps] == [True, False] and steps[1].points


def test_a_segmenter_without_hints_is_asked_without_one(disks, photo):
    disks.capabilities = frozenset({"points"})
    session = wb.open(photo, segmenter="disks")
    session.subject().click(64, 48).click(20, 20)
    session.subject().mask  # noqa: B018 - asks
    assert len(disks.asked[-1].points) == 2 and disks.asked[-1].hint is None
    session.subject().box(5, 5, 60, 60)
    with pytest.raises(UnsupportedPromptError, match="expected points for disks, got a box"):
        session.subject().mask  # noqa: B018 - asks


def test_a_text_survives_a_session_file(reader, photo, tmp_path):
    session = wb.open(photo, segmenter="disks")
    session.subject().ask("seventeen").click(64, 48)
    before = session.subject().mask
    session.save(tmp_path / "text.mws")
    reader.asked.clear()
    again = wb.load(tmp_path / "text.mws")
    assert np.array_equal(again.subject().mask, before) and reader.asked == []
