"""Session files: there and back to the bit, and nothing but SessionFileError from a bad one."""

from __future__ import annotations

import errno
import io
import json
import os
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

import workbench as wb
from workbench.errors import (
    ExportError,
    ImageTooLargeError,
    InputError,
    SessionFileError,
    WeightsMismatchError,
)


def work(session) -> None:
    subject = session.subject().click(64, 48).choose(1).click(70, 50)
    subject.paint([(64, 20), (80, 30)], keep=False, size=12).rerun()
    mask = np.zeros((96, 128), np.uint8)
    mask[60:90, 4:40] = 180
    session.subject("second").load_mask(mask).edges(feather=2)


@pytest.fixture
def saved(session, tmp_path) -> Path:
    work(session)
    return session.save(tmp_path / "s.mws")


def changed(path: Path, **members) -> Path:
    """A copy of a session file with members replaced (bytes), edited (a function) or gone (None).

    Member names are given with "__" for "/" and without their ending.
    """
    target = path.with_name("changed.mws")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as made:
        for name in source.namelist():
            data: bytes | None = source.read(name)
            for key, value in members.items():
                if name.replace("/", "__").startswith(key):
                    data = value(data) if callable(value) else value
            if data is not None:
                made.writestr(name, data)
    return target


def header(path: Path, **values) -> Path:
    """A copy with other values in the header."""
    return changed(path, header=lambda data: json.dumps({**json.loads(data), **values}).encode())


# ---- the good


def test_a_saved_session_replays_to_the_bit_and_asks_nothing(session, saved, disks):
    alpha, foreground = session.alpha(), session.foreground()
    disks.asked.clear()
    disks.encoded = 0
    again = wb.load(saved)
    assert np.array_equal(again.alpha(), alpha)
    assert np.array_equal(again.foreground(), foreground)
    for mine, theirs in zip(session.subjects, again.subjects, strict=True):
        assert np.array_equal(session.alpha(mine), again.alpha(theirs))
    assert again.document == session.document
    assert disks.asked == [] and disks.encoded == 0
    again.undo()
    again.alpha()
    assert disks.asked == []


def test_what_was_undone_is_still_there_to_redo(session, tmp_path):
    work(session)
    before = session.alpha().copy()
    for _ in range(4):
        session.undo()
    again = wb.load(session.save(tmp_path / "s.mws"))
    assert again.document == session.document
    while again.redo():
        pass
    assert np.array_equal(again.alpha(), before)


def test_saving_before_looking_saves_the_answers_too(session, disks, tmp_path):
    session.subject().click(64, 48)
    path = session.save(tmp_path / "s.mws")
    assert len(disks.asked) == 1
    wb.load(path).alpha()
    assert len(disks.asked) == 1


def test_a_model_that_is_gone_does_not_stand_in_the_way_of_saving(session, tmp_path, monkeypatch):
    from workbench import segment

    session.subject().click(64, 48)

    def gone(*_, **__):
        raise wb.errors.WeightsMissingError("expected weights, got none")

    monkeypatch.setattr(segment, "get_segmenter", gone)
    again = wb.load(session.save(tmp_path / "s.mws"))
    assert again.edits == session.edits
    with pytest.raises(wb.errors.WeightsMissingError):
        again.alpha()


def test_sixteen_bits_and_a_photo_without_a_path(disks, photo, tmp_path):
    wide = photo.astype(np.uint16) * 250
    session = wb.open(wide, segmenter="disks")
    session.subject().click(64, 48)
    again = wb.load(session.save(tmp_path / "s.mws"))
    assert again.photo.pixels.dtype == np.uint16 and again.photo.key == session.photo.key
    assert np.array_equal(again.alpha(), session.alpha())


def test_the_photo_is_put_in_on_request_only(disks, photo, tmp_path):
    path = tmp_path / "p.png"
    path.write_bytes(wb.export.encode_png(photo))
    session = wb.open(path, segmenter="disks")
    session.subject().click(64, 48)
    slim, full = session.save(tmp_path / "a.mws"), session.save(tmp_path / "b.mws", True)
    assert "photo.png" not in zipfile.ZipFile(slim).namelist()
    path.unlink()
    assert np.array_equal(wb.load(full).image, photo)
    with pytest.raises(SessionFileError, match=r"got nothing there; say where it is: wb\.load"):
        wb.load(slim)


def test_a_photo_that_moved_with_the_session_is_found_and_a_changed_one_is_not_taken(
    disks, photo, tmp_path
):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    (old / "p.png").write_bytes(wb.export.encode_png(photo))
    session = wb.open(old / "p.png", segmenter="disks")
    session.subject().click(64, 48)
    session.save(old / "s.mws")
    shutil.move(old, new)
    assert wb.load(new / "s.mws").photo.path == new / "p.png"
    (new / "p.png").rename(tmp_path / "q.png")
    assert np.array_equal(wb.load(new / "s.mws", tmp_path / "q.png").alpha(), session.alpha())
    other = photo.copy()
    other[0, 0, 0] ^= 1
    (new / "p.png").write_bytes(wb.export.encode_png(other))
    with pytest.raises(SessionFileError, match=r"got other pixels in .*replays the edits"):
        wb.load(new / "s.mws")
    (new / "p.png").write_bytes(b"broken")
    with pytest.raises(SessionFileError, match="got other pixels"):
        wb.load(new / "s.mws")


def test_on_another_photo_the_edits_are_recomputed(session, saved, disks, photo):
    disks.asked.clear()
    other = photo[::-1].copy()
    again = wb.load(saved, other)
    assert again.edits == session.edits and np.array_equal(again.image, other)
    again.alpha()
    assert len(disks.asked) == 3 and disks.encoded == 2
    with pytest.raises(InputError, match=r"inside 0\.\.64 × 0\.\.48"):
        wb.load(saved, photo[::2, ::2].copy())


def test_other_weights_than_the_session_was_made_with_are_said(session, saved, disks):
    again = wb.load(saved)
    disks.identity = "disks:other:float32"
    again.subject("subject").click(5, 5)
    with pytest.raises(WeightsMismatchError, match="which the session was made with"):
        again.alpha()
    again.use("disks")
    again.alpha()


def test_saving_over_an_older_file_is_all_or_nothing(session, saved, tmp_path, monkeypatch):
    old = saved.read_bytes()
    session.subject().click(30, 30)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for name in ("fsync", "replace"):
        with monkeypatch.context() as m:
            m.setattr(os, name, full)
            with pytest.raises((ExportError, SessionFileError), match="No space left"):
                session.save(saved)
        assert saved.read_bytes() == old
        assert [p.name for p in tmp_path.iterdir() if p.suffix == ".part"] == []
    session.save(saved)
    assert wb.load(saved).edits == session.edits


def test_a_photo_larger_than_the_usual_limit_needs_the_same_word_again(disks, tmp_path):
    huge = np.zeros((2000, 2000, 3), np.uint8)
    path = tmp_path / "p.png"
    path.write_bytes(wb.export.encode_png(huge))
    session = wb.open(path, segmenter="disks", max_megapixels=5, journal=False)
    session.subject().click(5, 5)
    saved = session.save(tmp_path / "s.mws", include_photo=True)
    with pytest.raises((ImageTooLargeError, SessionFileError), match="megapixels"):
        wb.load(saved, max_megapixels=3)
    path.unlink()
    assert wb.load(saved).photo.shape == (2000, 2000)


# ---- the bad


def refused(path: Path, says: str = "expected") -> None:
    with pytest.raises(SessionFileError, match=says) as caught:
        wb.load(path)
    assert "\n" not in str(caught.value)


def test_missing_empty_other(tmp_path):
    refused(tmp_path / "no.mws", "nothing there")
    refused(tmp_path)
    for data in (b"", b"text", b"PK\x05\x06" + bytes(18), b"\x89PNG\r\n\x1a\n"):
        (tmp_path / "a.mws").write_bytes(data)
        refused(tmp_path / "a.mws")


def test_a_newer_format_is_refused_with_what_to_do(saved):
    refused(header(saved, format=2), "update the workbench")


@pytest.mark.parametrize(
    "values",
    [
        {"format": "1"}, {"format": None}, {"shape": None}, {"shape": [0, 5]}, {"shape": [96]},
        {"shape": ["96", "128"]}, {"shape": [95, 128]}, {"shape": [1e9, 1e9]}, {"key": 5},
        {"name": None}, {"opening": None}, {"opening": []}, {"opening": [1, 2]}, {"cursor": -1},
        {"cursor": 99}, {"cursor": "3"}, {"cursor": None}, {"photo": 7},
        {"opening": [{"edit": "AddSubject", "id": "a", "subject": "s", "name": "n"}]},
        {"opening": [{"edit": "UseSegmenter", "id": "u", "segmenter": "disks"},
                     {"edit": "AddSubject", "id": "a", "subject": "s", "name": "n",
                      "colour": "red;}"}]},
    ],
    ids=str,
)  # fmt: skip
def test_headers_that_lie(saved, values):
    with pytest.raises((SessionFileError, InputError), match="expected"):
        wb.load(header(saved, **values))


def test_how_it_was_solved_is_in_the_file_and_of_files_before_that_it_was_closed_form(saved):
    opening = json.loads(zipfile.ZipFile(saved).read("header.json"))["opening"]
    assert [one["edit"] for one in opening] == ["UseSegmenter", "UseMatting", "AddSubject"]
    before = wb.load(header(saved, opening=[opening[0], opening[2]]))
    for session, expected in ((wb.load(saved), "refined"), (before, "closed_form")):
        session.add_subject("third")
        assert {one.settings.method for one in session.subjects} == {expected}


def test_members_missing(saved):
    for name in ("header", "edits", "masks"):
        refused(changed(saved, **{name: None}))
    # Without its photo it is one that has no path; without answers they are asked for again.
    refused(changed(saved, photo=None), "say where it is")
    assert wb.load(changed(saved, predictions=None)).alpha().any()


def npz(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


FRAME = np.frombuffer(b"[0, 0, 128, 96, null]", np.uint8)
GOOD = {
    "scores": np.ones(1, np.float32),
    "logits": np.zeros((1, 48, 64), np.float32),
    "frame": FRAME,
}


def frame(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), np.uint8)


@pytest.mark.parametrize(
    "arrays",
    [
        {"scores": np.ones(2, np.float32)},
        {"scores": np.ones(1)},
        {"scores": np.full(1, np.nan, np.float32)},
        {"logits": np.zeros((48, 64), np.float32)},
        {"logits": np.zeros((0, 48, 64), np.float32)},
        {"logits": np.zeros((1, 48, 64), np.float64)},
        {"logits": np.full((1, 48, 64), np.inf, np.float32)},
        {"frame": frame("[0, 0, 0, 96, null]")},
        {"frame": frame("[0, 0, NaN, 96, null]")},
        {"frame": frame("[0, 0, 1e300, 96, null]")},
        {"frame": frame('["0", 0, 128, 96, null]')},
        {"frame": frame("[0, 0, 128, 96, [1e9, 1e9]]")},
        {"frame": frame("[0, 0, 128]")},
        {"frame": frame("{}")},
        {"frame": frame("[" * 100_000)},
        {"logits": np.array([["a"]], object)},
    ],
    ids=range(16),
)
def test_answers_that_make_no_sense(saved, arrays):
    assert wb.load(changed(saved, predictions=npz(**GOOD)))
    refused(changed(saved, predictions=npz(**{**GOOD, **arrays})))


class Evil:
    """Its unpickling makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_nothing_in_a_session_file_is_run(saved, tmp_path):
    trap = tmp_path / "ran"
    arrays = np.empty(1, object)
    arrays[0] = Evil(trap)
    for data in (npz(**{**GOOD, "logits": arrays}), pickle.dumps(Evil(trap))):
        refused(changed(saved, predictions=data))
    assert not trap.exists()


def test_sizes_that_take_the_machine_down_are_refused_before(saved):
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(npz(**GOOD))) as good,
        zipfile.ZipFile(buffer, "w") as lying,
    ):
        for name in good.namelist():  # with a sound checksum over the lie
            lying.writestr(name, good.read(name).replace(b"(1, 48, 64)", b"(9, 9**9,9)"))
    refused(changed(saved, predictions=buffer.getvalue()))
    huge = buffer.getvalue().replace(b"(9, 9**9,9)", b"(9,99999,9)")
    refused(changed(saved, predictions=huge))
    # A member that says it unpacks to 3 GB; and one that truly unpacks to 300 MB.
    with zipfile.ZipFile(saved) as archive:
        info = archive.getinfo("edits.jsonl")
    data = saved.read_bytes()
    small, large = info.file_size.to_bytes(4, "little"), (3 << 30).to_bytes(4, "little")
    central = data.rindex(b"edits.jsonl") - 46
    lied = saved.with_name("lied.mws")
    lied.write_bytes(data[:central] + data[central:].replace(small, large, 1))
    refused(lied, "at most")
    bomb = saved.with_name("bomb.mws")
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("header.json", "w", force_zip64=True) as member:
            for _ in range(300):
                member.write(b" " * (1 << 20))
        archive.writestr("edits.jsonl", "")
    assert bomb.stat().st_size < 1e6
    refused(bomb, "at most 268435456 bytes in header.json")


def test_a_photo_bomb_inside_is_refused_by_its_header(saved):
    import struct
    import zlib

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body
            + struct.pack(">I", zlib.crc32(name + body))
        )  # fmt: skip

    ihdr = struct.pack(">IIBBBBB", 20000, 10000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + chunk(b"IEND", b"")
    for name in ("photo", "masks"):
        refused(changed(saved, **{name: bomb}), "at most 64 megapixels")


def test_a_mask_under_the_name_of_another_is_refused(saved):
    other = wb.export.encode_png(np.zeros((96, 128), np.uint8))
    refused(changed(saved, masks=other), "hash in their name")


def test_names_in_the_file_reach_no_folder(saved, tmp_path):
    target = tmp_path / "slip.mws"
    shutil.copy(saved, target)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("../../evil.png", b"x")
        archive.writestr("/tmp/../evil.npz", b"x")
    before = sorted(tmp_path.rglob("*"))
    assert wb.load(target, journal=False).alpha().any()
    assert sorted(tmp_path.rglob("*")) == before
