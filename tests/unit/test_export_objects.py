"""Files of all objects, and the command that writes them."""

from __future__ import annotations

import numpy as np
import pytest
from test_cli import refused
from test_proposals import BOXES, finder  # noqa: F401 a fixture

import workbench as wb
from workbench import cli
from workbench.errors import EditError
from workbench.export_objects import export_objects


def read(path):
    return wb.open(path, "disks").photo


@pytest.fixture
def file(photo, tmp_path):
    path = tmp_path / "My photo.png"
    path.write_bytes(wb.export.encode_png(photo))
    return path


def test_the_command_writes_an_overview_and_two_files_an_object(file, finder, tmp_path, capsys):  # noqa: F811
    out = tmp_path / "out"
    command = ["objects", str(file), "--segmenter", "disks", "--method", "none", "--out", str(out)]
    assert cli.main(command) == 0
    names = [p.name for p in sorted(out.iterdir())]
    assert names == sorted(
        ["My_photo_objects.png"]
        + [f"My_photo_object_0{n}_{kind}.png" for n in range(4) for kind in ("mask", "cutout")]
    )
    printed = capsys.readouterr().out.split("\n")
    assert printed[0] == str(out / "My_photo_objects.png") and len(printed) == 10
    mask = read(out / "My_photo_object_02_mask.png").pixels[..., 0]
    x0, y0, x1, y1 = BOXES["cup"]
    wanted = np.zeros(mask.shape, bool)
    wanted[y0:y1, x0:x1] = True
    assert np.array_equal(mask > 127, wanted)
    # The table's own matte: the cup that lies on it takes nothing away.
    table = read(out / "My_photo_object_01_cutout.png")
    assert table.alpha is not None and table.alpha[60, 50] > 0.99
    assert wb.recoverable() == []


def test_the_session_is_left_as_it_was(session, finder, tmp_path):  # noqa: F811
    session.subject().click(64, 48)
    session.undo()
    before = session.document
    paths = export_objects(session, tmp_path / "o", method="none")
    assert len(paths) == 9 and session.document is before and session.redo()


def test_nothing_found_is_said(session, finder, tmp_path):  # noqa: F811
    finder.propose = lambda embedding, progress=None: []
    with pytest.raises(EditError, match="found none"):
        export_objects(session, tmp_path / "o")
    assert not (tmp_path / "o").exists()


def test_the_command_refuses_in_one_line(file, finder, tmp_path, capsys):  # noqa: F811
    out = ["--out", str(tmp_path / "o")]
    assert "got grabcut" in refused(["objects", str(file), "--segmenter", "grabcut", *out], capsys)
    line = refused(["objects", str(file), "--segmenter", "disks", "--method", "x", *out], capsys)
    assert "a matting method among" in line
    assert "--help" in refused(["objects", str(file)], capsys)
    assert "no such file" in refused(["objects", "no.png", *out], capsys)
    assert not (tmp_path / "o").exists()
