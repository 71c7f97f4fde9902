"""``workbench lab``: JupyterLab on the quickstart."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from ..errors import InputError, WorkbenchError
from ..progress import Progress, bar
from .common import Commands


def add(commands: Commands) -> None:
    """The commands of this file."""
    lab = commands.add_parser(
        "lab",
        help="open JupyterLab on the quickstart notebook",
        description="Open JupyterLab on the quickstart notebook, with a photo of your own if you "
        "name one. All other flags go to Jupyter, for example --no-browser --port 9000.",
    )
    lab.add_argument("photo", nargs="?", type=Path, help="a photo to open in the notebook")
    lab.set_defaults(run=_lab)


def split_arguments(given: list[str]) -> tuple[list[str], list[str]]:
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
    from ..io import load_photo

    load_photo(path)


def _warm_up() -> None:
    """Say what the workbench will run on, and fetch lite's small weights now where that can be.

    In the terminal a progress bar and a plain line are seen; in the notebook the same happens with
    the widget if this was cut short.
    """
    from .. import segment

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
    """Have the solvers compile themselves (a minute, once after an installation) meanwhile.

    The compiled code is cached beside the package; nobody waits for this, and its failure would
    only mean that the first matte takes that minute.
    """
    subprocess.Popen(
        [sys.executable, "-c", "from workbench.matte.refined import prepare; prepare()"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def quickstart() -> Path:
    """The quickstart notebook: that of the clone one stands in or runs from, else a copy.

    An installed wheel carries the notebooks too; then they are copied into the folder one stands
    in, where Jupyter can save them.
    """
    name = Path("notebooks") / "00_quickstart.ipynb"
    for root in (Path.cwd(), Path(__file__).resolve().parents[2]):
        if (root / name).is_file() and (root / "pyproject.toml").is_file():
            return root / name
    inside = resources.files("workbench").joinpath("notebooks")
    for one in inside.iterdir() if inside.is_dir() else ():
        copied = Path.cwd() / one.name
        if one.name.endswith(".ipynb") and not copied.exists():
            copied.write_bytes(one.read_bytes())
    target = Path.cwd() / name.name
    if not target.exists():
        raise WorkbenchError("expected the quickstart notebook in the installation, got none")
    return target
