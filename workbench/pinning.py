"""Pinning what a session begins with: the edits that say which segmenter and which matting."""

from __future__ import annotations

import os
from pathlib import Path

from . import edits as e
from . import matte, segment
from .progress import Progress, bar
from .settings import REFINED


def pin(
    segmenter: str,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    precision: str = "auto",
    non_commercial: bool = False,
) -> tuple[e.UseSegmenter, str]:
    """The edit that pins a segmenter ("auto" resolved), and words on what that means."""
    words = ""
    if segmenter == "auto":
        # lite's weights may have to be fetched: with a bar, whoever asks.
        with bar("workbench", progress is None, after=0.5) as own:
            segmenter, words = segment.resolve_auto(progress or own)
    path = None if checkpoint is None else str(Path(checkpoint).expanduser().resolve())
    identity = segment.identity(segmenter, path, precision, non_commercial)
    use = e.UseSegmenter(
        segmenter=segmenter,
        identity=identity,
        checkpoint=path,
        precision=segment.precision_for(segmenter, precision),
    )
    return use, words or f"Running on {segmenter}."


def pin_matting() -> e.UseMatting:
    """The edit that pins how subjects of a new session are solved at first."""
    return e.UseMatting(method=REFINED, identity=matte.matting_identity(REFINED))
