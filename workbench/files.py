"""Writing files so that a reader never sees half of one and a failure costs nothing.

Every file goes to a temporary name in the same folder, is flushed to the disk, and then replaces
the old one in a single step.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from .errors import ExportError


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> Path:
    """Write a file through ``write(open binary file)``; return its path.

    Raises:
        ExportError: the folder cannot be made or written, or the disk is full. The file that was
            there before is untouched, and no temporary file is left.
    """
    path = Path(path)
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part"
        )
        temporary = Path(name)
        with os.fdopen(handle, "w+b") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files private (0600); a person expects the mode that any new file gets.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        temporary = None
        sync_folder(path.parent)
    except OSError as error:
        raise ExportError(
            f"expected to be able to write {path}, got: {error.strerror or error}"
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
    return path


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut, where the system can (not on Windows)."""
    if os.name != "posix":
        return
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
    return cleaned[:80] or fallback


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current
