"""What was seen first of files whose SHA-256 the catalogue does not know (trust on first use)."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
from dataclasses import dataclass
from pathlib import Path

from ..files import write_atomically
from .entries import Weights


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


def read_seen(folder: Path, weights: Weights) -> Seen | None:
    """What is written down, or None. Scribbles that make no sense count as nothing.

    Nor does anything count beside a SHA-256 that the catalogue knows.
    """
    if weights.sha256 is not None:
        return None
    try:
        seen = Seen(**json.loads(_seen_path(folder, weights).read_text("utf-8")))
        whole = re.fullmatch("[0-9a-f]{64}", seen.sha256) and isinstance(seen.size, int)
    except (OSError, ValueError, TypeError):
        return None
    return seen if whole else None


def write_seen(folder: Path, weights: Weights, seen: Seen) -> None:
    """Write down what was seen, beside the file.

    Raises:
        ExportError: the folder cannot be written.
    """
    text = json.dumps(dataclasses.asdict(seen), indent=1)
    write_atomically(_seen_path(folder, weights), lambda file: file.write(text.encode()))


def today() -> str:
    """The day by UTC, as 2026-11-22."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def fits(weights: Weights, folder: Path, size: int) -> bool:
    """Whether a file of that size can be whole: what was seen first is exact."""
    seen = read_seen(folder, weights) if weights.size is None else None
    return weights.fits(size) if seen is None else size == seen.size
