"""``workbench check``: what can be told of a photo before the work."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..progress import bar
from .common import Commands

if TYPE_CHECKING:
    from ..report import Report


def add(commands: Commands) -> None:
    """The commands of this file."""
    check = commands.add_parser(
        "check",
        help="look at a photo before the work",
        description="Measure what makes a photo hard to cut out (resolution, compression, grain, "
        "blur, light, contrast, background, framing, content), and say what to do now and at the "
        "next shoot.",
    )
    check.add_argument("photo", type=Path)
    check.add_argument("--json", action="store_true", help="print JSON instead of a table")
    check.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> None:
    from ..opening import open as open_photo

    with bar("check") as progress:
        # No segmenter is asked, so that the one that is always there will do.
        session = open_photo(options.photo, "grabcut", journal=False, progress=progress)
        report = session.preflight(progress=progress)
    print(report.to_json() if options.json else table(report))


def table(report: Report) -> str:
    """The measures a line each, then the findings, the worst first, with their advice."""
    rows = [(one.verdict, one.code, one.words) for one in report.measures]
    wide = max((len(code) for _, code, _ in rows), default=0)
    lines = [f"{verdict:<4}  {code:<{wide}}  {words}" for verdict, code, words in rows]
    for found in report:
        lines += ["", f"{found.code}: {found.why}"]
        lines += [f"  makes likely: {', '.join(found.modes)}"] if found.modes else []
        lines += [f"  now: {found.now}"] if found.now else []
        lines += [f"  next time: {found.next_time}"] if found.next_time else []
    return "\n".join(lines)
