"""Files of all the objects of a photo: an overview, and each object's mask and cut-out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from .arrays import to_uint8
from .bench import Bench
from .compose import over
from .document import Document
from .edits import Matte
from .errors import EditError, unknown_name
from .files import Write, write_all
from .io import encode_png
from .matte import matting_methods
from .progress import Progress, report
from .proposals import pick_of
from .render import render
from .settings import REFINED
from .starting import packed

if TYPE_CHECKING:
    from .session import Session


def export_objects(
    session: Session, folder: Path, method: str = REFINED, progress: Progress | None = None
) -> list[Path]:
    """Write what ``session.propose`` finds into a folder, made if it is not there.

    ``NAME_objects.png`` is the overview with the objects' numbers; of each object there are
    ``NAME_object_00_mask.png`` (grey, 8 bits, as the model sees it) and
    ``NAME_object_00_cutout.png`` (RGBA, its own matte and colours, whatever lies over it).
    Everything is made before the first file is written. The session is not changed.

    Args:
        session: whose photo, and whose segmenter.
        folder: where; NAME is the photo's.
        method: how the alpha is solved, see ``workbench.matte.matting_methods()``.

    Returns:
        The paths written, the overview first.

    Raises:
        InputError: the segmenter cannot find objects by itself.
        UnknownNameError: no such matting method. EditError: nothing was found.
        ExportError: a file cannot be written.
    """
    if method not in matting_methods():
        raise unknown_name("matting method", method, matting_methods())
    found = session.propose(progress=progress)
    if not found:
        raise EditError("expected objects in the photo, found none: click or box the subject")
    name, digits = session.photo.name, max(2, len(str(len(found) - 1)))
    made: list[tuple[str, bytes]] = [(f"{name}_objects.png", encode_png(found.picture()))]
    # A bench and a document of their own, with one subject each time: nothing lies over it.
    bench = Bench(session.photo)
    alone = Document(session.photo.key, session.photo.shape, session.document.opening)
    subject = alone.state().subjects[0].id
    for number, proposal in enumerate(found):
        report(progress, number / len(found), f"cutting out object {number}")
        bench.blobs["object"] = packed(proposal.prediction.logits[0])
        pick = replace(pick_of(proposal, "object"), subject=subject, name=f"object {number}")
        document = alone.add(pick).add(Matte(subject=subject, method=method))
        one = render(document, bench, progress).subject(subject)
        stem = f"{name}_object_{number:0{digits}}"
        made += [
            (f"{stem}_mask.png", encode_png(to_uint8(one.mask))),
            (f"{stem}_cutout.png", encode_png(over.cutout(one.foreground, one.matte))),
        ]
    files: list[tuple[Path, Write]] = [(folder / file, partial(_put, data)) for file, data in made]
    written = write_all(files)
    report(progress, 1.0, "written")
    return written


def _put(data: bytes, file: BinaryIO) -> None:
    file.write(data)
