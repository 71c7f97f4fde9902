"""Hints, imported masks, attribution and previews with real segmenters, end to end."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np
import pytest
from small_models import build_small_sam, iou

import workbench as wb
from workbench import segment
from workbench.segment.classical import GrabCutSegmenter

# The disk of the photo lies at (180, 110) with a radius of 60.


SIDE = 256  # of the square that the Segment Anything of this test looks at: quick on any machine


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A Segment Anything with random weights, from a file."""
    from workbench.nets.reading import import_torch
    from workbench.segment.sam import load_sam

    torch = import_torch()
    torch.set_num_threads(1)
    torch.manual_seed(7)
    path = tmp_path_factory.mktemp("sam") / "small.pth"
    torch.save(build_small_sam(side=SIDE).state_dict(), path)
    return load_sam(
        path, "small", "small:256:float32", build=partial(build_small_sam, side=SIDE), device="cpu"
    )


@pytest.fixture(params=["grabcut", "lite", "small"])
def opened(request, monkeypatch, disk):
    """A session on the disk with a segmenter, and the segmenter."""
    name = request.param
    made = GrabCutSegmenter() if name == "grabcut" else request.getfixturevalue(name)
    monkeypatch.setattr(segment, "EMBEDDINGS", segment.EmbeddingCache(2**28))
    monkeypatch.setattr(segment, "get_segmenter", lambda *_, **__: made)
    monkeypatch.setattr(segment, "identity", lambda *_, **__: made.identity)
    monkeypatch.setattr(segment, "precision_for", lambda *_, **__: "")
    monkeypatch.setattr(segment, "capabilities", lambda *_, **__: made.capabilities)
    return wb.open(disk[0], segmenter="grabcut"), made


def knows(made) -> bool:
    """Whether it was not made at random: its answers mean something."""
    return made.name != "small"


def test_the_re_run_hears_the_paint_and_the_paint_wins(opened, disk):
    session, made = opened
    subject = session.subject().box(115, 45, 245, 175)
    subject.paint([(40, 60), (80, 60)], size=24, hardness=1)
    subject.paint([(180, 90), (200, 110)], keep=False, size=20, hardness=1)
    subject.rerun()
    corrections = session.render(lambda r: r.subject(subject.id).corrections)
    sure = corrections.weight == 1
    for plane in (subject.mask, session.alpha()):
        assert np.array_equal(plane[sure], corrections.value[sure])
    report = subject.understood
    assert 0 <= report.share <= 1
    if knows(made):
        # Half at least: what is painted on plain grass has no edges that a model could hold on to.
        own = session.render(lambda r: r.subject(subject.id).mask) > 0.5
        assert report.share > 0.4 and not own[98, 188]
    subject.keep_old_answer()
    assert subject.understood is None


def test_an_imported_mask_is_gone_on_from_by_click_and_by_paint(opened, disk, tmp_path):
    session, made = opened
    half = disk[1].copy()
    half[:, 190:] = False
    cv2.imwrite(str(tmp_path / "half.png"), half.astype(np.uint8) * 255)
    subject = session.subject().load_mask(tmp_path / "half.png")
    assert iou(subject.mask > 0.5, half) > 0.99
    subject.click(215, 110)
    if knows(made):
        assert subject.mask[110, 215] > 0.5
        assert iou(subject.mask > 0.5, disk[1]) > iou(half, disk[1])
    session.undo()
    subject.paint([(215, 80), (215, 140)], size=30, hardness=1).rerun()
    assert subject.mask[110, 215] == 1
    if knows(made):
        assert subject.understood.share > 0.9
        assert iou(subject.mask > 0.5, disk[1]) > iou(half, disk[1])
        kept = half & (np.arange(320) < 180)
        assert subject.mask[kept].mean() > 0.9  # what was loaded is still believed


def test_attribution_and_preview_are_what_the_edits_would_give(opened):
    session, made = opened
    subject = session.subject().box(115, 45, 245, 175).click(180, 110)
    _ = subject.mask
    point = (150.0, 60.0)
    alpha, (x0, y0, x1, y1) = session.hover(*point, keep=False)
    subject.click(*point, keep=False)
    shown = np.zeros((240, 320), np.float32)
    left, top, right, bottom = (round(v) for v in (x0, y0, x1, y1))
    shown[top:bottom, left:right] = cv2.resize(alpha, (right - left, bottom - top)) / 255
    prediction = subject.prediction
    assert iou(shown > 0.5, prediction.masks[0] > 0.5) > (0.95 if knows(made) else 0.85)
    found = subject.attribution()
    assert 1 <= len(found) <= 3
    for one in found:
        session.retract(one.edit)
        assert np.array_equal(subject.mask, one.mask)
        session.undo()
