"""What a download must be, and what collects of it on the disk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ..files import readable_size
from ..published import Figure

_SLACK = 0.1  # an approximate size is right to a tenth


class Failed(Exception):
    """One address did not give the file; the message is the reason."""


class Cut(Failed):
    """The connection broke part-way; going on may help."""


@dataclass(frozen=True)
class Expected:
    """What is known of a file before it is here.

    Attributes:
        name: what people call it.
        size: exact bytes, or None where they are not known.
        about_bytes: about how many bytes.
        sha256: in hex, or None where it was never seen confirmed ("unverified").
    """

    name: str
    size: int | None
    about_bytes: int
    sha256: str | None

    @property
    def megabytes(self) -> str:
        """Its size for people, for example "4.6 MB" or "about 375 MB"."""
        return readable_size(self.size) if self.size else f"about {readable_size(self.about_bytes)}"

    def fits(self, size: int) -> bool:
        """Whether a file of ``size`` bytes can be this one."""
        if self.size is not None:
            return size == self.size
        return abs(size - self.about_bytes) <= _SLACK * self.about_bytes

    @property
    def most_bytes(self) -> int:
        """No such file is longer."""
        return self.size if self.size is not None else int(self.about_bytes * (1 + _SLACK))


def check(expected: Expected, part: Path, figure: Figure | None = None) -> None:
    """Size and SHA-256 of a finished download; a wrong one is deleted.

    Args:
        figure: the publisher's, used where the catalogue has no SHA-256.

    Raises:
        Failed: it is another file.
    """
    size = part.stat().st_size
    reason = ""
    if not expected.fits(size):
        reason = f"expected {expected.size or expected.megabytes} bytes, got {size}"
    else:
        sha256 = expected.sha256 or (figure.sha256 if figure else None)
        whose = "" if expected.sha256 or figure is None else f" ({figure.whose})"
        if sha256 is not None:
            with part.open("rb") as file:
                got = hashlib.file_digest(file, "sha256").hexdigest()
            if got != sha256:
                reason = f"expected SHA-256 {sha256[:16]}…{whose}, got {got[:16]}…"
    if reason:
        discard(part)
        raise Failed(reason)


def discard(part: Path) -> None:
    """Forget a download and what is known of its server."""
    part.unlink(missing_ok=True)
    sidecar(part).unlink(missing_ok=True)


def sidecar(part: Path) -> Path:
    """Where the server's mark of the file is kept, beside what came of it so far."""
    return part.with_name(part.name + ".json")
