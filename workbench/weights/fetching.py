"""Fetching weights without trusting the way, and removing them.

A file gets its name only after its size and SHA-256 were found right. Several processes may fetch
at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from .. import downloads
from ..errors import ExportError, FetchError, WeightsError
from ..files import readable_size, sync_folder
from ..progress import Progress, report
from ..published import Figure
from .entries import Weights, known, require_licence
from .present import file_sha256, is_right, weights_folder
from .seen import Seen, read_seen, today, write_seen


def fetch(
    name: str,
    progress: Progress | None = None,
    timeout: float = 10.0,
    non_commercial: bool = False,
    accept_change: bool = False,
) -> Path:
    """The weights file, fetched where it is missing or damaged.

    The addresses are tried in turn. A download that was cut or cancelled is kept beside the file
    and goes on where it stopped, where the server can do that.

    Args:
        name: a name in the catalogue.
        progress: called with the fraction and words; a CancelledError out of it stops the work.
        timeout: seconds to wait for a connection, and for data once it stands. A server that
            trickles less than 2 kB a second for three times as long counts as stalled.
        non_commercial: that the weights are not used commercially; needed for those whose licence
            does not allow that.
        accept_change: take another file than the one that was seen here first, where the catalogue
            knows no SHA-256.

    Raises:
        UnknownNameError: not in the catalogue.
        LicenceError: the licence does not allow commercial use, and ``non_commercial`` is not set.
        FetchError: no address gave the file (each is named with the reason), it is given out on
            request alone, the network is forbidden by WORKBENCH_OFFLINE, or the folder cannot be
            written.
        CancelledError: out of ``progress``.
    """
    weights, folder = known(name), weights_folder()
    require_licence(name, non_commercial)
    if is_right(weights, folder):
        return folder / weights.file
    if weights.by_hand:
        raise FetchError(
            f"expected {weights.file} in {folder}, for it is given out on request alone: "
            f"{weights.by_hand}"
        )
    if os.environ.get("WORKBENCH_OFFLINE", "").strip().lower() not in ("", "0", "false", "no"):
        raise FetchError(
            f"expected to fetch {name}, but WORKBENCH_OFFLINE forbids the network: "
            f"copy {weights.file} into {folder}"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(folder, weights, wait=True, progress=progress):
            if not is_right(weights, folder):  # another process may have been faster
                _fetch_locked(weights, folder, progress, timeout, accept_change)
    except ExportError as error:
        raise FetchError(str(error)) from error
    except OSError as error:
        raise FetchError(
            f"expected to be able to write {weights.file} in {folder}, got: "
            f"{error.strerror or error}"
        ) from error
    report(progress, 1.0, f"{name} is ready")
    return folder / weights.file


def remove(name: str) -> bool:
    """Delete the weights file and what is left of interrupted fetches; whether there was a file.

    What was seen of a file that the catalogue cannot verify stays written down: the next fetch is
    compared with it.

    Raises:
        UnknownNameError: not in the catalogue.
        WeightsError: it is being fetched just now, or cannot be deleted.
    """
    weights, folder = known(name), weights_folder()
    if not folder.is_dir():
        return False
    try:
        with _lock(folder, weights, wait=False, progress=None):
            _forget_parts(folder, weights)
            path = folder / weights.file
            there = path.exists()
            path.unlink(missing_ok=True)
            return there
    except OSError as error:
        raise WeightsError(
            f"expected to be able to delete {folder / weights.file}, got: {error.strerror or error}"
        ) from error


@contextlib.contextmanager
def _lock(folder: Path, weights: Weights, wait: bool, progress: Progress | None) -> Iterator[None]:
    """One fetch of a file at a time, over all processes and threads."""
    import filelock

    lock = filelock.FileLock(folder / f".{weights.file}.lock", thread_local=False)
    while True:
        try:
            lock.acquire(timeout=0.2 if wait else 0)
            break
        except filelock.Timeout:
            if not wait:
                raise WeightsError(
                    f"expected {weights.name} to be at rest, but it is being fetched just now"
                ) from None
            report(progress, 0.0, f"{weights.name}: waiting for another process that fetches it")
    try:
        yield
    finally:
        lock.release()


def _fetch_locked(
    weights: Weights,
    folder: Path,
    progress: Progress | None,
    timeout: float,
    accept_change: bool,
) -> None:
    """Try the addresses in turn; put the file in place."""
    free = shutil.disk_usage(folder).free
    begun = sum(part.stat().st_size for part in folder.glob(f".{weights.file}.*.part*"))
    needed = (weights.size or weights.about_bytes) + max(
        map(downloads.packed_bytes, weights.addresses)
    )
    if free < needed - begun:
        raise FetchError(
            f"expected {readable_size(needed)} free for {weights.name} in {folder}, "
            f"got {readable_size(free)}"
        )
    reasons = []
    for address in weights.addresses:
        part = _part(folder, weights, address)
        try:
            figure = downloads.download(weights, address, part, progress, timeout)
            if weights.sha256 is None:
                _see(folder, weights, part, figure, accept_change)
        except downloads.Failed as error:
            reasons.append(f"{address}: {error}")
            continue
        _put_in_place(part, folder / weights.file)
        _forget_parts(folder, weights)
        return
    raise FetchError(
        f"expected {weights.name} ({weights.megabytes}) from the network, got nothing from "
        f"{'; '.join(reasons)}"
    )


def _see(
    folder: Path, weights: Weights, part: Path, figure: Figure | None, accept_change: bool
) -> None:
    """Compare a download with what was seen first here; write it down where nothing was.

    Raises:
        Failed: it is another file.
    """
    got, seen = file_sha256(part), read_seen(folder, weights)
    if seen is not None and seen.sha256 == got:
        return
    if seen is not None and not accept_change:
        downloads.discard(part)
        raise downloads.Failed(
            f"expected SHA-256 {seen.sha256[:16]}…, as first seen here on {seen.day}, got "
            f"{got[:16]}…: where the publisher changed it on purpose, add --accept-change"
        )
    against = "" if figure is None else figure.whose
    write_seen(folder, weights, Seen(got, part.stat().st_size, today(), against))


def _part(folder: Path, weights: Weights, address: downloads.Address) -> Path:
    """Where a download from one address collects. Another address never goes on with it."""
    mark = hashlib.sha256(f"{address} {weights.sha256}".encode()).hexdigest()[:8]
    return folder / f".{weights.file}.{mark}.part"


def _forget_parts(folder: Path, weights: Weights) -> None:
    for path in folder.glob(f".{weights.file}.*.part*"):
        path.unlink(missing_ok=True)


def _put_in_place(part: Path, path: Path) -> None:
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)
