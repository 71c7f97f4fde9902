"""``workbench bench``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..progress import bar
from .common import Commands


def add(commands: Commands) -> None:
    """The commands of this file."""
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


def _bench(options: argparse.Namespace) -> None:
    from ..benchmark import run

    with bar("bench") as progress:
        run(options.names, options.json, progress)
