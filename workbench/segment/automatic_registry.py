"""Which models answer without a prompt, which are ready, and asking one."""

from __future__ import annotations

import importlib.util
import os
import threading
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import numpy as np

from .. import weights
from ..errors import UnknownNameError, WeightsMismatchError, WeightsMissingError, unknown_name
from ..files import readable_size
from ..progress import Progress, report
from .automatic import RECIPES, Automatic, AutomaticModel
from .base import Prediction
from .registry import Availabilities, Availability, get_segmenter

GROUP = "workbench.automatic"
"""Entry points of this group add models: name → factory(checkpoint, progress) → Automatic."""

_LARGE = 500_000_000  # bytes of weights; such a network takes several GB while it runs
_made: tuple[tuple[str, str, int], Automatic] | None = None  # one: they may hold 1 GB each
_lock = threading.Lock()


def automatic_models(non_commercial: bool = False) -> dict[str, Availability]:
    """Every model that answers without a prompt, and whether it is ready. Loads none of them.

    Args:
        non_commercial: those too whose licence does not allow commercial use.
    """
    found = Availabilities()
    known = weights.catalogue()
    for name in RECIPES:
        entry = known.get(name)
        if entry is not None and (entry.commercial or non_commercial):
            found[name] = _state(entry)
    for name, point in _entries().items():
        what = f"added by {point.dist.name if point.dist is not None else point.value}"
        found[name] = Availability(True, what, what=what)
    return found


def _state(entry: weights.Weights) -> Availability:
    size = entry.size or entry.about_bytes
    what, words = entry.title, f"{entry.title}: {entry.good_at}"
    if size > _LARGE:
        words += "; takes several GB of memory"
    if importlib.util.find_spec("onnxruntime") is None:
        install = "pip install onnxruntime"
        why = f"{words}; install with: {install}"
        return Availability(False, why, entry.name, size, what, install)
    if weights.find(entry.name) is None:
        why = f"{words}; get its {readable_size(size)} with: {entry.fetch_line}"
        return Availability(False, why, entry.name, size, what)
    return Availability(True, words, entry.name, size, what)


def _entries() -> dict[str, EntryPoint]:
    return {e.name: e for e in entry_points(group=GROUP) if e.name not in RECIPES}


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
    if name not in RECIPES and name in _entries():
        return _model(name, checkpoint, None).identity
    return f"{name}:{weights.file_sha256(_path(name, checkpoint, non_commercial))[:16]}:float32"


def _path(name: str, checkpoint: str | os.PathLike[str] | None, non_commercial: bool) -> Path:
    if name not in RECIPES:
        raise _unknown(name)
    if checkpoint is None:
        weights.require_licence(name, non_commercial)
        return weights.require(name)
    path = Path(checkpoint)
    if not path.is_file():
        raise WeightsMissingError(f"expected a checkpoint of {name} at {path}, got no such file")
    return path


def _unknown(name: str) -> UnknownNameError:
    error = unknown_name("model without prompts", name, [*RECIPES, *_entries()])
    if str(name).endswith(".onnx"):  # the file does not say how its photo is to be prepared
        return UnknownNameError(
            f"{error}; for a file of your own name the model that it is like: "
            f'auto("isnet", checkpoint={str(name)!r})'
        )
    return error


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
    entry = None if name in RECIPES else _entries().get(name)
    path = None if checkpoint is None else Path(checkpoint)
    if entry is None:
        path = _path(name, checkpoint, non_commercial=True)
    stamp = path.stat().st_mtime_ns if path is not None and path.is_file() else 0
    key = name, str(path.resolve()) if path is not None else "", stamp
    with _lock:  # two threads that want the same one load it once
        if _made is not None and _made[0] == key:
            return _made[1]
        _made = None  # before the next one is loaded: two of 1 GB would be 2
        made: Automatic
        if entry is not None:
            made = entry.load()(path, progress)
        else:
            assert path is not None  # see _path
            report(progress, 0.0, f"reading {name} ({readable_size(path.stat().st_size)})")
            identity = f"{name}:{weights.file_sha256(path)[:16]}:float32"
            made = AutomaticModel(path, name, identity)
        _made = key, made
        return made
