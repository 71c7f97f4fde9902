"""How a session begins: from a photo, from a session file, or from an interrupted one's journal."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import edits as e
from . import sessionfile
from .bench import Bench
from .document import Document
from .errors import ImageError, ImageMissingError, ImageTooLargeError, SessionFileError, expect
from .io import Photo, load_photo
from .journal import Interrupted
from .pinning import pin, pin_matting
from .progress import Progress
from .session import Session


def open(
    source: Any,
    segmenter: str = "auto",
    *,
    checkpoint: str | os.PathLike[str] | None = None,
    precision: str = "auto",
    non_commercial: bool = False,
    max_megapixels: float = 64,
    name: str | None = None,
    journal: bool = True,
    progress: Progress | None = None,
) -> Session:
    """Open a photo.

    Args:
        source: a path, bytes, a PIL image, or an array (H, W, 3|4) uint8 or uint16.
        segmenter: a name from ``segmenters()``, or "auto" for the best that is ready.
        checkpoint: a weights file of your own for that segmenter.
        precision: what it computes in: "float32", "bfloat16" or "auto", see ``get_segmenter``.
        non_commercial: that you do not use the result commercially; needed for segmenters whose
            licence does not allow that.
        max_megapixels: photos with more pixels are refused before they are decoded.
        name: what the files of an export are called; by default after the photo's file.
        journal: whether edits are written to the disk as they are made.
        progress: called with a fraction and words during long work.

    Raises:
        ImageError, ArrayError: the photo cannot be read.
        UnknownNameError, WeightsError: the segmenter cannot be had (LicenceError: not without
            ``non_commercial``).
    """
    photo = load_photo(source, max_megapixels=max_megapixels, name=name)
    use, words = pin(segmenter, checkpoint, progress, precision, non_commercial)
    opening = (use, pin_matting(), e.AddSubject(subject=e.new_id(), name="subject"))
    document = Document(photo.key, photo.shape, opening)
    return Session(photo, document, Bench(photo), words=words, journal=journal, progress=progress)


def load(
    path: str | os.PathLike[str],
    photo: Any = None,
    *,
    max_megapixels: float = 64,
    journal: bool = True,
) -> Session:
    """Open a session file where it was left.

    Args:
        path: the .mws file.
        photo: another photo to replay the edits on, or the same one where it has moved; by
            default the one in the file, or at the path that the file remembers.
        max_megapixels: photos with more pixels are refused before they are decoded.
        journal: whether edits are written to the disk as they are made.

    Raises:
        SessionFileError: not a session file, or its photo is gone or has changed.
    """
    target = Path(path)
    content = sessionfile.read(target, max_megapixels)
    header = content.header
    if photo is not None:
        loaded = load_photo(photo, max_megapixels)
    elif content.photo is not None:
        loaded = load_photo(content.photo, max_megapixels, name=header["name"])
        loaded = loaded.with_facts(header.get("facts"))
    else:
        beside = header.get("photo_beside")
        places = [target.parent / beside] if isinstance(beside, str) else []
        loaded = _find_photo(
            [*places, header["photo"]],
            header["key"],
            f"wb.load({target.name!r}, photo=…)",
            max_megapixels,
        )
    if loaded.key == header["key"] and list(loaded.shape) != header["shape"]:
        raise SessionFileError(
            f"expected a photo of {header['shape']}, as the session says, got {list(loaded.shape)}"
        )
    bench = Bench(loaded, blobs=content.blobs)
    for key, prediction in content.predictions.items():
        bench.predictions.put(key, prediction)
    document = _document(loaded, header, content.edits).at(header["cursor"])
    return Session(loaded, document, bench, words=f"Opened {target.name}.", journal=journal)


def recover(one: Interrupted) -> Session:
    """Go on with an interrupted session (one of ``recoverable()``) where it stopped.

    Raises:
        SessionFileError: its journal or its photo cannot be read.
    """
    expect(one, Interrupted, "one of recoverable()")
    try:
        events = one.events()
        header = events[0]
        blobs = one.path.with_suffix(".blobs")
        # What was opened once, however large, is opened again.
        limit = max(64.0, header["shape"][0] * header["shape"][1] / 1e6)
        if header["photo"] is None:
            loaded = load_photo(blobs / "photo.png", limit, name=one.name)
            loaded = load_photo(loaded.pixels, limit, name=one.name)
            loaded = loaded.with_facts(header.get("facts"))
        else:
            loaded = _find_photo([header["photo"]], header["key"], "wb.open", limit)
        kept: dict[str, np.ndarray] = {}
        for p in blobs.glob("*.png") if blobs.is_dir() else ():
            # One that is damaged stops only what needs it.
            with contextlib.suppress(SessionFileError, ImageError):
                kept[p.stem] = sessionfile.blob_of(p, p.stem, limit)
        document = _document(loaded, header, ())
        for event in events[1:]:
            if event.get("do") == "edit":
                edit = e.from_json(event["edit"])
                sessionfile.check_blobs(edit, kept, str(blobs))
                document = document.add(edit)
            elif event.get("do") == "cursor":
                document = document.at(int(event["cursor"]))
    except (OSError, KeyError, IndexError, TypeError, ValueError) as error:
        if isinstance(error, SessionFileError):
            raise
        raise SessionFileError(
            f"expected a readable journal of {one.name}, got: {error}"
        ) from error
    return Session(
        loaded,
        document,
        Bench(loaded, blobs=kept),
        words=f"Recovered {len(document.active)} edits.",
        session_id=one.id,
    )


def _document(photo: Photo, header: dict[str, Any], edits: tuple[e.Edit, ...]) -> Document:
    """A document from a file's parts, every edit checked against the photo it is opened on."""
    opening = tuple(e.from_json(values).checked(photo.shape) for values in header["opening"])
    kinds = [type(edit) for edit in opening]
    if kinds not in ([e.UseSegmenter, e.UseMatting, e.AddSubject], [e.UseSegmenter, e.AddSubject]):
        raise SessionFileError("expected an opening of a segmenter and a subject, got another")
    document = Document(photo.key, photo.shape, opening)
    for edit in edits:
        document = document.add(edit)
    return document


def _find_photo(places: Sequence[Any], key: str, remedy: str, max_megapixels: float) -> Photo:
    """The photo at one of several places whose pixels have the right hash."""
    changed = None
    for place in places:
        try:
            photo = load_photo(Path(place), max_megapixels) if place is not None else None
        except ImageMissingError:
            continue
        except ImageError as error:
            if isinstance(error, ImageTooLargeError):
                raise
            changed = place
            continue
        if photo is not None and photo.key == key:
            return photo
        changed = place if photo is not None else changed
    if changed is not None:
        raise SessionFileError(
            f"expected the photo that the session was made on, got other pixels in {changed}; "
            f"{remedy} replays the edits on another photo"
        )
    raise SessionFileError(
        f"expected the session's photo at {places[-1] or 'a path'}, got nothing there; "
        f"say where it is: {remedy}"
    )
