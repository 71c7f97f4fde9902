"""The command line, in this process; Jupyter is never started."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import workbench as wb
from workbench import cli
from workbench.arrays import to_uint8
from workbench.cli import lab, models
from workbench.segment import Availability


@pytest.fixture
def file(photo, tmp_path) -> Path:
    path = tmp_path / "My photo.png"
    path.write_bytes(wb.export.encode_png(photo))
    return path


FIVE = ["My_photo.mws", "My_photo_alpha.png", "My_photo_cutout.png", "My_photo_sheet.png",
        "My_photo_trimap.png"]  # fmt: skip


def refused(arguments: list[str], capsys) -> str:
    """The one line on stderr of a command that ends with exit code 2."""
    try:
        code = cli.main(arguments)
    except SystemExit as end:  # argparse's own way
        code = end.code
    shown = capsys.readouterr()
    assert code == 2 and shown.out == ""
    assert shown.err.startswith("workbench: ") and shown.err.count("\n") == 1, shown.err
    return shown.err


# ---- cut


def test_cut_writes_the_five_files_and_says_where(file, tmp_path, capsys):
    out = tmp_path / "out"
    box = ["--box", "30,14,98,82", "--not", "5,5"]
    arguments = ["cut", str(file), *box, "--segmenter", "grabcut", "--out", str(out)]
    report = tmp_path / "report.html"
    assert cli.main([*arguments, "--report", str(report)]) == 0
    assert "<h1>My_photo</h1>" in report.read_text("utf-8")
    shown = capsys.readouterr()
    assert str(report) in shown.out
    assert sorted(p.name for p in out.iterdir()) == FIVE
    assert sorted(shown.out.split("\n")[:-1]) == sorted(
        [str(report), *(str(out / n) for n in FIVE)]
    )
    assert "grabcut" in shown.err
    session = wb.load(out / "My_photo.mws")
    y, x = np.mgrid[0:96, 0:128] + 0.5
    disk = np.hypot(x - 64, y - 48) < 30
    inside = session.alpha() > 0.5
    assert (inside & disk).sum() / (inside | disk).sum() > 0.9


def test_a_report_in_json_on_a_ground_of_ones_own(file, tmp_path, capsys, monkeypatch):
    asked = []
    whole = wb.Session.check
    monkeypatch.setattr(
        wb.Session, "check", lambda self, **how: (asked.append(how), whole(self, **how))[1]
    )
    report = tmp_path / "report.json"
    arguments = ["cut", str(file), "--box", "30,14,98,82", "--segmenter", "grabcut", "--out",
                 str(tmp_path / "out"), "--formats", "alpha"]  # fmt: skip
    assert "together with --report" in refused([*arguments, "--on", "grey"], capsys)
    arguments += ["--report", str(report)]
    assert "gray" in refused([*arguments, "--on", "gray"], capsys) and asked == []
    assert cli.main([*arguments, "--on", "grey"]) == 0
    assert json.loads(report.read_text("utf-8"))["title"] == "My_photo"
    assert [how["background"] for how in asked] == ["grey"]
    assert wb.recoverable() == []


def test_cut_settings_and_formats(file, tmp_path):
    out = tmp_path / "out"
    options = ["--radius", "4", "--method", "none", "--feather", "3", "--shift=-20"]
    arguments = ["cut", str(file), "--point", "64,48", "--segmenter", "grabcut", *options]
    assert cli.main([*arguments, "--formats", "png, session", "--out", str(out)]) == 0
    assert sorted(p.name for p in out.iterdir()) == [FIVE[0], FIVE[2]]
    now = wb.load(out / "My_photo.mws").subject().settings
    assert (now.radius, now.method, now.feather, now.shift) == (4, "none", 3, -20)


@pytest.mark.parametrize("colour", [[], ["3c8c46"], ["#3c8c46"]])
def test_cut_by_chroma_key(file, tmp_path, colour, capsys):
    arguments = ["cut", str(file), "--chroma-key", *colour, "--segmenter", "grabcut"]
    assert cli.main([*arguments, "--formats", "session", "--out", str(tmp_path)]) == 0
    session = wb.load(tmp_path / "My_photo.mws")
    assert session.edits[0].colour == ("#3c8c46" if colour else None)
    assert session.alpha()[48, 64] == 1 and session.alpha()[5, 5] == 0
    assert "grabcut" not in capsys.readouterr().err  # it was not asked


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ([], "at least one --point, a --box, --chroma-key, --ask TEXT or --auto"),
        (["--not", "3,3"], "at least one --point, a --box, --chroma-key, --ask TEXT or --auto"),
        (["--box", "9,9,30,30", "--chroma-key"], "a box begins anew"),
        (["--box", "9,9,30,30", "--auto", "u2netp"], "a box begins anew"),
        (["--auto", "u2netp", "--chroma-key"], "a box begins anew"),
        (["--ask", "a cat", "--box", "9,9,30,30"], "a box begins anew"),
        (["--ask", "a cat", "--segmenter", "grabcut"], "for grabcut, got a text; a text can be"),
        (["--chroma-key", "green"], "#ff8800, got '#green'"),
        (["--point", "3"], "expected 2 numbers separated by commas, got '3'"),
        (["--point", "3,x"], "expected 2 numbers"),
        (["--point", "nan,3"], "inside 0..128 × 0..96"),
        (["--point", "500,3"], "got (500, 3)"),
        (["--box", "9,9,3,3"], "x0 < x1"),
        (["--point", "9,9", "--segmenter", "grabcutt"], "did you mean grabcut"),
        (["--point", "9,9", "--method", "closed"], "did you mean closed_form"),
        (["--point", "9,9", "--radius", "999"], "a radius in 0..250"),
        (["--point", "9,9", "--radius", "wide"], "--radius"),
        (["--point", "9,9", "--formats", "gif"], "a format among"),
        (["--point", "9,9", "--nonsense"], "--nonsense"),
        (["--point", "9,9", "--segmenter", "grabcut", "--checkpoint", "x"], "no checkpoint"),
    ],
)
def test_cut_refuses_in_one_line(file, tmp_path, capsys, monkeypatch, extra, says):
    monkeypatch.setattr("workbench.segment.automatic_models", dict)  # none is there
    out = tmp_path / "out"
    given = extra if "--segmenter" in extra else [*extra, "--segmenter", "grabcut"]
    assert says in refused(["cut", str(file), *given, "--out", str(out)], capsys)
    assert not out.exists()


def test_cut_into_something_that_is_no_folder(file, tmp_path, capsys):
    (tmp_path / "out").write_bytes(b"mine")
    arguments = ["cut", str(file), "--point", "64,48", "--segmenter", "grabcut", "--out"]
    assert "able to write" in refused([*arguments, str(tmp_path / "out")], capsys)
    assert (tmp_path / "out").read_bytes() == b"mine"


# ---- replay


def test_replay_needs_no_weights_and_takes_other_photos(session, photo, disks, tmp_path, capsys):
    session.subject().click(64, 48).edges(feather=2)
    saved = session.save(tmp_path / "s.mws")
    disks.asked.clear()
    assert cli.main(["replay", str(saved), "--formats", "alpha", "--out", str(tmp_path / "a")]) == 0
    assert disks.asked == []
    (path,) = (tmp_path / "a").iterdir()
    assert np.array_equal(wb.open(path, "disks").image[..., 0], to_uint8(session.alpha()))

    for name in ("one", "two"):
        (tmp_path / f"{name}.png").write_bytes(wb.export.encode_png(photo[::-1]))
    photos = [str(tmp_path / "one.png"), str(tmp_path / "two.png")]
    out = ["--formats", "png", "--out", str(tmp_path / "b")]
    assert cli.main(["replay", str(saved), *photos, *out]) == 0
    assert len(disks.asked) == 2
    assert sorted(p.name for p in (tmp_path / "b").iterdir()) == [
        "one_cutout.png", "two_cutout.png",
    ]  # fmt: skip


def test_replay_does_not_write_two_photos_over_one_another(session, photo, tmp_path, capsys):
    session.subject().click(64, 48)
    saved = session.save(tmp_path / "s.mws")
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.png").write_bytes(wb.export.encode_png(photo))
    photos = [str(tmp_path / folder / "x.png") for folder in ("a", "b")]
    line = refused(["replay", str(saved), *photos, "--out", str(tmp_path / "o")], capsys)
    assert "photos of different names" in line and not (tmp_path / "o").exists()


def test_replay_of_what_is_no_session(file, tmp_path, capsys):
    for path in (file, tmp_path / "no.mws"):
        assert "session file" in refused(["replay", str(path), "--out", str(tmp_path)], capsys)


def test_cut_starts_from_a_model_without_prompts(file, tmp_path, capsys, monkeypatch):
    from workbench import segment
    from workbench.starting import as_prediction

    def automatic(name, image, progress=None, checkpoint=None, identity=""):
        return as_prediction((image[..., 0] > 130).astype(np.float32))

    monkeypatch.setattr(segment, "automatic_identity", lambda name, *_: f"{name}:1")
    monkeypatch.setattr(segment, "automatic", automatic)
    out = tmp_path / "out"
    arguments = ["cut", str(file), "--auto", "mine", "--segmenter", "grabcut", "--out", str(out)]
    assert cli.main([*arguments, "--formats", "alpha,session"]) == 0
    session = wb.load(out / "My_photo.mws")
    assert session.edits[0].model == "mine" and session.alpha()[48, 64] > 0.9

    # Where nothing is said of the subject, the first that is ready is asked, and named.
    capsys.readouterr()
    copyleft = Availability(True, "yes", copyleft=True)  # whoever wants it says its name
    ready = {"absent": Availability(False, "no"), "theirs": copyleft}
    ready["mine"] = Availability(True, "yes")
    monkeypatch.setattr(segment, "automatic_models", lambda: ready)
    alone = ["cut", str(file), "--segmenter", "grabcut", "--out", str(tmp_path / "alone")]
    assert cli.main([*alone, "--formats", "alpha"]) == 0
    assert "mine looks for it" in capsys.readouterr().err
    made = [(folder / "My_photo_alpha.png").read_bytes() for folder in (out, tmp_path / "alone")]
    assert made[0] == made[1]
    monkeypatch.undo()
    refused_line = refused(["cut", str(file), "--auto", "rmbg_2_0", "--out", str(out)], capsys)
    assert "--non-commercial" in refused_line


# ---- models and the rest


def test_models_list_says_what_is_ready(capsys):
    assert cli.main(["models", "list"]) == 0
    out = capsys.readouterr().out
    assert "weights folder: " in out and re.search(r"^  grabcut +ready", out, re.M)
    assert "vit_b" in out


def test_cache_says_where_it_is_and_how_large_and_clears(capsys, monkeypatch):
    from workbench.segment import shelf

    assert cli.main(["cache", "list"]) == 0
    assert f"{shelf.folder()}\n0 embeddings, 0.0 kB, of at most 4.0 GB" in capsys.readouterr().out
    for n in range(3):
        header = {"identity": f"model {n % 2}", "meta": {}}
        shelf.store(f"{n:064x}", header, {"a": np.zeros(100_000, np.uint8)})
    shelf.flush()
    assert cli.main(["cache", "list"]) == 0
    out = capsys.readouterr().out
    assert "3 embeddings, 0.3 MB, of" in out
    assert "  model 0: 2, 0.2 MB\n  model 1: 1, 0.1 MB\n" in out
    assert cli.main(["cache", "clear"]) == 0
    assert capsys.readouterr().out == "removed 3 embeddings, 0.3 MB\n"
    assert shelf.kept() == []
    monkeypatch.setenv("WORKBENCH_CACHE_LIMIT", "0")
    assert cli.main(["cache", "list"]) == 0
    assert "switched off" in capsys.readouterr().out
    monkeypatch.setenv("WORKBENCH_CACHE_LIMIT", "much")
    assert "WORKBENCH_CACHE_LIMIT" in refused(["cache", "list"], capsys)


def test_models_refuse_unknown_names(capsys):
    for verb in ("fetch", "verify", "remove"):
        assert "vit_q" in refused(["models", verb, "vit_q"], capsys)


@pytest.mark.parametrize(
    "arguments",
    [[], ["cut"], ["explode"], ["models"], ["cut", "a.png", "--point", "1,1"], ["replay"]],
    ids=" ".join,
)
def test_half_commands_are_refused_in_one_line(arguments, capsys):
    assert "--help" in refused(arguments, capsys)


@pytest.mark.parametrize(
    "command", [[], ["cut"], ["lab"], ["replay"], ["models"], ["models", "fetch"], ["bench"]]
)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main([*command, "--help"])
    assert end.value.code == 0 and "usage: workbench" in capsys.readouterr().out


def test_a_reader_that_has_enough_is_no_error():
    command = [sys.executable, "-m", "workbench", "models", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        run.stdout.close()  # as head does
        assert run.stderr.read() == b"" and run.wait() == 141


def test_interrupted(monkeypatch, capsys):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(models, "_models_list", interrupted)
    assert cli.main(["models", "list"]) == 130
    assert capsys.readouterr().err == "workbench: interrupted\n"


def test_as_a_program_of_its_own(tmp_path):
    command = [sys.executable, "-m", "workbench", "cut", "no.png", "--point", "1,1"]
    done = subprocess.run(
        [*command, "--segmenter", "grabcut", "--out", str(tmp_path / "o")],
        capture_output=True, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(wb.__file__).parent.parent)},
    )  # fmt: skip
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == "workbench: expected a photo at no.png, got no such file\n"


# ---- lab


@pytest.fixture
def jupyter(monkeypatch, tmp_path):
    """What Jupyter would have been started with; the folder is an empty one."""
    calls: list[tuple[list[str], dict[str, str]]] = []

    def call(command, env=None, **_):
        calls.append((command, env))
        return 0

    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.delenv("WORKBENCH_PHOTO", raising=False)
    monkeypatch.setattr(lab.subprocess, "call", call)
    monkeypatch.setattr(lab, "_warm_up", lambda: None)
    monkeypatch.setattr(lab, "quickstart", lambda: Path("quickstart.ipynb"))
    return calls


@pytest.mark.parametrize(
    ("given", "named", "flags"),
    [
        ([], False, []),
        (["PHOTO"], True, []),
        (["PHOTO", "--no-browser", "--port", "9000"], True, ["--no-browser", "--port", "9000"]),
        (["--no-browser", "--port", "9000", "PHOTO"], True, ["--no-browser", "--port", "9000"]),
        (["--port=9000", "PHOTO"], True, ["--port=9000"]),
        (["--port", "9000"], False, ["--port", "9000"]),
        (["--no-browser"], False, ["--no-browser"]),
        (["--ServerApp.ip", "0.0.0.0"], False, ["--ServerApp.ip", "0.0.0.0"]),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_lab_takes_a_photo_and_passes_the_rest_on(jupyter, file, given, named, flags, monkeypatch):
    monkeypatch.setattr(lab, "_as_root", lambda flags: [])
    assert cli.main(["lab", *[str(file) if a == "PHOTO" else a for a in given]]) == 0
    ((command, env),) = jupyter
    address = "--LabApp.default_url=/lab/tree/quickstart.ipynb"
    assert command == [
        sys.executable, "-m", "jupyter", "lab", "quickstart.ipynb", address, *flags
    ]  # fmt: skip
    assert env.get("WORKBENCH_PHOTO") == (str(file.resolve()) if named else None)
    assert not any("token" in part for part in command)


def test_lab_finds_a_photo_named_relatively(jupyter, photo):
    Path("p.png").write_bytes(wb.export.encode_png(photo))
    assert cli.main(["lab", "p.png"]) == 0
    assert jupyter[0][1]["WORKBENCH_PHOTO"] == str(Path("p.png").resolve())


def test_lab_refuses_a_bad_photo_in_the_terminal(jupyter, tmp_path, capsys):
    (tmp_path / "text.png").write_text("hello")
    assert "got text" in refused(["lab", str(tmp_path / "text.png")], capsys)
    assert "no such file" in refused(["lab", "no.jpg", "--no-browser"], capsys)
    assert jupyter == []


def test_lab_says_when_jupyter_fails(jupyter, monkeypatch, capsys):
    monkeypatch.setattr(lab.subprocess, "call", lambda *_, **__: 3)
    assert cli.main(["lab"]) == 2
    assert "exit code 3" in capsys.readouterr().err


def test_the_quickstart_is_that_of_the_clone_one_stands_in(tmp_path, monkeypatch):
    notebook = tmp_path / "notebooks" / "00_quickstart.ipynb"
    notebook.parent.mkdir()
    notebook.write_text("{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lab, "__file__", str(tmp_path / "site" / "workbench" / "cli" / "lab.py"))
    (tmp_path / "pyproject.toml").touch()
    assert lab.quickstart() == notebook


def test_an_installed_quickstart_is_copied_once_and_never_over_ones_own(tmp_path, monkeypatch):
    package, here = tmp_path / "site" / "workbench", tmp_path / "here"
    (package / "notebooks").mkdir(parents=True)
    (package / "notebooks" / "00_quickstart.ipynb").write_text(json.dumps({"cells": []}))
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(lab, "__file__", str(package / "cli" / "lab.py"))
    monkeypatch.setattr(lab.resources, "files", lambda _: package)
    copied = lab.quickstart()
    assert copied == here / "00_quickstart.ipynb" and json.loads(copied.read_text())
    copied.write_text("mine")
    assert lab.quickstart().read_text() == "mine"
    copied.unlink()
    (package / "notebooks" / "00_quickstart.ipynb").unlink()
    with pytest.raises(wb.errors.WorkbenchError, match="expected the quickstart"):
        lab.quickstart()


def test_a_segmenters_name_stands_for_its_weights():
    assert models._weights_names(["lite", "vit_b", "grabcut", "vit_t"]) == [
        "u2netp", "vit_b", "grabcut", "vit_t"
    ]  # fmt: skip


def test_lab_starts_as_root_too(monkeypatch, capsys):
    monkeypatch.setattr(lab.os, "geteuid", lambda: 0, raising=False)
    assert lab._as_root(["--no-browser"]) == ["--allow-root"]
    assert "root" in capsys.readouterr().err
    assert lab._as_root(["--allow-root"]) == []
    monkeypatch.setattr(lab.os, "geteuid", lambda: 1000)
    assert lab._as_root([]) == []
