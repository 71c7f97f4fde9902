"""A server of weights whose line can be bad, and a catalogue of one entry."""

from __future__ import annotations

import json

import pytest
import weights_server
from weights_server import DATA, SHA


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
