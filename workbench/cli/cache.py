"""``workbench cache list | clear``."""

from __future__ import annotations

import argparse

from .common import Commands


def add(commands: Commands) -> None:
    """The commands of this file."""
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


def _cache_list(options: argparse.Namespace) -> None:
    from ..files import readable_size
    from ..segment import shelf

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
    from ..files import readable_size
    from ..segment import shelf

    held = sum(one.size for one in shelf.kept())
    print(f"removed {shelf.clear()} embeddings, {readable_size(held)}")
