"""A file that comes from the page in pieces.

Jupyter's server hangs up on a message of more than 10 MiB, which a photo of 24 MP often is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..decoding import FORMATS
from ..errors import InputError
from .gestures import read_field

LARGEST = 512 * 2**20
"""Bytes of a photo that the page may hand over; it takes memory twice on the way."""


class Arrivals:
    """Puts files together; one at a time, a newer one drops what was there of an older one."""

    def __init__(self) -> None:
        self._serial: int | None = None
        self._pieces: list[bytes] = []

    def take(self, message: Mapping[str, Any], buffers: Any) -> tuple[str, bytes] | None:
        """The file's name and bytes when this was its last piece, None while more are to come.

        Args:
            message: ``name``, ``size`` in bytes, ``raster`` (whether it is of a kind that is
                wanted), ``serial``, ``part`` and ``parts``.
            buffers: the piece's bytes, alone in a list.

        Raises:
            InputError: too large, not a photo, or pieces that do not fit together.
        """
        name = read_field(message, "name", str)
        size, serial, part, parts = (
            read_field(message, key, int) for key in ("size", "serial", "part", "parts")
        )
        if message.get("raster") is not True:
            raise InputError(
                f"expected a photo as {', '.join(FORMATS[:-1])} or {FORMATS[-1]}, got {name!r:.80}"
            )
        if size > LARGEST:
            raise InputError(
                f"expected a photo of at most {LARGEST // 2**20} MB, got {name!r:.80} of "
                f"{size / 2**20:.0f} MB"
            )
        if part == 0:
            self._serial, self._pieces = serial, []
        if serial != self._serial:
            return None  # of a file that a newer one has overtaken
        try:
            (piece,) = buffers
        except (TypeError, ValueError):
            raise InputError(f"expected one piece of {name!r:.80}, got none") from None
        if part != len(self._pieces):
            self._serial, self._pieces = None, []
            raise InputError(f"expected piece {len(self._pieces)} of {name!r:.80}, got {part}")
        self._pieces.append(bytes(piece))
        if part + 1 < parts:
            return None
        data = b"".join(self._pieces)
        self._serial, self._pieces = None, []
        if len(data) != size:
            raise InputError(f"expected {size} bytes of {name!r:.80}, got {len(data)}")
        return name, data
