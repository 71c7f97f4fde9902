"""Durability: every edit is on the disk as soon as it is made.

A journal is a text file of one checksummed JSON object a line: a header, then what happened, in
order. A line that a crash cut off, or that rotted, fails its checksum; what stands before it
counts. While a session lives it holds a lock that the system releases when the process dies, so
that an interrupted session can be told from one that is open elsewhere.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from .errors import ExportError, SessionFileError, WorkbenchError
from .files import write_atomically

KEEP_DAYS = 30
"""Journals that nobody came back to are removed after so many days."""


def journal_folder() -> Path:
    """Where journals live: the user's state folder, or ``WORKBENCH_STATE``."""
    chosen = os.environ.get("WORKBENCH_STATE")
    if chosen:
        return Path(chosen) / "journals"
    import platformdirs

    return platformdirs.user_state_path("workbench") / "journals"


def line_of(event: dict[str, Any]) -> bytes:
    """One line: CRC-32 of the text in 8 hex digits, a space, the JSON, a line feed."""
    # ASCII: a path may hold bytes that are no text, and those cannot be written as UTF-8.
    text = json.dumps(event, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def read_lines(data: bytes) -> Iterator[dict[str, Any]]:
    """The events of a journal up to the first line that is damaged or cut off."""
    for event, _ in _events_and_ends(data):
        yield event


def _events_and_ends(data: bytes) -> Iterator[tuple[dict[str, Any], int]]:
    """Each good event with the offset just behind its line."""
    end = 0
    for line in io.BytesIO(data):
        checksum, _, text = line.rstrip(b"\n").partition(b" ")
        try:
            if not line.endswith(b"\n") or int(checksum, 16) != zlib.crc32(text):
                return
            event = json.loads(text)
        except ValueError:
            return
        if not isinstance(event, dict):
            return
        end += len(line)
        yield event, end


class Journal:
    """The journal of one living session."""

    def __init__(self, session_id: str, header: dict[str, Any]) -> None:
        self.path = journal_folder() / f"{session_id}.journal"
        self._header = header
        self._file: Any = None
        self._lock: FileLock | None = None
        self._end = 0  # bytes of whole lines

    @property
    def folder(self) -> Path:
        """The journal's own folder for masks and for a photo that has no path."""
        return self.path.with_suffix(".blobs")

    def write(self, event: dict[str, Any]) -> None:
        """Append an event and push it to the disk. The first one makes the file.

        Raises:
            SessionFileError: the journal cannot be written; the message says where and why. What
                it held before is whole, and nothing of the event is in it.
        """
        try:
            if self._file is None:
                self._open()
            line = line_of(event)
            if self._end == 0:
                line = line_of({"do": "open", "at": time.time(), **self._header}) + line
            self._append(line)
        except (OSError, Timeout, NotImplementedError) as error:
            raise SessionFileError(
                f"expected to be able to write the journal {self.path}, got: {error} "
                "(journal=False works without one)"
            ) from error

    def _open(self) -> None:
        """Take the lock and the file, less a line that a crash left half written."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Not bound to a thread: a session is used from several, and closed from any of them.
        lock = FileLock(self.path.with_suffix(".lock"), thread_local=False)
        lock.acquire(timeout=1)
        try:
            # Unbuffered: what failed to be written must not lie in a buffer and come out later.
            file = self.path.open("ab", buffering=0)
            try:
                data = self.path.read_bytes()
                self._end = max((end for _, end in _events_and_ends(data)), default=0)
                file.truncate(self._end)
            except BaseException:
                file.close()
                raise
        except BaseException:
            lock.release()
            raise
        self._file, self._lock = file, lock

    def _append(self, line: bytes) -> None:
        """Whole lines onto the disk, or nothing of them."""
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fsync(self._file.fileno())
        except BaseException:
            with contextlib.suppress(OSError):
                self._file.truncate(self._end)
            raise
        self._end += len(line)

    def write_blob(self, name: str, data: bytes) -> None:
        """Keep a file beside the journal: a loaded mask, or a photo that has no path.

        Raises:
            SessionFileError: it cannot be written.
        """
        try:
            write_atomically(self.folder / name, lambda file: file.write(data))
        except ExportError as error:
            raise SessionFileError(str(error)) from error

    def close(self, discard: bool = False) -> None:
        """Let go of the file; with ``discard``, remove it: there is nothing to recover."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        if discard:
            remove(self.path)


@dataclass(frozen=True)
class Interrupted:
    """A session that ended without being saved.

    Attributes:
        id: the session's.
        name: the photo's name.
        photo: where the photo was, or None when it came without a path.
        edits: how many edits were made.
        at: when the last one was made, seconds since 1970.
        photo_key: hash of the photo's pixels.
        shown: whether a widget showed it: a person was at work, and not a script.
    """

    id: str
    path: Path
    name: str
    photo: str | None
    edits: int
    at: float
    photo_key: str = ""
    shown: bool = False

    def discard(self) -> None:
        """Forget it for good."""
        remove(self.path)

    def events(self) -> list[dict[str, Any]]:
        """All that was recorded and can be read."""
        return list(read_lines(self.path.read_bytes()))

    def __str__(self) -> str:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.at))
        edits = "1 edit" if self.edits == 1 else f"{self.edits} edits"
        return f"{self.name}: {edits}, last on {when}"


def recoverable() -> list[Interrupted]:
    """Sessions that were interrupted (killed kernel, crash, closed unsaved), newest first."""
    found: list[Interrupted] = []
    folder = journal_folder()
    for path in folder.glob("*.journal") if folder.is_dir() else ():
        if _is_open(path):
            continue
        with contextlib.suppress(OSError):
            at = path.stat().st_mtime
            if time.time() - at > KEEP_DAYS * 86400:
                remove(path)
                continue
            events = list(read_lines(path.read_bytes()))
            edits = [event for event in events if event.get("do") == "edit"]
            if not events or not edits or events[-1].get("do") == "saved":
                continue
            name, photo = events[0].get("name"), events[0].get("photo")
            found.append(
                Interrupted(path.stem, path, str(name), photo if photo is None else str(photo),
                            len(edits), at, str(events[0].get("key", "")),
                            any(event.get("shown") is True for event in edits))
            )  # fmt: skip
    return sorted(found, key=lambda one: -one.at)


def remove(path: Path) -> None:
    """Remove a journal and what belongs to it. What is gone already is no error."""
    blobs = path.with_suffix(".blobs")
    with contextlib.suppress(OSError):
        for blob in blobs.glob("*") if blobs.is_dir() else ():
            blob.unlink()
        if blobs.is_dir():
            blobs.rmdir()
    for one in (path, path.with_suffix(".lock")):
        with contextlib.suppress(OSError):
            one.unlink()


def _is_open(path: Path) -> bool:
    """Whether a living process holds the session."""
    lock = FileLock(path.with_suffix(".lock"))
    try:
        with lock.acquire(timeout=0):
            return False
    except (Timeout, OSError, WorkbenchError):
        return True
