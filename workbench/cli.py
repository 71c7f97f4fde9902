"""The command line: ``workbench lab | cut | objects | replay | models | cache | bench``.

Exit code 0 for success, 2 for bad input with one clear line on stderr, 130 when interrupted.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

from . import __version__
from .errors import InputError, WeightsError, WorkbenchError
from .progress import Progress, bar


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    flags: list[str] = []
    if given[:1] == ["lab"] and not {"-h", "--help"} & set(given):
        given, flags = _lab_arguments(given[1:])
    known = _parser().parse_args(given)
    known.jupyter = flags
    try:
        known.run(known)
    except WorkbenchError as error:
        print(f"workbench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("workbench: interrupted", file=sys.stderr)
        return 130
    return 0


class _Parser(argparse.ArgumentParser):
    """A parser, and those of its commands, that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """See argparse."""
        self.exit(2, f"workbench: {message} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="workbench", description="Cut subjects out of photos, by hand and by model."
    )
    parser.add_argument("--version", action="version", version=f"workbench {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    lab = commands.add_parser(
        "lab",
        help="open JupyterLab on the quickstart notebook",
        description="Open JupyterLab on the quickstart notebook, with a photo of your own if you "
        "name one. All other flags go to Jupyter, for example --no-browser --port 9000.",
    )
    lab.add_argument("photo", nargs="?", type=Path, help="a photo to open in the notebook")
    lab.set_defaults(run=_lab)

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
        type=_numbers(2),
        help="a point on the subject; may be given several times",
    )
    cut.add_argument(
        "--not",
        action="append",
        default=[],
        metavar="X,Y",
        type=_numbers(2),
        dest="drop",
        help="a point on the background; may be given several times",
    )
    cut.add_argument(
        "--box", metavar="X0,Y0,X1,Y1", type=_numbers(4), help="a box around the subject"
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
    cut.add_argument(
        "--non-commercial",
        action="store_true",
        help="allow a model whose licence does not allow commercial use",
    )
    cut.add_argument(
        "--segmenter",
        default="auto",
        metavar="NAME",
        help="see `workbench models list`; default: the best that is ready",
    )
    cut.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="a weights file of your own for that segmenter",
    )
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
        default="closed_form",
        metavar="NAME",
        help="matting method (default closed_form)",
    )
    cut.add_argument("--feather", type=float, default=0, metavar="PX", help="soften the edge")
    cut.add_argument(
        "--shift",
        type=float,
        default=0,
        metavar="PERCENT",
        help="move the edge outward or inward, %% of the radius",
    )
    _add_output(cut)
    cut.set_defaults(run=_cut)

    objects = commands.add_parser(
        "objects",
        help="find all the objects of a photo",
        description="Find all the objects of a photo without being told where they are, and write "
        "an overview with their numbers, and the mask and the cut-out of each, into a folder.",
    )
    objects.add_argument("photo", type=Path)
    objects.add_argument(
        "--segmenter",
        default="auto",
        metavar="NAME",
        help="see `workbench models list`; default: the best that is ready",
    )
    objects.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="a weights file of your own for that segmenter",
    )
    objects.add_argument(
        "--method",
        default="closed_form",
        metavar="NAME",
        help="matting method of the cut-outs (default closed_form; none: the mask as it is)",
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
    _add_output(replay)
    replay.set_defaults(run=_replay)

    models = commands.add_parser("models", help="list, fetch, verify or remove model weights")
    verbs = models.add_subparsers(dest="verb", required=True, metavar="list|fetch|verify|remove")
    listing = verbs.add_parser("list", help="what there is and what is ready")
    listing.add_argument("names", nargs="*", metavar="NAME", help="all about these alone")
    listing.set_defaults(run=_models_list)
    for verb, words, run in (
        ("fetch", "download weights into the weights folder", _models_fetch),
        ("verify", "check weights (all that are there, or those named)", _models_verify),
        ("remove", "delete weights from the weights folder", _models_remove),
    ):
        one = verbs.add_parser(verb, help=words, description=f"{words[0].upper()}{words[1:]}.")
        one.add_argument("names", nargs="+" if verb != "verify" else "*", metavar="NAME")
        one.set_defaults(run=run)
    for one in (listing, verbs.choices["fetch"]):
        one.add_argument(
            "--non-commercial",
            action="store_true",
            help="also weights whose licence does not allow commercial use",
        )
    verbs.choices["fetch"].add_argument(
        "--accept-change",
        action="store_true",
        help="take another file than was seen first, where the catalogue knows no SHA-256",
    )

    cache = commands.add_parser(
        "cache",
        help="list or clear what the models saw in photos before",
        description="What a model saw in a photo is kept on the disk, so that the photo opens "
        "again without waiting. WORKBENCH_CACHE says where, WORKBENCH_CACHE_LIMIT how much at "
        "most (4GB by default; 0 keeps nothing).",
    )
    verbs = cache.add_subparsers(dest="verb", required=True, metavar="list|clear")
    verbs.add_parser("list", help="where it is, and how large").set_defaults(run=_cache_list)
    verbs.add_parser("clear", help="remove all of it").set_defaults(run=_cache_clear)

    bench = commands.add_parser(
        "bench",
        help="run the benchmarks",
        description="Run benchmarks and print a table; every speed is a ratio to what it was "
        "measured beside in the same run.",
    )
    bench.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="speed, sam, matte (by default all of these), or lite (fetches 385 MB; an hour)",
    )
    bench.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON too")
    bench.set_defaults(run=_bench)
    return parser  # fmt: skip


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write")
    parser.add_argument("--formats", default="png,alpha,trimap,sheet,session", metavar="LIST",
                        help="among png, alpha, trimap, sheet, session (default all)")  # fmt: skip


def _numbers(count: int) -> Callable[[str], tuple[float, ...]]:
    def parse(text: str) -> tuple[float, ...]:
        try:
            values = tuple(float(part) for part in text.split(","))
        except ValueError:
            values = ()
        if len(values) != count:
            raise argparse.ArgumentTypeError(
                f"expected {count} numbers separated by commas, got {text!r}"
            )
        return values

    return parse


def _cut(options: argparse.Namespace) -> None:
    from .opening import open as open_photo

    keyed, auto = options.chroma_key is not None, options.auto is not None
    asked = options.ask is not None
    if not (options.point or options.box or keyed or auto or asked):
        raise InputError(
            "expected at least one --point, a --box, --chroma-key, --ask TEXT or --auto MODEL, "
            "got none"
        )
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
        paths = session.export(options.out, _formats(options.formats), progress=progress)
    print(session.words, file=sys.stderr)
    for note in session.notes:
        print(f"note: {note}", file=sys.stderr)
    _print_paths(paths)


def _objects(options: argparse.Namespace) -> None:
    from .export_objects import export_objects
    from .opening import open as open_photo

    with bar("objects") as progress:
        session = open_photo(
            options.photo,
            options.segmenter,
            checkpoint=options.checkpoint,
            journal=False,
            progress=progress,
        )
        paths = export_objects(session, options.out, options.method, progress)
    print(session.words, file=sys.stderr)
    for note in session.bench.notes:
        print(f"note: {note}", file=sys.stderr)
    _print_paths(paths)


def _replay(options: argparse.Namespace) -> None:
    from .files import safe_name
    from .opening import load

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
            paths = session.export(options.out, _formats(options.formats), progress=progress)
        _print_paths(paths)


def _formats(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _print_paths(paths: Sequence[Path]) -> None:
    for path in paths:
        print(path)


def _models_list(options: argparse.Namespace) -> None:
    from . import inventory

    if not options.names:
        print(inventory.overview(options.non_commercial))
    for name in _weights_names(options.names):
        print(inventory.details(name))


def _models_fetch(options: argparse.Namespace) -> None:
    from . import weights

    names = _weights_names(options.names)
    for name in names:  # a wrong name or licence is said before the first megabyte
        weights.require_licence(name, options.non_commercial)
    for name in names:
        with bar(f"fetch {name}") as progress:
            path = weights.fetch(
                name,
                progress,
                non_commercial=options.non_commercial,
                accept_change=options.accept_change,
            )
        print(path)
        print(f"{name}: {weights.checked_against(name)}", file=sys.stderr)


def _models_verify(options: argparse.Namespace) -> None:
    from . import weights

    names = _weights_names(options.names) or [n for n in weights.catalogue() if weights.is_there(n)]
    if not names:
        print("no weights to verify: the weights folder holds none")
    wrong = []
    for name in names:  # all of them, also after a wrong one
        try:
            words = weights.checked_against(name)
            print(f"{name}: good, {weights.verify(name)}, {words}")
        except WeightsError as error:
            wrong.append(str(error))
    if wrong:
        raise WeightsError("; ".join(wrong))


def _models_remove(options: argparse.Namespace) -> None:
    from . import weights

    for name in _weights_names(options.names):
        print(f"{name}: {'removed' if weights.remove(name) else 'was not there'}")


def _weights_names(names: Sequence[str]) -> list[str]:
    """Names of weights; a segmenter's name stands for its weights (lite: u2netp)."""
    from . import segment

    return [segment.weights_of(name) or name for name in names]


def _cache_list(options: argparse.Namespace) -> None:
    from .files import readable_size
    from .segment import shelf

    kept, most = shelf.kept(), shelf.limit()
    print(f"embeddings folder: {shelf.folder()}")
    room = f"of at most {readable_size(most)}" if most else "switched off: no new ones are kept"
    print(f"{len(kept)} embeddings, {readable_size(sum(one.size for one in kept))}, {room}")
    by_model: dict[str, list[int]] = {}
    for one in kept:
        by_model.setdefault(one.identity or "unreadable", []).append(one.size)
    for identity, sizes in sorted(by_model.items()):
        print(f"  {identity}: {len(sizes)}, {readable_size(sum(sizes))}")


def _cache_clear(options: argparse.Namespace) -> None:
    from .files import readable_size
    from .segment import shelf

    held = sum(one.size for one in shelf.kept())
    print(f"removed {shelf.clear()} embeddings, {readable_size(held)}")


def _bench(options: argparse.Namespace) -> None:
    from .benchmark import run

    with bar("bench") as progress:
        run(options.names, options.json, progress)


# ------------------------------------------------------------------------------------------- lab


def _lab_arguments(given: list[str]) -> tuple[list[str], list[str]]:
    """What is ours of ``lab``'s arguments, and Jupyter's flags.

    The photo is the first argument, or the last one where that names a file: what follows one of
    Jupyter's own flags (``--port 9000``) is its value.
    """
    if given and not given[0].startswith("-"):
        return ["lab", given[0]], given[1:]
    if given and Path(given[-1]).is_file():
        return ["lab", given[-1]], given[:-1]
    return ["lab"], given


def _lab(options: argparse.Namespace) -> None:
    environment = dict(os.environ)
    if options.photo is not None:
        if str(options.photo).startswith("-"):
            raise InputError(f"expected a photo, got {options.photo}")
        _check_photo(options.photo)
        environment["WORKBENCH_PHOTO"] = str(options.photo.resolve())
    notebook = quickstart()
    _warm_up()
    _compile_meanwhile()
    command = [
        sys.executable, "-m", "jupyter", "lab", str(notebook),
        # So that the address it prints leads to the notebook too, and not to the launcher.
        f"--LabApp.default_url=/lab/tree/{quote(notebook.name)}",
        *_as_root(options.jupyter),
        *options.jupyter,
    ]  # fmt: skip
    print(f"opening {notebook}", file=sys.stderr, flush=True)
    code = subprocess.call(command, env=environment)
    if code:
        raise WorkbenchError(f"expected JupyterLab to end well, got exit code {code}")


def _check_photo(path: Path) -> None:
    """Bad photos are refused here, in the terminal, and not in a notebook's traceback."""
    from .io import load_photo

    load_photo(path)


def _warm_up() -> None:
    """Say what the workbench will run on, and fetch lite's small weights now where that can be.

    In the terminal a progress bar and a plain line are seen; in the notebook the same happens with
    the widget if this was cut short.
    """
    from . import segment

    progress: Progress | None
    with bar("models") as progress:
        _, words = segment.resolve_auto(progress)
    print(words, file=sys.stderr)


def _as_root(flags: Sequence[str]) -> list[str]:
    """Jupyter refuses to start as root unless told to; in a container one often is nobody else.

    It listens on this machine alone and keeps its token, so the one line works there too.
    """
    if "--allow-root" in flags or getattr(os, "geteuid", lambda: 1)() != 0:
        return []
    print("you are root: Jupyter is started with --allow-root", file=sys.stderr)
    return ["--allow-root"]


def _compile_meanwhile() -> None:
    """Have PyMatting compile itself (a minute, once after an installation) while Jupyter starts.

    The compiled code is cached beside the package; nobody waits for this, and its failure would
    only mean that the first matte takes that minute.
    """
    subprocess.Popen(
        [sys.executable, "-c", "import pymatting"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def quickstart() -> Path:
    """The quickstart notebook: that of the clone one stands in or runs from, else a copy.

    An installed wheel carries it too; then it is copied into the folder one stands in, where
    Jupyter can save it.
    """
    name = Path("notebooks") / "00_quickstart.ipynb"
    for root in (Path.cwd(), Path(__file__).resolve().parent.parent):
        if (root / name).is_file() and (root / "pyproject.toml").is_file():
            return root / name
    target = Path.cwd() / name.name
    if not target.exists():
        inside = resources.files("workbench").joinpath(*name.parts)
        if not inside.is_file():
            raise WorkbenchError("expected the quickstart notebook in the installation, got none")
        with resources.as_file(inside) as source:
            shutil.copy(source, target)
    return target


if __name__ == "__main__":
    sys.exit(main())
