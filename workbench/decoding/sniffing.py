"""Which format a file's first bytes announce."""

from __future__ import annotations

from ..errors import ImageFormatError

FORMATS = ("JPEG", "PNG", "WebP", "TIFF", "BMP")
"""The formats that are read. The file's content decides, not its name."""


def sniff(head: bytes, what: str) -> str:
    """The format that the first bytes announce."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WebP"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if head.startswith(b"BM") and len(head) > 18:
        return "BMP"
    if not head:
        came = "an empty file"
    elif head[:6] in (b"GIF87a", b"GIF89a"):
        came = "GIF"
    elif head[4:8] == b"ftyp":
        came = "HEIC or AVIF" if head[8:11] in (b"hei", b"hev", b"mif", b"avi") else "a video"
    elif head.startswith(b"%PDF"):
        came = "PDF"
    elif head.lstrip().startswith((b"<svg", b"<?xml", b"<!DOC", b"<html")):
        came = "markup such as SVG or a web page"
    elif all(c in b"\t\n\r" or 32 <= c < 127 for c in head):
        came = "text"
    else:
        came = f"bytes that begin with {head[:8].hex(' ')}"
    raise ImageFormatError(
        f"expected a photo as {', '.join(FORMATS[:-1])} or {FORMATS[-1]}, got {came} in {what}"
    )
