"""``workbench models list | fetch | verify | remove``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ..errors import WeightsError
from ..progress import bar
from .common import Commands


def add(commands: Commands) -> None:
    """The commands of this file."""
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


def _models_list(options: argparse.Namespace) -> None:
    from .. import inventory

    if not options.names:
        print(inventory.overview(options.non_commercial))
    for name in _weights_names(options.names):
        print(inventory.details(name))


def _models_fetch(options: argparse.Namespace) -> None:
    from .. import weights

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
        entry = weights.catalogue()[name]
        print(f"{name}: {weights.checked_against(name)}", file=sys.stderr)
        if entry.copyleft:
            print(f"{name}: licence {entry.licence}: {entry.terms}", file=sys.stderr)


def _models_verify(options: argparse.Namespace) -> None:
    from .. import weights

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
    from .. import weights

    for name in _weights_names(options.names):
        print(f"{name}: {'removed' if weights.remove(name) else 'was not there'}")


def _weights_names(names: Sequence[str]) -> list[str]:
    """Names of weights; a segmenter's name stands for its weights (lite: u2netp)."""
    from .. import segment

    return [segment.weights_of(name) or name for name in names]
