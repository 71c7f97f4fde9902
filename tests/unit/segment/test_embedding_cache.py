"""Embeddings in memory and on the disk: what is served, what is encoded anew, and by whom."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from small_models import build_small_sam

from workbench.errors import CancelledError
from workbench.progress import CancelToken, report
from workbench.segment import shelf
from workbench.segment.base import Embedding
from workbench.segment.cache import EmbeddingCache, embedding_key, runs_as


def test_the_key_follows_pixels_region_and_identity():
    a = np.zeros((4, 5, 3), np.uint8)
    b = a.copy()
    b[3, 4, 2] = 1
    keys = {
        embedding_key(a, None, "x"),
        embedding_key(b, None, "x"),
        embedding_key(a, (0.0, 0.0, 2.0, 2.0), "x"),
        embedding_key(a, None, "y"),
        embedding_key(a.reshape(5, 4, 3), None, "x"),
    }
    assert len(keys) == 5
    assert embedding_key(a.copy(), None, "x") in keys


def test_what_another_device_made_is_not_served():
    class Anywhere:
        name, identity, capabilities = "any", "any:none:float32", frozenset({"points"})

        def __init__(self, device: str, falls_to: str | None = None) -> None:
            self.device, self._falls_to = device, falls_to

        def encode(self, image, region=None, progress=None):
            self.device = self._falls_to or self.device
            return Embedding(self.device, image.shape[:2], region, None, 100)

        def predict(self, embedding, prompts):
            raise NotImplementedError

    cache = EmbeddingCache(1000)
    gpu, cpu = Anywhere("cuda"), Anywhere("cpu")
    made = cache.embed(gpu, IMAGE)
    assert cache.embed(cpu, IMAGE).key == "cpu"
    assert cache.embed(Anywhere("cuda:0"), IMAGE) is made  # the same kind
    # The same keys as a segmenter that says nothing of devices: what was kept stays good.
    assert runs_as(cpu) == cpu.identity
    # A GPU that had no room: what the CPU made in its stead is the CPU's.
    cache = EmbeddingCache(1000)
    fallen = cache.embed(Anywhere("cuda", falls_to="cpu"), IMAGE)
    assert cache.embed(cpu, IMAGE) is fallen
    assert cache.embed(gpu, IMAGE).key == "cuda"


class Slow:
    """A segmenter that looks at a photo in steps, each when it is let."""

    name, identity, capabilities = "slow", "slow:none:float32", frozenset({"points"})

    def __init__(self) -> None:
        self.begun, self.step = threading.Semaphore(0), threading.Semaphore(0)
        self.encoded = 0
        self.fails: Exception | None = None

    def encode(self, image, region=None, progress=None):
        self.encoded += 1
        for n in range(4):
            report(progress, n / 4, "looking")
            self.begun.release()
            assert self.step.acquire(timeout=20)
        if self.fails is not None:
            raise self.fails
        return Embedding("of slow", image.shape[:2], region, None, 100)

    def predict(self, embedding, prompts):
        raise NotImplementedError

    def let(self, steps: int = 4) -> None:
        for _ in range(steps):
            self.step.release()


class Asker(threading.Thread):
    """Asks for an embedding; what comes out is in ``got``."""

    def __init__(self, cache, model, image) -> None:
        super().__init__(daemon=True)
        self.said: list = []
        self.token = CancelToken(lambda fraction, words: self.said.append((fraction, words)))
        self.ask = lambda: cache.embed(model, image, progress=self.token)
        self.got: object = None
        self.start()

    def run(self) -> None:
        try:
            self.got = self.ask()
        except Exception as error:  # noqa: BLE001 looked at by the test
            self.got = error

    def result(self):
        self.join(20)
        assert not self.is_alive()
        return self.got


IMAGE = np.zeros((4, 5, 3), np.uint8)


def until(condition) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_two_who_want_the_same_encode_it_once_and_both_hear_how_far_it_is():
    cache, model = EmbeddingCache(1000), Slow()
    first = Asker(cache, model, IMAGE)
    model.begun.acquire()
    others = [Asker(cache, model, IMAGE.copy()) for _ in range(2)]
    model.let(2)
    until(lambda: all((0.5, "looking") in other.said for other in others))
    model.let(2)
    made = first.result()
    assert isinstance(made, Embedding) and model.encoded == 1
    assert all(other.result() is made for other in others)
    assert cache.embed(model, IMAGE) is made and model.encoded == 1


def test_one_who_waits_can_leave_without_stopping_the_work():
    cache, model = EmbeddingCache(1000), Slow()
    first = Asker(cache, model, IMAGE)
    model.begun.acquire()
    second = Asker(cache, model, IMAGE)
    until(lambda: second.said)
    second.token.cancel()
    assert isinstance(second.result(), CancelledError)  # at once: no step was let
    model.let()
    assert isinstance(first.result(), Embedding) and model.encoded == 1


def test_when_the_one_who_encodes_leaves_the_next_takes_over():
    cache, model = EmbeddingCache(1000), Slow()
    first = Asker(cache, model, IMAGE)
    model.begun.acquire()
    second = Asker(cache, model, IMAGE)
    until(lambda: second.said)
    first.token.cancel()
    model.let(5)
    assert isinstance(first.result(), CancelledError)
    assert isinstance(second.result(), Embedding) and model.encoded == 2


def test_a_failure_is_kept_by_nobody():
    cache, model = EmbeddingCache(1000), Slow()
    model.fails = ValueError("no")
    model.let(4)
    with pytest.raises(ValueError, match="no"):
        cache.embed(model, IMAGE)
    model.fails = None
    model.let(4)
    assert isinstance(cache.embed(model, IMAGE), Embedding) and cache.held == 100


def test_one_too_large_to_keep_is_given_to_all_who_waited():
    cache, model = EmbeddingCache(99), Slow()
    first = Asker(cache, model, IMAGE)
    model.begun.acquire()
    second = Asker(cache, model, IMAGE)
    until(lambda: second.said)
    model.let()
    assert first.result() is second.result() and model.encoded == 1 and cache.held == 0
    model.let()
    assert cache.embed(model, IMAGE) is not first.got and model.encoded == 2


def test_different_photos_do_not_wait_for_each_other():
    cache, model = EmbeddingCache(1000), Slow()
    first = Asker(cache, model, IMAGE)
    model.begun.acquire()
    quick = Slow()
    quick.identity = "quick"
    quick.let()
    assert isinstance(cache.embed(quick, IMAGE), Embedding)
    assert first.is_alive()
    model.let()
    first.result()


class Stored(Slow):
    """The same with a photo's mean for an embedding, which goes to the disk."""

    recipe = "stored 1"

    def encode(self, image, region=None, progress=None):
        self.encoded += 1
        part = image if region is None else image[: int(region[3]), : int(region[2])]
        mean = part.mean((0, 1), dtype=np.float64)
        return Embedding("stored", image.shape[:2], region, (mean, 7), mean.nbytes)

    def pack(self, data):
        return {"mean": data[0]}, {"seven": data[1]}

    def unpack(self, arrays, meta):
        return arrays["mean"], meta["seven"]


def test_what_is_on_the_disk_is_not_encoded_again_and_nothing_stale_is_served():
    model, region = Stored(), (0.0, 0.0, 3.0, 2.0)
    image = np.random.default_rng(0).integers(0, 256, (4, 5, 3), np.uint8)
    for part in (None, region):
        made = EmbeddingCache(1000).embed(model, image, region=part)
        shelf.flush()
        again = EmbeddingCache(1000).embed(model, image.copy(), region=part)
        assert (again.key, again.shape, again.region, again.size, again.data[1]) == (
            made.key, made.shape, made.region, made.size, 7,
        )  # fmt: skip
        np.testing.assert_array_equal(again.data[0], made.data[0])
    assert model.encoded == 2 and len(shelf.kept()) == 2

    def encoded_anew(by: Stored, picture: np.ndarray, part=None) -> bool:
        before = by.encoded
        EmbeddingCache(1000).embed(by, picture, region=part)
        shelf.flush()
        return by.encoded > before

    changed = image.copy()
    changed[3, 4, 2] ^= 1
    weights, precision, recipe = Stored(), Stored(), Stored()
    weights.identity, precision.identity = "slow:1234:float32", "slow:none:bfloat16"
    recipe.recipe = "stored 2"
    assert encoded_anew(model, changed)
    assert encoded_anew(model, image, (0.0, 0.0, 3.0, 3.0))
    assert encoded_anew(weights, image)
    assert encoded_anew(precision, image)
    assert encoded_anew(recipe, image)
    assert not encoded_anew(model, image)


def test_a_file_that_its_segmenter_can_make_nothing_of_is_encoded_anew():
    model = Stored()
    EmbeddingCache(1000).embed(model, IMAGE)
    shelf.flush()
    picky = Stored()
    picky.unpack = lambda arrays, meta: arrays["another name"]
    EmbeddingCache(1000).embed(picky, IMAGE)
    assert picky.encoded == 1
    shelf.flush()
    assert len(shelf.kept()) == 1  # the new one in place of the old


def test_segmenters_without_the_pair_stay_in_memory(disks):
    EmbeddingCache(1000).embed(disks, IMAGE)
    shelf.flush()
    assert disks.encoded == 1 and shelf.kept() == []


_REOPEN = """
import sys
sys.path.insert(0, sys.argv[1])
from test_embedding_cache import clicked
print(*clicked(*sys.argv[2:]))
"""


def clicked(photo: str, checkpoint: str, answer: str) -> tuple[int, int]:
    """Open a photo with a small Segment Anything, click and write the logits down.

    Returns:
        How often the model was built, and how often it looked at the photo.
    """
    import workbench as wb
    from workbench import segment
    from workbench.segment import sam

    counts, load, encode = [0, 0], sam.load_sam, sam.SamSegmenter.encode

    def counted_load(*given, **named):
        counts[0] += 1
        return load(*given, **named, build=build_small_sam, device="cpu")

    def counted_encode(*given, **named):
        counts[1] += 1
        return encode(*given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sam, "load_sam", counted_load)
        patch.setattr(sam.SamSegmenter, "encode", counted_encode)
        patch.setattr(segment, "EMBEDDINGS", EmbeddingCache(10**8))
        session = wb.open(np.load(photo), "vit_b", checkpoint=checkpoint, journal=False)
        session.subject().click(100, 60)
        np.save(answer, session.subject().prediction.logits)
        shelf.flush()
    return counts[0], counts[1]


def test_a_photo_reopened_in_a_new_process_costs_no_encode(small_checkpoint, tmp_path, disk):
    import torch

    photo, first, second, third = (str(tmp_path / f"{n}.npy") for n in range(4))
    np.save(photo, disk[0])
    other = tmp_path / "other.pth"
    state = torch.load(small_checkpoint, weights_only=True)
    state["image_encoder.pos_embed"] += 0.1
    torch.save(state, other)

    assert clicked(photo, str(small_checkpoint), first) == (1, 1)
    here = str(Path(__file__).parent)
    given = [here, photo, str(small_checkpoint), second]
    # The same threads and the same instructions: the decoder's answer is then the same to the bit.
    ran = subprocess.run(
        [sys.executable, "-c", _REOPEN, *given],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["1", "0"]
    np.testing.assert_array_equal(np.load(first), np.load(second))
    assert clicked(photo, str(other), third) == (1, 1)
    assert np.abs(np.load(first) - np.load(third)).max() > 1e-3


def test_sams_features_come_back_to_the_bit_in_half_the_room_where_nothing_is_lost(small_sam, disk):
    import torch

    from workbench.segment.sam import SamFeatures

    data = small_sam.encode(disk[0], (10, 20, 200, 200)).data
    rounded = SamFeatures(
        (data.tensors[0].bfloat16().float(),), data.window, data.size, small_sam.identity
    )
    for given, bytes_each in ((data, 4), (rounded, 2)):
        arrays, meta = small_sam.pack(given)
        assert arrays["tensor0"].nbytes == bytes_each * given.tensors[0].numel()
        back = small_sam.unpack(arrays, json.loads(json.dumps(meta)))
        assert torch.equal(back.tensors[0], given.tensors[0])
        assert back.tensors[0].dtype == torch.float32
        assert (back.window, back.size, back.identity) == (
            given.window, given.size, given.identity,
        )  # fmt: skip
