"""The part of an ONNX network that leads to some of its inner tensors.

onnxruntime computes all of a file's network, and gives only what is listed as its outputs; the
package onnx, which could write another file, would be needed for nothing else. The format is
messages of Protocol Buffers: here the graph's are read one after another, and those that nothing
wanted depends on are left out. Field numbers: onnx.proto, see ``onnxfile``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import WeightsDamagedError

_GRAPH = 7  # of a model
_NODE, _TENSOR, _OUTPUT, _SHAPES = 1, 5, 12, 13  # of a graph
_INPUT_NAME, _OUTPUT_NAME = 1, 2  # of a node
_TENSOR_NAME = 8
_VALUE_NAME = 1


def leading_to(network: bytes, names: Sequence[str]) -> bytes:
    """The same network as far as some tensors need it, and with these alone as its outputs.

    Args:
        network: an ONNX file whose nodes hold no graphs of their own (no branch, no loop) and come
            in the order in which they are computed, as the format asks.
        names: of tensors in it, in the order in which they are to be given.

    Raises:
        WeightsDamagedError: no such bytes, or no such tensor.
    """
    try:
        parts = [
            _message(_GRAPH, _cut(value, names)) if number == _GRAPH else whole
            for number, value, whole in _fields(network)
        ]
    except (IndexError, ValueError) as error:
        raise WeightsDamagedError("expected an ONNX network, got bytes that are none") from error
    return b"".join(parts)


def _cut(graph: bytes, names: Sequence[str]) -> bytes:
    fields = list(_fields(graph))
    wanted = {name.encode() for name in names}
    needed: list[bytes] = []
    for number, value, whole in reversed(fields):
        if number == _NODE:
            inside = list(_fields(value))
            if wanted.isdisjoint(v for n, v, _ in inside if n == _OUTPUT_NAME):
                continue
            wanted.update(v for n, v, _ in inside if n == _INPUT_NAME)
            wanted.difference_update(v for n, v, _ in inside if n == _OUTPUT_NAME)
            needed.append(whole)
    # What is left is given from outside: the weights and the graph's own inputs.
    left = set(wanted)
    kept: list[bytes] = []
    for number, value, whole in fields:
        if number == _TENSOR:
            name = next(v for n, v, _ in _fields(value) if n == _TENSOR_NAME)
            if name not in wanted:
                continue
            left.discard(name)
        if number not in (_NODE, _OUTPUT, _SHAPES):
            kept.append(whole)
    unknown = sorted({n.encode() for n in names} & left)
    if unknown:
        raise WeightsDamagedError(f"expected a tensor {unknown[0].decode()} in the network")
    outputs = [_message(_OUTPUT, _message(_VALUE_NAME, name.encode())) for name in names]
    return b"".join([*reversed(needed), *kept, *outputs])


def _fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Each field's number, its content (where it has a length, else b""), and all of its bytes."""
    at = 0
    while at < len(message):
        start = at
        tag, at = _number(message, at)
        value = b""
        if tag & 7 == 0:
            _, at = _number(message, at)
        elif tag & 7 == 2:
            length, at = _number(message, at)
            value, at = message[at : at + length], at + length
        elif tag & 7 in (1, 5):
            at += 8 if tag & 7 == 1 else 4
        else:
            raise ValueError
        if at > len(message):
            raise ValueError
        yield tag >> 3, value, message[start:at]


def _message(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _varint(value: int) -> bytes:
    """A number as Protocol Buffers write it: seven bits a byte, the lowest first."""
    digits = bytearray()
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    digits.append(value)
    return bytes(digits)
