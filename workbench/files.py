"""Writing files so that a reader never sees half of one and a failure costs nothing.

Every file goes to a temporary name in the same folder, is flushed to the disk, and then replaces
the old one in a single step.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from .errors import ExportError

Write = Callable[[BinaryIO], object]
"""Fills an open binary file."""


def write_atomically(path: Path, write: Write, durable: bool = True) -> Path:
    """Write a file through ``write(open binary file)``; return its path.

    Args:
        path: where; its folder is made.
        write: fills the file.
        durable: whether it must survive a power cut from here on. What can be made again need not,
            and is written much faster.

    Raises:
        ExportError: the folder cannot be made or written, or the disk is full. The file that was
            there before is untouched, and no temporary file is left.
    """
    return write_all([(Path(path), write)], durable)[0]


def write_all(files: Iterable[tuple[Path, Write]], durable: bool = True) -> list[Path]:
    """Write several files, or none: all are whole on the disk before the first takes its name.

    ``durable``: see ``write_atomically``.

    Raises:
        ExportError: as for write_atomically.
    """
    ready: list[tuple[Path, Path]] = []
    path = Path()
    try:
        for path, write in files:
            ready.append((_temporary(path), path))
            with ready[-1][0].open("r+b") as file:
                write(file)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            if path.is_dir():  # the one thing that a rename would stumble over
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        written = [path for _, path in ready]
        while ready:
            temporary, path = ready[0]
            temporary.replace(path)
            ready.pop(0)
    except OSError as error:
        raise ExportError(
            f"expected to be able to write {path}, got: {error.strerror or error}"
        ) from error
    finally:
        for temporary, _ in ready:
            with contextlib.suppress(OSError):
                temporary.unlink()
    for folder in {path.parent for path in written} if durable else ():
        sync_folder(folder)
    return written


def _temporary(path: Path) -> Path:
    """An empty file beside ``path``, to be filled and renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part")
    os.close(handle)
    # mkstemp makes files private (0600); a person expects the mode that any new file gets.
    Path(name).chmod(0o666 & ~_umask())
    return Path(name)


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut, where the system can.

    Windows and some network folders cannot; the files are in place all the same.
    """
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def safe_name(text: str, fallback: str = "photo") -> str:
    """A name from a person or a file as one harmless file name part: no folder, no odd character.

    >>> safe_name("../../etc/passwd"), safe_name("Zoë & dog"), safe_name("...")
    ('etc_passwd', 'Zoë_dog', 'photo')
    """
    cleaned = re.sub(r"[^\w.-]+", "_", text, flags=re.UNICODE).strip("._-")
    # Counted in bytes: a system's limit is 255 of them, and two names and an ending share it.
    return cleaned.encode()[:80].decode(errors="ignore").rstrip("._-") or fallback


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current


def readable_size(size: float) -> str:
    """So many bytes for people.

    >>> readable_size(4_574_861), readable_size(375e6), readable_size(2.4e9)
    ('4.6 MB', '375 MB', '2.4 GB')
    """
    if size >= 995e6:
        return f"{size / 1e9:.1f} GB"
    if size >= 9.95e6:
        return f"{size / 1e6:.0f} MB"
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
