"""The session file ``.mws``: a zip of a header, the edits (one JSON a line) and blobs.

Blobs are named by what they are: ``predictions/KEY.npz`` (scores and logits, so that a session
replays without the weights), ``masks/HASH.png`` and, where the photo has no path or it was asked
for, ``photo.png``. Reading runs no code and trusts no size or name in the file.
"""

from __future__ import annotations

import io as bytesio
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from . import edits as e
from .arrays import frozen
from .coordinates import Frame
from .errors import SessionFileError, WorkbenchError
from .files import write_atomically
from .io import encode_png, load_photo
from .segment.base import Prediction

FORMAT = 1
_LIMIT = 4 * 2**30  # bytes unpacked; a session of a 64 MP photo with its masks is far below


@dataclass
class SessionFile:
    """What a session file holds.

    Attributes:
        header: format, versions, the photo's name, path, key and shape, opening edits, cursor.
        edits: all edits, those after the cursor included.
        predictions: answers by step key.
        masks: loaded masks by hash, (H, W) uint8.
        photo: the photo's pixels, (H, W, 3) uint8 or uint16, or None.
    """

    header: dict[str, Any]
    edits: tuple[e.Edit, ...] = ()
    predictions: dict[str, Prediction] = field(default_factory=dict)
    masks: dict[str, np.ndarray] = field(default_factory=dict)
    photo: np.ndarray | None = None


def write(path: Path, content: SessionFile) -> Path:
    """Write a session file in one step: the old one stays until the new one is whole.

    Raises:
        ExportError: it cannot be written; the old file is untouched.
    """

    def pack(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
            header = {"format": FORMAT, **content.header}
            archive.writestr("header.json", json.dumps(header, ensure_ascii=False, indent=1))
            lines = (json.dumps(edit.to_json(), ensure_ascii=False) for edit in content.edits)
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
            for key, mask in content.masks.items():
                archive.writestr(f"masks/{key}.png", encode_png(mask), zipfile.ZIP_STORED)
            if content.photo is not None:
                archive.writestr("photo.png", encode_png(content.photo), zipfile.ZIP_STORED)

    return write_atomically(path, pack)


def read(path: Path) -> SessionFile:
    """Read a session file.

    Raises:
        SessionFileError: missing, not a session file, damaged, too large, or of a newer format.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > _LIMIT:
                raise SessionFileError(f"expected {path.name} to unpack to at most 4 GB, got more")
            return _unpack(archive)
    except FileNotFoundError:
        raise SessionFileError(f"expected a session file at {path}, got nothing there") from None
    except WorkbenchError:
        raise
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise SessionFileError(
            f"expected {path.name} to be a whole session file (.mws), got: {error}"
        ) from error


def _unpack(archive: zipfile.ZipFile) -> SessionFile:
    header = json.loads(archive.read("header.json"))
    if not isinstance(header, dict) or not isinstance(header.get("format"), int):
        raise SessionFileError("expected a session file's header, got something else")
    if header["format"] > FORMAT:
        raise SessionFileError(
            f"expected a session file of format {FORMAT} or older, got {header['format']}: "
            "update the workbench to open it"
        )
    height, width = (int(v) for v in header["shape"])
    lines = archive.read("edits.jsonl").decode().splitlines()
    content = SessionFile(header, tuple(e.from_json(json.loads(line)) for line in lines if line))
    for name in archive.namelist():
        kind, _, rest = name.partition("/")
        if kind == "predictions" and rest.endswith(".npz"):
            arrays = np.load(bytesio.BytesIO(archive.read(name)), allow_pickle=False)
            scores, logits = arrays["scores"], arrays["logits"]
            if logits.ndim != 3 or logits.dtype != np.float32 or scores.shape != logits.shape[:1]:
                raise SessionFileError(
                    f"expected {name} with scores (C,) and logits (C, h, w) float32, got "
                    f"{scores.shape} and {logits.shape} {logits.dtype}"
                )
            frame = Frame.from_json(json.loads(arrays["frame"].tobytes()))
            content.predictions[rest.removesuffix(".npz")] = Prediction(
                frozen(scores), frozen(logits), frame, (height, width)
            )
        elif kind == "masks" and rest.endswith(".png"):
            mask = load_photo(archive.read(name), max_megapixels=1000).pixels[..., 0]
            content.masks[rest.removesuffix(".png")] = frozen(np.ascontiguousarray(mask))
    if "photo.png" in archive.namelist():
        content.photo = load_photo(archive.read("photo.png"), max_megapixels=1000).pixels
    return content
