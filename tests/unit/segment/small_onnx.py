"""Small ONNX networks whose answer is a known function of what they are shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def constant(name: str, values, dtype=np.float32) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(values, dtype), name)


def save(
    path: Path, nodes, constants=(), size=(None, None), outputs=("y",), kind=FLOAT, channels=3,
    functions=(),
) -> Path:  # fmt: skip
    """A network x (1, channels, height, width) → outputs; a size of None is any."""
    shape = [1, channels, *(s or d for s, d in zip(size, ("h", "w"), strict=True))]
    graph = helper.make_graph(
        list(nodes),
        "small",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info(name, kind, None) for name in outputs],
        list(constants),
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    model = helper.make_model(graph, opset_imports=opsets, functions=list(functions))
    model.ir_version = 8
    path.write_bytes(model.SerializeToString())
    return path


def turned_back(path: Path, mean, deviation, channel: int, size=(None, None), extra=0) -> Path:
    """Its answer is a channel of what it is shown, with mean and deviation taken back out.

    ``extra`` outputs of zeros follow, as the published files have.
    """
    nodes = [
        helper.make_node("Mul", ["x", "deviation"], ["wide"]),
        helper.make_node("Add", ["wide", "mean"], ["colours"]),
        helper.make_node("Gather", ["colours", "channel"], ["y"], axis=1),
    ]
    nodes += [helper.make_node("Sub", ["y", "y"], [f"z{i}"]) for i in range(extra)]
    constants = [
        constant("mean", np.reshape(mean, (1, 3, 1, 1))),
        constant("deviation", np.reshape(deviation, (1, 3, 1, 1))),
        constant("channel", [channel], np.int64),
    ]
    return save(path, nodes, constants, size, ("y", *(f"z{i}" for i in range(extra))))
