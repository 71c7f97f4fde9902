"""The comparison itself, on a small model: it must run, and it must be able to fail."""

import sys
from pathlib import Path

import numpy as np
import pytest

from workbench.benchmark import sam as benchmark
from workbench.benchmark import speed
from workbench.segment import sam, sam_encoder

sys.path.append(str(Path(__file__).parents[1] / "segment"))
from small_models import build_small_sam


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(sam, "build", build_small_sam)
    monkeypatch.setattr(benchmark, "_PAIRS", 1)
    monkeypatch.setattr(benchmark, "_CLICKS", 2)
    rough = np.random.default_rng(0).integers(0, 256, (70, 70, 3)).astype(np.uint8)
    monkeypatch.setattr(
        benchmark, "photo", lambda megapixels: np.kron(rough, np.ones((20, 20, 1), np.uint8))
    )
    assert speed.photo is not benchmark.photo


def errors(measures):
    return {m.name: m.value for m in measures if "error" in m.name}


def test_each_precision_is_within_its_limit_and_a_dropped_position_is_seen(small, monkeypatch):
    measures = list(benchmark.measure())
    assert len(measures) == 8 and len({m.name for m in measures}) == 8
    for name, value in errors(measures).items():
        assert value < (1e-4 if "float32" in name else 0.02), name
    assert all(m.value > 0 for m in measures)

    def forgotten(relative, side, by_query=sam_encoder._by_query):
        return 0 * by_query(relative, side)

    monkeypatch.setattr(sam_encoder, "_by_query", forgotten)
    assert all(v > 1e-4 for v in errors(benchmark.measure()).values())
