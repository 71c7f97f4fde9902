"""Files: cut-outs, alphas, trimaps, the quality sheet and the session.

Everything is rendered and encoded before the first file is touched, and each file is written to a
temporary name and renamed: an export that fails leaves what was there before as it was.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from .arrays import to_uint8, to_uint16
from .errors import EditError, unknown_name
from .files import Write, safe_name, write_all
from .io import encode_png
from .progress import Progress, report

if TYPE_CHECKING:
    from .session import Session
    from .subject import Subject

FORMATS = {
    "png": "RGBA PNG, 8 bits: straight alpha, clean colours",
    "alpha": "grey PNG, 16 bits: the alpha",
    "trimap": "grey PNG, 8 bits: 0 background, 128 unknown, 255 foreground",
    "shadow": "RGBA PNG, 8 bits: the shadow that was lifted, black; where there is one",
    "reflection": "RGBA PNG, 8 bits: the mirror image that was lifted; where there is one",
    "sheet": "PNG: the cut-out on many backgrounds and its edge at 100 %",
    "session": "the session file (.mws): opens again with wb.load",
}


def export(
    session: Session,
    folder: Path,
    formats: Iterable[str] = tuple(FORMATS),
    progress: Progress | None = None,
) -> list[Path]:
    """Write a session's results into a folder, made if it is not there.

    With one visible subject the files are ``NAME_cutout.png``, ``NAME_alpha.png``,
    ``NAME_trimap.png``, ``NAME_sheet.png`` and ``NAME.mws``; with several there is also
    ``NAME_SUBJECT_….png`` for each, its share after stacking.

    Args:
        session: what to export.
        folder: where; NAME is the photo's.
        formats: keys of FORMATS.
        progress: called with a fraction and words.

    Returns:
        The paths written.

    Raises:
        UnknownNameError: a format that is not in FORMATS.
        EditError: every subject is hidden or nothing is selected yet.
        ExportError: a file cannot be written (read-only folder, disk full, …).
    """
    formats = (formats,) if isinstance(formats, str) else tuple(formats)
    files: list[tuple[Path, Write]] = [
        (folder / name, partial(_put, data)) for name, data in encoded(session, formats, progress)
    ]
    if "session" in formats:
        target = folder / f"{session.photo.name}.mws"
        document, content = session.packed(target)
        written = write_all([*files, (target, content)])
        session.mark_saved(document, target)
    else:
        written = write_all(files)
    report(progress, 1.0, "exported")
    return written


def _put(data: bytes, file: BinaryIO) -> None:
    file.write(data)


def archive(
    session: Session, formats: Iterable[str] = ("png", "alpha"), progress: Progress | None = None
) -> tuple[str, bytes]:
    """The same files for a browser download: a single PNG as it is, several as one zip.

    Returns:
        File name and bytes.
    """
    made = list(encoded(session, tuple(formats), progress))
    if len(made) == 1:
        return made[0]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        for name, data in made:
            packed.writestr(name, data)
    return f"{session.photo.name}_matte.zip", buffer.getvalue()


def encoded(
    session: Session, formats: tuple[str, ...], progress: Progress | None
) -> Iterator[tuple[str, bytes]]:
    """File names and their bytes, all but the session file."""
    for name in formats:
        if name not in FORMATS:
            raise unknown_name("format", name, FORMATS)
    shown = session.visible
    if not shown:
        raise EditError("expected a visible subject to export, got none: show or add one")
    if not any(s.state.layers or s.state.strokes for s in shown):
        raise EditError("expected something selected to export, got nothing: click, box or paint")
    name = session.photo.name
    parts: list[tuple[str, Subject | None]] = [(name, None)]
    if len(shown) > 1:
        taken: set[str] = set()
        for one in shown:
            part = safe_name(one.name, "subject")
            # Two names may become one when made safe, or on a disk that knows no capitals.
            while part.casefold() in taken:
                part += "_"
            taken.add(part.casefold())
            parts.append((f"{name}_{part}", one))
    makers: dict[str, Callable[[Subject | None], bytes]] = {
        "png": lambda s: encode_png(session.cutout(s)),
        "alpha": lambda s: encode_png(to_uint16(session.alpha(s))),
        "trimap": lambda s: encode_png(to_uint8(_trimap(session, s, shown))),
        "shadow": lambda s: encode_png(_shadow(session.shadow(s, lifted=True))),
        "reflection": lambda s: encode_png(to_uint8(session.reflection(s, lifted=True))),
        "sheet": lambda s: _sheet(session, s, shown),
    }
    suffix = {"png": "cutout"}
    jobs = [
        (stem, s, f)
        for f in formats
        if f in makers
        for stem, s in parts
        if f not in ("shadow", "reflection") or _lifted(f, s, shown)
    ]
    for n, (stem, subject, format_name) in enumerate(jobs):
        report(progress, n / (len(jobs) + 1), f"making {format_name}")
        yield f"{stem}_{suffix.get(format_name, format_name)}.png", makers[format_name](subject)


def _lifted(what: str, subject: Subject | None, shown: list[Subject]) -> bool:
    """Whether a subject's shadow or reflection, or that of any, is a layer of its own."""
    of = shown if subject is None else [subject]
    return any(getattr(s.state, what) == "lift" for s in of)


def _shadow(shade: np.ndarray) -> np.ndarray:
    """(H, W, 4) uint8: black with the shadow's opacity."""
    layer = np.zeros((*shade.shape, 4), np.uint8)
    layer[..., 3] = to_uint8(shade)
    return layer


def _trimap(session: Session, subject: Subject | None, shown: list[Subject]) -> np.ndarray:
    """A subject's trimap; for all: unknown where any is unknown, else foreground where any is."""
    if subject is not None:
        return session.trimap(subject)
    each = np.stack([session.trimap(s) for s in shown])
    return np.where((each == 0.5).any(axis=0), np.float32(0.5), each.max(axis=0))


def _sheet(session: Session, subject: Subject | None, shown: list[Subject]) -> bytes:
    from . import views

    return views.sheet_png(
        session.image,
        session.alpha(subject),
        session.foreground(subject),
        trimap=_trimap(session, subject, shown),
        title=session.photo.name if subject is None else f"{session.photo.name}: {subject.name}",
    )
