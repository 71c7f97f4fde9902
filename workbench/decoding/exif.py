"""What a photo says of itself beside its pixels: orientation, camera, resolution, compression."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from PIL import Image

ORIENTATION = 0x0112
"""The tag of the EXIF orientation."""


def exif_of(image: Image.Image) -> Image.Exif:
    """The EXIF data, or none where they are broken: they never cost the photo."""
    try:
        return image.getexif()
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception:  # noqa: BLE001 - Pillow's EXIF reader raises almost anything
        return Image.Exif()


def orientation_of(exif: Image.Exif) -> int:
    """1 to 8; 1, upright, where nothing or nonsense is said."""
    value = exif.get(ORIENTATION, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


_CAMERA = {
    0x010F: "Make", 0x0110: "Model", 0xA434: "LensModel", 0x829A: "ExposureTime",
    0x829D: "FNumber", 0x8827: "ISO", 0x920A: "FocalLength", 0xA405: "FocalLengthIn35mmFilm",
    0x9204: "ExposureBiasValue", 0x9209: "Flash", 0xA403: "WhiteBalance",
    0x9003: "DateTimeOriginal",
}  # fmt: skip


def facts(raw: dict[Any, Any], exif: Image.Exif) -> dict[str, Any]:
    """dpi and camera settings, as far as they make sense."""
    tags: dict[int, Any] = {}
    try:
        tags.update(exif)
        tags.update(exif.get_ifd(0x8769))
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception:  # noqa: BLE001 - Pillow's EXIF reader raises almost anything
        tags = dict(tags)
    camera: dict[str, Any] = {}
    for tag, word in _CAMERA.items():
        value = tags.get(tag)
        if isinstance(value, tuple) and value:
            value = value[0]
        if isinstance(value, str):
            text = "".join(c for c in value if c.isprintable()).strip()[:100]
            if text:
                camera[word] = text
        elif value is not None and not isinstance(value, bytes):
            number = _number(value)
            if number is not None:
                camera[word] = int(number) if isinstance(value, int) else number
    dpi = None
    given = raw.get("dpi")
    if isinstance(given, tuple) and len(given) == 2:
        x, y = _number(given[0]), _number(given[1])
        dpi = (round(x, 1), round(y, 1)) if x and y and x > 0 and y > 0 else None
    return {"dpi": dpi, "camera": camera}


def tables_of(image: Image.Image) -> list[list[int]]:
    """A JPEG's quantisation tables, 64 numbers each, luminance first; [] for any other image."""
    tables = getattr(image, "quantization", None)
    if not isinstance(tables, dict):
        return []
    found = [[int(v) for v in tables[n]] for n in sorted(tables)]
    return [table for table in found if len(table) == 64][:4]


def kept_facts(info: Mapping[str, Any]) -> dict[str, Any]:
    """Of ``Photo.info``, what a session file keeps beside the pixels, as JSON can hold it."""
    return {name: info[name] for name in _KEPT if info.get(name)}


def facts_again(kept: Any) -> dict[str, Any]:
    """What ``kept_facts`` gave, read back from a file that anybody may have written.

    What makes no sense is left out.
    """
    kept = kept if isinstance(kept, dict) else {}
    found: dict[str, Any] = {}
    camera = kept.get("camera")
    if isinstance(camera, dict):
        known = {name: camera[name] for name in _CAMERA.values() if name in camera}
        found["camera"] = {
            name: value[:100] if isinstance(value, str) else value
            for name, value in known.items()
            if isinstance(value, str) or _is_number(value)
        }
    dpi = kept.get("dpi")
    if isinstance(dpi, list) and len(dpi) == 2 and all(_is_number(v) and v > 0 for v in dpi):
        found["dpi"] = (float(dpi[0]), float(dpi[1]))
    if kept.get("orientation") in range(1, 9):
        found["orientation"] = int(kept["orientation"])
    tables = kept.get("tables")
    if isinstance(tables, list) and all(
        isinstance(t, list) and len(t) == 64 and all(_is_number(v) for v in t) for t in tables
    ):
        found["tables"] = tables[:4]
    return found


_KEPT = ("camera", "dpi", "orientation", "tables")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None
