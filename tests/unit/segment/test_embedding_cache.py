import threading

import numpy as np

from workbench.segment.base import Embedding
from workbench.segment.cache import EmbeddingCache, embedding_key


def made(key: str, size: int) -> Embedding:
    return Embedding(key, (4, 4), None, None, size)


def test_the_least_recently_used_goes_when_the_budget_is_passed():
    cache = EmbeddingCache(100)
    cache.put(made("a", 40))
    cache.put(made("b", 40))
    assert cache.get("a") is not None
    cache.put(made("c", 40))
    assert "a" in cache and "c" in cache and "b" not in cache
    assert cache.size == 80


def test_one_larger_than_the_budget_is_not_kept_and_pushes_nothing_out():
    cache = EmbeddingCache(100)
    cache.put(made("a", 40))
    cache.put(made("big", 101))
    assert "big" not in cache and "a" in cache


def test_the_same_key_again_counts_once():
    cache = EmbeddingCache(100)
    cache.put(made("a", 40))
    cache.put(made("a", 60))
    assert cache.size == 60 and len(cache) == 1


def test_get_or_make_makes_once_and_keeps_nothing_of_a_failure():
    cache, calls = EmbeddingCache(100), []

    def make():
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("first time")
        return made("a", 10)

    try:
        cache.get_or_make("a", make)
    except ValueError:
        assert len(cache) == 0
    first = cache.get_or_make("a", make)
    assert cache.get_or_make("a", make) is first
    assert len(calls) == 2


def test_threads_leave_the_sum_right():
    cache = EmbeddingCache(1000)

    def work(offset: int) -> None:
        for i in range(300):
            cache.put(made(str((i * 7 + offset) % 50), 37))
            cache.get(str(i % 50))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert cache.size == 37 * len(cache) <= 1000


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
