"""What several commands have in common: arguments, and how results are told."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What a group of commands is added to."""


def add_segmenter(parser: argparse.ArgumentParser) -> None:
    """``--segmenter``, ``--checkpoint`` and ``--non-commercial``."""
    parser.add_argument(
        "--segmenter",
        default="auto",
        metavar="NAME",
        help="see `workbench models list`; default: the best that is ready",
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="a weights file of your own for that segmenter",
    )
    parser.add_argument(
        "--non-commercial",
        action="store_true",
        help="allow a model whose licence does not allow commercial use",
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """``--out`` and ``--formats``."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write")
    parser.add_argument("--formats", default="png,alpha,trimap,sheet,session", metavar="LIST",
                        help="among png, alpha, trimap, sheet, session (default all)")  # fmt: skip


def numbers(count: int) -> Callable[[str], tuple[float, ...]]:
    """Reads so many numbers separated by commas."""

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


def formats(text: str) -> list[str]:
    """The names in a list separated by commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def print_paths(paths: Sequence[Path]) -> None:
    """Tell what was written, a path a line."""
    for path in paths:
        print(path)
