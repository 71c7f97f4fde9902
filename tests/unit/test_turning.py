"""The photo turned for the model: what a session makes of it, and which turn is best."""

from __future__ import annotations

import numpy as np
import pytest

import workbench as wb
from workbench.errors import EditError
from workbench.prompts import PromptSet
from workbench.segment.base import Prediction


class UprightOnly:
    """Believes in what it sees only where the photo's brightest row is its first."""

    def __init__(self, inner):
        self._inner = inner
        self.name, self.identity = inner.name, inner.identity
        self.capabilities = inner.capabilities
        self.upright = {}

    def encode(self, image, region=None, progress=None):
        made = self._inner.encode(image, region, progress)
        self.upright[made.key] = bool(image[0].mean() > image[1:].mean() + 20)
        return made

    def predict(self, embedding, prompts):
        said = self._inner.predict(embedding, prompts)
        factor = 1.0 if self.upright[embedding.key] else 0.3
        return Prediction(said.scores * np.float32(factor), said.logits, said.frame, said.shape)


def test_a_turned_photo_gives_the_same_disks_and_is_encoded_apart(session, disks):
    subject = session.subject().click(30.5, 40.5).click(80.5, 60.5, keep=False)
    before = subject.mask.copy()
    session.use(turn=90)
    assert session.segmenter == "disks"
    assert np.abs(subject.mask - before).max() < 0.05
    assert disks.encoded == 2
    asked = disks.asked[-1]
    assert asked.points == ((96 - 40.5, 30.5), (96 - 60.5, 80.5))
    session.undo()
    assert np.array_equal(subject.mask, before) and disks.encoded == 2
    with pytest.raises(EditError, match="0, 90, 180 or 270"):
        session.use(turn=45)


def test_a_turn_is_in_the_file_and_replays(session, disks, tmp_path):
    session.use(turn=180)
    mask = session.subject().click(30, 40).mask.copy()
    asked = len(disks.asked)
    again = wb.load(session.save(tmp_path / "turned.mws"))
    assert np.array_equal(again.subject().mask, mask) and len(disks.asked) == asked
    assert again.document.state().segmenter.turn == 180


def test_the_best_turn_is_the_one_that_the_model_believes_in(photo, disks, monkeypatch):
    from workbench import segment

    model = UprightOnly(disks)
    monkeypatch.setattr(segment, "get_segmenter", lambda *a, **k: model)
    sideways = photo.copy()
    sideways[:, 0] = 255  # its first row, once it is turned by 90° clockwise
    session = wb.open(sideways, segmenter="disks")
    with pytest.raises(EditError, match="click first"):
        session.best_turn()
    session.subject().click(40, 40)
    edits = session.edits
    ranked = session.best_turn()
    assert [t.turn for t in ranked] == [90, 0, 180, 270]
    assert ranked[0].score == pytest.approx(0.9) and ranked[0].agreement == 1
    assert session.edits == edits


def test_a_turn_that_contradicts_the_clicks_comes_last(photo, disks, monkeypatch):
    session = wb.open(photo, segmenter="disks")
    session.subject().click(40, 40).click(90, 70, keep=False)
    predict, count = disks.predict, []

    def stubborn(embedding, prompts):
        count.append(embedding.shape)
        if len(count) == 1:  # upright: deaf to the drop click, and sure of itself
            said = predict(embedding, PromptSet(((90, 70),), (1,)))
            return Prediction(said.scores + 1, said.logits, said.frame, said.shape)
        return predict(embedding, prompts)

    monkeypatch.setattr(disks, "predict", stubborn)
    ranked = session.best_turn()
    assert ranked[-1].turn == 0 and ranked[-1].agreement == 0
    assert [t.agreement for t in ranked[:3]] == [1, 1, 1]


def test_a_click_that_makes_the_mask_collapse_is_warned_of(session, disks):
    subject = session.subject().box(20, 20, 110, 80)
    assert session.warnings == []
    subject.click(64, 48)
    assert session.warnings == []
    predict = disks.predict

    def lets_go(embedding, prompts):
        said = predict(embedding, prompts)
        logits = np.full_like(said.logits, -5)
        logits[:, 20:24, 30:34] = 5
        return Prediction(said.scores, logits, said.frame, said.shape)

    disks.predict = lets_go
    subject.click(70, 50)
    (found,) = session.warnings
    assert found.code == "mask_collapsed" and subject.findings == (found,)
    assert session.check(["mask_collapsed"])[0] == found
    session.do(found.remedy[0])
    assert session.warnings == [] and subject.state.steps[-1].points == ((64, 48),)
