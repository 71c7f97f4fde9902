"""What all tests share: a state folder of their own, and small photos."""

from __future__ import annotations

import os

import cv2
import numpy as np
import pytest

from workbench.arrays import digest
from workbench.coordinates import Frame
from workbench.progress import report
from workbench.segment.base import Embedding, Prediction


def pytest_addoption(parser):
    parser.addoption(
        "--regenerate-golden",
        action="store_true",
        help="write the pictures in tests/golden anew instead of comparing with them",
    )


def pytest_collection_modifyitems(config, items):
    """By oneself, the quick ones first: they fail first. In company (-n), the longest first, so
    that all end together."""
    apart = hasattr(config, "workerinput")
    items.sort(key=lambda item: LONGEST.get(item.path.parent.name, 2) * (1 if apart else -1))


LONGEST = {"browser": 0, "tests": 1}  # the folders: the notebooks are in tests itself


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes():
    """One thread a worker, and what it starts: more threads than cores wait for each other longer
    than our small models compute."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """What goes to one worker as a whole: all browser tests, for they share one JupyterLab; each
    notebook by itself; the tests of each other file, for they share fixtures."""
    from xdist.scheduler import LoadScopeScheduling

    class ByLength(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            path = nodeid.split("::")[0]
            if "/browser/" in path:
                return "browser"
            return nodeid if path.endswith("test_notebooks.py") else path

    config.option.loadscopereorder = False  # as collected, not those of most tests first
    return ByLength(config, log)


@pytest.fixture(autouse=True)
def _own_state(tmp_path, monkeypatch):
    """No test reads or leaves journals or embeddings among the user's."""
    monkeypatch.setenv("WORKBENCH_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("WORKBENCH_CACHE_LIMIT", raising=False)


@pytest.fixture
def photo() -> np.ndarray:
    """A 96 × 128 photo: a red disk with a soft edge on textured green, the disk at (64, 48)."""
    y, x = np.mgrid[0:96, 0:128]
    disk = np.clip(30.5 - np.hypot(x + 0.5 - 64, y + 0.5 - 48), 0, 1)[..., None]
    grain = np.random.default_rng(0).integers(-12, 13, (96, 128, 3))
    picture = disk * np.array([200, 60, 50]) + (1 - disk) * np.array([60, 140, 70]) + grain
    return np.clip(picture, 0, 255).astype(np.uint8)


@pytest.fixture
def small_disk() -> np.ndarray:
    """A 96 × 128 photo: a red disk at (64, 48) a pixel larger than ``Disks`` answers a click."""
    y, x = np.mgrid[0:96, 0:128]
    disk = np.clip(17.5 - np.hypot(x + 0.5 - 64, y + 0.5 - 48), 0, 1)[..., None]
    picture = disk * np.array([200, 60, 50]) + (1 - disk) * np.array([60, 140, 70])
    return picture.astype(np.uint8)


class Disks:
    """A segmenter whose answers can be computed by hand.

    Every keep point is a disk of 16 pixels, every drop point takes one away, a box is its ellipse;
    a hint adds half of itself. Three candidates for a single click: the disk and two of other
    sizes. It counts what it is asked.
    """

    name = "disks"
    identity = "disks:none:float32"
    capabilities = frozenset({"points", "boxes", "hint"})

    def __init__(self) -> None:
        self.encoded = 0
        self.cell = 2  # photo pixels a side of a cell of its logits
        self.asked: list = []

    def encode(self, image, region=None, progress=None):
        report(progress, 0.0, "looking")
        self.encoded += 1
        report(progress, 1.0, "looked")
        shape = image.shape[:2]
        return Embedding(digest(image) + self.identity, shape, region, None, 100)

    def predict(self, embedding, prompts):
        prompts = prompts.checked(embedding.shape)
        self.asked.append(prompts)
        height, width = embedding.shape
        size = (height // self.cell, width // self.cell)
        y, x = (np.mgrid[0 : size[0], 0 : size[1]] + 0.5) * self.cell
        many = len(prompts.points) == 1 and not prompts.boxes and prompts.hint is None
        made = []
        for radius in (16, 10, 26) if many else (16,):
            logits = np.full(size, -4.0)
            for x0, y0, x1, y1 in prompts.boxes:
                rx, ry = (x1 - x0) / 2, (y1 - y0) / 2
                inside = 1 - np.hypot((x - (x0 + x1) / 2) / rx, (y - (y0 + y1) / 2) / ry)
                logits = np.maximum(logits, 8 * inside)
            if prompts.hint is not None:
                logits = logits + 0.5 * cv2.resize(
                    np.asarray(prompts.hint.logits, np.float64), size[::-1]
                )
            for (px, py), label in zip(prompts.points, prompts.labels, strict=True):
                inside = (radius - np.hypot(x - px, y - py)) / 2
                logits = np.maximum(logits, inside) if label else np.minimum(logits, -inside)
            made.append(np.clip(logits, -10, 10))
        scores = np.array([0.9, 0.6, 0.7])[: len(made)]
        return Prediction.ranked(
            scores, np.stack(made), Frame.whole(embedding.shape), (height, width)
        )


@pytest.fixture
def disks(monkeypatch) -> Disks:
    """The hand-made segmenter under the name "disks", for ``open`` and everything below it."""
    from workbench import segment

    made = Disks()
    # Embeddings are kept for the whole process: a test must not live on another one's.
    monkeypatch.setattr(segment, "EMBEDDINGS", segment.EmbeddingCache(10_000))
    get, who, runs = segment.get_segmenter, segment.identity, segment.precision_for
    able = segment.capabilities

    def get_segmenter(name, *given, **named):
        return made if name == "disks" else get(name, *given, **named)

    def identity(name, *given, **named):
        return made.identity if name == "disks" else who(name, *given, **named)

    def precision_for(name, precision="auto"):
        return "" if name == "disks" else runs(name, precision)

    def capabilities(name, checkpoint=None):
        return made.capabilities if name == "disks" else able(name, checkpoint)

    monkeypatch.setattr(segment, "get_segmenter", get_segmenter)
    monkeypatch.setattr(segment, "identity", identity)
    monkeypatch.setattr(segment, "precision_for", precision_for)
    monkeypatch.setattr(segment, "capabilities", capabilities)
    return made


@pytest.fixture
def session(photo, disks):
    """A session on the photo with the hand-made segmenter."""
    import workbench as wb

    return wb.open(photo, segmenter="disks")
