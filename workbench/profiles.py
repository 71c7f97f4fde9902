"""Colour profiles: pixels in whatever space their file says, to sRGB, relative colorimetric.

8-bit colour goes through Little CMS. Grey, and 16-bit colour with a matrix profile, are computed
here in float32, because Little CMS as Pillow has it knows 8 bits only.

``info`` is what is being learnt of a photo: the profile's name goes into ``info["icc"]``, and what
was done or ignored is appended to ``info["notes"]`` in plain words.
"""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from .arrays import frozen, row_blocks, to_uint8, to_uint16

# sRGB's primaries as seen from D50, the white that profiles are written for.
_SRGB_TO_XYZ = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)


def colour16_to_srgb(colour: np.ndarray, icc: bytes | None, info: dict[str, Any]) -> np.ndarray:
    """16-bit colours in sRGB; those handed in where there is no profile or it changes nothing.

    Args:
        colour: (H, W, 3) uint16 in the profile's space.
        icc: the profile, or None.
        info: see the module.
    """
    space = _profile_space(icc, info)
    if not icc or not space:
        return colour
    grey = np.array_equal(colour[..., 0], colour[..., 1]) and np.array_equal(
        colour[..., 1], colour[..., 2]
    )
    if space != "RGB" and not (space == "GRAY" and grey):
        _note(info, f"colour profile for {space} ignored on a 16-bit picture")
        return colour
    try:
        matrix = _matrix_profile(icc)
        convert = _through_matrix(*matrix) if matrix else _through_grid(icc)
        if matrix and _is_srgb(icc):
            return colour
        result = np.empty_like(colour)
        for rows in row_blocks(colour):
            result[rows] = convert(colour[rows])
    except (ImageCms.PyCMSError, OSError, ValueError, struct.error):
        _note(info, "broken colour profile ignored")
        return colour
    _note(
        info,
        "colour profile converted to sRGB"
        + ("" if matrix else " through a table, to 8 bits of precision"),
    )
    return result


def image_to_srgb(image: Image.Image, icc: bytes | None, info: dict[str, Any]) -> Image.Image:
    """An L, RGB or CMYK image as RGB in sRGB. icc and info as for colour16_to_srgb."""
    converted = None
    space = _profile_space(icc, info)
    if icc and space:
        if space == "RGB" and image.mode == "L":
            image = image.convert("RGB")  # grey saved with an RGB profile, common in JPEG
        wanted = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}[image.mode]
        if space != wanted:
            _note(info, f"colour profile for {space} ignored on a {image.mode} picture")
        elif not _is_srgb(icc):
            try:
                matrix = _matrix_profile(icc) if space == "GRAY" else None
                # Little CMS is up to 9 steps off in the shadows of 8-bit grey.
                converted = _grey(image, matrix) if matrix else _transformed(image, icc)
            except (ImageCms.PyCMSError, OSError, ValueError, struct.error):
                _note(info, "broken colour profile ignored")
            else:
                _note(info, "colour profile converted to sRGB")
    if image.mode == "CMYK":
        how = "with its profile" if converted else "without a profile: colours are approximate"
        _note(info, f"CMYK converted {how}")
    if converted is not None:
        return converted
    return image if image.mode == "RGB" else image.convert("RGB")  # which would copy 72 MB


def _grey(image: Image.Image, matrix: tuple[list[np.ndarray], np.ndarray]) -> Image.Image:
    """An L image through a grey profile's curve, as RGB."""
    levels = (np.arange(256, dtype=np.uint16) * 257)[:, None].repeat(3, axis=1)
    table = to_uint8(_through_matrix(*matrix)(levels))
    return Image.fromarray(table[np.asarray(image)])


def _transformed(image: Image.Image, icc: bytes) -> Image.Image:
    """Through Little CMS to sRGB."""
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(icc)),
        ImageCms.createProfile("sRGB"),
        image.mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    result = ImageCms.applyTransform(image, transform)
    if result is None:
        raise ValueError("no result")
    return result


def _profile_space(icc: bytes | None, info: dict[str, Any]) -> str | None:
    """The profile's colour space (RGB, GRAY, CMYK …); None without a sound one, with a note."""
    if not icc:
        return None
    if len(icc) < 132 or icc[36:40] != b"acsp":
        _note(info, "broken colour profile ignored")
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        text = ImageCms.getProfileDescription(profile)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        _note(info, "broken colour profile ignored")
        return None
    info["icc"] = "".join(c for c in text if c.isprintable()).strip()[:100] or "unnamed"
    return icc[16:20].decode("latin-1").strip()


def _is_srgb(icc: bytes) -> bool:
    """Whether converting would change next to nothing; then the pixels are better left alone."""
    try:
        matrix = _matrix_profile(icc)
    except (ValueError, struct.error):
        return False
    if matrix is None or icc[16:20] == b"GRAY":
        return False
    steps = np.linspace(0, 65535, 9).round().astype(np.uint16)
    probe = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    after = _through_matrix(*matrix)(probe).astype(int)
    return int(np.abs(after - probe.astype(int)).max()) < 257  # one step of 8 bits


def _matrix_profile(icc: bytes) -> tuple[list[np.ndarray], np.ndarray] | None:
    """A profile's three curves (65,536 float32 each, to linear light) and its matrix to XYZ (D50).

    None for a profile that works with tables instead. A grey profile has its one curve thrice and
    sRGB's matrix.
    """
    (count,) = struct.unpack_from(">I", icc, 128)
    tags: dict[bytes, bytes] = {}
    for i in range(min(count, 200)):
        name, offset, size = struct.unpack_from(">4sII", icc, 132 + 12 * i)
        tags[name] = icc[offset : offset + size]
    if icc[20:24] != b"XYZ " and icc[16:20] == b"RGB ":
        return None
    if icc[16:20] == b"GRAY":
        if b"kTRC" not in tags:
            return None
        return [_curve(tags[b"kTRC"])] * 3, _SRGB_TO_XYZ
    columns = [tags.get(name) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    curves = [tags.get(name) for name in (b"rTRC", b"gTRC", b"bTRC")]
    if b"A2B0" in tags or b"A2B1" in tags or None in columns or None in curves:
        return None
    matrix = np.array([struct.unpack_from(">3i", c or b"", 8) for c in columns]).T / 65536
    return [_curve(c or b"") for c in curves], matrix


def _curve(tag: bytes) -> np.ndarray:
    """A tone curve tag at every 16-bit value, 65,536 float32."""
    x = np.arange(65536) / 65535
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            y = x
        elif count == 1:
            y = x ** (struct.unpack_from(">H", tag, 12)[0] / 256)
        else:
            table = np.frombuffer(tag, ">u2", count, 12) / 65535
            y = np.interp(x, np.linspace(0, 1, count), table)
    elif tag[:4] == b"para":
        (kind,) = struct.unpack_from(">H", tag, 8)
        if kind > 4:
            raise ValueError(f"expected a curve of kind 0 to 4, got {kind}")
        values = struct.unpack_from(f">{(1, 3, 4, 5, 7)[kind]}i", tag, 12)
        g, a, b, c, d, e, f = ([v / 65536 for v in values] + [0.0] * 7)[:7]
        if kind == 0:
            y = x**g
        elif kind in (1, 2):
            if a == 0:
                raise ValueError("expected a curve with a slope, got none")
            shift = c if kind == 2 else 0.0
            y = np.where(x >= -b / a, np.maximum(a * x + b, 0) ** g + shift, shift)
        else:
            y = np.where(x >= d, np.maximum(a * x + b, 0) ** g + e, c * x + f)
    else:
        raise ValueError(f"expected a tone curve, got {tag[:4]!r}")
    if not np.isfinite(y).all():
        raise ValueError("expected a finite tone curve")
    return np.clip(y, 0, 1).astype(np.float32)


def _through_matrix(
    curves: list[np.ndarray], matrix: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """A function from (..., 3) uint16 in the profile's space to the same in sRGB."""
    to_linear = (np.linalg.inv(_SRGB_TO_XYZ) @ matrix).T.astype(np.float32)
    if not np.isfinite(to_linear).all():
        raise ValueError("expected a finite matrix")

    def convert(block: np.ndarray) -> np.ndarray:
        linear = np.stack([curve[block[..., i]] for i, curve in enumerate(curves)], axis=-1)
        linear = np.clip(linear @ to_linear, 0, 1)
        return _srgb_by_root()[(np.sqrt(linear) * 65535 + 0.5).astype(np.uint16)]

    return convert


@functools.cache
def _srgb_by_root() -> np.ndarray:
    """sRGB values (65,536 uint16) by the square root of linear light.

    Over the root the curve is nearly straight, so a table is right to 1.3/65535; a power for every
    value takes ten times as long.
    """
    linear = (np.arange(65536) / 65535) ** 2
    bent = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return frozen(to_uint16(bent))


def _through_grid(icc: bytes) -> Callable[[np.ndarray], np.ndarray]:
    """The same for a profile of tables, through a grid that Little CMS fills."""
    from scipy.ndimage import map_coordinates

    grey = icc[16:20] == b"GRAY"
    if grey:
        raise ValueError("expected a tone curve in a grey profile")
    nodes = np.arange(0, 256, 5, dtype=np.uint8)  # 52 nodes that 8 bits hold exactly
    cube = np.stack(np.meshgrid(nodes, nodes, nodes, indexing="ij"), axis=-1)
    flat = Image.fromarray(cube.reshape(len(nodes), -1, 3))
    table = np.asarray(_transformed(flat, icc)).reshape(cube.shape).astype(np.float32)

    def convert(block: np.ndarray) -> np.ndarray:
        at = np.moveaxis(block.astype(np.float32) * np.float32(51 / 65535), -1, 0)
        parts = [
            map_coordinates(table[..., i], at, order=1, mode="nearest", prefilter=False)
            for i in range(3)
        ]
        return to_uint16(np.stack(parts, axis=-1) / np.float32(255))

    return convert


def _note(info: dict[str, Any], words: str) -> None:
    info.setdefault("notes", []).append(words)
