"""From a checkpoint file to a model with its weights: what all families have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import WeightsMismatchError
from ..nets.reading import read_state
from ..progress import Progress, report
from .checkpoint import KNOWN, load_state, recognise


def load_model(
    path: str | Path,
    name: str,
    build: Callable[[str], Any],
    progress: Progress | None = None,
    fitting: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
) -> Any:
    """A model with a file's weights, on the CPU.

    Args:
        path: the checkpoint, see ``read_state``.
        name: the architecture, one of ``checkpoint.KNOWN`` or what ``build`` takes.
        build: makes the model without weights from the name.
        progress: called as it goes on.
        fitting: the file's tensors → the model's, by name; None where the names are the same.

    Raises:
        WeightsError: missing, damaged, unsafe or of another architecture.
        MissingPackageError: torch is not installed, or what ``build`` needs.
    """
    report(progress, 0.0, f"reading {name}")
    state = read_state(path)
    found = recognise(state)
    if found in KNOWN and name in KNOWN and found != name:
        # Said before a model of the wrong size is built: vit_h alone is 2.4 GB.
        raise WeightsMismatchError(
            f"expected the weights of {name} in {Path(path).name}, got those of {found}"
        )
    report(progress, 0.5, f"building {name}")
    model = build(name)
    load_state(model, fitting(state) if fitting else state, name, Path(path).name)
    report(progress, 1.0, f"{name} is ready")
    return model
