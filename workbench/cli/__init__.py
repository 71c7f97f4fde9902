"""The command line: ``workbench lab | cut | objects | replay | check | models | cache | bench``.

Exit code 0 for success, 2 for bad input with one clear line on stderr, 130 when interrupted, 141
when whoever read the output has gone (as after ``| head``).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from .. import __version__
from ..errors import WorkbenchError
from . import bench, cache, checking, cutting, lab, models


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    flags: list[str] = []
    if given[:1] == ["lab"] and not {"-h", "--help"} & set(given):
        given, flags = lab.split_arguments(given[1:])
    known = _parser().parse_args(given)
    known.jupyter = flags
    try:
        known.run(known)
        sys.stdout.flush()
    except WorkbenchError as error:
        print(f"workbench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("workbench: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # What Python would still write on its way out has nobody to read it either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
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
    for group in (lab, cutting, checking, models, cache, bench):
        group.add(commands)
    return parser
