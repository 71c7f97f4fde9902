"""Embeddings on the disk: what comes back, what is refused, and how much room they take."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from workbench.errors import InputError
from workbench.segment import shelf

HEADER = {"identity": "x:none:float32", "meta": {"side": 3}}


def key(n: int) -> str:
    return hashlib.sha256(str(n).encode()).hexdigest()


def path(n: int):
    return shelf.folder() / f"{key(n)}.embedding"


def put(n: int, arrays=None, size: int = 1000) -> None:
    shelf.store(key(n), HEADER, {"a": np.full(size, n, np.uint8)} if arrays is None else arrays)
    shelf.flush()


def test_what_was_stored_comes_back_to_the_bit():
    arrays = {
        "features": np.random.default_rng(0).normal(size=(1, 3, 4, 5)).astype(np.float32),
        "half": np.array([[1.5, -0.0, np.inf, np.nan]], np.float16),
        "turned": np.arange(12, dtype=np.int64).reshape(3, 4).T,
        "big endian": np.arange(3, dtype=">u2"),
        "yes": np.array([True, False]),
        "number": np.float64(0.1),
        "none": np.zeros((0, 7), np.float32),
    }
    put(1, arrays)
    header, found = shelf.load(key(1))
    assert header["meta"] == {"side": 3} and header["identity"] == HEADER["identity"]
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].shape == np.shape(array)
        assert found[name].dtype.itemsize == np.asarray(array).dtype.itemsize
        assert found[name].dtype.isnative and found[name].flags.owndata
    assert np.signbit(found["half"][0, 1])


def test_only_plain_numbers_are_taken():
    for bad in (np.array([object()]), np.array(["text"]), np.zeros(2, "f4,i4"), np.zeros(2, "M8")):
        with pytest.raises(InputError, match="plain numbers"):
            shelf.store(key(1), HEADER, {"a": bad})


def test_any_damage_is_seen_and_the_file_removed():
    put(1)
    good = path(1).read_bytes()
    body = good[:-32]
    other = body.replace(b'"side": 3', b'"side": 4')

    def signed(data: bytes) -> bytes:
        return data + hashlib.sha256(data).digest()

    def headed(**fields: object) -> bytes:
        text = json.dumps({**HEADER, "key": key(1), **fields}).encode()
        return signed(shelf.MAGIC + len(text).to_bytes(8, "little") + text + bytes(1000))

    path(1).write_bytes(headed(arrays=[["a", "|u1", [1000]]]))
    assert shelf.load(key(1)) is not None  # so that what follows fails for its own reason
    for data in (
        b"",
        b"\x80\x04]\x94.",  # a pickle
        good[:-1],
        good[: len(good) // 2],
        good + b"\0",
        good[:500] + bytes([good[500] ^ 1]) + good[501:],
        other + good[-32:],
        signed(b"wbembed0" + body[8:]),
        signed(body + b"\0"),  # more than the header says
        signed(body[:8] + (2**60).to_bytes(8, "little") + body[16:]),
        headed(),
        headed(arrays=[["a", "|O", [125]]]),
        headed(arrays=[["a", "|u1", [-1000]]]),
        headed(arrays=[["a", "|u1", [10**30]]]),
        headed(arrays=[["a", "|u1", ["1000"]]]),
        headed(arrays=7),
        headed(arrays=[["a", "|u1", [1000]]], key=key(2)),
    ):
        path(1).write_bytes(data)
        assert shelf.load(key(1)) is None, data[:60]
        assert not path(1).exists()


def test_anothers_file_under_our_name_is_not_taken_for_ours():
    put(1)
    put(2)
    path(2).write_bytes(path(1).read_bytes())
    assert shelf.load(key(2)) is None and not path(2).exists()
    assert shelf.load(key(1)) is not None


def test_the_limit_holds_and_the_least_recently_used_goes(monkeypatch):
    put(0)
    size = path(0).stat().st_size
    monkeypatch.setenv("WORKBENCH_CACHE_LIMIT", str(4 * size + 3))
    for n in range(1, 4):
        put(n)
    long_ago = time.time() - 1000
    for n in range(4):
        os.utime(path(n), (long_ago + n, long_ago + n))
    assert shelf.load(key(0)) is not None  # read just now: the last to go
    put(4)
    put(5)
    left = {n for n in range(6) if path(n).exists()}
    assert left == {0, 3, 4, 5}
    assert sum(one.size for one in shelf.kept()) <= 4 * size + 3
    put(6, size=5 * size)  # larger than all the room: it pushes nothing out
    assert {n for n in range(7) if path(n).exists()} == left


def test_nothing_is_read_or_written_when_switched_off(monkeypatch):
    put(1)
    monkeypatch.setenv("WORKBENCH_CACHE_LIMIT", "0")
    assert shelf.load(key(1)) is None
    put(2)
    assert path(1).exists() and not path(2).exists()


@pytest.mark.parametrize(
    ("text", "size"),
    [("", shelf.DEFAULT_LIMIT), ("0", 0), ("1500", 1500), ("2.5 GB", 2_500_000_000),
     ("500m", 500_000_000), ("1TB", 10**12)],
)  # fmt: skip
def test_limits_that_people_write(monkeypatch, text, size):
    monkeypatch.setenv("WORKBENCH_CACHE_LIMIT", text)
    assert shelf.limit() == size


@pytest.mark.parametrize("text", ["much", "-1", "4 XB", "1e9", "GB"])
def test_a_limit_that_is_no_size_is_said(monkeypatch, text):
    monkeypatch.setenv("WORKBENCH_CACHE_LIMIT", text)
    with pytest.raises(InputError, match="WORKBENCH_CACHE_LIMIT to be a size"):
        shelf.limit()


def test_clear_removes_ours_and_leaves_the_rest():
    put(1)
    put(2)
    stranger = shelf.folder() / "holiday.embedding"
    stranger.write_text("mine")
    assert [one.identity for one in shelf.kept()] == [HEADER["identity"]] * 2
    assert shelf.clear() == 2
    assert shelf.kept() == [] and stranger.exists()


def test_what_a_killed_writer_left_is_swept_away():
    put(1)
    old, new = (shelf.folder() / f".{key(2)[:40]}.embedding.{n}.part" for n in ("old", "new"))
    for part in (old, new):
        part.write_bytes(b"half")
    os.utime(old, (1, 1))
    put(3)
    assert not old.exists() and new.exists()


@pytest.mark.skipif(
    os.name != "posix" or getattr(os, "geteuid", lambda: 1)() == 0,
    reason="root may write everywhere, and Windows has other rights",
)
def test_a_folder_that_cannot_be_written_costs_nothing():
    put(1)
    shelf.folder().chmod(0o500)
    try:
        put(2)
        assert shelf.load(key(1)) is not None and not path(2).exists()
    finally:
        shelf.folder().chmod(0o700)


def test_a_folder_that_cannot_be_made_costs_nothing(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "file"))
    put(1)
    assert shelf.load(key(1)) is None and shelf.kept() == []


def test_a_disk_that_is_nearly_full_is_left_alone(monkeypatch):
    monkeypatch.setattr(
        shelf.shutil, "disk_usage", lambda _: shelf.shutil._ntuple_diskusage(9, 9, 9)
    )
    put(1)
    assert not path(1).exists()


def test_a_disk_that_is_too_slow_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(shelf, "_WAITING", 2500)
    go, put_in_place = threading.Event(), shelf._put

    def slow(*arguments):
        go.wait(10)
        put_in_place(*arguments)

    monkeypatch.setattr(shelf, "_put", slow)
    for n in range(10):
        shelf.store(key(n), HEADER, {"a": np.zeros(1000, np.uint8)})
    go.set()
    shelf.flush()
    assert sum(path(n).exists() for n in range(10)) in (1, 2)


_WRITE = """
import sys, numpy as np
from workbench.segment import shelf
for n in range(40):
    key = f"{(n % 20):064x}"
    found = shelf.load(key)
    assert found is None or (found[1]["a"] == n % 20).all(), "half a file was read"
    shelf.store(key, {"identity": "x", "meta": {}}, {"a": np.full(20_000, n % 20, np.uint8)})
"""  # the process ends with writes under way: they are finished all the same


def test_processes_share_the_folder_within_the_limit(monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE_LIMIT", "250 kB")
    writers = [subprocess.Popen([sys.executable, "-c", _WRITE]) for _ in range(2)]
    most = 0
    while any(writer.poll() is None for writer in writers):
        most = max(most, sum(one.size for one in shelf.kept()))
        time.sleep(0.05)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert 0 < most <= 250_000
    left = shelf.kept()
    assert len(left) == 12  # as many of 20.3 kB as there is room for
    for one in left:
        found = shelf.load(one.path.stem)
        assert found is not None and (found[1]["a"] == int(one.path.stem, 16)).all()
