"""Durability: what was done outlives the process, and only that."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import workbench as wb
from workbench import journal as journals
from workbench.errors import EditError, SessionFileError

CHILD = """
import sys, time
import numpy as np
import workbench as wb
session = wb.open(sys.argv[1], segmenter="grabcut")
subject = session.subject().box(30, 14, 98, 82).paint([(64, 20), (80, 30)], keep=False, size=12)
subject.click(64, 48)
session.undo()
subject.paint([(64, 48)], size=20)
if "mask" in sys.argv:
    mask = np.zeros((96, 128), bool); mask[20:40, 20:40] = True
    session.subject("second").load_mask(mask)
print("ready", flush=True)
time.sleep(60)
"""


def child(*arguments: str) -> subprocess.Popen:
    """A process that has made edits and still lives."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def end(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


@pytest.fixture
def file(photo, tmp_path) -> Path:
    return wb.export.write_all(
        [(tmp_path / "my photo.png", lambda f: f.write(wb.export.encode_png(photo)))]
    )[0]


def reopened(session):
    """The session as if its process had been killed: let go of, not closed."""
    session._journal.close()
    (one,) = wb.recoverable()
    return wb.recover(one)


# ---- a killed process


def test_a_killed_process_leaves_what_can_be_gone_on_with(file):
    process = child(str(file), "mask")
    try:
        assert wb.recoverable() == []  # it lives: it is nobody else's to go on with
    finally:
        end(process)
    (one,) = wb.recoverable()
    assert (one.name, one.photo, one.edits) == ("my_photo", str(file), 6)
    assert abs(one.at - time.time()) < 60 and "6 edits" in str(one)

    session = wb.recover(one)
    assert [type(x).__name__ for x in session.edits] == [
        "Box", "Paint", "Paint", "AddSubject", "LoadMask",
    ]  # fmt: skip
    same = wb.open(file, segmenter="grabcut", journal=False)
    subject = same.subject().box(30, 14, 98, 82)
    subject.paint([(64, 20), (80, 30)], keep=False, size=12).paint([(64, 48)], size=20)
    mask = np.zeros((96, 128), bool)
    mask[20:40, 20:40] = True
    same.subject("second").load_mask(mask)
    assert np.array_equal(session.alpha(), same.alpha())

    session.subject().paint([(5, 5)])  # from here on it is this process's
    assert wb.recoverable() == []
    session.close()
    assert wb.recoverable() == [] and list(journals.journal_folder().iterdir()) == []


def test_a_line_cut_anywhere_loses_that_line_alone(session, disks):
    session.subject().click(64, 48).paint([(20, 20)], size=9)
    before = session.alpha().copy()
    session.subject().paint([(90, 60)], size=9)
    session._journal.close()
    (one,) = wb.recoverable()
    whole = one.path.read_bytes()
    last = whole.rstrip(b"\n").rindex(b"\n") + 1
    for cut in range(last, len(whole)):
        one.path.write_bytes(whole[:cut])
        (again,) = wb.recoverable()
        assert again.edits == 2, cut
        recovered = wb.recover(again)
        assert recovered.edits == session.edits[:2]
    assert np.array_equal(recovered.alpha(), before)
    # Going on after the cut: what is appended can be read.
    recovered.subject().click(5, 5)
    assert reopened(recovered).edits == recovered.edits


def test_a_rotten_line_ends_what_counts(session):
    for x in (10, 20, 30):
        session.subject().click(x, 48)
    session._journal.close()
    (one,) = wb.recoverable()
    lines = one.path.read_bytes().split(b"\n")
    lines[2] = lines[2].replace(b"20.0", b"90.0")
    one.path.write_bytes(b"\n".join(lines))
    (one,) = wb.recoverable()
    assert [x.x for x in wb.recover(one).edits] == [10]


# ---- what is recovered


def test_cursor_undo_and_redo_are_recovered(session):
    for x in (10, 20, 30):
        session.subject().click(x, 48)
    session.undo()
    session.undo()
    back = reopened(session)
    assert back.document == session.document and len(back.edits) == 1
    assert back.redo() and back.redo() and not back.redo()
    assert [x.x for x in back.edits] == [10, 20, 30]
    back.undo()
    back.subject().click(99, 9)
    assert [x.x for x in reopened(back).document.edits] == [10, 20, 99]


def test_a_photo_without_a_path_is_recovered_from_the_journal(disks, photo):
    wide = photo.astype(np.uint16) * 257 + 3
    session = wb.open(wide, segmenter="disks", name="from memory")
    session.subject().click(64, 48)
    back = reopened(session)
    assert np.array_equal(back.photo.pixels, wide) and back.photo.name == "from_memory"
    assert back.photo.key == session.photo.key and back.photo.path is None
    assert np.array_equal(back.alpha(), session.alpha())


def test_loaded_masks_are_recovered_and_a_missing_one_is_said(session, photo):
    mask = np.zeros((96, 128), np.uint8)
    mask[10:50, 20:70] = 200
    session.subject().load_mask(mask)
    session._journal.close()
    (one,) = wb.recoverable()
    assert np.array_equal(wb.recover(one).alpha(), session.alpha())
    (blob,) = (b for b in one.path.with_suffix(".blobs").iterdir() if b.name != "photo.png")
    blob.unlink()
    with pytest.raises(SessionFileError, match="expected the mask"):
        wb.recover(one)


def test_a_relative_path_is_found_from_another_folder(file, disks, tmp_path, monkeypatch):
    monkeypatch.chdir(file.parent)
    session = wb.open(file.name, segmenter="disks")
    session.subject().click(64, 48)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert reopened(session).edits == session.edits
    saved = session.save("s.mws")
    monkeypatch.chdir(tmp_path)
    assert wb.load(saved if saved.is_absolute() else tmp_path / "elsewhere" / saved).edits


def test_a_photo_that_is_gone_or_changed_is_said(file, disks):
    session = wb.open(file, segmenter="disks")
    session.subject().click(64, 48)
    session._journal.close()
    (one,) = wb.recoverable()
    pixels = wb.open(file, segmenter="disks").image.copy()
    pixels[0, 0] ^= 1
    file.write_bytes(wb.export.encode_png(pixels))
    with pytest.raises(SessionFileError, match="got other pixels"):
        wb.recover(one)
    file.unlink()
    with pytest.raises(SessionFileError, match="got nothing there"):
        wb.recover(one)
    assert wb.recoverable() == [one]  # it stays: the photo may come back


@pytest.mark.skipif(os.name != "posix", reason="only such systems have names that are no text")
def test_a_path_that_is_no_text(photo, disks, tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9 \xff.png")
    try:
        path.write_bytes(wb.export.encode_png(photo))
    except OSError:
        pytest.skip("this disk takes no such names")
    session = wb.open(path, segmenter="disks")
    session.subject().click(64, 48)
    assert reopened(session).photo.path == path
    assert wb.load(session.save(tmp_path / "s.mws")).edits == session.edits


# ---- what is listed


def test_saved_sessions_are_not_listed_until_they_are_worked_on(session, tmp_path):
    session.subject().click(64, 48)
    session.save(tmp_path / "s.mws")
    session._journal.close()
    assert wb.recoverable() == []
    session.undo()
    session._journal.close()
    assert len(wb.recoverable()) == 1


def test_newest_first_and_nothing_without_edits(disks, photo):
    for n in range(3):
        session = wb.open(photo, segmenter="disks", name=f"n{n}")
        session.subject().click(5, 5)
        session._journal.close()
        os.utime(session._journal.path, (time.time() - 60 + n, time.time() - 60 + n))
    wb.open(photo, segmenter="disks", name="idle")
    assert [one.name for one in wb.recoverable()] == ["n2", "n1", "n0"]


def test_discard_removes_every_file(session):
    session.subject().load_mask(np.ones((96, 128), bool))
    session._journal.close()
    (one,) = wb.recoverable()
    one.discard()
    one.discard()  # what is gone already is no error
    assert wb.recoverable() == [] and list(journals.journal_folder().iterdir()) == []


def test_old_journals_go(session):
    session.subject().click(5, 5)
    session._journal.close()
    long_ago = time.time() - (journals.KEEP_DAYS + 1) * 86400
    os.utime(session._journal.path, (long_ago, long_ago))
    assert wb.recoverable() == [] and not session._journal.path.exists()


def test_a_session_closed_in_another_thread_is_let_go_of(session):
    import threading

    session.subject().click(5, 5)
    thread = threading.Thread(target=session._journal.close)
    thread.start()
    thread.join()
    assert len(wb.recoverable()) == 1


@pytest.mark.parametrize(
    "events",
    [
        [{"do": "edit", "edit": {}}],
        [{"do": "open"}, {"do": "edit", "edit": {"edit": "Click"}}],
        [{"do": "open", "photo": None, "key": 3, "shape": "x", "opening": 5}, {"do": "edit"}],
        [{"do": "open", "photo": "/", "key": "k", "shape": [1, 1], "opening": []},
         {"do": "edit", "edit": []}],
    ],
)  # fmt: skip
def test_a_journal_that_makes_no_sense_is_refused_in_words(events):
    path = journals.journal_folder() / "odd.journal"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"".join(map(journals.line_of, events)))
    (one,) = wb.recoverable()
    with pytest.raises(SessionFileError, match="expected"):
        wb.recover(one)
    one.discard()
    assert wb.recoverable() == []


def test_lines_are_checked_and_plain_ascii():
    line = journals.line_of({"name": "Zoë\n\udcff"})
    assert line.isascii() and line.count(b"\n") == 1
    assert list(journals.read_lines(line + line)) == [{"name": "Zoë\n\udcff"}] * 2
    for n in range(len(line) - 1):
        broken = line[:n] + bytes([line[n] ^ 1]) + line[n + 1 :]
        assert list(journals.read_lines(broken)) == [], n


# ---- when it cannot be written


def test_a_file_in_place_of_the_folder_refuses_the_edit(photo, disks, tmp_path, monkeypatch):
    (tmp_path / "no folder").write_bytes(b"x")
    monkeypatch.setenv("WORKBENCH_STATE", str(tmp_path / "no folder"))
    for source in (photo, wb.export.encode_png(photo)):
        session = wb.open(source, segmenter="disks")
        with pytest.raises(SessionFileError, match=r"expected to be able to write"):
            session.subject().click(5, 5)
        assert session.edits == () and not session.redo()
    session = wb.open(photo, segmenter="disks", journal=False)
    assert session.subject().click(5, 5)


class FullDisk:
    """A file on a disk with room for so many more bytes."""

    def __init__(self, file, room: int) -> None:
        self.file, self.room = file, room

    def write(self, data) -> int:
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self.file.write(bytes(data)[: self.room])
        self.room -= written
        return written

    def __getattr__(self, name):
        return getattr(self.file, name)


@pytest.mark.parametrize("room", [0, 1, 30, 120])
def test_a_full_disk_refuses_the_edit_whole_and_room_again_goes_on(session, room):
    session.subject().click(10, 10)
    real = session._journal._file
    session._journal._file = FullDisk(real, room)
    with pytest.raises(SessionFileError, match="No space left"):
        session.subject().paint([(n, n) for n in range(60)])
    assert len(session.edits) == 1
    with pytest.raises(SessionFileError):
        session.undo()
    assert len(session.edits) == 1
    session._journal._file = real
    session.subject().click(20, 20)
    assert [type(x).__name__ for x in reopened(session).edits] == ["Click", "Click"]
    assert [x.x for x in session.edits] == [10, 20]


def test_a_disk_that_fails_to_flush_refuses_the_edit(session, monkeypatch):
    session.subject().click(10, 10)

    def fails(_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as m:
        m.setattr(os, "fsync", fails)
        with pytest.raises(SessionFileError, match="Input/output"):
            session.subject().click(20, 20)
    session.subject().click(30, 30)
    assert [x.x for x in reopened(session).edits] == [10, 30] == [x.x for x in session.edits]


def test_the_first_line_failing_leaves_a_journal_that_can_begin_again(session, monkeypatch):
    def fails(_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as m:
        m.setattr(os, "fsync", fails)
        with pytest.raises(SessionFileError):
            session.subject().click(10, 10)
    session.subject().click(20, 20)
    assert [x.x for x in reopened(session).edits] == [20]


def test_a_refused_edit_is_not_in_the_journal(session):
    session.subject().click(10, 10)
    size = session._journal.path.stat().st_size
    for wrong in (lambda: session.subject().rename(""), lambda: session.retract("x")):
        with pytest.raises(EditError):
            wrong()
    assert session._journal.path.stat().st_size == size
