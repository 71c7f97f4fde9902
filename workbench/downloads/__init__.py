"""One file from one address into a ``.part`` beside its place: over HTTP, or out of an archive.

What can go wrong on the way is a ``Failed`` with the reason in words; ``weights.fetch`` collects
those of all addresses into one FetchError. A file whose SHA-256 the catalogue does not know is
checked against its publisher's figure, where there is one.
"""

from __future__ import annotations

from pathlib import Path

from ..progress import Progress
from ..published import Figure
from .archives import Archive as Archive
from .archives import Members as Members
from .archives import Wheel as Wheel
from .archives import from_members
from .expected import Expected as Expected
from .expected import Failed as Failed
from .expected import discard as discard
from .urls import from_url

Address = str | Members


def download(
    expected: Expected, address: Address, part: Path, progress: Progress | None, timeout: float
) -> Figure | None:
    """Put the right file into ``part``, going on with what is there where that can be.

    Returns:
        The publisher's figure that it was found to agree with; None where there is none, or where
        the catalogue's own was used.

    Raises:
        Failed: this address does not give the file.
        CancelledError: out of ``progress``.
    """
    if isinstance(address, Members):
        from_members(expected, address, part, progress, timeout)
        return None
    return from_url(expected, address, part, progress, timeout)


def packed_bytes(address: Address) -> int:
    """How much the archive takes on the disk beside what comes out of it; 0 where there is none."""
    if isinstance(address, Members) and isinstance(address.archive, Archive):
        return address.archive.size
    return 0
