"""Weights whose SHA-256 the catalogue does not know, and those not for commercial use."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import weights_server

from workbench import cli, published
from workbench import weights as w
from workbench.downloads import urls
from workbench.errors import FetchError, LicenceError, WeightsDamagedError, WeightsError

DATA = hashlib.shake_256(b"unverified").digest(50_000)
SHA = hashlib.sha256(DATA).hexdigest()
OTHER = DATA[::-1]


@pytest.fixture
def server():
    with weights_server.serve(DATA) as running:
        yield running


@pytest.fixture
def place(tmp_path, monkeypatch, server):
    """A folder for weights and a catalogue of one unverified entry; call it to change the entry."""
    folder = tmp_path / "models"
    monkeypatch.setenv("WORKBENCH_MODELS", str(folder))
    monkeypatch.setenv("WORKBENCH_CATALOGUE", str(tmp_path / "catalogue.json"))
    monkeypatch.delenv("WORKBENCH_OFFLINE", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    def write(**changes):
        entry = {
            "file": "new.bin", "addresses": [server.url], "size": None, "about_bytes": 51_000,
            "sha256": None, "licence": "CC0-1.0", "commercial": True, "family": "none",
            "title": "New",
        } | changes  # fmt: skip
        (tmp_path / "catalogue.json").write_text(json.dumps({"weights": {"new": entry}}))
        return folder

    write()
    return write


# ---- the publisher's figure


def test_a_first_fetch_agrees_with_the_publishers_header(place, server):
    folder = place()
    server.linked = f'"{SHA}"'
    assert w.fetch("new").read_bytes() == DATA
    words = w.checked_against("new")
    assert "checked against 127.0.0.1's own SHA-256" in words and SHA[:16] in words
    assert json.loads((folder / "new.bin.seen.json").read_text())["sha256"] == SHA


def test_bytes_that_the_publisher_did_not_mean_are_refused(place, server):
    folder = place()
    server.linked = "0" * 64
    with pytest.raises(FetchError, match=r"127\.0\.0\.1's own SHA-256 of it\), got " + SHA[:16]):
        w.fetch("new")
    assert not w.is_there("new") and not list(folder.glob("*.seen.json"))


def test_a_header_that_is_no_sha256_is_not_a_figure(place, server):
    place()
    server.linked = '"5f3a-12"'
    w.fetch("new")
    assert "gives no figure" in w.checked_against("new")


def test_the_figure_holds_after_a_cut_too(place, server):
    place()
    server.linked = SHA
    server.plan = ["cut:20000"]
    assert w.fetch("new").read_bytes() == DATA
    assert server.requests[1][0] == "bytes=20000-"
    assert "checked against" in w.checked_against("new")


@pytest.mark.parametrize(("digest", "right"), [(SHA, True), ("1" * 64, False)])
def test_githubs_digest_of_an_asset_is_asked_for(place, server, monkeypatch, digest, right):
    place()
    described = {"assets": [{"name": "new.bin", "digest": f"sha256:{digest}"}]}
    server.pages["/release"] = json.dumps(described).encode()
    question = (server.url.replace("weights.bin", "release"), "new.bin")
    monkeypatch.setattr(published, "github_question", lambda url: question)
    if right:
        w.fetch("new")
        assert "GitHub's own SHA-256" in w.checked_against("new")
    else:
        with pytest.raises(FetchError, match="GitHub's own SHA-256"):
            w.fetch("new")


@pytest.mark.parametrize("plan", ["404", "hang"])
def test_github_saying_nothing_is_no_failure(place, server, monkeypatch, plan):
    place()
    server.plan = ["ok", plan]
    monkeypatch.setattr(published, "github_question", lambda url: (server.url, "new.bin"))
    assert w.fetch("new", timeout=0.3).read_bytes() == DATA
    assert "gives no figure" in w.checked_against("new")


def test_where_the_catalogue_knows_better_nobody_is_asked(place, server, monkeypatch):
    place(sha256=SHA)
    monkeypatch.setattr(urls, "_github_figure", None)  # calling it would fail
    server.linked = "0" * 64  # and a header that is wrong does not count
    assert w.fetch("new").read_bytes() == DATA
    assert w.checked_against("new") == "checked against the catalogue's SHA-256"


# ---- what was seen first


def test_two_processes_at_once_see_one_file(place, server):
    folder = place()
    server.plan = ["cut:20000"]
    code = "from workbench import weights as w; print(w.fetch('new'))"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    both = [subprocess.Popen([sys.executable, "-c", code], env=environment) for _ in range(2)]
    assert [process.wait(30) for process in both] == [0, 0]
    assert len(server.requests) == 2  # one fetch, cut and gone on with; the other process waited
    assert (folder / "new.bin").read_bytes() == DATA and SHA[:16] in w.checked_against("new")


def test_a_change_is_noticed_at_the_next_fetch(place, server):
    place()
    path = w.fetch("new")
    assert w.remove("new") and not path.exists()
    server.data, server.etag = OTHER, '"two"'
    with pytest.raises(FetchError, match=f"{SHA[:16]}….*first seen here on 20.*--accept-change"):
        w.fetch("new")
    assert not w.is_there("new")
    assert w.fetch("new", accept_change=True).read_bytes() == OTHER
    assert w.verify("new") == path and hashlib.sha256(OTHER).hexdigest()[:16] in w.checked_against(
        "new"
    )


def test_another_address_may_still_have_the_file_that_was_seen(place, server):
    place()
    w.fetch("new")
    w.remove("new")
    server.pages["/changed"] = OTHER
    place(addresses=[server.url.replace("weights.bin", "changed"), server.url])
    assert w.fetch("new").read_bytes() == DATA


def test_verify_tells_a_change_on_the_disk_and_fetch_mends_it(place, server):
    folder = place()
    path = w.fetch("new")
    path.write_bytes(OTHER)
    with pytest.raises(WeightsDamagedError, match="as it was on 20"):
        w.verify("new")
    assert w.fetch("new").read_bytes() == DATA
    path.write_bytes(DATA[:-1])  # about right, and yet not what was seen
    assert w.find("new") is None
    with pytest.raises(WeightsDamagedError):
        w.verify("new")
    (folder / "new.bin.seen.json").write_text('{"sha256": 5}')  # scribbles: as if nothing were
    assert w.find("new") == path


def test_a_file_copied_by_hand_is_remembered_from_the_first_verify(place):
    folder = place()
    folder.mkdir()
    (folder / "new.bin").write_bytes(DATA)
    assert w.checked_against("new").startswith("unverified")
    w.verify("new")
    (folder / "new.bin").write_bytes(OTHER)
    with pytest.raises(WeightsDamagedError):
        w.verify("new")


# ---- licences


def test_no_commercial_use_must_be_said(place, server):
    place(commercial=False, licence="CC-BY-NC-4.0", terms="by agreement with its maker")
    with pytest.raises(LicenceError) as caught:
        w.fetch("new")
    for word in ("--non-commercial", "non_commercial=True", "CC-BY-NC-4.0", "by agreement"):
        assert word in str(caught.value)
    assert server.requests == []
    assert w.fetch("new", non_commercial=True).read_bytes() == DATA


def test_a_catalogue_must_say_whether_commercial_use_is_allowed(place):
    for value in (None, "yes", 1):
        place(commercial=value)
        with pytest.raises(WeightsError, match="expected a catalogue"):
            w.catalogue()


# ---- the command line


def test_the_commands_say_what_was_checked(place, capsys):
    place()
    assert cli.main(["models", "fetch", "new"]) == 0
    shown = capsys.readouterr()
    assert shown.out.strip().endswith("new.bin") and "its publisher gives no figure" in shown.err
    assert cli.main(["models", "verify"]) == 0
    assert "new: good, " in capsys.readouterr().out


def test_the_commands_hide_what_is_not_for_commercial_use(place, capsys, server):
    place(commercial=False, licence="CC-BY-NC-4.0")
    assert cli.main(["models", "list"]) == 0
    shown = capsys.readouterr().out
    assert "CC-BY-NC-4.0" not in shown and "1 more not for commercial use" in shown
    assert cli.main(["models", "list", "--non-commercial"]) == 0
    shown = capsys.readouterr().out
    assert "CC-BY-NC-4.0  New (unverified, non-commercial)" in shown
    assert cli.main(["models", "fetch", "new"]) == 2
    assert "CC-BY-NC-4.0" in capsys.readouterr().err and server.requests == []
    assert cli.main(["models", "fetch", "--non-commercial", "new"]) == 0


def test_one_model_is_described_in_full(place, capsys, server):
    place(good_at="many things", bad_at="few", terms="ask first", commercial=False)
    assert cli.main(["models", "list", "new"]) == 0
    shown = capsys.readouterr().out
    for words in ("many things", "few", "ask first", "not allowed", "unverified", server.url,
                  "workbench models fetch new --non-commercial"):  # fmt: skip
        assert words in shown
    assert cli.main(["models", "list", "nwe"]) == 2
    assert "did you mean new" in capsys.readouterr().err


def test_verify_goes_on_after_a_wrong_file_and_ends_with_2(place, capsys, tmp_path):
    folder = place()
    catalogue = json.loads((tmp_path / "catalogue.json").read_text())
    entry = catalogue["weights"]["new"]
    catalogue["weights"]["old"] = entry | {"file": "old.bin", "sha256": "0" * 64}
    catalogue["weights"] = dict(sorted(catalogue["weights"].items(), reverse=True))
    (tmp_path / "catalogue.json").write_text(json.dumps(catalogue))
    folder.mkdir()
    for name in ("new.bin", "old.bin"):
        (folder / name).write_bytes(DATA)
    assert cli.main(["models", "verify"]) == 2
    shown = capsys.readouterr()
    assert "new: good" in shown.out and "old" not in shown.out
    assert "old.bin" in shown.err and shown.err.count("\n") == 1


def test_a_list_of_many_models_stays_within_the_terminal(place, capsys, tmp_path):
    place(title="A model with a very long name " * 6, commercial=False)
    catalogue = json.loads((tmp_path / "catalogue.json").read_text())
    entry = catalogue["weights"]["new"]
    catalogue["weights"] |= {f"new_{i}": entry | {"file": f"{i}.bin"} for i in range(40)}
    (tmp_path / "catalogue.json").write_text(json.dumps(catalogue))
    assert cli.main(["models", "list", "--non-commercial"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    assert sum(line.startswith("  new") for line in lines) == 41
