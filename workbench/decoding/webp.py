"""The size of a WebP, before Pillow allocates its canvas."""

from __future__ import annotations

import struct

from ..errors import ImageDamagedError


def webp_size(data: bytes) -> tuple[int, int]:
    """(width, height) from a WebP header."""
    chunk, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise ImageDamagedError("expected a whole WebP, got one that ends in its header")
    if chunk == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 ":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    raise ImageDamagedError("expected a WebP header, got an unknown first chunk")
