"""Embeddings on the disk: bounded, least recently used out, whole or not there.

One file an embedding, plain numbers behind a header of JSON. Reading one runs no code, and a file
that is damaged, cut short, or not what its name says is removed and counts as not there. Several
processes may share the folder: a file gets its name only when it is whole, and room is made under
a lock.

A file is: 8 bytes ``MAGIC``; the header's length as 8 bytes, little endian; the header; the arrays
one after the other in C order; the SHA-256 of all that.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..errors import InputError, WorkbenchError
from ..files import write_atomically
from .base import Embedding

MAGIC = b"wbembed1"
"""Format and version in one; another layout gets another number."""

DEFAULT_LIMIT = 4_000_000_000
"""Bytes on the disk: about 950 photos of Segment Anything in float32."""

_DTYPES = {"|b1", "|i1", "|u1", "<i2", "<u2", "<f2", "<i4", "<u4", "<f4", "<i8", "<u8", "<f8"}
_NAME = re.compile(r"[0-9a-f]{64}\.embedding")
_DIGEST = 32  # bytes of a SHA-256
_WAITING = 256_000_000  # bytes that may wait to be written; a slow disk must not eat the memory
_SPARE = 1_000_000_000  # bytes of the disk that are left to others
_STALE = 3600  # seconds after which a temporary file is what a crash left behind


@dataclass(frozen=True)
class Kept:
    """One embedding on the disk.

    Attributes:
        path: its file.
        size: bytes of the file.
        used: when it was written or read last, seconds since 1970.
    """

    path: Path
    size: int
    used: float

    @property
    def identity(self) -> str:
        """The segmenter that made it; "" where the file cannot be read."""
        try:
            with self.path.open("rb") as file:
                return str(_read_header(file.read(65536))[0]["identity"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return ""


def folder() -> Path:
    """Where embeddings are kept: "embeddings" in $WORKBENCH_CACHE or the user's cache folder."""
    chosen = os.environ.get("WORKBENCH_CACHE")
    if chosen:
        return Path(chosen).expanduser() / "embeddings"
    import platformdirs

    return Path(platformdirs.user_cache_dir("matte-workbench", appauthor=False)) / "embeddings"


def limit() -> int:
    """How many bytes are kept at most: $WORKBENCH_CACHE_LIMIT or DEFAULT_LIMIT; 0 for none.

    Raises:
        InputError: the variable is no size such as "4 GB", "500MB" or "0".
    """
    given = os.environ.get("WORKBENCH_CACHE_LIMIT", "").strip()
    if not given:
        return DEFAULT_LIMIT
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)b?", given.lower())
    if found is None:
        raise InputError(
            f"expected WORKBENCH_CACHE_LIMIT to be a size such as 4GB or 0, got {given!r}"
        )
    return int(float(found[1]) * 1000 ** " kmgt".index(found[2] or " "))


def kept() -> list[Kept]:
    """What is on the disk, the least recently used first. Files of others are left out."""
    return _scan(folder())


def clear() -> int:
    """Remove all embeddings from the disk; returns how many there were."""
    flush()
    there = kept()
    for one in there:
        with contextlib.suppress(OSError):
            one.path.unlink(missing_ok=True)
    return len(there)


def load(key: str) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """What was kept under a key, marked as used just now; None where there is nothing good.

    Args:
        key: 64 hex digits.

    Returns:
        The header and the arrays by name, each with memory of its own.
    """
    if not limit():
        return None
    path = folder() / f"{key}.embedding"
    try:
        data = path.read_bytes()
    except OSError:
        return None
    try:
        header, arrays = _decoded(data)
        if header["key"] != key:
            raise ValueError("another embedding's file under this name")
    except (ValueError, KeyError, TypeError, RecursionError):
        forget(key)
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return header, arrays


def forget(key: str) -> None:
    """Remove what is kept under a key."""
    with contextlib.suppress(OSError):
        (folder() / f"{key}.embedding").unlink(missing_ok=True)


def store(key: str, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Keep arrays under a key: written in the background, so that nobody waits for the disk.

    What cannot be written (no room, no rights, a disk that is too slow) is not kept, and nobody is
    bothered: it only costs an encode.

    Args:
        key: 64 hex digits.
        header: JSON-able values that come back from ``load``.
        arrays: by name, of plain numbers. They must not change any more.

    Raises:
        InputError: an array of something else than plain numbers.
    """
    most = limit()
    if not most:
        return
    plain = {name: _plain(name, array) for name, array in arrays.items()}
    fields = {
        **header,
        "key": key,
        "arrays": [[name, a.dtype.str, list(a.shape)] for name, a in plain.items()],
    }
    text = json.dumps(fields).encode()
    size = len(MAGIC) + 8 + len(text) + sum(a.nbytes for a in plain.values()) + _DIGEST
    where = folder()

    parts: list[bytes | memoryview] = [
        MAGIC,
        len(text).to_bytes(8, "little"),
        text,
        *map(_bytes, plain.values()),
    ]

    def write(file: BinaryIO) -> None:
        sha = hashlib.sha256()
        for part in parts:
            sha.update(part)
            file.write(part)
        file.write(sha.digest())

    _WRITER.submit(lambda: _put(where, key, write, size, most), size)


def flush() -> None:
    """Wait until all that was stored so far is on the disk."""
    _WRITER.flush()


# ---- the folder ---------------------------------------------------------------------------------


def _scan(where: Path) -> list[Kept]:
    found = []
    with contextlib.suppress(OSError), os.scandir(where) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # another process may be faster
                if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    found.append(Kept(Path(entry.path), status.st_size, status.st_mtime))
    return sorted(found, key=lambda one: one.used)


def _put(where: Path, key: str, write: Callable[[BinaryIO], None], size: int, most: int) -> None:
    """Make room, then write; together under the folder's lock, so that the limit always holds."""
    if size > most:
        return
    import filelock

    # The photos that people cut out are their own business: so is what a model saw in them.
    where.mkdir(parents=True, exist_ok=True, mode=0o700)
    with filelock.FileLock(where / ".lock", timeout=30, poll_interval=0.01):
        _sweep(where)
        target = where / f"{key}.embedding"
        there = [one for one in _scan(where) if one.path != target]
        held = sum(one.size for one in there)
        for one in there:
            if held + size <= most:
                break
            one.path.unlink(missing_ok=True)
            held -= one.size
        if shutil.disk_usage(where).free < size + _SPARE:
            return
        # Not flushed: after a power cut the file may be torn, which its SHA-256 tells.
        write_atomically(target, write, durable=False)


def _sweep(where: Path) -> None:
    """Remove the temporary files that processes left which were killed while writing."""
    for path in where.glob(".*.embedding.*.part"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _STALE:
                path.unlink(missing_ok=True)


class _Writer:
    """One thread that writes; what is under way is finished before the process ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._waiting = 0
        self._last: Future[None] | None = None

    def submit(self, work: Callable[[], None], size: int) -> None:
        """Do it some time; not at all where too many bytes wait already."""

        def run() -> None:
            try:
                with contextlib.suppress(OSError, WorkbenchError, NotImplementedError):
                    work()
            finally:
                with self._lock:
                    self._waiting -= size

        with self._lock:
            if self._waiting and self._waiting + size > _WAITING:
                return
            self._waiting += size
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, thread_name_prefix="workbench-embeddings")
            self._last = self._pool.submit(run)

    def flush(self) -> None:
        """Wait for all that was submitted."""
        with self._lock:
            last = self._last
        if last is not None:
            last.result()


_WRITER = _Writer()


# ---- the format ---------------------------------------------------------------------------------


def _plain(name: str, array: Any) -> np.ndarray:
    """The array in C order and little endian, once it is known to be one of plain numbers."""
    plain = np.asarray(array, order="C")
    plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
    if plain.dtype.str not in _DTYPES:
        raise InputError(f"expected {name} of plain numbers, got an array of {plain.dtype}")
    return plain


def _bytes(array: np.ndarray) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _read_header(data: bytes) -> tuple[dict[str, Any], int]:
    """The header and where the arrays begin.

    Raises:
        ValueError: it is none.
    """
    start = len(MAGIC) + 8
    if data[: len(MAGIC)] != MAGIC:
        raise ValueError("not an embedding")
    length = int.from_bytes(data[len(MAGIC) : start], "little")
    if length > len(data) - start:
        raise ValueError("cut short")
    return dict(json.loads(data[start : start + length])), start + length


def _decoded(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of a file's bytes.

    Raises:
        ValueError, KeyError, TypeError: it is damaged or no embedding.
    """
    body = memoryview(data)[:-_DIGEST]
    # First of all: what was changed by one bit is not even looked at.
    if len(data) < _DIGEST or hashlib.sha256(body).digest() != data[-_DIGEST:]:
        raise ValueError("damaged")
    header, at = _read_header(data)
    arrays: dict[str, np.ndarray] = {}
    for name, dtype, shape in header["arrays"]:
        if dtype not in _DTYPES or not all(isinstance(n, int) and n >= 0 for n in shape):
            raise ValueError("not an array of plain numbers")
        end = at + math.prod(shape) * np.dtype(dtype).itemsize
        if end > len(body):
            raise ValueError("cut short")
        arrays[name] = np.empty(shape, dtype)
        _bytes(arrays[name])[:] = body[at:end]
        at = end
    if at != len(body):
        raise ValueError("more than the header says")
    return header, arrays


def described(embedding: Embedding) -> dict[str, Any]:
    """All of an embedding but its data, as JSON-able values."""
    return {
        "embedding": embedding.key,
        "shape": list(embedding.shape),
        "region": None if embedding.region is None else list(embedding.region),
        "size": embedding.size,
    }


def restored(header: dict[str, Any], data: Any) -> Embedding:
    """The embedding that ``described`` told of, with its data.

    Raises:
        ValueError, KeyError, TypeError: the header tells of none.
    """
    height, width = (int(n) for n in header["shape"])
    region = header["region"]
    if region is not None:
        x0, y0, x1, y1 = (float(v) for v in region)
        region = x0, y0, x1, y1
    return Embedding(str(header["embedding"]), (height, width), region, data, int(header["size"]))
