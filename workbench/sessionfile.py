"""The session file ``.mws``: a zip of a header, the edits (one JSON a line) and blobs.

Blobs are named by what they are: ``predictions/KEY.npz`` (scores and logits, so that a session
replays without the weights), ``masks/HASH.png`` and, where the photo has no path or it was asked
for, ``photo.png``. Reading runs no code and trusts no size or name in the file.
"""

from __future__ import annotations

import io as bytesio
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from . import edits as e
from .arrays import digest, frozen
from .coordinates import Frame
from .errors import SessionFileError
from .files import Write
from .io import encode_png, load_photo
from .segment.base import Prediction

FORMAT = 1
_LIMIT = 4 * 2**30  # bytes unpacked; a session of a 64 MP photo with its masks is far below
_TEXT_LIMIT = 2**28  # header and edits; ten thousand long strokes are a tenth of it
_PREDICTION_LIMIT = 2**28  # one answer; three candidates of 1024 × 1024 are 12 MB
_HEADER: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "key": str,
    "photo": (str, type(None)),
    "opening": list,
    "cursor": int,
}


@dataclass
class SessionFile:
    """What a session file holds.

    Attributes:
        header: format, versions, the photo's name, path, key and shape, opening edits, cursor.
        edits: all edits, those after the cursor included.
        predictions: answers by step key.
        blobs: what edits name by its hash, (H, W) or (H, W, 3) of uint8 or uint16.
        photo: the photo's pixels, (H, W, 3) uint8 or uint16, or None.
    """

    header: dict[str, Any]
    edits: tuple[e.Edit, ...] = ()
    predictions: dict[str, Prediction] = field(default_factory=dict)
    blobs: dict[str, np.ndarray] = field(default_factory=dict)
    photo: np.ndarray | None = None


def packed(content: SessionFile) -> Write:
    """What writes the session file into an open binary file: for ``files.write_atomically``."""

    def pack(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
            header = {"format": FORMAT, **content.header}
            archive.writestr("header.json", json.dumps(header, indent=1))
            lines = (json.dumps(edit.to_json()) for edit in content.edits)
            archive.writestr("edits.jsonl", "".join(line + "\n" for line in lines))
            for key, prediction in content.predictions.items():
                buffer = bytesio.BytesIO()
                np.savez(
                    buffer,
                    scores=prediction.scores,
                    logits=prediction.logits,
                    frame=np.frombuffer(json.dumps(prediction.frame.to_json()).encode(), np.uint8),
                )
                archive.writestr(f"predictions/{key}.npz", buffer.getvalue())
            for key, pixels in content.blobs.items():
                archive.writestr(f"masks/{key}.png", encode_png(pixels), zipfile.ZIP_STORED)
            if content.photo is not None:
                archive.writestr("photo.png", encode_png(content.photo), zipfile.ZIP_STORED)

    return pack


def read(path: Path, max_megapixels: float = 64) -> SessionFile:
    """Read a session file.

    Args:
        path: where it is.
        max_megapixels: the size limit of the photo and the masks in it.

    Raises:
        SessionFileError: missing, not a session file, damaged, too large, or of a newer format.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > _LIMIT:
                raise SessionFileError(f"expected {path.name} to unpack to at most 4 GB, got more")
            return _unpack(archive, max_megapixels)
    except FileNotFoundError:
        raise SessionFileError(f"expected a session file at {path}, got nothing there") from None
    except SessionFileError:
        raise
    # Broken data make zipfile, zlib, numpy and json raise almost anything.
    except Exception as error:
        words = str(error).strip().split("\n")[0] or type(error).__name__
        raise SessionFileError(
            f"expected {path.name} to be a whole session file (.mws), got: {words}"
        ) from error


def _unpack(archive: zipfile.ZipFile, max_megapixels: float) -> SessionFile:
    header = _header(json.loads(_member(archive, "header.json", _TEXT_LIMIT)))
    height, width = header["shape"]
    lines = _member(archive, "edits.jsonl", _TEXT_LIMIT).decode().splitlines()
    content = SessionFile(header, tuple(e.from_json(json.loads(line)) for line in lines if line))
    if not 0 <= header["cursor"] <= len(content.edits):
        raise SessionFileError(
            f"expected a cursor in 0..{len(content.edits)}, got {header['cursor']}"
        )
    for name in archive.namelist():
        kind, _, rest = name.partition("/")
        if kind == "predictions" and rest.endswith(".npz"):
            data = _member(archive, name, _PREDICTION_LIMIT)
            content.predictions[rest.removesuffix(".npz")] = _prediction(
                data, name, (height, width)
            )
        elif kind == "masks" and rest.endswith(".png"):
            key = rest.removesuffix(".png")
            content.blobs[key] = blob_of(_member(archive, name, _LIMIT), key, max_megapixels)
    for edit in content.edits:
        check_blobs(edit, content.blobs, "the file")
    if "photo.png" in archive.namelist():
        data = _member(archive, "photo.png", _LIMIT)
        content.photo = load_photo(data, max_megapixels).pixels
    return content


def blob_of(source: bytes | Path, key: str, max_megapixels: float) -> np.ndarray:
    """The pixels of a blob's PNG, (H, W) or (H, W, 3) of uint8 or uint16.

    Args:
        source: the file or its bytes. key: its name: the hash of the pixels.
        max_megapixels: the size limit.

    Raises:
        SessionFileError: the pixels are not those of the hash.
        ImageError: it is no picture.
    """
    pixels = load_photo(source, max_megapixels).pixels
    for found in (np.ascontiguousarray(pixels[..., 0]), pixels):
        if digest(found)[:24] == key:
            return frozen(found)
    raise SessionFileError(f"expected pixels of the hash in their name, got others in {key}.png")


def check_blobs(edit: e.Edit, blobs: Mapping[str, np.ndarray], where: str) -> None:
    """Hold that what an edit names by its hash is there.

    Raises:
        SessionFileError: it is not.
    """
    for key in edit.blobs:
        if key not in blobs:
            name = getattr(edit, "name", key)
            raise SessionFileError(f"expected the mask {name} in {where}, got none")


def _member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """A member's bytes. zipfile holds it to the size it states and to its checksum."""
    size = archive.getinfo(name).file_size
    if size > limit:
        raise SessionFileError(f"expected at most {limit} bytes in {name}, got {size}")
    return archive.read(name)


def _header(header: Any) -> dict[str, Any]:
    """The header, once every value that is relied on is known to be there and of its kind."""
    if not isinstance(header, dict) or not isinstance(header.get("format"), int):
        raise SessionFileError("expected a session file's header, got something else")
    if header["format"] > FORMAT:
        raise SessionFileError(
            f"expected a session file of format {FORMAT} or older, got {header['format']}: "
            "update the workbench to open it"
        )
    shape = header.get("shape")
    if not (isinstance(shape, list) and len(shape) == 2) or not all(
        isinstance(v, int) and 1 <= v < 2**31 for v in shape
    ):
        raise SessionFileError(f"expected the photo's shape [H, W], got {shape!r:.60}")
    for name, kinds in _HEADER.items():
        if not isinstance(header.get(name), kinds):
            raise SessionFileError(
                f"expected a session file's header with {name}, got {header.get(name)!r:.60}"
            )
    return header


def _prediction(data: bytes, name: str, shape: tuple[int, int]) -> Prediction:
    """An answer from its npz; ``shape`` is the photo's."""
    with zipfile.ZipFile(bytesio.BytesIO(data)) as inner:
        if sum(info.file_size for info in inner.infolist()) > _PREDICTION_LIMIT:
            raise SessionFileError(f"expected {name} to unpack to at most 256 MB, got more")
    arrays = np.load(bytesio.BytesIO(data), allow_pickle=False)
    scores, logits = arrays["scores"], arrays["logits"]
    if logits.ndim != 3 or 0 in logits.shape or scores.shape != logits.shape[:1]:
        raise SessionFileError(
            f"expected {name} with scores (C,) and logits (C, h, w), got "
            f"{scores.shape} and {logits.shape}"
        )
    if logits.dtype != np.float32 or scores.dtype != np.float32:
        raise SessionFileError(f"expected {name} of float32, got {logits.dtype} {scores.dtype}")
    if not (np.isfinite(logits).all() and np.isfinite(scores).all()):
        raise SessionFileError(f"expected {name} of finite values, got NaN or infinite ones")
    frame = Frame.from_json(json.loads(arrays["frame"].tobytes()))
    corners = frame.x0, frame.y0, frame.x1, frame.y1
    sound = all(isinstance(v, (int, float)) and abs(v) < 1e6 for v in corners)
    if not sound or frame.x1 <= frame.x0 or frame.y1 <= frame.y0:
        raise SessionFileError(f"expected the frame of {name} as a box, got {corners!r:.80}")
    if frame.via and not all(1 <= v <= 8192 for v in frame.via):
        raise SessionFileError(f"expected the frame of {name} through a grid, got {frame.via}")
    return Prediction(frozen(scores), frozen(logits), frame, shape)
