"""The weights that are on this machine: where they lie, whether they are there, whether right."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from ..errors import ExportError, WeightsDamagedError, WeightsError, WeightsMissingError
from .entries import Weights, known
from .seen import Seen, fits, read_seen, today, write_seen


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
    weights, folder = known(name), weights_folder()
    path = folder / weights.file
    try:
        return path if path.is_file() and fits(weights, folder, path.stat().st_size) else None
    except OSError:
        return None


def is_there(name: str) -> bool:
    """Whether there is a file of that name, whole or not.

    Raises:
        UnknownNameError: not in the catalogue.
    """
    return (weights_folder() / known(name).file).is_file()


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
    weights, folder = known(name), weights_folder()
    there = folder / weights.file
    if there.is_file():
        seen = read_seen(folder, weights) if weights.size is None else None
        size = weights.megabytes if seen is None else f"{seen.size} bytes"
        raise WeightsDamagedError(
            f"expected {size} in {there}, got {there.stat().st_size} bytes: {weights.how}"
        )
    raise WeightsMissingError(
        f"expected the weights {name} in {folder}, got no file {weights.file}: "
        f"{weights.how} ({weights.megabytes})"
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
    path, weights, folder = require(name), known(name), weights_folder()
    seen = read_seen(folder, weights)
    expected = weights.sha256 or (seen.sha256 if seen else None)
    got = file_sha256(path)
    if expected is None:
        # A folder that several people share may well be read-only.
        with contextlib.suppress(ExportError):
            write_seen(folder, weights, Seen(got, path.stat().st_size, today(), ""))
    elif got != expected:
        when = f" as it was on {seen.day}" if seen else ""
        raise WeightsDamagedError(
            f"expected SHA-256 {expected[:16]}… of {path}{when}, got {got[:16]}…: {weights.how}"
        )
    return path


def checked_against(name: str) -> str:
    """What the file was, or would be, checked against by ``verify``, in plain words.

    Raises:
        UnknownNameError: not in the catalogue.
    """
    weights = known(name)
    if weights.sha256 is not None:
        return "checked against the catalogue's SHA-256"
    seen = read_seen(weights_folder(), weights)
    if seen is None:
        return "unverified: the catalogue knows no SHA-256 of it"
    first = f"the same as on {seen.day}, when it was first seen here (SHA-256 {seen.sha256[:16]}…)"
    if seen.against:
        return f"{first}, and then checked against {seen.against}"
    return f"{first}; its publisher gives no figure to check it against"


def is_right(weights: Weights, folder: Path) -> bool:
    """Whether the file is there and is what is known of it: size, and SHA-256 where there is one.

    Its hash is remembered, see ``file_sha256``.
    """
    path = folder / weights.file
    try:
        if not path.is_file() or not fits(weights, folder, path.stat().st_size):
            return False
        seen = read_seen(folder, weights)
        expected = weights.sha256 or (seen.sha256 if seen else None)
        return expected is None or file_sha256(path) == expected
    except (OSError, WeightsError):
        return False


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
