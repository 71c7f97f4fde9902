"""Looking into an ONNX file before it is run: everything it computes with must be inside it.

An ONNX file may name other files that hold its numbers ("external data"). They would not be covered
by the SHA-256 that the file was checked against, and some versions of onnxruntime follow such names
out of the folder, to any file that the person can read. The format's messages are walked here as
far as they can hold a tensor; nothing is decoded but their lengths, so that a file of 1 GB takes no
memory. Field numbers: onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
"""

from __future__ import annotations

import mmap
from pathlib import Path

from ..errors import WeightsDamagedError, WeightsUnsafeError

_INSIDE: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
"""What a message can hold of what can hold a tensor: field number → kind."""

_EXTERNAL_DATA, _DATA_LOCATION = 13, 14  # fields of a tensor
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5  # wire types
_DEPTH = 64


class _Broken(Exception):
    """The bytes are no messages."""


def refuse_other_files(path: Path) -> None:
    """Nothing, where all numbers of the network lie in the file itself.

    Raises:
        WeightsUnsafeError: it names other files.
        WeightsDamagedError: it is no ONNX file, or is cut short.
    """
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            raise WeightsDamagedError(f"expected a whole ONNX network in {path}, got an empty file")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                names_others = _walk(data)
            except _Broken as error:
                raise WeightsDamagedError(
                    f"expected a whole ONNX network in {path}, got bytes that are none"
                ) from error
    if names_others:
        raise WeightsUnsafeError(
            f"expected all of the network in {path.name}, got one whose numbers lie in other "
            "files: no checksum covers those, and they may be any files of yours"
        )


def _walk(data: mmap.mmap) -> bool:
    """Whether any tensor says that its numbers lie elsewhere."""
    waiting = [("model", 0, len(data), 0)]
    graphs = 0
    while waiting:
        kind, at, end, depth = waiting.pop()
        if depth > _DEPTH:
            raise _Broken
        inside = _INSIDE.get(kind, {})
        while at < end:
            tag, at = _varint(data, at, end)
            field, wire = tag >> 3, tag & 7
            value, start = 0, at
            if wire == _VARINT:
                value, at = _varint(data, at, end)
            elif wire == _BYTES:
                length, start = _varint(data, at, end)
                at = start + length
            elif wire in (_EIGHT, _FOUR):
                at += 8 if wire == _EIGHT else 4
            else:
                raise _Broken
            if at > end or field == 0:
                raise _Broken
            if kind == "tensor":
                if field == _EXTERNAL_DATA or (field == _DATA_LOCATION and value != 0):
                    return True
            elif field in inside:
                if wire != _BYTES:
                    raise _Broken
                graphs += kind == "model" and field == 7
                waiting.append((inside[field], start, at, depth + 1))
    if not graphs:
        raise _Broken
    return False


def _varint(data: mmap.mmap, at: int, end: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            raise _Broken
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise _Broken
