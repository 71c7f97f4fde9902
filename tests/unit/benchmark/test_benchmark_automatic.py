"""What the benchmark of models without a prompt measures, on answers reckoned by hand."""

from __future__ import annotations

import numpy as np
import pytest

from workbench import segment
from workbench.benchmark import automatic
from workbench.benchmark.goodmattes import Good
from workbench.segment import Availability
from workbench.starting import as_prediction


def photo(*args: object) -> Good:
    """Its subject is the left half."""
    alpha = np.zeros((64, 96), np.float32)
    alpha[:, :48] = 1
    image = np.repeat(np.rint(255 * alpha).astype(np.uint8)[..., None], 3, 2)
    behind = np.zeros((64, 96, 3), np.float32)
    return Good(image, alpha, np.zeros_like(alpha), behind, (24.0, 32.0))


@pytest.fixture
def models(monkeypatch):
    """One that is right, one that takes the left two thirds, and one that is not here."""

    def answer(name, image, *rest):
        mask = np.zeros(image.shape[:2], np.float32)
        mask[:, : 48 if name == "right" else 64] = 1
        return as_prediction(mask)

    states = {name: Availability(name != "absent", "") for name in ("right", "wide", "absent")}
    monkeypatch.setattr(segment, "automatic", answer)
    monkeypatch.setattr(segment, "automatic_models", lambda non_commercial: states)
    monkeypatch.setattr(segment, "automatic_identity", lambda name, **_: name)


def test_an_answer_is_held_against_the_truth(models):
    right, wide = (automatic.asked(name, photo()) for name in ("right", "wide"))
    assert right.iou == 1 and right.sad < 0.01
    assert wide.iou == pytest.approx(0.75)
    assert wide.sad == pytest.approx(64 * 16 / 1000, rel=0.01)  # a 16 px wide stripe too much


def test_every_model_that_is_ready_is_asked(models, monkeypatch):
    monkeypatch.setattr(automatic, "material", lambda split, progress: None)
    monkeypatch.setattr(automatic, "good", photo)
    monkeypatch.setenv("WORKBENCH_BENCH_SCENES", "3")
    monkeypatch.delenv("WORKBENCH_BENCH_SPLIT", raising=False)
    monkeypatch.delenv("WORKBENCH_BENCH_METHODS", raising=False)
    lines = {(m.name, m.unit): m for m in automatic.measure()}
    assert {name.split(":")[0] for name, _ in lines} == {"right", "wide"}
    assert lines["wide: median", "IoU"].value == pytest.approx(0.75)
    assert lines["right: at least 0.85", "of 3"].value == 3
    assert lines["wide: at least 0.85", "of 3"].value == 0
    assert "3 photos of the test split" in lines["right: mean", "IoU"].beside
