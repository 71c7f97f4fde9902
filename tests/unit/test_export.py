"""The files that come out, and that what was there before is never lost."""

from __future__ import annotations

import errno
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import workbench as wb
from workbench.errors import EditError, ExportError, UnknownNameError

ALL = ["photo_alpha.png", "photo_cutout.png", "photo_sheet.png", "photo_trimap.png", "photo.mws"]


@pytest.fixture
def done(session):
    session.subject().click(64, 48).edges(feather=2).paint([(64, 48)], size=10)
    return session


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_bits_and_channels_of_each_file(done, tmp_path):
    paths = done.export(tmp_path / "new" / "out")
    assert sorted(p.name for p in paths) == sorted(ALL) == names(tmp_path / "new" / "out")
    out = {p.name: p for p in paths}
    with Image.open(out["photo_cutout.png"]) as image:
        assert image.mode == "RGBA" and image.size == (128, 96)
        assert np.array_equal(np.asarray(image), done.cutout())
    depth, kind = out["photo_cutout.png"].read_bytes()[24:26]
    assert (depth, kind) == (8, 6)
    data = out["photo_alpha.png"].read_bytes()
    assert tuple(data[24:26]) == (16, 0)
    with Image.open(io.BytesIO(data)) as image:
        stored = np.asarray(image).astype(np.float64) / 65535
    assert np.abs(stored - done.alpha()).max() <= 0.5 / 65535 + 1e-9
    data = out["photo_trimap.png"].read_bytes()
    assert tuple(data[24:26]) == (8, 0)
    with Image.open(io.BytesIO(data)) as image:
        trimap = np.asarray(image)
    assert set(np.unique(trimap)) == {0, 128, 255}
    assert ((trimap == 128) == (done.trimap() == 0.5)).all()
    with Image.open(out["photo_sheet.png"]) as image:
        assert image.size[0] > 400 and np.asarray(image.convert("L")).std() > 20
    assert np.array_equal(wb.load(out["photo.mws"]).alpha(), done.alpha())


def test_colours_are_straight_and_clean(done):
    """A pixel of half opacity at the rim shows the disk's red, not a mix with the green."""
    cutout = done.cutout()
    rim = (cutout[..., 3] > 60) & (cutout[..., 3] < 200)
    assert rim.sum() > 20
    inside = done.image[44:52, 60:68].reshape(-1, 3).mean(axis=0)
    assert np.abs(np.median(cutout[rim][:, :3], axis=0) - inside).max() < 60


def test_several_subjects_one_by_one_and_together(session, tmp_path):
    session.subject().click(40, 48)
    for name in ("../../etc/passwd", "a/b", "A B", "a_b", "…", "猫" * 100, "猫" * 99):
        session.subject(name).click(90, 48)
    session.subject("hidden").click(64, 48).hide()
    session.subject("subject").rename("x" * 100)
    out = tmp_path / "out"
    paths = session.export(out, ["png", "alpha"])
    assert len(paths) == len(set(paths)) == 2 * (1 + 8)
    assert len({p.name.casefold() for p in paths}) == len(paths)  # on a Mac's disk too
    assert all(p.parent == out and p.is_file() for p in paths)
    assert {p.name for p in tmp_path.iterdir()} == {"out", "state"}
    assert "photo_etc_passwd_cutout.png" in names(out)
    assert not any("hidden" in p.name for p in paths)
    assert all(len(p.name.encode()) < 200 for p in paths)
    total = np.zeros((96, 128))
    for path in paths:
        if path.name.endswith("_alpha.png") and path.name != "photo_alpha.png":
            with Image.open(path) as image:
                total += np.asarray(image) / 65535
    with Image.open(out / "photo_alpha.png") as image:
        assert np.abs(total - np.asarray(image) / 65535).max() < 9 / 65535


def test_a_name_of_a_photo_stays_in_the_folder(disks, photo, tmp_path):
    session = wb.open(photo, segmenter="disks", name="../../evil/\0name")
    session.subject().click(64, 48)
    (path,) = session.export(tmp_path / "out", "png")
    assert path.parent == tmp_path / "out" and path.name == "evil_name_cutout.png"


def test_nothing_to_export(session, tmp_path):
    with pytest.raises(EditError, match="something selected to export, got nothing"):
        session.export(tmp_path / "out")
    session.subject().click(64, 48).hide()
    with pytest.raises(EditError, match="visible subject"):
        session.export(tmp_path / "out")
    session.subject().show()
    with pytest.raises(UnknownNameError, match="did you mean png"):
        session.export(tmp_path / "out", ["pngg"])
    assert not (tmp_path / "out").exists()


def test_a_download_is_one_picture_or_a_zip(done):
    name, data = wb.export.archive(done, ["png"])
    assert name == "photo_cutout.png" and data.startswith(b"\x89PNG")
    name, data = wb.export.archive(done, ["png", "alpha"])
    assert name == "photo_matte.zip"
    assert zipfile.ZipFile(io.BytesIO(data)).namelist() == ["photo_cutout.png", "photo_alpha.png"]


# ---- failures


def fill(folder: Path) -> dict[str, bytes]:
    """Older files under the names of the export, and what is in them."""
    folder.mkdir()
    for name in ALL:
        (folder / name).write_bytes(f"old {name}".encode())
    return held(folder)


def held(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_a_file_in_place_of_the_folder(done, tmp_path):
    (tmp_path / "out").write_bytes(b"mine")
    with pytest.raises(ExportError, match="expected to be able to write"):
        done.export(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"mine"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder(done, tmp_path):
    before = fill(tmp_path / "out")
    (tmp_path / "out").chmod(0o500)
    try:
        with pytest.raises(ExportError, match="Permission denied"):
            done.export(tmp_path / "out")
        assert held(tmp_path / "out") == before
    finally:
        (tmp_path / "out").chmod(0o700)


def test_a_folder_in_place_of_a_file(done, tmp_path):
    fill(tmp_path / "out")
    (tmp_path / "out" / "photo_trimap.png").unlink()
    (tmp_path / "out" / "photo_trimap.png").mkdir()
    with pytest.raises(ExportError, match="photo_trimap"):
        done.export(tmp_path / "out")
    (tmp_path / "out" / "photo_trimap.png").rmdir()
    assert {n: d for n, d in held(tmp_path / "out").items() if d != f"old {n}".encode()} == {}
    assert not list((tmp_path / "out").glob(".*"))


@pytest.mark.parametrize("nth", range(1, 6))
def test_a_disk_that_fills_up_at_any_file_leaves_all_as_it_was(done, tmp_path, monkeypatch, nth):
    before = fill(tmp_path / "out")
    real, calls = os.fsync, []

    def fills_up(handle):
        calls.append(handle)
        if len(calls) == nth:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    with monkeypatch.context() as m:
        m.setattr(os, "fsync", fills_up)
        with pytest.raises(ExportError, match="No space left"):
            done.export(tmp_path / "out")
    assert held(tmp_path / "out") == before
    assert len(done.export(tmp_path / "out")) == 5


def test_a_rename_that_fails_leaves_no_temporary_file(done, tmp_path, monkeypatch):
    before = fill(tmp_path / "out")

    def refuses(*_):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as m:
        m.setattr(os, "replace", refuses)
        with pytest.raises(ExportError, match="Permission denied"):
            done.export(tmp_path / "out")
    assert held(tmp_path / "out") == before


def test_an_interruption_leaves_no_temporary_file(done, tmp_path, monkeypatch):
    before = fill(tmp_path / "out")

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as m:
        m.setattr(os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            done.export(tmp_path / "out")
    assert held(tmp_path / "out") == before


def test_cancelling_between_files_writes_none(done, tmp_path):
    from workbench.errors import CancelledError
    from workbench.progress import CancelToken

    token = CancelToken(lambda fraction, words: token.cancel() if fraction > 0.3 else None)
    with pytest.raises(CancelledError):
        done.export(tmp_path / "out", progress=token)
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_files_have_the_mode_of_any_new_file(done, tmp_path):
    (tmp_path / "plain").touch()
    (path,) = done.export(tmp_path / "out", ["png"])
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_the_subject_that_a_session_starts_with_is_no_part_of_the_result(photo, disks, tmp_path):
    session = wb.open(photo, "disks", journal=False)
    session.subject("disk").click(64, 48)
    assert [s.name for s in session.subjects] == ["disk", "subject"]
    assert [s.name for s in session.visible] == ["disk"] and session.notes == []
    names = {p.name for p in session.export(tmp_path, formats=["png", "alpha"])}
    assert names == {"photo_cutout.png", "photo_alpha.png"}
    session.subject("other").click(20, 20)
    names = {p.name for p in session.export(tmp_path / "two", formats=["png"])}
    assert names == {"photo_cutout.png", "photo_disk_cutout.png", "photo_other_cutout.png"}
    session.subject("other").hide()
    session.subject("disk").hide()
    assert [s.name for s in session.visible] == ["subject"]
