"""Closer looks: what a prompt with a region means, what it shows, and what undoes it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import workbench as wb
from workbench import edits as e
from workbench.closeup import check_region, window_of
from workbench.errors import PromptError
from workbench.prompts import Hint, PromptSet
from workbench.render import render

SHAPE = (480, 640)
REGION = (256.0, 160.0, 416.0, 288.0)  # on the grid of 16 already


@pytest.fixture
def large(photo) -> np.ndarray:
    return cv2.resize(photo, SHAPE[::-1], interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def closer(large, disks, monkeypatch):
    """A session on a larger photo; its segmenter can look at crops."""
    monkeypatch.setattr(type(disks), "capabilities", disks.capabilities | {"crops"})
    disks.regions = []
    encode = disks.encode

    def encode_and_note(image, region=None, progress=None):
        disks.regions.append(region)
        return encode(image, region, progress)

    monkeypatch.setattr(disks, "encode", encode_and_note)
    return wb.open(large, segmenter="disks")


def state(session):
    return session.subject().state


def test_a_prompt_with_a_region_is_asked_of_the_window_and_laid_there(closer, disks):
    subject = closer.subject().click(320, 240)
    before = subject.mask.copy()
    subject.click(400, 200, region=REGION)
    after = subject.mask
    x0, y0, x1, y1 = (int(v) for v in window_of(REGION, SHAPE))
    assert disks.regions == [None, (x0, y0, x1, y1)]
    asked = disks.asked[-1]
    assert asked.points == ((320, 240), (400, 200))  # what was asked so far holds there too
    assert asked.hint is not None
    assert asked.hint.frame.x0 == x0 and asked.hint.frame.y1 == y1
    changed = np.argwhere(np.abs(after - before) > 1e-6)
    assert len(changed) and changed[:, 0].min() >= y0 and changed[:, 0].max() < y1
    assert changed[:, 1].min() >= x0 and changed[:, 1].max() < x1
    assert after[200, 400] > 0.9 and before[200, 400] < 0.1
    assert len(state(closer).steps) == 1


def test_the_first_hint_is_the_mask_so_far_and_none_where_there_is_none(closer, disks):
    subject = closer.subject().click(336, 224)
    said = subject.prediction
    subject.click(330, 235, region=REGION)
    _ = subject.mask
    hint = disks.asked[-1].hint
    centre = hint.logits[hint.logits.shape[0] // 2, hint.logits.shape[1] // 2]
    assert centre > 0 and hint.logits.min() < 0
    assert np.abs(hint.logits).max() <= np.abs(said.logits).max() + 1e-5
    far = (32.0, 32.0, 160.0, 128.0)
    subject.click(100, 64, region=far)
    _ = subject.mask
    assert disks.asked[-1].hint is None  # nothing of the subject is there


def test_more_prompts_in_a_region_refine_it_and_one_of_all_is_asked_there_too(closer, disks):
    subject = closer.subject().click(320, 240)
    subject.click(400, 200, region=REGION).click(300, 270, keep=False, region=REGION)
    (patch,) = state(closer).patches
    assert [len(s.points) for s in patch.steps] == [2, 3]
    assert disks.regions[1:] == []  # nothing is computed before it is asked for
    mask = subject.mask
    assert mask[270, 300] < 0.1 and mask[200, 400] > 0.9
    count = len(disks.asked)
    subject.click(50, 60)  # elsewhere: the patch stays
    assert state(closer).patches == (patch,)
    subject.click(280, 200, keep=False)  # in it: both are asked
    assert [len(s.points) for s in state(closer).patches[0].steps] == [2, 3, 4]
    assert subject.mask[200, 280] < 0.1 and subject.mask[60, 50] > 0.9
    assert len(disks.asked) == count + 3
    assert subject.prediction.frame.x0 == 0  # the last answer asked for is the whole photo's


def test_what_says_anew_where_the_subject_is_drops_the_patches(closer):
    subject = closer.subject().click(320, 240).click(400, 200, region=REGION)
    for act in (
        lambda: subject.box(200, 100, 500, 400),
        lambda: subject.lasso([(100, 100), (300, 100), (200, 300)]),
        lambda: subject.load_mask(np.zeros(SHAPE, bool)),
    ):
        act()
        assert state(closer).patches == ()
        closer.undo()
        assert len(state(closer).patches) == 1


def test_a_patch_alone_lies_on_nothing_and_its_candidates_can_be_chosen(closer, disks):
    subject = closer.subject().click(320, 240, region=REGION)
    assert len(subject.prediction.scores) == 3
    small = float(subject.mask.sum())
    assert disks.regions == [window_of(REGION, SHAPE)]
    subject.choose(1)
    assert float(subject.mask.sum()) != small
    assert state(closer).patches[0].steps[-1].chosen == 1 and state(closer).steps == ()


def test_undo_and_retract_leave_what_the_other_edits_make(closer):
    subject = closer.subject().click(320, 240)
    first = closer.edits[-1]
    whole = subject.mask.copy()
    subject.click(400, 200, region=REGION)
    middle = closer.edits[-1]
    subject.click(300, 270, keep=False, region=REGION)
    closer.retract(middle)
    (patch,) = state(closer).patches
    assert patch.steps[-1].points == ((320, 240), (300, 270))
    closer.undo()
    closer.undo()
    closer.undo()
    assert np.array_equal(subject.mask, whole)
    closer.redo()
    closer.retract(first)
    assert state(closer).patches[0].steps[-1].points == ((400, 200),)


def test_the_same_view_panned_a_little_costs_no_encode_and_refines_the_same_patch(closer, disks):
    subject = closer.subject().click(400, 200, region=(257, 161, 415, 287))
    _ = subject.mask
    subject.click(390, 210, region=(259, 163, 412, 285))
    _ = subject.mask
    assert disks.regions == [window_of(REGION, SHAPE)]
    assert len(state(closer).patches) == 1
    assert check_region((257, 161, 415, 287), SHAPE) == REGION


def test_overlapping_looks_take_each_other_in(closer, disks):
    subject = closer.subject().click(320, 240).click(400, 200, region=REGION)
    other = (352.0, 160.0, 512.0, 288.0)
    subject.click(480, 240, region=other)
    _ = subject.mask
    assert disks.asked[-1].points == ((400, 200), (480, 240))
    assert subject.mask[200, 400] > 0.9 and subject.mask[240, 480] > 0.9
    hint = disks.asked[-1].hint
    row, column = 200 - hint.frame.y0, 400 - hint.frame.x0
    scale = hint.logits.shape[1] / (hint.frame.x1 - hint.frame.x0)
    assert hint.logits[int(row * scale), int(column * scale)] > 0


def test_a_session_with_patches_replays_from_its_file_without_the_model(closer, disks, tmp_path):
    subject = closer.subject().click(320, 240).click(400, 200, region=REGION)
    mask = subject.mask.copy()
    path = closer.save(tmp_path / "close.mws")
    asked, encoded = len(disks.asked), disks.encoded
    again = wb.load(path)
    assert np.array_equal(again.subject().mask, mask)
    assert (len(disks.asked), disks.encoded) == (asked, encoded)


def test_another_segmenter_is_asked_the_closer_look_too(closer):
    subject = closer.subject().click(320, 240).click(400, 200, region=REGION)
    closer.use("grabcut")
    (patch,) = state(closer).patches
    assert patch.steps[0].segmenter.segmenter == "grabcut" and len(patch.steps[0].points) == 2
    assert subject.mask[200, 400] > 0.5


def test_a_segmenter_that_cannot_look_closer_is_asked_the_whole_and_it_is_said(large, disks):
    session = wb.open(large, segmenter="disks")
    session.subject().click(320, 240).click(400, 200, region=REGION)
    mask = session.subject().mask
    assert mask[200, 400] > 0.9
    assert any("cannot look closer" in note for note in session.bench.notes)
    assert disks.encoded == 1


def test_regions_that_make_no_sense_are_refused_and_plain_edits_say_none(closer):
    subject = closer.subject()
    with pytest.raises(PromptError, match="inside its region"):
        subject.click(10, 10, region=REGION)
    with pytest.raises(PromptError, match="meets its region"):
        subject.box(10, 10, 50, 50, region=REGION)
    with pytest.raises(PromptError, match="region"):
        subject.click(10, 10, region=(1, 2))
    assert closer.edits == ()
    assert "region" not in e.Click(subject="s", x=1, y=2).to_json()
    made = e.Box(subject="s", x0=1, y0=2, x1=90, y1=80, region=(0, 0, 64, 64)).checked(SHAPE)
    assert e.from_json(made.to_json()) == made


def test_a_mask_combined_with_another_keeps_what_was_looked_at_closer(closer):
    subject = closer.subject().click(320, 240).click(400, 200, region=REGION)
    subject.magic_wand(20, 20, tolerance=1, combine="add")
    assert subject.mask[200, 400] > 0.9
    assert state(closer).patches == ()


def test_the_answer_in_a_region_is_that_of_the_crop_by_itself(monkeypatch):
    """With a real (small, random) Segment Anything: crop, encode and ask by hand."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "segment"))
    from small_models import build_small_sam

    from workbench import segment
    from workbench.nets.reading import import_torch
    from workbench.segment.sam import SamSegmenter

    torch = import_torch()
    torch.manual_seed(3)
    network = build_small_sam()
    with torch.no_grad():
        for parameter in network.parameters():
            if float(parameter.abs().max()) == 0:
                parameter.normal_(0, 0.2)
    model = SamSegmenter("small", network, "small:1:float32", device="cpu")
    monkeypatch.setattr(segment, "get_segmenter", lambda *a, **k: model)
    monkeypatch.setattr(segment, "identity", lambda *a, **k: model.identity)
    monkeypatch.setattr(segment, "precision_for", lambda *a, **k: "")
    photo = np.random.default_rng(5).integers(0, 256, (*SHAPE, 3), np.uint8)
    session = wb.open(photo, segmenter="small")
    subject = session.subject().click(300.5, 200.5, region=REGION)
    said = subject.prediction
    x0, y0, x1, y1 = (int(v) for v in window_of(REGION, SHAPE))
    crop = np.ascontiguousarray(photo[y0:y1, x0:x1])
    direct = model.predict(model.encode(crop), PromptSet(((300.5 - x0, 200.5 - y0),), (1,)))
    side = direct.logits.shape[-1]
    rows = int(side * (y1 - y0) / (x1 - x0))
    # Below the crop's own rows is padding, which a region says is background.
    assert np.allclose(said.logits[:, : rows - 1], direct.logits[:, : rows - 1], atol=1e-5)
    assert (said.frame.x0, said.frame.y0) == (x0, y0)
    # And refined with its own answer as the hint, as it came.
    subject.click(320.5, 230.5, region=REGION)
    second = subject.prediction
    hint = Hint(said.logits[0], said.frame)
    asked = PromptSet(((300.5, 200.5), (320.5, 230.5)), (1, 1), hint=hint)
    again = model.predict(model.encode(photo, (x0, y0, x1, y1)), asked)
    assert np.allclose(second.logits, again.logits, atol=1e-5)
    keys = render(session.document, session.bench).subject(subject.id).shown_answers
    assert len(keys) == 1
