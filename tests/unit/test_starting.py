"""Starting masks: edits that say by themselves how a mask is made."""

from __future__ import annotations

import numpy as np
import pytest

from workbench import edits as e
from workbench.errors import EditError
from workbench.io import load_photo
from workbench.segment.base import Prediction
from workbench.stages import StageCache
from workbench.starting import as_prediction, started

PHOTO = load_photo(np.zeros((6, 8, 3), np.uint8))


def start(edit, masks=None):
    return started(edit, PHOTO, masks or {}, StageCache(1_000_000))


def test_a_mask_comes_back_from_its_logits_as_it_was():
    mask = np.linspace(0, 1, 48, dtype=np.float32).reshape(6, 8)
    answer = as_prediction(mask)
    assert answer.logits.shape == (1, 6, 8) and answer.shape == (6, 8)
    assert np.abs(answer.masks[0] - mask).max() < 1e-6
    assert answer.masks[0][0, 0] < 1e-8 and answer.masks[0][-1, -1] == 1


def test_a_loaded_mask_is_looked_up_by_its_hash():
    loaded = np.full((6, 8), 255, np.uint8)
    answer = start(e.LoadMask(subject="s", blob="k"), {"k": loaded})
    assert (answer.masks[0] == 1).all()


def test_a_model_without_prompts_is_asked_by_its_name(monkeypatch):
    asked = []

    def automatic(name, image, progress=None, checkpoint=None, identity=""):
        asked.append((name, image.shape, checkpoint, identity))
        return as_prediction(np.ones(image.shape[:2], np.float32))

    monkeypatch.setattr("workbench.segment.automatic", automatic)
    edit = e.Auto(subject="s", model="m", identity="m:1", checkpoint="/a.onnx")
    assert isinstance(start(edit), Prediction)
    assert asked == [("m", (6, 8, 3), "/a.onnx", "m:1")]


def test_an_edit_that_makes_no_mask_is_a_mistake_of_the_caller():
    with pytest.raises(EditError, match="Click"):
        start(e.Click(subject="s", x=1, y=1))


def test_another_segmenter_neither_asks_the_starting_model_again_nor_loses_it(session, monkeypatch):
    asked = []

    def automatic(name, image, progress=None, checkpoint=None, identity=""):
        asked.append(name)
        mask = np.zeros(image.shape[:2], np.float32)
        mask[40:60, 50:80] = 1
        return as_prediction(mask)

    monkeypatch.setattr("workbench.segment.automatic", automatic)
    monkeypatch.setattr("workbench.segment.automatic_identity", lambda name, *_: name)
    subject = session.subject().auto("m").click(64, 48)
    assert subject.mask[48, 64] > 0.5
    session.use("grabcut")
    assert subject.mask[48, 64] > 0.5
    assert asked == ["m"]
