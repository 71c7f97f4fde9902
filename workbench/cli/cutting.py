"""``workbench cut | objects | replay``: photos in, files out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..files import write_atomically
from ..progress import bar
from ..settings import REFINED
from .common import Commands, add_output, add_segmenter, formats, numbers, print_paths

if TYPE_CHECKING:
    from ..report import Report


def add(commands: Commands) -> None:
    """The commands of this file."""
    cut = commands.add_parser(
        "cut",
        help="cut a subject out of a photo",
        description="Cut a subject out of a photo and write the results into a folder. "
        "Coordinates are pixels of the photo, x to the right and y down.",
    )
    cut.add_argument("photo", type=Path)
    cut.add_argument(
        "--point",
        action="append",
        default=[],
        metavar="X,Y",
        type=numbers(2),
        help="a point on the subject; may be given several times",
    )
    cut.add_argument(
        "--not",
        action="append",
        default=[],
        metavar="X,Y",
        type=numbers(2),
        dest="drop",
        help="a point on the background; may be given several times",
    )
    cut.add_argument(
        "--box", metavar="X0,Y0,X1,Y1", type=numbers(4), help="a box around the subject"
    )
    cut.add_argument(
        "--chroma-key",
        nargs="?",
        const="",
        metavar="RRGGBB",
        help="take away a screen of one colour, by default the one along the photo's border "
        "(after the photo)",
    )
    cut.add_argument(
        "--ask",
        metavar="TEXT",
        help='what the subject is, in words, for a segmenter that reads (sam3): "a dog"',
    )
    cut.add_argument(
        "--auto",
        metavar="MODEL",
        help="a starting mask without a prompt, for example u2netp: see `workbench models list`",
    )
    add_segmenter(cut)
    cut.add_argument(
        "--precision",
        choices=("auto", "float32", "bfloat16"),
        default="auto",
        help="of Segment Anything's encoder; default: bfloat16 where the processor has it",
    )
    cut.add_argument(
        "--radius",
        type=float,
        default=10,
        metavar="PX",
        help="half width of the band in which the edge is solved (default 10)",
    )
    cut.add_argument(
        "--method",
        default=REFINED,
        metavar="NAME",
        help="matting method (default refined)",
    )
    cut.add_argument("--feather", type=float, default=0, metavar="PX", help="soften the edge")
    cut.add_argument(
        "--shift",
        type=float,
        default=0,
        metavar="PERCENT",
        help="move the edge outward or inward, %% of the radius",
    )
    cut.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="check the result, and write what was found as one HTML file, or as JSON (.json)",
    )
    cut.add_argument(
        "--on",
        metavar="BACKGROUND",
        help="with --report: the picture, or the name or #rrggbb of a ground, that it is to stand "
        "on, so that its light and its feet are checked too",
    )
    add_output(cut)
    cut.set_defaults(run=_cut)

    objects = commands.add_parser(
        "objects",
        help="find all the objects of a photo",
        description="Find all the objects of a photo without being told where they are, and write "
        "an overview with their numbers, and the mask and the cut-out of each, into a folder.",
    )
    objects.add_argument("photo", type=Path)
    add_segmenter(objects)
    objects.add_argument(
        "--method",
        default=REFINED,
        metavar="NAME",
        help="matting method of the cut-outs (default refined; none: the mask as it is)",
    )
    objects.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write")
    objects.set_defaults(run=_objects)

    replay = commands.add_parser(
        "replay",
        help="render a session file again, or its edits on other photos",
        description="Render a session file (.mws) again without asking the models anew; or replay "
        "its edits on other photos of the same kind, where the models are asked.",
    )
    replay.add_argument("session", type=Path)
    replay.add_argument("photos", type=Path, nargs="*")
    add_output(replay)
    replay.set_defaults(run=_replay)


def _cut(options: argparse.Namespace) -> None:
    from ..compose.background import background
    from ..opening import open as open_photo

    if options.on is not None:
        if options.report is None:
            raise InputError("expected --on together with --report, which says how it fits")
        background(options.on, (1, 1))  # a name that is none is told before the work
    keyed, asked = options.chroma_key is not None, options.ask is not None
    if not (options.point or options.box or keyed or asked or options.auto):
        options.auto = _by_itself()
    auto = options.auto is not None
    if keyed + auto + asked + bool(options.box) > 1:
        raise InputError(
            "expected one of --box, --chroma-key, --ask and --auto, got more: a box begins anew, "
            "and so do the others"
        )
    with bar("cut") as progress:
        session = open_photo(
            options.photo,
            options.segmenter,
            checkpoint=options.checkpoint,
            precision=options.precision,
            non_commercial=options.non_commercial,
            journal=False,
            progress=progress,
        )
        subject = session.subject()
        if keyed:
            # Without the #, which a shell takes for a comment.
            colour = options.chroma_key.removeprefix("#")
            subject.chroma_key(f"#{colour}" if colour else None)
        if auto:
            subject.auto(options.auto, non_commercial=options.non_commercial)
        if asked:
            subject.ask(options.ask)
        if options.box:
            subject.box(*options.box)
        for x, y in options.point:
            subject.click(x, y)
        for x, y in options.drop:
            subject.click(x, y, keep=False)
        subject.trimap_settings(radius=options.radius).matte(options.method)
        if options.feather or options.shift:
            subject.edges(feather=options.feather, shift=options.shift)
        paths = session.export(options.out, formats(options.formats), progress=progress)
        if options.report is not None:
            report = session.check(background=options.on, progress=progress)
            paths.append(_written(report, options.report))
    if session.bench.models:  # a chroma key or a model without prompts asks no segmenter
        print(session.words, file=sys.stderr)
    for note in session.notes:
        print(f"note: {note}", file=sys.stderr)
    print_paths(paths)


def _written(report: Report, path: Path) -> Path:
    """The report in a file, of the kind that its name says."""
    if path.suffix.lower() == ".json":
        text = report.to_json().encode()
        return write_atomically(path, lambda file: file.write(text))
    return report.to_html(path)


def _by_itself() -> str:
    """The model that is to find the subject where nobody says what it is; said on stderr.

    One with a copyleft licence is taken only by its name.

    Raises:
        InputError: none is ready.
    """
    from ..segment import automatic_models

    states = automatic_models()
    ready = [name for name, state in states.items() if state.ready and not state.copyleft]
    if not ready:
        raise InputError(
            "expected at least one --point, a --box, --chroma-key, --ask TEXT or --auto MODEL, "
            "got none; without any of them a model finds the subject, once it is there: "
            "workbench models fetch u2netp"
        )
    print(f"nothing was said of the subject: {ready[0]} looks for it", file=sys.stderr)
    return ready[0]


def _objects(options: argparse.Namespace) -> None:
    from ..export_objects import export_objects
    from ..opening import open as open_photo

    with bar("objects") as progress:
        session = open_photo(
            options.photo,
            options.segmenter,
            checkpoint=options.checkpoint,
            non_commercial=options.non_commercial,
            journal=False,
            progress=progress,
        )
        paths = export_objects(session, options.out, options.method, progress)
    print(session.words, file=sys.stderr)
    for note in session.bench.notes:
        print(f"note: {note}", file=sys.stderr)
    print_paths(paths)


def _replay(options: argparse.Namespace) -> None:
    from ..files import safe_name
    from ..opening import load

    names = [safe_name(photo.stem).casefold() for photo in options.photos]
    for n, name in enumerate(names):
        if name in names[:n]:
            raise InputError(
                f"expected photos of different names for one folder, got {options.photos[n]} "
                f"after {options.photos[names.index(name)]}"
            )
    for photo in options.photos or [None]:
        with bar("replay") as progress:
            session = load(options.session, photo, journal=False)
            paths = session.export(options.out, formats(options.formats), progress=progress)
        print_paths(paths)
