"""Small networks that were trained for this project and are shipped with it as ONNX files."""

from __future__ import annotations

import hashlib
import importlib.resources
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import WeightsDamagedError, WeightsMissingError


@cache
def shipped_path(file: str) -> Path | None:
    """Where a file of models/ lies: in a clone the checkout's, else the wheel's; None for none."""
    clone = Path(__file__).resolve().parents[2]
    if (clone / "pyproject.toml").is_file():
        path = clone / "models" / file
    else:
        path = Path(str(importlib.resources.files("workbench") / "models" / file))
    return path if path.is_file() else None


@cache
def shipped_bytes(file: str, sha256: str) -> bytes:
    """A shipped network's bytes.

    Raises:
        WeightsMissingError: it is not there.
        WeightsDamagedError: it is not the file that the code was made for.
    """
    path = shipped_path(file)
    if path is None:
        raise WeightsMissingError(
            f"expected {file} to be shipped with the workbench, got no such file: install it again"
        )
    network = path.read_bytes()
    found = hashlib.sha256(network).hexdigest()
    if found != sha256:
        raise WeightsDamagedError(
            f"expected {path} to have the SHA-256 {sha256[:16]}…, got {found[:16]}…"
        )
    return network


@cache
def shipped_network(file: str, sha256: str) -> Any:
    """A shipped network as an onnxruntime session on one thread of the CPU; safe from any thread.

    With one thread a sum has one order: the same input gives the same answer to the bit.

    Raises:
        WeightsMissingError, WeightsDamagedError: see ``shipped_bytes``.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong is raised
    return onnxruntime.InferenceSession(
        shipped_bytes(file, sha256), options, providers=["CPUExecutionProvider"]
    )
