"""Fetching weights over a bad line, and never taking a wrong file for the right one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from weights_server import DATA, ROOT, parts, visible

from workbench import weights as w
from workbench.errors import (
    CancelledError,
    FetchError,
    WeightsError,
)


def test_fetch(place, server):
    folder = place()
    seen = []
    path = w.fetch("small", lambda fraction, words: seen.append((fraction, words)))
    assert path == folder / "small.bin" == w.require("small") == w.verify("small")
    assert path.read_bytes() == DATA
    assert visible(folder) == ["small.bin"] and not parts(folder)
    assert seen[-1] == (1.0, "small is ready")
    assert all(0 <= fraction <= 1 for fraction, _ in seen)
    w.fetch("small")
    assert len(server.requests) == 1  # what is there and right is not fetched again


def test_a_damaged_file_is_fetched_anew(place):
    folder = place()
    folder.mkdir()
    (folder / "small.bin").write_bytes(bytes(len(DATA)))
    assert w.fetch("small").read_bytes() == DATA


def test_a_cut_download_goes_on(place, server):
    place()
    server.plan = ["cut:100000", "cut:50000"]
    assert w.fetch("small").read_bytes() == DATA
    assert server.requests == [
        (None, None), ("bytes=100000-", '"one"'), ("bytes=150000-", '"one"')
    ]  # fmt: skip


def test_a_line_that_keeps_breaking_is_given_up(place, server):
    folder = place()
    server.plan = ["cut:10000"] * 20
    with pytest.raises(FetchError, match=r"ended early.*after 40000 bytes"):
        w.fetch("small")
    assert len(server.requests) == 4 and w.find("small") is None and visible(folder) == []
    server.plan = []
    assert w.fetch("small").read_bytes() == DATA  # and goes on at the next call
    assert server.requests[-1] == ("bytes=40000-", '"one"')


def test_a_server_without_ranges_sends_it_anew(place, server):
    place()
    server.plan = ["cut:100000", "plain"]
    assert w.fetch("small").read_bytes() == DATA
    assert len(server.requests) == 2


def test_a_changed_file_is_not_glued_to_the_old_one(place, server):
    place()
    server.plan = ["old:100000"]
    assert w.fetch("small").read_bytes() == DATA
    # The second answer was the whole new file; no hash had to fail first.
    assert server.requests == [(None, None), ("bytes=100000-", '"one"')]


def test_without_a_validator_the_hash_decides(place, server):
    folder = place()
    server.etag = None
    server.plan = ["cut:100000"]
    assert w.fetch("small").read_bytes() == DATA
    assert server.requests[1] == ("bytes=100000-", None)
    # What is left of a fetch of other bytes: the sum is wrong, and it begins again from zero.
    w.remove("small")
    server.requests.clear()
    server.plan = ["cut:100000", "404"]
    with pytest.raises(FetchError):
        w.fetch("small")
    [part] = parts(folder)
    part.write_bytes(bytes(100_000))
    assert w.fetch("small").read_bytes() == DATA
    assert [asked for asked, _ in server.requests[2:]] == ["bytes=100000-", None]


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        ("wrong", "expected SHA-256"),
        ("404", "answered 404"),
        ("401", "answered 401.*copy it into the weights folder"),
        ("long:5", "offers 300005"),
        ("short:5", "offers 299995"),
        ("gzip", "compressed"),
        ("endless", "sends more"),
    ],
)
def test_wrong_answers_are_named(place, server, plan, reason):
    folder = place()
    server.plan = [plan] * 9
    with pytest.raises(FetchError, match=reason) as caught:
        w.fetch("small", timeout=5)
    assert server.url in str(caught.value) and "\n" not in str(caught.value)
    assert w.find("small") is None and visible(folder) == [] and not parts(folder)


def test_a_length_that_lies_where_the_size_is_only_about_known(place, server):
    folder = place(size=None)
    server.plan = ["long:2000"]  # asked for the rest, the server says that there is none
    assert w.fetch("small").read_bytes() == DATA
    assert server.requests[-1][0] == "bytes=300000-"
    w.remove("small")
    server.plan = ["short:2000"] * 9
    with pytest.raises(FetchError, match="expected SHA-256"):
        w.fetch("small")
    assert visible(folder) == []


def test_a_range_that_was_not_asked_for_is_refused(place, server):
    place()
    server.plan = ["cut:1000", "shifted"]
    with pytest.raises(FetchError, match="another part"):
        w.fetch("small")


@pytest.mark.parametrize("plan", ["hang", "drip", "stall:1000", "stall:0", "trickle"])
def test_a_line_that_hangs_is_left_soon(place, server, plan):
    place()
    server.plan = [plan] * 9
    start = time.monotonic()
    with pytest.raises(FetchError, match=r"no answer within|no data for|bytes in"):
        w.fetch("small", timeout=0.3)
    assert time.monotonic() - start < 6


def test_no_connection(place, server):
    place(addresses=["http://127.0.0.1:9/x", "http://nothing.invalid/y"])
    start = time.monotonic()
    with pytest.raises(FetchError) as caught:
        w.fetch("small", timeout=2)
    assert time.monotonic() - start < 8
    assert "127.0.0.1:9/x: no" in str(caught.value)
    assert "nothing.invalid/y: no" in str(caught.value)


def test_the_second_address_helps(place, server):
    place(addresses=[server.url + "?first", server.url])
    server.plan = ["404"]
    assert w.fetch("small").read_bytes() == DATA
    server.plan = ["cut:5000", "404"]
    w.remove("small")
    assert w.fetch("small").read_bytes() == DATA
    assert server.requests[-1] == (None, None)  # never goes on with another address's bytes


def test_cancel_then_go_on(place, server):
    folder = place()
    server.plan = ["stall:120000"]

    def cancel(fraction, words):
        if fraction > 0.1:
            raise CancelledError("enough")

    start = time.monotonic()
    with pytest.raises(CancelledError):
        w.fetch("small", cancel, timeout=10)
    assert time.monotonic() - start < 2  # not only when the stalled read gives up
    assert w.find("small") is None and visible(folder) == []
    [part] = parts(folder)
    kept = part.stat().st_size
    assert 0 < kept <= 120_000 and part.read_bytes() == DATA[:kept]
    assert w.fetch("small").read_bytes() == DATA
    assert server.requests[-1][0] == f"bytes={kept}-"
    assert not parts(folder)


def test_cancel_while_nothing_answers(place, server):
    place()
    server.plan = ["hang"]
    start = time.monotonic()

    def cancel(fraction, words):
        if time.monotonic() - start > 0.3:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        w.fetch("small", cancel, timeout=10)
    assert time.monotonic() - start < 2


def test_offline_asks_nobody(place, server, monkeypatch):
    place()
    monkeypatch.setenv("WORKBENCH_OFFLINE", "1")
    with pytest.raises(FetchError, match="WORKBENCH_OFFLINE"):
        w.fetch("small")
    assert server.requests == []
    monkeypatch.setenv("WORKBENCH_OFFLINE", "0")
    w.fetch("small")
    monkeypatch.setenv("WORKBENCH_OFFLINE", "1")
    assert w.fetch("small").read_bytes() == DATA  # what is there needs no network


def test_a_folder_that_cannot_be_written(place, tmp_path, monkeypatch):
    place()
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("WORKBENCH_MODELS", str(tmp_path / "file" / "models"))
    with pytest.raises(FetchError, match="expected to be able to write"):
        w.fetch("small")


def test_no_room(place, server, monkeypatch):
    place()
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(FetchError, match=r"0\.3 MB free.*got 1\.0 kB"):
        w.fetch("small")
    assert server.requests == []


def test_two_processes_at_once(place, server):
    place()
    server.plan = ["cut:100000"]
    code = "from workbench import weights as w; print(w.fetch('small'))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    both = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    paths = [process.communicate(timeout=30)[0].decode().strip() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert paths[0] == paths[1] and Path(paths[0]).read_bytes() == DATA
    assert len(server.requests) == 2  # one fetch, cut and gone on with; the other process waited


def test_waiting_for_another_process_can_be_cancelled(place, server):
    import filelock

    folder = place()
    folder.mkdir()
    words = []

    def cancel(fraction, text):
        words.append(text)
        raise CancelledError("enough")

    with filelock.FileLock(folder / ".small.bin.lock"):
        with pytest.raises(CancelledError):
            w.fetch("small", cancel)
        with pytest.raises(WeightsError, match="being fetched"):
            w.remove("small")
    assert "waiting for another process" in words[0]
