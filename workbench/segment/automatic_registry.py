"""Which models answer without a prompt, which are ready, and asking one."""

from __future__ import annotations

import os
import threading
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np

from .. import weights
from ..errors import UnknownNameError, WeightsMismatchError
from ..files import readable_size
from ..nets.table import Availability, Row, Table, stamp_of
from ..progress import Progress, report
from .automatic import RECIPES, Automatic, AutomaticModel
from .base import Prediction
from .registry import get_segmenter

TABLE = Table(
    "model without prompts",
    "subject.auto({name!r})",
    "workbench.automatic",
    {name: Row(weights=name, packages=("onnxruntime",)) for name in RECIPES},
    ("identity", "salient"),
)

_made: tuple[tuple[str, str, int], Automatic] | None = None  # one: they may hold 1 GB each
_lock = threading.Lock()


def automatic_models(non_commercial: bool = False) -> dict[str, Availability]:
    """Every model that answers without a prompt, and whether it is ready. Loads none of them.

    Args:
        non_commercial: those too whose licence does not allow commercial use.
    """
    return TABLE.states(non_commercial)


def automatic(
    name: str,
    image: np.ndarray,
    progress: Progress | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    identity: str = "",
) -> Prediction:
    """What a model without prompts cuts out of a photo, as a starting point.

    Args:
        name: one of ``automatic_models()``.
        image: (H, W, 3) uint8.
        progress: a CancelledError out of it stops the network where it stands.
        checkpoint: an .onnx file of one's own that is prepared for and read like that model, or
            None for the catalogue's.
        identity: what the model must be, where an edit pinned it.

    Returns:
        One candidate; its logits cover the whole image.

    Raises:
        UnknownNameError: no such model.
        WeightsError, MissingPackageError: it is not ready, or not the one that was pinned.
        ModelError: it could not answer, for example for want of memory.
        CancelledError: out of ``progress``.
    """
    if identity and name in RECIPES:
        got = automatic_identity(name, checkpoint, non_commercial=True)
        if got != identity:
            raise WeightsMismatchError(
                f"expected {name} as {identity}, which the edit was made with, got {got}; "
                f"subject.auto({name!r}) asks this one"
            )
    return _model(name, checkpoint, progress).salient(image, progress)


def automatic_identity(
    name: str,
    checkpoint: str | os.PathLike[str] | None = None,
    non_commercial: bool = False,
) -> str:
    """Name, SHA-256 of the weights (first 16 hex digits) and precision, like ``identity``.

    Args:
        non_commercial: that the answer is not used commercially; needed for a model of the
            catalogue whose licence does not allow that (a checkpoint of one's own is one's own
            concern).

    Raises:
        UnknownNameError, WeightsMissingError: see ``automatic``.
        LicenceError: the licence does not allow commercial use, and ``non_commercial`` is not set.
    """
    if not isinstance(_found(name), Row):
        return _model(name, checkpoint, None).identity
    return _identity(name, _path(name, checkpoint, non_commercial))


def _path(name: str, checkpoint: str | os.PathLike[str] | None, non_commercial: bool) -> Path:
    path = TABLE.path(name, checkpoint, non_commercial)
    assert path is not None  # every model of ours has weights
    return path


def _identity(name: str, path: Path) -> str:
    return f"{name}:{weights.file_sha256(path)[:16]}:float32"


def _found(name: str) -> Row | EntryPoint:
    try:
        return TABLE.find(name)
    except UnknownNameError as error:
        if not str(name).endswith(".onnx"):
            raise
        # The file does not say how its photo is to be prepared.
        raise UnknownNameError(
            f"{error}; for a file of your own name the model that it is like: "
            f'auto("isnet", checkpoint={str(name)!r})'
        ) from None


def _model(
    name: str, checkpoint: str | os.PathLike[str] | None, progress: Progress | None
) -> Automatic:
    """The model, loaded once; the last one that was asked is kept."""
    global _made
    if name == "u2netp" and checkpoint is None:
        # lite is made of the same network: one copy serves both.
        from .lite import LiteSegmenter

        segmenter = get_segmenter("lite", progress=progress)
        assert isinstance(segmenter, LiteSegmenter)  # what the registry makes under this name
        return segmenter.network
    found = _found(name)
    path = None if checkpoint is None else Path(checkpoint)
    if isinstance(found, Row):
        path = _path(name, checkpoint, non_commercial=True)  # the edit's maker was asked, see above
    key = name, *stamp_of(path)
    with _lock:  # two threads that want the same one load it once
        if _made is not None and _made[0] == key:
            return _made[1]
        _made = None  # before the next one is loaded: two of 1 GB would be 2
        made: Automatic
        if not isinstance(found, Row):
            made = TABLE.from_elsewhere(found, path, progress)
        else:
            assert path is not None  # see _path
            report(progress, 0.0, f"reading {name} ({readable_size(path.stat().st_size)})")
            made = AutomaticModel(path, name, _identity(name, path))
        _made = key, made
        return made
