"""The cache of stages and embeddings."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from workbench.segment.base import Embedding
from workbench.stages import StageCache, held_by, key_of


def made(key: str, size: int) -> Embedding:
    return Embedding(key, (4, 4), None, None, size)


def test_the_least_recently_used_goes_when_the_budget_is_passed():
    cache = StageCache(100)
    for name in "ab":
        cache.put(name, made(name, 40))
    assert cache.get("a") is not None
    cache.put("c", made("c", 40))
    assert cache.get("b") is None
    assert cache.get("a") is not None and cache.get("c") is not None
    assert cache.held == 80


def test_one_larger_than_the_budget_is_not_kept_and_pushes_nothing_out():
    cache = StageCache(100)
    cache.put("a", made("a", 40))
    cache.put("big", made("big", 101))
    assert cache.get("big") is None and cache.get("a") is not None


def test_the_same_key_again_counts_once():
    cache = StageCache(100)
    cache.put("a", made("a", 40))
    cache.put("a", made("a", 60))
    assert cache.held == 60


def test_arrays_and_tuples_of_arrays_count_their_bytes():
    cache = StageCache(10_000)
    cache.put("a", np.zeros((10, 10), np.float32))
    assert cache.held == 400
    cache.put("b", (np.zeros(100, np.uint8), ("a note",)))
    assert 500 <= cache.held < 700


def test_tensors_and_dicts_count_their_bytes_too():
    torch = pytest.importorskip("torch")
    half = torch.zeros(1, 256, 4, 4, dtype=torch.bfloat16)
    assert sum(held_by(half).values()) == 8192
    both = held_by({"a": half, "b": [np.zeros(10), half]})
    assert sum(both.values()) == 8192 + 80  # what is there twice is held once


def test_clear_lets_all_go():
    cache = StageCache(100)
    cache.put("a", made("a", 40))
    cache.clear()
    assert cache.held == 0 and cache.get("a") is None


def test_get_or_make_makes_once_and_keeps_nothing_of_a_failure():
    cache, calls = StageCache(100), []

    def make():
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("first time")
        return made("a", 10)

    with pytest.raises(ValueError, match="first time"):
        cache.get_or_make("a", make)
    assert cache.held == 0
    first = cache.get_or_make("a", make)
    assert cache.get_or_make("a", make) is first
    assert len(calls) == 2


def test_threads_leave_the_sum_right():
    cache = StageCache(1000)

    def work(offset: int) -> None:
        for i in range(300):
            name = str((i * 7 + offset) % 50)
            cache.put(name, made(name, 37))
            cache.get(str(i % 50))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    kept = sum(cache.get(str(n)) is not None for n in range(50))
    assert cache.held == 37 * kept <= 1000


def test_equal_parts_make_equal_keys_and_others_do_not():
    assert key_of(1, [2.5, "x"]) == key_of(1, (2.5, "x"))
    assert len({key_of(1, 2), key_of(2, 1), key_of([1, 2]), key_of("1", 2)}) == 4


def test_what_values_share_counts_once_and_until_the_last_of_them_goes():
    cache, plane = StageCache(1000), np.zeros(100, np.float32)
    cache.put("mask", plane)
    cache.put("corrected", plane)
    cache.put("part", (plane[10:20], "a note"))  # a view holds all of it
    assert 400 <= cache.held < 600
    cache.put("corrected", np.zeros(10, np.float32))
    cache.put("mask", np.zeros(10, np.float32))
    assert cache.held > 400  # the view is still there
    cache.put("part", np.zeros(10, np.float32))
    assert cache.held == 120
    for n in range(20):  # more than the budget has room for, all one array
        cache.put(f"{n}", plane)
    assert cache.held == 520 and cache.get("mask") is not None
