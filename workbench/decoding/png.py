"""PNG: checked chunk by chunk; 16 bits through OpenCV."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image, PngImagePlugin

from ..errors import ImageDamagedError
from ..profiles import colour16_to_srgb
from .decoded import Decoded, check_size, sixteen_bits
from .exif import facts, orientation_of
from .pillow import from_pillow

_PROFILE_LIMIT = 16 << 20  # bytes; the largest colour profiles in use are a few megabytes
_PNG_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")


def decode_png(data: bytes, what: str, max_megapixels: float) -> Decoded:
    """A PNG, checked chunk by chunk.

    The decoders get a PNG of nothing but what pixels need. Pillow does not look at the checksum of
    the pixel data and stumbles over broken comments; OpenCV has its own mind about animations.
    """
    chunks, extra = _png_chunks(data, what, max_megapixels)
    header = chunks[0][1]
    depth, kind = header[8], header[9]
    plain = b"".join([data[:8], *(_png_chunk(name, body) for name, body in chunks)])
    icc = None
    profile_broken = False
    if b"iCCP" in extra:
        icc = _png_profile(extra[b"iCCP"])
        profile_broken = icc is None
    exif = Image.Exif()
    if b"eXIf" in extra:
        try:
            exif.load(b"Exif\0\0" + extra[b"eXIf"])
        except (MemoryError, KeyboardInterrupt):
            raise
        except Exception:  # noqa: BLE001 - Pillow's EXIF reader raises almost anything
            exif = Image.Exif()
    if depth == 16:
        decoded = Decoded(np.empty((0, 0, 3), np.uint16), None, 1, facts({}, exif))
        transparent = dict(chunks).get(b"tRNS")
        decoded.colour, decoded.alpha = _png16(chunks, plain[:8], kind, transparent, what)
        decoded.colour = colour16_to_srgb(decoded.colour, icc, decoded.info)
    else:
        image = PngImagePlugin.PngImageFile(io.BytesIO(plain))
        image.load()
        image.info["icc_profile"] = icc
        decoded = from_pillow(image, what, exif)
    decoded.orientation = decoded.info["orientation"] = orientation_of(exif)
    if profile_broken:
        decoded.note("broken colour profile ignored")
    if b"acTL" in extra:
        decoded.note("animated: the still picture used")
    if len(extra.get(b"pHYs", b"")) == 9 and extra[b"pHYs"][8] == 1:
        x, y = struct.unpack(">II", extra[b"pHYs"][:8])
        decoded.info["dpi"] = (round(x * 0.0254, 1), round(y * 0.0254, 1)) if x and y else None
    return decoded


def _png_chunks(
    data: bytes, what: str, max_megapixels: float
) -> tuple[list[tuple[bytes, bytes]], dict[bytes, bytes]]:
    """The chunks that pixels need, in order, and the sound ones among the others."""
    needed: list[tuple[bytes, bytes]] = []
    extra: dict[bytes, bytes] = {}
    view = memoryview(data)
    place = 8
    while True:
        if place + 12 > len(data):
            raise ImageDamagedError(f"expected a whole PNG, got {what}, which is cut short")
        (length,) = struct.unpack_from(">I", data, place)
        name = data[place + 4 : place + 8]
        end = place + 12 + length
        if end > len(data):
            raise ImageDamagedError(f"expected a whole PNG, got {what}, which is cut short")
        body = view[place + 8 : end - 4]
        (stated,) = struct.unpack_from(">I", data, end - 4)
        sound = zlib.crc32(body, zlib.crc32(name)) == stated
        if not needed and (name != b"IHDR" or length != 13):
            raise ImageDamagedError(f"expected a PNG header, got {name!r} in {what}")
        if name in _PNG_NEEDED or not name[0] & 32:
            if not sound:
                raise ImageDamagedError(
                    f"expected a whole PNG, got a wrong checksum in part {name!r} of {what}"
                )
            if name in _PNG_NEEDED:
                needed.append((name, bytes(body)))
            if name == b"IHDR":
                if len(needed) > 1:
                    raise ImageDamagedError(f"expected one PNG header, got two in {what}")
                # Before anything else is looked at: this is where a bomb shows.
                width, height = struct.unpack(">II", body[:8])
                check_size(width, height, max_megapixels, what)
            if name == b"IEND":
                return needed, extra
        elif sound and length <= _PROFILE_LIMIT:
            extra.setdefault(name, bytes(body))
        place = end


def _png_chunk(name: bytes, body: bytes) -> bytes:
    return b"".join(
        [struct.pack(">I", len(body)), name, body,
         struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))]
    )  # fmt: skip


def _png_profile(body: bytes) -> bytes | None:
    """The colour profile in an iCCP chunk, or None where it is broken."""
    _, _, rest = body.partition(b"\0")
    try:
        unpacker = zlib.decompressobj()
        profile = unpacker.decompress(rest[1:], _PROFILE_LIMIT)
    except zlib.error:
        return None
    return profile if unpacker.eof else None


def _png16(
    chunks: list[tuple[bytes, bytes]], signature: bytes, kind: int, key: bytes | None, what: str
) -> tuple[np.ndarray, np.ndarray | None]:
    """A 16-bit PNG through OpenCV (Pillow knows no 16-bit RGB)."""
    if kind not in (0, 2, 4, 6):
        raise ImageDamagedError(f"expected a PNG colour type, got {kind} at 16 bits in {what}")
    # Without tRNS, which OpenCV heeds for colour but not for grey: one rule for both, here.
    plain = [_png_chunk(name, body) for name, body in chunks if name not in (b"tRNS", b"PLTE")]
    raw = sixteen_bits(b"".join([signature, *plain]), "PNG", what)
    if raw.ndim == 2:
        grey = raw
        alpha = None
        if key is not None and kind == 0 and len(key) == 2:
            alpha = np.where(grey == int.from_bytes(key, "big"), 0, 65535).astype(np.uint16)
        return grey[..., None].repeat(3, axis=2), alpha
    colour = np.ascontiguousarray(raw[..., 2::-1])
    if raw.shape[2] == 4:
        return colour, np.ascontiguousarray(raw[..., 3])
    if key is not None and kind == 2 and len(key) == 6:
        same = (colour == np.frombuffer(key, ">u2").astype(np.uint16)).all(axis=2)
        return colour, np.where(same, 0, 65535).astype(np.uint16)
    return colour, None
