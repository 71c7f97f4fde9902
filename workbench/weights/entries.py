"""The catalogue of weights: what there is, how large, under which licence, and where to get it."""

from __future__ import annotations

import json
import os
import re
import urllib.parse
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..downloads import Address, Archive, Expected, Members, Wheel, packed_bytes
from ..errors import LicenceError, WeightsError, unknown_name

_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Weights(Expected):
    """One entry of the catalogue. Its name is what people call it, for example "vit_b".

    Attributes:
        file: its file name in the weights folder.
        addresses: where to get it, the first tried first: URLs, and members of archives.
        licence: SPDX identifier; NOASSERTION where the publisher names none for the weights.
        commercial: whether that licence allows commercial use; False too where nobody says so.
        copyleft: whether that licence asks that a program or a service which includes the weights
            be given on under the same licence. Such weights are used only where they are named.
        family: which code loads it, for example "sam".
        by_hand: how to get it where it is given out on request alone and cannot simply be fetched.
        terms: what else there is to know of the licence, in plain words.
        title: its full name.
        good_at, bad_at: in plain words.
    """

    file: str
    addresses: tuple[Address, ...]
    licence: str
    commercial: bool
    family: str
    copyleft: bool = False
    by_hand: str = ""
    terms: str = ""
    title: str = ""
    good_at: str = ""
    bad_at: str = ""

    @property
    def about(self) -> str:
        """What it is good and bad at, on one line."""
        return f"good at {self.good_at}; bad at {self.bad_at}"

    @property
    def download_bytes(self) -> int:
        """About how many bytes come over the line: of the archive, where they lie in one."""
        return packed_bytes(self.addresses[0]) or self.size or self.about_bytes

    @property
    def fetch_line(self) -> str:
        """The command that fetches it."""
        flag = "" if self.commercial else " --non-commercial"
        return f"workbench models fetch {self.name}{flag}"

    @property
    def how(self) -> str:
        """How to get it, in words that end a sentence."""
        return self.by_hand or f"run `{self.fetch_line}`"


def catalogue() -> dict[str, Weights]:
    """All weights that are known, by name, from ``models/catalogue.json``.

    In a clone that is the checkout's file, else the one inside the wheel; the environment variable
    WORKBENCH_CATALOGUE names another. It is read again when the file has changed.

    Raises:
        WeightsError: the file cannot be read or an entry is not right.
    """
    other = os.environ.get("WORKBENCH_CATALOGUE")
    try:
        path = Path(other) if other else _own_catalogue()
        status = path.stat()
        return dict(_read(path, status.st_mtime_ns, status.st_size))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        where = other or "models/catalogue.json"
        raise WeightsError(f"expected a catalogue of weights in {where}, got: {error}") from error


def _own_catalogue() -> Path:
    package = Path(__file__).resolve().parents[1]
    clone = package.parent
    if (clone / "pyproject.toml").is_file() and (clone / "models/catalogue.json").is_file():
        return clone / "models/catalogue.json"
    return package / "models/catalogue.json"


@lru_cache(maxsize=4)
def _read(path: Path, changed: int, size: int) -> dict[str, Weights]:
    """``changed`` and ``size``: of the file, so that another one is read and not remembered."""
    entries = json.loads(path.read_text("utf-8"))["weights"]
    return {name: _entry(name, values) for name, values in entries.items()}


def known(name: str) -> Weights:
    """One entry of the catalogue.

    Raises:
        UnknownNameError: not in the catalogue.
    """
    all_weights = catalogue()
    if name not in all_weights:
        raise unknown_name("set of weights", name, all_weights)
    return all_weights[name]


def require_licence(name: str, non_commercial: bool = False) -> None:
    """Nothing, where the weights may be used for this.

    Args:
        non_commercial: that this is no commercial use.

    Raises:
        UnknownNameError: not in the catalogue.
        LicenceError: the licence does not allow commercial use, and ``non_commercial`` is not set.
    """
    weights = known(name)
    if weights.commercial or non_commercial:
        return
    words = weights.licence + (f": {weights.terms}" if weights.terms else "")
    raise LicenceError(
        f"expected --non-commercial (in code: non_commercial=True) for {name}, which has no "
        f"licence that allows commercial use ({words})"
    )


def _entry(name: str, values: dict[str, Any]) -> Weights:
    addresses = tuple(_address(name, address) for address in values["addresses"])
    entry = Weights(**{**values, "name": name, "addresses": addresses})
    if not addresses:
        raise ValueError(f"{name} has no address")
    if entry.commercial is not True and entry.commercial is not False:
        raise ValueError(f"{name} does not say whether its commercial use is allowed")
    if entry.copyleft is not True and entry.copyleft is not False:
        raise ValueError(f"{name} does not say whether its licence is copyleft: true or false")
    if type(entry.about_bytes) is not int or type(entry.size) not in (int, type(None)):
        raise ValueError(f"{name} has a size that is not a whole number of bytes")
    # The name goes into a path, and from there into a file that is replaced.
    if not re.fullmatch(r"\w[\w.-]*", entry.file):
        raise ValueError(f"{name} has a file name with more than letters, digits, . and -")
    if entry.sha256 is not None and not _SHA256.fullmatch(entry.sha256):
        raise ValueError(f"{name} has a SHA-256 that is not 64 hex digits")
    return entry


def _address(name: str, value: Any) -> Address:
    """One address: a URL, or {"members": [...]} with "wheel" and "version", or with "archive",
    "size" and "sha256"."""
    if not isinstance(value, dict):
        return _url(name, value)
    value = dict(value)
    names = value.pop("members")
    if not isinstance(names, list) or not names or len(set(names)) != len(names):
        raise ValueError(f"{name} has an archive whose members are not a list of different names")
    for member in names:
        if {"", ".", ".."} & set(re.split(r"[/\\]", member)) or not member.isprintable():
            raise ValueError(f"{name} has a member with a path that leads elsewhere: {member!r}")
    if "wheel" in value:
        return Members(Wheel(value.pop("wheel"), **value), tuple(names))
    archive = Archive(_url(name, value.pop("archive")), **value)
    if type(archive.size) is not int or archive.size < 1 or not _SHA256.fullmatch(archive.sha256):
        raise ValueError(f"{name} has an archive without its exact size and SHA-256")
    return Members(archive, tuple(names))


def _url(name: str, value: str) -> str:
    if urllib.parse.urlsplit(value).scheme not in ("http", "https"):
        raise ValueError(f"{name} has an address that is not http(s): {value}")
    return value
